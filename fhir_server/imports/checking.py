"""From the JSON of an item to a resource that can be stored, or the reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, cast

import msgspec

from ..backend import Resource
from ..embedded.dates import parse_date
from ..embedded.packing import ID_PATTERN, encode_resource
from ..embedded.validate import MAX_DEPTH, BodyError, parse_resource, resource_types, validate
from .items import NESTED, Item
from .owners import Times, needs_resolving, subjects, times, via
from .releases import release_of, release_of_type
from .scanning import SHALLOW

UNKNOWN_TIME = b"0000-00-00T00:00:00Z"
"""Stands in a body for a `meta.lastUpdated` that its source does not tell, until the cohort's clock is known."""

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_NUMBERS = re.compile(rb'(?:":|[\[,])-?[\d.]++(?:[eE][+-]?\d{3}|(?<=\d{19}))')
"""Numbers that may be beyond reason; a few harmless ones and some text are looked at twice."""
_URL_ID = re.compile(r"(?:urn:(?:uuid|oid):|https?://\S+/([A-Z][A-Za-z]+)/)([A-Za-z0-9\-.]{1,64})")
_REQUEST_ID = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")


class RefusedError(Exception):
    """The item is not loaded. Told as a refusal, with what is known of the resource."""

    def __init__(self, reason: str, message: str, kind: str = "", name: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.kind = kind
        self.name = name


@dataclass(frozen=True, slots=True)
class Checked:
    """A resource that can be stored.

    Attributes:
        kind: its type.
        id: its id.
        body: compact JSON, `meta` with `versionId` 1 and `lastUpdated` right after type and id.
        updated: `meta.lastUpdated` in milliseconds since 1970; 0 where the source does not tell.
        times: when it happened.
        subjects: whom it is about, as written.
        via: the Encounter it names, as written.
        resolving: whether it holds references that are not `Type/id`.
    """

    kind: str
    id: str
    body: bytes
    updated: int
    times: Times
    subjects: list[str]
    via: str
    resolving: bool


def check(item: Item, *, lenient: bool = False) -> Checked | None:
    """The resource of an item; None for what is no resource and no loss (a manifest, an outcome).

    Raises:
        RefusedError: it cannot be stored; says why.
    """
    resource = _parsed(item.raw)
    kind = resource.get("resourceType")
    name = _shown(resource.get("id"))
    if not isinstance(kind, str) or not kind:
        if {"transactionTime", "output"} <= resource.keys():
            return None  # the manifest of a Bulk Data export
        raise RefusedError("no-resource-type", "has no resourceType: it is no FHIR resource", "", name)
    if kind == "OperationOutcome" and item.entry is not None:
        return None
    _check_kind(kind, name)
    if item.method in ("DELETE", "GET", "HEAD", "PATCH"):
        raise RefusedError("no-resource", f"a {item.method} request: there is nothing to load", kind, name)
    own = _id(item, kind, resource)
    added = _added_quotes(resource)
    resource["id"] = own
    body, updated = _stored(kind, own, resource)
    _check_strictly(item.raw, body, added, kind, own)
    if not lenient:
        _check_valid(resource, kind, own)
    return Checked(
        kind,
        own,
        body,
        updated,
        times(resource),
        subjects(resource),
        via(resource),
        needs_resolving(body),
    )


def _parsed(raw: bytes) -> Resource:
    try:
        value: object = _decode(raw)
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:#04x}"
        raise RefusedError("not-utf8", f"is not UTF-8: it holds the byte {byte}; save it as UTF-8") from None
    except RecursionError:
        raise RefusedError("too-deep", f"is nested deeper than {MAX_DEPTH} levels") from None
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        _explain(raw, error)
    if not isinstance(value, dict):
        raise RefusedError("not-an-object", "is JSON, but no object: it is no FHIR resource")
    return cast("Resource", value)


def _explain(raw: bytes, error: Exception) -> NoReturn:
    """Says what is wrong with JSON in the words of the strict parser, which names line and column."""
    try:
        parse_resource(raw, max_bytes=len(raw))
    except BodyError as told:
        text = str(told).removeprefix("The body ").removesuffix(".")
        raise RefusedError("not-json", text) from None
    raise RefusedError("not-json", f"is not valid JSON: {error}") from None


def _shown(value: object) -> str:
    return value[:64] if isinstance(value, str) else ""


def _check_kind(kind: str, name: str) -> None:
    if kind == "Bundle":
        raise RefusedError("nested-bundle", NESTED, kind, name)
    if kind not in resource_types():
        release = release_of_type(kind)
        why = f"a type of {release}, and only R4 is read" if release else "no resource type of R4"
        raise RefusedError(
            "other-release" if release else "unknown-type", f"{kind[:80]!r} is {why}", kind[:80], name
        )


def _id(item: Item, kind: str, resource: Resource) -> str:
    own = resource.get("id")
    if own is None:
        for pattern, text in ((_URL_ID, item.url), (_REQUEST_ID, item.request)):
            found = pattern.fullmatch(text)
            if found is not None and found[1] in (None, kind):
                return found[2]
        where = (
            "nor does its entry's fullUrl give one"
            if item.entry is not None
            else "so nothing could refer to it"
        )
        raise RefusedError("no-id", f"has no id, {where}", kind)
    if not isinstance(own, str) or not ID_PATTERN.fullmatch(own):
        text = f"its id {str(own)[:80]!r} is not 1 to 64 of A-Z a-z 0-9 - ."
        raise RefusedError("bad-id", text, kind, _shown(own))
    return own


def _stored(kind: str, own: str, resource: Resource) -> tuple[bytes, int]:
    """The body as it is kept. Versions start anew, since the history of other servers is not here."""
    given: Any = resource.get("meta")
    meta = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    stamp = meta.get("lastUpdated")
    moment = parse_date(stamp) if isinstance(stamp, str) and "T" in stamp else None
    told = stamp if moment is not None else UNKNOWN_TIME.decode()
    kept = {key: value for key, value in meta.items() if key not in ("versionId", "lastUpdated")}
    head: Resource = {"resourceType": kind, "id": own, "meta": {"versionId": "1", "lastUpdated": told} | kept}
    rest = {key: value for key, value in resource.items() if key not in head}
    try:
        return encode_resource(head | rest), moment.low if moment is not None else 0
    except (TypeError, ValueError, RecursionError) as error:
        raise RefusedError("not-json", f"cannot be kept as JSON: {error}", kind, own) from None


def _added_quotes(resource: Resource) -> int:
    """How many quotes the stored body has more than the text, by what is added to `id` and `meta`."""
    given: Any = resource.get("meta")
    meta = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    added = 4 * (("versionId" not in meta) + ("lastUpdated" not in meta) + ("id" not in resource))
    return added + (2 if "meta" not in resource else 0)


def _check_strictly(raw: bytes, body: bytes, added: int, kind: str, own: str) -> None:
    """Looks for what the quick parser lets pass: a key twice, numbers beyond reason, too deep a nesting.

    The quick parser keeps the last of two equal keys, and two readers of one order could see two doses. Fewer quotes
    out than in give a lost key away.
    """
    lost = raw.count(b'"') + added != body.count(b'"')
    deep = body.count(b"{") + body.count(b"[") > MAX_DEPTH and not SHALLOW.fullmatch(body)
    if not (lost or deep or _NUMBERS.search(body)):
        return
    try:
        parse_resource(raw, max_bytes=len(raw))
    except BodyError as error:
        text = str(error).removeprefix("The body ").removesuffix(".")
        raise RefusedError("not-json", text[:1].lower() + text[1:], kind, own) from None


def _check_valid(resource: Resource, kind: str, own: str) -> None:
    issues = list(validate(resource))
    if not issues:
        return
    more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    release = release_of(resource)
    hint = f"; it looks like {release}, and only R4 is read" if release else ""
    text = f"{issues[0].path}: {issues[0].message}{more}{hint}"
    raise RefusedError("other-release" if release else "invalid", text, kind, own)
