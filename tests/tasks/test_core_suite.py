"""The frozen suites on the built cohort: the oracle passes all, floors stay floors, and no clock decides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from chartgym.agents.random_agent import RandomAgent, SpamAgent
from chartgym.agents.scripted import NoopAgent, blind, shortcut
from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Change
from chartgym.fhir_server.cohort.build import SEED
from chartgym.fhir_server.cohort.catalogue import POLICIES
from chartgym.tasks import freeze
from chartgym.tasks.base import SHORTCUTS, Evidence, Status, Task, ToolCall
from chartgym.tasks.checks import judge
from chartgym.tasks.lint import lint_suite
from chartgym.tasks.registry import CATEGORIES, category
from chartgym.tasks.suite import (
    CANARY,
    SUITES,
    file_bytes,
    load_category,
    load_suite,
    require_cohort,
    task_path,
)

ALL = [(suite, name) for suite in SUITES for name in CATEGORIES]
SIZES = {"core": 300, "dev": 100}


def tasks_of(name: str, suite: str = "core") -> tuple[Task, ...]:
    return load_category(name, suite)[1]


def share(hospital: Any, tasks: tuple[Task, ...], make: Any, seed: int = 0) -> float:
    return sum(hospital.play(t, make, seed).verdict.passed for t in tasks) / len(tasks)


@pytest.fixture(scope="module")
def source(hospital: Any) -> freeze.CohortSource:
    """The sealed charts of the built cohort."""
    return freeze.CohortSource(hospital.cohort)


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_belongs_to_the_cohort(hospital: Any, name: str) -> None:
    """The suite has its size and was made from the very cohort that the generator builds."""
    suite = load_suite(name)
    assert len(suite.tasks) == SIZES[name]
    assert suite.version == "0.2"
    require_cohort(suite, hospital.cohort.hash)


@pytest.mark.parametrize(("suite", "name"), ALL)
def test_frozen_tasks_are_what_the_sampler_draws(hospital: Any, source: Any, suite: str, name: str) -> None:
    """Drawing again from the cohort gives the stored file, byte for byte."""
    drawn = freeze.generate(name, source, SUITES[suite][0], SEED)
    assert file_bytes(name, suite, drawn, SEED, hospital.cohort.hash) == task_path(name, suite).read_bytes()


def test_stored_policies_are_those_of_the_categories() -> None:
    """The documents on the server are rendered from the categories' protocols and from nothing else."""
    assert POLICIES.read_bytes() == freeze.policies_ndjson()


@pytest.mark.parametrize("suite", SUITES)
def test_the_suite_is_balanced(source: Any, suite: str) -> None:
    """Levels, branches, wordings, twins and payloads are as promised, and no prompt hints at its gold."""
    tasks = {name: tasks_of(name, suite) for name in CATEGORIES}
    assert lint_suite(tasks, source, SUITES[suite][0]) == []


def test_core_and_dev_share_no_chart() -> None:
    """No patient whose chart decides a task of one suite does so in the other."""
    core, dev = ({p for t in load_suite(name).tasks for p in t.patients} for name in SUITES)
    assert not core & dev


@pytest.mark.parametrize(("suite", "name"), ALL)
def test_the_oracle_passes(hospital: Any, suite: str, name: str) -> None:
    """The reference solution passes every task through the public tools, in at most half of the steps."""
    played = [hospital.oracle(t) for t in tasks_of(name, suite)]
    faults = [
        (
            p.task.id,
            p.error,
            p.verdict.error,
            [c for c in p.verdict.criteria if c.critical and c.applies and not c.passed],
        )
        for p in played
        if not p.verdict.passed
    ]
    assert faults == []
    assert max(p.steps for p in played) <= 20


STATUSES: tuple[Status | None, ...] = (None, "no_action", "no_data", "ambiguous", "ok")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", CATEGORIES)
def test_doing_nothing_passes_nothing(hospital: Any, name: str, status: Status | None) -> None:
    """Finishing at once with every empty shape, whatever the status, passes no task."""
    assert share(hospital, tasks_of(name), lambda: NoopAgent(status)) == 0


