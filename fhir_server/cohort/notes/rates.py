"""How often what is wrong with notes happens: one table, stated as shares of the notes named.

Copying forward is far commoner in real records: in 23,630 progress notes of one hospital's medicine service 46 % of the
text was copied (Wang et al., JAMA Intern Med 2017;177:1212). The other rates are judgement: rare, but so that a hundred
charts hold some of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..clock import DAY

QUIET = 4.5 * DAY
"""Before now, in the stay that goes on: nothing here happens but a copied examination."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One kind of mess: the share of `of`, and the band in which a hundred charts should find it."""

    share: float
    low: float
    high: float
    of: str
    what: str


RATES: Mapping[str, Rate] = {
    "note-copied-forward": Rate(
        0.24,
        0.15,
        0.25,
        "progress",
        "a progress note repeats a part of the one of the day before word for word",
    ),
    "note-contradicts": Rate(
        0.09, 0.03, 0.10, "progress", "what was copied holds a value or an oxygen flow that is no longer true"
    ),
    "note-wrong-patient": Rate(
        0.006,
        0.002,
        0.012,
        "progress",
        "a note about somebody else, retracted, with an addendum that says so",
    ),
    "note-addendum": Rate(0.035, 0.02, 0.06, "progress", "an addendum, which appends to a note"),
    "note-typo": Rate(0.05, 0.02, 0.08, "all", "a slip of the keyboard"),
}
"""Keys are those of `ChartBuilder.tally`."""
