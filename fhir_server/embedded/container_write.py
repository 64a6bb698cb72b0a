"""Writes a cohort file: streamed, beside its place, synced, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from chartgym.errors import CohortError

from .container_format import (
    FORMAT,
    PAGE_BYTES,
    SCHEMA,
    ShardEntry,
    Table,
    bodies,
    chunk_key,
    damage_marker,
    directory_bytes,
    short_hash,
    table_encoder,
)
from .shard import PackedShard

__all__ = ["temporary_files", "write_cohort"]


def write_cohort(
    path: Path,
    manifest: Mapping[str, Any],
    shards: Iterable[PackedShard],
    sealed: Mapping[str, bytes] | None = None,
) -> Mapping[str, Any]:
    """Writes a cohort file and returns its manifest as stored.

    To the manifest are added `cohort_hash` (SHA-256 of all bodies in the order of the shards, joined by newlines:
    the same on any machine), `resources` and `types` (counts). The same input gives the same bytes.

    Args:
        path: where it shall be; an older file there is replaced when the new one is whole and synced.
        manifest: JSON values.
        shards: taken one by one; each is forgotten when written.
        sealed: parts that are kept but never served.

    Raises:
        CohortError: the file cannot be written, for want of space above all. Nothing is left behind.
        ValueError: two shards have one name.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            stored = _fill(connection, manifest, shards, sealed or {})
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise CohortError(f"cannot write the cohort file {path}: {_reason(error, path)}") from error
    finally:
        temporary.unlink(missing_ok=True)
    damage_marker(path).unlink(missing_ok=True)
    return stored


def temporary_files(path: Path) -> list[Path]:
    """What writers of `path` that were killed have left."""
    return sorted(p for p in path.parent.glob("*.tmp") if p.name.startswith(f"{path.name}."))


def _fill(
    connection: sqlite3.Connection,
    manifest: Mapping[str, Any],
    shards: Iterable[PackedShard],
    sealed: Mapping[str, bytes],
) -> Mapping[str, Any]:
    # Nothing can be lost by doing without a journal: before the rename the file is nobody's.
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    entries: list[ShardEntry] = []
    digests: list[bytes] = []
    types: Counter[str] = Counter()
    cohort = hashlib.sha256()
    names: set[str] = set()
    for shard in shards:
        if shard.name in names:
            raise ValueError(f"two shards are called {shard.name!r}")
        names.add(shard.name)
        lines = b"\n".join(bodies(shard.index, shard.chunks))
        if lines and any(entry.count for entry in entries):
            cohort.update(b"\n")
        cohort.update(lines)
        entries.append(_put_shard(connection, len(entries), shard))
        digests.append(shard.digests)
        types.update(shard.types)
    directory = directory_bytes(digests)
    parts = {"directory": directory} | {f"sealed/{name}": data for name, data in sorted(sealed.items())}
    connection.executemany("INSERT INTO part VALUES (?, ?)", parts.items())
    stored = {
        **manifest,
        "cohort_hash": cohort.hexdigest(),
        "resources": sum(entry.count for entry in entries),
        "types": dict(sorted(types.items())),
    }
    hashes = {name: short_hash(data) for name, data in sealed.items()}
    table = table_encoder.encode(Table(FORMAT, stored, entries, short_hash(directory), hashes))
    root = hashlib.sha256(table).digest()
    connection.executemany("INSERT INTO meta VALUES (?, ?)", [("table", table), ("root", root)])
    connection.execute("COMMIT")
    return stored


def _put_shard(connection: sqlite3.Connection, number: int, shard: PackedShard) -> ShardEntry:
    hashes = b"".join(short_hash(chunk) for chunk in shard.chunks)
    connection.execute("INSERT INTO shard VALUES (?, ?, ?)", (number, hashes, shard.index))
    rows = ((chunk_key(number, n), chunk) for n, chunk in enumerate(shard.chunks))
    connection.executemany("INSERT INTO chunk VALUES (?, ?)", rows)
    types = dict(shard.types)
    return ShardEntry(
        shard.name, shard.count, types, len(shard.chunks), short_hash(shard.index), short_hash(hashes)
    )


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: Exception, path: Path) -> str:
    number = error.errno if isinstance(error, OSError) else None
    full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if full or "full" in str(error) or "disk I/O" in str(error):
        return (
            f"{error}; make room there (a full cohort takes about 1 GB), "
            "or set CHARTGYM_CACHE to a folder on another disk"
        )
    return f"{error}; check that {path.parent} may be written, or set CHARTGYM_CACHE to another folder"
