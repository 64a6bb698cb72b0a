"""The questions of `lab-aggregate`: one for each line of the scene's deck. Twins ask one question of two charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..recent_lab.rules import STANDARD, Rules, Window

Figure = Literal["mean", "median", "minimum", "maximum", "count", "change"]

_HALVES = Rules(limits="half")
_NO_LIMITS = Rules(limits="skip")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: analyte, figure, unit, decimals, window; `rules` is None where LB-08 on the server rules.

    `above` or `below` is the limit of a count, in `unit`; a value at the limit is neither.
    """

    key: str
    template: str
    analyte: str
    figure: Figure
    unit: str
    decimals: int
    window: Window
    rules: Rules | None = STANDARD
    above: str = ""
    below: str = ""


_ALL = (
    # level 1
    Question("plt-change", "pharmacist-heparin", "platelets", "change", "10*3/uL", 0, Window(72)),
    Question("lac-max", "icu-nurse", "lactate", "maximum", "mg/dL", 1, Window(24)),
    Question("hb-min", "surgeon-preop", "hemoglobin", "minimum", "g/L", 0, Window(72, start_in=False)),
    Question("bun-median", "research-desk", "bun", "median", "mmol/L", 1, Window(72)),
    Question("na-mean", "resident-trend", "sodium", "mean", "mmol/L", 1, Window(48)),
    Question("wbc-count", "audit-form", "wbc", "count", "10*3/uL", 0, Window(96), _NO_LIMITS, above="12.0"),
    # level 2
    Question("ca-mean", "consult-abroad", "calcium", "mean", "mmol/L", 2, Window(72)),
    Question("tnt-mean", "resident-trend", "troponin-hs", "mean", "ng/L", 1, Window(48), _HALVES),
    Question(
        "lac-count", "icu-nurse", "lactate", "count", "mmol/L", 0, Window(48, start_in=False), above="2.0"
    ),
    Question("hb-change", "attending-bleed", "hemoglobin", "change", "g/L", 0, Window(48)),
    Question("na-median", "research-desk", "sodium", "median", "mmol/L", 1, Window(48), _NO_LIMITS),
    Question("bili-max", "surgeon-preop", "bilirubin", "maximum", "umol/L", 0, Window(120)),
    Question("plt-min", "audit-form", "platelets", "minimum", "10*3/uL", 0, Window(72)),
    # level 3
    Question("hb-dst", "pharmacist-heparin", "hemoglobin", "minimum", "g/L", 0, Window(72), None),
    Question("lac-peak", "attending-bleed", "lactate", "maximum", "mg/dL", 1, Window(120), None),
    Question("ca-week", "dietitian-note", "calcium", "median", "mmol/L", 2, Window(120), None),
    Question("ph-count", "dietitian-note", "phosphate", "count", "mg/dL", 0, Window(120), None, below="2.5"),
    Question("na-week", "consult-abroad", "sodium", "mean", "mmol/L", 1, Window(168), None),
    Question("plt-week", "resident-trend", "platelets", "change", "10*3/uL", 0, Window(168), None),
)

QUESTIONS = {q.key: q for q in _ALL}
