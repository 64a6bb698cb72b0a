"""Deals the people of a seed: who they are, what ails them, where they lie. Then the scenes place their situations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import exp
from random import Random
from statistics import NormalDist
from typing import Literal

from . import ailments
from .chance import between, child, normal, opaque_id
from .clock import DAY, HOUR, local
from .demographics import contacts, personal_names
from .hospital import ICUS, Bed, house
from .plan import NOW, Json, Person, Placement, Plan, Stay
from .scenes.registry import ADJUSTMENTS, SCENES

CHARTS = 100
CORE = 70
NAME_ONLY = 600
_DAYS_LOG_MEAN, _DAYS_LOG_SD, _DAYS_MOST = 3.8, 0.85, 230
_INPATIENTS = {"core": 52, "dev": 23}
_ICU = {"core": 8, "dev": 4}
_DEAD = {"core": 3, "dev": 1}

Split = Literal["core", "dev"]


@dataclass(frozen=True, slots=True)
class _Role:
    """What somebody with a chart is at `NOW`."""

    split: Split
    place: Literal["ward", "icu", "home", "dead"]


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
    roles = _roles(seed)
    traits = ailments.deal(seed, [(r.split, r.place in {"ward", "icu"}) for r in roles])
    beds = _assign_beds(seed, roles)
    days = _hospital_days(seed, traits)
    charted = [_charted(seed, i, role, traits[i], beds[i], days=days[i]) for i, role in enumerate(roles)]
    return charted + [_name_only(seed, CHARTS + n) for n in range(NAME_ONLY)]


def _roles(seed: int) -> list[_Role]:
    roles: list[_Role] = []
    sizes: dict[Split, int] = {"core": CORE, "dev": CHARTS - CORE}
    for split, size in sizes.items():
        icu, dead, inside = _ICU[split], _DEAD[split], _INPATIENTS[split]
        block = [_Role(split, "icu")] * icu + [_Role(split, "ward")] * (inside - icu)
        block += [_Role(split, "dead")] * dead
        block += [_Role(split, "home")] * (size - len(block))
        child(seed, "roles", split).shuffle(block)
        roles += block
    return roles


def _assign_beds(seed: int, roles: Sequence[_Role]) -> list[Bed | None]:
    rng = child(seed, "beds")
    wards = [b for b in house(seed).beds if b.ward not in ICUS]
    units = [b for b in house(seed).beds if b.ward in ICUS]
    rng.shuffle(wards)
    rng.shuffle(units)
    pick = {"ward": wards, "icu": units}
    return [pick[r.place].pop() if r.place in pick else None for r in roles]


def _charted(
    seed: int, index: int, role: _Role, traits: ailments.Ailments, bed: Bed | None, *, days: float
) -> Person:
    rng = child(seed, "person", index)
    gender: Literal["male", "female"] = "female" if rng.random() < 0.5 else "male"
    age = min(94.0, max(24.0, 64 + 16 * normal(rng) + 4 * (len(traits.traits) - 3)))
    names = traits.traits
    if names & {"pregnant", "parous"}:
        gender, age = "female", between(rng, 21, 38)
    born = _birth_date(rng, age)
    deceased = _death(rng) if role.place == "dead" else None
    reason = _reason(seed, index, names) if bed else ""
    stay = _stay(seed, index, role, reason, bed) if bed else None
    height = round((176 if gender == "male" else 163) + 7 * normal(rng), 0)
    bmi = max(18.0, 27.5 + 5.5 * normal(rng) + (3 if "diabetes-2" in names else 0))
    return Person(
        index=index,
        id=opaque_id(seed, "Patient", index),
        mrn=_mrn(seed, index),
        names=personal_names(rng, gender, born),
        gender=gender,
        birth_date=born,
        deceased=deceased,
        has_chart=True,
        split=role.split,
        traits=names,
        egfr=traits.egfr,
        weight_kg=round(bmi * (height / 100) ** 2, 1),
        height_cm=height,
        stay=stay,
        details=_team(seed, rng) | {"reason": reason, "days": days},
        **contacts(rng, born),
    )


def _name_only(seed: int, index: int) -> Person:
    rng = child(seed, "person", index)
    gender: Literal["male", "female"] = "female" if rng.random() < 0.51 else "male"
    born = _birth_date(rng, between(rng, 0.1, 96))
    age = (NOW.date() - born).days / 365.25
    deceased = _death(rng) if age > 50 and rng.random() < 0.06 else None
    return Person(
        index=index,
        id=opaque_id(seed, "Patient", index),
        mrn=_mrn(seed, index),
        names=personal_names(rng, gender, born),
        gender=gender,
        birth_date=born,
        deceased=deceased,
        has_chart=False,
        split="core" if index % 2 == 0 else "dev",
        details=_team(seed, rng),
        **contacts(rng, born),
    )


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
    return NOW.date() - timedelta(days=int(age * 365.25) + rng.randrange(300))


def _death(rng: Random) -> datetime:
    return local(int(NOW.timestamp()) - int(between(rng, 20, 700) * DAY) // 60 * 60)


def _mrn(seed: int, index: int) -> str:
    """Eight digits; a bijection of the index, so that no two are alike."""
    offset = child(seed, "mrn").randrange(90_000_000)
    return str(10_000_000 + (offset + index * 7_368_787) % 90_000_000)


def _team(seed: int, rng: Random) -> dict[str, Json]:
    staff = house(seed)
    physicians, nurses = staff.of_role("physician"), staff.of_role("nurse")
    chosen = {
        "physician": rng.choice(physicians),
        "nurse": rng.choice(nurses),
        "primary": rng.choice(
            [p for p in physicians if p.specialty in {"Internal medicine", "Family medicine"}]
        ),
    }
    return {"hospital": staff.id, "team": {role: [p.id, p.display] for role, p in chosen.items()}}


def _reason(seed: int, index: int, traits: frozenset[str]) -> str:
    return ailments.admission_reason(child(seed, "reason", index), traits)


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
