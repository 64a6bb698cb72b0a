"""The flowsheet entry policy as tables: limits under, at and over; what counts; which rule comes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.plan import NOW, Name, Person, Stay
from chartgym.tasks.record_vital import gold
from chartgym.tasks.record_vital.category import policies
from chartgym.tasks.record_vital.protocol import UNIT_WORDS, policy, policy_text, rule_words

TAKEN = NOW.replace(hour=10, minute=0)


def chart() -> ChartBuilder:
    """An empty chart of somebody on a ward."""
    stay = Stay("e1", NOW - timedelta(days=3), "ward", "5W", "5W-12A", "l1", "Pneumonia")
    person = Person(
        0,
        "p1",
        "1001",
        (Name("Ives", ("Ada",)),),
        "female",
        NOW.date(),
        stay=stay,
        details={"hospital": "h1"},
    )
    return ChartBuilder(person, NOW, Random(0))


def decide(chart: ChartBuilder, vital: str, reading: float, taken: datetime = TAKEN) -> str | None:
    """The branch by the policy in force."""
    decision = gold.decide(gold.flowsheet(chart.resources, vital), vital, reading, taken, policy().current)
    return decision.branch if decision else None


@pytest.mark.parametrize(
    ("vital", "last", "reading", "branch"),
    [
        ("heart-rate", 80, 119, "action"),
        ("heart-rate", 80, 120, "action"),
        ("heart-rate", 80, 121, "jump"),
        ("heart-rate", 121, 80, "jump"),
        ("respiratory-rate", 16, 28, "action"),
        ("respiratory-rate", 16, 29, "jump"),
        ("spo2", 98, 90, "action"),
        ("spo2", 98, 89, "jump"),
        ("temperature", 36.6, 38.6, "action"),
        ("temperature", 36.6, 38.7, "jump"),
        ("weight", 79.4, 82.4, "action"),
        ("weight", 79.4, 82.5, "jump"),
        ("weight", 82.5, 79.4, "jump"),
    ],
)
def test_a_limit_itself_may_be_filed_and_more_may_not(
    vital: str, last: float, reading: float, branch: str
) -> None:
    """Under, at and over each limit, in both directions; two decimals never differ by a speck of binary."""
    sheet = chart()
    sheet.vital(vital, last, TAKEN - timedelta(hours=2))
    assert decide(sheet, vital, reading) == branch


def test_blood_pressure_is_judged_by_its_systolic_part() -> None:
    """The diastolic part may jump."""
    sheet = chart()
    sheet.vital("blood-pressure", (146, 40), TAKEN - timedelta(hours=2))
    assert (decide(sheet, "blood-pressure", 96), decide(sheet, "blood-pressure", 95)) == ("action", "jump")


@pytest.mark.parametrize(
    ("minutes", "branch"), [(-11, "action"), (-10, "charted"), (0, "charted"), (10, "charted"), (11, None)]
)
def test_what_stands_within_ten_minutes_is_charted(minutes: int, branch: str | None) -> None:
    """Both ends are included; an entry after the reading is nothing to compare it with."""
    sheet = chart()
    sheet.vital("heart-rate", 80, TAKEN + timedelta(minutes=minutes))
    assert decide(sheet, "heart-rate", 84) == branch


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled"])
def test_entries_that_are_not_valid_decide_nothing(status: str) -> None:
    """Neither as already charted nor as the last value."""
    sheet = chart()
    sheet.vital("heart-rate", 80, TAKEN - timedelta(hours=3))
    sheet.vital("heart-rate", 20, TAKEN - timedelta(hours=1), status=status)
    sheet.vital("heart-rate", 84, TAKEN, status=status)
    assert decide(sheet, "heart-rate", 84) == "action"


@pytest.mark.parametrize(
    ("vital", "value", "unit", "usual"),
    [
        ("temperature", 97.7, "[degF]", 36.5),
        ("temperature", 101.3, "[degF]", 38.5),
        ("weight", 175.9, "[lb_av]", 79.787),
    ],
)
def test_other_units_are_brought_to_the_usual_one(vital: str, value: float, unit: str, usual: float) -> None:
    """Fahrenheit and pounds in the chart are compared in Celsius and kilograms."""
    sheet = chart()
    sheet.vital(vital, value, TAKEN - timedelta(hours=1), unit=unit)
    assert gold.flowsheet(sheet.resources, vital)[0].value == pytest.approx(usual, abs=5e-4)


def test_the_last_two_days_are_compared_with_and_no_more() -> None:
    """An entry 48 hours old still counts; an older one leaves nothing to compare with."""
    near, far = chart(), chart()
    near.vital("heart-rate", 80, TAKEN - timedelta(hours=48))
    far.vital("heart-rate", 80, TAKEN - timedelta(hours=48, minutes=1))
    assert (decide(near, "heart-rate", 84), decide(far, "heart-rate", 84)) == ("action", None)


def test_words_of_prompt_and_document_carry_the_numbers_that_grade() -> None:
    """Each limit and the ten minutes stand in the rule and in the document of the version in force."""
    current = policy().current
    document = policy_text(policy().title, current)
    for vital, limit in current.limits.items():
        assert f"more than {limit.value:g} {UNIT_WORDS[limit.unit]}" in rule_words(current, vital)
        assert f"more than {limit.value:g} {UNIT_WORDS[limit.unit]}" in document
        assert f"within {current.charted_minutes} minutes" in rule_words(current, vital)
    assert [p.status for p in policies()] == ["superseded", "current"]
    assert policies()[0].text != policies()[1].text
