"""`hba1c-monitoring`: the last HbA1c, and the order for the next one where a protocol says that it is due."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from ...fhir_server.cohort.codes import LOINC, SERVICES
from ...fhir_server.cohort.plan import Person
from ...fhir_server.cohort.scenes.hba1c import TOPIC, Card
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Split, Task
from ..policies import Policy
from ..protocols import policies_of
from ..sampling import (
    Dealt,
    by_level,
    by_mrn,
    by_name_and_bed,
    by_name_and_birth,
    deal_out,
    name_params,
    stamp,
)
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


def _draw(source: ChartSource, split: Split, rng: Random) -> Sequence[Task]:
    """A task for each card of the deck."""
    del rng  # the deck is dealt by the cohort's seed
    dealt = deal_out(source, TOPIC, Card, split)
    return by_level([_task(source, one) for one in dealt], split)


CATEGORY = Assembled(
    name="hba1c-monitoring",
    title="Monitor HbA1c",
    kind="action",
    draw=_draw,
    solve=reference.solve,
    guess=reference.guess,
    faults={
        "any-status": partial(reference.solve, any_status=True),
        "any-unit": partial(reference.solve, any_unit=True),
        "ignore-modifiers": partial(reference.solve, ignore_modifiers=True),
    },
)


def policies() -> tuple[Policy, ...]:
    """The monitoring protocol, superseded version first."""
    found = monitoring()
    return policies_of(found, lambda version: protocol_text(found.title, version))


def _params(dealt: Dealt[Card]) -> dict[str, Json]:
    person, card, turn = dealt.person, dealt.card, dealt.turn
    server = card.level == 3 or (card.level == 2 and turn % 2 == 0)
    params: dict[str, Json] = {"source": "server" if server else "prompt"}
    if dealt.inside and turn % 3 == 0 and person.stay is not None:
        return params | {"who": by_name_and_bed(person), "bed": person.stay.bed}
    if turn % 2:
        return params | {"who": by_mrn(person), "mrn": person.mrn}
    return params | {"who": by_name_and_birth(person)} | name_params(person)


def _task(source: ChartSource, dealt: Dealt[Card]) -> Task:
    person, card = dealt.person, dealt.card
    decision = gold.decide(source.chart(person.id), source.now, monitoring().current)
    params = _params(dealt)
    template = _TEMPLATES[dealt.turn % len(_TEMPLATES)]
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
