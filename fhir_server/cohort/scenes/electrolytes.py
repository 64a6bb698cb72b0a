"""Low potassiums and magnesiums on the wards this morning, with what stands in the way of replacing them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from math import exp
from random import Random
from typing import Any

import msgspec

from ...backend import Resource
from ..builder import ChartBuilder
from ..codes import ANALYTES, DRUGS
from ..dosing import dosage
from ..plan import Json, Person, Placement, Plan
from .electrolytes_deck import CORE, DEV, Row

TOPIC = "electrolytes"

_NAMES = {"k": "potassium", "m": "magnesium"}
_ORAL = {"k": "potassium-chloride-oral", "m": "magnesium-oxide-oral"}
_IV = {"k": "potassium-chloride-iv", "m": "magnesium-sulfate-iv"}
_DOSES = {"potassium-chloride-oral": 20, "potassium-chloride-iv": 20, "magnesium-oxide-oral": 400}
_MMOL_A_MG = 0.4114
"""Millimoles a litre in one mg/dL of magnesium."""
_DIETS = ("diet-regular", "diet-diabetic", "diet-renal")


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals the rows to inpatients: kidney rows to the people whose kidneys are like that, as far as they go."""
    placements: list[Placement] = []
    for split, rows in (("core", CORE), ("dev", DEV)):
        people = [p for p in plan.charts if p.split == split and _may_play(p, plan.now)]
        rng.shuffle(people)
        placements += _deal(people, rows)
    return placements


def _may_play(person: Person, now: datetime) -> bool:
    early = now - timedelta(hours=30)
    return person.stay is not None and person.deceased is None and person.stay.admitted <= early


def _deal(people: Sequence[Person], rows: Sequence[Row]) -> Iterable[Placement]:
    dialysis = [p for p in people if "dialysis" in p.traits]
    renal = sorted((p for p in people if p not in dialysis and p.egfr < 40), key=lambda p: p.egfr)
    others = [p for p in people if p not in dialysis and p not in renal]
    for row in rows:
        if row.get("dialysis") in {"problem", "procedure"}:
            order = (dialysis, renal, others)
        elif (row.get("egfr") or 90) < 30:
            order = (renal, others)
        else:
            order = (others,)
        deck = next((d for d in order if d), None)
        if deck:
            person = deck.pop(0)
            yield Placement(
                TOPIC, str(row["name"]), person.index, {k: v for k, v in row.items() if k != "name"}
            )


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes this morning's results, orders and notes over what the base course has."""
    row = placement.details
    morning = _morning(chart, rng)
    _clear(chart)
    _kidneys(row, chart, morning, rng)
    _diet(row, chart, rng)
    _dialysis(row, chart)
    if row.get("intolerance"):
        recorded = chart.now - timedelta(days=rng.randint(200, 900))
        reaction = "Vomiting after oral tablets"
        chart.allergy("potassium-chloride", recorded=recorded, reaction=reaction, kind="intolerance")
    for key in ("k", "m"):
        _electrolyte(key, row[key], chart, morning, rng)
    if row.get("blood") and not chart.find("Observation", "potassium-blood", chart.now - timedelta(days=1)):
        chart.lab("potassium-blood", row["blood"], _today(chart.now, 8, 12))
    if row.get("note"):
        _notes(row, chart, rng)


def _morning(chart: ChartBuilder, rng: Random) -> datetime:
    """When blood was drawn this morning, so that what is planted belongs to that draw; else some time before seven."""
    early, late = _today(chart.now, 3, 50), _today(chart.now, 6, 59)
    drawn = chart.find("Observation", "sodium", early, late)
    if drawn:
        return datetime.fromisoformat(drawn[-1]["effectiveDateTime"])
    return _today(chart.now, rng.randint(4, 6), rng.randint(2, 57))


def _today(now: datetime, hour: int, minute: int) -> datetime:
    return now.replace(hour=hour, minute=minute, second=0)


def _clear(chart: ChartBuilder) -> None:
    """Takes back what the base course has ordered and given of the two electrolytes since the day before yesterday."""
    since = chart.now - timedelta(hours=48)
    for name in (*_ORAL.values(), *_IV.values()):
        chart.drop("MedicationAdministration", name, since)
        chart.drop("MedicationRequest", name, since)
    for name in _NAMES.values():
        chart.drop("ServiceRequest", name, since)
    chart.drop("ServiceRequest", "npo", chart.now - timedelta(days=60))
    for allergy in chart.find("AllergyIntolerance", "potassium-chloride"):
        chart.drop_id("AllergyIntolerance", allergy["id"])


