"""What goes wrong in hospital: small things in many stays, and what sends somebody to the ICU in the middle of one.

Rates (share of stays): kidney injury 10-20 % (Wang et al., Am J Nephrol 2012); delirium 15-25 % of the old, a third after
hip fracture (Inouye et al., Lancet 2014); C. difficile 0.5-1 % of stays, more under antibiotics (Lessa et al., N Engl J
Med 2015); hyponatremia acquired in hospital about 10 % here (Waikar et al., Am J Med 2009 found more); thrombocytopenia
by heparin under 1 % (Warkentin, NEJM 2003); hemoglobin falls by about 0.15 g/dL a day of phlebotomy (Thavendiranathan
et al., J Gen Intern Med 2005).
"""

from __future__ import annotations

from collections.abc import Callable

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from . import critical, relapses

_INFECTED = frozenset({"pneumonia", "sepsis", "uti", "cellulitis", "copd", "preterm", "neutropenia", "liver"})
_SURGICAL = frozenset({"hip", "knee", "colectomy", "cholecystectomy", "elective-knee", "elective-colectomy"})
_SHORT_OF_FLOW = frozenset({"sepsis", "heart-failure", "liver", "gi-bleed", "pancreatitis", "hip"})
_OWN_KIDNEYS = frozenset({"kidney", "sepsis", "ketoacidosis", "missed-dialysis", "hyperglycemia"})
_AKI = {
    "creatinine": 1.0, "bun": 0.95, "potassium": 0.55, "phosphate": 1.0, "co2": -2.4, "urine": -24, "magnesium": 0.1,
}  # fmt: skip


def maybe(case: Case) -> None:
    """Complications of a stay, at their rates; called at admission."""
    if case.stay.reason == "delivery":
        return
    _phlebotomy(case)
    for trial in (_kidneys, _delirium, _difficile, _water, _gut, _heparin, _drip):
        trial(case)


def second_hit(case: Case, at: float) -> None:
    """Why somebody who has been in hospital for a while goes to an ICU at a moment; called hours before it.

    What fits the patient is chosen; it shows in facts, signs and results, and turns within the ICU span.
    """
    span = critical.intensive_span(case, at)
    if span is None:
        return None
    rng = case.rng
    choices: list[tuple[float, Callable[[Case, tuple[float, float]], None]]] = [
        (1.6 if case.stay.reason != "pneumonia" else 0.8, relapses.hospital_pneumonia),
        (1.1, relapses.line_sepsis),
        (0.8 + (1.0 if case.life.has("copd", "heart-failure") else 0.0), relapses.respiratory_failure),
        (0.5 if case.stay.reason in {"gi-bleed", "ketoacidosis"} else 0.9, relapses.bleed),
        (
            0.8 + (0.9 if case.life.has("atrial-fibrillation", "coronary-disease") else 0.0),
            relapses.arrhythmia,
        ),
    ]
    point = rng.random() * sum(weight for weight, _ in choices)
    for weight, hit in choices:
        point -= weight
        if point < 0:
            return hit(case, span)
    return relapses.hospital_pneumonia(case, span)


def _phlebotomy(case: Case) -> None:
    """Tubes of blood, fluids and rest: hemoglobin drifts down for a week or two and comes back at home."""
    body, rng, start = case.body, case.rng, case.start
    body.process(
        "phlebotomy", {"hemoglobin": -1.5, "albumin": -0.35, "total-protein": -0.25, "calcium": -0.12}
    )
    body.aim("phlebotomy", between(rng, 0.6, 1.25) * (1.35 if case.stay.intensive else 1.0), 24 * 7, start)
    critical.fade(case, "phlebotomy", 24 * 20)


def _kidneys(case: Case) -> None:
    rng, body = case.rng, case.body
    reason = case.stay.reason
    if reason in _OWN_KIDNEYS or case.life.has("dialysis", "pregnant"):
        return
    share = 0.07 + (0.08 if reason in _SHORT_OF_FLOW else 0) + (0.07 if case.life.person.egfr < 45 else 0)
    if case.days < 2 or rng.random() > share:
        return
    onset = case.start + between(rng, 0.15, 0.4) * case.days * DAY
    worst = between(rng, 0.42, 0.95) * (0.6 + 0.4 * case.severity)
    body.process("kidneys in hospital", _AKI)
    cause = rng.choice(("low pressure", "diuresis", "contrast", "poor intake", "an antibiotic"))

    def begin(at: float) -> None:
        body.aim("kidneys in hospital", worst, between(rng, 14, 28), at)
        turn = at + between(rng, 1.2, 2.4) * DAY
        case.at(turn, lambda when: body.aim("kidneys in hospital", 0.0, between(rng, 30, 70), when))

    def noticed(at: float) -> None:
        case.diagnose("acute-kidney-injury", at)
        case.know(
            "event", "kidney injury", f"kidney function worse since yesterday, put down to {cause}", at=at
        )
        for drug in ("lisinopril", "lisinopril-20", "losartan", "spironolactone"):
            if case.active(drug) and rng.random() < 0.8:
                case.stop(drug, at)
                case.know("treatment", drug, f"{drug.split('-', maxsplit=1)[0]} held for the kidneys", at=at)
        if rng.random() < 0.4:
            case.image(
                "us-renal", at + between(rng, 3, 20) * HOUR, "No hydronephrosis.", fact="no hydronephrosis"
            )

    case.at(onset, begin)
    case.at(onset + between(rng, 20, 30) * HOUR, noticed)
    critical.fade(case, "kidneys in hospital", 24 * 6)


