"""The state of one person, which moves forward in time only; results and signs are read off it.

Value = healthy mean + what is lasting in the person + slow drift (partly shared) + processes + doses + noise.
A process is an illness or a habit with a level: 0 is none, 1 is what its loads say; it heads for a target with a
time constant, so that an illness grows, turns and fades. A dose is a kernel that rises and fades.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, cos, exp, log, pi, sqrt
from random import Random

from ..chance import normal
from ..clock import DAY, HOUR
from ..plan import Person
from .trends import FACTORS, LABS, SIGNS, SWINGS, Trend

_GONE = 0.004
"""A process or dose below this share is over."""
_AT_HOME = 0.45
"""How much of the drift within a stay there is in somebody who is well enough to be at home."""
_A1C_DAYS = 40.0


@dataclass(slots=True)
class Process:
    """One illness or habit at work; `loads` say what a level of 1 does to each quantity (see `Trend.logs`)."""

    loads: Mapping[str, float]
    value: float = 0.0
    target: float = 0.0
    hours: float = 24.0
    since: float = 0.0

    def level(self, at: float) -> float:
        """How far along it is at a time (seconds)."""
        if self.value == self.target:
            return self.value
        return self.target + (self.value - self.target) * exp(-max(0.0, at - self.since) / HOUR / self.hours)


@dataclass(frozen=True, slots=True)
class _Dose:
    quantity: str
    size: float
    start: float
    rise: float
    fade: float
    over: float


class Body:
    """The state of one person. Times are seconds and must not go back, for each of `labs` and `signs` apart.

    Attributes:
        person: whose body it is.
    """

    def __init__(self, person: Person, now: float, rng: Random) -> None:
        self.person = person
        self._now = now
        self._rng = rng
        self._female = person.gender == "female"
        self._born = person.birth_date.toordinal()
        self._factors = {name: normal(rng) for name in FACTORS}
        trends = {**LABS, **SIGNS}
        self._own = {name: normal(rng) for name in trends}
        self._base = {name: trend.mean + trend.between * normal(rng) for name, trend in trends.items()}
        self._rests = {name: sqrt(1 - sum(w * w for _, w in t.loads)) for name, t in LABS.items()}
        self._base["hemoglobin"] += -0.6 if self._female else 0.7
        self._drawn = self._looked = 0.0
        self._processes: dict[str, Process] = {}
        self._doses: list[_Dose] = []
        self._oxygen = self._titrated = 0.0
        self._a1c: float | None = None
        self._a1c_at = 0.0

    # -- what moves it

    def shift(self, **sizes: float) -> None:
        """Moves baselines for good; hyphens are written as underscores: `shift(hemoglobin=-1.5, nt_probnp=1.8)`."""
        for name, size in sizes.items():
            self._base[name.replace("_", "-")] += size

    def process(self, name: str, loads: Mapping[str, float]) -> None:
        """Declares what a process does at level 1. It starts at 0; declared again it takes new loads and goes on."""
        for quantity in loads:
            if quantity not in LABS and quantity not in SIGNS:
                raise KeyError(f"process {name!r} loads on {quantity!r}, which is no quantity of the body")
        if name in self._processes:
            self._processes[name].loads = loads
        else:
            self._processes[name] = Process(loads)

    def aim(self, name: str, level: float, hours: float, at: float) -> None:
        """Lets a process head for a level with a time constant of `hours` (two thirds of the way in that time)."""
        process = self._processes[name]
        process.value, process.since = process.level(at), at
        process.target, process.hours = level, max(hours, 0.01)

    def set_level(self, name: str, level: float, at: float) -> None:
        """Puts a process at a level at once."""
        process = self._processes[name]
        process.value = process.target = level
        process.since = at

    def level(self, name: str, at: float) -> float:
        """Where a process stands; 0 where there is none of that name."""
        process = self._processes.get(name)
        return process.level(at) if process else 0.0

    def dose(self, quantity: str, size: float, at: float, rise: float, fade: float) -> None:
        """A kernel: grows to about `size` over `rise` hours, then fades with the time constant `fade` hours."""
        over = at + HOUR * (rise * 3 + fade * 5)
        self._doses.append(_Dose(quantity, size, at, max(rise, 0.02), max(fade, 0.02), over))

    # -- the person

    def age(self, at: float) -> float:
        """Age in years."""
        return (at / DAY + 719163 - self._born) / 365.25

    def egfr(self, at: float) -> float:
        """The steady eGFR at a time: it has fallen slowly to what the plan says for now."""
        years = max(0.0, (self._now - at) / (365.25 * DAY))
        loss = 2.6 if self.person.egfr < 30 else 1.8 if self.person.egfr < 60 else 0.8
        return min(118.0, self.person.egfr + loss * years)

    def creatinine_for(self, egfr: float, age: float) -> float:
        """Serum creatinine in mg/dL at which the 2021 CKD-EPI equation gives `egfr`."""
        kappa, alpha, sex = (0.7, -0.241, 1.012) if self._female else (0.9, -0.302, 1.0)
        ratio = egfr / (142 * 0.9938**age * sex)
        return kappa * (ratio ** (1 / -1.2) if ratio < 1 else ratio ** (1 / alpha))

    def egfr_of(self, creatinine: float, age: float) -> float:
        """The 2021 CKD-EPI equation: mL/min/{1.73_m2} from mg/dL."""
        kappa, alpha, sex = (0.7, -0.241, 1.012) if self._female else (0.9, -0.302, 1.0)
        ratio = creatinine / kappa
        return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * sex

    # -- what is read off it

    def labs(self, at: float, *, at_home: bool = False) -> dict[str, float]:
        """Every analyte of `LABS` and what follows from them, in the units of `codes.ANALYTES`, not yet rounded."""
        self._drift_labs(max(0.0, (at - self._drawn) / HOUR))
        self._drawn = at
        shifts = self._shifts(at)
        spread = _AT_HOME if at_home else 1.0
        age, egfr = self.age(at), self.egfr(at)
        renal = log(75 / egfr) if egfr < 75 else 0.0
        values: dict[str, float] = {}
        factors, own, rng, base = self._factors, self._own, self._rng, self._base
        slow_glucose = base["glucose"] + self._lasting_glucose(at)
        for name, trend in LABS.items():
            drift = self._rests[name] * own[name]
            for factor, weight in trend.loads:
                drift += weight * factors[factor]
            x = base[name] + spread * trend.within * drift + trend.noise * normal(rng)
            x += shifts.get(name, 0.0)
            values[name] = exp(x) if trend.logs else x
        values["chloride"] = self._chloride(values, shifts)
        values["calcium"] += 0.5 * (values["albumin"] - base["albumin"])
        values["magnesium"] += 0.25 * max(0.0, shifts.get("creatinine", 0.0))
        if renal:
            values["bun"] *= exp(0.62 * renal)
            values["phosphate"] += 0.55 * renal
            values["potassium"] += 0.16 * renal
            values["co2"] -= 1.1 * renal
            values["magnesium"] += 0.06 * renal
        values["creatinine"] *= self.creatinine_for(egfr, age)
        self._derive(values, age)
        values["hba1c"] = self._glycated(slow_glucose, at)
        return values

    def _chloride(self, v: Mapping[str, float], shifts: Mapping[str, float]) -> float:
        """Chloride as the ions leave room for it: the anion gap drifts by itself (`v["chloride"]` is its drift).

        An illness that moves sodium or bicarbonate and says nothing of chloride moves chloride with sodium, and
        against a bicarbonate that is raised; a fall of bicarbonate alone is a gap that opens.
        """
        moved = shifts.get("chloride", 0.0)
        sodium, bicarbonate = shifts.get("sodium", 0.0), shifts.get("co2", 0.0)
        room = (v["sodium"] - sodium) + 4.1 - (v["co2"] - bicarbonate) - (v["chloride"] - moved)
        if "chloride" not in shifts:
            moved = 0.85 * sodium - 0.9 * max(0.0, bicarbonate)
        return room + moved

    def glance(self, name: str, at: float) -> float:
        """One quantity of `LABS` now, without moving the drift on: for quick tests at the bedside."""
        trend = LABS[name]
        drift = self._rests[name] * self._own[name]
        for factor, weight in trend.loads:
            drift += weight * self._factors[factor]
        x = self._base[name] + trend.within * drift + self._shifts(at).get(name, 0.0)
        x += trend.noise * normal(self._rng)
        low, high = _BOUNDS.get(name, (-1e9, 1e9))
        return min(high, max(low, exp(x) if trend.logs else x))

    def signs(self, at: float, *, at_home: bool = False) -> dict[str, float]:
        """Every sign of `SIGNS` with `weight` in kg, and `oxygen`: the flow (L/min) that keeps the saturation up."""
        self._drift_signs(max(0.0, (at - self._looked) / HOUR))
        self._looked = at
        shifts = self._shifts(at)
        hour = (at / HOUR - 5) % 24
        rng, own, base = self._rng, self._own, self._base
        spread = 0.8 if at_home else 1.0
        v: dict[str, float] = {}
        for name, trend in SIGNS.items():
            x = base[name] + spread * trend.within * own[name] + shifts.get(name, 0.0)
            swing = SWINGS.get(name)
            if swing:
                x += swing[0] * cos((hour - swing[1]) * pi / 12)
            v[name] = x + trend.noise * normal(rng) if trend.noise else x
        return self._bound_signs(v, at)

    def _breathe(self, saturation: float, at: float) -> float:
        """Oxygen flow (L/min) as nurses titrate it: up at once where it is needed, down by a litre every few hours."""
        needed = float(min(15, max(0, ceil((93.6 - saturation) / 1.2))))
        hours = (at - self._titrated) / HOUR
        if needed > self._oxygen:
            self._oxygen, self._titrated = needed, at
        elif needed < self._oxygen and hours > 3 and saturation + 1.2 * self._oxygen > 95.5:
            self._oxygen = max(needed, self._oxygen - max(1.0, hours // 4)) if hours < 48 else needed
            self._titrated = at
        return self._oxygen

    def _bound_signs(self, v: dict[str, float], at: float) -> dict[str, float]:
        v["diastolic"] += 0.42 * (v["systolic"] - 121)
        v["systolic"] = min(230.0, _above(58.0, 92.0, v["systolic"]))
        v["diastolic"] = min(_above(30.0, 52.0, v["diastolic"]), v["systolic"] - 0.2 * v["systolic"], 130.0)
        v["heart-rate"] = min(178.0, _above(44.0, 66.0, v["heart-rate"]))
        v["respiratory-rate"] = min(44.0, max(8.0, v["respiratory-rate"]))
        v["temperature"] = min(41.2, max(34.2, v["temperature"]))
        v["oxygen"] = self._breathe(v["spo2"], at)
        v["spo2"] = min(100.0, max(78.0, min(v["spo2"] + 1.2 * v["oxygen"], max(v["spo2"], 98.5))))
        v["urine"] = max(0.0, v["urine"])
        v["gcs"] = min(15.0, max(3.0, v["gcs"]))
        v["pain"] = min(10.0, max(0.0, v["pain"]))
        v["weight"] += self.person.weight_kg
        return v

    def _shifts(self, at: float) -> dict[str, float]:
        """What processes and doses add at a time."""
        total: dict[str, float] = {}
        for process in self._processes.values():
            level = process.level(at)
            if -_GONE < level < _GONE:
                continue
            for quantity, weight in process.loads.items():
                total[quantity] = total.get(quantity, 0.0) + weight * level
        if self._doses and any(d.over < at for d in self._doses):
            self._doses = [d for d in self._doses if d.over >= at]
        for d in self._doses:
            hours = (at - d.start) / HOUR
            if hours > 0:
                grown = 1 - exp(-hours / d.rise)
                total[d.quantity] = total.get(d.quantity, 0.0) + d.size * grown * exp(-hours / d.fade)
        return total

    def _lasting_glucose(self, at: float) -> float:
        """What slow processes (the diabetes itself, its tablets) add to the logarithm of glucose."""
        return sum(
            p.level(at) * p.loads["glucose"]
            for p in self._processes.values()
            if "glucose" in p.loads and p.hours >= 24 * 7
        )

    def _glycated(self, log_glucose: float, at: float) -> float:
        """Hemoglobin A1c (%) as the slow memory of glucose: eAG = 28.7 A1C - 46.7 (ADAG study)."""
        wanted = min(14.5, max(4.5, (exp(log_glucose) * 1.03 + 46.7) / 28.7))
        if self._a1c is None:
            self._a1c, self._a1c_at = wanted, at
        keep = exp(-(at - self._a1c_at) / DAY / _A1C_DAYS)
        self._a1c = wanted + (self._a1c - wanted) * keep
        self._a1c_at = at
        return self._a1c + 0.1 * normal(self._rng)

    def _drift_labs(self, hours: float) -> None:
        rng = self._rng
        for name, tau in FACTORS.items():
            keep = exp(-hours / tau)
            self._factors[name] = keep * self._factors[name] + sqrt(1 - keep * keep) * normal(rng)
        self._drift(LABS, hours)

    def _drift_signs(self, hours: float) -> None:
        self._drift(SIGNS, hours)

    def _drift(self, trends: Mapping[str, Trend], hours: float) -> None:
        rng, own = self._rng, self._own
        for name, trend in trends.items():
            if trend.within:
                keep = exp(-hours / trend.hours)
                own[name] = keep * own[name] + sqrt(1 - keep * keep) * normal(rng)

    def _derive(self, v: dict[str, float], age: float) -> None:
        """Bounds that life sets, and the identities between results."""
        rng = self._rng
        for name, (low, high) in _BOUNDS.items():
            v[name] = min(high, max(low, v[name]))
        v["crp"] = 480 * (1 - exp(-v["crp"] / 480))  # what is very high does not go on as it began
        v["egfr"] = self.egfr_of(round(v["creatinine"], 2), age)
        space = v["sodium"] + v["potassium"] - v["co2"]
        v["chloride"] = min(space - 6.5, max(space - 42, v["chloride"]))
        whole = [round(v[name]) for name in ("sodium", "chloride", "co2")]
        v["anion-gap"] = whole[0] + round(v["potassium"], 1) - whole[1] - whole[2]
        v["hematocrit"] = v["hemoglobin"] * (2.98 + 0.06 * normal(rng))
        v["rbc"] = 10 * v["hematocrit"] / v["mcv"]
        v["mch"] = 10 * v["hemoglobin"] / v["rbc"]
        v["mchc"] = 100 * v["hemoglobin"] / v["hematocrit"]
        v["pt"] = 11.6 * v["inr"] ** 0.93
        v["bilirubin-direct"] = v["bilirubin"] * (0.22 if v["bilirubin"] < 2 else 0.55)
        v["calcium-ionized"] = 1.18 + 0.13 * (v["calcium"] + 0.8 * (4 - v["albumin"]) - 9.3)
        v["iron-saturation"] = 100 * v["iron"] / max(v["iron-binding-capacity"], 120.0)
        v["ldl"] = max(20.0, v["cholesterol"] - v["hdl"] - v["triglycerides"] / 5)


def _above(floor: float, knee: float, value: float) -> float:
    """A value that approaches a floor but does not heap up at it: under the knee it falls ever more slowly."""
    if value >= knee:
        return value
    return knee - (knee - floor) * (1 - exp((value - knee) / (knee - floor)))


_BOUNDS: Mapping[str, tuple[float, float]] = {
    "sodium": (112, 166),
    "potassium": (2.3, 7.4),
    "co2": (5, 48),
    "calcium": (6.0, 13.5),
    "magnesium": (0.8, 5.0),
    "phosphate": (0.8, 11),
    "albumin": (1.4, 5.2),
    "total-protein": (3.6, 9.5),
    "hemoglobin": (4.6, 18.8),
    "creatinine": (0.3, 16),
    "bun": (3, 180),
    "glucose": (28, 1100),
    "inr": (0.88, 9),
    "aptt": (20, 150),
    "lactate": (0.4, 18),
    "wbc": (0.1, 95),
    "platelets": (4, 950),
    "crp": (0.3, 1500),
    "rdw": (11.2, 28),
    "mcv": (62, 122),
    "cholesterol": (80, 380),
    "triglycerides": (35, 398),
    "iron": (8, 260),
    "uric-acid": (1.8, 15),
    "bilirubin": (0.1, 45),
}
