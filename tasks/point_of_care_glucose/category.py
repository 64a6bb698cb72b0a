"""`point-of-care-glucose`: the latest meter glucose, its trend, and the checks that a policy wants after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random

from ...fhir_server.cohort.codes import LOINC, SERVICES
from ...fhir_server.cohort.plan import Person
from ...fhir_server.cohort.scenes.poc_glucose import TOPIC, Card
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
from .protocol import Item, followup, policy_text
from .wording import OPENINGS, prompt

SCHEMA = AnswerSchema(
    fields=(
        AnswerField(
            "reading",
            "choice",
            "What the meter showed",
            choices=("number", "HI", "LO"),
            statuses=("ok", "no_action", "no_data"),
        ),
        AnswerField(
            "value",
            "number",
            "The reading in mg/dL, rounded to a whole number; left out for HI and LO",
            unit="mg/dL",
            tolerance=0.5,
            statuses=(),
        ),
        AnswerField(
            "time", "instant", "When it was collected", tolerance=60, statuses=("ok", "no_action", "no_data")
        ),
        AnswerField(
            "trend",
            "choice",
            "Against the reading before it",
            choices=("rising", "falling", "steady"),
            statuses=("ok", "no_action"),
        ),
        AnswerField(
            "reason",
            "choice",
            "Why nothing is placed",
            choices=("in_range", "on_order"),
            statuses=("no_action",),
        ),
    ),
    statuses=("ok", "no_action", "no_data"),
)

_TEXTS: Mapping[str, tuple[str, ...]] = {
    "glucose-poc": ("meter glucose", "point of care glucose", "fingerstick", "glucose check"),
    "glucose": ("serum glucose",),
    "urinalysis": ("urinalysis", "ua"),
}
_TEMPLATES = tuple(OPENINGS)


def _draw(source: ChartSource, split: Split, rng: Random) -> Sequence[Task]:
    """A task for each card of the deck."""
    del rng  # the deck is dealt by the cohort's seed
    dealt = deal_out(source, TOPIC, Card, split)
    return by_level([_task(source, one) for one in dealt], split)


CATEGORY = Assembled(
    name="point-of-care-glucose",
    title="Follow up a meter glucose",
    kind="action",
    draw=_draw,
    solve=reference.solve,
    guess=reference.guess,
    faults={
        "first-page": partial(reference.solve, first_page=True),
        "any-status": partial(reference.solve, any_status=True),
        "ignore-orders": partial(reference.solve, ignore_orders=True),
    },
)


def policies() -> tuple[Policy, ...]:
    """The follow-up policy, superseded version first."""
    found = followup()
    return policies_of(found, lambda version: policy_text(found.title, version))


def _params(dealt: Dealt[Card]) -> dict[str, Json]:
    person, card, turn = dealt.person, dealt.card, dealt.turn
    assert person.stay is not None
    server = card.level == 3 or (card.level == 2 and turn % 2 == 0)
    params: dict[str, Json] = {"source": "server" if server else "prompt"}
    if turn % 3 == 0:
        return params | {"who": by_name_and_bed(person), "bed": person.stay.bed}
    if turn % 3 == 1:
        return params | {"who": by_mrn(person), "mrn": person.mrn}
    return params | {"who": by_name_and_birth(person)} | name_params(person)


def _task(source: ChartSource, dealt: Dealt[Card]) -> Task:
    person, card = dealt.person, dealt.card
    decision = gold.decide(source.chart(person.id), source.now, followup().current)
    params = _params(dealt)
    template = _TEMPLATES[dealt.turn % len(_TEMPLATES)]
    return Task(
        id="",
        category=CATEGORY.name,
        level=card.level,
        branch=decision.branch,
        template=template,
        prompt=prompt(template, params),
        params=params,
        patients=(person.id,),
        answer=SCHEMA,
        expected=_expected(decision, person),
        twin=card.group,
    )


def _expected(decision: gold.Decision, person: Person) -> dict[str, Json]:
    assert person.stay is not None
    reading = decision.reading
    status = "ok" if decision.branch == "action" else decision.branch
    answer: dict[str, Json] = {"status": status, "reading": reading.word, "time": reading.written}
    if reading.value is not None:
        answer["value"] = reading.value
    if decision.trend is not None:
        answer["trend"] = decision.trend
    if decision.reason is not None:
        answer["reason"] = decision.reason
    seen = [f"Observation/{reading.id}", *(f"ServiceRequest/{r}" for r in decision.standing)]
    expected: dict[str, Json] = {"answer": answer, "seen": seen, "why": _why(decision)}
    writes = [_write(item, when, person) for item, when in decision.orders]
    return expected | ({"writes": writes} if writes else {})


def _write(item: Item, when: datetime, person: Person) -> dict[str, Json]:
    service = SERVICES[item.service]
    assert person.stay is not None
    return {
        "kind": "service-request",
        "name": item.service,
        "patient": person.id,
        "encounter": person.stay.encounter_id,
        "code": [{"system": LOINC, "code": c.code} for c in service.codes if c.system == LOINC],
        "texts": [service.text, *_TEXTS[item.service]],
        "priority": item.priority,
        "occurrence": {"value": stamp(when), "tolerance_minutes": 5},
    }


def _why(decision: gold.Decision) -> str:
    reading = decision.reading
    shown = f"{reading.value} mg/dL" if reading.value is not None else reading.word
    if decision.branch == "no_data":
        return f"The last reading, {shown}, is too old."
    course = decision.reason or "order " + ", ".join(f"{i.service} {i.priority}" for i, _ in decision.orders)
    return f"{shown}, {decision.trend}: {course}."
