"""What was told of somebody before, and office hours: when a fact was last noted, when a practice is open."""

from __future__ import annotations

from random import Random

from ..chance import between
from ..clock import at_hour
from ..courses.life import Life


def last_told(life: Life, name: str) -> float:
    """The moment (seconds) of the newest fact of that name; minus infinity where there is none."""
    for fact in reversed(life.facts.rows):
        if fact.name == name:
            return fact.at
    return float("-inf")


def office(at: float, rng: Random) -> float:
    """The same local day between half past eight and half past four."""
    return float(at_hour(at, between(rng, 8.5, 16.5)))
