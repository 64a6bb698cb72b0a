"""`hba1c-monitoring`: the last HbA1c, and the order for the next one where a protocol says that it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal

import msgspec

from ...fhir_server.cohort.codes import LOINC, SERVICES
from ...fhir_server.cohort.plan import Person
from ...fhir_server.cohort.scenes.hba1c import TOPIC, Card
from .. import checks
from ..base import (
    AnswerField,
    AnswerSchema,
    ChartSource,
    Criterion,
    Evidence,
    Json,
    Solution,
    Task,
    TaskView,
)
from ..policies import Policy
from ..protocols import policies_of
from ..sampling import by_mrn, by_name_and_bed, by_name_and_birth, stamp
from . import gold, reference
from .protocol import monitoring, protocol_text
from .wording import OPENINGS, prompt

SCHEMA = AnswerSchema(
    fields=(
        AnswerField(
            "value",
            "number",
            "The last counted HbA1c in %, one decimal",
            unit="%",
            tolerance=0.05,
            statuses=("ok", "no_action"),
        ),
        AnswerField("time", "instant", "When it was collected", tolerance=60, statuses=("ok", "no_action")),
        AnswerField(
            "due",
            "date",
            "When the next one was or is due; with no_action only for not_due",
            statuses=("ok",),
        ),
        AnswerField(
            "reason",
            "choice",
            "Why nothing is ordered",
            choices=("no_diabetes", "transfusion", "on_order", "not_due"),
            statuses=("no_action",),
        ),
    ),
    statuses=("ok", "no_action"),
)

_TEXTS = ("HbA1c", "A1c", "hemoglobin A1c", "glycated hemoglobin")
_TEMPLATES = tuple(OPENINGS)


class HbA1cMonitoring:
    """The category; see README.md of its folder."""

    name = "hba1c-monitoring"
    title = "Monitor HbA1c"
    kind: Literal["query", "action"] = "action"

    def sample(self, source: ChartSource, split: Literal["core", "dev"], rng: Random) -> Sequence[Task]:
        """A task for each card of the deck."""
        del rng  # the deck is dealt by the cohort's seed
        people = source.people()
        dealt = [(people[p.person], msgspec.convert(p.details, Card)) for p in source.ledger(TOPIC)]
        dealt = [(person, card) for person, card in dealt if person.split == split]
        groups = list(dict.fromkeys(card.group for _, card in dealt))
        inside = {g: all(p.stay is not None for p, c in dealt if c.group == g) for g in groups}
        tasks = [
            _task(source, person, card, groups.index(card.group), inside=inside[card.group])
            for person, card in dealt
        ]
        return sorted(tasks[: 30 if split == "core" else 10], key=lambda t: t.level)

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Reads results, problems, medicines, orders and protocol through the tools, and orders where it is time."""
        return reference.solve(view, params)

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Orders for whoever bears the name, and answers ok with a value off goal."""
        return reference.guess(view, params)

    def shortcuts(self) -> Mapping[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
        """Results of any status; numbers whatever their unit; transfusion, higher goal, change of therapy left out."""
        return {
            "any-status": lambda view, params: reference.solve(view, params, any_status=True),
            "any-unit": lambda view, params: reference.solve(view, params, any_unit=True),
            "ignore-modifiers": lambda view, params: reference.solve(view, params, ignore_modifiers=True),
        }

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        """What follows from the gold."""
        return checks.standard(task, evidence)


CATEGORY = HbA1cMonitoring()


def policies() -> tuple[Policy, ...]:
    """The monitoring protocol, superseded version first."""
    found = monitoring()
    return policies_of(found, lambda version: protocol_text(found.title, version))


def _params(person: Person, card: Card, turn: int, *, inside: bool) -> dict[str, Json]:
    server = card.level == 3 or (card.level == 2 and turn % 2 == 0)
    params: dict[str, Json] = {"source": "server" if server else "prompt"}
    if inside and turn % 3 == 0 and person.stay is not None:
        return params | {"who": by_name_and_bed(person), "bed": person.stay.bed}
    if turn % 2:
        return params | {"who": by_mrn(person), "mrn": person.mrn}
    born = person.birth_date.isoformat()
    who = by_name_and_birth(person)
    return params | {
        "who": who,
        "family": person.name.family,
        "given": person.name.given[0],
        "birth_date": born,
    }


def _task(source: ChartSource, person: Person, card: Card, turn: int, *, inside: bool) -> Task:
    decision = gold.decide(source.chart(person.id), source.now, monitoring().current)
    params = _params(person, card, turn, inside=inside)
    template = _TEMPLATES[turn % len(_TEMPLATES)]
    return Task(
        id="",
        category=CATEGORY.name,
        level=card.level,
        branch="no_action" if decision.reason else "action",
        template=template,
        prompt=prompt(template, params),
        params=params,
        patients=(person.id,),
        answer=SCHEMA,
        expected=_expected(decision, person),
        twin=card.group,
    )


def _expected(decision: gold.Decision, person: Person) -> dict[str, Json]:
    result = decision.result
    answer: dict[str, Json] = {"value": float(result.percent), "time": result.written}
    if decision.reason in {None, "not_due"}:
        answer["due"] = decision.due.isoformat()
    seen = [f"Observation/{result.id}", *decision.seen]
    why = f"{result.percent} %, due {decision.due}: {decision.reason or 'order'}."
    if decision.draw is None:
        answer |= {"status": "no_action", "reason": decision.reason}
        return {"answer": answer, "seen": seen, "why": why}
    codings = [c for problem in decision.diabetes for c in problem["code"]["coding"]]
    write: dict[str, Json] = {
        "kind": "service-request",
        "patient": person.id,
        "code": [{"system": LOINC, "code": c.code} for c in SERVICES["hba1c"].codes if c.system == LOINC],
        "texts": [SERVICES["hba1c"].text, *_TEXTS],
        "priority": "routine",
        "occurrence": {"value": stamp(decision.draw), "tolerance_minutes": 15},
        "reason": {
            "references": [f"Condition/{problem['id']}" for problem in decision.diabetes],
            "code": [{"system": c["system"], "code": c["code"]} for c in codings],
        },
    }
    if person.stay is not None:
        write["encounter"] = person.stay.encounter_id
    return {"answer": {"status": "ok", **answer}, "writes": [write], "seen": seen, "why": why}
