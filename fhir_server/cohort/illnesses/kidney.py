"""Acute kidney injury (too little flow, a blocked bladder, sick tubules), and dialysis that was missed.

Sources: KDIGO 2012 (stages by creatinine and urine; stop nephrotoxins, treat volume, dialysis for what does not yield);
prerenal injury turns in one to three days, tubular necrosis in one to three weeks (Bellomo et al., Lancet 2012);
hyperkalemia: calcium, insulin with glucose, a binder (KDIGO controversies conference 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from ..physiology.body import Body
from . import critical
from .model import Illness

_PRERENAL = {
    "creatinine": 1.0, "bun": 1.3, "potassium": 0.55, "phosphate": 0.9, "co2": -2.6, "magnesium": 0.1, "urine": -24,
    "systolic": -15, "heart-rate": 13, "weight": -2.6, "sodium": -2.0, "hemoglobin": 0.5, "albumin": 0.2, "lactate": 0.25,
    "uric-acid": 1.6, "gcs": -0.15,
}  # fmt: skip
_TUBULAR = {
    "creatinine": 1.0, "bun": 0.85, "potassium": 0.62, "phosphate": 1.5, "co2": -3.8, "magnesium": 0.16, "urine": -20,
    "calcium": -0.45, "weight": 2.2, "sodium": -2.4, "hemoglobin": -0.5, "systolic": 5, "spo2": -0.8, "uric-acid": 1.5,
    "gcs": -0.2, "nt-probnp": 0.4,
}  # fmt: skip
_BLOCKED = {
    "creatinine": 1.0, "bun": 0.95, "potassium": 0.7, "phosphate": 1.3, "co2": -3.6, "magnesium": 0.12, "urine": -26,
    "systolic": 9, "heart-rate": 7, "pain": 2.6, "weight": 1.6, "sodium": -1.0,
}  # fmt: skip
_MISSED = {
    "potassium": 1.0, "bun": 0.22, "creatinine": 0.16, "phosphate": 1.2, "co2": -3.5, "weight": 4.2, "systolic": 26,
    "spo2": -5.0, "respiratory-rate": 6, "heart-rate": 8, "nt-probnp": 0.9, "sodium": -2.5, "hemoglobin": -0.5,
}  # fmt: skip
_HARMFUL = frozenset({
    "lisinopril", "lisinopril-20", "losartan", "spironolactone", "hydrochlorothiazide", "furosemide", "torsemide",
    "bumetanide", "gabapentin", "allopurinol",
})  # fmt: skip
_CAUSES: Mapping[str, tuple[str, ...]] = {
    "prerenal": ("several days of vomiting and diarrhea", "poor oral intake during a heat wave while on water tablets",
                 "a week of diarrhea", "diuretics recently increased, little to drink", "poor appetite after a viral illness"),
    "toxic": ("ibuprofen several times a day for back pain", "naproxen for two weeks beside the blood pressure tablets",
              "intravenous contrast at another hospital three days ago", "a long course of antibiotics for a foot infection"),
    "ischemic": ("a collapse with low pressure at home", "several days of sepsis at another hospital", "prolonged down time after a fall"),
    "blocked": ("a kidney stone on each side in the past", "a pelvic mass under evaluation", "radiation of the pelvis years ago"),
}  # fmt: skip


def admit(case: Case) -> None:
    """Draws the kind; each has its own time course."""
    rng = case.rng
    case.withheld |= _HARMFUL | {"metformin", "metformin-1000"}
    span = critical.intensive_span(case, case.start + 2 * HOUR)
    kind = "tubular" if span else _kind(case)
    {"prerenal": _prerenal, "blocked": _blocked, "tubular": _tubular}[kind](case)
    case.diagnose("acute-kidney-injury", case.start + HOUR)
    if span:
        _continuous(case, span)
    watch_potassium(case)
    case.draw(
        case.start + between(rng, 1, 5) * HOUR,
        "uric-acid",
        "calcium-ionized",
        "pth" if rng.random() < 0.2 else "ck",
    )
    _urine(case, kind)
    _tell(case, kind)
    critical.linger(case, (("kidneys", "waiting for kidney function to plateau"),
                           ("rehab bed", "medically ready, waiting for a rehabilitation bed")))  # fmt: skip


def _kind(case: Case) -> str:
    rng = case.rng
    long = case.days > 7 or case.severity > 1.1
    point = rng.random()
    if case.life.person.gender == "male" and case.body.age(case.start) > 60 and point < 0.24:
        return "blocked"
    if point > 0.93:
        return "blocked"
    return "tubular" if point < (0.75 if long else 0.38) else "prerenal"


def _depth(case: Case, low: float, high: float) -> float:
    """How far creatinine rises (natural logarithm): less where it is high already."""
    room = 1.0 if case.life.person.egfr > 55 else 0.72 if case.life.person.egfr > 25 else 0.42
    return between(case.rng, low, high) * (0.62 + 0.45 * case.severity) * room


def _prerenal(case: Case) -> None:
    """Worst on arrival; fluids bring it back within days."""
    body, rng, start = case.body, case.rng, case.start
    depth = _depth(case, 0.6, 1.45)
    body.process("kidney injury", _PRERENAL)
    body.set_level("kidney injury", depth, start)
    tau = min(46.0, max(15.0, 6.2 * case.days)) * between(rng, 0.8, 1.25)
    rest = 0.2 * depth if rng.random() < 0.2 else 0.0

    def filled(at: float) -> None:
        case.at(at + 4 * HOUR, lambda when: body.aim("kidney injury", rest, tau, when))

    critical.boluses(case, start + between(rng, 0.5, 1.2) * HOUR, 1 if case.life.has("heart-failure") else 2)
    hours = between(rng, 24, 54)
    case.order("sodium-chloride-infusion", start + 2.5 * HOUR, until=start + hours * HOUR, on_first=filled,
               dose=75.0 if case.life.has("heart-failure") else None)  # fmt: skip
    case.diagnose("dehydration", start + 2 * HOUR)
    _rest(case, "kidney injury", rest)


def _blocked(case: Case) -> None:
    """A catheter or a stent, then litres of urine for a day."""
    body, rng, start = case.body, case.rng, case.start
    depth = _depth(case, 0.8, 1.9)
    body.process("kidney injury", _BLOCKED)
    body.set_level("kidney injury", depth, start)
    male = case.life.person.gender == "male"
    freed = start + between(rng, 1.2, 5) * HOUR if male else start + between(rng, 8, 26) * HOUR
    if male:
        case.procedure(
            "urinary-catheter", freed, hours=0.25, fact="a urinary catheter drained more than a liter"
        )
        case.diagnose("urinary-retention", start + HOUR)
        case.order("tamsulosin", start + 6 * HOUR)
        case.life.problem("bph", start + HOUR)
        critical.at_discharge(case, lambda at: case.life.start_home("tamsulosin", at))
    else:
        case.procedure("ureteral-stent", freed, hours=1.0, fact="a ureteral stent was placed")
    tau = min(48.0, max(16.0, 6.5 * case.days)) * between(rng, 0.8, 1.2)

    def flow(at: float) -> None:
        body.aim("kidney injury", 0.08 * depth, tau, at)
        body.dose("urine", 190 * case.severity, at, 3, 20)
        body.dose("potassium", -0.35, at + 10 * HOUR, 8, 30)
        case.order("sodium-chloride-infusion", at + 2 * HOUR, until=at + 30 * HOUR)
        case.know(
            "event",
            "diuresis",
            "brisk diuresis after the obstruction was relieved, half replaced",
            at=at + 8 * HOUR,
        )

    case.at(freed, flow)
    case.diagnose("obstructive-uropathy", start + 5 * HOUR)
    case.diagnose("hydronephrosis", start + 6 * HOUR)
    _rest(case, "kidney injury", 0.08 * depth)


def _tubular(case: Case) -> None:
    """Rises for days, stays, then falls; dialysis for some; a part may not come back."""
    body, rng, start = case.body, case.rng, case.start
    depth = _depth(case, 0.9, 1.95)
    body.process("kidney injury", _TUBULAR)
    body.set_level("kidney injury", 0.5 * depth, start)
    body.aim("kidney injury", depth, between(rng, 22, 46), start)
    oliguric = case.severity > 0.95 and rng.random() < 0.5
    if oliguric:
        body.process("oliguria", {"urine": -20, "weight": 1.6, "spo2": -1.4})
        body.aim("oliguria", 1.0, 14, start)
    turn = start + between(rng, 0.3, 0.48) * case.days * DAY
    lost = rng.random() < 0.3
    rest = between(rng, 0.22, 0.42) * depth if lost else 0.07 * depth
    tau = max(30.0, 6.8 * case.days)

    def recover(at: float) -> None:
        body.aim("kidney injury", rest, tau, at)
        body.aim("oliguria", 0.0, 20, at) if oliguric else None
        case.know("event", "recovery", "urine output picking up", at=at + 10 * HOUR)

    case.at(turn, recover)
    case.principal = "acute-tubular-necrosis"
    case.order("sodium-chloride-infusion", start + 2 * HOUR, until=start + between(rng, 10, 24) * HOUR)
    if rng.random() < 0.55:
        case.order("sodium-bicarbonate-oral", start + 20 * HOUR)
    if oliguric and rng.random() < 0.5:
        case.order(
            "furosemide-iv",
            start + between(rng, 14, 30) * HOUR,
            dose=80,
            until=start + between(rng, 3, 5) * DAY,
        )
    intensive = critical.intensive_span(case, start + 2 * HOUR)
    if depth > 1.1 and case.severity > 1.0 and case.days > 5 and intensive is None:
        _dialyze_for_a_while(case, turn)
    _rest(case, "kidney injury", rest)


def _rest(case: Case, name: str, rest: float) -> None:
    """What is left at discharge comes back over months, or hardly."""
    hours = 24 * 150 if rest > 0.2 else 24 * 12
    critical.fade(case, name, hours)
    if rest > 0.2:
        case.know(
            "plan",
            "follow-up",
            "kidney function to be repeated within a week of discharge",
            at=case.start + 0.7 * case.days * DAY,
        )


def _dialyze_for_a_while(case: Case, until: float) -> None:
    """Three to five sessions, every other day; never in the days before the cohort's now (tasks ask for dialysis)."""
    rng = case.rng
    quiet = case.life.now - 12 * DAY
    at = case.clock(1, between(rng, 11, 17)) + DAY
    if case.ongoing and at > quiet:
        return
    case.procedure("central-line", at - 4 * HOUR, fact="a temporary dialysis catheter was placed")
    for _ in range(5):
        if at > min(until + DAY, case.end - 8 * HOUR) or (case.ongoing and at > quiet):
            break
        case.procedure("hemodialysis", at, hours=3.3, fact="a session of hemodialysis, tolerated")
        case.at(at, lambda when: clear(case.body, when, 0.85))
        at += 2 * DAY + between(rng, -2, 2) * HOUR
    case.service("hemodialysis", at - 3 * DAY, status="completed")
    case.know(
        "treatment",
        "dialysis",
        "hemodialysis until the kidneys recover",
        at=case.clock(2, 12),
        until=until + 2 * DAY,
    )


