"""Units, codes, times, references and prose: what is one thing in two spellings, and what only looks like it."""

# ruff: noqa: E501 a row of a table stays on one line
from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.fhir_server.cohort import codes
from chartgym.tasks.meaning import (
    at,
    brief,
    fold,
    mentions,
    moment,
    parse_date,
    parse_instant,
    reference_target,
)
from chartgym.tasks.meaning_codes import RIVALS, another_item, own_names, same_concept
from chartgym.tasks.meaning_prose import (
    as_needed_words,
    dose_fault,
    fact_in,
    frequency_words,
    phrases_around_doses,
)
from chartgym.tasks.meaning_units import in_unit, same_quantity, spelled_unit, ucum, written_quantities

CONVERSIONS: list[tuple[float, str, Any, str]] = [
    (1, "g", 1000, "mg"), (1, "mg", 1000, "ug"), (1, "kg", 1000, "g"), (1, "L", 1000, "mL"), (1, "dL", 100, "mL"),
    (1, "h", 60, "min"), (1, "d", 24, "h"), (1, "meq", 1, "meq"), (1, "g/h", 1000, "mg/h"),
    (100, "[degF]", Fraction(340, 9), "Cel"), (0, "Cel", 32, "[degF]"), (1, "mg/dL", 10, "mg/L"), (1, "[lb_av]", 0.45359237, "kg"),
    (1, "/min", 60, "/h"), (1, "10*3/uL", 1, "10*9/L"), (1, "[in_i]", 2.54, "cm"), (1, "mmol/L", 1000, "umol/L"),
    (1, "{beats}/min", 1, "/min"), (90, "mL/min/{1.73_m2}", 90, "mL/min"), (1, "m[IU]/L", 1, "u[IU]/mL"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "unit", "other", "target"), CONVERSIONS)
def test_units_convert_exactly(value: float, unit: str, other: Any, target: str) -> None:
    """Equal amounts in two units of a kind convert without rounding."""
    source, goal = ucum(unit), ucum(target)
    assert source is not None
    assert goal is not None
    assert in_unit(Fraction(str(value)), source, goal) == Fraction(str(other))


@pytest.mark.parametrize(
    "code",
    ["mEq", "MEQ", "Mg", "G", "KG", "cel", "degF", "mmHg", "bpm", "hr", "", "mg/", "mg//h", "x" * 99, "m g"],
)
def test_what_is_not_ucum_is_not_read(code: str) -> None:
    """Case counts in UCUM; usual spellings are no codes."""
    assert ucum(code) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mEq", "meq"), ("MEQ", "meq"), ("mEq/hr", "meq/h"), ("meq per hour", "meq/h"), ("grams", "g"), ("mcg", "ug"),
        ("µg", "ug"), ("μg", "ug"), ("°C", "Cel"), ("deg F", "[degF]"), ("mm Hg", "mm[Hg]"), ("mmHg", "mm[Hg]"),
        ("percent", "%"), ("beats per minute", "/min"), ("breaths/min", "/min"), ("bpm", "/min"), ("lbs", "[lb_av]"),
        ("hours", "h"), ("mL/hr", "mL/h"), ("mg/dl", "mg/dL"),
    ],
)  # fmt: skip
def test_usual_spellings_are_read(text: str, code: str) -> None:
    """What people write for a unit is that unit."""
    assert spelled_unit(text) == ucum(code)
    assert ucum(code) is not None


def test_every_unit_of_the_cohort_is_read() -> None:
    """No unit that a chart can hold is unknown to the checker."""
    units = {
        row.unit
        for row in (*codes.ANALYTES.values(), *codes.VITALS.values(), *codes.DRUGS.values())
        if row.unit
    }
    assert {u for u in units if ucum(u) is None} == set()


