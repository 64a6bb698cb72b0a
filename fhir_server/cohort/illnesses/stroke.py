"""Acute ischemic stroke: a deficit with a side, pressure let high and then lowered, images, swallowing, what is left for life.

Sources: AHA/ASA guideline for acute ischemic stroke 2019 (images at once; alteplase within 4.5 h, pressure under 185/110 for it
and otherwise let be up to 220/120; thrombectomy in large vessels; aspirin within 48 h but not for a day after alteplase;
swallowing tested before eating); POINT trial (Johnston et al., NEJM 2018: aspirin with clopidogrel for three weeks in a minor
stroke); anticoagulation after 3 to 12 days by size in atrial fibrillation (ELAN, NEJM 2023).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.atrial_fibrillation import apixaban_dose, rhythm, start_thinner
from ..lasting.classes import ANTICOAGULANTS, STATINS, taken_of
from ..lasting.heart_failure import ejection_fraction
from ..lasting.stroke import Infarct, infarct, leave_behind, protect
from . import critical
from .model import Illness

_LOADS = {
    "systolic": 27, "diastolic": 6, "heart-rate": 5, "glucose": 0.14, "wbc": 0.16, "temperature": 0.2, "gcs": -2.4, "crp": 0.8,
    "troponin-hs": 0.4,
}  # fmt: skip
_SWELLING = {"gcs": -4.5, "systolic": 12, "heart-rate": -6, "respiratory-rate": 3, "temperature": 0.3}
_ASPIRATION = {
    "temperature": 1.4, "wbc": 0.5, "crp": 2.6, "spo2": -5, "respiratory-rate": 6, "heart-rate": 14, "procalcitonin": 1.4,
}  # fmt: skip
_PRESSURE = ("lisinopril", "lisinopril-20", "losartan", "amlodipine", "hydrochlorothiazide", "hydralazine", "spironolactone",
             "sacubitril-valsartan", "sacubitril-valsartan-49", "sacubitril-valsartan-97")  # fmt: skip
_STRENGTH = ("no movement", "a flicker of movement", "movement but not against gravity", "strength 3 of 5", "strength 4 of 5",
             "strength nearly full")  # fmt: skip


class _Stroke:
    """One stay for a stroke."""

    def __init__(self, case: Case) -> None:
        self.case, self.rng = case, case.rng
        self.own: Infarct = infarct(case.life.person)
        thinned = taken_of(case.life, ANTICOAGULANTS)
        late = self.rng.random()
        self.lysis = self.own.grave > 0.2 and not thinned and late < 0.34
        self.thrombectomy = self.own.kind == "embolic" and self.own.grave > 0.5 and late < 0.75
        self.points = max(1, round(2 + 16 * self.own.grave + between(self.rng, -1, 1.5)))
        self.dysphagia = self.own.grave > 0.5 and self.rng.random() < 0.75

    def begin(self) -> None:
        case, rng, start, body, own = self.case, self.rng, self.case.start, self.case.body, self.own
        level = min(1.4, (0.5 + 0.7 * own.grave) * (0.5 + 0.5 * case.severity))
        body.process("infarction", _LOADS)
        body.set_level("infarction", level, start)
        slow = max(30.0, case.days * 24 * 0.35) / (1.5 if self.lysis or self.thrombectomy else 1)
        case.at(start + between(rng, 16, 30) * HOUR, lambda at: body.aim("infarction", 0.08, slow, at))
        critical.fade(case, "infarction", 24 * 9)
        case.principal = own.diagnosis
        self._images()
        self._reopen()
        self._platelets()
        self._pressure()
        self._therapy()
        self._tell()
        if own.grave > 0.75 and critical.intensive_span(case, start + 12 * HOUR) and rng.random() < 0.6:
            self._swell()
        elif self.dysphagia and case.days > 4 and rng.random() < 0.4:
            self._aspirate()
        critical.at_discharge(case, self._leave)
        critical.linger(case)

    # -- what is seen

    def _images(self) -> None:
        case, rng, start, own = self.case, self.rng, self.case.start, self.own
        case.image("ct-head", start + between(rng, 0.3, 0.8) * HOUR, rng.choice((
            "No acute intracranial hemorrhage. No large territory infarct.", "No hemorrhage. Chronic small vessel ischemic changes.",
            f"No hemorrhage. Subtle loss of gray-white differentiation in the {own.side} insula." if own.grave > 0.6 else "No acute findings.",
        )), fact="no bleeding on head CT")  # fmt: skip
        if own.kind == "lacunar":
            spot = rng.choice(
                ("posterior limb of the internal capsule", "corona radiata", "thalamus", "basal ganglia")
            )
            where = f"Small acute infarct of the {own.side} {spot}."
        else:
            part = (
                "M1 segment"
                if self.thrombectomy
                else rng.choice(("M2 branch", "distal M2 branch", "M3 branch"))
            )
            seen = (f"Occlusion of the {part} of the {own.side} middle cerebral artery." if own.kind == "embolic"
                    else f"High-grade stenosis of the {own.side} internal carotid artery. No intracranial occlusion.")  # fmt: skip
            case.image(
                "ct-angiogram-head",
                start + between(rng, 0.9, 1.6) * HOUR,
                seen,
                fact=seen.split(".", maxsplit=1)[0].lower(),
            )
            lobe = rng.choice(("frontal", "parietal", "frontoparietal", "insular"))
            where = f"Acute infarct in the {own.side} middle cerebral artery territory, mostly {lobe}."
        bleed = (self.lysis or self.thrombectomy) and rng.random() < 0.12
        case.image("mri-brain", start + between(rng, 12, 32) * HOUR,
                   f"{where} {'Petechial hemorrhagic transformation.' if bleed else 'No hemorrhage.'}", fact=where[:-1].lower())  # fmt: skip
        atrial = case.life.has("atrial-fibrillation")
        rate = round(between(rng, 62, 104))
        rhythm_words = "Atrial fibrillation" if atrial else "Sinus rhythm"
        case.image(
            "ecg",
            start + 0.5 * HOUR,
            f"{rhythm_words}, rate {rate}. No acute ischemic change.",
            fact=f"{rhythm_words.lower()} on ECG",
        )
        atrium = (
            "Dilated left atrium."
            if atrial
            else rng.choice(("Normal left atrial size.", "Mildly dilated left atrium."))
        )
        case.image("echo", start + between(rng, 20, 46) * HOUR,
                   f"Ejection fraction {ejection_fraction(case.life.person)} percent. {atrium} No thrombus, no shunt by bubble study.",
                   fact="no thrombus on echocardiogram")  # fmt: skip
        if own.kind == "artery":
            narrow = rng.choice(("50 to 69", "70 to 79", "80 to 99"))
            case.image("us-carotid", start + between(rng, 20, 44) * HOUR,
                       f"{narrow} percent stenosis of the {own.side} internal carotid artery.",
                       fact=f"{narrow} percent stenosis of the {own.side} carotid")  # fmt: skip
        case.draw(start + 0.3 * HOUR, "troponin-hs")
        case.draw(case.clock(1, between(rng, 5, 6.5)), "lipid-panel", "hba1c")

    # -- what is done

    def _reopen(self) -> None:
        """Alteplase, a catheter, or neither; a day without anything that thins the blood after alteplase."""
        case, rng, start = self.case, self.rng, self.case.start
        if self.lysis:
            case.withheld |= {"heparin-sc", "enoxaparin"}
            dose = float(round(0.81 * min(case.life.person.weight_kg, 100)))
            case.give_once("alteplase", start + between(rng, 0.6, 1.0) * HOUR, dose=dose)
            case.procedure("thrombolysis", start + 1.3 * HOUR, hours=1.0, fact=f"alteplase {rng.choice(('two hours', 'two and a half hours', 'three hours', 'four hours'))} after onset")  # fmt: skip
            case.image(
                "ct-head",
                start + between(rng, 24, 28) * HOUR,
                "No hemorrhage after thrombolysis. Evolving infarct.",
                fact="no bleeding on CT a day after alteplase",
            )
            case.at(
                start + 30 * HOUR, lambda at: case.withheld.clear() or case.order("enoxaparin", at, now=False)
            )
        if self.thrombectomy:
            grade = rng.choice(("complete", "near-complete", "complete", "partial"))
            case.procedure(
                "thrombectomy",
                start + between(rng, 1.8, 3) * HOUR,
                hours=1.2,
                fact=f"thrombectomy with {grade} reperfusion",
            )
        if self.lysis or self.thrombectomy:
            gained = max(1, round(self.points * between(rng, 0.25, 0.7)))
            left = max(0, self.points - gained)
            case.know(
                "finding", "nihss later", f"NIH stroke scale of {left} the next day", at=start + 22 * HOUR
            )

    def _platelets(self) -> None:
        case, rng, start, life, own = self.case, self.rng, self.case.start, self.case.life, self.own
        first = start + (27 if self.lysis else between(rng, 2, 6)) * HOUR
        if own.kind == "embolic":
            self._thin(first)
        elif not taken_of(life, ANTICOAGULANTS):
            case.withheld |= {"aspirin", "clopidogrel"}
            case.at(first, lambda at: case.order("aspirin", at, dose=324.0 if rng.random() < 0.3 else None))
            if own.grave < 0.3:
                case.at(first + 0.5 * HOUR, lambda at: case.order("clopidogrel", at))
                case.know("treatment", "platelets", "aspirin with clopidogrel for three weeks", at=first)
        if not taken_of(life, STATINS):
            case.order("atorvastatin-80", first + HOUR)

    def _thin(self, first: float) -> None:
        """A clot from the heart: the anticoagulant waits for days by the size of the stroke; aspirin meanwhile."""
        case, life = self.case, self.case.life
        wait = 1.0 + 7 * self.own.grave
        case.withheld |= set(ANTICOAGULANTS)
        case.order("aspirin", first, until=case.start + wait * DAY)
        case.know("plan", "anticoagulation", f"anticoagulation after about {max(2, round(wait))} days")
        form = rhythm(life.person)

        def begin(at: float) -> None:
            drug = taken_of(life, ANTICOAGULANTS) or form.thinner
            if drug:
                case.withheld.discard(drug)
                dose = (
                    apixaban_dose(life, at)
                    if drug == "apixaban"
                    else life.home[drug].dose
                    if life.takes(drug)
                    else None
                )
                for other in ("enoxaparin", "heparin-sc"):
                    case.stop(other, at)
                case.order(drug, at, dose=dose)
                case.know("treatment", "anticoagulation", f"{drug} begun", at=at)

        case.at(case.start + wait * DAY, begin)

    def _pressure(self) -> None:
        """High pressure is let be; only with alteplase it is held down; tablets come back after two or three days."""
        case, rng, start = self.case, self.rng, self.case.start
        mine = [d for d in _PRESSURE if case.life.takes(d)]
        case.withheld |= set(mine)

        def check(at: float) -> None:
            limit = 180 if self.lysis else 215
            if case.signs.get("systolic", 0) > limit:
                case.give_once("labetalol-iv", at)
            if at < start + 20 * HOUR:
                case.at(at + 2 * HOUR, check)

        case.at(start + 0.6 * HOUR, check)
        case.know("plan", "pressure", "pressure below 180/105 after alteplase" if self.lysis else "permissive hypertension for the first day or two",
                  until=start + 1.8 * DAY)  # fmt: skip
        back = start + between(rng, 1.8, 3) * DAY
        for n, drug in enumerate(mine or (["amlodipine"] if case.life.has("hypertension") else [])):
            dose = case.life.home[drug].dose if drug in case.life.home else None
            case.at(
                back + n * between(rng, 0.1, 20) * HOUR,
                lambda at, d=drug, m=dose: case.order(d, at, dose=m, now=False),
            )
        if mine or case.life.has("hypertension"):
            case.know("event", "pressure tablets", "tablets for blood pressure begun again", at=back)

    def _therapy(self) -> None:
        case, rng, start = self.case, self.rng, self.case.start
        case.service("neuro-checks", start + 0.6 * HOUR)
        case.service("swallow-screen", start + 0.7 * HOUR, due=start + between(rng, 2, 5) * HOUR)
        found = (
            rng.choice(
                (
                    "coughs on thin liquids, soft diet with thickened liquids",
                    "nothing by mouth, feeding tube for now",
                )
            )
            if self.dysphagia
            else "swallows safely, regular diet"
        )
        case.procedure("swallow-evaluation", start + between(rng, 4, 20) * HOUR, hours=0.5, fact=found)
        if self.dysphagia:
            case.diagnose("dysphagia", start + 20 * HOUR)
            if found.startswith("nothing"):
                case.procedure("tube-feeding", start + 30 * HOUR, hours=12)
        for day in range(1, min(14, int(case.days) + 1)):
            case.procedure("physical-therapy", case.clock(day, between(rng, 9, 12)), hours=0.6)
            if rng.random() < 0.7:
                case.procedure("occupational-therapy", case.clock(day, between(rng, 13, 16)), hours=0.6)
            if (self.own.speech or self.dysphagia) and rng.random() < 0.6:
                case.procedure("speech-therapy", case.clock(day, between(rng, 10, 15)), hours=0.5)
        for n in range(8):
            case.procedure("neurologic-check", start + (1 + 3.5 * n) * HOUR, hours=0.1)

    # -- what goes wrong

    def _swell(self) -> None:
        case, body, rng = self.case, self.case.body, self.rng
        body.process("swelling", _SWELLING)
        worse = case.start + between(rng, 24, 50) * HOUR
        case.at(worse, lambda at: body.aim("swelling", 1.0, 8, at))
        case.at(worse + 1.6 * DAY, lambda at: body.aim("swelling", 0.1, 40, at))
        case.image(
            "ct-head",
            worse + 6 * HOUR,
            f"Large {self.own.side} hemispheric infarct with 5 mm midline shift. No hemorrhage.",
            fact="brain swelling with midline shift",
        )
        case.know(
            "event",
            "swelling",
            "sleepier, repeat CT shows swelling, hypertonic saline given",
            at=worse + 8 * HOUR,
        )
        critical.fade(case, "swelling", 60)

    def _aspirate(self) -> None:
        case, body, rng = self.case, self.case.body, self.rng
        body.process("aspiration", _ASPIRATION)
        begun = case.start + between(rng, 1.5, 3) * DAY
        case.at(begun, lambda at: body.aim("aspiration", 1.0, 8, at))

        def treat(at: float) -> None:
            case.diagnose("aspiration-pneumonia", at)
            case.image(
                "chest-xray-portable",
                at,
                "New right lower lobe opacity, concerning for aspiration.",
                fact="new opacity at the right base",
            )
            case.order("ceftriaxone", at + HOUR, until=at + 5 * DAY,
                       on_first=lambda when: body.aim("aspiration", 0.05, 40, when + 10 * HOUR))  # fmt: skip
            case.know("event", "aspiration", "fever and cough after eating, treated for aspiration", at=at)

        case.at(begun + 14 * HOUR, treat)
        critical.fade(case, "aspiration", 60)

    # -- words

    def _tell(self) -> None:
        case, rng, own = self.case, self.rng, self.own
        case.know(
            "symptom",
            "weakness",
            f"sudden weakness of the {own.weak_side} {rng.choice(('arm and leg', 'arm and face', 'arm', 'side'))}",
        )
        case.know("event", "onset", rng.choice((
            "last seen well at bedtime", "witnessed onset at breakfast", "found on the floor by family", "dropped a cup and could not speak" if own.speech else "stumbled in the kitchen",
            "onset while watching television")))  # fmt: skip
        if own.speech:
            case.know(
                "sign",
                "speech",
                "halting speech with word-finding errors" if own.speech == "aphasia" else "slurred speech",
            )
            case.diagnose(own.speech, case.start + 3 * HOUR)
        if own.neglect:
            case.know("sign", "neglect", "neglects the left side")
        if rng.random() < 0.7:
            case.know("sign", "face", f"{own.weak_side} facial droop")
            case.diagnose("facial-weakness", case.start + 3 * HOUR)
        case.diagnose(f"hemiplegia-{own.weak_side}", case.start + 3 * HOUR)
        case.know("finding", "nihss", f"NIH stroke scale of {self.points} on arrival")
        case.denies(
            ("headache", "headache"),
            ("seizure", "a seizure"),
            ("chest pain", "chest pain"),
            ("trauma", "head injury"),
        )
        self._strength()
        if not case.life.has("atrial-fibrillation"):
            case.know("plan", "monitor", "heart monitor for a month after discharge")
        place = (
            "inpatient rehabilitation"
            if own.residual == "marked"
            else "home with therapy"
            if own.residual == "mild"
            else "home"
        )
        case.know("plan", "disposition", f"{place} after discharge")

    def _strength(self) -> None:
        """How strong the weak side is, day by day; it ends at what stays for life."""
        case, own = self.case, self.own
        begin = max(0, 4 - round(4.4 * own.grave))
        end = {"none": 5, "mild": 4, "marked": 2}[own.residual]
        end = max(end, begin)
        since, last = case.start, case.start + max(1.0, case.days) * DAY
        steps = list(range(begin, end + 1))
        for n, step in enumerate(steps):
            until = since + (last - since) / (len(steps) - n) if n < len(steps) - 1 else None
            case.know("sign", "strength", f"{_STRENGTH[step]} on the {own.weak_side}", at=since, until=until)
            since = until or since

    def _leave(self, at: float) -> None:
        """What stays for life, and tablets against the next stroke."""
        life = self.case.life
        life.know(at, "history", "stroke", f"{self.own.side} hemisphere stroke")
        leave_behind(life, at, at)
        protect(life, at)
        if self.own.kind == "embolic":
            start_thinner(life, at)
        elif self.own.grave < 0.3 and not taken_of(life, ANTICOAGULANTS):
            life.start_home("clopidogrel", at)
            if life.takes("aspirin"):
                life.at(at + 21 * DAY, lambda when: life.stop_home("clopidogrel", when, status="completed"))


def admit(case: Case) -> None:
    """Begins the stay."""
    _Stroke(case).begin()


def morning(case: Case, day: int, at: float) -> None:
    """Words about the night and about how strength comes back."""
    level = case.body.level("infarction", at)
    if day in {1, 2, 3, 5, 8}:
        words = (
            ("no new deficit overnight", "neurologically unchanged") if level > 0.5 else ("stronger than yesterday", "walks further with therapy")
        )  # fmt: skip
        case.know("event", f"progress {day}", case.rng.choice(words), at=at)


STROKE = Illness("stroke", admit, morning)
