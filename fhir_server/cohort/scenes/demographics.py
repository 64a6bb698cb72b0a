"""What a registration desk holds: birthdays near the day that counts, numbers and addresses that changed.

Each function below makes one situation and says what somebody might ask about it: `ask` holds how the person
is named, `what` is the fact that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random

from ..builder import ChartBuilder
from ..plan import NOW, TIME_ZONE, Json, Name, Person, Placement, Plan
from .casting import Cast, Split, ended, home, languages, past, phone, running

TOPIC = "demographics"

LANGUAGE_SYSTEM = "urn:ietf:bcp:47"

PROCEDURES = ("cholecystectomy", "knee-replacement")

Made = tuple[Person, dict[str, Json]]


def language(code: str, name: str, *, preferred: bool | None = None) -> dict[str, Json]:
    """An entry of Patient.communication."""
    coding = {"system": LANGUAGE_SYSTEM, "code": code, "display": name}
    entry: dict[str, Json] = {"language": {"coding": [coding], "text": name}}
    return entry if preferred is None else {**entry, "preferred": preferred}


def _by_mrn(retired: Person) -> dict[str, Json]:
    return {"mrn": retired.mrn}


def _by_address(cast: Cast, person: Person) -> dict[str, Json]:
    """Names somebody by an address of their own, which is made for it."""
    line = cast.house()
    cast.change(person.index, address=(home(line, cast.rng, period=running(cast.rng)),))
    return _by_name(person, line=line)


def _by_bed(person: Person) -> dict[str, Json]:
    assert person.stay is not None
    return {"bed": person.stay.bed, "family": person.name.family}


def _by_name(person: Person, **more: Json) -> dict[str, Json]:
    return {"family": person.name.family, "given": person.name.given[0], **more}


def _by_birth(person: Person) -> dict[str, Json]:
    return _by_name(person, birth_date=person.birth_date.isoformat())


def _birthday(person: Person, days: int) -> date:
    """The birth date moved so that the birthday is so many days from today."""
    day = NOW.date() + timedelta(days=days)
    return date(person.birth_date.year, day.month, day.day)


def _turns(days: int, *, bed: bool = False) -> Callable[[Cast, Split], Made]:
    def make(cast: Cast, split: Split) -> Made:
        person = cast.patient(split, inpatient=True) if bed else cast.ordinary(split)
        person = cast.change(person.index, birth_date=_birthday(person, days))
        return person, {"what": "age_now", "ask": _by_bed(person) if bed else _by_address(cast, person)}

    return make


def _leap(person: Person) -> date:
    """The 29 February nearest to the year of birth."""
    return date(round(person.birth_date.year / 4) * 4, 2, 29)


def leap_now(cast: Cast, split: Split) -> Made:
    """Born on a 29 February."""
    person = cast.ordinary(split)
    person = cast.change(person.index, birth_date=_leap(person))
    return person, {"what": "age_now", "ask": _by_address(cast, person)}


def admission(cast: Cast, split: Split) -> Made:
    """A birthday on the day after admission."""
    person = cast.patient(split, inpatient=True)
    assert person.stay is not None
    day = person.stay.admitted.astimezone(TIME_ZONE).date() + timedelta(days=1)
    person = cast.change(person.index, birth_date=date(person.birth_date.year, day.month, min(day.day, 28)))
    return person, {"what": "age_at_admission", "ask": _by_bed(person)}


def phone_plain(cast: Cast, split: Split) -> Made:
    """A number for each use."""
    person = cast.ordinary(split)
    numbers = tuple(phone(cast.number(), use) for use in ("home", "mobile", "work"))
    person = cast.change(person.index, telecom=numbers)
    return person, {"what": "phone", "use": cast.rng.choice(("home", "mobile")), "ask": _by_birth(person)}


def address_plain(cast: Cast, split: Split) -> Made:
    """One home address."""
    person = cast.ordinary(split)
    person = cast.change(person.index, address=(home(cast.house(), cast.rng),))
    return person, {"what": "address", "ask": _by_birth(person)}


def language_plain(cast: Cast, split: Split) -> Made:
    """One language."""
    person = cast.ordinary(split)
    spoken = language(*languages(person, cast.rng, 1)[0], preferred=True)
    person = cast.describe(person.index, communication=[spoken])
    return person, {"what": "language", "ask": _by_birth(person)}


def _numbers(cast: Cast, use: str, kind: str) -> tuple[Mapping[str, Json], ...]:
    """Numbers of one use of which the first in the list is not the one to call."""
    gone = phone(cast.number(), use, period=ended(cast.rng))
    good = phone(cast.number(), use, period=running(cast.rng))
    if kind == "rank":
        good, second = {**good, "rank": 1}, phone(cast.number(), use, rank=2, period=running(cast.rng))
        return second, gone, good
    if kind == "next":
        return phone(cast.number(), use, period={"start": "2026-04-01"}), good, gone
    return gone, phone(cast.number(), "work"), good


def _changed_phone(kind: str) -> Callable[[Cast, Split], Made]:
    def make(cast: Cast, split: Split) -> Made:
        person = cast.member(split, cast.family(split), "late")
        use = cast.rng.choice(("home", "mobile"))
        person = cast.change(person.index, telecom=_numbers(cast, use, kind))
        return person, {"what": "phone", "use": use, "ask": _by_birth(person)}

    return make


def _addresses(cast: Cast) -> tuple[Mapping[str, Json], ...]:
    """A former address that still says home, one at work, and the home of today."""
    gone = home(cast.house(), cast.rng, period=ended(cast.rng))
    work = home(cast.house(), cast.rng, "work")
    return gone, work, home(cast.house(), cast.rng, period=running(cast.rng))


def address_changed(cast: Cast, split: Split) -> Made:
    """Moved house."""
    person = cast.member(split, cast.family(split), "late")
    person = cast.change(person.index, address=_addresses(cast))
    return person, {"what": "address", "ask": _by_birth(person)}


def _retired(cast: Cast, split: Split, person: Person, **fields: Json) -> Person:
    """A record of the same person that was merged into the one given."""
    retired = cast.ordinary(split)
    same = {"names": person.names, "gender": person.gender, "birth_date": person.birth_date}
    return cast.change(retired.index, **{**same, "replaced_by": person.id, **fields})


def language_second(cast: Cast, split: Split) -> Made:
    """Two languages, the preferred one second; asked for by a retired record that has a third."""
    person = cast.ordinary(split)
    second, first, third = languages(person, cast.rng, 3)
    person = cast.describe(person.index, communication=[language(*first), language(*second, preferred=True)])
    retired = _retired(cast, split, person)
    cast.describe(retired.index, communication=[language(*third, preferred=True)])
    return person, {"what": "language", "ask": _by_mrn(retired)}


def death_local(cast: Cast, split: Split) -> Made:
    """Died an hour before the birthday, which is the next day in UTC; a retired record knows not."""
    person = cast.elder(split)
    birth = person.birth_date.replace(day=min(person.birth_date.day, 28))
    turns = datetime(cast.rng.randint(2019, 2025), birth.month, birth.day, tzinfo=TIME_ZONE)
    died = (turns - timedelta(minutes=cast.rng.randint(20, 90))).astimezone(UTC)
    person = cast.change(person.index, birth_date=birth, deceased=died)
    retired = _retired(cast, split, person)
    return person, {"what": "age_at_death", "ask": _by_mrn(retired)}


def death_leap(cast: Cast, split: Split) -> Made:
    """Born on a 29 February, died on a 28 February of a common year."""
    person = cast.elder(split)
    died = datetime(cast.rng.choice((2021, 2022, 2023, 2025)), 2, 28, 14, 35, tzinfo=TIME_ZONE)
    person = cast.change(person.index, birth_date=_leap(person), deceased=died)
    return person, {"what": "age_at_death", "ask": _by_address(cast, person)}


def event(cast: Cast, split: Split) -> Made:
    """An operation on the eve of a birthday; a void entry and a note say otherwise."""
    person = cast.patient(split, inpatient=False)
    birth = person.birth_date.replace(day=min(max(person.birth_date.day, 2), 28))
    day = date(cast.rng.randint(2021, 2024), birth.month, birth.day) - timedelta(days=1)
    person = cast.change(person.index, birth_date=birth)
    return person, _operation(cast, person, day)


def event_leap(cast: Cast, split: Split) -> Made:
    """Born on a 29 February, operated on a 28 February."""
    person = cast.patient(split, inpatient=False)
    person = cast.change(person.index, birth_date=_leap(person))
    return person, _operation(cast, person, date(cast.rng.choice((2021, 2022, 2023, 2025)), 2, 28))


def _operation(cast: Cast, person: Person, day: date) -> dict[str, Json]:
    name = cast.rng.choice(PROCEDURES)
    ask = _by_address(cast, person)
    return {"what": "age_at_event", "ask": ask, "procedure": name, "on": day.isoformat()}


def no_mobile(cast: Cast, split: Split) -> Made:
    """A mobile number that is no longer in use, and none after it."""
    person = cast.ordinary(split)
    gone = phone(cast.number(), "mobile", period=ended(cast.rng))
    person = cast.change(person.index, telecom=(gone, phone(cast.number(), "home")))
    return person, {"what": "phone", "use": "mobile", "ask": _by_birth(person)}


def _crowd(cast: Cast, split: Split, numbers: tuple[Mapping[str, Json], ...], **stale: Json) -> Made:
    """A common name and an address: a retired record gives both too, and a namesake lived there before."""
    person = cast.member(split, cast.family(split), "late")
    line = cast.house()
    here = home(line, cast.rng, period=running(cast.rng))
    person = cast.change(person.index, address=(here,), **({"telecom": numbers} if numbers else {}))
    retired = cast.namesake(
        split, person, birth_date=person.birth_date, address=(here,), replaced_by=person.id
    )
    cast.change(retired.index, **stale)
    gone = home(line, cast.rng, "old", period=ended(cast.rng))
    cast.namesake(split, person, late=False, address=(gone, home(cast.house(), cast.rng)))
    return person, {"ask": _by_name(person, line=line)}


def crowd_phone(cast: Cast, split: Split) -> Made:
    """A common name; the retired record holds the old number as if it were current."""
    use = cast.rng.choice(("home", "mobile"))
    numbers = _numbers(cast, use, cast.rng.choice(("ended", "rank", "next")))
    stale = tuple(phone(n["value"], use) for n in numbers if n.get("period", {}).get("end"))
    person, asked = _crowd(cast, split, numbers, telecom=stale)
    return person, {"what": "phone", "use": use, **asked}


def crowd_no_mobile(cast: Cast, split: Split) -> Made:
    """A common name; the only mobile number has ended, but stands in the retired record."""
    gone = phone(cast.number(), "mobile", period=ended(cast.rng))
    stale = (phone(gone["value"], "mobile"),)
    person, asked = _crowd(cast, split, (gone, phone(cast.number(), "home")), telecom=stale)
    return person, {"what": "phone", "use": "mobile", **asked}


def crowd_age(cast: Cast, split: Split) -> Made:
    """A common name; the retired record has a birthday of tomorrow, the right one of today."""
    person, asked = _crowd(cast, split, ())
    retired = next(p for p in cast.people if p.replaced_by == person.id)
    cast.change(retired.index, birth_date=_birthday(person, 1))
    person = cast.change(person.index, birth_date=_birthday(person, 0))
    return person, {"what": "age_now", **asked}


def _crowd_year(cast: Cast, split: Split, **stale: Json) -> Made:
    """A common name and a year of birth: shared by a retired record and by somebody's former name."""
    person = cast.member(split, cast.family(split), "late")
    cast.namesake(split, person, birth_date=person.birth_date, replaced_by=person.id, **stale)
    change = past(cast.rng)
    former = cast.namesake(
        split, person, birth_date=person.birth_date.replace(day=person.birth_date.day % 28 + 1)
    )
    old = Name(person.name.family, person.name.given, "old", end=change)
    cast.change(former.index, names=(Name(cast.married(), person.name.given, start=change), old))
    return person, {"ask": _by_name(person, birth_year=person.birth_date.year)}


