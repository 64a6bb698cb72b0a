"""From the spool to the shards of a cohort file, one chart at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import orjson

from chartgym.errors import CohortError

from ..embedded.packing import pack_shard
from ..embedded.shard import HOSPITAL, PackedShard
from ..embedded.validate import validate
from .checking import UNKNOWN_TIME
from .report import LISTED, Missing
from .resolving import Resolver
from .spool import Row, Spool

MAX_SHARDS = 65_535
"""The container's directory numbers shards in 16 bits."""
MAX_SHARD_BYTES = 500 << 20
"""The container numbers the chunks of a shard, about 16 kB each and never less than half of that, in 16 bits."""
_TARGETS = 100_000


@dataclass(slots=True)
class Packed:
    """What was found while packing.

    Attributes:
        types: resources packed, by type.
        charts: shards of patients.
        dangling: references to what is not here.
        elsewhere: references to other servers.
    """

    types: Counter[str] = field(default_factory=Counter[str])
    charts: int = 0
    dangling: int = 0
    elsewhere: int = 0
    _targets: dict[str, list[int | str]] = field(default_factory=dict[str, "list[int | str]"])

    def lacks(self, target: str, holder: str) -> None:
        """Notes a reference that leads nowhere."""
        self.dangling += 1
        known = self._targets.get(target)
        if known is not None:
            known[0] = int(known[0]) + 1
        elif len(self._targets) < _TARGETS:
            self._targets[target] = [1, holder]

    def missing(self) -> tuple[Missing, ...]:
        """The most wanted targets."""
        found = [
            Missing(target, int(count), str(holder)) for target, (count, holder) in self._targets.items()
        ]
        return tuple(sorted(found, key=lambda m: (-m.count, m.target))[:LISTED])


def shards(
    spool: Spool,
    resolver: Resolver,
    packed: Packed,
    now: str,
    *,
    lenient: bool,
    refused: Callable[[], None],
    progress: Callable[[int], None],
) -> Iterator[PackedShard]:
    """The shards of all charts: what belongs to nobody first, then patients by id.

    Args:
        spool: dealt.
        resolver: of the same spool.
        packed: filled while the shards are taken.
        now: the cohort's clock, for resources that do not tell when they were updated.
        lenient: whether what R4 forbids is packed too.
        refused: told when a resource is refused.
        progress: told how many resources are done, now and then.

    Raises:
        CohortError: there are too many patients, or one has too much.
    """
    sizes = list(spool.rows("SELECT owner, SUM(size) FROM resource GROUP BY owner ORDER BY owner"))
    if len(sizes) > MAX_SHARDS:
        raise CohortError(
            f"{len(sizes) - 1} patients: a cohort file holds at most {MAX_SHARDS - 1}; import fewer"
        )
    if not sizes or sizes[0][0]:
        yield pack_shard(HOSPITAL, [])
    for owner, size in sizes:
        name = owner or HOSPITAL
        if size > MAX_SHARD_BYTES:
            whose = f"Patient/{owner} has" if owner else "what belongs to no patient is"
            raise CohortError(
                f"{whose} {size >> 20} MiB: a chart holds at most {MAX_SHARD_BYTES >> 20}; import less"
            )
        packer = _Packer(spool, resolver, packed, now.encode(), lenient, refused)
        shard = pack_shard(name, packer.bodies(owner))
        if shard.count or not owner:
            packed.charts += bool(owner)
            yield shard
        progress(sum(packed.types.values()))


@dataclass(frozen=True, slots=True)
class _Packer:
    """Makes bodies ready to be packed."""

    spool: Spool
    resolver: Resolver
    packed: Packed
    now: bytes
    lenient: bool
    refused: Callable[[], None]

    def bodies(self, owner: str) -> Iterator[bytes]:
        """The bodies of a chart, in order."""
        for row, body in self.spool.owner_rows(owner):
            ready = self._ready(row, body)
            if ready is not None:
                self.packed.types[row.kind] += 1
                yield ready

    def _ready(self, row: Row, body: bytes) -> bytes | None:
        if UNKNOWN_TIME in body[:200]:
            body = body.replace(UNKNOWN_TIME, self.now, 1)
        if row.resolving:
            body = self.resolver.resolve(body, row.bundle)
            if not self.lenient and not self._is_valid(row, body):
                return None
        missing, elsewhere = self.resolver.missing(body)
        self.packed.elsewhere += elsewhere
        for target in missing:
            self.packed.lacks(target, row.key)
        return body

    def _is_valid(self, row: Row, body: bytes) -> bool:
        """What a URN stood for is known only now, and so whether it may stand there."""
        issues = validate(orjson.loads(body))
        if issues:
            message = f"{issues[0].path}: {issues[0].message}"
            self.spool.refuse(row.where, "invalid", message, row.kind, row.id)
            self.refused()
        return not issues
