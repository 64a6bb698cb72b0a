"""Diabetic ketoacidosis: the gap closes on insulin in half a day to a day, potassium and phosphate fall meanwhile.

Sources: ADA/EASD consensus report on hyperglycemic crises 2024 (0.1 units/kg/h of insulin, fall of glucose by 50-75 mg/dL
an hour, dextrose below 250 mg/dL, potassium in the fluids, basal insulin an hour or two before the infusion ends); a
hyperchloremic acidosis of saline follows (Van Zyl et al., QJM 2012). This hospital's gap counts potassium.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from . import critical
from .model import Illness

_KETOSIS = {
    "co2": -15.0, "chloride": -3.2, "beta-hydroxybutyrate": 3.7, "potassium": 0.95, "phosphate": 1.0, "respiratory-rate": 8.5,
    "wbc": 0.42, "lipase": 0.25, "pain": 2.4, "gcs": -0.5, "temperature": -0.25,
}  # fmt: skip
_SUGAR = {
    "glucose": 1.12, "sodium": -5.5, "bun": 0.5, "creatinine": 0.3, "heart-rate": 24, "systolic": -14, "weight": -2.4,
    "hemoglobin": 1.0, "total-protein": 0.6, "albumin": 0.35, "lactate": 0.5, "urine": 35, "uric-acid": 1.4,
}  # fmt: skip
_AFTER = {"potassium": -1.15, "phosphate": -1.2, "magnesium": -0.24, "hemoglobin": -0.7, "albumin": -0.35}
_SALINE = {"chloride": 4.4, "co2": -2.8}
_CLOSED = 19.0
"""The gap, with potassium, under which the infusion may end, if bicarbonate has risen too."""
_WHY = (
    ("missed insulin", "ran out of insulin three days ago"),
    ("missed insulin", "missed several doses of basal insulin"),
    ("pump", "an insulin pump site that came loose overnight"),
    ("infection", "a viral illness with vomiting"),
    ("infection", "a sore throat and fever before"),
    ("alcohol", "vomiting after a weekend of drinking"),
    ("cost", "rationing insulin because of its cost"),
)


def admit(case: Case) -> None:
    """Ketones and sugar clear at their own pace; insulin drives both."""
    body, rng, start = case.body, case.rng, case.start
    level = 0.42 + 0.5 * case.severity
    for name, loads in (
        ("ketosis", _KETOSIS),
        ("high sugar", _SUGAR),
        ("after insulin", _AFTER),
        ("saline", _SALINE),
    ):
        body.process(name, loads)
    body.set_level("ketosis", level, start)
    body.set_level("high sugar", (0.45 + 0.6 * case.severity) * between(rng, 0.75, 1.15), start)
    case.withheld |= {
        "insulin-glargine",
        "insulin-lispro",
        "empagliflozin",
        "lisinopril",
        "lisinopril-20",
        "losartan",
    }
    _infusion(case)
    _fluids(case)
    _tests(case)
    _tell(case)
    _gap_watch(case)


def _infusion(case: Case) -> None:
    body, rng, start = case.body, case.rng, case.start
    weight = case.life.person.weight_kg
    slow = between(rng, 5.5, 10.0) * (0.7 + 0.35 * case.severity)

    def begun(at: float) -> None:
        body.aim("ketosis", 0.0, slow, at)
        body.aim("high sugar", 0.06, 0.62 * slow, at)
        body.aim("after insulin", case.severity, 14, at)
        case.know(
            "treatment",
            "insulin",
            "insulin by infusion, adjusted each hour",
            at=at,
            until=at + 2.6 * slow * HOUR,
        )

    at = start + between(rng, 0.8, 2.2) * HOUR
    case.order(
        "insulin-infusion", at, dose=float(round(0.1 * weight)), on_first=begun, until=start + 60 * HOUR
    )
    case.at(
        start + 2.02 * HOUR, lambda when: case.stop("insulin-lispro", when)
    )  # no correction beside an infusion
    checks = min(24, round(2.6 * slow) + 3)
    for n in range(1, checks):
        case.at(start + (0.9 + n) * HOUR + between(rng, -7, 7) * 60, lambda when: _finger(case, when))


def _finger(case: Case, at: float) -> None:
    """Glucose each hour while insulin runs; its rate is lowered once glucose is under 250."""
    order = case.active("insulin-infusion")
    if order is None:
        return
    value = case.body.glance("glucose", at)
    case.life.chart.lab("glucose-poc", value if value < 600 else "HI", local(at), issued=local(at + 60))
    if value < 250 and case.active("dextrose-saline-infusion") is None:
        case.stop("sodium-chloride-infusion", at + 600)
        case.order("dextrose-saline-infusion", at + 600, until=case.start + 60 * HOUR)
        order.dose = round(0.5 * order.dose, 1)
        case.know("event", "dextrose", "dextrose added to the fluids, insulin rate halved", at=at)
    if value < 110:
        case.body.dose("glucose", 0.3, at, 0.5, 4)
        order.dose = max(0.5, round(0.7 * order.dose, 1))


def _fluids(case: Case) -> None:
    body, rng, start = case.body, case.rng, case.start
    critical.boluses(case, start + between(rng, 0.3, 0.8) * HOUR, 2)
    case.order("sodium-chloride-infusion", start + 3 * HOUR, dose=250.0, until=start + 40 * HOUR)
    body.aim("saline", case.severity, 12, start + 2 * HOUR)
    case.at(start + between(rng, 20, 30) * HOUR, lambda at: body.aim("saline", 0.0, 22, at))
    case.at(start + between(rng, 1.6, 2.4) * DAY, lambda at: body.aim("after insulin", 0.0, 26, at))
    for name in ("ketosis", "high sugar", "after insulin", "saline"):
        critical.fade(case, name, 24)
    if case.ongoing and start > case.life.now - 60 * HOUR:
        return
    for n in range(round(between(rng, 1, 4))):
        case.at(start + (4 + 4 * n) * HOUR, lambda at: _potassium(case, at))


def _potassium(case: Case, at: float) -> None:
    """Potassium goes with the fluids while it is not high."""
    if case.life.results.get("potassium", (0.0, 5.0))[1] < 4.9:
        case.give_once("potassium-chloride-iv", at, dose=10)


def _tests(case: Case) -> None:
    """Panels every two to four hours for a day, ketones, gases, and what set it off."""
    rng, start = case.rng, case.start
    case.draw(
        start + between(rng, 0.4, 0.9) * HOUR,
        "beta-hydroxybutyrate",
        "arterial-blood-gas",
        "lactate",
        "urinalysis",
        "lipase",
    )
    at = start + between(rng, 2.6, 3.4) * HOUR
    while at < start + 22 * HOUR:
        case.draw(at, "basic-metabolic-panel", "phosphate", *(("magnesium",) if rng.random() < 0.4 else ()))
        at += (between(rng, 1.9, 2.6) if at < start + 8 * HOUR else between(rng, 3.2, 4.6)) * HOUR
    case.draw(start + between(rng, 7, 9) * HOUR, "beta-hydroxybutyrate")
    case.image(
        "ecg",
        start + between(rng, 0.3, 1) * HOUR,
        rng.choice(("Sinus tachycardia.", "Sinus tachycardia, peaked T waves.")),
    )
    if rng.random() < 0.6:
        case.image("chest-xray-portable", start + between(rng, 1, 4) * HOUR, "No acute cardiopulmonary process.",
                   fact="clear lungs on chest x-ray")  # fmt: skip
    if rng.random() < 0.3:
        case.draw(start + HOUR, "blood-culture", "urine-culture")


class _GapWatch:
    """Basal insulin goes in once the gap has closed, and the infusion stops two hours later."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._closed = False

    def __call__(self, values: Mapping[str, float], at: float) -> None:
        gap, case = values.get("anion-gap"), self._case
        co2 = values.get("co2", 0.0)
        if (
            gap is None
            or self._closed
            or at < case.start + 5 * HOUR
            or not ((co2 >= 16 and gap <= _CLOSED) or co2 >= 21)
        ):
            return
        self._closed = True
        basal = case.life.home.get("insulin-glargine")
        order = case.order("insulin-glargine", at, dose=basal.dose if basal else None)
        if order is not None:
            case.at(at + between(case.rng, 0.3, 0.9) * HOUR, lambda when: case.give(order, when))
        stopped = at + between(case.rng, 1.8, 2.6) * HOUR
        case.at(stopped, self._over)

    def _over(self, at: float) -> None:
        case = self._case
        case.stop("insulin-infusion", at, status="completed")
        case.stop("dextrose-saline-infusion", at + 600, status="completed")
        case.stop("sodium-chloride-infusion", at + 600, status="completed")
        case.body.aim("high sugar", 0.14, 8, at)
        case.order("insulin-lispro", at, scheduled=False)
        case.know("event", "gap closed", "gap closed, changed to insulin under the skin and eating", at=at)


