"""Who plays which part where a situation is about people and not about a chart.

Hospitals hold many people of one surname, records that were merged, numbers that changed hands. A `Cast`
hands out name-only people (and some with charts) for such parts, each once, and keeps what was changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Literal

from chartgym.errors import CohortError

from ..background import background
from ..names import NAMES, given_name
from ..plan import NOW, Json, Name, Person
from ..population import LANGUAGE_NAMES, LANGUAGES, weighted

Split = Literal["core", "dev"]

CROWD_FAMILIES = ("Smith", "Johnson", "Williams", "Brown", "Miller", "Rodriguez")
"""Surnames that so many people bear that a search for one has more than two pages."""

_CROWD_BLACK: Mapping[str, float] = {
    "Smith": 0.23, "Johnson": 0.35, "Williams": 0.48, "Brown": 0.36, "Miller": 0.11, "Rodriguez": 0.0,
}  # fmt: skip
"""Share of a surname's bearers who are Black: US Census Bureau, frequently occurring surnames, 2010."""

_HISPANIC_FAMILY = "Rodriguez"

CROWD_SIZE = 50

GIVEN: Mapping[str, tuple[str, ...]] = {
    "female": (
        "Maria", "Linda", "Susan", "Karen", "Nancy", "Ruth", "Teresa", "Anna", "Julia", "Diane", "Carol",
        "Monica", "Denise", "Paula", "Gloria", "Irene", "Vera", "Nora", "Elaine", "Joyce", "Marta",
        "Claire", "Lucia", "Hannah",
),
    "male": (
        "James", "Robert", "David", "Daniel", "Peter", "Victor", "Martin", "Samuel", "Paul", "Kevin",
        "Thomas", "Andrew", "Frank", "Henry", "Oscar", "Louis", "Marco", "Simon", "Walter", "Eric",
        "Gerald", "Hugo", "Leon", "Philip",
),
}  # fmt: skip

MARRIED_FAMILIES = (
    "Whitfield", "Abernathy", "Lindqvist", "Castellano", "Drummond", "Okonkwo", "Featherstone",
    "Marchetti", "Radley", "Sundaram", "Thackeray", "Vandermeer", "Yarborough", "Ellsworth", "Penhallow",
    "Quintero", "Hollis", "Brandt",
)  # fmt: skip

STREETS = (
    "Harbor Street", "Juniper Court", "Mill Road", "Orchard Avenue", "Quarry Lane", "Beacon Terrace",
    "Granite Way", "Willow Drive", "Foundry Street", "Meadow Lane", "Lighthouse Road", "Ferry Street",
    "Chapel Street", "Elm Court",
)  # fmt: skip

AREA_CODES = ("838", "680", "329")
"""Overlays of the region's area codes; ordinary people have numbers of the older codes, so that parts' are their own."""


