"""Sampled tasks of one category on a small server, and what an episode did with one fault each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from chartgym.agents.base import Agent
from chartgym.agents.driver import play
from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Change
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Evidence, Task
from chartgym.tasks.freeze import PlanSource, generate
from chartgym.tasks.policies import Policy


class Ward:
    """The tasks of seed 1 on a server with what they need of the charts."""

    def __init__(self, name: str, policies: Sequence[Policy], kinds: frozenset[str]) -> None:
        """`kinds` are the resource types that the category reads."""
        self.source = PlanSource(build_plan(1), policies)
        self.tasks: Mapping[str, tuple[Task, ...]] = {
            "core": generate(name, self.source, "core", 1),
            "dev": generate(name, self.source, "dev", 1),
        }
        people = sorted({p for tasks in self.tasks.values() for t in tasks for p in t.patients})
        rows = [r for p in people for r in self.source.chart(p) if r["resourceType"] in kinds]
        self.server = EmbeddedServer.from_resources([*self.source.hospital(), *rows], references=False)

    def play(self, agent: Agent, task: Task) -> Episode:
        """An ended episode."""
        with self.server.open_session(task.id) as session:
            episode = Episode(task, session)
            play(agent, episode)
            episode.verdict()
            return episode


def spoiled(evidence: Evidence, faults: Mapping[str, Any]) -> list[Evidence]:
    """The same with one thing wrong in the creates: one left out, one doubled, an element replaced."""
    found: list[Sequence[Change]] = []
    for number, change in enumerate(evidence.changes):
        others = [c for i, c in enumerate(evidence.changes) if i != number]
        found += [others, [*evidence.changes, replace(change, id="x")]]
        assert change.after is not None
        for element, value in faults.items():
            after: dict[str, Any] = deepcopy(change.after)
            after[element] = value
            found.append([*others, replace(change, after=after)])
    return [replace(evidence, changes=tuple(changes)) for changes in found]


def replaced(task: Task, evidence: Evidence, wrong: Mapping[str, tuple[Any, Any]]) -> list[Evidence]:
    """The same with one field of the answer replaced by the first of two values that differs from it."""
    answer = cast("dict[str, Any]", evidence.answer)
    pairs = {name: wrong[name] for name in wrong if name in task.expected["answer"]}
    return [
        replace(evidence, answer={**answer, name: second if answer[name] == first else first})
        for name, (first, second) in pairs.items()
    ]


ORDER_FAULTS: Mapping[str, Any] = {
    "status": "draft",
    "intent": "plan",
    "subject": {"reference": "Patient/other"},
    "occurrenceDateTime": "2026-03-10T15:00:00-04:00",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
    "doNotPerform": True,
}
"""What no order of a laboratory test may be."""
