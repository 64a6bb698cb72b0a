"""Community-acquired pneumonia: fever and hypoxia that turn on antibiotics in two of three, and need more in the others.

Sources: ATS/IDSA guideline 2019 (ceftriaxone with azithromycin or doxycycline, anti-MRSA and antipseudomonal drugs by risk and
stopped when cultures are sterile, at least five days and two of stability); time to clinical stability about three days (Halm et
al., JAMA 1998); failure of treatment in 6 to 15 % (Menendez et al., Thorax 2004); effusion in a fifth to two fifths (Light); a germ
found in four of ten at most (EPIC, Jain et al., NEJM 2015).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.stroke import infarct
from . import critical, infection, organisms
from .breath import swab, walk
from .model import Illness

_LOADS = {
    "temperature": 1.9, "heart-rate": 22, "respiratory-rate": 8, "spo2": -7.0, "systolic": -9, "wbc": 0.6, "crp": 3.4,
    "procalcitonin": 2.4, "lactate": 0.33, "sodium": -3.0, "albumin": -0.45, "glucose": 0.08, "platelets": 0.12, "pain": 1.4,
    "bun": 0.12, "co2": -0.8, "bilirubin": 0.15, "urine": -8, "phosphate": -0.4,
}  # fmt: skip
_FRAIL = {"temperature": -1.1, "gcs": -1.0, "wbc": -0.2, "heart-rate": -5}
"""In the old and frail: less fever, more confusion."""
_FAILING = {"spo2": -8, "respiratory-rate": 8, "heart-rate": 10, "hypercapnia": 5, "lactate": 0.2}
_EFFUSION = {"respiratory-rate": 3, "spo2": -2.0, "temperature": 0.5, "pain": 1.6, "crp": 0.5}
_LOBES = (
    "right lower lobe",
    "left lower lobe",
    "right middle lobe",
    "left upper lobe",
    "right upper lobe",
    "lingula",
)
_IV = ("ceftriaxone", "cefepime", "piperacillin-tazobactam", "vancomycin", "linezolid")
_ORAL = ("amoxicillin-clavulanate", "levofloxacin", "doxycycline")


class _Pneumonia:
    """One stay for pneumonia."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng = case, case.rng
        rng, life = self.rng, case.life
        age = life.body.age(case.start)
        self.old = age > 78
        weak = life.has("stroke") and infarct(life.person).grave > 0.6
        self.aspiration = rng.random() < (0.3 if weak else 0.14 if self.old else 0.04)
        self.lobe = "right lower lobe" if self.aspiration else rng.choice(_LOBES)
        self.both = case.severity > 1.05 and rng.random() < 0.5
        self.risk = life.has("dialysis") or case.in_icu(case.start + 3 * HOUR) or rng.random() < 0.14
        # who stays long has a reason for it
        self.answers = rng.random() < (0.88 if case.days < 5.5 else 0.55 if case.days < 9 else 0.3)
        self.effusion = rng.random() < (0.1 if case.days < 6 else 0.35)
        self.germ = organisms.grown(rng, "lung") if rng.random() < 0.17 else None
        self.tau = min(72.0, max(18.0, 6.0 * case.days)) * between(rng, 0.8, 1.25)
        self.iv = True
        self.total = (
            round(between(rng, 5, 7.9)) if self.answers and not self.effusion else round(between(rng, 7, 11))
        )

    def begin(self) -> None:
        case, start = self.case, self.case.start
        loads = dict(_LOADS)
        for name, size in _FRAIL.items() if self.old else ():
            loads[name] = loads.get(name, 0.0) + size
        if self.both:
            loads |= {"spo2": loads["spo2"] - 3, "respiratory-rate": loads["respiratory-rate"] + 3}
        infection.begin(
            case, "pneumonia", loads, now=0.8 * case.severity, worst=1.05 * case.severity, hours=14
        )
        case.principal = "aspiration-pneumonia" if self.aspiration else "pneumonia"
        self._antibiotics()
        self._tests()
        self._tell()
        if case.severity > 0.8:
            case.diagnose("respiratory-failure", start + 2.2 * HOUR)
        if case.life.has("copd") and self.rng.random() < 0.6:
            self._wheeze()
        if self.rng.random() < 0.5 and not case.life.has("heart-failure", "dialysis"):
            critical.boluses(case, start + 0.6 * HOUR, 1)
        self._intensive()
        if self.effusion:
            self._collect()
        critical.at_discharge(case, self._leave)
        critical.linger(case)

    # -- treatment

    def _antibiotics(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        first = start + between(rng, 0.8, 3.0) * HOUR
        until = start + self.total * DAY
        if self.risk:
            case.order("cefepime", first, until=until, on_first=self._treated)
            case.order("vancomycin", first + 0.4 * HOUR, until=until)
            critical.trough(case, start + between(rng, 34, 50) * HOUR)
            case.know("treatment", "antibiotics", "vancomycin and cefepime", until=start + 2 * DAY)
        else:
            case.order("ceftriaxone", first, until=until, on_first=self._treated)
            other = "doxycycline" if rng.random() < 0.3 or case.life.takes("amiodarone") else "azithromycin"
            if not self.aspiration:
                case.order(
                    other,
                    first + 0.3 * HOUR,
                    until=start + (3.2 if other == "azithromycin" else self.total) * DAY,
                )
            case.know(
                "treatment",
                "antibiotics",
                "ceftriaxone" if self.aspiration else f"ceftriaxone and {other}",
                until=start + 2 * DAY,
            )
        case.know("plan", "antibiotics", f"antibiotics for {self.total} days in all")

    def _treated(self, at: float) -> None:
        case, rng = self.case, self.rng
        if self.answers:
            case.at(at + between(rng, 8, 26) * case.severity * HOUR, self._turn)
        else:
            case.at(at + between(rng, 2.4, 3.4) * DAY, self._reconsider)

    def _turn(self, at: float) -> None:
        infection.turn(self.case, "pneumonia", tau=self.tau, at=at)

    def _reconsider(self, at: float) -> None:
        """Day three without an answer: image again, broaden, look for pus."""
        case, rng = self.case, self.rng
        if at > case.end - 0.8 * DAY:
            return self._turn(at)
        case.know("event", "no answer", rng.choice((
            "still febrile and on oxygen on day three, antibiotics broadened", "no better after three days of antibiotics",
            "fever persists, treatment widened")), at=at)  # fmt: skip
        case.draw(at + 0.5 * HOUR, "blood-culture", "procalcitonin", "crp", "lactate")
        case.image("ct-chest", at + between(rng, 2, 6) * HOUR,
                   f"Dense consolidation of the {self.lobe}{' with a moderate parapneumonic effusion' if self.effusion else ' without abscess'}. No pulmonary embolism.",
                   fact=f"dense consolidation of the {self.lobe} on CT")  # fmt: skip
        for drug in ("ceftriaxone", "azithromycin", "doxycycline", "cefepime"):
            case.stop(drug, at + HOUR)
        broad = "piperacillin-tazobactam" if self.aspiration or self.risk else "cefepime"
        case.order(broad, at + 1.2 * HOUR, until=at + between(rng, 5, 7) * DAY,
                   on_first=lambda when: case.at(when + between(rng, 6, 20) * HOUR, self._turn))  # fmt: skip
        if not case.active("vancomycin") and rng.random() < 0.6:
            case.order("vancomycin", at + 1.4 * HOUR, until=at + 2.2 * DAY)
        case.know(
            "treatment",
            "broader antibiotics",
            broad.replace("-", " ").replace("piperacillin ", "piperacillin/"),
            at=at,
        )
        return None

    def _wheeze(self) -> None:
        case, start = self.case, self.case.start
        case.order("ipratropium-neb", start + HOUR, until=start + 0.6 * case.days * DAY)
        case.order("albuterol-neb", start + HOUR)
        case.order("prednisone", start + 2 * HOUR, dose=40.0, until=start + 5 * DAY)
        case.know("treatment", "steroid", "prednisone for wheeze")

    def _to_tablets(self, at: float) -> None:
        case = self.case
        self.iv = False
        for drug in _IV:
            case.stop(drug, at, status="completed")
        drug = self.germ.oral if self.germ and self.germ.oral in _ORAL else self.rng.choice(_ORAL)
        if case.order(drug, at + HOUR, until=case.start + self.total * DAY):
            case.know("treatment", "oral antibiotic", f"changed to {drug.replace('-', '/')} by mouth", at=at)

    def _leave(self, at: float) -> None:
        case, life = self.case, self.case.life
        left = self.total - (at - case.start) / DAY
        drug = next((d for d in _ORAL if case.active(d)), "amoxicillin-clavulanate")
        if left > 0.7 and drug not in life.taken():
            life.start_home(drug, at)
            life.at(at + left * DAY, lambda when: life.stop_home(drug, when, status="completed"))
        case.know("plan", "film", "chest x-ray again in six to eight weeks", at=at)

    # -- complications

    def _intensive(self) -> None:
        case, rng, start, body = self.case, self.rng, self.case.start, self.case.body
        span = critical.intensive_span(case, start + 2 * HOUR)
        if span is None:
            return
        body.process("failing lungs", _FAILING)
        body.set_level("failing lungs", 0.8 * case.severity, start)
        stay = span[1] - span[0]
        case.at(
            span[0] + between(rng, 0.25, 0.45) * stay,
            lambda at: body.aim("failing lungs", 0.05, 0.25 * stay / HOUR, at),
        )
        critical.fade(case, "failing lungs", 40)
        case.know("event", "icu", "admitted to the intensive care unit for respiratory failure", at=span[0])
        case.draw(start + HOUR, "arterial-blood-gas")
        if rng.random() < 0.42 * case.severity and stay > 1.2 * DAY:
            critical.ventilate(
                case,
                span[0] + between(rng, 1, 8) * HOUR,
                between(rng, 26, 90),
                "respiratory failure in pneumonia",
            )
        else:
            case.procedure(
                "noninvasive-ventilation",
                span[0] + HOUR,
                hours=between(rng, 5, 16),
                fact="mask ventilation overnight",
            )
        if rng.random() < 0.4 * case.severity:
            critical.shock(
                case,
                span[0] + between(rng, 0.3, 3) * HOUR,
                level=between(rng, 0.5, 0.9),
                hours=min(between(rng, 14, 44), 0.7 * stay / HOUR),
            )
            case.diagnose("sepsis", start + 3 * HOUR)
            case.diagnose("septic-shock", start + 3 * HOUR)

    def _collect(self) -> None:
        """An effusion beside it; where there is enough it is tapped."""
        case, rng, body = self.case, self.rng, self.case.body
        side = "right" if "right" in self.lobe else "left"
        body.process("effusion", _EFFUSION)
        body.set_level("effusion", 0.5, case.start)
        body.aim("effusion", 1.0, 30, case.start)
        critical.fade(case, "effusion", 90)
        seen = case.start + between(rng, 1.2, 2.6) * DAY
        case.image(
            "chest-xray",
            seen,
            f"Increasing {side} pleural effusion with adjacent consolidation.",
            fact=f"larger {side} pleural effusion",
        )
        case.at(seen, lambda at: case.diagnose("pleural-effusion", at))
        tap = seen + between(rng, 5, 22) * HOUR
        if rng.random() < 0.6 and tap < case.end - DAY:
            millilitres = 50 * round(between(rng, 6, 26))
            name = "thoracentesis" if side == "right" else "thoracentesis-left"
            case.procedure(name, tap, hours=0.7, fact=f"{millilitres} mL of {rng.choice(('straw-colored', 'cloudy yellow', 'serosanguinous'))} fluid taken from the {side} chest",
                           then=lambda at: body.aim("effusion", 0.15, 20, at))  # fmt: skip
            case.image(
                "chest-xray-portable",
                tap + 1.5 * HOUR,
                f"Smaller {side} effusion. No pneumothorax.",
                fact="no pneumothorax after the tap",
            )
        else:
            case.at(seen + DAY, lambda at: body.aim("effusion", 0.1, 90, at))

    # -- tests and words

    def _tests(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        case.draw(start + 0.6 * HOUR, "lactate", "procalcitonin", "crp")
        taken = start + between(rng, 0.5, 0.9) * HOUR
        if self.germ is not None:
            known = organisms.grow(case, "blood-culture", taken, self.germ)
            case.at(known, self._narrow)
        else:
            case.draw(taken, "blood-culture")
            case.at(start + between(rng, 1.9, 2.4) * DAY, self._sterile)
        case.draw(taken + 300, "blood-culture")
        if rng.random() < 0.8:
            swab(case, start + between(rng, 0.3, 1.2) * HOUR)
        kind = rng.choice(("chest-xray", "chest-xray-portable"))
        look = rng.choice(("Patchy {} opacity, consistent with pneumonia.", "Consolidation of the {} with air bronchograms.",
                           "New airspace disease in the {}.", "{} infiltrate."))  # fmt: skip
        where = f"{self.lobe} and the opposite base" if self.both else self.lobe
        extra = (
            " Small parapneumonic effusion."
            if self.effusion
            else rng.choice(("", " No effusion.", " No pneumothorax."))
        )
        text = look.format(where) + extra
        case.image(kind, start + between(rng, 0.5, 2) * HOUR, text[0].upper() + text[1:],
                   fact=f"{rng.choice(('opacity in', 'infiltrate in', 'consolidation of'))} the {where} on chest x-ray")  # fmt: skip
        if rng.random() < 0.4:
            case.image(
                "ecg",
                start + 0.5 * HOUR,
                rng.choice(
                    (
                        "Sinus tachycardia.",
                        "Sinus tachycardia, no ischemic change.",
                        "Sinus rhythm, no acute change.",
                    )
                ),
            )

    def _narrow(self, at: float) -> None:
        case, germ = self.case, self.germ
        assert germ is not None
        case.know("finding", "culture", f"{germ.short} grew from blood", at=at)
        case.diagnose("pneumonia-pneumococcal" if germ.short.startswith("Strep") else "bacteremia", at)
        if not self.iv:
            return
        for drug in (*_IV, "azithromycin", "doxycycline"):
            if drug != germ.narrow:
                case.stop(drug, at + 0.5 * HOUR)
        case.order(germ.narrow, at + 0.7 * HOUR, until=case.start + max(self.total, 7) * DAY)
        kept = germ.narrow.replace("-", " ")
        case.know(
            "treatment",
            "narrowed",
            f"{self.rng.choice(('treated with', 'continued with', 'down to'))} {kept} alone",
            at=at,
        )

    def _sterile(self, at: float) -> None:
        case = self.case
        if case.active("vancomycin") and self.answers:
            case.stop("vancomycin", at)
            case.know("treatment", "vancomycin", "vancomycin stopped, cultures without growth", at=at)

    def _tell(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        since = rng.choice(("two days", "three days", "four days", "five days", "a week"))
        better = start + 0.7 * case.days * DAY
        case.know(
            "symptom",
            "cough",
            rng.choice(
                (
                    "cough with yellow sputum",
                    "cough with rusty sputum",
                    "dry cough",
                    "cough with green sputum",
                )
            )
            + f" for {since}",
            until=better,
        )
        if self.old and rng.random() < 0.5:
            case.know("symptom", "confusion", "more confused than usual", until=start + 2.5 * DAY)
            case.know("symptom", "fever", "fever", polarity="absent")
        else:
            case.know(
                "symptom",
                "fever",
                rng.choice(
                    (
                        "fevers and chills at home",
                        "a temperature of 102 at home",
                        "shaking chills the night before",
                    )
                ),
                until=start + 2 * DAY,
            )
        if case.severity > 0.7:
            case.know(
                "symptom",
                "dyspnea",
                f"shortness of breath {rng.choice(('on walking', 'at rest', 'for two days'))}",
                until=better,
            )
        if rng.random() < 0.4:
            case.know(
                "symptom",
                "pleurisy",
                f"sharp {'right' if 'right' in self.lobe else 'left'}-sided pain on deep breaths",
                until=better,
            )
        else:
            case.denies(("chest pain", "chest pain"))
        case.know(
            "sign",
            "crackles",
            rng.choice(
                (
                    "crackles over the {}",
                    "bronchial breathing over the {}",
                    "dullness and crackles over the {}",
                )
            ).format(self.lobe),
            until=better,
        )
        if self.aspiration:
            case.know(
                "event",
                "aspiration",
                rng.choice(
                    (
                        "coughs at meals for weeks",
                        "choked on food two days before",
                        "vomited the night before",
                    )
                ),
            )
        else:
            case.know(
                "event",
                "exposure",
                rng.choice(
                    (
                        "grandchildren with colds",
                        "no sick contacts",
                        "a cold the week before",
                        "flu-like illness at work",
                    )
                ),
            )
        case.denies(("hemoptysis", "coughing up blood"), ("leg swelling", "leg swelling"))
        case.know("plan", "oxygen", "oxygen to keep saturation above 92 percent")

    def round(self, day: int, at: float) -> None:
        """Inflammation is followed; who is stable for a day goes to tablets; walking before going home."""
        case, rng, signs = self.case, self.rng, self.case.signs
        if day in {2, 4, 7}:
            case.draw(
                at + between(rng, 1, 5) * HOUR, "crp", *(("procalcitonin",) if rng.random() < 0.4 else ())
            )
        stable = (
            signs
            and signs["temperature"] < 37.8
            and signs["heart-rate"] < 100
            and signs["respiratory-rate"] < 24
            and signs["oxygen"] < 3
        )
        turned = case.body.level("pneumonia", at) < 0.5 * case.severity
        if (
            self.iv
            and day >= 2
            and stable
            and turned
            and not case.in_icu(at)
            and not (self.germ and self.germ.narrow == "vancomycin")
        ):
            self._to_tablets(at)
        elif signs:
            fever = signs["temperature"] > 38
            words = (
                "fever again overnight"
                if fever
                else f"on {signs['oxygen']:.0f} L of oxygen"
                if signs["oxygen"] > 0
                else "off oxygen"
            )
            case.know("finding", "night", words, at=at, until=at + DAY)
        if not case.ongoing and (case.end - at) / DAY < 1.2 and not case.in_icu(at):
            walk(case, at + 1.5 * HOUR)
        case.at(case.clock(day + 1, 8.15), lambda when: self.round(day + 1, when))


def admit(case: Case) -> None:
    """Begins the stay."""
    course = _Pneumonia(case)
    course.begin()
    case.at(case.clock(1, 8.15), lambda at: course.round(1, at))


PNEUMONIA = Illness("pneumonia", admit)
