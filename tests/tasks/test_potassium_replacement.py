"""Potassium by the written protocol: every threshold under, at and over, magnesium first, and what stops it."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.plan import NOW, Name, Person, Stay
from chartgym.tasks.magnesium_replacement import sealed
from chartgym.tasks.magnesium_replacement.protocol import document
from chartgym.tasks.magnesium_replacement.sealed import Decision
from chartgym.tasks.potassium_replacement import gold
from chartgym.tasks.potassium_replacement.category import KIND, policies
from chartgym.tasks.potassium_replacement.reference import PROTOCOL

RULES = PROTOCOL.current
MORNING = NOW.replace(hour=5, minute=20)
ORAL, IV, MG = "potassium-chloride-oral", "potassium-chloride-iv", "magnesium-sulfate-iv"
TO_MORNING = 24 - 4 - 25 / 60
"""Hours from now to six o'clock tomorrow."""


def chart(potassium: float | None = None) -> ChartBuilder:
    """The chart of somebody in the hospital, empty but for this morning's potassium."""
    stay = Stay("e1", NOW - timedelta(days=3), "ward", "5W", "5W-12A", "l1", "Pneumonia")
    names, details = (Name("Ives", ("Ada",)),), {"hospital": "h1"}
    person = Person(0, "p1", "1001", names, "female", NOW.date(), stay=stay, details=details)
    made = ChartBuilder(person, NOW, Random(0))
    if potassium is not None:
        made.lab("potassium", potassium, MORNING)
    return made


def decide(chart: ChartBuilder) -> Decision:
    """The right course by the protocol in force."""
    return gold.decide(chart.resources, NOW, RULES)


def drugs(decision: Decision) -> list[tuple[str, float]]:
    """What is to be given."""
    return [(d.drug, d.dose.value) for d in decision.drugs]


def looked_at_again(decision: Decision) -> dict[str, tuple[float, str]]:
    """What is to be measured again, in how many hours, how urgently."""
    return {r.service: ((r.at - NOW) / timedelta(hours=1), r.priority) for r in decision.rechecks}


@pytest.mark.parametrize(
    ("value", "drug", "dose", "recheck", "notify"),
    [
        (2.4, IV, 40, (5, "urgent"), "prescriber"),
        (2.5, IV, 40, (5, "urgent"), "nobody"),
        (2.6, IV, 40, (5, "urgent"), "nobody"),
        (2.9, IV, 40, (5, "urgent"), "nobody"),
        (3.0, ORAL, 40, (TO_MORNING, "routine"), "nobody"),
        (3.1, ORAL, 40, (TO_MORNING, "routine"), "nobody"),
        (3.2, ORAL, 40, (TO_MORNING, "routine"), "nobody"),
        (3.3, ORAL, 20, (TO_MORNING, "routine"), "nobody"),
        (3.4, ORAL, 20, (TO_MORNING, "routine"), "nobody"),
    ],
)
def test_each_tier_has_its_dose(
    value: float, drug: str, dose: float, recheck: tuple[float, str], notify: str
) -> None:
    """Under, at and over each threshold of the dose table."""
    decision = decide(chart(value))
    assert drugs(decision) == [(drug, dose)]
    assert looked_at_again(decision) == {"potassium": pytest.approx(recheck)}
    assert decision.notify == notify


@pytest.mark.parametrize("value", [3.5, 3.6, 4.4, 6.1])
def test_a_normal_potassium_is_left_alone(value: float) -> None:
    """From 3.5 mmol/L on nothing is ordered, not even magnesium."""
    c = chart(value)
    c.lab("magnesium", 1.1, MORNING)
    decision = decide(c)
    assert (decision.status, decision.reason, decision.branch) == ("no_action", "not_low", "no_action")


@pytest.mark.parametrize(
    ("value", "hours"), [(3.4, 2 + 2), (3.3, 2 + 2), (3.2, 4 + 2), (3.0, 4 + 2), (2.9, 4 + 1)]
)
@pytest.mark.parametrize("why", ["npo", "intolerance"])
def test_by_mouth_ruled_out(why: str, value: float, hours: float) -> None:
    """NPO or an intolerance means intravenous at 10 mEq/h, and the recheck follows the end of the infusion."""
    c = chart(value)
    if why == "npo":
        c.order_service("npo", authored=MORNING)
    else:
        c.allergy("potassium-chloride", recorded=NOW - timedelta(days=300))
    decision = decide(c)
    assert drugs(decision) == [(IV, 20 if value >= 3.3 else 40)]
    assert decision.drugs[0].rate is not None
    assert (decision.drugs[0].rate.value, decision.drugs[0].rate.unit) == (10, "meq/h")
    assert looked_at_again(decision)["potassium"][0] == pytest.approx(hours)


