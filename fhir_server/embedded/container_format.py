"""What reader and writer of a cohort file agree on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .shard import Shard

FORMAT = 1
"""Number of the file format; a change of it makes every older file unreadable, and rebuilt."""
PAGE_BYTES = 65536
"""SQLite's largest page: a chunk of bodies lies in one or two of them."""
MAX_CHUNKS = 1 << 20

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE part (name TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE shard (number INTEGER PRIMARY KEY, hashes BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE chunk (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""


class ShardEntry(msgspec.Struct, array_like=True, frozen=True):
    """What the table tells of a shard."""

    name: str
    count: int
    types: dict[str, int]
    chunks: int
    index_hash: bytes
    chunks_hash: bytes


class Table(msgspec.Struct, frozen=True):
    """What the root hash covers."""

    format: int
    manifest: dict[str, Any]
    shards: list[ShardEntry]
    directory: bytes
    sealed: dict[str, bytes]


table_decoder = msgspec.msgpack.Decoder(Table)
table_encoder = msgspec.msgpack.Encoder(order="sorted")


def short_hash(data: bytes | memoryview) -> bytes:
    """The 16 bytes that guard a part: SHA-256, cut."""
    return hashlib.sha256(data).digest()[:16]


def chunk_key(shard: int, chunk: int) -> int:
    """The row of a chunk."""
    return shard * MAX_CHUNKS + chunk


def directory_arrays(data: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
    """Digests in ascending order, and for each the number of its shard."""
    count = len(data) // 10
    keys = np.frombuffer(data, dtype="<u8", count=count)
    return keys, np.frombuffer(data, dtype="<u2", count=count, offset=count * 8)


def directory_bytes(digests: list[bytes]) -> bytes:
    """The directory of shards whose resources have these digests of 8 bytes each, in order of the shards."""
    parts = [np.frombuffer(each, dtype=">u8").astype("<u8") for each in digests]
    keys = np.concatenate([*parts, np.empty(0, "<u8")])
    numbers = np.repeat(np.arange(len(digests), dtype="<u2"), [len(d) // 8 for d in digests])
    order = np.argsort(keys, kind="stable")
    return keys[order].tobytes() + numbers[order].tobytes()


def bodies(index: bytes, chunks: Sequence[bytes]) -> Iterator[bytes]:
    """The bodies of a shard in canonical order: types as they first occurred, rows as they were inserted."""
    for table in Shard(index, chunks.__getitem__).tables.values():
        for row in range(table.count):
            yield table.body(row)


def damage_marker(path: Path) -> Path:
    """The file that says that the cohort file beside it, with the root hash inside, was found damaged."""
    return path.with_name(path.name + ".damaged")
