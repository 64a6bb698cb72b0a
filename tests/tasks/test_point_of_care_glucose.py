"""The follow-up policy as tables: bands, trend, time, readings, standing orders; near-misses on a server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.agents.scripted import NoopAgent, blind, oracle, shortcut
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.codes import ANALYTES
from chartgym.fhir_server.cohort.plan import NOW, Name, Person, Stay
from chartgym.tasks.checks import judge
from chartgym.tasks.point_of_care_glucose import gold
from chartgym.tasks.point_of_care_glucose.category import CATEGORY, policies
from chartgym.tasks.point_of_care_glucose.protocol import followup

from .plan_ward import ORDER_FAULTS, Ward, replaced, spoiled

NAME = "point-of-care-glucose"
RULES = followup().current
KINDS = frozenset({"Observation", "ServiceRequest", "Encounter", "DocumentReference"})
FAULTS: Mapping[str, Any] = {
    **ORDER_FAULTS,
    "priority": "elective",
    "encounter": {"reference": "Encounter/other"},
}


def ago(minutes: float) -> datetime:
    """So many elapsed minutes before now."""
    return datetime.fromtimestamp(NOW.timestamp() - minutes * 60, NOW.tzinfo)


def chart(value: Any, before: Any = 150, minutes: float = 30, **more: Any) -> ChartBuilder:
    """A chart with two readings, the last one so many minutes ago."""
    stay = Stay("e1", NOW - timedelta(days=3), "ward", "5W", "5W-12A", "l1", "Pneumonia")
    names, details = (Name("Ives", ("Ada",)),), {"hospital": "h1"}
    person = Person(0, "p1", "1001", names, "female", NOW.date(), stay=stay, details=details)
    builder = ChartBuilder(person, NOW, Random(0))
    builder.lab("glucose-poc", before, ago(minutes + 240), issued=ago(minutes + 239))
    builder.lab("glucose-poc", value, ago(minutes), issued=ago(minutes - 1), **more)
    return builder


def decide(builder: ChartBuilder) -> gold.Decision:
    """The right course by the policy in force."""
    return gold.decide(builder.resources, NOW, RULES)


def placed(builder: ChartBuilder) -> list[tuple[str, str, float]]:
    """Service, priority and minutes from now of what is to be ordered."""
    return [
        (item.service, item.priority, (when - NOW) / timedelta(minutes=1))
        for item, when in decide(builder).orders
    ]


SEVERE = [("glucose-poc", "stat", 5.0), ("glucose", "stat", 0.0)]
LOW = [("glucose-poc", "urgent", 5.0)]
GUARD = [("glucose-poc", "asap", 50.0)]
HIGH = [("glucose-poc", "routine", 110.0), ("urinalysis", "urgent", 0.0)]
CRITICAL = [("glucose", "stat", 0.0), ("urinalysis", "stat", 0.0)]


@pytest.mark.parametrize(
    ("value", "orders"),
    [
        ("LO", SEVERE),
        (53, SEVERE),
        (54, LOW),
        (55, LOW),
        (69, LOW),
        (70, GUARD),
        (71, GUARD),
        (99, GUARD),
        (100, []),
        (101, []),
        (299, []),
        (300, HIGH),
        (301, HIGH),
        ("HI", CRITICAL),
    ],
)
def test_each_band_under_at_and_over_its_limits(value: Any, orders: list[Any]) -> None:
    """Ten minutes ago, falling from 150 where it is lower."""
    assert placed(chart(value, minutes=10)) == orders


@pytest.mark.parametrize(
    ("value", "before", "trend", "guarded"),
    [
        (90, 109, "steady", False),
        (90, 110, "falling", True),
        (90, 111, "falling", True),
        (90, 71, "steady", False),
        (90, 70, "rising", False),
        (90, 69, "rising", False),
        (90, "HI", "falling", True),
        (90, "LO", "rising", False),
        ("HI", "HI", "steady", False),
        ("LO", "LO", "steady", False),
        ("LO", 56, "falling", False),
        ("HI", 490, "rising", False),
    ],
)
def test_the_trend_turns_at_twenty(value: Any, before: Any, trend: str, guarded: bool) -> None:
    """HI and LO stand outside all numbers; only a falling reading from 70 to 99 is guarded."""
    decision = decide(chart(value, before, 10))
    assert decision.trend == trend
    assert [i.priority == "asap" for i, _ in decision.orders] == (
        [True] if guarded else [False] * len(decision.orders)
    )


@pytest.mark.parametrize(("minutes", "branch"), [(1439, "action"), (1440, "action"), (1441, "no_data")])
def test_a_reading_counts_for_a_day_of_elapsed_time(minutes: int, branch: str) -> None:
    """Exactly 24 hours ago is still within."""
    assert decide(chart(60, minutes=minutes)).branch == branch


@pytest.mark.parametrize(("minutes", "due"), [(14, 1.0), (15, 0.0), (16, 0.0), (600, 0.0)])
def test_a_time_that_is_past_becomes_now(minutes: int, due: float) -> None:
    """A recheck is due 15 minutes after the reading, never before now."""
    assert placed(chart(60, minutes=minutes)) == [("glucose-poc", "urgent", due)]


@pytest.mark.parametrize("status", ["preliminary", "cancelled", "entered-in-error", "registered"])
def test_a_later_entry_of_another_status_does_not_count(status: str) -> None:
    """Nor do serum glucose, texts other than HI and LO, and notes."""
    builder = chart(60)
    builder.lab("glucose-poc", 140, ago(10), status=status)
    builder.lab("glucose-poc", "See comment", ago(9))
    builder.lab("glucose", 150, ago(8))
    builder.note("nursing", "Fingerstick 145.", ago(5))
    assert decide(builder).reading.value == 60


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_a_later_recheck_ends_the_matter(status: str) -> None:
    """The recheck becomes the deciding reading."""
    builder = chart(60)
    builder.lab("glucose-poc", 110, ago(10), status=status)
    decision = decide(builder)
    assert (decision.branch, decision.reason, decision.trend) == ("no_action", "in_range", "rising")


@pytest.mark.parametrize(("first", "second"), [(84, 62), (62, 84)])
def test_of_a_tie_the_one_issued_later_counts(first: int, second: int) -> None:
    """Whatever their order in the chart; the other one is not the reading before."""
    builder = chart(150, 150)
    builder.lab("glucose-poc", second, ago(20), issued=ago(12))
    builder.lab("glucose-poc", first, ago(20), issued=ago(18))
    decision = decide(builder)
    assert (decision.reading.value, decision.trend) == (second, "falling")


def test_mmol_are_turned_to_mg() -> None:
    """3.4 mmol/L are 61.2 mg/dL and low, not severe."""
    decision = decide(chart(3.4, unit="mmol/L"))
    assert (decision.reading.value, [i.priority for i, _ in decision.orders]) == (61, ["urgent"])


@pytest.mark.parametrize(
    ("more", "there"),
    [
        ({}, True),
        ({"status": "revoked"}, False),
        ({"status": "on-hold"}, False),
        ({"status": "draft"}, False),
        ({"intent": "plan"}, False),
        ({"intent": "proposal"}, False),
    ],
)
def test_only_an_active_order_stands(more: dict[str, str], there: bool) -> None:
    """Another status or intent is no order."""
    builder = chart(60)
    status, intent = more.get("status", "active"), more.get("intent", "order")
    builder.order_service("glucose-poc", authored=ago(20), status=status, intent=intent)
    assert decide(builder).reason == ("on_order" if there else None)


@pytest.mark.parametrize(("minutes", "there"), [(31, False), (30, False), (29, True)])
def test_an_order_from_before_the_reading_does_not_stand(minutes: int, there: bool) -> None:
    """It was for the reading itself."""
    builder = chart(60)
    builder.order_service("glucose-poc", authored=ago(minutes))
    assert decide(builder).reason == ("on_order" if there else None)


def test_what_is_on_order_is_left_out() -> None:
    """One of two items remains; with both on order nothing does."""
    builder = chart(50, minutes=10)
    builder.order_service("glucose", authored=ago(8))
    assert placed(builder) == SEVERE[:1]
    builder.order_service("glucose-poc", authored=ago(7))
    assert decide(builder).reason == "on_order"


@given(st.integers(20, 500), st.integers(20, 500))
def test_readings_between_the_limits_call_for_nothing(value: int, before: int) -> None:
    """Something is ordered exactly below 70, from 300, or below 100 when falling by 20 or more."""
    wanted = value < 70 or value >= 300 or (value < 100 and before - value >= 20)
    assert bool(decide(chart(value, before)).orders) == wanted


def test_both_versions_are_documents() -> None:
    """The one in force and the superseded one differ in every limit."""
    old, new = policies()
    assert (old.status, new.status, old.number) == ("superseded", "current", new.number)
    for limit in (54, 70, 100, 300, 20, 24):
        assert f" {limit} " in new.text
    assert "Below 40 mg/dL" in old.text


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The people of seed 1."""
    return Ward(NAME, policies(), KINDS)


