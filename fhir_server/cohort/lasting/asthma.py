"""Asthma: an inhaler at need, a steroid inhaler stepped up where control is poor, flares treated at home with prednisone.

Source: GINA report 2024 (steps by control; oral steroids five to seven days for a flare).
"""

from __future__ import annotations

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .model import Lasting

_TRIGGERS = ("cats", "spring pollen", "cold air", "exercise", "dust", "colds")


def persistent(person: Person) -> bool:
    """Whether it is more than a mild one."""
    return child(0, person.id, "asthma").random() < 0.55


def begin(life: Life) -> None:
    """Since youth; most have an inhaler."""
    rng, first = life.stream("asthma"), life.timeline.first
    since = max(
        first - between(rng, 4, 30) * 365 * DAY, life.timeline.first - (life.body.age(first) - 4) * 365 * DAY
    )
    life.problem(
        rng.choice(
            ("asthma", "asthma-moderate-persistent" if persistent(life.person) else "asthma-mild-persistent")
        ),
        since,
    )
    life.body.process("asthma", {"respiratory-rate": 6, "heart-rate": 16, "spo2": -4, "wbc": 0.1})
    life.know(
        first,
        "history",
        "asthma",
        rng.choice(("asthma since childhood", "asthma since the teens", "asthma since the thirties")),
    )
    life.know(first, "history", "intubation", "intubation for asthma", polarity="absent")
    life.know(first, "social", "triggers", f"asthma set off by {' and '.join(rng.sample(_TRIGGERS, 2))}")
    life.know(
        first,
        "social",
        "smoking",
        "never smoked" if rng.random() < 0.7 else "stopped smoking ten years before",
    )
    if rng.random() < 0.5:
        life.know(
            first,
            "family",
            "asthma",
            rng.choice(("asthma in a son", "hay fever and asthma in the mother", "eczema in a daughter")),
        )
    drugs = [
        ("albuterol-inhaler", 0.95),
        ("fluticasone-salmeterol", 0.7 if persistent(life.person) else 0.15),
        ("montelukast", 0.25),
    ]
    for drug, share in drugs:
        if rng.random() < share:
            life.at(first + between(rng, 1, 40) * DAY, lambda at, d=drug: life.start_home(d, at))


def visit(life: Life, clinic: Clinic) -> None:
    """Control asked for; a flare is treated, a step added where control is poor."""
    if clinic.purpose in {"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"}:
        return
    rng = clinic.rng
    luck = rng.random()
    if luck < 0.07:
        _flare(life, clinic)
    elif luck < 0.24:
        clinic.know(
            "symptom",
            "wheeze",
            rng.choice(
                ("wakes with cough twice a week", "uses the inhaler most days", "wheezes after running")
            ),
        )
        if not life.takes("fluticasone-salmeterol"):
            life.start_home("fluticasone-salmeterol", clinic.at + 1200)
            clinic.know("treatment", "inhaler", "a daily steroid inhaler begun")
        else:
            clinic.procedure("inhaler-teaching", 10)
    elif luck < 0.75:
        clinic.know("symptom", "wheeze", "night-time wheeze", polarity="absent")
        clinic.know("sign", "lungs", "clear lungs without wheeze")
    if rng.random() < 0.07:
        fev1 = round(between(rng, 68, 98))
        clinic.image("spirometry", f"FEV1 {fev1} percent of predicted, {'normal' if fev1 > 82 else 'mild obstruction'}. "
                     f"Improves by {round(between(rng, 4, 17))} percent after albuterol.")  # fmt: skip


def _flare(life: Life, clinic: Clinic) -> None:
    """Five days of prednisone at home; it is over within a week or two."""
    body, at = life.body, clinic.at
    body.set_level("asthma", 0.7, at)
    body.aim("asthma", 0.0, 60, at)
    clinic.know("symptom", "wheeze", "wheeze and cough for four days", until=at + 12 * DAY)
    clinic.know("sign", "lungs", "wheezes on both sides", until=at + 8 * DAY)
    life.start_home("prednisone", at + 1200)
    clinic.know("treatment", "prednisone", "prednisone for five days", until=at + 6 * DAY)
    life.at(at + 5 * DAY, lambda when: life.stop_home("prednisone", when, status="completed"))


ASTHMA = Lasting("asthma", begin, visit)
