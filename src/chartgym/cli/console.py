"""Where output goes: results to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from typing import Any

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

OUT = Console(highlight=False, soft_wrap=False)
"""Results that a person reads."""

ERR = Console(stderr=True, highlight=False)
"""Progress, notes and errors."""


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()


def progress_bar(unit: str = "") -> Progress:
    """A bar on standard error with count and time left; silent where that is no terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[note]}"),
        console=ERR,
        disable=not ERR.is_terminal,
    )


def percent(share: float | None) -> str:
    """A share as `97.3 %`, `-` for none."""
    return "-" if share is None else f"{100 * share:.1f} %"
