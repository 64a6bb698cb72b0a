"""The one seam to a FHIR server: request in, response out.

Two real siblings stand behind it: the embedded server (in process) and HAPI (over HTTP). What is above
(tools, tasks, environment) cannot tell which one answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Protocol, TypeAlias

Resource: TypeAlias = dict[str, Any]
"""A FHIR resource as parsed JSON. The one place where `Any` is right: FHIR is open."""

Params: TypeAlias = Sequence[tuple[str, str]]
"""Search parameters in order; a repeated name is an AND."""

FHIR_JSON = "application/fhir+json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Response:
    """A server's answer. `body` is JSON in UTF-8, empty for 204 and 304."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """One write that the server carried out, in order. `before`/`after` are whole stored resources.

    Refused writes are not changes. A write and its undoing are two changes.
    """

    sequence: int
    kind: Literal["create", "update", "delete"]
    resource_type: str
    id: str
    before: Resource | None
    after: Resource | None


class Backend(Protocol):
    """Anything that answers FHIR R4 REST requests."""

    def request(
        self,
        method: str,
        path: str,
        params: Params = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answers one request.

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            path: relative to the FHIR base, without query: `Patient/x`, `Observation`,
                `Observation/_search`, `metadata`, or ``""`` for a transaction or batch.
            params: query parameters, decoded.
            body: JSON in UTF-8, or a form for `_search`.
            headers: FHIR's own: `If-Match`, `If-None-Match`, `If-None-Exist`, `Prefer`, `Content-Type`.

        Raises:
            ServerError: the server cannot be reached or broke. FHIR refusals are responses.
        """
        ...


class Session(Backend, Protocol):
    """An episode's own view of a server: its writes are seen by it alone and vanish with it."""

    def changes(self) -> tuple[Change, ...]:
        """Every write carried out in this session, in order."""
        ...

    def close(self) -> None:
        """Discards the session; may be called twice."""
        ...

    def __enter__(self) -> Session: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Server(Protocol):
    """A server that holds a cohort and opens sessions on it."""

    def open_session(self, key: str = "", seed: int = 0) -> Session:
        """Opens an isolated session.

        Args:
            key: what the session is for (a task id); ids of created resources derive from it and `seed`.
            seed: the episode's seed.
        """
        ...
