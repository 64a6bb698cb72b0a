"""The cohort file: shards, their id directory and sealed parts in one read-only SQLite file.

SQLite is only the container: rows of bytes, read by number. Everything is covered by hashes: the root hash covers
the table (the manifest and a hash of each part) and is checked when the file is opened; a shard's index, each
chunk of bodies, the directory and a sealed part are checked when first touched. So opening costs about a
millisecond, and nothing damaged is ever served. A file is written beside its place and renamed when whole: there
is never half of one.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import numpy as np

from chartgym.errors import CohortError

from .container_format import (
    FORMAT,
    PAGE_BYTES,
    ShardEntry,
    Table,
    bodies,
    chunk_key,
    damage_marker,
    directory_arrays,
    short_hash,
    table_decoder,
)

__all__ = ["CohortFile", "open_cohort"]

_MMAP_BYTES = 1 << 31


def open_cohort(path: Path) -> CohortFile:
    """Opens a cohort file and checks its root hash.

    Raises:
        CohortError: there is no such file, it is of another format, cut short, or damaged in its table.
    """
    return CohortFile(path)


class CohortFile:
    """A cohort file, open for reading. Threads may share it, and a forked child may go on using it.

    Attributes:
        path: where the file is.
        manifest: what the builder said about the cohort, with `cohort_hash`, `resources` and `types` counted.
        root: the root hash, hex; it covers every byte that is ever read.
        shards: what is known of each shard without touching it, in order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._pid = -1
        self.root = ""
        self._connections: list[sqlite3.Connection] = []
        self._directory: tuple[Any, Any] | None = None
        try:
            table = self._open()
        except CohortError:
            self.close()
            raise
        self.manifest: Mapping[str, Any] = table.manifest
        self.shards: tuple[ShardEntry, ...] = tuple(table.shards)
        self._table = table
        self._number = {entry.name: number for number, entry in enumerate(self.shards)}

    def _open(self) -> Table:
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise CohortError(f"no cohort file at {self.path}: {error.strerror}") from None
        self._connect()
        stored = dict(self._rows("SELECT name, data FROM meta"))
        if not {"table", "root"} <= stored.keys():
            raise self._damaged("its table is missing")
        self.root = stored["root"].hex()
        if hashlib.sha256(stored["table"]).digest() != stored["root"]:
            raise self._damaged("its table does not fit the root hash")
        try:
            table = table_decoder.decode(stored["table"])
        except msgspec.MsgspecError as error:
            raise CohortError(f"{self.path} is a cohort of another format: {error}") from None
        if table.format != FORMAT:
            raise CohortError(f"{self.path} has format {table.format}, this version reads {FORMAT}")
        pages = next(iter(self._rows("PRAGMA page_count")))[0]
        if size != pages * PAGE_BYTES:
            raise self._damaged(f"it has {size} bytes instead of {pages * PAGE_BYTES}")
        return table

    def _connect(self) -> None:
        uri = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
            # A parent's connection is kept, unused: it must not be closed in a child.
            self._connections.append(connection)
            connection.execute(f"PRAGMA mmap_size={_MMAP_BYTES}")
            self._execute = connection.execute
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from None
        self._pid = os.getpid()

    def _rows(self, sql: str, *values: int | str) -> list[tuple[Any, ...]]:
        if os.getpid() != self._pid:  # forked: neither the lock's state nor the connection may be shared
            self._lock = threading.Lock()
            self._connect()
        try:
            with self._lock:
                return self._execute(sql, values).fetchall()
        except sqlite3.ProgrammingError:
            raise CohortError(f"{self.path} was closed") from None
        except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            raise self._damaged(str(error)) from None

    def _part(self, what: str, sql: str, *values: int | str) -> bytes:
        rows = self._rows(sql, *values)
        if not rows or not isinstance(rows[0][0], bytes):
            raise self._damaged(f"{what} is missing")
        return rows[0][0]

    def _damaged(self, what: str) -> CohortError:
        """The error to raise; a marker beside the file makes the next start build it anew."""
        fix = "start again and it is built anew"
        try:
            damage_marker(self.path).write_text(self.root, encoding="ascii")
        except OSError:
            fix = f"delete {self.path} and start again"
        return CohortError(f"the cohort file {self.path} is damaged: {what}; {fix}")

    def _checked(self, data: bytes, digest: bytes, what: str) -> bytes:
        if short_hash(data) != digest:
            raise self._damaged(f"{what} does not fit its hash")
        return data

    def names(self) -> tuple[str, ...]:
        """The names of the shards, in order."""
        return tuple(self._number)

    def shard(self, name: str) -> tuple[bytes, Callable[[int], bytes]]:
        """The index block of a shard, and what reads its chunks by number.

        Raises:
            KeyError: there is no such shard.
            CohortError: the index is damaged; reading a damaged chunk raises it too.
        """
        number = self._number[name]
        entry = self.shards[number]
        index = self._part(f"the index of {name}", "SELECT data FROM shard WHERE number = ?", number)
        self._checked(index, entry.index_hash, f"the index of {name}")
        return index, self._chunk_reader(number, entry)

    def _chunk_reader(self, number: int, entry: ShardEntry) -> Callable[[int], bytes]:
        what = f"the hashes of {entry.name}"
        hashes = self._part(what, "SELECT hashes FROM shard WHERE number = ?", number)
        self._checked(hashes, entry.chunks_hash, what)
        unchecked = set(range(entry.chunks))

        def read(chunk: int) -> bytes:
            """The chunk's bytes. Its hash is checked at the first touch."""
            if not 0 <= chunk < entry.chunks:
                raise self._damaged(f"{entry.name} has no chunk {chunk}")
            name = f"chunk {chunk} of {entry.name}"
            data = self._part(name, "SELECT data FROM chunk WHERE key = ?", chunk_key(number, chunk))
            if chunk in unchecked:
                self._checked(data, hashes[chunk * 16 : chunk * 16 + 16], name)
                unchecked.discard(chunk)
            return data

        return read

    def find(self, digest: bytes) -> tuple[str, ...]:
        """Names of the shards that hold a resource with this digest of type and id.

        Nearly always none or one; two only where digests collide, so the caller looks into the shard.
        """
        if self._directory is None:
            data = self._part("the directory", "SELECT data FROM part WHERE name = 'directory'")
            self._checked(data, self._table.directory, "the directory")
            self._directory = directory_arrays(data)
        keys, numbers = self._directory
        wanted = np.uint64(int.from_bytes(digest, "big"))
        at = int(keys.searchsorted(wanted))
        found: list[str] = []
        while at < len(keys) and keys[at] == wanted:
            found.append(self.shards[int(numbers[at])].name)
            at += 1
        return tuple(dict.fromkeys(found))

    def sealed(self, name: str) -> bytes:
        """A sealed part, such as the ledger of what was placed where. Never served to an agent.

        Raises:
            KeyError: there is no such part.
        """
        digest = self._table.sealed[name]
        data = self._part(f"the sealed part {name}", "SELECT data FROM part WHERE name = ?", f"sealed/{name}")
        return self._checked(data, digest, f"the sealed part {name}")

    def ndjson(self, name: str) -> Iterator[bytes]:
        """The bodies of a shard in canonical order: types as they first occurred, rows as inserted."""
        index, read = self.shard(name)
        chunks = [read(n) for n in range(self.shards[self._number[name]].chunks)]
        return bodies(index, chunks)

    def verify(self, progress: Callable[[str], None] | None = None) -> None:
        """Reads and checks everything.

        Args:
            progress: called with the name of each part before it is read.

        Raises:
            CohortError: names the first damaged part.
        """
        for row in self._rows("PRAGMA integrity_check(1)"):
            if row[0] != "ok":
                raise self._damaged(str(row[0]))
        total = hashlib.sha256()
        separator = b""
        for name in self.names():
            if progress is not None:
                progress(name)
            for body in self.ndjson(name):
                total.update(separator + body)
                separator = b"\n"
        if total.hexdigest() != self.manifest["cohort_hash"]:
            raise self._damaged("its bodies do not fit the cohort's hash")
        self.find(b"\0" * 8)
        for name in self._table.sealed:
            self.sealed(name)

    def close(self) -> None:
        """Closes the file; may be called twice."""
        if self._pid == os.getpid() and self._connections:
            self._connections.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
