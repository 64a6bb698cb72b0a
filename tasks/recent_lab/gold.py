"""The latest value that counts, computed from the resources of a sealed chart. Pure functions.

Nothing here is used by the reference solutions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import ANALYTES, LOINC
from ...fhir_server.cohort.plan import TIME_ZONE
from ...fhir_server.cohort.scenes.lab_plants import REPLACES
from ...fhir_server.cohort.scenes.lab_values import OTHER_UNITS
from .rules import SAME_NUMBER, SPOILED_STEMS, Basis, Rules, Window

_DAY_ONLY = len("2026-03-10")
NO_NUMBER = Decimal("NaN")


@dataclass(frozen=True, slots=True)
class Result:
    """A result that counts. `value` is in the unit asked for, not yet rounded; not a number where nobody can tell.

    Old results come from elsewhere with odd units, or a day without a time. They do no harm as long as none of them
    lies in the window of a question: `inside` refuses that.
    """

    value: Decimal
    comparator: str
    collected: datetime
    released: datetime
    reference: str

    def time(self, basis: Basis) -> datetime:
        """The time that the question goes by."""
        return self.collected if basis == "collected" else self.released


def of_analyte(resources: Sequence[Resource], analyte: str) -> list[Resource]:
    """Every Observation with the analyte's LOINC code."""
    code = ANALYTES[analyte].code
    return [
        r
        for r in resources
        if r["resourceType"] == "Observation"
        and any(c.get("system") == LOINC and c.get("code") == code for c in r["code"].get("coding", ()))
    ]


def counting(resources: Sequence[Resource], analyte: str, unit: str, rules: Rules) -> list[Result]:
    """The results that count by the rules, in order of collection, then of release."""
    rows = of_analyte(resources, analyte)
    replaced = {
        e["valueReference"]["reference"] for r in rows for e in r.get("extension", ()) if e["url"] == REPLACES
    }
    found: list[Result] = []
    for r in rows:
        reference = f"Observation/{r['id']}"
        quantity: dict[str, Any] = r.get("valueQuantity", {})
        if r["status"] not in rules.statuses or reference in replaced or _is_spoiled(r, rules):
            continue
        if "value" not in quantity:
            continue
        comparator = quantity.get("comparator", "")
        value = in_unit(analyte, quantity, unit)
        if len(r["effectiveDateTime"]) == _DAY_ONLY:
            value = NO_NUMBER
        if comparator and rules.limits == "skip":
            continue
        if comparator.startswith("<") and rules.limits == "half":
            value /= 2
        collected = instant(r["effectiveDateTime"])
        found.append(
            Result(value, comparator, collected, instant(r.get("issued", r["effectiveDateTime"])), reference)
        )
    return sorted(found, key=lambda x: (x.collected, x.released, x.reference))


def _is_spoiled(resource: Resource, rules: Rules) -> bool:
    said = " ".join(n.get("text", "") for n in resource.get("note", ())).casefold()
    return any(stem in said for word in rules.spoiled for stem in SPOILED_STEMS[word])


def in_unit(analyte: str, quantity: dict[str, Any], unit: str) -> Decimal:
    """A quantity in the unit asked for; not a number where it is in a unit that nobody foresaw, or in none."""
    value, has = Decimal(str(quantity["value"])), quantity.get("code")
    if has == unit or {has, unit} <= set(SAME_NUMBER.get(analyte, ())):
        return value
    other = OTHER_UNITS.get(analyte)
    if other is not None and has == ANALYTES[analyte].unit and unit == other.unit:
        return value * Decimal(other.factor)
    if other is not None and has == other.unit and unit == ANALYTES[analyte].unit:
        return value / Decimal(other.factor)
    return NO_NUMBER


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


def bounds(window: Window, now: datetime) -> tuple[float, float]:
    """The window's ends as seconds since 1970, so that hours are elapsed ones whatever the clocks did."""
    if window.start is not None and window.end is not None:
        return window.start.timestamp(), window.end.timestamp()
    return now.timestamp() - timedelta(hours=window.hours).total_seconds(), now.timestamp()


def inside(found: Sequence[Result], window: Window, basis: Basis, now: datetime) -> list[Result]:
    """Those in the window.

    Raises:
        TaskError: one of them has a unit that nobody foresaw, or no time of day.
    """
    start, end = bounds(window, now)

    def fits(result: Result) -> bool:
        at = result.time(basis).timestamp()
        after = at > start or (at == start and window.start_in)
        return after and (at < end or (at == end and window.end_in))

    fitting = [r for r in found if fits(r)]
    if any(r.value.is_nan() for r in fitting):
        raise TaskError("a result in the window has a unit that nobody foresaw, or no time of day")
    return fitting


def latest(found: Sequence[Result], basis: Basis) -> Result | None:
    """The one whose time is last; of two collected at one time the one released later."""
    return max(found, key=lambda r: (r.time(basis), r.released, r.reference), default=None)


def last_before(found: Sequence[Result], window: Window, basis: Basis, now: datetime) -> Result | None:
    """The newest one before the window."""
    start, _ = bounds(window, now)
    older = [
        r
        for r in (r for r in found if not r.value.is_nan())
        if r.time(basis).timestamp() < start or (r.time(basis).timestamp() == start and not window.start_in)
    ]
    return latest(older, basis)


def rounded(value: Decimal, decimals: int) -> float:
    """Rounded, a half away from zero."""
    return float(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def is_doubtful(value: Decimal, decimals: int, margin: str = "0.04") -> bool:
    """Whether the value lies so near a half that a sum in floating point, or rounding on the way, could differ."""
    return abs(abs(value.scaleb(decimals)) % 1 - Decimal("0.5")) < Decimal(margin)