def test_the_reference_passes_and_near_misses_fail(ward: Ward) -> None:
    """Of what the reference wrote, one thing changed, left out or doubled fails the task."""
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
    "value": (1, 2),
    "time": ("2026-03-01T00:00:00-05:00", ""),
    "trend": ("rising", "steady"),
    "reading": ("HI", "LO"),
    "reason": ("in_range", "on_order"),
    "status": ("no_data", "ok"),
}


@pytest.mark.parametrize("fault", sorted(CATEGORY.shortcuts()))
def test_a_fault_costs_tasks(ward: Ward, fault: str) -> None:
    """Each shortcut passes some tasks, so that its fault alone is what fails it, and at most 60 % of each suite."""
    passed = {
        name: sum(ward.play(shortcut(fault), t).verdict().passed for t in tasks)
        for name, tasks in ward.tasks.items()
    }
    assert sum(passed.values()) >= 1
    assert all(passed[name] <= 0.6 * len(tasks) for name, tasks in ward.tasks.items())


@pytest.mark.parametrize("make", [blind, NoopAgent], ids=["blind", "noop"])
def test_nothing_is_passed_without_reading(ward: Ward, make: Any) -> None:
    """The prompt alone is never enough."""
    assert not [t.id for t in ward.tasks["core"] if ward.play(make(), t).verdict().passed]


def test_level_three_has_its_complications(ward: Ward) -> None:
    """More than two pages of entries, a late one that does not count, and the rules not in the prompt."""
    code = ANALYTES["glucose-poc"].code
    for task in ward.tasks["core"][20:]:
        rows = [
            r
            for r in ward.source.chart(task.patients[0])
            if r["resourceType"] == "Observation"
            and any(c["code"] == code for c in r["code"].get("coding", ()))
        ]
        last = max(rows, key=lambda r: datetime.fromisoformat(r["effectiveDateTime"]))
        assert len(rows) > 40
        assert last["status"] not in {"final", "amended", "corrected"}
        assert "Below 54" not in task.prompt


def test_the_documents_hold_the_rules(ward: Ward) -> None:
    """The policy on the server is the text that the prompts of level 1 give."""
    current = policies()[1]
    (document,) = [
        r
        for r in ward.source.hospital()
        if r["resourceType"] == "DocumentReference"
        and r["status"] == "current"
        and r["description"].startswith(current.title)
    ]
    text = base64.b64decode(document["content"][0]["attachment"]["data"]).decode()
    assert all(line in ward.tasks["core"][0].prompt for line in text.splitlines()[3:])
