"""The expected result from the sealed chart: what stood on the flowsheet, and what the policy makes of the reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import LOINC, VITALS
from .protocol import LOOKBACK_HOURS, VALID, Version

_PER_UNIT: Mapping[str, tuple[float, float]] = {"[degF]": (5 / 9, -160 / 9), "[lb_av]": (0.45359237, 0.0)}
"""Factor and offset to the usual unit."""

_SPECK = 1e-6
"""What binary floating point adds to a difference of two decimals."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A valid flowsheet entry in the vital's usual unit (systolic for blood pressure)."""

    id: str
    value: float
    at: datetime
    written: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says, and the entry that decides (the last valid one where the reading is filed)."""

    branch: Literal["action", "charted", "jump"]
    entry: Entry


def usual(value: float, unit: str, vital: str) -> float:
    """A number in the vital's usual unit.

    Raises:
        KeyError: the unit cannot be brought to the usual one.
    """
    if unit == VITALS[vital].unit:
        return value
    factor, offset = _PER_UNIT[unit]
    return value * factor + offset


def flowsheet(resources: Iterable[Resource], vital: str) -> list[Entry]:
    """The valid entries of a vital, oldest first; of one time the one that stands later in the chart last."""
    codes = {c.code for c in VITALS[vital].codes if c.system == LOINC}
    entries: list[Entry] = []
    for resource in resources:
        if resource["resourceType"] != "Observation" or resource["status"] not in VALID:
            continue
        codings = resource["code"].get("coding", [])
        if not any(c.get("system") == LOINC and c.get("code") in codes for c in codings):
            continue
        quantity = (
            resource["component"][0].get("valueQuantity")
            if resource.get("component")
            else resource.get("valueQuantity")
        )
        written = resource["effectiveDateTime"]
        if quantity is None or "code" not in quantity or "T" not in written:
            continue  # not measured, or an old record without a coded unit or a time of day
        value = usual(quantity["value"], quantity["code"], vital)
        entries.append(Entry(resource["id"], value, datetime.fromisoformat(written), written))
    return sorted(entries, key=lambda e: e.at)


def decide(
    entries: list[Entry], vital: str, reading: float, taken: datetime, policy: Version
) -> Decision | None:
    """Applies the policy to a reading in the usual unit; None where no valid entry is near enough to compare with."""
    window = timedelta(minutes=policy.charted_minutes)
    near = [e for e in entries if abs(e.at - taken) <= window]
    if near:
        return Decision("charted", min(near, key=lambda e: abs(e.at - taken)))
    before = [e for e in entries if taken - timedelta(hours=LOOKBACK_HOURS) <= e.at < taken]
    if not before:
        return None
    jump = abs(reading - before[-1].value) > policy.limits[vital].value + _SPECK
    return Decision("jump" if jump else "action", before[-1])


def last_stay_end(resources: Iterable[Resource]) -> str | None:
    """The end of the hospital stay that ended last, as written; None where there was none."""
    ends = [
        r["period"]["end"]
        for r in resources
        if r["resourceType"] == "Encounter"
        and r["class"]["code"] == "IMP"
        and r["status"] == "finished"
        and "partOf" not in r
    ]
    return max(ends, key=datetime.fromisoformat, default=None)
