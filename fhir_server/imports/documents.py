"""From a stream of text to resources, one after another, each with its place: NDJSON, Bundles, arrays, single ones.

Two ways lead through a text. Lines: each is a value of its own, and one that is broken costs only itself. Documents:
brackets are counted, so that a Bundle of any size is taken entry by entry and never held whole, and an entry that is
broken inside costs only itself. What is in a value is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator

from .items import BROKEN, Fault, Found, Item, Limits, is_bundle, raw_items, too_large
from .scanning import Counter, Scanner

_SNIFFED = 1 << 20
_SNIFFED_LINES = 20


def read_text(chunks: Iterator[bytes], limits: Limits, *, lines: bool = False) -> Iterator[Found]:
    """What is in a text, in order.

    Args:
        chunks: the text in UTF-8, cut anywhere.
        limits: what may be held in memory.
        lines: whether the file's name says that each line is a value.
    """
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= _SNIFFED:
            break
    joined = _with_head(head, chunks)
    bundles = Counter()
    if _is_lines(head, lines):
        yield from _read_lines(joined, limits, bundles)
    else:
        yield from Scanner(limits, bundles).read(joined)


def _with_head(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _is_lines(head: bytes, named: bool) -> bool:
    """Whether the text is a value a line: its name says so, its first line is a whole resource, or some others are."""
    whole = head.splitlines() if len(head) < _SNIFFED else head.splitlines()[:-1]
    first = [line.rstrip() for line in whole[:_SNIFFED_LINES] if line.strip()]
    if not first:
        return named
    resources = sum(map(_is_resource, first))
    if first[0].strip() == b"{" or first[0].lstrip().startswith(b"["):
        return resources * 2 > len(
            first
        )  # an array or object that is laid out, or a first line that is broken
    return named or _is_resource(first[0].lstrip()) or resources > 1


def _is_resource(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        return b"resourceType" in line and "resourceType" in raw_items.decode(line)
    except BROKEN:
        return False


def _read_lines(chunks: Iterator[bytes], limits: Limits, bundles: Counter) -> Iterator[Found]:
    for number, line in _lines(chunks, limits.line):
        if line is None:
            yield Fault(number, None, "too-large", too_large("line", limits.line))
        elif text := line.strip():
            if b'"Bundle"' in text and is_bundle(text):
                yield from Scanner(limits, bundles, number).read(iter((text,)))
            elif len(text) > limits.resource:
                yield Fault(number, None, "too-large", too_large("resource", limits.resource))
            else:
                yield Item(number, None, text)


def _lines(chunks: Iterator[bytes], limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is longer than the limit."""
    number = 1
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            size += end - start
            parts.append(chunk[start:end])
            yield number, b"".join(parts) if size <= limit else None
            number += 1
            parts, size, start = [], 0, end + 1
        size += len(chunk) - start
        if size <= limit:
            parts.append(chunk[start:])
        else:
            parts = []
    if size:
        yield number, b"".join(parts) if size <= limit else None
