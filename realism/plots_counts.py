"""Pictures of counts: sizes, mess, diagnoses, drugs, notes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .canvas import BAD, OURS, QUIET, THEIRS, Axes, grid, svg
from .reference import Reference
from .tallies import Burden, Mess, NoteKind


def burden_plot(b: Burden) -> str:
    """Resources a chart by type, and the skew of sizes."""
    figure, axes = grid(1, 2, 13, 3.9, room=(0.35, 0.3))
    kinds = sorted(b.types, key=lambda k: float(b.types[k].sum()))
    for y, kind in enumerate(kinds):
        values = b.types[kind]
        values = values[values > 0]
        low, p25, p50, p75, high = np.percentile(values, (2, 25, 50, 75, 98))
        axes[0].plot([low, high], [y, y], color=OURS, lw=1)
        axes[0].plot([p25, max(p75, p25 * 1.02)], [y, y], color=OURS, lw=7, solid_capstyle="butt")
        axes[0].plot([p50], [y], "|", color="white", ms=8, mew=2)
    axes[0].set_yticks(range(len(kinds)), [f"{k}  {int(b.types[k].sum()):,}" for k in kinds])
    axes[0].set_xscale("log")
    axes[0].set_title("resources a chart (2, 25, 50, 75, 98 % of charts that have any), and in all")
    sizes = np.sort(b.sizes)[::-1]
    axes[1].bar(range(len(sizes)), sizes, width=1.0, color=OURS)
    axes[1].set_title("charts by size: resources")
    axes[1].set_xlabel("chart")
    return svg(figure, "Counts by type")


def mess_plot(rows: Sequence[Mess], reference: Reference) -> str:
    """Rates with their bands, logarithmic."""
    figure, (axis,) = grid(1, 1, 8.5, 0.3 * len(rows) + 0.5)
    floor = 1e-5
    for y, row in enumerate(reversed(rows)):
        rate = reference.rates[row.name]
        axis.plot(
            [max(rate.band[0], floor), rate.band[1]],
            [y, y],
            color=THEIRS,
            lw=7,
            alpha=0.25,
            solid_capstyle="butt",
        )
        if rate.real:
            axis.plot([rate.real], [y], "D", color=THEIRS, ms=5)
        inside = rate.band[0] <= row.rate <= rate.band[1]
        axis.plot([max(row.rate, floor)], [y], "o", color=OURS if inside else BAD, ms=6)
    axis.set_xscale("log")
    axis.set_xlim(floor / 1.5, 1)
    axis.set_yticks(range(len(rows)), [r.name for r in reversed(rows)])
    axis.set_xticks([1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1], ["none", "0.01 %", "0.1 %", "1 %", "10 %", "100 %"])
    axis.set_title("our rate (dot), the real one (diamond), the band (bar)")
    return svg(figure, "Missing and spoiled data")


def ranking_plot(rows: Sequence[tuple[str, int]], title: str) -> str:
    """What is commonest, as bars."""
    figure, (axis,) = grid(1, 1, 7.5, 0.2 * len(rows) + 0.6)
    names = [n if len(n) <= 52 else n[:50] + "…" for n, _ in reversed(rows)]
    axis.barh(range(len(rows)), [c for _, c in reversed(rows)], color=OURS, height=0.75)
    axis.set_yticks(range(len(rows)), names)
    axis.grid(visible=False, axis="y")
    axis.set_ylim(-0.6, max(len(rows), 1) - 0.4)
    axis.set_title(title)
    return svg(figure, title)


def note_plot(rows: Sequence[NoteKind]) -> str:
    """Lengths of notes, and the commonest sentence of each kind."""
    figure, axes = grid(1, 2, 13, 0.34 * len(rows) + 0.9, room=(0.4, 0.3))
    for y, row in enumerate(reversed(rows)):
        _length(axes[0], row, y)
        axes[1].barh(y + 0.18, row.top[1] * 100, 0.34, color=BAD if row.top[1] > 0.01 else OURS)
        axes[1].barh(y - 0.18, row.plain * 100, 0.34, color=QUIET)
    names = [f"{r.kind}  {len(r.words):,}" for r in reversed(rows)]
    for axis in axes:
        axis.set_yticks(range(len(rows)), names)
        axis.grid(visible=False, axis="y")
    axes[0].set_xscale("log")
    axes[0].set_title("words a note (2, 25, 50, 75, 98 %)")
    axes[1].axvline(1, color=THEIRS, lw=1.2)
    axes[1].set_title("% of notes with the commonest sentence (grey: copies counted too); limit 1 %")
    return svg(figure, "Notes")


def _length(axis: Axes, row: NoteKind, y: int) -> None:
    low, p25, p50, p75, high = np.percentile(np.maximum(row.words, 1), (2, 25, 50, 75, 98))
    axis.plot([low, high], [y, y], color=OURS, lw=1)
    axis.plot([p25, max(p75, p25 * 1.02)], [y, y], color=OURS, lw=7, solid_capstyle="butt")
    axis.plot([p50], [y], "|", color="white", ms=8, mew=2)