def _delirium(case: Case) -> None:
    rng, body = case.rng, case.body
    age = body.age(case.start)
    share = 0.01 if age < 65 else 0.09 if age < 75 else 0.19
    share += (0.13 if case.stay.reason == "hip" and age > 65 else 0) + (0.16 if case.stay.intensive else 0)
    if rng.random() > share:
        return
    onset = case.clock(1 if case.days < 4 or rng.random() < 0.6 else 2, between(rng, 19, 23.5))
    length = min(between(rng, 1.2, 4.5), max(0.8, 0.6 * case.days))
    body.process("delirium", {"gcs": -1.3, "heart-rate": 7, "systolic": 6, "respiratory-rate": 1.2})

    def begin(at: float) -> None:
        body.aim("delirium", between(rng, 0.7, 1.3), 3, at)
        case.diagnose("delirium", at + HOUR)
        words = (
            "confused and pulling at lines overnight",
            "awake all night, calling out, not oriented",
            "quiet and drowsy, loses the thread",
        )
        case.know("event", "delirium", rng.choice(words), at=at)
        case.know(
            "sign",
            "delirium",
            rng.choice(("inattentive and disoriented", "fluctuating attention")),
            at=at,
            until=at + length * DAY,
        )
        case.know(
            "plan",
            "delirium",
            rng.choice(
                (
                    "reorientation, sleep at night, no sedatives where possible",
                    "glasses and hearing aids on, lights off at night",
                    "family at the bedside, no restraints",
                    "look for pain, retention and infection behind the confusion",
                )
            ),
            at=at + 8 * HOUR,
        )
        if rng.random() < 0.4:
            case.give_once("haloperidol-iv", at + HOUR)
        if rng.random() < 0.4:
            case.order("quetiapine", at + 2 * HOUR, until=at + length * DAY)

    case.at(onset, begin)
    case.at(onset + length * DAY, lambda at: body.aim("delirium", 0.0, 14, at))
    critical.fade(case, "delirium", 30)


def _difficile(case: Case) -> None:
    """After days of antibiotics: loose stools, white cells, vancomycin by mouth."""
    rng, body = case.rng, case.body
    if case.days < 5 or rng.random() > (0.05 if case.stay.reason in _INFECTED else 0.012):
        return
    onset = case.start + between(rng, 4, max(4.2, min(9, 0.8 * case.days))) * DAY
    body.process("c difficile", {
        "wbc": 0.62, "temperature": 0.8, "heart-rate": 11, "potassium": -0.45, "co2": -2.4, "chloride": 2.0, "albumin": -0.35,
        "creatinine": 0.12, "bun": 0.12, "crp": 1.2, "pain": 1.3, "weight": -0.8, "magnesium": -0.15, "lactate": 0.15,
    })  # fmt: skip

    def begin(at: float) -> None:
        body.aim("c difficile", between(rng, 0.7, 1.25), 14, at)
        case.know(
            "symptom",
            "diarrhea",
            f"{rng.choice(('six', 'eight', 'ten'))} loose stools since yesterday",
            at=at + 10 * HOUR,
            until=at + 4.5 * DAY,
        )

    def tested(at: float) -> None:
        case.life.chart.lab(
            "c-difficile-toxin", "Detected", local(at), issued=local(min(at + 5 * HOUR, case.life.last - 60))
        )
        case.diagnose("c-difficile", at + 5 * HOUR)
        case.order(
            "vancomycin-oral",
            at + 5.5 * HOUR,
            on_first=lambda when: body.aim("c difficile", 0.05, 44, when + DAY),
        )
        case.know("finding", "c difficile", "C. difficile toxin gene in stool", at=at + 5 * HOUR)
        case.know(
            "plan", "isolation", "contact precautions, vancomycin by mouth for ten days", at=at + 6 * HOUR
        )

    case.at(onset, begin)
    case.at(onset + between(rng, 12, 26) * HOUR, tested)
    critical.fade(case, "c difficile", 60)


