"""COPD exacerbation: wheeze and hypoxia, in some with carbon dioxide that rises; steroids and inhaled drugs turn it.

Sources: GOLD report 2024 (short-acting bronchodilators, prednisone 40 mg for five days, antibiotics where sputum is
purulent, noninvasive ventilation in acidosis); REDUCE trial (Leuppi et al., JAMA 2013: five days are enough).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.copd import Lungs, lungs
from .model import Illness

_LOADS = {
    "respiratory-rate": 8.5, "spo2": -5.5, "heart-rate": 19, "systolic": 9, "temperature": 0.35, "wbc": 0.3, "crp": 1.7,
    "pain": 0.6, "glucose": 0.05,
}  # fmt: skip
_RETENTION = {"hypercapnia": 22, "gcs": -0.9, "heart-rate": 4}
_CAUSES = ("a cold caught from a grandchild", "no clear trigger", "smoke from a wood stove", "running out of inhalers",
           "a week of cold air", "a viral infection")  # fmt: skip


def admit(case: Case) -> None:
    """Breath short for days before; the first nebulizers help for an hour, steroids within a day or two."""
    rng, start, body = case.rng, case.start, case.body
    own = lungs(case.life.person)
    level = min(1.5, case.severity * between(rng, 0.85, 1.15))
    body.process("exacerbation", _LOADS)
    body.set_level("exacerbation", level, start)
    body.aim("exacerbation", level * 1.05, 8, start)
    purulent = rng.random() < 0.6

    def treated(at: float) -> None:
        slow = max(20.0, case.days * 24 * 0.3) * between(rng, 0.8, 1.25)
        case.at(at + between(rng, 4, 12) * HOUR, lambda when: body.aim("exacerbation", 0.06, slow, when))

    case.order("albuterol-neb", start + 0.4 * HOUR)
    case.order("ipratropium-neb", start + 0.4 * HOUR, until=start + 0.75 * case.days * DAY)
    if case.severity > 1.0:
        day = start + between(rng, 1, 2.2) * DAY
        case.order("methylprednisolone-iv", start + 0.8 * HOUR, until=day, on_first=treated)
        case.order("prednisone", day + HOUR, dose=40.0, until=start + 5.2 * DAY)
    else:
        case.order(
            "prednisone",
            start + between(rng, 0.6, 1.8) * HOUR,
            dose=40.0,
            until=start + 5 * DAY,
            on_first=treated,
        )
    if purulent:
        drug = rng.choice(("azithromycin", "doxycycline"))
        case.order(drug, start + between(rng, 1.5, 4) * HOUR, until=start + 5 * DAY)
    if own.retains or case.severity > 1.15:
        _retain(case, level)
    _tests(case)
    _tell(case, own, purulent=purulent)


def _retain(case: Case, level: float) -> None:
    """Carbon dioxide rises; a mask lowers it overnight."""
    rng, start, body = case.rng, case.start, case.body
    body.process("retention", _RETENTION)
    body.set_level("retention", 0.6 * level, start)
    body.aim("retention", 0.9 * level, 6, start)
    case.draw(start + 0.8 * HOUR, "arterial-blood-gas")
    case.diagnose("respiratory-failure", start + 2 * HOUR)
    if level > 0.85:
        mask = start + between(rng, 1, 3) * HOUR
        case.service("noninvasive-ventilation", mask - 0.3 * HOUR)
        case.procedure(
            "noninvasive-ventilation", mask, hours=between(rng, 10, 30), fact="bilevel ventilation by mask"
        )
        case.series(mask + 2 * HOUR, 5, 3, "arterial-blood-gas")
        case.know("sign", "drowsy", "sleepy but easily woken", until=mask + 10 * HOUR)
    case.at(
        start + between(rng, 4, 9) * HOUR, lambda at: body.aim("retention", 0.04, between(rng, 14, 34), at)
    )


def _tests(case: Case) -> None:
    rng, start = case.rng, case.start
    film = rng.choice((
        "Hyperinflated lungs with flattened diaphragms. No focal consolidation.",
        "Emphysematous changes without acute infiltrate or effusion.",
        "Increased lung volumes. No pneumothorax, no consolidation.",
    ))  # fmt: skip
    case.image(
        "chest-xray", start + between(rng, 0.5, 2) * HOUR, film, fact="hyperinflated lungs without infiltrate"
    )
    case.draw(start + 0.7 * HOUR, "crp", "nt-probnp", "troponin-hs")
    if rng.random() < 0.5:
        rhythm = "Atrial fibrillation" if case.life.has("atrial-fibrillation") else "Sinus tachycardia"
        case.image(
            "ecg", start + 0.6 * HOUR, f"{rhythm}. Low voltage in the limb leads. No acute ischemic change."
        )
    case.diagnose("copd-exacerbation", start + HOUR)


def _tell(case: Case, own: Lungs, *, purulent: bool) -> None:
    rng = case.rng
    since = rng.choice(("two days", "three days", "four days", "a week"))
    better = case.start + 0.6 * case.days * DAY
    case.know("symptom", "dyspnea", f"shortness of breath getting worse for {since}", until=better)
    cough = "cough with more and greener sputum" if purulent else "dry hacking cough"
    case.know("symptom", "cough", f"{cough} for {since}", until=better)
    if rng.random() < 0.5:
        case.know("symptom", "sleep", "sleeping upright in a chair", until=better)
    case.know("event", "trigger", rng.choice(_CAUSES))
    case.know(
        "sign",
        "wheeze",
        rng.choice(("diffuse expiratory wheeze", "wheeze and a long expiration on both sides")),
        until=better,
    )
    case.know(
        "sign",
        "accessory muscles",
        "using accessory muscles of the neck",
        until=case.start + 0.25 * case.days * DAY,
    )
    case.denies(
        ("chest pain", "chest pain"),
        ("hemoptysis", "coughing up blood"),
        ("leg swelling", "swelling of one leg"),
    )
    case.know(
        "plan",
        "oxygen target",
        "oxygen to a saturation of 88 to 92 percent"
        if own.retains
        else "oxygen to a saturation above 90 percent",
    )
    case.know(
        "plan",
        "inhalers",
        rng.choice(
            ("inhaler technique reviewed before discharge", "inhaled steroid to be considered at follow-up")
        ),
    )
    if own.smokes:
        case.service("smoking-cessation", case.start + between(rng, 20, 40) * HOUR)
        case.know("plan", "tobacco", "nicotine replacement offered")


def morning(case: Case, day: int, at: float) -> None:
    """Therapy each day; walking with an oximeter before going home."""
    left = (case.end - at) / DAY
    case.procedure("respiratory-therapy", at + between(case.rng, 1, 6) * HOUR, hours=0.4)
    if not case.ongoing and left < 1.2:
        low = case.signs.get("oxygen", 0.0) > 0
        words = (
            "saturation fell to 86 percent on walking"
            if low
            else "saturation of 91 percent or more on walking"
        )
        case.procedure("walking-oximetry", at + 1.5 * HOUR, hours=0.3, fact=words)
    elif day == 2 and case.body.level("exacerbation", at) > 0.5:
        case.know("event", "slow", "still wheezing and short of breath on the second day", at=at)


COPD = Illness("copd", admit, morning)
