"""Columns: for one search parameter of one resource type, which rows hold which values.

A row is a resource's number within its type and shard, in order of insertion. A column never changes; rows that
it gives are ascending, without duplicates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from .dates import OPEN_HIGH, OPEN_LOW, Interval
from .extract import Span, fold

Rows: TypeAlias = NDArray[np.integer[Any]]
Mask: TypeAlias = NDArray[np.bool_]
NO_ROWS: Rows = np.empty(0, dtype=np.uint16)
Postings: TypeAlias = Mapping[Any, Sequence[int]]
"""Value to the rows that hold it, ascending; a row may be listed twice."""


def row_type(count: int) -> type[np.uint16] | type[np.uint32]:
    """The smallest number type that holds row numbers below `count`."""
    return np.uint16 if count < 65_536 else np.uint32


def union(parts: Iterable[Rows], count: int) -> Rows:
    """Rows in any of the parts; `count` is how many rows there are."""
    mask = np.zeros(count, dtype=np.bool_)
    for part in parts:
        mask[part] = True
    return mask.nonzero()[0]


def complement(rows: Rows, count: int) -> Rows:
    """The rows below `count` that are not in `rows`."""
    mask = np.ones(count, dtype=np.bool_)
    mask[rows] = False
    return mask.nonzero()[0]


def intersect(few: Rows, many: Rows, count: int) -> Rows:
    """Rows in both, in the order of the first."""
    if len(many) == count or not len(few):
        return few
    mask = np.zeros(count, dtype=np.bool_)
    mask[many] = True
    return few[mask[few]]


class KeyedColumn:
    """Values that are text: tokens as `system|code`, references, URIs, strings."""

    tag = "k"

    def __init__(self, keys: list[str], starts: NDArray[np.uint32], rows: Rows, count: int) -> None:
        self.keys = keys
        self.starts = starts
        self.rows = rows
        self.count = count

    @classmethod
    def build(cls, postings: Postings, count: int) -> KeyedColumn:
        """A column of `postings` over `count` rows."""
        starts, rows = _concatenate(postings, count)
        return cls(list(postings), starts, rows, count)

    def rows_at(self, index: int) -> Rows:
        """Rows of the key at an index."""
        return self.rows[self.starts[index] : self.starts[index + 1]]

    def rows_of(self, indexes: Sequence[int]) -> Rows:
        """Rows of any of the keys at these indexes."""
        if len(indexes) == 1:
            return self.rows_at(indexes[0])
        return union((self.rows_at(i) for i in indexes), self.count) if indexes else NO_ROWS

    @cached_property
    def present(self) -> Rows:
        """Rows that have a value."""
        return union((self.rows,), self.count)

    @cached_property
    def index(self) -> dict[str, int]:
        """Index of each key."""
        return {key: i for i, key in enumerate(self.keys)}

    @cached_property
    def codes(self) -> dict[str, list[int]]:
        """For tokens: indexes of the keys with a code, whatever their system."""
        found: dict[str, list[int]] = {}
        for i, key in enumerate(self.keys):
            found.setdefault(key.partition("|")[2], []).append(i)
        return found

    @cached_property
    def folded(self) -> tuple[list[str], list[int]]:
        """For strings: folded keys in order, and the index of each."""
        pairs = sorted((fold(key), i) for i, key in enumerate(self.keys))
        return [p[0] for p in pairs], [p[1] for p in pairs]

    def prefixed(self, text: str) -> list[int]:
        """For strings: indexes of the keys that begin with a text, once folded."""
        texts, indexes = self.folded
        wanted = fold(text)
        at = bisect_left(texts, wanted)
        found: list[int] = []
        while at < len(texts) and texts[at].startswith(wanted):
            found.append(indexes[at])
            at += 1
        return found

    def targets(self, rows: Rows) -> list[str]:
        """The keys that these rows hold."""
        mask = np.zeros(self.count, dtype=np.bool_)
        mask[rows] = True
        hit = np.add.reduceat(mask[self.rows], self.starts[:-1].astype(np.int64)) if self.keys else ()
        return [self.keys[i] for i in np.nonzero(hit)[0]]

    def sort_keys(self, descending: bool, folded: bool) -> list[str | None]:
        """For each row the least (descending: the greatest) key, None where there is none.

        Args:
            descending: which of several keys counts.
            folded: compare and give keys without case and accents.
        """
        best: list[str | None] = [None] * self.count
        names = [fold(key) for key in self.keys] if folded else self.keys
        for i in sorted(range(len(names)), key=names.__getitem__, reverse=not descending):
            for row in self.rows_at(i).tolist():
                best[row] = names[i]
        return best


class DateColumn:
    """Values that are intervals of time, one entry a value, ordered by row."""

    tag = "d"

    def __init__(
        self,
        rows: Rows,
        low: NDArray[np.int64],
        high: NDArray[np.int64],
        first: NDArray[np.int32],
        last: NDArray[np.int32],
        *,
        count: int,
    ) -> None:
        self.rows, self.low, self.high, self.first, self.last = rows, low, high, first, last
        self.count = count
        self._orders: dict[bool, Rows] = {}

    @classmethod
    def build(cls, postings: Postings, count: int) -> DateColumn:
        """A column of `postings` (keys are `Interval`) over `count` rows."""
        rows, owner = _by_row(postings, count)
        values = np.array(list(postings), dtype=np.int64).reshape(-1, 4)[owner]
        low, high, first, last = (np.ascontiguousarray(values[:, i]) for i in range(4))
        return cls(rows, low, high, first.astype(np.int32), last.astype(np.int32), count=count)

    @cached_property
    def dense(self) -> bool:
        """Whether every row has exactly one value."""
        return len(self.rows) == self.count and (self.count == 0 or bool((np.diff(self.rows) == 1).all()))

    @cached_property
    def present(self) -> Rows:
        """Rows that have a value."""
        return union((self.rows,), self.count)

    def matching(self, prefix: str, asked: Interval, by_day: bool, within: Rows | None) -> Rows:
        """Rows that a search for `prefix` and the interval `asked` finds, out of `within` (all where None).

        Args:
            prefix: `eq, ne, gt, lt, ge, le, sa` or `eb`.
            asked: the interval that was searched for.
            by_day: compare days as written rather than instants.
            within: ascending rows to choose from.
        """
        low, high = (self.first, self.last) if by_day else (self.low, self.high)
        direct = within is not None and self.dense
        if direct and within is not None:
            low, high = low[within], high[within]
        start, end = (asked.first, asked.last) if by_day else (asked.low, asked.high)
        hit = _compare(prefix, low, high, start, end)
        if direct and within is not None:
            return within[hit]
        found = union((self.rows[hit],), self.count)
        return found if within is None else intersect(within, found, self.count)

    def sort_keys(self, descending: bool) -> NDArray[np.int64]:
        """For each row its earliest (descending: latest) low end; rows without a value come last."""
        if self.dense:
            return self.low
        keys = np.full(self.count, OPEN_LOW - 1 if descending else OPEN_HIGH + 1, dtype=np.int64)
        (np.maximum if descending else np.minimum).at(keys, self.rows, self.low)
        return keys

    def in_order(self, rows: Rows, descending: bool) -> Rows:
        """Some of the rows ordered by date, ties as inserted. Cheaper than sorting where they are many."""
        order = self._orders.get(descending)
        if order is None:
            keys = self.sort_keys(descending)
            order = np.argsort(-keys if descending else keys, kind="stable").astype(row_type(self.count))
            self._orders[descending] = order
        mask = np.zeros(self.count, dtype=np.bool_)
        mask[rows] = True
        return order[mask[order]]


class SpanColumn:
    """Values that are numbers or ranges with a unit, one entry a value, ordered by row."""

    tag = "s"

    def __init__(
        self,
        rows: Rows,
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        unit: NDArray[np.uint16],
        units: list[str],
        *,
        count: int,
    ) -> None:
        self.rows, self.low, self.high, self.unit, self.units = rows, low, high, unit, units
        self.count = count

    @classmethod
    def build(cls, postings: Postings, count: int) -> SpanColumn:
        """A column of `postings` (keys are `Span`) over `count` rows."""
        rows, owner = _by_row(postings, count)
        spans = cast("list[Span]", list(postings))
        units = {unit: i for i, unit in enumerate(dict.fromkeys(s.unit for s in spans))}
        low = np.array([s.low for s in spans], dtype=np.float64)[owner]
        high = np.array([s.high for s in spans], dtype=np.float64)[owner]
        unit = np.array([units[s.unit] for s in spans], dtype=np.uint16)[owner]
        return cls(rows, low, high, unit, list(units), count=count)

    @cached_property
    def present(self) -> Rows:
        """Rows that have a value."""
        return union((self.rows,), self.count)

    def matching(
        self, prefix: str, low: float, high: float, units: Sequence[int] | None, within: Rows | None
    ) -> Rows:
        """Rows that a search for `prefix` and the numbers from `low` to `high` finds.

        Args:
            prefix: `eq, ne, gt, lt, ge` or `le`.
            low: least number that counts as equal.
            high: greatest number that counts as equal.
            units: indexes of the units that count, None for any.
            within: ascending rows to choose from, None for all.
        """
        hit = _compare(prefix, self.low, self.high, low, high)
        if units is not None:
            hit &= np.isin(self.unit, units) if len(units) != 1 else self.unit == units[0]
        found = union((self.rows[hit],), self.count)
        return found if within is None else intersect(within, found, self.count)

    def sort_keys(self, descending: bool) -> NDArray[np.float64]:
        """For each row its least (descending: greatest) number, infinite where there is none."""
        keys = np.full(self.count, -np.inf if descending else np.inf, dtype=np.float64)
        (np.maximum if descending else np.minimum).at(keys, self.rows, self.low)
        return keys


Column: TypeAlias = KeyedColumn | DateColumn | SpanColumn


def build_column(postings: Postings, count: int) -> Column:
    """A column of values to rows; the kind follows from the values."""
    sample = next(iter(postings))
    if isinstance(sample, Interval):
        return DateColumn.build(postings, count)
    if isinstance(sample, Span):
        return SpanColumn.build(postings, count)
    return KeyedColumn.build(postings, count)


def _compare(prefix: str, low: NDArray[Any], high: NDArray[Any], start: float, end: float) -> Mask:
    """Entries whose [low, high] stands to [start, end] as the prefix asks (measured on HAPI 8.8)."""
    hit: Mask
    match prefix:
        case "eq":
            hit = (low >= start) & (high <= end)
        case "ne":
            hit = (low < start) | (high > end)
        case "gt":
            hit = high > end
        case "ge":
            hit = high >= start
        case "lt":
            hit = low < start
        case "le":
            hit = low <= end
        case "sa":
            hit = low > end
        case _:
            hit = high < start
    return hit


def _concatenate(postings: Postings, count: int) -> tuple[NDArray[np.uint32], Rows]:
    lengths = np.fromiter(map(len, postings.values()), dtype=np.int64, count=len(postings))
    rows = np.fromiter(
        chain.from_iterable(postings.values()), dtype=row_type(count), count=int(lengths.sum())
    )
    starts = np.zeros(len(postings) + 1, dtype=np.uint32)
    np.cumsum(lengths, out=starts[1:])
    twice = np.zeros(len(rows), dtype=np.bool_)
    twice[1:] = rows[1:] == rows[:-1]
    twice[starts[:-1]] = False
    if twice.any():
        kept = np.concatenate(([0], np.cumsum(~twice)))
        return kept[starts].astype(np.uint32), rows[~twice]
    return starts, rows


def _by_row(postings: Postings, count: int) -> tuple[Rows, NDArray[np.int64]]:
    """Rows in ascending order, and for each the position of its value among the keys."""
    starts, rows = _concatenate(postings, count)
    owner = np.repeat(np.arange(len(postings)), np.diff(starts.astype(np.int64)))
    order = np.argsort(rows, kind="stable")
    return rows[order], owner[order]
