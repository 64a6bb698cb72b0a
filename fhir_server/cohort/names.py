"""Names by where a family comes from, sex and time of birth; streets and towns. Read once from `data/names.json`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import msgspec

from .codes import DATA
from .plan import Json, Name
from .population import Sex, weighted

ERAS = (1940, 1960, 1980, 2000)
"""The years of birth at which fashions in given names change here."""


class Origin(msgspec.Struct, frozen=True):
    """Names of one origin, commonest first.

    `male` and `female` map an era to given names; `anglo` is, by era, the share who bear an English given name instead.
    """

    family: tuple[str, ...]
    male: dict[str, tuple[str, ...]]
    female: dict[str, tuple[str, ...]]
    anglo: tuple[float, ...] = (0.0,) * 5


class Town(msgspec.Struct, frozen=True):
    """An invented town: ZIP codes of its region that are in use nowhere, area codes, share of people.

    The first area code is that of ordinary people, later ones (overlays of the same area) are kept for scenes.
    """

    name: str
    zips: tuple[str, ...]
    areas: tuple[str, ...]
    weight: float


class NameTables(msgspec.Struct, frozen=True):
    """Everything of the data file. `away` are area codes that people brought along with a mobile number."""

    origins: dict[str, Origin]
    nicknames: dict[str, str]
    streets: tuple[str, ...]
    street_kinds: tuple[str, ...]
    towns: tuple[Town, ...]
    away: tuple[str, ...]


NAMES = msgspec.json.decode((DATA / "names.json").read_bytes(), type=NameTables)

_MIXED = (("anglo", 0.6), ("african-american", 0.4))
_SUFFIXES = (("Jr.", 0.030), ("III", 0.008), ("Sr.", 0.008), ("II", 0.004))
_SUFFIXED = frozenset({"anglo", "irish", "italian", "german", "african-american", "hispanic", "two-or-more"})
_KEEP_NAME = {
    "hispanic": 0.65,
    "east-african": 0.95,
    "west-african": 0.6,
    "arab": 0.8,
    "burmese": 1.0,
} | dict.fromkeys(("chinese", "vietnamese", "korean"), 0.85)
"""Share of married women who keep the name of their birth; 0.25 where none is given. Judgement after the customs."""


def era(year: int) -> str:
    """The era of a year of birth: `1` before 1940 to `5` from 2000 on."""
    return str(1 + sum(year >= start for start in ERAS))


def _ranked(rng: Random, names: Sequence[str], flat: float) -> str:
    """One of the names, a commoner (earlier) one more often: weights 1 / (rank + flat)."""
    return weighted(rng, [(name, 1 / (rank + flat)) for rank, name in enumerate(names)])


def family_name(rng: Random, origin: str) -> str:
    """A family name as a register has it: some are double or hyphened, some have lost their accents."""
    source = weighted(rng, _MIXED) if origin == "two-or-more" else origin
    family = _ranked(rng, NAMES.origins[source].family, 14)
    if source == "hispanic" and rng.random() < 0.3:
        second = _ranked(rng, NAMES.origins[source].family, 14)
        if second != family:
            family = f"{family}{'-' if rng.random() < 0.3 else ' '}{second}"
    return _bare(family) if rng.random() < 0.4 else family


def given_name(rng: Random, origin: str, sex: Sex, year: int) -> str:
    """A given name of the fashion of a year of birth."""
    source = weighted(rng, _MIXED) if origin == "two-or-more" else origin
    wanted, tables = era(year), NAMES.origins[source]
    own = getattr(tables, sex)
    if not own or rng.random() < tables.anglo[int(wanted) - 1]:
        own = getattr(NAMES.origins["anglo"], sex)
    nearest = min(own, key=lambda known: (abs(int(known) - int(wanted)), known))
    return _ranked(rng, own[nearest], 12)


def _bare(text: str) -> str:
    """Without accents, as typed on a keyboard that has none."""
    folded = unicodedata.normalize(
        "NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("ß", "ss")
    )
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def personal_names(
    rng: Random, sex: Sex, born: date, about: Mapping[str, Json], now: date
) -> tuple[Name, ...]:
    """An official name; for some a former one (with the dates of the change) and the one they go by.

    `about` holds `origin`, `marital` and, where it was, the days of the wedding and of the divorce.
    """
    origin = about["origin"]
    given = [given_name(rng, origin, sex, born.year)]
    if rng.random() < 0.48:
        middle = given_name(rng, origin, sex, born.year)
        if middle != given[0]:
            given.append(middle if rng.random() < 0.3 else middle[0] + ".")
    family = family_name(rng, origin)
    if rng.random() < 0.4:
        given = [_bare(word) for word in given]
    official = Name(family, tuple(given))
    if sex == "male" and origin in _SUFFIXED and rng.random() < sum(share for _, share in _SUFFIXES):
        official = replace(official, suffix=(weighted(rng, _SUFFIXES),))
    names = _married(rng, official, about) if sex == "female" and "wed" in about else [official]
    if len(names) == 1 and rng.random() < 0.008 and (now - born).days > 22 * 365:
        names = _changed(rng, official, origin, born, now)
    return (*names, *_usual(rng, names[0], sex, origin, born))


def _married(rng: Random, birth: Name, about: Mapping[str, Json]) -> list[Name]:
    """The names of a woman who married: kept, taken, joined, or given back at divorce."""
    origin = about["origin"]
    if rng.random() < _KEEP_NAME.get(origin, 0.25):
        return [birth]
    taken = family_name(rng, origin)
    if taken == birth.family:
        return [birth]
    if rng.random() < 0.07:
        taken = f"{birth.family}-{taken}"
    wed = date.fromisoformat(about["wed"])
    married = replace(birth, family=taken, start=wed)
    maiden = replace(birth, use="maiden", end=wed - timedelta(days=1))
    if about["marital"] == "D" and rng.random() < 0.4:
        back = date.fromisoformat(about["divorced"])
        former = replace(married, use="old", end=back - timedelta(days=1))
        return [replace(birth, start=back), former]
    return [married, maiden] if rng.random() < 0.5 else [replace(married, start=None)]


def _changed(rng: Random, name: Name, origin: str, born: date, now: date) -> list[Name]:
    """A change of name by a court."""
    adult = born + timedelta(days=19 * 365)
    day = adult + timedelta(days=rng.randrange(max(1, (now - adult).days - 200)))
    new = replace(name, family=family_name(rng, origin), start=day)
    return [new, replace(name, use="old", end=day - timedelta(days=1))]


def _usual(rng: Random, name: Name, sex: Sex, origin: str, born: date) -> list[Name]:
    """The name somebody goes by, where the register has it."""
    short = NAMES.nicknames.get(name.given[0])
    if short is not None and rng.random() < 0.3:
        return [Name(name.family, (short,), "usual")]
    if origin in {"chinese", "korean", "vietnamese"} and rng.random() < 0.2:
        return [Name(name.family, (given_name(rng, "anglo", sex, born.year),), "usual")]
    return []
