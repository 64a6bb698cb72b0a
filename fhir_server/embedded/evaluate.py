"""Answers a query from tables: which rows, in which order.

Base shards and a session's own writes are searched by the same code; all that differs is which of their rows are
hidden because a session replaced or deleted them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .columns import NO_ROWS, DateColumn, KeyedColumn, Rows, SpanColumn, intersect, row_type, union
from .composite import CompositeMatcher
from .dates import OPEN_HIGH, OPEN_LOW
from .matching import key_matcher
from .outcome import Refusal
from .parameters import SearchParameter, type_info
from .query import Chain, Criterion, Has, Include, Query
from .shard import HOSPITAL, TableView

MAX_LINKED = 50_000
"""How many resources a chain may pass through."""
MAX_INCLUDED = 5_000
MAX_SORTED_TEXTS = 150_000


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the searched type, and what of it is hidden.

    Attributes:
        table: the rows.
        order: the part's place in insertion order.
        hidden: rows that a session replaced or deleted; None for none.
        origins: for rows that stand for rows of other parts: their `(order, row)`.
    """

    table: TableView
    order: int
    hidden: NDArray[np.int64] | None = None
    origins: NDArray[np.int64] | None = None


class View(Protocol):
    """What a session can see."""

    def parts(self, resource_type: str, shards: frozenset[str] | None) -> Sequence[Part]:
        """Tables of a type, in insertion order; of these shards and the session only, where they are named."""
        ...

    def shards_of(self, resource_type: str, ids: Sequence[str]) -> frozenset[str]:
        """The shards in which these ids live."""
        ...

    def find(self, resource_type: str, resource_id: str) -> tuple[TableView, int] | None:
        """Where a resource is now; None where it is not."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds, in order: for each entry the part and the row in it."""

    tables: tuple[TableView, ...]
    which: NDArray[np.uint16] | None
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def compact(self) -> Found:
        """The same in as little memory as it needs, to be kept for further pages."""
        largest = int(self.rows.max()) if len(self.rows) else 0
        return Found(self.tables, self.which, self.rows.astype(row_type(largest + 1)))

    def page(self, start: int, stop: int) -> Iterator[tuple[TableView, int]]:
        """The entries from `start` up to `stop`."""
        if not self.tables:
            return iter(())
        rows: list[int] = self.rows[start:stop].tolist()
        if self.which is None:
            table = self.tables[0]
            return ((table, row) for row in rows)
        which: list[int] = self.which[start:stop].tolist()
        return ((self.tables[w], row) for w, row in zip(which, rows, strict=True))


def run(view: View, query: Query) -> Found:
    """Finds and orders what a query asks for."""
    parts = list(matches(view, query))
    tables = tuple(part.table for part, _ in parts)
    if len(parts) == 1 and parts[0][0].origins is None:
        return Found(tables, None, _ordered(parts[0][0], parts[0][1], query))
    if not parts:
        return Found((), None, NO_ROWS)
    which = np.concatenate([np.full(len(rows), i, dtype=np.uint16) for i, (_, rows) in enumerate(parts)])
    rows = np.concatenate([r.astype(np.uint32) for _, r in parts])
    order = _order(parts, query)
    return Found(tables, which[order], rows[order])


def _ordered(part: Part, rows: Rows, query: Query) -> Rows:
    """Rows of the only part, in the order asked for."""
    if not query.sort or len(rows) < 2:
        return rows
    parameter, descending = query.sort[0]
    if parameter.kind == "date" and len(query.sort) == 1 and len(rows) * 8 > part.table.count:
        column = part.table.column(parameter.code)
        if isinstance(column, DateColumn):
            return column.in_order(rows, descending)
    return rows[_order([(part, rows)], query)]


def matches(view: View, query: Query) -> Iterator[tuple[Part, Rows]]:
    """The parts that hold matches, with the rows, ascending."""
    criteria = [*query.criteria, *(_resolve_chain(view, chain) for chain in query.chains)]
    criteria += [_resolve_has(view, query.resource_type, has) for has in query.has]
    for part in view.parts(query.resource_type, _routed(view, query.resource_type, criteria)):
        rows = _match(part.table, criteria)
        if part.hidden is not None and len(rows):
            rows = rows[~np.isin(rows, part.hidden)]
        if len(rows):
            yield part, rows


