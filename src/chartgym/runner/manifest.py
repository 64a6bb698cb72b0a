"""What a run is made of, hashed; a run is resumed only where this is the same."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from chartgym.errors import UsageError

from .log import write_whole

_PACKAGES = ("chartgym", "gymnasium", "jsonschema-rs", "msgspec", "numpy", "orjson")
_NOT_COMPARED = frozenset({"python", "packages", "hash"})
"""Recorded for people; a patch release of Python between two halves of a run is no other set-up."""


def make_manifest(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Completes the settings of a run with versions and a hash over what decides its results."""
    manifest: dict[str, Any] = {
        **settings,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }
    compared = {k: v for k, v in manifest.items() if k not in _NOT_COMPARED}
    manifest["hash"] = hashlib.sha256(orjson.dumps(compared, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    return manifest


def settle_manifest(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Writes the manifest of a new run, or compares it with the one that is there.

    Returns:
        Whether the folder already held a run, which now goes on.

    Raises:
        UsageError: the folder holds a run of another set-up (the differing fields are named), or other files.
    """
    path = folder / "manifest.json"
    if not path.exists():
        if (folder / "episodes.jsonl").exists():
            raise UsageError(f"{folder} holds a log without its manifest.json: choose another --out")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            told = "it is a file" if folder.is_file() else error.strerror
            raise UsageError(
                f"cannot make the folder {folder} for the log: {told}; choose another --out"
            ) from error
        write_whole(path, orjson.dumps(dict(manifest), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        return False
    try:
        old: dict[str, Any] = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{path} is damaged ({error}): choose another --out") from error
    keys = sorted((old.keys() | manifest.keys()) - _NOT_COMPARED)
    changed = [
        f"{k}: {old.get(k)!r} there, {manifest.get(k)!r} now" for k in keys if old.get(k) != manifest.get(k)
    ]
    if changed:
        told = "\n  ".join(line if len(line) < 300 else line[:300] + "..." for line in changed)
        raise UsageError(
            f"{folder} holds a run of another set-up; choose another --out, or run as before:\n  {told}"
        )
    return True
