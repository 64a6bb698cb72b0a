"""The built cohort with a server on it, and the oracle's episodes over the frozen suites, each played once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from chartgym.agents.base import Agent
from chartgym.agents.driver import play
from chartgym.agents.scripted import oracle
from chartgym.env.episode import Episode
from chartgym.fhir_server.cohort.build import Cohort, open_cohort
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Evidence, Task, Verdict


@dataclass(frozen=True)
class Played:
    """How one episode went."""

    task: Task
    verdict: Verdict
    evidence: Evidence
    steps: int
    ended_by: str | None
    error: str | None


@dataclass
class Hospital:
    """The built cohort, served; remembers the oracle's episodes."""

    cohort: Cohort
    server: EmbeddedServer
    by_oracle: dict[str, Played] = field(default_factory=dict[str, Played])

    def play(self, task: Task, make: Callable[[], Agent], seed: int = 0) -> Played:
        """One episode of a fresh agent on a fresh session."""
        with self.server.open_session(task.id, seed) as session:
            episode = Episode(task, session, seed=seed)
            play(make(), episode)
            return Played(
                task, episode.verdict(), episode.evidence(), episode.steps, episode.ended_by, episode.error
            )

    def oracle(self, task: Task) -> Played:
        """The oracle's episode on a task."""
        if task.id not in self.by_oracle:
            self.by_oracle[task.id] = self.play(task, oracle)
        return self.by_oracle[task.id]


@pytest.fixture(scope="session")
def hospital() -> Iterator[Hospital]:
    """The cohort of the frozen suites; built where it is not cached."""
    with open_cohort() as cohort:
        yield Hospital(cohort, EmbeddedServer(cohort.file))
