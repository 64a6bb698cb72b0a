"""Is this a resource that R4 allows?

A schema compiled from HL7's StructureDefinitions (`scripts/compile_schema.py`) answers for structure, types,
formats, required elements, choices, required codes and reference targets in one pass of about 5 microseconds.
Then come a few invariants that a schema cannot say, and the resources inside (contained, Bundle entries,
Parameters), each by its own type.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from ..backend import Resource
from .validate_issue import Issue, outcome
from .validate_json import MAX_BYTES, MAX_DEPTH, BodyError, parse_resource
from .validate_rules import broken_rules
from .validate_schema import explain, resource_types, validator

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "BodyError",
    "Issue",
    "outcome",
    "parse_resource",
    "resource_types",
    "validate",
]

MAX_ISSUES = 50
"""No more faults than this are told, and looked for."""


def validate(resource: Resource) -> tuple[Issue, ...]:
    """Every fault of a resource, in order of paths, up to `MAX_ISSUES`; empty when R4 allows it.

    Args:
        resource: parsed JSON; decimals may be `Decimal`, `float` or `int`.
    """
    found = tuple(islice(_check(resource, ""), MAX_ISSUES + 1))
    if len(found) > MAX_ISSUES:
        more = Issue("error", "processing", "", f"Only the first {MAX_ISSUES} faults are listed.")
        return (*found[:MAX_ISSUES], more)
    return found


def _check(resource: Resource, path: str) -> Iterator[Issue]:
    name: object = resource.get("resourceType")
    if not isinstance(name, str) or not name:
        yield Issue("fatal", "required", path, "resourceType is missing; it names the type of the resource.")
        return
    if name not in resource_types():
        yield Issue(
            "fatal",
            "structure",
            path,
            f"{name[:80]!r} is not a resource type of R4; names are case-sensitive.",
        )
        return
    here = path or name
    one = validator(name)
    if not one.is_valid(resource):
        yield from explain(name, resource, here)
        return
    yield from broken_rules(name, resource, here)
    yield from _inner(name, resource, here)


def _inner(name: str, resource: Resource, path: str) -> Iterator[Issue]:
    """The resources inside a resource that is itself well formed."""
    for position, inner in enumerate(resource.get("contained", ())):
        place = f"{path}.contained[{position}]"
        if "contained" in inner:
            yield Issue("error", "invariant", place, "a contained resource must not contain others (dom-2).")
        yield from _check(inner, place)
    if name == "Bundle":
        for position, entry in enumerate(resource.get("entry", ())):
            if "resource" in entry:
                yield from _check(entry["resource"], f"{path}.entry[{position}].resource")
    elif name == "Parameters":
        yield from _parameters(resource.get("parameter", ()), f"{path}.parameter")


def _parameters(parameters: Any, path: str) -> Iterator[Issue]:
    for position, parameter in enumerate(cast("list[dict[str, Any]]", parameters)):
        place = f"{path}[{position}]"
        if "resource" in parameter:
            yield from _check(parameter["resource"], f"{place}.resource")
        yield from _parameters(parameter.get("part", ()), f"{place}.part")
