"""The entry policy as data: thresholds from `protocol.json`, and the words that are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from ...fhir_server.cohort.codes import LOINC, UCUM, VITALS
from ..base import Json
from ..protocols import Protocol, document_text, load


class Limit(msgspec.Struct, frozen=True):
    """A number in a UCUM unit."""

    value: float
    unit: str


class Version(msgspec.Struct, frozen=True):
    """One version of the policy. `charted_minutes` is elapsed time, ends included; a limit itself may be filed."""

    version: str
    status: Literal["current", "superseded"]
    effective: date
    charted_minutes: int
    limits: Mapping[str, Limit]


LOOKBACK_HOURS = 48
"""How far back the last valid value is looked for; told in the prompt and the policy."""

VALID = ("final", "amended", "corrected")
"""The statuses that count; told in the prompt and the policy."""

WORDS: Mapping[str, str] = {
    "blood-pressure": "blood pressure",
    "heart-rate": "heart rate",
    "respiratory-rate": "respiratory rate",
    "spo2": "oxygen saturation",
    "temperature": "temperature",
    "weight": "weight",
}
"""How people call the vitals, by name in `codes.VITALS`."""

UNIT_WORDS: Mapping[str, str] = {
    "mm[Hg]": "mmHg",
    "/min": "per minute",
    "%": "percentage points",
    "Cel": "°C",
    "kg": "kg",
}
"""How the limits' units are said."""


@cache
def policy() -> Protocol[Version]:
    """The policy of `protocol.json`."""
    return load(Path(__file__).parent, Protocol[Version])


def rule_words(version: Version, vital: str) -> str:
    """The rules for one vital, as the prompt tells them."""
    limit = version.limits[vital]
    subject = "systolic pressure" if vital == "blood-pressure" else WORDS[vital]
    return (
        f"Do not file it if a valid {WORDS[vital]} is already charted within {version.charted_minutes} minutes of "
        f"that time, before or after, {version.charted_minutes} minutes included (reason: charted). Otherwise do not "
        f"file it if the {subject} differs by more than {limit.value:g} {UNIT_WORDS[limit.unit]} from the last valid "
        f"one charted in the {LOOKBACK_HOURS} hours before it (reason: jump); a difference of "
        f"exactly {limit.value:g} may be filed."
    )


def policy_text(title: str, version: Version) -> str:
    """The whole policy as a document."""
    rows = "\n".join(
        f"- {WORDS[vital].capitalize()}{' (systolic)' if vital == 'blood-pressure' else ''}: "
        f"more than {limit.value:g} {UNIT_WORDS[limit.unit]}"
        for vital, limit in sorted(version.limits.items())
    )
    counting = (
        f"What counts. Entries with status {', '.join(VALID[:-1])} or {VALID[-1]} are valid. "
        "Preliminary monitor values, entries made in error and numbers in notes do not count."
    )
    charted = (
        f"Already charted. Where a valid entry of the same vital stands within {version.charted_minutes} minutes "
        f"of the time of the reading, before or after, {version.charted_minutes} minutes included, the reading is "
        "not filed."
    )
    jump = (
        f"Jump. Otherwise the reading is compared with the last valid entry of the {LOOKBACK_HOURS} hours before "
        "it. Where it differs by more than the limit it is not filed but measured again; a difference of exactly the "
        f"limit may be filed. Limits:\n{rows}"
    )
    scope = "Scope. Vital signs entered by hand, for patients with a stay in progress."
    rest = "Everything else is filed once, on the stay in progress, at the time when it was measured."
    return document_text(title, version, (scope, counting, charted, jump, rest))


def filing(vital: str, value: tuple[float, ...], unit: str) -> dict[str, Json]:
    """The code and value elements of the Observation to be filed, R4."""
    row = VITALS[vital]
    code = {"coding": [{"system": LOINC, "code": c.code} for c in row.codes if c.system == LOINC]}
    quantities = [{"value": number, "unit": unit, "system": UCUM, "code": unit} for number in value]
    if len(quantities) == 1:
        return {"code": code, "valueQuantity": quantities[0]}
    parts = [{"coding": [{"system": LOINC, "code": part}]} for part in PRESSURE_PARTS]
    return {
        "code": code,
        "component": [{"code": p, "valueQuantity": q} for p, q in zip(parts, quantities, strict=True)],
    }


PRESSURE_PARTS = ("8480-6", "8462-4")
"""LOINC codes of the systolic and diastolic component."""
