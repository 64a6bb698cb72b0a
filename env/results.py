"""From a server's answer to what the agent sees: whole entries, at most 16 kB, and a token for the rest.

Resources are shown byte for byte as the server holds them, but that the text attachment of a DocumentReference is
decoded: it has `text` in the place of base64 `data`. Only the Bundle around them is ours (no `fullUrl`, no links).
A token means something in its own episode alone: it names a place in this object, never a place on the server.
"""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from chartgym.errors import AgentError, ServerError

from ..fhir_server.backend import Response
from ..tasks.base import ToolResult
from .tools import RESULT_BYTES

KEPT_TOKENS = 64
KEPT_BYTES = 4_000_000
_INFRASTRUCTURE = frozenset({401, 403, 407, 408, 429})


class _Head(msgspec.Struct):
    resource_type: str = msgspec.field(name="resourceType", default="")
    id: str = ""


class _Mode(msgspec.Struct):
    mode: str = "match"


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    search: _Mode = msgspec.field(default_factory=_Mode)


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Bundle(msgspec.Struct):
    total: int | None = None
    link: list[_Link] = []
    entry: list[_Entry] = []


class _Issue(msgspec.Struct):
    severity: str = "error"
    code: str = ""
    diagnostics: str = ""
    expression: list[str] = []
    location: list[str] = []
    details: dict[str, Any] = {}


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = []


class _Attachment(msgspec.Struct):
    content_type: str = msgspec.field(name="contentType", default="")
    data: str = ""


class _Content(msgspec.Struct):
    attachment: _Attachment = msgspec.field(default_factory=_Attachment)


class _Document(msgspec.Struct):
    content: list[_Content] = []


@dataclass(frozen=True, slots=True)
class Link:
    """A server's own link to a page; taken apart only when it is followed."""

    url: str


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries not yet shown of a page, and the server's link to the page after it."""

    entries: tuple[bytes, ...]
    heads: tuple[str, ...]
    total: int | None
    following: Link | None


@dataclass(frozen=True, slots=True)
class Text:
    """What is left of a resource too long to show at once."""

    rest: bytes
    of: str


Pending = Entries | Text | Link


@dataclass(frozen=True, slots=True)
class Shown:
    """A result with the references (`Type/id`) it shows."""

    result: ToolResult
    seen: tuple[str, ...] = ()


class Desk:
    """The results of one episode: makes them, and keeps what tokens stand for.

    Args:
        key: what tokens derive from, so that an episode repeats; no two episodes share one.
        limit: bytes that a result may have.
    """

    def __init__(self, key: str, limit: int = RESULT_BYTES) -> None:
        self._key = hashlib.blake2b(key.encode(), digest_size=32).digest()
        self._limit = limit
        self._count = 0
        self._kept: OrderedDict[str, Pending] = OrderedDict()
        self._issued: set[str] = set()
        self._bytes = 0

    def take(self, token: str) -> Pending:
        """What a token stands for; it stays usable.

        Raises:
            AgentError: this episode gave no such token, or gave it so long ago that it has expired.
        """
        found = self._kept.get(token)
        if found is None:
            if token in self._issued:
                raise AgentError("this page has expired: search again")
            raise AgentError("unknown page: give the token of a result of this episode, as it was given")
        return found

    def search(self, response: Response) -> Shown:
        """The result of a search or of a further page of one."""
        if response.status != 200:
            return Shown(refusal(response))
        bundle = _decode(response.body, _Bundle)
        entries: list[bytes] = []
        heads: list[str] = []
        for entry in bundle.entry:
            raw = _shown(bytes(entry.resource))
            if not raw:
                continue
            mode = entry.search.mode
            extra = b"" if mode == "match" else b',"search":{"mode":"%s"}' % mode.encode()
            entries.append(b'{"resource":%s%s}' % (raw, extra))
            heads.append(_reference(raw))
        link = next((k.url for k in bundle.link if k.relation == "next"), None)
        following = Link(link) if link else None
        return self.page(Entries(tuple(entries), tuple(heads), bundle.total, following))

    def page(self, page: Entries) -> Shown:
        """As many whole entries as fit, and a token for the others."""
        room = self._limit - 400
        fit = 0
        for entry in page.entries:
            room -= len(entry) + 1
            if room < 0:
                break
            fit += 1
        entries, heads = list(page.entries[:fit]), page.heads[:fit]
        note = ""
        if fit == 0 and page.entries:
            fit = 1
            entries, heads = [_stub(page.heads[0])], ()
            note = f"{page.heads[0]} is too long for this list: see it with fhir_read"
        rest = page.entries[fit:]
        token: str | None = None
        if rest:
            token = self._keep(
                Entries(rest, page.heads[fit:], page.total, page.following), sum(map(len, rest))
            )
            note = (
                note
                or f"cut at 16 kB: {fit} of {len(page.entries)} entries shown, fhir_next gives the others"
            )
        elif page.following is not None:
            token = self._keep(page.following, 200)
        return Shown(ToolResult(True, _bundle(entries, page.total, token, note)), tuple(filter(None, heads)))

    def resource(self, response: Response) -> Shown:
        """The result of a read or a write."""
        if response.status not in (200, 201):
            return Shown(refusal(response))
        body = _shown(response.body)
        reference = _reference(body)
        shown = self.text(Text(body, reference))
        return Shown(shown.result, (reference,) if reference else ())

    def text(self, text: Text) -> Shown:
        """As much of a text as fits, and how to go on."""
        if len(text.rest) <= self._limit:
            return Shown(ToolResult(True, text.rest.decode()))
        at = self._limit - 200
        while text.rest[at] & 0xC0 == 0x80:  # never inside a character of UTF-8
            at -= 1
        rest = text.rest[at:]
        token = self._keep(Text(rest, text.of), len(rest))
        told = f"\n[cut: {len(rest)} bytes of {text.of} are left; go on with fhir_next, page {token}]"
        return Shown(ToolResult(True, text.rest[:at].decode() + told))

    def _keep(self, pending: Pending, size: int) -> str:
        self._count += 1
        digest = hashlib.blake2b(self._count.to_bytes(4, "big"), key=self._key, digest_size=8).hexdigest()
        token = f"p{self._count}-{digest}"
        self._kept[token] = pending
        self._issued.add(token)
        self._bytes += size
        while len(self._kept) > 1 and (len(self._kept) > KEPT_TOKENS or self._bytes > KEPT_BYTES):
            _, old = self._kept.popitem(last=False)
            self._bytes -= _size(old)
        return token


