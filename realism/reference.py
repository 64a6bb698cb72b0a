"""Published figures of real records, read from `reference.json`: each with its source, none of it a person's row."""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Literal, TypeAlias

import msgspec
import numpy as np

SETTINGS = ("outpatient", "ward", "icu")
"""Where something was measured; the index is what `gather.py` stores."""
PLACES = ("clinic", "ward", "ICU")
"""The settings as a reader calls them."""
OUTPATIENT, WARD, ICU = range(3)
LEVELS = (2.0, 25.0, 50.0, 75.0, 98.0)
"""The percentiles that a distribution is shown by."""
TOLERANCE = {"close": 0.6, "loose": 1.0}
"""How far a median may lie from the published one, in interquartile ranges of the published distribution."""
SPREAD = {"close": (0.5, 1.8), "loose": (0.4, 2.2)}
"""How wide the middle half may be, as a ratio to the published one."""

Fit: TypeAlias = Literal["close", "loose", "context"]
Quantiles: TypeAlias = tuple[float, float, float, float, float]


class Source(msgspec.Struct, frozen=True):
    """Where figures come from."""

    name: str
    about: str
    licence: str
    url: str


class Published(msgspec.Struct, frozen=True):
    """One published distribution: quantiles, or mean and standard deviation, or a reference interval.

    Attributes:
        source: key of `Reference.sources`.
        fit: how well its people match ours: `close`, `loose`, or `context` (shown, never judged).
    """

    source: str
    q: Quantiles | None = None
    mean: float | None = None
    sd: float | None = None
    range: tuple[float, float] | None = None
    fit: Fit = "close"

    def quantiles(self, *, log: bool) -> Quantiles:
        """At `LEVELS`. From mean and standard deviation, or an interval, by a (log-)normal distribution.

        Raises:
            ValueError: the row has neither quantiles nor moments nor an interval.
        """
        if self.q is not None:
            return self.q
        if self.range is not None:
            return _of_interval(self.range, log=log)
        if self.mean is None or self.sd is None:
            raise ValueError(
                f"a published distribution of {self.source} has no figures: give q, mean and sd, or range"
            )
        return _of_moments(self.mean, self.sd, log=log)


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A laboratory test or vital sign, with what is published about it."""

    label: str
    unit: str
    kind: str
    log: bool = False
    top: float | None = None
    icu: Published | None = None
    ward: Published | None = None
    outpatient: Published | None = None
    r24: float | None = None

    def published(self, setting: int) -> Published | None:
        """For a setting, where there is something."""
        return (self.outpatient, self.ward, self.icu)[setting]

    def quantiles(self, setting: int) -> Quantiles | None:
        """Of the published distribution, cut off at the end of the scale."""
        published = self.published(setting)
        if published is None:
            return None
        values = published.quantiles(log=self.log)
        return values if self.top is None else _five([min(v, self.top) for v in values])


class Rate(msgspec.Struct, frozen=True):
    """How often something happens: the real rate where one is known, and what this page lets pass."""

    band: tuple[float, float]
    of: str
    real: float | None = None


class Effect(msgspec.Struct, frozen=True):
    """By how much a treatment changes a result, over what would have happened anyway."""

    band: tuple[float, float]
    note: str


class Stays(msgspec.Struct, frozen=True):
    """Figures of hospital stays; triples are percentiles 10, 50, 90 (codes: least, median, most)."""

    length_days: tuple[float, float, float]
    icu_days: tuple[float, float, float]
    labs_per_day: tuple[float, float]
    orders_per_day: float
    codes_per_stay: tuple[float, float, float]


class Reference(msgspec.Struct, frozen=True, dict=True):
    """The whole file."""

    sources: dict[str, Source]
    measures: dict[str, Measure]
    correlations: tuple[tuple[str, str, float], ...]
    identical: dict[str, tuple[float, tuple[float, float]]]
    hour_lag: dict[str, float]
    draw_hours: tuple[float, ...]
    next_potassium_hours: tuple[tuple[float, float, float], ...]
    replacement: dict[str, tuple[tuple[float, float, float], ...]]
    rates: dict[str, Rate]
    stays: Stays
    diagnoses: dict[str, tuple[str, float]]
    routes: dict[str, float]
    common_orders: tuple[str, ...]
    effects: dict[str, Effect]

    @cached_property
    def hours(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Shares of draws by hour of the day; they add up to one."""
        values = np.asarray(self.draw_hours, dtype=np.float64)
        return values / values.sum()

    def label(self, name: str) -> str:
        """What a reader calls a measure."""
        return self.measures[name].label if name in self.measures else name


@lru_cache(maxsize=1)
def load() -> Reference:
    """Reads the reference file beside this module."""
    return msgspec.json.decode(Path(__file__).with_name("reference.json").read_bytes(), type=Reference)


def _of_moments(mean: float, sd: float, *, log: bool) -> Quantiles:
    if log:
        variance = float(np.log1p((sd / mean) ** 2))
        centre, width = float(np.log(mean)) - variance / 2, variance**0.5
        return _five([float(np.exp(centre + width * z)) for z in _scores()])
    return _five([mean + sd * z for z in _scores()])


def _of_interval(bounds: tuple[float, float], *, log: bool) -> Quantiles:
    low, high = (float(np.log(b)) if log else b for b in bounds)
    centre, width = (low + high) / 2, (high - low) / 2 / NormalDist().inv_cdf(0.975)
    values = [centre + width * z for z in _scores()]
    return _five([float(np.exp(v)) for v in values] if log else values)


def _scores() -> list[float]:
    return [NormalDist().inv_cdf(level / 100) for level in LEVELS]


def _five(values: list[float]) -> Quantiles:
    a, b, c, d, e = values
    return a, b, c, d, e
