"""Type 2 diabetes out of hand: sugar far too high with thirst and dry kidneys, or far too low on its medicines.

Sources: ADA/EASD consensus report on hyperglycemic crises 2024 (fluids, insulin infusion, glucose to 250-300 mg/dL); ADA
Standards of Care, section 6 (glucose, recheck after 15 minutes, observation after sulfonylureas, basal dose lowered).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from . import critical
from .model import Illness

_HIGH = {
    "glucose": 1.22, "sodium": -3.0, "chloride": -2.0, "bun": 0.8, "creatinine": 0.42, "potassium": 0.25, "co2": -1.8,
    "heart-rate": 17, "systolic": -12, "weight": -3.2, "hemoglobin": 1.1, "gcs": -0.9, "urine": 30, "lactate": 0.4,
    "beta-hydroxybutyrate": 1.2, "phosphate": 0.3, "albumin": 0.3, "wbc": 0.18,
}  # fmt: skip
_LOW = {
    "glucose": -1.15,
    "heart-rate": 14,
    "systolic": 10,
    "gcs": -2.5,
    "potassium": -0.35,
    "temperature": -0.3,
}


def admit_high(case: Case) -> None:
    """Over weeks, then an infection or missed medicines; falls over a day."""
    body, rng, start = case.body, case.rng, case.start
    body.process("sugar crisis", _HIGH)
    body.set_level("sugar crisis", (0.62 + 0.45 * case.severity) * between(rng, 0.8, 1.1), start)
    tau = between(rng, 9, 16)
    severe = case.severity > 0.8
    case.principal = "diabetes-2-hyperosmolar" if severe else "diabetes-2-hyperglycemia"
    case.withheld |= {"lisinopril", "lisinopril-20", "losartan", "hydrochlorothiazide", "furosemide"}

    def begun(at: float) -> None:
        body.aim("sugar crisis", 0.1, tau, at)
        body.process("after insulin", {"potassium": -0.4, "phosphate": -0.8, "magnesium": -0.15})
        body.aim("after insulin", case.severity, 16, at)
        case.at(at + 1.8 * DAY, lambda when: body.aim("after insulin", 0.0, 26, when))

    critical.boluses(case, start + 0.6 * HOUR, 1 if case.life.has("heart-failure") else 2)
    case.order("sodium-chloride-infusion", start + 3 * HOUR, until=start + between(rng, 20, 40) * HOUR)
    if severe:
        stop = start + between(rng, 14, 26) * HOUR
        case.order("insulin-infusion", start + 1.5 * HOUR, dose=5.0, until=stop, on_first=begun)
        for n in range(2, int((stop - start) / HOUR)):
            case.at(start + n * HOUR + between(rng, -6, 6) * 60, lambda when: _meter(case, when))
        case.series(start + 4 * HOUR, 4, 4, "basic-metabolic-panel", "phosphate")
    else:
        case.at(start + HOUR, begun)
    dose = float(round(0.2 * case.life.person.weight_kg))
    case.order("insulin-glargine", start + between(rng, 12, 22) * HOUR, dose=dose)
    case.draw(start + 0.7 * HOUR, "beta-hydroxybutyrate", "hba1c", "urinalysis")
    for name in ("sugar crisis", "after insulin"):
        critical.fade(case, name, 60)
    if not case.life.takes("insulin-glargine"):
        critical.at_discharge(case, lambda at: case.life.start_home("insulin-glargine", at, dose=dose))
    _tell_high(case)
    critical.linger(case)


def _meter(case: Case, at: float) -> None:
    value = case.body.glance("glucose", at)
    case.life.chart.lab("glucose-poc", value if value < 600 else "HI", local(at), issued=local(at + 60))


def _tell_high(case: Case) -> None:
    rng, start = case.rng, case.start
    gone = start + 1.6 * DAY
    case.know(
        "symptom",
        "thirst",
        rng.choice(("thirst and urination day and night", "very thirsty for a week", "urinating every hour")),
        until=gone,
    )
    case.know(
        "symptom",
        "weakness",
        rng.choice(("weak and dizzy", "blurred vision", "weight loss over a month")),
        until=gone,
    )
    case.know("history", "trigger", rng.choice(("stopped the diabetes tablets a month ago", "a course of steroids for the knee",
              "a cold for a week", "insulin gone bad in the heat", "no money for medicines")))  # fmt: skip
    case.know("sign", "volume", rng.choice(("dry mucous membranes", "dry skin and tongue")), until=gone)
    if case.severity > 1.0:
        case.know("sign", "drowsy", "slow to answer", until=start + DAY)
    case.denies(("abdominal pain", "abdominal pain"), ("fever", "fever"), ("chest pain", "chest pain"))
    case.know("treatment", "insulin", "fluids and insulin", at=start + 2 * HOUR)
    case.know(
        "plan",
        "education",
        rng.choice(("diabetes education before discharge", "teach injection technique")),
        at=start + DAY,
    )


def morning_high(case: Case, day: int, at: float) -> None:
    """Basal insulin follows the morning reading."""
    order = case.active("insulin-glargine")
    morning = case.life.results.get("glucose-poc", (0.0, 0.0))[1]
    if order is not None and day > 1 and morning > 190:
        order.dose = float(round(order.dose * 1.15))
        case.life.feel("insulin-glargine", order.dose / 18, at)
        case.know("treatment", "basal dose", "basal insulin raised for morning readings", at=at)


def admit_low(case: Case) -> None:
    """Found confused; glucose at once, dextrose while a sulfonylurea lasts, then less medicine."""
    body, rng, start = case.body, case.rng, case.start
    body.process("low sugar", _LOW)
    body.set_level("low sugar", 0.7 + 0.25 * case.severity, start)
    body.aim("low sugar", 0.2, 1.2, start + 0.5 * HOUR)
    case.at(start + between(rng, 12, 28) * HOUR, lambda at: body.aim("low sugar", 0.0, 10, at))
    critical.fade(case, "low sugar", 5)
    _meter(case, start + 240)
    case.give_once("dextrose-iv", start + 360)
    for minutes in (25, 60, 120, 200, 300, 420):
        case.at(start + minutes * 60, lambda when: _meter(case, when))
    if case.life.takes("glipizide"):
        case.order(
            "dextrose-saline-infusion", start + 2 * HOUR, until=start + between(rng, 14, 26) * HOUR, dose=75.0
        )
        critical.at_discharge(case, lambda at: case.life.stop_home("glipizide", at))
        case.know("treatment", "sulfonylurea", "glipizide stopped for good", at=start + DAY)
    basal = case.life.home.get("insulin-glargine")
    if basal is not None and basal.ended is None:
        less = float(round(0.75 * (basal.dose or 18)))
        case.withheld.add("insulin-glargine")
        critical.at_discharge(case, lambda at: case.life.change_dose("insulin-glargine", less, at))
        case.know("treatment", "basal dose", "basal insulin lowered by a quarter", at=start + DAY)
    _tell_low(case)


def _tell_low(case: Case) -> None:
    rng, start = case.rng, case.start
    case.know(
        "event",
        "found",
        rng.choice(
            ("found confused by the family", "slumped at breakfast", "sweating and not making sense at home")
        ),
    )
    case.know(
        "symptom",
        "sweating",
        rng.choice(("sweating and tremor", "shaky and hungry before")),
        until=start + 2 * HOUR,
    )
    case.know("history", "trigger", rng.choice(("skipped supper after the usual dose", "poor appetite for a week", "took the evening dose twice",
              "kidney function has been falling")))  # fmt: skip
    case.know("sign", "confusion", "confused, clearing after glucose", until=start + 3 * HOUR)
    case.denies(
        ("chest pain", "chest pain"),
        ("seizure", "a seizure"),
        ("focal weakness", "weakness of an arm or leg"),
    )
    case.know("plan", "targets", "looser goals for sugar, glucagon at home", at=start + 0.5 * DAY)
    case.image(
        "ct-head",
        start + between(rng, 1, 3) * HOUR,
        "No acute intracranial abnormality.",
        fact="no acute change on head CT",
    )


HYPERGLYCEMIA = Illness("hyperglycemia", admit_high, morning_high)
HYPOGLYCEMIA = Illness("hypoglycemia", admit_low)
