"""The statistics of this page, as functions over arrays. No file, no clock, no chance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .reference import LEVELS, Quantiles

Floats: TypeAlias = NDArray[np.float64]
HOUR = 3600.0
DAY = 24 * HOUR


def quantiles(values: Floats) -> Quantiles:
    """The percentiles `LEVELS` of values; NaN where there are none."""
    if not len(values):
        nan = float("nan")
        return nan, nan, nan, nan, nan
    a, b, c, d, e = (float(v) for v in np.percentile(values, LEVELS))
    return a, b, c, d, e


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our distribution beside a published one. Skewed measures are compared on logarithms.

    Attributes:
        shift: our median less theirs, in their interquartile ranges.
        spread: our interquartile range over theirs.
    """

    shift: float
    spread: float


def compare(ours: Quantiles, theirs: Quantiles, *, log: bool) -> Comparison:
    """Centre and spread of two distributions given by five percentiles."""
    a, b = np.asarray(ours), np.asarray(theirs)
    if log:
        a, b = np.log(np.maximum(a, 1e-6)), np.log(np.maximum(b, 1e-6))
    width = max(float(b[3] - b[1]), 1e-9)
    return Comparison(float(a[2] - b[2]) / width, float(a[3] - a[1]) / width)


def pearson(x: Floats, y: Floats) -> float:
    """The correlation; NaN where either does not vary or there are fewer than three pairs."""
    if len(x) < 3 or float(np.std(x)) < 1e-12 or float(np.std(y)) < 1e-12:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


@dataclass(frozen=True, slots=True)
class Within:
    """A correlation within groups.

    Attributes:
        pooled: of deviations from each group's mean.
        each: of every group with enough pairs.
        pairs: how many pairs went in.
    """

    pooled: float
    each: Floats
    pairs: int


def within_groups(groups: Iterable[tuple[Floats, Floats]], least: int = 8) -> Within:
    """The correlation within stays, apart from differences between patients.

    Args:
        groups: paired values of each stay.
        least: stays with fewer pairs do not count for `each`; fewer than three count nowhere.
    """
    xs: list[Floats] = []
    ys: list[Floats] = []
    each: list[float] = []
    for x, y in groups:
        if len(x) < 3:
            continue
        xs.append(x - x.mean())
        ys.append(y - y.mean())
        if len(x) >= least and not np.isnan(r := pearson(x, y)):
            each.append(r)
    if not xs:
        return Within(float("nan"), np.empty(0), 0)
    x, y = np.concatenate(xs), np.concatenate(ys)
    return Within(pearson(x, y), np.asarray(each, dtype=np.float64), len(x))


