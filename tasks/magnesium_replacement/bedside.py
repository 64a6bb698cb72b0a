"""How the reference solutions of both replacement categories work at the bedside: look up, reason, order.

Written apart from the gold: it sees only what the public tools show, and shares with the gold no more than the
protocol's numbers and the code tables. A `Faults` makes a shortcut agent of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort import codes
from ...fhir_server.cohort.plan import MRN_SYSTEM
from ..base import Json, Solution, TaskView, ToolCall, ToolResult
from ..solving import attachment_text, create, finish, search
from .protocol import MG_PER_MMOL, PROTOCOL, Protocol, Version

T = TypeVar("T")
Asking: TypeAlias = Generator[ToolCall, ToolResult, T]

SALTS = {
    "potassium": ("potassium-chloride-oral", "potassium-chloride-iv"),
    "magnesium": ("magnesium-sulfate-iv", "magnesium-oxide-oral"),
}
"""Which drugs count as the same replacement."""

_UNITS = {"potassium": {"mmol/L", "meq/L"}, "magnesium": {"mg/dL", "mmol/L"}, "egfr": {"mL/min/{1.73_m2}"}}
"""Units in which a number of each can be told."""

_SNOMED_ROUTES = {
    "oral": ("26643006", "Oral route"),
    "intravenous": ("47625008", "Intravenous route"),
}


@dataclass(frozen=True, slots=True)
class Faults:
    """What a shortcut agent leaves out."""

    first_page: bool = False
    any_status: bool = False
    any_unit: bool = False
    no_orders: bool = False
    no_modifiers: bool = False


SHORTCUT_FAULTS: Mapping[str, Faults] = {
    "first-page": Faults(first_page=True),
    "any-status": Faults(any_status=True),
    "any-unit": Faults(any_unit=True),
    "ignore-orders": Faults(no_orders=True),
    "ignore-modifiers": Faults(no_modifiers=True),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A laboratory number as it was read: value in the protocol's unit, and its collection time as written."""

    value: float
    taken: datetime
    released: str
    written: str


