"""Orders, nursing and procedures of a stay; imaging with its reports; old referrals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from .context import Course
from .timeline import Admission

_STANDING = ("vital-signs", "intake-output", "fall-precautions", "activity-as-tolerated", "daily-weight")
_SHIFT = ("nursing-assessment", "skin-assessment", "iv-site-care", "fall-risk-assessment")
_DAILY = ("mobilization", "incentive-spirometry", "oral-care", "blood-draw")
_IMAGING: Mapping[str, Sequence[str]] = {
    "heart-failure": ("chest-xray", "echo"),
    "pneumonia": ("chest-xray",),
    "copd": ("chest-xray",),
    "sepsis": ("chest-xray", "ct-abdomen"),
    "kidney": ("us-renal",),
    "gi-bleed": ("ct-abdomen",),
    "afib": ("ecg", "echo"),
    "chest-pain": ("ecg", "chest-xray"),
    "stroke": ("ct-head", "ecg"),
    "liver": ("us-abdomen",),
    "pancreatitis": ("ct-abdomen",),
}
_FINDINGS: Mapping[str, Sequence[str]] = {
    "chest-xray": (
        "No acute cardiopulmonary process.",
        "Patchy right lower lobe opacity.",
        "Small left pleural effusion.",
    ),
    "echo": ("Ejection fraction 55 percent. No significant valve disease.", "Ejection fraction 35 percent."),
    "ct-abdomen": ("No acute abdominal abnormality.", "Mild colonic wall thickening."),
    "ct-head": ("No acute intracranial hemorrhage.", "Small left middle cerebral artery territory infarct."),
    "us-renal": ("No hydronephrosis. Echogenic kidneys.",),
    "us-abdomen": ("Nodular liver, small ascites.",),
    "ecg": ("Sinus rhythm.", "Atrial fibrillation, ventricular rate 104."),
    "ct-chest": ("No pulmonary embolism.",),
}
_PROCEDURES: Mapping[str, str] = {
    "hip": "hip-fracture-repair",
    "gi-bleed": "upper-endoscopy",
    "liver": "paracentesis",
    "chest-pain": "cardiac-catheterization",
}
_REFERRALS = ("referral-cardiology", "referral-physical-therapy", "referral-ophthalmology", "referral-podiatry",
              "referral-gastroenterology", "referral-nutrition")  # fmt: skip
_REFERRAL_AGE = 400 * DAY
"""Younger referrals are written by scenes only."""


def write_orders(course: Course) -> None:
    """Writes all stays, then what was ordered at visits."""
    rng = course.stream("orders")
    for stay in course.timeline.admissions:
        _standing(course, stay, rng)
        _laboratory(course, stay, rng)
        _nursing(course, stay, rng)
        _imaging(course, stay, rng)
        _procedures(course, stay, rng)
    for visit in course.timeline.visits:
        _visit(course, visit.at, rng)


def _standing(course: Course, stay: Admission, rng: Random) -> None:
    status = "active" if stay.end is None else "completed"
    diet = "diet-diabetic" if course.person.traits & {"diabetes-1", "diabetes-2"} else "diet-regular"
    names = [*_STANDING, diet]
    if stay.intensive or course.person.traits & {"heart-failure", "atrial-fibrillation"}:
        names.append("telemetry")
    for name in names:
        at = local(stay.start + between(rng, 0.7, 2.5) * HOUR)
        course.chart.order_service(name, authored=at, status=status)
    if rng.random() < 0.3:
        course.chart.order_service("npo", authored=local(stay.start + HOUR), status="revoked")


def _laboratory(course: Course, stay: Admission, rng: Random) -> None:
    """Panels for each next morning; tomorrow's stands open."""
    chart, end, day = course.chart, stay.until(course.now), 0
    while True:
        authored = stay.start + HOUR if day == 0 else at_hour(stay.start, between(rng, 15, 20), day - 1)
        due = stay.start + 1.5 * HOUR if day == 0 else at_hour(stay.start, 5, day)
        if authored >= end or (due >= end and stay.end is not None):
            break
        done = due < end
        status = "completed" if done else "active"
        if done and not course.quiet(due) and rng.random() < 0.03:
            status = "revoked"
        for panel in ("basic-metabolic-panel", "cbc"):
            chart.order_service(panel, authored=local(authored), status=status, occurrence=local(due))
        if not done:
            break
        day += 1


