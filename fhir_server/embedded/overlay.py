"""What a session has written: tables in memory that searches read as they read a base shard.

Rows are only added. A new version of a resource is a new row; the old one is hidden. So a page of results that was
taken earlier stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .columns import Column, build_column
from .extract import Feature, Value
from .packing import element_features

_raw_items = msgspec.json.Decoder(dict[str, msgspec.Raw])
NEW = 1 << 40
"""The order of resources that a session created: after every base shard."""


class OverlayTable:
    """The resources of one type that a session has written, every version of them."""

    def __init__(self, resource_type: str) -> None:
        self.resource_type = resource_type
        self.ids: list[str] = []
        self._bodies: list[bytes] = []
        self._postings: dict[str, dict[Value, list[int]]] = {}
        self._origins: list[tuple[int, int]] = []
        self._current: dict[str, int] = {}
        self._hidden: set[int] = set()
        self._columns: dict[str, Column | None] = {}
        self._arrays: tuple[NDArray[np.int64] | None, NDArray[np.int64]] | None = None

    @property
    def count(self) -> int:
        """How many rows, hidden ones included."""
        return len(self.ids)

    def add(self, resource_id: str, body: bytes, origin: tuple[int, int] | None) -> int:
        """Adds a version and hides the one before it.

        Args:
            resource_id: logical id.
            body: stored JSON.
            origin: order and row of the base resource that it replaces, None for a new one.
        """
        row = len(self.ids)
        items: Mapping[str, Any] = _raw_items.decode(body)
        features: dict[Feature, None] = {}
        for key, raw in items.items():
            features |= dict.fromkeys(element_features(self.resource_type, key, bytes(raw)))
        before = self._first_origin(resource_id)
        self.hide(resource_id)
        self.ids.append(resource_id)
        self._bodies.append(body)
        for column, value in features:
            self._postings.setdefault(column, {}).setdefault(value, []).append(row)
        self._origins.append(before or origin or (NEW, row))
        self._current[resource_id] = row
        self._columns.clear()
        self._arrays = None
        return row

    def _first_origin(self, resource_id: str) -> tuple[int, int] | None:
        row = self._current.get(resource_id)
        return None if row is None else self._origins[row]

    def hide(self, resource_id: str) -> None:
        """Hides the current version, if there is one."""
        row = self._current.pop(resource_id, None)
        if row is not None:
            self._hidden.add(row)
            self._arrays = None

    def arrays(self) -> tuple[NDArray[np.int64] | None, NDArray[np.int64]]:
        """Hidden rows (None for none) and the origin of each row."""
        if self._arrays is None:
            hidden = np.array(sorted(self._hidden), dtype=np.int64) if self._hidden else None
            self._arrays = hidden, np.array(self._origins, dtype=np.int64).reshape(-1, 2)
        return self._arrays

    def id_of(self, row: int) -> str:
        """The logical id of a row."""
        return self.ids[row]

    def row_of(self, resource_id: str) -> int | None:
        """The row of the current version of an id."""
        return self._current.get(resource_id)

    def body(self, row: int) -> bytes:
        """The stored JSON of a row."""
        return self._bodies[row]

    @property
    def column_names(self) -> list[str]:
        """The parameters for which any row has a value."""
        return list(self._postings)

    def column(self, name: str) -> Column | None:
        """The column of a parameter, made when first asked for after a write."""
        if name not in self._columns:
            postings = self._postings.get(name)
            self._columns[name] = build_column(postings, self.count) if postings else None
        return self._columns[name]

    def copy(self) -> OverlayTable:
        """The same rows, to go back to when a transaction fails."""
        other = OverlayTable(self.resource_type)
        other.ids, other._bodies = self.ids.copy(), self._bodies.copy()
        other._origins = self._origins.copy()
        other._postings = {
            column: {value: rows.copy() for value, rows in postings.items()}
            for column, postings in self._postings.items()
        }
        other._current, other._hidden = self._current.copy(), self._hidden.copy()
        return other