def _water(case: Case) -> None:
    """Sodium drifts down (stress, pain, hypotonic fluids, thiazides), or up in the old who do not drink."""
    rng, body = case.rng, case.body
    point = rng.random()
    if case.days < 2.5 or point > 0.13:
        return
    low = point < 0.09
    body.process(
        "water",
        {"sodium": -7.0, "chloride": -6.0}
        if low
        else {"sodium": 7.5, "chloride": 7.0, "bun": 0.25, "urine": -15},
    )
    onset = case.start + between(rng, 0.1, 0.4) * case.days * DAY
    size = between(rng, 0.5, 1.35)

    def begin(at: float) -> None:
        body.aim("water", size, 26, at)
        case.at(at + between(rng, 1.4, 2.6) * DAY, lambda when: body.aim("water", 0.1, 34, when))

    def noticed(at: float) -> None:
        case.diagnose("hyponatremia" if low else "hypernatremia", at)
        case.know(
            "plan",
            "water",
            "fluid restriction to 1.2 L" if low else "free water by mouth and dextrose water",
            at=at,
        )
        if low and case.active("hydrochlorothiazide"):
            case.stop("hydrochlorothiazide", at)

    case.at(onset, begin)
    case.at(onset + between(rng, 26, 40) * HOUR, noticed)
    critical.fade(case, "water", 60)


def _gut(case: Case) -> None:
    rng = case.rng
    share = 0.08 if case.stay.reason in _SURGICAL else 0.012
    if case.days < 3 or rng.random() > share:
        return
    onset = case.clock(2, between(rng, 6, 18))
    case.body.process(
        "ileus",
        {
            "potassium": -0.35,
            "pain": 1.6,
            "heart-rate": 9,
            "weight": -0.8,
            "urine": -12,
            "co2": 1.6,
            "magnesium": -0.1,
        },
    )

    def begin(at: float) -> None:
        case.body.aim("ileus", 1.0, 8, at)
        case.diagnose("ileus", at + 6 * HOUR)
        case.know("symptom", "distension", "bloated, no flatus, vomited once", at=at, until=at + 2.2 * DAY)
        case.image(
            "ct-abdomen" if rng.random() < 0.4 else "us-abdomen",
            at + 5 * HOUR,
            rng.choice(
                (
                    "Dilated small and large bowel without a transition point, in keeping with ileus.",
                    "Gas-filled bowel loops, no free fluid.",
                )
            ),
        )
        case.order("sodium-chloride-infusion", at + 6 * HOUR, until=at + 2 * DAY)
        case.know("plan", "ileus", "nothing by mouth, fewer opioids, walking", at=at + 6 * HOUR)

    case.at(onset, begin)
    case.at(onset + between(rng, 1.5, 2.6) * DAY, lambda at: case.body.aim("ileus", 0.0, 16, at))
    critical.fade(case, "ileus", 24)


def _heparin(case: Case) -> None:
    """Platelets halve after five days of heparin; rarely."""
    rng, body = case.rng, case.body
    if case.days < 7 or rng.random() > 0.025:
        return
    onset = case.start + between(rng, 5, 6.5) * DAY
    body.process("heparin platelets", {"platelets": -0.95, "d-dimer": 0.5})

    def begin(at: float) -> None:
        if case.active("heparin-sc") is None and case.active("enoxaparin") is None:
            return
        body.aim("heparin platelets", 1.0, 16, at)
        case.at(at + 1.3 * DAY, noticed)

    def noticed(at: float) -> None:
        case.stop("heparin-sc", at)
        case.stop("enoxaparin", at)
        case.diagnose("heparin-thrombocytopenia", at)
        case.life.chart.lab(
            "heparin-antibody", "Positive", local(at), issued=local(min(at + 9 * HOUR, case.life.last - 60))
        )
        case.order("argatroban", at + 2 * HOUR, until=at + 5 * DAY)
        case.draw(at + 5 * HOUR, "aptt")
        case.know("event", "heparin", "platelets halved on day six of heparin, heparin stopped", at=at)
        case.at(at + HOUR, lambda when: body.aim("heparin platelets", 0.0, 70, when))

    case.at(onset, begin)
    critical.fade(case, "heparin platelets", 90)


def _drip(case: Case) -> None:
    """An infusion site that inflames, a fall without harm, a pressure ulcer: for the notes, and a diagnosis."""
    rng = case.rng
    if case.days > 3 and rng.random() < 0.07:
        case.know(
            "event",
            "phlebitis",
            "the peripheral line was red and was changed",
            at=case.start + between(rng, 0.3, 0.8) * case.days * DAY,
        )
    if case.days > 2 and case.body.age(case.start) > 70 and rng.random() < 0.04:
        case.know(
            "event",
            "fall",
            "slid to the floor beside the bed, no injury",
            at=case.start + between(rng, 0.3, 0.8) * case.days * DAY,
        )
    if case.days > 9 and rng.random() < 0.12:
        case.diagnose("pressure-ulcer", case.start + 0.6 * case.days * DAY)
        case.know(
            "sign",
            "pressure ulcer",
            "a stage 2 pressure ulcer over the sacrum",
            at=case.start + 0.6 * case.days * DAY,
        )
