"""People who are hard to tell apart: one name for two, a former name, a record merged into another.

Each function below makes one situation out of one to four people and notes the request that somebody at a
desk might make, in `details["ask"]`: the details that are given of the person who is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from random import Random

from ..builder import ChartBuilder
from ..plan import Json, Name, Person, Placement, Plan
from .casting import GIVEN, Cast, Split, ended, home, past, phone, running

TOPIC = "lookup"

ACCENTED = (
    (("José",), "Núñez", "male"), (("Zoë",), "Lefèvre", "female"), (("Renée",), "Côté", "female"),
    (("Björn",), "Sjöström", "male"), (("Inês",), "Gonçalves", "female"), (("Tomás",), "Ibáñez", "male"),
)  # fmt: skip

SPELLINGS = {"female": ("Catherine", "Katharine"), "male": ("Geoffrey", "Jeffrey")}
"""A name and how it is misheard."""


def _ask(person: Person, **more: Json) -> dict[str, Json]:
    name = person.name
    return {"family": name.family, "given": name.given[0], **more}


def _born(person: Person) -> dict[str, Json]:
    return {"birth_date": person.birth_date.isoformat()}


def _beside(day: date, rng: Random) -> date:
    return day + timedelta(days=rng.choice((-1, 1)))


def plain(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """One person of that name."""
    person = cast.ordinary(split)
    return person, _ask(person, **_born(person))


def accented(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A name with accents, asked for without."""
    person = cast.ordinary(split)
    given, family, gender = ACCENTED[(person.index + cast.rng.randrange(3)) % len(ACCENTED)]
    person = cast.change(person.index, names=(Name(family, given),), gender=gender)
    bare = str.maketrans("éúñèôëöêçá", "euneoeoeca")
    return person, {"family": family.translate(bare), "given": given[0].translate(bare), **_born(person)}


