"""The compiled R4 schema: a validator a type, made at first use, and its errors in the words of FHIR."""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import orjson

from ..backend import Resource
from .validate_issue import Issue

_FILE = Path(__file__).resolve().parent.parent / "data" / "r4-schema.json.gz"
_POINTER = "#/$defs/"

_MOST = 200
_LARGE = 5_000
"""Of a resource with more values than this only the first error is told: all of them are collected before the first
is seen, and a body of megabytes can hold one every few bytes."""
_SHAPES = {
    "date": "must be a date that exists: YYYY, YYYY-MM or YYYY-MM-DD",
    "dateTime": "must be YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone (Z or +hh:mm)",
    "instant": "must be YYYY-MM-DDThh:mm:ss and a zone (Z or +hh:mm)",
    "time": "must be hh:mm:ss",
    "id": "must be 1 to 64 characters of A-Z, a-z, 0-9, '-' and '.'",
    "code": "must be a code: not empty, no space at either end, no two spaces in a row",
    "string": "must not be empty, blank or hold control characters",
    "markdown": "must not be empty, blank or hold control characters",
    "uri": "must be a URI: not empty, no spaces",
    "url": "must be a URL: not empty, no spaces",
    "canonical": "must be a URL: not empty, no spaces",
    "oid": "must be an OID, such as urn:oid:1.2.3",
    "uuid": "must be a UUID, such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "base64Binary": "must be base64",
    "xhtml": "must be XHTML in one <div>",
}
_NAMES: dict[type[object], str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}
_WANTED = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "boolean": "true or false, without quotes",
    "number": "a number, without quotes",
    "integer": "a whole number, without quotes",
    "null": "null",
}


@functools.cache
def _definitions() -> dict[str, dict[str, Any]]:
    return orjson.loads(gzip.decompress(_FILE.read_bytes()))


@functools.cache
def resource_types() -> frozenset[str]:
    """The names of all concrete R4 resource types."""
    return frozenset(cast("list[str]", _definitions()["types"]))


def _needed(name: str) -> dict[str, Any]:
    """The definitions that one type reaches."""
    every: dict[str, Any] = _definitions()["$defs"]
    found: dict[str, Any] = {}
    open_names = [name]
    while open_names:
        one = open_names.pop()
        if one not in found:
            found[one] = every[one]
            open_names += re.findall(r'"#/\$defs/([^"]+)"', orjson.dumps(every[one]).decode())
    return found


@functools.cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of a resource type; compiled in about 12 ms when first asked for."""
    schema = {"$ref": _POINTER + name, "$defs": _needed(name)}
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=jsonschema_rs.RegexOptions())


def explain(name: str, resource: Resource, path: str) -> list[Issue]:
    """What the schema finds wrong with a resource of type `name` that stands at `path`, in order of paths."""
    found: set[Issue] = set()
    for error in _errors(validator(name), resource):
        steps = [step if isinstance(step, int) else str(step) for step in error.instance_path]
        trail = [str(step) for step in error.schema_path]
        found.update(_issues(error, trail, path + _fhirpath(steps)))
    # The library's own order is not promised, and what a session answers must repeat exactly.
    return sorted(found, key=lambda issue: (issue.path, issue.code, issue.message))


def _errors(
    checked: jsonschema_rs.Draft202012Validator, resource: Resource
) -> list[jsonschema_rs.ValidationError]:
    if _is_large(resource):
        try:
            checked.validate(resource)
        except jsonschema_rs.ValidationError as error:
            return [error]
    return list(checked.iter_errors(resource))


def _is_large(resource: Resource) -> bool:
    count = 0
    open_values: list[object] = [resource]
    while open_values and count <= _LARGE:
        value = open_values.pop()
        if isinstance(value, dict):
            inner = list(cast("dict[str, object]", value).values())
        elif isinstance(value, list):
            inner = cast("list[object]", value)
        else:
            continue
        count += len(inner)
        if count <= _LARGE:
            open_values += inner
    return count > _LARGE


def _fhirpath(steps: Sequence[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step[:80]}" for step in steps)


def _issues(error: jsonschema_rs.ValidationError, trail: list[str], path: str) -> Iterator[Issue]:
    """The issues of one schema error. `trail` leads from the schema's root to the keyword that failed."""
    kind = error.kind.name
    if kind == "additionalProperties":
        for key in sorted(error.kind.as_dict()["unexpected"])[:_MOST]:
            yield Issue("error", "structure", f"{path}.{str(key)[:80]}", "is not an element here.")
    elif kind == "required":
        yield Issue("error", "required", f"{path}.{error.kind.as_dict()['property']}", "is required.")
    elif kind == "anyOf":
        yield _choice_missing(trail, path)
    elif kind == "falseSchema":
        yield _choice_twice(trail, path)
    elif kind == "contains":
        yield _unbound(trail, path)
    else:
        yield _bad_value(error, trail, path)