def test_an_npo_order_that_is_over_rules_nothing_out() -> None:
    """Revoked, completed or on hold it does not count; nor does an inactive intolerance."""
    for status in ("revoked", "completed", "on-hold"):
        c = chart(3.2)
        c.order_service("npo", authored=MORNING, status=status)
        c.allergy("potassium-chloride", recorded=NOW - timedelta(days=300), status="inactive")
        assert drugs(decide(c)) == [(ORAL, 40)]


@pytest.mark.parametrize(("egfr", "share"), [(29, 0.5), (30, 1), (31, 1)])
@pytest.mark.parametrize(("value", "dose"), [(3.4, 20), (3.1, 40), (2.8, 40)])
def test_weak_kidneys_halve_every_dose(value: float, dose: float, egfr: float, share: float) -> None:
    """Below an eGFR of 30, not at it; and the prescriber is told."""
    c = chart(value)
    c.lab("egfr", egfr, MORNING)
    decision = decide(c)
    assert decision.drugs[0].dose.value == dose * share
    assert decision.notify == ("prescriber" if share < 1 else "nobody")


@pytest.mark.parametrize(
    ("potassium", "magnesium", "given_", "looked_at"),
    [
        (3.2, 1.6, [(ORAL, 40)], {"potassium": TO_MORNING}),
        (3.2, 1.5, [(MG, 2)], {"magnesium": 8, "potassium": 8}),
        (3.2, 1.3, [(MG, 2)], {"magnesium": 8, "potassium": 8}),
        (3.2, 1.2, [(MG, 4)], {"magnesium": 10, "potassium": 10}),
        (3.0, 1.4, [(MG, 2)], {"magnesium": 8, "potassium": 8}),
        (2.9, 1.4, [(MG, 2), (IV, 40)], {"magnesium": 8, "potassium": 5}),
        (2.4, 0.9, [(MG, 4), (IV, 40)], {"magnesium": 10, "potassium": 5}),
    ],
)
def test_magnesium_first(
    potassium: float, magnesium: float, given_: list[tuple[str, float]], looked_at: dict[str, float]
) -> None:
    """A low magnesium goes first; the potassium waits from 3.0 on and goes along below."""
    c = chart(potassium)
    c.lab("magnesium", magnesium, MORNING)
    decision = decide(c)
    assert drugs(decision) == given_
    assert {k: pytest.approx(v[0]) for k, v in looked_at_again(decision).items()} == looked_at


def test_magnesium_on_order_lets_the_potassium_go() -> None:
    """Then only the potassium is ordered."""
    c = chart(3.2)
    c.lab("magnesium", 1.4, MORNING)
    c.order_drug(MG, authored=MORNING + timedelta(hours=1))
    assert drugs(decide(c)) == [(ORAL, 40)]


def test_weak_kidneys_halve_the_magnesium_too() -> None:
    """One gram instead of two, and the recheck an hour earlier."""
    c = chart(3.2)
    c.lab("magnesium", 1.4, MORNING)
    c.lab("egfr", 21, MORNING)
    decision = decide(c)
    assert drugs(decision) == [(MG, 1)]
    assert {k: v[0] for k, v in looked_at_again(decision).items()} == {"magnesium": 7, "potassium": 7}


@pytest.mark.parametrize(
    "text", ["Specimen hemolyzed.", "slightly hemolysed", "Gross haemolysis of the specimen"]
)
def test_a_hemolyzed_potassium_never_decides(text: str) -> None:
    """Low or high, final or corrected."""
    for value in (2.2, 4.4):
        c = chart(3.2)
        c.lab("potassium", value, MORNING + timedelta(hours=2), note=text, status="corrected")
        decided = decide(c).decided
        assert decided is not None
        assert decided.value == 3.2


