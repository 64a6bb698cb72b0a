"""Magnesium by the written protocol: every threshold under, at and over, and what does not count."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.codes import DRUGS
from chartgym.fhir_server.cohort.dosing import dosage
from chartgym.fhir_server.cohort.plan import NOW, Name, Person, Stay
from chartgym.tasks.magnesium_replacement import gold, sealed
from chartgym.tasks.magnesium_replacement.category import KIND, policies
from chartgym.tasks.magnesium_replacement.protocol import PROTOCOL, document
from chartgym.tasks.magnesium_replacement.sealed import Decision

RULES = PROTOCOL.current
MORNING = NOW.replace(hour=5, minute=20)


def chart() -> ChartBuilder:
    """An empty chart of somebody in the hospital."""
    stay = Stay("e1", NOW - timedelta(days=3), "ward", "5W", "5W-12A", "l1", "Pneumonia")
    names, details = (Name("Ives", ("Ada",)),), {"hospital": "h1"}
    person = Person(0, "p1", "1001", names, "female", NOW.date(), stay=stay, details=details)
    return ChartBuilder(person, NOW, Random(0))


def decide(chart: ChartBuilder) -> Decision:
    """The right course by the protocol in force."""
    return gold.decide(chart.resources, NOW, RULES)


def said(decision: Decision) -> tuple[Any, ...]:
    """Drug, dose, hours to the recheck and its priority, whom to notify."""
    assert len(decision.drugs) == len(decision.rechecks) == 1
    drug, recheck = decision.drugs[0], decision.rechecks[0]
    wait = (recheck.at - NOW) / timedelta(hours=1)
    return drug.drug, drug.dose.value, drug.dose.unit, wait, recheck.priority, decision.notify


def single(chart: ChartBuilder, authored: datetime, **more: Any) -> None:
    """A one-time order of magnesium sulfate."""
    chart.order_drug("magnesium-sulfate-iv", authored=authored, **more)


TO_MORNING = 24 - 4 - 25 / 60
"""Hours from now to six o'clock tomorrow."""


@pytest.mark.parametrize(
    ("value", "course"),
    [
        (0.9, ("magnesium-sulfate-iv", 4, "g", 6, "urgent", "prescriber")),
        (1.0, ("magnesium-sulfate-iv", 4, "g", 10, "routine", "nobody")),
        (1.1, ("magnesium-sulfate-iv", 4, "g", 10, "routine", "nobody")),
        (1.2, ("magnesium-sulfate-iv", 4, "g", 10, "routine", "nobody")),
        (1.3, ("magnesium-oxide-oral", 400, "mg", TO_MORNING, "routine", "nobody")),
        (1.4, ("magnesium-oxide-oral", 400, "mg", TO_MORNING, "routine", "nobody")),
        (1.5, ("magnesium-oxide-oral", 400, "mg", TO_MORNING, "routine", "nobody")),
    ],
)
def test_each_tier_has_its_dose(value: float, course: tuple[Any, ...]) -> None:
    """Under, at and over each threshold of the dose table."""
    c = chart()
    c.lab("magnesium", value, MORNING)
    assert said(decide(c)) == pytest.approx(course)


@pytest.mark.parametrize("value", [1.6, 1.7, 2.0, 2.6, 5.0])
def test_a_normal_magnesium_is_left_alone(value: float) -> None:
    """From 1.6 mg/dL on nothing is ordered."""
    c = chart()
    c.lab("magnesium", value, MORNING)
    decision = decide(c)
    assert (decision.status, decision.reason, decision.branch) == ("no_action", "not_low", "no_action")


@pytest.mark.parametrize(("egfr", "grams"), [(29, 2), (30, 4), (31, 4)])
def test_weak_kidneys_halve_the_dose(egfr: float, grams: float) -> None:
    """Below an eGFR of 30, not at it; and the prescriber is told."""
    c = chart()
    c.lab("magnesium", 1.2, MORNING)
    c.lab("egfr", egfr, MORNING)
    decision = decide(c)
    assert decision.drugs[0].dose.value == grams
    assert decision.notify == ("prescriber" if egfr < 30 else "nobody")