def _bad_value(error: jsonschema_rs.ValidationError, trail: list[str], path: str) -> Issue:
    """A value that is there and wrong in itself."""
    match error.kind.name:
        case "type":
            given = _NAMES.get(type(error.instance), "a number")
            wanted = " or ".join(_WANTED[t] for t in error.kind.as_dict()["types"])
            return Issue("error", "structure", path, f"must be {wanted}, not {given}.")
        case "enum":
            return Issue(
                "error", "code-invalid", path, _not_among(error.instance, error.kind.as_dict()["options"])
            )
        case "pattern":
            return Issue("error", "value", path, _misshapen(error.instance, trail))
        case "minItems" | "minProperties":
            return Issue("error", "structure", path, "must not be empty; leave the element out instead.")
        case "minimum" | "maximum":
            return Issue("error", "value", path, f"{_short(error.instance)} is out of range for {trail[-2]}.")
        case "maxLength":
            return Issue("error", "too-long", path, "is longer than 1 MiB.")
        case "const":
            return Issue(
                "error", "structure", path, f"{_short(error.instance)} is not the type expected here."
            )
        case _:
            return Issue("error", "structure", path, error.message[:300])


def _keyword(trail: list[str], length: int) -> Any:
    """What stands in the schema at the first `length` steps of a trail."""
    at: Any = _definitions()
    for step in trail[:length]:
        at = at[int(step) if step.isdigit() else step]
    return at


def _choice_missing(trail: list[str], path: str) -> Issue:
    if not trail[-2].isdigit():  # not in `allOf`: an item of a `_sibling` array
        return Issue("error", "structure", path, "must be an object or null.")
    names = [str(one["required"][0]) for one in _keyword(trail, len(trail))]
    if len(names) == 2 and names[1] == f"_{names[0]}":
        return Issue("error", "required", f"{path}.{names[0]}", "is required.")
    plain = [n for n in names if not n.startswith("_")]
    several = ", ".join(plain[:12]) + (", ..." if len(plain) > 12 else "")
    return Issue("error", "required", path, f"one of {several} is required.")


def _choice_twice(trail: list[str], path: str) -> Issue:
    first, second = trail[3], trail[5]
    parent = path.rsplit(".", 1)[0] if path.endswith(f".{second}") else path
    if trail[1] == "Extension" and second == "extension":
        return Issue(
            "error", "invariant", parent, "an extension has a value or extensions, never both (ext-1)."
        )
    return Issue("error", "structure", parent, f"only one of {first} and {second} may be present.")


def _not_among(given: object, options: list[object]) -> str:
    near = ", ".join(str(o) for o in options[:20]) + (", ..." if len(options) > 20 else "")
    return f"{_short(given)} is not one of: {near}."


def _misshapen(given: object, trail: list[str]) -> str:
    if trail[1].startswith("to-"):
        types = trail[1].removeprefix("to-").split("-")
        return (
            f"{_short(given)} must be a reference such as {types[0]}/123; allowed types: {', '.join(types)}."
        )
    return f"{_short(given)} {_SHAPES.get(trail[1], 'has the wrong form')}."


def _unbound(trail: list[str], path: str) -> Issue:
    one = _keyword(trail, len(trail))["properties"]
    codes, systems = one["code"]["enum"], one["system"]["enum"]
    message = f"needs a coding with system {' or '.join(systems)} and one of: {', '.join(codes[:20])}."
    return Issue("error", "code-invalid", path, message)


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
