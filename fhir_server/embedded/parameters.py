"""The search parameters of every R4 resource type, as compiled from HL7's definitions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import orjson

Kind: TypeAlias = Literal["token", "date", "string", "reference", "quantity", "number", "uri", "composite"]

_TABLE = Path(__file__).parents[1] / "data" / "search-parameters.json"


@dataclass(frozen=True, slots=True)
class ElementPath:
    """Where a parameter finds values: JSON keys with dots, the datatype there, and what narrows it.

    Attributes:
        steps: such as `subject`, `component.code`, `telecom[system=phone]`, `name[0]`.
        datatype: FHIR's name of the type at the end.
        extra: the code system of a bound `code`, or the only target type of a Reference; else empty.
    """

    steps: str
    datatype: str
    extra: str


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """One search parameter of one resource type.

    Attributes:
        code: its name in a search.
        kind: FHIR's search parameter type.
        paths: where its values are (empty for a composite).
        targets: resource types that a reference may point to; empty for any.
        contexts: for a composite, the element that holds all parts, and the paths of each part below it.
        parts: for a composite, the kind of each part.
    """

    code: str
    kind: Kind
    paths: tuple[ElementPath, ...] = ()
    targets: tuple[str, ...] = ()
    contexts: tuple[tuple[str, tuple[tuple[ElementPath, ...], ...]], ...] = ()
    parts: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """What the server knows about a resource type.

    Attributes:
        name: the resource type.
        search: its parameters by name.
        summary: top-level elements of a summary, choices as `value[x]`.
        required: top-level elements that R4 requires.
    """

    name: str
    search: dict[str, SearchParameter]
    summary: tuple[str, ...]
    required: tuple[str, ...]


@cache
def _table() -> dict[str, Any]:
    return cast("dict[str, Any]", orjson.loads(_TABLE.read_bytes())["types"])


@cache
def resource_types() -> frozenset[str]:
    """The names of all R4 resource types."""
    return frozenset(_table())


def _paths(raw: list[list[str]]) -> tuple[ElementPath, ...]:
    return tuple(ElementPath(*item) for item in raw)


def _parameter(code: str, raw: list[Any]) -> SearchParameter:
    if raw[0] == "composite":
        contexts = tuple((context, tuple(_paths(part) for part in parts)) for context, *parts in raw[1])
        return SearchParameter(code, "composite", contexts=contexts, parts=tuple(raw[2]))
    return SearchParameter(code, raw[0], _paths(raw[1]), tuple(raw[2]) if len(raw) > 2 else ())


@cache
def type_info(resource_type: str) -> TypeInfo:
    """What is known about a resource type.

    Raises:
        KeyError: R4 has no such type.
    """
    raw = _table()[resource_type]
    return TypeInfo(
        name=resource_type,
        search={code: _parameter(code, entry) for code, entry in raw["search"].items()},
        summary=tuple(raw["summary"]),
        required=tuple(raw["required"]),
    )
