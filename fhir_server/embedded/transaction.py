"""Transactions (all or nothing) and batches (each entry by itself)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import orjson

from ..backend import FHIR_JSON, Resource, Response
from .outcome import Refusal, bad_request
from .packing import encode_resource
from .parameters import resource_types
from .query import decode_pairs
from .writing import Rules, Writer, Written, check_resource

if TYPE_CHECKING:
    from .session import EmbeddedSession

MAX_ENTRIES = 5_000
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "GET": 3}
_PHRASES = {
    200: "200 OK", 201: "201 Created", 304: "304 Not Modified", 400: "400 Bad Request", 404: "404 Not Found",
    409: "409 Conflict", 410: "410 Gone", 412: "412 Precondition Failed", 422: "422 Unprocessable Entity",
}  # fmt: skip


class Entry:
    """One entry of a batch or transaction, read and checked for form."""

    def __init__(self, number: int, raw: Any) -> None:
        self.number = number
        path = f"Bundle.entry[{number}]"
        entry = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
        request = entry.get("request")
        ask = cast("dict[str, Any]", request) if isinstance(request, dict) else {}
        self.method = str(ask.get("method"))
        if self.method not in _ORDER:
            raise bad_request(
                f"{path}.request.method is missing or not one of {', '.join(_ORDER)}", f"{path}.request"
            )
        url = ask.get("url")
        if not isinstance(url, str) or not url:
            raise bad_request(f"{path}.request.url is missing", f"{path}.request")
        target, _, condition = url.partition("?")
        self.path = unquote(target.strip("/"))
        self.kind, _, self.name = self.path.partition("/")
        self.params = decode_pairs(condition)
        self.full_url = entry.get("fullUrl") if isinstance(entry.get("fullUrl"), str) else ""
        resource = entry.get("resource")
        self.resource = cast("Resource", resource) if isinstance(resource, dict) else None
        if self.resource is None and self.method in {"POST", "PUT"}:
            raise bad_request(f"{path}.resource is missing", path)
        names = {"ifNoneExist": "If-None-Exist", "ifMatch": "If-Match", "ifNoneMatch": "If-None-Match"}
        self.headers = {header: str(ask[name]) for name, header in names.items() if name in ask}
        if self.method != "GET":
            self.headers["Prefer"] = "return=OperationOutcome"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is stored; `write` is False for one that If-None-Exist found already there."""

    kind: str
    id: str
    write: bool


def run_bundle(session: EmbeddedSession, bundle: Resource, rules: Rules) -> Response:
    """Carries out a batch or a transaction.

    Raises:
        Refusal: the bundle is none of both; a transaction failed, and nothing of it was done.
    """
    if bundle.get("resourceType") != "Bundle":
        raise bad_request(f"Only a Bundle is taken here, not a {str(bundle.get('resourceType'))[:80]!r}")
    kind = bundle.get("type")
    if rules.validate is not None and kind in {"batch", "transaction", None}:
        check_resource(bundle, "Bundle", rules)
    if kind not in {"batch", "transaction"}:
        raise bad_request(f"Unable to process a Bundle of type {kind!r}: batch or transaction", "Bundle.type")
    raw = bundle.get("entry", [])
    items = cast("list[Any]", raw) if isinstance(raw, list) else []
    if len(items) > MAX_ENTRIES:
        raise Refusal(413, "too-costly", f"{len(items)} entries; at most {MAX_ENTRIES} are taken")
    answers = _transaction(session, items, rules) if kind == "transaction" else _batch(session, items)
    body = orjson.dumps(
        {
            "resourceType": "Bundle",
            "id": session.work.mark_of("bundle", len(session.work.writes)),
            "type": f"{kind}-response",
            "entry": answers,
        }
    )
    return Response(200, {"Content-Type": FHIR_JSON}, body)


