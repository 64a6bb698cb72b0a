"""Intervals for rates. Pure arithmetic."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist


def wilson(passed: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson 1927, JASA 22:209).

    Args:
        passed: successes, 0 to `total`.
        total: trials.
        confidence: two-sided.

    Returns:
        Lower and upper end, as shares. (0, 1) where there was no trial.

    Raises:
        ValueError: `passed` is not within 0 and `total`.
    """
    if not 0 <= passed <= total:
        raise ValueError(f"passed must be within 0 and total, got {passed} of {total}")
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate, z2 = passed / total, z * z
    middle = (rate + z2 / (2 * total)) / (1 + z2 / total)
    half = z * sqrt(rate * (1 - rate) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    # At the ends the exact result is 0 or 1; floating point leaves a speck.
    low = 0.0 if passed == 0 else max(0.0, middle - half)
    high = 1.0 if passed == total else min(1.0, middle + half)
    return low, high
