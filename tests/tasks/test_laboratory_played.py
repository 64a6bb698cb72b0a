"""Laboratory questions played on the embedded server: by the reference, by agents with a fault, by none."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pytest

from chartgym.agents.base import Agent
from chartgym.agents.driver import play
from chartgym.agents.scripted import NoopAgent, blind, oracle, shortcut
from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.codes import ANALYTES
from chartgym.fhir_server.cohort.scenes import lab_series, recent_lab
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Task, ToolCall
from chartgym.tasks.freeze import PlanSource, generate
from chartgym.tasks.lab_aggregate import category as aggregate
from chartgym.tasks.lab_aggregate.rules import PROTOCOL as LB08
from chartgym.tasks.recent_lab import category as recent
from chartgym.tasks.recent_lab import gold
from chartgym.tasks.recent_lab.rules import PROTOCOL as LB07
from chartgym.tasks.recent_lab.rules import read_rules, read_window

NAMES = ("recent-lab", "lab-aggregate")
SOURCE = PlanSource(build_plan(1), (*recent.policies(), *aggregate.policies()))
KINDS = {"Encounter", "Condition", "DocumentReference"}


@dataclass(frozen=True)
class Ward:
    """The frozen people of seed 1 on a server with what the tasks need of the charts."""

    @cached_property
    def tasks(self) -> Mapping[str, tuple[Task, ...]]:
        """The tasks of each category, core first."""
        return {n: tuple(t for s in ("core", "dev") for t in generate(n, SOURCE, s, 1)) for n in NAMES}

    def core(self, name: str) -> tuple[Task, ...]:
        """The core tasks of a category."""
        return self.tasks[name][:30]

    @cached_property
    def server(self) -> EmbeddedServer:
        """Everybody's Patient, the hospital, and of the charts asked about the results of the planted analytes."""
        decks = (*recent_lab.DECKS["core"], *lab_series.DECKS["core"])
        codes = {ANALYTES[a].code for s in decks for a in (s.analyte, s.other) if a}
        needed = {p for tasks in self.tasks.values() for t in tasks for p in t.patients}
        rows = [r for p in sorted(needed) for r in SOURCE.chart(p) if _is_wanted(r, codes)]
        return EmbeddedServer.from_resources([*SOURCE.hospital(), *rows], references=False)

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


