"""A small hospital, an invented category with shortcuts, and a terminal that types by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Literal

import pytest

from chartgym.env import Episode, Limits
from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks import checks, registry
from chartgym.tasks.base import (
    AnswerField,
    AnswerSchema,
    Category,
    ChartSource,
    Criterion,
    Evidence,
    Json,
    Solution,
    Task,
    TaskView,
)
from chartgym.tasks.solving import finish, search

ANSWER = AnswerSchema(
    (
        AnswerField("value", "number", "The latest final potassium", unit="mmol/L"),
        AnswerField("high", "boolean", "Above 5.0 mmol/L"),
        AnswerField("reason", "choice", "Why there is none", choices=("none", "old"), statuses=("no_data",)),
    ),
    ("ok", "no_data"),
)


class Latest:
    """Asks for the latest valid potassium of a patient; can be fooled by status, and by nothing else."""

    name = "recent-lab"
    title = "Latest value"
    kind: Literal["query", "action"] = "query"

    def sample(self, source: ChartSource, split: Literal["core", "dev"], rng: Random) -> Sequence[Task]:
        return ()

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        return self._solve(params, {"status": "final"})

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        return finish("ok", value=4.0, high=False)

    def shortcuts(self) -> Mapping[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
        return {"any-status": lambda view, params: self._solve(params, {})}

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        return checks.standard(task, evidence)

    def _solve(self, params: Mapping[str, Json], more: Mapping[str, Json]) -> Solution:
        asked = {"patient": params["patient"], "_sort": "-date", "_count": 1, **more}
        (latest,) = yield from search("Observation", asked, pages=1)
        value = latest["valueQuantity"]["value"]
        yield from finish("ok", value=value, high=value > 5)


def resources() -> list[Resource]:
    """One patient; a final potassium of 5.6, and a later one entered in error."""
    lab: Resource = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium"},
        "subject": {"reference": "Patient/p1"},
    }
    return [
        {"resourceType": "Patient", "id": "p1", "name": [{"family": "Müller", "given": ["Jörg"]}]},
        {**lab, "id": "k1", "status": "final", "effectiveDateTime": "2026-03-09T06:00:00-04:00",
         "valueQuantity": {"value": 5.6, "unit": "mmol/L"}},
        {**lab, "id": "k2", "status": "entered-in-error", "effectiveDateTime": "2026-03-10T06:00:00-04:00",
         "valueQuantity": {"value": 3.0, "unit": "mmol/L"}},
        *({"resourceType": "Condition", "id": f"c{i}", "subject": {"reference": "Patient/p1"},
           "code": {"text": f"Problem {i}"}} for i in range(30)),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def hospital() -> EmbeddedServer:
    """The small hospital; written to through sessions only."""
    return EmbeddedServer.from_resources(resources())


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Latest:
    """The invented category in the place of the real one of its name."""
    category, real = Latest(), registry.category

    def named(name: str) -> Category:
        return category if name == "recent-lab" else real(name)

    monkeypatch.setattr(registry, "category", named)
    monkeypatch.setattr(checks, "category_named", named)
    return category


TASK = Task(
    id="recent-lab/001",
    category="recent-lab",
    level=1,
    branch="query",
    template="t1",
    prompt="What is the latest valid potassium of Jörg Müller?",
    params={"patient": "p1"},
    patients=("p1",),
    answer=ANSWER,
    expected={"answer": {"status": "ok", "value": 5.6, "high": True}},
)
NewGame = Callable[..., Episode]


@pytest.fixture
def new_game(hospital: EmbeddedServer, invented: Latest) -> NewGame:
    """Makes an episode of the invented category."""

    def make(steps: int = 40, seed: int = 0, number: int = 1, grants: tuple[str, ...] = ()) -> Episode:
        task = replace(TASK, id=f"recent-lab/{number:03}", grants=grants)
        return Episode(task, hospital.open_session(task.id, seed), Limits(steps=steps), seed=seed)

    return make


class Typist:
    """A terminal that types what it was given, and notes what it was asked and offered."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        self.prompts: list[str] = []
        self.status = ""

    def ask(self, prompt: str, complete: Callable[[str], Sequence[str]], status: str = "") -> str:
        self.prompts.append(prompt)
        self.status = status or self.status
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        assert all(isinstance(word, str) for word in complete(line))
        return line
