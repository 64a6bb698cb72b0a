"""Chest pain: a small infarct with a troponin that rises and falls, unstable angina, or nothing of the heart.

Sources: AHA/ACC chest pain guideline 2021 (high-sensitivity troponin at 0 and 3 h, observation, stress test or none);
AHA/ACC guideline on acute coronary syndromes 2025 (heparin by aPTT, aspirin with a second platelet drug for a year, high-intensity
statin, angiography within 24 to 72 h); kinetics of troponin T after Katus et al., Am J Cardiol 1991.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from ..lasting.classes import ANTICOAGULANTS, BETA_BLOCKERS, taken_of
from ..lasting.coronary import VESSELS, after_infarct, coronaries
from ..lasting.heart_failure import ejection_fraction
from . import critical, heparin
from .model import Illness

_PAIN = {"pain": 4.2, "heart-rate": 9, "systolic": 12, "respiratory-rate": 1.5}
_INFARCT = {"troponin-hs": 1.0, "ck": 0.26, "ast": 0.1, "nt-probnp": 0.16}
"""A level is the natural logarithm of how many times troponin is raised."""
_STRESS = {"wbc": 0.2, "glucose": 0.1, "crp": 0.9, "temperature": 0.2}
_CONTRAST = {"creatinine": 0.42, "bun": 0.34, "potassium": 0.2, "urine": -10}
_WALLS = {
    "left anterior descending artery": "anterior",
    "right coronary artery": "inferior",
    "left circumflex artery": "lateral",
}
_INNOCENT = (("costochondritis", "tenderness over the left costal cartilages"), ("gerd", "burning after meals and on lying down"),
             ("chest-wall-pain", "pain worse on turning and on pressing the chest"), ("anxiety", "pain with tingling fingers at a stressful time"))  # fmt: skip


class _ChestPain:
    """One stay for chest pain."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng = case, case.rng
        luck = self.rng.random()
        share = 0.8 if case.severity > 0.95 and case.days > 2 else 0.3
        self.kind = "infarct" if luck < share else "unstable" if luck < share + 0.14 else "innocent"
        known = coronaries(case.life.person)
        self.vessel = known.vessel if self.rng.random() < 0.6 else self.rng.choice(VESSELS)
        self.stented = False

    def begin(self) -> None:
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        body.process("ischemia", _PAIN)
        body.set_level("ischemia", case.severity, start)
        body.aim("ischemia", 0.04, between(rng, 2, 7), start)
        critical.fade(case, "ischemia", 12)
        case.give_once("nitroglycerin", start + 0.2 * HOUR)
        if not case.life.takes("aspirin"):
            case.order("aspirin", start + 0.4 * HOUR)
        case.draw(start + 0.5 * HOUR, "troponin-hs")
        case.draw(start + 3.4 * HOUR, "troponin-hs")
        self._tracing()
        film = rng.choice(("No acute cardiopulmonary process.", "Normal heart size. Clear lungs.",
                           "No acute abnormality. Old granuloma on the right."))  # fmt: skip
        case.image(
            "chest-xray", start + between(rng, 0.6, 1.5) * HOUR, film, fact="clear lungs on chest x-ray"
        )
        self._tell()
        if self.kind == "innocent":
            self._rule_out()
        else:
            self._syndrome()

    def _tracing(self) -> None:
        rng, case = self.rng, self.case
        rhythm = (
            "Atrial fibrillation"
            if case.life.has("atrial-fibrillation") and rng.random() < 0.6
            else "Sinus rhythm"
        )
        wall = _WALLS[self.vessel]
        change = rng.choice(
            (
                "No acute ischemic change.",
                "Nonspecific T wave changes, as before.",
                "No ST segment deviation.",
            )
        )
        if self.kind != "innocent":
            change = rng.choice((
                f"T wave inversion in the {wall} leads.", f"ST depression of 1 mm in the {wall} leads.",
                f"Dynamic ST-T changes in the {wall} leads.", "Subtle ST depression in V4 to V6."))  # fmt: skip
        case.image(
            "ecg",
            case.start + 0.2 * HOUR,
            f"{rhythm}, rate {round(between(rng, 64, 104))}. {change}",
            fact=change[:-1],
        )

    # -- an acute coronary syndrome

    def _syndrome(self) -> None:
        case, rng, start, life = self.case, self.rng, self.case.start, self.case.life
        if self.kind == "infarct":
            self._necrosis()
            case.principal = "nstemi"
            case.know("diagnosis", "nstemi", "non-ST elevation myocardial infarction", at=start + 4 * HOUR)
        else:
            case.principal = "unstable-angina"
            case.know("diagnosis", "unstable angina", "unstable angina", at=start + 4 * HOUR)
        if not taken_of(life, ANTICOAGULANTS):
            self._heparin()
        if not life.takes("atorvastatin-80"):
            case.order("atorvastatin-80", start + 4 * HOUR)
        if not taken_of(life, BETA_BLOCKERS) and not life.has("asthma"):
            case.order("metoprolol-tartrate", start + 6 * HOUR)
        case.draw(case.clock(1, between(rng, 5, 6.5)), "lipid-panel")
        wall = _WALLS[self.vessel]
        motion = (
            f"Hypokinesis of the {wall} wall."
            if self.kind == "infarct"
            else "No new wall motion abnormality."
        )
        case.image("echo", start + between(rng, 14, 36) * HOUR, f"{motion} Ejection fraction {ejection_fraction(life.person)} percent.",
                   fact=motion[:-1].lower())  # fmt: skip
        self._angiogram()
        critical.at_discharge(case, self._leave)

    def _necrosis(self) -> None:
        """Troponin climbs for half a day, then falls over a week; white cells and temperature follow a little."""
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        body.process("infarct", _INFARCT)
        body.process("stress", _STRESS)
        peak = between(rng, 2.6, 5.4) + 0.5 * case.severity
        early = start - between(rng, 1.5, 5) * HOUR
        body.set_level("infarct", 0.1, early)
        body.aim("infarct", peak, 5.5, early)
        body.aim("stress", case.severity, 12, start)
        case.at(early + between(rng, 15, 20) * HOUR, lambda at: body.aim("infarct", 0.2, 82, at))
        case.at(start + 1.5 * DAY, lambda at: body.aim("stress", 0.0, 36, at))
        critical.fade(case, "infarct", 90)
        critical.fade(case, "stress", 40)
        case.series(start + between(rng, 7, 9) * HOUR, 6.5, 3, "troponin-hs")
        if case.days > 2.2:
            case.draw(case.clock(2, between(rng, 5, 6.5)), "troponin-hs")

    def _heparin(self) -> None:
        case, start = self.case, self.case.start
        until = case.clock(1, 15.5) if case.days < 3 else start + between(self.rng, 40, 50) * HOUR
        heparin.infuse(case, start + 2.4 * HOUR, until=until, bolus=60, rate=12)
        case.know("treatment", "heparin", "heparin infusion", at=start + 3 * HOUR, until=min(until, case.end))

    def _angiogram(self) -> None:
        """Where the kidneys allow it: the next day, in two of three with a stent."""
        case, rng, life = self.case, self.rng, self.case.life
        at = case.clock(1, between(rng, 8.5, 15))
        if (
            life.person.egfr < 22
            or at > case.end - 6 * HOUR
            or (life.body.age(at) > 88 and rng.random() < 0.7)
        ):
            case.know("plan", "medical", "medical treatment without angiography")
            return
        narrow = rng.choice((70, 80, 90, 95, 99)) if self.kind == "infarct" else rng.choice((60, 70, 75, 80))
        other = rng.choice([v for v in VESSELS if v != self.vessel])
        rest = rng.choice(
            (
                f"Mild irregularities of the {other}.",
                f"40 percent stenosis of the {other}.",
                "Otherwise nonobstructive disease.",
            )
        )
        self.stented = narrow >= 75 and rng.random() < 0.8
        done = "Treated with a drug-eluting stent." if self.stented else "To be treated with medicines."
        fraction = ejection_fraction(life.person)
        case.image("cardiac-catheterization", at, f"{narrow} percent stenosis of the {self.vessel}. {rest} Ejection fraction {fraction} percent by ventriculography. {done}",
                   fact=f"{narrow} percent stenosis of the {self.vessel}")  # fmt: skip
        side = rng.choice(
            ("right radial artery", "right radial artery", "right femoral artery", "left radial artery")
        )
        case.procedure(
            "cardiac-catheterization", at, hours=1.0, fact=f"coronary angiography through the {side}"
        )
        if self.stented:
            case.procedure("coronary-stent", at + 0.4 * HOUR, hours=0.5, fact=f"stent to the {self.vessel}")
        if self.stented or self.kind == "infarct":
            case.order("clopidogrel", at + 2 * HOUR, on_first=None)
        case.at(at + HOUR, lambda when: case.stop("heparin-iv", when, status="completed"))
        if life.person.egfr < 55 and not life.has("dialysis") and rng.random() < 0.35:
            self._contrast(at)

    def _contrast(self, at: float) -> None:
        case, body = self.case, self.case.body
        body.process("contrast", _CONTRAST)
        case.at(at + 8 * HOUR, lambda when: body.aim("contrast", between(self.rng, 0.5, 1.0), 16, when))
        case.at(at + 2.6 * DAY, lambda when: body.aim("contrast", 0.05, 50, when))
        case.know("event", "contrast", "kidney function worse after contrast", at=at + 1.6 * DAY)
        case.at(at + 1.6 * DAY, lambda when: case.diagnose("acute-kidney-injury", when))
        critical.fade(case, "contrast", 24 * 5)

    def _leave(self, at: float) -> None:
        life = self.case.life
        if self.kind == "infarct":
            after_infarct(life, at, stent=self.stented)
        if self.kind == "unstable" and self.stented:
            life.problem("coronary-stent", at)
            life.start_home("clopidogrel", at)
        when = local(at).strftime("%B %Y")
        what = "heart attack" if self.kind == "infarct" else "unstable angina"
        life.know(
            at,
            "history",
            f"{what} {when}",
            f"{what} in {when}" + (f" with a stent to the {self.vessel}" if self.stented else ""),
        )

    # -- nothing of the heart

    def _rule_out(self) -> None:
        case, rng = self.case, self.rng
        name, words = rng.choice(_INNOCENT)
        case.principal = "chest-pain" if rng.random() < 0.6 else name
        case.know("symptom", "character", words, until=case.start + 1.2 * DAY)
        case.know("finding", "troponins", "flat troponins", at=case.start + 5 * HOUR)
        at = case.clock(1, between(rng, 9, 14))
        if rng.random() < 0.55 and at < case.end - 4 * HOUR:
            fraction = ejection_fraction(case.life.person)
            case.image("stress-test", at, rng.choice((
                f"No reversible perfusion defect. Ejection fraction {fraction} percent.", "Small fixed inferior defect, unchanged. No ischemia.",
                f"{round(between(rng, 5, 9))} minutes of exercise without chest pain or ST change. Low risk.")), fact="no ischemia on the stress test")  # fmt: skip
            case.procedure("stress-test", at, hours=1.0)
        case.know("plan", "home", rng.choice(("home if the stress test is negative", "outpatient follow-up with cardiology",
                                              "trial of a stomach acid blocker", "reassurance and heat for the chest wall")))  # fmt: skip

    def _tell(self) -> None:
        case, rng = self.case, self.rng
        over = case.start + between(rng, 5, 14) * HOUR
        where = rng.choice(("pressure in the middle of the chest", "tightness across the chest", "burning behind the breastbone",
                            "aching in the left chest", "heaviness on the chest"))  # fmt: skip
        case.know(
            "symptom",
            "chest pain",
            f"{where} for {rng.choice(('an hour', 'three hours', 'half a day', 'two days on and off'))}",
            until=over,
        )
        if rng.random() < 0.5:
            case.know(
                "symptom",
                "radiation",
                rng.choice(("going to the left arm", "going to the jaw", "going to the back")),
                until=over,
            )
        if rng.random() < 0.4:
            case.know("symptom", "sweating", "sweaty and nauseated with it", until=over)
        case.know("event", "onset", rng.choice(("began while shoveling snow", "woke from sleep", "began on climbing stairs",
                                                "began at rest after supper", "began while carrying groceries")))  # fmt: skip
        case.know(
            "sign",
            "heart",
            rng.choice(
                ("regular heart without murmur", "soft systolic murmur as before", "no rub or gallop")
            ),
        )
        case.denies(("dyspnea", "shortness of breath at rest"), ("syncope", "fainting"), ("fever", "fever or chills"),
                    ("leg swelling", "swelling of one leg"))  # fmt: skip
        case.know("plan", "telemetry", "telemetry and serial troponins", until=case.start + DAY)


def admit(case: Case) -> None:
    """Begins the stay."""
    _ChestPain(case).begin()


def morning(case: Case, day: int, at: float) -> None:
    """Pain asked for; who had a catheter has the wrist looked at."""
    if day in {1, 2} and case.signs.get("pain", 0.0) < 3:
        case.know("symptom", "pain overnight", "chest pain overnight", polarity="absent", at=at)


CHEST_PAIN = Illness("chest-pain", admit, morning)
