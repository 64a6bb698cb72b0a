"""What two spellings of one thing have in common: text, instants, references. Pure; never raises.

Everything here takes JSON that an agent wrote, so nothing may raise on it: what cannot be read is "not
equal", with a few words on what there was. Units are in `meaning_units.py`, codes in `meaning_codes.py`,
prose in `meaning_prose.py`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal, cast

from ..fhir_server.cohort.plan import TIME_ZONE
from .base import Json

OWN_BASES = ("http://chartgym.example/fhir", "http://localhost:8080/fhir", "http://127.0.0.1:8080/fhir")
"""Bases under which an absolute reference means this server."""

MAX_TEXT = 20_000
"""Longest text that is looked into, in characters; a longer one never matches."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found: whether it holds, and what there was, in a few words for people."""

    ok: bool
    got: str


def brief(value: Json, limit: int = 160) -> str:
    """A JSON value on one line, control characters escaped, cut at `limit` characters."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError, TypeError):
        text = "(unreadable value)"
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def at(node: Json, *path: str) -> list[Json]:
    """Every value under a path of keys, arrays flattened; empty where a step is missing or no object."""
    found: list[Json] = _flat(node)
    for key in path:
        found = [
            value
            for parent in found
            if isinstance(parent, dict)
            for value in _flat(cast("dict[str, Json]", parent).get(key))
        ]
    return found


def _flat(value: Json) -> list[Json]:
    if value is None:
        return []
    return list(cast("list[Json]", value)) if isinstance(value, list) else [value]


def strings(node: Json, *path: str) -> list[str]:
    """The strings among `at(node, *path)`."""
    return [v for v in at(node, *path) if isinstance(v, str)]


def is_number(value: Json) -> bool:
    """A finite JSON number; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e15  # false for NaN and the infinities too


# -- text ----------------------------------------------------------------------------------------------------


def fold(text: str, compare: Literal["text", "words", "digits"] = "text") -> str:
    """The normal form in which texts are compared (see `AnswerField.compare`)."""
    text = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if compare == "words":
        return " ".join("".join(c if c.isalnum() else " " for c in text).split())
    if compare == "digits":
        digits = "".join(c for c in text if c in "0123456789")
        return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return text


def hidden_character(text: str) -> str | None:
    """The first character that a reader cannot see or that breaks lines: NUL, zero-width, bidi, U+2028.

    Tab, line feed and carriage return are white space and pass. Returns its code point, such as `U+202E`.
    """
    for c in text:
        if c not in "\t\n\r" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            return f"U+{ord(c):04X}"
    return None


def mentions(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as whole words; case, space and punctuation do not count."""
    words = _words(text) if len(text) <= 300 else f" {fold(text[:MAX_TEXT], 'words')} "
    return _words(name) in words


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """A short text in the form for finding whole words; the names of tables come again and again."""
    return f" {fold(text, 'words')} "


# -- time ----------------------------------------------------------------------------------------------------

_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_instant(text: Json) -> datetime | None:
    """An ISO 8601 instant with offset (seconds may be left out); None for all else: no offset, 24:00, :60."""
    match = _INSTANT.fullmatch(text) if isinstance(text, str) and len(text) <= 40 else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0),
            int((fraction or "0")[:6].ljust(6, "0")), tzinfo=_offset(offset),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)


def parse_date(text: Json) -> date | None:
    """A calendar date `YYYY-MM-DD`, None for anything else."""
    if not isinstance(text, str) or _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment(spec: Mapping[str, Json], text: Json) -> Found:
    """Whether a FHIR date, dateTime or instant is when `spec` says.

    `spec` is one of::

        {"value": instant, "tolerance_minutes": 15}      # within, ends in
        {"earliest": instant, "latest": instant}         # ends in, either may be absent
        {"date": "YYYY-MM-DD", "tolerance_days": 0}      # the local day in the cohort's time zone; a bare
        date passes

    A bare date never matches the first two.
    """
    got = brief(text)
    if "date" in spec:
        wanted = parse_date(spec["date"])
        when = parse_instant(text)
        day = when.astimezone(TIME_ZONE).date() if when else parse_date(text)
        days = int(spec.get("tolerance_days") or 0)
        return Found(wanted is not None and day is not None and abs((day - wanted).days) <= days, got)
    when = parse_instant(text)
    if when is None:
        return Found(False, got)
    earliest, latest = _bounds(spec)
    return Found((earliest is None or when >= earliest) and (latest is None or when <= latest), got)


def _bounds(spec: Mapping[str, Json]) -> tuple[datetime | None, datetime | None]:
    if "value" in spec:
        middle = parse_instant(spec["value"])
        if middle is None:
            raise ValueError(f"gold: not an instant: {spec['value']!r}")
        slack = timedelta(minutes=float(spec.get("tolerance_minutes") or 0))
        return middle - slack, middle + slack
    earliest, latest = parse_instant(spec.get("earliest")), parse_instant(spec.get("latest"))
    if earliest is None and latest is None:
        raise ValueError(f"gold: a time needs value, earliest, latest or date: {dict(spec)!r}")
    return earliest, latest


def describe_moment(spec: Mapping[str, Json]) -> str:
    """`spec` of `moment` in words."""
    if "date" in spec:
        days = spec.get("tolerance_days") or 0
        return f"{spec['date']}" + (f" +/- {days} d" if days else "")
    if "value" in spec:
        minutes = spec.get("tolerance_minutes") or 0
        return f"{spec['value']}" + (f" +/- {minutes} min" if minutes else "")
    return f"from {spec.get('earliest', 'any time')} to {spec.get('latest', 'any time')}"


# -- references ----------------------------------------------------------------------------------------------

_RELATIVE = re.compile(
    r"([A-Z][A-Za-z]{1,39})/([A-Za-z0-9.\-]{1,64})(?:/_history/[A-Za-z0-9.\-]{1,64})?", re.ASCII
)


def reference_target(reference: Json, bases: Sequence[str] = OWN_BASES) -> str | None:
    """`Type/id` that a FHIR Reference points to on this server, None for every other way to point.

    Relative, versioned, and absolute under an own base are read; contained (`#x`), conditional (`Type?...`),
    `urn:`, foreign servers, identifier-only and display-only are not. A `type` that differs is not either.
    """
    if not isinstance(reference, dict):
        return None
    node = cast("dict[str, Json]", reference)
    text = node.get("reference")
    if not isinstance(text, str) or len(text) > 400:
        return None
    for base in bases:
        if text.startswith(base + "/"):
            text = text[len(base) + 1 :]
            break
    match = _RELATIVE.fullmatch(text)
    if match is None or node.get("type") not in (None, match.group(1)):
        return None
    return f"{match.group(1)}/{match.group(2)}"


def points_to(target: str, references: Sequence[Json]) -> Found:
    """Whether there is exactly one reference and it points to `Type/id`."""
    got = brief(list(references) if len(references) != 1 else references[0])
    return Found(len(references) == 1 and reference_target(references[0]) == target, got)
