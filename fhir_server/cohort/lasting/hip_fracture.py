"""A hip broken in these years or before: thin bones before it, tablets for them and a walker after it.

Source: Endocrine Society guideline 2019 on osteoporosis after a fracture; bone density every two years.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .model import Lasting
from .recall import office


def begin(life: Life) -> None:
    """Where no stay of these years tells of the fracture, it lies before them."""
    rng, first = life.stream("hip fracture"), life.timeline.first
    life.body.shift(vitamin_d=-0.3, albumin=-0.12)
    if any(stay.reason == "hip" for stay in life.timeline.admissions):
        life.know(
            first,
            "history",
            "bones",
            rng.choice(
                (
                    "lost four centimeters of height",
                    "a broken wrist at sixty",
                    "low bone density some years ago",
                )
            ),
        )
        return
    since = office(first - between(rng, 0.3, 6) * 365 * DAY, rng)
    life.problem("healed-fracture-history", since)
    life.problem("osteoporosis", since + between(rng, 5, 60) * DAY)
    if rng.random() < 0.55:
        life.problem("hip-replacement-status", since + 2 * DAY)
    life.know(
        first,
        "history",
        "hip fracture",
        rng.choice(("hip fracture repaired some years ago", "hip fracture after a fall on ice")),
    )
    life.know(
        first,
        "social",
        "walking",
        rng.choice(("walks with a cane", "walks with a walker", "walks without help")),
    )
    if life.person.egfr > 35 and rng.random() < 0.5:
        life.start_home("alendronate", office(first + between(rng, 2, 90) * DAY, rng))
    life.start_home("cholecalciferol", office(first + between(rng, 2, 90) * DAY, rng))


def visit(life: Life, clinic: Clinic) -> None:
    """Falls are asked for; vitamin D and bone density now and then; five years of a bisphosphonate are enough."""
    rng = clinic.rng
    if "osteoporosis" not in life.problems or clinic.purpose not in {"follow-up", "annual", "post-discharge"}:
        return
    fell = rng.random() < 0.15
    clinic.know(
        "event",
        "falls",
        rng.choice(("one fall without injury", "slipped once at home"))
        if fell
        else "falls since the last visit",
        polarity="present" if fell else "absent",
    )
    if clinic.due("vitamin-d", 330) and rng.random() < 0.5:
        clinic.want("vitamin-d")
    if rng.random() < 0.07:
        clinic.image(
            "dxa",
            rng.choice(
                (
                    "T-score of the femoral neck minus 2.8. Osteoporosis.",
                    "Lumbar T-score minus 2.5, femoral neck minus 2.6.",
                    "T-score minus 2.2, better by four percent than before.",
                )
            ),
        )
    if not life.takes("alendronate") and life.person.egfr > 35 and rng.random() < 0.15:
        life.start_home("alendronate", clinic.at + 1200)
        clinic.know("treatment", "alendronate", "alendronate begun")
    clinic.know(
        "plan",
        "bones",
        rng.choice(
            (
                "calcium by food, vitamin D daily",
                "balance exercises",
                "rugs and cords out of the way",
                "bone density in two years",
            )
        ),
    )


HIP_FRACTURE = Lasting("hip-fracture", begin, visit)