@pytest.mark.parametrize("make", [RandomAgent, SpamAgent])
@pytest.mark.parametrize("name", CATEGORIES)
def test_noise_passes_nothing(hospital: Any, name: str, make: Any) -> None:
    """Random calls, and every value and order at once, pass no task."""
    assert share(hospital, tasks_of(name), make, seed=7) == 0


def test_the_prompt_alone_passes_next_to_nothing(hospital: Any) -> None:
    """The blind agent, who reads the prompt and no chart, stays under 5 % overall and 10 % in each category."""
    shares = {name: share(hospital, tasks_of(name), blind) for name in CATEGORIES}
    assert max(shares.values()) <= 0.10, shares
    assert sum(shares.values()) / len(shares) <= 0.05, shares


@pytest.mark.parametrize("name", CATEGORIES)
def test_shortcuts_do_not_pay(hospital: Any, name: str) -> None:
    """A solution with one bad habit passes at most 60 % of a category that it touches."""
    faults = sorted(category(name).shortcuts())
    assert set(faults) <= set(SHORTCUTS)
    assert len(faults) >= 2
    shares = {fault: share(hospital, tasks_of(name), partial(shortcut, fault)) for fault in faults}
    assert max(shares.values()) <= 0.60, shares


def test_every_shortcut_is_punished_somewhere() -> None:
    """Each bad habit has categories that it touches."""
    assert {fault for name in CATEGORIES for fault in category(name).shortcuts()} == set(SHORTCUTS)


@pytest.mark.parametrize("name", CATEGORIES)
def test_reads_are_free(hospital: Any, name: str) -> None:
    """Twenty more reads before an oracle's own calls change no verdict."""
    rng = Random(3)
    for task in rng.sample(tasks_of(name), 3):
        own = [step.call for step in hospital.oracle(task).evidence.log]
        with hospital.server.open_session(task.id, 0) as session:
            episode = Episode(task, session)
            for _ in range(min(20, episode.limits.steps - len(own))):
                kind = rng.choice(
                    ["Observation", "Condition", "Patient", "ServiceRequest", "DocumentReference"]
                )
                episode.call(
                    ToolCall(
                        "fhir_search", {"resource_type": kind, "params": {"_count": rng.randrange(1, 4)}}
                    )
                )
            tokens = [call for call in own if call.tool == "fhir_next"]
            for call in own if not tokens else []:
                episode.call(call)
            assert tokens or episode.verdict().passed, task.id


@pytest.mark.parametrize("name", CATEGORIES)
def test_the_transcript_counts_for_nothing(hospital: Any, name: str) -> None:
    """Without its log, an oracle's episode has the same criteria of answer, state and safety."""
    for task in tasks_of(name):
        played = hospital.oracle(task)
        bare = judge(None, task, replace(played.evidence, log=()))
        assert bare.passed
        assert [c for c in bare.criteria if c.kind != "process"] == [
            c for c in played.verdict.criteria if c.kind != "process"
        ]


@pytest.mark.parametrize("name", CATEGORIES)
def test_any_further_write_fails(hospital: Any, name: str) -> None:
    """An oracle's episode with one more write, or with one write less, fails."""
    for task in tasks_of(name):
        evidence: Evidence = hospital.oracle(task).evidence
        subject = {"reference": f"Patient/{task.patients[0]}"}
        extra = {
            "resourceType": "Observation",
            "id": "x",
            "status": "final",
            "subject": subject,
            "code": {"text": "BP"},
        }
        more = (*evidence.changes, Change(99, "create", "Observation", "x", None, extra))
        assert not judge(None, task, replace(evidence, changes=more)).passed
        if evidence.changes:
            assert not judge(None, task, replace(evidence, changes=evidence.changes[:-1])).passed
            twice = (*evidence.changes, replace(evidence.changes[0], sequence=99, id="y"))
            assert not judge(None, task, replace(evidence, changes=twice)).passed


# -- mutants of the gold -----------------------------------------------------------------------------------

UNGRADED = frozenset({"why", "seen", "display", "total", "key", "tolerance", "tolerance_minutes", "tolerance_days",
                      "synonyms", "texts", "values", "rivals", "or", "drug_reference", "name", "any"})  # fmt: skip