def crowd_address(cast: Cast, split: Split) -> Made:
    """A common name; the retired record holds the former address."""
    addresses = _addresses(cast)
    stale = {k: v for k, v in addresses[0].items() if k != "period"}
    person, asked = _crowd_year(cast, split, address=(stale,))
    person = cast.change(person.index, address=addresses)
    return person, {"what": "address", **asked}


def crowd_language(cast: Cast, split: Split) -> Made:
    """A common name; the preferred language stands second, the retired record has another."""
    person, asked = _crowd_year(cast, split)
    second, first, third = languages(person, cast.rng, 3)
    retired = next(p for p in cast.people if p.replaced_by == person.id)
    cast.describe(retired.index, communication=[language(*third, preferred=True)])
    person = cast.describe(
        person.index, communication=[language(*first, preferred=False), language(*second, preferred=True)]
    )
    return person, {"what": "language", **asked}


MAKERS: Mapping[str, Callable[[Cast, Split], Made]] = {
    "turns-today": _turns(0), "turns-tomorrow": _turns(1), "turned-yesterday": _turns(-1),
    "leap-now": leap_now, "bed-today": _turns(0, bed=True), "bed-tomorrow": _turns(1, bed=True),
    "admission": admission, "phone-plain": phone_plain, "address-plain": address_plain,
    "language-plain": language_plain,
    "phone-ended": _changed_phone("ended"), "phone-rank": _changed_phone("rank"),
    "phone-next": _changed_phone("next"), "address-changed": address_changed,
    "language-second": language_second, "death-local": death_local, "death-leap": death_leap,
    "event": event, "event-leap": event_leap, "no-mobile": no_mobile,
    "crowd-phone": crowd_phone, "crowd-no-mobile": crowd_no_mobile, "crowd-age": crowd_age,
    "crowd-address": crowd_address, "crowd-language": crowd_language,
}  # fmt: skip

