"""Problems, diagnoses of each encounter, allergies, vaccines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from ..ailments import REASONS
from ..chance import between
from ..clock import DAY, HOUR, local
from ..plan import TIME_ZONE
from .context import Course
from .timeline import Admission

_BY_TRAIT: Mapping[str, Sequence[str]] = {
    "hypertension": ("hypertension",),
    "heart-failure": ("heart-failure",),
    "diabetes-1": ("diabetes-1", "long-term-insulin"),
    "diabetes-2": ("diabetes-2",),
    "ckd-3": ("ckd-3",),
    "ckd-4": ("ckd-4",),
    "ckd-5": ("ckd-5",),
    "dialysis": ("esrd", "dialysis-dependence"),
    "copd": ("copd",),
    "asthma": ("asthma",),
    "atrial-fibrillation": ("atrial-fibrillation",),
    "coronary-disease": ("coronary-disease",),
    "stroke": ("stroke",),
    "cirrhosis": ("cirrhosis",),
    "cancer": ("cancer-lung",),
    "pregnant": ("pregnancy",),
    "anemia": ("anemia",),
    "hypothyroidism": ("hypothyroidism",),
    "hyperlipidemia": ("hyperlipidemia",),
    "depression": ("depression",),
    "osteoarthritis": ("osteoarthritis",),
    "hip-fracture": ("hip-fracture",),
}
_COMMON = (
    "gerd",
    "obesity",
    "low-back-pain",
    "gout",
    "osteoporosis",
    "sleep-apnea",
    "former-smoker",
    "anxiety",
)
_PASSING = ("hypokalemia", "hyponatremia", "dehydration", "acute-kidney-injury", "thrombocytopenia", "delirium",
            "orthostatic-hypotension", "hypomagnesemia", "malnutrition", "acidosis", "pleural-effusion")  # fmt: skip
_ALLERGENS = ("penicillin", "sulfamethoxazole-trimethoprim", "codeine", "aspirin", "latex", "peanut", "shellfish",
              "iodinated-contrast", "amoxicillin")  # fmt: skip
_REACTIONS = ("Rash", "Hives", "Nausea", "Swelling of the face", "Shortness of breath", "Itching")


def write_problems(course: Course) -> None:
    """Writes all of them."""
    rng = course.stream("problems")
    problems = _problem_list(course, rng)
    for stay in course.timeline.admissions:
        _diagnoses(course, stay, problems, rng)
    for visit in course.timeline.visits:
        at = local(visit.at + 15 * 60)
        for name in rng.sample(problems, k=min(len(problems), rng.randrange(1, 5))):
            course.chart.condition(name, onset=at, category="encounter-diagnosis")
    _allergies(course, rng)
    _vaccines(course, rng)


def _problem_list(course: Course, rng: Random) -> list[str]:
    person = course.person
    names = [name for trait in sorted(person.traits) for name in _BY_TRAIT[trait]]
    names += [name for name in _COMMON if rng.random() < 0.22]
    born = datetime(person.birth_date.year + 18, 1, 2, tzinfo=TIME_ZONE).timestamp()
    for name in names:
        if name == "pregnancy":
            onset = course.timeline.last - between(rng, 60, 200) * DAY
        elif name == "hip-fracture":
            onset = course.timeline.admissions[-1].start
        else:
            onset = max(born, course.timeline.last - between(rng, 0.8, 14) * 365 * DAY)
        course.chart.condition(name, onset=local(int(onset) // 60 * 60))
    if rng.random() < 0.3:
        wrong = rng.choice([n for n in _COMMON if n not in names])
        at = local(course.timeline.last - between(rng, 200, 1500) * DAY)
        course.chart.condition(wrong, onset=at, verification="entered-in-error")
    if rng.random() < 0.6:
        start = max(born, course.timeline.last - between(rng, 300, 1700) * DAY)
        end = local(start + between(rng, 5, 40) * DAY)
        course.chart.condition("uti", onset=local(start), clinical="resolved", abated=end)
    return names or ["hypertension"]


def _diagnoses(course: Course, stay: Admission, problems: Sequence[str], rng: Random) -> None:
    at = local(stay.start + between(rng, 0.5, 3) * HOUR)
    first = REASONS[stay.reason].condition
    others = [p for p in problems if p != first and rng.random() < 0.8]
    passing = [p for p in _PASSING if rng.random() < 0.14]
    over = stay.end is not None
    for name in (first, *others, *passing):
        extra = None
        clinical = "active"
        abated = None
        if over and name not in problems:
            clinical, abated = "resolved", local(stay.until(course.now))
        course.chart.condition(
            name, onset=at, clinical=clinical, abated=abated, category="encounter-diagnosis", extra=extra
        )


def _allergies(course: Course, rng: Random) -> None:
    at = course.timeline.first + between(rng, 1, 200) * DAY
    chosen = [name for name in _ALLERGENS if rng.random() < 0.09]
    if not chosen:
        if rng.random() < 0.8:
            course.chart.allergy("no-known-allergy", recorded=local(at))
        return
    for name in chosen:
        course.chart.allergy(name, recorded=local(at), reaction=rng.choice(_REACTIONS))


def _vaccines(course: Course, rng: Random) -> None:
    for visit in course.timeline.visits:
        when = local(visit.at + 25 * 60)
        if when.month in {9, 10, 11, 12} and rng.random() < 0.55:
            course.chart.vaccine("influenza", when)
        elif rng.random() < 0.05:
            others = ("tdap", "pneumococcal-23", "hepatitis-b", "zoster", "covid-19")
            course.chart.vaccine(rng.choice(others), when)
