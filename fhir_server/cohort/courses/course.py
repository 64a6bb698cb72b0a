"""Writes the base course of one chart: everything that is not a planned situation."""

from __future__ import annotations

from ..builder import ChartBuilder
from ..chance import child
from ..lasting.registry import LASTING
from ..plan import Plan
from .encounters import write_encounters
from .layout import lay_out
from .life import Life
from .stays import open_stay
from .visits import hold_visit


def write_course(plan: Plan, chart: ChartBuilder) -> Life:
    """Lets a life of five years pass and writes what a hospital would have written; returns what notes need."""
    person = chart.person
    chart.stream = "course"
    chart.rng = child(plan.seed, person.index, "course/chart")
    life = Life(plan, chart, lay_out(plan, person, child(plan.seed, person.index, "timeline")))
    write_encounters(life)
    for lasting in LASTING:
        if lasting.trait == "" or lasting.trait in person.traits:
            lasting.begin(life)
    for stay in life.timeline.admissions:
        life.at(stay.start, lambda _at, s=stay: open_stay(life, s))
    for visit in life.timeline.visits:
        life.at(visit.at, lambda _at, v=visit: hold_visit(life, v))
    life.run()
    return life
