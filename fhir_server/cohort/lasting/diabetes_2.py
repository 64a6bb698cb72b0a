"""Type 2 diabetes over years: sugar creeps up, medicines are added step by step by A1c, some come to basal insulin.

Sources: ADA Standards of Care in Diabetes, sections 6, 9 and 11 (A1c twice a year at goal, quarterly when not; metformin,
then SGLT2 inhibitor or GLP-1 agonist, sulfonylurea, basal insulin raised by readings; metformin not under an eGFR of 30);
A1c rises by 0.1-0.2 % a year untouched (UKPDS 33). Doctors step up at about half the visits that ask for it (Khunti et al.,
Diabetes Care 2013).
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from . import diabetes
from .classes import swap, words
from .habit import long_taken
from .model import Lasting
from .recall import last_told

_GOAL = 7.0
_YEAR = 365 * DAY
_MOST_BASAL = 70.0
_DRUGS = (
    "metformin",
    "metformin-1000",
    "glipizide",
    "sitagliptin",
    "empagliflozin",
    "semaglutide",
    "insulin-glargine",
)
"""How well they take is a matter of the person: of how they are taken, too."""


def _years(person: Person) -> float:
    """How long it has been known when the chart begins; negative where it is found later."""
    rng = child(0, person.id, "diabetes-2")
    return between(rng, -1.8, 0) if rng.random() < 0.16 else between(rng, 0.5, 17)


def begin(life: Life) -> None:
    """Raised sugar from the beginning; known to the chart from its onset on."""
    rng, body, first = life.stream("diabetes-2"), life.body, life.timeline.first
    years = _years(life.person)
    height = between(rng, 0.3, 0.68) + 0.018 * max(0.0, years) + (0.25 if rng.random() < 0.25 else 0.0)
    taken = between(rng, 0.55, 1.1)
    for drug in _DRUGS:
        life.sensitivity[drug] = taken
    body.process("diabetes", {"glucose": 1.0, "triglycerides": 0.5})
    body.set_level("diabetes", height, first)
    body.aim("diabetes", height + between(rng, 0.1, 0.5), 24 * 365 * 5, first)
    body.shift(hdl=-0.12)
    diabetes.albumin(life, max(0.0, years))
    if rng.random() < 0.6:
        who = rng.choice(("mother", "father", "a sister", "both parents", "a brother and an aunt"))
        life.know(first, "family", "diabetes", f"type 2 diabetes in {who}")
    if years < 0:
        life.at(first - years * _YEAR, lambda at: _found(life, at))
        return
    life.problem("diabetes-2", first - years * _YEAR)
    life.know(first, "history", "diabetes", f"type 2 diabetes for about {max(1, round(years))} years")
    for n, drug in enumerate(_first_drugs(life, height)):
        long_taken(
            life,
            drug,
            first + (1 + 2 * n) * DAY,
            dose=_basal(life, height) if drug == "insulin-glargine" else None,
        )


def _found(life: Life, at: float) -> None:
    life.problem("diabetes-2", at)
    life.know(at, "history", "diabetes", "type 2 diabetes found on routine blood tests")
    if life.person.egfr > 35:
        life.start_home("metformin", at + 2 * DAY)


def _first_drugs(life: Life, height: float) -> list[str]:
    rng = life.stream("first diabetes drugs")
    drugs: list[str] = []
    if life.person.egfr > 40:
        drugs.append("metformin" if height < 0.5 or rng.random() < 0.4 else "metformin-1000")
    if height > 0.52:
        drugs.append(
            next(
                (d for d in _ladder(life, life.timeline.first) if not d.startswith("metformin")), "glipizide"
            )
        )
    if height > 0.82 or (life.has("ckd-4", "ckd-5", "dialysis") and height > 0.4):
        drugs.append("insulin-glargine")
    return drugs


def _basal(life: Life, height: float) -> float:
    return float(round(life.person.weight_kg * (0.12 + 0.25 * max(0.0, height - 0.4))))


def _ladder(life: Life, at: float) -> list[str]:
    """Which medicine comes next for this person at a time; kidneys and years decide."""
    rng = life.stream("diabetes ladder")
    egfr = life.body.egfr(at)
    modern = ["empagliflozin", "semaglutide"]
    if rng.random() < 0.5:
        modern.reverse()
    old = ["glipizide", "sitagliptin"] if rng.random() < 0.6 else ["sitagliptin", "glipizide"]
    order = (
        modern + old
        if rng.random() < 0.55 or life.has("heart-failure", "ckd-3", "coronary-disease")
        else [old[0], *modern]
    )
    allowed = {"empagliflozin": 22, "semaglutide": 0, "glipizide": 12, "sitagliptin": 45}
    return (
        ["metformin", *[d for d in order if egfr > allowed[d]]]
        if egfr > 35
        else [d for d in order if egfr > allowed[d]]
    )


def visit(life: Life, clinic: Clinic) -> None:
    """A1c when it is due; one step by the last; the yearly check-ups."""
    if clinic.purpose in diabetes.BRIEF or "diabetes-2" not in life.problems:
        return
    last = clinic.last("hba1c")
    if clinic.due("hba1c", 85 if last is None or last > 7.6 else 165) and clinic.rng.random() < 0.85:
        clinic.want("hba1c")
    _kidneys(life, clinic)
    if last is not None and clinic.at - last_told(life, "diabetes step") > 80 * DAY:
        if last > _goal(life) + 0.5 and clinic.rng.random() < (0.35 if last < 8.5 else 0.6):
            _step_up(life, clinic)
        elif last < 6.4:
            _step_down(life, clinic)
    diabetes.talk(clinic, lows=life.takes("insulin-glargine") or life.takes("glipizide"))
    diabetes.checkups(life, clinic, "diabetes-2", (clinic.at - life.problems["diabetes-2"]) / _YEAR)


def _goal(life: Life) -> float:
    return 8.0 if life.has("ckd-4", "ckd-5", "dialysis") or life.body.age(life.now) > 78 else _GOAL


def _told(clinic: Clinic, words_: str) -> None:
    clinic.know("treatment", "diabetes step", words_)


def _step_up(life: Life, clinic: Clinic) -> None:
    """The next medicine, a higher dose, or basal insulin; or nothing but advice."""
    at, rng = clinic.at + 1500, clinic.rng
    clinic.know(
        "finding",
        "control",
        rng.choice(("A1c above goal", "sugar control has slipped", "A1c higher than at the last visit")),
    )
    if rng.random() < 0.15:
        clinic.know(
            "social",
            "adherence",
            rng.choice(
                (
                    "often forgets the evening tablets",
                    "cost of medicines is a worry",
                    "soda and snacks at night",
                )
            ),
        )
        return
    basal = life.home.get("insulin-glargine")
    if basal is not None and basal.ended is None and (basal.dose or 18) < _MOST_BASAL and rng.random() < 0.75:
        dose = float(round((basal.dose or 18) * between(rng, 1.12, 1.28)))
        life.change_dose("insulin-glargine", dose, at)
        _told(clinic, "basal insulin raised by readings")
        return
    if life.takes("metformin") and life.person.egfr > 48 and rng.random() < 0.7:
        swap(life, "metformin", "metformin-1000", at)
        _told(clinic, "metformin raised to the full dose")
        return
    drug = next(
        (
            d
            for d in _ladder(life, at)
            if not life.takes(d) and not (d == "metformin" and life.takes("metformin-1000"))
        ),
        "",
    )
    many = sum(life.takes(d) for d in ("glipizide", "sitagliptin", "empagliflozin", "semaglutide"))
    if drug and many < 2 and not (drug == "sitagliptin" and life.takes("semaglutide")):
        life.start_home(drug, at)
        _told(clinic, f"{words(drug)} added for sugar")
    elif life.takes("semaglutide") and life.home["semaglutide"].dose is None:
        life.change_dose("semaglutide", 1.0, at)
        _told(clinic, "semaglutide raised")
    elif not life.takes("insulin-glargine"):
        life.start_home(
            "insulin-glargine", at, dose=float(round(between(rng, 10, 0.2 * life.person.weight_kg + 2)))
        )
        life.problem("long-term-insulin", at)
        _told(clinic, "basal insulin begun at bedtime")


def _step_down(life: Life, clinic: Clinic) -> None:
    """Tight control with medicines that can cause lows: less of them."""
    at = clinic.at + 1500
    basal = life.home.get("insulin-glargine")
    if life.takes("glipizide"):
        life.stop_home("glipizide", at)
        _told(clinic, "glipizide stopped because of lows")
    elif basal is not None and basal.ended is None and (basal.dose or 18) > 12:
        life.change_dose("insulin-glargine", float(round((basal.dose or 18) * 0.8)), at)
        _told(clinic, "basal insulin lowered")


def _kidneys(life: Life, clinic: Clinic) -> None:
    """Metformin is halved and stopped as the kidneys fail."""
    at, egfr = clinic.at + 1200, clinic.last("egfr")
    if egfr is None:
        return
    if egfr < 30:
        for drug in ("metformin", "metformin-1000"):
            if life.takes(drug):
                life.stop_home(drug, at)
                clinic.know("treatment", "metformin", "metformin stopped because of the kidneys")
    elif egfr < 45 and life.takes("metformin-1000"):
        swap(life, "metformin-1000", "metformin", at)
        clinic.know("treatment", "metformin", "metformin halved because of the kidneys")


def visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """Twice a year for diabetes alone."""
    at = max(first, first - _years(person) * _YEAR) + between(rng, 30, 150) * DAY
    while at < last:
        yield at, "diabetes"
        at += between(rng, 130, 230) * DAY


DIABETES_2 = Lasting("diabetes-2", begin, visit, visits)
