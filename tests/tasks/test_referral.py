"""The referral standard as tables: days under, at and over; which referrals and results count."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.plan import NOW, Name, Person
from chartgym.tasks.referral import gold
from chartgym.tasks.referral.category import SYNONYMS, policies
from chartgym.tasks.referral.protocol import rules, standard

TWO = ("tsh", "free-t4")


def chart(days: int = 5) -> ChartBuilder:
    """A chart with both results of some days ago."""
    names, details = (Name("Ives", ("Ada",)),), {"hospital": "h1"}
    builder = ChartBuilder(
        Person(0, "p1", "1001", names, "female", NOW.date(), details=details), NOW, Random(0)
    )
    builder.lab("tsh", 9.4, ago(days))
    builder.lab("free-t4", 0.7, ago(days))
    return builder


def ago(days: int, hour: int = 6) -> datetime:
    """An hour of the day so many calendar days ago."""
    return (NOW - timedelta(days=days)).replace(hour=hour, minute=0)


def branch(builder: ChartBuilder) -> str:
    """What the standard in force says of a referral to endocrinology."""
    return gold.decide(builder.resources, "endocrinology", TWO, NOW, standard().current).branch


@pytest.mark.parametrize(("days", "expected"), [(29, "no_action"), (30, "no_action"), (31, "action")])
@pytest.mark.parametrize("hour", [0, 23])
def test_thirty_calendar_days_bar_whatever_the_hour(days: int, hour: int, expected: str) -> None:
    """The thirtieth day counts whole, the thirty-first not at all."""
    builder = chart()
    builder.order_service("referral-endocrinology", authored=ago(days, hour))
    assert branch(builder) == expected


@pytest.mark.parametrize(("days", "expected"), [(89, "action"), (90, "action"), (91, "no_data")])
def test_a_result_may_be_ninety_days_old(days: int, expected: str) -> None:
    """The first result decides whether there is anything to refer with."""
    assert branch(chart(days)) == expected


@pytest.mark.parametrize(
    ("service", "status", "intent"),
    [
        ("referral-endocrinology", "revoked", "order"),
        ("referral-endocrinology", "completed", "order"),
        ("referral-endocrinology", "draft", "order"),
        ("referral-endocrinology", "on-hold", "order"),
        ("referral-endocrinology", "entered-in-error", "order"),
        ("referral-endocrinology", "active", "plan"),
        ("referral-endocrinology", "active", "proposal"),
        ("referral-cardiology", "active", "order"),
    ],
)
def test_what_is_closed_planned_or_elsewhere_does_not_bar(service: str, status: str, intent: str) -> None:
    """Only an active order to the same specialty is on its way."""
    builder = chart()
    builder.order_service(service, authored=ago(3), status=status, intent=intent)
    assert branch(builder) == "action"


@pytest.mark.parametrize("status", ["preliminary", "cancelled", "entered-in-error"])
def test_the_last_result_that_counts_is_carried(status: str) -> None:
    """A later result that does not count is passed over; a corrected one counts."""
    builder = chart()
    builder.lab("tsh", 2.0, ago(1), status=status)
    found = gold.last_result(builder.resources, "tsh")
    assert found is not None
    assert found.value == 9.4
    builder.lab("tsh", 8.1, ago(2), status="corrected")
    corrected = gold.last_result(builder.resources, "tsh")
    assert corrected is not None
    assert corrected.value == 8.1


def test_of_two_results_of_one_time_the_later_issued_counts() -> None:
    """A tie in time of collection is broken by the time of release."""
    builder = chart()
    builder.lab("tsh", 5.0, ago(1), issued=ago(1, 9))
    builder.lab("tsh", 6.0, ago(1), issued=ago(1, 8))
    found = gold.last_result(builder.resources, "tsh")
    assert found is not None
    assert found.value == 5.0


def test_the_newest_of_several_referrals_is_told() -> None:
    """The answer names the one authored last."""
    builder = chart()
    for days in (20, 4, 12):
        builder.order_service("referral-endocrinology", authored=ago(days))
    decision = gold.decide(builder.resources, "endocrinology", TWO, NOW, standard().current)
    assert decision.referral == ago(4).isoformat()


def test_words_of_prompt_and_document_carry_the_numbers_that_grade() -> None:
    """The intervals of the version in force stand in its rules; the superseded version tells others."""
    current = standard().current
    said = " ".join(rules(current))
    assert f"last {current.repeat_days} days" in said
    assert f"last {current.result_days} days" in said
    old, new = policies()
    assert (old.status, new.status) == ("superseded", "current")
    assert all(rule in new.text and rule not in old.text for rule in rules(current)[1:])


def test_every_fact_has_a_name_for_the_note() -> None:
    """A referral's note may carry each result of the deck by a usual name."""
    assert all(names and all(names) for names in SYNONYMS.values())