@dataclass(slots=True)
class Bedside:
    """One patient's chart as far as it has been read, and the orders that are meant to be placed."""

    now: datetime
    protocol: Version
    faults: Faults
    patient: str = ""
    encounter: str = ""
    drugs: list[Resource] = field(default_factory=list[Resource])
    services: list[Resource] = field(default_factory=list[Resource])
    to_place: list[Resource] = field(default_factory=list[Resource])

    def labs(self, analyte: str, hours: float) -> Asking[tuple[Finding | None, Finding | None]]:
        """The last result that counts in the last `hours`, and the last one older than that."""
        start = self.now.astimezone(UTC) - timedelta(hours=hours)
        asked: dict[str, Json] = {
            "patient": self.patient,
            "code": f"{codes.LOINC}|{codes.ANALYTES[analyte].code}",
        }
        if self.faults.first_page:
            rows = yield from search("Observation", asked, pages=1)
        else:
            recent = asked | {"date": f"ge{_zulu(start - timedelta(days=3))}", "_count": "50"}
            rows = yield from search("Observation", recent)
            if not rows:
                rows = yield from search("Observation", asked | {"_sort": "-date", "_count": "20"}, pages=1)
        found = [f for f in (self._finding(analyte, row) for row in rows) if f is not None]
        found.sort(key=lambda f: (f.taken, datetime.fromisoformat(f.released)))
        inside = [f for f in found if start <= f.taken <= self.now]
        older = [f for f in found if f.taken < start]
        return (inside[-1] if inside else None), (older[-1] if older else None)

    def _finding(self, analyte: str, row: Resource) -> Finding | None:
        if not self.faults.any_status:
            said = " ".join(n["text"] for n in row.get("note", [])).lower()
            if row["status"] not in ("final", "amended", "corrected") or re.search(r"ha?emoly[sz]", said):
                return None
        quantity = row.get("valueQuantity")
        if quantity is None or quantity.get("value") is None or quantity.get("comparator"):
            return None
        taken = row["effectiveDateTime"]
        if "T" not in taken or (quantity.get("code") not in _UNITS[analyte] and not self.faults.any_unit):
            return None  # an old record without a time of day, or without a unit that can be told
        value = quantity["value"]
        if analyte == "magnesium" and quantity.get("code") == "mmol/L" and not self.faults.any_unit:
            value = round(value * MG_PER_MMOL, 1)
        return Finding(value, datetime.fromisoformat(taken), row.get("issued", taken), taken)

    def look_at_orders(self) -> Asking[None]:
        """Reads what is on order: drugs of either electrolyte, tests, NPO."""
        if self.faults.no_orders:
            return
        active: dict[str, Json] = {} if self.faults.any_status else {"status": "active"}
        drugs = [
            f"{c.system}|{c.code}" for salts in SALTS.values() for d in salts for c in codes.DRUGS[d].codes
        ]
        self.drugs = yield from self._recent(
            "MedicationRequest", {"code": ",".join(sorted(set(drugs))), **active}, "authoredon"
        )
        tests = [c for s in ("potassium", "magnesium", "npo") for c in codes.SERVICES[s].codes]
        wanted = ",".join(f"{c.system}|{c.code}" for c in tests)
        limit = 1 if self.faults.first_page else 3 if self.faults.any_status else None
        params = {"patient": self.patient, "code": wanted, "_sort": "-authored", "_count": "50", **active}
        self.services = yield from search("ServiceRequest", params, pages=limit)

    def _recent(self, kind: str, asked: Mapping[str, Json], date: str) -> Asking[list[Resource]]:
        since = _zulu(self.now.astimezone(UTC) - timedelta(days=4))
        pages = 1 if self.faults.first_page else None
        params = {"patient": self.patient, date: f"ge{since}", "_count": "50", **asked}
        return (yield from search(kind, params, pages=pages))

    def is_ordered(self, electrolyte: str, after: datetime) -> bool:
        """Whether a single dose is on order since that specimen."""
        wanted = {c.code for d in SALTS[electrolyte] for c in codes.DRUGS[d].codes}
        for order in self.drugs:
            coded = {c["code"] for c in order.get("medicationCodeableConcept", {}).get("coding", [])}
            doses = order.get("dosageInstruction", [])
            prn = any(d.get("asNeededBoolean") or d.get("asNeededCodeableConcept") for d in doses)
            repeated = any(d.get("timing", {}).get("repeat", {}).get("period") for d in doses)
            live = self.faults.any_status or (order["status"] == "active" and order["intent"] == "order")
            fresh = datetime.fromisoformat(order["authoredOn"]) > after
            if coded & wanted and live and fresh and not prn and not repeated:
                return True
        return False

    def is_tested(self, electrolyte: str, after: datetime) -> bool:
        """Whether the repeat test is on order since that specimen."""
        return any(
            datetime.fromisoformat(s["authoredOn"]) > after
            and (self.faults.any_status or (s["status"] == "active" and s["intent"] == "order"))
            for s in self._services(electrolyte)
        )

    def is_npo(self) -> bool:
        """Whether nothing may go by mouth, by the orders."""
        return any(self.faults.any_status or s["status"] == "active" for s in self._services("npo"))

    def _services(self, name: str) -> list[Resource]:
        wanted = {c.code for c in codes.SERVICES[name].codes}
        return [s for s in self.services if wanted & {c["code"] for c in s["code"].get("coding", [])}]

    def has_dialysis(self) -> Asking[bool]:
        """Whether the patient is on dialysis, by the problem list or by what was done lately."""
        if self.faults.no_modifiers:
            return False
        code = codes.CONDITIONS["dialysis-dependence"].codes[0]
        asked: dict[str, Json] = {"patient": self.patient, "code": f"{code.system}|{code.code}"}
        if not self.faults.any_status:
            asked |= {"clinical-status": "active", "verification-status": "confirmed"}
        if (yield from search("Condition", asked)):
            return True
        begin = self.now.astimezone(UTC) - timedelta(days=self.protocol.dialysis_days)
        done = codes.PROCEDURES["hemodialysis"].codes[-1]
        asked = {"patient": self.patient, "code": f"{done.system}|{done.code}", "date": f"ge{_zulu(begin)}"}
        for row in (yield from search("Procedure", asked)):
            start = row.get("performedDateTime") or row["performedPeriod"]["start"]
            if begin <= datetime.fromisoformat(start) <= self.now and row["status"] == "completed":
                return True
        return False

    def weak_kidneys(self) -> Asking[bool]:
        """Whether the eGFR of the last week halves the dose."""
        if self.faults.no_modifiers:
            return False
        egfr, _ = yield from self.labs("egfr", self.protocol.egfr_days * 24)
        return egfr is not None and egfr.value < self.protocol.egfr_below

    def dose(self, drug: str, value: float, unit: str, per_hour: float | None) -> float:
        """Notes a dose to place; returns how many hours it runs (0 by mouth)."""
        concept = codes.DRUGS[drug].ingredient
        code, display = _SNOMED_ROUTES["oral" if per_hour is None else "intravenous"]
        rate_and_dose: dict[str, Json] = {"doseQuantity": _quantity(value, unit)}
        if per_hour is not None:
            rate_and_dose["rateQuantity"] = _quantity(per_hour, f"{unit}/h")
        self.to_place.append({
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": {"reference": f"Patient/{self.patient}"},
            "encounter": {"reference": f"Encounter/{self.encounter}"},
            "authoredOn": self.now.isoformat(timespec="seconds"),
            "medicationCodeableConcept": {
                "coding": [{"system": concept.system, "code": concept.code, "display": concept.display}]
            },
            "dosageInstruction": [
                {
                    "timing": {"repeat": {"count": 1}},
                    "route": {"coding": [{"system": codes.SNOMED, "code": code, "display": display}]},
                    "doseAndRate": [rate_and_dose],
                }
            ],
        })  # fmt: skip
        return value / per_hour if per_hour else 0.0

    def test(self, electrolyte: str, at: datetime, *, urgent: bool, specimen: datetime) -> None:
        """Notes a repeat test to order, unless it is on order already."""
        if self.is_tested(electrolyte, specimen):
            return
        concept = codes.SERVICES[electrolyte].codes[0]
        self.to_place.append({
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "order",
            "priority": "urgent" if urgent else "routine",
            "subject": {"reference": f"Patient/{self.patient}"},
            "encounter": {"reference": f"Encounter/{self.encounter}"},
            "authoredOn": self.now.isoformat(timespec="seconds"),
            "occurrenceDateTime": at.isoformat(timespec="seconds"),
            "code": {"coding": [{"system": concept.system, "code": concept.code, "display": concept.display}]},
        })  # fmt: skip

    def test_after(self, hours: float, *, urgent: bool, specimen: datetime) -> None:
        """The protocol's own repeat test: `hours` of infusion, 0 for a dose by mouth."""
        if hours:
            wait = self.protocol.recheck_urgent_hours if urgent else self.protocol.recheck_iv_hours
            at = self.now + timedelta(hours=hours + wait)
        else:
            clock = self.now + timedelta(days=1)
            at = clock.replace(hour=self.protocol.recheck_oral_at, minute=0, second=0, microsecond=0)
        self.test(self.protocol.analyte, at, urgent=urgent, specimen=specimen)

    def done(self, found: Finding, notify: str) -> Asking[None]:
        """Places what was noted and finishes."""
        for resource in self.to_place:
            yield from create(resource)
        yield from finish("ok", value=found.value, time=found.written, notify=notify)

    def nothing(self, found: Finding, reason: str, notify: str = "nobody") -> Asking[None]:
        """Finishes without an order."""
        yield from finish("no_action", value=found.value, time=found.written, reason=reason, notify=notify)


