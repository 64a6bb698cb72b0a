"""Planted laboratory situations: the deck's short form, who gets what, and what stands in a chart afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from random import Random

import pytest

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.codes import ANALYTES
from chartgym.fhir_server.cohort.plan import NOW, Name, Person
from chartgym.fhir_server.cohort.scenes import lab_series, recent_lab
from chartgym.fhir_server.cohort.scenes.lab_plants import (
    REPLACES,
    Plant,
    Situation,
    plant,
    plants,
    read_deck,
)
from chartgym.fhir_server.cohort.scenes.lab_values import OTHER_UNITS, converted
from chartgym.fhir_server.embedded.validate import validate

DECK = {(s.question, s.variant): s for s in (*recent_lab.DECKS["core"], *lab_series.DECKS["core"])}


def written(situation: Situation, seed: int = 0) -> list[Resource]:
    """A chart that holds the situation and nothing else."""
    person = Person(
        0, "00ab", "1001", (Name("Ives", ("Ada",)),), "female", NOW.date(), details={"hospital": "h1"}
    )
    chart = ChartBuilder(person, NOW, Random(seed))
    plant(situation, chart, Random(seed))
    return chart.resources


def test_the_short_form() -> None:
    """A deck's lines say all there is: question, level, analytes, marks; variant, routine, results."""
    first = "q-one 3 lactate+lactate-blood 96 remark\n  a 90-10/8.5 2:error^ 9+7:final=2.0\n"
    one, two = read_deck(first + "# a remark\n\nq-two 1 albumin 48 home\n  b - 3:final")
    assert one == Situation(
        "q-one", "a", 3, "lactate", 96, "2:error^ 9+7:final=2.0", (90, 10, 8.5), "lactate-blood", remark=True
    )
    assert (two.variant, two.routine, two.where, two.span_hours) == ("b", None, "home", 3)
    assert plants("2:error^ 9+7:final=2.0") == (Plant(2, "error", extreme="^"), Plant(9, "final", 7, 2.0))


@pytest.mark.parametrize("scene", [recent_lab, lab_series], ids=lambda s: s.TOPIC)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_situation_a_person(scene: object, seed: int) -> None:
    """Every situation of the deck finds somebody of the right split; nobody has two, or one analyte twice."""
    plan = build_plan(seed)
    topic, decks = (
        (recent_lab.TOPIC, recent_lab.DECKS) if scene is recent_lab else (lab_series.TOPIC, lab_series.DECKS)
    )
    placed = [p for p in plan.placements if p.topic == topic]
    assert max(Counter(p.person for p in placed).values()) == 1
    by_split = Counter(plan.people[p.person].split for p in placed)
    assert by_split == {split: len(deck) for split, deck in decks.items()}
    for placement in placed:
        both = [p for p in plan.of(placement.person) if p.topic in {recent_lab.TOPIC, lab_series.TOPIC}]
        analytes = [a for p in both for a in p.details["analytes"]]
        assert len(analytes) == len(set(analytes))


@pytest.mark.parametrize("situation", DECK.values(), ids=lambda s: f"{s.question}{s.variant}")
def test_what_a_situation_writes(situation: Situation) -> None:
    """Valid R4, nothing after now, nothing released before it was collected, and every planted result in its place."""
    resources = written(situation)
    wanted = len(plants(situation.plants)) + sum(p.kind == "corrected" for p in plants(situation.plants))
    results = [r for r in resources if r["resourceType"] == "Observation"]
    assert len(results) >= wanted
    assert any(r["resourceType"] == "DocumentReference" for r in resources) == situation.remark
    for resource in resources:
        assert not validate(resource)
    for result in results:
        collected, issued = (datetime.fromisoformat(result[k]) for k in ("effectiveDateTime", "issued"))
        assert collected <= issued <= NOW


@pytest.mark.parametrize("situation", DECK.values(), ids=lambda s: f"{s.question}{s.variant}")
def test_values_convert_without_doubt(situation: Situation) -> None:
    """No routine value lies so near a half, in the other unit, that rounding could go either way."""
    conversion, row = OTHER_UNITS.get(situation.analyte), ANALYTES[situation.analyte]
    fixed = {p.value for p in plants(situation.plants)}
    for result in written(situation, 5):
        quantity = result.get("valueQuantity", {})
        own = quantity.get("code") == row.unit and result["code"]["coding"][0]["code"] == row.code
        if conversion and own and "comparator" not in quantity and quantity["value"] not in fixed:
            there = Decimal(str(quantity["value"])) * Decimal(conversion.factor)
            assert abs(there.scaleb(conversion.decimals) % 1 - Decimal("0.5")) > Decimal("0.05")


def test_a_correction_is_a_second_result_that_refers_to_the_first() -> None:
    """Both were collected at one time; the first keeps its status."""
    rows = written(Situation("q", "a", 1, "sodium", 48, "5:corrected"))
    assert [r["status"] for r in rows] == ["final", "corrected"]
    assert len({r["effectiveDateTime"] for r in rows}) == 1
    assert rows[1]["extension"] == [
        {"url": REPLACES, "valueReference": {"reference": f"Observation/{rows[0]['id']}"}}
    ]
    assert rows[0]["valueQuantity"]["value"] != rows[1]["valueQuantity"]["value"]


@pytest.mark.parametrize(
    ("analyte", "value", "expected"),
    [("calcium", 8.4, 2.1), ("bilirubin", 2.0, 34.2), ("hemoglobin", 9.7, 97.0), ("lactate", 2.0, 18.0)],
)
def test_results_from_elsewhere(analyte: str, value: float, expected: float) -> None:
    """Another laboratory's unit, printed as laboratories print it."""
    assert converted(value, OTHER_UNITS[analyte]) == expected


def test_unknown_kinds_are_refused() -> None:
    """A slip of the pen in a deck is an error and not an empty chart."""
    with pytest.raises(ValueError, match="unknown kind"):
        written(Situation("q", "a", 1, "sodium", 48, "5:finl"))
