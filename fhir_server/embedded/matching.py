"""How a value in a search finds rows in a column: one matcher for each kind of parameter.

The meaning of prefixes, systems and modifiers is HAPI's, measured (docs/server.md); where HAPI ignores what it does
not understand, the search is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .columns import NO_ROWS, Column, DateColumn, KeyedColumn, Rows, SpanColumn, complement, intersect, union
from .dates import Interval, is_day_precision, parse_date
from .extract import fold
from .outcome import Refusal, bad_request, unsupported
from .parameters import SearchParameter, resource_types

_PREFIXED = re.compile(r"([a-z]{2})?(.*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
MODIFIERS = {
    "token": ("missing", "not", "text"),
    "string": ("contains", "exact", "missing"),
    "reference": ("missing", "[type]"),
    "date": ("missing",),
    "quantity": ("missing",),
    "number": ("missing",),
    "uri": ("missing",),
    "composite": (),
}


class Matcher(Protocol):
    """Finds rows of a column. `cost` orders matchers: the cheap and choosy go first."""

    @property
    def cost(self) -> int:
        """What a test costs: 0 for a look-up."""
        ...

    def match(self, column: Column | None, count: int, within: Rows | None) -> Rows:
        """Ascending rows that match, out of `within` (all `count` rows where None)."""
        ...


def _within(found: Rows, within: Rows | None, count: int) -> Rows:
    return found if within is None else intersect(within, found, count)


@dataclass(frozen=True, slots=True)
class KeyMatcher:
    """Rows with any of some keys; `find` gives the indexes of the keys in a column."""

    find: Callable[[KeyedColumn], list[int]]
    negated: bool = False
    cost: int = 0

    def match(self, column: Column | None, count: int, within: Rows | None) -> Rows:
        """See `Matcher`."""
        rows = column.rows_of(self.find(column)) if isinstance(column, KeyedColumn) else NO_ROWS
        if self.negated:
            rows = complement(rows, count)
        return _within(rows, within, count)


@dataclass(frozen=True, slots=True)
class MissingMatcher:
    """Rows without (or with) any value."""

    missing: bool
    cost: int = 2

    def match(self, column: Column | None, count: int, within: Rows | None) -> Rows:
        """See `Matcher`."""
        present = NO_ROWS if column is None else column.present
        return _within(complement(present, count) if self.missing else present, within, count)


@dataclass(frozen=True, slots=True)
class DateMatcher:
    """Rows whose interval stands to the asked one as the prefix says."""

    prefix: str
    asked: Interval
    by_day: bool
    cost: int = 3

    def match(self, column: Column | None, count: int, within: Rows | None) -> Rows:  # noqa: ARG002 the form of all matchers
        """See `Matcher`."""
        if not isinstance(column, DateColumn):
            return NO_ROWS
        return column.matching(self.prefix, self.asked, self.by_day, within)


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """One number in a search."""

    prefix: str
    low: float
    high: float
    system: str | None = None
    code: str | None = None

    def units(self, column: SpanColumn) -> list[int] | None:
        """Indexes of the units that count; None for any."""
        if self.code is None:
            return None
        if self.system:
            wanted = f"{self.system}|{self.code}"
            return [i for i, unit in enumerate(column.units) if unit == wanted]
        return [i for i, unit in enumerate(column.units) if unit.partition("|")[2] == self.code]


@dataclass(frozen=True, slots=True)
class SpanMatcher:
    """Rows with a number that any of the terms finds."""

    terms: tuple[NumberTerm, ...]
    cost: int = 3

    def match(self, column: Column | None, count: int, within: Rows | None) -> Rows:
        """See `Matcher`."""
        if not isinstance(column, SpanColumn):
            return NO_ROWS
        found = [column.matching(t.prefix, t.low, t.high, t.units(column), within) for t in self.terms]
        return found[0] if len(found) == 1 else union(found, count)


def split_or(text: str) -> list[str]:
    """The values between commas that no backslash escapes; still escaped."""
    return split_escaped(text, ",") if "\\" in text else text.split(",")


def split_escaped(text: str, separator: str) -> list[str]:
    """Splits at separators that no backslash escapes."""
    parts, current, escaped = list[str](), "", False
    for char in text:
        if not escaped and char == separator:
            parts.append(current)
            current = ""
            continue
        escaped = not escaped and char == "\\"
        current += char
    return [*parts, current]


def unescape(text: str) -> str:
    """Takes the backslashes away that FHIR's escaping put in."""
    return re.sub(r"\\([,|$\\])", r"\1", text) if "\\" in text else text


