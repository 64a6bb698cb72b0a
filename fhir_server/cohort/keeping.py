"""What a cohort file keeps beside the charts and never serves: the ledger, the tally of the mess, the facts."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict

import msgspec
import orjson

from .courses.facts import Fact, Facts
from .mess import tally_people
from .plan import Plan

LEDGER, MESS, FACTS = "ledger", "mess", "facts"
"""Names of the sealed parts."""

_encoder = msgspec.msgpack.Encoder()
_facts_decoder = msgspec.msgpack.Decoder(list[Fact])
_kept_decoder = msgspec.msgpack.Decoder(dict[str, bytes])
_tally_decoder = msgspec.json.Decoder(dict[str, int])


class Keeping:
    """The sealed parts while charts are written one after the other.

    Attributes:
        parts: the sealed parts by name; MESS and FACTS are set by `close`, so that a writer which takes shards from a
            generator finds them when the last shard was taken.
    """

    def __init__(self, plan: Plan) -> None:
        self.parts: dict[str, bytes] = {LEDGER: orjson.dumps([asdict(p) for p in plan.placements])}
        self._tally = tally_people(plan.people)
        self._facts: dict[str, bytes] = {}

    def add(self, person_id: str, tally: Mapping[str, int], facts: bytes) -> None:
        """Adds one person's tally and packed facts."""
        self._tally.update(tally)
        if facts:
            self._facts[person_id] = facts

    def close(self) -> None:
        """Everybody was added."""
        self.parts[MESS] = orjson.dumps(dict(sorted(self._tally.items())))
        self.parts[FACTS] = _encoder.encode(self._facts)


def pack_facts(facts: Facts) -> bytes:
    """A table of facts as bytes, compressed; empty for an empty one."""
    return zlib.compress(_encoder.encode(facts.rows)) if facts.rows else b""


def read_facts(data: bytes) -> Facts:
    """What `pack_facts` made, as it was."""
    return Facts(_facts_decoder.decode(zlib.decompress(data))) if data else Facts()


def read_kept_facts(data: bytes) -> Mapping[str, bytes]:
    """The part FACTS: packed facts by person."""
    return _kept_decoder.decode(data)


def read_tally(data: bytes) -> Mapping[str, int]:
    """The part MESS."""
    return Counter(_tally_decoder.decode(data))
