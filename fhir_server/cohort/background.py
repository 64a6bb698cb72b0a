"""What a register knows of a person besides name and address: origin, marriage, language, whom to call.

Everything is drawn from `population.py` and kept as JSON in `Person.details["about"]`:
`origin` (a key of `ORIGINS`), `race` and `ethnicity` (keys of `RACES` and `ETHNICITIES`), `detail` (a key of
`DETAILED`), `marital` (v3-MaritalStatus), `wed` and `divorced` (days, where they were), `language` (BCP 47), `second`
(another language), `interpreter`, `birth` (order among twins), `contacts` (see `kin`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from .names import NAMES, family_name, given_name
from .plan import Json, Name
from .population import ADULT, INTERPRETER, ORIGINS, Sex, marital_shares, preferred_language, weighted
from .residence import a_day, mobile_area, phone_number

CDC_RACE = "urn:oid:2.16.840.1.113883.6.238"
"""CDC race and ethnicity code system, public domain."""

NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"

RACES: Mapping[str, tuple[str, str, str]] = {
    "white": (CDC_RACE, "2106-3", "White"),
    "black": (CDC_RACE, "2054-5", "Black or African American"),
    "asian": (CDC_RACE, "2028-9", "Asian"),
    "native": (CDC_RACE, "1002-5", "American Indian or Alaska Native"),
    "other": (NULL_FLAVOR, "UNK", "Other"),
    "declined": (NULL_FLAVOR, "ASKU", "Asked but unknown"),
}
"""System, code and display of the categories of US Core's value set of race (required binding)."""

ETHNICITIES: Mapping[str, tuple[str, str, str]] = {
    "hispanic": (CDC_RACE, "2135-2", "Hispanic or Latino"),
    "not-hispanic": (CDC_RACE, "2186-5", "Not Hispanic or Latino"),
    "declined": (NULL_FLAVOR, "ASKU", "Asked but unknown"),
}

DETAILED: Mapping[str, tuple[str, str, str]] = {
    "chinese": (CDC_RACE, "2034-7", "Chinese"), "filipino": (CDC_RACE, "2036-2", "Filipino"),
    "south-asian": (CDC_RACE, "2029-7", "Asian Indian"), "japanese": (CDC_RACE, "2039-6", "Japanese"),
    "korean": (CDC_RACE, "2040-4", "Korean"), "vietnamese": (CDC_RACE, "2047-9", "Vietnamese"),
    "burmese": (CDC_RACE, "2032-1", "Burmese"), "puerto-rican": (CDC_RACE, "2180-8", "Puerto Rican"),
    "dominican": (CDC_RACE, "2184-0", "Dominican"), "mexican": (CDC_RACE, "2148-5", "Mexican"),
    "central-american": (CDC_RACE, "2155-0", "Central American"),
    "south-american": (CDC_RACE, "2165-9", "South American"),
}  # fmt: skip
"""Detailed races and ethnicities, kept for some people."""

_HISPANIC_RACES = ((("white",), 0.38), (("other",), 0.36), (("black",), 0.09), (("declined",), 0.12),
                   (("white", "black"), 0.05))  # fmt: skip
"""What Hispanic people answer to the question of race; after the 2020 census, redistricting file, table P2."""

_HISPANIC_DETAIL = (("puerto-rican", 0.55), ("dominican", 0.2), ("mexican", 0.1), ("central-american", 0.08),
                    ("south-american", 0.07))  # fmt: skip
_TWO = (
    (("white", "black"), 0.5),
    (("white", "asian"), 0.2),
    (("white", "native"), 0.2),
    (("black", "native"), 0.1),
)
_ASIAN = ("south-asian", "chinese", "filipino", "burmese", "vietnamese", "korean", "japanese")
_BLACK = ("african-american", "caribbean", "west-african", "east-african")
_TWIN = 0.03
"""Share of people born as one of two: 31 of 1,000 births (CDC, National Vital Statistics Reports, births 2021)."""


def draw_origin(rng: Random) -> str:
    """An origin, by the shares of the stated population."""
    return weighted(rng, tuple(ORIGINS.items()))


def background(rng: Random, sex: Sex, born: date, last: date, origin: str) -> dict[str, Json]:
    """Origin, race, ethnicity, marriage, language; `last` is today, or the day of death."""
    age = (last - born).days / 365.25
    about: dict[str, Json] = {"origin": origin} | _race(rng, origin) | _marriage(rng, sex, born, last)
    language = preferred_language(rng, origin, age)
    about["language"] = language
    if language != "en":
        about["interpreter"] = rng.random() < INTERPRETER
        if rng.random() < 0.25:
            about["second"] = "en"
    if rng.random() < _TWIN:
        about["birth"] = rng.choice((1, 2))
    return about


