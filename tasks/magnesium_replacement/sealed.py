"""What a sealed chart says about an electrolyte: pure functions over its resources, for the gold of both categories.

The rules are those of `protocol.document`. Nothing here is used by the reference solutions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from typing import Any

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort import codes as catalogue
from ...fhir_server.cohort.codes import ANALYTES, CONDITIONS, DRUGS, PROCEDURES, SERVICES, Coding, Term
from ...fhir_server.cohort.plan import LOCAL_CODES, TIME_ZONE
from ..base import Json
from .protocol import MG_PER_MMOL, Amount, Notify

_COUNTING = frozenset({"final", "amended", "corrected"})
_DAY_ONLY = len("2026-03-10")
_HEMOLYZED = ("hemolyz", "hemolys", "haemolys")


@dataclass(frozen=True, slots=True)
class Result:
    """A laboratory result that counts, in the protocol's unit; not a number where nobody can tell, in old ones."""

    value: float
    at: datetime
    issued: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class Drug:
    """One dose to order: short name of the drug, amount, `oral` or `intravenous`, rate where intravenous."""

    drug: str
    dose: Amount
    route: str
    rate: Amount | None = None

    @property
    def hours(self) -> float:
        """How long the infusion lasts."""
        return self.dose.value / self.rate.value if self.rate else 0.0


@dataclass(frozen=True, slots=True)
class Recheck:
    """One laboratory test to order."""

    service: str
    at: datetime
    priority: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the protocol asks for in one chart. `decided` is the result that the answer gives."""

    status: str
    decided: Result | None
    reason: str = ""
    notify: Notify = "nobody"
    drugs: tuple[Drug, ...] = ()
    rechecks: tuple[Recheck, ...] = ()
    read: tuple[str, ...] = ()

    @property
    def branch(self) -> str:
        """`action` where something is to be ordered."""
        return "action" if self.drugs or self.rechecks else self.status


def instant(text: str) -> datetime:
    """An instant of a chart; noon of a day that has no time.

    Raises:
        TaskError: it has a time without an offset, so that it is no instant.
    """
    if len(text) == _DAY_ONLY:
        return datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=TIME_ZONE)
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise TaskError(f"not an instant: {text!r}")
    return value


def ago(now: datetime, hours: float) -> datetime:
    """The instant so many elapsed hours before, also across a change to daylight saving time."""
    return now.astimezone(UTC) - timedelta(hours=hours)


def is_coded(concept: Json, terms: Iterable[Term]) -> bool:
    """Whether a CodeableConcept has a coding of one of the terms."""
    wanted = {(c.system, c.code) for term in terms for c in term.codes}
    codings: list[Resource] = concept.get("coding", []) if concept else []
    return any((c.get("system"), c.get("code")) in wanted for c in codings)


def of_type(resources: Sequence[Resource], kind: str) -> list[Resource]:
    """The resources of one type."""
    return [r for r in resources if r["resourceType"] == kind]


def results(resources: Sequence[Resource], analyte: str) -> list[Result]:
    """Every result of an analyte that counts by its status, comment and number, in order of collection."""
    found: list[Result] = []
    for r in of_type(resources, "Observation"):
        quantity: Resource = r.get("valueQuantity", {})
        comments = " ".join(str(n.get("text", "")) for n in r.get("note", ())).casefold()
        if (
            is_coded(r["code"], [ANALYTES[analyte]])
            and r["status"] in _COUNTING
            and "value" in quantity
            and "comparator" not in quantity
            and not any(word in comments for word in _HEMOLYZED)
        ):
            at = instant(r["effectiveDateTime"])
            value = nan if len(r["effectiveDateTime"]) == _DAY_ONLY else _in_unit(analyte, quantity)
            found.append(
                Result(value, at, instant(r.get("issued", r["effectiveDateTime"])), f"Observation/{r['id']}")
            )
    return sorted(found, key=lambda x: (x.at, x.issued))


def _in_unit(analyte: str, quantity: dict[str, Any]) -> float:
    """The number in the protocol's unit; not a number where it is in another, or in none."""
    code, value = quantity.get("code"), float(quantity["value"])
    if code == ANALYTES[analyte].unit or (analyte == "potassium" and code == "meq/L"):
        return value
    if analyte == "magnesium" and code == "mmol/L":
        return round(value * MG_PER_MMOL, 1)
    return nan


def deciding(found: Sequence[Result], now: datetime, hours: float) -> Result | None:
    """The result collected last in [now - hours, now].

    Raises:
        TaskError: one of them has a unit that nobody foresaw, or no time of day; older ones may.
    """
    inside = [r for r in found if ago(now, hours) <= r.at <= now]
    if any(isnan(r.value) for r in inside):
        raise TaskError("a result in the window has a unit that nobody foresaw, or no time of day")
    return inside[-1] if inside else None


def last_before(found: Sequence[Result], now: datetime, hours: float) -> Result | None:
    """The result collected last before the window."""
    before = [r for r in found if r.at < ago(now, hours) and not isnan(r.value)]
    return before[-1] if before else None


