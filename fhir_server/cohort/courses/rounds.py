"""What every stay gets, whatever the illness: draws, electrolytes replaced, sugar checks, standing orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from ..chance import between, normal
from ..clock import DAY, HOUR, local
from .case import Case

_SCENES_OWN = 60 * HOUR
"""Before now, in the stay of somebody with a planted low electrolyte: its replacement is the scene's."""


class Rounds:
    """Draws and the reaction to their results during one stay."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._rng = case.life.stream(f"rounds/{case.stay.number}")
        self._last = 0.0
        self._replaced: dict[str, float] = {}
        topics = {p.topic for p in case.life.plan.of(case.life.person.index)}
        self._planted = case.ongoing and "electrolytes" in topics

    def begin(self) -> None:
        """Puts the arrival draw, the morning rounds and tomorrow's orders on the agenda."""
        case, rng = self._case, self._rng
        case.watchers.append(self._react)
        arrival = case.start + between(rng, 0.4, 1.6) * HOUR
        case.at(arrival, self._arrival)
        case.at(case.start + HOUR, lambda at: self._order_panels(at, arrival))
        for day in range(1, int(case.days) + 2):
            case.at(case.clock(day, min(9.5, max(0.6, 4.6 + 1.4 * normal(rng)))), self._morning)
            if rng.random() < 0.22:
                case.at(case.clock(day, between(rng, 9, 23.5)), self._by_the_way)
            self._order_next(day)
        case.life.at(case.start + 0.3 * HOUR, self._consider_icu)

    def _order_next(self, day: int) -> None:
        """Panels for the next morning are ordered in the afternoon; tomorrow's stands open."""
        case = self._case
        authored, due = case.clock(day - 1, between(self._rng, 15, 20)), case.clock(day, 5)
        if due < case.end or case.ongoing:
            case.at(max(authored, case.start + 1.1 * HOUR), lambda at: self._order_panels(at, due))

    def _order_panels(self, at: float, due: float) -> None:
        case = self._case
        if due <= at:
            return
        status = "completed" if due < case.end else "active"
        for panel in ("basic-metabolic-panel", "cbc"):
            case.life.chart.order_service(panel, authored=local(at), status=status, occurrence=local(due))

    def _arrival(self, at: float) -> None:
        names = ["basic-metabolic-panel", "magnesium", "phosphate", "cbc-differential", "hepatic-panel"]
        names += ["coagulation-panel", "aptt"]
        if self._rng.random() < 0.5 or self._case.stay.reason in {"uti", "preterm", "sepsis", "kidney"}:
            names.append("urinalysis")
        self._take(at, *names)

    def _morning(self, at: float) -> None:
        case, rng = self._case, self._rng
        day = round((at - case.start) / DAY)
        quiet = day > 6 and not case.in_icu(at) and rng.random() < 0.3
        if quiet or at < self._last + 2.5 * HOUR:
            return
        names = ["basic-metabolic-panel"]
        if case.in_icu(at) or rng.random() < 0.75:
            names += ["magnesium", "phosphate"]
        if day < 4 or case.in_icu(at) or rng.random() < 0.7:
            names.append("cbc-differential" if rng.random() < 0.3 else "cbc")
        if day % 4 == 0 or case.life.has("cirrhosis"):
            names.append("hepatic-panel")
        if case.active("warfarin") or case.life.has("cirrhosis") or rng.random() < 0.12:
            names.append("coagulation-panel")
        self._take(at, *names)

    def _by_the_way(self, at: float) -> None:
        """Somebody wanted to know: a draw out of the round."""
        if at > self._last + 2.5 * HOUR:
            names = ("basic-metabolic-panel",) if self._rng.random() < 0.6 else ("cbc",)
            self._take(at, *names)

    def _consider_icu(self, _at: float) -> None:
        """In the ICU there are draws every six hours, and gases."""
        for start, stop in self._case.stay.intensive:
            at = max(start, self._case.start) + between(self._rng, 0.4, 2) * HOUR
            while at < min(stop, self._case.end):
                self._case.at(at, self._intensive)
                at += between(self._rng, 5.2, 8) * HOUR

    def _intensive(self, at: float) -> None:
        if at < self._last + 2 * HOUR:
            return
        names = ["basic-metabolic-panel", "arterial-blood-gas"]
        if self._rng.random() < 0.5:
            names += ["magnesium", "phosphate"]
        if self._rng.random() < 0.45:
            names.append("cbc")
        if self._rng.random() < 0.55:
            names.append("lactate")
        if self._rng.random() < 0.35:
            names.append("calcium-ionized")
        self._take(at, *names)

    def _take(self, at: float, *names: str) -> None:
        self._last = at
        self._case.draw(at, *names)

    # -- reactions

    def _react(self, values: Mapping[str, float], at: float) -> None:
        potassium, magnesium = values.get("potassium"), values.get("magnesium")
        if potassium is not None:
            self._potassium(potassium, at)
        if magnesium is not None:
            self._magnesium(magnesium, at)
        sodium = values.get("sodium")
        far = (potassium is not None and not 2.95 <= potassium <= 5.45) or (
            sodium is not None and not 124 <= sodium <= 154
        )
        off = potassium is not None and not 3.4 <= potassium <= 5.1
        if self._rng.random() < (0.9 if far else 0.6 if off else 0.0):
            low, high = (2.2, 5.0) if far else (4.0, 9.0)
            self._case.at(at + between(self._rng, low, high) * HOUR, self._recheck)

    def _recheck(self, at: float) -> None:
        if at > self._last + 2.5 * HOUR:
            self._take(at, "basic-metabolic-panel")

    def _mine(self, name: str, at: float, hours: float) -> bool:
        """Whether this routine may replace now: not twice in a few hours, not where a scene does."""
        if at < self._replaced.get(name, 0.0) + hours * HOUR:
            return False
        return not (self._planted and at > self._case.life.now - _SCENES_OWN)

    def _potassium(self, value: float, at: float) -> None:
        """Low potassium is replaced; how often depends on how low (shares: docs/cohort.md)."""
        case, rng = self._case, self._rng
        share = 0.85 if value < 2.95 else 0.62 if value < 3.45 else 0.3 if value < 3.85 else 0.0
        if case.life.has("dialysis", "ckd-5"):
            share *= 0.3
        if rng.random() >= share or not self._mine("potassium", at, 7):
            return
        self._replaced["potassium"] = at
        if value < 2.95 or (case.in_icu(at) and rng.random() < 0.6):
            for n in range(2 if value < 3.0 else 1):
                case.give_once("potassium-chloride-iv", at + n * 2 * HOUR)
        if value >= 2.95 or not case.in_icu(at):
            dose = 40.0 if value < 3.4 and case.life.person.egfr > 30 else 20.0
            case.give_once("potassium-chloride-oral", at + 0.2 * HOUR, dose=dose)

    def _magnesium(self, value: float, at: float) -> None:
        case, rng = self._case, self._rng
        share = 0.8 if value < 1.25 else 0.62 if value < 1.55 else 0.25 if value < 1.85 else 0.0
        if rng.random() < share and self._mine("magnesium", at, 10):
            self._replaced["magnesium"] = at
            case.give_once("magnesium-sulfate-iv", at, dose=4.0 if value < 1.25 else 2.0)


