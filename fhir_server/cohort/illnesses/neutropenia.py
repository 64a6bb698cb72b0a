"""Fever with few neutrophils after chemotherapy: an emergency that ends when marrow returns.

Sources: IDSA guideline 2010 and NCCN (cefepime within the hour, vancomycin for a line or skin source or shock, until
afebrile and neutrophils above 500); median time to defervescence five days; a pathogen in about a quarter of cultures.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses import specimens
from ..courses.case import Case
from .blood import threshold, watch_hemoglobin
from .model import Illness

FEVER = {
    "temperature": 2.1, "heart-rate": 27, "respiratory-rate": 5, "systolic": -14, "crp": 3.3, "procalcitonin": 2.0, "lactate": 0.4, "spo2": -1.5,
    "albumin": -0.35, "glucose": 0.1, "sodium": -2.5, "urine": -15, "creatinine": 0.08, "co2": -1.5, "potassium": -0.2,
}  # fmt: skip
NADIR = {"wbc": -2.35, "platelets": -1.15, "hemoglobin": -0.5, "rdw": 0.4}
"""What chemotherapy makes of the marrow at its lowest, at a level of 1."""
_SOURCES = (
    ("no source found", "", 0.5), ("line infection", "Staphylococcus epidermidis", 0.14), ("gut translocation", "Escherichia coli", 0.2),
    ("pneumonia", "", 0.16),
)  # fmt: skip


def admit(case: Case) -> None:
    """Cefepime within the hour; neutrophils are at their lowest and come back in days."""
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    slow = max(0.7, min(2.2, case.days / 6))
    body.process("neutropenic-fever", FEVER)
    body.process("marrow", NADIR)
    body.set_level("marrow", max(body.level("marrow", start), between(rng, 0.75, 1.1)), start)
    back = start + between(rng, 2, 4.2) * slow * DAY
    _poor_blood(case, back)
    case.life.at(back, lambda at: body.aim("marrow", 0.08, between(rng, 26, 44) * slow, at))
    body.set_level("neutropenic-fever", 0.8 * severity, start)
    body.aim("neutropenic-fever", 1.0 * severity, 8, start)
    watch_hemoglobin(case, threshold(case))
    source, organism = _source(case)

    def treated(at: float) -> None:
        lag = between(rng, 20, 70) * slow
        case.at(
            at + lag * HOUR,
            lambda when: body.aim("neutropenic-fever", 0.02, between(rng, 24, 44) * slow, when),
        )

    case.order(
        "cefepime",
        start + between(rng, 0.4, 1.1) * HOUR,
        until=start + between(rng, 0.75, 0.95) * case.days * DAY,
        on_first=treated,
    )
    if severity > 0.95 or source == "line infection":
        case.order(
            "vancomycin",
            start + between(rng, 1, 2.5) * HOUR,
            until=start + (7 if organism.startswith("Staph") else 3) * DAY,
        )
    case.order("sodium-chloride-iv", start + 0.5 * HOUR, until=start + between(rng, 10, 26) * HOUR)
    _tests(case, source, organism)
    _story(case, source, organism)
    if rng.random() < 0.6:
        case.order("filgrastim", start + between(rng, 5, 24) * HOUR, until=back + DAY)
        case.know("treatment", "filgrastim", "growth factor begun")
    case.diagnose("neutropenic-fever", start + HOUR)
    case.diagnose("anemia-chemotherapy", start + 3 * HOUR)


def _poor_blood(case: Case, back: float) -> None:
    """Anemia and low platelets of their own size, slower to mend than the white cells."""
    body, rng, start = case.body, case.rng, case.start
    body.process("chemo-platelets", {"platelets": -1.0})
    body.set_level("chemo-platelets", between(rng, -0.1, 1.6), start)
    case.life.at(back + 1.5 * DAY, lambda at: body.aim("chemo-platelets", 0.0, 80, at))
    body.process("poor-marrow", {"hemoglobin": -1.0, "iron": -6})
    low = between(rng, 0.5, 2.8)
    body.set_level("poor-marrow", low, start)
    body.aim("poor-marrow", low + 0.9, 60, start)
    case.life.at(start + 12 * DAY, lambda at: body.aim("poor-marrow", 0.0, 24 * 20, at))


def _source(case: Case) -> tuple[str, str]:
    point = case.rng.random()
    for source, organism, share in _SOURCES:
        point -= share
        if point < 0:
            return source, organism
    return _SOURCES[0][0], ""


def _tests(case: Case, source: str, organism: str) -> None:
    rng, start = case.rng, case.start
    case.draw(start + 0.5 * HOUR, "lactate", "procalcitonin", "cbc-differential", "urine-culture")
    taken = start + 0.55 * HOUR
    if organism:
        case.at(taken, lambda at: specimens.culture(case.life, "blood-culture", at, organism))
        case.know(
            "finding", "blood culture", f"{organism} in two of two blood cultures", at=start + 2.1 * DAY
        )
        case.diagnose("sepsis", start + 30 * HOUR)
    else:
        case.draw(taken, "blood-culture")
        case.know(
            "finding", "blood culture", "growth in blood cultures", polarity="absent", at=start + 2 * DAY
        )
    lung = source == "pneumonia"
    case.image("chest-xray", start + between(rng, 0.6, 2.5) * HOUR, rng.choice((
        "New patchy left lower lobe opacity. Port catheter tip in the superior vena cava.", "Right basilar opacity suspicious for pneumonia. Port in place.",
    ) if lung else ("No focal consolidation. Right chest port in place.", "Clear lungs, port catheter unchanged.")),
        fact="a new lung opacity on chest x-ray" if lung else "clear lungs on chest x-ray")  # fmt: skip
    if lung:
        case.body.process("lung-patch", {"spo2": -4, "respiratory-rate": 4})
        case.body.set_level("lung-patch", case.severity, start)
        case.at(start + 2 * DAY, lambda at: case.body.aim("lung-patch", 0.0, 50, at))
        case.diagnose("pneumonia", start + 3 * HOUR)


def _story(case: Case, source: str, organism: str) -> None:
    rng = case.rng
    cool = case.start + between(rng, 0.3, 0.55) * case.days * DAY
    case.know(
        "symptom",
        "fever",
        rng.choice(
            (
                "fever and shaking chills since the evening",
                "felt hot at home and took a temperature",
                "chills an hour after the port was flushed",
            )
        ),
        until=cool,
    )
    case.know(
        "history",
        "chemotherapy",
        f"last chemotherapy {rng.choice(('eight', 'nine', 'ten', 'eleven'))} days ago",
    )
    case.know(
        "symptom",
        "fatigue",
        rng.choice(("too tired to get up", "tired and without appetite")),
        until=cool + DAY,
    )
    sore = rng.random() < 0.4
    case.know(
        "sign", "mouth", "mouth ulcers" if sore else "mouth sores", polarity="present" if sore else "absent"
    )
    case.know(
        "sign",
        "port",
        "redness over the port" if source == "line infection" else "redness or pus at the port",
        polarity="present" if source == "line infection" else "absent",
    )
    case.denies(
        ("cough", "cough") if source != "pneumonia" else ("diarrhea", "diarrhea"),
        ("dysuria", "burning urination"),
        ("abdominal pain", "abdominal pain"),
        ("headache", "headache"),
    )
    case.know(
        "plan",
        "antibiotics",
        rng.choice(
            (
                "cefepime until afebrile and the counts recover",
                "antibiotics until neutrophils are above 500 for two days",
            )
        ),
    )
    case.know("plan", "precautions", "neutropenic precautions, no rectal temperatures")
    case.know(
        "event", "afebrile", rng.choice(("no fever for 24 hours", "afebrile overnight")), at=cool + 0.6 * DAY
    )
    if organism:
        case.know("plan", "line", "infectious disease follows the blood cultures", at=case.start + 2.2 * DAY)


def morning(case: Case, day: int, at: float) -> None:
    """Counts every morning; broader where fever goes on; platelets where they are very low."""
    rng, results = case.rng, case.life.results
    if day == 1 or at - results.get("wbc", (0.0, 0.0))[0] > 20 * HOUR:
        case.draw(at + between(rng, 0.5, 3) * HOUR, "cbc-differential")
    platelets = results.get("platelets")
    if platelets is not None and platelets[1] < 11 and platelets[0] > at - 14 * HOUR:
        case.procedure("platelet-transfusion", at + between(rng, 1, 3) * HOUR, hours=1.0, fact="one unit of platelets",
                       then=lambda when: case.body.dose("platelets", 0.9, when, 0.5, 60))  # fmt: skip
        case.diagnose("thrombocytopenia-chemotherapy", at)
    if day == 4 and case.signs.get("temperature", 37) > 38.3 and case.active("cefepime"):
        case.stop("cefepime", at + HOUR)
        case.order(
            "meropenem",
            at + HOUR,
            until=at + 6 * DAY,
            on_first=lambda when: case.body.aim("neutropenic-fever", 0.0, 36, when),
        )
        case.know("treatment", "meropenem", "broadened to meropenem for fever on the fourth day", at=at)
    if day == 3:
        case.draw(at + HOUR, "blood-culture") if case.signs.get("temperature", 37) > 38.2 else None


NEUTROPENIA = Illness("neutropenic-fever", admit, morning)
