"""The scenes that make up a cohort, in the order in which they write into a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Protocol, TypeAlias

from ..builder import ChartBuilder
from ..mess.people import near_twins
from ..plan import Person, Placement, Plan
from . import (
    demographics,
    electrolytes,
    hba1c,
    lab_series,
    lookup,
    people,
    poc_glucose,
    recent_lab,
    referrals,
    vital_filing,
)


class Scene(Protocol):
    """A module with a topic, a seed-level deal, and a chart-level writer."""

    @property
    def TOPIC(self) -> str:  # noqa: N802 a constant of a module
        """Key of the ledger."""
        ...

    def place(self, plan: Plan, rng: Random) -> Iterable[Placement]:
        """Deals the topic's situations over the people of the plan (its `placements` so far may be read)."""
        ...

    def write(self, placement: Placement, chart: ChartBuilder, rng: Random) -> None:
        """Writes one situation into the chart of `placement.person`."""
        ...


SCENES: tuple[Scene, ...] = (
    recent_lab,
    lab_series,
    vital_filing,
    referrals,
    lookup,
    demographics,
    electrolytes,
    poc_glucose,
    hba1c,
)

Adjustment: TypeAlias = Callable[[Sequence[Person], Random], Sequence[Person]]

ADJUSTMENTS: tuple[Adjustment, ...] = (people.adjust, near_twins)
"""Run in order over the people, once for a seed, before any scene places; keep length, indexes, ids, splits.

For situations that are about the person and not about a chart: names, birth dates, telecom, merged records.
"""
