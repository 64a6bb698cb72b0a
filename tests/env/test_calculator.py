"""Arithmetic for agents."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.env.calculator import calculate
from chartgym.errors import AgentError

VALUES = [
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("0.1 + 0.2", "0.3"),
    ("10 / 4", "2.5"),
    ("1 / 3", "0.333333333333333"),
    ("2 ** 3 ** 2", "512"),
    ("-2 ** 2", "-4"),
    ("2 ** -1", "0.5"),
    ("- - 3", "3"),
    ("7 % 3", "1"),
    ("round(2.675, 2)", "2.68"),
    ("round(-0.4)", "0"),
    ("round(1234, -2)", "1200"),
    ("round(5 / 2)", "3"),
    ("min(3, 1.5, 2)", "1.5"),
    ("max(3, 1.5, 2)", "3"),
    ("abs(-4.20)", "4.2"),
    ("sqrt(2)", "1.4142135623731"),
    ("log(1000)", "3"),
    ("log(8, 2)", "3"),
    ("ln(exp(1))", "1"),
    ("floor(-1.5)", "-2"),
    ("ceil(1.1)", "2"),
    ("1e3", "1000"),
    (".5 + 1.", "1.5"),
    ("(5.4 - 32) * 5 / 9", "-14.7777777777778"),
    ("days_between('2026-03-01', '2026-03-10')", "9"),
    ('days_between("2024-02-28", "2024-03-01")', "2"),
    ("days_between('2026-03-07T12:00:00-05:00', '2026-03-08T13:00:00-04:00')", "1"),
    ("days_between('2026-03-10T12:00:00-04:00', '2026-03-09')", "-1"),
    ("age_on('1950-03-10', '2026-03-10')", "76"),
    ("age_on('1950-03-11', '2026-03-10')", "75"),
    ("age_on('2000-02-29', '2026-02-28')", "25"),
    ("age_on('2000-02-29', '2026-03-01')", "26"),
    ("  1   ", "1"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_value(expression: str, value: str) -> None:
    """An expression has the value that decimal arithmetic gives it, in plain digits."""
    assert calculate(expression) == value


REFUSED = [
    ("", "ends too early"),
    ("1 +", "ends too early"),
    ("1 2", "unexpected '2'"),
    ("(1", r"expected '\)'"),
    ("1 / 0", "division by zero"),
    ("sqrt(-1)", "no value"),
    ("ln(0 - 1)", "no value"),
    ("10 ** 1001", "at most 1000"),
    ("(10 ** 900) ** 900", "too large"),
    ("9 ** 9 ** 9", "at most 1000"),
    ("exp(999999999)", "too large"),
    ("round(1, 0.5)", "whole number of decimals"),
    ("round(1, 99)", "at most 12"),
    ("sin(1)", "unknown function 'sin'"),
    ("__import__('os')", "unknown function"),
    ("a.b", "unexpected|expected|not understood"),
    ("1 if 1 else 2", "unexpected"),
    ("'2026-03-10'", "days_between or age_on"),
    ("'2026-03-10' + 1", "is a text"),
    ("days_between('2026-02-30', '2026-03-01')", "not a date"),
    ("days_between(1, 2)", "in quotes"),
    ("days_between('2026-03-01T00:00:00', '2026-03-01T00:00:00Z')", "both times an offset"),
    ("min()", "1 to 100 arguments"),
    ("abs(1, 2)", "takes 1 arguments"),
    ("(" * 40 + "1" + ")" * 40, "nested deeper"),
    ("-" * 100 + "1", "nested deeper"),
    ("1" * 501, "longer than 500"),
    ("٣ + 1", "not understood"),
    ("1; 2", "not understood"),
]


@pytest.mark.parametrize(("expression", "reason"), REFUSED, ids=[e[:30] for e, _ in REFUSED])
def test_refused(expression: str, reason: str) -> None:
    """What has no value, or would take long, is refused with a reason."""
    with pytest.raises(AgentError, match=reason):
        calculate(expression)


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(-999, 999)), min_size=1, max_size=8))
def test_agrees_with_fractions(terms: list[tuple[str, int]]) -> None:
    """Sums and products of whole numbers are exact: they agree with rational arithmetic."""
    text, exact, product = "1", Fraction(0), Fraction(1)
    for sign, number in terms:
        text += f" {sign} ({number})"
        if sign == "*":
            product *= number
        else:
            exact, product = exact + product, Fraction(number if sign == "+" else -number)
    exact += product
    if abs(exact) < 10**15:
        assert Fraction(calculate(text)) == exact


@given(st.text(max_size=60))
def test_any_text_has_a_value_or_a_reason(text: str) -> None:
    """Garbage gives a reason; nothing else is ever raised."""
    with suppress(AgentError):
        assert calculate(text)
