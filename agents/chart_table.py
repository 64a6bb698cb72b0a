"""A table that leaves out what is worth least where the terminal is narrow, never what a row is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

_GAP = 2
_FOLDED = 12
"""Least width of a column that may fold; a shorter one keeps its own."""

_DROPPED = ("issued", "specimen", "intent", "verification", "code", "class", "type", "note", "flag", "id")
"""What goes first where there is no room. A row that has lost its id is still read by its number."""


@dataclass(frozen=True, slots=True)
class ChartTable:
    """Numbered rows under headers; prints itself as wide as the terminal allows.

    Attributes:
        title: shown above.
        headers: one a column.
        rows: as many cells each as there are headers; their text is clean.
        first: number of the first row.
        whole: headers of columns that are never folded.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Text]]
    first: int
    whole: frozenset[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Prints the columns that fit, and names those that do not."""
        kept, left_out = fitting(self._widths(), options.max_width - len(self._last) - _GAP, self.whole)
        table = Table(title=self.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        table.add_column("#", style="dim", justify="right", no_wrap=True)
        for header in kept:
            whole = header in self.whole
            table.add_column(header, no_wrap=whole, overflow="fold", min_width=min(_FOLDED, len(header)))
        places = [self.headers.index(header) for header in kept]
        for number, row in enumerate(self.rows, self.first):
            table.add_row(str(number), *(row[place] for place in places))
        yield table
        if left_out:
            told = f"no room for {', '.join(left_out)}: `read {self.first}` shows all of row {self.first}"
            yield Text(told, "dim")

    @property
    def _last(self) -> str:
        return str(self.first + len(self.rows) - 1)

    def _widths(self) -> Mapping[str, int]:
        """The natural width of every column, in cells."""
        return {
            header: max(cell_len(header), *(cell_len(row[i].plain) for row in self.rows))
            for i, header in enumerate(self.headers)
        }


def fitting(widths: Mapping[str, int], room: int, whole: frozenset[str]) -> tuple[list[str], list[str]]:
    """The columns for which there is room, and those left out, each in order.

    Args:
        widths: natural width of every column, in cells.
        room: cells for all of them and the gaps between.
        whole: columns that are never folded.
    """
    least = {h: width if h in whole else min(width, _FOLDED) for h, width in widths.items()}

    def fits(headers: set[str]) -> bool:
        return sum(least[h] for h in headers) + _GAP * (len(headers) - 1) <= room

    kept = set(widths)
    for header in _DROPPED:
        if fits(kept):
            break
        kept.discard(header)
    for header in reversed(_DROPPED):  # a broad one gone late may have made room for narrow ones gone early
        if header in widths and fits(kept | {header}):
            kept.add(header)
    return [h for h in widths if h in kept], [h for h in widths if h not in kept]
