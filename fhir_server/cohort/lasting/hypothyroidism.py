"""Hypothyroidism: levothyroxine up or down by TSH, six to twelve weeks apart, then once a year.

Source: ATA guideline 2014 (TSH again four to eight weeks after each change, yearly when stable; about 1.6 ug/kg a day, less
in the old and where some gland is left).
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .classes import swap, taken_of
from .habit import long_taken
from .model import Lasting
from .recall import last_told

_TABLETS = ("levothyroxine-25", "levothyroxine-50", "levothyroxine", "levothyroxine-100", "levothyroxine-125")
"""By strength; the one without a number is 75 micrograms."""
_UG = (25, 50, 75, 100, 125)
_BRIEF = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})


def begin(life: Life) -> None:
    """A gland that gives too little; most are near their dose, some are found in these years."""
    rng, body, first = life.stream("thyroid"), life.body, life.timeline.first
    need = rng.choice((1, 2, 2, 3, 3, 4))
    body.process("thyroid", {"tsh": 1.0, "cholesterol": 7, "heart-rate": -1.0})
    lack = 1.5 * _UG[need] / 75 + between(rng, -0.15, 0.25)
    onset = (
        first - between(rng, 0.3, 14) * 365 * DAY
        if rng.random() < 0.8
        else first + between(rng, 60, 900) * DAY
    )
    if onset < first:
        body.set_level("thyroid", lack, first)
        body.aim("thyroid", lack + between(rng, 0.0, 0.4), 24 * 365 * 3, first)
        life.problem("hypothyroidism", onset)
        life.know(
            first,
            "history",
            "thyroid",
            rng.choice(
                (
                    "underactive thyroid for years",
                    "thyroid removed years ago",
                    "thyroid inflammation long ago",
                )
            ),
        )
        start = max(0, min(len(_TABLETS) - 1, need + rng.choice((-1, 0, 0, 0, 1))))
        long_taken(life, _TABLETS[start], first + between(rng, 1, 20) * DAY)
    else:
        life.at(onset - 60 * DAY, lambda at: body.aim("thyroid", lack, 24 * 25, at))
        life.at(onset, lambda at: life.problem("hypothyroidism", at))
    if life.person.gender == "female" and rng.random() < 0.4:
        life.know(
            first,
            "family",
            "thyroid",
            rng.choice(("thyroid disease in the mother", "a sister on thyroid tablets")),
        )


def visit(life: Life, clinic: Clinic) -> None:
    """TSH when due, a step by its result."""
    if (
        clinic.purpose in _BRIEF
        or "hypothyroidism" not in life.problems
        or clinic.at < life.problems["hypothyroidism"]
    ):
        return
    rng, tsh = clinic.rng, clinic.last("tsh")
    changed = last_told(life, "levothyroxine")
    recent = clinic.at - changed < 200 * DAY and life.results.get("tsh", (0.0, 0.0))[0] < changed + 35 * DAY
    if clinic.due("tsh", 330) or (recent and clinic.at > changed + 38 * DAY):
        clinic.want("tsh")
    if tsh is None:
        return
    drug = taken_of(life, _TABLETS)
    fresh = life.results["tsh"][0] > changed + 30 * DAY
    if not drug and tsh > 5:
        _take(life, clinic, "", _TABLETS[1 if tsh < 12 else 2], "levothyroxine begun")
    elif drug and fresh and tsh > 5.5 and rng.random() < 0.8:
        if rng.random() < 0.25:
            clinic.know(
                "social",
                "levothyroxine",
                rng.choice(
                    ("takes levothyroxine with breakfast and coffee", "skips levothyroxine now and then")
                ),
            )
        else:
            _take(life, clinic, drug, _next(drug, 1), "levothyroxine raised")
    elif drug and fresh and tsh < 0.35 and rng.random() < 0.8:
        _take(life, clinic, drug, _next(drug, -1), "levothyroxine lowered")
    if rng.random() < 0.2:
        words = (
            ("tired and cold", "dry skin, a little constipated")
            if tsh > 5
            else ("no thyroid symptoms", "energy is good")
        )
        clinic.know("symptom", "thyroid", rng.choice(words))


def _next(drug: str, step: int) -> str:
    return _TABLETS[max(0, min(len(_TABLETS) - 1, _TABLETS.index(drug) + step))]


def _take(life: Life, clinic: Clinic, old: str, new: str, told: str) -> None:
    if old == new:
        return
    at = clinic.at + 1400
    if old:
        swap(life, old, new, at)
    else:
        life.start_home(new, at)
    clinic.know("treatment", "levothyroxine", told)


def visits(_person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """Now and then a visit for the thyroid."""
    at = first + between(rng, 40, 300) * DAY
    while at < last:
        yield at, "follow-up"
        at += between(rng, 260, 420) * DAY


HYPOTHYROIDISM = Lasting("hypothyroidism", begin, visit, visits)
