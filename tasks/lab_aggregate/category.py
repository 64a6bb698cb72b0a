"""Figures over a window of laboratory values: mean, median, minimum, maximum, count, change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from ...fhir_server.cohort.plan import Person, Placement
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Solution, Task, TaskView
from ..policies import Policy
from ..recent_lab import gold as values
from ..recent_lab.asking import shortcuts
from ..recent_lab.category import is_unclear, sample
from ..recent_lab.rules import (
    Rules,
    Style,
    as_params,
    conversion,
    documents,
    lab_name,
    rounding,
    span,
    unit_name,
    what_counts,
)
from ..recent_lab.wording import now_text, patient_params, who
from ..solving import finish
from . import gold, reference
from .questions import QUESTIONS, Figure, Question
from .rules import MORE, PROTOCOL
from .wording import TEMPLATES

NAME = "lab-aggregate"

_WORDS: Mapping[Figure, str] = {
    "mean": "the mean",
    "median": "the median",
    "minimum": "the lowest value",
    "maximum": "the highest value",
    "change": "the change (last value minus first value, negative where it fell)",
    "count": "the number of results",
}
_HOW: Mapping[Figure, str] = {
    "mean": "Convert, then average, then round the mean only.",
    "median": "With an even number of results it is the mean of the two in the middle.",
    "minimum": "Of equal lowest ones the earliest counts.",
    "maximum": "Of equal highest ones the earliest counts.",
    "change": "It needs two results.",
    "count": "A value exactly at the limit is not beyond it.",
}


def schema(question: Question) -> AnswerSchema:
    """The answer's shape: the figure, how many results it rests on, a time; the last time where there is none."""
    whose = {"minimum": "the lowest result", "maximum": "the highest result"}.get(question.figure)
    counted = question.figure == "count"
    value = AnswerField(
        "value",
        "integer" if counted else "number",
        f"The number of results {_beyond(question)}"
        if counted
        else f"{_WORDS[question.figure].capitalize()} in {question.unit}, {rounding(question.decimals)}",
        unit=None if counted else question.unit,
        tolerance=0.0 if counted else 0.5 * 10**-question.decimals,
    )
    count = AnswerField(
        "count", "integer", "How many results in the window count (all that the figure rests on)"
    )
    time = AnswerField(
        "time", "instant", f"Collection time of {whose or 'the newest result that counts'}", tolerance=60
    )
    last = AnswerField(
        "last_time",
        "instant",
        "Collection time of the newest result before the window that would have counted",
        tolerance=60,
        statuses=("no_data",),
    )
    return AnswerSchema((value, count, time, last), ("ok", "no_data"))


def _beyond(question: Question) -> str:
    return (
        f"above {question.above} {question.unit}"
        if question.above
        else f"below {question.below} {question.unit}"
    )


def prompt(question: Question, said: Mapping[str, Json], now: str) -> str:
    """The request, whole."""
    template = TEMPLATES[question.template]
    rules = (
        f"Which results count is written in the hospital's document {PROTOCOL.number}, {PROTOCOL.title!r}; go by the "
        "version in force, which is on the server."
        if question.rules is None
        else what_counts(question.rules, "collected", template.style, as_answer=False)
    )
    figure = _WORDS[question.figure]
    counted = question.figure == "count"
    factor = conversion(question.analyte, question.unit)
    unit = unit_name(question.unit) + ("" if counted else f", {rounding(question.decimals)}")
    return template.text.format(
        who=who(said),
        figure=f"{figure} {_beyond(question)}" if counted else figure,
        lab=lab_name(question.analyte),
        window=span(question.window, "collected", template.style),
        rules=f"- {rules}" if question.rules is None and template.style == "list" else rules,
        unit=f"{unit}{f' ({factor})' if factor else ''}",
        answer=_answer(question, template.style),
        now=now,
    )


