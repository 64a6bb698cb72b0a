"""Planned operations: a knee, the colon, the gallbladder. What an operation does to a body is shared with the hip.

Sources: C-reactive protein peaks on the second to third day and fever on the first after surgery (Crompton et al.,
Bone Joint Res 2021; Frank et al. 2000); hemoglobin falls by about 2-3 g/dL after joint replacement; ERAS Society
guidelines (early food and walking, scheduled acetaminophen); ileus in about one in eight after colectomy.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .blood import lose, threshold, watch_hemoglobin
from .model import Illness

_WOUND = {
    "crp": 2.7,
    "wbc": 0.5,
    "temperature": 0.75,
    "albumin": -0.55,
    "platelets": 0.1,
    "glucose": 0.13,
    "sodium": -1.6,
    "heart-rate": 6,
    "fibrinogen": 0.35,
    "procalcitonin": 0.7,
    "ck": 0.9,
    "calcium": -0.4,
}
_HURT = {"pain": 5.2, "heart-rate": 7, "systolic": 4, "respiratory-rate": 1.2}
_ANESTHESIA = {
    "gcs": -1.6,
    "spo2": -2.0,
    "temperature": -0.6,
    "systolic": -12,
    "urine": -15,
    "heart-rate": -4,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What is done: name of `codes.PROCEDURES`, how long, how large (1 is a joint), what is lost (g/dL), in words."""

    name: str
    hours: float
    size: float
    loss: float
    words: str


def operate(case: Case, at: float, operation: Operation, *, pain: float = 1.0) -> None:
    """Antibiotic before, the operation, what follows it: pain, fever, CRP and a lower hemoglobin."""
    body, rng = case.body, case.rng
    case.service("npo", at - 9 * HOUR)
    case.give_once("cefazolin", at - 1.9 * HOUR)

    def done(end: float) -> None:
        for name, loads in (("wound", _WOUND), ("wound-pain", _HURT), ("anesthesia", _ANESTHESIA)):
            body.process(name, loads)
        size = operation.size * between(rng, 0.75, 1.25)
        body.set_level("anesthesia", 1.0, end)
        body.aim("anesthesia", 0.0, 2.6, end)
        body.aim("wound", 1.3 * size, 26, end)
        body.aim("wound-pain", max(body.level("wound-pain", end), pain * between(rng, 0.85, 1.2)), 2, end)
        case.life.at(
            end + between(rng, 38, 54) * HOUR, lambda when: body.aim("wound", 0.0, between(rng, 55, 90), when)
        )
        ease = max(30.0, 16 * case.days)
        case.life.at(end + 9 * HOUR, lambda when: body.aim("wound-pain", 0.1, ease, when))
        lose(case, end, operation.loss * between(rng, 0.6, 1.35), between(rng, 9, 16))
        case.order("oxycodone", end + HOUR, until=end + between(rng, 2.5, 5) * DAY)
        if pain > 0.8:
            case.order(
                "hydromorphone-iv", end + 0.3 * HOUR, until=end + between(rng, 12, 34) * HOUR, as_needed=True
            )
        if (
            case.life.person.egfr > 60
            and not case.life.has("heart-failure", "cirrhosis")
            and rng.random() < 0.5
        ):
            case.order("ketorolac-iv", end + 2 * HOUR, until=end + 1.5 * DAY)
        if operation.size > 0.8:
            case.order("cefazolin", end + 4 * HOUR, until=end + 20 * HOUR, now=False)
        case.draw(end + between(rng, 1, 3) * HOUR, "cbc", "basic-metabolic-panel")

    case.procedure(operation.name, at, hours=operation.hours, fact=operation.words, then=done)


