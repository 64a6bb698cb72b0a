"""Writes the base course of one chart, concern by concern."""

from __future__ import annotations

from ..builder import ChartBuilder
from ..chance import child
from ..plan import Plan
from .body import Body
from .context import Course
from .encounters import write_encounters
from .labs import write_labs
from .medicines import write_medicines
from .notes import write_notes
from .orders import write_orders
from .problems import write_problems
from .timeline import lay_out
from .vitals import write_vitals

_CONCERNS = (
    write_encounters,
    write_problems,
    write_labs,
    write_vitals,
    write_medicines,
    write_orders,
    write_notes,
)


def write_course(plan: Plan, chart: ChartBuilder) -> None:
    """Writes everything that is not a planned situation. Each concern has its own chance and its own ids."""
    person = chart.person
    course = Course(
        plan,
        chart,
        lay_out(plan, person, child(plan.seed, person.index, "timeline")),
        Body(person, plan.now.timestamp(), child(plan.seed, person.index, "body")),
    )
    for concern in _CONCERNS:
        chart.stream = concern.__name__
        chart.rng = course.stream(f"{concern.__name__}/chart")
        concern(course)