def _electrolyte(
    key: str, side: dict[str, Json], chart: ChartBuilder, morning: datetime, rng: Random
) -> None:
    name, unit, now = _NAMES[key], side.get("unit"), chart.now
    at = {
        "morning": morning,
        "edge": now - timedelta(hours=24),
        "old": now - timedelta(hours=24, minutes=25),
    }[side.get("when", "morning")]
    if side.get("when"):
        before = at - timedelta(hours=10, minutes=rng.randint(0, 50))
    else:
        before = (now - timedelta(days=1)).replace(hour=rng.randint(17, 19), minute=rng.randint(0, 59))
    earlier = side["before"]
    if earlier in {3.9, 1.9}:  # a plain normal value: any will do, and not the same in everybody
        earlier = round(earlier + rng.randint(-2, 4) / 10, 1)
    _lead_up(chart, name, before, earlier, unit)
    chart.lab(name, earlier, before, unit=unit)
    chart.lab(name, side["value"], at, unit=unit)
    if side.get("late"):
        _late(name, side, chart, _today(now, 8, rng.randint(2, 50)))
    if side.get("order"):
        _order(key, side, chart, (before, at), rng)
    if side.get("recheck"):
        authored = at + timedelta(minutes=rng.randint(70, 110))
        tomorrow = (now + timedelta(days=1)).replace(hour=5, minute=0, second=0)
        chart.order_service(name, authored=authored, status=side["recheck"], occurrence=tomorrow)


def _lead_up(chart: ChartBuilder, name: str, until: datetime, value: float, unit: str | None) -> None:
    """Lets the course's own results lead to a value: later ones are taken back, earlier ones bend towards it."""
    row = ANALYTES[name]
    value = value / _MMOL_A_MG if unit == "mmol/L" and row.unit == "mg/dL" else value
    own = chart.find("Observation", name, chart.now - timedelta(days=4))
    times = {r["id"]: datetime.fromisoformat(r["effectiveDateTime"]) for r in own}
    earlier = [r for r in own if times[r["id"]] < until - timedelta(hours=1) and "valueQuantity" in r]
    for result in own:
        if result not in earlier:
            chart.drop_id("Observation", result["id"])
    if not earlier:
        return
    last = max(earlier, key=lambda r: times[r["id"]])
    gap = value - last["valueQuantity"]["value"]
    for result in earlier:
        hours = (until - times[result["id"]]).total_seconds() / 3600
        bent = result["valueQuantity"]["value"] + gap * exp(-hours / 22)
        chart.revalue(result, name, bent)


def _late(name: str, side: dict[str, Json], chart: ChartBuilder, at: datetime) -> None:
    """A result after the one that counts, which itself does not."""
    kind, value, unit = side["late"], side["late_value"], side.get("unit")
    if kind == "hemolyzed":
        chart.lab(name, value, at, unit=unit, note="Specimen hemolyzed; result may be falsely high.")
    elif kind == "preliminary":
        chart.lab(name, value, at, unit=unit, status="preliminary")
    elif kind == "error":
        chart.lab(name, value, at, unit=unit, status="entered-in-error", note="Filed to the wrong patient.")
    else:
        chart.lab(
            name, None, at, status="cancelled", absent="not-performed", note="Tube lost; please resend."
        )


def _order(
    key: str, side: dict[str, Json], chart: ChartBuilder, drawn: tuple[datetime, datetime], rng: Random
) -> None:
    """A replacement order: one that is in force for this specimen, or one that only looks so."""
    kind, (before, at) = str(side["order"]), drawn
    drug = (_IV if side.get("order_iv") else _ORAL)[key]
    dose = float(_DOSES.get(drug, DRUGS[drug].dose))
    authored = at + timedelta(minutes=rng.randint(80, 120))
    once = [dosage(msgspec.structs.replace(DRUGS[drug], timing="once"), dose, kind == "prn")]
    single: dict[str, Any] = {"dosageInstruction": once}
    if kind == "maintenance":
        chart.order_drug(_ORAL[key], authored=authored)
    elif kind == "earlier":
        chart.order_drug(drug, authored=before + timedelta(hours=1), dose=dose, extra=single)
    else:
        status = "active" if kind == "prn" else kind
        chart.order_drug(drug, authored=authored, dose=dose, status=status, extra=single)


def _diet(row: Row, chart: ChartBuilder, rng: Random) -> None:
    if not row.get("npo"):
        return
    authored = (chart.now - timedelta(days=1)).replace(hour=21, minute=rng.randint(0, 59), second=0)
    if row["npo"] == "active":
        for diet in _DIETS:
            for order in chart.find("ServiceRequest", diet, chart.now - timedelta(days=60)):
                if order["status"] == "active":
                    order["status"] = "on-hold"
    chart.order_service("npo", authored=authored, status=row["npo"], reason="Procedure today")


def _dialysis(row: Row, chart: ChartBuilder) -> None:
    kind, now = row.get("dialysis"), chart.now
    if kind == "problem" and not chart.find("Condition", "dialysis-dependence"):
        chart.condition("dialysis-dependence", onset=now - timedelta(days=700))
    if kind == "procedure":
        start = (now - timedelta(days=2)).replace(hour=13, minute=10, second=0)
        chart.procedure("hemodialysis", start, end=start + timedelta(hours=3, minutes=30))
    if kind == "past":
        start = (now - timedelta(days=40)).replace(hour=9, minute=5, second=0)
        chart.procedure("hemodialysis", start, end=start + timedelta(hours=3, minutes=30))


