"""What goes wrong in hospital."""

from __future__ import annotations

from ..courses.case import Case


def maybe(case: Case) -> None:
    """Complications of a stay, at their rates."""


def second_hit(case: Case, at: float) -> None:
    """Why somebody who has been in hospital for days goes to an ICU at a moment."""
