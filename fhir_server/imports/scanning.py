"""Takes a text of any size apart by counting brackets: a Bundle entry by entry, an array item by item.

No Bundle is ever held whole, and an entry that is broken inside costs only itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from .items import (
    BROKEN,
    NESTED,
    OLD_VERSIONS,
    Fault,
    Found,
    Item,
    Limits,
    entry_item,
    is_bundle,
    name_of,
    raw_items,
    size_words,
    too_large,
)

_HISTORY = "history"
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])

_STRING = rb'"(?:[^"\\\n]++|\\[^\n]|\\(?=\n))*+["\n]'
"""A string; one that is not closed ends with its line, since JSON has no line breaks in strings."""
_TOP = re.compile(_STRING + rb'|["{}\[\]]', re.DOTALL)
"""Strings and brackets; a lone quote is a string whose end is not there yet."""
_DEEP = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb')*+(["{}\[\]])', re.DOTALL)
"""Runs up to the next bracket, strings skipped; a quote at the end as above."""
_NESTED = 12


def _nested(levels: int) -> bytes:
    """A pattern for a value in brackets that is nested no deeper than this. It never goes back: a miss is quick."""
    inner = rb'[^"{}\[\]]++|' + _STRING
    pattern = rb"[{\[](?:" + inner + rb")*+[}\]]"
    for _ in range(levels - 1):
        pattern = rb"[{\[](?:" + inner + rb"|" + pattern + rb")*+[}\]]"
    return pattern


SHALLOW = re.compile(_nested(_NESTED), re.DOTALL)
"""A whole value in brackets, which nearly all are; for the others brackets are counted one by one."""
_COLON = re.compile(rb"\s*+(.)", re.DOTALL)


class Counter:
    """Numbers the Bundles of a text."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """The next number, from 1."""
        self.last += 1
        return self.last


class Scanner:
    """Takes values apart by counting brackets. One scanner reads one text.

    Args:
        limits: what may be held.
        bundles: numbers the Bundles.
        line: number of the text's first line.
    """

    def __init__(self, limits: Limits, bundles: Counter, line: int = 1) -> None:
        self._limits = limits
        self._bundles = bundles
        self._buffer = b""
        self._at = 0
        self._line = line
        self._counted = 0
        self._begin = -1
        self._reset()

    def _reset(self) -> None:
        """Ready for the next value of the text."""
        self._mode = "between"  # or "object", "entries", "array", "deep"
        self._back = "between"
        self._depth = 0
        self._gap = self._at
        self._key = ""
        self._header: dict[str, str] = {}
        self._streamed = False
        self._bundle = 0
        self._entry = 0

    def read(self, chunks: Iterator[bytes]) -> Iterator[Found]:
        """Everything in the text, in order."""
        for chunk in _growing(chunks, lambda: len(self._buffer)):
            self._trim(chunk)
            yield from self._scan()
            if len(self._buffer) - self._kept() > self._limits.line:
                message = (
                    f"a value of more than {size_words(self._limits.line)}, or one whose brackets do not close; "
                    "the rest of the file was not read"
                )
                yield Fault(self._line_at(self._kept()), self._number(), "too-large", message)
                for _ in chunks:
                    pass
                return
        yield from self._end()

    def _kept(self) -> int:
        """Where the part of the buffer begins that is still needed."""
        if self._begin >= 0:
            return self._begin
        return self._at if self._mode in ("object", "deep") else self._gap

    def _number(self) -> int | None:
        """The number of the entry that is being read; None outside of a Bundle or array."""
        return self._entry if self._streamed or "array" in (self._mode, self._back) else None

    def _trim(self, chunk: bytes) -> None:
        """Drops what is done with and adds a chunk."""
        cut = self._kept()
        self._line_at(cut)
        self._buffer = self._buffer[cut:] + chunk
        self._at -= cut
        self._gap -= cut
        self._counted -= cut
        if self._begin >= 0:
            self._begin -= cut

    def _line_at(self, position: int) -> int:
        """The number of the line at a position; lines are counted forward only."""
        if position > self._counted:
            self._line += self._buffer.count(b"\n", self._counted, position)
            self._counted = position
            return self._line
        return self._line - self._buffer.count(b"\n", position, self._counted)

    def _scan(self) -> Iterator[Found]:
        """Goes on until more of the text is needed."""
        while True:
            if self._mode == "deep":
                if not self._descend():
                    return
                if self._depth:
                    continue
                yield from self._closed()
                continue
            token = _TOP.search(self._buffer, self._at)
            if token is None:
                return
            text = token[0]
            if text == b'"' or (text[:1] == b'"' and self._mode == "object" and self._follows(token) == b""):
                return
            yield from self._token(token, text)

    def _descend(self) -> bool:
        """Follows brackets until the value that was begun is closed; whether one more bracket was there."""
        match = _DEEP.match
        buffer, at, depth = self._buffer, self._at, self._depth
        moved = False
        while depth:
            found = match(buffer, at)
            if found is None or found[1] == b'"':
                break
            depth += 1 if found[1] in b"{[" else -1
            at = found.end()
            moved = True
        self._at, self._depth = at, depth
        return moved

    def _follows(self, token: re.Match[bytes]) -> bytes:
        """The byte after a string, spaces skipped; empty where it is not there yet."""
        found = _COLON.match(self._buffer, token.end())
        return found[1] if found else b""

    def _token(self, token: re.Match[bytes], text: bytes) -> Iterator[Found]:
        """A bracket or string outside of any value that is passed over whole."""
        mode = self._mode
        if mode == "object" and text[:1] == b'"':
            if self._follows(token) == b":":
                self._key = _text(text)
            else:
                self._header.setdefault(self._key, _text(text))
            self._at = token.end()
            return
        if text in b"{[":
            yield from self._opened(token, text)
        elif mode == "between" or (mode in ("entries", "array") and text[:1] == b'"'):
            self._at = token.end()  # told with the gap that it lies in
        else:
            self._at = token.end()
            yield from self._left()

    def _opened(self, token: re.Match[bytes], text: bytes) -> Iterator[Found]:
        start = token.start()
        if self._mode == "between":
            yield from self._stray(start, b"")
            self._begin = start
            self._line_at(start)
            self._mode = "object" if text == b"{" else "array"
            self._at = self._gap = token.end()
            if text == b"[":
                self._begin = -1
        elif self._mode == "object":
            streams = text == b"[" and self._key == "entry" and self._can_stream()
            self._at = token.end()
            if streams:
                self._mode = "entries"
                self._begin = -1
                self._gap = self._at
                if not self._streamed:
                    self._streamed, self._bundle = True, self._bundles.next()
                    if self._header.get("type") == _HISTORY:
                        yield Fault(self._line_at(start), None, _HISTORY, OLD_VERSIONS)
            else:
                self._mode, self._back, self._depth = "deep", "object", 1
        else:
            yield from self._stray(start, b"," if self._entry else b"")
            self._begin = start
            self._line_at(start)
            self._back, self._mode, self._depth = self._mode, "deep", 1
            self._at = self._gap = token.end()
            whole = SHALLOW.match(self._buffer, start)
            if whole is not None:
                self._at, self._depth = whole.end(), 0
                yield from self._closed()

    def _can_stream(self) -> bool:
        return self._header.get("resourceType") == "Bundle" and "type" in self._header

    def _closed(self) -> Iterator[Found]:
        """A value that was passed over whole has ended."""
        self._mode = self._back
        self._gap = self._at
        if self._mode == "object":
            return
        raw, line, entry = self._buffer[self._begin : self._at], self._line_at(self._begin), self._entry
        self._begin = -1
        self._entry += 1
        if self._mode == "array":
            yield from self._whole(raw, line, entry)
        elif self._header.get("type") != _HISTORY:
            yield self._sized(raw, line, entry) or entry_item(raw, line, entry, self._bundle)

    def _sized(self, raw: bytes, line: int, entry: int | None) -> Fault | None:
        if len(raw) <= self._limits.resource:
            return None
        return Fault(line, entry, "too-large", too_large("resource", self._limits.resource))

    def _left(self) -> Iterator[Found]:
        """A closing bracket outside of a value that is passed over whole."""
        if self._mode == "entries":
            yield from self._stray(self._at - 1, b"")
            self._mode = "object"
            self._gap = self._at
            return
        if self._mode == "array":
            yield from self._stray(self._at - 1, b"")
        elif not self._streamed:
            raw, line = self._buffer[self._begin : self._at], self._line_at(self._begin)
            yield from self._whole(raw, line, None)
        self._begin = -1
        self._reset()

    def _stray(self, end: int, wanted: bytes) -> Iterator[Fault]:
        """What stands between values and ought not to."""
        between = self._buffer[self._gap : end].strip()
        if between != wanted:
            shown = between.partition(b"\n")[0][:40].decode("utf-8", "replace")
            message = f"found {shown!r} where no value can be read" if between else "a comma is missing"
            yield Fault(self._line_at(self._gap), self._number(), "not-json", message)
        self._gap = end

    def _whole(self, raw: bytes, line: int, entry: int | None) -> Iterator[Found]:
        """A value that was held whole: a resource, or a Bundle whose entries came before its type."""
        if b'"Bundle"' not in raw or not is_bundle(raw):
            yield self._sized(raw, line, entry) or Item(line, entry, raw)
            return
        if entry is not None:
            yield Fault(line, entry, "nested-bundle", NESTED)
            return
        try:
            parts = raw_items.decode(raw)
            entries = _raw_list.decode(parts["entry"]) if "entry" in parts else []
        except BROKEN as error:
            yield Fault(line, None, "not-json", f"the Bundle is not valid JSON: {error}")
            return
        if name_of(parts.get("type")) == _HISTORY:
            yield Fault(line, None, _HISTORY, OLD_VERSIONS)
            return
        bundle = self._bundles.next()
        for number, inner in enumerate(entries):
            yield self._sized(bytes(inner), line, number) or entry_item(bytes(inner), line, number, bundle)

    def _end(self) -> Iterator[Found]:
        """The text is over."""
        if self._mode == "between":
            yield from self._stray(len(self._buffer), b"")
            return
        start = self._begin if self._begin >= 0 else len(self._buffer)
        message = "the text ends before all brackets are closed: it was cut short, or a bracket is missing"
        yield Fault(self._line_at(start), self._number(), "cut-short", message)


def _text(raw: bytes) -> str:
    """A key or short text."""
    try:
        value: object = msgspec.json.decode(raw) if len(raw) < 200 else ""
    except BROKEN:
        return ""
    return value if isinstance(value, str) else ""


def _growing(chunks: Iterator[bytes], held: Callable[[], int]) -> Iterator[bytes]:
    """Chunks, joined so that each is a fair part of what is held already: a long value is not copied too often."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size * 2 >= held():
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)
