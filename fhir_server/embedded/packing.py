"""Packs resources into a shard: bodies into chunks, values of search parameters into columns.

Elements repeat in a chart (codes, units, subjects, times of a panel), so what an element indexes is remembered by its
raw JSON: a row then costs one look-up an element and one append a value.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from ..backend import Resource
from .columns import Column, DateColumn, KeyedColumn, build_column, row_type
from .extract import Feature, extractor
from .parameters import resource_types, type_info
from .shard import HOSPITAL, MAGIC, PackedShard, ShardHeader, Span, TableHeader, digest

CHUNK_BYTES = 16_000
"""Small, so that one body is read quickly; four fit a page of 64 KiB of the container."""
ID_PATTERN = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_REMEMBERED = 60_000
_SHORT = 1_500
_CLUSTER_KEYS = ("code", "medicationCodeableConcept", "vaccineCode", "type")
"""Bodies of a type lie together by these elements, since most searches name one of them."""

_raw_items = msgspec.json.Decoder(dict[str, msgspec.Raw])
_features: dict[tuple[str, str, bytes], tuple[Feature, ...]] = {}


def encode_resource(resource: Resource) -> bytes:
    """A resource as compact JSON; a `Decimal` keeps its zeros."""
    return orjson.dumps(resource, default=_fragment)


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def element_features(resource_type: str, key: str, raw: bytes) -> tuple[Feature, ...]:
    """What a top-level element, given as raw JSON, indexes."""
    if len(raw) > _SHORT:
        return extractor(resource_type).features(key, orjson.loads(raw))
    found = _features.get((resource_type, key, raw))
    if found is None:
        found = extractor(resource_type).features(key, orjson.loads(raw))
        if len(_features) >= _REMEMBERED:
            _features.clear()
        _features[resource_type, key, raw] = found
    return found


class TableBuilder:
    """Gathers the rows of one type."""

    def __init__(self, resource_type: str) -> None:
        self.resource_type = resource_type
        self.ids: list[str] = []
        self.bodies: list[bytes] = []
        self.clusters: list[bytes] = []
        self.postings: dict[str, dict[Any, list[int]]] = {}
        self._keys = extractor(resource_type).keys - {"id"}
        self._known: dict[tuple[str, bytes], tuple[Callable[[int], None], ...]] = {}

    def add(self, resource_id: str, items: dict[str, Any], body: bytes) -> None:
        """Adds a row; `items` are the raw top-level elements of `body`."""
        row = len(self.ids)
        self.ids.append(resource_id)
        self.bodies.append(body)
        known, keys = self._known, self._keys
        for key, raw in items.items():
            if key in keys:
                raw_bytes = bytes(raw)
                appends = known.get((key, raw_bytes))
                if appends is None:
                    appends = self._learn(key, raw_bytes)
                for append in appends:
                    append(row)
        cluster = next((items[k] for k in _CLUSTER_KEYS if k in items), b"")
        self.clusters.append(bytes(cluster))

    def _learn(self, key: str, raw: bytes) -> tuple[Callable[[int], None], ...]:
        appends: list[Callable[[int], None]] = []
        for column, value in element_features(self.resource_type, key, raw):
            postings = self.postings.setdefault(column, {})
            appends.append(postings.setdefault(value, []).append)
        found = self._known[key, raw] = tuple(appends)
        return found

    def columns(self) -> dict[str, Column]:
        """The finished columns."""
        count = len(self.ids)
        return {name: build_column(postings, count) for name, postings in self.postings.items()}


class _BlockWriter:
    """Writes arrays one after another, equal ones once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 8
        self._spans: dict[bytes, Span] = {}

    def put(self, data: bytes) -> Span:
        known = self._spans.get(data)
        if known is not None:
            return known
        span = self._spans[data] = (self.size, len(data))
        padding = -len(data) % 8
        self.parts += (data, b"\0" * padding)
        self.size += len(data) + padding
        return span

    def put_column(self, column: Column) -> tuple[str, list[Span]]:
        if isinstance(column, KeyedColumn):
            arrays = [msgspec.msgpack.encode(column.keys), column.starts.tobytes(), column.rows.tobytes()]
        elif isinstance(column, DateColumn):
            values = (column.rows, column.low, column.high, column.first, column.last)
            arrays = [v.tobytes() for v in values]
        else:
            numbers = (column.rows, column.low, column.high, column.unit)
            arrays = [*(v.tobytes() for v in numbers), msgspec.msgpack.encode(column.units)]
        return column.tag, [self.put(a) for a in arrays]

    def finish(self, header: ShardHeader) -> bytes:
        return b"".join((MAGIC, self.size.to_bytes(4, "little"), *self.parts, msgspec.msgpack.encode(header)))


class _ChunkWriter:
    """Lays bodies into chunks."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._open: list[bytes] = []
        self._size = 0

    def put(self, body: bytes) -> tuple[int, int]:
        """Chunk number and offset of the body."""
        if self._size and self._size + len(body) > CHUNK_BYTES:
            self.close()
        place = (len(self.chunks), self._size)
        self._open.append(body)
        self._size += len(body)
        return place

    def close(self) -> None:
        if self._open:
            self.chunks.append(b"".join(self._open))
            self._open, self._size = [], 0


def pack_shard(
    name: str, resources: Iterable[Resource | bytes], *, last_updated: str | None = None
) -> PackedShard:
    """Packs resources into a shard.

    Args:
        name: the patient's id, or `hospital`. In a patient's shard every `subject` or `patient` that is a Patient
            must be this one: a search by patient opens only this shard and the hospital's.
        resources: valid R4, in the order that a search without `_sort` gives. Each has `id`, and `meta` with
            `versionId` and `lastUpdated`; bytes are taken as they are.
        last_updated: an instant; resources given as dicts without `meta.versionId` get version 1 and this time.

    Raises:
        ValueError: a resource without id, type or meta, an id given twice, or another patient's resource.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and looking for cycles would take half of the time
    try:
        return _write(name, _gather(name, resources, last_updated))
    finally:
        if collecting:
            gc.enable()


