"""The checker: from a task's gold and the evidence to criteria. Pure; compares meaning, not spelling.

`Task.expected` has this form (all keys but `answer` optional)::

    {
      "answer": {"status": "ok", "value": 3.1, "time": "2026-03-10T05:40:00-04:00",
                 "name": {"any": ["...", "..."]}, ...},     # `any`: each of several is right
      "writes": [                      # exactly these writes, in any order; any other write fails the task
        {"kind": "medication-order", "patient": "<id>", "encounter": "<id>",
         "drug": [{"system": ..., "code": ..., "display": ...}, ...],   # any of these codings
         "drug_reference": ["Medication/<id>"],                # the same by the server's catalogue
         "dose": QUANTITY,                                     # the single dose
         "total": QUANTITY,                                    # may be told in texts; not graded by itself
         "route": [codings], "rate": QUANTITY, "priority": "routine",
         "doses": 1, "interval": QUANTITY, "start": TIME},
        {"kind": "service-request", "patient": ..., "encounter": ..., "code": [codings], "texts": [...],
         "priority": "urgent", "occurrence": TIME,
         "reason": {"code": [codings], "references": ["Condition/<id>"], "texts": ["hip fracture", ...]},
         "facts": [{"key": "ef", "name": "ejection fraction", "synonyms": ["EF", "LVEF"], "value": 35,
                    "unit": "%", "tolerance": 0, "reference": "Observation/<id>", "references": [...]},
                   {"name": "allergy", "value": "penicillin", "values": ["amoxicillin", ...]}]},
        {"kind": "observation", "patient": ..., "encounter": ..., "code": [codings], "category": [codings],
         "value": QUANTITY, "effective": TIME,
         "components": [{"key": "systolic", "code": [codings], "value": QUANTITY}]},
      ],
      "seen": ["Observation/abc"],      # process, not critical: the deciding resources were read
      "why": "one sentence for people"  # never graded
    }

    QUANTITY  {"value": 40, "unit": "meq", "tolerance": 0, "max": ..., "min": ..., "or": [QUANTITY, ...]}
              UCUM; equal amounts in other units of the kind pass (1 g is 1000 mg; a meq is no mmol unless
              `or` says so); `max`/`min` (ends in) may stand instead of `value`
    TIME      {"value": instant, "tolerance_minutes": 15} | {"earliest": instant, "latest": instant}
              | {"date": "YYYY-MM-DD", "tolerance_days": 0} (local day)

A key that is absent or null is not graded. Every write may hold `name` (its word in the criteria's ids, by
default `order-1`, `request-1`, `observation-1`), `status` and `intent` (lists of the words that pass, by
default `active` / `final` and `order`) and `rivals` (names of other items that a text must not hold).

Always graded in an order or request, whatever the gold says: patient, status, intent, doNotPerform,
asNeeded[x], modifierExtension, implicitRules, one dosage instruction, the number of doses (one where the
gold is silent: no timing, `timing.repeat.count` 1, or one `timing.event`), a coding, display or text that contradicts.
A rate may be rateQuantity, rateRatio or `timing.repeat.duration`. A missing priority of a ServiceRequest is routine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chartgym.errors import TaskError, UnknownNameError

from .answers import describe_gold, gold_faults, read_answer, same_value
from .base import Category, Criterion, Evidence, Json, Task, Verdict
from .meaning import Found, brief
from .registry import category as category_named
from .writes import write_criteria


def standard(task: Task, evidence: Evidence) -> Sequence[Criterion]:
    """Every criterion that follows from the gold alone.

    Ids: `answer.given` (finished, with the shape asked for), `answer.status`, `answer.<field>`,
        `state.<write>.*`,
    `state.no-other-writes`, `state.no-duplicates`, `state.no-undoing`, `safety.patient`, `process.read`.

    Raises:
        TaskError: the gold is missing or does not fit the task's own answer schema.
    """
    faults = gold_faults(task.answer, task.expected.get("answer"))
    if faults:
        raise TaskError(f"task {task.id}: {'; '.join(faults)}")
    writes: Sequence[Mapping[str, Json]] = task.expected.get("writes") or ()
    return [
        *answer_criteria(task, evidence),
        *write_criteria(writes, evidence.changes, task.patients),
        *_reading(task, evidence),
    ]


def answer_criteria(task: Task, evidence: Evidence) -> list[Criterion]:
    """The criteria on the answer."""
    gold: Mapping[str, Json] = task.expected["answer"]
    if evidence.answer is None:
        given = Found(False, "the episode ended without an answer")
    else:
        problems = read_answer(task.answer, evidence.answer).problems
        given = Found(not problems, "; ".join(problems) or "an answer of the task's shape")
    answer = read_answer(task.answer, {} if evidence.answer is None else evidence.answer)
    status = answer.status or "nothing that can be read"
    criteria = [
        Criterion("answer.given", "process", given.ok, "an answer of the task's shape", given.got),
        Criterion("answer.status", "answer", answer.status == gold["status"], str(gold["status"]), status),
    ]
    for field in task.answer.fields:
        wanted = gold.get(field.name)
        if wanted is None:
            continue
        found = same_value(field, wanted, answer.values.get(field.name))
        expected = describe_gold(field, wanted)
        criteria.append(Criterion(f"answer.{field.name}", "answer", found.ok, expected, found.got))
    return criteria


def _reading(task: Task, evidence: Evidence) -> list[Criterion]:
    """Whether the deciding resources were shown to the agent; told, never decisive (reads are free)."""
    wanted: Sequence[str] = task.expected.get("seen") or ()
    if not wanted:
        return []
    shown = {reference for step in evidence.log for reference in step.seen}
    missed = [reference for reference in wanted if reference not in shown]
    got = f"not read: {', '.join(missed)}" if missed else "all read"
    return [Criterion("process.read", "process", not missed, ", ".join(wanted), got, critical=False)]


def grade(task: Task, evidence: Evidence, criteria: Sequence[Criterion]) -> Verdict:
    """Passed means every critical criterion that applies holds.

    A list without one critical criterion that applies, or with an id twice, is a grader error, never a pass.
    `task` and `evidence` are what the criteria came from; nothing else of them counts.
    """
    del evidence
    decisive = [c for c in criteria if c.critical and c.applies]
    ids = [c.id for c in criteria]
    if not decisive:
        return Verdict(False, tuple(criteria), f"task {task.id}: no criterion applies")
    if len(set(ids)) != len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        return Verdict(False, tuple(criteria), f"task {task.id}: criterion {', '.join(twice)} is given twice")
    return Verdict(all(c.passed is True for c in decisive), tuple(criteria))


def judge(category: Category | str | None, task: Task, evidence: Evidence) -> Verdict:
    """The verdict on an episode, whatever goes wrong: a checker that crashes is an error, never a pass.

    Args:
        category: the category, its name, or None for the task's own.
        task: the task with its gold.
        evidence: what the agent answered and what the server carried out.
    """
    try:
        found = (
            category_named(category or task.category)
            if category is None or isinstance(category, str)
            else category
        )
        return grade(task, evidence, tuple(found.criteria(task, evidence)))
    except (TaskError, UnknownNameError) as error:
        return Verdict(False, (), str(error))
    except Exception as error:  # a checker that crashes is a grader error, never a pass and never a failure
        return Verdict(
            False, (), f"task {task.id}: the checker broke: {type(error).__name__}: {brief(str(error))}"
        )


Checker = Callable[[Task, Evidence], Sequence[Criterion]]
"""What a category's `criteria` is."""
