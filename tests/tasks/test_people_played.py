"""Look-ups and demographics played on the embedded server: by the reference, by agents with a fault, by none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from chartgym.agents.base import Agent
from chartgym.agents.driver import play
from chartgym.agents.scripted import NoopAgent, blind, oracle, shortcut
from chartgym.env.episode import Episode
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Task, ToolCall
from chartgym.tasks.freeze import PlanSource, generate

NAMES = ("patient-lookup", "demographics")


@dataclass(frozen=True)
class Ward:
    """The frozen people of seed 1 on a server with the charts that the tasks need."""

    source: PlanSource

    @cached_property
    def tasks(self) -> Mapping[str, tuple[Task, ...]]:
        """The tasks of each category, core first."""
        both = ("core", "dev")
        return {n: tuple(t for s in both for t in generate(n, self.source, s, 1)) for n in NAMES}

    @cached_property
    def server(self) -> EmbeddedServer:
        """Everybody's Patient, and whole charts where a task asks for more."""
        needed = {p for t in self.tasks["demographics"] for p in t.patients}
        charts = [p.id for p in self.source.people() if p.has_chart and p.id in needed]
        rest = [r for c in charts for r in self.source.chart(c) if r["resourceType"] != "Patient"]
        return EmbeddedServer.from_resources([*self.source.hospital(), *rest])

    def played(self, agent: Agent, task: Task) -> Episode:
        """An episode of the task, ended by the agent."""
        with self.server.open_session(task.id) as session:
            episode = Episode(task, session)
            play(agent, episode)
            episode.verdict()
            return episode

    def passed(self, make: Callable[[], Agent], tasks: Iterable[Task]) -> list[str]:
        """Ids of the tasks that an agent passes."""
        return [t.id for t in tasks if self.played(make(), t).verdict().passed]


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The people of seed 1."""
    return Ward(PlanSource(build_plan(1)))


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes_every_task(ward: Ward, name: str) -> None:
    """The search interface leads to the same results as the sealed charts, in at most half of the steps."""
    for task in ward.tasks[name]:
        episode = ward.played(oracle(), task)
        verdict = episode.verdict()
        assert verdict.passed, (task.id, episode.error, [c for c in verdict.criteria if not c.passed])
        assert episode.steps <= 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [blind, NoopAgent], ids=["blind", "noop"])
def test_nothing_is_passed_without_reading(ward: Ward, name: str, make: Callable[[], Agent]) -> None:
    """The prompt alone is never enough."""
    assert ward.passed(make, ward.tasks[name]) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["first-page", "any-status", "ignore-modifiers"])
def test_a_fault_costs_tasks(ward: Ward, name: str, fault: str) -> None:
    """Each shortcut passes some tasks and at most 60 % of them; at level 3 none."""
    core = ward.tasks[name][:30]
    passed = ward.passed(lambda: shortcut(fault), core)
    assert 5 <= len(passed) <= 18
    assert not [t.id for t in core if t.level == 3 and t.id in passed]


@pytest.mark.parametrize("name", NAMES)
def test_near_misses_fail(ward: Ward, name: str) -> None:
    """A changed field, another status, a list with one more or one less, and a write beside the answer all fail."""
    for task in ward.tasks[name]:
        gold = dict(task.expected["answer"])
        assert _verdict(ward, task, gold)
        wrong = [{**gold, k: _other(task, k, v)} for k, v in gold.items() if k != "status"]
        for answer in wrong:
            assert not _verdict(ward, task, answer), (task.id, answer)
        others = [s for s in task.answer.statuses if s != gold["status"]]
        assert not any(_verdict(ward, task, {**_filled(task), **gold, "status": s}) for s in others)
    task = ward.tasks[name][0]
    note = {
        "resourceType": "Basic",
        "code": {"text": "x"},
        "subject": {"reference": f"Patient/{task.patients[0]}"},
    }
    assert not _verdict(
        ward, task, dict(task.expected["answer"]), ToolCall("fhir_create", {"resource": note})
    )


def _verdict(ward: Ward, task: Task, answer: Mapping[str, Any], *before: ToolCall) -> bool:
    with ward.server.open_session(task.id) as session:
        episode = Episode(task, session)
        for call in before:
            assert episode.call(call).ok
        episode.call(ToolCall("finish", answer))
        return episode.done and episode.verdict().passed


def _other(task: Task, name: str, value: Any) -> Any:
    """A value of the field's type that is not this one."""
    field = next(f for f in task.answer.fields if f.name == name)
    if field.type == "choice":
        return next(c for c in field.choices if c != value)
    if field.type == "date":
        return "1999-12-31"
    if isinstance(value, int):
        return value + 1
    return [*value, "1"] if isinstance(value, list) else f"{value}1"


def _filled(task: Task) -> dict[str, Any]:
    """A value for every field, so that an answer of any status has its shape."""
    shapes: dict[str, Any] = {"date": "1999-12-31", "integer": 1, "list": ["1"]}
    return {f.name: f.choices[0] if f.choices else shapes.get(f.type, "1") for f in task.answer.fields}


def test_common_surnames_fill_more_than_two_pages(ward: Ward) -> None:
    """At level 3 the surname asked for has more than forty bearers, so that a search has three pages or more."""
    for task in (*ward.tasks["patient-lookup"], *ward.tasks["demographics"]):
        family = task.params.get("ask", task.params).get("family")
        if task.level == 3:
            bearers = [p for p in ward.source.people() if any(n.family == family for n in p.names)]
            assert len(bearers) > 40
