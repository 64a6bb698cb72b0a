"""Values of a planted series of results: near what the patient's own course had there, each told from its neighbours.

A series follows the results that the base course drew of the analyte (their times, their trend), so that it goes with
the other results of the same days; what does not count stands a step off, extremes stand beyond all others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import exp
from random import Random

from ..chance import normal
from ..codes import ANALYTES


@dataclass(frozen=True, slots=True)
class Conversion:
    """From the laboratory's unit to the other usual one: multiply by `factor`, write with `decimals`."""

    unit: str
    factor: str
    decimals: int


OTHER_UNITS: Mapping[str, Conversion] = {
    "albumin": Conversion("g/L", "10", 0),
    "bilirubin": Conversion("umol/L", "17.1", 0),
    "bun": Conversion("mmol/L", "0.357", 1),
    "calcium": Conversion("mmol/L", "0.2495", 2),
    "hemoglobin": Conversion("g/L", "10", 0),
    "lactate": Conversion("mg/dL", "9.01", 1),
    "phosphate": Conversion("mmol/L", "0.3229", 2),
}
"""By analyte; source of the factors: tasks/recent_lab/README.md."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where values may lie, in the laboratory's unit, and how far off one stands that does not count."""

    low: float
    high: float
    step: float


SPANS: Mapping[str, Span] = {
    "albumin": Span(2.1, 4.1, 0.2),
    "bilirubin": Span(1.4, 9.0, 0.5),
    "bun": Span(12, 70, 3),
    "calcium": Span(7.2, 10.2, 0.3),
    "calcium-ionized": Span(0.98, 1.32, 0.03),
    "hemoglobin": Span(7.4, 13.2, 0.4),
    "lactate": Span(0.9, 6.4, 0.4),
    "lactate-blood": Span(0.9, 6.4, 0.4),
    "phosphate": Span(1.7, 5.6, 0.3),
    "platelets": Span(70, 390, 12),
    "potassium-blood": Span(3.3, 5.2, 0.2),
    "potassium-urine": Span(18, 80, 6),
    "sodium": Span(127, 148, 2),
    "sodium-urine": Span(20, 110, 9),
    "troponin-hs": Span(9, 160, 7),
    "wbc": Span(4.2, 19.0, 0.9),
}


def converted(value: float, conversion: Conversion) -> float:
    """The value in the other unit, as a laboratory would print it (two decimals below 10, then fewer)."""
    number = Decimal(str(value)) * Decimal(conversion.factor)
    places = Decimal("0.01") if number < 10 else Decimal("0.1")
    return float(number.quantize(places, ROUND_HALF_UP))


_BEND_HOURS = 8.0


class Curve:
    """The trend of a patient's results: (hours before now, value), from the oldest on; straight lines between."""

    def __init__(self, points: Sequence[tuple[float, float]], middle: float) -> None:
        self._hours = [-hours for hours, _ in points]
        self._values = [value for _, value in points]
        self._middle = middle

    @property
    def mean(self) -> float:
        """Of its points."""
        return sum(self._values) / len(self._values) if self._values else self._middle

    def at(self, hours: float) -> float:
        """The trend at so many hours before now; level beyond its ends."""
        if not self._values:
            return self._middle
        place = bisect_left(self._hours, -hours)
        if place == 0:
            return self._values[0]
        if place == len(self._values):
            return self._values[-1]
        before, after = self._hours[place - 1], self._hours[place]
        share = (-hours - before) / (after - before) if after > before else 0.0
        return self._values[place - 1] + share * (self._values[place] - self._values[place - 1])


class Series:
    """The values of one series, asked for from the oldest to the newest, then the extremes."""

    def __init__(self, analyte: str, curve: Curve, fixed: Sequence[tuple[float, float]], rng: Random) -> None:
        """`fixed` are (hours before now, value) that are laid down: the trend bends towards them."""
        self._rng = rng
        self.span = SPANS[analyte]
        self._decimals = ANALYTES[analyte].decimals
        self._conversion = OTHER_UNITS.get(analyte)
        self._curve = curve
        self._offset = min(self.span.high, max(self.span.low, curve.mean)) - curve.mean
        self._fixed = fixed
        self._recent: list[float] = []
        self._used: list[float] = [value for _, value in fixed]

    def near(self, hours: float, *, own: float | None = None) -> float:
        """A value on the trend, with noise; `own` is the one that the course itself had, which is kept where it can be."""
        target = (self._curve.at(hours) if own is None else own) + self._offset + self._bend(hours)
        if own is None:
            target += 0.55 * self.span.step * normal(self._rng)
        return self._take(target)

    def apart(self, hours: float) -> float:
        """A value a step or two off the trend, as of a spoiled specimen or a slip."""
        away = self.span.step * (1.2 + self._rng.random())
        trend = self._curve.at(hours) + self._offset + self._bend(hours)
        return self._take(trend + (away if self._rng.random() < 0.5 else -away))

    def _bend(self, hours: float) -> float:
        """How far the trend is off near a value that is laid down: most of the way within a few hours."""
        if not self._fixed:
            return 0.0
        at, value = min(self._fixed, key=lambda pair: abs(pair[0] - hours))
        return (value - self._curve.at(at) - self._offset) * exp(-abs(hours - at) / _BEND_HOURS)

    def extreme(self, side: str) -> float:
        """A value beyond all others of the series: above (`^`) or below (`_`)."""
        used = self._used or [self._curve.mean + self._offset]
        top, bottom = max(used), min(used)
        for attempt in range(60):
            away = self.span.step * (2.5 + 1.5 * self._rng.random() + attempt / 10)
            value = round(
                top + away if side == "^" else max(bottom - away, bottom * (0.5 + 0.3 * self._rng.random())),
                self._decimals,
            )
            if self._is_clear(value) and not bottom <= value <= top:
                break
        else:
            raise AssertionError(f"no value beyond {bottom} and {top}")
        return value

    def _take(self, target: float) -> float:
        """The nearest printable value to a target that is in the span, clear, and unlike its last neighbours."""
        unit = 10.0**-self._decimals
        start = round(max(target, 0.4 * self.span.low) / unit)
        side = 1 if self._rng.random() < 0.5 else -1
        for distance in range(400):
            for sign in (side, -side) if distance else (1,):
                value = (
                    round((start + sign * distance) * unit, self._decimals)
                    if self._decimals
                    else start + sign * distance
                )
                if value > 0 and value not in self._recent and self._is_clear(value):
                    self._recent = [*self._recent, value][-3:]
                    self._used.append(value)
                    return value
        raise AssertionError(f"no value near {target}")

    def _is_clear(self, value: float) -> bool:
        """Whether it converts there, and as an outside laboratory's result back, far from a half."""
        if self._conversion is None:
            return True
        there = Decimal(str(value)) * Decimal(self._conversion.factor)
        printed = Decimal(str(converted(value, self._conversion)))
        back = printed / Decimal(self._conversion.factor)
        scaled = (
            there.scaleb(self._conversion.decimals),
            printed.scaleb(self._conversion.decimals),
            back.scaleb(self._decimals),
        )
        return all(abs(x % 1 - Decimal("0.5")) > Decimal("0.05") for x in scaled)
