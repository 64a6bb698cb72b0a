"""Pictures of distributions, relations and sampling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from chartgym.fhir_server.cohort.codes import ANALYTES, VITALS

from .canvas import BAD, OURS, QUIET, SETTING_COLORS, THEIRS, Axes, clear, grid, svg
from .chart import ChartRecord
from .distributions import Distribution, Standout, pooled
from .effects import Outcome
from .reference import OUTPATIENT, PLACES, Quantiles, Reference
from .relations import Class, Gap, Lag, Pair, lag_fault
from .stats import Floats

KINDS = {
    "vital": "Vital signs", "chemistry": "Chemistry", "liver": "Liver, proteins, enzymes",
    "blood": "Blood count and coagulation", "gas": "Blood gases", "clinic": "Clinic",
}  # fmt: skip


def distribution_plots(rows: Sequence[Distribution], reference: Reference) -> list[tuple[str, str]]:
    """One picture a kind of measure: (title, SVG). Ours in colour above the published in orange."""
    pictures: list[tuple[str, str]] = []
    for kind, title in KINDS.items():
        names = [
            n for n, m in reference.measures.items() if m.kind == kind and any(r.name == n for r in rows)
        ]
        if not names:
            continue
        columns = 4
        count = -(-len(names) // columns)
        used = sorted({r.setting for r in rows if r.name in names})
        height = 0.65 + 0.37 * len(used)
        figure, axes = grid(count, columns, 13, height * count, room=(0.28, 1.2 / height))
        for axis, name in zip(axes, names, strict=False):
            _boxes(axis, [r for r in rows if r.name == name], reference, used)
        clear(axes[len(names) :])
        pictures.append((title, svg(figure, title)))
    return pictures


def _boxes(axis: Axes, rows: Sequence[Distribution], reference: Reference, used: Sequence[int]) -> None:
    measure = reference.measures[rows[0].name]
    for row in rows:
        y = used.index(row.setting)
        _box(axis, row.ours, y + 0.17, SETTING_COLORS[row.setting])
        if row.theirs is not None:
            _box(
                axis,
                row.theirs,
                y - 0.17,
                THEIRS,
                hollow=row.published is not None and row.published.range is not None,
            )
    if measure.log:
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axis.xaxis.set_major_formatter(FuncFormatter(_plain))
        axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_yticks(range(len(used)), [PLACES[setting] for setting in used])
    axis.set_ylim(-0.5, len(used) - 0.5)
    axis.grid(visible=False, axis="y")
    axis.set_title(f"{measure.label}{', ' + measure.unit if measure.unit else ''}")


def _plain(value: float, _: int | None) -> str:
    return f"{value:g}"


def _box(axis: Axes, q: Quantiles, y: float, color: str, *, hollow: bool = False) -> None:
    axis.plot([q[0], q[4]], [y, y], color=color, lw=1.1)
    axis.barh(
        y, q[3] - q[1], left=q[1], height=0.24, color="white" if hollow else color, edgecolor=color, lw=0.9
    )
    axis.plot([q[2], q[2]], [y - 0.14, y + 0.14], color=color if hollow else "white", lw=1.6)


def correlation_plot(pairs: Sequence[Pair], reference: Reference) -> str:
    """Published, pooled, and the middle half of the stays."""
    figure, (axis,) = grid(1, 1, 8.5, 0.3 * len(pairs) + 0.6)
    for y, pair in enumerate(reversed(pairs)):
        if len(pair.within.each):
            low, middle, high = np.percentile(pair.within.each, (25, 50, 75))
            axis.plot([low, high], [y, y], color=OURS, lw=5, alpha=0.25, solid_capstyle="butt")
            axis.plot([middle], [y], "|", color=OURS, ms=10)
        off = abs(pair.within.pooled - pair.theirs) > 0.2
        axis.plot([pair.within.pooled], [y], "o", color=BAD if off else OURS, ms=5.5)
        axis.plot([pair.theirs], [y], "D", color=THEIRS, ms=5)
    names = [
        " – ".join(
            ("ln " if reference.measures[n].log else "") + reference.label(n) for n in (p.first, p.second)
        )
        for p in reversed(pairs)
    ]
    axis.set_yticks(range(len(pairs)), names)
    axis.axvline(0, color="#777", lw=0.8)
    axis.set_xlim(-1, 1)
    _legend(
        axis,
        [
            ("o", OURS, "ours, all stays pooled"),
            ("D", THEIRS, "published"),
            ("|", OURS, "our stays: median, middle half"),
        ],
    )
    return svg(figure, "Correlations within a stay")


def heat_map(matrix: Floats, published: Floats, names: Sequence[str]) -> str:
    """Ours below the diagonal, published above it."""
    figure, (axis,) = grid(1, 1, 8.2, 7.2)
    size = len(names)
    both = np.where(np.tri(size, k=-1, dtype=bool), matrix, published)
    image = axis.imshow(both, cmap="RdBu_r", vmin=-1, vmax=1)
    for i in range(size):
        for j in range(size):
            if i != j and not np.isnan(both[i, j]):
                value = both[i, j]
                color = "white" if abs(value) > 0.6 else "#333"
                axis.text(
                    j,
                    i,
                    f"{value:.2f}".replace("0.", ".").replace("-.", "−."),
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    color=color,
                )
    axis.set_xticks(range(size), names, rotation=60, ha="right")
    axis.set_yticks(range(size), names)
    axis.grid(visible=False)
    axis.set_title("below the diagonal: ours; above: published, where there is a figure")
    figure.colorbar(image, ax=axis, shrink=0.6)
    return svg(figure, "Correlations: ours and published")


def lag_plot(rows: Sequence[Lag], reference: Reference) -> str:
    """Over charts, pooled, published; what is not measured is left out."""
    shown = [r for r in rows if r.pairs]
    figure, (axis,) = grid(1, 1, 8.5, 0.27 * len(shown) + 0.8)
    for y, row in enumerate(reversed(shown)):
        if len(row.each):
            low, p25, p50, p75, high = np.percentile(row.each, (5, 25, 50, 75, 95))
            axis.plot([low, high], [y, y], color=OURS, lw=1, alpha=0.6)
            axis.plot([p25, p75], [y, y], color=OURS, lw=6, alpha=0.25, solid_capstyle="butt")
            axis.plot([p50], [y], "|", color=OURS, ms=9)
        axis.plot([row.pooled], [y], "o", color=BAD if lag_fault(row) else OURS, ms=5)
        axis.plot([row.theirs], [y], "D", color=THEIRS, ms=4.5)
    names = [
        f"{reference.label(r.name)}{', ICU, 1 h' if r.hours == 1 else ', 24 h'}" for r in reversed(shown)
    ]
    axis.set_yticks(range(len(shown)), names)
    axis.set_xlim(-0.5, 1.02)
    axis.set_ylim(-0.7, len(shown) - 0.3)
    charts = ("|", OURS, "our charts: 5, 25, 50, 75, 95 %")
    _legend(axis, [("o", OURS, "ours, pooled"), ("D", THEIRS, "published"), charts])
    return svg(figure, "Autocorrelation")


def interval_plot(rows: Sequence[Gap], reference: Reference) -> str:
    """Histograms of hours between samples; the band of the median is shaded."""
    shown = [r for r in rows if len(r.hours)]
    columns = 4
    count = -(-len(shown) // columns)
    figure, axes = grid(count, columns, 13, 1.7 * count, room=(0.25, 0.7))
    for axis, row in zip(axes, shown, strict=False):
        scale = 24 if row.setting == OUTPATIENT else 1
        values = row.hours / scale
        top = float(np.percentile(values, 98)) * 1.05
        axis.hist(values, bins=48, range=(0, top), color=SETTING_COLORS[row.setting])
        axis.axvspan(row.band[0] / scale, row.band[1] / scale, color=THEIRS, alpha=0.18, lw=0)
        axis.axvline(float(np.median(values)), color="#222", lw=1)
        axis.set_yticks([])
        axis.set_title(
            f"{reference.label(row.name)}, {PLACES[row.setting]}, {'days' if scale == 24 else 'hours'}",
            fontsize=8.5,
        )
    clear(axes[len(shown) :])
    return svg(figure, "Time between samples")


def draw_hour_plot(ours: Floats, reference: Reference) -> str:
    """Share of draws by hour."""
    figure, (axis,) = grid(1, 1, 8.5, 2.6)
    hours = np.arange(24)
    axis.bar(hours, ours * 100, width=0.85, color=OURS, label="ours")
    axis.step(
        np.append(hours, 24) - 0.5,
        np.append(reference.hours, reference.hours[-1]) * 100,
        where="post",
        color=THEIRS,
        lw=1.8,
        label="MIMIC-III demo",
    )
    axis.set_xticks(range(0, 24, 2), [f"{h:02}" for h in range(0, 24, 2)])
    axis.set_ylabel("% of sodium draws")
    axis.legend()
    return svg(figure, "Time of draws")


def class_plot(groups: Sequence[tuple[str, str, Sequence[Class]]]) -> str:
    """Grouped bars: (title, label of y, classes)."""
    figure, axes = grid(1, len(groups), 13, 2.7, room=(0.25, 0.3))
    for axis, (title, label, rows) in zip(axes, groups, strict=True):
        x = np.arange(len(rows))
        axis.bar(x - 0.2, [r.ours for r in rows], 0.38, color=OURS, label="ours")
        axis.bar(x + 0.2, [r.theirs for r in rows], 0.38, color=THEIRS, label="MIMIC-III demo")
        names = [
            f"< {r.high:g}" if r.low == 0 else f"≥ {r.low:g}" if r.high == 99 else f"{r.low:g}–{r.high:g}"
            for r in rows
        ]
        axis.set_xticks(x, [f"{n}\nn {r.count}" for n, r in zip(names, rows, strict=True)], fontsize=7)
        axis.grid(visible=False, axis="x")
        axis.set_title(title)
        axis.set_ylabel(label)
    axes[0].legend()
    return svg(figure, "What follows a value")


def effect_plot(rows: Sequence[Outcome]) -> str:
    """Mean change around treatment, treated and untreated from the same value."""
    columns = 4
    count = -(-len(rows) // columns)
    figure, axes = grid(count, columns, 13, 2.5 * count, room=(0.28, 0.6))
    for axis, row in zip(axes, rows, strict=False):
        _effect(axis, row)
    _lines(axes[0], [(QUIET, "untreated, same value before"), (OURS, "treated")])
    clear(axes[len(rows) :])
    return svg(figure, "Answers to treatment")


def _effect(axis: Axes, row: Outcome) -> None:
    axis.set_title(row.study.name.replace(" after ", "\nafter "), fontsize=8.2)
    axis.set_xlabel(f"hours ({row.contrast.count} events)", fontsize=7.5)
    if np.isnan(row.treated[0]).sum() > len(row.middles) - 2:
        axis.text(0.5, 0.5, "too few to draw", transform=axis.transAxes, ha="center", color=QUIET)
        axis.set_xticks([])
        axis.set_yticks([])
        return
    for (means, errors), color in ((row.control, QUIET), (row.treated, OURS)):
        good = ~np.isnan(means)
        x, y, e = row.middles[good], means[good], errors[good]
        axis.fill_between(x, y - 1.96 * e, y + 1.96 * e, color=color, alpha=0.15, lw=0)
        axis.plot(x, y, color=color, lw=1.6, marker="o", ms=2.6)
    axis.axvline(0, color=BAD, lw=0.9)
    axis.axhline(0, color="#999", lw=0.7)


def spike_plot(
    rows: Sequence[Standout], records: Sequence[ChartRecord], late: dict[str, Floats], reference: Reference
) -> str:
    """Histograms around the values that stand out most."""
    shown = list(rows)[:8]
    figure, axes = grid(2, 4, 13, 4.2, room=(0.25, 0.6))
    for axis, row in zip(axes, shown, strict=False):
        values = pooled(records, row.name) if row.where == "all results" else late[row.name]
        source = ANALYTES.get(row.name) or VITALS.get(row.name)
        step = 10.0 ** -(source.decimals if source else 0)
        near = values[np.abs(values - row.spike.value) <= 20.5 * step]
        at, counts = np.unique(np.round(near / step).astype(int), return_counts=True)
        hot = at == round(row.spike.value / step)
        axis.bar(at * step, counts, width=step * 0.9, color=[BAD if h else OURS for h in hot])
        axis.set_yticks([])
        axis.set_title(
            f"{reference.label(row.name)}: {row.spike.value:g}, ×{row.spike.ratio:.1f}\n{row.where}",
            fontsize=8,
        )
    clear(axes[len(shown) :])
    return svg(figure, "Values that stand out")


def _legend(axis: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """Above the axes, where it hides nothing."""
    for marker, color, label in entries:
        axis.plot([], [], marker, color=color, label=label)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(entries), borderaxespad=0.2)


def _lines(axis: Axes, entries: Sequence[tuple[str, str]]) -> None:
    """A key of lines, there even where this panel has no curve of a kind."""
    for color, label in entries:
        axis.plot([], [], color=color, lw=1.6, marker="o", ms=2.6, label=label)
    axis.legend(fontsize=7)
