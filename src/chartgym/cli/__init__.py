"""The command line. Exit codes: 0 done, 1 usage or input error, 2 run incomplete."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .app import run

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits with its code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