def exercise(case: Case, at: float, days: int) -> None:
    """A session of physical therapy by day from the day after an operation at `at`."""
    first = int((at - case.clock(0, 0)) // DAY) + 1
    for day in range(first, first + days):
        if case.rng.random() < 0.85:
            case.procedure("physical-therapy", case.clock(day, between(case.rng, 8.5, 16.5)), hours=0.6)


def _common(case: Case, why: str) -> None:
    rng = case.rng
    case.know(
        "event",
        "preop",
        rng.choice(
            (
                "seen by anesthesia before surgery, no new concern",
                "pre-operative visit two weeks ago without new findings",
                "cleared for surgery by the primary care office",
            )
        ),
    )
    case.know("history", "indication", why)
    case.denies(
        ("fever", "fever or chills"), ("chest pain", "chest pain"), ("dyspnea", "shortness of breath")
    )
    case.know("history", "anesthesia", "trouble with anesthesia before", polarity="absent")
    watch_hemoglobin(case, threshold(case, surgical=case.life.has("coronary-disease")))


# -- knee


def _left_knee(case: Case) -> bool:
    """The worn side that is on the problem list, or the other one where that has been replaced."""
    problems = case.life.problems
    left = "osteoarthritis-left" in problems
    done = "knee-replacement-status-left" if left else "knee-replacement-status"
    return left is not (done in problems)


def admit_knee(case: Case) -> None:
    """A cemented knee on the day of admission; home after two or three days, later with a reason."""
    rng = case.rng
    left = _left_knee(case)
    side = "left" if left else "right"
    case.withheld |= {"naproxen", "ibuprofen"}
    status = "knee-replacement-status-left" if left else "knee-replacement-status"
    case.principal = "osteoarthritis-left" if left else "osteoarthritis"
    at = case.start + between(rng, 2.2, 5) * HOUR
    operate(case, at, Operation("knee-replacement-left" if left else "knee-replacement", between(rng, 1.4, 2.1), 1.0, 2.2,
                                f"{side} total knee replacement under {rng.choice(('spinal', 'spinal', 'general'))} anesthesia"))  # fmt: skip
    _common(
        case,
        rng.choice(
            (
                f"{side} knee pain for years despite tablets and injections",
                f"end-stage osteoarthritis of the {side} knee",
                f"{side} knee pain at night, walks less than one block",
            )
        ),
    )
    case.know(
        "sign",
        "knee",
        f"{side} knee dressing clean and dry, range {rng.randrange(60, 95, 5)} degrees",
        at=at + 20 * HOUR,
    )
    case.know("sign", "calf", "calf tenderness", polarity="absent", at=at + 20 * HOUR)
    case.image("xr-knee", at + 3 * HOUR, rng.choice((
        f"Cemented {side} total knee arthroplasty in expected alignment. No fracture.", f"Status post {side} total knee replacement, components well seated.",
    )), fact=f"{side} knee implant in good position")  # fmt: skip
    exercise(case, at, int(case.days) + 1)
    case.know(
        "plan",
        "therapy",
        rng.choice(
            (
                "physical therapy twice a day, weight bearing as tolerated",
                "full weight bearing with a walker",
                "stairs before discharge",
            )
        ),
        at=at + 4 * HOUR,
    )
    case.at(at + 5 * HOUR, lambda when: case.life.problem(status, when))
    if case.days > 5:
        _linger(case, at)


def _linger(case: Case, at: float) -> None:
    """Why somebody stays longer than planned."""
    rng, body = case.rng, case.body
    choice = rng.choice(("rehab", "infection", "delirium"))
    when = at + between(rng, 2, 3.5) * DAY
    if choice == "infection":
        body.process(
            "wound-infection", {"temperature": 1.2, "crp": 1.3, "wbc": 0.4, "heart-rate": 10, "pain": 1.6}
        )

        def began(now: float) -> None:
            body.aim("wound-infection", 1.0, 14, now)
            case.know(
                "sign", "wound", "redness and some drainage from the wound", at=now, until=now + 4 * DAY
            )
            case.diagnose("wound-infection", now + 3 * HOUR)
            case.draw(now + 2 * HOUR, "crp", "blood-culture", "cbc-differential")
            case.order(
                "vancomycin",
                now + 3 * HOUR,
                until=now + 5 * DAY,
                on_first=lambda t: body.aim("wound-infection", 0.0, 44, t),
            )

        case.at(when, began)
    elif choice == "delirium":
        case.at(at + between(rng, 20, 40) * HOUR, lambda now: confuse(case, now))
        case.know("event", "rehab", "waits for a rehabilitation bed", at=when + 2 * DAY)
    else:
        case.know(
            "event",
            "rehab",
            rng.choice(
                (
                    "accepted by inpatient rehabilitation, waiting for a bed",
                    "lives alone with stairs, rehabilitation bed requested",
                    "insurance authorization for rehabilitation pending",
                )
            ),
            at=when,
        )


def confuse(case: Case, at: float) -> None:
    """Delirium: comes and goes over days."""
    rng, body = case.rng, case.body
    body.process("delirium", {"gcs": -1.3, "heart-rate": 5, "systolic": 4})
    body.aim("delirium", 1.0, 5, at)
    case.at(at + between(rng, 30, 70) * HOUR, lambda when: body.aim("delirium", 0.0, 20, when))
    case.diagnose("delirium", at + 4 * HOUR)
    case.know(
        "sign",
        "confusion",
        rng.choice(
            (
                "confused at night and pulling at lines",
                "not oriented to place, inattentive",
                "sees people in the room who are not there",
            )
        ),
        at=at,
        until=at + 3.2 * DAY,
    )
    case.know(
        "plan",
        "delirium",
        rng.choice(
            (
                "lights on by day, sleep at night, glasses and hearing aids",
                "reorientation, no sedatives, early walking",
            )
        ),
        at=at + HOUR,
    )
    case.order("melatonin", at + HOUR, now=False)


# -- colon


def admit_colectomy(case: Case) -> None:
    """Part of the colon; bowel function returns in three to five days, later with an ileus."""
    rng, life = case.rng, case.life
    cancer = "cancer-colon" in life.problems or "cancer-sigmoid" in life.problems
    right = "cancer-colon" in life.problems
    case.principal = ("cancer-colon" if right else "cancer-sigmoid") if cancer else "diverticulitis"
    at = case.start + between(rng, 2, 4.5) * HOUR
    kind = Operation("right-colectomy" if right else "sigmoid-colectomy", between(rng, 2.2, 3.6), 1.35, 1.7,
                     "laparoscopic right hemicolectomy" if right else "laparoscopic sigmoid resection with primary anastomosis")  # fmt: skip
    operate(case, at, kind, pain=1.15)
    why = (
        "biopsy-proven colon cancer"
        if cancer
        else rng.choice(("third attack of diverticulitis in two years", "recurrent sigmoid diverticulitis"))
    )
    _common(case, why)
    case.draw(case.start + HOUR, "coagulation-panel")
    for hours in (48, 96):
        case.draw(at + hours * HOUR, "crp")
    case.order(
        "sodium-chloride-iv", at + kind.hours * HOUR + 0.5 * HOUR, until=at + between(rng, 20, 34) * HOUR
    )
    case.know("event", "flatus", "first flatus", at=at + between(rng, 40, 70) * HOUR)
    case.know(
        "sign",
        "abdomen",
        rng.choice(
            ("incisions clean, abdomen soft and mildly tender", "abdomen mildly distended, incisions dry")
        ),
        at=at + 18 * HOUR,
    )
    case.know("plan", "diet", "clear liquids on the first day, soft food with flatus", at=at + 4 * HOUR)
    case.know("finding", "pathology", "pathology pending", at=at + 20 * HOUR)
    if rng.random() < 0.5:
        case.procedure("drain-removal", at + between(rng, 60, 100) * HOUR, hours=0.3, fact="drain removed")
    exercise(case, at, int(case.days))
    if case.days > 6.5:
        case.at(at + between(rng, 50, 80) * HOUR, lambda when: _ileus(case, when))


def _ileus(case: Case, at: float) -> None:
    rng, body = case.rng, case.body
    body.process(
        "ileus",
        {
            "heart-rate": 10,
            "pain": 1.8,
            "potassium": -0.4,
            "bun": 0.25,
            "respiratory-rate": 2,
            "temperature": 0.2,
            "co2": 2.0,
        },
    )
    body.aim("ileus", 1.0, 10, at)
    case.at(at + between(rng, 50, 90) * HOUR, lambda when: body.aim("ileus", 0.0, 24, when))
    case.diagnose("ileus", at + 3 * HOUR)
    case.know("symptom", "vomiting", "bloating and green vomit", at=at, until=at + 3.5 * DAY)
    case.know("sign", "bowel sounds", "no bowel sounds", at=at, until=at + 3.5 * DAY)
    case.image("ct-abdomen", at + between(rng, 4, 12) * HOUR, rng.choice((
        "Dilated loops of small bowel to 3.8 cm without transition point. No leak.", "Postoperative ileus pattern. Anastomosis intact, small pelvic fluid.",
    )), fact="ileus without leak on CT")  # fmt: skip
    case.order("sodium-chloride-iv", at + 2 * HOUR, until=at + 3 * DAY)
    case.service("npo", at + HOUR)
    case.know("plan", "tube", "nasogastric tube to suction until output falls", at=at + 2 * HOUR)


# -- gallbladder


def admit_gallbladder(case: Case) -> None:
    """Planned for colic, or within days of an acute inflammation."""
    rng, body = case.rng, case.body
    acute = not case.stay.planned and rng.random() < 0.75
    case.principal = "cholecystitis-acute" if acute else "cholecystitis-chronic"
    delay = between(rng, 10, 40) if acute else between(rng, 2, 4)
    at = case.start + min(delay, case.days * 24 * 0.45) * HOUR
    if acute:
        body.process(
            "cholecystitis",
            {
                "temperature": 1.2,
                "wbc": 0.6,
                "heart-rate": 16,
                "pain": 4.6,
                "crp": 3.2,
                "alt": 0.6,
                "ast": 0.55,
                "bilirubin": 0.6,
                "alkaline-phosphatase": 0.35,
                "respiratory-rate": 2,
                "procalcitonin": 1.2,
                "lactate": 0.2,
            },
        )
        body.set_level("cholecystitis", case.severity, case.start)
        case.order("piperacillin-tazobactam", case.start + between(rng, 1, 3) * HOUR, until=at + between(rng, 20, 80) * HOUR,
                   on_first=lambda t: body.aim("cholecystitis", 0.5 * case.severity, 24, t))  # fmt: skip
        case.order("hydromorphone-iv", case.start + HOUR, until=at, as_needed=True)
        case.at(at + 2 * HOUR, lambda t: body.aim("cholecystitis", 0.0, between(rng, 18, 34), t))
        case.draw(case.start + HOUR, "lipase", "lactate", "crp")
        case.know(
            "symptom",
            "abdominal pain",
            rng.choice(
                (
                    "right upper abdominal pain for {} days",
                    "pain under the right ribs after fatty food for {} days",
                )
            ).format(rng.choice(("two", "three"))),
            until=at + 30 * HOUR,
        )
        case.know("sign", "murphy", "positive Murphy sign", until=at)
        case.image("us-abdomen", case.start + between(rng, 1.5, 5) * HOUR, rng.choice((
            "Gallstones with wall thickening to 5 mm and a positive sonographic Murphy sign. Common duct {} mm.",
            "Distended gallbladder with stones, pericholecystic fluid. Common bile duct {} mm.",
        )).format(rng.randrange(3, 7)), fact="gallstones with a thick gallbladder wall")  # fmt: skip
    _common(
        case,
        "gallstones with colic after fatty meals"
        if not acute
        else "known gallstones"
        if rng.random() < 0.4
        else "no earlier gallbladder trouble",
    )
    operate(
        case,
        at,
        Operation("cholecystectomy", between(rng, 0.9, 1.7), 0.6, 0.6, "laparoscopic cholecystectomy"),
        pain=0.75,
    )
    case.at(at + 3 * HOUR, lambda when: case.life.problem("gallbladder-absent", when))
    case.draw(at + 18 * HOUR, "hepatic-panel")
    case.know("sign", "incisions", "port sites clean and dry", at=at + 10 * HOUR)
    case.know(
        "plan",
        "home",
        rng.choice(
            ("home when eating and walking", "no lifting for two weeks", "surgery clinic in two weeks")
        ),
        at=at + 8 * HOUR,
    )


def morning(case: Case, day: int, at: float) -> None:
    """Pain by tablets, talk of going home."""
    pain = case.signs.get("pain", 3.0)
    if day == 1:
        case.know(
            "event",
            "walking",
            case.rng.choice(
                ("walked in the hall with help", "out of bed to the chair", "stood at the bedside")
            ),
            at=at,
        )
    if pain < 3 and day >= 2:
        case.know(
            "event", "pain", case.rng.choice(("pain controlled by tablets", "needs little for pain")), at=at
        )
    if day in {2, 4} and case.stay.reason != "cholecystectomy":
        case.draw(at + between(case.rng, 0.5, 2) * HOUR, "crp")


ELECTIVE_KNEE = Illness("elective-knee", admit_knee, morning)
ELECTIVE_COLECTOMY = Illness("elective-colectomy", admit_colectomy, morning)
CHOLECYSTECTOMY = Illness("cholecystectomy", admit_gallbladder, morning)
