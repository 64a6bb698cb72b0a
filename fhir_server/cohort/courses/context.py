"""What the concerns of a course share: the chart, the body, the timeline, a stream of chance for each concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ..builder import ChartBuilder
from ..chance import child
from ..clock import DAY
from ..plan import Person, Plan
from .body import Body
from .timeline import Admission, Timeline

QUIET_DAYS = 4.5
"""Before now, in the stay that goes on: the base course keeps no mess here, so that scenes meet none."""


@dataclass(frozen=True, slots=True)
class Course:
    """One chart's base course while it is written."""

    plan: Plan
    chart: ChartBuilder
    timeline: Timeline
    body: Body
    seen: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])
    """(time, value) of the results that later concerns react to."""

    @property
    def person(self) -> Person:
        """Whose chart it is."""
        return self.chart.person

    @property
    def now(self) -> float:
        """The cohort's now, in seconds."""
        return self.plan.now.timestamp()

    def stream(self, name: str) -> Random:
        """The chance of one concern."""
        return child(self.plan.seed, self.person.index, name)

    def low_values(self, stay: Admission, analyte: str, limit: float) -> list[tuple[float, float]]:
        """(time, value) of the results of an analyte under a limit during a stay."""
        return [
            (at, v)
            for at, v in self.seen.get(analyte, ())
            if v < limit and stay.start <= at <= ends(self, stay)
        ]

    def quiet(self, at: float) -> bool:
        """Whether a time is kept free of mess."""
        return at > self.now - QUIET_DAYS * DAY


def ends(course: Course, admission: Admission) -> float:
    """The end of a stay, or now."""
    return admission.until(course.now)