def _answer(question: Question, style: Style) -> str:
    whose = {"minimum": "the lowest", "maximum": "the highest"}.get(
        question.figure, "the newest one that counts"
    )
    few = "fewer than two count" if question.figure == "change" else "none counts"
    how = _HOW[question.figure]
    match style:
        case "terse":
            return (
                f"{how} Answer: ok with value, count (results in the window that count), time (collection of {whose}); "
                f"{few}: no_data with last_time, collection of the newest earlier one that would have counted."
            )
        case "casual":
            return (
                f"{how} Finish with status ok, value, count (how many results count in that window) and time (when "
                f"{whose} was collected). If {few}, finish with no_data and, as last_time, the collection time of the "
                "newest one before the window that would have counted."
            )
        case _:
            return (
                f"{how} Answer with status ok, value, count (how many results in the window count) and time (of "
                f"collection, of {whose}); if {few}, with status no_data and last_time, the collection time of the "
                "newest result before the window that would have counted."
            )


def _guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Answers a common figure of this morning's round."""
    morning = view.now.replace(hour=5, minute=30)
    common: Mapping[str, float] = {"mmol/L": 138, "g/L": 88, "mg/dL": 40, "umol/L": 140}
    value = 4 if params["figure"] == "count" else common.get(str(params["unit"]), 0)
    return finish("ok", value=value, count=8, time=morning.isoformat(timespec="seconds"))


def bind(source: ChartSource, placement: Placement, person: Person) -> Task | None:
    """The question of a planted situation asked of its chart; None where the chart does not suit."""
    question = QUESTIONS[placement.details["question"]]
    chart = source.chart(person.id)
    rules: Rules = question.rules or PROTOCOL.current
    found = values.counting(chart, question.analyte, question.unit, rules)
    expected = expect(question, found, source.now)
    if expected is None or is_unclear(chart, question.analyte):
        return None
    said = patient_params(person, TEMPLATES[question.template].how)
    params = said | {
        "analyte": question.analyte,
        "figure": question.figure,
        "unit": question.unit,
        "decimals": question.decimals,
        "window": as_params(question.window),
        "basis": "collected",
        "rules": as_params(question.rules) if question.rules else None,
        "above": question.above,
        "below": question.below,
    }
    return Task(
        id="",
        category=NAME,
        level=placement.details["level"],
        branch="query" if expected["answer"]["status"] == "ok" else "no_data",
        template=question.template,
        prompt=prompt(question, said, now_text(source.now)),
        params=params,
        patients=(person.id,),
        answer=schema(question),
        expected=expected,
        twin=question.key,
    )


def expect(question: Question, found: Sequence[values.Result], now: datetime) -> dict[str, Json] | None:
    """The gold; None where rounding is doubtful, or where a chart has nothing earlier to tell."""
    within = values.inside(found, question.window, "collected", now)
    summary = gold.summarize(question, within)
    if summary is None:
        before = values.last_before(found, question.window, "collected", now)
        if before is None or within:
            return None
        answer: dict[str, Json] = {"status": "no_data", "last_time": _stamp(before)}
        return {"answer": answer, "seen": [before.reference], "why": "nothing in the window counts"}
    exact = gold.as_decimal(summary.value)
    if values.is_doubtful(exact, question.decimals) or _has_rival(question, within):
        return None
    value = values.rounded(exact, question.decimals)
    answer = {
        "status": "ok",
        "value": int(value) if question.figure == "count" else value,
        "count": summary.count,
        "time": _stamp(summary.of),
    }
    return {"answer": answer, "seen": [r.reference for r in within], "why": f"{summary.count} results count"}


def _has_rival(question: Question, within: Sequence[values.Result]) -> bool:
    """Whether another result is so near the extreme that rounding first would make them equal."""
    if question.figure not in {"minimum", "maximum"}:
        return False
    ordered = sorted({r.value for r in within}, reverse=question.figure == "maximum")
    return len(ordered) > 1 and abs(ordered[0] - ordered[1]) <= Decimal(1).scaleb(-question.decimals)


def _stamp(result: values.Result) -> str:
    return result.collected.isoformat(timespec="seconds")


CATEGORY = Assembled(
    name=NAME,
    title="Lab values summarized",
    kind="query",
    draw=partial(sample, topic=NAME, order=tuple(QUESTIONS), bind=bind),
    solve=reference.solve,
    guess=_guess,
    faults=shortcuts(reference.solve),
)


def policies() -> tuple[Policy, ...]:
    """LB-08 for the server, the oldest version first."""
    return documents(PROTOCOL, MORE)
