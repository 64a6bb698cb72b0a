"""Cirrhosis: bilirubin and INR up, albumin, sodium and platelets down for life; ascites and confusion between stays.

Sources: AASLD guidance 2021 and 2018 (liver cancer surveillance every six months, carvedilol or propranolol for
varices, spironolactone with furosemide, lactulose with rifaximin after a second episode); EASL 2018.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .model import Lasting
from .recall import last_told, office

_WORSE = {
    "bilirubin": 0.5,
    "inr": 0.15,
    "albumin": -0.4,
    "sodium": -2.0,
    "platelets": -0.25,
    "ammonia": 0.3,
    "systolic": -2,
    "hemoglobin": -0.5,
}
_FLUID = {"weight": 4.5, "respiratory-rate": 1.0, "albumin": -0.1, "sodium": -1.0}
_CAUSES = (
    ("alcoholic-cirrhosis", "alcohol"),
    ("hepatitis-c", "hepatitis C"),
    ("fatty-liver", "fatty liver disease"),
)


def begin(life: Life) -> None:
    """A scarred liver of some years that grows slowly worse."""
    rng, first, body = life.stream("cirrhosis"), life.timeline.first, life.body
    grade = between(rng, 0.5, 1.25)
    body.shift(
        bilirubin=0.75 * grade, inr=0.2 * grade, platelets=-0.72 * grade, albumin=-0.7 * grade, sodium=-2.4 * grade, ast=0.55, alt=0.25, alkaline_phosphatase=0.25,
        hemoglobin=-1.2 * grade, mcv=5.0, rdw=2.0, systolic=-6, heart_rate=4, ammonia=0.4 * grade, co2=-1.3, cholesterol=-32, wbc=-0.22, fibrinogen=-0.2, bun=-0.1,
    )  # fmt: skip
    body.process("cirrhosis", _WORSE)
    body.aim("cirrhosis", 1.0 * grade, 24 * 365 * 4, first)
    cause, words = _CAUSES[0] if rng.random() < 0.45 else rng.choice(_CAUSES[1:])
    since = office(first - between(rng, 0.3, 6) * 365 * DAY, rng)
    life.problem("cirrhosis", since)
    life.problem(cause, office(since - between(rng, 0, 5) * 365 * DAY, rng))
    life.know(first, "history", "cirrhosis", f"cirrhosis from {words}")
    if cause == "alcoholic-cirrhosis":
        life.know(
            first,
            "social",
            "alcohol",
            rng.choice(
                ("stopped drinking {} years ago", "relapsed to drinking once since, sober {} years")
            ).format(rng.choice(("two", "three", "four"))),
        )
    else:
        life.know(first, "social", "alcohol", "alcohol use", polarity="absent")
    life.know(
        first,
        "history",
        "varices",
        rng.choice(
            (
                "small esophageal varices on screening endoscopy",
                "banded esophageal varices",
                "varices on screening endoscopy",
            )
        ),
        polarity="present" if rng.random() < 0.65 else "absent",
    )
    _medicines(life, grade)


def _medicines(life: Life, grade: float) -> None:
    rng, first = life.stream("cirrhosis drugs"), life.timeline.first
    if grade > 0.7:
        body = life.body
        body.process("ascites-at-home", _FLUID)
        body.set_level("ascites-at-home", between(rng, 0.2, 0.8), first)
        life.start_home("spironolactone", office(first + between(rng, 5, 300) * DAY, rng), dose=50.0)
        if life.person.egfr > 40:
            life.start_home("furosemide", office(first + between(rng, 5, 300) * DAY, rng))
        life.know(first, "history", "ascites", "ascites treated with diuretics")
    if not life.has("coronary-disease", "heart-failure", "asthma", "copd") and rng.random() < 0.5:
        life.start_home("propranolol", office(first + between(rng, 2, 200) * DAY, rng))
    if grade > 0.85 or rng.random() < 0.3:
        life.start_home("lactulose", office(first + between(rng, 30, 800) * DAY, rng))
        if rng.random() < 0.5:
            life.start_home("rifaximin", office(first + between(rng, 200, 1200) * DAY, rng))


def visit(life: Life, clinic: Clinic) -> None:
    """Liver tests every three months, an ultrasound every six, the belly and the mind asked for."""
    rng = clinic.rng
    if clinic.purpose in {"chemotherapy", "anticoagulation"}:
        return
    if clinic.due("bilirubin", 80):
        clinic.want("comprehensive-metabolic-panel", "cbc", "coagulation-panel")
    if rng.random() < 0.2:
        clinic.want("ammonia")
    if clinic.at - last_told(life, "liver ultrasound") > 175 * DAY and rng.random() < 0.7:
        clinic.know("finding", "liver ultrasound", "no liver mass on surveillance ultrasound")
        clinic.image("us-abdomen", rng.choice((
            "Coarse nodular liver without a focal lesion. Patent portal vein. Spleen {} cm.", "Cirrhotic liver. No suspicious mass. Trace perihepatic fluid, spleen {} cm.",
            "Stable cirrhosis and splenomegaly of {} cm. No focal lesion.",
        )).format(rng.randrange(13, 18)))  # fmt: skip
    if rng.random() < 0.1:
        clinic.procedure("upper-endoscopy", 25)
        clinic.know(
            "finding",
            "varices",
            rng.choice(
                (
                    "small varices without red signs",
                    "varices banded to eradication",
                    "portal hypertensive gastropathy",
                )
            ),
        )
    belly = life.body.level("ascites", clinic.at) + life.body.level("ascites-at-home", clinic.at)
    clinic.know(
        "sign",
        "ascites",
        rng.choice(("mild ascites", "a fluid wave", "flank dullness")) if belly > 0.4 else "ascites",
        polarity="present" if belly > 0.4 else "absent",
    )
    clinic.know(
        "symptom",
        "confusion",
        rng.choice(("forgetful at times, family agrees", "day sleepiness"))
        if rng.random() < 0.2
        else "confusion",
        polarity="present" if life.takes("lactulose") and rng.random() < 0.3 else "absent",
    )
    clinic.know(
        "plan",
        "liver",
        rng.choice(
            (
                "low-sodium diet, weigh twice a week",
                "avoid NSAIDs",
                "ultrasound and labs in six months",
                "hepatology visit in three months",
            )
        ),
    )
    if belly > 0.5 and not life.takes("spironolactone") and life.person.egfr > 35:
        life.start_home("spironolactone", clinic.at + 1200, dose=50.0)


def visits(_person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """The liver clinic, every three to six months."""
    at = first + between(rng, 10, 120) * DAY
    while at < last:
        yield at, "follow-up"
        at += between(rng, 85, 190) * DAY


CIRRHOSIS = Lasting("cirrhosis", begin, visit, visits)