def _continuous(case: Case, span: tuple[float, float]) -> None:
    """In the ICU: continuous dialysis for a day or two, where the stay is past; else close watch."""
    rng, body = case.rng, case.body
    case.know(
        "event", "icu", "admitted to the intensive care unit with uremia and high potassium", at=span[0]
    )
    begun = span[0] + between(rng, 2, 7) * HOUR
    hours = min(between(rng, 24, 60), (span[1] - begun) / HOUR - 4)
    if case.ongoing or hours < 10 or case.severity < 0.9:
        return
    body.process(
        "continuous dialysis",
        {"creatinine": -0.75, "bun": -0.8, "potassium": -0.9, "phosphate": -1.9, "co2": 4.5},
    )
    case.procedure("central-line", begun - HOUR, fact="a temporary dialysis catheter was placed")
    case.procedure("continuous-dialysis", begun, hours=hours, fact="continuous dialysis for two days")
    case.at(begun, lambda at: body.aim("continuous dialysis", 1.0, 16, at))
    case.at(begun + hours * HOUR, lambda at: body.aim("continuous dialysis", 0.0, 40, at))
    critical.fade(case, "continuous dialysis", 40)


def clear(body: Body, at: float, size: float = 1.0) -> None:
    """What one session of hemodialysis takes out, and how it climbs again until the next; call it when the session begins.

    A urea reduction ratio of about 70 % (KDOQI 2015); potassium falls towards that of the bath (2 mmol/L) with a rebound,
    phosphate by nearly half, bicarbonate rises by 4 (Daugirdas, Handbook of Dialysis).
    """
    lost = max(
        0.0, log(75 / body.egfr(at))
    )  # what `Body.labs` adds for failing kidneys and a glance leaves out
    potassium = body.glance("potassium", at) + 0.16 * lost
    phosphate = body.glance("phosphate", at) + 0.55 * lost
    for name, amount, rise, fade in (
        ("potassium", -0.68 * max(0.0, potassium - 2.9), 1.3, 36), ("phosphate", -0.5 * max(0.0, phosphate - 1.3), 1.3, 30),
        ("bun", -1.25, 1.5, 40), ("creatinine", -0.95, 1.5, 40), ("co2", 4.2, 1.5, 44), ("magnesium", -0.2, 1.5, 36),
        ("weight", -2.5, 1.6, 42), ("systolic", -13, 1.5, 18), ("heart-rate", 4, 1.0, 5), ("calcium", 0.25, 1.5, 20),
        ("uric-acid", -2.2, 1.5, 40),
    ):  # fmt: skip
        body.dose(name, amount * size, at, rise, fade)