DECK: Mapping[Split, Mapping[int, str]] = {
    "core": {
        1: "turns-today turns-tomorrow bed-today bed-tomorrow admission leap-now phone-plain phone-plain "
        "address-plain language-plain turned-yesterday phone-plain",
        2: "phone-ended phone-rank phone-next address-changed language-second death-local death-leap event "
        "event-leap no-mobile phone-rank death-local",
        3: "crowd-phone crowd-phone crowd-phone crowd-phone crowd-age crowd-age crowd-address crowd-address "
        "crowd-language crowd-no-mobile crowd-phone crowd-address",
    },
    "dev": {
        1: "turns-tomorrow phone-plain admission turned-yesterday",
        2: "phone-ended event address-changed death-local phone-next",
        3: "crowd-phone crowd-age crowd-address crowd-phone",
    },
}
"""Kinds by level in the order of use; the last of each line stand by."""


def cast_parts(cast: Cast) -> None:
    """Hands out the parts of every situation of the deck."""
    for split, levels in DECK.items():
        for level, kinds in levels.items():
            for order, kind in enumerate(kinds.split()):
                before = {p.index: p for p in cast.people}
                person, details = MAKERS[kind](cast, split)
                touched = {p.id for p in cast.people if before[p.index] is not p}
                ids = sorted({person.id, *touched})
                cast.part(TOPIC, person.index, kind, level=level, order=order, cast=ids, **details)


def place(plan: Plan, rng: Random) -> Iterable[Placement]:  # noqa: ARG001 dealt when the parts were cast
    """Lists the situations that were made when the parts were handed out."""
    for person in plan.people:
        part = person.details.get("parts", {}).get(TOPIC)
        if part is not None:
            yield Placement(TOPIC, part["kind"], person.index, {k: part[k] for k in part if k != "kind"})


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes an operation with what contradicts it; all other situations are in the Patient alone."""
    name = placement.details.get("procedure")
    if name is None:
        return
    chart.drop("Procedure", name)
    day = date.fromisoformat(placement.details["on"])
    at = datetime(day.year, day.month, day.day, rng.randint(8, 16), rng.choice((5, 20, 40)), tzinfo=TIME_ZONE)
    chart.procedure(name, at - timedelta(days=rng.randint(420, 700)), status="not-done")
    chart.procedure(name, at - timedelta(days=rng.randint(30, 300)), status="entered-in-error")
    chart.procedure(name, at)
    age = day.year - chart.person.birth_date.year + 1
    text = f"History taken at the visit. By the patient's account: {name.replace('-', ' ')} at age {age}."
    chart.note("outpatient", text, at + timedelta(days=rng.randint(40, 200)))