@pytest.mark.parametrize(
    ("spec", "quantity", "ok"),
    [
        ({"value": 40, "unit": "meq"}, {"value": 40, "code": "meq"}, True),
        ({"value": 40, "unit": "meq"}, {"value": 40, "code": "mmol"}, False),
        ({"value": 10, "unit": "meq/h", "max": 10}, {"value": 10, "code": "meq/h"}, True),
        ({"max": 10, "unit": "meq/h"}, {"value": 10.01, "code": "meq/h"}, False),
        ({"max": 10, "unit": "meq/h"}, {"value": 5, "code": "meq/h"}, True),
        ({"min": 5, "max": 10, "unit": "meq/h"}, {"value": 4.9, "code": "meq/h"}, False),
        ({"value": 37.9, "unit": "Cel", "tolerance": 0.05}, {"value": 37.95, "code": "Cel"}, True),
        ({"value": 37.9, "unit": "Cel", "tolerance": 0.05}, {"value": 37.96, "code": "Cel"}, False),
        ({"value": 0.1, "unit": "g"}, {"value": 100.0, "code": "mg"}, True),
        ({"value": 1, "unit": "g"}, {"value": 1, "unit": "g of MgSO4", "code": "g"}, True),
        ({"value": 1, "unit": "g"}, {"value": 1, "unit": "mg (as sulfate)", "code": "g"}, False),
    ],
)
def test_quantities_are_compared_by_amount(spec: dict[str, Any], quantity: dict[str, Any], ok: bool) -> None:
    """Amount, limits and tolerance decide; ends are in."""
    assert same_quantity(spec, quantity).ok is ok


INSTANTS = [
    "2026-03-08T01:59:59-05:00",
    "2026-03-08T03:00:00-04:00",
    "2024-02-29T00:00:00Z",
    "2026-12-31T23:59+14:00",
]
NO_INSTANTS: list[Any] = [
    "2026-02-29T00:00:00Z", "2026-03-10", "2026-03", "2026-03-10T10:00:00", "2026-03-10T24:00:00Z", "20260310T100000Z",
    "2026-03-10T10:00:60Z", "2026-03-10T10:00:00-15:00", "2026-03-10T10:00:00-04:60", "９026-03-10T10:00:00Z", "now",
    "0000-01-01T00:00:00Z", "2026-03-10T10:00:00Z ", None, 20260310, ["2026-03-10T10:00:00Z"], "0001-01-01T00:00:00+14:00",
]  # fmt: skip


@pytest.mark.parametrize("text", INSTANTS)
def test_instants_are_read(text: str) -> None:
    """Every valid instant with offset is read, around the change of clocks too."""
    assert parse_instant(text) is not None


@pytest.mark.parametrize("text", NO_INSTANTS, ids=repr)
def test_what_is_no_instant_is_not_read(text: Any) -> None:
    """A date, a time without offset, 24:00, a leap second, other digits: no instant."""
    assert parse_instant(text) is None


@pytest.mark.parametrize(
    ("spec", "text", "ok"),
    [
        ({"value": "2026-03-10T12:00:00-04:00", "tolerance_minutes": 15}, "2026-03-10T16:15:00Z", True),
        ({"value": "2026-03-10T12:00:00-04:00", "tolerance_minutes": 15}, "2026-03-10T16:15:01Z", False),
        ({"value": "2026-03-08T03:00:00-04:00"}, "2026-03-08T02:00:00-05:00", True),
        ({"earliest": "2026-03-10T12:00:00-04:00"}, "2026-03-10T12:00:00-04:00", True),
        ({"latest": "2026-03-10T12:00:00-04:00"}, "2026-03-10T12:00:01-04:00", False),
        ({"date": "2026-03-10"}, "2026-03-11T03:59:59Z", True),
        ({"date": "2026-03-10"}, "2026-03-11T04:00:00Z", False),
        ({"date": "2026-03-10"}, "2026-03-10", True),
        ({"date": "2026-03-10", "tolerance_days": 1}, "2026-03-11", True),
        ({"date": "2026-03-10"}, "2026-03", False),
    ],
)
def test_moments_are_compared_as_instants(spec: dict[str, Any], text: str, ok: bool) -> None:
    """Ends are in; a day is the hospital's local day; offsets do not matter."""
    assert moment(spec, text).ok is ok


