"""Figures over laboratory values: each figure, its limits under, at and over, and what goes into it."""

from __future__ import annotations

import statistics
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.clock import local
from chartgym.fhir_server.cohort.plan import NOW, Name, Person
from chartgym.fhir_server.cohort.scenes.lab_plants import REPLACES
from chartgym.tasks.lab_aggregate import category, gold
from chartgym.tasks.lab_aggregate.gold import Summary
from chartgym.tasks.lab_aggregate.questions import QUESTIONS, Figure, Question
from chartgym.tasks.lab_aggregate.rules import PROTOCOL
from chartgym.tasks.lab_aggregate.wording import TEMPLATES
from chartgym.tasks.recent_lab.gold import Result, counting, inside
from chartgym.tasks.recent_lab.rules import Rules, Window, lab_name, what_counts
from chartgym.tasks.recent_lab.wording import now_text


def results(*values: str) -> list[Result]:
    """Results an hour apart, the last one hour ago."""
    times = [NOW - timedelta(hours=len(values) - n) for n in range(len(values))]
    return [
        Result(Decimal(v), "", t, t, f"Observation/{n}")
        for n, (v, t) in enumerate(zip(values, times, strict=True))
    ]


def question(figure: Figure, **more: Any) -> Question:
    """A question about sodium."""
    return Question("q", "icu-nurse", "sodium", figure, "mmol/L", 1, Window(24), **more)


def figure(name: Figure, *values: str, **more: Any) -> tuple[float, int, str] | None:
    """Value, count, and which result's time is told."""
    found = gold.summarize(question(name, **more), results(*values))
    return None if found is None else (float(found.value), found.count, found.of.reference.rpartition("/")[2])


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("mean", ("1", "2", "6"), (3, 3, "2")),
        ("median", ("9", "1", "2"), (2, 3, "2")),
        ("median", ("9", "1", "2", "4"), (3, 4, "3")),
        ("median", ("5",), (5, 1, "0")),
        ("minimum", ("3", "1", "2"), (1, 3, "1")),
        ("minimum", ("3", "1", "2", "1"), (1, 4, "1")),
        ("maximum", ("3", "9", "2"), (9, 3, "1")),
        ("maximum", ("9", "3", "9"), (9, 3, "0")),
        ("change", ("4", "9", "1"), (-3, 3, "2")),
        ("change", ("4", "4"), (0, 2, "1")),
        ("change", ("4",), None),
        ("mean", (), None),
        ("count", (), None),
    ],
)
def test_figures(name: Figure, values: tuple[str, ...], expected: tuple[float, int, str] | None) -> None:
    """Each figure, with the number of results and the time it is told with; of equal extremes the earliest."""
    assert figure(name, *values, above="5") == expected


@pytest.mark.parametrize(
    ("limit", "values", "expected"),
    [
        ({"above": "12.0"}, ("11.9",), 0),
        ({"above": "12.0"}, ("12.0",), 0),
        ({"above": "12.0"}, ("12.1",), 1),
        ({"below": "2.5"}, ("2.4",), 1),
        ({"below": "2.5"}, ("2.5",), 0),
        ({"below": "2.5"}, ("2.6",), 0),
        ({"above": "2.0"}, ("1.9", "2.0", "2.1", "5"), 2),
    ],
)
def test_counts_under_at_and_over_the_limit(
    limit: dict[str, str], values: tuple[str, ...], expected: int
) -> None:
    """A value at the limit is neither above nor below it; all values that count are counted beside."""
    found = figure("count", *values, **limit)
    assert found is not None
    assert found[:2] == (expected, len(values))