def _routed(view: View, resource_type: str, criteria: Sequence[Criterion]) -> frozenset[str] | None:
    """The only shards that can hold matches, None for all."""
    shards: frozenset[str] | None = None
    for criterion in criteria:
        named: frozenset[str] | None = None
        if criterion.ids is not None:
            named = view.shards_of(resource_type, criterion.ids)
        elif criterion.patients is not None:
            named = criterion.patients | {HOSPITAL}
        if named is not None:
            shards = named if shards is None else shards & named
    return shards


def _match(table: TableView, criteria: Sequence[Criterion]) -> Rows:
    """Rows that fit all criteria: look-ups first, from the fewest rows on, then tests of what is left."""
    count = table.count
    found: list[Rows] = []
    tests: list[Criterion] = []
    for criterion in criteria:
        if criterion.ids is not None:
            found.append(_rows_of(table, criterion.ids))
        elif criterion.matcher.cost or isinstance(criterion.matcher, CompositeMatcher):
            tests.append(criterion)
            continue
        else:
            found.append(criterion.matcher.match(table.column(criterion.column), count, None))
        if not len(found[-1]):
            return NO_ROWS
    rows: Rows | None = None
    for more in sorted(found, key=len):
        rows = more if rows is None else intersect(rows, more, count)
    for criterion in tests:
        if rows is not None and not len(rows):
            return NO_ROWS
        if isinstance(criterion.matcher, CompositeMatcher):
            rows = criterion.matcher.match_table(table, rows)
        else:
            rows = criterion.matcher.match(table.column(criterion.column), count, rows)
    return np.arange(count) if rows is None else rows


def _rows_of(table: TableView, ids: Sequence[str]) -> Rows:
    return np.array(sorted(row for i in ids if (row := table.row_of(i)) is not None), dtype=np.int64)


def _resolve_chain(view: View, chain: Chain) -> Criterion:
    keys: list[str] = []
    for query in chain.queries:
        for part, rows in matches(view, query):
            id_of = part.table.id_of
            keys += (f"{query.resource_type}/{id_of(row)}" for row in rows.tolist())
            _check_linked(len(keys))
    patients = None
    if chain.parameter.code in {"patient", "subject"} and all(k.startswith("Patient/") for k in keys):
        patients = frozenset(key.removeprefix("Patient/") for key in keys)
    return Criterion(chain.parameter.code, key_matcher(keys), patients)


def _resolve_has(view: View, resource_type: str, has: Has) -> Criterion:
    prefix = f"{resource_type}/"
    ids: dict[str, None] = {}
    for part, rows in matches(view, has.query):
        column = part.table.column(has.parameter.code)
        if isinstance(column, KeyedColumn):
            targets = (key for key in column.targets(rows) if key.startswith(prefix))
            ids |= dict.fromkeys(key.removeprefix(prefix) for key in targets)
            _check_linked(len(ids))
    return Criterion("_id", key_matcher(()), ids=tuple(ids))


def _check_linked(count: int) -> None:
    if count > MAX_LINKED:
        raise Refusal(
            400, "too-costly", f"a chain passes through more than {MAX_LINKED} resources; narrow it"
        )


def _order(parts: Sequence[tuple[Part, Rows]], query: Query) -> NDArray[np.int64]:
    """Positions in the order asked for; ties as they were inserted."""
    keys = [_sort_key(parts, parameter, descending) for parameter, descending in query.sort]
    if len(parts) == 1 and parts[0][0].origins is None:
        if len(keys) == 1:
            return np.argsort(keys[0], kind="stable")
        return np.lexsort(keys[::-1])
    places = np.concatenate([_places(part, rows) for part, rows in parts])
    return np.lexsort([places[:, 1], places[:, 0], *keys[::-1]])


def _places(part: Part, rows: Rows) -> NDArray[np.int64]:
    if part.origins is not None:
        return part.origins[rows]
    places = np.empty((len(rows), 2), dtype=np.int64)
    places[:, 0] = part.order
    places[:, 1] = rows
    return places


def _check_sortable(parts: Sequence[tuple[Part, Rows]], parameter: SearchParameter) -> None:
    total = sum(len(rows) for _, rows in parts)
    if total > MAX_SORTED_TEXTS:
        text = (
            f"{total} matches cannot be sorted by {parameter.code!r}, which is text; name a patient or a date"
        )
        raise Refusal(400, "too-costly", text, expression="_sort")


