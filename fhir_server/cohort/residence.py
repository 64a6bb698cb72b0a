"""Where people live and how they are reached: addresses that follow one another, numbers, mail. All are invented.

Numbers are of the range 555-0100 to 555-0199 that is kept for fiction, mail is of a domain kept for examples. A home
number has the area code of the town; a mobile may have come along from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import TypedDict

from .names import NAMES, Town
from .plan import Json
from .population import weighted

MERGED_HOSPITAL = "Kingsbury Memorial Hospital"
MERGED_MRN_SYSTEM = "http://kingsburymemorial.example/identifier/mrn"
MERGED_ON = date(2019, 7, 1)
"""The day on which another hospital was merged into this one: its record numbers are old ones since."""

INTERNAL_SYSTEM = "http://chartgym.example/identifier/internal"
EXTERNAL_SYSTEM = "http://chartgym.example/identifier/external"
_RECORDS = date(1998, 1, 1)
"""Before this day the register has no dates of moving."""


class Contacts(TypedDict):
    """The fields of a Person that say how to reach them, and under which other numbers they are known."""

    telecom: tuple[dict[str, Json], ...]
    address: tuple[dict[str, Json], ...]
    other_identifiers: tuple[dict[str, Json], ...]


def contacts(rng: Random, born: date, last: date) -> Contacts:
    """Addresses, phones, mail and other identifiers of somebody; `last` is today, or the day of death."""
    town = weighted(rng, [(town, town.weight) for town in NAMES.towns])
    return {
        "address": _addresses(rng, born, last, town),
        "telecom": _telecom(rng, born, last, town),
        "other_identifiers": _identifiers(rng, born),
    }


def a_day(rng: Random, first: date, last: date) -> date:
    """A day from `first` to before `last`; `first` where there is none between."""
    return first + timedelta(days=rng.randrange(max(1, (last - first).days)))


def phone_number(rng: Random, area: str) -> str:
    """A number of the range that is kept for fiction."""
    return f"({area}) 555-01{rng.randrange(100):02d}"


def phone(value: str, use: str) -> dict[str, Json]:
    """A ContactPoint."""
    return {"system": "phone", "value": value, "use": use}


def _addresses(rng: Random, born: date, last: date, town: Town) -> tuple[dict[str, Json], ...]:
    """The home of today first, then former ones, each ending on the day before the next begins."""
    start = max(born, _RECORDS)
    moves = 0 if (last - start).days < 300 else weighted(rng, ((0, 0.55), (1, 0.33), (2, 0.12)))
    days = sorted({a_day(rng, start + timedelta(days=30), last - timedelta(days=30)) for _ in range(moves)})
    here = street_address(rng, town)
    if days or rng.random() < 0.5:
        here["period"] = {"start": (days[-1] if days else a_day(rng, start, last)).isoformat()}
    homes = [here]
    for number, end in reversed(list(enumerate(days))):
        near = town if rng.random() < 0.6 else weighted(rng, [(t, t.weight) for t in NAMES.towns])
        period = {"end": (end - timedelta(days=1)).isoformat()}
        if number:
            period = {"start": days[number - 1].isoformat()} | period
        homes.append(street_address(rng, near) | {"use": "old", "period": period})
    if rng.random() < 0.04 and (last - born).days > 20 * 365:
        box = street_address(rng, town) | {"use": "billing", "type": "postal"}
        homes.append(box | {"line": [f"PO Box {rng.randrange(20, 4000)}"]})
    return tuple(homes)


def street_address(rng: Random, town: Town) -> dict[str, Json]:
    """A home address in a town."""
    line = [f"{rng.randrange(2, 990)} {rng.choice(NAMES.streets)} {rng.choice(NAMES.street_kinds)}"]
    if rng.random() < 0.24:
        word = weighted(rng, (("Apt", 0.8), ("Unit", 0.1), ("Fl", 0.1)))
        line.append(f"{word} {rng.randrange(1, 4 if word == 'Fl' else 40)}")
    return {
        "use": "home",
        "type": "both",
        "line": line,
        "city": town.name,
        "state": "NY",
        "postalCode": rng.choice(town.zips),
        "country": "US",
    }


def mobile_area(rng: Random, town: Town) -> str:
    """The area code of a mobile: of the town, of a town near by, or of wherever its owner came from."""
    near = weighted(rng, [(t.areas[0], t.weight) for t in NAMES.towns])
    return weighted(rng, ((town.areas[0], 0.72), (near, 0.12), (rng.choice(NAMES.away), 0.16)))


def _telecom(rng: Random, born: date, last: date, town: Town) -> tuple[dict[str, Json], ...]:
    age = (last - born).days / 365.25
    points: list[dict[str, Json]] = []
    landline = 0.8 if age >= 75 else 0.55 if age >= 55 else 0.2 if age >= 18 else 0.3
    if age >= 13 and rng.random() < (0.7 if age >= 80 else 0.95):
        points.append(phone(phone_number(rng, mobile_area(rng, town)), "mobile"))
    if not points or rng.random() < landline:
        points.append(phone(phone_number(rng, town.areas[0]), "home"))
    if 22 <= age < 67 and rng.random() < 0.18:
        points.append(phone(phone_number(rng, town.areas[0]), "work"))
    if len(points) > 1 and rng.random() < 0.3:
        points = [point | {"rank": rank} for rank, point in enumerate(points, 1)]
    start = max(born, _RECORDS) + timedelta(days=400)
    if age >= 18 and rng.random() < 0.24:
        end = a_day(rng, start, last - timedelta(days=20))
        former = phone(phone_number(rng, mobile_area(rng, town)), "old")
        points.append(former | {"period": {"end": end.isoformat()}})
    if age >= 16 and rng.random() < (0.25 if age >= 75 else 0.62):
        box = f"{rng.choice(NAMES.streets).lower()}{rng.randrange(10, 9999)}@example.org"
        points.append({"system": "email", "value": box, "use": "home"})
    return tuple(points)


def _identifiers(rng: Random, born: date) -> tuple[dict[str, Json], ...]:
    """Numbers of the systems behind the record (one padded with blanks), and of the hospital that was merged in."""
    number = f"Z{rng.randrange(1000, 999_999)}"
    kept: list[dict[str, Json]] = [
        {"use": "usual", "type": {"text": "INTERNAL"}, "system": INTERNAL_SYSTEM, "value": f"{number:>10}"},
        {"use": "usual", "type": {"text": "EXTERNAL"}, "system": EXTERNAL_SYSTEM, "value": number},
    ]
    if born < date(2018, 1, 1) and rng.random() < 0.18:
        kept.append(_merged_number(rng))
    return tuple(kept)


def _merged_number(rng: Random) -> dict[str, Json]:
    record: Mapping[str, Json] = {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                "code": "MR",
                "display": "Medical record number",
            }
        ]
    }
    return {
        "use": "old",
        "type": record,
        "system": MERGED_MRN_SYSTEM,
        "value": f"KM{rng.randrange(1_000_000):07d}",
        "period": {"end": MERGED_ON.isoformat()},
        "assigner": {"display": MERGED_HOSPITAL},
    }
