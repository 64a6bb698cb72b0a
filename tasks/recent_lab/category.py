"""Recent laboratory values: the latest one that counts, in the unit asked for, with its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import TypeAlias

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import Person, Placement
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Solution, Split, Task, TaskView
from ..policies import Policy
from ..solving import finish
from . import gold, reference
from .asking import shortcuts
from .questions import QUESTIONS, Question
from .rules import (
    MORE,
    PROTOCOL,
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
from .wording import TEMPLATES, now_text, patient_params, who

NAME = "recent-lab"
SIZES: Mapping[str, Mapping[int, int]] = {"core": {1: 10, 2: 10, 3: 10}, "dev": {1: 3, 2: 4, 3: 3}}
DENIALS = ("not ", "no ")
"""A comment with such a word could be read as denying what it names; charts with one in the window are passed over."""


def schema(question: Question) -> AnswerSchema:
    """The answer's shape: value, its sign where limits count as such, its time; the last time where there is none."""
    by = "collection (effectiveDateTime)" if question.basis == "collected" else "release (issued)"
    value = AnswerField(
        "value",
        "number",
        f"The value in {question.unit}, {rounding(question.decimals)}",
        unit=question.unit,
        tolerance=0.5 * 10**-question.decimals,
    )
    time = AnswerField("time", "instant", f"Time of {by} of that result", tolerance=60)
    last = AnswerField(
        "last_time",
        "instant",
        f"Time of {by} of the newest result before the window that would have counted",
        tolerance=60,
        statuses=("no_data",),
    )
    signs = (AnswerField("comparator", "choice", "The comparator of the result", choices=("none", "<", ">")),)
    return AnswerSchema((value, *(signs if has_signs(question) else ()), time, last), ("ok", "no_data"))


def has_signs(question: Question) -> bool:
    """Whether a result such as "<6" is an answer, so that its comparator is asked for."""
    return (question.rules or PROTOCOL.current).limits == "bound"


def prompt(question: Question, said: Mapping[str, Json], now: str) -> str:
    """The request, whole."""
    template = TEMPLATES[question.template]
    factor = conversion(question.analyte, question.unit)
    rules = (
        f"Which results count is written in the hospital's document {PROTOCOL.number}, {PROTOCOL.title!r}; go by the "
        "version in force, which is on the server."
        if question.rules is None
        else what_counts(question.rules, question.basis, template.style, as_answer=True)
    )
    return template.text.format(
        who=who(said),
        lab=lab_name(question.analyte),
        window=span(question.window, question.basis, template.style),
        rules=f"- {rules}" if question.rules is None and template.style == "list" else rules,
        unit=f"{unit_name(question.unit)}, {rounding(question.decimals)}{f' ({factor})' if factor else ''}",
        answer=_answer(question, template.style),
        now=now,
    )


def _answer(question: Question, style: Style) -> str:
    when = "collection" if question.basis == "collected" else "release"
    said = "value, comparator (none where there is none)" if has_signs(question) else "value"
    match style:
        case "terse":
            return (
                f"Answer: ok with {said} and time of {when}; nothing there that counts: no_data with last_time, the "
                f"{when} time of the newest older one that would have counted."
            )
        case "casual":
            return (
                f"Finish with status ok and {said} and the {when} time as time. If nothing in there counts, finish "
                f"with no_data and, as last_time, when ({when}) the newest earlier one was that would have counted."
            )
        case _:
            return (
                f"Answer with status ok, {said} and time (of {when}); if nothing in the window counts, with status "
                f"no_data and last_time, the {when} time of the newest earlier result that would have counted."
            )


def _guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Answers a common value of this morning's round."""
    morning = view.now.replace(hour=5, minute=30)
    common: Mapping[str, float] = {"mmol/L": 138, "g/L": 102, "mg/dL": 14.4, "umol/L": 22}
    said = {"comparator": "none"} if params["signs"] else {}
    value = common.get(str(params["unit"]), 12)
    return finish("ok", value=value, time=morning.isoformat(timespec="seconds"), **said)


Bind: TypeAlias = Callable[[ChartSource, Placement, Person], Task | None]


