"""Atrial fibrillation with a fast rate: it falls on metoprolol or diltiazem within hours; some are shocked into rhythm.

Sources: ACC/AHA/ACCP/HRS guideline 2023 (diltiazem or beta blocker in the vein, no diltiazem with a reduced ejection fraction,
goal under 100 to 110 at rest; cardioversion after three weeks of anticoagulation or a transesophageal echo); Fromm et al.,
J Emerg Med 2015 (how fast the rate falls).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.atrial_fibrillation import apixaban_dose, rhythm, start_thinner
from ..lasting.classes import ANTICOAGULANTS, BETA_BLOCKERS, taken_of
from ..lasting.heart_failure import CONGESTION, ailing_heart
from .critical import fade
from .model import Illness

_LOADS = {
    "heart-rate": 66, "systolic": -9, "respiratory-rate": 3.5, "spo2": -1.6, "nt-probnp": 0.8, "troponin-hs": 0.9,
    "lactate": 0.2, "bun": 0.06, "pain": 0.5,
}  # fmt: skip
_TRIGGERS = ("no clear trigger", "several drinks at a party", "two days of diarrhea", "missed doses of metoprolol", "poor sleep for a week",
             "a chest cold", "a steroid taper")  # fmt: skip


class _FastRate:
    """One stay for a fast rate."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng = case, case.rng
        weak = case.life.has("heart-failure") and ailing_heart(case.life.person).reduced
        self.diltiazem = not weak and self.rng.random() < 0.6
        self.slow = self.rng.random() < 0.3
        self.new = not any(f.topic == "history" and f.name == "atrial fibrillation" and f.at < case.start - 3 * DAY
                           for f in case.life.facts.rows)  # fmt: skip

    def begin(self) -> None:
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        body.process("fast rate", _LOADS)
        level = 0.75 + 0.3 * case.severity + between(rng, -0.12, 0.12)
        body.set_level("fast rate", level, start)
        if case.life.has("heart-failure"):
            body.aim(CONGESTION, 0.5 * case.severity, 12, start)
            fade(case, CONGESTION, 24 * 6)
            case.order("furosemide-iv", start + 3 * HOUR, until=start + between(rng, 1, 2) * DAY,
                       on_first=lambda at: body.aim(CONGESTION, 0.08, 30, at))  # fmt: skip
        form = rhythm(case.life.person)
        case.principal = f"atrial-fibrillation-{form.kind}"
        self._tests(level)
        self._slow_down()
        self._thin()
        self._tell()
        case.at(case.clock(1, 8.2), lambda at: self._round(1, at))
        fade(case, "fast rate", 30)

    def _tests(self, level: float) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        rate = round(76 + 62 * level + between(rng, -6, 8))
        case.image("ecg", start + between(rng, 0.1, 0.3) * HOUR,
                   f"Atrial fibrillation with rapid ventricular response, rate {rate}. {rng.choice(('Rate-related ST depression.', 'No acute ST elevation.', 'Nonspecific ST-T changes.'))}",
                   fact=f"atrial fibrillation at {rate} on ECG")  # fmt: skip
        case.draw(start + 0.5 * HOUR, "troponin-hs", "tsh", "nt-probnp")
        case.draw(start + between(rng, 3, 4) * HOUR, "troponin-hs")
        case.image("chest-xray", start + between(rng, 0.6, 2) * HOUR, rng.choice((
            "No acute cardiopulmonary process.", "Mild cardiomegaly, lungs clear.", "Mild vascular congestion.")), fact="")  # fmt: skip
        if self.new or rng.random() < 0.4:
            fraction = (
                ailing_heart(case.life.person).fraction
                if case.life.has("heart-failure")
                else round(between(rng, 11, 13)) * 5
            )
            atrium = rng.choice(("mildly", "moderately", "severely"))
            case.image("echo", start + between(rng, 12, 40) * HOUR,
                       f"Ejection fraction {fraction} percent. Left atrium {atrium} enlarged. {rng.choice(('Mild', 'Trace', 'Moderate'))} mitral regurgitation.",
                       fact=f"{atrium} enlarged left atrium")  # fmt: skip

    # -- rate

    def _slow_down(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        target = 0.42 if self.slow else 0.2
        if self.diltiazem:
            case.order("diltiazem-iv", start + between(rng, 0.3, 1) * HOUR, dose=rng.choice((5.0, 10.0, 10.0)),
                       until=start + between(rng, 10, 30) * HOUR, on_first=lambda at: self._turn(at, target))  # fmt: skip
            case.know("treatment", "rate control", "diltiazem infusion", until=start + DAY)
        else:
            for n in range(rng.choice((2, 3))):
                case.give_once("metoprolol-iv", start + (0.3 + 0.5 * n) * HOUR)
            case.at(start + between(rng, 0.8, 1.6) * HOUR, lambda at: self._turn(at, target))
            case.know("treatment", "rate control", "metoprolol in the vein", until=start + 6 * HOUR)
        case.at(start + between(rng, 5, 12) * HOUR, self._tablets)

    def _turn(self, at: float, target: float) -> None:
        self.case.body.aim("fast rate", target, between(self.rng, 2.5, 7), at)

    def _tablets(self, at: float) -> None:
        """By mouth, so that the infusion can end."""
        case, life = self.case, self.case.life
        drug = taken_of(life, ("diltiazem", *BETA_BLOCKERS)) or (
            "diltiazem" if self.diltiazem else "metoprolol-tartrate"
        )
        usual = {
            "diltiazem": 180.0,
            "metoprolol-tartrate": 25.0,
            "metoprolol-succinate": 50.0,
            "carvedilol": 6.25,
        }[drug]
        now = life.home[drug].dose or usual if life.takes(drug) else usual
        more = min(now * 2, 8 * usual) if life.takes(drug) else now * self.rng.choice((1, 2))
        case.stop(drug, at)
        case.order(drug, at + 300, dose=more)
        case.know("treatment", "rate tablets", f"{drug.split('-')[0]} {more:g} mg by mouth", at=at)
        case.body.aim("fast rate", 0.25 if self.slow else 0.08, 10, at)
        if not case.ongoing:
            life.at(case.end - 1500, lambda when: self._keep(drug, more, when))

    def _keep(self, drug: str, dose: float, at: float) -> None:
        life = self.case.life
        if life.takes(drug):
            life.change_dose(drug, dose, at)
        else:
            life.start_home(drug, at, dose=dose)

    def _round(self, day: int, at: float) -> None:
        """Still fast: digoxin, amiodarone or a shock; slow enough: home."""
        case, rng, rate = self.case, self.rng, self.case.signs.get("heart-rate", 80.0)
        case.know("finding", "rate", f"ventricular rate in the {rate // 10 * 10:.0f}s", at=at, until=at + DAY)
        if rate > 108:
            if day >= 2 or rng.random() < 0.4:
                self._more(at)
        elif rng.random() < 0.6:
            case.know("symptom", "palpitations", "palpitations", polarity="absent", at=at)
        if day < case.days - 0.5:
            case.at(case.clock(day + 1, 8.2), lambda when: self._round(day + 1, when))

    def _more(self, at: float) -> None:
        case, rng, body = self.case, self.rng, self.case.body
        shocked = rhythm(case.life.person).kind != "permanent" and rng.random() < 0.5
        if shocked and at + 6 * HOUR < case.end:
            case.procedure("cardioversion", at + between(rng, 2, 5) * HOUR, hours=0.5, fact="cardioverted to sinus rhythm with one shock",
                           then=lambda when: body.aim("fast rate", 0.0, 0.5, when))  # fmt: skip
        elif case.active("amiodarone") is None:
            case.order(
                "amiodarone", at + HOUR, dose=400, on_first=lambda when: body.aim("fast rate", 0.12, 14, when)
            )
            case.know("treatment", "amiodarone", "amiodarone begun for the rate", at=at)
            if not case.ongoing and rng.random() < 0.5:
                case.life.at(case.end - 1400, lambda when: case.life.start_home("amiodarone", when))

    # -- clots, words

    def _thin(self) -> None:
        """Those who take nothing begin here, and go home with it."""
        case, life = self.case, self.case.life
        if taken_of(life, ANTICOAGULANTS):
            return
        form = rhythm(life.person)
        if form.thinner == "apixaban":
            case.order(
                "apixaban", case.start + between(self.rng, 2, 8) * HOUR, dose=apixaban_dose(life, case.start)
            )
        elif form.thinner == "warfarin":
            case.order(
                "heparin-iv", case.start + 2 * HOUR, until=case.start + max(1.0, case.days - 0.6) * DAY
            )
            case.order("warfarin", case.start + between(self.rng, 6, 12) * HOUR, now=False)
            case.series(case.start + 8 * HOUR, 8, 3, "aptt")
        if form.thinner:
            case.know("treatment", "anticoagulation", f"{form.thinner} begun")
            if not case.ongoing:
                life.at(case.end - 1300, lambda at: start_thinner(life, at))

    def _tell(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        gone = start + min(1.5, 0.5 * case.days) * DAY
        since = rng.choice(("since this morning", "for a day", "for two days", "since last night"))
        case.know(
            "symptom",
            "palpitations",
            f"{rng.choice(('palpitations', 'a racing heart', 'fluttering in the chest'))} {since}",
            until=gone,
        )
        if rng.random() < 0.6:
            case.know("symptom", "dyspnea", "shortness of breath with it", until=gone)
        if rng.random() < 0.4:
            case.know("symptom", "lightheaded", "lightheaded on standing", until=gone)
        case.know("sign", "pulse", "fast irregularly irregular pulse", until=gone)
        case.know("event", "trigger", rng.choice(_TRIGGERS))
        if self.new:
            case.know("finding", "new onset", "atrial fibrillation not known before")
        case.denies(
            ("chest pain", "chest pain"),
            ("syncope", "fainting"),
            ("weakness", "weakness of one side or slurred speech"),
        )
        case.know("plan", "rate", f"a resting rate under {rng.choice(('110', '100'))}")


def admit(case: Case) -> None:
    """Begins the stay."""
    _FastRate(case).begin()


AFIB = Illness("afib", admit)
