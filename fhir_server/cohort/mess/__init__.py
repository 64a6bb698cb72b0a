"""The mess of a real record, made of a clean chart at stated rates; see `kinds.py` for the table.

The stage runs after the course and before the scenes, so that what scenes plant stays as planted.
"""

from __future__ import annotations

from datetime import datetime
from random import Random

from ..builder import ChartBuilder
from .bedside import spoil_bedside
from .draft import Draft
from .filing import file_twice, spoil_filing
from .kinds import BY_NAME, DENOMINATORS, KINDS, Kind
from .lists import spoil_lists
from .orders import spoil_orders
from .people import near_twins
from .results import spoil_results
from .tally import OF, Measured, measure, tally_chart, tally_people

__all__ = [
    "BY_NAME",
    "DENOMINATORS",
    "KINDS",
    "OF",
    "QUIET_DAYS",
    "UNBELIEVABLE",
    "Kind",
    "Measured",
    "measure",
    "near_twins",
    "spoil",
    "tally_chart",
    "tally_people",
]

UNBELIEVABLE = (
    "entered-in-error", "hemolyzed", "implausible-result", "implausible-vital", "pounds-as-kilograms",
    "result-corrected", "tie",
)  # fmt: skip
"""Kinds whose numbers need not lie within physiological bounds; `ChartBuilder.spoiled` has their ids."""

QUIET_DAYS = 4.5
"""Before now, in a stay that goes on: scenes play here, and the chart is clean but for them."""

_KEPT_SIZES = ("ckd-charts", "fertile", "allergy-charts", "bare-charts", "change-nights")


def spoil(chart: ChartBuilder, rng: Random, quiet_from: datetime | None) -> None:
    """Makes a clean chart as messy as the table says.

    What was done is counted in `chart.tally`, and the ids of the resources that show it are in `chart.spoiled`.

    Args:
        chart: a chart that holds its course and nothing else.
        rng: the stage's own stream.
        quiet_from: nothing with a clinical time from here on is touched, for scenes play there; None where all may be.
    """
    chart.stream, chart.rng = "mess", rng
    draft = Draft(chart, rng, quiet_from)
    file_twice(draft)
    spoil_results(draft)
    spoil_bedside(draft)
    spoil_filing(draft)
    spoil_orders(draft)
    spoil_lists(draft)
    for name in _KEPT_SIZES:
        if name in draft.sizes:
            chart.tally[f"{OF}{name}"] += draft.sizes[name]
