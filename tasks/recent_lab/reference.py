"""The reference solution: the latest value that counts, through the public tools only."""

from __future__ import annotations

from collections.abc import Mapping

from ..base import Json, Solution, TaskView
from ..solving import finish
from .asking import Faults, look_up, round_half_up
from .rules import PROTOCOL

_NO_FAULT = Faults()


def solve(view: TaskView, params: Mapping[str, Json], faults: Faults = _NO_FAULT) -> Solution:
    """Looks the value up and answers."""
    seen = yield from look_up(view, params, PROTOCOL, faults)
    if seen.within:
        last = seen.within[-1]
        value = round_half_up(last.value, params["decimals"])
        said = {"comparator": last.sign or "none"} if params["signs"] else {}
        yield from finish("ok", value=value, time=last.written, **said)
    elif seen.before:
        yield from finish("no_data", last_time=seen.before[-1].written)
    else:
        yield from finish("no_data", last_time=view.now.isoformat(timespec="seconds"))