def standing_orders(case: Case) -> None:
    """What is ordered on arrival and stands to the end."""
    rng, life = case.life.stream(f"standing/{case.stay.number}"), case.life
    diabetic = life.has("diabetes-1", "diabetes-2")
    diet = "diet-diabetic" if diabetic else "diet-renal" if life.has("dialysis", "ckd-5") else "diet-regular"
    names = ["vital-signs", "intake-output", "fall-precautions", "activity-as-tolerated", diet]
    if life.has("heart-failure", "cirrhosis", "dialysis", "ckd-5"):
        names.append("daily-weight")
    if case.stay.intensive or life.has("heart-failure", "atrial-fibrillation", "coronary-disease"):
        names.append("telemetry")
    for name in names:
        case.service(name, case.start + between(rng, 0.7, 2.5) * HOUR)
    if rng.random() < 0.3:
        case.service("npo", case.start + HOUR, status="revoked")


class Sugar:
    """Capillary glucose before meals and at bedtime, correction insulin by its value."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._rng = case.life.stream(f"sugar/{case.stay.number}")

    def begin(self) -> None:
        """For people with diabetes; meals raise glucose, insulin lowers it."""
        case = self._case
        if not case.life.has("diabetes-1", "diabetes-2"):
            return
        case.order("insulin-lispro", case.start + HOUR, scheduled=False)  # before the first check may want it
        for day in range(int(case.days) + 2):
            for hour in (7.4, 11.6, 17.1, 21.0):
                case.at(case.clock(day, hour) + between(self._rng, 0, 0.6) * HOUR, self._check)

    def _check(self, at: float) -> None:
        case, rng = self._case, self._rng
        if at < case.start + HOUR:
            return
        value = max(38.0, case.body.glance("glucose", at))
        case.life.chart.lab("glucose-poc", value, local(at), issued=local(at) + timedelta(minutes=1))
        case.life.results["glucose-poc"] = (at, float(round(value)))
        order = case.active("insulin-lispro")
        night = local(at).hour >= 20
        if order is not None and value > (220 if night else 150):
            units = float(min(12, max(2, 2 * round((value - 110) / 80))))
            case.at(at + between(rng, 3, 20) * 60, lambda when: case.give(order, when, dose=units))
        if not night:
            case.body.dose("glucose", between(rng, 0.12, 0.3), at + 0.5 * HOUR, 0.8, 2.2)
        if value < 66:
            case.body.dose("glucose", 0.35, at + 0.2 * HOUR, 0.2, 2.5)
            case.know("event", "hypoglycemia", "a low sugar, treated with juice", at=at)