def _missed(case: Case) -> None:
    """Overloaded and high in potassium; extra sessions mend both."""
    body, rng, start = case.body, case.rng, case.start
    body.process("missed dialysis", _MISSED)
    body.set_level("missed dialysis", between(rng, 0.7, 1.15) * case.severity, start)
    first = start + between(rng, 2.5, 7) * HOUR
    if not (case.ongoing and first > case.life.now - 60 * HOUR):
        case.procedure(
            "hemodialysis", first, hours=3.5, fact="an extra session of hemodialysis with fluid removal"
        )
        case.at(first, lambda at: clear(body, at, 0.6))
    case.at(
        first + HOUR, lambda at: body.aim("missed dialysis", 0.35 * body.level("missed dialysis", at), 4, at)
    )
    case.at(first + 26 * HOUR, lambda at: body.aim("missed dialysis", 0.0, 18, at))
    critical.fade(case, "missed dialysis", 20)
    case.service("hemodialysis", start + HOUR, status="completed", priority="urgent")
    if not (case.ongoing and start > case.life.now - 60 * HOUR):
        watch_potassium(case)
    case.diagnose("hyperkalemia", start + 2 * HOUR)
    case.image("chest-xray-portable", start + between(rng, 0.6, 2) * HOUR, rng.choice((
        "Pulmonary vascular congestion with small bilateral effusions.", "Interstitial pulmonary edema.",
        "Cardiomegaly with perihilar haze.")), fact="pulmonary congestion on chest x-ray")  # fmt: skip
    case.image(
        "ecg",
        start + between(rng, 0.3, 1) * HOUR,
        rng.choice(
            (
                "Sinus rhythm, peaked T waves.",
                "Sinus rhythm, first-degree AV block, tall T waves.",
                "Sinus tachycardia, left ventricular hypertrophy.",
            )
        ),
    )
    missed = rng.choice(("one session", "two sessions", "the last session"))
    why = rng.choice(
        (
            "transport fell through",
            "felt too weak to go",
            "a family funeral",
            "a clotted access",
            "snow on the roads",
        )
    )
    case.know("event", "missed", f"missed {missed} of dialysis: {why}")
    case.know(
        "symptom",
        "dyspnea",
        rng.choice(
            ("shortness of breath lying flat", "breathless on the stairs", "orthopnea since two nights")
        ),
        until=start + 1.4 * DAY,
    )
    case.know("symptom", "swelling", "swollen ankles", until=start + 2 * DAY)
    case.know("sign", "crackles", "crackles at both bases", until=start + 1.5 * DAY)
    case.know(
        "sign",
        "access",
        rng.choice(
            (
                "fistula of the left arm with thrill",
                "tunneled catheter without redness",
                "graft of the right arm with bruit",
            )
        ),
    )
    case.denies(("chest pain", "chest pain"), ("palpitations", "palpitations"), ("fever", "fever"))
    case.know("plan", "dry weight", "back to dry weight within days, then the usual schedule")


