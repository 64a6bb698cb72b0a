"""The questions of `recent-lab`: one for each line of the scene's deck. Twins ask one question of two charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...fhir_server.cohort.plan import TIME_ZONE
from .rules import STANDARD, Basis, Rules, Window

_ANY_COMMENT = Rules(spoiled=())
_EARLY_TOO = Rules(statuses=("preliminary", "final", "amended", "corrected"))
_NO_LIMITS = Rules(limits="skip")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: analyte, unit, decimals, window; `rules` is None where LB-07 on the server rules."""

    key: str
    template: str
    analyte: str
    unit: str
    decimals: int
    window: Window
    rules: Rules | None = STANDARD
    basis: Basis = "collected"


def _day(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=TIME_ZONE)


_ALL = (
    # level 1
    Question("na-day", "resident-rounds", "sodium", "mmol/L", 0, Window(24)),
    Question("ph-si", "nurse-handoff", "phosphate", "mmol/L", 2, Window(48), _NO_LIMITS),
    Question("ca-si", "fellow-call", "calcium", "mmol/L", 2, Window(24), _ANY_COMMENT),
    Question("hb-si", "pharmacist-check", "hemoglobin", "g/L", 0, Window(12, start_in=False)),
    Question("alb-home", "clerk-form", "albumin", "g/L", 0, Window(180 * 24)),
    Question("bun-si", "cross-cover", "bun", "mmol/L", 1, Window(36), _EARLY_TOO),
    # level 2
    Question("ph-hem", "attending-list", "phosphate", "mmol/L", 2, Window(24)),
    Question("na-serum", "intensivist-desk", "sodium", "mmol/L", 0, Window(12)),
    Question("lac-plasma", "cross-cover", "lactate", "mg/dL", 1, Window(24, start_in=False)),
    Question("tnt-limit", "pharmacist-check", "troponin-hs", "ng/L", 0, Window(24)),
    Question("hb-released", "resident-rounds", "hemoglobin", "g/L", 0, Window(8), basis="released"),
    Question(
        "bili-between", "clerk-form", "bilirubin", "umol/L", 0,
        Window(start=_day(8, 6), end=_day(10, 6), end_in=False),
    ),
    Question("k-blood", "nurse-handoff", "potassium-blood", "mmol/L", 1, Window(24)),
    # level 3
    Question("ph-dst", "attending-list", "phosphate", "mmol/L", 2, Window(72), None),
    Question("na-week", "quality-review", "sodium", "mmol/L", 0, Window(168), None),
    Question("ca-units", "intensivist-desk", "calcium", "mmol/L", 2, Window(120), None),
    Question("lac-icu", "fellow-call", "lactate", "mg/dL", 1, Window(96), None),
    Question("hb-week", "resident-rounds", "hemoglobin", "g/L", 0, Window(168), None),
    Question("plt-clump", "clerk-form", "platelets", "10*3/uL", 0, Window(168), None),
)  # fmt: skip

QUESTIONS = {q.key: q for q in _ALL}