def on_dialysis(resources: Sequence[Resource], now: datetime, days: float) -> bool:
    """Whether dialysis is an active, confirmed problem, or was done in the last `days` times 24 hours."""
    for c in of_type(resources, "Condition"):
        if is_coded(c.get("code"), [CONDITIONS["dialysis-dependence"]]):
            states = {k.get("code") for k in c.get("clinicalStatus", {}).get("coding", ())}
            sure = {k.get("code") for k in c.get("verificationStatus", {}).get("coding", ())}
            if "active" in states and "confirmed" in sure:
                return True
    for p in of_type(resources, "Procedure"):
        if is_coded(p.get("code"), [PROCEDURES["hemodialysis"]]) and p["status"] == "completed":
            start = p.get("performedDateTime") or p.get("performedPeriod", {}).get("start")
            if start and ago(now, days * 24) <= instant(start) <= now:
                return True
    return False


def egfr(resources: Sequence[Resource], now: datetime, days: float) -> Result | None:
    """The last eGFR that counts in the last `days` times 24 hours."""
    return deciding(results(resources, "egfr"), now, days * 24)


def is_npo(resources: Sequence[Resource]) -> bool:
    """Whether an NPO order is active."""
    return any(
        r["status"] == "active" and is_coded(r.get("code"), [SERVICES["npo"]])
        for r in of_type(resources, "ServiceRequest")
    )


def is_allergic(resources: Sequence[Resource], terms: Iterable[Term]) -> bool:
    """Whether one of the substances is on the allergy and intolerance list with clinicalStatus active."""
    terms = tuple(terms)
    return any(
        is_coded(r.get("code"), terms)
        and "active" in {k.get("code") for k in r.get("clinicalStatus", {}).get("coding", ())}
        for r in of_type(resources, "AllergyIntolerance")
    )


def on_order(resources: Sequence[Resource], drugs: Iterable[str], after: datetime) -> bool:
    """Whether a one-time dose of one of the drugs is on order, authored after `after`."""
    terms = [DRUGS[d] for d in drugs]
    return any(
        r["status"] == "active"
        and r["intent"] == "order"
        and is_coded(r.get("medicationCodeableConcept"), terms)
        and instant(r["authoredOn"]) > after
        and not any(_as_needed(d) or _repeats(d) for d in r.get("dosageInstruction", ()))
        for r in of_type(resources, "MedicationRequest")
    )


def _as_needed(dosage: dict[str, Any]) -> bool:
    return bool(dosage.get("asNeededBoolean")) or "asNeededCodeableConcept" in dosage


def _repeats(dosage: dict[str, Any]) -> bool:
    return "period" in dosage.get("timing", {}).get("repeat", {})


def recheck_on_order(resources: Sequence[Resource], service: str, after: datetime) -> bool:
    """Whether the test is on order by its own code, authored after `after`."""
    return any(
        r["status"] == "active"
        and r["intent"] == "order"
        and is_coded(r.get("code"), [SERVICES[service]])
        and "authoredOn" in r
        and instant(r["authoredOn"]) > after
        for r in of_type(resources, "ServiceRequest")
    )


def expected(decision: Decision, patient: str, encounter: str) -> dict[str, Json]:
    """The gold of a task in the form of `checks`."""
    answer: dict[str, Json] = {"status": decision.status}
    if decision.decided:
        answer |= {"value": decision.decided.value, "time": decision.decided.at.isoformat(timespec="seconds")}
    if decision.status != "no_data":
        answer["notify"] = decision.notify
    if decision.reason:
        answer["reason"] = decision.reason
    writes = [_order(d, patient, encounter) for d in decision.drugs]
    writes += [_test(r, patient, encounter) for r in decision.rechecks]
    return {"answer": answer, "writes": writes, "seen": list(decision.read)}


def ordered_as(drug: catalogue.Drug) -> tuple[Coding, ...]:
    """How a protocol's dose may be coded: the ingredient, or the hospital's own code; not one product of it."""
    return (drug.ingredient, *(c for c in drug.codes if c.system == LOCAL_CODES))


def _codings(*codings: Coding) -> list[dict[str, str]]:
    return [{"system": c.system, "code": c.code, "display": c.display} for c in dict.fromkeys(codings)]


def _quantity(value: Amount) -> dict[str, Json]:
    """An amount in the gold's form. A milliequivalent of potassium is a millimole."""
    quantity: dict[str, Json] = {"value": value.value, "unit": value.unit}
    if value.unit.startswith("meq"):
        quantity["or"] = [{"value": value.value, "unit": value.unit.replace("meq", "mmol")}]
    return quantity


def _order(drug: Drug, patient: str, encounter: str) -> dict[str, Json]:
    row = DRUGS[drug.drug]
    return {
        "kind": "medication-order",
        "patient": patient,
        "encounter": encounter,
        "drug": _codings(*ordered_as(row)),
        "rivals": [_RIVALS[drug.drug]] if drug.drug in _RIVALS else [],
        "dose": _quantity(drug.dose),
        "route": ROUTES[drug.route],
        "rate": _quantity(drug.rate) if drug.rate else None,
        "doses": 1,
    }


def _test(recheck: Recheck, patient: str, encounter: str) -> dict[str, Json]:
    return {
        "kind": "service-request",
        "patient": patient,
        "encounter": encounter,
        "code": _codings(*SERVICES[recheck.service].codes),
        "priority": recheck.priority,
        "occurrence": {"value": recheck.at.isoformat(timespec="seconds"), "tolerance_minutes": 15},
    }


ROUTES = {
    "oral": [{"system": "http://snomed.info/sct", "code": "26643006", "display": "Oral route"}],
    "intravenous": [{"system": "http://snomed.info/sct", "code": "47625008", "display": "Intravenous route"}],
}
"""Codings of the routes, SNOMED CT."""

_RIVALS = {"magnesium-sulfate-iv": "oxide", "magnesium-oxide-oral": "sulfate"}
