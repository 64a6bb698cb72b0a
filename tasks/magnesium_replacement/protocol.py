"""The written replacement protocols as data: thresholds from `protocol.json`, and the text that is made from them.

Potassium's category reads its own `protocol.json` with the same loader, so that both are written alike.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from ...fhir_server.cohort.codes import ANALYTES, CONDITIONS, DRUGS, SERVICES
from .. import protocols
from ..policies import Policy

Notify = Literal["nobody", "prescriber", "nephrology"]
MG_PER_MMOL = 2.43
"""mg/dL of magnesium in one mmol/L: molar mass 24.305 g/mol, one decilitre a tenth of a litre."""


class Amount(msgspec.Struct, frozen=True):
    """A number with a UCUM unit."""

    value: float
    unit: str


class Tier(msgspec.Struct, frozen=True, rename={"low": "from"}):
    """One step of the dose table: results from `low` (included) up to the step above (excluded)."""

    low: float
    iv: Amount
    name: str = ""
    oral: Amount | None = None
    urgent: bool = False
    notify: Notify = "nobody"


class Partner(msgspec.Struct, frozen=True):
    """The other electrolyte. `drug` and what follows are set where the partner is replaced first (magnesium)."""

    analyte: str
    unit: str
    low_below: float
    hold_from: float = 0.0
    drug: str = ""
    rate: Amount | None = None
    recheck_hours: float = 0.0
    tiers: tuple[Tier, ...] = ()


class Version(msgspec.Struct, frozen=True):
    """One version of a protocol. Hours and days are elapsed time; doses and rates carry their units."""

    version: str
    status: Literal["current", "superseded"]
    effective: date
    analyte: str
    unit: str
    low_below: float
    window_hours: int
    egfr_below: int
    egfr_days: int
    dialysis_days: int
    renal_share: float
    renal_oral: bool
    iv_drug: str
    oral_drug: str
    rate: Amount
    tiers: tuple[Tier, ...]
    recheck_iv_hours: float
    recheck_urgent_hours: float
    recheck_oral_at: int
    partner: Partner


Protocol: TypeAlias = protocols.Protocol[Version]
"""A replacement protocol with all its versions."""


PROTOCOL = protocols.load(Path(__file__).parent, Protocol)
"""Magnesium's protocol."""


def number(value: float) -> str:
    """A number as people write it: 40, 1.3."""
    return f"{value:g}"


def level(value: float) -> str:
    """A threshold with the decimal that results are written with: 3.0."""
    return f"{value:.1f}"


def amount(value: Amount) -> str:
    """An amount as people write it: 40 mEq, 10 mEq/h."""
    return f"{number(value.value)} {value.unit.replace('meq', 'mEq')}"


def document(protocol: Protocol, version: Version) -> str:
    """The whole text of one version: the rules, made from the numbers that the gold is made from."""
    head = (
        f"{protocol.title} ({protocol.number}), version {version.version}, "
        f"{'in force since' if version.status == 'current' else 'was in force from'} {version.effective}. "
        "Take the rules in order; the first that says to order nothing ends it.\n"
    )
    rules = [
        _deciding(version),
        _low(version),
        _dialysis(version),
        _on_order(version),
        *([_magnesium_first(version)] if version.partner.drug else []),
        _dose(version),
        _renal(version),
        _recheck(version),
    ]
    return head + protocols.numbered(rules)


def policies(protocol: Protocol) -> tuple[Policy, ...]:
    """Every version as a hospital document, the oldest first."""
    return protocols.policies_of(protocol, lambda version: document(protocol, version))


def _deciding(v: Version) -> str:
    unit = (
        "mmol/L and meq/L are the same number for potassium"
        if v.analyte == "potassium"
        else f"A magnesium in mmol/L times {MG_PER_MMOL} is mg/dL, rounded to one decimal"
    )
    return (
        f"Deciding result. It is the serum or plasma {v.analyte} (LOINC {ANALYTES[v.analyte].code}) that "
        f"was collected last (effectiveDateTime) in the {v.window_hours} elapsed hours up to now; a "
        f"specimen collected exactly {v.window_hours} hours ago still counts. A result counts only with "
        "status final, amended or corrected and a number. A result whose comment says that the specimen "
        "was hemolyzed never decides, whatever it shows. Of two that count with one collection time the "
        f"one issued later decides. {unit}. Results and orders rule over what notes say. If no result "
        "counts, order nothing and answer no_data with the value and collection time of the last one "
        "before the window that would have counted."
    )


def _low(v: Version) -> str:
    return (
        f"Low is below {level(v.low_below)} {v.unit}. At {level(v.low_below)} or above order nothing "
        "(no_action, reason not_low, notify nobody)."
    )


def _dialysis(v: Version) -> str:
    code = CONDITIONS["dialysis-dependence"].code
    return (
        f"Dialysis. With an active, confirmed problem of dependence on renal dialysis (ICD-10-CM {code}), "
        f"or a completed hemodialysis Procedure that began in the last {v.dialysis_days * 24} hours, order "
        "nothing (no_action, reason dialysis, notify nephrology)."
    )


