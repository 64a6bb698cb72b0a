"""What the attacks share: the oracle's moves on every task, variants of them, and how a variant is judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatch
from itertools import pairwise
from typing import Any, TypeAlias

from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Resource, Session
from chartgym.fhir_server.cohort import codes
from chartgym.fhir_server.cohort.plan import Person
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Json, Task, ToolCall, Verdict
from chartgym.tasks.suite import load_suite, require_cohort

from .conftest import Hospital, Played

Node: TypeAlias = Any
"""A place in a resource. FHIR is open."""


@dataclass(frozen=True)
class Run:
    """The oracle's episode on one task.

    Attributes:
        moves: every call in order, `finish` included.
        writes: the resources of its creates.
        specs: for each write the part of the gold that it fulfils.
        answer: what it finished with.
    """

    task: Task
    moves: tuple[ToolCall, ...]
    writes: tuple[Resource, ...]
    specs: tuple[Mapping[str, Json], ...]
    answer: Mapping[str, Json]


@dataclass(frozen=True)
class Variant:
    """The oracle's writes and answer with one thing changed.

    Attributes:
        label: what was changed.
        criteria: patterns, of which one must match a critical criterion that fails; for must-fail variants.
        answer: as given to `finish`.
        before: calls made first.
        after: done with the session and the created references once all is written, before `finish`.
    """

    label: str
    criteria: tuple[str, ...]
    writes: tuple[Resource, ...]
    answer: Json
    before: tuple[ToolCall, ...] = ()
    after: Callable[[Session, Sequence[str]], None] | None = None


Attack: TypeAlias = Callable[[Run], Iterable[Variant]]


@dataclass(frozen=True)
class Outcome:
    """How a variant went: the verdict, and what the server or `finish` refused."""

    verdict: Verdict
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """All runs, and the server they are replayed on.

    Attributes:
        near: for each patient another one with a chart and a stay, and the one with the nearest name.
    """

    server: EmbeddedServer
    runs: tuple[Run, ...]
    near: Mapping[str, tuple[Person, ...]]

    def replay(self, run: Run, variant: Variant) -> Outcome:
        """A variant in a fresh episode. Reads are left out: the state and the answer decide."""
        with self.server.open_session(run.task.id) as session:
            episode = Episode(run.task, session)
            refused: list[str] = []
            created: list[str] = []
            for call in variant.before:
                episode.call(call)
            for resource in variant.writes:
                result = episode.call(ToolCall("fhir_create", {"resource": resource}))
                if not result.ok:
                    refused.append(result.text[:300])
            if variant.after is not None:
                created = [f"{c.resource_type}/{c.id}" for c in session.changes()]
                variant.after(session, created)
            result = episode.call(ToolCall("finish", variant.answer))
            if not result.ok:
                refused.append(result.text[:300])
            return Outcome(episode.verdict(), tuple(refused))

    def all_fail(self, attack: Attack) -> tuple[int, list[str]]:
        """Plays an attack on every task; how many variants there were, and each that was not caught as it should."""
        return self._over(attack, _uncaught)

    def all_pass(self, attack: Attack) -> tuple[int, list[str]]:
        """Plays equivalents on every task; how many variants there were, and each that did not pass."""
        return self._over(attack, _unfair)

    def _over(self, attack: Attack, fault: Callable[[Variant, Outcome], str | None]) -> tuple[int, list[str]]:
        count = 0
        faults: list[str] = []
        for run in self.runs:
            for variant in attack(run):
                count += 1
                said = fault(variant, self.replay(run, variant))
                if said:
                    faults.append(f"{run.task.id} {variant.label}: {said}")
        return count, faults


def _uncaught(variant: Variant, outcome: Outcome) -> str | None:
    verdict = outcome.verdict
    if verdict.error:
        return f"the checker broke: {verdict.error}"
    if verdict.passed:
        return "passed"
    failing = [c.id for c in verdict.criteria if c.applies and c.critical and not c.passed]
    wanted = (*variant.criteria, *(("*.present", "answer.given") if outcome.refused else ()))
    if any(fnmatch(name, pattern) for name in failing for pattern in wanted):
        return None
    return f"failed by {', '.join(failing)} instead of {' or '.join(variant.criteria)}"


def _unfair(variant: Variant, outcome: Outcome) -> str | None:
    del variant
    verdict = outcome.verdict
    if verdict.passed:
        return None
    found = [f"{c.id}: {c.got}" for c in verdict.criteria if c.applies and c.critical and not c.passed]
    return "; ".join([*filter(None, [verdict.error]), *outcome.refused[:2], *found[:3]])


# -- the oracle's runs ---------------------------------------------------------------------------------------


def field_of(hospital: Hospital) -> Field:
    """The oracle's runs over the whole core suite, every category that is registered."""
    suite = load_suite("core")
    require_cohort(suite, hospital.cohort.hash)
    runs = tuple(_run(hospital.oracle(task)) for task in suite.tasks)
    people = hospital.cohort.plan.people
    patients = {p for run in runs for p in run.task.patients}
    return Field(hospital.server, runs, {p.id: _near(p, people) for p in people if p.id in patients})


