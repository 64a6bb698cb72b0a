"""Small tools that samplers share: words for patients, days and times, balanced picks, twins.

- `by_name_and_bed(person)`, `by_name_and_birth(person)`, `by_mrn(person)`: ways to name a patient, never by FHIR id
- `day_words(date)`, `clock(datetime)`, `when_words(datetime, now)`, `stamp(datetime)`: days and times
- `pick_balanced(items, key, shares, rng)`: as many of each kind as asked for
- `level_of(i)`, `spread(values, n, rng)`: levels and templates in turn
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

from chartgym.errors import TaskError

from ..fhir_server.cohort.plan import TIME_ZONE, Person

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


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
    """`Maria Lopez, born 3 April 1951`."""
    return f"{full_name(person)}, born {day_words(person.birth_date)}"


def by_mrn(person: Person) -> str:
    """`the patient with MRN 12345678`."""
    return f"the patient with MRN {person.mrn}"


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