def _gap_watch(case: Case) -> None:
    case.watchers.append(_GapWatch(case))


def _tell(case: Case) -> None:
    rng, start = case.rng, case.start
    gone = start + between(rng, 0.8, 1.5) * DAY
    name, words = rng.choice(_WHY)
    case.know("history", name, words)
    case.know(
        "symptom",
        "vomiting",
        rng.choice(("nausea and vomiting since yesterday", "vomited six times", "cannot keep anything down")),
        until=gone,
    )
    case.know(
        "symptom",
        "thirst",
        rng.choice(
            ("thirst and frequent urination", "drinking and urinating all day", "very thirsty for two days")
        ),
        until=gone,
    )
    case.know(
        "symptom",
        "abdominal pain",
        rng.choice(("diffuse abdominal pain", "cramping epigastric pain")),
        until=gone,
    )
    case.know(
        "sign",
        "breathing",
        rng.choice(("deep rapid breathing", "Kussmaul breathing with a fruity odor")),
        until=start + 0.7 * DAY,
    )
    case.know(
        "sign", "volume", rng.choice(("dry mucous membranes", "dry tongue and poor turgor")), until=gone
    )
    if case.severity > 1.05:
        case.know("sign", "drowsy", "drowsy but rousable", until=start + 0.8 * DAY)
    case.denies(*rng.sample([("chest pain", "chest pain"), ("fever", "fever"), ("dysuria", "burning on urination"), ("cough", "cough"),
                             ("dyspnea", "shortness of breath"), ("headache", "headache")], 3))  # fmt: skip
    case.know(
        "history",
        "previous episodes",
        rng.choice(
            ("two previous episodes of ketoacidosis", "first episode in years", "one episode at diagnosis")
        ),
    )
    case.know(
        "plan", "education", "sick-day rules and ketone strips reviewed before discharge", at=start + DAY
    )
    case.know("plan", "insulin supply", "insulin prescriptions to be filled before leaving", at=start + DAY)


def morning(case: Case, day: int, at: float) -> None:
    """On the second day the diet and the doses; a long stay has its reason."""
    rng = case.rng
    if day == 1 and case.body.level("ketosis", at) < 0.3:
        case.know(
            "event",
            "improving",
            rng.choice(("feels much better, asks for food", "no more vomiting", "alert, hungry")),
            at=at,
        )
    if day == 2:
        case.draw(at + between(rng, 1, 5) * HOUR, "basic-metabolic-panel", "phosphate")
    if day == 4:
        case.know(
            "event",
            "doses",
            rng.choice(
                ("basal dose raised for morning readings", "still nauseated, gastroparesis considered")
            ),
            at=at,
        )


KETOACIDOSIS = Illness("ketoacidosis", admit, morning)
