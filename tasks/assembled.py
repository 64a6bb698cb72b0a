"""A category put together from functions, for those whose criteria all follow from the gold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from . import checks
from .base import ChartSource, Criterion, Evidence, Json, Solution, Split, Task, TaskView

Moves: TypeAlias = Callable[[TaskView, Mapping[str, Json]], Solution]
"""What an agent does: the reference's moves, or those of one that leaves something out."""


@dataclass(slots=True)
class Assembled:
    """A `Category` made of functions.

    Attributes:
        draw: binds the tasks of a split to charts.
        solve: the reference solution.
        guess: reads nothing and does the commonest thing.
        faults: the reference with one fault each, by the names in `base.SHORTCUTS`.
    """

    name: str
    title: str
    kind: Literal["query", "action"]
    draw: Callable[[ChartSource, Split, Random], Sequence[Task]]
    solve: Moves
    guess: Moves
    faults: Mapping[str, Moves]

    def sample(self, source: ChartSource, split: Split, rng: Random) -> Sequence[Task]:
        """See `Category.sample`."""
        return self.draw(source, split, rng)

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """See `Category.reference`."""
        return self.solve(view, params)

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """See `Category.blind`."""
        return self.guess(view, params)

    def shortcuts(self) -> Mapping[str, Moves]:
        """See `Category.shortcuts`."""
        return self.faults

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        """What follows from the gold."""
        return checks.standard(task, evidence)
