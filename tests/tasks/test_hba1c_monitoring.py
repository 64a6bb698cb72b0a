"""The monitoring protocol as tables: goals, intervals to the day, what bars an order; near-misses on a server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.agents.scripted import NoopAgent, blind, oracle, shortcut
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.codes import ANALYTES
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE, Name, Person
from chartgym.tasks.checks import judge
from chartgym.tasks.hba1c_monitoring import gold
from chartgym.tasks.hba1c_monitoring.category import CATEGORY, policies
from chartgym.tasks.hba1c_monitoring.protocol import monitoring

from .plan_ward import ORDER_FAULTS, Ward, replaced, spoiled

NAME = "hba1c-monitoring"
RULES = monitoring().current
KINDS = frozenset(
    {"Observation", "ServiceRequest", "Encounter", "Condition", "Procedure", "MedicationRequest"}
)
FAULTS: Mapping[str, Any] = {
    **ORDER_FAULTS,
    "priority": "urgent",
    "reasonReference": [{"reference": "Condition/other"}],
}


def on(day: str, hour: int = 8) -> datetime:
    """An hour of a local day."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=TIME_ZONE)


def chart(
    value: float, day: str, *, diabetes: Literal["diabetes-1", "diabetes-2", ""] = "diabetes-2", **more: Any
) -> ChartBuilder:
    """The chart of somebody at home with one HbA1c and a visit ahead."""
    names, details = (Name("Ives", ("Ada",)),), {"hospital": "h1"}
    person = Person(0, "p1", "1001", names, "female", date(1960, 1, 1), details=details)
    builder = ChartBuilder(person, NOW, Random(0))
    builder.lab("hba1c", value, on(day), **more)
    if diabetes:
        builder.condition(diabetes, onset=on("2019-05-02"))
    builder.order_service("follow-up-visit", authored=on("2026-02-02"), occurrence=on("2026-03-20"))
    return builder


def decide(builder: ChartBuilder) -> gold.Decision:
    """The right course by the protocol in force."""
    return gold.decide(builder.resources, NOW, RULES)


@pytest.mark.parametrize(
    ("value", "relaxed", "day", "reason"),
    [
        (6.9, False, "2025-12-10", "not_due"),
        (7.0, False, "2025-12-10", None),
        (7.1, False, "2025-12-10", None),
        (7.9, True, "2025-12-10", "not_due"),
        (8.0, True, "2025-12-10", None),
        (8.1, True, "2025-12-10", None),
        (7.0, False, "2025-12-09", None),
        (7.0, False, "2025-12-11", "not_due"),
        (6.9, False, "2025-09-09", None),
        (6.9, False, "2025-09-10", None),
        (6.9, False, "2025-09-11", "not_due"),
        (7.9, True, "2025-09-10", None),
    ],
)
def test_goals_and_intervals_under_at_and_over(
    value: float, relaxed: bool, day: str, reason: str | None
) -> None:
    """Below the goal six months, else three; due on the day itself."""
    builder = chart(value, day)
    if relaxed:
        builder.condition("diabetes-2-hypoglycemia", onset=on("2025-01-05"))
    assert decide(builder).reason == reason


@pytest.mark.parametrize("problem", ["diabetes-2-hypoglycemia", "ckd-4", "ckd-5", "esrd"])
def test_each_listed_problem_raises_the_goal(problem: str) -> None:
    """Stage 3 is not among them."""
    builder = chart(7.5, "2025-11-20")
    builder.condition("ckd-3", onset=on("2024-01-05"))
    assert decide(builder).reason is None
    builder.condition(problem, onset=on("2024-06-05"))
    assert decide(builder).reason == "not_due"


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"verification": "entered-in-error"}, False),
        ({"verification": "refuted"}, False),
        ({"verification": "provisional"}, False),
        ({"clinical": "resolved", "abated": on("2024-02-02")}, False),
        ({"category": "encounter-diagnosis"}, False),
    ],
)
def test_diabetes_counts_on_the_problem_list_only(more: dict[str, Any], counts: bool) -> None:
    """Active and confirmed."""
    builder = chart(9.0, "2025-06-02", diabetes="")
    builder.condition("diabetes-2", onset=on("2020-03-03"), **more)
    builder.condition("long-term-insulin", onset=on("2020-03-03"))
    assert decide(builder).reason == (None if counts else "no_diabetes")


