"""Cellulitis of a leg: a red border that recedes on antibiotics, with an abscess to drain in some.

Sources: IDSA guideline on skin and soft tissue infection 2014 (cefazolin where there is no pus, vancomycin where there is
or MRSA is likely; five days and longer if not better); redness may spread in the first day or two of the right treatment
(Bruun et al., Clin Infect Dis 2016).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from . import critical, infection, organisms
from .model import Illness

_LOADS = {
    "temperature": 1.1, "heart-rate": 13, "respiratory-rate": 1.5, "systolic": -4, "wbc": 0.48, "crp": 3.0,
    "procalcitonin": 1.2, "lactate": 0.15, "sodium": -1.6, "albumin": -0.35, "glucose": 0.1, "platelets": 0.14, "pain": 3.4,
    "ck": 0.2, "creatinine": 0.05, "fibrinogen": 0.3, "d-dimer": 0.6,
}  # fmt: skip


def admit(case: Case) -> None:
    """Pain and redness outlast fever and white cells."""
    rng, start = case.rng, case.start
    pus = rng.random() < 0.35
    infection.begin(
        case, "cellulitis", _LOADS, now=0.85 * case.severity, worst=1.05 * case.severity, hours=16
    )
    _treat(case, pus=pus)
    span = critical.intensive_span(case, start + 2 * HOUR)
    if span is not None:
        hours = min(between(rng, 14, 40), 0.8 * (span[1] - span[0]) / HOUR)
        critical.shock(case, start + HOUR, level=between(rng, 0.6, 1.0) * case.severity, hours=hours)
        case.diagnose("septic-shock", start + 2 * HOUR)
    if pus:
        _abscess(case)
    else:
        case.draw(start + between(rng, 0.5, 1.5) * HOUR, "blood-culture")
    _tell(case, pus=pus)
    critical.linger(case, (("wound care", "waiting for home wound care to be arranged"),
                           ("rehab bed", "waiting for a rehabilitation bed"),
                           ("slow leg", "redness slow to recede in a chronically swollen leg")))  # fmt: skip


def _treat(case: Case, *, pus: bool) -> None:
    rng, start = case.rng, case.start
    tau = min(70.0, max(22.0, 7.0 * case.days)) * between(rng, 0.8, 1.3)
    drug = "vancomycin" if pus or rng.random() < 0.2 or case.severity > 1.25 else "cefazolin"

    def turned(at: float) -> None:
        lag = between(rng, 14, 34) * case.severity
        case.at(at + lag * HOUR, lambda when: infection.turn(case, "cellulitis", tau=tau, at=when, rest=0.08))

    case.order(drug, start + between(rng, 1, 3.5) * HOUR, until=start + 9 * DAY, on_first=turned)
    if drug == "vancomycin":
        critical.trough(case, start + between(rng, 38, 50) * HOUR)
    step = start + between(rng, 0.5, 0.75) * case.days * DAY
    case.at(step, lambda at: _to_oral(case, drug, at, pus=pus))


def _to_oral(case: Case, first: str, at: float, *, pus: bool) -> None:
    """Tablets once the fever is gone; else another try a day later."""
    if case.signs.get("temperature", 37.0) > 37.9 or case.in_icu(at):
        case.at(at + 20 * HOUR, lambda when: _to_oral(case, first, when, pus=pus))
        return
    chosen = case.rng.choice(("doxycycline", "sulfamethoxazole-trimethoprim")) if pus else "cephalexin"
    if chosen == "sulfamethoxazole-trimethoprim" and case.life.person.egfr < 45:
        chosen = "doxycycline"
    case.stop(first, at)
    case.order(chosen, at + 0.5 * HOUR)
    case.know("treatment", "oral step-down", f"changed to {chosen.replace('-', ' ')} by mouth", at=at)


def _abscess(case: Case) -> None:
    rng, start = case.rng, case.start
    germ = organisms.ORGANISMS["mrsa" if rng.random() < 0.55 else "mssa"]
    drained = start + between(rng, 3, 16) * HOUR
    case.procedure(
        "abscess-drainage",
        drained,
        hours=0.6,
        fact=f"abscess drained, {rng.choice(('10', '15', '20', '30'))} mL of pus",
    )
    case.at(drained, lambda at: case.body.aim("cellulitis", 0.75 * case.severity, 20, at))
    case.diagnose("cellulitis-abscess", drained)
    if rng.random() < 0.2:
        known = organisms.grow(case, "blood-culture", start + between(rng, 0.5, 1.5) * HOUR, germ)
        case.at(known, lambda at: case.know("finding", "culture", f"{germ.short} in blood cultures", at=at))
        case.at(known, lambda at: case.diagnose("bacteremia", at))
        case.draw(known + 5 * HOUR, "blood-culture")
    else:
        case.draw(start + between(rng, 0.5, 1.5) * HOUR, "blood-culture")
        case.know("finding", "culture", f"{germ.short} grew from the abscess", at=drained + 2.2 * DAY)


def _tell(case: Case, *, pus: bool) -> None:
    rng, start = case.rng, case.start
    gone = start + 0.75 * case.days * DAY
    entry = rng.choice(
        (
            "an insect bite",
            "tinea between the toes",
            "a scratch from gardening",
            "dry cracked skin",
            "no clear entry",
            "a small ulcer over the shin",
        )
    )
    case.know(
        "symptom",
        "leg pain",
        f"a red painful right leg for {rng.choice(('two', 'three', 'four', 'five'))} days",
        until=gone,
    )
    case.know(
        "symptom",
        "chills",
        rng.choice(("chills at home", "low-grade fevers", "felt hot since yesterday")),
        until=start + 1.8 * DAY,
    )
    case.know("history", "entry", f"{entry} before the redness")
    case.know("sign", "erythema", rng.choice((
        "warm erythema from the ankle to the mid calf, borders marked", "tender erythema over the right shin, borders marked",
        "circumferential erythema of the right lower leg up to the knee")), until=gone)  # fmt: skip
    case.know(
        "sign",
        "edema",
        rng.choice(("pitting edema of the right leg", "mild swelling of the right leg")),
        until=gone,
    )
    if pus:
        case.know("sign", "fluctuance", "a fluctuant area over the calf", until=start + 16 * HOUR)
    case.denies(*rng.sample([("trauma", "trauma"), ("chest pain", "chest pain"), ("dyspnea", "shortness of breath"), ("crepitus", "crepitus"),
                             ("clot", "previous blood clots"), ("water", "exposure to fresh or salt water")], 3))  # fmt: skip
    case.know("plan", "elevation", "elevation of the leg and daily marking of the border")
    if case.life.has("diabetes-1", "diabetes-2"):
        case.know("plan", "foot", "foot inspected daily because of diabetes")


def morning(case: Case, day: int, at: float) -> None:
    """The border is compared with the mark."""
    rng = case.rng
    if day in {2, 5}:
        case.draw(at + between(rng, 0.5, 3) * HOUR, "crp")
    level = case.body.level("cellulitis", at)
    if day == 1 and level > 0.9:
        case.know("event", "spread", "redness slightly beyond the mark after one day, softer though", at=at)
    elif day == 2 or (day > 2 and rng.random() < 0.3):
        words = (
            "redness receding from the marked border",
            "less warmth and tenderness",
            "border two centimeters inside the mark",
        )
        case.know("event", "receding", rng.choice(words), at=at)


CELLULITIS = Illness("cellulitis", admit, morning)
