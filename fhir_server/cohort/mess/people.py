"""Two people of one name and nearly one record number: a slip of a finger opens the other's chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random

from ..plan import NOW, Json, Name, Person
from ..scenes.casting import CROWD_FAMILIES

CHARTED_PAIRS = 4
"""Pairs of somebody with a chart and somebody without."""
NAMELESS_PAIRS = 8
"""Pairs of people without a chart."""


def near_twins(people: Sequence[Person], rng: Random) -> Sequence[Person]:
    """Gives some people another's name and record number, but for two neighbouring digits in the wrong order.

    An adjustment for `scenes/registry.py`, to run after those that hand out parts: whoever has a part in a scene, and
    whoever such a part speaks of, stays as they are. Birth dates differ, so that everybody can still be told apart.
    `details["near_twin"]` holds the other's id.
    """
    made = list(people)
    bound = _spoken_of(people)
    names = Counter((p.name.family, p.name.given[0]) for p in people)
    free = [
        p for p in people if p.id not in bound and _is_plain(p) and names[p.name.family, p.name.given[0]] == 1
    ]
    charted = [p for p in free if p.has_chart]
    others = [p for p in free if not p.has_chart]
    rng.shuffle(charted)
    rng.shuffle(others)
    numbers = {p.mrn for p in people}
    pairs = [*_pairs(charted, others, CHARTED_PAIRS), *_pairs(others[::-1], others, NAMELESS_PAIRS)]
    for one, other in pairs:
        numbers.discard(other.mrn)
        mrn = _transposed(one.mrn, numbers, rng)
        if mrn is None:
            numbers.add(other.mrn)
            continue
        numbers.add(mrn)
        made[one.index] = replace(one, details={**one.details, "near_twin": other.id})
        made[other.index] = _twin(one, other, mrn, rng)
    return tuple(made)


def _twin(one: Person, other: Person, mrn: str, rng: Random) -> Person:
    """The other, with the name and nearly the number of the one; their relatives go by the new surname too."""
    before, family = other.name.family, one.name.family
    details: dict[str, Json] = {**other.details, "near_twin": one.id}
    if "about" in details:
        contacts = [
            {**c, "family": family if c["family"] == before else c["family"]}
            for c in details["about"].get("contacts", ())
        ]
        details["about"] = {**details["about"], "contacts": contacts}
    return replace(
        other,
        mrn=mrn,
        names=(Name(family, one.name.given),),
        birth_date=_near(one.birth_date, other.birth_date, rng),
        details=details,
    )


def _spoken_of(people: Sequence[Person]) -> set[str]:
    """Ids of all who have a part in a scene or are in the cast of one."""
    found: set[str] = set()
    for person in people:
        for part in person.details.get("parts", {}).values():
            found |= {person.id, *part.get("cast", ())}
        if person.replaced_by:
            found |= {person.id, person.replaced_by}
        for tie in ("spouse", "parent"):
            if tie in person.details:
                found |= {person.id, person.details[tie]}
    return found


def _is_plain(person: Person) -> bool:
    """Alive, active, grown up (a child's home and kin go with its birth date), of no crowded surname."""
    return (
        person.deceased is None
        and person.birth_date.year < NOW.year - 25
        and person.details.get("active", True)
        and person.name.family not in CROWD_FAMILIES
    )


def _pairs(
    first: Sequence[Person], second: list[Person], wanted: int
) -> Iterator[tuple[Person, Person]]:  # fmt: skip
    """Pairs of one sex, origin and age; who is in one is taken out of `second`."""
    used: set[str] = set()
    for one in first:
        if wanted == 0:
            return
        if one.id in used or (not one.has_chart and one not in second):
            continue
        alike = [p for p in second if p.id != one.id and p.id not in used and _alike(one, p)]
        alike.sort(key=partial(_apart, one))
        other = alike[0] if alike else None
        if other is None:
            continue
        used |= {one.id, other.id}
        second.remove(other)
        if one in second:
            second.remove(one)
        wanted -= 1
        yield one, other


_APART = timedelta(days=1500)
"""So far apart in age at most: the other's past (marriage, addresses) must go with the new birth date."""


def _apart(one: Person, other: Person) -> timedelta:
    return abs(one.birth_date - other.birth_date)


def _alike(one: Person, other: Person) -> bool:
    origins = {p.details.get("about", {}).get("origin") for p in (one, other)}
    near = _apart(one, other) < _APART
    return one.gender == other.gender and len(origins) == 1 and near and len(other.names) == 1


def _transposed(mrn: str, numbers: set[str], rng: Random) -> str | None:
    """The number with two unlike neighbours exchanged; None where every such number is somebody's."""
    places = [n for n in range(1, len(mrn) - 1) if mrn[n] != mrn[n + 1]]
    rng.shuffle(places)
    for n in places:
        swapped = f"{mrn[:n]}{mrn[n + 1]}{mrn[n]}{mrn[n + 2 :]}"
        if swapped not in numbers:
            return swapped
    return None


def _near(born: date, own: date, rng: Random) -> date:
    """A birthday in the other's year and season, never within three days of theirs."""
    day = rng.choice([d for d in range(1, 29) if abs(d - born.day) > 3])
    near = date(born.year, born.month, day)
    return near if near != own else near.replace(day=day % 28 + 1)
