"""What brings somebody from a ward to the ICU: pneumonia of the hospital, an infected line, failing breath, a bleed, a rhythm.

Each begins hours before the transfer, is at its worst in the first day of the ICU span and has turned when the span ends.
Sources: IDSA/ATS guideline on hospital-acquired pneumonia 2016; Surviving Sepsis Campaign 2021; ACG guideline on upper
gastrointestinal bleeding 2021 (transfusion under 7 g/dL, endoscopy within 24 h); ACC/AHA guideline on atrial fibrillation 2023.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from . import critical, infection, organisms

Span = tuple[float, float]
"""Beginning and end of the time in the ICU, in seconds."""

_PNEUMONIA = {
    "temperature": 1.6, "heart-rate": 23, "respiratory-rate": 10, "spo2": -13.0, "systolic": -13, "wbc": 0.66, "crp": 2.8,
    "procalcitonin": 2.6, "lactate": 0.5, "albumin": -0.4, "co2": -1.0, "hypercapnia": 4.0, "sodium": -1.5, "gcs": -0.6,
    "platelets": -0.1, "creatinine": 0.12, "bun": 0.12, "glucose": 0.15, "urine": -10,
}  # fmt: skip
_LINE = {
    "temperature": 2.0, "heart-rate": 27, "respiratory-rate": 6, "systolic": -20, "wbc": 0.72, "crp": 2.9, "procalcitonin": 3.2,
    "lactate": 0.6, "albumin": -0.35, "co2": -2.6, "platelets": -0.35, "creatinine": 0.22, "bun": 0.18, "glucose": 0.16,
    "urine": -13, "gcs": -0.8, "inr": 0.1,
}  # fmt: skip
_BREATH = {
    "respiratory-rate": 11, "spo2": -11, "heart-rate": 20, "systolic": 14, "hypercapnia": 15, "co2": 1.2, "gcs": -1.2,
    "lactate": 0.25, "nt-probnp": 1.1, "wbc": 0.15, "troponin-hs": 0.7, "weight": 1.2,
}  # fmt: skip
_BLEED = {
    "heart-rate": 27, "systolic": -27, "diastolic": -6, "bun": 0.5, "lactate": 0.75, "respiratory-rate": 4, "urine": -16,
    "co2": -2.2, "troponin-hs": 0.7, "calcium": -0.3, "creatinine": 0.15, "gcs": -0.4,
}  # fmt: skip
_RHYTHM = {
    "heart-rate": 62, "systolic": -23, "respiratory-rate": 5, "spo2": -3.0, "lactate": 0.35, "troponin-hs": 1.1,
    "nt-probnp": 0.8, "urine": -9, "potassium": -0.2, "magnesium": -0.12,
}  # fmt: skip


def _course(case: Case, name: str, loads: dict[str, float], span: Span, *, tau: float) -> float:
    """Lets a trouble grow from hours before the span and turn in it; returns its level at the worst."""
    rng = case.rng
    level = between(rng, 0.9, 1.3) * (0.6 + 0.4 * case.severity)
    stays = span[1] - span[0]
    case.at(span[0] - 2 * HOUR, lambda at: infection.grow(case, name, loads, worst=level, hours=1.6, at=at))
    turn = span[0] + min(between(rng, 0.2, 0.4) * stays, between(rng, 12, 30) * HOUR)
    case.at(turn, lambda at: infection.turn(case, name, tau=tau, at=at))
    return level


def _transfer(case: Case, span: Span, why: str, findings: tuple[str, ...]) -> None:
    rng = case.rng
    case.know("event", "deterioration", rng.choice(findings), at=span[0] - 1.5 * HOUR)
    case.know("event", "transfer", f"moved to the intensive care unit for {why}", at=span[0])
    case.draw(
        span[0] - between(rng, 0.6, 1.3) * HOUR,
        "basic-metabolic-panel",
        "cbc",
        "lactate",
        "arterial-blood-gas",
        "troponin-hs",
    )
    case.image(
        "ecg",
        span[0] - between(rng, 0.4, 1.2) * HOUR,
        rng.choice(("Sinus tachycardia.", "Sinus tachycardia, no ischemic changes.")),
    )
    critical.watch_lactate(case)
    if span[1] < case.end - HOUR:
        case.know(
            "event",
            "back on the ward",
            rng.choice(("back to the ward, stable", "moved out of the intensive care unit")),
            at=span[1],
        )


def hospital_pneumonia(case: Case, span: Span) -> None:
    """Fever and hypoxia after days in bed; broad antibiotics, a ventilator for some."""
    rng = case.rng
    stays = (span[1] - span[0]) / HOUR
    level = _course(case, "hospital pneumonia", _PNEUMONIA, span, tau=min(44.0, max(12.0, 0.4 * stays)))
    side = rng.choice(
        ("the right lower lobe", "the left lower lobe", "both lower lobes", "the right middle lobe")
    )
    _transfer(case, span, "respiratory failure from pneumonia acquired in hospital", (
        "new fever with rising oxygen needs", "rapid response for low saturation", "thick secretions, breathing fast and wet"))  # fmt: skip
    _antibiotics(case, span[0] - HOUR, "lung")
    case.image(
        "chest-xray-portable",
        span[0] - 0.8 * HOUR,
        f"New consolidation of {side}.",
        fact=f"new consolidation of {side}",
    )
    case.diagnose("pneumonia", span[0])
    case.diagnose("respiratory-failure", span[0] + HOUR)
    case.know("sign", "crackles", f"bronchial breathing over {side}", at=span[0], until=span[1] + DAY)
    if rng.random() < 0.55 * level:
        critical.ventilate(
            case, span[0] + between(rng, 0.5, 5) * HOUR, between(rng, 0.3, 0.7) * stays, "respiratory failure"
        )
    if rng.random() < 0.35 * level:
        critical.shock(
            case, span[0] + HOUR, level=between(rng, 0.4, 0.85), hours=between(rng, 0.25, 0.5) * stays
        )


def line_sepsis(case: Case, span: Span) -> None:
    """A line gets infected: rigors, low pressure, a germ in the blood."""
    rng = case.rng
    stays = (span[1] - span[0]) / HOUR
    level = _course(case, "line sepsis", _LINE, span, tau=min(40.0, max(12.0, 0.35 * stays)))
    _transfer(
        case,
        span,
        "sepsis from a catheter",
        (
            "rigors and a fall in pressure",
            "fever with shaking chills during an infusion",
            "rapid response for low pressure",
        ),
    )
    _antibiotics(case, span[0] - HOUR, "line")
    critical.boluses(case, span[0] - HOUR, 2)
    critical.shock(case, span[0] + 0.5 * HOUR, level=0.75 * level, hours=between(rng, 0.3, 0.55) * stays)
    case.diagnose("sepsis", span[0] - 0.5 * HOUR)
    case.diagnose("septic-shock", span[0] + 2 * HOUR)
    case.know(
        "sign",
        "line site",
        rng.choice(("redness at the catheter site", "pus at the exit site", "a clean catheter site")),
        at=span[0],
    )
    case.know("event", "line out", "the suspect line was removed", at=span[0] + between(rng, 2, 12) * HOUR)


def _antibiotics(case: Case, at: float, source: str) -> None:
    """Vancomycin with cefepime or meropenem; narrowed when a germ is known, else stopped after a week."""
    rng = case.rng
    broad = (
        "meropenem"
        if case.active("cefepime") or case.active("piperacillin-tazobactam") or rng.random() < 0.2
        else "cefepime"
    )
    for old in ("ceftriaxone", "azithromycin", "cefazolin", "piperacillin-tazobactam", "cefepime"):
        if old != broad:
            case.at(at, lambda when, d=old: case.stop(d, when))

    def order(when: float) -> None:
        case.order(broad, when + 0.2 * HOUR, until=at + 7.5 * DAY)
        case.order("vancomycin", when + 0.3 * HOUR, until=at + 6 * DAY)
        case.know("treatment", "broad antibiotics", f"{broad} and vancomycin begun", at=when)

    case.at(at, order)
    case.draw(at - 600, "procalcitonin", "crp")
    critical.trough(case, at + 42 * HOUR)
    if rng.random() < 0.45:
        case.draw(at - 900, "blood-culture")
        case.at(at + 2.6 * DAY, lambda when: case.stop("vancomycin", when))
        return
    germ = organisms.grown(rng, source)
    known = organisms.grow(case, "blood-culture", at - 900, germ)

    def narrow(when: float) -> None:
        case.know("finding", "culture", f"{germ.short} in blood cultures", at=when)
        for drug in (broad, "vancomycin"):
            if drug != germ.narrow:
                case.stop(drug, when + HOUR)
        case.order(germ.narrow, when + 1.2 * HOUR, until=at + 12 * DAY)

    case.at(known, narrow)


def respiratory_failure(case: Case, span: Span) -> None:
    """Flash edema, an exhausted chest, a plug: tiring breath with carbon dioxide rising."""
    rng = case.rng
    stays = (span[1] - span[0]) / HOUR
    heart = case.life.has("heart-failure") or rng.random() < 0.4
    level = _course(case, "failing breath", _BREATH, span, tau=min(30.0, max(8.0, 0.3 * stays)))
    why = (
        "pulmonary edema"
        if heart
        else rng.choice(("mucus plugging", "an exacerbation with rising carbon dioxide"))
    )
    _transfer(
        case,
        span,
        f"respiratory failure from {why}",
        (
            "breathing forty a minute, speaking single words",
            "drowsy with shallow breath",
            "saturation falling on a mask",
        ),
    )
    finding = (
        "Diffuse interstitial and alveolar edema."
        if heart
        else "Volume loss of the left lower lobe with mucus plugging."
    )
    case.image("chest-xray-portable", span[0] - 0.7 * HOUR, finding)
    case.diagnose("respiratory-failure", span[0])
    if heart:
        case.at(
            span[0] - 0.8 * HOUR,
            lambda at: case.order("furosemide-iv", at, dose=80, until=span[0] + 2.5 * DAY),
        )
        case.know("treatment", "diuresis", "furosemide in the vein and positive pressure by mask", at=span[0])
    else:
        case.at(
            span[0] - 0.8 * HOUR, lambda at: case.order("methylprednisolone-iv", at, until=span[0] + 3 * DAY)
        )
        case.at(span[0] - 0.8 * HOUR, lambda at: case.order("ipratropium-neb", at, until=span[0] + 4 * DAY))
        case.know("treatment", "chest", "nebulizers, steroids and chest physiotherapy", at=span[0])
    case.series(span[0] + HOUR, 4, 4, "arterial-blood-gas")
    masked = min(between(rng, 5, 16), 0.4 * stays)
    case.procedure(
        "noninvasive-ventilation",
        span[0] + 0.3 * HOUR,
        hours=masked,
        fact="positive pressure by mask, tolerated",
    )
    if rng.random() < 0.5 * level:
        critical.ventilate(case, span[0] + between(rng, 1, 7) * HOUR, between(rng, 0.3, 0.65) * stays, why)


def bleed(case: Case, span: Span) -> None:
    """Black stools and a fall in pressure: blood, a pump inhibitor, an endoscopy."""
    rng, body = case.rng, case.body
    _course(case, "hospital bleed", _BLEED, span, tau=between(rng, 6, 12))
    body.process("blood lost", {"hemoglobin": -1.0, "albumin": -0.12, "platelets": -0.06})
    loss = max(2.4, body.glance("hemoglobin", span[0] - 4 * HOUR) - between(rng, 6.0, 8.0))
    case.at(span[0] - 2 * HOUR, lambda at: body.aim("blood lost", loss, 2.5, at))
    case.at(span[0] + DAY, lambda at: body.aim("blood lost", 0.55 * loss, 24 * 9, at))
    critical.fade(case, "blood lost", 24 * 22)
    _transfer(
        case,
        span,
        "bleeding with low pressure",
        (
            "passed black stool and fainted",
            "vomited coffee grounds, pressure falling",
            "maroon stools with a rapid pulse",
        ),
    )
    case.diagnose("gi-bleed", span[0])
    case.diagnose("acute-blood-loss-anemia", span[0] + 2 * HOUR)
    for drug in ("heparin-sc", "enoxaparin", "apixaban", "warfarin", "aspirin", "clopidogrel"):
        case.at(span[0] - HOUR, lambda at, d=drug: case.stop(d, at))
    case.at(span[0] - 0.5 * HOUR, lambda at: case.order("pantoprazole-iv", at, until=span[0] + 3 * DAY))
    critical.boluses(case, span[0] - HOUR, 1)
    case.transfuse(span[0] + between(rng, 0.3, 1.5) * HOUR, 2)
    _transfuse_again(case, span)
    case.series(span[0] + 5 * HOUR, 6, 5, "cbc")
    place = rng.choice(
        (
            "a clean-based duodenal ulcer",
            "a gastric ulcer with a visible vessel, clipped",
            "erosive gastritis",
            "an oozing duodenal ulcer, injected",
        )
    )
    case.procedure(
        "upper-endoscopy", span[0] + between(rng, 5, 20) * HOUR, hours=0.7, fact=f"endoscopy: {place}"
    )


def _transfuse_again(case: Case, span: Span) -> None:
    """Another unit while hemoglobin stays under 7.5, three at most."""
    left = [3]

    def look(values: Mapping[str, float], at: float) -> None:
        if span[0] < at < span[1] and values.get("hemoglobin", 10.0) < 7.5 and left[0] > 0:
            left[0] -= 1
            case.transfuse(at + between(case.rng, 0.5, 2) * HOUR)

    case.watchers.append(look)


def arrhythmia(case: Case, span: Span) -> None:
    """Atrial fibrillation at 150 and more with low pressure: rate, then rhythm."""
    rng = case.rng
    _course(case, "fast rhythm", _RHYTHM, span, tau=between(rng, 3, 8))
    _transfer(
        case,
        span,
        "a rapid rhythm with low pressure",
        (
            "sudden palpitations and a pulse of more than 150",
            "rapid response for a racing heart",
            "lightheaded with a racing pulse",
        ),
    )
    case.image("ecg", span[0] - 0.6 * HOUR, f"Atrial fibrillation with rapid ventricular response, rate {rng.randrange(146, 172)}.",
               fact="atrial fibrillation with a rapid response")  # fmt: skip
    case.diagnose(
        "atrial-fibrillation" if case.life.has("atrial-fibrillation") else "atrial-fibrillation-paroxysmal",
        span[0],
    )
    case.diagnose("hypotension", span[0] + HOUR)
    case.at(span[0] + 0.2 * HOUR, lambda at: case.order("amiodarone", at, until=span[0] + 4 * DAY))
    case.series(span[0] + 3 * HOUR, 5, 2, "troponin-hs")
    case.draw(span[0] + 2 * HOUR, "tsh", "magnesium")
    case.image(
        "echo",
        span[0] + between(rng, 10, 28) * HOUR,
        rng.choice(
            (
                "Ejection fraction 55 percent, mildly enlarged left atrium.",
                "Ejection fraction 50 percent, moderate left atrial enlargement.",
            )
        ),
    )
    if rng.random() < 0.35:
        case.procedure(
            "cardioversion",
            span[0] + between(rng, 1, 5) * HOUR,
            hours=0.3,
            fact="cardioverted under brief sedation",
        )
    case.know(
        "event",
        "rhythm",
        rng.choice(("back in sinus rhythm", "rate under 100 on amiodarone", "converted overnight")),
        at=span[0] + between(rng, 10, 26) * HOUR,
    )
