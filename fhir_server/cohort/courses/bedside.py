"""Vital signs and nursing: hourly in the ICU, every four to eight hours on a ward, one set at a visit."""

from __future__ import annotations

from random import Random

from ..chance import between, normal
from ..clock import DAY, HOUR, MINUTE, local
from .case import Case
from .clinic import Clinic
from .life import Act

_SHIFT = ("skin-assessment", "iv-site-care", "fall-risk-assessment")
_DAILY = ("mobilization", "incentive-spirometry", "oral-care")


class Flowsheet:
    """What nurses chart during one stay."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._rng = case.life.stream(f"flowsheet/{case.stay.number}")
        self._fahrenheit = self._rng.random() < 0.78
        self._urine_since = case.start

    def begin(self) -> None:
        """Puts everything on the agenda."""
        case, rng = self._case, self._rng
        case.at(case.start + between(rng, 4, 18) * MINUTE, self._look)
        case.at(case.start + 40 * MINUTE, self._measure_height)
        case.at(float((int(case.start) // HOUR + 1) * HOUR), self._round)
        for day in range(int(case.days) + 2):
            weighed = case.clock(day, between(rng, 5, 6.4))
            case.at(weighed if weighed > case.start else case.start + 35 * MINUTE, self._weigh)
            for hour in (8, 20):
                self._after_arrival(case.clock(day, hour + between(rng, 0, 1.5)), self._shift)
            self._after_arrival(case.clock(day, between(rng, 9, 16)), self._daily)

    def _after_arrival(self, when: float, act: Act) -> None:
        """What is due each day at an hour, unless the patient came later that day."""
        if when > self._case.start:
            self._case.at(when, act)

    def _round(self, at: float) -> None:
        """Every full hour: in the ICU a set, on a ward where it is due."""
        case = self._case
        if case.in_icu(at):
            self._look_later(at, 0, 8)
        elif local(at).hour % self._every(at) == 0:
            self._look_later(at, -10, 18)
        case.at(at + HOUR, self._round)

    def _every(self, at: float) -> int:
        """Hours between sets on a ward: four; eight for somebody who has been stable for days."""
        signs, days = self._case.signs, (at - self._case.start) / DAY
        stable = (
            signs and signs["temperature"] < 37.8 and 100 < signs["systolic"] < 165 and signs["oxygen"] < 2
        )
        return 8 if stable and days > 5 else 4

    def _look_later(self, at: float, low: float, high: float) -> None:
        self._case.at(at + between(self._rng, low, high) * MINUTE, self._look)

    def _look(self, at: float) -> None:
        case, rng = self._case, self._rng
        chart, signs = case.life.chart, case.body.signs(at)
        case.signs = signs
        when, icu = local(at), case.in_icu(at)
        chart.vital("heart-rate", signs["heart-rate"], when)
        chart.vital("blood-pressure", (signs["systolic"], signs["diastolic"]), when)
        chart.vital("respiratory-rate", signs["respiratory-rate"], when)
        chart.vital("spo2", signs["spo2"], when)
        if not icu or when.hour % 4 == 0 or signs["temperature"] > 38.3:
            self._temperature(signs["temperature"], at)
        if signs["oxygen"] > 0:
            if icu and signs["oxygen"] > 6:
                chart.vital("fio2", min(100, round((21 + 4 * signs["oxygen"]) / 5) * 5), when)
            else:
                chart.vital("oxygen-flow", signs["oxygen"], when)
        if icu:
            self._intensive(signs, at)
        if when.hour % (2 if icu else 8) == 0 and at - self._urine_since > (1.5 if icu else 6) * HOUR:
            self._urine(signs["urine"], at)
        if signs["pain"] > 0.8 and (icu or rng.random() < 0.6):
            chart.vital("pain", round(signs["pain"]), when)

    def _intensive(self, signs: dict[str, float], at: float) -> None:
        if local(at).hour % 4 == 0:
            self._case.life.chart.vital("gcs", round(signs["gcs"]), local(at))

    def _temperature(self, celsius: float, at: float) -> None:
        chart = self._case.life.chart
        if self._fahrenheit:
            chart.vital("temperature", celsius * 1.8 + 32, local(at), unit="[degF]")
        else:
            chart.vital("temperature", celsius, local(at))

    def _urine(self, per_hour: float, at: float) -> None:
        """What was measured since the last time; not everything on a ward is."""
        hours = min(8.0, (at - self._urine_since) / HOUR)
        self._urine_since = at
        if "dialysis" in self._case.life.person.traits:
            per_hour *= 0.08
        if self._case.in_icu(at) or self._rng.random() < 0.6:
            self._case.life.chart.vital("urine-output", round(per_hour * hours / 5) * 5, local(at))

    def _measure_height(self, at: float) -> None:
        self._case.life.chart.vital("height", self._case.life.person.height_cm, local(at))

    def _weigh(self, at: float) -> None:
        watched = self._case.life.has("heart-failure", "ckd-4", "ckd-5", "dialysis", "cirrhosis")
        if self._rng.random() < (0.9 if watched else 0.45):
            weight = self._case.signs.get("weight") or self._case.life.person.weight_kg
            self._case.life.chart.vital("weight", weight + 0.15 * normal(self._rng), local(at))

    def _shift(self, at: float) -> None:
        chart, when = self._case.life.chart, local(at)
        chart.procedure("nursing-assessment", when)
        chart.procedure(self._rng.choice(_SHIFT), when)
        if self._case.in_icu(at):
            for hours in (2, 6):
                self._case.at(at + hours * HOUR + between(self._rng, 0, 20) * MINUTE, self._turn)

    def _turn(self, at: float) -> None:
        self._case.life.chart.procedure("turn-reposition", local(at))

    def _daily(self, at: float) -> None:
        status = "not-done" if self._rng.random() < 0.08 else "completed"
        self._case.life.chart.procedure(self._rng.choice(_DAILY), local(at), status=status)


def look_at_visit(clinic: Clinic, rng: Random) -> None:
    """The signs of a visit, with a weight."""
    life, at = clinic.life, clinic.at + between(rng, 3, 9) * MINUTE
    signs = life.body.signs(at, at_home=True)
    clinic.signs = signs
    chart, when, person = life.chart, local(at), life.person
    chart.vital("heart-rate", signs["heart-rate"], when)
    chart.vital("blood-pressure", (signs["systolic"] + 3, signs["diastolic"] + 1), when)
    if rng.random() < 0.8:
        chart.vital("respiratory-rate", signs["respiratory-rate"], when)
    if rng.random() < 0.75:
        chart.vital("spo2", signs["spo2"], when)
    if rng.random() < 0.8:
        chart.vital("temperature", signs["temperature"] * 1.8 + 32, when, unit="[degF]")
    if rng.random() < 0.2:
        chart.vital("weight", signs["weight"] * 2.20462, when, unit="[lb_av]")
    else:
        chart.vital("weight", signs["weight"], when)
    if rng.random() < 0.4:
        chart.vital("height", person.height_cm, when)
        chart.vital("bmi", signs["weight"] / (person.height_cm / 100) ** 2, when)
