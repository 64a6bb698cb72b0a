"""The embedded FHIR R4 server: in process, nothing to start, sessions that cost microseconds.

`EmbeddedServer(source, now=...)` serves a cohort file or any other `ShardSource`;
`EmbeddedServer.from_resources(...)` serves resources in memory. `pack_shard` and `shard_name` are what a cohort is
built with.
"""

from .base import MemorySource, ShardInfo, ShardSource
from .packing import encode_resource, pack_shard, shard_name
from .server import EmbeddedServer
from .session import EmbeddedSession
from .shard import HOSPITAL, PackedShard, Shard

__all__ = [
    "HOSPITAL",
    "EmbeddedServer",
    "EmbeddedSession",
    "MemorySource",
    "PackedShard",
    "Shard",
    "ShardInfo",
    "ShardSource",
    "encode_resource",
    "pack_shard",
    "shard_name",
]
