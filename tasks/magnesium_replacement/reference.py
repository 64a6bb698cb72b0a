"""The reference solution: magnesium by the protocol, through the public tools only."""

from __future__ import annotations

from collections.abc import Mapping

from ..base import Json, Solution, TaskView
from .bedside import Bedside, Faults, Finding, arrive, give_up
from .protocol import PROTOCOL


def solve(view: TaskView, params: Mapping[str, Json], faults: Faults) -> Solution:
    """Looks up the last magnesium, decides, orders."""
    bed: Bedside = yield from arrive(view, params, PROTOCOL, faults)
    now_, older = yield from bed.labs("magnesium", bed.protocol.window_hours)
    if now_ is None:
        yield from give_up(older)
        return
    if not now_.value < bed.protocol.low_below:
        yield from bed.nothing(now_, "not_low")
        return
    if (yield from bed.has_dialysis()):
        yield from bed.nothing(now_, "dialysis", "nephrology")
        return
    yield from bed.look_at_orders()
    if bed.is_ordered("magnesium", now_.taken):
        yield from bed.nothing(now_, "on_order")
        return
    yield from _replace(bed, now_)


def _replace(bed: Bedside, magnesium: Finding) -> Solution:
    rules = bed.protocol
    step = max((t for t in rules.tiers if t.low <= magnesium.value), key=lambda t: t.low)
    weak = yield from bed.weak_kidneys()
    by_mouth = step.oral is not None and not weak and not bed.is_npo()
    if by_mouth and not bed.faults.no_modifiers:
        potassium, _ = yield from bed.labs("potassium", rules.window_hours)
        by_mouth = potassium is None or potassium.value >= rules.partner.low_below
    if by_mouth and step.oral:
        hours = bed.dose(rules.oral_drug, step.oral.value, step.oral.unit, None)
    else:
        grams = step.iv.value / 2 if weak else step.iv.value
        hours = bed.dose(rules.iv_drug, grams, step.iv.unit, rules.rate.value)
    bed.test_after(hours, urgent=step.urgent, specimen=magnesium.taken)
    yield from bed.done(magnesium, "prescriber" if weak else step.notify)
