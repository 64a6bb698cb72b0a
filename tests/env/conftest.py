"""A small hospital in memory, tasks on it, and a session that remembers what reached the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pytest

from chartgym.env import Episode, Limits
from chartgym.fhir_server.backend import Change, Params, Resource, Response, Session
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import AnswerField, AnswerSchema, Suite, Task

SCHEMA = AnswerSchema(
    (
        AnswerField("mrn", "string", "The record number"),
        AnswerField("candidates", "list", "All who fit", statuses=("ambiguous",)),
    ),
    ("ok", "no_data", "ambiguous"),
)


def make_task(number: int = 1, mrn: str = "MRN-7", grants: tuple[str, ...] = ()) -> Task:
    """A look-up whose right answer is `mrn`."""
    return Task(
        id=f"patient-lookup/{number:03}",
        category="patient-lookup",
        level=1,
        branch="query",
        template="t1",
        prompt="Which record number has Jörg Müller, born 4 May 1970?",
        params={},
        patients=("p1",),
        answer=SCHEMA,
        expected={"answer": {"status": "ok", "mrn": mrn}},
        grants=grants,
    )


def resources() -> list[Resource]:
    """One patient, seventy potassium results a little over a kilobyte each, and one long note."""
    patient: Resource = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "http://chartgym.example/identifier/mrn", "value": "MRN-7"}],
        "name": [{"family": "Müller", "given": ["Jörg"]}],
        "birthDate": "1970-05-04",
    }
    labs: list[Resource] = [
        {
            "resourceType": "Observation",
            "id": f"k{i}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium"},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": f"2026-03-0{i % 9 + 1}T0{i // 9}:00:00-05:00",
            "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
            "note": [{"text": "ä" * 450}],
        }
        for i in range(70)
    ]
    note: Resource = {
        "resourceType": "Observation",
        "id": "long",
        "status": "final",
        "code": {"text": "Narrative"},
        "subject": {"reference": "Patient/p1"},
        "valueString": "€" * 9_000,
    }
    return [patient, *labs, note]


class Recording:
    """A session that notes every request and passes it on."""

    def __init__(self, session: Session) -> None:
        self.inner = session
        self.requests: list[tuple[str, str, tuple[tuple[str, str], ...], bytes | None]] = []

    def request(
        self,
        method: str,
        path: str,
        params: Params = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        self.requests.append((method, path, tuple(params), body))
        return self.inner.request(method, path, params, body, headers)

    def changes(self) -> tuple[Change, ...]:
        return self.inner.changes()

    def close(self) -> None:
        self.inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@pytest.fixture(scope="session")
def hospital() -> EmbeddedServer:
    """The small hospital; nothing writes to it but through sessions."""
    return EmbeddedServer.from_resources(resources())


@pytest.fixture
def session(hospital: EmbeddedServer) -> Recording:
    """A session of its own for a test."""
    return Recording(hospital.open_session("test", 0))


NewEpisode = Callable[..., Episode]


@pytest.fixture
def new_episode(session: Recording) -> NewEpisode:
    """Makes an episode on the test's session."""

    def make(steps: int = 40, grants: tuple[str, ...] = (), seed: int = 0) -> Episode:
        return Episode(make_task(grants=grants), session, Limits(steps=steps), seed=seed)

    return make


@pytest.fixture
def suite() -> Suite:
    """Three tasks; the second cannot be answered right."""
    tasks = (make_task(1), make_task(2, mrn="MRN-8"), make_task(3))
    return Suite("small", "0.1", 1, "none", tasks, limits={"max_steps": 12})
