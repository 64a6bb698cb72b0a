"""A shard: the bodies of some resources and, for each search parameter, sorted postings over them.

A cohort file holds one shard a patient and one (`hospital`) for what belongs to no patient. A session is one more
tiny shard in memory.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PackedShard:
    """A shard as it is stored: an index block and raw bodies in chunks. The container hashes each part.

    Attributes:
        name: the patient's id, or `hospital`.
        count: how many resources.
        index: one block, decoded when the shard is first touched.
        chunks: bodies in chunks of about 64 KiB, fetched one by one when a body is needed.
    """

    name: str
    count: int
    index: bytes
    chunks: tuple[bytes, ...]
