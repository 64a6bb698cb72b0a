"""Encounters: stays with their way through the house, and visits."""

from __future__ import annotations

from ..chance import between
from ..clock import HOUR, local
from ..hospital import house, ward_for
from ..plan import Json
from .life import Life
from .timeline import Admission, Visit, reason_text

_PURPOSES = {
    "annual": "Annual preventive visit",
    "anticoagulation": "Anticoagulation clinic",
    "chemotherapy": "Chemotherapy",
    "prenatal": "Prenatal visit",
    "postpartum": "Postpartum visit",
    "post-discharge": "Follow-up after hospital stay",
    "diabetes": "Diabetes follow-up",
    "dialysis": "Dialysis clinic",
    "acute": "Acute complaint",
    "oncology": "Oncology follow-up",
    "nadir-check": "Blood count after chemotherapy",
    "pre-operative": "Pre-operative visit",
    "post-operative": "Visit after surgery",
}


def write_encounters(life: Life) -> None:
    """Writes all encounters first, so that everything else can refer to them."""
    for stay in life.timeline.admissions:
        _write_stay(life, stay)
    for visit in life.timeline.visits:
        _write_visit(life, visit)


def _write_stay(life: Life, stay: Admission) -> None:
    chart, now = life.chart, life.last
    rng = life.stream(f"encounter/{stay.number}")
    end = None if stay.end is None else local(stay.end)
    chart.encounter(
        "inpatient",
        local(stay.start),
        end,
        reason=reason_text(stay),
        location=(stay.bed_id, stay.bed),
        encounter_id=stay.encounter_id,
        extra=_hospitalization(life, stay),
    )
    for start, stop in stay.intensive:
        unit = ward_for(f"{stay.reason} {reason_text(stay)}", icu=True)
        bed = rng.choice(house(life.plan.seed).beds_of(unit))
        going_on = stay.end is None and stop > now
        place = (stay.bed_id, stay.bed) if going_on else (bed.id, bed.name)
        over = local(stop) if stop <= now else None
        chart.encounter("icu", local(start), over, location=place, part_of=stay.encounter_id)


def _hospitalization(life: Life, stay: Admission) -> dict[str, Json] | None:
    """How the patient came and, where the stay is over, went."""
    rng = life.stream(f"way/{stay.number}")
    came = (
        "Home"
        if stay.planned
        else rng.choice(("Emergency department",) * 8 + ("Transfer from another hospital",))
    )
    hospitalization: dict[str, Json] = {"admitSource": {"text": came}}
    if stay.end is not None:
        died = life.person.deceased is not None and stay.end >= life.last
        age = life.body.age(stay.start)
        away = 0.12 + (0.25 if age > 78 else 0.0) + (0.35 if stay.reason in {"hip", "stroke"} else 0.0)
        went = "Expired" if died else "Home"
        if not died and rng.random() < away and stay.reason not in {"delivery", "preterm"}:
            went = rng.choice(
                ("Skilled nursing facility", "Home with home health services", "Inpatient rehabilitation")
            )
        hospitalization["dischargeDisposition"] = {"text": went}
    return {"hospitalization": hospitalization}


def _write_visit(life: Life, visit: Visit) -> None:
    about = _PURPOSES.get(visit.purpose, "Follow-up")
    hours = (3.0, 5.5) if visit.purpose == "chemotherapy" else (0.3, 0.8)
    minutes = between(life.stream(f"length/{int(visit.at)}"), *hours)
    life.chart.encounter(
        "office",
        local(visit.at),
        local(visit.at + minutes * HOUR),
        reason=about,
        encounter_id=visit.encounter_id,
    )
