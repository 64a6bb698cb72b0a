"""Figures over the results that count, in exact arithmetic. Pure functions; not used by the reference solutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ..recent_lab.gold import Result
from .questions import Figure, Question


@dataclass(frozen=True, slots=True)
class Summary:
    """A figure with the number of results it rests on and the result whose time the answer tells."""

    value: Fraction
    count: int
    of: Result


def needed(figure: Figure) -> int:
    """How many results the figure needs at least."""
    return 2 if figure == "change" else 1


def summarize(question: Question, results: Sequence[Result]) -> Summary | None:
    """The figure over results in order of collection; None where there are too few.

    The time told is that of the extreme (of equal ones the earliest), otherwise of the newest result.
    """
    if len(results) < needed(question.figure):
        return None
    values = [Fraction(r.value) for r in results]
    newest = results[-1]
    match question.figure:
        case "mean":
            return Summary(sum(values, Fraction(0)) / len(values), len(values), newest)
        case "median":
            return Summary(median(values), len(values), newest)
        case "minimum":
            first = values.index(min(values))
            return Summary(values[first], len(values), results[first])
        case "maximum":
            first = values.index(max(values))
            return Summary(values[first], len(values), results[first])
        case "change":
            return Summary(values[-1] - values[0], len(values), newest)
        case "count":
            beyond = [v for v in values if is_beyond(v, question)]
            return Summary(Fraction(len(beyond)), len(values), newest)


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle one, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def is_beyond(value: Fraction, question: Question) -> bool:
    """Whether a value is above (or below) the limit of a count; one at the limit is not."""
    if question.above:
        return value > Fraction(question.above)
    return value < Fraction(question.below)


def as_decimal(value: Fraction) -> Decimal:
    """With far more digits than any answer has."""
    return Decimal(value.numerator) / Decimal(value.denominator)
