"""Once everything is read: one resource an id, and each in the chart that it belongs to."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec

from ..embedded.shard import HOSPITAL
from .resolving import Resolver
from .spool import Spool, Where

_BATCH = 1_000
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def drop_duplicates(spool: Spool) -> int:
    """Leaves one resource for each type and id.

    Equal ones count once. Of different ones the youngest by `meta.lastUpdated` is kept, where it is not told the first
    read; the others are refused.

    Returns:
        How many were dropped because they were equal to the one that is kept.
    """
    repeated = 0
    # a table of its own, since the other one changes while this is gone through, and there may be millions
    spool.execute(
        "CREATE TABLE twice AS SELECT key, seq, updated, file, line, entry, kind, id FROM resource WHERE key IN "
        "(SELECT key FROM resource GROUP BY key HAVING COUNT(*) > 1)"
    )
    rows = spool.rows("SELECT * FROM twice ORDER BY key, updated DESC, seq")
    kept: tuple[Any, ...] = ("",)
    body = b""
    for row in rows:
        if row[0] != kept[0]:
            kept, body = row, spool.body(row[1])
        elif _is_same(body, spool.body(row[1])):
            repeated += 1
        else:
            where = f"{spool.file_name(kept[3])}:{kept[4]}"
            why = "is younger" if kept[2] > row[2] else "was read first"
            message = f"its id is taken by another {row[6]}, of other content, at {where}, which {why}"
            spool.refuse(Where(*row[3:6]), "duplicate", message, row[6], row[7])
    gone = "(SELECT seq FROM twice WHERE seq NOT IN (SELECT kept FROM first))"
    spool.execute(
        "CREATE TABLE first AS SELECT kept FROM (SELECT seq AS kept, ROW_NUMBER() OVER "
        "(PARTITION BY key ORDER BY updated DESC, seq) AS place FROM twice) WHERE place = 1"
    )
    spool.execute(f"DELETE FROM resource WHERE seq IN {gone}")  # noqa: S608 our own words
    return repeated


def _is_same(first: bytes, second: bytes) -> bool:
    return first == second or _content(first) == _content(second)


def _content(body: bytes) -> Any:
    """A resource without what a server notes about its versions."""
    resource = _decode(body)
    del resource["meta"]["versionId"], resource["meta"]["lastUpdated"]
    return resource


def deal(spool: Spool, resolver: Resolver) -> None:
    """Gives each resource its owner: the one patient it is about, or whose Encounter it names; else nobody."""
    _by_subject(spool, resolver)
    _by_encounter(spool, resolver)
    # a Patient who is called as the shard of what belongs to nobody shares that shard
    spool.execute("UPDATE resource SET owner = '' WHERE owner = ?", (HOSPITAL,))
    spool.execute("CREATE INDEX by_owner ON resource (owner, kind, time, id)")


def _by_subject(spool: Spool, resolver: Resolver) -> None:
    found: list[tuple[Any, ...]] = []
    rows = spool.rows("SELECT seq, bundle, ref FROM subject ORDER BY seq")
    for seq, group in groupby(rows, key=lambda row: row[0]):
        keys = {resolver.key_of(ref, bundle) for _, bundle, ref in group}
        owners = [key for key in keys if key.startswith("Patient/")]
        if len(owners) == 1:
            found.append((owners[0].removeprefix("Patient/"), seq))
        if len(found) >= _BATCH:
            spool.execute_many("UPDATE resource SET owner = ?, via = '' WHERE seq = ?", found)
            found.clear()
    spool.execute_many("UPDATE resource SET owner = ?, via = '' WHERE seq = ?", found)


def _by_encounter(spool: Spool, resolver: Resolver) -> None:
    spool.execute(
        "CREATE TABLE indirect AS SELECT seq, bundle, via FROM resource "
        "WHERE owner = '' AND via != '' AND kind != 'Patient'"
    )
    found: list[tuple[Any, ...]] = []
    for seq, bundle, ref in spool.rows("SELECT seq, bundle, via FROM indirect"):
        key = resolver.key_of(ref, bundle)
        owner = next(spool.rows("SELECT owner FROM resource WHERE key = ?", key), ("",))[0] if key else ""
        if owner:
            found.append((owner, seq))
        if len(found) >= _BATCH:
            spool.execute_many("UPDATE resource SET owner = ? WHERE seq = ?", found)
            found.clear()
    spool.execute_many("UPDATE resource SET owner = ? WHERE seq = ?", found)
