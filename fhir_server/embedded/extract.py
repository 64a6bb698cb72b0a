"""Takes from a resource the values that its search parameters index.

Every path starts at a top-level element, so extraction goes by the keys that are there. A value is a
`str` key for token, string, reference and uri parameters, an `Interval` for dates, a `Span` for numbers. Values of the
wrong shape index nothing: whether a resource is valid is for the validator to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, TypeAlias, cast

from .dates import Interval, parse_date, period
from .parameters import ElementPath, Kind, type_info


class Span(NamedTuple):
    """A number or a range of numbers, with `system|code` of its unit."""

    low: float
    high: float
    unit: str


Value: TypeAlias = str | Interval | Span
Json: TypeAlias = Any
Converter: TypeAlias = Callable[[Json, str], Iterable[Value]]
Feature: TypeAlias = tuple[str, Value]
"""Name of a column (a parameter, or `code:text` for the texts beside a token) and a value in it."""

Step: TypeAlias = tuple[str, int | None, str, str]
"""A key, a position or None, and the name and value that an item must have."""
Steps: TypeAlias = tuple[Step, ...]

_STEP = re.compile(r"([A-Za-z_]+)(?:\[(?:(\d+)|(\w+)=([^\]]*))\])?(?:\.|$)")
NUMBER_LIMIT = 1e300


def fold(text: str) -> str:
    """Text as default string search compares it: without accents, case and outer space."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().strip()