def _is_wanted(resource: Resource, codes: set[str]) -> bool:
    if resource["resourceType"] != "Observation":
        return resource["resourceType"] in KINDS
    return any(c.get("code") in codes for c in resource["code"].get("coding", ()))


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The people of seed 1."""
    return Ward()


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes_every_task(ward: Ward, name: str) -> None:
    """The search interface leads to the same results as the sealed charts, in at most half of the steps."""
    for task in ward.tasks[name]:
        episode = ward.played(oracle(), task)
        verdict = episode.verdict()
        assert verdict.passed, (task.id, episode.error, [c for c in verdict.criteria if not c.passed])
        assert all(c.passed for c in verdict.criteria), task.id
        assert episode.steps <= 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [blind, NoopAgent], ids=["blind", "noop"])
def test_nothing_is_passed_without_reading(ward: Ward, name: str, make: Callable[[], Agent]) -> None:
    """The prompt alone is never enough."""
    assert ward.passed(make, ward.tasks[name]) == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["first-page", "any-status", "any-unit", "ignore-modifiers"])
def test_a_fault_costs_tasks(ward: Ward, name: str, fault: str) -> None:
    """Each shortcut passes some tasks and at most 60 % of them."""
    passed = ward.passed(lambda: shortcut(fault), ward.core(name))
    assert 1 <= len(passed) <= 18


@pytest.mark.parametrize("name", NAMES)
def test_near_misses_fail(ward: Ward, name: str) -> None:
    """A changed field, another status, and a write beside the right answer all fail."""
    for task in ward.tasks[name]:
        right = dict(task.expected["answer"])
        assert _verdict(ward, task, right)
        for field in task.answer.fields:
            if field.name in right:
                assert not _verdict(
                    ward, task, {**right, field.name: _other(right[field.name], field.tolerance)}
                )
        wrong = {"ok": "no_data", "no_data": "ok"}[right["status"]]
        assert not _verdict(ward, task, {**_filled(task), **right, "status": wrong})
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


def _other(value: Any, tolerance: float) -> Any:
    """The nearest wrong value of the same type."""
    if value in ("none", "<", ">"):
        return "<" if value == "none" else "none"
    if isinstance(value, str):
        return (datetime.fromisoformat(value) + timedelta(seconds=tolerance + 1)).isoformat()
    return value + max(2 * tolerance, 0.01) if isinstance(value, float) else value + 1


def _filled(task: Task) -> dict[str, Any]:
    """A value for every field, so that an answer of any status has its shape."""
    shapes: dict[str, Any] = {"number": 1.5, "integer": 1, "instant": "2026-03-10T05:40:00-04:00"}
    return {f.name: f.choices[0] if f.choices else shapes[f.type] for f in task.answer.fields}


@pytest.mark.parametrize("name", NAMES)
def test_balance(ward: Ward, name: str) -> None:
    """Ten tasks at each level, few of them without data, no wording above three in a hundred of the suite."""
    core = ward.core(name)
    assert Counter(t.level for t in core) == {1: 10, 2: 10, 3: 10}
    assert 1 <= sum(t.branch == "no_data" for t in core) <= 4
    assert len({t.template for t in core}) >= 5
    assert max(Counter(t.template for t in core).values()) <= 9
    assert len({t.params["analyte"] for t in core}) >= 5
    assert sum(t.twin != "" for t in core) >= 16


@pytest.mark.parametrize("name", NAMES)
def test_twins_share_words_and_not_the_answer(ward: Ward, name: str) -> None:
    """Tasks of one twin group differ in the patient alone, and each has its own right answer."""
    told = ("family", "given", "mrn", "birth_date", "bed")
    groups: dict[str, list[Task]] = {}
    for task in ward.core(name):
        groups.setdefault(task.twin, []).append(task)
    for twin, tasks in groups.items():
        if twin:
            params = [{k: v for k, v in t.params.items() if k not in told} for t in tasks]
            assert all(p == params[0] for p in params)
            assert len({str(t.expected["answer"]) for t in tasks}) == len(tasks)


def _text(document: Resource) -> str:
    return base64.b64decode(document["content"][0]["attachment"]["data"]).decode()


def test_hard_tasks_combine_what_makes_them_hard(ward: Ward) -> None:
    """Level 3: a rule on the server beside a superseded one, three pages of results, a note that says another value."""
    server = [r for r in SOURCE.hospital() if r["resourceType"] == "DocumentReference"]
    for name, number in (("recent-lab", "LB-07"), ("lab-aggregate", "LB-08")):
        statuses = [r["status"] for r in server if f"({number})" in _text(r)]
        assert sorted(statuses) == ["current", "superseded"]
        for task in ward.tasks[name]:
            if task.level == 3:
                chart = SOURCE.chart(task.patients[0])
                text = ANALYTES[task.params["analyte"]].text
                assert task.params["rules"] is None
                assert number in task.prompt
                assert len(gold.of_analyte(chart, task.params["analyte"])) > 40
                notes = [_text(r) for r in chart if r["resourceType"] == "DocumentReference"]
                assert any(f"{text} " in n and "by telephone" in n for n in notes)


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_result_is_a_trap_at_level_three(ward: Ward, name: str) -> None:
    """In at least eight of ten hard tasks the newest result of the test does not count."""
    rules = {"recent-lab": LB07, "lab-aggregate": LB08}[name].current
    traps = 0
    for task in ward.core(name)[20:]:
        chart, analyte = SOURCE.chart(task.patients[0]), task.params["analyte"]
        newest = max(gold.of_analyte(chart, analyte), key=lambda r: gold.instant(r["effectiveDateTime"]))
        counting = gold.counting(chart, analyte, task.params["unit"], rules)
        traps += f"Observation/{newest['id']}" != counting[-1].reference
    assert traps >= 8


def test_the_superseded_rule_leads_elsewhere(ward: Ward) -> None:
    """Going by the old version changes the result of at least eight of ten hard tasks."""
    for name, protocol in (("recent-lab", LB07), ("lab-aggregate", LB08)):
        old = next(v for v in protocol.versions if v.status == "superseded")
        changed = 0
        for task in ward.core(name)[20:]:
            chart, params = SOURCE.chart(task.patients[0]), task.params
            window = read_window(params["window"])
            within = [
                gold.inside(
                    gold.counting(chart, params["analyte"], params["unit"], v),
                    window,
                    "collected",
                    SOURCE.now,
                )
                for v in (protocol.current, old)
            ]
            if name == "recent-lab":
                last = [gold.latest(w, "collected") for w in within]
                changed += last[0] != last[1]
            else:
                changed += within[0] != within[1]
        assert changed >= 8


@pytest.mark.parametrize("name", NAMES)
def test_no_comment_can_be_read_both_ways(ward: Ward, name: str) -> None:
    """No result that a prompt's rules take out or leave in hangs on an unusual comment."""
    for task in ward.tasks[name]:
        if task.params["rules"] is not None:
            assert read_rules(task.params["rules"]).statuses
        assert not recent.is_unclear(SOURCE.chart(task.patients[0]), task.params["analyte"])


@pytest.mark.parametrize("name", NAMES)
def test_the_draw_repeats(ward: Ward, name: str) -> None:
    """The same cohort and seed give the same tasks."""
    assert generate(name, SOURCE, "core", 1) == ward.core(name)
