"""Demographics: how old somebody is or was, where they live, which number reaches them, what they speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import Person, Placement
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Task
from ..patient_lookup.category import draw, patients_near
from ..patient_lookup.reference import Habits, shortcuts
from . import gold, reference
from .prompts import TEMPLATES, prompt

NAME = "demographics"

_BOTH = ("ok", "no_data")
_MRN = AnswerField(
    "mrn", "string", "Medical record number in use of the record that you took the fact from", statuses=_BOTH
)
_BIRTH = AnswerField("birth_date", "date", "Birth date on that record")
_AGE = AnswerField("age", "integer", "Age in completed years", unit="a")
_DATE = AnswerField("date", "date", "The local date (New York) of the event at which the age is asked")

FIELDS: Mapping[str, tuple[AnswerField, ...]] = {
    "age_now": (_MRN, _BIRTH, _AGE),
    "age_at_death": (_MRN, _BIRTH, _DATE, _AGE),
    "age_at_admission": (_MRN, _BIRTH, _DATE, _AGE),
    "age_at_event": (_MRN, _BIRTH, _DATE, _AGE),
    "phone": (
        _MRN,
        AnswerField("phone", "string", "The number, ten digits", compare="digits"),
        AnswerField(
            "last_phone", "string", "The last number, ten digits", compare="digits", statuses=("no_data",)
        ),
        AnswerField("ended", "date", "The date on which that number ended", statuses=("no_data",)),
    ),
    "address": (
        _MRN,
        AnswerField("line", "string", "House number and street", compare="words"),
        AnswerField("city", "string", "City or town", compare="words"),
        AnswerField("postal_code", "string", "Postal code"),
    ),
    "language": (_MRN, AnswerField("language", "string", "BCP 47 code of the language, such as en")),
}

EXPECTED_NO_DATA = frozenset({"no-mobile", "crowd-no-mobile"})
ASKED = ("what", "use", "procedure", "ask")
"""What of a placement is the question; the rest says where it stands in the deck."""


def _bind(source: ChartSource, placement: Placement) -> Task | None:
    """The gold comes from the charts."""
    asked = {k: placement.details[k] for k in ASKED if k in placement.details}
    person = source.people()[placement.person]
    patient, chart = _found(source, person, asked["ask"])
    answer = gold.fact(patient, chart, asked, source.now.date())
    if (answer["status"] == "no_data") is not (placement.kind in EXPECTED_NO_DATA):
        return None
    return Task(
        id="",
        category=NAME,
        level=placement.details["level"],
        branch="query" if answer["status"] == "ok" else "no_data",
        template="",
        prompt="",
        params=asked,
        patients=tuple(placement.details["cast"]),
        answer=AnswerSchema(FIELDS[asked["what"]], _BOTH),
        expected={"answer": answer},
    )


def _found(
    source: ChartSource, person: Person, ask: Mapping[str, Json]
) -> tuple[Resource, Sequence[Resource]]:
    """The patient of a request and the chart, which is empty for name-only people.

    Raises:
        TaskError: the request does not lead to that person.
    """
    chart = source.chart(person.id) if person.has_chart else ()
    if "bed" in ask:
        if not gold.in_bed(chart, ask["bed"]):
            raise TaskError(f"{person.id} does not lie in {ask['bed']}")
        return next(r for r in chart if r["resourceType"] == "Patient"), chart
    return gold.the_patient(patients_near(source, ask), ask, source.now.date()), chart


CATEGORY = Assembled(
    name=NAME,
    title="Demographics",
    kind="query",
    draw=partial(draw, topic=NAME, bind=_bind, templates=TEMPLATES, write=prompt),
    solve=partial(reference.solve, habits=Habits()),
    guess=reference.blind,
    faults=shortcuts(reference.solve),
)
