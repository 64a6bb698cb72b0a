"""What one session sees: the shared base, what it has written over it, and the history of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .base import Base
from .evaluate import Part
from .overlay import NEW, OverlayTable
from .shard import TableView

Verb = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a resource; `body` is None where it was deleted."""

    number: int
    body: bytes | None
    verb: Verb


@dataclass(frozen=True, slots=True)
class Write:
    """One write that was carried out."""

    kind: Verb
    resource_type: str
    id: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A state to go back to."""

    tables: dict[str, OverlayTable]
    hidden: dict[tuple[str, str], list[int]]
    versions: dict[tuple[str, str], list[Version]]
    writes: int
    created: int


def version_of(body: bytes) -> int:
    """The `meta.versionId` of a stored body."""
    start = body.find(b'"versionId":"') + 13
    text = body[start : body.index(b'"', start)] if start > 12 else b"1"
    return int(text) if text.isdigit() else 1


def last_updated(body: bytes) -> str:
    """The `meta.lastUpdated` of a stored body, empty where it has none."""
    start = body.find(b'"lastUpdated":"') + 15
    return body[start : body.index(b'"', start)].decode() if start > 14 else ""


class Workspace:
    """A session's state. Implements `evaluate.View`."""

    def __init__(self, base: Base, key: str, seed: int) -> None:
        self.base = base
        self.writes: list[Write] = []
        self.created = 0
        self._secret = blake2b(f"{key}\0{seed}".encode()).digest()
        self._tables: dict[str, OverlayTable] = {}
        self._hidden: dict[tuple[str, str], list[int]] = {}
        self._hidden_arrays: dict[tuple[str, str], NDArray[np.int64]] = {}
        self._versions: dict[tuple[str, str], list[Version]] = {}

    def new_id(self) -> str:
        """An id that repeats for the same key, seed and number of creations, and cannot be guessed without them."""
        self.created += 1
        return self.mark_of("id", self.created)[:20]

    def mark_of(self, what: str, number: int) -> str:
        """32 hexadecimal digits, a MAC (keyed BLAKE2) under this session's key and seed."""
        return blake2b(f"{what}/{number}".encode(), key=self._secret, digest_size=16).hexdigest()

    def parts(self, resource_type: str, shards: frozenset[str] | None) -> Sequence[Part]:
        """Tables of a type, in insertion order; see `evaluate.View`."""
        hidden = self._hidden_arrays
        found = [
            Part(table, order, hidden.get((name, resource_type)) if hidden else None)
            for order, name, table in self.base.tables(resource_type, shards)
        ]
        own = self._tables.get(resource_type)
        if own is not None:
            found.append(Part(own, NEW, *own.arrays()))
        return found

    def shards_of(self, resource_type: str, ids: Sequence[str]) -> frozenset[str]:
        """The shards in which these ids may live."""
        return frozenset(name for i in ids for name in self.base.shards_of(resource_type, i))

    def find(self, resource_type: str, resource_id: str) -> tuple[TableView, int] | None:
        """Where a resource is now."""
        if self._versions and (resource_type, resource_id) in self._versions:
            own = self._tables[resource_type]
            row = own.row_of(resource_id)
            return None if row is None else (own, row)
        place = self.base.find(resource_type, resource_id)
        return None if place is None else (place[1], place[2])

    def versions(self, resource_type: str, resource_id: str) -> list[Version]:
        """All versions of a resource, oldest first; empty where it never existed."""
        own = self._versions.get((resource_type, resource_id))
        if own is not None:
            return own
        place = self.base.find(resource_type, resource_id)
        if place is None:
            return []
        body = place[1].body(place[2])
        return [Version(version_of(body), body, "create")]

    def put(self, resource_type: str, resource_id: str, body: bytes, version: int) -> None:
        """Stores a version of a resource."""
        versions = self._own_versions(resource_type, resource_id)
        before = versions[-1].body if versions else None
        verb: Verb = "create" if before is None else "update"
        origin = self._hide_base(resource_type, resource_id)
        table = self._tables.get(resource_type)
        if table is None:
            table = self._tables[resource_type] = OverlayTable(resource_type)
        table.add(resource_id, body, origin)
        versions.append(Version(version, body, verb))
        self.writes.append(Write(verb, resource_type, resource_id, before, body))

    def remove(self, resource_type: str, resource_id: str, version: int) -> None:
        """Deletes a resource that is there."""
        versions = self._own_versions(resource_type, resource_id)
        self._hide_base(resource_type, resource_id)
        self._tables.setdefault(resource_type, OverlayTable(resource_type)).hide(resource_id)
        before = versions[-1].body
        versions.append(Version(version, None, "delete"))
        self.writes.append(Write("delete", resource_type, resource_id, before, None))

    def _own_versions(self, resource_type: str, resource_id: str) -> list[Version]:
        key = (resource_type, resource_id)
        if key not in self._versions:
            self._versions[key] = self.versions(resource_type, resource_id)
        return self._versions[key]

    def _hide_base(self, resource_type: str, resource_id: str) -> tuple[int, int] | None:
        """Hides the base's row of a resource; gives its order and row, None where the base has none."""
        place = self.base.find(resource_type, resource_id)
        if place is None:
            return None
        name, _, row = place
        rows = self._hidden.setdefault((name, resource_type), [])
        if row not in rows:
            rows.append(row)
            self._hidden_arrays[name, resource_type] = np.array(rows, dtype=np.int64)
        return self.base.order[name], row

    def mark(self) -> Mark:
        """The state now."""
        return Mark(
            {kind: table.copy() for kind, table in self._tables.items()},
            {key: rows.copy() for key, rows in self._hidden.items()},
            {key: versions.copy() for key, versions in self._versions.items()},
            len(self.writes),
            self.created,
        )

    def back_to(self, mark: Mark) -> None:
        """Undoes everything since a mark."""
        self._tables, self._hidden, self._versions = mark.tables, mark.hidden, mark.versions
        self._hidden_arrays = {key: np.array(rows, dtype=np.int64) for key, rows in mark.hidden.items()}
        del self.writes[mark.writes :]
        self.created = mark.created

    @property
    def tables(self) -> dict[str, OverlayTable]:
        """What was written, by type."""
        return self._tables
