"""Acute heart failure: fluid that leaves on furosemide in the vein, in some only on more of it, and kidneys that mind.

Sources: DOSE trial (Felker et al., NEJM 2011: in the vein 1 to 2.5 times the dose of home, change to tablets or double after 48
hours); Mullens et al., Eur J Heart Fail 2019 (urine and weight guide the dose, thiazide-like drug where furosemide fails);
AHA/ACC/HFSA guideline 2022 (start what is missing before discharge); worsening renal function in a quarter (Damman 2014).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.classes import ANGIOTENSIN, BETA_BLOCKERS, LOOP_DIURETICS, taken_of, words
from ..lasting.heart_failure import CONGESTION, Heart, ailing_heart, congestion_loads, echo_finding
from .critical import fade
from .model import Illness

_USUAL = {"furosemide": 40.0, "torsemide": 20.0, "bumetanide": 1.0}
_CARDIORENAL = {"creatinine": 0.5, "bun": 0.5, "potassium": 0.35, "urine": -18, "phosphate": 0.4, "co2": -0.8}
_LOW_OUTPUT = {
    "systolic": -20, "heart-rate": 14, "lactate": 0.75, "urine": -28, "creatinine": 0.28, "alt": 0.8, "ast": 0.9, "co2": -2.5,
    "bilirubin": 0.4, "gcs": -0.4,
}  # fmt: skip
_CAUSES = ("salty food over the holidays", "furosemide not taken for a week", "no clear trigger", "a recent cold",
           "ibuprofen for knee pain", "running out of tablets", "high blood pressure", "more fluid than usual")  # fmt: skip


class _Diuresis:
    """One stay for fluid: dose, response, change to tablets."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng = case, case.rng
        self.heart: Heart = ailing_heart(case.life.person)
        self.dose = 0.0
        self.oral = False
        self.level = min(1.6, 0.95 * case.severity + between(self.rng, 0, 0.25))
        self.answers = self.rng.random() < (0.62 if case.life.person.egfr > 45 else 0.4)
        self.weight: float | None = None
        self.first_weight: float | None = None

    # -- arrival

    def begin(self) -> None:
        case, start, body = self.case, self.case.start, self.case.body
        body.process(CONGESTION, congestion_loads(case.life.person))
        body.set_level(CONGESTION, self.level, start)
        body.aim(CONGESTION, self.level * 1.08, 10, start)
        case.withheld |= set(LOOP_DIURETICS)
        self._diagnoses()
        self._tests()
        self._tell()
        if case.life.has("dialysis"):
            self._filter()
        else:
            self._start_furosemide()
            if self.rng.random() < (0.22 if case.life.person.egfr > 60 else 0.42) * case.severity:
                self._kidneys_mind()
        if case.in_icu(start + 3 * HOUR):
            self._intensive()
        case.at(case.clock(1, 8.1), lambda at: self._round(1, at))
        if not case.ongoing:
            case.life.at(case.end - 1500, self._leave)
        fade(case, CONGESTION, 24 * 10)

    def _diagnoses(self) -> None:
        life, case = self.case.life, self.case
        acute = "heart-failure-acute-systolic" if self.heart.reduced else "heart-failure-acute-diastolic"
        case.principal = acute
        if life.has("hypertension"):
            kidneys = life.has("ckd-3", "ckd-4")
            row = "hypertensive-heart-ckd" if kidneys else "hypertensive-heart-esrd" if life.has("ckd-5", "dialysis") else "hypertensive-heart-disease"  # fmt: skip
            case.principal = row
            case.at(case.start + 2 * HOUR, lambda at: case.diagnose(acute, at))

    def _tests(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        case.draw(start + 0.7 * HOUR, "nt-probnp", "troponin-hs")
        case.draw(start + between(rng, 3.2, 4.5) * HOUR, "troponin-hs")
        side = rng.choice(("right", "left", "both sides"))
        effusion = {"right": "Small right pleural effusion.", "left": "Small left pleural effusion.", "both sides": "Small bilateral pleural effusions."}[side]  # fmt: skip
        first = rng.choice(("Cardiomegaly with pulmonary vascular congestion.", "Interstitial pulmonary edema.",
                            "Enlarged cardiac silhouette, cephalization and Kerley B lines."))  # fmt: skip
        case.image(rng.choice(("chest-xray", "chest-xray-portable")), start + between(rng, 0.4, 1.5) * HOUR,
                   f"{first} {effusion}", fact=first[0].lower() + first[1:-1])  # fmt: skip
        rate = round(between(rng, 78, 112))
        rhythm = (
            "Atrial fibrillation"
            if case.life.has("atrial-fibrillation")
            else "Sinus rhythm"
            if rate < 100
            else "Sinus tachycardia"
        )
        tail = rng.choice(("Left ventricular hypertrophy with strain.", "Left bundle branch block.", "Nonspecific T wave changes.", "No acute ischemic changes."))  # fmt: skip
        case.image(
            "ecg",
            start + between(rng, 0.1, 0.4) * HOUR,
            f"{rhythm}, rate {rate}. {tail}",
            fact=f"{rhythm.lower()} on ECG",
        )
        if rng.random() < 0.65:
            finding = echo_finding(case.life.person, rng, self.level)
            case.image("echo", start + between(rng, 14, 44) * HOUR, finding,
                       fact=f"ejection fraction about {self.heart.fraction} percent")  # fmt: skip
        case.service("diet-low-sodium", start + 2 * HOUR)
        if rng.random() < 0.6:
            case.service("fluid-restriction", start + 2.2 * HOUR)

    def _tell(self) -> None:
        case, rng, gone = self.case, self.rng, self.case.start + 0.6 * self.case.days * DAY
        days = rng.choice(("three days", "four days", "a week", "ten days", "two weeks"))
        case.know("symptom", "dyspnea", f"{rng.choice(('worsening shortness of breath', 'breathlessness on the least effort', 'increasing dyspnea'))} over {days}", until=gone)  # fmt: skip
        case.know(
            "symptom",
            "orthopnea",
            rng.choice(
                ("sleeps upright in a chair", "needs three pillows", "wakes at night short of breath")
            ),
            until=gone,
        )
        gained = round(self.level * 5 + between(rng, -0.5, 1.5))
        case.know("symptom", "weight gain", f"weight up by about {max(2, gained)} kg", until=gone)
        case.know("sign", "edema", f"{rng.choice(('pitting edema to the knees', '2+ edema of both legs', '3+ edema to the thighs', 'edema to the mid-shins'))}", until=gone)  # fmt: skip
        case.know(
            "sign",
            "neck veins",
            f"jugular veins distended to {rng.choice(('10', '12', '14'))} cm",
            until=gone,
        )
        case.know(
            "sign",
            "crackles",
            rng.choice(("crackles at both bases", "crackles halfway up both lungs", "bibasilar crackles")),
            until=gone,
        )
        case.know("event", "trigger", rng.choice(_CAUSES), at=case.start)
        case.denies(
            ("chest pain", "chest pain"), ("fever", "fever or cough with sputum"), ("syncope", "fainting")
        )
        case.know("plan", "weights", "daily weights and strict intake and output")

    # -- fluid

    def _start_furosemide(self) -> None:
        case, life = self.case, self.case.life
        drug = taken_of(life, LOOP_DIURETICS)
        home = (life.home[drug].dose or _USUAL[drug]) / _USUAL[drug] * 40 if drug else 0.0
        wanted = max(40.0, home * self.rng.choice((1.0, 2.0, 2.5))) * (1.6 if life.person.egfr < 30 else 1.0)
        self.dose = min(160.0, 20.0 * round(wanted / 20))
        case.order(
            "furosemide-iv",
            case.start + between(self.rng, 0.5, 2) * HOUR,
            dose=self.dose,
            on_first=self._answer,
        )
        case.know(
            "treatment",
            "furosemide",
            f"furosemide {self.dose:g} mg in the vein twice a day",
            until=case.start + 2.2 * DAY,
        )

    def _answer(self, at: float) -> None:
        """What the first doses do: fluid leaves with a time constant that fits the stay, or hardly."""
        body, days = self.case.body, self.case.days
        if self.answers:
            body.aim(CONGESTION, 0.06, 24 * min(3.2, max(0.5, 0.33 * days)), at)
        else:
            body.aim(CONGESTION, 0.78 * self.level, 30, at)

    def _round(self, day: int, at: float) -> None:
        """Each morning: weight, urine and kidneys decide."""
        case, rng = self.case, self.rng
        level = case.body.level(CONGESTION, at)
        self._progress(at, level)
        if not case.life.has("dialysis") and not self.oral:
            if level < 0.24 or (day > 2 and self._dried_out(level)):
                self._to_tablets(at)
            elif not self.answers and day >= rng.choice((1, 2)):
                self._escalate(at)
        if day in {2, 4} and rng.random() < 0.4:
            case.draw(at + between(rng, 1, 8) * HOUR, "basic-metabolic-panel", "magnesium")
        if level < 0.35 and rng.random() < 0.25:
            self._add_guideline_drug(at)
        case.at(case.clock(day + 1, 8.1), lambda when: self._round(day + 1, when))

    def _dried_out(self, level: float) -> bool:
        """The creatinine climbs while little fluid is left."""
        return level < 0.4 and self.case.body.level("cardiorenal", self.case.start) > 0.3

    def _progress(self, at: float, level: float) -> None:
        case = self.case
        now = case.signs.get("weight")
        if now is None:
            return
        self.first_weight = self.first_weight or now
        if self.weight is not None:
            lost = self.weight - now
            said = (
                f"weight down {lost:.1f} kg since yesterday"
                if lost > 0.2
                else "weight unchanged since yesterday"
                if lost > -0.3
                else "weight up since yesterday"
            )
            case.know("finding", "weight", said, at=at, until=at + DAY)
            feels = (
                "breathing easier, slept flat"
                if level < 0.35
                else "still short of breath on walking"
                if level > 0.6
                else "breathing better than on arrival"
            )
            case.know("symptom", "breathing", feels, at=at, until=at + DAY)
        self.weight = now

    def _escalate(self, at: float) -> None:
        """More furosemide, a thiazide-like drug where that was not enough."""
        case, days = self.case, self.case.days
        self.answers = True
        case.stop("furosemide-iv", at)
        self.dose = min(160.0, self.dose * 2)
        case.order("furosemide-iv", at + 600, dose=self.dose)
        case.know("event", "escalation", f"poor response, furosemide raised to {self.dose:g} mg", at=at)
        if self.rng.random() < 0.45 and case.life.results.get("sodium", (0, 138.0))[1] > 130:
            case.order("metolazone", at + HOUR, until=at + between(self.rng, 1.5, 3) * DAY)
            case.know("treatment", "metolazone", "metolazone added", at=at, until=at + 3 * DAY)
        left = max(1.0, days - (at - case.start) / DAY)
        case.body.aim(CONGESTION, 0.08, 24 * min(3.0, 0.42 * left), at + 2 * HOUR)

    def _to_tablets(self, at: float) -> None:
        case, life = self.case, self.case.life
        self.oral = True
        case.stop("furosemide-iv", at, status="completed")
        drug = taken_of(life, LOOP_DIURETICS) or "furosemide"
        dose = (life.home[drug].dose if life.takes(drug) else None) or _USUAL[drug]
        if self.rng.random() < 0.4 and dose < 4 * _USUAL[drug]:
            dose *= 2
        case.order(drug, at + 0.5 * HOUR, dose=dose, now=False)
        case.know("treatment", "diuretic", f"changed to {drug} {dose:g} mg by mouth", at=at)
        if not case.ongoing:
            life.at(case.end - 1600, lambda when: self._new_home_dose(drug, dose, when))

    def _new_home_dose(self, drug: str, dose: float, at: float) -> None:
        life = self.case.life
        if not life.takes(drug):
            life.start_home(drug, at, dose=dose)
        elif (life.home[drug].dose or _USUAL[drug]) != dose:
            life.change_dose(drug, dose, at)

    def _filter(self) -> None:
        """With no kidneys left the machine takes the fluid."""
        case, body = self.case, self.case.body
        for n in range(max(1, min(4, round(case.days / 1.5)))):
            begun = case.start + (between(self.rng, 3, 8) + 30 * n) * HOUR
            case.procedure("hemodialysis", begun, hours=3.5, fact="dialysis with removal of fluid",
                           then=lambda at: body.aim(CONGESTION, 0.35 * body.level(CONGESTION, at), 5, at))  # fmt: skip

    # -- what goes with it

    def _kidneys_mind(self) -> None:
        """Creatinine rises from the second day on and comes back as the venous pressure falls."""
        case, body = self.case, self.case.body
        body.process("cardiorenal", _CARDIORENAL)
        peak = between(self.rng, 0.45, 1.1) * case.severity
        rise = case.start + between(self.rng, 16, 40) * HOUR

        def turn(at: float) -> None:
            body.aim("cardiorenal", 0.1, 30 + 5 * case.days, at)

        case.at(rise, lambda at: body.aim("cardiorenal", peak, 20, at))
        case.at(rise + between(self.rng, 1.2, 2.2) * DAY, turn)
        case.at(rise + 1.1 * DAY, lambda at: case.diagnose("acute-kidney-injury", at))
        case.at(rise + 1.1 * DAY, self._spare_kidneys)
        fade(case, "cardiorenal", 24 * 8)

    def _spare_kidneys(self, at: float) -> None:
        case = self.case
        drug = taken_of(case.life, ANGIOTENSIN)
        if drug and case.active(drug):
            case.stop(drug, at)
            case.life.feel(drug, 0.0, at)
            case.know("treatment", drug, f"{words(drug)} held while creatinine rises", at=at)
        case.know("event", "kidneys", "kidney function worse with diuresis", at=at, until=at + 3 * DAY)

    def _intensive(self) -> None:
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        span = next(b for a, b in case.stay.intensive if a <= start + 3 * HOUR < b)
        if self.heart.reduced and rng.random() < 0.5:
            body.process("low output", _LOW_OUTPUT)
            body.set_level("low output", 0.9 * case.severity, start)
            case.at(start + 3 * HOUR, lambda at: case.diagnose("cardiogenic-shock", at))
            case.order("dobutamine", start + between(rng, 2, 4) * HOUR, until=span - between(rng, 4, 10) * HOUR,
                       on_first=lambda at: body.aim("low output", 0.05, 22, at))  # fmt: skip
            case.series(start + 2 * HOUR, 5, 3, "lactate")
            case.withheld |= set(BETA_BLOCKERS) | set(ANGIOTENSIN)
            case.know(
                "event", "shock", "cool extremities and low urine, dobutamine begun", at=start + 3 * HOUR
            )
            fade(case, "low output", 48)
        else:
            body.process(
                "flash edema",
                {"spo2": -5, "respiratory-rate": 6, "systolic": 22, "heart-rate": 9, "hypercapnia": 6},
            )
            body.set_level("flash edema", 1.0, start)
            case.procedure("noninvasive-ventilation", start + between(rng, 0.5, 1.5) * HOUR, hours=between(rng, 6, 18),
                           fact="noninvasive ventilation for pulmonary edema")  # fmt: skip
            case.give_once("nitroglycerin", start + 0.4 * HOUR)
            case.at(start + HOUR, lambda at: body.aim("flash edema", 0.0, 7, at))
            case.at(start + HOUR, lambda at: case.diagnose("respiratory-failure", at))

    def _add_guideline_drug(self, at: float) -> None:
        """What is missing is begun before discharge and goes home."""
        case, life = self.case, self.case.life
        potassium, pressure = life.results.get("potassium", (0, 4.2))[1], case.signs.get("systolic", 120)
        drug = ""
        if (
            life.person.egfr > 25
            and potassium < 4.8
            and self.heart.reduced
            and not life.takes("spironolactone")
        ):
            drug = "spironolactone"
        elif (
            not life.takes("empagliflozin")
            and life.person.egfr > 22
            and not life.has("diabetes-1", "dialysis")
            and at > 1.6e9
        ):
            drug = "empagliflozin"
        elif self.heart.reduced and not taken_of(life, BETA_BLOCKERS) and pressure > 100:
            drug = "metoprolol-succinate"
        if drug and not case.active(drug) and case.order(drug, at + 1.5 * HOUR, now=False):
            case.know("treatment", drug, f"{words(drug)} begun for heart failure", at=at)
            if not case.ongoing:
                life.at(case.end - 1700, lambda when: life.start_home(drug, when))

    def _leave(self, at: float) -> None:
        case = self.case
        case.know(
            "plan", "weights at home", "call if the weight rises by more than 1.5 kg in two days", at=at
        )
        if self.first_weight and self.weight and self.first_weight - self.weight > 0.5:
            case.know(
                "event", "diuresis", f"{self.first_weight - self.weight:.1f} kg lost in hospital", at=at
            )


def admit(case: Case) -> None:
    """Begins the stay."""
    _Diuresis(case).begin()


HEART_FAILURE = Illness("heart-failure", admit)
