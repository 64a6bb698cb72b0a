"""Depression: spells that come and go over months, scores that fall on a tablet in most.

Sources: APA guideline 2010; response in about half within eight weeks (STAR*D); PHQ-9 at visits (Kroenke et al. 2001).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .model import Lasting
from .recall import office

_LOW = {"pain": 0.5, "weight": -1.5, "heart-rate": 2, "glucose": 0.01}


def begin(life: Life) -> None:
    """Known for years; a spell now and then."""
    rng, first = life.stream("depression"), life.timeline.first
    onset = office(first - between(rng, 1, 15) * 365 * DAY, rng)
    life.problem("depression-recurrent" if rng.random() < 0.3 else "depression", onset)
    if rng.random() < 0.35:
        life.problem("anxiety", office(onset + between(rng, 0, 800) * DAY, rng))
    life.body.process("low-mood", _LOW)
    at = first + between(rng, 0, 300) * DAY
    while at < life.last:
        life.at(at, lambda when: life.body.aim("low-mood", between(rng, 0.6, 1.1), 24 * 12, when))
        life.at(at + between(rng, 90, 240) * DAY, lambda when: life.body.aim("low-mood", 0.1, 24 * 25, when))
        at += between(rng, 300, 900) * DAY
    if rng.random() < 0.6:
        life.start_home("sertraline", office(first + between(rng, 2, 200) * DAY, rng))
    life.know(
        first,
        "history",
        "depression",
        rng.choice(
            (
                "depression since the divorce",
                "recurrent depression, one episode in college",
                "depression after a bereavement",
                "postpartum depression years ago" if life.has("parous") else "depression for many years",
            )
        ),
    )
    life.know(first, "history", "suicide attempt", "suicide attempts", polarity="absent")
    if rng.random() < 0.4:
        life.know(
            first,
            "family",
            "depression",
            rng.choice(
                ("depression in the mother", "a brother treated for bipolar disorder", "suicide of an uncle")
            ),
        )


def visit(life: Life, clinic: Clinic) -> None:
    """Mood is asked for at some visits; a tablet is begun or raised when it is low."""
    rng = clinic.rng
    if clinic.purpose in {"chemotherapy", "anticoagulation", "dialysis", "acute"} or rng.random() < 0.4:
        return
    low = life.body.level("low-mood", clinic.at) * (0.55 if life.takes("sertraline") else 1.0)
    score = min(26, max(0, round(3 + 15 * low + 2.2 * between(rng, -1, 1))))
    clinic.know("finding", "phq-9", f"PHQ-9 score of {score}")
    if score >= 10:
        clinic.know(
            "symptom",
            "mood",
            rng.choice(
                (
                    "low mood most days and poor sleep",
                    "little interest in things, tired",
                    "crying spells, eats little",
                )
            ),
        )
        clinic.know("symptom", "suicidal thoughts", "thoughts of self-harm", polarity="absent")
        _step_up(life, clinic)
    else:
        clinic.know("symptom", "mood", rng.choice(("low mood", "feeling depressed")), polarity="absent")
        clinic.know(
            "plan",
            "mood",
            rng.choice(
                ("continue the present dose", "continue counseling every other week", "no change for mood")
            ),
        )


def _step_up(life: Life, clinic: Clinic) -> None:
    rng = clinic.rng
    if not life.takes("sertraline") and rng.random() < 0.7:
        life.start_home("sertraline", clinic.at + 1200)
        clinic.know("treatment", "sertraline", "sertraline begun")
    elif life.takes("sertraline") and (life.home["sertraline"].dose or 50.0) < 150 and rng.random() < 0.6:
        life.change_dose("sertraline", (life.home["sertraline"].dose or 50.0) + 50.0, clinic.at + 1200)
        clinic.know("treatment", "sertraline", "sertraline raised")
    else:
        clinic.know(
            "plan",
            "mood",
            rng.choice(
                (
                    "referred for therapy at an earlier visit, starts next week",
                    "sleep hygiene, return in six weeks",
                    "counseling by phone",
                )
            ),
        )


DEPRESSION = Lasting("depression", begin, visit)
