"""The people of the cohort after every part in the scenes about people was handed out, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from ..background import background, kin
from ..plan import NOW, Json, Name, Person
from ..population import ADULT, GROUPS
from . import demographics, lookup
from .casting import CROWD_FAMILIES, Cast

_SHARED = ("origin", "race", "ethnicity", "detail")
_COUPLES = 30
_TWINS = 2
_WIFE_TAKES = 0.8


def adjust(people: Sequence[Person], rng: Random) -> Sequence[Person]:
    """Makes common surnames common, casts the scenes about people, then ties families; indexes, ids, MRNs stay."""
    cast = Cast(people, rng)
    lookup.cast_parts(cast)
    demographics.cast_parts(cast)
    _agree(cast, people)
    _tie_families(cast)
    return tuple(cast.people)


def _agree(cast: Cast, before: Sequence[Person]) -> None:
    """Makes what else is known of somebody fit the name, sex, dates and successor that a part gave them."""
    by_id = {p.id: p for p in cast.people}
    for old in before:
        person = cast.people[old.index]
        last = person.deceased.date() if person.deceased else NOW.date()
        kept = by_id.get(person.replaced_by or "")
        changed = (person.names, person.birth_date, person.deceased) != (
            old.names,
            old.birth_date,
            old.deceased,
        )
        if not changed and kept is None:
            continue
        about: dict[str, Json] = person.details["about"]
        source: Mapping[str, Json] = kept.details["about"] if kept else about
        fresh = background(cast.rng, person.gender, person.birth_date, last, source["origin"])
        about = fresh | {key: source[key] for key in _SHARED if key in source}
        about["contacts"] = kin(
            cast.rng, person.gender, person.birth_date, last, about=about, names=person.names
        )
        cast.describe(person.index, about=about)
        fields = {
            key: tuple(_possible(e, person, last) for e in getattr(person, key))
            for key in ("address", "telecom")
        }
        cast.change(person.index, **fields)


def _possible(entry: Mapping[str, Json], person: Person, last: date) -> Mapping[str, Json]:
    """An address or number whose period lies within the life of the person."""
    period = dict(entry.get("period", {}))
    born, end = person.birth_date.isoformat(), last.isoformat()
    if "start" in period:
        early = max(person.birth_date, last - timedelta(days=500)).isoformat()
        late = person.deceased is not None and period["start"] > end
        period["start"] = early if late else max(period["start"], born)
    if "end" in period and person.deceased is not None:
        period["end"] = min(period["end"], end)
    return {**entry, "period": period} if period else entry


def _tie_families(cast: Cast) -> None:
    """Couples of one name and address, and children who live with somebody of the cohort."""
    parts: set[str] = set()
    for person in cast.people:
        for part in person.details.get("parts", {}).values():
            parts.update(part["cast"])
    free = [p for p in cast.people if p.id not in parts and p.deceased is None and p.replaced_by is None]
    wives = [p for p in free if not p.has_chart and p.gender == "female" and _marital(p) == "M"]
    husbands = [p for p in free if p.gender == "male" and _marital(p) == "M"]
    for number, (husband, wife) in enumerate(_couples(husbands, wives)):
        if number >= _COUPLES:
            break
        _wed(cast, husband, wife)
    _adopt(cast, [cast.people[p.index] for p in free])


def _marital(person: Person) -> str:
    return person.details["about"]["marital"]


def _group(person: Person) -> str:
    origin = person.details["about"]["origin"]
    return next(group for group, origins in GROUPS.items() if origin in origins)


def _couples(husbands: Sequence[Person], wives: Sequence[Person]) -> Iterator[tuple[Person, Person]]:
    """Each once: of one group of origins and near in age."""
    left = list(wives)
    for husband in husbands:
        for wife in left:
            years = (wife.birth_date - husband.birth_date).days / 365.25
            same = _group(husband) == _group(wife)
            if same and -6 <= years <= 10 and wife.name.family not in CROWD_FAMILIES:
                left.remove(wife)
                yield husband, wife
                break


def _wed(cast: Cast, husband: Person, wife: Person) -> None:
    """One address and wedding day, mostly one name; each is the other's contact."""
    wed = max(date.fromisoformat(p.details["about"]["wed"]) for p in (husband, wife))
    if cast.rng.random() < _WIFE_TAKES:
        birth = next((n for n in wife.names if n.use == "maiden"), wife.name)
        names = (
            Name(husband.name.family, wife.name.given, start=wed),
            replace(birth, use="maiden", end=_eve(wed)),
        )
        wife = cast.change(wife.index, names=names)
    shared = tuple(_since(place, wed) for place in husband.address if place["use"] != "old")
    wife = cast.change(wife.index, address=shared)
    for one, other in ((husband, wife), (wife, husband)):
        about = {**one.details["about"], "wed": wed.isoformat(), "contacts": [_contact(other, "spouse")]}
        cast.describe(one.index, about=about, spouse=other.id)


def _eve(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _contact(other: Person, relation: str) -> dict[str, Json]:
    """A contact who is in the cohort too."""
    numbers = [t for t in other.telecom if t["system"] == "phone" and t.get("use") != "old"]
    return {
        "relation": relation,
        "family": other.name.family,
        "given": other.name.given[0],
        "sex": other.gender,
        "phone": numbers[0]["value"],
    }


def _adopt(cast: Cast, free: Sequence[Person]) -> None:
    """Gives children a parent of the cohort: of their origin, 19 to 42 years older, with the same name and home."""
    parents = [p for p in free if (NOW.date() - p.birth_date).days > 19 * 365]
    held: dict[int, int] = {}
    for child in free:
        if (NOW.date() - child.birth_date).days >= ADULT * 365.25:
            continue
        origin = child.details["about"]["origin"]
        fitting = [
            p
            for p in parents
            if p.details["about"]["origin"] == origin
            and 19 <= (child.birth_date - p.birth_date).days / 365.25 <= 42
            and held.get(p.index, 0) < 3
        ]
        if not fitting or cast.rng.random() < 0.3:
            continue
        parent = cast.people[cast.rng.choice(fitting).index]
        held[parent.index] = held.get(parent.index, 0) + 1
        _bring_home(cast, child, parent)
    _twins(cast)


def _twins(cast: Cast) -> None:
    """Some brothers and sisters were born on one day."""
    families: dict[str, list[Person]] = {}
    for person in cast.people:
        if "parent" in person.details:
            families.setdefault(person.details["parent"], []).append(person)
    pairs = [children[:2] for children in families.values() if len(children) > 1]
    for first, second in pairs[:_TWINS]:
        cast.change(second.index, birth_date=first.birth_date)
        for order, child in enumerate((first, second), 1):
            cast.describe(child.index, about={**child.details["about"], "birth": order})
            cast.change(child.index, address=first.address)


def _bring_home(cast: Cast, child: Person, parent: Person) -> None:
    relation = "mother" if parent.gender == "female" else "father"
    names = tuple(replace(name, family=parent.name.family) for name in child.names)
    about: Mapping[str, Json] = child.details["about"]
    address = tuple(_since(place, child.birth_date) for place in parent.address if place["use"] == "home")
    cast.change(child.index, names=names, address=address)
    cast.describe(child.index, about={**about, "contacts": [_contact(parent, relation)]}, parent=parent.id)


def _since(place: Mapping[str, Json], joined: date) -> dict[str, Json]:
    """An address that somebody has had since they joined the family, or since that moved there."""
    start = place.get("period", {}).get("start")
    return {**place, "period": {"start": max(start, joined.isoformat())}} if start else dict(place)
