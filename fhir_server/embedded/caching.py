"""The headers by which HTTP clients keep what they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def http_date(instant: str) -> str:
    """An instant as HTTP writes it, empty where it is none."""
    try:
        return format_datetime(datetime.fromisoformat(instant).astimezone(UTC), usegmt=True)
    except ValueError:
        return ""


def not_modified(headers: Mapping[str, str], tag: str, changed: str) -> bool:
    """Whether a client that sent these headers has this version (`tag`, `changed` as in the answer) already."""
    wanted, since = headers.get("if-none-match"), headers.get("if-modified-since")
    if wanted is not None:
        return wanted.strip() in {tag, tag[2:], "*"}
    try:
        return bool(since and changed) and parsedate_to_datetime(changed) <= parsedate_to_datetime(
            since or ""
        )
    except (TypeError, ValueError):
        return False