def test_only_plain_references_are_followed() -> None:
    """A relative, versioned or own absolute reference is read; see the checker's tests for the others."""
    assert reference_target({"reference": "Patient/a-1.B"}) == "Patient/a-1.B"
    assert reference_target({"reference": "Patient/a/_history/2", "type": "Patient"}) == "Patient/a"
    assert reference_target({"reference": "http://127.0.0.1:8080/fhir/Patient/a"}) == "Patient/a"
    assert reference_target({"reference": "Patient/a?x=1"}) is None
    assert reference_target({"reference": "patient/a"}) is None
    assert reference_target({"reference": "Patient/é"}) is None


POTASSIUM = [{"system": codes.LOINC, "code": "2823-3"}]


def test_names_of_the_tables_are_harmless() -> None:
    """The words by which the cohort's own tables call an item never speak against it."""
    families = {"drug": codes.DRUGS, "service": codes.SERVICES, "observation": codes.VITALS}
    faults: list[str] = []
    for kind, table in families.items():
        for term in table.values():
            accepted: list[Any] = [{"system": c.system, "code": c.code} for c in term.codes]
            for name in own_names(accepted):
                fault = another_item(name, accepted, (), RIVALS[kind])
                if fault:
                    faults.append(f"{term.name}: {name!r}: {fault}")
    assert faults == []


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("Potassium, serum", True), ("K", True), ("serum potassium, stop if above 5", True), ("Magnesium", False),
        ("potassium and magnesium", False), ("potassium (cancelled)", False), ("Potassium\u200b", False),
    ],
)  # fmt: skip
def test_texts_beside_a_code(text: str, ok: bool) -> None:
    """A text may say the item in other words; another item's name, a negation or a hidden character may not be in it."""
    concept = {"coding": POTASSIUM, "text": text}
    assert same_concept(POTASSIUM, concept, families=RIVALS["service"]).ok is ok


EF: dict[str, Any] = {"name": "ejection fraction", "synonyms": ["EF", "LVEF"], "value": 35, "unit": "%"}
FACTS: list[tuple[str, str]] = [
    ("LVEF 35%", "stated"), ("EF of 35 %.", "stated"), ("35% ejection fraction", "stated"), ("EF=35 percent", "stated"),
    ("EF: 35.0%", "stated"), ("Echo shows an ejection fraction of about 35% with moderate MR", "stated"),
    ("EF 35% (previously 55%)", "stated"), ("EF fell from 55% to 35%", "stated"), ("ef now 35%", "stated"),
    ("LVEF\n35%", "absent"), ("EF 35", "absent"), ("EF reduced", "absent"), ("O2 sat 35%", "absent"), ("", "absent"),
    ("EF 53%", "contradicted"), ("EF 35-40%", "contradicted"), ("EF 35% or 45%", "contradicted"),
    ("EF not 35%", "contradicted"), ("EF 35%. LVEF 60%.", "contradicted"), ("EF 3.5%", "contradicted"),
    ("EF 135%", "contradicted"), ("EF 0.35", "absent"), ("REEF 35%", "absent"), ("EF 35% 45% 55%", "contradicted"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FACTS)
def test_facts_in_prose(text: str, said: str) -> None:
    """A fact is stated by name, number and unit in one clause; another number, a choice or a negation contradicts."""
    assert fact_in(text, EF) == said


def test_a_number_belongs_to_the_nearest_name() -> None:
    """In a list of facts each number is read with its own name."""
    sodium = {"name": "sodium", "value": 131, "unit": "mmol/L"}
    potassium = {"name": "potassium", "synonyms": ["K"], "value": 4.2, "unit": "mmol/L"}
    text = "Labs: sodium 131 mmol/L, K 4.2 mmol/L, and EF 35%"
    assert fact_in(text, sodium, ["potassium", "K", "EF"]) == "stated"
    assert fact_in(text, potassium, ["sodium", "EF"]) == "stated"
    assert fact_in("sodium 4.2 mmol/L, K 131 mmol/L", potassium, ["sodium"]) == "contradicted"


GRAM, MEQ, GRAM_PER_HOUR = (ucum(u) for u in ("g", "meq", "g/h"))


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("2 g IV over 2 hours", True), ("2000 mg in 100 mL", True), ("two 1 g vials", True), ("at 1 g/h", True),
        ("max 2 g/h", True), ("K 3.1 mmol/L", True), ("4 g IV", False), ("2 g then 4 g", False), ("at 2 g/h", False),
        ("0.2 g", False), ("two 3 g vials", False),
    ],
)  # fmt: skip
def test_doses_in_prose(text: str, fine: bool) -> None:
    """An amount of the dose's kind must be the dose or a strength that divides it; a rate must be the rate."""
    assert GRAM
    assert GRAM_PER_HOUR
    fault = dose_fault(text, [(Fraction(2), GRAM)], [(Fraction(1), GRAM_PER_HOUR)])
    assert (fault is None) is fine


