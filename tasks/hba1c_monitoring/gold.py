"""The expected result from the sealed chart: the last HbA1c that counts, and whether the next one is due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import (
    ANALYTES,
    CONDITIONS,
    DRUGS,
    ICD10CM,
    ICD10PCS,
    LOINC,
    PROCEDURES,
    RXNORM,
    SERVICES,
    Term,
)
from ...fhir_server.cohort.plan import TIME_ZONE
from .protocol import DIABETES, DRAW_HOUR, INTERCEPT, SLOPE, VALID, Version, monitoring

Reason = Literal["no_diabetes", "transfusion", "on_order", "not_due"]


@dataclass(frozen=True, slots=True)
class Result:
    """A result that counts, in % with one decimal."""

    id: str
    percent: Decimal
    written: str

    @property
    def at(self) -> datetime:
        """When it was collected."""
        return datetime.fromisoformat(self.written)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the protocol says. `draw` is when blood is to be taken; `diabetes` the problems that give the reason."""

    result: Result
    reason: Reason | None
    due: date
    draw: datetime | None = None
    diabetes: tuple[Resource, ...] = ()
    seen: tuple[str, ...] = ()


def last_result(resources: Iterable[Resource]) -> Result | None:
    """The last HbA1c that counts; of two collected at one time the one issued later."""
    loinc = ANALYTES["hba1c"].code
    found = [
        r
        for r in _of(resources, "Observation")
        if r["status"] in VALID
        and loinc in _codes(r, LOINC)
        and _percent(r) is not None
        and "T" in r["effectiveDateTime"]
    ]
    last = max(found, key=lambda r: (_instant(r["effectiveDateTime"]), _instant(r["issued"])), default=None)
    if last is None:
        return None
    percent = _percent(last)
    assert percent is not None
    return Result(last["id"], percent, last["effectiveDateTime"])


def _percent(resource: Resource) -> Decimal | None:
    quantity = resource.get("valueQuantity", {})
    if "value" not in quantity or quantity.get("code") not in {"%", "mmol/mol"}:
        return None
    number = Decimal(str(quantity["value"]))
    if quantity["code"] == "mmol/mol":
        number = number * Decimal(SLOPE) + Decimal(INTERCEPT)
    return number.quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def decide(resources: Sequence[Resource], now: datetime, version: Version) -> Decision:
    """Applies a version of the protocol.

    Raises:
        ValueError: no HbA1c in the chart counts.
    """
    result = last_result(resources)
    if result is None:
        raise ValueError("no HbA1c in the chart counts")
    problems = [r for r in _of(resources, "Condition") if _on_problem_list(r)]
    diabetes = tuple(p for p in problems if any(c[:3] in DIABETES for c in _codes(p, ICD10CM)))
    due = next_due(result, problems, resources, version)
    transfusion = _transfused(resources, now, version.transfusion_days)
    order = _on_order(resources, result)
    found: tuple[tuple[Reason, bool, str | None], ...] = (
        ("no_diabetes", not diabetes, None),
        ("transfusion", transfusion is not None, transfusion),
        ("on_order", order is not None, order),
        ("not_due", due > now.astimezone(TIME_ZONE).date(), None),
    )
    for reason, holds, resource in found:
        if holds:
            return Decision(result, reason, due, None, diabetes, (resource,) if resource else ())
    return Decision(result, None, due, _draw(resources, now), diabetes)


def next_due(
    result: Result, problems: Sequence[Resource], resources: Iterable[Resource], version: Version
) -> date:
    """The local date on which the next HbA1c is due."""
    relaxing = {CONDITIONS[name].code for name in monitoring().relaxing}
    relaxed = any(relaxing & _codes(p, ICD10CM) for p in problems)
    goal = Decimal(str(version.relaxed_goal if relaxed else version.goal))
    steady = result.percent < goal and not _changed(resources, result)
    months = version.months_at_goal if steady else version.months_otherwise
    return months_after(result.at.astimezone(TIME_ZONE).date(), months)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _changed(resources: Iterable[Resource], result: Result) -> bool:
    listed = {DRUGS[name].codes[0].code for name in monitoring().medicines}
    return any(
        r["status"] == "active"
        and r["intent"] == "order"
        and listed & _codes(r, RXNORM, "medicationCodeableConcept")
        and _instant(r["authoredOn"]) > result.at
        for r in _of(resources, "MedicationRequest")
    )


def _transfused(resources: Iterable[Resource], now: datetime, days: int) -> str | None:
    first = now.astimezone(TIME_ZONE).date() - timedelta(days=days)
    for procedure in _of(resources, "Procedure"):
        given = procedure.get("performedDateTime") or procedure.get("performedPeriod", {}).get("start")
        code = PROCEDURES["red-cell-transfusion"].code
        if procedure["status"] != "completed" or code not in _codes(procedure, ICD10PCS) or given is None:
            continue
        if _instant(given).astimezone(TIME_ZONE).date() >= first:
            return f"Procedure/{procedure['id']}"
    return None


def _on_order(resources: Iterable[Resource], result: Result) -> str | None:
    found = [r for r in _standing(resources, SERVICES["hba1c"]) if _instant(r["authoredOn"]) > result.at]
    return f"ServiceRequest/{found[0]['id']}" if found else None


def _draw(resources: Sequence[Resource], now: datetime) -> datetime:
    """Tomorrow morning on a stay, else the next planned visit."""
    local = now.astimezone(TIME_ZONE)
    if any(r["status"] == "in-progress" and r["class"]["code"] == "IMP" for r in _of(resources, "Encounter")):
        day = local.date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, DRAW_HOUR, tzinfo=TIME_ZONE)
    visits = [_instant(r["occurrenceDateTime"]) for r in _standing(resources, SERVICES["follow-up-visit"])]
    return min(v for v in visits if v > now)


def _standing(resources: Iterable[Resource], service: Term) -> list[Resource]:
    wanted = {(c.system, c.code) for c in service.codes}
    return [
        r
        for r in _of(resources, "ServiceRequest")
        if r["status"] == "active"
        and r["intent"] == "order"
        and wanted & {(c.get("system"), c.get("code")) for c in r["code"].get("coding", [])}
    ]


def _on_problem_list(condition: Resource) -> bool:
    def holds(concept: Resource, code: str) -> bool:
        return any(c.get("code") == code for c in concept.get("coding", []))

    return (
        any(holds(c, "problem-list-item") for c in condition.get("category", []))
        and holds(condition.get("clinicalStatus", {}), "active")
        and holds(condition.get("verificationStatus", {}), "confirmed")
    )


def _of(resources: Iterable[Resource], kind: str) -> Iterator[Resource]:
    return (r for r in resources if r["resourceType"] == kind)


def _codes(resource: Resource, system: str, element: str = "code") -> set[str]:
    return {c["code"] for c in resource.get(element, {}).get("coding", []) if c.get("system") == system}


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written)
