"""Potassium replacement as a category: wordings, sampling, agents, criteria."""

from __future__ import annotations

from functools import partial

from ..assembled import Assembled
from ..magnesium_replacement import asking, bedside
from ..magnesium_replacement import protocol as written
from ..magnesium_replacement.bedside import Faults
from ..policies import Policy
from . import gold, reference
from .reference import PROTOCOL

WORDINGS = {
    "resident": "What's the K on {patient}? Replace by {rules} if it's low, otherwise don't touch it.",
    "nurse": (
        "Nurse here with {patient}. The potassium is back, I think it is on the low side. Can you check "
        "and order what {rules} says, and tell me if I have to call anyone?"
    ),
    "pharmacist": (
        "Electrolyte consult for {patient}: work through {rules} with today's chart and enter the "
        "replacement and follow-up labs it results in."
    ),
    "attending": (
        "Make sure the potassium of {patient} is handled according to {rules} before the procedure "
        "list starts. Mind route, kidney function, magnesium and what is already ordered."
    ),
    "cross-cover": "To do from signout: potassium for {patient}. Follow {rules} and only that.",
    "telemetry": (
        "Telemetry called about ectopy in {patient}. Take the last potassium that counts, and if {rules} "
        "asks for replacement, order it now."
    ),
    "quality": (
        "Please settle whether {patient} is due potassium today. Go by {rules}: place its orders, or "
        "state its reason for none."
    ),
}

KIND = asking.Kind("potassium-replacement", "k", "potassium", PROTOCOL, WORDINGS, gold.decide)


def policies() -> tuple[Policy, ...]:
    """The hospital documents of this category: every version of the protocol, the oldest first."""
    return written.policies(PROTOCOL)


CATEGORY = Assembled(
    name=KIND.name,
    title="Potassium replacement",
    kind="action",
    draw=partial(asking.sample, KIND),
    solve=partial(reference.solve, faults=Faults()),
    guess=partial(bedside.guess, drug="potassium-chloride-oral", dose=40, value=3.2),
    # units are no trap here: mmol and mEq of potassium are one number
    faults=bedside.shortcuts(
        ("first-page", "any-status", "ignore-orders", "ignore-modifiers"), reference.solve
    ),
)
