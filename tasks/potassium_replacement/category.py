"""Potassium replacement as a category: wordings, sampling, agents, criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal

from .. import checks
from ..base import ChartSource, Criterion, Evidence, Json, Solution, Task, TaskView
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
        "Please settle whether {patient} is due potassium today. {rules} decides; place its orders, or "
        "state its reason for none."
    ),
}

KIND = asking.Kind("potassium-replacement", "k", "potassium", PROTOCOL, WORDINGS, gold.decide)


class PotassiumReplacement:
    """The category."""

    name = KIND.name
    title = "Potassium replacement"
    kind: Literal["query", "action"] = "action"

    def sample(self, source: ChartSource, split: Literal["core", "dev"], rng: Random) -> Sequence[Task]:
        """Binds tasks to the inpatients of the ledger."""
        return asking.sample(KIND, source, split, rng)

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """The oracle."""
        return reference.solve(view, params, Faults())

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Orders the commonest dose for nobody that it looked up."""
        return bedside.guess(view, params, "potassium-chloride-oral", 40, 3.2)

    def shortcuts(self) -> Mapping[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
        """Units are no trap here: mmol and mEq of potassium are one number."""
        return bedside.shortcuts(
            ("first-page", "any-status", "ignore-orders", "ignore-modifiers"), reference.solve
        )

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        """The standard ones."""
        return checks.standard(task, evidence)


def policies() -> tuple[Policy, ...]:
    """The hospital documents of this category: every version of the protocol, the oldest first."""
    return written.policies(PROTOCOL)


CATEGORY = PotassiumReplacement()