def _on_order(v: Version) -> str:
    what = (
        "potassium chloride by any route"
        if v.analyte == "potassium"
        else "magnesium sulfate or magnesium oxide"
    )
    return (
        f"Already on order. A MedicationRequest for {what} counts with status active, intent order, "
        "authored after the deciding specimen was collected. As-needed orders (asNeeded) do not count, nor "
        "does maintenance (a dose that repeats: timing.repeat has a period). If one counts, order nothing "
        "(no_action, reason on_order, notify nobody)."
    )


def _magnesium_first(v: Version) -> str:
    p = v.partner
    assert p.rate is not None
    steps = _steps(p.low_below, [(t.low, f"{amount(t.iv)} IV") for t in p.tiers], p.unit)
    return (
        f"Magnesium first. Where the deciding magnesium (LOINC {ANALYTES[p.analyte].code}, by rule 1, "
        f"magnesium in mmol/L times {MG_PER_MMOL} is mg/dL, rounded to one decimal) is below "
        f"{level(p.low_below)} {p.unit} and no magnesium sulfate or oxide is on order by rule 4 (authored "
        f"after the magnesium specimen), order magnesium sulfate: {steps}, at {amount(p.rate)}, and a serum "
        f"magnesium {number(p.recheck_hours)} hours after the end of that infusion, routine. With a "
        f"potassium of {level(p.hold_from)} or above the potassium dose then waits: order none, and order a "
        f"serum potassium for the same time as that magnesium, routine. Below {level(p.hold_from)} also "
        "order the potassium by the rules below. No deciding magnesium: go on without."
    )


def _steps(top: float, steps: list[tuple[float, str]], unit: str) -> str:
    """A table from the top down in words: "from 3.3 to below 3.5 mmol/L 20 mEq; ..."."""
    words: list[str] = []
    for low, what in steps:
        span = f"from {level(low)} to below {level(top)} {unit}" if low else f"below {level(top)} {unit}"
        words.append(f"{span} {what}")
        top = low
    return "; ".join(words)


def _dose(v: Version) -> str:
    table: list[tuple[float, str]] = []
    for t in v.tiers:
        iv = f"{amount(t.iv)} IV" + (" and notify the prescriber" if t.notify == "prescriber" else "")
        table.append(
            (t.low, f"{amount(t.oral)} by mouth, or {iv} where by mouth is ruled out" if t.oral else iv)
        )
    oral, iv = DRUGS[v.oral_drug].ingredient.display, DRUGS[v.iv_drug].ingredient.display
    drugs = f"{oral}, by mouth as oral solution" if oral == iv else f"{oral} by mouth, {iv} IV"
    npo = SERVICES["npo"].code
    ruled_out = f"an NPO order (ServiceRequest, local code {npo}) has status active"
    if v.analyte == "potassium":
        ruled_out += (
            ", or an intolerance to potassium chloride by mouth is listed (AllergyIntolerance of type intolerance, "
            "clinicalStatus active; a true allergy to it is outside this protocol)"
        )
    else:
        p = v.partner
        ruled_out += f", or the deciding {p.analyte} (by rule 1) is below {level(p.low_below)} {p.unit}"
    largest = max(t.iv.value for t in v.tiers)
    return (
        f"Dose, given once ({drugs}): {_steps(v.low_below, table, v.unit)}. By mouth is ruled out where "
        f"{ruled_out}. The largest single dose is {amount(Amount(largest, v.tiers[0].iv.unit))}"
        f"{' by either route' if v.analyte == 'potassium' else ' IV'}. Every IV dose runs at "
        f"{amount(v.rate)} (peripheral line, not urgent), from now "
        f"on.{' Order no potassium here.' if v.analyte == 'magnesium' else ''}"
    )


def _renal(v: Version) -> str:
    share = (
        "give half of each dose"
        if v.renal_oral
        else "give half of the tier's IV dose, IV, in the place of its whole dose (nothing by mouth)"
    )
    return (
        "Kidneys. If the last eGFR that counts by rule 1's status and collected in the last "
        f"{v.egfr_days * 24} hours is below {v.egfr_below} mL/min/1.73 m2, {share} at "
        "the same rate and notify the prescriber. No such eGFR: full dose. Otherwise notify nobody unless "
        "a rule says so."
    )


def _recheck(v: Version) -> str:
    urgent = max(t.low for t in v.tiers if t.urgent)
    top = min(t.low for t in v.tiers if not t.urgent and t.low > urgent)
    return (
        f"Recheck the serum {v.analyte}: after a dose by mouth tomorrow at {v.recheck_oral_at:02d}:00 local "
        f"time, routine; after an IV dose {number(v.recheck_iv_hours)} h after the infusion ends, routine; "
        f"with a result below {level(top)} {v.unit} {number(v.recheck_urgent_hours)} h after it ends, "
        "urgent. An infusion starts now and lasts dose divided by rate. Leave a recheck out if an active "
        "ServiceRequest (intent order) with that test's own code (not a panel), authored after that "
        "electrolyte's deciding specimen, is there already."
    )
