"""From the parameters of a search to a query: everything is understood and bounded here, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_plus

from ..backend import Params
from .composite import CompositeMatcher, compile_composite
from .matching import Matcher, compile_matcher, missing_matcher, reference_values, split_or, unescape
from .outcome import Refusal, bad_request, unsupported
from .parameters import SearchParameter, TypeInfo, resource_types, type_info

DEFAULT_COUNT = 20
MAX_COUNT = 5_000
MAX_PARAMETERS = 60
MAX_VALUES = 1_000
MAX_VALUE_CHARS = 4_000
MAX_QUERY_CHARS = 60_000
MAX_CHAIN = 3
MAX_INCLUDES = 20
_PLAIN = re.compile(r"[A-Za-z0-9_.\-/:,]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition on one column.

    Attributes:
        column: name of the column; `_id` for ids.
        matcher: what finds the rows in it.
        patients: ids of the only patients whose rows can match; None where that is not known.
        ids: for `_id`, the ids.
    """

    column: str
    matcher: Matcher | CompositeMatcher
    patients: frozenset[str] | None = None
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """`parameter:Type.rest=value`: rows whose reference points to what another search finds."""

    parameter: SearchParameter
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """`_has:Type:parameter:rest=value`: rows that what another search finds points to."""

    parameter: SearchParameter
    query: Query


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`: a reference parameter of a type, and the only target type wanted.

    `resource_type` is the type that holds the reference; `parameter` is None for all of its references.
    """

    resource_type: str
    parameter: SearchParameter | None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A search, understood.

    Attributes:
        resource_type: what is searched for.
        criteria: conditions that must all hold, the choosiest first.
        chains: conditions by way of a reference.
        has: conditions by way of what refers here.
        sort: parameters to sort by, and whether descending.
        count: entries a page; 0 asks for the total only.
        total: whether the answer says how many match.
        summary: `false`, `true`, `text`, `data` or `count`.
        elements: the elements wanted, empty for all.
        includes: what the matches refer to and shall come along.
        revincludes: what refers to the matches and shall come along.
        pairs: the parameters as written, for the self link.
    """

    resource_type: str
    criteria: tuple[Criterion, ...] = ()
    chains: tuple[Chain, ...] = ()
    has: tuple[Has, ...] = ()
    sort: tuple[tuple[SearchParameter, bool], ...] = ()
    count: int = DEFAULT_COUNT
    total: bool = True
    summary: str = "false"
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


class _Parser:
    """Reads the parameters of one search."""

    def __init__(self, info: TypeInfo, base_url: str, depth: int) -> None:
        self.info = info
        self.base_url = base_url
        self.depth = depth
        self.criteria: list[Criterion] = []
        self.chains: list[Chain] = []
        self.has: list[Has] = []
        self.draft: dict[str, Any] = {}
        self._includes_given: dict[str, list[Include]] = {"_include": [], "_revinclude": []}

    def read(self, name: str, value: str) -> None:
        """Takes one parameter."""
        result = _RESULT.get(name)
        if name.startswith("_has:"):
            self._has(name, value)
        elif result is not None:
            if name[1:] in self.draft:
                raise bad_request(f"{name!r} is given twice", name)
            result(self, value)
        elif name.split(":", 1)[0] in {"_include", "_revinclude"}:
            raise unsupported(f"{name!r} is not supported: give _include without a modifier", name)
        else:
            self._condition(name, value)

    def _condition(self, name: str, value: str) -> None:
        if not value.strip():
            raise bad_request(
                f"{name!r} has no value; to ask whether an element is absent write {name}:missing=true", name
            )
        head, dot, rest = name.partition(".")
        code, colon, modifier = head.partition(":")
        parameter = self.info.search.get(code)
        if parameter is None:
            raise unknown_parameter(self.info, code if _NAME.fullmatch(code) else name)
        if dot:
            self._chain(parameter, modifier, rest, name, value)
            return
        if colon and not modifier:
            raise bad_request(f"{name!r} ends with a colon", name)
        values = split_or(value)
        if len(values) > MAX_VALUES:
            raise Refusal(
                400,
                "too-costly",
                f"{name!r} has {len(values)} values; at most {MAX_VALUES} are taken",
                expression=name,
            )
        if not all(v.strip() for v in values):
            raise bad_request(f"{name}={value!r}: there is an empty value between commas", name)
        self.criteria.append(self._criterion(parameter, modifier, values, name))

    def _criterion(
        self, parameter: SearchParameter, modifier: str, values: Sequence[str], name: str
    ) -> Criterion:
        code = parameter.code
        if parameter.kind == "composite":
            if modifier:
                raise unsupported(f"Modifier ':{modifier}' on {name!r} is not supported on a composite", name)
            return Criterion("", compile_composite(self.info, parameter, values, name, self.base_url))
        if code == "_id":
            if modifier:
                raise unsupported(f"Modifier ':{modifier}' on '_id' is not supported", name)
            prefix = f"{self.info.name}/"
            ids = tuple(dict.fromkeys(unescape(v.strip()).removeprefix(prefix) for v in values))
            return Criterion("_id", missing_matcher("_id", "false"), ids=ids)
        matcher = compile_matcher(parameter, modifier, values, name, self.base_url)
        column = f"{code}:text" if modifier == "text" else code
        patients = None
        if code in {"patient", "subject"} and modifier in {"", "Patient"} and parameter.kind == "reference":
            terms = reference_values(values, modifier, name, self.base_url)
            if all(kind in {"", "Patient"} and "/" not in text for kind, text in terms):
                patients = frozenset(text for _, text in terms)
        return Criterion(column, matcher, patients)

    def _chain(self, parameter: SearchParameter, modifier: str, rest: str, name: str, value: str) -> None:
        if parameter.kind != "reference":
            raise bad_request(f"{name!r}: {parameter.code!r} is no reference and cannot be chained", name)
        if self.depth >= MAX_CHAIN:
            raise Refusal(
                400, "too-costly", f"{name!r}: chains are followed {MAX_CHAIN} steps at most", expression=name
            )
        if modifier and modifier not in resource_types():
            raise bad_request(f"{name!r}: {modifier!r} is not a resource type", name)
        targets = (modifier,) if modifier else parameter.targets
        code = re.split(r"[:.]", rest)[0]
        fitting = [t for t in targets if code in type_info(t).search or code == "_has"]
        if not fitting:
            raise bad_request(
                f"Invalid parameter chain {name!r}: {code!r} is no search parameter of "
                f"{' or '.join(targets) or 'what it may point to'}",
                name,
            )
        queries = tuple(_parse(type_info(t), [(rest, value)], self.base_url, self.depth + 1) for t in fitting)
        self.chains.append(Chain(parameter, queries))

    def _has(self, name: str, value: str) -> None:
        parts = name.split(":", 3)
        if len(parts) != 4 or parts[1] not in resource_types():
            raise bad_request(f"{name!r}: write _has:Type:reference:parameter=value", name)
        if self.depth >= MAX_CHAIN:
            raise Refusal(400, "too-costly", f"{name!r}: nested more than {MAX_CHAIN} deep", expression=name)
        info = type_info(parts[1])
        parameter = info.search.get(parts[2])
        if parameter is None or parameter.kind != "reference":
            raise bad_request(f"{name!r}: {parts[2]!r} is no reference parameter of {parts[1]}", name)
        self.has.append(Has(parameter, _parse(info, [(parts[3], value)], self.base_url, self.depth + 1)))

    def count(self, value: str) -> None:
        """`_count`."""
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            raise bad_request(f"Invalid _count value {value!r}: a number from 0 to {MAX_COUNT}", "_count")
        self.draft["count"] = min(int(value), MAX_COUNT)

    def sort(self, value: str) -> None:
        """`_sort`."""
        keys: list[tuple[SearchParameter, bool]] = []
        for key in value.split(","):
            parameter = self.info.search.get(key.removeprefix("-").strip())
            if parameter is None or parameter.kind == "composite":
                raise bad_request(
                    f"Unknown _sort parameter value {key!r} for resource type {self.info.name!r}. "
                    f"Valid: {_valid(self.info)}",
                    "_sort",
                )
            keys.append((parameter, key.startswith("-")))
        if len(keys) > 8:
            raise bad_request(f"_sort has {len(keys)} keys; at most 8 are taken", "_sort")
        self.draft["sort"] = tuple(keys)

    def total(self, value: str) -> None:
        """`_total`."""
        if value not in {"none", "estimate", "accurate"}:
            raise bad_request(f"Invalid _total value {value!r}: none, estimate or accurate", "_total")
        self.draft["total"] = value != "none"

    def summary(self, value: str) -> None:
        """`_summary`."""
        if value not in {"true", "false", "text", "data", "count"}:
            raise bad_request(
                f"Invalid _summary value {value!r}: true, false, text, data or count", "_summary"
            )
        self.draft["summary"] = value

    def elements(self, value: str) -> None:
        """`_elements`."""
        names = tuple(n.strip().removeprefix(f"{self.info.name}.") for n in value.split(","))
        for name in names:
            if not re.fullmatch(r"[A-Za-z]{1,64}", name, re.ASCII):
                raise bad_request(
                    f"Invalid _elements value {name!r}: names of top-level elements, with commas between",
                    "_elements",
                )
        self.draft["elements"] = names

    def include(self, value: str) -> None:
        """`_include`."""
        self._includes_given["_include"] += self._includes(value, "_include")

    def revinclude(self, value: str) -> None:
        """`_revinclude`."""
        self._includes_given["_revinclude"] += self._includes(value, "_revinclude")

    def _includes(self, value: str, name: str) -> list[Include]:
        if value == "*" and name == "_include":
            return [Include(self.info.name, None)]
        parts = value.split(":")
        if len(parts) not in {2, 3} or parts[0] not in resource_types():
            raise bad_request(
                f"Invalid {name} value {value!r}: write Type:parameter or Type:parameter:TargetType", name
            )
        if name == "_include" and parts[0] != self.info.name:
            raise unsupported(f"Invalid _include value {value!r}: the search is for {self.info.name}", name)
        target = parts[2] if len(parts) == 3 else ""
        if target and target not in resource_types():
            raise bad_request(f"Invalid {name} value {value!r}: {target!r} is not a resource type", name)
        if sum(map(len, self._includes_given.values())) >= MAX_INCLUDES:
            raise Refusal(400, "too-costly", f"more than {MAX_INCLUDES} includes", expression=name)
        if parts[1] == "*":
            return [Include(parts[0], None, target)]
        parameter = type_info(parts[0]).search.get(parts[1])
        if parameter is None or parameter.kind != "reference":
            raise bad_request(
                f"Invalid {name} parameter value {value!r}: {parts[1]!r} is no reference parameter of "
                f"{parts[0]}. Valid: "
                + ", ".join(c for c, p in type_info(parts[0]).search.items() if p.kind == "reference"),
                name,
            )
        return [Include(parts[0], parameter, target)]

    def format(self, value: str) -> None:
        """`_format`: JSON only."""
        if value.replace(" ", "+").split(";")[0] not in {
            "json",
            "application/json",
            "application/fhir+json",
            "text/json",
        }:
            raise unsupported(f"_format={value!r}: only JSON is served", "_format")

    def pretty(self, value: str) -> None:
        """`_pretty`: taken and without effect."""

    def finish(self, pairs: Params) -> Query:
        """The query."""
        return Query(
            self.info.name,
            criteria=tuple(sorted(self.criteria, key=_cost)),
            chains=tuple(self.chains),
            has=tuple(self.has),
            includes=tuple(self._includes_given["_include"]),
            revincludes=tuple(self._includes_given["_revinclude"]),
            pairs=tuple(sorted(pairs)),
            **self.draft,
        )


def _cost(criterion: Criterion) -> int:
    return criterion.matcher.cost


_RESULT = {
    "_count": _Parser.count,
    "_sort": _Parser.sort,
    "_total": _Parser.total,
    "_summary": _Parser.summary,
    "_elements": _Parser.elements,
    "_include": _Parser.include,
    "_revinclude": _Parser.revinclude,
    "_format": _Parser.format,
    "_pretty": _Parser.pretty,
}
RESULT_PARAMETERS = tuple(sorted(_RESULT))


def _valid(info: TypeInfo) -> str:
    return ", ".join(sorted(info.search))


def unknown_parameter(info: TypeInfo, name: str) -> Refusal:
    """The refusal of a parameter that the type has not."""
    return Refusal(
        400,
        "not-supported",
        f"Unknown search parameter {name[:100]!r} for resource type {info.name!r}. "
        f"Valid search parameters for this search are: {_valid(info)}; and {', '.join(RESULT_PARAMETERS)}, _has",
        expression=name[:100],
    )


def _parse(info: TypeInfo, params: Params, base_url: str, depth: int) -> Query:
    parser = _Parser(info, base_url, depth)
    for name, value in params:
        if depth and name in _RESULT:
            raise bad_request(f"{name!r} cannot be chained", name)
        parser.read(name, value)
    return parser.finish(params)


def parse_query(resource_type: str, params: Params, base_url: str) -> Query:
    """Understands a search.

    Args:
        resource_type: a type that R4 has.
        params: decoded names and values, in order.
        base_url: of this server.

    Raises:
        Refusal: a parameter, modifier or value that is unknown or not supported, or more than the limits allow.
    """
    if len(params) > MAX_PARAMETERS:
        raise Refusal(400, "too-costly", f"{len(params)} parameters; at most {MAX_PARAMETERS} are taken")
    if sum(len(n) + len(v) for n, v in params) > MAX_QUERY_CHARS:
        raise Refusal(400, "too-costly", f"the query is longer than {MAX_QUERY_CHARS} characters")
    for name, value in params:
        if "\0" in name or "\0" in value:
            raise bad_request(f"{name!r} holds a NUL character", name[:100])
        if len(value) > MAX_VALUE_CHARS and any(len(v) > MAX_VALUE_CHARS for v in value.split(",")):
            raise Refusal(
                400,
                "too-costly",
                f"{name[:100]!r} has a value longer than {MAX_VALUE_CHARS} characters",
                expression=name[:100],
            )
    return _parse(type_info(resource_type), params, base_url, 0)


def encode_pairs(pairs: Params) -> str:
    """Parameters as a query string."""
    return "&".join(f"{_quoted(n)}={_quoted(v)}" for n, v in pairs)


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, safe="/:,")


def decode_pairs(text: str) -> list[tuple[str, str]]:
    """A query string or form as parameters."""
    found: list[tuple[str, str]] = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((unquote_plus(name), unquote_plus(value)))
    return found
