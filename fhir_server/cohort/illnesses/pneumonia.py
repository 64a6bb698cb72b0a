"""Community-acquired pneumonia: fever and hypoxia that turn on antibiotics, or do not at first.

Sources: ATS/IDSA guideline 2019 (ceftriaxone with azithromycin; at least five days); median time to clinical
stability about three days (Halm et al., JAMA 1998).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .model import Illness

_LOADS = {
    "temperature": 1.9, "heart-rate": 22, "respiratory-rate": 8, "spo2": -7.5, "systolic": -9, "wbc": 0.62, "crp": 3.4,
    "procalcitonin": 2.4, "lactate": 0.35, "sodium": -3.0, "albumin": -0.5, "glucose": 0.08, "platelets": 0.12, "pain": 1.6,
}  # fmt: skip


def admit(case: Case) -> None:
    """Ill for days before; antibiotics turn it after a day or so."""
    body, rng, start = case.body, case.rng, case.start
    body.process("pneumonia", _LOADS)
    body.set_level("pneumonia", 0.75 * case.severity, start)
    body.aim("pneumonia", 1.05 * case.severity, 14, start)

    def treated(at: float) -> None:
        lag = between(rng, 8, 26) * case.severity
        case.at(at + lag * HOUR, lambda when: body.aim("pneumonia", 0.06, between(rng, 36, 70), when))

    side = rng.choice(("right lower lobe", "left lower lobe", "right middle lobe", "left upper lobe"))
    days = between(rng, 5, 7)
    case.order(
        "ceftriaxone", start + between(rng, 0.8, 2.5) * HOUR, until=start + days * DAY, on_first=treated
    )
    case.order("azithromycin", start + between(rng, 1, 3) * HOUR, until=start + 4.9 * DAY)
    case.draw(start + 0.6 * HOUR, "lactate", "procalcitonin", "crp", "blood-culture")
    case.image("chest-xray", start + between(rng, 0.7, 2) * HOUR, f"Patchy {side} opacity, consistent with pneumonia.",
               fact=f"patchy {side} opacity on chest x-ray")  # fmt: skip
    case.diagnose("pneumonia", start + 2 * HOUR)
    case.know("symptom", "cough", f"cough with sputum for {rng.choice(('two', 'three', 'four'))} days")
    case.know("symptom", "fever", "fevers and chills at home", until=start + 2 * DAY)
    case.know("sign", "crackles", f"crackles over the {side}", until=start + 0.7 * case.days * DAY)
    case.denies(("chest pain", "chest pain"), ("hemoptysis", "coughing up blood"))
    case.know("plan", "antibiotics", f"antibiotics for {round(days)} days in all")


def morning(case: Case, day: int, at: float) -> None:
    """Inflammation is followed every other day."""
    if day % 2 == 0 and day < 8:
        case.draw(at + between(case.rng, 1, 5) * HOUR, "crp")


PNEUMONIA = Illness("pneumonia", admit, morning)