def _kidneys(row: Row, chart: ChartBuilder, morning: datetime, rng: Random) -> None:
    """Makes the eGFR of the last week what the row says; where it says nothing, well away from 30."""
    wanted = row.get("egfr")
    own = _own_kidneys(chart)
    if wanted is None and own and min(r["valueQuantity"]["value"] for r in own) >= 40:
        return
    value = wanted if wanted is not None else max(int(chart.person.egfr), 46)
    acute = value < 30 and chart.person.egfr >= 40
    _bend_kidneys(chart, own, value, acute=acute)
    if not own or datetime.fromisoformat(own[-1]["effectiveDateTime"]) < chart.now - timedelta(hours=14):
        chart.lab("creatinine", _creatinine(value, chart.person, morning.date()), morning)
        chart.lab("egfr", value, morning)
    if acute:
        stay = chart.person.stay
        assert stay is not None
        began = chart.now - timedelta(days=2, hours=rng.randint(1, 9))
        chart.condition(
            "acute-kidney-injury", onset=max(began, stay.admitted), category="encounter-diagnosis"
        )
    if row.get("egfr_error"):
        at = _today(chart.now, 8, 31)
        chart.lab(
            "egfr", row["egfr_error"], at, status="entered-in-error", note="Filed to the wrong patient."
        )


def _own_kidneys(chart: ChartBuilder) -> list[Resource]:
    """The course's eGFRs of the last eight days, in order; those without a plain number are taken back."""
    own: list[Resource] = []
    for result in chart.find("Observation", "egfr", chart.now - timedelta(days=8)):
        if result["status"] == "final" and "comparator" not in result.get(
            "valueQuantity", {"comparator": ""}
        ):
            own.append(result)
        else:
            chart.drop_id("Observation", result["id"])
    return sorted(own, key=lambda r: datetime.fromisoformat(r["effectiveDateTime"]))


def _bend_kidneys(chart: ChartBuilder, own: Sequence[Resource], value: int, *, acute: bool) -> None:
    """Bends eGFR, creatinine and urea nitrogen of the last days so that they end at an eGFR.

    A kidney that fails now gets there within two days; else all results move by the same share.
    """
    if not own:
        return
    last = datetime.fromisoformat(own[-1]["effectiveDateTime"])
    share = value / own[-1]["valueQuantity"]["value"]
    for result in own:
        at, old = datetime.fromisoformat(result["effectiveDateTime"]), result["valueQuantity"]["value"]
        near = exp(-(last - at).total_seconds() / 3600 / 40) if acute else 1.0
        new = value if at == last else max(round(old * share**near), 5)
        if value >= 40:
            new = max(new, 41)
        chart.revalue(result, "egfr", new)
        for name, size in (("creatinine", None), ("bun", (old / new) ** 0.6)):
            for other in chart.find("Observation", name, at, at):
                number = other.get("valueQuantity", {}).get("value")
                if number is not None:
                    changed = (
                        _creatinine(new, chart.person, at.date()) if size is None else round(number * size)
                    )
                    chart.revalue(other, name, changed)


def _creatinine(egfr: float, person: Person, day: date) -> float:
    """The creatinine (mg/dL) that gives this eGFR by the CKD-EPI equation of 2021, for values above its knot."""
    female = person.gender == "female"
    age = (day - person.birth_date).days / 365.25
    knot = 0.7 if female else 0.9
    ratio = 142 * 0.9938**age * (1.012 if female else 1) / egfr
    return max(round(knot * ratio ** (1 / 1.2), 2), 0.5)


def _notes(row: Row, chart: ChartBuilder, rng: Random) -> None:
    """A note of this morning that says something else than the results and orders do."""
    potassium = rng.choice(("4.1", "3.9", "4.3"))
    magnesium = rng.choice(("2.0", "1.9", "2.1"))
    last = {
        "active": "Patient asks for breakfast, diet as tolerated.",
        None: "Kept NPO overnight per report.",
    }.get(row.get("npo"), "Ate half of breakfast.")
    kidneys = "Kidney function at baseline, no dose changes needed. " if row.get("egfr") else ""
    opening = rng.choice(
        (
            f"Electrolytes on rounds: K {potassium}, Mg {magnesium} per verbal report from the lab, both fine.",
            f"Seen at the bedside. Phone report from the laboratory: potassium {potassium}, magnesium {magnesium}.",
            f"No events overnight. Lytes fine per sign-out (K {potassium}, Mg {magnesium}).",
            f"Feels better today. Per the night team K was {potassium} and Mg {magnesium}, nothing to do.",
            f"Handed over with normal electrolytes, K {potassium} / Mg {magnesium}.",
        )
    )
    replaced = rng.choice(
        (
            "Told that potassium and magnesium were already replaced overnight.",
            "Night nurse believes that both were repleted before midnight.",
            "Replacement said to have been given already.",
        )
    )
    text = f"{opening} {kidneys}{replaced} {last}"
    chart.note("progress", text, _today(chart.now, 7, rng.randint(5, 55)))