@pytest.mark.parametrize(("days", "bars"), [(89, True), (90, True), (91, False)])
@pytest.mark.parametrize("hour", [0, 23])
def test_a_transfusion_bars_for_ninety_calendar_days(days: int, hour: int, bars: bool) -> None:
    """The ninetieth day counts whole."""
    builder = chart(9.0, "2025-06-02")
    given_at = datetime.combine(NOW.date() - timedelta(days=days), NOW.time(), TIME_ZONE).replace(hour=hour)
    builder.procedure("red-cell-transfusion", given_at)
    assert decide(builder).reason == ("transfusion" if bars else None)


@pytest.mark.parametrize(
    ("name", "status"), [("red-cell-transfusion", "not-done"), ("platelet-transfusion", "completed")]
)
def test_what_is_no_red_cell_transfusion_bars_nothing(name: str, status: str) -> None:
    """One that was not done, and platelets."""
    builder = chart(9.0, "2025-06-02")
    builder.procedure(name, on("2026-03-01"), status=status)
    assert decide(builder).reason is None


@pytest.mark.parametrize(
    ("day", "status", "intent", "bars"),
    [
        ("2026-01-05", "active", "order", True),
        ("2025-06-01", "active", "order", False),
        ("2026-01-05", "draft", "order", False),
        ("2026-01-05", "revoked", "order", False),
        ("2026-01-05", "completed", "order", False),
        ("2026-01-05", "active", "plan", False),
    ],
)
def test_an_active_order_since_the_last_result_bars(day: str, status: str, intent: str, bars: bool) -> None:
    """Of any age, but not from before the result."""
    builder = chart(9.0, "2025-06-02")
    builder.order_service("hba1c", authored=on(day), status=status, intent=intent)
    assert decide(builder).reason == ("on_order" if bars else None)


@pytest.mark.parametrize(
    ("drug", "day", "status", "changed"),
    [
        ("empagliflozin", "2025-12-20", "active", True),
        ("metformin", "2025-12-20", "active", True),
        ("empagliflozin", "2025-11-19", "active", False),
        ("empagliflozin", "2025-12-20", "draft", False),
        ("empagliflozin", "2025-12-20", "stopped", False),
        ("insulin-glargine", "2025-12-20", "active", False),
        ("lisinopril", "2025-12-20", "active", False),
    ],
)
def test_a_listed_medicine_since_the_last_result_is_a_change(
    drug: str, day: str, status: str, changed: bool
) -> None:
    """At goal, four months ago: due only after a change of therapy."""
    builder = chart(6.4, "2025-11-20")
    builder.order_drug(drug, authored=on(day), status=status)
    assert decide(builder).reason == (None if changed else "not_due")


def test_the_first_reason_is_given() -> None:
    """In the order of the rules: diabetes, transfusion, order, date."""
    builder = chart(6.4, "2026-02-20", diabetes="")
    builder.order_service("hba1c", authored=on("2026-03-01"))
    builder.procedure("red-cell-transfusion", on("2026-03-01"))
    assert decide(builder).reason == "no_diabetes"
    builder.condition("diabetes-1", onset=on("2019-05-02"))
    assert decide(builder).reason == "transfusion"
    builder.drop("Procedure", "red-cell-transfusion")
    assert decide(builder).reason == "on_order"
    builder.drop("ServiceRequest", "hba1c")
    assert decide(builder).reason == "not_due"


@pytest.mark.parametrize("status", ["preliminary", "cancelled", "entered-in-error"])
def test_a_later_result_of_another_status_does_not_count(status: str) -> None:
    """Nor does a text, nor a note."""
    builder = chart(9.0, "2025-11-02")
    builder.lab("hba1c", 6.0, on("2026-01-10"), status=status)
    builder.lab("hba1c", "See comment", on("2026-01-11"))
    builder.note("outpatient", "HbA1c 6.1 % last week.", on("2026-01-12"))
    assert decide(builder).result.percent == Decimal("9.0")


@pytest.mark.parametrize(
    ("number", "percent"), [(42, "6.0"), (48, "6.5"), (51, "6.8"), (58, "7.5"), (66, "8.2"), (86, "10.0")]
)
def test_mmol_are_turned_to_percent(number: float, percent: str) -> None:
    """By the master equation, to one decimal."""
    assert decide(chart(number, "2025-11-02", unit="mmol/mol")).result.percent == Decimal(percent)


