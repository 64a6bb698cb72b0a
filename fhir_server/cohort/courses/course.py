"""Writes the base course of one chart, concern by concern."""

from __future__ import annotations

from ..builder import ChartBuilder
from ..plan import Plan


def write_course(plan: Plan, chart: ChartBuilder) -> None:
    """Writes everything that is not a planned situation."""
    person = chart.person
    if person.stay:
        chart.encounter(
            "inpatient",
            person.stay.admitted,
            None,
            reason=person.stay.reason,
            location=(person.stay.location_id, person.stay.bed),
            encounter_id=person.stay.encounter_id,
        )
