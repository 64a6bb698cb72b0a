"""What a run amounts to: rates with intervals, by category. Pure functions over records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .log import Key, Record
from .statistics import wilson

UNSCORED = frozenset({"ungraded", "grader_error"})
"""Outcomes that say nothing of the agent: kept apart from failures, and the run counts as incomplete."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Passed episodes of scored ones, with Wilson's 95 % interval. Shares are 0 to 1; `rate` is None for no episode."""

    tasks: int
    passed: int
    rate: float | None
    interval: tuple[float, float]

    @classmethod
    def of(cls, outcomes: Sequence[str]) -> Rate:
        """The rate of a list of outcomes; unscored ones are left out."""
        scored = [o for o in outcomes if o not in UNSCORED]
        passed = scored.count("passed")
        rate = passed / len(scored) if scored else None
        return cls(len(scored), passed, rate, wilson(passed, len(scored)))


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One line of the table."""

    category: str
    rate: Rate
    mean_steps: float
    unscored: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers.

    Attributes:
        planned: episodes that the run was to play.
        total: the rate over all scored episodes.
        categories: a line each, in the suite's order.
        unscored: episodes lost to infrastructure, cancelled, or to a grader's error.
        ended_by: how many episodes ended in which way, such as `finish`, `limit`, `agent_error`.
        first_error: task and words of the first fault of the agent's own code; empty where there was none.
        seconds: wall time of this call; not of earlier ones that it resumed.
        seconds_by_part: where the time of this call went: playing, checker, log; summed over threads.
    """

    suite: str
    version: str
    agent: str
    planned: int
    total: Rate
    categories: tuple[CategoryLine, ...]
    unscored: int
    folder: str
    ended_by: Mapping[str, int] = field(default_factory=dict[str, int])
    first_error: str = ""
    seconds: float = 0.0
    resumed: int = 0
    seconds_by_part: tuple[tuple[str, float], ...] = ()

    @property
    def complete(self) -> bool:
        """Every planned episode was played and scored."""
        return self.unscored == 0 and self.total.tasks == self.planned

    def as_json(self) -> dict[str, Any]:
        """The object that `chartgym eval --json` prints."""
        return {
            "suite": self.suite,
            "version": self.version,
            "agent": self.agent,
            "tasks": self.total.tasks,
            "planned": self.planned,
            "passed": self.total.passed,
            "rate": self.total.rate,
            "interval": list(self.total.interval),
            "by_category": {
                line.category: {**asdict(line.rate), "mean_steps": line.mean_steps, "unscored": line.unscored}
                for line in self.categories
            },
            "unscored": self.unscored,
            "ended_by": dict(self.ended_by),
            "first_error": self.first_error,
            "complete": self.complete,
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            "seconds_by_part": {name: round(value, 3) for name, value in self.seconds_by_part},
            "log": self.folder,
        }


def latest(records: Iterable[Record]) -> dict[Key, Record]:
    """The last record of each key: an episode lost to infrastructure and played again counts once."""
    return {Key.of(record): record for record in records}


def endings(records: Iterable[Record]) -> dict[str, int]:
    """How many episodes ended in which way, the commonest first."""
    return dict(Counter(str(record["ended_by"]) for record in records).most_common())


def first_error(records: Iterable[Record]) -> str:
    """`task: words` of the first fault of the agent's own code; empty where there was none."""
    told = (f"{r['key']['task']}: {r['error']}" for r in records if r["ended_by"] == "agent_error")
    return next(told, "")


def category_lines(records: Sequence[Record], order: Sequence[str]) -> tuple[CategoryLine, ...]:
    """One line a category, in `order`; categories without a record are left out."""
    lines: list[CategoryLine] = []
    for category in order:
        mine = [r for r in records if r["category"] == category]
        if mine:
            outcomes = [str(r["outcome"]) for r in mine]
            steps = sum(len(r["steps"]) for r in mine) / len(mine)
            lines.append(
                CategoryLine(category, Rate.of(outcomes), steps, sum(o in UNSCORED for o in outcomes))
            )
    return tuple(lines)