def watch_potassium(case: Case) -> None:
    """High potassium is treated as it comes, except in the days that belong to planned situations."""
    last = [0.0]

    def look(values: Mapping[str, float], at: float) -> None:
        potassium = values.get("potassium", 4.0)
        if potassium < 5.7 or at < last[0] + 6 * HOUR or (case.ongoing and at > case.life.now - 60 * HOUR):
            return
        last[0] = at
        case.diagnose("hyperkalemia", at)
        case.give_once("sodium-zirconium-cyclosilicate", at + 600)
        case.body.dose("potassium", -0.2, at + HOUR, 3, 40)
        if potassium >= 6.1:
            case.give_once("calcium-gluconate-iv", at + 300)
            case.give_once("insulin-regular-iv", at + 420)
            case.give_once("dextrose-iv", at + 420)
            case.image("ecg", at + 900, "Peaked T waves, otherwise sinus rhythm.")
            case.know(
                "event",
                "hyperkalemia",
                "high potassium treated with calcium, insulin and glucose, and a binder",
                at=at,
            )
            case.draw(at + between(case.rng, 2.5, 4.5) * HOUR, "basic-metabolic-panel", "magnesium")

    case.watchers.append(look)


def _urine(case: Case, kind: str) -> None:
    """Urine sodium and creatinine, and an ultrasound."""
    rng, start = case.rng, case.start
    sodium = {
        "prerenal": between(rng, 8, 22),
        "tubular": between(rng, 42, 88),
        "blocked": between(rng, 30, 70),
    }[kind]

    def take(at: float) -> None:
        chart = case.life.chart
        chart.lab("sodium-urine", sodium, local(at))
        chart.lab(
            "creatinine-urine",
            between(rng, 60, 160) if kind == "prerenal" else between(rng, 25, 75),
            local(at),
        )

    case.at(start + between(rng, 2, 8) * HOUR, take)
    findings = {
        "prerenal": ("Normal-sized kidneys without hydronephrosis.", "No hydronephrosis. Simple cyst of the left kidney.", "No hydronephrosis. Collapsed bladder."),
        "tubular": ("Kidneys of normal size, mildly echogenic. No hydronephrosis.", "Increased cortical echogenicity, no obstruction.", "No hydronephrosis. Preserved cortical thickness."),
        "blocked": ("Moderate bilateral hydronephrosis with a distended bladder.", "Bilateral hydroureteronephrosis.", "Severe right and moderate left hydronephrosis."),
    }[kind]  # fmt: skip
    short = "hydronephrosis on ultrasound" if kind == "blocked" else "no hydronephrosis on ultrasound"
    case.image("us-renal", start + between(rng, 3, 16) * HOUR, rng.choice(findings), fact=short)
    if kind == "blocked" and case.days > 4:
        case.image(
            "us-renal", start + between(rng, 2.2, 3.5) * DAY, "Resolved hydronephrosis, decompressed bladder."
        )


