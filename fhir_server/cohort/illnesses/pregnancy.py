"""Births, and the kidney infection that brings a pregnant woman to hospital.

Sources: ACOG practice bulletins on labor, cesarean delivery and urinary tract infection in pregnancy (intravenous
ceftriaxone until 48 hours afebrile, then tablets); cesarean share of 32 % (CDC births 2023); blood loss of about 500 mL
after a vaginal and 1000 mL after a cesarean birth; leukocytosis of labor.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses import specimens
from ..courses.case import Case
from .blood import lose, watch_hemoglobin
from .elective import Operation, operate
from .model import Illness

_LABOR = {
    "pain": 6.6,
    "heart-rate": 14,
    "systolic": 9,
    "respiratory-rate": 4,
    "wbc": 0.5,
    "temperature": 0.2,
    "lactate": 0.25,
    "glucose": 0.06,
}
_AFTER = {"pain": 2.6, "wbc": 0.25, "crp": 2.4, "temperature": 0.2}
_PYELONEPHRITIS = {
    "temperature": 2.3, "heart-rate": 27, "respiratory-rate": 5, "pain": 4.4, "wbc": 0.6, "crp": 2.9, "procalcitonin": 2.3, "systolic": -8, "lactate": 0.25,
    "creatinine": 0.15, "potassium": -0.2, "sodium": -2.0, "albumin": -0.25, "spo2": -0.8,
}  # fmt: skip
_NAMES = ("a girl", "a boy")


def by_cesarean(case: Case) -> bool:
    """How the child is born: a third by cesarean, more often where one was before."""
    share = 0.85 if "uterine-scar" in case.life.problems else 0.32
    return case.rng.random() < share


def admit_delivery(case: Case) -> None:
    """Comes in labor or for a planned cesarean; the child is born within the day."""
    body, rng, start = case.body, case.rng, case.start
    section = by_cesarean(case)
    planned = section and rng.random() < 0.5
    case.principal = "cesarean-delivery" if section else "delivery"
    watch_hemoglobin(case, 7.0)
    case.draw(start + 0.5 * HOUR, "cbc")
    body.process("labor", _LABOR)
    hours = 2.2 if planned else min(between(rng, 4, 16), 12 * case.days)
    born = start + hours * HOUR
    if not planned:
        body.set_level("labor", 0.35, start)
        body.aim("labor", 1.0, hours * 0.45, start)
        if rng.random() < 0.75 and hours > 5:
            case.procedure("epidural", start + 0.45 * hours * HOUR, hours=0.4, fact="epidural placed, comfortable afterwards",
                           then=lambda at: body.aim("labor", 0.45, 0.5, at))  # fmt: skip
        if rng.random() < 0.45:
            case.order("oxytocin-iv", start + 0.3 * hours * HOUR, until=born)
            case.know(
                "treatment",
                "oxytocin",
                rng.choice(("labor augmented with oxytocin", "induction with oxytocin")),
            )
    for n in range(max(1, int(hours / 4))):
        case.procedure("fetal-heart-monitoring", start + (0.5 + 4 * n) * HOUR, hours=2.5)
    case.at(born, lambda at: _born(case, at, section))
    _labor_story(case, section, planned)


def _born(case: Case, at: float, section: bool) -> None:
    body, rng = case.body, case.rng
    body.aim("labor", 0.0, 3, at)
    body.process("pregnancy", PREGNANCY)
    body.aim("pregnancy", 0.0, 24 * 6, at)
    body.process("after-birth", _AFTER)
    body.set_level("after-birth", 0.9, at)
    body.aim("after-birth", 0.0, 46, at)
    if section:
        reason = rng.choice(
            (
                "for arrest of dilation",
                "for a non-reassuring fetal heart tracing",
                "for breech presentation",
                "as a repeat cesarean",
            )
        )
        operate(
            case, at, Operation("cesarean", 0.9, 0.7, 1.7, f"low transverse cesarean {reason}"), pain=0.85
        )
        case.life.problem("uterine-scar", at + 2 * HOUR)
    else:
        case.procedure(
            "vaginal-delivery",
            at,
            hours=0.3,
            fact=rng.choice(
                (
                    "spontaneous vaginal delivery, placenta complete",
                    "vaginal delivery over a first-degree tear, repaired",
                    "vaginal delivery assisted by vacuum",
                )
            ),
        )
        lose(case, at, between(rng, 0.6, 1.6), 10)
    case.order("oxytocin-iv", at + 0.4 * HOUR, until=at + 5 * HOUR)
    case.order("ibuprofen", at + 2.5 * HOUR, now=False)
    case.order("docusate", at + 4 * HOUR, now=False)
    child_words = f"{rng.choice(_NAMES)} of {round(between(rng, 2.7, 4.1), 2)} kg, Apgar {rng.choice(('8 and 9', '9 and 9', '7 and 9'))}"
    case.know("event", "birth", f"gave birth to {child_words}", at=at + 0.3 * HOUR)
    case.know(
        "plan",
        "feeding",
        rng.choice(
            ("breastfeeding, seen by the lactation nurse", "formula feeding by choice", "breast and bottle")
        ),
        at=at + 5 * HOUR,
    )
    case.diagnose("single-live-birth", at + 0.2 * HOUR)
    if rng.random() < 0.07:
        _hemorrhage(case, at + between(rng, 0.5, 3) * HOUR)
    case.draw(at + between(rng, 16, 26) * HOUR, "hemoglobin", "hematocrit")
    case.draw(at + 6 * HOUR, "cbc")


def _hemorrhage(case: Case, at: float) -> None:
    rng = case.rng
    case.body.process(
        "bleeding", {"heart-rate": 30, "systolic": -22, "lactate": 0.6, "urine": -25, "diastolic": -5}
    )

    def bled(when: float) -> None:
        case.body.aim("bleeding", 1.0, 0.6, when)
        lose(case, when, between(rng, 2.0, 3.6), 5)
        case.diagnose("postpartum-hemorrhage", when)
        case.know(
            "event",
            "hemorrhage",
            rng.choice(
                (
                    "postpartum hemorrhage of about 1200 mL, uterine atony",
                    "heavy bleeding after delivery, controlled with uterotonics and massage",
                )
            ),
            at=when,
        )
        case.life.at(when + between(rng, 2, 4) * HOUR, lambda then: case.body.aim("bleeding", 0.0, 4, then))
        case.series(when + 1.5 * HOUR, 6, 3, "hemoglobin", "hematocrit", "platelets")

    case.at(at, bled)


def _labor_story(case: Case, section: bool, planned: bool) -> None:
    rng = case.rng
    weeks = rng.choice((38, 39, 39, 40, 40, 41))
    case.know("history", "gestation", f"{weeks} weeks pregnant with one child")
    if planned:
        case.know("event", "arrival", "arrived for planned cesarean delivery")
    else:
        case.know(
            "symptom",
            "contractions",
            rng.choice(
                (
                    "contractions every five minutes since the night",
                    "regular contractions for six hours",
                    "waters broke at home, contractions followed",
                )
            ),
            until=case.start + DAY,
        )
        case.know(
            "sign", "cervix", f"cervix {rng.randrange(3, 7)} cm dilated on arrival", until=case.start + DAY
        )
    case.know(
        "sign",
        "fetus",
        rng.choice(
            (
                "reassuring fetal heart tracing",
                "fetal heart rate 140 with good variability",
                "category one tracing",
            )
        ),
        until=case.start + DAY,
    )
    case.denies(
        ("bleeding", "vaginal bleeding"), ("headache", "headache or visual change"), ("fever", "fever")
    )
    case.know("sign", "uterus", "firm fundus below the umbilicus, scant lochia", at=case.start + 1.1 * DAY)
    case.know("plan", "visit", "postpartum visit in six weeks", at=case.start + DAY)
    if section:
        case.know("sign", "incision", "low transverse incision dry", at=case.start + 1.2 * DAY)


PREGNANCY = {
    "hemoglobin": -1.9, "creatinine": -0.34, "bun": -0.4, "alkaline-phosphatase": 0.72, "albumin": -0.85, "total-protein": -0.8, "weight": 12.5, "heart-rate": 13,
    "systolic": -4, "diastolic": -3, "wbc": 0.32, "platelets": -0.13, "co2": -3.4, "sodium": -2.6, "calcium": -0.5, "cholesterol": 55, "triglycerides": 0.65, "fibrinogen": 0.35,
    "d-dimer": 0.95, "ferritin": -0.9, "iron": -14, "glucose": -0.11, "uric-acid": -1.0, "respiratory-rate": 1.2, "tsh": -0.2, "bilirubin": -0.2, "rdw": 0.5, "potassium": -0.2,
}  # fmt: skip
"""What a pregnancy at term does (Abbassi-Ghanavati et al., Obstet Gynecol 2009: reference values by trimester)."""


# -- infection


def admit_infection(case: Case) -> None:
    """Fever, flank pain, contractions; ceftriaxone turns it in two days."""
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    body.process("urinary-infection", _PYELONEPHRITIS)
    body.set_level("urinary-infection", 0.85 * severity, start)
    body.aim("urinary-infection", 1.05 * severity, 10, start)
    case.principal = "pyelonephritis-pregnancy-3" if _weeks(case) >= 28 else "pyelonephritis-pregnancy-2"
    slow = max(0.7, min(2.0, case.days / 4))

    def treated(at: float) -> None:
        case.at(
            at + between(rng, 16, 34) * slow * HOUR,
            lambda when: body.aim("urinary-infection", 0.03, between(rng, 20, 34) * slow, when),
        )

    iv = start + between(rng, 2.2, 3.2) * slow * DAY
    case.order(
        "ceftriaxone",
        start + between(rng, 0.6, 2) * HOUR,
        until=iv,
        dose=2.0 if severity > 1 else None,
        on_first=treated,
    )
    case.at(iv, lambda at: case.order("cephalexin", at + HOUR))
    case.order("sodium-chloride-iv", start + 0.5 * HOUR, until=start + between(rng, 18, 36) * HOUR)
    organism = rng.choice(
        ("Escherichia coli, more than 100,000 CFU/mL",) * 3
        + ("Klebsiella pneumoniae, more than 100,000 CFU/mL",)
    )
    case.at(start + 0.6 * HOUR, lambda at: specimens.culture(case.life, "urine-culture", at, organism))
    case.draw(start + 0.7 * HOUR, "lactate", "crp", "blood-culture")
    for day in range(int(case.days) + 1):
        case.procedure(
            "fetal-heart-monitoring", start + (1 + 24 * day) * HOUR + between(rng, 0, 3) * HOUR, hours=0.8
        )
    case.image(
        "us-renal",
        start + between(rng, 4, 20) * HOUR,
        rng.choice(
            (
                "Mild right hydronephrosis, physiologic for pregnancy. No stone.",
                "Kidneys normal in size. Mild bilateral pelvic fullness.",
            )
        ),
        fact="mild right hydronephrosis without a stone",
    )
    case.image(
        "us-obstetric",
        start + between(rng, 3, 12) * HOUR,
        rng.choice(
            (
                "Single live intrauterine pregnancy. Normal fluid. Cephalic.",
                "Live fetus, growth appropriate for dates, placenta posterior, cervix {} mm.",
            )
        ).format(rng.randrange(31, 42)),
        fact="live fetus of normal growth",
    )
    _infection_story(case)


def _weeks(case: Case) -> float:
    """Weeks of pregnancy at admission, as `lasting/pregnancy.py` has it in the history."""
    known = [f for f in case.life.facts.at(case.start, "history") if f.name == "conception"]
    return (case.start - known[-1].at) / DAY / 7 + 2 if known else 26.0


def _infection_story(case: Case) -> None:
    rng = case.rng
    gone = case.start + between(rng, 0.5, 0.75) * case.days * DAY
    side = rng.choice(("right", "right", "left"))
    case.know(
        "symptom",
        "fever",
        rng.choice(("fever and chills since yesterday", "shaking chills for a day")),
        until=case.start + 0.45 * case.days * DAY,
    )
    case.know("symptom", "flank pain", f"{side} flank pain", until=gone)
    case.know(
        "symptom",
        "dysuria",
        rng.choice(("burning urination for four days", "frequent and painful urination")),
        until=gone,
    )
    case.know("sign", "flank", f"{side} costovertebral tenderness", until=gone)
    case.denies(("bleeding", "vaginal bleeding"), ("fluid", "leaking fluid"), ("vomiting", "vomiting"))
    case.know("sign", "fetus", "fetal heart tones present")
    tight = rng.random() < 0.35
    case.know(
        "symptom",
        "contractions",
        "irregular tightening of the belly" if tight else "contractions",
        polarity="present" if tight else "absent",
        until=gone,
    )
    case.know(
        "plan",
        "antibiotics",
        rng.choice(
            (
                "intravenous until 48 hours without fever, then tablets for two weeks",
                "nightly prevention until birth after treatment",
            )
        ),
    )


def morning_infection(case: Case, day: int, at: float) -> None:
    """Fever and contractions are asked for."""
    if day in {1, 3}:
        case.draw(at + between(case.rng, 0, 3) * HOUR, "crp")
    if case.signs.get("temperature", 37.5) < 37.7:
        case.know("event", "afebrile", case.rng.choice(("no fever overnight", "afebrile, eating")), at=at)


def morning_delivery(case: Case, day: int, at: float) -> None:
    """Up, eating, feeding the child."""
    case.know(
        "event",
        "recovery",
        case.rng.choice(
            (
                "walking and eating, bleeding light",
                "pain controlled, feeding going well",
                "up to the shower, voiding",
            )
        ),
        at=at,
    )
    last = case.life.results.get("hemoglobin")
    if last is not None and last[1] < 8.5 and day >= 1:
        case.diagnose("acute-blood-loss-anemia", at)
        case.order("ferrous-sulfate", at + HOUR, now=False)


DELIVERY = Illness("delivery", admit_delivery, morning_delivery)
PRETERM = Illness("preterm", admit_infection, morning_infection)
