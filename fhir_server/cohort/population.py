"""The stated population: whom the cohort's people are dealt from, and where each table comes from.

The hospital stands in an invented city of upstate New York of about the size of Albany or Schenectady. Every table
below is rounded from a public source that its docstring names; where judgement entered it says so. The dealt people are
compared with these tables in `tests/fhir_server/test_cohort_people.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Literal, NamedTuple, TypeVar

Sex = Literal["male", "female"]
T = TypeVar("T")


class Band(NamedTuple):
    """A span of ages (`low` in, `high` out) and its share of people."""

    low: int
    high: int
    share: float


CITY_AGES = (
    Band(0, 5, 0.055), Band(5, 18, 0.162), Band(18, 25, 0.094), Band(25, 35, 0.135), Band(35, 45, 0.132),
    Band(45, 55, 0.122), Band(55, 65, 0.125), Band(65, 75, 0.101), Band(75, 85, 0.054), Band(85, 100, 0.020),
)  # fmt: skip
"""People of all ages. US Census Bureau, resident population by single year of age, Vintage 2023 estimates; rounded."""

CITY_FEMALE = 0.52
"""US Census Bureau, QuickFacts, city of Albany (52.4 %)."""

HOSPITAL_AGES = (
    Band(19, 45, 0.14), Band(45, 55, 0.13), Band(55, 65, 0.20), Band(65, 75, 0.23), Band(75, 85, 0.19),
    Band(85, 97, 0.11),
)  # fmt: skip
"""Adults in hospital for another reason than childbirth.

AHRQ, HCUP Nationwide Inpatient Sample, Statistical Briefs 79 and 103 (shares of stays by ten years of age in 2007 and
2008: 45-54 11 %, 55-64 12 %, 65-74 13 % of all stays, births included), made a share of adult stays that are not
maternal and shifted by judgement to 2026, when those born 1946-1964 are 62 to 80. People at home with a chart are of
the same ages: they were in hospital before.
"""

HOSPITAL_FEMALE = 0.5
"""Adults in hospital apart from childbirth: about as many women as men (same source)."""

ORIGINS: Mapping[str, float] = {
    "anglo": 0.225, "irish": 0.09, "italian": 0.09, "german": 0.05, "polish": 0.035, "french-canadian": 0.02,
    "slavic": 0.015, "jewish": 0.015, "arab": 0.01,
    "african-american": 0.185, "caribbean": 0.02, "west-african": 0.012, "east-african": 0.008,
    "hispanic": 0.12,
    "south-asian": 0.024, "chinese": 0.016, "filipino": 0.006, "burmese": 0.008, "vietnamese": 0.008,
    "korean": 0.006, "japanese": 0.002,
    "haudenosaunee": 0.005, "two-or-more": 0.03,
}  # fmt: skip
"""Where a family's name comes from, as a share of people.

The sums by group (see `GROUPS`) lie near the mean of the cities of Albany and Schenectady (US Census Bureau,
QuickFacts; Albany: white not Hispanic 50.5 %, Black 26.6 %, Hispanic 10.7 %, Asian 7.9 %, two or more 8.1 %). The
division inside a group is judgement after the ancestries that the American Community Survey names for the region.
"""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "white": (
        "anglo", "irish", "italian", "german", "polish", "french-canadian", "slavic", "jewish", "arab",
    ),
    "black": ("african-american", "caribbean", "west-african", "east-african"),
    "hispanic": ("hispanic",),
    "asian": ("south-asian", "chinese", "filipino", "burmese", "vietnamese", "korean", "japanese"),
    "native": ("haudenosaunee",),
    "two-or-more": ("two-or-more",),
}  # fmt: skip
"""The groups in which the Census counts the origins."""

LANGUAGES: Mapping[str, tuple[tuple[str, float, float], ...]] = {
    "hispanic": (("es", 0.30, 0.60),), "italian": (("it", 0.0, 0.06),), "polish": (("pl", 0.01, 0.06),),
    "french-canadian": (("fr", 0.0, 0.04),), "slavic": (("ru", 0.3, 0.45), ("uk", 0.12, 0.15)),
    "jewish": (("ru", 0.0, 0.05),), "arab": (("ar", 0.4, 0.6),), "caribbean": (("ht", 0.22, 0.3),),
    "west-african": (("fr", 0.25, 0.3),), "east-african": (("so", 0.3, 0.5), ("am", 0.2, 0.3)),
    "south-asian": (("hi", 0.1, 0.2), ("bn", 0.1, 0.15), ("ur", 0.08, 0.12), ("gu", 0.05, 0.15)),
    "chinese": (("zh", 0.4, 0.7),), "filipino": (("tl", 0.15, 0.3),),
    "burmese": (("kar", 0.4, 0.55), ("my", 0.3, 0.35)),
    "vietnamese": (("vi", 0.45, 0.75),), "korean": (("ko", 0.35, 0.7),), "japanese": (("ja", 0.2, 0.3),),
}  # fmt: skip
"""Origin to (language, share that prefers it below 65, share from 65 on); the others prefer English.