def _tell(case: Case, kind: str) -> None:
    rng, start = case.rng, case.start
    gone = start + min(0.5 * case.days, 4) * DAY
    male = case.life.person.gender == "male"
    key = kind if kind != "tubular" else rng.choice(("toxic", "toxic", "ischemic"))
    cause = rng.choice(_CAUSES[key])
    if kind == "blocked" and male:
        cause = rng.choice(
            ("a weak stream for years and an enlarged prostate", "an enlarged prostate with overflow")
        )
    case.know("history", "cause", cause)
    if kind == "prerenal":
        case.know(
            "symptom",
            "dizziness",
            rng.choice(("lightheaded on standing", "near fainting in the shower", "thirst and dizziness")),
            until=start + 1.5 * DAY,
        )
        case.know(
            "sign",
            "volume",
            rng.choice(
                ("dry mucous membranes and flat neck veins", "poor skin turgor", "pressure falls on standing")
            ),
            until=start + 1.5 * DAY,
        )
    elif kind == "blocked":
        case.know(
            "symptom",
            "retention",
            rng.choice(
                ("only dribbling for two days", "lower abdominal pressure", "cannot empty the bladder")
            ),
            until=start + 6 * HOUR,
        )
        case.know("sign", "bladder", "palpable bladder", until=start + 5 * HOUR)
    else:
        case.know(
            "symptom",
            "little urine",
            rng.choice(("passing little urine", "dark scant urine", "nausea and a metallic taste")),
            until=gone,
        )
        case.know("sign", "edema", rng.choice(("trace ankle edema", "puffy face and ankles")), until=gone)
        case.know("finding", "sediment", "muddy brown casts in the sediment", at=start + 10 * HOUR)
    case.know(
        "symptom", "fatigue", rng.choice(("tired for a week", "weak and tired", "no energy")), until=gone
    )
    case.denies(*rng.sample([("hematuria", "blood in the urine"), ("flank pain", "flank pain"), ("rash", "a rash"), ("chest pain", "chest pain"),
                             ("dyspnea", "shortness of breath"), ("foamy", "foamy urine")], 3))  # fmt: skip
    stopped = sorted(_HARMFUL & set(case.life.taken()))
    if stopped:
        case.know(
            "treatment",
            "held",
            f"{' and '.join(d.replace('-', ' ') for d in stopped)} held",
            at=start + 2 * HOUR,
        )
    case.know(
        "plan",
        "nephrotoxins",
        rng.choice(("no anti-inflammatories, doses by kidney function", "avoid contrast and nephrotoxins")),
    )
    case.know("plan", "urine", "strict intake and output")


def morning(case: Case, day: int, at: float) -> None:
    """Progress in words; creatinine every morning is routine."""
    rng = case.rng
    level = case.body.level("kidney injury", at)
    before = case.body.level("kidney injury", at - 0.9 * DAY) if day > 1 else level
    if day in {1, 3}:
        case.know("event", "trend", "kidney function still worsening" if level > before else
                  rng.choice(("kidney function improving", "kidneys better than yesterday")), at=at)  # fmt: skip
    if day == 2 and level > 0.6:
        case.draw(at + between(rng, 5, 9) * HOUR, "basic-metabolic-panel", "phosphate")


KIDNEY = Illness("kidney", admit, morning)
MISSED_DIALYSIS = Illness("missed-dialysis", _missed)