def missing_matcher(name: str, value: str) -> Matcher:
    """`:missing=true` or `false`."""
    if value not in {"true", "false"}:
        raise bad_request(f"{name}={value!r}: ':missing' takes true or false", name)
    return MissingMatcher(value == "true")


def compile_matcher(
    parameter: SearchParameter, modifier: str, values: Sequence[str], name: str, base_url: str
) -> Matcher:
    """What finds the rows for one parameter of a search.

    Args:
        parameter: the parameter; not a composite.
        modifier: text after the colon, or empty.
        values: the OR values, still escaped, none empty.
        name: the parameter as the client wrote it, for messages.
        base_url: of this server, so that absolute references to it are understood.

    Raises:
        Refusal: a modifier or value that the parameter does not take.
    """
    if modifier == "missing":
        return missing_matcher(name, ",".join(values))
    _check_modifier(parameter, modifier, name)
    match parameter.kind:
        case "token":
            return _token(values, modifier)
        case "string":
            return _string(values, modifier)
        case "reference":
            return _reference(parameter, values, modifier, name, base_url)
        case "uri":
            wanted = [unescape(v) for v in values]
            return KeyMatcher(lambda c: [c.index[w] for w in dict.fromkeys(wanted) if w in c.index])
        case "date":
            return _date(values, name)
        case _:
            quantity = parameter.kind == "quantity"
            return SpanMatcher(tuple(_number(v, name, quantity=quantity) for v in values))


def _check_modifier(parameter: SearchParameter, modifier: str, name: str) -> None:
    known = MODIFIERS[parameter.kind]
    if not modifier or modifier in known or ("[type]" in known and modifier in resource_types()):
        return
    offered = ", ".join(f":{m}" for m in known) or "none"
    raise unsupported(
        f"Unsupported modifier ':{modifier}' on {name!r} (a {parameter.kind} parameter). Supported: {offered}",
        name,
    )


def _token(values: Sequence[str], modifier: str) -> Matcher:
    if modifier == "text":
        texts = [unescape(v) for v in values]
        return KeyMatcher(lambda c: _merge(c.prefixed(t) for t in texts))
    terms = [_token_term(v.strip()) for v in values]

    def find(column: KeyedColumn) -> list[int]:
        return _merge(_token_indexes(column, system, code) for system, code in terms)

    return KeyMatcher(find, negated=modifier == "not", cost=1 if modifier == "not" else 0)


def _token_term(value: str) -> tuple[str | None, str]:
    parts = split_escaped(value, "|") if "\\" in value else value.split("|", 1)
    if len(parts) == 1:
        return None, unescape(parts[0])
    return unescape(parts[0]), unescape("|".join(parts[1:]))


def _token_indexes(column: KeyedColumn, system: str | None, code: str) -> list[int]:
    if system is None:
        return column.codes.get(code, [])
    if code:
        index = column.index.get(f"{system}|{code}")
        return [] if index is None else [index]
    return [i for i, key in enumerate(column.keys) if key.startswith(f"{system}|")]


def _merge(found: Iterable[list[int]]) -> list[int]:
    lists = list(found)
    if len(lists) == 1:
        return lists[0]
    return list(dict.fromkeys(i for part in lists for i in part))


def _string(values: Sequence[str], modifier: str) -> Matcher:
    texts = [unescape(v) for v in values]
    if modifier == "exact":
        return KeyMatcher(lambda c: [c.index[t] for t in dict.fromkeys(texts) if t in c.index])
    if modifier == "contains":
        folded = [fold(t) for t in texts]
        return KeyMatcher(
            lambda c: [i for key, i in zip(*c.folded, strict=True) if any(f in key for f in folded)]
        )
    return KeyMatcher(lambda c: _merge(c.prefixed(t) for t in texts))


