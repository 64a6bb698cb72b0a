"""Bundles of search results, made by joining stored bodies as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from ..backend import Resource
from .evaluate import Found, View, included
from .packing import encode_resource
from .parameters import type_info
from .query import Query, encode_pairs
from .shard import TableView

_SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "Resource encoded in summary mode",
}
_ALWAYS = ("resourceType", "id", "meta")


class BundleWriter:
    """Writes the pages of one search.

    Args:
        view: for what is included.
        query: the search.
        found: what it found.
        base_url: of this server.
        now: `meta.lastUpdated` of the bundle.
    """

    def __init__(self, view: View, query: Query, found: Found, base_url: str, now: str) -> None:
        self.view, self.query, self.found = view, query, found
        self.base_url, self.now = base_url, now

    def count_only(self, bundle_id: str) -> bytes:
        """The answer to `_summary=count`: a total and nothing else."""
        return b"".join((self._head(bundle_id), b',"total":%d}' % len(self.found)))

    def page(self, bundle_id: str, token: str, offset: int, count: int, path: str) -> bytes:
        """One page.

        Args:
            bundle_id: `Bundle.id`.
            token: names the snapshot that further pages are taken from.
            offset: of the first entry.
            count: entries a page.
            path: of the request, for the self link.
        """
        total = len(self.found)
        entries = list(self.found.page(offset, offset + count))
        parts = [self._head(bundle_id)]
        if self.query.total:
            parts.append(b',"total":%d' % total)
        links = [("self", self._self_link(path))]
        if offset + count < total:
            links.append(("next", self._page_link(token, offset + count, count)))
        if offset:
            links.append(("previous", self._page_link(token, max(0, offset - count), count)))
        parts.append(b',"link":' + orjson.dumps([{"relation": r, "url": u} for r, u in links]))
        joined = self._entries(entries)
        if joined:
            parts += (b',"entry":[', b",".join(joined), b"]")
        parts.append(b"}")
        return b"".join(parts)

    def _head(self, bundle_id: str) -> bytes:
        return (
            f'{{"resourceType":"Bundle","id":"{bundle_id}","meta":{{"lastUpdated":"{self.now}"}},"type":"searchset"'
        ).encode()

    def _self_link(self, path: str) -> str:
        pairs = encode_pairs(self.query.pairs)
        return f"{self.base_url}/{path}?{pairs}" if pairs else f"{self.base_url}/{path}"

    def _page_link(self, token: str, offset: int, count: int) -> str:
        return (
            f"{self.base_url}?_getpages={token}&_getpagesoffset={offset}&_count={count}&_bundletype=searchset"
        )

    def _entries(self, page: Sequence[tuple[TableView, int]]) -> list[bytes]:
        kind, subset = self.query.resource_type, self._subset(self.query.resource_type)
        start = f'{{"fullUrl":"{self.base_url}/{kind}/'.encode()
        end = b',"search":{"mode":"match"}}'
        joined: list[bytes] = []
        for table, row in page:
            body = table.body(row)
            if subset is not None:
                body = cut(body, subset)
            joined.append(b"".join((start, table.id_of(row).encode(), b'","resource":', body, end)))
        if self.query.includes or self.query.revincludes:
            joined += self._included(page)
        return joined

    def _included(self, page: Sequence[tuple[TableView, int]]) -> Iterable[bytes]:
        for kind, table, row in included(self.view, self.query, page):
            url = f"{self.base_url}/{kind}/{table.id_of(row)}"
            body = table.body(row)
            yield b'{"fullUrl":"%s","resource":%s,"search":{"mode":"include"}}' % (url.encode(), body)

    def _subset(self, kind: str) -> frozenset[str] | None:
        return subset_of(kind, self.query.summary, self.query.elements)


def subset_of(kind: str, summary: str, elements: Sequence[str]) -> frozenset[str] | None:
    """The elements that `_summary` and `_elements` leave, choices as `value[x]`; None for all."""
    info = type_info(kind)
    if elements:
        return frozenset((*elements, *info.required, *_ALWAYS))
    if summary == "true":
        return frozenset((*info.summary, *info.required, *_ALWAYS))
    if summary == "text":
        return frozenset(("text", *info.required, *_ALWAYS))
    if summary == "data":
        return frozenset(("-text",))
    return None


def cut(body: bytes, subset: frozenset[str]) -> bytes:
    """A body with the elements of a subset only, marked as such."""
    resource: Resource = orjson.loads(body)
    if "-text" in subset:
        kept = {key: value for key, value in resource.items() if key != "text"}
    else:
        choices = tuple(name.removesuffix("[x]") for name in subset if name.endswith("[x]"))
        kept = {k: v for k, v in resource.items() if _kept(k.removeprefix("_"), subset, choices)}
    meta = dict(kept.get("meta") or {})
    meta["tag"] = [*meta.get("tag", ()), _SUBSETTED]
    return encode_resource(kept | {"meta": meta})


def _kept(key: str, subset: frozenset[str], choices: Sequence[str]) -> bool:
    return key in subset or any(key.startswith(c) and key[len(c) : len(c) + 1].isupper() for c in choices)
