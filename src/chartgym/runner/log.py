"""The run's log: append-only JSON Lines, one record an episode, on disk before it counts.

Layout of a run's folder::

    manifest.json     what was run; written once, compared on resume
    episodes.jsonl    one record a line, in the order in which episodes ended

A record's key is (manifest hash, task, agent, scaffold, trial); a run that was stopped goes on with the keys that are
missing.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from chartgym.errors import UsageError

SCHEMA = 1
"""Version of the record's form. Readers know every version up to this one."""

Record: TypeAlias = dict[str, Any]
"""One episode as JSON; the form is told in `record.py`."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes an episode unique within a log."""

    manifest: str
    task: str
    agent: str
    scaffold: str
    trial: int

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Key:
        """The key of a record."""
        return cls(**record["key"])


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that it is there whole or not at all (temporary file, fsync, rename).

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class LogWriter:
    """Appends records from any thread; a record is on disk when `append` returns."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "episodes.jsonl"
        self._lock = threading.Lock()
        _cut_torn_tail(self.path)
        # Without a buffer: what could not be written must not be tried again when the file is closed.
        self._file = self.path.open("ab", buffering=0)
        try:
            _sync_folder(folder)
        except OSError:
            self._file.close()
            raise

    def append(self, record: Record) -> None:
        """Appends one record and waits until the disk has it.

        Raises:
            OSError: the disk is full; the log then ends with the record before.
        """
        line = orjson.dumps(record) + b"\n"
        with self._lock:
            start = self._file.seek(0, os.SEEK_END)
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[self._file.write(rest) :]
                os.fsync(self._file.fileno())
            except OSError:
                os.ftruncate(self._file.fileno(), start)
                raise

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self._file.close()


def _cut_torn_tail(path: Path) -> None:
    """Cuts what a kill left after the last whole line, so that the next record starts on a line of its own."""
    if not path.exists():
        return
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def read_log(folder: Path | str) -> Iterator[Record]:
    """Yields the records of a run's folder in the order in which episodes ended.

    A last line that was cut off is left out: that episode never counted as done.

    Raises:
        UsageError: there is no log, a line in the middle is damaged, or a newer ChartGym wrote it.
    """
    path = Path(folder) / "episodes.jsonl"
    if not path.exists():
        raise UsageError(f"no log at {path}: is this the folder given as --out?")
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                return
            try:
                record: Record = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise UsageError(
                    f"{path}:{number}: damaged record ({error}); remove the line to go on"
                ) from error
            if record.get("schema", 0) > SCHEMA:
                raise UsageError(f"{path}:{number}: written by a newer ChartGym (schema {record['schema']})")
            yield record