def _near(person: Person, people: Sequence[Person]) -> tuple[Person, ...]:
    """Another inpatient, and the patient whose name is nearest."""
    others = [p for p in people if p.id != person.id]
    inpatients = [p for p in others if p.stay is not None]
    family, given = person.name.family, person.name.given[0]
    namesake = max(others, key=lambda p: (p.name.family == family) + (p.name.given[0] == given))
    return inpatients[person.index % len(inpatients)], namesake


def _run(played: Played) -> Run:
    """What the oracle did on a task; it must have passed."""
    task = played.task
    assert played.verdict.passed, f"the oracle fails {task.id}: {played.error or played.verdict}"
    moves = tuple(step.call for step in played.evidence.log)
    writes = tuple(dict(m.arguments["resource"]) for m in moves if m.tool == "fhir_create")
    specs = _fulfilled(task.expected.get("writes") or (), writes)
    return Run(task, moves, writes, specs, dict(moves[-1].arguments))


def _fulfilled(
    specs: Sequence[Mapping[str, Json]], writes: Sequence[Resource]
) -> tuple[Mapping[str, Json], ...]:
    """The expected write of each write, by its code; of several with one code in order."""
    left = list(specs)
    found: list[Mapping[str, Json]] = []
    for write in writes:
        codes = _codes(write.get("code") or write.get("medicationCodeableConcept") or {})
        spec = next(s for s in left if codes & {(c["system"], c["code"]) for c in s.get("code") or s["drug"]})
        left.remove(spec)
        found.append(spec)
    return tuple(found)


def _codes(concept: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(c["system"], c["code"]) for c in concept.get("coding", [])}


# -- making variants -----------------------------------------------------------------------------------------


def as_is(run: Run, label: str = "as it is") -> Variant:
    """The oracle's own writes and answer."""
    return Variant(label, (), run.writes, run.answer)


def with_write(run: Run, index: int, resource: Resource, label: str, *criteria: str) -> Variant:
    """One write put in place of another."""
    writes = (*run.writes[:index], resource, *run.writes[index + 1 :])
    return replace(
        as_is(run, f"{label} ({resource['resourceType']} {index + 1})"), writes=writes, criteria=criteria
    )


def with_answer(run: Run, label: str, answer: Json, *criteria: str) -> Variant:
    """Another answer."""
    return replace(as_is(run, label), answer=answer, criteria=criteria)


def edited(resource: Resource, path: str, value: Json) -> Resource:
    """A copy with the element at a dotted path set; None removes it. Steps that are missing are made."""
    copy = deepcopy(resource)
    node: Node = copy
    *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
    for step, after in pairwise([*steps, last]):
        node = (
            node[step]
            if isinstance(step, int)
            else node.setdefault(step, [{}] if isinstance(after, int) else {})
        )
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value
    return copy


def value_at(resource: Node, path: str) -> Node:
    """The element at a dotted path, None where there is none."""
    node = resource
    for step in path.split("."):
        if isinstance(node, list):
            node = node[int(step)] if int(step) < len(node) else None  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        elif isinstance(node, dict):
            node = node.get(step)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        else:
            return None
    return node  # pyright: ignore[reportUnknownVariableType]


def writes_of(run: Run, *types: str) -> Iterator[tuple[int, Resource, Mapping[str, Json]]]:
    """The writes of some types with their places and specs."""
    for index, (write, spec) in enumerate(zip(run.writes, run.specs, strict=True)):
        if write["resourceType"] in types:
            yield index, write, spec


def dealt(run: Run, names: Iterable[str], count: int) -> list[str]:
    """Some names, others for each task, so that all tasks together see every one."""
    every = list(names)
    start = int(run.task.id[-3:]) * count
    return [every[(start + i) % len(every)] for i in range(count)]


def words_of(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def own_terms(code: str) -> str:
    """What the hospital's tables call the item of a code, all names in one text."""
    tables = (codes.SERVICES, codes.VITALS, codes.ANALYTES)
    terms = [t for table in tables for t in table.values() if any(c.code == code for c in t.codes)]
    return " ".join(f"{t.name} {t.text} {' '.join(c.display for c in t.codes)}" for t in terms)


def shifted(instant: str, minutes: int) -> str:
    """An instant moved by some minutes, offset kept."""
    return (datetime.fromisoformat(instant) + timedelta(minutes=minutes)).isoformat()


def told(faults: Sequence[str], limit: int = 40) -> str:
    """Faults for an assertion's message, those of one kind on one line with the tasks that have it."""
    kinds: dict[str, list[str]] = {}
    for fault in faults:
        task, _, said = fault.partition(" ")
        kinds.setdefault(said, []).append(task)
    lines = [f"{said} [{len(tasks)}: {', '.join(tasks[:4])}]" for said, tasks in kinds.items()]
    more = f"\n... and {len(lines) - limit} more" if len(lines) > limit else ""
    return "\n".join(lines[:limit]) + more
