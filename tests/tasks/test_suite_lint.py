"""The linter of suites notices each fault that it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chartgym.tasks.base import Task
from chartgym.tasks.freeze import CohortSource
from chartgym.tasks.lint import lint_suite
from chartgym.tasks.suite import CANARY, load_category

NAME = "magnesium-replacement"
Tasks = list[Task]


def acting(tasks: Tasks) -> int:
    return next(i for i, t in enumerate(tasks) if t.expected.get("writes"))


def with_task(tasks: Tasks, i: int, **changes: Any) -> Tasks:
    return [replace(t, **changes) if n == i else t for n, t in enumerate(tasks)]


def with_gold(tasks: Tasks, i: int, **changes: Any) -> Tasks:
    return with_task(tasks, i, expected={**tasks[i].expected, **changes})


def with_write(tasks: Tasks, **changes: Any) -> Tasks:
    i = acting(tasks)
    first, *rest = tasks[i].expected["writes"]
    return with_gold(tasks, i, writes=[{**first, **changes}, *rest])


FAULTS: list[tuple[str, Callable[[Tasks], Tasks]]] = [
    ("levels", lambda t: with_task(t, 0, level=2)),
    ("want a write", lambda t: [replace(x, expected={**x.expected, "writes": []}) for x in t]),
    ("kinds of payload", lambda t: [x if not x.expected.get("writes") else replace(x, expected={
        **x.expected, "writes": t[acting(t)].expected["writes"]}) for x in t]),
    ("find nothing", lambda t: [replace(x, branch="no_data") for x in t]),
    ("wordings", lambda t: [replace(x, template="one") for x in t]),
    ("after masking", lambda t: [replace(x, prompt="Please.", params={}) for x in t]),
    ("one expected result", lambda t: [replace(x, expected=t[0].expected) for x in t]),
    ("no twins", lambda t: [replace(x, twin="") for x in t]),
    ("twin solo: 1 tasks", lambda t: with_task(t, 0, twin="solo")),
    ("prompt given twice", lambda t: with_task(t, 0, prompt=t[1].prompt)),
    ("must not be empty", lambda t: with_task(t, 0, prompt=" ")),
    ("canary", lambda t: with_task(t, 0, prompt=CANARY)),
    ("expected.answer", lambda t: with_gold(t, 0, answer={"status": "no_such"})),
    ("unknown kind", lambda t: with_gold(t, 0, writes=[{"kind": "letter"}])),
    ("logical id", lambda t: with_task(t, 0, prompt=f"Look at {t[0].patients[0]}.")),
    ("not in the cohort", lambda t: with_task(t, 0, patients=("nobody",))),
    ("no patients", lambda t: with_task(t, 0, patients=())),
    ("of the split dev", lambda t: with_task(t, 0, patients=load_category(NAME, "dev")[1][0].patients)),
    ("not in the chart", lambda t: with_gold(t, 0, seen=["Observation/none"])),
    ("told nowhere", lambda t: with_write(t, drug=[{"system": "http://x", "code": "zz-99"}])),
    ("priority zz", lambda t: with_write(t, priority="zz")),
]  # fmt: skip


@pytest.fixture(scope="module")
def source(hospital: Any) -> CohortSource:
    """The sealed charts of the built cohort."""
    return CohortSource(hospital.cohort)


@pytest.mark.parametrize(("word", "spoil"), FAULTS, ids=[word for word, _ in FAULTS])
def test_each_fault_is_noticed(source: Any, word: str, spoil: Callable[[Tasks], Tasks]) -> None:
    """A suite with one thing wrong is told of it; the same suite unspoiled has no fault."""
    tasks = list(load_category(NAME)[1])
    assert lint_suite({NAME: tasks}, source, "core") == []
    assert [f for f in lint_suite({NAME: spoil(tasks)}, source, "core") if word in f]