def sample(
    source: ChartSource,
    split: Split,
    rng: Random,
    *,
    topic: str,
    order: Sequence[str],
    bind: Bind,
) -> list[Task]:
    """The tasks of a split, level by level, in random order within a level.

    Twins first: two charts for each question; the sizes of each level as the suite wants them.
    """
    people = {p.index: p for p in source.people()}
    tasks: list[Task] = []
    for level, size in SIZES[split].items():
        groups: dict[str, list[Task]] = {}
        for placement in sorted(source.ledger(topic), key=lambda p: p.kind):
            person = people[placement.person]
            if person.split == split and placement.details["level"] == level:
                task = bind(source, placement, person)
                if task is not None:
                    groups.setdefault(placement.details["question"], []).append(task)
        chosen = pick(groups, order, size)
        rng.shuffle(chosen)
        tasks += chosen
    return tasks


def pick(groups: Mapping[str, Sequence[Task]], order: Sequence[str], size: int) -> list[Task]:
    """`size` tasks of different questions: twins of as many as there is room for, the first in `order` first.

    A question that is asked once is asked of its second chart, which has more in the way. A third of the tasks at
    least are twins' second halves; where charts do not suit, whatever is left steps in.

    Raises:
        TaskError: there are not enough.
    """
    asked = [groups[key] for key in order if groups.get(key)][: size - size // 3]
    spare = size - len(asked)
    chosen: list[Task] = []
    for group in asked:
        if spare > 0 and len(group) > 1:
            chosen += group[:2]
            spare -= 1
        else:
            chosen.append(group[min(1, len(group) - 1)])
    taken = {id(task) for task in chosen}
    rest = [task for key in order for task in groups.get(key, ()) if id(task) not in taken]
    if len(chosen) + len(rest) < size:
        raise TaskError(
            f"{size} laboratory tasks of a level are wanted, {len(chosen) + len(rest)} can be asked"
        )
    return [*chosen, *rest][:size]


def bind(source: ChartSource, placement: Placement, person: Person) -> Task | None:
    """The question of a planted situation asked of its chart; None where the chart does not suit."""
    question = QUESTIONS[placement.details["question"]]
    chart = source.chart(person.id)
    rules: Rules = question.rules or PROTOCOL.current
    found = gold.counting(chart, question.analyte, question.unit, rules)
    expected = expect(question, found, source.now)
    if expected is None or is_unclear(chart, question.analyte):
        return None
    said = patient_params(person, TEMPLATES[question.template].how)
    params = said | {
        "analyte": question.analyte,
        "unit": question.unit,
        "decimals": question.decimals,
        "window": as_params(question.window),
        "basis": question.basis,
        "rules": as_params(question.rules) if question.rules else None,
        "signs": has_signs(question),
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


def expect(question: Question, found: Sequence[gold.Result], now: datetime) -> dict[str, Json] | None:
    """The gold; None where rounding is doubtful or a chart has no earlier result to tell."""
    within = gold.inside(found, question.window, question.basis, now)
    last = gold.latest(within, question.basis)
    if last is None:
        before = gold.last_before(found, question.window, question.basis, now)
        if before is None:
            return None
        answer: dict[str, Json] = {"status": "no_data", "last_time": _stamp(before, question)}
        return {"answer": answer, "seen": [before.reference], "why": "nothing in the window counts"}
    if gold.is_doubtful(last.value, question.decimals):
        return None
    answer = {
        "status": "ok",
        "value": gold.rounded(last.value, question.decimals),
        "time": _stamp(last, question),
    }
    if has_signs(question):
        answer["comparator"] = last.comparator or "none"
    return {"answer": answer, "seen": [last.reference], "why": "the latest result that counts"}


def _stamp(result: gold.Result, question: Question) -> str:
    return result.time(question.basis).isoformat(timespec="seconds")


def is_unclear(chart: Sequence[Resource], analyte: str) -> bool:
    """Whether a comment on one of the analyte's results could be read either way."""
    said = [n.get("text", "").casefold() for r in gold.of_analyte(chart, analyte) for n in r.get("note", ())]
    return any(stem in text and any(word in text for word in DENIALS) for text in said for stem in _STEMS)


_STEMS = ("hemoly", "clot", "contaminat", "clump", "dilut")

CATEGORY = Assembled(
    name=NAME,
    title="Latest lab value",
    kind="query",
    draw=partial(sample, topic=NAME, order=tuple(QUESTIONS), bind=bind),
    solve=reference.solve,
    guess=_guess,
    faults=shortcuts(reference.solve),
)


def policies() -> tuple[Policy, ...]:
    """LB-07 for the server, the oldest version first."""
    return documents(PROTOCOL, MORE)
