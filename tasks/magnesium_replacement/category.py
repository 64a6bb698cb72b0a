"""Magnesium replacement as a category: wordings, sampling, agents, criteria."""

from __future__ import annotations

from functools import partial

from ..assembled import Assembled
from ..policies import Policy
from . import asking, bedside, gold, reference
from . import protocol as written
from .bedside import Faults
from .protocol import PROTOCOL

WORDINGS = {
    "resident": "Mag check on {patient}. If it's low, replace it per {rules}; if not, leave it alone.",
    "nurse": (
        "Hi, calling from the floor about {patient}: could you look at the magnesium and put in whatever "
        "{rules} wants? If nothing is needed I just need to hear why."
    ),
    "pharmacist": (
        "Pharmacy electrolyte service, next on the list: {patient}. Please apply {rules} to the last "
        "magnesium and enter the orders that follow from it."
    ),
    "attending": (
        "Before rounds end I want the magnesium of {patient} dealt with. Use {rules} to the letter, "
        "kidneys and existing orders included."
    ),
    "cross-cover": 'Signout item: {patient}, "replete Mg prn". Do it by {rules}, nothing beyond it.',
    "quality": (
        "For {patient}, decide whether magnesium replacement is indicated today under {rules}, and "
        "place the order set if it is."
    ),
    "charge-nurse": (
        "{patient} was flagged by the morning labs huddle. Does {rules} call for magnesium now? Order "
        "it if so, otherwise tell us what stops it."
    ),
}

KIND = asking.Kind("magnesium-replacement", "m", "magnesium", PROTOCOL, WORDINGS, gold.decide)


def policies() -> tuple[Policy, ...]:
    """The hospital documents of this category: every version of the protocol, the oldest first."""
    return written.policies(PROTOCOL)


CATEGORY = Assembled(
    name=KIND.name,
    title="Magnesium replacement",
    kind="action",
    draw=partial(asking.sample, KIND),
    solve=partial(reference.solve, faults=Faults()),
    guess=partial(bedside.guess, drug="magnesium-sulfate-iv", dose=2, value=1.4),
    faults=bedside.shortcuts(
        ("first-page", "any-status", "any-unit", "ignore-orders", "ignore-modifiers"), reference.solve
    ),
)