def _sort_key(
    parts: Sequence[tuple[Part, Rows]], parameter: SearchParameter, descending: bool
) -> NDArray[Any]:
    """A number for each match, ascending in the order wanted, the largest where there is no value."""
    if parameter.kind in {"date", "quantity", "number"}:
        return np.concatenate([_numbers(part.table, rows, parameter, descending) for part, rows in parts])
    _check_sortable(parts, parameter)
    texts: list[str | None] = []
    for part, rows in parts:
        texts += _texts(part.table, rows, parameter, descending)
    ranks = {text: rank for rank, text in enumerate(sorted({t for t in texts if t is not None}))}
    last = len(ranks)
    return np.array([last if t is None else last - 1 - ranks[t] if descending else ranks[t] for t in texts])


def _numbers(table: TableView, rows: Rows, parameter: SearchParameter, descending: bool) -> NDArray[Any]:
    column = table.column(parameter.code)
    if not isinstance(column, DateColumn | SpanColumn):
        last = 1 - OPEN_LOW if descending else OPEN_HIGH + 1
        return np.full(len(rows), last if parameter.kind == "date" else np.inf)
    keys: NDArray[Any] = column.sort_keys(descending)[rows]
    return -keys if descending else keys


def _texts(table: TableView, rows: Rows, parameter: SearchParameter, descending: bool) -> list[str | None]:
    if parameter.code == "_id":
        ids = table.ids
        return [ids[row] for row in rows.tolist()]
    column = table.column(parameter.code)
    if not isinstance(column, KeyedColumn):
        return [None] * len(rows)
    best = column.sort_keys(descending, folded=parameter.kind == "string")
    return [best[row] for row in rows.tolist()]


def included(
    view: View, query: Query, page: Sequence[tuple[TableView, int]]
) -> list[tuple[str, TableView, int]]:
    """What comes along with a page by `_include` and `_revinclude`: type, table and row, each once."""
    found: dict[tuple[str, str], tuple[str, TableView, int]] = {}
    taken = {(query.resource_type, table.id_of(row)) for table, row in page}
    for include in query.includes:
        for key in _targets(include, page):
            kind, _, resource_id = key.partition("/")
            place = view.find(kind, resource_id) if (kind, resource_id) not in taken else None
            if place is not None:
                found.setdefault((kind, resource_id), (kind, *place))
    for include in query.revincludes:
        for part, rows in _referring(view, query.resource_type, include, page):
            for row in rows.tolist():
                key = (include.resource_type, part.table.id_of(row))
                if key not in taken:
                    found.setdefault(key, (include.resource_type, part.table, row))
            if len(found) > MAX_INCLUDED:
                raise Refusal(
                    400,
                    "too-costly",
                    f"more than {MAX_INCLUDED} resources would be included; narrow the search",
                    expression="_revinclude",
                )
    return list(found.values())


def _parameters(include: Include) -> list[SearchParameter]:
    if include.parameter is not None:
        return [include.parameter]
    return [p for p in type_info(include.resource_type).search.values() if p.kind == "reference"]


def _by_table(page: Sequence[tuple[TableView, int]]) -> list[tuple[TableView, Rows]]:
    rows: dict[int, list[int]] = {}
    tables = {id(table): table for table, _ in page}
    for table, row in page:
        rows.setdefault(id(table), []).append(row)
    return [(tables[key], np.array(numbers)) for key, numbers in rows.items()]


def _targets(include: Include, page: Sequence[tuple[TableView, int]]) -> Iterator[str]:
    prefix = f"{include.target}/"
    for table, rows in _by_table(page):
        for parameter in _parameters(include):
            column = table.column(parameter.code)
            if isinstance(column, KeyedColumn):
                for key in column.targets(rows):
                    if not include.target or key.startswith(prefix):
                        yield key


def _referring(
    view: View, resource_type: str, include: Include, page: Sequence[tuple[TableView, int]]
) -> Iterator[tuple[Part, Rows]]:
    """Resources of the include's type that point to the page, by part."""
    if include.target and include.target != resource_type:
        return
    ids = [table.id_of(row) for table, row in page]
    keys = key_matcher([f"{resource_type}/{i}" for i in ids])
    for parameter in _parameters(include):
        shards = None
        if resource_type == "Patient" and parameter.code in {"patient", "subject"}:
            shards = frozenset((*ids, HOSPITAL))
        for part in view.parts(include.resource_type, shards):
            rows = keys.match(part.table.column(parameter.code), part.table.count, None)
            if part.hidden is not None and len(rows):
                rows = rows[~np.isin(rows, part.hidden)]
            if len(rows):
                yield part, union((rows,), part.table.count)


__all__ = ["Found", "Part", "View", "included", "matches", "run"]
