"""What was told of somebody before: when a fact of a name was last noted."""

from __future__ import annotations

from ..courses.life import Life


def last_told(life: Life, name: str) -> float:
    """The moment (seconds) of the newest fact of that name; minus infinity where there is none."""
    for fact in reversed(life.facts.rows):
        if fact.name == name:
            return fact.at
    return float("-inf")
