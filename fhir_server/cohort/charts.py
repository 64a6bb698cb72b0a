"""One chart from (plan, person) alone: the base course, then the planned situations, then put in order."""

from __future__ import annotations

import gc

from ..backend import Resource
from .builder import ChartBuilder
from .chance import child
from .chart import clinical_time_text
from .courses import write_course
from .demographics import patient_resource
from .plan import Person, Plan
from .scenes.registry import SCENES

_ORDER = (
    "Patient", "Encounter", "Condition", "AllergyIntolerance", "Immunization", "MedicationRequest",
    "MedicationAdministration", "ServiceRequest", "Procedure", "Observation", "DiagnosticReport",
    "DocumentReference", "Communication",
)  # fmt: skip
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}


def write_chart(plan: Plan, person: Person) -> list[Resource]:
    """All resources of one person, the Patient first, then by type and clinical time.

    The order does not tell who wrote what: a planned result stands among the others of its day.
    """
    collecting = gc.isenabled()
    gc.disable()  # a chart has no cycles, and looking for them takes a third of the time
    try:
        return _written(plan, person)
    finally:
        if collecting:
            gc.enable()


def _written(plan: Plan, person: Person) -> list[Resource]:
    chart = ChartBuilder(person, plan.now, child(plan.seed, person.index, "course"))
    if person.has_chart:
        write_course(plan, chart)
    for scene in SCENES:
        placements = [p for p in plan.of(person.index) if p.topic == scene.TOPIC]
        for number, placement in enumerate(placements):
            rng = child(plan.seed, person.index, "scene", scene.TOPIC, number)
            chart.stream, chart.rng = f"{scene.TOPIC}/{number}", rng
            scene.write(placement, chart, rng)
    rest = sorted(chart.resources, key=_place)
    return [patient_resource(person), *rest]


def _place(resource: Resource) -> tuple[int, str, str]:
    kind = resource["resourceType"]
    return _RANK.get(kind, len(_RANK)), clinical_time_text(resource) or "", resource["id"]
