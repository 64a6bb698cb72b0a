"""The base that all sessions share: shards that never change, fetched and decoded when first touched."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from ..backend import Resource
from .packing import pack_shard, shard_name
from .shard import PackedShard, Shard, Table, digest

INDEX_CACHE_BYTES = 112 * 1024 * 1024
CHUNK_CACHE = 2_048
"""How many chunks of bodies (about 16 kB each) are kept."""


class ShardInfo(Protocol):
    """What is known of a shard without touching it."""

    @property
    def name(self) -> str:
        """The patient's id, or `hospital`."""
        ...

    @property
    def types(self) -> Mapping[str, int]:
        """How many resources of each type it holds."""
        ...


class ShardSource(Protocol):
    """Where shards come from: a cohort file, or memory."""

    @property
    def shards(self) -> Sequence[ShardInfo]:
        """All shards, in the order that a search without `_sort` gives."""
        ...

    def shard(self, name: str) -> tuple[bytes, Callable[[int], bytes]]:
        """The index block of a shard, and what reads its chunks by number."""
        ...

    def find(self, digest: bytes) -> Sequence[str]:
        """Names of the shards that hold a resource with this `digest` of type and id."""
        ...


class MemorySource:
    """Shards in memory."""

    def __init__(self, shards: Iterable[PackedShard]) -> None:
        self.shards: tuple[PackedShard, ...] = tuple(shards)
        self._shards = {shard.name: shard for shard in self.shards}
        self._where: dict[bytes, tuple[str, ...]] = {}
        for shard in self.shards:
            for start in range(0, len(shard.digests), 8):
                key = shard.digests[start : start + 8]
                self._where[key] = (*self._where.get(key, ()), shard.name)

    @classmethod
    def of(cls, resources: Iterable[Resource], now: str) -> MemorySource:
        """Resources dealt to the shards of their patients; those without meta get version 1 and `now`."""
        dealt: dict[str, list[Resource | bytes]] = {}
        for resource in resources:
            dealt.setdefault(shard_name(resource), []).append(resource)
        return cls(pack_shard(name, items, last_updated=now) for name, items in dealt.items())

    def shard(self, name: str) -> tuple[bytes, Callable[[int], bytes]]:
        """The index block of a shard, and what reads its chunks."""
        shard = self._shards[name]
        return shard.index, shard.chunks.__getitem__

    def find(self, digest: bytes) -> Sequence[str]:
        """Names of the shards that hold a resource with this digest."""
        return self._where.get(digest, ())


class Base:
    """Decoded shards, the most recently used of them kept. Threads may share it."""

    def __init__(self, source: ShardSource) -> None:
        self._source = source
        self.order = {info.name: number for number, info in enumerate(source.shards)}
        self._types: dict[str, list[str]] = {}
        for info in source.shards:
            for kind in info.types:
                self._types.setdefault(kind, []).append(info.name)
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[Shard, int]] = OrderedDict()
        self._open_bytes = 0
        self._chunk = lru_cache(maxsize=CHUNK_CACHE)(self._read_chunk)
        self._readers: dict[str, Callable[[int], bytes]] = {}

    def _read_chunk(self, name: str, number: int) -> bytes:
        return self._readers[name](number)

    def shard(self, name: str) -> Shard:
        """A shard, decoded."""
        with self._lock:
            known = self._open.get(name)
            if known is not None:
                self._open.move_to_end(name)
                return known[0]
        index, self._readers[name] = self._source.shard(name)
        shard = Shard(index, lambda number: self._chunk(name, number))
        with self._lock:
            if name not in self._open:
                self._open[name] = (shard, len(index))
                self._open_bytes += len(index)
            while self._open_bytes > INDEX_CACHE_BYTES and len(self._open) > 1:
                _, (_, size) = self._open.popitem(last=False)
                self._open_bytes -= size
        return shard

    def tables(self, resource_type: str, shards: frozenset[str] | None) -> list[tuple[int, str, Table]]:
        """Order, shard and table of a type, in order; of these shards only, where they are named."""
        names = self._types.get(resource_type, [])
        if shards is not None:
            if len(shards) < 4:
                names = sorted((n for n in shards if n in self.order), key=self.order.__getitem__)
            else:
                names = [n for n in names if n in shards]
        found: list[tuple[int, str, Table]] = []
        for name in names:
            table = self.shard(name).tables.get(resource_type)
            if table is not None:
                found.append((self.order[name], name, table))
        return found

    def shards_of(self, resource_type: str, resource_id: str) -> Sequence[str]:
        """The shards in which an id may live; nearly always one or none."""
        return self._source.find(digest(resource_type, resource_id))

    def find(self, resource_type: str, resource_id: str) -> tuple[str, Table, int] | None:
        """Shard, table and row of a resource; None where it is not."""
        for name in self._source.find(digest(resource_type, resource_id)):
            table = self.shard(name).tables.get(resource_type)
            row = table.row_of(resource_id) if table is not None else None
            if table is not None and row is not None:
                return name, table, row
        return None
