"""The statistics of the realism page, on series whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from realism.reference import LEVELS
from realism.stats import (
    HOUR,
    Change,
    Floats,
    average_curve,
    changes,
    compare,
    contrast,
    gaps,
    lag_pairs,
    overlap,
    pearson,
    piles,
    quantiles,
    spikes,
    within_groups,
)


def array(*values: float) -> Floats:
    return np.asarray(values, dtype=np.float64)


def test_quantiles_of_a_ramp_are_the_levels() -> None:
    """Of 0 to 100 each percentile is itself; of nothing there is none."""
    assert quantiles(np.arange(101, dtype=np.float64)) == LEVELS
    assert all(np.isnan(v) for v in quantiles(array()))


@pytest.mark.parametrize(
    ("ours", "log", "shift", "spread"),
    [
        ((0, 25, 50, 75, 100), False, 0, 1),
        ((0, 50, 75, 100, 100), False, 0.5, 1),
        ((0, 0, 50, 100, 100), False, 0, 2),
        ((0, 75, 150, 225, 300), True, 1, 1),
    ],
)
def test_compare_measures_in_interquartile_ranges(
    ours: tuple[float, float, float, float, float], log: bool, shift: float, spread: float
) -> None:
    """A shift is told in their interquartile ranges, a spread as a ratio; on logarithms a factor three is one range."""
    found = compare(ours, (0, 25, 50, 75, 100), log=log)
    assert (found.shift, found.spread) == (pytest.approx(shift), pytest.approx(spread))


def test_pearson_wants_pairs_that_vary() -> None:
    """A line gives 1 or -1; a constant or two points give none."""
    assert pearson(array(1, 2, 3), array(2, 4, 6)) == pytest.approx(1)
    assert pearson(array(1, 2, 3), array(3, 2, 1)) == pytest.approx(-1)
    assert np.isnan(pearson(array(1, 1, 1), array(1, 2, 3)))
    assert np.isnan(pearson(array(1, 2), array(1, 2)))


def test_within_groups_forgets_differences_between_patients() -> None:
    """Two patients who differ upward but each move downward correlate negatively; short groups do not count."""
    low, high, fall = np.arange(8.0), np.arange(8.0) + 100, np.arange(8.0)[::-1]
    found = within_groups([(low, fall), (high, fall + 100), (array(1, 2), array(1, 2))])
    assert found.pooled == pytest.approx(-1)
    assert list(found.each) == pytest.approx([-1, -1])
    assert found.pairs == 16
    assert within_groups([]).pairs == 0


def test_lag_pairs_takes_the_first_that_follows() -> None:
    """Each value meets the first one 18 to 30 hours later, and none where the gap is longer."""
    times = array(0, 6, 24, 100) * HOUR
    first, second = lag_pairs(times, array(1, 2, 3, 4), 18 * HOUR, 30 * HOUR)
    assert first.tolist() == [1, 2]
    assert second.tolist() == [3, 3]


def test_gaps_count_equal_moments_once() -> None:
    """Two results of one draw are one sample."""
    assert gaps(array(0, 0, 1, 5) * HOUR).tolist() == [1, 4]


def test_a_planted_value_is_the_spike_that_is_found() -> None:
    """On a smooth bell the planted value comes first; without it nothing stands out; a slope is not a spike."""
    bell = np.round(np.random.default_rng(7).normal(4.0, 0.4, 20_000), 1)
    assert spikes(bell, 1)[0].score < 4
    best = spikes(np.append(bell, np.full(900, 4.4)), 1)[0]
    assert best.value == pytest.approx(4.4)
    assert best.score > 6
    ramp = np.repeat(np.arange(40), np.arange(40) * 20).astype(np.float64)
    assert max(s.score for s in spikes(ramp, 0)[1:]) < 1
    assert spikes(array(), 1) == []


def test_a_hard_limit_leaves_a_pile() -> None:
    """A bell cut at its low end heaps up there and nowhere else; left whole, or thinned out beyond it, it does not."""
    bell = np.repeat(
        np.arange(40, 101), [round(400 * np.exp(-(((v - 70) / 9) ** 2))) for v in range(40, 101)]
    )
    whole = bell.astype(np.float64)
    low = [p for p in piles(np.maximum(whole, 58.0), 0) if p.value == 58]
    assert [p.count for p in low] == [int((whole <= 58).sum())]
    assert piles(whole, 0) == []
    assert piles(whole[whole >= 58], 0) == []
    assert piles(array(), 0) == []


def test_overlap_is_one_for_equals_and_zero_for_strangers() -> None:
    """Shared mass of two histograms, whatever their totals."""
    assert overlap(array(1, 1), array(5, 5)) == pytest.approx(1)
    assert overlap(array(1, 0), array(0, 3)) == 0
    assert overlap(array(1, 1), array(1, 0)) == pytest.approx(0.5)


def test_changes_align_a_series_with_events() -> None:
    """Before is the last value up to the event, after the first in the window; an old or a missing one is no change."""
    times = array(0, 4, 8, 40) * HOUR
    found = changes(times, array(3.0, 3.4, 3.9, 4.0), [2 * HOUR, 30 * HOUR], back=6, window=(1, 10))
    assert found == [Change(3.0, 3.4, found[0].curve)]
    assert [h for h, _ in found[0].curve] == [-2, 2, 6, 38]
    assert [v for _, v in found[0].curve] == pytest.approx([0, 0.4, 0.9, 1.0])


def test_contrast_takes_regression_to_the_mean_out() -> None:
    """All low values come back by 0.3; treatment adds 0.2, and only that is its effect."""
    controls = [Change(3.0, 3.3), Change(3.0, 3.2), Change(3.0, 3.4), Change(5.0, 4.0)]
    treated = [Change(3.0, 3.5), Change(3.0, 3.4), Change(3.0, 3.6)]
    found = contrast(treated, controls, 0.2)
    assert found.treated == pytest.approx(0.5)
    assert found.control == pytest.approx(0.3)
    assert found.difference == pytest.approx(0.2)
    assert (found.count, found.controls) == (3, 4)


def test_contrast_without_controls_says_so() -> None:
    """Nobody untreated began at that value: the treated change stands alone."""
    found = contrast([Change(9.0, 8.0)], [Change(3.0, 3.3)], 0.2)
    assert found.treated == pytest.approx(-1)
    assert np.isnan(found.difference)
    assert contrast([], [], 0.2).count == 0


def test_average_curve_is_silent_where_few_lie() -> None:
    """Five curves give a mean in the class where they all have a point, and none elsewhere."""
    rows = [Change(0, 0, ((0.5, float(n)), *(((1.5, 9.0),) if n == 0 else ()))) for n in range(5)]
    middles, means, errors = average_curve(rows, array(0, 1, 2))
    assert middles.tolist() == [0.5, 1.5]
    assert means[0] == 2
    assert np.isnan(means[1])
    assert errors[0] == pytest.approx(np.std(range(5)) / 5**0.5)
