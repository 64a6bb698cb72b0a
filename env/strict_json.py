"""JSON from an agent, read strictly: what is ambiguous, endless or not a value is refused with a reason.

Refused: duplicate keys, NaN and infinities (also as 1e400), integers of more than 40 digits, nesting beyond
the limit, control characters other than newline, return and tab, and lone surrogates.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

import msgspec

from chartgym.errors import AgentError

from ..fhir_server.backend import Resource
from ..tasks.base import Json

MAX_DEPTH = 32
MAX_BYTES = 128 * 1024
MAX_NUMBER = 40
_CONTROLS = frozenset(chr(c) for c in (*range(0x20), 0x7F, *range(0x80, 0xA0))) - frozenset("\n\r\t")
_ENCODER = msgspec.json.Encoder()


class ExactResource(dict[str, Any]):
    """A resource with the bytes it was written in, so that `1.850` reaches the server as `1.850`.

    The bytes count only while they still say the same as the mapping.
    """

    __slots__ = ("raw",)

    def __init__(self, value: Mapping[str, Any], raw: bytes) -> None:
        super().__init__(value)
        self.raw = raw


class _Arguments(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()


class _Call(msgspec.Struct):
    arguments: _Arguments | None = None


def loads(text: str, max_bytes: int = MAX_BYTES) -> Json:
    """Parses one JSON text.

    Raises:
        AgentError: it is not JSON, or one of the things refused above.
    """
    if len(text) > max_bytes or (not text.isascii() and len(text.encode(errors="replace")) > max_bytes):
        raise AgentError(f"too long: at most {max_bytes // 1024} kB of JSON are read")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_decimal,
        )
    except RecursionError:
        raise AgentError(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise AgentError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    check(value)
    return value


def check(value: Json, where: str = "") -> None:
    """Checks a parsed value against the rules of this module.

    Raises:
        AgentError: naming the place of the fault.
    """
    pending: list[tuple[Any, str, int]] = [(value, where, 1)]
    while pending:
        item, path, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise AgentError(f"nested deeper than {MAX_DEPTH} levels at {path[:80] or 'the top'}")
        if isinstance(item, str):
            check_text(item, path)
        elif isinstance(item, Mapping):
            for key, member in cast(Mapping[Any, Any], item).items():
                if not isinstance(key, str):
                    raise AgentError(f"{path or 'the object'} has a key that is not a string: {key!r:.40}")
                check_text(key, path)
                pending.append((member, f"{path}.{key}" if path else key, depth + 1))
        elif isinstance(item, (list, tuple)):
            members = cast(Sequence[Any], item)
            pending.extend((m, f"{path}[{i}]", depth + 1) for i, m in enumerate(members))
        else:
            _check_scalar(item, path)


def check_text(text: str, where: str) -> None:
    """Refuses control characters and lone surrogates.

    Raises:
        AgentError: naming the place and the character.
    """
    if text.isprintable():
        return
    bad = next((c for c in text if c in _CONTROLS or "\ud800" <= c <= "\udfff"), None)
    if bad is not None:
        what = "a lone surrogate" if bad >= "\ud800" else "a control character"
        raise AgentError(f"{where or 'text'} holds {what} (U+{ord(bad):04X})")


def raw_resources(text: str) -> list[bytes | None]:
    """The bytes of the `resource` argument of each call in an action that `loads` has taken, in order."""
    calls: list[_Call]
    try:
        if text.startswith("["):
            calls = msgspec.json.decode(text.encode(), type=list[_Call])
        else:
            calls = [msgspec.json.decode(text.encode(), type=_Call)]
    except msgspec.MsgspecError:  # no calls: told to the agent by whoever reads the parsed value
        return []
    return [_bytes(call.arguments) for call in calls]


def raw_resource(text: str) -> bytes | None:
    """The bytes of `resource` in the arguments of one call."""
    try:
        return _bytes(msgspec.json.decode(text.encode(), type=_Arguments))
    except msgspec.MsgspecError:
        return None


def with_raw(arguments: Mapping[str, Json], raw: bytes | None) -> Mapping[str, Json]:
    """The arguments with their `resource`, if there is one, in its own bytes."""
    resource: Json = arguments.get("resource")
    if raw is None or not isinstance(resource, dict):
        return arguments
    return {**arguments, "resource": ExactResource(cast(Resource, resource), raw)}


def dumps(value: Json) -> bytes:
    """Compact JSON of a checked value; an `ExactResource` in its own digits."""
    if isinstance(value, ExactResource) and json.loads(value.raw) == value:
        return msgspec.json.format(value.raw, indent=-1)
    return _ENCODER.encode(value)


def _bytes(arguments: _Arguments | None) -> bytes | None:
    return bytes(arguments.resource) or None if arguments is not None else None


def _check_scalar(item: object, path: str) -> None:
    if item is None or isinstance(item, bool):
        return
    if isinstance(item, int):
        if abs(item) >= 10**MAX_NUMBER:
            raise AgentError(f"{path or 'a number'} has more than {MAX_NUMBER} digits")
    elif isinstance(item, float):
        if not math.isfinite(item):
            raise AgentError(f"{path or 'a number'} is not a finite number")
    else:
        raise AgentError(f"{path or 'the value'} is not JSON: {type(item).__name__}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise AgentError(f"the key {twice[:80]!r} is given twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise AgentError(f"{word} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER:
        raise AgentError(f"a number has more than {MAX_NUMBER} digits")
    return int(digits)


def _decimal(digits: str) -> float:
    if len(digits) > MAX_NUMBER:
        raise AgentError(f"a number has more than {MAX_NUMBER} digits")
    value = float(digits)
    if not math.isfinite(value):
        raise AgentError(f"{digits} is too large for a number")
    return value
