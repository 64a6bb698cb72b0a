"""Medicines that somebody has taken for long when the chart begins: their effect is there already."""

from __future__ import annotations

from ..codes import DRUGS
from ..courses.life import Life
from ..physiology.remedies import REMEDIES


def long_taken(life: Life, drug: str, at: float, *, dose: float | None = None) -> None:
    """Prescribes a medicine whose lasting effect is full from the first day."""
    life.start_home(drug, at, dose=dose)
    remedy = REMEDIES.get(drug)
    if life.takes(drug) and remedy and remedy.lasting:
        usual = DRUGS[drug].dose
        life.body.set_level(
            f"drug:{drug}", life.sensitivity.get(drug, 1.0) * (dose or usual) / usual, life.timeline.first
        )