def refusal(response: Response) -> ToolResult:
    """What the server refused and why, in a line an issue.

    Raises:
        ServerError: the answer says that the server is at fault or does not let ChartGym in, or is not FHIR.
    """
    if response.status >= 500 or response.status in _INFRASTRUCTURE or response.status < 400:
        raise ServerError(f"the FHIR server answered {response.status}: {response.body[:300]!r}")
    try:
        issues = msgspec.json.decode(response.body, type=_Outcome).issue if response.body else []
    except msgspec.MsgspecError as error:
        raise ServerError(
            f"the FHIR server answered {response.status} without an OperationOutcome: {error}"
        ) from error
    lines = [f"The server refused this (HTTP {response.status})."]
    for issue in issues[:10]:
        where = ", ".join(issue.expression or issue.location)
        said = issue.diagnostics or issue.details.get("text") or "no further word"
        lines.append(f"{issue.severity} {issue.code}{f' at {where}' if where else ''}: {said}"[:1500])
    if len(issues) > 10:
        lines.append(f"... and {len(issues) - 10} more")
    return ToolResult(False, "\n".join(lines))


def _bundle(entries: Sequence[bytes], total: int | None, token: str | None, note: str) -> str:
    head = b'{"resourceType":"Bundle","type":"searchset"'
    if total is not None:
        head += b',"total":%d' % total
    if token is not None:
        head += b',"next":"%s"' % token.encode()
    if note:
        head += b',"note":' + msgspec.json.encode(note)
    return (head + b',"entry":[' + b",".join(entries) + b"]}").decode()


def _stub(reference: str) -> bytes:
    kind, _, name = reference.partition("/")
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    return msgspec.json.encode({"resource": {"resourceType": kind, "id": name, "meta": {"tag": [tag]}}})


def _reference(raw: bytes) -> str:
    head = _decode(raw, _Head)
    return f"{head.resource_type}/{head.id}" if head.id else ""


def _shown(raw: bytes) -> bytes:
    """Without the white space of a server that prints prettily, and with texts that can be read."""
    compact = msgspec.json.format(raw, indent=-1) if b"\n" in raw else raw
    if b'"attachment":' not in compact or not _reference(compact).startswith("DocumentReference/"):
        return compact
    at, parts = 0, list[bytes]()
    for content in _decode(compact, _Document).content:
        data = b'"data":"%s"' % content.attachment.data.encode()
        start = compact.find(data, at)
        if not content.attachment.data or start < 0:
            continue
        parts += [compact[at:start], _readable(content.attachment) or data]
        at = start + len(data)
    return b"".join([*parts, compact[at:]])


def _readable(attachment: _Attachment) -> bytes | None:
    if not attachment.content_type.startswith("text/"):
        return None
    try:
        text = base64.b64decode(attachment.data, validate=True).decode()
    except ValueError:  # not base64, or not UTF-8: shown as it is
        return None
    return b'"text":' + msgspec.json.encode(text)


def _decode(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ServerError(f"the FHIR server's answer is not FHIR JSON: {error}: {body[:200]!r}") from error


def _size(pending: Pending) -> int:
    if isinstance(pending, Entries):
        return sum(map(len, pending.entries))
    return len(pending.rest) if isinstance(pending, Text) else 200
