"""Deals the people of a seed: who they are, what ails them, where they lie. Then the scenes place their situations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import exp
from random import Random
from statistics import NormalDist
from typing import Literal

from . import ailments
from .background import background, draw_origin, kin
from .chance import between, child, normal, opaque_id
from .clock import DAY, HOUR, local
from .hospital import CLINIC, ICUS, Bed, attending, house, ward_for
from .names import personal_names
from .plan import NOW, Json, Person, Placement, Plan, Stay
from .population import (
    ADULT,
    CITY_AGES,
    CITY_FEMALE,
    DEATH_YEARS,
    HOSPITAL_AGES,
    HOSPITAL_FEMALE,
    Sex,
    age_at,
    death_rate,
    weighted,
)
from .residence import contacts
from .scenes.registry import ADJUSTMENTS, SCENES

CHARTS = 100
CORE = 70
NAME_ONLY = 600
_DAYS_LOG_MEAN, _DAYS_LOG_SD, _DAYS_MOST = 3.69, 0.85, 220
_INPATIENTS = {"core": 52, "dev": 23}
_ICU = {"core": 8, "dev": 4}
_DEAD = {"core": 3, "dev": 1}
_YEAR = 365.25
_MEDICAL = ("4E", "5W", "8S", "6E", "7N")
"""Wards that take those for whom theirs has no bed."""

Split = Literal["core", "dev"]
Place = Literal["ward", "icu", "home", "dead"]

_OLDER: Mapping[str, float] = {
    "hip-fracture": 1.6, "atrial-fibrillation": 1.3, "heart-failure": 1.0, "stroke": 0.9, "coronary-disease": 0.8,
    "copd": 0.7, "osteoarthritis": 0.7, "hypertension": 0.6, "ckd-3": 0.6, "ckd-4": 0.5, "ckd-5": 0.2, "cancer": 0.5,
    "hyperlipidemia": 0.5, "diabetes-2": 0.3, "hypothyroidism": 0.2, "dialysis": -0.2, "cirrhosis": -0.4,
    "depression": -0.5, "asthma": -0.8, "diabetes-1": -2.5,
}  # fmt: skip
"""How much older (or younger) a condition goes with, in standard deviations; judgement after its prevalence by age."""

_LEAST: Mapping[str, int] = {
    "hip-fracture": 62, "atrial-fibrillation": 45, "heart-failure": 40, "stroke": 42, "coronary-disease": 42,
    "copd": 45, "osteoarthritis": 46, "ckd-3": 34, "hyperlipidemia": 28, "hypertension": 26, "diabetes-2": 28,
    "cirrhosis": 32, "cancer": 30,
}  # fmt: skip
"""Below this age nobody here has the condition."""

_MOTHERS = frozenset({"pregnant", "parous"})

_WOMEN: Mapping[str, float] = {
    "hip-fracture": 0.12, "hypothyroidism": 0.2, "depression": 0.12, "osteoarthritis": 0.08, "cirrhosis": -0.12,
    "coronary-disease": -0.1, "asthma": 0.1,
}  # fmt: skip
"""What a condition adds to the share of women; after its prevalence by sex."""


@dataclass(frozen=True, slots=True)
class _Role:
    """What somebody with a chart is at `NOW`."""

    split: Split
    place: Place


@dataclass(frozen=True, slots=True)
class _Body:
    """Sex and age of somebody with a chart, and the key of the reason why they are in hospital, if they are."""

    sex: Sex
    age: float
    reason: str


@lru_cache(maxsize=8)
def build_plan(seed: int) -> Plan:
    """The plan of a seed: people, adjusted by the scenes, and placements."""
    people: Sequence[Person] = _people(seed)
    for number, adjust in enumerate(ADJUSTMENTS):
        people = adjust(people, child(seed, "adjust", number, adjust.__module__))
    plan = Plan(seed, NOW, tuple(people))
    for scene in SCENES:
        placed: tuple[Placement, ...] = tuple(scene.place(plan, child(seed, "place", scene.TOPIC)))
        plan = replace(plan, placements=plan.placements + placed)
    return plan


def _people(seed: int) -> list[Person]:
    inside = _inside(seed)
    splits: list[Split] = ["core" if index < CORE else "dev" for index in range(CHARTS)]
    traits = ailments.deal(seed, list(zip(splits, inside, strict=True)))
    bodies = _bodies(seed, splits, inside, traits)
    roles = _roles(seed, splits, inside, traits, bodies)
    beds = _assign_beds(seed, roles, bodies)
    days = _hospital_days(seed, traits)
    charted = [
        _charted(seed, i, role, traits[i], body=bodies[i], bed=beds[i], days=days[i])
        for i, role in enumerate(roles)
    ]
    return charted + [_name_only(seed, CHARTS + n) for n in range(NAME_ONLY)]


def _inside(seed: int) -> list[bool]:
    """Who with a chart is in hospital: so many of each split, shuffled."""
    places: list[bool] = []
    sizes: dict[Split, int] = {"core": CORE, "dev": CHARTS - CORE}
    for split, size in sizes.items():
        block = [n < _INPATIENTS[split] for n in range(size)]
        child(seed, "roles", split).shuffle(block)
        places += block
    return places


def _bodies(
    seed: int, splits: Sequence[Split], inside: Sequence[bool], traits: Sequence[ailments.Ailments]
) -> list[_Body]:
    """Ages by the stated distribution, the older to those with ailments of the old; sex; reason of the stay."""
    bodies: dict[int, _Body] = {}
    for split in ("core", "dev"):
        members = [i for i, mine in enumerate(splits) if mine == split]
        adults = [i for i in members if traits[i].traits.isdisjoint(_MOTHERS)]
        rng = child(seed, "ages", split)
        score = {
            i: sum(_OLDER.get(t, 0.0) for t in sorted(traits[i].traits)) + 1.3 * normal(rng) for i in adults
        }
        adults.sort(key=lambda i: (score[i], i))
        ages = {i: age_at(HOSPITAL_AGES, (rank + 0.5) / len(adults)) for rank, i in enumerate(adults)}
        for i in members:
            words = traits[i].traits
            reason = ailments.admission_reason(child(seed, "reason", i), words) if inside[i] else ""
            bodies[i] = _body(rng, words, ages.get(i, 0.0), reason)
    return [bodies[i] for i in range(len(splits))]


def _body(rng: Random, traits: frozenset[str], age: float, reason: str) -> _Body:
    least = max((_LEAST[t] for t in sorted(traits) if t in _LEAST), default=19)
    if age < least:
        age = least + between(rng, 0, 8)
    share = (
        HOSPITAL_FEMALE - 0.06 + sum(_WOMEN.get(t, 0.0) for t in sorted(traits))
    )  # they add 0.06 on average
    share += 0.09 if age >= 80 else 0.0
    sex: Sex = "female" if rng.random() < share else "male"
    if traits & _MOTHERS:
        sex, age = "female", between(rng, 20, 40)
    return _Body(sex, age, reason)


def _roles(
    seed: int,
    splits: Sequence[Split],
    inside: Sequence[bool],
    traits: Sequence[ailments.Ailments],
    bodies: Sequence[_Body],
) -> list[_Role]:
    """The acutely ill of those in hospital are in intensive care; the old and sick of the others have died."""
    places: list[Place] = ["ward" if within else "home" for within in inside]
    for split in ("core", "dev"):
        rng = child(seed, "places", split)
        members = [i for i, mine in enumerate(splits) if mine == split]
        acute = {i: ailments.REASONS[bodies[i].reason].icu ** 1.5 for i in members if inside[i]}
        for i in _drawn(rng, acute, _ICU[split]):
            places[i] = "icu"
        frail = {
            i: death_rate(bodies[i].sex, bodies[i].age) * (1 + len(traits[i].traits)) ** 2
            for i in members
            if not inside[i] and traits[i].traits.isdisjoint(_MOTHERS)
        }
        for i in _drawn(rng, frail, _DEAD[split]):
            places[i] = "dead"
    return [_Role(split, place) for split, place in zip(splits, places, strict=True)]


def _drawn(rng: Random, weights: Mapping[int, float], many: int) -> list[int]:
    """So many of the keys, without putting back, heavier ones more readily."""
    left = dict(weights)
    chosen: list[int] = []
    while len(chosen) < many:
        chosen.append(weighted(rng, tuple(left.items())))
        del left[chosen[-1]]
    return chosen


def _assign_beds(seed: int, roles: Sequence[_Role], bodies: Sequence[_Body]) -> list[Bed | None]:
    """A bed on the ward that fits the reason; on another where that is full."""
    rng = child(seed, "beds")
    free = list(house(seed).beds)
    rng.shuffle(free)
    beds: list[Bed | None] = []
    for role, body in zip(roles, bodies, strict=True):
        if role.place not in {"ward", "icu"}:
            beds.append(None)
            continue
        ward = ward_for(_words(body.reason), icu=role.place == "icu", rng=rng)
        near = [bed for bed in free if bed.ward == ward]
        near += [bed for bed in free if bed.ward in (ICUS if role.place == "icu" else _MEDICAL)]
        bed = near[0]
        free.remove(bed)
        beds.append(bed)
    return beds


def _words(reason: str) -> str:
    return f"{reason} {ailments.REASONS[reason].text}"


def _charted(
    seed: int,
    index: int,
    role: _Role,
    traits: ailments.Ailments,
    *,
    body: _Body,
    bed: Bed | None,
    days: float,
) -> Person:
    rng = child(seed, "person", index)
    born = _birth_date(rng, body.age)
    deceased = _death(rng) if role.place == "dead" else None
    height = round((176 if body.sex == "male" else 163) + 7 * normal(rng), 0)
    bmi = max(18.0, 27.5 + 5.5 * normal(rng) + (3 if "diabetes-2" in traits.traits else 0))
    known = _identity(child(seed, "identity", index), body.sex, born, deceased)
    known["details"] |= _team(seed, child(seed, "team", index), body.reason, role, bed, born=born)
    known["details"] |= {"reason": body.reason, "days": days}
    return Person(
        index=index,
        id=opaque_id(seed, "Patient", index),
        mrn=_mrn(seed, index),
        has_chart=True,
        split=role.split,
        traits=traits.traits,
        egfr=traits.egfr,
        weight_kg=round(bmi * (height / 100) ** 2, 1),
        height_cm=height,
        stay=_stay(seed, index, role, body.reason, bed) if bed else None,
        **known,
    )


def _name_only(seed: int, index: int) -> Person:
    rng = child(seed, "person", index)
    sex: Sex = "female" if rng.random() < CITY_FEMALE else "male"
    age = _city_ages(seed)[index - CHARTS]
    if age > 60 and rng.random() < (age - 60) / 130:
        sex = "female"  # women live longer
    born = NOW.date() - timedelta(days=1 + int(age * _YEAR))
    known = _identity(child(seed, "identity", index), sex, born, _died(rng, sex, age))
    known["details"] |= _team(seed, child(seed, "team", index), born=born)
    return Person(
        index=index,
        id=opaque_id(seed, "Patient", index),
        mrn=_mrn(seed, index),
        has_chart=False,
        split="core" if index % 2 == 0 else "dev",
        **known,
    )


@lru_cache(maxsize=8)
def _city_ages(seed: int) -> tuple[float, ...]:
    """Ages of the people without a chart: the same deck for every seed and either split, shuffled."""
    half = NAME_ONLY // 2
    ages = [0.0] * NAME_ONLY
    for parity in (0, 1):
        deck = [age_at(CITY_AGES, (rank + 0.5) / half) for rank in range(half)]
        child(seed, "city ages", parity).shuffle(deck)
        ages[parity::2] = deck
    return tuple(ages)


def _identity(rng: Random, sex: Sex, born: date, deceased: datetime | None) -> dict[str, Json]:
    """The fields of a Person that say who somebody is and how to reach them."""
    last = deceased.date() if deceased else NOW.date()
    about = background(rng, sex, born, last, draw_origin(rng))
    names = personal_names(rng, sex, born, about, last)
    about["contacts"] = kin(rng, sex, born, last, about=about, names=names)
    return {
        "names": names,
        "gender": sex,
        "birth_date": born,
        "deceased": deceased,
        "details": {"about": about},
        **contacts(rng, born, last),
    }


def _hospital_days(seed: int, traits: Sequence[ailments.Ailments]) -> list[float]:
    """How many days of five years each chart spends in hospital: the same skewed deck for every seed.

    The sicker have more, loosely; people who ail of nothing lasting have been in hospital for a day or two at most.
    """
    rng = child(seed, "days")
    deck = [
        exp(_DAYS_LOG_MEAN + _DAYS_LOG_SD * NormalDist().inv_cdf((i + 0.5) / CHARTS)) for i in range(CHARTS)
    ]
    burden = [len(t.traits) + (2 if t.egfr < 30 else 0) + 2.0 * normal(rng) for t in traits]
    days = [0.0] * CHARTS
    for day, index in zip(
        deck, sorted(range(CHARTS), key=lambda i: (bool(traits[i].traits), burden[i])), strict=True
    ):
        well = not traits[index].traits
        days[index] = round(between(rng, 0, 2.5), 1) if well else round(min(day, _DAYS_MOST), 1)
    return days


def _birth_date(rng: Random, age: float) -> date:
    return NOW.date() - timedelta(days=int(age * _YEAR) + rng.randrange(300))


def _death(rng: Random) -> datetime:
    return local(int(NOW.timestamp()) - int(between(rng, 20, 700) * DAY) // 60 * 60)


def _died(rng: Random, sex: Sex, age: float) -> datetime | None:
    """Goes through the years that the records reach back, and says when somebody of that age (were they alive) died."""
    for years in range(DEATH_YEARS, 0, -1):
        if age > years and rng.random() < death_rate(sex, age - years):
            back = between(rng, max(years - 1, 0.05), years)
            return local(int(NOW.timestamp()) - int(back * _YEAR * DAY) // 60 * 60)
    return None


def _mrn(seed: int, index: int) -> str:
    """Eight digits; a bijection of the index, so that no two are alike."""
    offset = child(seed, "mrn").randrange(90_000_000)
    return str(10_000_000 + (offset + index * 7_368_787) % 90_000_000)


def _team(
    seed: int, rng: Random, reason: str = "", role: _Role | None = None, bed: Bed | None = None, *, born: date
) -> dict[str, Json]:
    """Who cares for somebody: attending and nurse of the ward in hospital, and those at the clinic."""
    staff = house(seed)
    young = (NOW.date() - born).days < ADULT * _YEAR
    primary = rng.choice(
        staff.of_specialty("Pediatrics" if young else "Internal medicine", "Family medicine")
    )
    nurses = staff.nurses_of(bed.ward if bed else CLINIC)
    chosen = {"physician": primary, "nurse": rng.choice(nurses), "primary": primary}
    chosen["clinic-nurse"] = rng.choice(staff.nurses_of(CLINIC))
    if bed and role:
        chosen["physician"] = attending(staff, rng, _words(reason), icu=role.place == "icu")
        for other in ("pharmacist", "dietitian", "physical-therapist"):
            chosen[other] = rng.choice(staff.of_role(other))
    chosen["social-worker"] = rng.choice(staff.of_role("social-worker"))
    return {"hospital": staff.id, "team": {key: [p.id, p.display] for key, p in chosen.items()}}


def _stay(seed: int, index: int, role: _Role, reason: str, bed: Bed) -> Stay:
    rng = child(seed, "stay", index)
    days = between(rng, 2.2, 6.5) if rng.random() < 0.6 else between(rng, 6.5, 19)
    if rng.random() < 0.08:
        days = between(rng, 0.5, 1.6)
    admitted = local((int(NOW.timestamp()) - int(days * DAY)) // HOUR * HOUR + 60 * rng.randrange(60))
    return Stay(
        encounter_id=opaque_id(seed, "Encounter", index, "current"),
        admitted=admitted,
        unit="icu" if role.place == "icu" else "ward",
        ward=bed.ward,
        bed=bed.name,
        location_id=bed.id,
        reason=ailments.REASONS[reason].text,
    )