def mutants(expected: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The gold with one leaf changed: numbers moved, words and codes altered, instants a day later."""
    told = {
        ("writes", i, "facts", j)
        for i, write in enumerate(cast("list[dict[str, Any]]", expected.get("writes") or []))
        for j, fact in enumerate(cast("list[dict[str, Any]]", write.get("facts") or []))
        if fact.get("reference")
    }
    for path in _leaves({k: v for k, v in expected.items() if k in {"answer", "writes"}}, ()):
        if path[:4] in told and path[-1] in {"value", "unit"}:
            continue  # the oracle tells these facts by reference, which is enough
        changed: dict[str, Any] = deepcopy(dict(expected))
        node: Any = changed
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = "cm" if path[-1] == "unit" else _other(node[path[-1]])
        yield "/".join(map(str, path)), changed


def _leaves(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, value in cast("dict[str, Any]", node).items():
            if key not in UNGRADED:
                yield from _leaves(value, (*path, key))
    elif isinstance(node, list):
        members = cast("list[Any]", node)
        if len(members) == 1 or (path and path[-1] in {"writes", "components", "facts"}):
            for i, value in enumerate(members):
                yield from _leaves(value, (*path, i))
    elif node is not None:
        yield path


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    text = str(value)
    if len(text) >= 16 and text[4] == "-" and "T" in text:
        return (datetime.fromisoformat(text) + timedelta(days=1)).isoformat()
    if len(text) == 10 and text[4] == "-":
        return (datetime.fromisoformat(text) + timedelta(days=1)).date().isoformat()
    return text + "1"


@pytest.mark.parametrize("name", CATEGORIES)
def test_mutants_of_the_gold_are_noticed(hospital: Any, name: str) -> None:
    """With any one leaf of the gold changed, an oracle's episode passes no more: at least 95 in 100."""
    seen, survived = 0, list[str]()
    for task in tasks_of(name):
        evidence = hospital.oracle(task).evidence
        for where, expected in mutants(task.expected):
            seen += 1
            if judge(None, replace(task, expected=expected), evidence).passed:
                survived.append(f"{task.id} {where}")
    assert seen >= 60
    assert len(survived) <= seen * 0.05, survived[:20]


# -- nothing that an agent can read gives the gold away ----------------------------------------------------


def test_no_chart_holds_the_canary_or_a_task(source: Any) -> None:
    """No resource that is served holds the canary, a task's id, or a word of the grader."""
    words = [
        CANARY,
        "expected_answer",
        '"expected"',
        "chartgym-canary",
        *(f"{name}/0" for name in CATEGORIES),
    ]
    people = [p.id for p in source.people() if p.has_chart][::9]
    text = json.dumps([*source.hospital(), *(r for p in people for r in source.chart(p))])
    assert [w for w in words if w in text] == []


# -- clocks ------------------------------------------------------------------------------------------------

SCRIPT = Path(__file__).with_name("moved_clock.py")


@pytest.mark.parametrize(
    ("year", "zone"), [(2020, "Pacific/Kiritimati"), (2035, "America/Los_Angeles"), (0, "Asia/Kolkata")]
)
def test_no_clock_decides(hospital: Any, year: int, zone: str) -> None:
    """With the machine's clock moved and its zone changed, all 300 tasks get the same verdicts, to the letter."""
    here = subprocess.run(
        [sys.executable, str(SCRIPT), str(year)],
        env={**os.environ, "TZ": zone, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(here.stdout)
    if year:
        assert found["year"] == year
    assert found["zone"] == zone
    expected = {f"{t.id} SolutionAgent": hospital.oracle(t) for n in CATEGORIES for t in tasks_of(n)}
    expected |= {f"{t.id} NoopAgent": hospital.play(t, NoopAgent) for n in CATEGORIES for t in tasks_of(n)}
    assert len(found["verdicts"]) == len(expected) == 600
    for name, told in found["verdicts"].items():
        assert told == repr(expected[name].verdict), name
    assert found["suite"] == load_suite("core").hash
