"""Notes with text, and messages from the patient."""

from __future__ import annotations

from random import Random

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from ..codes import CONDITIONS
from .context import Course
from .timeline import Admission, Visit, reason_text

_COMFORT = (
    "Slept well, no new complaints.",
    "Feels somewhat better today.",
    "Tired, appetite fair.",
    "No chest pain, no shortness of breath at rest.",
    "Reports mild nausea, no vomiting.",
)
_EXAM = (
    "Lungs clear. Heart regular. Abdomen soft. Trace edema.",
    "Crackles at both bases. Heart regular. 1+ edema of the legs.",
    "Lungs clear. Irregular pulse. Abdomen soft and not tender.",
)
_PLAN = (
    "Continue present treatment. Labs in the morning.",
    "Mobilize, physical therapy today. Labs in the morning.",
    "Wean oxygen as tolerated. Labs in the morning.",
)
_MESSAGES = (
    ("Refill", "Could you please renew my prescriptions? I have about a week left."),
    ("Appointment", "I need to move my appointment to another day. Mornings are best."),
    ("Results", "I saw new results in the portal. Is there anything I should do?"),
    ("Question", "May I take my tablets with breakfast, or do I need to wait?"),
    ("Thanks", "Thank you for your help last week. I feel much better."),
)


def write_notes(course: Course) -> None:
    """Writes the notes of stays and visits, and the inbox."""
    rng = course.stream("notes")
    for stay in course.timeline.admissions:
        _stay(course, stay, rng)
    for visit in course.timeline.visits:
        _visit(course, visit, rng)


def _history(course: Course) -> str:
    names = {"dialysis": "esrd", "cancer": "cancer-lung", "pregnant": "pregnancy"}
    words = [CONDITIONS[names.get(t, t)].text.lower() for t in sorted(course.person.traits)]
    return ", ".join(words) or "no lasting illness"


def _who(course: Course, at: float) -> str:
    age = int(course.body.age(at))
    return f"{age}-year-old {'woman' if course.person.gender == 'female' else 'man'}"


def _stay(course: Course, stay: Admission, rng: Random) -> None:
    chart, end = course.chart, stay.until(course.now)
    reason = reason_text(stay)
    admission = (
        f"HISTORY AND PHYSICAL\n\n{_who(course, stay.start)} admitted with {reason.lower()}.\n"
        f"Past history: {_history(course)}.\nExam: {rng.choice(_EXAM)}\n"
        f"Assessment and plan: {reason}. Admit to {stay.bed}. Monitor, treat the cause, review medicines."
    )
    if stay.start + 2 * HOUR < end:
        chart.note("admission", admission, local(stay.start + between(rng, 0.6, 1.9) * HOUR))
    day = 1
    while (at := at_hour(stay.start, between(rng, 7, 10), day)) < end - HOUR:
        text = (
            f"PROGRESS NOTE, hospital day {day + 1}\n\nSubjective: {rng.choice(_COMFORT)}\n"
            f"Exam: {rng.choice(_EXAM)}\nAssessment: {reason}.\nPlan: {rng.choice(_PLAN)}"
        )
        chart.note("progress", text, local(at))
        if rng.random() < 0.4:
            night = at_hour(stay.start, between(rng, 2, 6), day)
            if stay.start < night < end:
                chart.note(
                    "nursing", f"NURSING NOTE\n\n{rng.choice(_COMFORT)} Call light in reach.", local(night)
                )
        day += 1
    if stay.end is not None:
        summary = (
            f"DISCHARGE SUMMARY\n\n{_who(course, stay.start)}, in hospital for {round((end - stay.start) / DAY)} "
            f"days with {reason.lower()}.\nPast history: {_history(course)}.\n"
            "Course: improved with treatment. Follow up with the primary care office within two weeks."
        )
        chart.note("discharge", summary, local(end - between(rng, 0.2, 1.5) * HOUR))


def _visit(course: Course, visit: Visit, rng: Random) -> None:
    chart = course.chart
    text = (
        f"OFFICE VISIT\n\n{_who(course, visit.at)} seen for follow-up. Known: {_history(course)}.\n"
        f"{rng.choice(_COMFORT)} Exam: {rng.choice(_EXAM)}\nPlan: medicines reviewed. Return in three months."
    )
    chart.note("outpatient", text, local(visit.at + 25 * 60))
    sent = visit.at - between(rng, 2, 15) * DAY
    if rng.random() < 0.3 and sent > course.timeline.first:
        topic, words = rng.choice(_MESSAGES)
        chart.message(words, local(sent), subject=topic)