def _texts(value: Json, *names: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in names:
        item = cast("dict[str, Json]", value).get(name)
        for text in cast("list[Json]", item) if isinstance(item, list) else (item,):
            if isinstance(text, str) and text:
                yield text


def _simple(value: Json, _: str) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value


def _token(value: Json, system: str) -> Iterator[str]:
    if isinstance(value, bool):
        yield "|true" if value else "|false"
    elif isinstance(value, str) and value:
        yield f"{system}|{value}"


def _coding(value: Json, _: str) -> Iterator[str]:
    if isinstance(value, dict):
        item = cast("dict[str, Json]", value)
        system, code = item.get("system"), item.get("code")
        if isinstance(code, str) and code:
            yield f"{system if isinstance(system, str) else ''}|{code}"


def _concept(value: Json, extra: str) -> Iterator[str]:
    if isinstance(value, dict):
        codings = cast("dict[str, Json]", value).get("coding")
        if isinstance(codings, list):
            for coding in cast("list[Json]", codings):
                yield from _coding(coding, extra)


def _identifier(value: Json, _: str) -> Iterator[str]:
    if isinstance(value, dict):
        item = cast("dict[str, Json]", value)
        system, text = item.get("system"), item.get("value")
        if isinstance(text, str) and text:
            yield f"{system if isinstance(system, str) else ''}|{text}"


def _exists(value: Json, _: str) -> Iterator[str]:
    if value is not None:
        yield "|true"


def _human_name(value: Json, _: str) -> Iterator[str]:
    yield from dict.fromkeys(_texts(value, "family", "given", "text", "prefix", "suffix"))


def _address(value: Json, _: str) -> Iterator[str]:
    yield from dict.fromkeys(
        _texts(value, "line", "city", "district", "state", "postalCode", "country", "text")
    )


def _reference(value: Json, only: str) -> Iterator[str]:
    target = cast("dict[str, Json]", value).get("reference") if isinstance(value, dict) else None
    if isinstance(target, str) and target and not target.startswith("#"):
        target = target.split("/_history/")[0]
        if not only or target.startswith(f"{only}/") or f"/{only}/" in target:
            yield target


def _date(value: Json, _: str) -> Iterator[Interval]:
    found = parse_date(value) if isinstance(value, str) else None
    if found is not None:
        yield found


def _period(value: Json, _: str) -> Iterator[Interval]:
    found = period(cast("dict[str, Json]", value)) if isinstance(value, dict) else None
    if found is not None:
        yield found


def _timing(value: Json, _: str) -> Iterator[Interval]:
    if not isinstance(value, dict):
        return
    timing = cast("dict[str, Json]", value)
    events = timing.get("event")
    dates = [
        d
        for e in (cast("list[Json]", events) if isinstance(events, list) else ())
        if isinstance(e, str) and (d := parse_date(e))
    ]
    if dates:
        low, high = min(dates), max(dates, key=lambda d: d.high)
        yield Interval(low.low, high.high, low.first, high.last)
    repeat = timing.get("repeat")
    if isinstance(repeat, dict):
        yield from _period(cast("dict[str, Json]", repeat).get("boundsPeriod"), "")


def _as_number(value: Json) -> float | None:
    if isinstance(value, bool) or value is None or isinstance(value, str | list | dict):
        return None
    number = float(value)
    return number if abs(number) < NUMBER_LIMIT else None


def _quantity(value: Json, _: str) -> Iterator[Span]:
    if not isinstance(value, dict):
        return
    item = cast("dict[str, Json]", value)
    number = _as_number(item.get("value"))
    if number is None:
        return
    system = item.get("system")
    code = item.get("code") or item.get("unit") or item.get("currency") or ""
    yield Span(number, number, f"{system if isinstance(system, str) else ''}|{code}")


def _range(value: Json, _: str) -> Iterator[Span]:
    if isinstance(value, dict):
        item = cast("dict[str, Json]", value)
        low = next(iter(_quantity(item.get("low"), "")), None)
        high = next(iter(_quantity(item.get("high"), "")), None)
        if low or high:
            unit = (low or high or Span(0, 0, "|")).unit
            yield Span(low.low if low else -NUMBER_LIMIT, high.high if high else NUMBER_LIMIT, unit)


def _number(value: Json, _: str) -> Iterator[Span]:
    number = _as_number(value)
    if number is not None:
        yield Span(number, number, "|")


def _nothing(_value: Json, _extra: str) -> Iterable[Value]:
    return ()


_CONVERTERS: dict[str, dict[str, Converter]] = {
    "token": {
        "CodeableConcept": _concept, "Coding": _coding, "Identifier": _identifier, "ContactPoint": _identifier,
        "code": _token, "boolean": _token, "id": _token, "string": _token, "uri": _token, "exists": _exists,
    },
    "string": {"HumanName": _human_name, "Address": _address, "string": _simple, "markdown": _simple},
    "reference": {"Reference": _reference, "canonical": _simple, "uri": _simple},
    "uri": {"uri": _simple, "url": _simple, "canonical": _simple},
    "date": {"date": _date, "dateTime": _date, "instant": _date, "string": _date, "Period": _period, "Timing": _timing},
    "quantity": {
        "Quantity": _quantity, "Age": _quantity, "Duration": _quantity, "Money": _quantity, "Range": _range,
    },
    "number": {"decimal": _number, "integer": _number, "Range": _range},
}  # fmt: skip


def _concept_texts(value: Json, _: str) -> Iterator[str]:
    yield from _texts(value, "text")
    codings = cast("dict[str, Json]", value).get("coding") if isinstance(value, dict) else None
    for coding in cast("list[Json]", codings) if isinstance(codings, list) else ():
        yield from _texts(coding, "display")


def _coding_texts(value: Json, _: str) -> Iterator[str]:
    yield from _texts(value, "display")


def _identifier_texts(value: Json, _: str) -> Iterator[str]:
    kind = cast("dict[str, Json]", value).get("type") if isinstance(value, dict) else None
    yield from _texts(kind, "text")


_TEXTS: dict[str, Converter] = {
    "CodeableConcept": _concept_texts,
    "Coding": _coding_texts,
    "Identifier": _identifier_texts,
}


def converter(kind: Kind, datatype: str) -> Converter:
    """What turns a value of a datatype into values of a search parameter of a kind."""
    return _CONVERTERS.get(kind, {}).get(datatype, _nothing)


def follow(value: Json, steps: Steps) -> Iterable[Json]:
    """The values at the end of a path; lists are entered."""
    values = cast("list[Json]", value) if isinstance(value, list) else [value]
    for step in steps:
        below: list[Json] = []
        for parent in values:
            if isinstance(parent, dict):
                found = _take(cast("dict[str, Json]", parent), step)
                if isinstance(found, list):
                    below += cast("list[Json]", found)
                elif found is not None:
                    below.append(found)
        if not below:
            return ()
        values = below
    return values


def _take(parent: dict[str, Json], step: Step) -> Json:
    key, position, name, wanted = step
    value = parent.get(key)
    if position is not None:
        items = cast("list[Json]", value) if isinstance(value, list) else []
        return items[position] if position < len(items) else None
    if not name:
        return value
    items = cast("list[Json]", value) if isinstance(value, list) else [value]
    return [i for i in items if isinstance(i, dict) and cast("dict[str, Json]", i).get(name) == wanted]


def parse_steps(text: str) -> Steps:
    """The steps of a path."""
    return tuple(
        (m[1], int(m[2]) if m[2] else None, m[3] or "", m[4] or "") for m in _STEP.finditer(text) if m[1]
    )


class _Walk(NamedTuple):
    """One path below a top-level element, and the columns that its values go into."""

    narrow: Step | None
    steps: Steps
    convert: Converter
    extra: str
    columns: list[str]


class Extractor:
    """Extracts the features of one resource type, one top-level element at a time."""

    def __init__(self, resource_type: str) -> None:
        self._walks: dict[str, dict[object, _Walk]] = {}
        for code, parameter in type_info(resource_type).search.items():
            for path in parameter.paths:
                self._add(code, path, converter(parameter.kind, path.datatype))
                if parameter.kind == "token" and path.datatype in _TEXTS:
                    self._add(f"{code}:text", path, _TEXTS[path.datatype])
        self._by_key = {key: tuple(walks.values()) for key, walks in self._walks.items()}
        self.keys = frozenset(self._by_key)

    def _add(self, column: str, path: ElementPath, convert: Converter) -> None:
        if convert is _nothing or column == "_id":
            return
        first, *rest = parse_steps(path.steps)
        narrow = first if first[1] is not None or first[2] else None
        walk = _Walk(narrow, tuple(rest), convert, path.extra, [])
        known = self._walks.setdefault(first[0], {})
        known.setdefault(walk[:4], walk).columns.append(column)

    def features(self, key: str, value: Json) -> tuple[Feature, ...]:
        """What the element `key` with this value indexes; no duplicates."""
        found: list[Feature] = []
        for narrow, steps, convert, extra, columns in self._by_key.get(key, ()):
            start = value if narrow is None else _take({key: value}, narrow)
            items = cast("list[Json]", start) if isinstance(start, list) else (start,)
            for item in items:
                for end in follow(item, steps) if steps else (item,):
                    for feature in convert(end, extra):
                        found += [(column, feature) for column in columns]
        return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


@cache
def extractor(resource_type: str) -> Extractor:
    """The extractor of a resource type, made once."""
    return Extractor(resource_type)
