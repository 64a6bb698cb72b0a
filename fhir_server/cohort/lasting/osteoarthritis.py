"""Osteoarthritis of the knee: pain that grows over years, tablets, injections, for some a new joint.

Sources: ACR/AF guideline 2019 (exercise, NSAID where kidneys and stomach allow, acetaminophen, steroid injection);
AAOS 2022 (replacement where these fail).
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between, child
from ..clock import DAY, HOUR
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .model import Lasting, Planned
from .recall import office

_PAIN = {"pain": 1.6, "weight": 0.5}


def replacement(person: Person, first: float) -> float | None:
    """When a knee is replaced, for those who come to it; the same for visits and stays."""
    rng = child(0, person.id, "knee")
    fit = person.traits.isdisjoint({"dialysis", "cirrhosis", "pregnant", "hip-fracture"})
    chosen = rng.random() < 0.3
    at = first + between(rng, 0.25, 4.2) * 365 * DAY
    return at if fit and chosen and person.details.get("reason") != "elective-knee" else None


def begin(life: Life) -> None:
    """Years of pain in one knee."""
    rng, first = life.stream("osteoarthritis"), life.timeline.first
    left = rng.random() < 0.5
    life.problem(
        "osteoarthritis-left" if left else "osteoarthritis",
        office(first - between(rng, 1, 12) * 365 * DAY, rng),
    )
    life.body.process("worn-joint", _PAIN)
    life.body.set_level("worn-joint", between(rng, 0.2, 0.7), first)
    life.body.aim("worn-joint", between(rng, 0.6, 1.3), 24 * 365 * 2, first)
    kidneys = life.person.egfr > 60 and not life.has(
        "heart-failure", "cirrhosis", "atrial-fibrillation", "coronary-disease", "stroke"
    )
    if kidneys and rng.random() < 0.45:
        life.start_home("naproxen", office(first + between(rng, 10, 500) * DAY, rng))
    else:
        life.start_home("acetaminophen", office(first + between(rng, 10, 300) * DAY, rng))
    if rng.random() < 0.25:
        life.start_home("gabapentin", office(first + between(rng, 100, 1200) * DAY, rng))
    side = "left" if left else "right"
    life.know(
        first,
        "history",
        "arthritis",
        rng.choice(
            (
                f"osteoarthritis of the {side} knee",
                f"{side} knee arthroscopy years ago",
                f"worn {side} knee cartilage since a football injury",
            )
        ),
    )
    if rng.random() < 0.35:
        life.know(
            first,
            "family",
            "arthritis",
            rng.choice(("knee replacement in the mother", "arthritis of the hands in the mother")),
        )


def visit(life: Life, clinic: Clinic) -> None:
    """Knees are spoken of at every third visit; before an operation there is a visit of its own."""
    rng = clinic.rng
    if clinic.purpose == "pre-operative":
        _before_operation(life, clinic)
    elif clinic.purpose in {"follow-up", "annual"} and rng.random() < 0.35:
        clinic.know(
            "symptom",
            "knee pain",
            rng.choice(
                (
                    "knee pain on stairs",
                    "stiff knees for ten minutes in the morning",
                    "knee aches after a day on the feet",
                    "knee swells after walking",
                )
            ),
        )
        clinic.know(
            "sign",
            "knee",
            rng.choice(
                (
                    "crepitus of the knee, small effusion",
                    "tender medial joint line",
                    "full range with crepitus",
                )
            ),
        )
        if rng.random() < 0.2:
            clinic.image(
                "xr-knee",
                rng.choice(
                    (
                        "Moderate medial compartment narrowing with osteophytes.",
                        "Tricompartmental osteoarthritis, severe medially.",
                        "Mild joint space loss. Small effusion.",
                    )
                ),
            )
        if rng.random() < 0.25:
            clinic.know("treatment", "injection", "steroid injection of the knee")
            life.body.dose("pain", -1.4, clinic.at, 24, 24 * 45)
        clinic.know(
            "plan",
            "knee",
            rng.choice(
                ("quadriceps exercises, heat", "physical therapy", "weight loss", "orthopedics if no better")
            ),
        )
    if life.takes("naproxen") and clinic.due("creatinine", 300):
        clinic.want("basic-metabolic-panel")


def _before_operation(life: Life, clinic: Clinic) -> None:
    rng = clinic.rng
    clinic.want("basic-metabolic-panel", "cbc", "coagulation-panel")
    clinic.image(
        "ecg",
        rng.choice(
            ("Sinus rhythm, normal tracing.", "Sinus rhythm with left axis deviation.", "Sinus bradycardia.")
        )
        if not life.has("atrial-fibrillation")
        else "Atrial fibrillation, rate controlled.",
    )
    clinic.know(
        "plan",
        "operation",
        rng.choice(
            (
                "acceptable risk for knee replacement, stop naproxen a week before",
                "cleared for knee replacement",
                "surgery in two weeks, blood thinner instructions given"
                if life.has("atrial-fibrillation")
                else "surgery in two weeks",
            )
        ),
    )
    clinic.know("symptom", "exertion", "chest pain or breathlessness on exertion", polarity="absent")
    if life.takes("naproxen"):
        life.stop_home("naproxen", clinic.at + HOUR)


def visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """The visit before the operation, and one after it."""
    at = replacement(person, first)
    if at is not None and at < last:
        yield at - between(rng, 10, 18) * DAY, "pre-operative"
        yield at + between(rng, 36, 48) * DAY, "post-operative"


def stays(person: Person, first: float, _last: float, rng: Random) -> Iterable[Planned]:
    """The operation: in the morning of a weekday, two or three days."""
    at = replacement(person, first)
    if at is not None:
        yield Planned(_morning(at), between(rng, 1.2, 3.4), "elective-knee")


def _morning(at: float) -> float:
    return at // DAY * DAY + 11 * HOUR


OSTEOARTHRITIS = Lasting("osteoarthritis", begin, visit, visits, stays)
