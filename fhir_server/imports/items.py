"""What stands in a text, before anybody looks into it: what ought to be a resource, and what is refused at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import msgspec

NESTED = "a Bundle inside a Bundle or array is not opened; give it as a file or line of its own"
OLD_VERSIONS = "a Bundle of type history holds older versions of resources; export their current state"


BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the quick parser raises for what is no JSON."""

raw_items = msgspec.json.Decoder(dict[str, msgspec.Raw])
_any = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Limits:
    """What is held in memory at most, in bytes.

    Attributes:
        resource: of one resource.
        line: of one line, and of a Bundle that is so ordered that it cannot be taken entry by entry.
    """

    resource: int = 16 << 20
    line: int = 64 << 20


@dataclass(slots=True)
class Item:
    """What ought to be a resource, as it stands in the text.

    Attributes:
        line: from 1; where it begins.
        entry: its number in the Bundle or array, from 0; None outside of one.
        raw: its JSON.
        bundle: number of its Bundle in the text, from 1; 0 outside of one.
        url: the entry's `fullUrl`, else empty.
        method: the entry's `request.method`, else empty.
        request: the entry's `request.url`, else empty.
    """

    line: int
    entry: int | None
    raw: bytes
    bundle: int = 0
    url: str = ""
    method: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of the text that is refused. `reason` as in `Refusal`."""

    line: int
    entry: int | None
    reason: str
    message: str


Found: TypeAlias = Item | Fault


_BUNDLE = re.compile(rb'\s*\{.{0,4000}?"resourceType"\s*:\s*"Bundle"', re.DOTALL)


def is_bundle(text: bytes) -> bool:
    """Whether a value is a Bundle, as far as can be seen without reading all of it."""
    try:
        return name_of(raw_items.decode(text).get("resourceType")) == "Bundle"
    except BROKEN:
        return _BUNDLE.match(text) is not None


def name_of(raw: msgspec.Raw | None) -> str:
    """A string given as raw JSON; empty where it is none."""
    try:
        value: object = _any.decode(raw) if raw is not None else ""
    except BROKEN:
        return ""
    return value if isinstance(value, str) else ""


def too_large(what: str, limit: int) -> str:
    """What is said of something that was not held."""
    return f"a {what} of more than {size_words(limit)}; it was passed over"


def size_words(limit: int) -> str:
    """A number of bytes in words."""
    return f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"


def entry_item(raw: bytes, line: int, entry: int, bundle: int) -> Found:
    """The resource of a Bundle's entry."""
    try:
        parts = raw_items.decode(raw)
        request: Any = _any.decode(parts["request"]) if "request" in parts else None
    except BROKEN as error:
        return Fault(line, entry, "not-json", f"the entry is not valid JSON: {error}")
    asked = cast("dict[str, Any]", request) if isinstance(request, dict) else {}
    method, url = str(asked.get("method") or ""), str(asked.get("url") or "")
    if "resource" not in parts:
        what = f"a {method} request for {url[:80]!r}" if method else "no resource"
        return Fault(line, entry, "no-resource", f"the entry holds {what}: there is nothing to load")
    return Item(line, entry, bytes(parts["resource"]), bundle, name_of(parts.get("fullUrl")), method, url)
