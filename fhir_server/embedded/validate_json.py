"""From bytes to a resource: strict JSON, bounded, decimals exact.

Python's own decoder is used because it alone shows every key of an object, so that a duplicate is seen
(others keep the last one in silence, and two readers of one order could see two doses).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn, TypeGuard, cast

from chartgym.errors import ChartGymError

from ..backend import Resource
from .validate_issue import Issue

MAX_BYTES = 8 * 1024 * 1024
"""Largest body accepted; a load of 500 resources is about 0.5 MB."""
MAX_DEPTH = 48
"""Deepest nesting accepted; the deepest of HL7's 5,306 examples is 22."""
_MAX_DIGITS = 40
_MAX_EXPONENT = 300


class BodyError(ChartGymError):
    """A request body that is no resource. To be answered, not raised further.

    Attributes:
        status: 400, or 413 where the body is too large.
        issue: what is wrong, for the OperationOutcome.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.issue = Issue("error", code, "", message)


def parse_resource(body: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Resource:
    """Decodes a body into a resource, numbers with a point or an exponent as `Decimal`.

    Raises:
        BodyError: not UTF-8, not JSON, not an object, a duplicate key, a number that is none (NaN, Infinity)
            or beyond reason, a lone surrogate or control character, too large or too deep.
    """
    if len(body) > max_bytes:
        raise BodyError(413, "too-long", f"The body has {len(body)} bytes; at most {max_bytes} are accepted.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8: byte {error.start} ({body[error.start]:#04x}) cannot be decoded."
        raise BodyError(400, "structure", message) from None
    try:
        parsed: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise BodyError(400, "structure", f"The body is not valid JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if not _is_resource(parsed):
        kind = _KINDS.get(type(parsed), "a number")
        raise BodyError(
            400, "structure", f"The body must be a JSON object that is a FHIR resource, not {kind}."
        )
    # Brackets bound the depth from above, so that common bodies need no second walk.
    if body.count(b"{") + body.count(b"[") > max_depth and _depth(parsed, max_depth) > max_depth:
        raise _too_deep(max_depth)
    if b"\\u" in body:
        _refuse_bad_characters(parsed)
    return parsed


_KINDS: dict[type[object], str] = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def _is_resource(parsed: object) -> TypeGuard[Resource]:
    return isinstance(parsed, dict)


def _too_deep(limit: int) -> BodyError:
    return BodyError(400, "too-costly", f"The body is nested deeper than {limit} levels.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BodyError(400, "structure", f"The key {key[:80]!r} occurs twice in one object.")
            seen.add(key)
    return made


def _decimal(digits: str) -> Decimal:
    value = Decimal(digits)
    if len(digits) > _MAX_DIGITS or abs(value.adjusted()) > _MAX_EXPONENT:
        raise BodyError(
            400, "value", f"The number {digits[:50]} has too many digits or too large an exponent."
        )
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise BodyError(400, "value", f"The number {digits[:50]}... has more than {_MAX_DIGITS} digits.")
    return int(digits)


def _constant(name: str) -> NoReturn:
    raise BodyError(400, "value", f"{name} is not a JSON number.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_constant
)


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from cast("dict[str, object]", value).values()
    elif isinstance(value, list):
        yield from cast("list[object]", value)


def _depth(value: object, limit: int) -> int:
    """How many containers deep a value is nested; counting stops just beyond `limit`."""
    depth = 0
    level: list[object] = [value]
    while level and depth <= limit:
        depth += 1
        level = [child for parent in level for child in _children(parent) if type(child) in (dict, list)]
    return depth


def _strings(value: object) -> Iterator[str]:
    stack: list[object] = [value]
    while stack:
        one = stack.pop()
        stack.extend(_children(one))
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from cast("dict[str, object]", one)


def _refuse_bad_characters(value: object) -> None:
    for text in _strings(value):
        for character in text:
            code = ord(character)
            if 0xD800 <= code <= 0xDFFF:
                raise BodyError(400, "value", f"The escape \\u{code:04x} is half of a surrogate pair.")
            if code < 0x20 and character not in "\t\n\r":
                raise BodyError(400, "value", f"The control character \\u{code:04x} is not allowed in FHIR.")