def reference_values(values: Sequence[str], modifier: str, name: str, base_url: str) -> list[tuple[str, str]]:
    """Each reference as (type or empty, id); an absolute URL elsewhere as (`""`, URL)."""
    found: list[tuple[str, str]] = []
    for raw in values:
        value = unescape(raw).strip().removeprefix(f"{base_url}/").split("/_history/")[0]
        kind, slash, resource_id = value.rpartition("/")
        if not slash:
            found.append((modifier, value))
        elif "/" in kind or ":" in kind:
            found.append(("", value))
        elif kind not in resource_types():
            raise bad_request(f"{name}={value!r}: {kind!r} is not a resource type", name)
        else:
            if modifier and modifier != kind:
                raise bad_request(f"{name}={value!r}: asks for {modifier} and names a {kind}", name)
            found.append((kind, resource_id))
    return found


def _reference(
    parameter: SearchParameter, values: Sequence[str], modifier: str, name: str, base_url: str
) -> Matcher:
    terms = reference_values(values, modifier, name, base_url)
    keys: list[str] = []
    tails: list[str] = []
    for kind, text in terms:
        if kind:
            keys.append(f"{kind}/{text}")
        elif "/" in text or ":" in text:
            keys.append(text)
        elif parameter.targets:
            keys += (f"{target}/{text}" for target in parameter.targets)
        else:
            tails.append(f"/{text}")

    def find(column: KeyedColumn) -> list[int]:
        found = [column.index[k] for k in keys if k in column.index]
        if tails:
            found += (i for i, key in enumerate(column.keys) if key.endswith(tuple(tails)))
        return found if len(found) < 2 else list(dict.fromkeys(found))

    return KeyMatcher(find)


def key_matcher(keys: Sequence[str]) -> Matcher:
    """Rows with any of these keys exactly: what a chain was resolved to."""
    wanted = frozenset(keys)

    def find(column: KeyedColumn) -> list[int]:
        if len(wanted) < len(column.keys):
            return [column.index[k] for k in wanted if k in column.index]
        return [i for i, key in enumerate(column.keys) if key in wanted]

    return KeyMatcher(find)


def _prefix(value: str, name: str) -> tuple[str, str]:
    match = _PREFIXED.fullmatch(value)
    assert match is not None
    prefix, rest = match[1] or "", match[2]
    if prefix and prefix not in PREFIXES:
        raise bad_request(
            f"{name}={value!r}: unknown prefix {prefix!r}; known are {', '.join(PREFIXES)}", name
        )
    return prefix or "eq", rest


def _date(values: Sequence[str], name: str) -> Matcher:
    if len(values) > 1:
        raise unsupported(f"{name}: dates do not take OR values (a comma); search once for each", name)
    prefix, text = _prefix(values[0].strip(), name)
    if prefix == "ap":
        raise unsupported(f"{name}={values[0]!r}: prefix 'ap' is not supported on dates; use ge and le", name)
    # A plus sign in a URL that nobody escaped arrives as a space.
    asked = parse_date(text.replace(" ", "+"), seconds_span=True)
    if asked is None:
        raise bad_request(
            f"{name}={values[0]!r}: not a date; write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz",
            name,
        )
    return DateMatcher(prefix, asked, is_day_precision(text))


def _number(value: str, name: str, *, quantity: bool) -> NumberTerm:
    prefix, rest = _prefix(value.strip(), name)
    parts = [unescape(p) for p in split_escaped(rest, "|")]
    if prefix in {"sa", "eb"}:
        raise unsupported(f"{name}={value!r}: prefix {prefix!r} is not supported on numbers", name)
    if not _NUMBER.fullmatch(parts[0]):
        raise bad_request(f"{name}={value!r}: {parts[0]!r} is not a number", name)
    if len(parts) not in ((1, 3) if quantity else (1,)):
        wanted = "NUMBER, NUMBER|system|code or NUMBER||code" if quantity else "NUMBER"
        raise bad_request(f"{name}={value!r}: write {wanted}", name)
    number = float(parts[0])
    margin = abs(number) * 0.1 if prefix == "ap" else 0.0
    system, code = (parts[1] or None, parts[2]) if len(parts) == 3 else (None, None)
    if len(parts) == 3 and not code:
        raise bad_request(f"{name}={value!r}: names a unit system without a code", name)
    return NumberTerm("eq" if prefix == "ap" else prefix, number - margin, number + margin, system, code)


__all__ = [
    "MODIFIERS",
    "Matcher",
    "Refusal",
    "compile_matcher",
    "key_matcher",
    "missing_matcher",
    "reference_values",
]
