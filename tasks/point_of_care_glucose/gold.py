"""The expected result from the sealed chart: the deciding reading, its trend, and what is still to be ordered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import inf
from typing import Literal

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import ANALYTES, LOINC, SERVICES
from ...fhir_server.cohort.plan import TIME_ZONE
from .protocol import MG_PER_MMOL, VALID, Band, Item, Version, items

Trend = Literal["rising", "falling", "steady"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that counts. `level` is mg/dL, infinite for HI, minus infinite for LO."""

    id: str
    level: Fraction | float
    written: str

    @property
    def at(self) -> datetime:
        """When it was collected."""
        return datetime.fromisoformat(self.written)

    @property
    def word(self) -> Literal["number", "HI", "LO"]:
        """What the meter showed."""
        return "HI" if self.level == inf else "LO" if self.level == -inf else "number"

    @property
    def value(self) -> int | None:
        """Whole mg/dL, None for HI and LO."""
        return None if self.word != "number" else round(self.level)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says. `orders` pairs what is to be placed with its time."""

    branch: Literal["action", "no_action", "no_data"]
    reading: Reading
    trend: Trend | None = None
    reason: Literal["in_range", "on_order"] | None = None
    orders: tuple[tuple[Item, datetime], ...] = ()
    standing: tuple[str, ...] = ()


def readings(resources: Iterable[Resource]) -> list[Reading]:
    """Every reading that counts, in order of collection; of two at one time the one issued later."""
    code = ANALYTES["glucose-poc"].code
    kept: dict[datetime, tuple[datetime, Reading]] = {}
    for resource in resources:
        if resource["resourceType"] != "Observation" or resource["status"] not in VALID:
            continue
        if not any(
            c.get("system") == LOINC and c.get("code") == code for c in resource["code"].get("coding", [])
        ):
            continue
        level = _level(resource)
        if level is None:
            continue
        reading = Reading(resource["id"], level, resource["effectiveDateTime"])
        issued = datetime.fromisoformat(resource["issued"])
        if reading.at not in kept or kept[reading.at][0] < issued:
            kept[reading.at] = (issued, reading)
    return [kept[at][1] for at in sorted(kept)]


def _level(resource: Resource) -> Fraction | float | None:
    if "valueString" in resource:
        return {"HI": inf, "LO": -inf}.get(resource["valueString"])
    quantity = resource.get("valueQuantity")
    if quantity is None:
        return None
    number = Fraction(str(quantity["value"]))
    return {"mg/dL": number, "mmol/L": number * MG_PER_MMOL}.get(quantity.get("code", ""))


def trend(reading: Reading, before: Reading, margin: int) -> Trend:
    """How a reading stands to the one before it."""
    if reading.level == before.level:
        return "steady"
    change = reading.level - before.level
    return "rising" if change >= margin else "falling" if change <= -margin else "steady"


def band(reading: Reading, found: Trend, version: Version) -> Band | None:
    """What a reading calls for."""
    level = reading.level
    if level < version.severe_below:
        return "severe"
    if level < version.low_below:
        return "low"
    if level < version.guard_below:
        return "guard" if found == "falling" else None
    if level == inf:
        return "critical"
    return "high" if level >= version.high_from else None


def decide(resources: Sequence[Resource], now: datetime, version: Version) -> Decision:
    """Applies a version of the policy.

    Raises:
        ValueError: the chart has fewer than two readings.
    """
    found = readings(resources)
    if len(found) < 2:
        raise ValueError(f"{len(found)} readings in the chart; two are needed")
    last, before = found[-1], found[-2]
    if now - last.at > timedelta(hours=version.window_hours):
        return Decision("no_data", last)
    way = trend(last, before, version.margin)
    called = band(last, way, version)
    if called is None:
        return Decision("no_action", last, way, "in_range")
    orders: list[tuple[Item, datetime]] = []
    standing: list[str] = []
    for item in items(version)[called]:
        there = _on_order(resources, item.service, last.at)
        standing += there
        if not there:
            due = max(last.at + timedelta(minutes=item.minutes), now) if item.minutes else now
            orders.append((item, due.astimezone(TIME_ZONE)))
    if not orders:
        return Decision("no_action", last, way, "on_order", (), tuple(standing))
    return Decision("action", last, way, None, tuple(orders), tuple(standing))


def _on_order(resources: Iterable[Resource], service: str, since: datetime) -> list[str]:
    codes = {(c.system, c.code) for c in SERVICES[service].codes}
    return [
        r["id"]
        for r in resources
        if r["resourceType"] == "ServiceRequest"
        and r["status"] == "active"
        and r["intent"] == "order"
        and codes & {(c.get("system"), c.get("code")) for c in r["code"].get("coding", [])}
        and datetime.fromisoformat(r["authoredOn"]) > since
    ]
