"""Matplotlib as this page uses it: no window, one look, pictures as SVG text. The one place that knows the library."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any, TypeAlias

import matplotlib.pyplot as plt

Axes: TypeAlias = Any
"""Matplotlib's stubs leave most arguments untyped; a plot is looked at, not computed with."""
Figure: TypeAlias = Any

OURS = "#1b5e9b"
THEIRS = "#b8651b"
BAD = "#b3261e"
QUIET = "#8a8f98"
BAND = "#e3ecd9"
SETTING_COLORS = ("#3f8f6b", "#1b5e9b", "#7b3f8c")
"""Outpatient, ward, ICU."""

_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "chartgym", "font.family": ["DejaVu Sans"], "font.size": 8.5,
    "axes.titlesize": 9, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "axes.edgecolor": "#9aa0a6", "axes.linewidth": 0.7, "axes.labelcolor": "#444",
    "axes.grid": True, "axes.axisbelow": True, "grid.color": "#e9ebee", "grid.linewidth": 0.6,
    "xtick.color": "#555", "ytick.color": "#555", "xtick.labelsize": 7.5, "ytick.labelsize": 7.5,
    "legend.frameon": False, "legend.fontsize": 8, "figure.dpi": 96,
}  # fmt: skip


def _begin() -> None:
    """One look, and no window: the backend only writes SVG."""
    plt.switch_backend("svg")
    settings: Any = plt.rcParams  # the stubs want each name as a literal
    settings.update(_STYLE)


def grid(
    rows: int, columns: int, width: float, height: float, *, room: tuple[float, float] = (0.3, 0.5)
) -> tuple[Figure, list[Axes]]:
    """A figure with a grid of axes, row by row. Sizes in inches; `room` is the space between columns and rows."""
    _begin()
    space: dict[str, float] = {"wspace": room[0], "hspace": room[1]}
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, gridspec_kw=space)
    return figure, list(axes.flat)


def svg(figure: Figure, title: str) -> str:
    """The figure as an SVG element for a page; the figure is closed."""
    stream = StringIO()
    figure.savefig(
        stream, format="svg", bbox_inches="tight", pad_inches=0.08, metadata={"Date": None, "Creator": None}
    )
    plt.close(figure)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'(<svg [^>]*?)width="[\d.]+pt" height="[\d.]+pt"', r"\1", text, count=1)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    return text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)


def clear(axes: list[Axes]) -> None:
    """Takes away axes that are not used."""
    for axis in axes:
        axis.set_axis_off()


def stack(heights: list[float], width: float) -> tuple[Figure, list[Axes]]:
    """Axes one above the other, as high as told, in inches; no time axis of their own."""
    _begin()
    ratios: dict[str, Any] = {"height_ratios": heights, "hspace": 0.14}
    figure, axes = plt.subplots(
        len(heights), 1, figsize=(width, sum(heights) * 1.12), squeeze=False, gridspec_kw=ratios
    )
    return figure, list(axes.flat)
