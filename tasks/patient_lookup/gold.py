"""The expected result of a look-up, from the Patients of the sealed cohort.

Pure functions over Patient resources. `ask` holds the details of the request: `family`, `given`, `former`
(the name is a former one), `birth_date`, `birth_year`, `line` (of the address), `phone`, `mrn` (of this or of
a retired record).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import MRN_SYSTEM
from ..base import Json

FORMER_USES = frozenset({"old", "maiden"})


def folded(text: str) -> str:
    """Text without accents, case and doubled white space."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def digits(text: str) -> str:
    """The digits of a phone number without a country code."""
    return "".join(c for c in text if c.isdigit())[-10:]


def is_current(item: Resource, today: date) -> bool:
    """Whether a name, address or number counts today: of no former use, in its period (ends included)."""
    if item.get("use") in FORMER_USES:
        return False
    period = item.get("period", {})
    start, end = period.get("start", "")[:10], period.get("end", "")[:10]
    return (not start or start <= today.isoformat()) and (not end or today.isoformat() <= end)


def mrn_of(patient: Resource) -> str:
    """The medical record number that is in use for this record.

    Raises:
        TaskError: there is none, or more than one.
    """
    numbers = [i["value"] for i in patient.get("identifier", ()) if i.get("system") == MRN_SYSTEM]
    own = [
        i["value"]
        for i in patient.get("identifier", ())
        if i.get("system") == MRN_SYSTEM and i["use"] != "old"
    ]
    found = own or numbers
    if len(found) != 1:
        raise TaskError(
            f"Patient/{patient['id']} has {len(found)} medical record numbers in use, expected one"
        )
    return found[0]


def _name_faults(patient: Resource, ask: Mapping[str, Json], today: date) -> set[str]:
    """Which of family and given name no single entry of the wanted kind agrees with."""
    former = bool(ask.get("former"))
    fewest: set[str] = {"family_name", "given_name"}
    for name in patient.get("name", ()):
        if is_current(name, today) is former:
            continue
        faults: set[str] = set()
        if folded(name.get("family", "")) != folded(ask["family"]):
            faults.add("family_name")
        if "given" in ask and folded((name.get("given") or [""])[0]) != folded(ask["given"]):
            faults.add("given_name")
        fewest = min(fewest, faults, key=len)
    return fewest if "given" in ask else fewest - {"given_name"}


def faults(patient: Resource, ask: Mapping[str, Json], today: date) -> set[str]:
    """The details of the request that a record does not agree with."""
    wrong: set[str] = set()
    if "mrn" in ask:
        numbers = {i["value"] for i in patient.get("identifier", ()) if i.get("system") == MRN_SYSTEM}
        if ask["mrn"] not in numbers:
            wrong.add("mrn")
    if "family" in ask:
        wrong |= _name_faults(patient, ask, today)
    birth = patient.get("birthDate", "")
    if "birth_date" in ask and birth != ask["birth_date"]:
        wrong.add("birth_date")
    if "birth_year" in ask and birth[:4] != str(ask["birth_year"]):
        wrong.add("birth_date")
    if "line" in ask:
        homes = [a for a in patient.get("address", ()) if is_current(a, today)]
        if not any(folded(line) == folded(ask["line"]) for a in homes for line in a.get("line", ())):
            wrong.add("address")
    if "phone" in ask:
        numbers = {digits(t["value"]) for t in patient.get("telecom", ()) if is_current(t, today)}
        if digits(ask["phone"]) not in numbers:
            wrong.add("phone")
    return wrong


def survivor(patient: Resource, by_id: Mapping[str, Resource]) -> Resource | None:
    """The record in force that this one stands for; itself where active; None where made by mistake."""
    seen: set[str] = set()
    while patient.get("active") is False:
        links = [k["other"]["reference"] for k in patient.get("link", ()) if k["type"] == "replaced-by"]
        if not links or patient["id"] in seen:
            return None
        seen.add(patient["id"])
        patient = by_id[links[0].rpartition("/")[2]]
    return patient


def fitting(patients: Sequence[Resource], ask: Mapping[str, Json], today: date) -> list[Resource]:
    """The surviving records of all who fit, each once, in order of MRN."""
    by_id = {p["id"]: p for p in patients}
    found: dict[str, Resource] = {}
    for patient in patients:
        if not faults(patient, ask, today):
            kept = survivor(patient, by_id)
            if kept is not None:
                found[kept["id"]] = kept
    return sorted(found.values(), key=mrn_of)


def nearest(patients: Sequence[Resource], ask: Mapping[str, Json], today: date) -> tuple[Resource, str]:
    """The active patient who agrees in all details but one, and that detail.

    Raises:
        TaskError: there is none, or two are equally near.
    """
    close: list[tuple[int, str, Resource]] = []
    asked = date.fromisoformat(ask["birth_date"])
    for patient in patients:
        wrong = faults(patient, ask, today)
        if patient.get("active") is not False and len(wrong) == 1:
            days = abs((date.fromisoformat(patient["birthDate"]) - asked).days)
            close.append((days, wrong.pop(), patient))
    close.sort(key=lambda c: c[0])
    if not close or (len(close) > 1 and close[0][0] == close[1][0]):
        raise TaskError(f"{len(close)} patients are nearest to {dict(ask)}, expected one")
    return close[0][2], close[0][1]


def home_of(patient: Resource, today: date) -> Resource:
    """The home address of today.

    Raises:
        TaskError: there is none, or more than one.
    """
    homes = [a for a in patient.get("address", ()) if a.get("use") == "home" and is_current(a, today)]
    if len(homes) != 1:
        raise TaskError(f"Patient/{patient['id']} has {len(homes)} home addresses, expected one")
    return homes[0]


def lookup(patients: Sequence[Resource], ask: Mapping[str, Json], today: date) -> dict[str, Json]:
    """The right answer to a look-up."""
    found = fitting(patients, ask, today)
    if len(found) == 1:
        return {"status": "ok", "mrn": mrn_of(found[0]), "city": home_of(found[0], today)["city"]}
    if found:
        return {"status": "ambiguous", "candidates": [mrn_of(p) for p in found]}
    candidate, detail = nearest(patients, ask, today)
    return {"status": "no_data", "nearest_mrn": mrn_of(candidate), "differs": detail}
