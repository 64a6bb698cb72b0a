"""What must hold of a suite before it is frozen: sizes, balance, variety, no hint of the gold. Says every fault."""

from __future__ import annotations

import base64
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import cast

from ..fhir_server.backend import Resource
from .base import ChartSource, Evidence, Json, Task
from .checks import judge, standard
from .meaning import at, strings
from .meaning_codes import pairs
from .registry import category
from .suite import CANARY, Split, canonical

LEVELS: Mapping[Split, Mapping[int, int]] = {"core": {1: 10, 2: 10, 3: 10}, "dev": {1: 3, 2: 4, 3: 3}}
NOTHING_FOUND = frozenset({"no_data", "not_found"})
MAX_NOTHING = Fraction(15, 100)
ACTION_SHARE = (Fraction(40, 100), Fraction(60, 100))
MIN_TEMPLATES = 5
MAX_TEMPLATE = Fraction(3, 100)
MIN_PAYLOADS = 5
MAX_SAME_GOLD = Fraction(15, 100)


def lint_suite(tasks: Mapping[str, Sequence[Task]], source: ChartSource, split: Split) -> list[str]:
    """Every fault of a suite (or of some of its categories), each with the category or task it is in."""
    faults: list[str] = []
    for name, drawn in tasks.items():
        faults += [f"{name}: {fault}" for fault in _category(name, drawn, split)]
    everything = [t for drawn in tasks.values() for t in drawn]
    faults += [f"{task.id}: {fault}" for task in everything for fault in _task(task)]
    faults += _belonging(everything, source, split)
    faults += _untold(everything, source)
    twice = [p for p, n in Counter(t.prompt for t in everything).items() if n > 1]
    faults += [f"prompt given twice: {p[:100]!r}" for p in twice]
    return faults


def _category(name: str, tasks: Sequence[Task], split: Split) -> Iterator[str]:
    total = len(tasks)
    levels = Counter(t.level for t in tasks)
    if levels != Counter(LEVELS[split]):
        yield f"levels {dict(sorted(levels.items()))}, not {dict(LEVELS[split])}"
    nothing = sum(t.branch in NOTHING_FOUND for t in tasks)
    if Fraction(nothing, total) > MAX_NOTHING:
        yield f"{nothing} of {total} find nothing; at most {float(MAX_NOTHING):.0%}"
    if category(name).kind == "action":
        writing = sum(bool(t.expected.get("writes")) for t in tasks)
        if not ACTION_SHARE[0] <= Fraction(writing, total) <= ACTION_SHARE[1]:
            yield f"{writing} of {total} want a write; 40 to 60 %"
        if split == "core" and len(payloads(tasks)) < MIN_PAYLOADS:
            yield f"only {len(payloads(tasks))} kinds of payload; at least {MIN_PAYLOADS}"
    if split == "core":
        yield from _variety(tasks)


def _variety(tasks: Sequence[Task]) -> Iterator[str]:
    """Wordings, twins, and how often one answer is right (counts for core, where they mean something)."""
    templates = Counter(t.template for t in tasks)
    if len(templates) < MIN_TEMPLATES:
        yield f"{len(templates)} wordings; at least {MIN_TEMPLATES}"
    masked = Counter(mask(t) for t in tasks)
    most = max(masked.values())
    if Fraction(most, 10 * len(tasks)) > MAX_TEMPLATE:
        yield f"one wording {most} times after masking; at most 3 % of the suite: {masked.most_common(1)[0][0][:90]!r}"
    golds = Counter(_gold_key(t) for t in tasks)
    if Fraction(max(golds.values()), len(tasks)) > MAX_SAME_GOLD:
        yield f"one expected result {max(golds.values())} times: {golds.most_common(1)[0][0][:90]!r}"
    groups: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.twin:
            groups[task.twin].append(task)
    if not groups and category(tasks[0].category).kind == "action":
        yield "no twins (same words, other chart, other result)"
    for twin, members in groups.items():
        if len(members) < 2 or len({m.template for m in members}) > 1:
            yield f"twin {twin}: {len(members)} tasks, templates {sorted({m.template for m in members})}"
        elif len({_gold_key(m) for m in members}) < 2:
            yield f"twin {twin}: all members have one result"


def _gold_key(task: Task) -> str:
    writes = [
        {k: v for k, v in w.items() if k not in {"patient", "encounter"}}
        for w in task.expected.get("writes", ())
    ]
    return canonical([task.expected.get("answer"), writes]).decode()


def payloads(tasks: Sequence[Task]) -> Counter[str]:
    """Kinds of writes among tasks, by what is written (drug or code, amount, priority, time), patients apart."""
    keys = ("kind", "drug", "code", "dose", "value", "components", "priority", "route", "occurrence")
    found: Counter[str] = Counter()
    for task in tasks:
        for write in task.expected.get("writes", ()):
            found[canonical({k: write[k] for k in keys if write.get(k) is not None}).decode()] += 1
    return found