@given(st.lists(st.integers(900, 1700), min_size=1, max_size=40))
def test_figures_agree_with_the_library(tenths: list[int]) -> None:
    """Exact arithmetic agrees with the standard library."""
    values = [str(Decimal(t) / 10) for t in tenths]
    exact = [Fraction(t, 10) for t in tenths]
    wanted = {"mean": statistics.mean(exact), "median": statistics.median(exact), "minimum": min(exact)}
    for name in ("mean", "median", "minimum"):
        found = gold.summarize(question(name), results(*values))
        assert found is not None
        assert found.value == wanted[name]


def over_a_chart(made: ChartBuilder, asked: Question) -> Summary | None:
    """The figure over a chart's window."""
    rules = asked.rules or PROTOCOL.current
    found = counting(made.resources, asked.analyte, asked.unit, rules)
    return gold.summarize(asked, inside(found, asked.window, "collected", NOW))


def chart() -> ChartBuilder:
    """An empty chart."""
    person = Person(
        0, "p1", "1001", (Name("Ives", ("Ada",)),), "female", NOW.date(), details={"hospital": "h1"}
    )
    return ChartBuilder(person, NOW, Random(0))


def test_what_goes_into_a_figure() -> None:
    """Corrected once, other units converted, spoiled and unconfirmed ones out, nothing from outside the window."""
    made = chart()
    at = [local(NOW.timestamp() - h * 3600) for h in range(30)]
    made.lab("calcium", 8.0, at[2])
    made.lab("calcium", 2.25, at[3], unit="mmol/L")
    first = made.lab("calcium", 12.0, at[4])
    extension = {"url": REPLACES, "valueReference": {"reference": f"Observation/{first}"}}
    made.lab("calcium", 8.4, at[4], status="corrected", extra={"extension": [extension]})
    made.lab("calcium", 14.0, at[5], status="preliminary")
    made.lab("calcium", 4.0, at[6], note="Specimen contaminated with IV fluid.")
    made.lab("calcium", 15.0, at[7], status="entered-in-error")
    made.lab("calcium", None, at[8], status="cancelled")
    made.lab("calcium", 9.9, at[25])
    asked = Question("q", "icu-nurse", "calcium", "mean", "mmol/L", 2, Window(24))
    found = over_a_chart(made, asked)
    assert found is not None
    assert found.count == 3
    exact = (
        Fraction("8.0") * Fraction("0.2495") + Fraction("2.25") + Fraction("8.4") * Fraction("0.2495")
    ) / 3
    assert found.value == exact


@pytest.mark.parametrize(("limits", "mean"), [("bound", 13), ("half", 11.5), ("skip", 20)])
def test_results_below_a_limit_in_a_mean(limits: Any, mean: float) -> None:
    """A result such as "<6" goes in as 6, as 3 or not at all, as the rule says."""
    made = chart()
    made.lab("troponin-hs", 20, local(NOW.timestamp() - 7200))
    made.lab("troponin-hs", 6, local(NOW.timestamp() - 3600), comparator="<")
    asked = Question("q", "icu-nurse", "troponin-hs", "mean", "ng/L", 1, Window(24), Rules(limits=limits))
    found = over_a_chart(made, asked)
    assert found is not None
    assert float(found.value) == mean


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=lambda q: q.key)
def test_everything_graded_is_told(asked: Question) -> None:
    """The prompt holds patient, test with code, window, unit, rules, limits and every field."""
    said = {"how": "mrn", "family": "Ives", "given": "Ada", "mrn": "1001"}
    text = category.prompt(asked, said, now_text(NOW))
    style = TEMPLATES[asked.template].style
    rules = what_counts(asked.rules, "collected", style, as_answer=False) if asked.rules else PROTOCOL.title
    wanted = [lab_name(asked.analyte), asked.unit, rules, "no_data", "10 March 2026, 10:25", "1001"]
    wanted += [
        f"{asked.window.hours:g}",
        asked.above,
        asked.below,
        *(f.name for f in category.schema(asked).fields),
    ]
    wanted += [] if asked.figure == "count" else ["half up"]
    assert [w for w in wanted if w not in text] == []
    assert "{" not in text
