"""`record-vital`: file a vital sign on the current stay, or say by which rule it may not be filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from random import Random

from ...fhir_server.cohort.codes import LOINC, VITALS
from ...fhir_server.cohort.plan import Person
from ...fhir_server.cohort.scenes.vital_filing import TOPIC, Card, clock
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Split, Task
from ..policies import Policy
from ..protocols import policies_of
from ..sampling import SIZES, by_level, deal_out
from . import gold, reference
from .protocol import WORDS, policy, policy_text, rule_words
from .wording import OPENINGS, prompt

_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

SCHEMA = AnswerSchema(
    fields=(
        AnswerField(
            "previous_value",
            "number",
            "Value of the entry that decided, in the unit that the request names, one decimal",
            tolerance=0.05,
            statuses=("ok", "no_action"),
        ),
        AnswerField(
            "previous_time",
            "instant",
            "When that entry was measured",
            tolerance=60,
            statuses=("ok", "no_action"),
        ),
        AnswerField(
            "reason", "choice", "Which rule forbids it", choices=("charted", "jump"), statuses=("no_action",)
        ),
        AnswerField(
            "last_stay_end", "instant", "End of the last finished stay", tolerance=60, statuses=("no_data",)
        ),
    ),
    statuses=("ok", "no_action", "no_data"),
)

BY_NAME = frozenset({"c1", "c3", "c8", "c13", "c17", "d1", "d2"})
"""Groups of cards whose patients are named by name and birth date; the others by surname and bed."""

_ABSENT = {"core": 4, "dev": 1}
"""Tasks on people who are not in the hospital."""

_ABSENT_CARDS = (
    Card("heart-rate", (82,), "09:50", 0, "06:00", "a1", 1),
    Card("blood-pressure", (124, 70), "09:40", 0, "06:00", "a2", 1),
    Card("temperature", (37.2,), "08:55", 0, "06:00", "a3", 2),
    Card("spo2", (95,), "09:25", 0, "06:00", "a4", 2),
)
_READING_UNITS = {"[degF]": "°F", "Cel": "°C", "mm[Hg]": "mmHg", "/min": "/min", "%": "%", "kg": "kg"}
_TEMPLATES = tuple(OPENINGS)


def _draw(source: ChartSource, split: Split, rng: Random) -> Sequence[Task]:
    """A task for each card of the deck, and a few on people who are not in the hospital."""
    dealt = deal_out(source, TOPIC, Card, split)[: SIZES[split] - _ABSENT[split]]
    tasks = [_present(source, one.person, one.card, _template(one.turn)) for one in dealt]
    away = [p for p in source.people() if _is_away(p, split) and gold.last_stay_end(source.chart(p.id))]
    rng.shuffle(away)
    tasks += [
        _absent(source, person, card, _template(i * 3 + 1))
        for i, (person, card) in enumerate(zip(away, _ABSENT_CARDS[: _ABSENT[split]], strict=False))
    ]
    return by_level(tasks, split)


def _template(turn: int) -> str:
    return _TEMPLATES[turn % len(_TEMPLATES)]


def _is_away(person: Person, split: Split) -> bool:
    return person.split == split and person.has_chart and person.stay is None and person.deceased is None


CATEGORY = Assembled(
    name="record-vital",
    title="File a vital sign",
    kind="action",
    draw=_draw,
    solve=reference.solve,
    guess=reference.guess,
    faults={
        "first-page": partial(reference.solve, first_page=True),
        "any-status": partial(reference.solve, any_status=True),
    },
)


def policies() -> tuple[Policy, ...]:
    """The entry policy, superseded version first."""
    found = policy()
    return policies_of(found, lambda version: policy_text(found.title, version))


def _params(person: Person, card: Card, *, by_name: bool) -> dict[str, Json]:
    row = VITALS[card.vital]
    unit = card.unit or row.unit
    reading = "/".join(f"{number:g}" for number in card.reading)
    params: dict[str, Json] = {
        "vital": WORDS[card.vital],
        "reading": f"{reading} {_READING_UNITS[unit]}",
        "time": card.at,
        "unit": unit,
        "answer_unit": row.unit,
        "code": row.code,
        "policy": policy().title if card.level == 3 else "",
    }
    given, family, born = person.name.given, person.name.family, person.birth_date.isoformat()
    if person.stay is not None and not by_name:
        return params | {"who": f"{family} in bed {person.stay.bed}", "bed": person.stay.bed}
    who = f"{' '.join(given)} {family} (born {born})"
    return params | {"who": who, "family": family, "given": given[0], "birth_date": born}


def _task(person: Person, card: Card, template: str, branch: str, expected: Mapping[str, Json]) -> Task:
    params = _params(person, card, by_name=person.stay is None or card.group in BY_NAME)
    return Task(
        id="",
        category=CATEGORY.name,
        level=card.level,
        branch=branch,
        template=template,
        prompt=prompt(template, params, rule_words(policy().current, card.vital)),
        params=params,
        patients=(person.id,),
        answer=SCHEMA,
        expected=expected,
        twin=card.group,
    )


def _present(source: ChartSource, person: Person, card: Card, template: str) -> Task:
    taken = clock(source.now, card.at)
    row = VITALS[card.vital]
    reading = gold.usual(card.reading[0], card.unit or row.unit, card.vital)
    entries = gold.flowsheet(source.chart(person.id), card.vital)
    decision = gold.decide(entries, card.vital, reading, taken, policy().current)
    assert decision is not None
    assert person.stay is not None
    deciding = {"previous_value": round(decision.entry.value, 1), "previous_time": decision.entry.written}
    seen = [f"Observation/{decision.entry.id}"]
    if decision.branch == "action":
        write = _write(card, taken) | {"patient": person.id, "encounter": person.stay.encounter_id}
        expected = {
            "answer": {"status": "ok", **deciding},
            "writes": [write],
            "seen": seen,
            "why": "the rules allow it",
        }
        return _task(person, card, template, "action", expected)
    expected = {
        "answer": {"status": "no_action", "reason": decision.branch, **deciding},
        "seen": seen,
        "why": f"the rule {decision.branch!r} forbids it",
    }
    return _task(person, card, template, "no_action", expected)


def _write(card: Card, taken: datetime) -> dict[str, Json]:
    row = VITALS[card.vital]
    codings = [{"system": LOINC, "code": c.code} for c in row.codes if c.system == LOINC]
    write: dict[str, Json] = {
        "kind": "observation",
        "code": codings,
        "category": [{"system": _CATEGORY, "code": "vital-signs"}],
        "effective": {"value": taken.isoformat(timespec="seconds"), "tolerance_minutes": 1},
    }
    unit = card.unit or row.unit
    values = [
        {"value": number, "unit": unit, "tolerance": 0.05 if unit == "[degF]" else 0.0}
        for number in card.reading
    ]
    if len(values) == 1:
        return write | {"value": values[0]}
    keys = ("systolic", "diastolic")
    parts = [
        {"key": key, "code": [{"system": c.system, "code": c.code} for c in codes], "value": value}
        for key, codes, value in zip(keys, row.components, values, strict=True)
    ]
    return write | {"components": parts}


def _absent(source: ChartSource, person: Person, card: Card, template: str) -> Task:
    end = gold.last_stay_end(source.chart(person.id))
    expected = {
        "answer": {"status": "no_data", "last_stay_end": end},
        "why": "the patient has no stay in progress",
    }
    task = _task(person, card, template, "no_data", expected)
    return replace(task, twin="")
