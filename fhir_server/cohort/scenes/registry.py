"""The scenes that make up a cohort, in the order in which they write into a chart."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Protocol

from ..builder import ChartBuilder
from ..plan import Placement, Plan


class Scene(Protocol):
    """A module with a topic, a seed-level deal, and a chart-level writer."""

    TOPIC: str

    def place(self, plan: Plan, rng: Random) -> Iterable[Placement]:
        """Deals the topic's situations over the people of the plan (its `placements` so far may be read)."""
        ...

    def write(self, placement: Placement, chart: ChartBuilder, rng: Random) -> None:
        """Writes one situation into the chart of `placement.person`."""
        ...


SCENES: tuple[Scene, ...] = ()
