"""Demographics: how old somebody is or was, where they live, which number reaches them, what they speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Final, Literal

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import Person, Placement
from .. import checks
from ..base import AnswerField, AnswerSchema, ChartSource, Criterion, Evidence, Json, Solution, Task, TaskView
from ..patient_lookup.category import SIZES, patients_near, worded
from ..patient_lookup.reference import Habits
from . import gold, reference
from .prompts import TEMPLATES, prompt

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


class Demographics:
    """The category; see `README.md`."""

    name: Final = "demographics"
    title: Final = "Demographics"
    kind: Final = "query"

    def sample(self, source: ChartSource, split: Literal["core", "dev"], rng: Random) -> Sequence[Task]:
        """Takes the planted situations of the split in their order; the gold comes from the charts."""
        people = source.people()
        deck = [p for p in source.ledger("demographics") if people[p.person].split == split]
        deck.sort(key=lambda p: (p.details["level"], p.details["order"]))
        tasks: list[Task] = []
        for level, wanted in SIZES[split].items():
            bound = [t for p in deck if p.details["level"] == level and (t := self._bind(source, p))][:wanted]
            if len(bound) < wanted:
                raise TaskError(
                    f"demographics: {len(bound)} tasks of level {level} in {split}, expected {wanted}"
                )
            tasks += worded(bound, TEMPLATES, partial(prompt, today=source.now.date()), rng)
        return tasks

    def _bind(self, source: ChartSource, placement: Placement) -> Task | None:
        asked = {k: placement.details[k] for k in ASKED if k in placement.details}
        person = source.people()[placement.person]
        patient, chart = _found(source, person, asked["ask"])
        answer = gold.fact(patient, chart, asked, source.now.date())
        if (answer["status"] == "no_data") is not (placement.kind in EXPECTED_NO_DATA):
            return None
        return Task(
            id="",
            category=self.name,
            level=placement.details["level"],
            branch="query" if answer["status"] == "ok" else "no_data",
            template="",
            prompt="",
            params=asked,
            patients=tuple(placement.details["cast"]),
            answer=AnswerSchema(FIELDS[asked["what"]], _BOTH),
            expected={"answer": answer},
        )

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Finds the record and reads the fact."""
        return reference.solve(view, params, Habits())

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Answers with what the question says and a common value."""
        return reference.blind(view, params)

    def shortcuts(self) -> Mapping[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
        """The first page only; inactive records, void entries taken; use, period, rank not looked at."""
        faults = {
            "first-page": Habits(all_pages=False),
            "any-status": Habits(statuses=False),
            "ignore-modifiers": Habits(modifiers=False),
        }
        return {name: partial(reference.solve, habits=habits) for name, habits in faults.items()}

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        """What follows from the gold."""
        return checks.standard(task, evidence)


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


CATEGORY = Demographics()
