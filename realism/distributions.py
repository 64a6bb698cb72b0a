"""Distributions of laboratory results and vital signs by setting, and values that stand out of a histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chartgym.fhir_server.cohort.codes import ANALYTES, VITALS
from chartgym.fhir_server.cohort.plan import NOW

from .chart import ChartRecord
from .check import Check, judged, number
from .reference import PLACES, SETTINGS, SPREAD, TOLERANCE, Published, Quantiles, Reference
from .stats import DAY, Comparison, Floats, Pile, Spike, compare, piles, quantiles, spikes

QUIET = 4.5 * DAY
"""The last days before now, in which situations are planted."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One measure in one setting, ours and published."""

    name: str
    setting: int
    count: int
    ours: Quantiles
    published: Published | None
    theirs: Quantiles | None
    comparison: Comparison | None


def pooled(records: Sequence[ChartRecord], name: str, setting: int | None = None) -> Floats:
    """All values of a measure, of one setting or all."""
    parts = [
        s.values if setting is None else s.values[s.settings == setting]
        for r in records
        if len((s := r.of(name)).times)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def distributions(
    records: Sequence[ChartRecord], reference: Reference, least: int = 30
) -> list[Distribution]:
    """Every measure of the reference file in every setting with at least `least` values."""
    rows: list[Distribution] = []
    for name, measure in reference.measures.items():
        for setting in range(len(SETTINGS)):
            values = pooled(records, name, setting)
            published = measure.published(setting)
            if len(values) < least:
                continue
            ours = quantiles(values)
            theirs = measure.quantiles(setting)
            comparison = compare(ours, theirs, log=measure.log) if theirs else None
            rows.append(Distribution(name, setting, len(values), ours, published, theirs, comparison))
    return rows


def distribution_checks(rows: Sequence[Distribution], reference: Reference) -> list[Check]:
    """The verdicts: the median within a share of their interquartile range, the middle half about as wide."""
    checks: list[Check] = []
    for row in rows:
        measure = reference.measures[row.name]
        name = f"{measure.label}, {PLACES[row.setting]}"
        ours = " / ".join(number(q) for q in row.ours)
        if row.published is None or row.theirs is None or row.comparison is None:
            checks.append(Check("Distributions", name, ours, "none found", "shown"))
            continue
        theirs = " / ".join(number(q) for q in row.theirs)
        fit = row.published.fit
        why = (
            "" if fit == "context" else _fault(row.comparison, fit, interval=row.published.range is not None)
        )
        verdict = "shown" if fit == "context" else judged(not why)
        checks.append(Check("Distributions", name, ours, theirs, verdict, why, row.published.source))
    absent = [m.label for n, m in reference.measures.items() if not any(r.name == n for r in rows)]
    checks += [
        Check("Distributions", label, "fewer than 30 values", "", "outside", "not measured")
        for label in absent
    ]
    return checks


def _fault(c: Comparison, fit: str, *, interval: bool) -> str:
    """What is off; empty where nothing is. Against a healthy interval only the centre counts."""
    limit = 1.5 if interval else TOLERANCE[fit]
    low, high = SPREAD[fit]
    parts: list[str] = []
    if abs(c.shift) > limit:
        parts.append(f"median {'high' if c.shift > 0 else 'low'} by {abs(c.shift):.1f} IQR")
    if not interval and not low <= c.spread <= high:
        parts.append(f"middle half {'narrow' if c.spread < low else 'wide'}: x{c.spread:.2f}")
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Standout:
    """The most striking value of a measure."""

    name: str
    where: str
    spike: Spike


def standouts(records: Sequence[ChartRecord], reference: Reference) -> list[Standout]:
    """For each measure the value most over its neighbours: of all results, and of the last days of stays that go on."""
    found: list[Standout] = []
    for name in reference.measures:
        row = ANALYTES.get(name) or VITALS.get(name)
        decimals = row.decimals if row else 0
        if name in {"temperature", "spo2", "gcs", "weight"}:
            continue  # two units, or a scale with an end: no smooth histogram to compare with
        late = [
            s.values[s.times > NOW.timestamp() - QUIET]
            for r in records
            if any(stay.open for stay in r.stays) and len((s := r.of(name)).times)
        ]
        for where, values in (
            ("all results", pooled(records, name)),
            ("last 4.5 days of open stays", np.concatenate(late) if late else np.empty(0)),
        ):
            low, high = np.percentile(values, (25, 75)) if len(values) else (0.0, 0.0)
            if (high - low) * 10**decimals < 4:
                continue  # printed so coarsely that the peak itself stands out
            if best := spikes(values, decimals)[:1]:
                found.append(Standout(name, where, best[0]))
    return sorted(found, key=lambda s: -s.spike.score)


_NATURAL_ENDS = {"spo2": (100.0,), "gcs": (3.0, 15.0)}
"""Ends that the scale itself has."""


def pile_checks(records: Sequence[ChartRecord], reference: Reference) -> list[Check]:
    """No measure may heap up at its lowest or highest value, by setting: a limit of the generator would show."""
    checks: list[Check] = []
    for name in reference.measures:
        row = ANALYTES.get(name) or VITALS.get(name)
        for setting, where in enumerate(PLACES):
            values = pooled(records, name, setting)
            if name == "temperature":
                continue  # two units: a coarse grid in one of them
            found = piles(values, row.decimals if row else 0)
            label, natural = reference.label(name), _NATURAL_ENDS.get(name, ())
            checks += [_heaped(label, where, pile) for pile in found if pile.value not in natural]
    return checks or [Check("Spikes", "heaps at the ends", "none", "none", "inside")]


def _heaped(label: str, where: str, pile: Pile) -> Check:
    ours = f"{number(pile.value)} occurs {pile.count} times"
    return Check(
        "Spikes",
        f"{label}, {where}",
        ours,
        f"{pile.beside:.0f} beside it",
        "outside",
        "heaped at the end",
        "own neighbours",
    )


def standout_checks(rows: Sequence[Standout], reference: Reference, limit: float = 5.0) -> list[Check]:
    """A value may not stand out by more than `limit` standard deviations and a third."""
    return [
        Check(
            "Spikes",
            f"{reference.label(row.name)}, {row.where}",
            f"{number(row.spike.value)} occurs {row.spike.count} times",
            f"about {row.spike.expected:.0f} by its neighbours",
            judged(row.spike.score <= limit or row.spike.ratio < 1.33),
            f"x{row.spike.ratio:.2f}, {row.spike.score:.1f} sd",
            "own neighbours",
        )
        for row in rows
    ]
