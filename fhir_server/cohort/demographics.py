"""Names, phones and addresses, and the Patient resource that is made of a Person."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TypedDict

from ..backend import Resource
from .names import NAMES, era
from .parts import HOSPITAL_NAME
from .plan import MRN_SYSTEM, NOW, Json, Name, Person

_AREAS = ("201", "302", "413", "518", "607", "716", "814", "908")
_LANGUAGES = (
    ("en", "English", 0.84),
    ("es", "Spanish", 0.94),
    ("zh", "Chinese", 0.97),
    ("vi", "Vietnamese", 1.0),
)
"""Code, display, upper end of the share of people."""


class Contacts(TypedDict):
    """The two fields of a Person that say how to reach them."""

    telecom: tuple[dict[str, Json], ...]
    address: tuple[dict[str, Json], ...]


def personal_names(rng: Random, gender: str, born: date) -> tuple[Name, ...]:
    """An official name; for some a middle name, a usual name, a maiden name."""
    pool = NAMES.given[gender][era(born.year)]
    given = rng.choice(pool)
    family = rng.choice(NAMES.family)
    age = (NOW.date() - born).days // 365
    middle = (rng.choice(pool)[0] + ".",) if rng.random() < 0.35 else ()
    names: list[Name] = []
    if gender == "female" and age > 26 and rng.random() < 0.2:
        wed = born + timedelta(days=int(365.25 * (22 + rng.random() * min(20, age - 24))))
        maiden = rng.choice([f for f in NAMES.family if f != family])
        names = [Name(family, (given, *middle), start=wed), Name(maiden, (given, *middle), "maiden", end=wed)]
    else:
        names = [Name(family, (given, *middle))]
    if given in NAMES.nicknames and rng.random() < 0.5:
        names.append(Name(family, (NAMES.nicknames[given],), "usual"))
    return tuple(names)


def contacts(rng: Random, born: date) -> Contacts:
    """Phones (mobile, home, a former one), mail and addresses (home, a former one). All are invented."""
    area = rng.choice(_AREAS)
    telecom: list[dict[str, Json]] = [_phone(rng, area, "mobile")]
    if rng.random() < 0.6:
        telecom.append(_phone(rng, area, "home"))
    if rng.random() < 0.25:
        telecom.append(
            _phone(rng, rng.choice(_AREAS), "old") | {"period": {"end": _past(rng, born).isoformat()}}
        )
    if rng.random() < 0.5:
        box = f"{rng.choice(NAMES.streets).lower()}{rng.randrange(10, 9999)}@example.org"
        telecom.append({"system": "email", "value": box, "use": "home"})
    moved = _past(rng, born)
    address = [_address(rng) | {"period": {"start": moved.isoformat()}}]
    if rng.random() < 0.3:
        address.append(_address(rng) | {"use": "old", "period": {"end": moved.isoformat()}})
    return {"telecom": tuple(telecom), "address": tuple(address)}


def _past(rng: Random, born: date) -> date:
    earliest = max(born, date(2008, 1, 1))
    return earliest + timedelta(days=rng.randrange(max(1, (NOW.date() - earliest).days)))


def _phone(rng: Random, area: str, use: str) -> dict[str, Json]:
    return {"system": "phone", "value": f"({area}) 555-01{rng.randrange(100):02d}", "use": use}


def _address(rng: Random) -> dict[str, Json]:
    town, code = rng.choice(NAMES.towns)
    line = [f"{rng.randrange(2, 990)} {rng.choice(NAMES.streets)} {rng.choice(NAMES.street_kinds)}"]
    if rng.random() < 0.2:
        line.append(f"Apt {rng.randrange(1, 40)}")
    return {
        "use": "home",
        "type": "both",
        "line": line,
        "city": town,
        "state": "NY",
        "postalCode": code,
        "country": "US",
    }


def patient_resource(person: Person) -> Resource:
    """The Patient of a Person: the one place where one is made of the other."""
    active = person.replaced_by is None and person.details.get("active", True)
    mrn = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    identifier: dict[str, Json] = {"use": "usual", "type": mrn, "system": MRN_SYSTEM, "value": person.mrn}
    identifier["assigner"] = {"display": HOSPITAL_NAME}
    resource: Resource = {
        "resourceType": "Patient",
        "id": person.id,
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T03:00:00-05:00"},
        "identifier": [identifier, *map(dict, person.other_identifiers)],
        "active": bool(active),
        "name": [_human_name(name) for name in person.names],
        "telecom": [dict(point) for point in person.telecom],
        "gender": person.gender,
        "birthDate": person.birth_date.isoformat(),
        "address": [dict(place) for place in person.address],
        "communication": person.details.get("communication") or [_language(person)],
        "managingOrganization": {
            "reference": f"Organization/{person.details['hospital']}",
            "display": HOSPITAL_NAME,
        },
    }
    if person.deceased:
        resource["deceasedDateTime"] = person.deceased.isoformat(timespec="seconds")
    if person.replaced_by:
        link = {"other": {"reference": f"Patient/{person.replaced_by}"}, "type": "replaced-by"}
        resource["link"] = [link]
    return {key: value for key, value in resource.items() if value != []}


def _language(person: Person) -> dict[str, Json]:
    point = int(person.id[:4], 16) / 65536
    code, display = next((code, display) for code, display, upper in _LANGUAGES if point < upper)
    coding = {"system": "urn:ietf:bcp:47", "code": code, "display": display}
    return {"language": {"coding": [coding], "text": display}}


def _human_name(name: Name) -> dict[str, Json]:
    made: dict[str, Json] = {
        "use": name.use,
        "text": " ".join((*name.given, name.family)),
        "family": name.family,
        "given": list(name.given),
    }
    period = {key: day.isoformat() for key, day in (("start", name.start), ("end", name.end)) if day}
    return made | ({"period": period} if period else {})
