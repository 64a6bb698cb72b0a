"""One chart from (plan, person) alone: the course, the mess, the planned situations, the notes, then put in order."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..backend import Resource
from .builder import ChartBuilder
from .chance import child
from .chart import clinical_time_text
from .courses import write_course
from .courses.facts import Facts
from .demographics import care_team, patient_resource
from .mess import QUIET_DAYS, spoil, tally_chart
from .notes.write import write_notes
from .plan import Person, Plan
from .scenes.registry import SCENES
from .settle import settle

_ORDER = (
    "Patient", "CareTeam", "Encounter", "Condition", "AllergyIntolerance", "Immunization", "MedicationRequest",
    "MedicationAdministration", "ServiceRequest", "Procedure", "Observation", "DiagnosticReport",
    "DocumentReference", "Communication",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True)
class Record:
    """One person's chart with what is kept beside it and never served.

    Attributes:
        resources: the Patient first, then by type and clinical time.
        facts: what is true of the person, from which notes are written.
        tally: how much of each kind of mess the chart holds (`mess/tally.py`).
        spoiled: kind of mess to the ids of the resources that show it.
    """

    resources: list[Resource]
    facts: Facts
    tally: Mapping[str, int]
    spoiled: Mapping[str, Sequence[str]]


def write_chart(plan: Plan, person: Person) -> list[Resource]:
    """All resources of one person, the Patient first, then by type and clinical time.

    The order does not tell who wrote what: a planned result stands among the others of its day.
    """
    return write_record(plan, person).resources


def write_record(plan: Plan, person: Person) -> Record:
    """The chart of one person, as `write_chart` gives it, with its facts and the tally of its mess."""
    collecting = gc.isenabled()
    gc.disable()  # a chart has no cycles, and looking for them takes a third of the time
    try:
        return _written(plan, person)
    finally:
        if collecting:
            gc.enable()


def _written(plan: Plan, person: Person) -> Record:
    chart = ChartBuilder(person, plan.now, child(plan.seed, person.index, "course"))
    life = write_course(plan, chart) if person.has_chart else None
    if life is not None:
        quiet_from = plan.now - timedelta(days=QUIET_DAYS) if person.stay else None
        spoil(chart, child(plan.seed, person.index, "mess"), quiet_from)
    for scene in SCENES:
        placements = [p for p in plan.of(person.index) if p.topic == scene.TOPIC]
        for number, placement in enumerate(placements):
            rng = child(plan.seed, person.index, "scene", scene.TOPIC, number)
            chart.stream, chart.rng = f"{scene.TOPIC}/{number}", rng
            scene.write(placement, chart, rng)
    settle(chart)
    if life is not None:
        chart.stream, chart.rng = "notes", child(plan.seed, person.index, "notes/chart")
        write_notes(plan, chart, life.timeline, life.facts, child(plan.seed, person.index, "notes"))
        chart.add(care_team(person))
    rest = sorted(chart.resources, key=_place)
    tally: Mapping[str, int] = tally_chart(chart) if life is not None else {}
    facts = life.facts if life is not None else Facts()
    return Record([patient_resource(person), *rest], facts, tally, chart.spoiled)


def _place(resource: Resource) -> tuple[int, str, str]:
    kind = resource["resourceType"]
    return _RANK.get(kind, len(_RANK)), clinical_time_text(resource) or "", resource["id"]
