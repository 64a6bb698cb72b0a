"""Small tools that samplers share: words for patients, days and times, balanced picks, twins.

- `by_name_and_bed(person)`, `by_name_and_birth(person)`, `by_mrn(person)`: ways to name a patient, never by FHIR id
- `day_words(date)`, `clock(datetime)`, `when_words(datetime, now)`, `stamp(datetime)`: days and times
- `pick_balanced(items, key, shares, rng)`: as many of each kind as asked for
- `level_of(i)`, `spread(values, n, rng)`: levels and templates in turn
- `deal_out(source, topic, Card, split)`, `by_level(tasks, split)`: the cards that a scene dealt, and the suite of them
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Generic, Protocol, TypeVar

import msgspec

from chartgym.errors import TaskError

from ..fhir_server.cohort.plan import TIME_ZONE, Person
from .base import ChartSource, Json, Split, Task

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

SIZES: Mapping[Split, int] = {"core": 30, "dev": 10}
"""Tasks of a category in each suite."""


def full_name(person: Person) -> str:
    """The current official name as people say it: given names, family name."""
    return f"{' '.join(person.name.given)} {person.name.family}"


def by_name_and_bed(person: Person) -> str:
    """`Maria Lopez in bed 5W-12A`.

    Raises:
        TaskError: the person is not in hospital.
    """
    if person.stay is None:
        raise TaskError(f"patient {person.id} is not in hospital and has no bed to be named by")
    return f"{full_name(person)} in bed {person.stay.bed}"


def by_name_and_birth(person: Person) -> str:
    """`Maria Lopez (born 3 April 1951)`: in brackets, so that it fits anywhere in a sentence."""
    return f"{full_name(person)} (born {day_words(person.birth_date)})"


def by_mrn(person: Person) -> str:
    """`the patient with MRN 12345678`."""
    return f"the patient with MRN {person.mrn}"


def name_params(person: Person) -> dict[str, Json]:
    """Name and birth date for `Task.params`, where a request names somebody by them."""
    born = person.birth_date.isoformat()
    return {"family": person.name.family, "given": person.name.given[0], "birth_date": born}


def day_words(day: date) -> str:
    """`3 April 1951`: no ambiguity between day and month, no leading zero, English whatever the locale."""
    months = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip
    return f"{day.day} {months[day.month - 1]} {day.year}"


def clock(moment: datetime) -> str:
    """`05:40`, hospital time."""
    return moment.astimezone(TIME_ZONE).strftime("%H:%M")


def when_words(moment: datetime, now: datetime) -> str:
    """`05:40 today`, `22:15 yesterday`, or `14:00 on 3 March 2026`, hospital time."""
    day = moment.astimezone(TIME_ZONE).date()
    today = now.astimezone(TIME_ZONE).date()
    words = {today: "today", today - timedelta(days=1): "yesterday"}.get(day, f"on {day_words(day)}")
    return f"{clock(moment)} {words}"


def stamp(moment: datetime) -> str:
    """ISO 8601 with the hospital's offset, to the second: `2026-03-10T05:40:00-04:00`."""
    return moment.astimezone(TIME_ZONE).replace(microsecond=0).isoformat()


def level_of(index: int, total: int) -> int:
    """Levels in three equal blocks: 10/10/10 of 30, 3/4/3 of 10."""
    if total == 10:
        return 1 if index < 3 else 2 if index < 7 else 3
    return 1 + index * 3 // total


def spread(values: Sequence[T], n: int, rng: Random) -> list[T]:
    """`n` values, each about equally often, in random order."""
    found = [values[i % len(values)] for i in range(n)]
    rng.shuffle(found)
    return found


def pick_balanced(items: Sequence[T], key: Callable[[T], K], shares: Mapping[K, int], rng: Random) -> list[T]:
    """As many items of each kind as `shares` asks for, picked at random, in the order of `items`.

    Raises:
        TaskError: there are not enough of a kind.
    """
    chosen: set[int] = set()
    for kind, wanted in shares.items():
        there = [i for i, item in enumerate(items) if key(item) == kind]
        if len(there) < wanted:
            raise TaskError(f"{wanted} of kind {kind!r} are wanted, {len(there)} are there")
        chosen.update(rng.sample(there, wanted))
    return [item for i, item in enumerate(items) if i in chosen]


class Grouped(Protocol):
    """A card of a scene's deck as far as sampling goes."""

    @property
    def group(self) -> str:
        """Cards of one group share their words."""
        ...


C = TypeVar("C", bound=Grouped)


@dataclass(frozen=True, slots=True)
class Dealt(Generic[C]):
    """A card and whom it was dealt to; `turn` counts the groups, `inside` says that all of the group are on a stay."""

    person: Person
    card: C
    turn: int
    inside: bool


def deal_out(source: ChartSource, topic: str, kind: type[C], split: Split) -> list[Dealt[C]]:
    """The cards that the scene of `topic` dealt to people of a split, in the order of its deck."""
    people = source.people()
    pairs = [(people[p.person], msgspec.convert(p.details, kind)) for p in source.ledger(topic)]
    pairs = [(person, card) for person, card in pairs if person.split == split]
    groups = list(dict.fromkeys(card.group for _, card in pairs))
    away = {card.group for person, card in pairs if person.stay is None}
    return [Dealt(p, c, groups.index(c.group), c.group not in away) for p, c in pairs]


def by_level(tasks: Sequence[Task], split: Split) -> list[Task]:
    """As many as a suite takes, the easy ones first."""
    return sorted(tasks[: SIZES[split]], key=lambda task: task.level)