def _nursing(course: Course, stay: Admission, rng: Random) -> None:
    chart, end, day = course.chart, stay.until(course.now), 0
    while at_hour(stay.start, 0, day) < end:
        for hour in (8, 20):
            at = at_hour(stay.start, hour, day) + between(rng, 0, 90) * 60
            if stay.start < at < end:
                when = local(at)
                chart.procedure("nursing-assessment", when)
                chart.procedure(rng.choice(_SHIFT[1:]), when)
        at = at_hour(stay.start, between(rng, 9, 16), day)
        if stay.start < at < end:
            chart.procedure(
                rng.choice(_DAILY), local(at), status="not-done" if rng.random() < 0.08 else "completed"
            )
        if stay.in_icu(at):
            for hour in range(0, 24, 4):
                turn = at_hour(stay.start, hour, day) + between(rng, 0, 20) * 60
                if stay.start < turn < end:
                    chart.procedure("turn-reposition", local(turn))
        day += 1


def _imaging(course: Course, stay: Admission, rng: Random) -> None:
    for name in _IMAGING.get(stay.reason, ()):
        image(course, name, stay.start + between(rng, 1.5, 9) * HOUR, stay.until(course.now), rng)
    days = (stay.until(course.now) - stay.start) / DAY
    for day in range(3, int(days), 4):
        if rng.random() < 0.5:
            image(course, "chest-xray", stay.start + (day + rng.random()) * DAY, stay.until(course.now), rng)


def image(course: Course, name: str, at: float, end: float, rng: Random) -> None:
    """An order, its report with a conclusion, and the reading as a note."""
    if at > end - 2 * HOUR:
        return
    chart = course.chart
    chart.order_service(name, authored=local(at - HOUR * 0.8), status="completed", occurrence=local(at))
    finding = rng.choice(_FINDINGS[name])
    report = chart.report(name, (), local(at))
    chart.resources[-1]["conclusion"] = finding
    assert chart.resources[-1]["id"] == report
    title = name.replace("-", " ").upper()
    chart.note("radiology", f"{title}\n\nIMPRESSION: {finding}", local(at + HOUR))


def _procedures(course: Course, stay: Admission, rng: Random) -> None:
    chart, end = course.chart, stay.until(course.now)
    name = _PROCEDURES.get(stay.reason)
    at = stay.start + between(rng, 12, 40) * HOUR
    if name and at < end - 6 * HOUR:
        chart.procedure(name, local(at), end=local(at + between(rng, 0.5, 2) * HOUR))
    for start, _ in stay.intensive:
        if start < end - 3 * HOUR:
            chart.procedure("central-line", local(start + HOUR))
            if rng.random() < 0.5:
                chart.procedure("arterial-line", local(start + 1.5 * HOUR))
    if "dialysis" in course.person.traits:
        _dialysis(course, stay)


def _dialysis(course: Course, stay: Admission) -> None:
    """Mondays, Wednesdays and Fridays at nine."""
    day, end = 0, stay.until(course.now)
    while (at := at_hour(stay.start, 9.25, day)) < end - 4 * HOUR:
        if at > stay.start and local(at).weekday() in {0, 2, 4}:
            course.chart.procedure("hemodialysis", local(at), end=local(at + 3.75 * HOUR))
        day += 1


def _visit(course: Course, at: float, rng: Random) -> None:
    chart = course.chart
    chart.procedure("medication-reconciliation", local(at + 600))
    if course.person.traits & {"diabetes-1", "diabetes-2"} and rng.random() < 0.3:
        chart.procedure("foot-exam", local(at + 900))
    if at < course.now - _REFERRAL_AGE and rng.random() < 0.12:
        status = rng.choice(("completed", "completed", "revoked"))
        chart.order_service(rng.choice(_REFERRALS), authored=local(at + 1200), status=status)