def test_nothing_but_a_hemolyzed_result_is_no_data() -> None:
    """The last valid one before the window is told."""
    c = chart()
    c.lab("potassium", 3.6, NOW - timedelta(days=3))
    c.lab("potassium", 3.1, NOW - timedelta(hours=25))
    c.lab("potassium", 3.0, NOW - timedelta(hours=2), note="Hemolyzed")
    decision = decide(c)
    assert decision.status == "no_data"
    assert decision.decided is not None
    assert decision.decided.value == 3.1
    assert sealed.expected(decision, "p1", "e1")["writes"] == []


@pytest.mark.parametrize("analyte", ["potassium-blood", "potassium-urine"])
def test_other_specimens_do_not_decide(analyte: str) -> None:
    """Serum or plasma only."""
    c = chart(3.2)
    c.lab(analyte, 4.4, MORNING + timedelta(hours=2))
    decided = decide(c).decided
    assert decided is not None
    assert decided.value == 3.2


@pytest.mark.parametrize(
    ("what", "stops"),
    [
        ({}, True),
        ({"drug": ORAL}, False),
        ({"as_needed": True}, False),
        ({"status": "draft"}, False),
        ({"status": "completed"}, False),
        ({"intent": "proposal"}, False),
        ({"authored": MORNING}, False),
        ({"drug": MG}, False),
    ],
)
def test_what_counts_as_on_order(what: dict[str, Any], stops: bool) -> None:
    """A single dose, active, since the specimen; the usual daily tablet is maintenance."""
    c = chart(3.2)
    order: dict[str, Any] = {"drug": IV, "authored": MORNING + timedelta(hours=1), **what}
    c.order_drug(order.pop("drug"), **order)
    assert (decide(c).reason == "on_order") is stops


def test_dialysis_goes_before_an_order() -> None:
    """Nothing is ordered, nephrology is told."""
    c = chart(2.4)
    c.condition("dialysis-dependence", onset=NOW - timedelta(days=900))
    c.order_drug(IV, authored=MORNING + timedelta(hours=1))
    decision = decide(c)
    assert (decision.reason, decision.notify, decision.drugs) == ("dialysis", "nephrology", ())


@pytest.mark.parametrize(("which", "left"), [("potassium", {"magnesium"}), ("magnesium", {"potassium"})])
def test_each_recheck_is_left_out_by_itself(which: str, left: set[str]) -> None:
    """One test on order does not stand for the other."""
    c = chart(2.8)
    c.lab("magnesium", 1.4, MORNING)
    c.order_service(which, authored=MORNING + timedelta(hours=1))
    assert set(looked_at_again(decide(c))) == left


@given(
    st.integers(20, 36).map(lambda tenths: tenths / 10),
    st.sampled_from([None, 0.8, 1.2, 1.3, 1.5, 1.6, 2.0]),
    st.sampled_from([9, 29, 30, 90]),
    st.booleans(),
)
def test_no_order_is_ever_unsafe(value: float, magnesium: float | None, egfr: float, npo: bool) -> None:
    """At most 40 mEq a dose, 10 mEq/h and 1 g/h, half below an eGFR of 30, nothing by mouth when NPO."""
    c = chart(value)
    c.lab("egfr", egfr, MORNING)
    if magnesium is not None:
        c.lab("magnesium", magnesium, MORNING)
    if npo:
        c.order_service("npo", authored=MORNING)
    decision = decide(c)
    assert bool(decision.drugs) is (value < 3.5)
    limits = {ORAL: (40, None), IV: (40, 10), MG: (4, 1)}
    for drug in decision.drugs:
        dose, rate = limits[drug.drug]
        assert drug.dose.value <= (dose / 2 if egfr < 30 else dose)
        assert (drug.rate.value if drug.rate else None) == rate
        assert not (npo and drug.route == "oral")


def test_the_text_is_made_from_the_numbers() -> None:
    """Every threshold and dose stands in the document of its version, and the versions differ."""
    current, old = (document(PROTOCOL, v) for v in PROTOCOL.versions)
    for words in (
        "below 3.5",
        "40 mEq",
        "20 mEq by mouth",
        "10 mEq/h",
        "below 30",
        "2 h after",
        "06:00",
        "1.6 mg/dL",
    ):
        assert words in current
    assert "below 3.7" in old
    assert [p.status for p in policies()] == ["superseded", "current"]


def test_every_wording_names_patient_and_protocol() -> None:
    """At least five wordings."""
    assert len(KIND.wordings) >= 5
    assert all("{patient}" in w and "{rules}" in w for w in KIND.wordings.values())