@pytest.mark.parametrize(
    "text", ["BID", "q6h", "q 6 hours", "every 4 hours", "daily", "x 2 doses", "twice a day", "three times"]
)
def test_repetition_in_prose(text: str) -> None:
    """The usual ways to say that a dose repeats are seen."""
    assert frequency_words(f"40 mEq PO {text}")


@pytest.mark.parametrize(
    "text", ["40 mEq PO once", "40 mEq now", "recheck potassium tomorrow morning", "STAT"]
)
def test_no_repetition_in_prose(text: str) -> None:
    """A single dose is not taken for a repeated one."""
    assert frequency_words(text) is None
    assert as_needed_words(text) is None


def test_words_around_doses() -> None:
    """The drug named beside an amount is found; a laboratory value is no dose."""
    assert phrases_around_doses("Give magnesium sulfate 2 g IV, Mg was 1.4 mg/dL") == [
        "give magnesium sulfate iv, mg"
    ]


def test_reading_paths() -> None:
    """`at` walks through arrays, and gives nothing for what is not there."""
    node = {"a": [{"b": 1}, {"b": [2, 3]}, "x", None], "c": "y"}
    assert at(node, "a", "b") == [1, 2, 3]
    assert at(node, "c", "d") == []
    assert at("x", "a") == []


def test_texts_fold() -> None:
    """Case, space and normal form do not count; letters do."""
    assert fold(" \tA\u030a  b\n") == fold("å B")
    assert fold("Straße") == fold("STRASSE")
    assert mentions("Referral: CARDIOLOGY.", "cardiology")
    assert not mentions("echocardiology", "cardiology")
    assert brief("a\u202eb\n\u2028") == '"a\\u202eb\\n\\u2028"'


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_prose_readers_take_any_text(text: str) -> None:
    """No text makes a reader of prose raise."""
    fact_in(text, EF)
    list(written_quantities(text))
    frequency_words(text)
    assert MEQ
    dose_fault(text, [(Fraction(40), MEQ)], [])
    parse_instant(text)
    parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 10_000,
        "EF " * 6_000,
        "a" * 20_000,
        "1.1" * 6_000,
        "not " * 5_000,
        "(" * 20_000,
        "was \t" * 4_000,
    ],
)
def test_long_texts_take_bounded_work(text: str) -> None:
    """Texts made to be slow are read to their end (a reader with quadratic work would hang here)."""
    assert fact_in(text, EF) == "absent"
    assert frequency_words(text) is None
    assert MEQ
    dose_fault(text, [(Fraction(40), MEQ)], [])
