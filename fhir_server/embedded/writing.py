"""Creates, updates and deletes: what a write must be, and what is stored of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

import msgspec

from ..backend import Resource
from .columns import KeyedColumn
from .evaluate import Part
from .outcome import Problem, Refusal, bad_request, unsupported
from .packing import ID_PATTERN, encode_resource
from .parameters import resource_types
from .validate_json import BodyError, parse_resource
from .workspace import Workspace

_DECIMALS = msgspec.json.Decoder(float_hook=str)
_RELATIVE = re.compile(r"([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?", re.ASCII)
_JSON_TYPES = {"application/fhir+json", "application/json", "text/json", "application/json+fhir"}


class Fault(Protocol):
    """A fault that a validator finds."""

    @property
    def severity(self) -> str:
        """`fatal`, `error`, `warning` or `information`."""
        ...

    @property
    def code(self) -> str:
        """FHIR's issue type."""
        ...

    @property
    def path(self) -> str:
        """Where, as FHIRPath."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...


Validator = Callable[[Resource], Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a server asks of writes.

    Attributes:
        validate: finds what R4 forbids; None takes anything that can be stored.
        references: refuse references to what does not exist, and deletions of what is referred to.
    """

    validate: Validator | None
    references: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to."""

    kind: Literal["created", "updated", "unchanged", "deleted", "absent"]
    resource_type: str
    id: str
    version: int
    body: bytes | None


def parse_body(body: bytes | None, content_type: str | None) -> Resource:
    """The resource in a request's body.

    Raises:
        Refusal: the content type is not FHIR's JSON, or the body is no JSON object.
    """
    if content_type is not None and content_type.split(";")[0].strip().lower() not in _JSON_TYPES:
        raise bad_request(f"Content-Type {content_type!r} is not taken: send application/fhir+json")
    if not body:
        raise bad_request("The request has no body; a resource as JSON is needed")
    try:
        return parse_resource(body)
    except BodyError as error:
        raise Refusal(error.status, error.issue.code, error.issue.message) from None


def check_resource(resource: Resource, resource_type: str, rules: Rules) -> None:
    """Refuses a resource of another type than the path says, or one that R4 forbids.

    Raises:
        Refusal: 400 for another type, 422 with every fault.
    """
    kind = resource.get("resourceType")
    if isinstance(kind, str) and kind in resource_types() and kind != resource_type:
        raise bad_request(
            f"Incorrect resource type: the path says {resource_type!r}, the body is {kind!r}", "resourceType"
        )
    if rules.validate is None:
        if kind != resource_type:
            raise bad_request(f"The body has no resourceType {resource_type!r}", "resourceType")
        return
    faults = [f for f in rules.validate(resource) if f.severity in {"error", "fatal"}]
    if faults:
        problems = [
            Problem(f.code, f"{f.path}: {f.message}" if f.path else f.message, f.path, f.severity)
            for f in faults
        ]
        raise Refusal(422, "processing", "invalid", problems=problems)


class Writer:
    """Carries out writes in a workspace.

    Args:
        work: the session's state.
        rules: what is asked of a write.
        base_url: of this server.
        now: `meta.lastUpdated` of what is written.
    """

    def __init__(self, work: Workspace, rules: Rules, base_url: str, now: str) -> None:
        self.work, self.rules, self.base_url, self.now = work, rules, base_url, now

    def create(self, resource_type: str, resource: Resource, resource_id: str | None = None) -> Written:
        """Stores a checked resource under a new id (`resource_id` where a transaction chose it already)."""
        name = resource_id or self.work.new_id()
        body = self._stored(resource, resource_type, name, 1)
        self.work.put(resource_type, name, body, 1)
        return Written("created", resource_type, name, 1, body)

    def update(
        self, resource_type: str, resource_id: str, resource: Resource, if_match: str | None = None
    ) -> Written:
        """Stores a checked resource under an id that the client names.

        Raises:
            Refusal: the id is none, or the version is not the current one.
        """
        if not ID_PATTERN.fullmatch(resource_id):
            raise bad_request(f"{resource_id[:80]!r} is not a FHIR id: 1 to 64 of A-Z a-z 0-9 - .")
        versions = self.work.versions(resource_type, resource_id)
        self._check_match(if_match, resource_type, resource_id, versions[-1].number if versions else None)
        if not versions and resource_id.isdigit():
            raise bad_request(f"clients may only assign ids that contain a non-digit, not {resource_id!r}")
        body = versions[-1].body if versions else None
        if body is not None and self._same(body, resource):
            return Written("unchanged", resource_type, resource_id, versions[-1].number, body)
        number = versions[-1].number + 1 if versions else 1
        stored = self._stored(resource, resource_type, resource_id, number)
        self.work.put(resource_type, resource_id, stored, number)
        return Written(
            "updated" if body is not None else "created", resource_type, resource_id, number, stored
        )

    def delete(self, resource_type: str, resource_id: str, if_match: str | None = None) -> Written:
        """Deletes a resource; one that is not there is fine.

        Raises:
            Refusal: something refers to it, or the version is not the current one.
        """
        versions = self.work.versions(resource_type, resource_id)
        if not versions or versions[-1].body is None:
            return Written("absent", resource_type, resource_id, versions[-1].number if versions else 0, None)
        self._check_match(if_match, resource_type, resource_id, versions[-1].number)
        number = versions[-1].number + 1
        self.work.remove(resource_type, resource_id, number)
        return Written("deleted", resource_type, resource_id, number, None)

    def _check_match(
        self, if_match: str | None, resource_type: str, resource_id: str, current: int | None
    ) -> None:
        if if_match is None:
            return
        wanted = if_match.strip().removeprefix("W/").strip('"')
        if wanted != "*" and wanted != str(current):
            raise Refusal(
                409,
                "conflict",
                f"If-Match asks for version {wanted[:40]!r} of {resource_type}/{resource_id}; "
                f"the current one is {current}",
            )

    def _stored(self, resource: Resource, resource_type: str, resource_id: str, version: int) -> bytes:
        meta = resource.get("meta")
        kept = cast("dict[str, Any]", meta) if isinstance(meta, dict) else {}
        stamped = {**kept, "versionId": str(version), "lastUpdated": self.now}
        head = {"resourceType": resource_type, "id": resource_id, "meta": stamped}
        return encode_resource(head | {k: v for k, v in resource.items() if k not in head})

    def _same(self, body: bytes, resource: Resource) -> bool:
        """Whether a resource says what is stored already; decimals with all their digits."""
        return _without_stamp(body) == _without_stamp(encode_resource(resource))

    def check_references(self, resource: Resource, promised: Collection[str] = ()) -> None:
        """Refuses references to what does not exist, and writes those to this server as relative ones.

        Args:
            resource: changed in place where a reference was absolute.
            promised: `Type/id` of what a transaction is going to store.

        Raises:
            Refusal: 400, naming the element.
        """
        if not self.rules.references:
            return
        inner = _contained_ids(resource)
        kind = str(resource.get("resourceType"))
        for path, holder in references(resource, kind):
            target = cast("str", holder["reference"])
            if target.startswith("#"):
                if target[1:] and target[1:] not in inner:
                    raise bad_request(
                        f"{path} refers to {target!r}, which is not contained in the resource", path
                    )
                continue
            relative = target.removeprefix(f"{self.base_url}/")
            match = _RELATIVE.fullmatch(relative)
            if match is None:
                self._refuse_reference(path, target)
            elif match[1] not in resource_types():
                raise bad_request(
                    f"{path} refers to {target[:100]!r}: {match[1]!r} is not a resource type", path
                )
            elif relative not in promised and self.work.find(match[1], match[2]) is None:
                raise bad_request(
                    f"Resource {match[1]}/{match[2]} not found, specified in path: {path}", path
                )
            holder["reference"] = relative

    def _refuse_reference(self, path: str, target: str) -> None:
        shown = target[:100]
        if "/" not in target and ":" not in target:
            raise bad_request(
                f"Invalid resource reference found at path {path}: {shown!r} does not contain "
                "a resource type; write Type/id",
                path,
            )
        if "?" in target:
            raise unsupported(
                f"{path}: conditional reference {shown!r} is not supported; write Type/id", path
            )
        raise bad_request(f"{path} refers to {shown!r}, which is not on this server; write Type/id", path)

    def check_unreferenced(self, resource_type: str, resource_id: str) -> None:
        """Refuses to let go of what something still refers to.

        Raises:
            Refusal: 409, naming one that refers to it.
        """
        if not self.rules.references:
            return
        wanted = f"{resource_type}/{resource_id}"
        for kind in sorted(resource_types()):
            for part in self.work.parts(kind, None):
                other = _referring(part, wanted, "" if kind != resource_type else resource_id)
                if other is not None:
                    text = f"Unable to delete {wanted}: {kind}/{other} refers to it"
                    raise Refusal(409, "conflict", text)


def _referring(part: Part, wanted: str, itself: str) -> str | None:
    """The id of a row that refers to `wanted`, None where none does but perhaps itself."""
    hidden = set(part.hidden.tolist()) if part.hidden is not None else set[int]()
    for name in part.table.column_names:
        column = None if name.endswith(":text") else part.table.column(name)
        if isinstance(column, KeyedColumn) and wanted in column.index:
            for row in column.rows_at(column.index[wanted]).tolist():
                if row not in hidden and part.table.id_of(row) != itself:
                    return part.table.id_of(row)
    return None


def _contained_ids(resource: Resource) -> set[str]:
    contained: Any = resource.get("contained")
    items = cast("list[Any]", contained) if isinstance(contained, list) else []
    return {str(cast("Resource", item).get("id")) for item in items if isinstance(item, dict)}


def _without_stamp(body: bytes) -> Resource:
    resource: Resource = _DECIMALS.decode(body)
    meta: dict[str, Any] = resource.get("meta") or {}
    return resource | {"meta": {k: v for k, v in meta.items() if k not in {"versionId", "lastUpdated"}}}


def references(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with a text `reference`, with its path."""
    if isinstance(value, dict):
        item = cast("dict[str, Any]", value)
        if isinstance(item.get("reference"), str):
            yield path, item
        for key, below in item.items():
            if isinstance(below, dict | list):
                yield from references(below, f"{path}.{key}")
    elif isinstance(value, list):
        for number, below in enumerate(cast("list[Any]", value)):
            yield from references(below, f"{path}[{number}]")