@pytest.mark.parametrize(("hours", "counts"), [(167, True), (168, True), (168.1, False)])
def test_an_old_egfr_does_not_count(hours: float, counts: bool) -> None:
    """Elapsed hours, also across the change to daylight saving time."""
    c = chart()
    c.lab("magnesium", 1.2, MORNING)
    c.lab("egfr", 20, sealed.ago(NOW, hours))
    assert (decide(c).drugs[0].dose.value == 2) is counts


@pytest.mark.parametrize(
    ("potassium", "npo", "egfr", "drug"),
    [
        (3.4, False, 80, "magnesium-sulfate-iv"),
        (3.5, False, 80, "magnesium-oxide-oral"),
        (None, False, 80, "magnesium-oxide-oral"),
        (4.0, True, 80, "magnesium-sulfate-iv"),
        (4.0, False, 29, "magnesium-sulfate-iv"),
    ],
)
def test_the_route_of_a_mild_case(potassium: float | None, npo: bool, egfr: float, drug: str) -> None:
    """By mouth but with a low potassium, NPO, or weak kidneys."""
    c = chart()
    c.lab("magnesium", 1.4, MORNING)
    c.lab("egfr", egfr, MORNING)
    if potassium is not None:
        c.lab("potassium", potassium, MORNING)
    if npo:
        c.order_service("npo", authored=MORNING)
    assert decide(c).drugs[0].drug == drug


@pytest.mark.parametrize(
    ("hours", "status"), [(0, "ok"), (23.9, "ok"), (24, "ok"), (24.02, "no_data"), (-0.1, "no_data")]
)
def test_the_window_is_closed_at_both_ends(hours: float, status: str) -> None:
    """A specimen of exactly 24 hours ago counts; an older one, or one of the future, does not."""
    c = chart()
    c.lab("magnesium", 1.4, NOW - timedelta(days=2))
    c.lab("magnesium", 1.2, sealed.ago(NOW, hours))
    assert decide(c).status == status


@pytest.mark.parametrize(
    "late",
    [
        {"value": 2.1, "status": "preliminary"},
        {"value": 2.1, "status": "entered-in-error"},
        {"value": None, "status": "cancelled"},
        {"value": 2.1, "note": "Specimen hemolyzed; result may be falsely high."},
        {"value": 2.1, "note": "moderately haemolysed"},
        {"value": 2.1, "comparator": "<"},
        {"value": "see comment"},
    ],
)
def test_a_result_that_does_not_count_never_decides(late: dict[str, Any]) -> None:
    """The valid one before it does."""
    c = chart()
    c.lab("magnesium", 1.2, MORNING)
    c.lab("magnesium", at=MORNING + timedelta(hours=2), **late)
    decision = decide(c)
    assert decision.decided is not None
    assert (decision.status, decision.decided.value) == ("ok", 1.2)


@pytest.mark.parametrize("status", ["corrected", "amended"])
def test_a_corrected_result_counts(status: str) -> None:
    """Of two results of one specimen time the one issued later decides, whichever is written first."""
    for order in (1, -1):
        c = chart()
        rows = [(1.2, MORNING + timedelta(minutes=30), "final"), (1.9, MORNING + timedelta(hours=2), status)]
        for value, issued, state in rows[::order]:
            c.lab("magnesium", value, MORNING, issued=issued, status=state)
        assert decide(c).reason == "not_low"


@pytest.mark.parametrize(
    ("mmol", "value"), [(0.37, 0.9), (0.49, 1.2), (0.57, 1.4), (0.62, 1.5), (0.70, 1.7), (0.82, 2.0)]
)
def test_mmol_becomes_mg(mmol: float, value: float) -> None:
    """2.43 mg/dL a mmol/L, to one decimal."""
    c = chart()
    c.lab("magnesium", mmol, MORNING, unit="mmol/L")
    decided = decide(c).decided
    assert decided is not None
    assert decided.value == value


@pytest.mark.parametrize(
    ("what", "stops"),
    [
        ({}, True),
        ({"status": "draft"}, False),
        ({"status": "stopped"}, False),
        ({"status": "on-hold"}, False),
        ({"intent": "plan"}, False),
        ({"as_needed": True}, False),
        ({"authored": MORNING}, False),
        ({"authored": MORNING - timedelta(hours=3)}, False),
    ],
)
def test_what_counts_as_on_order(what: dict[str, Any], stops: bool) -> None:
    """Active, an order, authored after the specimen, and not as needed."""
    c = chart()
    c.lab("magnesium", 1.2, MORNING)
    single(c, **{"authored": MORNING + timedelta(hours=1), **what})
    assert (decide(c).reason == "on_order") is stops


