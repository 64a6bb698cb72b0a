"""Acute pancreatitis: pain and enzymes first, then inflammation with loss of fluid and calcium; most mend in days.

Sources: ACG guideline 2013 and 2024 (lipase over three times the limit; moderate fluids; early feeding; same-stay
cholecystectomy in mild gallstone disease); revised Atlanta classification 2012 (severe in about one in five; CRP over
150 mg/L at 48 hours). BISAP: urea, mentation, SIRS, age, effusion.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .model import Illness

_ENZYMES = {"lipase": 3.7}
_PAIN = {"pain": 6.4, "heart-rate": 10, "respiratory-rate": 3}
_INFLAMED = {
    "temperature": 0.9, "heart-rate": 16, "respiratory-rate": 4, "spo2": -2.6, "wbc": 0.55, "crp": 3.5, "calcium": -1.15, "albumin": -0.7,
    "glucose": 0.24, "bun": 0.18, "lactate": 0.3, "ldh": 0.55, "systolic": -7, "potassium": -0.15, "magnesium": -0.18, "phosphate": -0.5,
    "platelets": -0.12, "co2": -2.0, "urine": -15, "procalcitonin": 1.3,
}  # fmt: skip
_DRY = {"hemoglobin": 1.1, "bun": 0.3, "creatinine": 0.16, "urine": -22, "heart-rate": 8, "sodium": -1.5}
_STONE = {"alt": 1.7, "ast": 1.6, "bilirubin": 1.25, "alkaline-phosphatase": 0.6}
_CAUSES = (
    ("biliary-pancreatitis", 0.42),
    ("alcoholic-pancreatitis", 0.28),
    ("pancreatitis", 0.18),
    ("other-pancreatitis", 0.12),
)


def admit(case: Case) -> None:
    """Begun hours before; turns with fluids and time, later where it is grave."""
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    cause = _cause(case)
    case.principal = cause
    slow = max(0.6, min(2.6, case.days / 5))
    for name, loads in (
        ("pancreas-enzymes", _ENZYMES),
        ("pancreas-pain", _PAIN),
        ("pancreatitis", _INFLAMED),
        ("dry", _DRY),
    ):
        body.process(name, loads)
    body.set_level("pancreas-enzymes", between(rng, 0.75, 1.15), start)
    body.aim("pancreas-enzymes", 0.0, between(rng, 26, 44) * slow, start)
    body.set_level("pancreas-pain", between(rng, 0.95, 1.15), start)
    body.set_level("pancreatitis", 0.3 * severity, start)
    body.aim("pancreatitis", 1.0 * severity, 20, start)
    body.set_level("dry", 0.9 * severity, start)
    turn = start + between(rng, 30, 52) * slow * HOUR
    case.at(turn, lambda at: body.aim("pancreatitis", 0.05, between(rng, 30, 55) * slow, at))
    case.at(start + 14 * HOUR, lambda at: body.aim("pancreas-pain", 0.05, between(rng, 26, 42) * slow, at))
    _treat(case, slow)
    _look(case, cause)
    _story(case, cause)
    if cause == "biliary-pancreatitis":
        _stone(case)
    if severity > 1.08 and case.days > 5:
        case.at(start + between(rng, 3, 5) * DAY, lambda at: _necrosis(case, at))


def _cause(case: Case) -> str:
    point = case.rng.random()
    for name, share in _CAUSES:
        point -= share
        if point < 0:
            gone = name == "biliary-pancreatitis" and "gallbladder-absent" in case.life.problems
            return "pancreatitis" if gone else name
    return "pancreatitis"


def _treat(case: Case, slow: float) -> None:
    rng, start = case.rng, case.start

    def wet(at: float) -> None:
        case.body.aim("dry", -0.25, between(rng, 10, 18), at)
        case.at(at + 3 * DAY, lambda when: case.body.aim("dry", 0.0, 48, when))

    case.order(
        "sodium-chloride-iv",
        start + between(rng, 0.3, 0.9) * HOUR,
        until=start + between(rng, 26, 54) * HOUR,
        on_first=wet,
    )
    case.order(
        "hydromorphone-iv",
        start + 0.6 * HOUR,
        until=start + between(rng, 2.2, 3.5) * slow * DAY,
        as_needed=True,
    )
    case.service("npo", start + 0.7 * HOUR)
    case.draw(start + 0.6 * HOUR, "lipase", "lactate", "triglycerides", "ldh", "crp")
    case.draw(start + between(rng, 20, 26) * HOUR, "lipase", "crp", "basic-metabolic-panel")
    case.draw(start + between(rng, 44, 50) * HOUR, "crp", "hematocrit", "calcium-ionized")


def _look(case: Case, cause: str) -> None:
    rng, start = case.rng, case.start
    stones = {
        True: (
            "Cholelithiasis without wall thickening. Common bile duct {n} mm.",
            "Multiple mobile gallstones; common duct measures {n} mm. Pancreas obscured by bowel gas.",
        ),
        False: (
            "No gallstones. Common bile duct {n} mm. Pancreas partly obscured.",
            "Hepatic steatosis. No cholelithiasis; common duct {n} mm.",
        ),
    }
    stone = cause == "biliary-pancreatitis"
    words = rng.choice(stones[stone]).format(n=rng.randrange(7, 12) if stone else rng.randrange(3, 6))
    case.image(
        "us-abdomen",
        start + between(rng, 2, 7) * HOUR,
        words,
        fact="gallstones on ultrasound" if stone else "no gallstones on ultrasound",
    )
    if case.severity > 0.8:
        words = rng.choice((
            "Edematous pancreas with peripancreatic stranding. No necrosis.",
            "Interstitial edematous pancreatitis with a small volume of peripancreatic fluid. No collection.",
            "Enlarged pancreatic body and tail with surrounding fat stranding; trace left pleural effusion.",
        ))  # fmt: skip
        case.image(
            "ct-abdomen",
            start + between(rng, 5, 30) * HOUR,
            words,
            fact="peripancreatic stranding on CT without necrosis",
        )


def _story(case: Case, cause: str) -> None:
    rng = case.rng
    late = case.start + between(rng, 0.45, 0.75) * case.days * DAY
    case.know("symptom", "abdominal pain", rng.choice((
        "sudden epigastric pain boring through to the back", "constant upper abdominal pain since the night before", "epigastric pain after a large meal, worse lying flat",
    )), until=late)  # fmt: skip
    case.know(
        "symptom",
        "vomiting",
        rng.choice(("vomiting {} times", "nausea and {} bouts of vomiting")).format(
            rng.choice(("three", "four", "six"))
        ),
        until=late - 0.1 * case.days * DAY,
    )
    case.know(
        "sign",
        "tenderness",
        rng.choice(
            ("epigastric tenderness with voluntary guarding", "marked tenderness of the upper abdomen")
        ),
        until=late,
    )
    case.know("sign", "bowel sounds", "hypoactive bowel sounds", until=case.start + 0.4 * case.days * DAY)
    case.know(
        "sign",
        "jaundice",
        "scleral icterus",
        polarity="present" if cause == "biliary-pancreatitis" and case.severity > 1 else "absent",
    )
    case.know("sign", "bruising", "flank or periumbilical bruising", polarity="absent")
    case.denies(("hematemesis", "vomiting of blood"), ("chest pain", "chest pain"), ("diarrhea", "diarrhea"))
    if cause == "alcoholic-pancreatitis":
        case.know(
            "social",
            "alcohol",
            rng.choice(
                (
                    "half a pint of vodka a day",
                    "eight to ten beers a day, last drink the evening before",
                    "binge drinking at weekends",
                )
            ),
        )
        case.diagnose("alcohol-dependence", case.start + 3 * HOUR)
        case.order("thiamine", case.start + 3 * HOUR)
        case.order("folic-acid", case.start + 3 * HOUR)
        case.know("plan", "alcohol", "withdrawal score every four hours, counseling before discharge")
    else:
        case.know("social", "alcohol", "heavy drinking", polarity="absent")
    if cause == "other-pancreatitis":
        case.know("diagnosis", "triglycerides", "very high triglycerides on an outside laboratory report")
    case.know("plan", "feeding", "low-fat diet as soon as pain allows", at=case.start + 20 * HOUR)


def _stone(case: Case) -> None:
    body, rng, start = case.body, case.rng, case.start
    body.process("stone", _STONE)
    body.set_level("stone", 1.0 * case.severity, start)
    body.aim("stone", 0.05, between(rng, 40, 80), start)
    case.series(start + 24 * HOUR, 24, 2, "hepatic-panel")
    case.diagnose("gallstones", start + 8 * HOUR)
    if case.severity > 1.0 and rng.random() < 0.5:
        case.procedure("ercp", start + between(rng, 26, 50) * HOUR, hours=1.1, fact="ERCP with sphincterotomy, small stones extracted",
                       then=lambda at: body.aim("stone", 0.0, 24, at))  # fmt: skip
    later = any(a.reason == "cholecystectomy" for a in case.life.timeline.admissions)
    if not later and case.severity < 1.05 and case.days > 3.2:
        at = case.clock(max(2, min(5, int(case.days * 0.6))), between(rng, 9, 14))
        case.procedure(
            "cholecystectomy",
            at,
            hours=1.2,
            fact="laparoscopic cholecystectomy without complication",
            then=lambda when: _operated(case, when),
        )
    else:
        case.know("plan", "gallbladder", "surgery clinic for gallbladder removal in four weeks")


def _operated(case: Case, at: float) -> None:
    case.life.problem("gallbladder-absent", at)
    case.body.process("operation", {"pain": 3.4, "crp": 1.2, "temperature": 0.3, "wbc": 0.15})
    case.body.set_level("operation", 1.0, at)
    case.body.aim("operation", 0.0, 26, at)
    case.order("oxycodone", at + HOUR, until=at + 2 * DAY)


def _necrosis(case: Case, at: float) -> None:
    rng, body = case.rng, case.body
    case.image("ct-abdomen", at, rng.choice((
        "Necrosis of about 30 percent of the pancreas with an acute necrotic collection. Small bilateral effusions.",
        "Non-enhancing pancreatic tail with a 6 cm peripancreatic collection. Left pleural effusion.",
    )), fact="necrosis of part of the pancreas on CT")  # fmt: skip
    body.aim("pancreatitis", 1.15 * case.severity, 16, at)
    case.know("event", "necrosis", "fever returned and pain worsened", at=at)
    case.draw(at + HOUR, "blood-culture", "lactate", "procalcitonin", "crp", "cbc-differential")

    def turned(when: float) -> None:
        case.at(
            when + between(rng, 24, 48) * HOUR,
            lambda then: body.aim("pancreatitis", 0.1, between(rng, 60, 90), then),
        )

    case.order("meropenem", at + 2 * HOUR, until=at + 10 * DAY, on_first=turned)
    case.diagnose("pleural-effusion", at + 4 * HOUR)


def morning(case: Case, day: int, at: float) -> None:
    """Feeds and moves to tablets as pain allows."""
    pain = case.signs.get("pain", 3)
    if day >= 2 and pain < 4.6 and not case.active("oxycodone") and case.active("hydromorphone-iv"):
        case.stop("hydromorphone-iv", at + HOUR)
        case.order("oxycodone", at + HOUR, until=at + 4 * DAY)
        case.know(
            "event",
            "eating",
            case.rng.choice(
                (
                    "tolerates a low-fat diet",
                    "ate half of breakfast without more pain",
                    "drinks clear liquids without vomiting",
                )
            ),
            at=at,
        )
    if day in {4, 7, 10}:
        case.draw(at + between(case.rng, 0, 2) * HOUR, "crp")
    if case.in_icu(at):
        case.draw(at + 2 * HOUR, "lactate", "calcium-ionized")


PANCREATITIS = Illness("pancreatitis", admit, morning)