def _race(rng: Random, origin: str) -> dict[str, Json]:
    refused, unsaid = rng.random() < 0.025, rng.random() < 0.03
    detail, ethnicity = "", "not-hispanic"
    if origin == "hispanic":
        race, ethnicity = weighted(rng, _HISPANIC_RACES), "hispanic"
        detail = weighted(rng, _HISPANIC_DETAIL) if rng.random() < 0.5 else ""
    elif origin in _ASIAN:
        race, detail = ("asian",), origin if rng.random() < 0.5 else ""
    elif origin in _BLACK:
        race = ("black",)
    elif origin == "two-or-more":
        race = weighted(rng, _TWO)
    else:
        race = ("native",) if origin == "haudenosaunee" else ("white",)
    answered: dict[str, Json] = {
        "race": ["declined"] if refused else list(race),
        "ethnicity": "declined" if unsaid else ethnicity,
    }
    return answered | ({"detail": detail} if detail and not (refused or unsaid) else {})


def _marriage(rng: Random, sex: Sex, born: date, last: date) -> dict[str, Json]:
    age = (last - born).days / 365.25
    state = weighted(rng, tuple(marital_shares(sex, age).items()))
    if state == "S":
        return {"marital": state}
    first = born + timedelta(days=int(365.25 * ADULT))
    usual = born + timedelta(days=int(365.25 * (20 + 14 * rng.random())))
    wed = max(first, min(usual, last - timedelta(days=40 + rng.randrange(300))))
    known: dict[str, Json] = {"marital": state, "wed": wed.isoformat()}
    if state == "D":
        known["divorced"] = a_day(
            rng, min(wed + timedelta(days=400), last - timedelta(days=20)), last
        ).isoformat()
    return known


def kin(
    rng: Random, sex: Sex, born: date, last: date, *, about: Mapping[str, Json], names: Sequence[Name]
) -> list[dict[str, Json]]:
    """Whom to call: `relation`, `family`, `given`, `sex`, `phone`; two people for some, nobody for a few."""
    age = (last - born).days / 365.25
    relations = _relations(rng, age, about["marital"])
    if age >= ADULT and rng.random() < 0.07:
        return []
    if rng.random() < 0.75:
        relations = relations[:1]
    return [
        _relative(rng, relation, sex, born, origin=about["origin"], names=names) for relation in relations
    ]


def _relations(rng: Random, age: float, marital: str) -> list[str]:
    if age < ADULT:
        return ["mother", "father"] if rng.random() < 0.85 else ["father", "mother"]
    child = rng.choice(("daughter", "son"))
    if marital == "M":
        return ["spouse", child if age > 45 else "mother"]
    if age < 40:
        return [weighted(rng, (("mother", 0.6), ("partner", 0.2), ("sibling", 0.2))), "friend"]
    if marital == "S":
        return [weighted(rng, (("sibling", 0.5), ("friend", 0.3), ("partner", 0.2))), "friend"]
    return [weighted(rng, ((child, 0.7), ("sibling", 0.2), ("friend", 0.1))), "sibling"]


_SEX_OF: Mapping[str, Sex] = {"mother": "female", "daughter": "female", "father": "male", "son": "male"}
_YEARS = {"mother": -28, "father": -30, "daughter": 27, "son": 27}
"""How much later than the person a relative was born."""

_SAME_FAMILY = {
    "spouse": 0.75,
    "friend": 0.01,
    "partner": 0.02,
    "mother": 0.65,
    "sibling": 0.6,
    "daughter": 0.5,
}
"""Share of relatives who bear the family name; 0.85 of others. Judgement."""


def _relative(
    rng: Random, relation: str, sex: Sex, born: date, *, origin: str, names: Sequence[Name]
) -> dict[str, Json]:
    """Somebody who belongs to a person: of a fitting age, sex and mostly of the same family name."""
    theirs = _SEX_OF.get(relation) or rng.choice(("female", "male"))
    if relation in {"spouse", "partner"} and rng.random() > 0.015:
        theirs = "female" if sex == "male" else "male"
    family, kept = names[0].family, rng.random() < _SAME_FAMILY.get(relation, 0.85)
    maiden = [name.family for name in names if name.use == "maiden"]
    if relation == "spouse" and maiden:
        kept = True
    elif relation in {"mother", "father", "sibling"} and maiden:
        family = maiden[0]
    town = weighted(rng, [(town, town.weight) for town in NAMES.towns])
    year = born.year + _YEARS.get(relation, 0) + rng.randrange(-4, 5)
    given = given_name(rng, origin, theirs, year)
    if given == names[0].given[0] and relation == "sibling":
        given = given_name(rng, origin, theirs, year + 20)
    return {
        "relation": relation,
        "family": family if kept else family_name(rng, origin),
        "given": given,
        "sex": theirs,
        "phone": phone_number(rng, mobile_area(rng, town)),
    }
