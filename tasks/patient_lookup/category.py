"""Patient look-up: the one right MRN behind a name, a birth date, an address or a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from random import Random
from typing import Protocol, TypeAlias, TypeVar

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import Placement
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Split, Task
from . import gold, reference
from .prompts import TEMPLATES, prompt
from .reference import Habits

NAME = "patient-lookup"

DIFFERS = ("birth_date", "given_name", "family_name", "address", "phone")

ANSWER = AnswerSchema(
    fields=(
        AnswerField("mrn", "string", "Medical record number in use of the patient who fits"),
        AnswerField(
            "city", "string", "Town of the current home address (use home) on that record", compare="words"
        ),
        AnswerField("candidates", "list", "MRNs of all patients who fit", statuses=("ambiguous",)),
        AnswerField("nearest_mrn", "string", "MRN of the nearest active record", statuses=("no_data",)),
        AnswerField(
            "differs",
            "choice",
            "The detail in which the nearest record does not agree",
            choices=DIFFERS,
            statuses=("no_data",),
        ),
    ),
    statuses=("ok", "no_data", "ambiguous"),
)

BRANCHES: Mapping[str, str] = {"ok": "query", "no_data": "not_found", "ambiguous": "ambiguous"}

EXPECTED: Mapping[str, str] = {
    "day-off": "no_data", "misheard": "no_data", "crowd-day-off": "no_data", "none-left": "no_data",
    "two": "ambiguous", "crowd-two": "ambiguous", "two-left": "ambiguous",
}  # fmt: skip
"""What each planted situation should come to, all others to `ok`; one that does not is passed over."""

SIZES: Mapping[str, Mapping[int, int]] = {"core": {1: 10, 2: 10, 3: 10}, "dev": {1: 3, 2: 4, 3: 3}}


def patients_near(source: ChartSource, ask: Mapping[str, Json]) -> list[Resource]:
    """Every Patient who could fit or nearly fit: all outside charts, and of charts those that share a detail."""
    found = {r["id"]: r for r in source.hospital() if r["resourceType"] == "Patient"}
    for person in source.people():
        families = {gold.folded(n.family) for n in person.names}
        shares = gold.folded(ask.get("family", "")) in families or person.mrn == ask.get("mrn")
        same_day = person.birth_date.isoformat() == ask.get("birth_date")
        if person.id not in found and (shares or same_day or not person.has_chart):
            found[person.id] = next(r for r in source.chart(person.id) if r["resourceType"] == "Patient")
    return list(found.values())


class Wording(Protocol):
    """A template as far as sampling goes."""

    @property
    def id(self) -> str:
        """Its name."""
        ...


W = TypeVar("W", bound=Wording)


def worded(
    tasks: Sequence[Task], templates: Sequence[W], write: Callable[[W, Mapping[str, Json]], str], rng: Random
) -> list[Task]:
    """Gives tasks of one level their words: twins share a template, all others take the next.

    Twins give the same kind of details of other people; where there is a choice their branches differ.
    """
    order = rng.sample(list(templates), len(templates))
    alike: dict[str, list[Task]] = {}
    for task in tasks:
        alike.setdefault(_details(task), []).append(task)
    made: list[Task] = []
    turn = 0
    for group in alike.values():
        group.sort(key=lambda t: t.branch)
        half = len(group) // 2
        pairs = [*zip(group[:half], group[-half:], strict=True)] if half else []
        singles = [(t,) for t in group[half : len(group) - half]]
        for unit in (*pairs, *singles):
            template = order[turn % len(order)]
            twin = f"{template.id}-{unit[0].level}-{turn}" if len(unit) > 1 else ""
            turn += 1
            made += [
                replace(t, template=template.id, prompt=write(template, t.params), twin=twin) for t in unit
            ]
    return made


def _details(task: Task) -> str:
    """What kind of question it is: the names of its details, whoever they are of."""
    asked = {k: v for k, v in task.params.items() if k in {"what", "use", "procedure"}}
    return f"{asked} {sorted(task.params.get('ask', task.params))}"


Bind: TypeAlias = Callable[[ChartSource, Placement], Task | None]
"""The task that a planted situation is asked by; None where the chart does not suit."""


def draw(
    source: ChartSource,
    split: Split,
    rng: Random,
    *,
    topic: str,
    bind: Bind,
    templates: Sequence[W],
    write: Callable[[W, Mapping[str, Json], date], str],
) -> list[Task]:
    """Takes the planted situations of a topic in their order, level by level; `write` makes the prompts.

    Raises:
        TaskError: there are not enough of a level.
    """
    people, today = source.people(), source.now.date()
    deck = [p for p in source.ledger(topic) if people[p.person].split == split]
    deck.sort(key=lambda p: (p.details["level"], p.details["order"]))
    tasks: list[Task] = []
    for level, wanted in SIZES[split].items():
        mine = [p for p in deck if p.details["level"] == level]
        bound = [t for p in mine if (t := bind(source, p)) is not None][:wanted]
        if len(bound) < wanted:
            raise TaskError(f"{topic}: {len(bound)} tasks of level {level} in {split}, expected {wanted}")
        tasks += worded(bound, templates, lambda template, params: write(template, params, today), rng)
    return tasks


def _bind(source: ChartSource, placement: Placement) -> Task | None:
    """The gold comes from the Patients."""
    ask = placement.details["ask"]
    answer = gold.lookup(patients_near(source, ask), ask, source.now.date())
    if answer["status"] != EXPECTED.get(placement.kind, "ok"):
        return None
    return Task(
        id="",
        category=NAME,
        level=placement.details["level"],
        branch=BRANCHES[answer["status"]],
        template="",
        prompt="",
        params=ask,
        patients=tuple(placement.details["cast"]),
        answer=ANSWER,
        expected={"answer": answer},
    )


CATEGORY = Assembled(
    name=NAME,
    title="Patient look-up",
    kind="query",
    draw=partial(draw, topic="lookup", bind=_bind, templates=TEMPLATES, write=prompt),
    solve=partial(reference.solve, habits=Habits()),
    guess=reference.blind,
    faults=reference.shortcuts(reference.solve),
)
