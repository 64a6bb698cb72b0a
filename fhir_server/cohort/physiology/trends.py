"""How each quantity of the body moves by itself: a healthy mean, spread between people, drift and noise.

Laboratory parameters lean on statistics of the MIMIC-III Clinical Database Demo v1.4 (within-stay and between-stay
standard deviations and autocorrelations), shifted towards a general ward; variation of people at home on published
within-person variation. See docs/cohort.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

FACTORS = {"volume": 160, "renal": 300, "acid": 90, "inflammation": 150, "liver": 300, "marrow": 200}
"""Shared factors and their time constants in hours: what lets the results of one draw belong together."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One quantity.

    Attributes:
        mean: of healthy adults, in the unit of `codes.ANALYTES` or `VITALS`; of the logarithm where `logs`.
        between: standard deviation between people.
        within: standard deviation of the slow drift within a stay.
        hours: time constant of the drift.
        logs: the quantity lives on natural logarithms; shifts are then factors: 0.69 doubles it.
        loads: weights of shared factors (their squares sum to less than 1; the rest is the quantity's own).
        noise: standard deviation of the measurement itself and of minutes, on top.
    """

    mean: float
    between: float
    within: float
    hours: float
    logs: bool = False
    loads: tuple[tuple[str, float], ...] = ()
    noise: float = 0.0


# "chloride" is the drift of the anion gap (with potassium), from which `Body` reckons chloride; "hypercapnia" is carbon
# dioxide (mm[Hg]) that breathing leaves behind, which blood gases show.
LABS: Mapping[str, Trend] = {
    "sodium": Trend(139, 1.8, 2.8, 160, loads=(("volume", 0.87),), noise=0.6),
    "chloride": Trend(13.3, 1.0, 1.0, 60, noise=0.6),
    "potassium": Trend(4.05, 0.2, 0.33, 37, loads=(("renal", 0.25),), noise=0.14),
    "co2": Trend(25.5, 1.2, 1.6, 200, loads=(("acid", 0.8),), noise=0.6),
    "bun": Trend(log(14.5), 0.2, 0.25, 300, True, (("renal", 0.6), ("volume", 0.4)), 0.07),
    "creatinine": Trend(0.0, 0.0, 0.13, 300, True, (("renal", 0.7),), 0.04),
    "glucose": Trend(log(99), 0.07, 0.19, 16, True, (), 0.12),
    "calcium": Trend(9.1, 0.25, 0.32, 90, loads=(("liver", -0.2),), noise=0.15),
    "magnesium": Trend(1.96, 0.15, 0.22, 60, loads=(("renal", 0.45),), noise=0.09),
    "phosphate": Trend(3.4, 0.35, 0.5, 100, loads=(("renal", 0.6),), noise=0.22),
    "albumin": Trend(3.9, 0.25, 0.24, 300, loads=(("inflammation", -0.5),), noise=0.08),
    "total-protein": Trend(6.9, 0.35, 0.3, 300, loads=(("inflammation", -0.4),), noise=0.12),
    "bilirubin": Trend(log(0.6), 0.28, 0.18, 300, True, (("liver", 0.7),), 0.06),
    "alt": Trend(log(22), 0.35, 0.28, 300, True, (("liver", 0.85),), 0.06),
    "ast": Trend(log(24), 0.3, 0.3, 300, True, (("liver", 0.85),), 0.06),
    "alkaline-phosphatase": Trend(log(76), 0.25, 0.14, 300, True, (("liver", 0.5),), 0.04),
    "hemoglobin": Trend(14.0, 0.8, 0.55, 70, loads=(("marrow", 0.5),), noise=0.32),
    "mcv": Trend(89, 3.6, 0.8, 800, noise=0.4),
    "rdw": Trend(13.5, 0.7, 0.3, 800, noise=0.12),
    "wbc": Trend(log(7.4), 0.2, 0.26, 150, True, (("inflammation", 0.75),), 0.06),
    "platelets": Trend(log(232), 0.25, 0.2, 200, True, (("inflammation", 0.75), ("liver", -0.3)), 0.04),
    "inr": Trend(log(1.09), 0.05, 0.07, 150, True, (("liver", 0.5),), 0.045),
    "aptt": Trend(log(30), 0.06, 0.07, 80, True, (), 0.03),
    "lactate": Trend(log(1.2), 0.12, 0.2, 60, True, (("acid", -0.6),), 0.07),
    "hypercapnia": Trend(0.0, 1.0, 2.2, 30, noise=1.2),
    "crp": Trend(log(3.5), 0.6, 0.4, 70, True, (("inflammation", 0.8),), 0.05),
    "procalcitonin": Trend(log(0.06), 0.25, 0.25, 60, True, (("inflammation", 0.6),), 0.06),
    "nt-probnp": Trend(log(95), 0.6, 0.25, 200, True, (("volume", -0.3),), 0.05),
    "troponin-hs": Trend(log(7.5), 0.4, 0.15, 60, True, (), 0.06),
    "lipase": Trend(log(34), 0.35, 0.15, 80, True, (), 0.06),
    "ck": Trend(log(95), 0.4, 0.3, 80, True, (), 0.05),
    "ammonia": Trend(log(32), 0.25, 0.2, 80, True, (("liver", 0.4),), 0.08),
    "uric-acid": Trend(5.6, 1.1, 0.4, 300, loads=(("renal", 0.5),), noise=0.2),
    "ldh": Trend(log(185), 0.15, 0.15, 200, True, (("liver", 0.4),), 0.04),
    "fibrinogen": Trend(log(330), 0.15, 0.12, 100, True, (("inflammation", 0.6),), 0.04),
    "d-dimer": Trend(log(0.35), 0.4, 0.3, 100, True, (("inflammation", 0.4),), 0.08),
    "tsh": Trend(log(1.8), 0.4, 0.12, 900, True, (), 0.08),
    "cholesterol": Trend(188, 28, 7, 2000, noise=6),
    "hdl": Trend(log(50), 0.2, 0.05, 2000, True, (), 0.03),
    "triglycerides": Trend(log(118), 0.35, 0.14, 900, True, (), 0.1),
    "ferritin": Trend(log(110), 0.6, 0.12, 2000, True, (("inflammation", 0.3),), 0.05),
    "iron": Trend(92, 20, 12, 200, noise=8),
    "iron-binding-capacity": Trend(318, 28, 8, 900, noise=6),
    "pth": Trend(log(42), 0.3, 0.15, 900, True, (), 0.08),
    "beta-hydroxybutyrate": Trend(log(0.13), 0.25, 0.2, 20, True, (), 0.08),
    "albumin-creatinine-urine": Trend(log(8), 0.5, 0.25, 2000, True, (), 0.2),
    "vitamin-d": Trend(log(28), 0.3, 0.08, 2000, True, (), 0.05),
    "vitamin-b12": Trend(log(430), 0.35, 0.08, 2000, True, (), 0.05),
    "psa": Trend(log(1.1), 0.5, 0.08, 2000, True, (), 0.06),
    "cea": Trend(log(1.8), 0.35, 0.1, 1000, True, (), 0.08),
}

SIGNS: Mapping[str, Trend] = {
    "heart-rate": Trend(75, 7.5, 7.0, 4.5, noise=2.5),
    "systolic": Trend(121, 9, 10.0, 4.0, noise=5),
    "diastolic": Trend(70, 5.0, 4.2, 3.0, noise=4.2),
    "respiratory-rate": Trend(16.5, 1.0, 1.5, 4.0, noise=1.7),
    "spo2": Trend(97.0, 0.8, 1.4, 5.0, noise=0.5),
    "temperature": Trend(36.75, 0.14, 0.18, 5.7, noise=0.1),
    "weight": Trend(0.0, 0.0, 0.35, 200, noise=0.25),
    "urine": Trend(70, 12, 22, 5.0, noise=14),
    "gcs": Trend(15.0, 0.0, 0.0, 10.0),
    "pain": Trend(1.0, 0.8, 1.1, 8.0, noise=0.7),
}
"""Bedside signs; `weight` is the difference (kg) from the dry weight, `urine` is in mL/h, temperature in Cel."""

SWINGS: Mapping[str, tuple[float, float]] = {
    "heart-rate": (4.0, 15.5),
    "systolic": (5.0, 18.0),
    "diastolic": (3.0, 18.0),
    "respiratory-rate": (0.6, 17.0),
    "temperature": (0.25, 17.5),
}
"""Circadian swing: half the range, and the local hour of its peak."""
