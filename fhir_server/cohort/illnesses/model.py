"""What an acute illness is to the course: how it is begun at admission, and what it does each morning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..courses.case import Case


def _nothing(_case: Case, _day: int, _at: float) -> None:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Illness:
    """One reason for a stay; `key` is a key of `ailments.REASONS`.

    Attributes:
        key: the reason.
        admit: called at admission (`case.start`): moves the body, orders, tells facts, puts what follows on the agenda.
        morning: called at rounds, about 8 h each morning from day 1 on: (case, day, moment in seconds).
    """

    key: str
    admit: Callable[[Case], None]
    morning: Callable[[Case, int, float], None] = _nothing
