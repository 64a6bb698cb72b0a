"""What a reference means: an entry of its Bundle, what meets a condition, a URL of the server it came from.

Sources: FHIR R4, Bundle "Resolving references in Bundles"; http.html "Conditional references" (an identifier as the
only condition, as Synthea writes them).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast
from urllib.parse import unquote

import msgspec
import orjson

from ..embedded.packing import encode_resource
from .owners import REFERENCES
from .spool import Spool

_REMEMBERED = 50_000
_RELATIVE = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_ABSOLUTE = re.compile(
    r"(https?://\S+?/)([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_CONDITION = re.compile(r"([A-Z][A-Za-z]+)\?identifier=([^&]*)")
_TO_RESOLVE = re.compile(
    rb'"reference":"((?:[a-z][a-z0-9+.-]*:|[A-Za-z]+\?)[^"\\]*)"|"url":"(urn:(?:uuid|oid):[^"\\]+)"'
)


class Resolver:
    """Finds what references name among what was read.

    Args:
        spool: indexed.
        bases: URLs of the servers whose resources are here: `http://x/fhir/Patient/1` means `Patient/1` for
            `http://x/fhir`. To them come those that the `fullUrl`s tell.
    """

    def __init__(self, spool: Spool, bases: tuple[str, ...] = ()) -> None:
        self._spool = spool
        self._bases = {base.rstrip("/") + "/" for base in bases}
        self._known: dict[tuple[int, str], str] = {}
        self._exists: dict[str, bool] = {}
        self._identifiers: dict[str, dict[str, str]] = {}
        self._learn_bases()

    def _learn_bases(self) -> None:
        for (url,) in self._spool.rows("SELECT url FROM alias WHERE url >= 'http' AND url < 'httq'"):
            found = _ABSOLUTE.fullmatch(url)
            if found is not None:
                self._bases.add(found[1])

    def exists(self, key: str) -> bool:
        """Whether `Type/id` was read."""
        known = self._exists.get(key)
        if known is None:
            rows = self._spool.rows("SELECT 1 FROM resource WHERE key = ? LIMIT 1", key)
            known = next(rows, None) is not None
            if len(self._exists) >= _REMEMBERED:
                self._exists.clear()
            self._exists[key] = known
        return known

    def key_of(self, reference: str, bundle: int) -> str:
        """`Type/id` of what a reference in a Bundle names; empty where that is not here."""
        plain = _RELATIVE.fullmatch(reference)
        if plain is not None:
            return plain[1]
        known = self._known.get((bundle, reference))
        if known is None:
            known = self._find(reference, bundle)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[bundle, reference] = known
        return known

    def _find(self, reference: str, bundle: int) -> str:
        condition = _CONDITION.fullmatch(reference)
        if condition is not None:
            return self._identified(condition[1]).get(unquote(condition[2]), "")
        keys = list(self._spool.rows("SELECT DISTINCT bundle, key FROM alias WHERE url = ?", reference))
        own = {key for number, key in keys if number == bundle and bundle}
        every = {key for _, key in keys}
        for names in (own, every):
            if len(names) == 1:
                return names.pop()
        absolute = _ABSOLUTE.fullmatch(reference)
        if absolute is not None and absolute[1] in self._bases and self.exists(absolute[2]):
            return absolute[2]
        return ""

    def _identified(self, kind: str) -> dict[str, str]:
        """`system|value` of the identifiers of a type, and whose they are; those of several are left out."""
        found = self._identifiers.get(kind)
        if found is None:
            found = self._identifiers[kind] = {}
            sql = "SELECT r.key, b.data FROM resource r JOIN body b ON b.seq = r.seq WHERE r.kind = ?"
            for key, body in self._spool.rows(sql, kind):
                for identifier in _identifiers(body):
                    found[identifier] = key if found.get(identifier, key) == key else ""
        return found

    def resolve(self, body: bytes, bundle: int) -> bytes:
        """A body whose references are `Type/id` wherever what they name is here.

        A condition that nothing here meets becomes a logical reference: R4 knows conditions in transactions only.
        """
        conditions = False

        def replaced(match: re.Match[bytes]) -> bytes:
            nonlocal conditions
            raw = match[1] or match[2]
            reference = raw.decode()
            key = self.key_of(reference, bundle)
            if not key:
                conditions = conditions or _CONDITION.fullmatch(reference) is not None
                return match[0]
            return match[0].replace(raw, key.encode())

        body = _TO_RESOLVE.sub(replaced, body)
        return _logical(body) if conditions else body

    def missing(self, body: bytes) -> tuple[list[str], int]:
        """Targets of a resolved body that are not here, and how many references lead to other servers."""
        found: list[str] = []
        elsewhere = 0
        for raw in REFERENCES.findall(body):
            reference = raw.decode()
            plain = _RELATIVE.fullmatch(reference)
            if plain is not None:
                if not self.exists(plain[1]):
                    found.append(plain[1])
            elif reference.startswith(("http://", "https://")):
                elsewhere += 1
            elif not reference.startswith("#"):
                found.append(reference)
        return found, elsewhere


_items = msgspec.json.Decoder(dict[str, msgspec.Raw])
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def _identifiers(body: bytes) -> list[str]:
    raw = _items.decode(body).get("identifier")
    values: Any = orjson.loads(bytes(raw)) if raw is not None else []
    found: list[str] = []
    for value in cast("list[Any]", values if isinstance(values, list) else [values]):
        if isinstance(value, dict):
            one = cast("dict[str, Any]", value)
            text = one.get("value")
            if isinstance(text, str):
                found += [f"{one['system']}|{text}"] if isinstance(one.get("system"), str) else [f"|{text}"]
                found.append(text)
    return found


def _logical(body: bytes) -> bytes:
    """References by condition as references by identifier."""
    return encode_resource(_walk(_decode(body)))


def _walk(value: Any) -> Any:
    if isinstance(value, list):
        return [_walk(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    inner = {key: _walk(item) for key, item in cast("dict[str, Any]", value).items()}
    reference = inner.get("reference")
    found = _CONDITION.fullmatch(reference) if isinstance(reference, str) else None
    if found is None:
        return inner
    system, bar, number = unquote(found[2]).rpartition("|")
    identifier = ({"system": system} if bar and system else {}) | {"value": number}
    del inner["reference"]
    return {"type": found[1], "identifier": identifier} | inner