After US Census Bureau, American Community Survey, tables B16001 and B16004 (people who speak English less than very
well, by language and age); shares inside an origin are judgement.
"""

INTERPRETER = 0.75
"""Share of those who prefer another language who ask for an interpreter; judgement."""

LANGUAGE_NAMES: Mapping[str, str] = {
    "en": "English", "es": "Spanish", "it": "Italian", "pl": "Polish", "fr": "French", "ru": "Russian",
    "uk": "Ukrainian", "ar": "Arabic", "ht": "Haitian Creole", "so": "Somali", "am": "Amharic", "hi": "Hindi",
    "bn": "Bengali", "ur": "Urdu", "gu": "Gujarati", "zh": "Chinese", "tl": "Tagalog", "kar": "Karen",
    "my": "Burmese", "vi": "Vietnamese", "ko": "Korean", "ja": "Japanese", "pt": "Portuguese",
    "ase": "American Sign Language",
}  # fmt: skip
"""BCP 47 codes (IANA Language Subtag Registry)."""

SIGN_LANGUAGE = 0.002
"""Share of people who sign; judgement."""

MARITAL: Mapping[Sex, tuple[tuple[int, Mapping[str, float]], ...]] = {
    "male": (
        (25, {"S": 0.94, "M": 0.06}),
        (35, {"S": 0.62, "M": 0.33, "D": 0.04, "L": 0.01}),
        (45, {"S": 0.32, "M": 0.55, "D": 0.11, "L": 0.02}),
        (55, {"S": 0.22, "M": 0.58, "D": 0.16, "L": 0.02, "W": 0.02}),
        (65, {"S": 0.17, "M": 0.61, "D": 0.17, "L": 0.02, "W": 0.03}),
        (75, {"S": 0.10, "M": 0.68, "D": 0.14, "L": 0.01, "W": 0.07}),
        (85, {"S": 0.05, "M": 0.70, "D": 0.10, "W": 0.15}),
        (200, {"S": 0.04, "M": 0.55, "D": 0.06, "W": 0.35}),
    ),
    "female": (
        (25, {"S": 0.91, "M": 0.08, "D": 0.01}),
        (35, {"S": 0.52, "M": 0.41, "D": 0.05, "L": 0.02}),
        (45, {"S": 0.27, "M": 0.56, "D": 0.13, "L": 0.03, "W": 0.01}),
        (55, {"S": 0.20, "M": 0.56, "D": 0.18, "L": 0.03, "W": 0.03}),
        (65, {"S": 0.15, "M": 0.54, "D": 0.21, "L": 0.02, "W": 0.08}),
        (75, {"S": 0.09, "M": 0.52, "D": 0.19, "L": 0.01, "W": 0.19}),
        (85, {"S": 0.05, "M": 0.41, "D": 0.12, "W": 0.42}),
        (200, {"S": 0.05, "M": 0.18, "D": 0.07, "W": 0.70}),
    ),
}  # fmt: skip
"""Codes of v3-MaritalStatus (S never married, M married, D divorced, L separated, W widowed) by sex and age below.

After US Census Bureau, Current Population Survey, table A1 (marital status by age and sex) and American Community
Survey table B12002; rounded, and never-married shares raised a little as in the cities of the state.
"""

ADULT = 18
"""Below this age nobody is married here."""

MORTALITY: Mapping[Sex, tuple[tuple[int, float], ...]] = {
    "male": (
        (0, 0.0060), (1, 0.0004), (10, 0.0001), (15, 0.0004), (20, 0.0011), (30, 0.0018), (40, 0.0024), (50, 0.0050),
        (60, 0.0115), (65, 0.0165), (70, 0.0240), (75, 0.0370), (80, 0.0590), (85, 0.0990), (90, 0.165), (95, 0.26),
        (100, 0.36),
    ),
    "female": (
        (0, 0.0050), (1, 0.0003), (10, 0.0001), (15, 0.0002), (20, 0.0004), (30, 0.0008), (40, 0.0014), (50, 0.0031),
        (60, 0.0069), (65, 0.0104), (70, 0.0160), (75, 0.0260), (80, 0.0430), (85, 0.0750), (90, 0.132), (95, 0.22),
        (100, 0.32),
    ),
}  # fmt: skip
"""Probability of death within a year at an exact age, straight lines between.

Social Security Administration, Office of the Chief Actuary, Period Life Table 2019 (STATS/table4c6), rounded.
"""

DEATH_YEARS = 5
"""How many years back the hospital's records of people without a chart reach."""


def weighted(rng: Random, shares: Sequence[tuple[T, float]]) -> T:
    """One of the choices, by weights that need not add up to one."""
    point = rng.random() * sum(weight for _, weight in shares)
    for choice, weight in shares:
        point -= weight
        if point < 0:
            return choice
    return shares[-1][0]


def age_at(bands: Sequence[Band], share: float) -> float:
    """The age in years below which a share (0 to 1) of the people of a table are."""
    left = share * sum(band.share for band in bands)
    for band in bands:
        if left < band.share:
            return band.low + (band.high - band.low) * left / band.share
        left -= band.share
    return bands[-1].high - 0.01


def death_rate(sex: Sex, age: float) -> float:
    """The probability that somebody of an age dies within a year."""
    table = MORTALITY[sex]
    for (low, before), (high, after) in pairwise(table):
        if age < high:
            return before + (after - before) * max(0.0, age - low) / (high - low)
    return table[-1][1]


def marital_shares(sex: Sex, age: float) -> Mapping[str, float]:
    """The shares of marital states at an age."""
    if age < ADULT:
        return {"S": 1.0}
    return next(shares for below, shares in MARITAL[sex] if age < below)


def preferred_language(rng: Random, origin: str, age: float) -> str:
    """The language in which somebody prefers to be spoken to."""
    point = rng.random()
    if rng.random() < SIGN_LANGUAGE:
        return "ase"
    for code, young, old in LANGUAGES.get(origin, ()):
        point -= old if age >= 65 else young
        if point < 0:
            return code
    return "en"
