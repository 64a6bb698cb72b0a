"""The body behind the laboratory: shared factors and own drift, so that results of one draw belong together.

Each analyte is a baseline of the person, plus an Ornstein-Uhlenbeck deviation (part shared with its kin, part its
own), plus the effect of the illness that brought the person in, which fades. Skewed analytes live on logarithms.
Parameters: see docs/cohort.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from random import Random

from ..chance import normal
from ..clock import DAY, HOUR
from ..plan import Person

_FACTORS = {"volume": 160, "renal": 300, "acid": 90, "inflammation": 150, "liver": 300, "marrow": 200}
"""Shared factors and their time constants in hours."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How one analyte moves: a healthy mean, spread between people, spread within a stay, time constant in hours."""

    mean: float
    between: float
    within: float
    hours: float
    logs: bool = False
    loads: tuple[tuple[str, float], ...] = ()


TRENDS: Mapping[str, Trend] = {
    "sodium": Trend(139, 1.8, 2.9, 160, loads=(("volume", 0.87),)),
    "chloride": Trend(103.5, 2.2, 3.4, 160, loads=(("volume", 0.85), ("acid", -0.35))),
    "potassium": Trend(4.05, 0.22, 0.42, 37, loads=(("renal", 0.25),)),
    "co2": Trend(25.5, 1.3, 2.4, 200, loads=(("acid", 0.8),)),
    "bun": Trend(log(16), 0.2, 0.33, 300, True, (("renal", 0.8),)),
    "creatinine": Trend(0.0, 0.0, 0.2, 300, True, (("renal", 0.8),)),
    "glucose": Trend(log(108), 0.08, 0.2, 29, True),
    "calcium": Trend(9.1, 0.25, 0.42, 90, loads=(("liver", -0.2),)),
    "magnesium": Trend(1.98, 0.12, 0.22, 60, loads=(("renal", 0.4),)),
    "phosphate": Trend(3.4, 0.35, 0.7, 100, loads=(("renal", 0.6),)),
    "albumin": Trend(3.7, 0.3, 0.28, 300, loads=(("inflammation", -0.5),)),
    "total-protein": Trend(6.8, 0.35, 0.35, 300, loads=(("inflammation", -0.4),)),
    "bilirubin": Trend(log(0.6), 0.3, 0.25, 300, True, (("liver", 0.7),)),
    "alt": Trend(log(22), 0.35, 0.4, 300, True, (("liver", 0.85),)),
    "ast": Trend(log(24), 0.3, 0.42, 300, True, (("liver", 0.85),)),
    "alkaline-phosphatase": Trend(log(78), 0.25, 0.2, 300, True, (("liver", 0.5),)),
    "hemoglobin": Trend(0.0, 0.9, 0.75, 97, loads=(("marrow", 0.5),)),
    "mcv": Trend(89, 4, 0.9, 800),
    "rdw": Trend(13.8, 0.9, 0.4, 800),
    "wbc": Trend(log(7.8), 0.22, 0.28, 150, True, (("inflammation", 0.7),)),
    "platelets": Trend(log(225), 0.28, 0.22, 200, True, (("inflammation", 0.65), ("liver", -0.3))),
    "inr": Trend(log(1.05), 0.05, 0.09, 150, True, (("liver", 0.5),)),
    "aptt": Trend(log(30), 0.06, 0.1, 80, True),
    "lactate": Trend(log(1.3), 0.15, 0.3, 60, True, (("acid", -0.6),)),
    "crp": Trend(log(6), 0.6, 0.7, 70, True, (("inflammation", 0.8),)),
}

_RENAL_LOG = {"bun": 0.62, "phosphate": 0.22}