def _gather(
    name: str, resources: Iterable[Resource | bytes], last_updated: str | None
) -> dict[str, TableBuilder]:
    tables: dict[str, TableBuilder] = {}
    decode = _raw_items.decode
    for resource in resources:
        body = (
            resource if isinstance(resource, bytes) else encode_resource(_with_meta(resource, last_updated))
        )
        items = decode(body)
        try:
            kind, resource_id = orjson.loads(bytes(items["resourceType"])), orjson.loads(bytes(items["id"]))
            bytes(items["meta"])
        except KeyError as error:
            raise ValueError(
                f"a resource of shard {name!r} lacks {error.args[0]!r}: {body[:120]!r}"
            ) from None
        if not isinstance(resource_id, str):
            raise ValueError(f"shard {name!r} has a {kind} whose id is no text: {resource_id!r}")
        table = tables.get(kind)
        if table is None:
            if kind not in resource_types():
                raise ValueError(f"R4 has no resource type {kind!r}")
            table = tables[kind] = TableBuilder(kind)
        table.add(resource_id, items, body)
    return tables


def _with_meta(resource: Resource, last_updated: str | None) -> Resource:
    meta: dict[str, Any] | None = resource.get("meta")
    if last_updated is None or (meta is not None and "versionId" in meta):
        return resource
    stamped: dict[str, Any] = {**(meta or {}), "versionId": "1", "lastUpdated": last_updated}
    head: Resource = {key: resource[key] for key in ("resourceType", "id") if key in resource}
    head["meta"] = stamped
    return head | {k: v for k, v in resource.items() if k not in head}


def _write(name: str, tables: dict[str, TableBuilder]) -> PackedShard:
    block, chunks, digests = _BlockWriter(), _ChunkWriter(), bytearray()
    headers: dict[str, TableHeader] = {}
    for kind, table in tables.items():
        count = len(table.ids)
        _check_ids(name, kind, table.ids)
        columns = table.columns()
        _check_patient(name, kind, columns)
        places = np.zeros((count, 3), dtype=np.int64)
        for row in sorted(range(count), key=table.clusters.__getitem__):
            body = table.bodies[row]
            places[row] = (*chunks.put(body), len(body))
        own_digests = b"".join([digest(kind, resource_id) for resource_id in table.ids])
        digests += own_digests
        numbers = np.frombuffer(own_digests, dtype=">u4")[::2].astype(np.uint32)
        order = np.argsort(numbers, kind="stable")
        lengths = np.fromiter(map(len, table.ids), dtype=np.uint32, count=count)
        ends = (
            np.cumsum(lengths, dtype=np.uint32) if len(set(lengths.tolist())) > 1 else np.empty(0, np.uint32)
        )
        headers[kind] = TableHeader(
            count,
            block.put("".join(table.ids).encode()),
            block.put(ends.tobytes()),
            block.put(numbers[order].tobytes()),
            block.put(order.astype(row_type(count)).tobytes()),
            block.put(places[:, 0].astype(np.uint16).tobytes()),
            block.put(_small(places[:, 1])),
            block.put(_small(places[:, 2])),
            {code: block.put_column(column) for code, column in columns.items()},
        )
    chunks.close()
    counts = {kind: len(table.ids) for kind, table in tables.items()}
    return PackedShard(
        name,
        sum(counts.values()),
        block.finish(ShardHeader(name, headers)),
        tuple(chunks.chunks),
        counts,
        bytes(digests),
    )


def _small(numbers: NDArray[np.int64]) -> bytes:
    """One number a row, in 16 bits where they suffice."""
    return numbers.astype(np.uint16 if int(numbers.max()) < 65_536 else np.uint32).tobytes()


def _check_ids(name: str, kind: str, ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        raise ValueError(f"shard {name!r} has an id of {kind} twice")
    for wrong in (i for i in ids if not ID_PATTERN.fullmatch(i)):
        raise ValueError(f"shard {name!r} has a {kind} with id {wrong!r}: 1 to 64 of A-Z a-z 0-9 - .")


def _check_patient(name: str, kind: str, columns: dict[str, Column]) -> None:
    if name == HOSPITAL:
        return
    for code in ("patient", "subject"):
        column = columns.get(code)
        for key in column.keys if isinstance(column, KeyedColumn) else ():
            if key.startswith("Patient/") and key != f"Patient/{name}":
                raise ValueError(
                    f"shard {name!r} holds a {kind} of {key}: it belongs to that patient's shard"
                )


def shard_name(resource: Resource) -> str:
    """The shard in which a resource belongs: its patient's id, or `hospital`."""
    kind = resource.get("resourceType", "")
    if kind == "Patient" or kind not in resource_types():
        return HOSPITAL
    found = extractor(kind)
    search = type_info(kind).search
    for code in ("patient", "subject"):
        if code in search:
            for path in search[code].paths:
                key = path.steps.split(".", maxsplit=1)[0].split("[")[0]
                for column, value in found.features(key, resource.get(key)):
                    if column == code and isinstance(value, str) and value.startswith("Patient/"):
                        return value.removeprefix("Patient/")
    return HOSPITAL
