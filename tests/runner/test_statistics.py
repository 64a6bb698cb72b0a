"""The intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.runner.statistics import wilson


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"),
    [
        (210, 300, 0.6458, 0.7490),
        (300, 300, 0.9874, 1.0),
        (0, 300, 0.0, 0.0126),
        (21, 30, 0.5212, 0.8334),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_gives_the_published_values(passed: int, total: int, low: float, high: float) -> None:
    """Golden values, computed from Wilson's formula by hand."""
    assert wilson(passed, total) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_mirrors(case: tuple[int, int]) -> None:
    """The interval lies within 0 and 1, holds the rate, and mirrors when successes and failures are swapped."""
    passed, total = case
    low, high = wilson(passed, total)
    assert 0 <= low <= passed / total <= high <= 1
    assert wilson(total - passed, total) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("passed", "total"), [(-1, 3), (4, 3)])
def test_wilson_refuses_impossible_counts(passed: int, total: int) -> None:
    """A count outside its total is the caller's mistake."""
    with pytest.raises(ValueError, match="within 0 and total"):
        wilson(passed, total)