_NUMBER_WORDS = re.compile(r"\d+")


def mask(task: Task) -> str:
    """The prompt without names, ids, dates and numbers: what stands for its wording."""
    text = task.prompt
    for value in sorted({str(v) for v in _leaves(task.params)}, key=len, reverse=True):
        if len(value) > 2:
            text = text.replace(value, "_")
    return _NUMBER_WORDS.sub("0", text)


def _leaves(node: Json) -> Iterator[Json]:
    if isinstance(node, dict):
        for value in cast("dict[str, Json]", node).values():
            yield from _leaves(value)
    elif isinstance(node, list | tuple):
        for value in cast("Sequence[Json]", node):
            yield from _leaves(value)
    else:
        yield node


def _task(task: Task) -> Iterator[str]:
    if not task.prompt.strip() or not task.template or not task.branch:
        yield "prompt, template and branch must not be empty"
    if CANARY in task.prompt:
        yield "the prompt holds the canary"
    try:
        standard(task, Evidence(None, (), ()))
    except Exception as error:  # every fault of a gold is a fault to be listed
        yield f"gold: {error}"
        return
    empties: list[Json] = [{}, [], "", None, {"status": "ok"}]
    for empty in empties:
        verdict = judge(None, task, Evidence(empty, (), ()))
        if verdict.error or verdict.passed:
            yield f"an empty answer {empty!r} gives {verdict.error or 'passed'}"
    yield from _hints(task)


def _hints(task: Task) -> Iterator[str]:
    """Nothing of the gold, and no logical id, stands in what the agent or the reference is given."""
    told = task.prompt + " " + canonical(task.params).decode()
    ids = [
        *task.patients,
        *(str(w["encounter"]) for w in task.expected.get("writes", ()) if w.get("encounter")),
    ]
    ids += [str(r).partition("/")[2] for r in task.expected.get("seen") or ()]
    for leak in sorted({i for i in ids if i and i in told}):
        yield f"the prompt or params hold the logical id {leak}"
    gold = task.expected.get("answer")
    measured = any(f.type in {"number", "integer"} and at(gold, f.name) for f in task.answer.fields)
    for field in task.answer.fields:
        # A result taken at the very end of a stated window is an edge on purpose, where its value is asked for too.
        if field.type == "string" or (field.type in {"instant", "date"} and not measured):
            for value in at(gold, field.name):
                if isinstance(value, str) and len(value) > 3 and value in told:
                    yield f"the prompt or params hold the gold of {field.name}: {value!r}"


def _belonging(tasks: Sequence[Task], source: ChartSource, split: Split) -> Iterator[str]:
    """Patients exist and are of the split; what the gold refers to is in their charts."""
    people = {p.id: p for p in source.people()}
    for task in tasks:
        for patient in task.patients:
            person = people.get(patient)
            if person is None:
                yield f"{task.id}: patient {patient} is not in the cohort"
            elif person.has_chart and person.split != split:
                yield f"{task.id}: patient {patient} is of the split {person.split}"
        if not task.patients:
            yield f"{task.id}: no patients"
        known = {
            f"{r['resourceType']}/{r['id']}" for p in task.patients if p in people for r in source.chart(p)
        }
        known |= {f"{r['resourceType']}/{r['id']}" for r in source.hospital()}
        for reference in task.expected.get("seen") or ():
            if reference not in known:
                yield f"{task.id}: the gold says that {reference} decides, which is not in the chart"


def _untold(tasks: Sequence[Task], source: ChartSource) -> Iterator[str]:
    """Every code, route and priority that is graded stands in the prompt, in a catalogue or in a policy."""
    hospital = source.hospital()
    catalogue = pairs(at(list(hospital), "code", "coding"))
    catalogue |= pairs(at(list(hospital), "productCodeableConcept", "coding"))
    catalogue |= pairs(at(list(hospital), "dosage", "route", "coding"))
    policies = " ".join(policy_texts(hospital))
    for task in tasks:
        words = f"{task.prompt} {policies}".casefold()
        for write in task.expected.get("writes", ()):
            codings = [write.get("drug"), write.get("code"), write.get("route")]
            codings += [part["code"] for part in write.get("components", ())]
            for accepted in (pairs(c) for c in codings if c):
                if not accepted & catalogue and not any(code.casefold() in words for _, code in accepted):
                    yield f"{task.id}: {sorted(accepted)} is graded and told nowhere"
            if write.get("priority") and str(write["priority"]) not in words:
                yield f"{task.id}: priority {write['priority']} is graded and told nowhere"


def policy_texts(hospital: Sequence[Resource]) -> list[str]:
    """The texts of the documents that belong to no patient."""
    documents = [r for r in hospital if r["resourceType"] == "DocumentReference"]
    return [base64.b64decode(data).decode() for data in strings(documents, "content", "attachment", "data")]
