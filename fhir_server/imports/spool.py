"""A temporary file between reading and packing: what was read lies in it until all of it is there.

Input is sorted by file or by type, a cohort by patient, and a reference may point forward; so everything is written
down first. The file has no name once it is open: however the process ends, nothing of it is left.
"""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from chartgym.errors import CohortError

from .checking import Checked
from .report import Place, Refusal

_BATCH = 500
_SCHEMA = """
CREATE TABLE file (number INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE resource (
    seq INTEGER PRIMARY KEY, key TEXT, kind TEXT, id TEXT, owner TEXT, via TEXT, time INT, updated INT,
    resolving INT, size INT, bundle INT, file INT, line INT, entry INT);
CREATE TABLE body (seq INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE alias (bundle INT, url TEXT, key TEXT);
CREATE TABLE subject (seq INT, bundle INT, ref TEXT);
CREATE TABLE refusal (file INT, line INT, entry INT, reason TEXT, message TEXT, kind TEXT, id TEXT);
"""
_INDEXES = (
    "CREATE INDEX by_key ON resource (key)",
    "CREATE INDEX by_alias ON alias (url, bundle)",
)


class Where(NamedTuple):
    """A place, the file by its number."""

    file: int
    line: int = 0
    entry: int | None = None


class Row(NamedTuple):
    """What is known of a stored resource besides its body."""

    seq: int
    key: str
    kind: str
    id: str
    owner: str
    resolving: int
    bundle: int
    file: int
    line: int
    entry: int | None

    @property
    def where(self) -> Where:
        """Where it stood."""
        return Where(self.file, self.line, self.entry)


_ROW = "seq, key, kind, id, owner, resolving, bundle, file, line, entry"


class Spool:
    """Everything that was read, on disk.

    Args:
        beside: the cohort file that will be written: the spool lies in its folder, where room is needed anyway.

    Raises:
        CohortError: there is no room, or the folder cannot be written. So do all methods.
    """

    def __init__(self, beside: Path) -> None:
        self._folder = beside.parent
        self._rows: list[tuple[Any, ...]] = []
        self._bodies: list[tuple[int, bytes]] = []
        self._subjects: list[tuple[int, int, str]] = []
        self._aliases: list[tuple[int, str, str]] = []
        self.count = 0
        self.refused = 0
        place = beside.with_name(f"{beside.name}.{os.getpid()}-{secrets.token_hex(4)}.spool.tmp")
        with self._errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                self._open(place)
            finally:
                place.unlink(missing_ok=True)

    def _open(self, place: Path) -> None:
        self._db = sqlite3.connect(place, isolation_level=None)
        for pragma in (
            "page_size=16384",
            "journal_mode=OFF",
            "synchronous=OFF",
            "locking_mode=EXCLUSIVE",
            "cache_size=-65536",
        ):
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            number = error.errno if isinstance(error, OSError) else None
            words = str(error)
            full = (
                number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "full" in words or "disk I/O" in words
            )
            fix = (
                "make room (an import needs about three times the size of the unpacked data), or give --out a place "
                "on another disk"
                if full
                else "give --out a place that may be written"
            )
            raise CohortError(f"cannot write in {self._folder}: {words}; {fix}") from error

    def add_file(self, number: int, name: str) -> None:
        """Notes the name of a file."""
        with self._errors():
            self._db.execute("INSERT INTO file VALUES (?, ?)", (number, name))

    def add(self, found: Checked, where: Where, bundle: int, url: str) -> None:
        """Stores a resource.

        Args:
            found: the resource.
            where: where it stood.
            bundle: number of its Bundle, 0 outside of one.
            url: what other resources may call it.
        """
        self.count += 1
        seq, key = self.count, f"{found.kind}/{found.id}"
        owner, unresolved = _direct_owner(found.subjects)
        self._rows.append(
            (
                seq, key, found.kind, found.id, owner, "" if owner else found.via, found.times.first, found.updated,
                found.resolving, len(found.body), bundle, *where,
            )
        )  # fmt: skip
        self._bodies.append((seq, found.body))
        self._subjects += [(seq, bundle, ref) for ref in unresolved]
        if url and url != key:
            self._aliases.append((bundle, url, key))
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Writes what is held back."""
        with self._errors():
            many = self._db.executemany
            many("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._rows)
            many("INSERT INTO body VALUES (?, ?)", self._bodies)
            many("INSERT INTO subject VALUES (?, ?, ?)", self._subjects)
            many("INSERT INTO alias VALUES (?, ?, ?)", self._aliases)
        for batch in (self._rows, self._bodies, self._subjects, self._aliases):
            batch.clear()

    def refuse(self, where: Where, reason: str, message: str, kind: str = "", name: str = "") -> None:
        """Notes what is not loaded."""
        self.refused += 1
        with self._errors():
            self._db.execute(
                "INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*where, reason, message[:2_000], kind, name),
            )

    def index(self) -> None:
        """Ends the reading: from now on resources are found by key, and references by URL."""
        self.flush()
        for sql in _INDEXES:
            self.execute(sql)

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Runs one statement."""
        with self._errors():
            return self._db.execute(sql, values)

    def execute_many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        """Runs one statement for many rows."""
        with self._errors():
            self._db.executemany(sql, rows)

    def rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one."""
        cursor = self.execute(sql, values)
        while True:
            with self._errors():
                batch = cursor.fetchmany(_BATCH)
            if not batch:
                return
            yield from batch

    def body(self, seq: int) -> bytes:
        """The body of a resource."""
        return next(self.rows("SELECT data FROM body WHERE seq = ?", seq))[0]

    def owner_rows(self, owner: str) -> Iterator[tuple[Row, bytes]]:
        """The resources of a chart, ordered by type, time and id, whatever order they were read in."""
        columns = ", ".join(f"r.{name}" for name in _ROW.split(", "))
        sql = (
            f"SELECT {columns}, b.data FROM resource r JOIN body b ON b.seq = r.seq "  # noqa: S608 our own names
            "WHERE r.owner = ? ORDER BY r.kind, r.time, r.id"
        )
        for row in self.rows(sql, owner):
            yield Row(*row[:-1]), row[-1]

    def file_name(self, number: int) -> str:
        """The name of a file."""
        return next(self.rows("SELECT name FROM file WHERE number = ?", number))[0]

    def refusals(self) -> Iterator[Refusal]:
        """All of them, in order of files and lines."""
        sql = (
            "SELECT f.name, x.line, x.entry, x.reason, x.message, x.kind, x.id FROM refusal x "
            "JOIN file f ON f.number = x.file ORDER BY x.file, x.line, x.entry, x.rowid"
        )
        for name, line, entry, reason, message, kind, own in self.rows(sql):
            yield Refusal(Place(name, line, entry), reason, message, kind, own)

    def close(self) -> None:
        """Gives the room back."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _direct_owner(subjects: list[str]) -> tuple[str, list[str]]:
    """The patient that plain references name, else the references that must be resolved first.

    Of several patients none owns the resource.
    """
    unresolved = [s for s in subjects if s.startswith(("urn:", "http://", "https://")) or "?" in s]
    direct = [s for s in subjects if s.startswith("Patient/") and "?" not in s]
    if unresolved:
        return "", [*unresolved, *direct]
    return (direct[0].removeprefix("Patient/"), []) if len(direct) == 1 else ("", [])