def test_maintenance_is_no_replacement() -> None:
    """A daily magnesium oxide does not stand in the way; a single one does."""
    row = DRUGS["magnesium-oxide-oral"]
    for extra, stops in (({}, False), ({"dosageInstruction": [_once(dosage(row, 400, False))]}, True)):
        c = chart()
        c.lab("magnesium", 1.2, MORNING)
        c.order_drug("magnesium-oxide-oral", authored=MORNING + timedelta(hours=1), extra=extra)
        assert (decide(c).reason == "on_order") is stops


def _once(instruction: Resource) -> Resource:
    return instruction | {"timing": {"repeat": {"count": 1}}}


@pytest.mark.parametrize(
    ("what", "reason"),
    [("problem", "dialysis"), ("resolved", ""), ("done", "dialysis"), ("long-ago", ""), ("not-done", "")],
)
def test_dialysis_stops_everything(what: str, reason: str) -> None:
    """An active problem, or hemodialysis in the last week; nephrology is told."""
    c = chart()
    c.lab("magnesium", 0.9, MORNING)
    if what in {"problem", "resolved"}:
        c.condition(
            "dialysis-dependence",
            onset=NOW - timedelta(days=400),
            clinical="active" if what == "problem" else "resolved",
        )
    else:
        start = sealed.ago(NOW, 169 if what == "long-ago" else 40)
        c.procedure("hemodialysis", start, status="not-done" if what == "not-done" else "completed")
    decision = decide(c)
    assert decision.reason == reason
    assert decision.notify == ("nephrology" if reason else "prescriber")


@pytest.mark.parametrize(
    ("status", "minutes", "left_out"), [("active", 30, True), ("revoked", 30, False), ("active", -30, False)]
)
def test_a_recheck_on_order_is_not_ordered_twice(status: str, minutes: int, left_out: bool) -> None:
    """Only an active one since the specimen."""
    c = chart()
    c.lab("magnesium", 1.2, MORNING)
    c.order_service("magnesium", authored=MORNING + timedelta(minutes=minutes), status=status)
    c.order_service("basic-metabolic-panel", authored=MORNING + timedelta(minutes=40))
    assert (decide(c).rechecks == ()) is left_out


@given(
    st.sampled_from([0.4, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.4]),
    st.sampled_from([8, 25, 29, 30, 44, 90]),
    st.booleans(),
    st.sampled_from([2.9, 3.4, 3.5, 4.2]),
)
def test_no_order_is_ever_unsafe(value: float, egfr: float, npo: bool, potassium: float) -> None:
    """At most 4 g at 1 g/h, half of it below an eGFR of 30, nothing by mouth when NPO, nothing when normal."""
    c = chart()
    c.lab("magnesium", value, MORNING)
    c.lab("egfr", egfr, MORNING)
    c.lab("potassium", potassium, MORNING)
    if npo:
        c.order_service("npo", authored=MORNING)
    decision = decide(c)
    assert bool(decision.drugs) is (value < 1.6)
    for drug in decision.drugs:
        if drug.route == "oral":
            assert not npo
            assert egfr >= 30
        else:
            assert drug.rate is not None
            assert drug.rate.value <= 1
            assert drug.dose.value <= (2 if egfr < 30 else 4)


def test_the_text_is_made_from_the_numbers() -> None:
    """Every threshold and dose stands in the document of its version, and the versions differ."""
    current, old = (document(PROTOCOL, v) for v in PROTOCOL.versions)
    for words in (
        "below 1.6",
        "400 mg by mouth",
        "2 g IV",
        "4 g IV",
        "1 g/h",
        "below 30",
        "6 h after",
        "06:00",
    ):
        assert words in current
    assert "below 1.8" in old
    assert "in force since" not in old


def test_policies_hold_one_current_version() -> None:
    """The hospital has the version in force and the superseded one."""
    assert [p.status for p in policies()] == ["superseded", "current"]
    assert len({p.text for p in policies()}) == 2


def test_every_wording_names_patient_and_protocol() -> None:
    """At least five wordings."""
    assert len(KIND.wordings) >= 5
    assert all("{patient}" in w and "{rules}" in w for w in KIND.wordings.values())
