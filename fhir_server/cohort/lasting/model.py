"""What a lasting condition is to the course: what it makes of the body, which visits and stays it brings, what is done then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person


@dataclass(frozen=True, slots=True)
class Planned:
    """A stay that a condition brings at its time (a delivery, an operation): start in seconds, length in days."""

    start: float
    days: float
    reason: str


def _begin(_life: Life) -> None:
    """Nothing to do."""


def _visit(_life: Life, _clinic: Clinic) -> None:
    """Nothing to do."""


def _visits(_person: Person, _first: float, _last: float, _rng: Random) -> Iterable[tuple[float, str]]:
    return ()


def _stays(_person: Person, _first: float, _last: float, _rng: Random) -> Iterable[Planned]:
    return ()


@dataclass(frozen=True, slots=True)
class Lasting:
    """One lasting condition; `trait` is a word of `plan.TRAITS`, or "" for what holds for everybody.

    Attributes:
        trait: the word.
        begin: called once at the beginning of the five years (`life.timeline.first`): baselines, processes, problems,
            home medicines (with their own start dates by `life.at`), facts of history.
        visit: called at every clinic visit in order of time: tests, facts, changes of treatment.
        visits: visits of its own beside the routine ones: (moment in seconds, purpose); those inside a stay are dropped.
        stays: stays at their time.
    """

    trait: str
    begin: Callable[[Life], None] = _begin
    visit: Callable[[Life, Clinic], None] = _visit
    visits: Callable[[Person, float, float, Random], Iterable[tuple[float, str]]] = _visits
    stays: Callable[[Person, float, float, Random], Iterable[Planned]] = _stays
