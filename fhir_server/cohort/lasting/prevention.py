"""Vaccines by age and season, screening by age and sex, lipids.

Sources: CDC adult immunization schedule 2025; USPSTF recommendations on colorectal (2021), breast (2024) and prostate
cancer (2018), osteoporosis (2018) and statin use (2022).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from .recall import last_told

_NOT_NOW = frozenset({"prenatal", "postpartum", "pre-operative", "post-discharge", "post-operative"})


def prevent(life: Life, clinic: Clinic) -> None:
    """What is due at a regular visit."""
    _vaccines(life, clinic)
    if clinic.purpose in _NOT_NOW or life.has("pregnant"):
        return
    age = life.body.age(clinic.at)
    if clinic.due("cholesterol", 380) and age > 35 and clinic.rng.random() < 0.45:
        clinic.want("lipid-panel")
    if "vitamin-d-deficiency" in life.problems and clinic.due("vitamin-d", 300) and clinic.rng.random() < 0.5:
        clinic.want("vitamin-d")
    if "gout" in life.problems and clinic.due("uric-acid", 400):
        clinic.want("uric-acid")
    _screening(life, clinic, age)


def _vaccines(life: Life, clinic: Clinic) -> None:
    rng, month, age = clinic.rng, local(clinic.at).month, life.body.age(clinic.at)
    willing = life.stream("vaccines").random() < 0.8
    if not willing:
        if month in {9, 10, 11} and rng.random() < 0.3:
            clinic.know("plan", "vaccines", "declines vaccines today")
        return
    if month in {9, 10, 11, 12} and _due(life, clinic, "influenza vaccine", 240) and rng.random() < 0.75:
        _give(life, clinic, "influenza", "influenza vaccine", "influenza vaccine given")
    if month in {9, 10, 11, 12, 1} and _due(life, clinic, "covid vaccine", 300) and rng.random() < 0.35:
        _give(life, clinic, "covid-19", "covid vaccine", "COVID-19 vaccine given")
    if clinic.purpose in _NOT_NOW:
        return
    if (
        age >= 50
        and rng.random() < 0.12
        and _count(life, "zoster vaccine") < 2
        and _due(life, clinic, "zoster vaccine", 60)
    ):
        _give(life, clinic, "zoster", "zoster vaccine", "zoster vaccine given")
    if age >= 65 and rng.random() < 0.15 and _count(life, "pneumococcal vaccine") < 1:
        _give(life, clinic, "pneumococcal-23", "pneumococcal vaccine", "pneumococcal vaccine given")
    if rng.random() < 0.04 and _count(life, "tetanus vaccine") < 1:
        _give(life, clinic, rng.choice(("tdap", "td")), "tetanus vaccine", "tetanus booster given")
    if (
        life.has("diabetes-1", "diabetes-2", "dialysis", "cirrhosis")
        and rng.random() < 0.08
        and _count(life, "hepatitis b vaccine") < 3
    ):
        _give(life, clinic, "hepatitis-b", "hepatitis b vaccine", "hepatitis B vaccine given")


def _due(life: Life, clinic: Clinic, name: str, days: float) -> bool:
    return clinic.at - last_told(life, name) > days * DAY


def _count(life: Life, name: str) -> int:
    return sum(fact.name == name for fact in life.facts.rows)


def _give(life: Life, clinic: Clinic, vaccine: str, name: str, words: str) -> None:
    life.chart.vaccine(vaccine, local(clinic.at + between(clinic.rng, 18, 30) * 60))
    clinic.know("treatment", name, words)


def _screening(life: Life, clinic: Clinic, age: float) -> None:
    rng, female = clinic.rng, life.person.gender == "female"
    frail = age > 75 or life.has("dialysis", "cancer")
    if 45 <= age <= 75 and not frail and _count(life, "colonoscopy") < 1 and rng.random() < 0.12:
        _colonoscopy(life, clinic)
    if female and 40 <= age <= 74 and _due(life, clinic, "mammogram", 400) and rng.random() < 0.35:
        clinic.image("mammogram", rng.choice((
            "Scattered fibroglandular densities. No suspicious finding. BI-RADS 1.", "Benign calcifications, unchanged. BI-RADS 2.",
            "Heterogeneously dense breasts. No mass or distortion. BI-RADS 1.", "Stable benign-appearing nodule on the left. BI-RADS 2.",
        )))  # fmt: skip
        clinic.know(
            "finding",
            "mammogram",
            rng.choice(("benign screening mammogram", "mammogram without suspicious finding")),
        )
    if female and age >= 65 and _count(life, "bone density") < 2 and rng.random() < 0.07:
        low = "osteoporosis" in life.problems
        clinic.image(
            "dxa",
            "Femoral neck T-score minus 2.7. Osteoporosis."
            if low
            else rng.choice(("Femoral neck T-score minus 1.4. Osteopenia.", "Normal bone density.")),
        )
        clinic.know(
            "finding",
            "bone density",
            "osteoporosis by bone density" if low else "bone density above the range of osteoporosis",
        )
    if not female and 55 <= age <= 70 and clinic.due("psa", 500) and rng.random() < 0.2:
        clinic.want("psa")


def _colonoscopy(life: Life, clinic: Clinic) -> None:
    """Some weeks later; polyps in a third."""
    rng = clinic.rng
    polyps = rng.random() < 0.33
    words = (
        rng.choice(
            (
                "two small tubular adenomas removed, next colonoscopy in five years",
                "one hyperplastic polyp of the rectum removed",
            )
        )
        if polyps
        else rng.choice(
            ("normal colonoscopy, next in ten years", "diverticulosis and small hemorrhoids, no polyps")
        )
    )
    when = float(at_hour(clinic.at + between(rng, 20, 75) * DAY, between(rng, 8, 14)))
    clinic.know("plan", "colon screening", "screening colonoscopy scheduled")

    def done(at: float) -> None:
        if any(a.start - DAY <= at <= a.until(life.last) + DAY for a in life.timeline.admissions):
            return
        life.chart.procedure("colonoscopy", local(at), end=local(at + 0.5 * HOUR))
        life.know(at, "history", "colonoscopy", words)
        if polyps:
            life.problem("colon-polyps-history", at)

    life.at(when, done)