def _batch(session: EmbeddedSession, items: list[Any]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for number, raw in enumerate(items):
        try:
            answer = _ask(session, Entry(number, raw))
        except Refusal as refusal:
            answer = refusal.response()
        answers.append(_answer(answer, session.now))
    return answers


def _transaction(session: EmbeddedSession, items: list[Any], rules: Rules) -> list[dict[str, Any]]:
    entries = [Entry(number, raw) for number, raw in enumerate(items)]
    mark = session.work.mark()
    try:
        return _all(session, entries, rules)
    except Refusal:
        session.work.back_to(mark)
        raise


def _all(session: EmbeddedSession, entries: list[Entry], rules: Rules) -> list[dict[str, Any]]:
    """Deletes, creates, updates, then reads, as FHIR orders them; references are looked at when all is stored."""
    places = _places(session, entries)
    urls = {e.full_url: f"{p.kind}/{p.id}" for e in entries if e.full_url and (p := places.get(e.number))}
    answers: dict[int, Response] = {}
    stored: list[tuple[Entry, Resource]] = []
    writer = session.writer
    deleted: list[Entry] = []
    for entry in sorted(entries, key=lambda e: _ORDER[e.method]):
        place = places.get(entry.number)
        if entry.resource is not None and urls:
            entry.resource = cast("Resource", _replace(entry.resource, urls))
        with _naming(entry):
            if place is not None and entry.resource is not None and place.write:
                check_resource(entry.resource, place.kind, rules)
                writer.check_references(entry.resource, promised=urls.values())
                answers[entry.number] = session.written(_store(writer, entry, place), entry.headers)
                stored.append((entry, entry.resource))
            elif entry.method == "DELETE" and entry.name and entry.kind in resource_types():
                gone = writer.delete(entry.kind, entry.name, entry.headers.get("If-Match"))
                answers[entry.number] = session.written(gone, entry.headers)
                deleted.append(entry)
            else:
                answers[entry.number] = _succeeded(_ask(session, entry))
    for entry, resource in stored:
        with _naming(entry):
            writer.check_references(resource)
    for entry in deleted:
        with _naming(entry):
            if session.work.find(entry.kind, entry.name) is None:
                writer.check_unreferenced(entry.kind, entry.name)
    return [_answer(answers[entry.number], session.now) for entry in entries]


def _store(writer: Writer, entry: Entry, place: Place) -> Written:
    resource = cast("Resource", entry.resource)
    if entry.method == "POST":
        return writer.create(place.kind, resource, place.id)
    return writer.update(place.kind, place.id, resource | {"id": place.id}, entry.headers.get("If-Match"))


@contextmanager
def _naming(entry: Entry) -> Generator[None]:
    """Lets a refusal say which entry it is about."""
    try:
        yield
    except Refusal as refusal:
        where = f"Bundle.entry[{entry.number}]"
        problems = [
            replace(p, text=f"{where} ({entry.method} {entry.path}): {p.text}") for p in refusal.problems
        ]
        raise Refusal(refusal.status, "processing", str(refusal), problems=problems) from None


def _succeeded(answer: Response) -> Response:
    if answer.status >= 400:
        text = orjson.loads(answer.body)["issue"][0]["diagnostics"] if answer.body else ""
        raise Refusal(answer.status, "processing", text)
    return answer


def _places(session: EmbeddedSession, entries: list[Entry]) -> dict[int, Place]:
    """Where each entry that creates or updates by id will be stored, or what it matches already."""
    found: dict[int, Place] = {}
    named: set[tuple[str, str]] = set()
    for entry in entries:
        kind, name = entry.kind, entry.name
        if entry.method == "POST" and not name:
            condition = entry.headers.get("If-None-Exist")
            existing = session.matching_ids(kind, condition, "ifNoneExist") if condition else []
            new = existing[0] if existing else session.work.new_id()
            found[entry.number] = Place(kind, new, write=not existing)
        elif entry.method == "PUT" and name:
            own = entry.resource.get("id") if entry.resource else None
            if own not in {None, name}:
                raise bad_request(
                    f"Bundle.entry[{entry.number}]: the resource's id {str(own)[:80]!r} is not that of the URL"
                )
            if (kind, name) in named:
                raise bad_request(f"The transaction contains several resources with id {kind}/{name}")
            named.add((kind, name))
            found[entry.number] = Place(kind, name, write=True)
    return found


def _replace(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, list):
        return [_replace(item, places) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: _replace(item, places) for key, item in cast("dict[str, Any]", value).items()}
    return value


def _ask(session: EmbeddedSession, entry: Entry) -> Response:
    if entry.path in {"", "metadata"}:
        raise bad_request(f"Bundle.entry[{entry.number}].request.url {entry.path!r} names no resource type")
    body = None if entry.resource is None else encode_resource(entry.resource)
    return session.request(entry.method, entry.path, entry.params, body, entry.headers)


def _answer(answer: Response, now: str) -> dict[str, Any]:
    """An entry of the response bundle."""
    headers = answer.headers
    told: dict[str, Any] = {"status": _PHRASES.get(answer.status, str(answer.status))}
    if "Content-Location" in headers:
        told["location"] = "/".join(headers["Content-Location"].split("/")[-4:])
    if "ETag" in headers:
        told |= {"etag": headers["ETag"], "lastModified": now}
    if not answer.body:
        return {"response": told}
    fragment = orjson.Fragment(answer.body)
    if answer.body.startswith(b'{"resourceType":"OperationOutcome"'):
        return {"response": told | {"outcome": fragment}}
    return {"resource": fragment, "response": told}