class Cast:
    """The people while parts are handed out.

    Attributes:
        people: everybody, changed ones included, in order of index.
        rng: the seed's stream for these scenes.
    """

    def __init__(self, people: Sequence[Person], rng: Random) -> None:
        self.people = list(people)
        self.rng = rng
        self._numbers: list[str] = [f"({a}) 555-01{n:02d}" for a in AREA_CODES for n in range(100)]
        rng.shuffle(self._numbers)
        self._houses = [f"{n} {street}" for street in STREETS for n in range(3, 90, 3)]
        rng.shuffle(self._houses)
        self._free: dict[Split, list[int]] = {"core": [], "dev": []}
        self._crowds: dict[tuple[Split, str], list[int]] = {}
        self._charts: dict[Split, list[int]] = {"core": [], "dev": []}
        self._married = list(MARRIED_FAMILIES)
        self._deal()

    def _deal(self) -> None:
        adults = [p for p in self.people if not p.has_chart and p.birth_date.year < NOW.year - 21]
        pool = [p for p in adults if p.deceased is None and p.replaced_by is None]
        crowd = self._crowd(pool)
        for family in CROWD_FAMILIES:
            members = [p for p in crowd if self.people[p.index].name.family == family]
            for rank, person in enumerate(members):
                part = "late" if rank >= 22 else "early"  # a page has 20
                self._crowds.setdefault((person.split, f"{family} {part}"), []).append(person.index)
        names = Counter((p.name.family, p.name.given) for p in self.people)
        taken = {person.index for person in crowd}
        for person in pool:
            if person.index in taken:
                continue
            if names[person.name.family, person.name.given] == 1:
                self._free[person.split].append(person.index)
        for person in self.people:
            if person.has_chart and person.deceased is None:
                self._charts[person.split].append(person.index)
        for split in self._charts:
            self.rng.shuffle(self._charts[split])

    def _crowd(self, pool: Sequence[Person]) -> list[Person]:
        """Gives the common surnames to the first of each split, to each as many, where they can to those of the origin."""
        crowd: list[Person] = []
        for split in ("core", "dev"):
            mine = [p for p in pool if p.split == split][: CROWD_SIZE // 2 * len(CROWD_FAMILIES)]
            left = Counter(dict.fromkeys(CROWD_FAMILIES, CROWD_SIZE // 2))
            black = Counter({family: round(share * CROWD_SIZE / 2) for family, share in _CROWD_BLACK.items()})
            for person in sorted(mine, key=lambda p: _CALLED.get(_origin(p), len(_CALLED))):
                origin = _origin(person)
                if origin == "hispanic" and left[_HISPANIC_FAMILY]:
                    family = _HISPANIC_FAMILY
                elif origin == "african-american" and black.total():
                    family = max(CROWD_FAMILIES, key=lambda f: black[f])
                    black[family] -= 1
                else:
                    family = max(CROWD_FAMILIES, key=lambda f: left[f])
                left[family] -= 1
                self._christen(person, family)
            crowd += mine
        return sorted(crowd, key=lambda p: p.index)

    def _christen(self, person: Person, family: str) -> None:
        """Gives somebody a common surname, and an origin that it goes with."""
        origin = _origin(person)
        if family == _HISPANIC_FAMILY:
            origin = "hispanic"
        elif origin not in {"anglo", "irish", "german", "african-american", "haudenosaunee", "two-or-more"}:
            origin = "anglo"
        given = given_name(self.rng, origin, person.gender, person.birth_date.year)
        self.change(person.index, names=(Name(family, (given,)),))
        self.describe(
            person.index, about=background(self.rng, person.gender, person.birth_date, NOW.date(), origin)
        )

    def change(self, index: int, **fields: Json) -> Person:
        """Replaces fields of one person."""
        self.people[index] = replace(self.people[index], **fields)
        return self.people[index]

    def ordinary(self, split: Split) -> Person:
        """Takes a name-only person of an ordinary surname."""
        if not self._free[split]:
            raise CohortError(f"no {split} person of an ordinary surname is left: deal more name-only people")
        return self.people[self._free[split].pop(0)]

    def elder(self, split: Split) -> Person:
        """Takes the oldest name-only person of an ordinary surname."""
        if not self._free[split]:
            return self.ordinary(split)
        index = min(self._free[split], key=lambda i: self.people[i].birth_date)
        self._free[split].remove(index)
        return self.people[index]

    def member(self, split: Split, family: str, part: Literal["early", "late"]) -> Person:
        """Takes somebody of a common surname: `late` ones stand beyond the first page of a search for it."""
        members = self._crowds[split, f"{family} {part}"]
        if not members:
            raise CohortError(f"no {split} {family} is left who stands {part}: raise CROWD_SIZE")
        return self.people[members.pop(0)]

    def namesake(self, split: Split, like: Person, *, late: bool = True, **fields: Json) -> Person:
        """Somebody else of a common surname, made to bear the same name."""
        other = self.member(split, like.name.family, "late" if late else "early")
        return self.change(other.index, **{"names": (like.name,), "gender": like.gender, **fields})

    def void(self, person: Person) -> Person:
        """Makes a record inactive without a successor: it was made by mistake."""
        return self.describe(person.index, active=False)

    def describe(self, index: int, **details: Json) -> Person:
        """Adds to the details of one person."""
        return self.change(index, details={**self.people[index].details, **details})

    def family(self, split: Split) -> str:
        """The common surname that has most people left who stand late."""
        return max(CROWD_FAMILIES, key=lambda f: len(self._crowds[split, f"{f} late"]))

    def patient(self, split: Split, *, inpatient: bool) -> Person:
        """Takes somebody with a chart."""
        deck = self._charts[split]
        index = next(i for i in deck if (self.people[i].stay is not None) is inpatient)
        deck.remove(index)
        return self.people[index]

    def married(self) -> str:
        """A surname taken at marriage; comes round again after all were used."""
        self._married.append(self._married.pop(0))
        return self._married[-1]

    def number(self) -> str:
        """A phone number that no other part has."""
        return self._numbers.pop()

    def house(self) -> str:
        """A street address that no other part has."""
        return self._houses.pop()

    def part(self, topic: str, index: int, kind: str, **details: Json) -> None:
        """Notes which situation was made round this person, for the scene's `place`."""
        person = self.people[index]
        self.describe(index, parts={**person.details.get("parts", {}), topic: {"kind": kind, **details}})


_CALLED = {"hispanic": 0, "african-american": 1, "anglo": 2}
"""Who is given a common surname first."""


def _origin(person: Person) -> str:
    return person.details["about"]["origin"]


def languages(person: Person, rng: Random, many: int) -> list[tuple[str, str]]:
    """Different languages (code, name) of which the first is one of the person's origin, where that has one."""
    own = [(code, old) for code, _, old in LANGUAGES.get(_origin(person), ())]
    codes = [code for code in LANGUAGE_NAMES if code not in {"en", "ase"}]
    chosen = [weighted(rng, own)] if own else [rng.choice(("es", "fr", "ht", "ru", "it", "pl"))]
    chosen += rng.sample([code for code in codes if code not in chosen], many - 1)
    return [(code, LANGUAGE_NAMES[code]) for code in chosen]


def phone(value: str, use: str = "mobile", **more: Json) -> dict[str, Json]:
    """A ContactPoint."""
    return {"system": "phone", "value": value, "use": use, **more}


def home(line: str, rng: Random, use: str = "home", **more: Json) -> dict[str, Json]:
    """An Address in one of the towns round the hospital."""
    town = rng.choice(NAMES.towns)
    place = {
        "line": [line],
        "city": town.name,
        "state": "NY",
        "postalCode": rng.choice(town.zips),
        "country": "US",
    }
    return {"use": use, "type": "both", **place, **more}


def past(rng: Random, first: int = 2008, last: int = 2023) -> date:
    """A day on which something ended."""
    return date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))


def ended(rng: Random) -> dict[str, str]:
    """A period that is over."""
    end = past(rng)
    return {"start": (end - timedelta(days=rng.randint(400, 3000))).isoformat(), "end": end.isoformat()}


def running(rng: Random) -> dict[str, str]:
    """A period that goes on."""
    return {"start": past(rng, 2016, 2025).isoformat()}