@pytest.mark.parametrize(("hour", "reason"), [(3, None), (4, "not_due")])
def test_the_day_is_the_local_one(hour: int, reason: str | None) -> None:
    """An hour before and at midnight in New York, written in UTC."""
    builder = chart(6.4, "2024-09-11")
    builder.lab("hba1c", 6.4, datetime(2025, 9, 11, hour, 0, tzinfo=UTC))
    assert decide(builder).reason == reason


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 9, 10), 6, date(2026, 3, 10)),
        (date(2025, 12, 31), 3, date(2026, 3, 31)),
    ],
)
def test_months_are_those_of_the_calendar(day: date, months: int, later: date) -> None:
    """The same day of the month, or its last one."""
    assert gold.months_after(day, months) == later


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 36))
def test_months_after_lands_in_the_right_month(day: date, months: int) -> None:
    """The month is right and the day is never later in it than it was."""
    later = gold.months_after(day, months)
    assert later.year * 12 + later.month == day.year * 12 + day.month + months
    assert later.day <= day.day
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_blood_is_drawn_tomorrow_or_at_the_next_visit() -> None:
    """A visit that was called off is none; on a stay the morning round is next."""
    builder = chart(9.0, "2025-06-02")
    builder.order_service(
        "follow-up-visit", authored=on("2026-02-01"), status="revoked", occurrence=on("2026-03-12")
    )
    assert decide(builder).draw == on("2026-03-20")
    builder.encounter("inpatient", on("2026-03-08"), None)
    assert decide(builder).draw == on("2026-03-11", 6)


def test_both_versions_are_documents() -> None:
    """The one in force and the superseded one differ in every limit."""
    old, new = policies()
    assert (old.status, new.status, old.number) == ("superseded", "current", new.number)
    for limit in ("below 7.0 %", "below 8.0 %", "due 6 calendar", "and 3 months", "last 90 days"):
        assert limit in new.text
        assert limit not in old.text


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The people of seed 1."""
    return Ward(NAME, policies(), KINDS)


def test_the_reference_passes_and_near_misses_fail(ward: Ward) -> None:
    """Of what the reference did, one thing changed, left out or doubled fails the task."""
    for task in (*ward.tasks["core"], *ward.tasks["dev"]):
        episode = ward.play(oracle(), task)
        assert episode.verdict().passed, (task.id, episode.error)
        assert episode.steps <= 20
        evidence = episode.evidence()
        for near in (*spoiled(evidence, FAULTS), *replaced(task, evidence, WRONG)):
            verdict = judge(CATEGORY, task, near)
            assert not verdict.passed, (task.id, near.answer)
            assert verdict.error is None


WRONG: dict[str, tuple[Any, Any]] = {
    "value": (5.5, 5.6),
    "time": ("2026-03-01T00:00:00-05:00", ""),
    "due": ("2026-03-09", "2026-03-12"),
    "reason": ("not_due", "on_order"),
    "status": ("ok", "no_action"),
}


@pytest.mark.parametrize("fault", sorted(CATEGORY.shortcuts()))
def test_a_fault_costs_tasks(ward: Ward, fault: str) -> None:
    """Each shortcut passes some and at most 60 % of the tasks of each suite."""
    for tasks in ward.tasks.values():
        passed = sum(ward.play(shortcut(fault), t).verdict().passed for t in tasks)
        assert 1 <= passed <= 0.6 * len(tasks)


@pytest.mark.parametrize("make", [blind, NoopAgent], ids=["blind", "noop"])
def test_nothing_is_passed_without_reading(ward: Ward, make: Any) -> None:
    """The prompt alone is never enough."""
    assert not [t.id for t in ward.tasks["core"] if ward.play(make(), t).verdict().passed]


def test_level_three_has_its_complications(ward: Ward) -> None:
    """A late result that does not count, a note that says otherwise, and the rules not in the prompt."""
    code = ANALYTES["hba1c"].code
    for task in ward.tasks["core"][20:]:
        rows = ward.source.chart(task.patients[0])
        results = [
            r
            for r in rows
            if r["resourceType"] == "Observation"
            and any(c["code"] == code for c in r["code"].get("coding", ()))
        ]
        last = max(results, key=lambda r: datetime.fromisoformat(r["effectiveDateTime"]))
        assert last["status"] in {"entered-in-error", "preliminary", "cancelled"}
        notes = [
            r["content"][0]["attachment"]["data"] for r in rows if r["resourceType"] == "DocumentReference"
        ]
        assert any("A1c " in base64.b64decode(n).decode() for n in notes)
        assert "E11.649" not in task.prompt