_ILLNESS: Mapping[str, Mapping[str, float]] = {
    "heart-failure": {"sodium": -3.5, "bun": 0.3, "creatinine": 0.15, "potassium": -0.2},
    "pneumonia": {"wbc": 0.5, "lactate": 0.25, "sodium": -2, "crp": 2.6, "hemoglobin": -0.5},
    "copd": {"wbc": 0.25, "co2": 3.5, "glucose": 0.2, "crp": 1.2},
    "sepsis": {
        "wbc": 0.7,
        "lactate": 0.9,
        "creatinine": 0.4,
        "bun": 0.3,
        "platelets": -0.4,
        "crp": 3.2,
        "co2": -4,
    },
    "uti": {"wbc": 0.45, "crp": 2.4, "creatinine": 0.12},
    "kidney": {"creatinine": 0.8, "bun": 0.7, "potassium": 0.5, "phosphate": 0.9, "co2": -3},
    "gi-bleed": {"hemoglobin": -3.2, "bun": 0.5, "platelets": -0.1, "lactate": 0.3},
    "cellulitis": {"wbc": 0.4, "crp": 2.2},
    "afib": {"potassium": -0.25, "magnesium": -0.15},
    "chest-pain": {"glucose": 0.08},
    "stroke": {"glucose": 0.15, "wbc": 0.12},
    "hip": {"hemoglobin": -2.2, "wbc": 0.3, "crp": 2.5},
    "liver": {"bilirubin": 1.4, "inr": 0.35, "sodium": -5, "ast": 0.6, "platelets": -0.5, "albumin": -0.7},
    "ketoacidosis": {
        "glucose": 1.3,
        "co2": -11,
        "potassium": 0.7,
        "sodium": -5,
        "chloride": -3,
        "phosphate": 0.8,
    },
    "pancreatitis": {"wbc": 0.5, "calcium": -0.7, "glucose": 0.25, "ast": 0.8, "alt": 0.8},
    "preterm": {"wbc": 0.4, "crp": 2.0, "hemoglobin": -0.6},
}
_FADE_DAYS = 3.5
_AT_HOME = 0.4
"""How much of the spread within a stay there is between visits of somebody at home."""


