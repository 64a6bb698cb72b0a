"""The embedded server: a cohort's shards, and sessions over them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Self

from ..backend import Params, Resource, Response
from .base import Base, MemorySource, ShardSource
from .session import EmbeddedSession, Setting
from .validate import validate as validate_r4
from .writing import Rules, Validator

DEFAULT_BASE_URL = "http://chartgym.example/fhir"
DEFAULT_NOW = "2026-03-10T10:25:00.000-04:00"


class EmbeddedServer:
    """A FHIR R4 server in this process. Implements `Server`, and `Backend` for reading without a session.

    Args:
        source: where the shards come from: a cohort file or `MemorySource`.
        base_url: of the FHIR endpoint, for links; nothing listens there.
        now: the frozen clock, an instant; `meta.lastUpdated` of whatever is written.
        validate: finds what R4 forbids in a resource; None takes anything.
        references: refuse references to what does not exist.
    """

    def __init__(
        self,
        source: ShardSource,
        *,
        base_url: str = DEFAULT_BASE_URL,
        now: str = DEFAULT_NOW,
        validate: Validator | None = validate_r4,
        references: bool = True,
    ) -> None:
        rules = Rules(validate, references)
        self._setting = Setting(Base(source), base_url.rstrip("/"), now, rules)
        self._reader = EmbeddedSession(self._setting, read_only=True)
        self._lock = threading.Lock()

    @classmethod
    def from_resources(
        cls,
        resources: Iterable[Resource],
        *,
        base_url: str = DEFAULT_BASE_URL,
        now: str = DEFAULT_NOW,
        validate: Validator | None = validate_r4,
        references: bool = True,
    ) -> Self:
        """A server that holds these resources, in memory; those without meta get version 1 and `now`."""
        source = MemorySource.of(resources, now)
        return cls(source, base_url=base_url, now=now, validate=validate, references=references)

    @property
    def base_url(self) -> str:
        """Of the FHIR endpoint, without a slash at the end."""
        return self._setting.base_url

    @property
    def now(self) -> str:
        """The frozen clock, an instant."""
        return self._setting.now

    def open_session(
        self, key: str = "", seed: int = 0, *, lenient: bool = False, read_only: bool = False
    ) -> EmbeddedSession:
        """Opens an isolated session.

        Args:
            key: what the session is for; ids of created resources derive from it and `seed`.
            seed: the episode's seed.
            lenient: take writes that R4 forbids, as the protocol of MedAgentBench needs.
            read_only: refuse every write.
        """
        setting = self._setting
        if lenient:
            setting = Setting(
                setting.base, setting.base_url, setting.now, Rules(None, setting.rules.references)
            )
        return EmbeddedSession(setting, key, seed, read_only=read_only)

    def request(
        self,
        method: str,
        path: str,
        params: Params = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answers a read or search on the base; a write is refused with 405."""
        with self._lock:
            return self._reader.request(method, path, params, body, headers)
