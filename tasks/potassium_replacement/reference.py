"""The reference solution: potassium by the protocol, magnesium first, through the public tools only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from ...fhir_server.cohort.codes import ALLERGENS
from ..base import Json, Solution, TaskView
from ..magnesium_replacement.bedside import Asking, Bedside, Faults, Finding, arrive, give_up
from ..magnesium_replacement.protocol import Protocol
from ..protocols import load
from ..solving import search

PROTOCOL = load(Path(__file__).parent, Protocol)
"""Potassium's protocol."""


def solve(view: TaskView, params: Mapping[str, Json], faults: Faults) -> Solution:
    """Looks up the last potassium, decides, orders."""
    bed: Bedside = yield from arrive(view, params, PROTOCOL, faults)
    potassium, older = yield from bed.labs("potassium", bed.protocol.window_hours)
    if potassium is None:
        yield from give_up(older)
        return
    if potassium.value >= bed.protocol.low_below:
        yield from bed.nothing(potassium, "not_low")
        return
    if (yield from bed.has_dialysis()):
        yield from bed.nothing(potassium, "dialysis", "nephrology")
        return
    yield from bed.look_at_orders()
    if bed.is_ordered("potassium", potassium.taken):
        yield from bed.nothing(potassium, "on_order")
        return
    weak = yield from bed.weak_kidneys()
    wait_until = yield from _magnesium_first(bed, weak)
    if wait_until and potassium.value >= bed.protocol.partner.hold_from:
        later = bed.now + timedelta(hours=wait_until)
        bed.test("potassium", later, urgent=False, specimen=potassium.taken)
        yield from bed.done(potassium, "prescriber" if weak else "nobody")
    else:
        notify = yield from _potassium(bed, potassium, weak)
        yield from bed.done(potassium, notify)


def _magnesium_first(bed: Bedside, weak: bool) -> Asking[float]:
    """Notes the magnesium where it is low and not on order; returns the hours to the repeat test, else 0."""
    if bed.faults.no_modifiers:
        return 0.0
    partner = bed.protocol.partner
    magnesium, _ = yield from bed.labs("magnesium", bed.protocol.window_hours)
    if magnesium is None or magnesium.value >= partner.low_below:
        return 0.0
    if bed.is_ordered("magnesium", magnesium.taken) or partner.rate is None:
        return 0.0
    step = next(t for t in partner.tiers if t.low <= magnesium.value)
    hours = bed.dose(partner.drug, step.iv.value / (2 if weak else 1), step.iv.unit, partner.rate.value)
    hours += partner.recheck_hours
    bed.test("magnesium", bed.now + timedelta(hours=hours), urgent=False, specimen=magnesium.taken)
    return hours


def _potassium(bed: Bedside, potassium: Finding, weak: bool) -> Asking[str]:
    """Notes the potassium and its repeat test; returns who is to be told."""
    rules = bed.protocol
    step = next(t for t in rules.tiers if t.low <= potassium.value)
    part = 2 if weak else 1
    if step.oral is None or bed.is_npo() or (yield from _intolerant(bed)):
        hours = bed.dose(rules.iv_drug, step.iv.value / part, step.iv.unit, rules.rate.value)
    else:
        hours = bed.dose(rules.oral_drug, step.oral.value / part, step.oral.unit, None)
    bed.test_after(hours, urgent=step.urgent, specimen=potassium.taken)
    return "prescriber" if weak else step.notify


def _intolerant(bed: Bedside) -> Asking[bool]:
    """Whether potassium chloride is on the allergy and intolerance list."""
    if bed.faults.no_modifiers:
        return False
    substance = ALLERGENS["potassium-chloride"].codes[0]
    asked: dict[str, Json] = {"patient": bed.patient, "code": f"{substance.system}|{substance.code}"}
    if not bed.faults.any_status:
        asked["clinical-status"] = "active"
    return bool((yield from search("AllergyIntolerance", asked)))
