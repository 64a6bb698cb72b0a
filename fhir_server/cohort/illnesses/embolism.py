"""Pulmonary embolism: sudden breathlessness, a clot seen on CT, heparin or apixaban at once, rarely lysis.

Sources: ESC guideline 2019 (risk by pressure, right heart and troponin); CHEST guideline 2021 (three months of an anticoagulant,
longer where unprovoked or with cancer); apixaban label (10 mg twice a day for a week, then 5 mg).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.classes import ANTICOAGULANTS, taken_of
from ..lasting.heart_failure import ejection_fraction
from . import critical, heparin
from .breath import walk
from .model import Illness

_LOADS = {
    "heart-rate": 27, "respiratory-rate": 7.5, "spo2": -5.5, "systolic": -10, "temperature": 0.35, "wbc": 0.2, "crp": 1.8,
    "d-dimer": 2.4, "troponin-hs": 1.5, "nt-probnp": 1.7, "lactate": 0.35, "pain": 2.4, "hypercapnia": -4, "bun": 0.08,
}  # fmt: skip
_CAUSES = ("a long flight ten days before", "a knee operation three weeks before", "no clear cause", "a leg in a cast for a month",
           "weeks in bed with back pain", "a clot in a sister", "no clear cause")  # fmt: skip


def admit(case: Case) -> None:
    """Worst at first; better over days as the clot is dissolved."""
    rng, start, body, life = case.rng, case.start, case.body, case.life
    body.process("embolism", _LOADS)
    body.set_level("embolism", 0.95 * case.severity, start)
    strained = case.severity > 0.9 and rng.random() < 0.7
    side = rng.choice(("right", "left"))
    clot = rng.random() < 0.55
    tau = max(26.0, 24 * 0.38 * case.days)
    _anticoagulate(case, tau)
    _images(case, side, strained=strained, clot=clot)
    case.draw(start + 0.6 * HOUR, "troponin-hs", "nt-probnp", "d-dimer", "lactate")
    case.draw(start + 4 * HOUR, "troponin-hs")
    case.principal = "pulmonary-embolism"
    if case.severity > 0.85:
        case.diagnose("respiratory-failure", start + 2 * HOUR)
    span = critical.intensive_span(case, start + 2 * HOUR)
    if span is not None and strained and rng.random() < 0.45:
        case.give_once("alteplase", start + between(rng, 1.5, 3) * HOUR, dose=100.0)
        case.procedure("thrombolysis", start + 2.5 * HOUR, hours=2, fact="alteplase for pressure falling",
                       then=lambda at: body.aim("embolism", 0.25, 9, at))  # fmt: skip
        critical.shock(case, start + HOUR, level=0.6, hours=10)
    _tell(case, side if clot else "")
    critical.fade(case, "embolism", 24 * 8)
    critical.at_discharge(case, lambda at: _leave(case, at))
    critical.linger(case)
    if life.has("cancer"):
        case.know("event", "cause", "cancer under treatment")


def _anticoagulate(case: Case, tau: float) -> None:
    rng, start, body, life = case.rng, case.start, case.body, case.life

    def begun(at: float) -> None:
        body.aim("embolism", 0.08, tau, at + 4 * HOUR)

    case.withheld |= {"heparin-sc", "enoxaparin"}
    if taken_of(life, ANTICOAGULANTS) or rng.random() < 0.4 * (case.severity < 1.0):
        case.withheld |= set(ANTICOAGULANTS)
        case.order("apixaban", start + 2 * HOUR, dose=10.0, on_first=begun)
        case.know("treatment", "anticoagulant", "apixaban 10 mg twice a day for a week")
        return
    change = start + between(rng, 0.9, 2.2) * DAY
    heparin.infuse(case, start + HOUR, until=change, bolus=80, rate=18, on_first=begun)
    case.at(change + 0.5 * HOUR, lambda at: case.order("apixaban", at, dose=10.0))
    case.know("treatment", "heparin", "heparin infusion", until=change)
    case.know("treatment", "anticoagulant", "apixaban 10 mg twice a day for a week", at=change)


def _images(case: Case, side: str, *, strained: bool, clot: bool) -> None:
    rng, start = case.rng, case.start
    where = rng.choice(
        (
            f"the {side} lower lobe segmental arteries",
            f"the {side} main pulmonary artery",
            "both main pulmonary arteries",
            "segmental arteries of both lower lobes",
        )
    )
    strain = (
        "Right ventricle larger than the left, suggesting strain." if strained else "No right heart strain."
    )
    infarct = rng.choice((" Small peripheral wedge-shaped opacity, likely infarct.", "", " Small effusion."))
    case.image(
        "ct-pulmonary-angiogram",
        start + between(rng, 0.9, 2.2) * HOUR,
        f"Filling defects in {where}. {strain}{infarct}",
        fact=f"emboli in {where} on CT",
    )
    case.image(
        "ecg",
        start + 0.2 * HOUR,
        rng.choice(
            (
                "Sinus tachycardia.",
                "Sinus tachycardia, S1Q3T3 pattern.",
                "Sinus tachycardia, incomplete right bundle branch block.",
            )
        ),
        fact="sinus tachycardia on ECG",
    )
    fraction = ejection_fraction(case.life.person)
    right = (
        "Moderately dilated right ventricle with reduced function."
        if strained
        else "Normal right ventricular size and function."
    )
    case.image(
        "echo",
        start + between(rng, 5, 24) * HOUR,
        f"Ejection fraction {fraction} percent. {right}",
        fact=right[:-1].lower(),
    )
    seen = (
        f"Occlusive thrombus in the {side} {rng.choice(('popliteal', 'femoral', 'common femoral'))} vein."
        if clot
        else "No deep vein thrombosis of either leg."
    )
    case.image("us-leg-veins", start + between(rng, 6, 26) * HOUR, seen, fact=seen[:-1].lower())
    if clot:
        case.diagnose("dvt" if side == "right" else "dvt-left", start + 10 * HOUR)


def _tell(case: Case, leg: str) -> None:
    rng, better = case.rng, case.start + 0.6 * case.days * DAY
    case.know(
        "symptom",
        "dyspnea",
        f"sudden shortness of breath {rng.choice(('since this morning', 'for a day', 'for two days'))}",
        until=better,
    )
    if rng.random() < 0.6:
        case.know(
            "symptom",
            "pleurisy",
            rng.choice(
                (
                    "sharp pain on breathing in",
                    "stabbing pain below the shoulder blade",
                    "pain in the side on deep breaths",
                )
            ),
            until=better,
        )
    if leg:
        case.know("sign", "leg", f"swollen tender {leg} calf", until=better)
        case.know(
            "symptom",
            "leg",
            f"{leg} leg swelling for {rng.choice(('four days', 'a week', 'ten days'))}",
            until=better,
        )
    else:
        case.denies(("leg swelling", "leg swelling"))
    if rng.random() < 0.25:
        case.know("symptom", "near syncope", "nearly passed out on the stairs")
    case.know("event", "cause", rng.choice(_CAUSES))
    case.denies(
        ("fever", "fever or cough with sputum"),
        ("hemoptysis", "coughing up blood"),
        ("bleeding", "bleeding or black stools"),
    )
    case.know(
        "plan",
        "duration",
        rng.choice(
            ("an anticoagulant for three months", "an anticoagulant for six months, then to be weighed again")
        ),
    )


def _leave(case: Case, at: float) -> None:
    life = case.life
    life.problem("embolism-history", at)
    life.know(at, "history", "pulmonary embolism", "a pulmonary embolism treated with apixaban")
    if taken_of(life, ANTICOAGULANTS):
        return
    life.start_home("apixaban", at)
    life.problem("long-term-anticoagulant", at)
    if not life.has("cancer"):
        life.at(
            at + between(case.rng, 95, 190) * DAY,
            lambda when: life.stop_home("apixaban", when, status="completed"),
        )


def morning(case: Case, day: int, at: float) -> None:
    """Breath and oxygen day by day."""
    if day < 5 and case.signs:
        better = case.body.level("embolism", at) < 0.5 * case.severity
        words = (
            ("breathing easier", "walks in the hall")
            if better
            else ("still short of breath on walking", "sharp pain on deep breaths persists")
        )
        case.know("symptom", "breathing", case.rng.choice(words), at=at, until=at + DAY)
    if not case.ongoing and (case.end - at) / DAY < 1.2 and not case.in_icu(at):
        walk(case, at + 2 * HOUR)


EMBOLISM = Illness("embolism", admit, morning)
