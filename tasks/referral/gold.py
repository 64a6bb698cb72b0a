"""The expected result from the sealed chart: the results that count, and the referral that is on its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import ANALYTES, LOINC, SERVICES
from ...fhir_server.cohort.plan import TIME_ZONE
from .protocol import VALID, Version


@dataclass(frozen=True, slots=True)
class Result:
    """A result that counts."""

    id: str
    value: float
    unit: str
    written: str
    day: date


@dataclass(frozen=True, slots=True)
class Decision:
    """What the standard says. `referral` is the instant of the one on its way."""

    branch: Literal["action", "no_action", "no_data"]
    results: tuple[Result, ...]
    referral: str | None = None
    referral_id: str | None = None


def last_result(resources: Iterable[Resource], analyte: str) -> Result | None:
    """The last valid result of an analyte; of two collected at one time the one issued later."""
    code = ANALYTES[analyte].code
    found = [
        r
        for r in resources
        if r["resourceType"] == "Observation"
        and r["status"] in VALID
        and "valueQuantity" in r
        and "T" in r["effectiveDateTime"]
        and any(c.get("system") == LOINC and c.get("code") == code for c in r["code"].get("coding", []))
    ]
    if not found:
        return None
    last = max(found, key=lambda r: (_instant(r["effectiveDateTime"]), _instant(r["issued"])))
    quantity = last["valueQuantity"]
    written = last["effectiveDateTime"]
    return Result(last["id"], quantity["value"], quantity["code"], written, local_day(written))


def on_its_way(resources: Iterable[Resource], specialty: str, since: date) -> Resource | None:
    """The newest active order for a referral to the specialty, authored on or after a day."""
    codes = {(c.system, c.code) for c in SERVICES[f"referral-{specialty}"].codes}
    found = [
        r
        for r in resources
        if r["resourceType"] == "ServiceRequest"
        and r["status"] == "active"
        and r["intent"] == "order"
        and codes & {(c.get("system"), c.get("code")) for c in r["code"].get("coding", [])}
        and local_day(r["authoredOn"]) >= since
    ]
    return max(found, key=lambda r: _instant(r["authoredOn"]), default=None)


def decide(
    resources: list[Resource], specialty: str, analytes: Iterable[str], now: datetime, version: Version
) -> Decision:
    """Applies a version of the standard.

    Raises:
        ValueError: the chart holds no result at all of one of the analytes.
    """
    results: list[Result] = []
    for analyte in analytes:
        result = last_result(resources, analyte)
        if result is None:
            raise ValueError(f"no valid {analyte} in the chart")
        results.append(result)
    if results[0].day < now.date() - timedelta(days=version.result_days):
        return Decision("no_data", tuple(results))
    earlier = on_its_way(resources, specialty, now.date() - timedelta(days=version.repeat_days))
    if earlier is not None:
        return Decision("no_action", tuple(results), earlier["authoredOn"], earlier["id"])
    return Decision("action", tuple(results))


def local_day(written: str) -> date:
    """The calendar day of an instant in the hospital's time zone."""
    return _instant(written).astimezone(TIME_ZONE).date()


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written)
