"""The reference solution: the figure over the window, through the public tools only."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from ..base import Json, Solution, TaskView
from ..recent_lab.asking import Faults, Row, look_up, round_half_up
from ..solving import finish
from .rules import PROTOCOL

_NO_FAULT = Faults()


def solve(view: TaskView, params: Mapping[str, Json], faults: Faults = _NO_FAULT) -> Solution:
    """Reads the window, works the figure out and answers."""
    seen = yield from look_up(view, params, PROTOCOL, faults)
    rows = seen.within
    if len(rows) < (2 if params["figure"] == "change" else 1):
        known = [*seen.before]
        last = known[-1].written if known else view.now.isoformat(timespec="seconds")
        yield from finish("no_data", last_time=last)
        return
    value, row = _figure(params, rows)
    yield from finish("ok", value=round_half_up(value, params["decimals"]), count=len(rows), time=row.written)


def _figure(params: Mapping[str, Json], rows: Sequence[Row]) -> tuple[float, Row]:
    numbers = [row.value for row in rows]
    match params["figure"]:
        case "mean":
            return statistics.fmean(numbers), rows[-1]
        case "median":
            return statistics.median(numbers), rows[-1]
        case "minimum":
            lowest = min(rows, key=lambda row: (row.value, row.moment))
            return lowest.value, lowest
        case "maximum":
            highest = min(rows, key=lambda row: (-row.value, row.moment))
            return highest.value, highest
        case "change":
            return numbers[-1] - numbers[0], rows[-1]
        case _:
            limit = float(params["above"] or params["below"])
            if params["above"]:
                return sum(number > limit for number in numbers), rows[-1]
            return sum(number < limit for number in numbers), rows[-1]
