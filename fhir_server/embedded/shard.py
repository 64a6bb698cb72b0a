"""A shard: the bodies of some resources and, for each search parameter, sorted postings over them.

A cohort file holds one shard a patient and one (`hospital`) for what belongs to no patient; Patient resources are in
it too, so that a search by name opens one shard. A session is one more tiny shard in memory.

The index block: `CGS2`, where the header starts (u32), arrays (each at a multiple of 8), the header (msgpack).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from .columns import Column, DateColumn, KeyedColumn, SpanColumn, row_type

HOSPITAL = "hospital"
MAGIC = b"CGS2"


@dataclass(frozen=True, slots=True)
class PackedShard:
    """A shard as it is stored: an index block and raw bodies in chunks. The container hashes each part.

    Attributes:
        name: the patient's id, or `hospital`.
        count: how many resources.
        index: one block, decoded when the shard is first touched.
        chunks: bodies in chunks of about 16 kB, fetched one by one when a body is needed.
        types: how many resources of each type.
        digests: 8 bytes for each resource, `digest` of type and id, which say where an id lives.
    """

    name: str
    count: int
    index: bytes
    chunks: tuple[bytes, ...]
    types: Mapping[str, int] = field(default_factory=dict[str, int])
    digests: bytes = b""


def digest(resource_type: str, resource_id: str) -> bytes:
    """Eight bytes that stand for `type/id`: where an id lives is looked up by them."""
    return blake2b(f"{resource_type}/{resource_id}".encode(), digest_size=8).digest()


Span = tuple[int, int]
"""Offset and length of an array in an index block, in bytes."""


class TableHeader(msgspec.Struct, array_like=True, frozen=True):
    """Where the parts of one type are in an index block.

    Attributes:
        count: how many rows.
        ids: the ids one after another.
        id_ends: where each id ends (u32); empty where all ids are equally long.
        digests: the first half of each `digest`, ascending (u32).
        digest_rows: the row of each digest.
        chunk: the chunk of each row (u16).
        offset: where each row begins in its chunk (u16 or u32).
        length: how long each row is (u16 or u32).
        columns: kind and parts of each column.
    """

    count: int
    ids: Span
    id_ends: Span
    digests: Span
    digest_rows: Span
    chunk: Span
    offset: Span
    length: Span
    columns: dict[str, tuple[str, list[Span]]]


class ShardHeader(msgspec.Struct, array_like=True, frozen=True):
    """The header of an index block."""

    name: str
    tables: dict[str, TableHeader]


class TableView(Protocol):
    """The resources of one type in one shard, as a search sees them."""

    @property
    def count(self) -> int:
        """How many rows."""
        ...

    @property
    def ids(self) -> list[str]:
        """The logical id of each row."""
        ...

    def id_of(self, row: int) -> str:
        """The logical id of a row."""
        ...

    def row_of(self, resource_id: str) -> int | None:
        """The row that an id has now, None where there is none."""
        ...

    @property
    def column_names(self) -> list[str]:
        """The parameters for which any row has a value."""
        ...

    def body(self, row: int) -> bytes:
        """The stored JSON of a row."""
        ...

    def column(self, name: str) -> Column | None:
        """The column of a search parameter, None where no row has a value."""
        ...


_STRINGS = msgspec.msgpack.Decoder(list[str])


class Table:
    """The resources of one type in one shard. Everything is decoded when first asked for."""

    def __init__(
        self, kind: str, header: TableHeader, block: bytes, read_chunk: Callable[[int], bytes]
    ) -> None:
        self.count = header.count
        self._kind = kind
        self._header = header
        self._block = block
        self._read_chunk = read_chunk
        self._columns: dict[str, Column] = {}

    def _array(self, span: Span, kind: Any) -> NDArray[Any]:
        start, length = span
        return np.frombuffer(self._block, dtype=kind, count=length // np.dtype(kind).itemsize, offset=start)

    def _numbers(self, span: Span) -> memoryview:
        """One number a row, in 16 bits where they suffice; quicker to pick from than an array."""
        view = memoryview(self._block)[span[0] : span[0] + span[1]]
        return view.cast("H" if span[1] == 2 * self.count else "I")

    def _strings(self, span: Span) -> list[str]:
        return _STRINGS.decode(memoryview(self._block)[span[0] : span[0] + span[1]])

    @property
    def ids(self) -> list[str]:
        """The logical id of each row; decoded anew each time, as searches seldom want them all."""
        return [self.id_of(row) for row in range(self.count)]

    def id_of(self, row: int) -> str:
        """The logical id of a row."""
        base, length = self._header.ids
        ends = self._id_ends
        if ends is None:
            width = length // self.count
            start = base + width * row
            return self._block[start : start + width].decode()
        return self._block[base + (ends[row - 1] if row else 0) : base + ends[row]].decode()

    @cached_property
    def _id_ends(self) -> memoryview | None:
        """Where each id ends, None where all are equally long."""
        start, length = self._header.id_ends
        return memoryview(self._block)[start : start + length].cast("I") if length else None

    @cached_property
    def _digests(self) -> tuple[memoryview, memoryview]:
        head = self._header
        start, length = head.digests
        return memoryview(self._block)[start : start + length].cast("I"), self._numbers(head.digest_rows)

    def row_of(self, resource_id: str) -> int | None:
        """The row of an id, None where there is none."""
        digests, rows = self._digests
        wanted = int.from_bytes(digest(self._kind, resource_id)[:4], "big")
        at = bisect_left(digests, wanted)
        while at < self.count and digests[at] == wanted:
            if self.id_of(rows[at]) == resource_id:
                return rows[at]
            at += 1
        return None

    @cached_property
    def _places(self) -> tuple[memoryview, memoryview, memoryview]:
        head = self._header
        return self._numbers(head.chunk), self._numbers(head.offset), self._numbers(head.length)

    def body(self, row: int) -> bytes:
        """The stored JSON of a row."""
        chunks, offsets, lengths = self._places
        start = offsets[row]
        return self._read_chunk(chunks[row])[start : start + lengths[row]]

    def column(self, name: str) -> Column | None:
        """The column of a search parameter, None where no row has a value."""
        found = self._columns.get(name)
        if found is None:
            entry = self._header.columns.get(name)
            if entry is None:
                return None
            found = self._columns[name] = self._decode(*entry)
        return found

    @property
    def column_names(self) -> list[str]:
        """The parameters for which any row has a value."""
        return list(self._header.columns)

    def _decode(self, tag: str, spans: list[Span]) -> Column:
        rows = row_type(self.count)
        if tag == KeyedColumn.tag:
            keys = self._strings(spans[0])
            return KeyedColumn(
                keys, self._array(spans[1], np.uint32), self._array(spans[2], rows), self.count
            )
        if tag == DateColumn.tag:
            numbers = (np.int64, np.int64, np.int32, np.int32)
            low, high, first, last = (
                self._array(s, kind) for s, kind in zip(spans[1:], numbers, strict=True)
            )
            return DateColumn(self._array(spans[0], rows), low, high, first, last, count=self.count)
        low, high = self._array(spans[1], np.float64), self._array(spans[2], np.float64)
        unit, units = self._array(spans[3], np.uint16), self._strings(spans[4])
        return SpanColumn(self._array(spans[0], rows), low, high, unit, units, count=self.count)


_HEADER = msgspec.msgpack.Decoder(ShardHeader)


class Shard:
    """A decoded shard.

    Args:
        index: the index block of a `PackedShard`.
        read_chunk: gives the chunk of bodies with a number.
    """

    def __init__(self, index: bytes, read_chunk: Callable[[int], bytes]) -> None:
        if index[:4] != MAGIC:
            raise ValueError(f"not an index block: begins with {index[:4]!r}, expected {MAGIC!r}")
        header = _HEADER.decode(memoryview(index)[int.from_bytes(index[4:8], "little") :])
        self.name = header.name
        self.tables = {kind: Table(kind, table, index, read_chunk) for kind, table in header.tables.items()}