def lag_pairs(times: Floats, values: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Each value with the first one that follows it by `low` to `high` seconds. Times ascend."""
    first = np.searchsorted(times, times + low, side="left")
    has = first < len(times)
    index = np.minimum(first, len(times) - 1)
    has &= times[index] - times <= high
    return values[has], values[index[has]]


def gaps(times: Floats) -> Floats:
    """Hours between one time and the next; moments that are equal count once."""
    return np.diff(np.unique(times)) / HOUR


@dataclass(frozen=True, slots=True)
class Spike:
    """A value that stands out of its neighbours' histogram.

    Attributes:
        ratio: how often it occurs over how often its neighbours let one expect.
        score: that excess in standard deviations of a Poisson count.
    """

    value: float
    count: int
    expected: float
    ratio: float
    score: float


def spikes(values: Floats, decimals: int, least: float = 8.0) -> list[Spike]:
    """Values that occur more often than the curve through their neighbours says, most striking first.

    The expectation at a grid point is the log-linear mean of the two nearest on each side, so a slope is not a spike.

    Args:
        values: results as printed.
        decimals: how many decimals they are printed with: the grid.
        least: points with a smaller expectation are not judged.
    """
    grid: NDArray[np.int64] = np.asarray(np.round(values * 10**decimals), dtype=np.int64)
    if not len(grid):
        return []
    start = int(grid.min()) - 2
    counts = np.bincount(grid - start, minlength=int(grid.max()) - start + 3).astype(np.float64)
    found: list[Spike] = []
    for place in range(2, len(counts) - 2):
        around = np.log(counts[[place - 2, place - 1, place + 1, place + 2]] + 0.5)
        expected = float(np.exp((-around[0] + 4 * around[1] + 4 * around[2] - around[3]) / 6)) - 0.5
        if expected < least:
            continue
        count = int(counts[place])
        noise = (expected * 1.5) ** 0.5  # the expectation comes from four counts that vary themselves
        found.append(
            Spike(
                (place + start) / 10**decimals, count, expected, count / expected, (count - expected) / noise
            )
        )
    return sorted(found, key=lambda s: -s.score)


@dataclass(frozen=True, slots=True)
class Pile:
    """Values heaped up at the end of a range, as a hard limit in a generator leaves them.

    Attributes:
        value: the lowest or highest value.
        count: how often it occurs.
        beside: the mean count of the three grid points next to it.
    """

    value: float
    count: int
    beside: float


def piles(values: Floats, decimals: int, least: int = 15) -> list[Pile]:
    """The two ends of a range where the last value occurs half as often again as those beside it, though tails thin out.

    Args:
        values: results as printed.
        decimals: how many decimals they are printed with.
        least: rarer ends are not judged.
    """
    if not len(values):
        return []
    grid: NDArray[np.int64] = np.asarray(np.round(values * 10**decimals), dtype=np.int64)
    found: list[Pile] = []
    for end, inward in ((int(grid.min()), 1), (int(grid.max()), -1)):
        count = int((grid == end).sum())
        beside = float(np.mean([(grid == end + inward * step).sum() for step in (1, 2, 3)]))
        if count >= least and count > 1.5 * beside:
            found.append(Pile(end / 10**decimals, count, beside))
    return found


def overlap(a: Floats, b: Floats) -> float:
    """How much two distributions over the same classes share: 1 where they are equal, 0 where they never meet."""
    return float(np.minimum(a / a.sum(), b / b.sum()).sum())


@dataclass(frozen=True, slots=True)
class Change:
    """What came of an event: a value before, and the first one in a window after.

    `curve` holds (hours from the event, value less the value before).
    """

    before: float
    after: float
    curve: tuple[tuple[float, float], ...] = ()


def changes(
    times: Floats, values: Floats, events: Sequence[float], *, back: float, window: tuple[float, float],
    reach: tuple[float, float] = (-24.0, 72.0),
) -> list[Change]:  # fmt: skip
    """Aligns a series with events.

    Args:
        times: of the series, seconds, ascending.
        values: of the series.
        events: instants, seconds.
        back: how many hours before an event a value may lie to count as the one before.
        window: hours after an event within which the first value counts.
        reach: hours around an event that the curve covers.
    """
    found: list[Change] = []
    for event in events:
        last = int(np.searchsorted(times, event, side="right")) - 1
        first = int(np.searchsorted(times, event + window[0] * HOUR, side="left"))
        if last < 0 or times[last] < event - back * HOUR:
            continue
        if first >= len(times) or times[first] > event + window[1] * HOUR:
            continue
        low, high = np.searchsorted(times, (event + reach[0] * HOUR, event + reach[1] * HOUR))
        before = float(values[last])
        curve = tuple(
            (float((t - event) / HOUR), float(v - before))
            for t, v in zip(times[low:high], values[low:high], strict=True)
        )
        found.append(Change(before, float(values[first]), curve))
    return found


@dataclass(frozen=True, slots=True)
class Contrast:
    """Treated against untreated with the same value before.

    Attributes:
        treated, control: mean change of each.
        difference: the one less the other; the effect.
        error: standard error of the difference.
        count, controls: how many of each went in.
    """

    treated: float
    control: float
    difference: float
    error: float
    count: int
    controls: int


def contrast(treated: Sequence[Change], controls: Sequence[Change], step: float) -> Contrast:
    """The effect of a treatment, with regression to the mean taken out.

    People are treated because a value is out of order, and such values come back by themselves. So each treated change
    is set against the mean change of untreated ones whose value before lay in the same class of width `step`.
    """
    nan = float("nan")
    if not treated:
        return Contrast(nan, nan, nan, nan, 0, len(controls))
    pool: dict[int, list[float]] = {}
    for c in controls:
        pool.setdefault(round(c.before / step), []).append(c.after - c.before)
    matched = [
        (c.after - c.before, float(np.mean(pool[key])))
        for c in treated
        if len(pool.get(key := round(c.before / step), ())) >= 3
    ]
    own = np.asarray([c.after - c.before for c in treated])
    if len(matched) < 3:
        return Contrast(float(own.mean()), nan, nan, nan, len(own), len(controls))
    pairs = np.asarray(matched)
    difference = pairs[:, 0] - pairs[:, 1]
    error = float(difference.std(ddof=1) / len(difference) ** 0.5)
    return Contrast(
        float(pairs[:, 0].mean()),
        float(pairs[:, 1].mean()),
        float(difference.mean()),
        error,
        len(pairs),
        len(controls),
    )


def average_curve(changes_: Sequence[Change], edges: Floats, least: int = 5) -> tuple[Floats, Floats, Floats]:
    """Mean and standard error of aligned curves in classes of hours; NaN where fewer than `least` values lie.

    Returns:
        Middles of the classes, means, standard errors.
    """
    points = np.asarray([p for c in changes_ for p in c.curve], dtype=np.float64).reshape(-1, 2)
    middles = (edges[:-1] + edges[1:]) / 2
    means = np.full(len(middles), np.nan)
    errors = np.full(len(middles), np.nan)
    place = np.digitize(points[:, 0], edges) - 1
    for n in range(len(middles)):
        inside = points[place == n, 1]
        if len(inside) >= least:
            means[n] = inside.mean()
            errors[n] = inside.std() / len(inside) ** 0.5
    return middles, means, errors
