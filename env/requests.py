"""From a tool call to one FHIR request, or to a reason why not. Pure; nothing here reaches a server.

Rule 1: an agent names types, ids and parameters, never a URL; what is not a name of these forms is refused.
Rule 2: the path is put together from checked parts only.
Rule 3: every size is bounded before anything is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from chartgym.errors import AgentError, ServerError

from ..fhir_server.backend import FHIR_JSON, Params
from ..tasks.base import Json
from . import strict_json
from .r4_types import R4_TYPES
from .tools import MAX_COUNT

MAX_PARAMS = 32
MAX_VALUES = 64
MAX_VALUE_BYTES = 2_048
MAX_QUERY_BYTES = 16_384
MAX_BODY_BYTES = 65_536

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_NAME = r"[A-Za-z][A-Za-z0-9\-]{0,63}"
_PARAMETER = re.compile(
    rf"_?{_NAME}(?::[A-Za-z\-]{{1,64}})?(?:\.{_NAME}(?::[A-Za-z\-]{{1,64}})?){{0,3}}"
    rf"|_has:{_NAME}:{_NAME}:_?{_NAME}",
    re.ASCII,
)
_INCLUDE = re.compile(rf"{_NAME}:{_NAME}(?::{_NAME})?", re.ASCII)
_CONTROLS = frozenset({
    "_id", "_lastUpdated", "_sort", "_count", "_include", "_revinclude", "_summary", "_elements",
    "_total", "_has", "_tag", "_profile", "_security", "_source",
})  # fmt: skip
_NOT_WRITTEN = frozenset({
    "Bundle", "Binary", "Parameters", "Subscription", "OperationOutcome", "CapabilityStatement",
    "OperationDefinition", "SearchParameter", "StructureDefinition", "StructureMap",
    "ImplementationGuide", "CompartmentDefinition", "GraphDefinition", "MessageDefinition",
    "MessageHeader", "TerminologyCapabilities", "ValueSet", "CodeSystem", "ConceptMap", "NamingSystem",
    "TestScript", "TestReport", "Endpoint", "AuditEvent",
})  # fmt: skip
_WRITE_HEADERS: Mapping[str, str] = {"Content-Type": FHIR_JSON, "Prefer": "return=representation"}


@dataclass(frozen=True, slots=True)
class Request:
    """One FHIR request, as `Backend.request` takes it."""

    method: str
    path: str
    params: Params = ()
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def search_request(arguments: Mapping[str, Json]) -> Request:
    """The request of a `fhir_search` call.

    Raises:
        AgentError: an argument is missing, unknown, malformed or too large.
    """
    _known(arguments, required=("resource_type",), optional=("params",))
    params: Json = arguments.get("params", {})
    if not isinstance(params, Mapping):
        raise AgentError(
            'params must be an object of search parameters, such as {"patient": "ID", "_sort": "-date"}'
        )
    pairs: list[tuple[str, str]] = []
    given = cast(Mapping[str, Json], params)
    if len(given) > MAX_PARAMS:
        raise AgentError(f"at most {MAX_PARAMS} search parameters, got {len(given)}")
    for name, value in given.items():
        _check_name(name)
        pairs += [(name, text) for text in _values(name, value)]
    if sum(len(name) + len(text) for name, text in pairs) > MAX_QUERY_BYTES:
        raise AgentError(f"the search is longer than {MAX_QUERY_BYTES // 1024} kB")
    return Request("GET", checked_type(arguments["resource_type"]), tuple(pairs))


def read_request(arguments: Mapping[str, Json]) -> Request:
    """The request of a `fhir_read` call.

    Raises:
        AgentError: as in `search_request`.
    """
    _known(arguments, required=("resource_type", "id"))
    return Request("GET", f"{checked_type(arguments['resource_type'])}/{_checked_id(arguments['id'], 'id')}")


def create_request(arguments: Mapping[str, Json]) -> Request:
    """The request of a `fhir_create` call.

    Raises:
        AgentError: as in `search_request`, or the type is one that agents do not write.
    """
    resource = _resource(arguments)
    return Request("POST", resource["resourceType"], (), _body(resource), _WRITE_HEADERS)


def update_request(arguments: Mapping[str, Json]) -> Request:
    """The request of a `fhir_update` call.

    Raises:
        AgentError: as in `create_request`, or the resource has no id.
    """
    resource = _resource(arguments)
    path = f"{resource['resourceType']}/{_checked_id(resource.get('id'), 'resource.id')}"
    return Request("PUT", path, (), _body(resource), _WRITE_HEADERS)


def next_request(link: str) -> Request:
    """The request behind a server's own `next` link; its query and type are used, never its host.

    Raises:
        ServerError: the link is not one.
    """
    parts = urlsplit(link)
    params = tuple(parse_qsl(parts.query, keep_blank_values=True))
    if not params:
        raise ServerError(f"the server gave a next link without a query: {link[:200]!r}")
    segments = [s for s in parts.path.split("/") if s and s != "_search"]
    path = segments[-1] if segments and segments[-1] in R4_TYPES else ""
    return Request("GET", path, params)


def checked_type(value: Json) -> str:
    """A resource type's name.

    Raises:
        AgentError: it is not one of R4's.
    """
    if not isinstance(value, str) or value not in R4_TYPES:
        raise AgentError(
            f"resource_type must be the name of an R4 type, such as Observation, not {_shown(value)}"
        )
    return value


def only(arguments: Mapping[str, Json], name: str) -> str:
    """The one text argument of a tool.

    Raises:
        AgentError: it is missing, is no text, or something else is there too.
    """
    _known(arguments, required=(name,))
    value = arguments[name]
    if not isinstance(value, str):
        raise AgentError(f"{name} must be a string, not {_shown(value)}")
    return value


def _checked_id(value: Json, name: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value) or set(value) == {"."}:
        raise AgentError(
            f"{name} must be a logical id (1 to 64 letters, digits, '-' and '.'), not {_shown(value)}"
        )
    return value


def _known(arguments: Mapping[str, Json], required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    expected = ", ".join((*required, *(f"{name} (optional)" for name in optional)))
    for name in arguments:
        if name not in required and name not in optional:
            raise AgentError(f"unknown argument {_shown(name)}; expected: {expected}")
    for name in required:
        if name not in arguments:
            raise AgentError(f"the argument {name} is missing; expected: {expected}")


def _check_name(name: str) -> None:
    if not _PARAMETER.fullmatch(name) or (name.startswith("_has") and name.count(":") != 3):
        raise AgentError(f"{_shown(name)} is not the name of a search parameter")
    bare = name.partition(":")[0]
    if bare.startswith("_") and bare not in _CONTROLS:
        raise AgentError(
            f"{bare} cannot be used here; of the _ parameters there are {', '.join(sorted(_CONTROLS))}"
        )


def _values(name: str, value: Json) -> list[str]:
    values = cast(list[Json], value) if isinstance(value, (list, tuple)) else [value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise AgentError(f"{name} takes 1 to {MAX_VALUES} values, got {len(values)}")
    texts = [_text(name, v) for v in values]
    bare = name.partition(":")[0]
    for text in texts:
        if bare in ("_include", "_revinclude") and not _INCLUDE.fullmatch(text):
            raise AgentError(
                f"{name} must be Type:parameter, such as Observation:encounter, not {_shown(text)}"
            )
        if bare == "_count" and not (
            text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MAX_COUNT
        ):
            raise AgentError(f"_count must be a whole number of at most {MAX_COUNT}, not {_shown(text)}")
    return texts


def _text(name: str, value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if not isinstance(value, str):
        raise AgentError(
            f"{name} must be a string, a number, a boolean or a list of these, not {_shown(value)}"
        )
    if len(value) > MAX_VALUE_BYTES or len(value.encode()) > MAX_VALUE_BYTES:
        raise AgentError(f"a value of {name} is longer than {MAX_VALUE_BYTES // 1024} kB")
    if any(c in value for c in "\n\r\t"):
        raise AgentError(f"a value of {name} holds a control character")
    return value


def _resource(arguments: Mapping[str, Json]) -> Mapping[str, Any]:
    _known(arguments, required=("resource",))
    resource: Json = arguments["resource"]
    if not isinstance(resource, Mapping):
        raise AgentError(f"resource must be an object, not {_shown(resource)}")
    kind = cast(Mapping[str, Any], resource).get("resourceType")
    if not isinstance(kind, str) or kind not in R4_TYPES:
        raise AgentError(f"resource.resourceType must be the name of an R4 type, not {_shown(kind)}")
    if kind in _NOT_WRITTEN:
        raise AgentError(f"resources of type {kind} cannot be written here")
    return cast(Mapping[str, Any], resource)


def _body(resource: Mapping[str, Any]) -> bytes:
    body = strict_json.dumps(resource)
    if len(body) > MAX_BODY_BYTES:
        raise AgentError(f"the resource is {len(body)} bytes of JSON; at most {MAX_BODY_BYTES} are taken")
    return body


def _shown(value: object) -> str:
    text = ascii(value) if isinstance(value, str) else type(value).__name__
    return text if len(text) <= 80 else f"{text[:80]}..."
