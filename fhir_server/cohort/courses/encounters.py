"""Encounters: stays with their parts in an ICU, and visits."""

from __future__ import annotations

from ..clock import HOUR, local
from ..codes import CONDITIONS
from ..hospital import ICUS, house
from .context import Course
from .timeline import reason_text


def write_encounters(course: Course) -> None:
    """Writes all encounters first, so that everything else can refer to them."""
    rng = course.stream("encounters")
    chart, now = course.chart, course.now
    for stay in course.timeline.admissions:
        end = None if stay.end is None else local(stay.end)
        chart.encounter(
            "inpatient",
            local(stay.start),
            end,
            reason=reason_text(stay),
            location=(stay.bed_id, stay.bed),
            encounter_id=stay.encounter_id,
            extra={"hospitalization": {"dischargeDisposition": {"text": "Home"}}} if end else None,
        )
        for start, stop in stay.intensive:
            bed = rng.choice([b for b in house(course.plan.seed).beds if b.ward in ICUS])
            place = (stay.bed_id, stay.bed) if stay.end is None and stop > now else (bed.id, bed.name)
            over = local(stop) if stop <= now else None
            chart.encounter("icu", local(start), over, location=place, part_of=stay.encounter_id)
    traits = [CONDITIONS[t].text for t in sorted(course.person.traits) if t in CONDITIONS]
    for visit in course.timeline.visits:
        about = rng.choice(traits) if traits else "Routine follow-up"
        chart.encounter("office", local(visit.at), local(visit.at + 0.6 * HOUR), reason=about)
