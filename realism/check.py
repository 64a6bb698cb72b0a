"""One line of the summary table."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["inside", "outside", "shown"]


@dataclass(frozen=True, slots=True)
class Check:
    """A figure of ours beside the published one.

    Attributes:
        section: which part of the page it belongs to.
        name: what is compared.
        ours: our figure, as printed.
        theirs: the published figure or the band, as printed.
        verdict: inside or outside the band; `shown` where nothing published fits well enough to judge by.
        why: what is off, in a few words.
        source: key of `Reference.sources`, or words.
    """

    section: str
    name: str
    ours: str
    theirs: str
    verdict: Verdict
    why: str = ""
    source: str = ""


def judged(inside: bool) -> Verdict:
    """The verdict of a comparison that was made."""
    return "inside" if inside else "outside"


def number(value: float) -> str:
    """A figure with as many digits as a reader needs."""
    if isnan(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float) -> str:
    """A share in percent."""
    if isnan(value):
        return "–"
    percent = value * 100
    digits = 0 if percent == 0 or percent >= 10 else 1 if percent >= 1 else 2 if percent >= 0.1 else 3
    return f"{percent:.{digits}f} %"