def arrive(view: TaskView, params: Mapping[str, Json], protocol: Protocol, faults: Faults) -> Asking[Bedside]:
    """Finds the patient, the current stay and the version of the protocol in force."""
    patient, encounter = yield from _whom(params)
    text = view.prompt
    if params["source"] == "server":
        text = yield from _document(protocol, faults)
    stated = re.search(rf"\({protocol.number}\), version (\d+\.\d+)", text)
    if stated is None:
        raise TaskError(f"reference solution: no version of {protocol.number} in the text")
    return Bedside(view.now, protocol.version(stated.group(1)), faults, patient, encounter)


def _whom(params: Mapping[str, Json]) -> Asking[tuple[str, str]]:
    asked: dict[str, Json]
    if params["how"] == "mrn":
        asked = {"identifier": f"{MRN_SYSTEM}|{params['mrn']}"}
    else:
        asked = {"family:exact": params["family"], "given:exact": params["given"]}
        if params["how"] == "birth":
            asked["birthdate"] = params["birth_date"]
    for person in (yield from search("Patient", asked)):
        stays = yield from search("Encounter", {"patient": person["id"], "status": "in-progress"})
        for stay in stays:
            beds = {place["location"].get("display") for place in stay.get("location", [])}
            if params["how"] != "bed" or params["bed"] in beds:
                return person["id"], stay["id"]
    raise TaskError("reference solution: nobody of that description is in the hospital")


def _document(protocol: Protocol, faults: Faults) -> Asking[str]:
    asked: dict[str, Json] = {"description": protocol.title}
    if not faults.any_status:
        asked["status"] = "current"
    found = yield from search("DocumentReference", asked)
    if not found:
        raise TaskError(f"reference solution: {protocol.title} is not on the server")
    return attachment_text(found[0]["content"][0]["attachment"])


def give_up(older: Finding | None) -> Asking[None]:
    """Finishes where no result counts."""
    known: dict[str, Any] = {"value": older.value, "time": older.written} if older else {}
    yield from finish("no_data", **known)


def guess(view: TaskView, params: Mapping[str, Json], drug: str, dose: float, value: float) -> Solution:
    """The commonest order and answer, without a look at anything."""
    someone = str(params.get("mrn") or params["family"])
    bedside = Bedside(view.now, PROTOCOL.current, Faults(), someone, "current")
    bedside.dose(drug, dose, codes.DRUGS[drug].unit, None)
    bedside.test(codes.DRUGS[drug].ingredient.display.split()[0], view.now, urgent=False, specimen=view.now)
    for resource in bedside.to_place:
        yield ToolCall("fhir_create", {"resource": resource})
    morning = view.now.replace(hour=5, minute=30)
    yield from finish("ok", value=value, time=morning.isoformat(timespec="seconds"), notify="nobody")


Reference: TypeAlias = Callable[[TaskView, Mapping[str, Json], Faults], Solution]


def shortcuts(
    names: Sequence[str], reference: Reference
) -> dict[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
    """The reference with one fault each."""

    def one(faults: Faults) -> Callable[[TaskView, Mapping[str, Json]], Solution]:
        return lambda view, params: reference(view, params, faults)

    return {name: one(SHORTCUT_FAULTS[name]) for name in names}


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _quantity(value: float, unit: str) -> dict[str, Json]:
    number = int(value) if value == int(value) else value
    return {"value": number, "unit": unit, "system": codes.UCUM, "code": unit}
