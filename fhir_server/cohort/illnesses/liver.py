"""Decompensated cirrhosis: ascites, encephalopathy, peritonitis, kidneys that fail with the liver, varices that bleed.

Sources: AASLD guidance 2021 (ascites, spontaneous bacterial peritonitis, hepatorenal syndrome) and 2014 (encephalopathy):
paracentesis at every admission with ascites; ceftriaxone and albumin for peritonitis; lactulose to two or three stools,
rifaximin; spironolactone with furosemide 100:40; albumin with midodrine and octreotide where terlipressin is not given.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses import specimens
from ..courses.case import Case
from .gi_bleed import VARICES, bleed
from .model import Illness

_WORSE = {
    "bilirubin": 0.85,
    "inr": 0.26,
    "albumin": -0.35,
    "sodium": -4.5,
    "platelets": -0.18,
    "ast": 0.45,
    "alt": 0.25,
    "heart-rate": 7,
    "systolic": -3,
    "lactate": 0.3,
    "crp": 1.3,
    "wbc": 0.15,
}
_ASCITES = {
    "weight": 8.5,
    "respiratory-rate": 3.5,
    "spo2": -2.2,
    "pain": 1.8,
    "sodium": -2.0,
    "albumin": -0.2,
    "urine": -12,
}
_ENCEPHALOPATHY = {"gcs": -3.6, "ammonia": 0.95, "respiratory-rate": 1.0, "potassium": -0.2}
_PERITONITIS = {
    "temperature": 1.25,
    "wbc": 0.6,
    "heart-rate": 15,
    "pain": 3.2,
    "crp": 1.8,
    "procalcitonin": 1.8,
    "systolic": -5,
    "creatinine": 0.22,
    "bun": 0.2,
    "lactate": 0.35,
    "co2": -2.0,
}
_KIDNEY = {
    "creatinine": 0.95,
    "bun": 0.75,
    "urine": -40,
    "sodium": -2.0,
    "potassium": 0.4,
    "phosphate": 0.8,
    "co2": -2.5,
    "systolic": -5,
}


def admit(case: Case) -> None:
    """Two or three faces of a failing liver together; the leading one is drawn."""
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    slow = max(0.6, min(2.4, case.days / 6))
    body.process("liver-failing", _WORSE)
    body.set_level("liver-failing", 0.7 * severity, start)
    body.aim("liver-failing", 0.95 * severity, 20, start)
    case.at(
        start + between(rng, 34, 60) * slow * HOUR, lambda at: body.aim("liver-failing", 0.12, 70 * slow, at)
    )
    lead = rng.choice(
        ("ascites", "ascites", "encephalopathy", "encephalopathy", "peritonitis", "kidney", "varices")
    )
    swollen = lead in {"ascites", "peritonitis", "kidney"} or rng.random() < 0.4
    if swollen:
        _ascites(case, infected=lead == "peritonitis", slow=slow)
    if lead == "encephalopathy" or rng.random() < 0.25:
        _confusion(case, slow)
    if lead == "kidney":
        _kidney(case, slow)
    if lead == "varices":
        case.principal = VARICES.diagnosis
        bleed(case, start, VARICES)
        case.know("symptom", "hematemesis", "vomiting of bright red blood at home", until=start + 1.5 * DAY)
    _story(case, swollen)
    case.draw(start + 0.8 * HOUR, "ammonia", "lactate")
    case.order("thiamine", start + 3 * HOUR)
    case.withheld |= {"spironolactone", "furosemide", "propranolol", "lisinopril", "naproxen", "metformin"}
    if severity > 0.7:
        case.image("us-abdomen", start + between(rng, 3, 20) * HOUR, rng.choice((
            "Nodular liver. {} ascites. Portal vein patent with hepatopetal flow. Spleen {} cm.",
            "{} ascites. Cirrhotic morphology without focal lesion, patent portal vein, splenomegaly of {} cm.",
        )).format("Large volume" if swollen else "No", rng.randrange(13, 18)), fact="cirrhotic liver, patent portal vein and a large spleen on ultrasound")  # fmt: skip


def _ascites(case: Case, *, infected: bool, slow: float) -> None:
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    body.process("ascites", _ASCITES)
    body.set_level("ascites", max(body.level("ascites", start), between(rng, 0.7, 1.1) * severity), start)
    case.diagnose("ascites", start + 2 * HOUR)
    if infected:
        _peritonitis(case)
    tap = start + between(rng, 3, 20) * HOUR
    liters = round(between(rng, 3.0, 7.5) * severity, 1) if not infected else 0.06
    words = (
        f"{liters} liters of straw-colored fluid removed"
        if liters > 1
        else "diagnostic paracentesis of 60 mL of cloudy fluid"
    )

    def tapped(at: float) -> None:
        if liters > 1:
            level = body.level("ascites", at)
            body.set_level("ascites", max(0.1, level - liters / 8.5), at)
        case.know(
            "finding",
            "ascites fluid",
            rng.choice(("fluid neutrophils above 250, culture sent",))
            if infected
            else rng.choice(
                ("fluid neutrophils below 250, albumin gradient above 1.1", "clear fluid without infection")
            ),
            at=at + 4 * HOUR,
        )

    case.procedure("paracentesis", tap, hours=0.8, fact=words, then=tapped)
    if liters >= 4 or infected:
        for n in range(2):
            case.give_once("albumin-iv", tap + (1.2 + n * 0.8) * HOUR)
    _diuretics(case, infected, slow)


def _diuretics(case: Case, infected: bool, slow: float) -> None:
    """Spironolactone with furosemide takes off what the needle left; held while the kidneys or infection forbid."""
    body, rng, start = case.body, case.rng, case.start
    if infected or case.life.person.egfr < 30:
        return

    def wet(at: float) -> None:
        body.aim("ascites", 0.12, between(rng, 70, 130) * slow, at)

    begin = start + between(rng, 18, 30) * HOUR
    case.at(begin, lambda at: case.order("spironolactone", at, dose=100.0, on_first=wet))
    case.at(begin, lambda at: case.order("furosemide", at))


def _peritonitis(case: Case) -> None:
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    case.principal = "bacterial-peritonitis"
    body.process("peritonitis", _PERITONITIS)
    body.set_level("peritonitis", 0.75 * severity, start)
    body.aim("peritonitis", 1.0 * severity, 12, start)

    def treated(at: float) -> None:
        case.at(
            at + between(rng, 14, 30) * HOUR,
            lambda when: body.aim("peritonitis", 0.03, between(rng, 28, 48), when),
        )

    case.order(
        "ceftriaxone",
        start + between(rng, 1, 3.5) * HOUR,
        until=start + between(rng, 5, 7) * DAY,
        dose=2.0,
        on_first=treated,
    )
    case.at(
        start + 1.5 * HOUR,
        lambda at: specimens.draw(
            case.life, at, ("lactate", "procalcitonin", "crp", "blood-culture"), case=case
        ),
    )
    case.give_once("albumin-iv", start + 50 * HOUR, dose=75.0)
    case.know("symptom", "abdominal pain", "diffuse abdominal pain with chills", until=start + 3 * DAY)
    case.know(
        "plan",
        "antibiotics",
        "repeat paracentesis at 48 hours, then a daily antibiotic to prevent another infection",
    )


def _confusion(case: Case, slow: float) -> None:
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    if not case.principal:
        case.principal = "hepatic-encephalopathy"
    else:
        case.diagnose("hepatic-encephalopathy", start + 2 * HOUR)
    body.process("encephalopathy", _ENCEPHALOPATHY)
    body.set_level("encephalopathy", between(rng, 0.6, 1.1) * severity, start)

    def cleared(at: float) -> None:
        case.at(
            at + 8 * HOUR, lambda when: body.aim("encephalopathy", 0.03, between(rng, 22, 44) * slow, when)
        )

    if case.life.takes("lactulose"):
        case.know("history", "lactulose", "ran out of lactulose a week ago")
    case.order("lactulose", start + between(rng, 0.5, 2) * HOUR, dose=30.0, on_first=cleared)
    case.order("rifaximin", start + between(rng, 4, 20) * HOUR)
    case.draw(start + between(rng, 22, 30) * HOUR, "ammonia")
    gone = start + between(rng, 2, 3.5) * slow * DAY
    case.know(
        "symptom",
        "confusion",
        rng.choice(
            (
                "confused for two days, sleeps by day",
                "family found him or her drowsy and not making sense",
                "slow to answer, trouble dressing",
            )
        ),
        until=gone,
    )
    case.know("sign", "asterixis", "asterixis", until=gone)
    case.know(
        "event",
        "clearing",
        rng.choice(("oriented to person, place and date again", "three soft stools a day, clearer")),
        at=gone,
    )
    case.image(
        "ct-head",
        start + between(rng, 1, 3) * HOUR,
        rng.choice(("No acute intracranial hemorrhage.", "Mild atrophy. No acute hemorrhage or infarct.")),
        fact="no bleeding on CT of the head",
    )
    case.know("plan", "stools", "lactulose to two or three soft stools a day")


def _kidney(case: Case, slow: float) -> None:
    body, rng, start, severity = case.body, case.rng, case.start, case.severity
    case.principal = "hepatorenal-syndrome"
    body.process("hepatorenal", _KIDNEY)
    body.set_level("hepatorenal", 0.45 * severity, start)
    body.aim("hepatorenal", 1.0 * severity, 34, start)
    for n in range(2):
        case.give_once("albumin-iv", start + (2 + 24 * n) * HOUR, dose=75.0)

    def treated(at: float) -> None:
        turns = rng.random() < 0.75
        case.at(
            at + between(rng, 30, 60) * HOUR,
            lambda when: body.aim("hepatorenal", 0.12 if turns else 0.75, between(rng, 60, 90) * slow, when),
        )

    case.order("midodrine", start + between(rng, 8, 26) * HOUR, on_first=treated)
    case.order("octreotide-iv", start + between(rng, 10, 28) * HOUR, until=start + between(rng, 4, 7) * DAY)
    case.diagnose("acute-kidney-injury", start + 2 * HOUR)
    case.image(
        "us-renal",
        start + between(rng, 5, 24) * HOUR,
        rng.choice(("Normal-sized kidneys without hydronephrosis. Ascites.", "No hydronephrosis.")),
        fact="no hydronephrosis",
    )
    case.know(
        "plan",
        "nephrology",
        rng.choice(("nephrology follows, no indication for dialysis today", "diuretics held, albumin daily")),
    )
    case.series(start + 30 * HOUR, 12, 3, "basic-metabolic-panel")


def _story(case: Case, swollen: bool) -> None:
    rng = case.rng
    late = case.start + between(rng, 0.5, 0.8) * case.days * DAY
    if swollen:
        case.know(
            "symptom",
            "swelling",
            rng.choice(
                ("belly growing tighter over {} weeks", "trousers no longer close, {} weeks of swelling")
            ).format(rng.choice(("two", "three"))),
            until=late,
        )
        case.know(
            "sign",
            "ascites",
            rng.choice(("tense ascites with a fluid wave", "distended abdomen with shifting dullness")),
            until=case.start + 0.5 * case.days * DAY,
        )
        case.know("sign", "edema", "pitting edema to the knees", until=late)
    else:
        case.know("sign", "ascites", "ascites", polarity="absent")
    case.know("sign", "jaundice", rng.choice(("scleral icterus", "jaundice of skin and eyes")))
    case.know("sign", "spiders", rng.choice(("spider angiomata of the chest", "palmar erythema")))
    case.denies(("melena", "black stools"), ("fever", "fever at home"))
    case.know(
        "social",
        "alcohol",
        rng.choice(("no alcohol for {} months", "last drink {} days ago")).format(rng.randrange(3, 20)),
    )
    case.know("plan", "sodium", "two grams of sodium a day")
    case.know(
        "plan",
        "transplant",
        rng.choice(
            ("hepatology clinic about transplant after discharge", "not a transplant candidate at present")
        ),
    )


def morning(case: Case, day: int, at: float) -> None:
    """Weight, stools and kidneys decide the day."""
    rng, body = case.rng, case.body
    last = case.life.results.get("creatinine")
    if last is not None and last[1] > 2.2 and case.active("furosemide"):
        case.stop("furosemide", at + HOUR)
        case.stop("spironolactone", at + HOUR)
        case.know("treatment", "diuretics", "diuretics stopped for worse kidney function", at=at)
    if body.level("ascites", at) > 0.75 and day in {4, 8, 12}:
        liters = between(rng, 3, 5.5)
        case.procedure("paracentesis", at + between(rng, 3, 7) * HOUR, hours=0.8, fact=f"{liters:.1f} liters removed",
                       then=lambda when: body.set_level("ascites", max(0.1, body.level("ascites", when) - liters / 8.5), when))  # fmt: skip
    if day % 3 == 0 and body.level("encephalopathy", at) > 0.1:
        case.draw(at + HOUR, "ammonia")
    if last is not None and case.life.results.get("sodium", (0, 140.0))[1] < 127:
        case.diagnose("hyponatremia", at)
        case.know("plan", "water", "fluid restriction to 1.2 liters", at=at)


LIVER = Illness("liver", admit, morning)
