"""Red cells by threshold: what every illness with loss of blood shares.

Source: AABB international guideline 2023: transfuse below 7 g/dL; below 8 in heart disease or orthopedic surgery.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import between
from ..clock import HOUR
from ..courses.case import Case

_HEART = ("coronary-disease", "heart-failure")


def threshold(case: Case, *, surgical: bool = False) -> float:
    """The hemoglobin (g/dL) under which red cells are given."""
    return 8.0 if surgical or case.life.has(*_HEART) else 7.0


def watch_hemoglobin(case: Case, limit: float) -> None:
    """Gives one unit under the limit, two well under it, and looks again afterwards."""
    last = [0.0]

    def react(values: Mapping[str, float], at: float) -> None:
        found = values.get("hemoglobin")
        if found is None or round(found, 1) >= limit or at < last[0] + 7 * HOUR:
            return
        last[0] = at
        units = 2 if found < limit - 0.9 else 1
        given = at + between(case.rng, 0.5, 1.6) * HOUR
        case.transfuse(given, units)
        case.draw(given + (units * 2.6 + between(case.rng, 1, 3)) * HOUR, "hemoglobin", "hematocrit")

    case.watchers.append(react)


def lose(case: Case, at: float, grams: float, hours: float, *, already: float = 0.0) -> None:
    """Hemoglobin falls by so many g/dL with a lag of some hours (dilution), then marrow makes it up over weeks.

    What an earlier loss left is kept; `already` is the share that was lost before; iron goes with the cells.
    """
    body = case.body
    body.process("blood-loss", _LOSS)
    before = body.level("blood-loss", at)
    lost = before + grams
    body.set_level("blood-loss", before + already * grams, at)
    body.aim("blood-loss", lost, hours, at)
    recover = at + hours * 3.2 * HOUR
    case.life.at(recover, lambda when: body.aim("blood-loss", 0.08 * lost, 22 * 24, when))


_LOSS = {
    "hemoglobin": -1.0,
    "rdw": 0.18,
    "iron": -7,
    "ferritin": -0.09,
    "albumin": -0.07,
    "calcium": -0.04,
    "platelets": 0.015,
}