def day_off(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """The birth date given is off by one day: nobody fits."""
    person = cast.ordinary(split)
    return person, _ask(person, birth_date=_beside(person.birth_date, cast.rng).isoformat())


def misheard(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """The given name is another one that sounds alike: nobody fits."""
    person = cast.ordinary(split)
    held, heard = SPELLINGS[person.gender]
    person = cast.change(person.index, names=(Name(person.name.family, (held,)),))
    return person, {**_ask(person, **_born(person)), "given": heard}


def two(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """Two people of one name and one birth date."""
    one, other = cast.ordinary(split), cast.ordinary(split)
    cast.change(other.index, names=one.names, gender=one.gender, birth_date=one.birth_date)
    return one, _ask(one, **_born(one))


def formerly(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """Asked for by a former name, which another person of the same birth date bears today."""
    person, other = cast.ordinary(split), cast.ordinary(split)
    before, change = person.name, past(cast.rng)
    now = Name(cast.married(), before.given, start=change)
    names = (now, Name(before.family, before.given, "old", end=change))
    cast.change(other.index, names=(before,), gender=person.gender, birth_date=person.birth_date)
    person = cast.change(person.index, names=names)
    ask = {"family": before.family, "given": before.given[0], "former": True, **_born(person)}
    return person, ask


def merged(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """Two records of one person; one was merged into the other."""
    retired, person = cast.ordinary(split), cast.ordinary(split)
    cast.change(person.index, names=retired.names, gender=retired.gender, birth_date=retired.birth_date)
    cast.change(retired.index, replaced_by=person.id)
    return cast.people[person.index], _ask(retired, **_born(retired))


def merged_typo(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """Only the retired record has the details given: the survivor has another birth date."""
    retired, person = cast.ordinary(split), cast.ordinary(split)
    birth = _beside(retired.birth_date, cast.rng)
    cast.change(person.index, names=retired.names, gender=retired.gender, birth_date=birth)
    cast.change(retired.index, replaced_by=person.id)
    return cast.people[person.index], _ask(retired, **_born(retired))


def inactive(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A record that was made by mistake, and is inactive, beside the right one."""
    void, person = cast.ordinary(split), cast.ordinary(split)
    cast.change(void.index, names=person.names, gender=person.gender, birth_date=person.birth_date)
    cast.void(void)
    return person, _ask(person, **_born(person))


def crowd_address(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name, told apart by the street; a namesake lived at the same address before."""
    person = cast.member(split, cast.family(split), "late")
    line = cast.house()
    person = cast.change(person.index, address=(home(line, cast.rng, period=running(cast.rng)),))
    gone = home(line, cast.rng, "old", period=ended(cast.rng))
    cast.namesake(split, person, late=False, address=(gone, home(cast.house(), cast.rng)))
    return person, _ask(person, line=line)


def crowd_merged(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name; a retired record of the same person."""
    person = cast.member(split, cast.family(split), "late")
    cast.namesake(split, person, birth_date=person.birth_date, replaced_by=person.id)
    return person, _ask(person, **_born(person))


def crowd_two(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name that two people of one year of birth bear."""
    person = cast.member(split, cast.family(split), "late")
    year = person.birth_date.year
    cast.namesake(split, person, birth_date=_another(person.birth_date, cast.rng))
    return person, _ask(person, birth_year=year)


def _another(day: date, rng: Random) -> date:
    """Another day of the same year, at least two months away."""
    return day.replace(month=(day.month + rng.randint(2, 9)) % 12 + 1, day=rng.randint(1, 28))


def crowd_day_off(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name, and a birth date off by one."""
    person = cast.member(split, cast.family(split), "late")
    return person, _ask(person, birth_date=_beside(person.birth_date, cast.rng).isoformat())


def merged_address(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name at an address that two records of one person hold; a namesake lived there before."""
    person, ask = crowd_address(cast, split)
    birth = _beside(person.birth_date, cast.rng)
    address = ({**person.address[0], "period": running(cast.rng)},)
    cast.namesake(split, person, birth_date=birth, address=address, replaced_by=person.id)
    return person, ask


def merged_former(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A former name that is common; a void record had it, and somebody of the same age has it today."""
    person = cast.member(split, cast.family(split), "late")
    before, change = person.name, past(cast.rng)
    old = Name(before.family, before.given, "old", end=change)
    cast.namesake(split, person, late=False, birth_date=person.birth_date)
    cast.namesake(split, person, birth_date=person.birth_date, replaced_by=person.id)
    names = (Name(cast.married(), before.given, start=change), old)
    void = cast.namesake(split, person, birth_date=person.birth_date)
    cast.change(void.index, names=(Name(cast.married(), before.given, start=change), old))
    cast.void(void)
    person = cast.change(person.index, names=names)
    return person, {"family": before.family, "given": before.given[0], "former": True, **_born(person)}


def chain_phone(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A record merged twice over; only the first holds the number, which a namesake had before."""
    person = cast.member(split, cast.family(split), "late")
    number = cast.number()
    between = cast.namesake(split, person, birth_date=person.birth_date, replaced_by=person.id)
    held = (phone(number, period=running(cast.rng)),)
    cast.namesake(split, person, birth_date=person.birth_date, telecom=held, replaced_by=between.id)
    gone = (phone(number, "old", period=ended(cast.rng)), phone(cast.number()))
    cast.namesake(split, person, late=False, telecom=gone)
    person = cast.change(person.index, telecom=(phone(cast.number(), period=running(cast.rng)),))
    return person, _ask(person, phone=number)


def none_left(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """A common name and a birth date that only a void record and a former name of somebody have."""
    person = cast.member(split, cast.family(split), "late")
    asked = _beside(person.birth_date, cast.rng)
    cast.void(cast.namesake(split, person, birth_date=asked))
    other = cast.namesake(split, person, birth_date=asked)
    change = past(cast.rng)
    given = next(
        g for g in GIVEN[person.gender] if g[0] != person.name.given[0][0]
    )  # Maria is no other María
    now = Name(cast.married(), (given,), start=change)
    cast.change(other.index, names=(now, Name(person.name.family, person.name.given, "old", end=change)))
    return person, _ask(person, birth_date=asked.isoformat())


def two_left(cast: Cast, split: Split) -> tuple[Person, dict[str, Json]]:
    """Of four who bear a common name and were born in one year, one is merged and one bears it no more."""
    person, ask = crowd_two(cast, split)
    cast.namesake(split, person, birth_date=person.birth_date, replaced_by=person.id)
    other = cast.namesake(split, person, birth_date=_another(person.birth_date, cast.rng))
    change = past(cast.rng)
    old = Name(person.name.family, person.name.given, "old", end=change)
    cast.change(other.index, names=(Name(cast.married(), person.name.given, start=change), old))
    return person, ask


Maker = Callable[[Cast, Split], tuple[Person, dict[str, Json]]]

MAKERS: Mapping[str, Maker] = {
    f.__name__.replace("_", "-"): f
    for f in (
        plain, accented, day_off, misheard, two, formerly, merged, merged_typo, inactive,
        crowd_address, crowd_merged, crowd_two, crowd_day_off,
        merged_address, merged_former, chain_phone, none_left, two_left,
    )
}  # fmt: skip

DECK: Mapping[Split, Mapping[int, str]] = {
    "core": {
        1: "plain plain plain plain plain accented accented day-off misheard two plain accented",
        2: "formerly formerly merged merged-typo inactive inactive crowd-address crowd-merged crowd-two "
        "crowd-day-off formerly merged",
        3: "merged-address merged-address merged-address merged-former merged-former chain-phone chain-phone "
        "chain-phone none-left two-left merged-address chain-phone",
    },
    "dev": {
        1: "plain accented day-off plain",
        2: "formerly merged inactive crowd-address merged-typo",
        3: "merged-address chain-phone two-left merged-former",
    },
}
"""Kinds by level in the order of use; the last of each line stand by."""


def cast_parts(cast: Cast) -> None:
    """Hands out the parts of every situation of the deck."""
    for split, levels in DECK.items():
        for level, kinds in levels.items():
            for order, kind in enumerate(kinds.split()):
                before = {p.index: p for p in cast.people}
                person, ask = MAKERS[kind](cast, split)
                touched = [p.id for p in cast.people if before[p.index] is not p]
                ids = sorted({person.id, *touched})
                cast.part(TOPIC, person.index, kind, level=level, order=order, ask=ask, cast=ids)


def place(plan: Plan, rng: Random) -> Iterable[Placement]:  # noqa: ARG001 dealt when the parts were cast
    """Lists the situations that were made when the parts were handed out."""
    for person in plan.people:
        part = person.details.get("parts", {}).get(TOPIC)
        if part is not None:
            yield Placement(TOPIC, part["kind"], person.index, {k: part[k] for k in part if k != "kind"})


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes nothing: these situations are in the Patients alone."""
