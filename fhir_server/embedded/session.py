"""A session: FHIR requests answered from the base and from what the session has written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, TracebackType
from typing import Self

import orjson

from ..backend import FHIR_JSON, Change, Params, Response
from .base import Base
from .bundle import BundleWriter, cut, subset_of
from .caching import http_date, not_modified
from .capability import capability_statement
from .evaluate import Found, run
from .outcome import Problem, Refusal, bad_request, outcome, unsupported
from .parameters import resource_types
from .query import MAX_COUNT, Query, decode_pairs, parse_query
from .transaction import run_bundle
from .workspace import Version, Workspace, last_updated
from .writing import Rules, Writer, Written, check_resource, parse_body

MAX_SNAPSHOTS = 48
"""Searches whose further pages can be had; more than an episode of 40 steps makes."""
MAX_SNAPSHOT_ROWS = 1_500_000
_HEADERS = MappingProxyType({"Content-Type": FHIR_JSON})
_READ_PARAMETERS = {"_format", "_pretty", "_summary", "_elements"}
_STATUS = {"created": 201, "updated": 200, "unchanged": 200, "deleted": 200, "absent": 200}


@dataclass(frozen=True, slots=True)
class Setting:
    """What all sessions of a server share.

    Attributes:
        base: the shards.
        base_url: of the FHIR endpoint, without a slash at the end.
        now: the frozen clock as an instant.
        rules: what is asked of writes.
    """

    base: Base
    base_url: str
    now: str
    rules: Rules


def _unknown(method: str, steps: list[str]) -> Refusal:
    return unsupported(f"This server does not know how to handle {method} {'/'.join(steps)[:200]!r}")


class EmbeddedSession:
    """One isolated view. Not for several threads at once; different sessions are independent.

    Args:
        setting: what the sessions of a server share.
        key: what the session is for; ids derive from it and `seed`.
        seed: the episode's seed.
        read_only: refuse every write.
    """

    def __init__(self, setting: Setting, key: str = "", seed: int = 0, *, read_only: bool = False) -> None:
        self._setting = setting
        self._work = Workspace(setting.base, key, seed)
        self._read_only = read_only
        self._snapshots: OrderedDict[str, tuple[Query, Found, str]] = OrderedDict()
        self._searches = 0
        self._closed = False

    def request(
        self,
        method: str,
        path: str,
        params: Params = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answers one request; see `Backend.request`."""
        if self._closed:
            return Refusal(410, "processing", "The session is closed").response()
        given = {name.lower(): value for name, value in headers.items()} if headers else {}
        try:
            if method == "HEAD":
                answer = self._route("GET", path, params, body, given)
                return Response(answer.status, answer.headers)
            return self._route(method, path, params, body, given)
        except Refusal as refusal:
            return refusal.response()

    def changes(self) -> tuple[Change, ...]:
        """Every write carried out, in order; numbers in the resources are floats."""
        return tuple(
            Change(
                number,
                write.kind,
                write.resource_type,
                write.id,
                None if write.before is None else orjson.loads(write.before),
                None if write.after is None else orjson.loads(write.after),
            )
            for number, write in enumerate(self._work.writes, start=1)
        )

    def rebase(self, base_url: str) -> None:
        """Sets the endpoint's URL that links in answers begin with, as the client of an HTTP request sees it."""
        if base_url != self._setting.base_url:
            self._setting = replace(self._setting, base_url=base_url)

    def close(self) -> None:
        """Discards the session; may be called twice."""
        self._closed = True
        self._snapshots.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _route(
        self, method: str, path: str, params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        steps = path.strip("/").split("/") if path.strip("/") else []
        if not steps:
            return self._at_base(method, params, body, headers)
        if steps[0] == "_history":
            raise unsupported("The history of the whole server is not supported; ask for Type/id/_history")
        if steps == ["metadata"] and method == "GET":
            return Response(200, _HEADERS, capability_statement(self._setting.base_url, self._setting.now))
        kind = steps[0]
        if kind not in resource_types():
            known = ", ".join(sorted(resource_types()))
            text = f"Unknown resource type {kind[:80]!r}. Server knows how to handle: {known}"
            raise Refusal(404, "not-found", text)
        if len(steps) > 1 and steps[1] != "_search":
            return self._at_instance(method, steps, params, body, headers)
        match method, steps[1:]:
            case "GET", []:
                return self.search(kind, params, kind)
            case "GET" | "POST", ["_search"]:
                return self._search_by_form(method, kind, params, body, headers)
            case "POST", []:
                return self._create(kind, params, body, headers)
            case "PUT" | "DELETE", []:
                return self._conditional(method, kind, params, body, headers)
            case _:
                raise _unknown(method, steps)

    def _at_instance(
        self, method: str, steps: list[str], params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        kind, name = steps[:2]
        match method, steps[2:]:
            case "GET", []:
                return self._read(kind, name, params, headers)
            case "PUT", []:
                return self._update(kind, name, params, body, headers)
            case "DELETE", []:
                return self._delete(kind, name, headers)
            case "GET", ["_history"]:
                return self._history(kind, name, params)
            case "GET", ["_history", version]:
                return self._vread(kind, name, version, headers)
            case _:
                raise _unknown(method, steps)

    def _at_base(
        self, method: str, params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        if method == "GET" and any(name == "_getpages" for name, _ in params):
            return self._next_page(dict(params))
        if method != "POST":
            raise bad_request("This is the base URL of a FHIR server: name a resource type")
        self._check_writable()
        bundle = parse_body(body, headers.get("content-type"))
        return run_bundle(self, bundle, self._setting.rules)

    def search(self, kind: str, params: Params, path: str) -> Response:
        """Answers a search with its first page."""
        setting = self._setting
        query = parse_query(kind, params, setting.base_url)
        found = run(self._work, query)
        writer = BundleWriter(self._work, query, found, setting.base_url, setting.now)
        self._searches += 1
        mark = self._work.mark_of("search", self._searches)
        token = f"{mark[:8]}-{mark[8:12]}-{mark[12:16]}-{mark[16:20]}-{mark[20:]}"
        if query.summary == "count" or query.count == 0:
            return Response(200, _HEADERS, writer.count_only(token))
        if len(found) > query.count:
            self._keep(token, query, found.compact(), path)
        return Response(200, _HEADERS, writer.page(token, token, 0, query.count, path))

    def _keep(self, token: str, query: Query, found: Found, path: str) -> None:
        """Keeps what was found for further pages, and forgets the oldest where that is too much."""
        self._snapshots[token] = (query, found, path)
        rows = sum(len(kept) for _, kept, _ in self._snapshots.values())
        while len(self._snapshots) > MAX_SNAPSHOTS or (rows > MAX_SNAPSHOT_ROWS and len(self._snapshots) > 1):
            _, (_, oldest, _) = self._snapshots.popitem(last=False)
            rows -= len(oldest)

    def _search_by_form(
        self, method: str, kind: str, params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        pairs = list(params)
        if method == "POST" and body:
            content = (
                headers.get("content-type", "application/x-www-form-urlencoded").split(";")[0].strip().lower()
            )
            if content != "application/x-www-form-urlencoded":
                raise bad_request(f"_search takes application/x-www-form-urlencoded, not {content!r}")
            try:
                pairs += decode_pairs(body.decode())
            except UnicodeDecodeError:
                raise bad_request("the form is not UTF-8") from None
        return self.search(kind, pairs, f"{kind}/_search")

    def _next_page(self, params: Mapping[str, str]) -> Response:
        token = params["_getpages"]
        kept = self._snapshots.get(token)
        if kept is None:
            raise Refusal(
                410, "processing", f"Search {token[:80]!r} does not exist and may have expired; search again"
            )
        offset, count = params.get("_getpagesoffset", "0"), params.get("_count", "")
        query, found, path = kept
        if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
            raise bad_request(f"Invalid _getpagesoffset {offset[:40]!r}", "_getpagesoffset")
        if count and not (count.isascii() and count.isdigit() and 0 < int(count[:10]) <= MAX_COUNT):
            raise bad_request(f"Invalid _count {count[:40]!r}", "_count")
        self._snapshots.move_to_end(token)
        writer = BundleWriter(self._work, query, found, self._setting.base_url, self._setting.now)
        page = writer.page(token, token, int(offset), int(count or query.count), path)
        return Response(200, _HEADERS, page)

    def _current(self, kind: str, name: str) -> tuple[Version, str]:
        """The current version and its URL.

        Raises:
            Refusal: 404 or 410.
        """
        versions = self._work.versions(kind, name)
        if not versions:
            raise Refusal(404, "not-found", f"Resource {kind}/{name[:80]} is not known")
        return self._present(versions[-1], kind, name)

    def _present(self, version: Version, kind: str, name: str) -> tuple[Version, str]:
        url = f"{self._setting.base_url}/{kind}/{name}/_history/{version.number}"
        if version.body is None:
            text = f"Resource was deleted at {self._setting.now}"
            raise Refusal(410, "deleted", text, headers={"Location": url})
        return version, url

    def _read(self, kind: str, name: str, params: Params, headers: Mapping[str, str]) -> Response:
        if name.startswith("$") or name == "_history":
            raise unsupported(
                f"{kind}/{name[:80]} is not supported: no operations, and history of one resource only"
            )
        asked = self._read_parameters(params, kind, name)
        version, url = self._current(kind, name)
        return self._resource(version, url, headers, subset_of(kind, *asked))

    def _read_parameters(self, params: Params, kind: str, name: str) -> tuple[str, tuple[str, ...]]:
        for parameter, _ in params:
            if parameter not in _READ_PARAMETERS:
                raise bad_request(
                    f"{parameter[:80]!r} cannot be given when reading {kind}/{name}", parameter[:80]
                )
        query = parse_query(kind, params, self._setting.base_url) if params else None
        return (query.summary, query.elements) if query else ("false", ())

    def _resource(
        self, version: Version, url: str, headers: Mapping[str, str], subset: frozenset[str] | None = None
    ) -> Response:
        assert version.body is not None
        tag = f'W/"{version.number}"'
        answer = {
            "Content-Type": FHIR_JSON,
            "ETag": tag,
            "Last-Modified": http_date(last_updated(version.body)),
            "Content-Location": url,
        }
        if not_modified(headers, tag, answer["Last-Modified"]):
            return Response(304, answer)
        return Response(200, answer, version.body if subset is None else cut(version.body, subset))

    def _vread(self, kind: str, name: str, number: str, headers: Mapping[str, str]) -> Response:
        versions = self._work.versions(kind, name)
        if not versions:
            raise Refusal(404, "not-found", f"Resource {kind}/{name[:80]} is not known")
        version = next((v for v in versions if str(v.number) == number), None)
        if version is None:
            raise Refusal(
                404, "not-found", f"Version {number[:40]!r} is not valid for resource {kind}/{name}"
            )
        return self._resource(*self._present(version, kind, name), headers)

    def _history(self, kind: str, name: str, params: Params) -> Response:
        if any(parameter not in {"_format", "_pretty"} for parameter, _ in params):
            raise unsupported(f"_history takes no parameters here, not {[p[:40] for p, _ in params]}")
        versions = self._work.versions(kind, name)
        if not versions:
            raise Refusal(404, "not-found", f"Resource {kind}/{name[:80]} is not known")
        methods = {"create": ("PUT", 201), "update": ("PUT", 200), "delete": ("DELETE", 200)}
        entries: list[dict[str, object]] = []
        for version in reversed(versions):
            method, status = methods[version.verb]
            entry: dict[str, object] = {"fullUrl": f"{self._setting.base_url}/{kind}/{name}"}
            if version.body is not None:
                entry["resource"] = orjson.Fragment(version.body)
            entry["request"] = {"method": method, "url": f"{kind}/{name}"}
            entry["response"] = {"status": str(status), "etag": f'W/"{version.number}"'}
            entries.append(entry)
        link = [{"relation": "self", "url": f"{self._setting.base_url}/{kind}/{name}/_history"}]
        head = {
            "resourceType": "Bundle",
            "type": "history",
            "total": len(entries),
            "link": link,
            "entry": entries,
        }
        return Response(200, _HEADERS, orjson.dumps(head))

    def _check_writable(self) -> None:
        if self._read_only:
            raise Refusal(405, "not-supported", "This view is read only: open a session to write")

    @property
    def writer(self) -> Writer:
        """What carries out writes."""
        setting = self._setting
        return Writer(self._work, setting.rules, setting.base_url, setting.now)

    @property
    def now(self) -> str:
        """The frozen clock, an instant."""
        return self._setting.now

    @property
    def work(self) -> Workspace:
        """The session's state."""
        return self._work

    def matching_ids(self, kind: str, condition: str | Params, what: str) -> list[str]:
        """Ids of what a condition of a conditional write finds; at most two are looked for.

        Raises:
            Refusal: the condition is empty, or no search.
        """
        pairs = decode_pairs(condition.removeprefix("?")) if isinstance(condition, str) else condition
        conditions = [p for p in pairs if p[0] not in {"_format", "_pretty"}]
        if not conditions:
            raise bad_request(f"{what}: no condition is given")
        found = run(self._work, parse_query(kind, conditions, self._setting.base_url))
        return [table.id_of(row) for table, row in found.page(0, 2)]

    def _create(self, kind: str, params: Params, body: bytes | None, headers: Mapping[str, str]) -> Response:
        self._check_writable()
        self._read_parameters(params, kind, "")
        resource = parse_body(body, headers.get("content-type"))
        condition = headers.get("if-none-exist")
        existing = self.matching_ids(kind, condition, "If-None-Exist") if condition is not None else []
        if len(existing) > 1:
            raise Refusal(
                412, "multiple-matches", f"If-None-Exist {condition!r} matched more than one {kind}"
            )
        if existing:
            version, url = self._current(kind, existing[0])
            found = self._resource(version, url, {})
            return Response(found.status, {**found.headers, "Location": url}, found.body)
        check_resource(resource, kind, self._setting.rules)
        writer = self.writer
        writer.check_references(resource)
        return self.written(writer.create(kind, resource), headers)

    def _update(
        self, kind: str, name: str, params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        self._check_writable()
        self._read_parameters(params, kind, name)
        resource = parse_body(body, headers.get("content-type"))
        own = resource.get("id")
        if own != name:
            raise bad_request(
                f"The body must contain the id of the URL, {name[:80]!r}, not {str(own)[:80]!r}", f"{kind}.id"
            )
        check_resource(resource, kind, self._setting.rules)
        writer = self.writer
        writer.check_references(resource)
        return self.written(writer.update(kind, name, resource, headers.get("if-match")), headers)

    def _delete(self, kind: str, name: str, headers: Mapping[str, str]) -> Response:
        self._check_writable()
        writer = self.writer
        if self._work.find(kind, name) is not None:
            writer.check_unreferenced(kind, name)
        return self.written(writer.delete(kind, name, headers.get("if-match")), headers)

    def _conditional(
        self, method: str, kind: str, params: Params, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        self._check_writable()
        what = f"conditional {method}"
        found = self.matching_ids(kind, params, what)
        if len(found) > 1:
            raise Refusal(
                412, "multiple-matches", f"{what} matched more than one {kind}; nothing was changed"
            )
        if method == "DELETE":
            if not found:
                return Response(
                    200,
                    _HEADERS,
                    outcome(
                        [
                            Problem(
                                "not-found",
                                f"No {kind} matches. Nothing has been deleted.",
                                "",
                                "warning",
                            )
                        ]
                    ),
                )
            return self._delete(kind, found[0], headers)
        resource = parse_body(body, headers.get("content-type"))
        if not found:
            check_resource(resource, kind, self._setting.rules)
            writer = self.writer
            writer.check_references(resource)
            return self.written(writer.create(kind, resource), headers)
        if resource.get("id") not in {None, found[0]}:
            raise bad_request(
                f"The body's id {str(resource['id'])[:80]!r} is not that of the match, {found[0]!r}",
                f"{kind}.id",
            )
        check_resource(resource, kind, self._setting.rules)
        writer = self.writer
        writer.check_references(resource)
        updated = writer.update(kind, found[0], resource | {"id": found[0]}, headers.get("if-match"))
        return self.written(updated, headers)

    def written(self, written: Written, headers: Mapping[str, str]) -> Response:
        """The answer to a write, as `Prefer` and the header names of HTTP ask."""
        place = f"{written.resource_type}/{written.id}/_history/{written.version}"
        url = f"{self._setting.base_url}/{place}"
        if written.body is None:
            gone = written.kind == "deleted"
            text = (
                f"Successfully deleted {place}."
                if gone
                else f"Not deleted: {written.resource_type}/{written.id[:80]} does not exist or was deleted already."
            )
            answer = {**_HEADERS, "Content-Location": url} if gone else _HEADERS
            return Response(200, answer, outcome([Problem("informational", text, "", "information")]))
        answer = {
            "Content-Type": FHIR_JSON,
            "ETag": f'W/"{written.version}"',
            "Last-Modified": http_date(self._setting.now),
            "Content-Location": url,
        }
        if written.kind == "created":
            answer["Location"] = url
        prefer = headers.get("prefer") or headers.get("Prefer", "")
        body = written.body
        if "return=minimal" in prefer:
            del answer["Content-Type"]
            body = b""
        elif "return=OperationOutcome" in prefer:
            body = outcome(
                [Problem("informational", f"Successfully {written.kind}: {place}", "", "information")]
            )
        return Response(_STATUS[written.kind], answer, body)