class Body:
    """The state of one person; `at(seconds)` moves it forward and gives every analyte.

    Times must not go back. Values are in the analyte's unit, not yet rounded.
    """

    def __init__(self, person: Person, now: float, rng: Random) -> None:
        self.person = person
        self._now = now
        self._rng = rng
        self._female = person.gender == "female"
        self._born = person.birth_date.toordinal()
        self._factors = {name: normal(rng) for name in _FACTORS}
        self._own = {name: normal(rng) for name in TRENDS}
        self._base = {name: trend.mean + trend.between * normal(rng) for name, trend in TRENDS.items()}
        self._rests = {name: sqrt(1 - sum(w * w for _, w in t.loads)) for name, t in TRENDS.items()}
        self._time = 0.0
        self._illness: Mapping[str, float] = {}
        self._onset = 0.0
        self._severity = 1.0
        self._adjust()

    def _adjust(self) -> None:
        """Bends the baselines to the person's lasting conditions."""
        base, traits = self._base, self.person.traits
        base["hemoglobin"] += 13.4 if self._female else 14.6
        if "anemia" in traits:
            base["hemoglobin"] -= 2.2
            base["rdw"] += 1.5
        if "diabetes-2" in traits or "diabetes-1" in traits:
            base["glucose"] += 0.35
        if traits & {"ckd-4", "ckd-5", "dialysis"}:
            base["hemoglobin"] -= 1.3
            base["potassium"] += 0.35
            base["co2"] -= 2.5
        if "cirrhosis" in traits:
            base["bilirubin"] += 0.7
            base["platelets"] -= 0.6
            base["inr"] += 0.25
            base["albumin"] -= 0.6
            base["sodium"] -= 2
        if "heart-failure" in traits:
            base["sodium"] -= 1.2
        if "copd" in traits:
            base["co2"] += 1.5
        if "pregnant" in traits:
            base["hemoglobin"] -= 1.6
            base["albumin"] -= 0.5

    def fall_ill(self, reason: str, at: float, severity: float) -> None:
        """Begins an illness: its effects are full at `at` and fade over days."""
        self._illness, self._onset, self._severity = _ILLNESS[reason], at, severity

    def egfr(self, at: float) -> float:
        """The steady eGFR at a time: it has fallen slowly to what the plan says for now."""
        years = (self._now - at) / (365.25 * DAY)
        loss = 1.6 if self.person.egfr < 60 else 0.7
        return min(118.0, self.person.egfr + loss * years)

    def creatinine_for(self, egfr: float, age: float) -> float:
        """Serum creatinine in mg/dL at which the 2021 CKD-EPI equation gives `egfr`."""
        kappa, alpha, sex = (0.7, -0.241, 1.012) if self._female else (0.9, -0.302, 1.0)
        ratio = egfr / (142 * 0.9938**age * sex)
        return kappa * (ratio ** (1 / -1.2) if ratio < 1 else ratio ** (1 / alpha))

    def egfr_of(self, creatinine: float, age: float) -> float:
        """The 2021 CKD-EPI equation."""
        kappa, alpha, sex = (0.7, -0.241, 1.012) if self._female else (0.9, -0.302, 1.0)
        ratio = creatinine / kappa
        return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * sex

    def age(self, at: float) -> float:
        """Age in years."""
        return (at / DAY + 719163 - self._born) / 365.25

    def at(self, seconds: float, *, at_home: bool = False) -> dict[str, float]:
        """Every analyte of `TRENDS` and what follows from them."""
        hours = max(0.0, (seconds - self._time) / HOUR)
        self._time = seconds
        self._step(hours)
        days_ill = (seconds - self._onset) / DAY
        ill = self._severity * exp(-days_ill / _FADE_DAYS) if 0 <= days_ill < 30 else 0.0
        spread = _AT_HOME if at_home else 1.0
        egfr = self.egfr(seconds)
        age = self.age(seconds)
        renal = max(0.0, log(75 / egfr)) if egfr < 75 else 0.0
        values: dict[str, float] = {}
        factors, own, illness = self._factors, self._own, self._illness
        for name, trend in TRENDS.items():
            drift = self._rests[name] * own[name]
            for factor, weight in trend.loads:
                drift += weight * factors[factor]
            x = self._base[name] + spread * trend.within * drift
            if ill and name in illness:
                x += ill * illness[name]
            if renal and name in _RENAL_LOG:
                x += renal * _RENAL_LOG[name] * (1 if trend.logs else 2.5)
            values[name] = exp(x) if trend.logs else x
        values["creatinine"] *= self.creatinine_for(egfr, age)
        return self._derive(values, age)

    def _step(self, hours: float) -> None:
        rng = self._rng
        for name, tau in _FACTORS.items():
            keep = exp(-hours / tau)
            self._factors[name] = keep * self._factors[name] + sqrt(1 - keep * keep) * normal(rng)
        for name, trend in TRENDS.items():
            keep = exp(-hours / trend.hours)
            self._own[name] = keep * self._own[name] + sqrt(1 - keep * keep) * normal(rng)

    def _derive(self, v: dict[str, float], age: float) -> dict[str, float]:
        rng = self._rng
        v["potassium"] = max(2.6, min(6.6, v["potassium"]))
        v["magnesium"] = max(1.0, v["magnesium"])
        v["phosphate"] = max(1.0, v["phosphate"])
        v["albumin"] = max(1.5, min(5.2, v["albumin"]))
        v["hemoglobin"] = max(6.2, v["hemoglobin"])
        v["co2"] = max(9.0, v["co2"])
        v["creatinine"] = max(0.35, v["creatinine"])
        v["inr"] = max(0.9, v["inr"])
        v["egfr"] = self.egfr_of(round(v["creatinine"], 2), age)
        v["crp"] = min(v["crp"], 420.0)
        v["chloride"] = min(v["chloride"], v["sodium"] + v["potassium"] - v["co2"] - 6)
        whole = [round(v[name]) for name in ("sodium", "chloride", "co2")]
        v["anion-gap"] = whole[0] + round(v["potassium"], 1) - whole[1] - whole[2]
        v["hematocrit"] = v["hemoglobin"] * (2.98 + 0.05 * normal(rng))
        v["rbc"] = 10 * v["hematocrit"] / v["mcv"]
        v["mch"] = 10 * v["hemoglobin"] / v["rbc"]
        v["mchc"] = 100 * v["hemoglobin"] / v["hematocrit"]
        v["pt"] = 11.6 * v["inr"] ** 0.93
        v["bilirubin-direct"] = 0.25 * v["bilirubin"]
        return v
