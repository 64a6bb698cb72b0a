"""Which generator made a cohort: a number, and a hash of all that shapes the file, so that edited code rebuilds."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

GENERATOR_VERSION = "1"
"""Raised when charts change in a release."""

_HERE = Path(__file__).resolve().parent
_SERVER = _HERE.parent
_PACKING = (
    "packing",
    "extract",
    "columns",
    "dates",
    "parameters",
    "shard",
    "container_format",
    "container_write",
)


@lru_cache(maxsize=1)
def generator_version() -> str:
    """The version with a hash of sources and data, such as `1-3f9c0a12b4d5`."""
    files = [path for path in _HERE.rglob("*") if path.suffix in {".py", ".json", ".ndjson"}]
    files += [_SERVER / "data" / name for name in ("codes.json", "names.json", "search-parameters.json")]
    files += [_SERVER / "embedded" / f"{name}.py" for name in _PACKING]
    total = hashlib.sha256()
    for path in sorted(files):
        if path.exists():
            total.update(str(path.relative_to(_SERVER)).encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{GENERATOR_VERSION}-{total.hexdigest()[:12]}"
