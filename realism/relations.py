"""How results move together and persist, and when they are taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isnan

import numpy as np

from chartgym.fhir_server.cohort.plan import TIME_ZONE

from .chart import ChartRecord, Series
from .check import Check, judged, number, share
from .reference import ICU, OUTPATIENT, PLACES, WARD, Reference
from .stats import HOUR, Floats, Within, gaps, lag_pairs, overlap, pearson, within_groups


@dataclass(frozen=True, slots=True)
class Pair:
    """A correlation within stays."""

    first: str
    second: str
    within: Within
    theirs: float


def _scaled(reference: Reference, name: str, values: Floats) -> Floats:
    return np.log(np.maximum(values, 1e-6)) if reference.measures[name].log else values


def paired(
    records: Sequence[ChartRecord], reference: Reference, a: str, b: str
) -> Iterator[tuple[Floats, Floats]]:
    """The values of two tests of the same draw, stay by stay."""
    for record in records:
        first, second = record.of(a).inside(), record.of(b).inside()
        _, i, j = np.intersect1d(first.times, second.times, return_indices=True)
        x, y = _scaled(reference, a, first.values[i]), _scaled(reference, b, second.values[j])
        stays = first.stays[i]
        for stay in np.unique(stays):
            yield x[stays == stay], y[stays == stay]


def correlations(records: Sequence[ChartRecord], reference: Reference) -> list[Pair]:
    """The published pairs."""
    return [
        Pair(a, b, within_groups(paired(records, reference, a, b)), theirs)
        for a, b, theirs in reference.correlations
    ]


def correlation_checks(pairs: Sequence[Pair], reference: Reference, limit: float = 0.2) -> list[Check]:
    """Within `limit` of the published figure."""
    checks: list[Check] = []
    for p in pairs:
        name = " – ".join(
            ("ln " if reference.measures[n].log else "") + reference.label(n) for n in (p.first, p.second)
        )
        middle = float(np.median(p.within.each)) if len(p.within.each) else float("nan")
        verdict = judged(abs(p.within.pooled - p.theirs) <= limit) if p.within.pairs else "outside"
        ours = f"{p.within.pooled:.2f} ({p.within.pairs} pairs; median stay {middle:.2f})"
        checks.append(
            Check("Correlations within a stay", name, ours, f"{p.theirs:.2f} ± {limit}", verdict, "", "mimic")
        )
    return checks


@dataclass(frozen=True, slots=True)
class Lag:
    """Autocorrelation: over all charts, and of each chart with enough pairs."""

    name: str
    hours: float
    pooled: float
    each: Floats
    pairs: int
    theirs: float


def _lag(records: Sequence[ChartRecord], reference: Reference, name: str, low: float, high: float) -> tuple[
    float, Floats, int
]:  # fmt: skip
    firsts: list[Floats] = []
    seconds: list[Floats] = []
    each: list[float] = []
    for record in records:
        series = record.of(name).inside()
        if len(series.times) < 3:
            continue
        values = _scaled(reference, name, series.values)
        mine: list[tuple[Floats, Floats]] = [
            lag_pairs(series.times[series.stays == s], values[series.stays == s], low * HOUR, high * HOUR)
            for s in np.unique(series.stays)
        ]
        x, y = (np.concatenate([m[k] for m in mine]) for k in (0, 1))
        firsts.append(x)
        seconds.append(y)
        if len(x) >= 10 and not np.isnan(r := pearson(x, y)):
            each.append(r)
    if not firsts:
        return float("nan"), np.empty(0), 0
    x, y = np.concatenate(firsts), np.concatenate(seconds)
    return pearson(x, y), np.asarray(each), len(x)


def autocorrelations(records: Sequence[ChartRecord], reference: Reference) -> list[Lag]:
    """A day apart for laboratory tests, an hour apart for vital signs."""
    rows = [
        Lag(name, 24, *_lag(records, reference, name, 18, 30), m.r24)
        for name, m in reference.measures.items()
        if m.r24 is not None
    ]
    for name, theirs in reference.hour_lag.items():
        within = within_groups(_hourly(records, name))
        rows.append(Lag(name, 1, within.pooled, within.each, within.pairs, theirs))
    return rows


def _hourly(records: Sequence[ChartRecord], name: str) -> Iterator[tuple[Floats, Floats]]:
    for record in records:
        series = record.of(name)
        series = series.where(series.settings == ICU)
        for stay in np.unique(series.stays):
            mine = series.stays == stay
            yield lag_pairs(series.times[mine], series.values[mine], 0.6 * HOUR, 1.5 * HOUR)


def lag_fault(row: Lag, limit: float = 0.15) -> str:
    """What is off: more than `limit`, or near 1 more than 0.6 on Fisher's scale (0.99 is not 0.94); else empty."""
    if not row.pairs or isnan(row.pooled):
        return "not measured"
    apart = abs(float(np.arctanh(min(row.pooled, 0.9999)) - np.arctanh(row.theirs)))
    if abs(row.pooled - row.theirs) <= limit and apart <= 0.6:
        return ""
    return "too steady" if row.pooled > row.theirs else "too restless"


def lag_checks(rows: Sequence[Lag], reference: Reference) -> list[Check]:
    """Within 0.15 of the published figure, and closer near 1 (`lag_fault`)."""
    checks: list[Check] = []
    for r in rows:
        why = lag_fault(r)
        name = f"{reference.label(r.name)}, {r.hours:.0f} h apart"
        ours = f"{number(r.pooled)} ({r.pairs:,} pairs)"
        checks.append(
            Check("Persistence", name, ours, f"{r.theirs:.2f} ± 0.15", judged(not why), why, "mimic")
        )
    return checks


def identical_checks(records: Sequence[ChartRecord], reference: Reference) -> list[Check]:
    """How often a result in hospital equals the one before."""
    checks: list[Check] = []
    for name, (real, (low, high)) in reference.identical.items():
        same: list[Floats] = []
        for record in records:
            series = record.of(name).inside()
            same += [np.diff(series.values[series.stays == s]) == 0 for s in np.unique(series.stays)]
        rate = float(np.concatenate(same).mean()) if same else float("nan")
        band = f"{share(low)} – {share(high)} (real {share(real)})"
        title = f"{reference.label(name)}, same as the one before"
        checks.append(
            Check("Persistence", title, share(rate), band, judged(low <= rate <= high), "", "mimic")
        )
    return checks


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours between samples of one measure in one setting."""

    name: str
    setting: int
    hours: Floats
    band: tuple[float, float]


_GAPS: tuple[tuple[str, int, tuple[float, float]], ...] = (
    ("heart-rate", ICU, (0.9, 1.1)),
    ("systolic", ICU, (0.9, 1.1)),
    ("temperature", ICU, (1, 4.5)),
    ("heart-rate", WARD, (3.5, 8)),
    ("temperature", WARD, (3.5, 8)),
    ("weight", WARD, (20, 30)),
    ("sodium", ICU, (5, 14)),
    ("potassium", ICU, (4.5, 13)),
    ("potassium", WARD, (11, 25)),
    ("hemoglobin", WARD, (15, 26)),
    ("ph-arterial", ICU, (3, 8)),
    ("glucose-poc", WARD, (3, 7)),
    ("hemoglobin", OUTPATIENT, (24 * 30, 24 * 250)),
    ("creatinine", OUTPATIENT, (24 * 30, 24 * 250)),
    ("heart-rate", OUTPATIENT, (24 * 25, 24 * 200)),
    ("hba1c", OUTPATIENT, (24 * 80, 24 * 370)),
)
"""Median hours that real records show: ICU signs hourly, the ward's every 4-8 h; gaps of the MIMIC-III demo (labs 1.3-1.5
a hospital day, gases every 4.7 h, point-of-care glucose every 3-6 h); clinics every 1-6 months; HbA1c every 3-12."""


def intervals(records: Sequence[ChartRecord]) -> list[Gap]:
    """Hours between samples by setting."""
    rows: list[Gap] = []
    for name, setting, band in _GAPS:
        parts: list[Floats] = []
        for record in records:
            series = record.of(name)
            series = series.where(series.settings == setting)
            groups = [series.times[series.stays == s] for s in np.unique(series.stays)]
            parts += [gaps(times) for times in groups if len(times) > 1]
        rows.append(Gap(name, setting, np.concatenate(parts) if parts else np.empty(0), band))
    return rows


def interval_checks(rows: Sequence[Gap], reference: Reference) -> list[Check]:
    """The median gap, and that gaps vary: a real schedule slips."""
    checks: list[Check] = []
    for row in rows:
        middle = float(np.median(row.hours)) if len(row.hours) else float("nan")
        low, high = row.band
        days = row.setting == OUTPATIENT
        scale, unit = (24, "days") if days else (1, "h")
        quartiles = np.percentile(row.hours, (25, 75)) if len(row.hours) else (float("nan"),) * 2
        ours = f"{number(middle / scale)} {unit} ({number(quartiles[0] / scale)} – {number(quartiles[1] / scale)})"
        band = f"{number(low / scale)} – {number(high / scale)} {unit}"
        name = f"{reference.label(row.name)}, {PLACES[row.setting]}"
        checks.append(
            Check("Time between samples", name, ours, band, judged(low <= middle <= high), "", "mimic")
        )
    return checks


def draw_hours(records: Sequence[ChartRecord]) -> Floats:
    """Share of in-hospital sodium draws in each hour of the day."""
    parts = [record.of("sodium").inside().hours for record in records]
    counts, _ = np.histogram(np.concatenate(parts) if parts else np.empty(0), bins=24, range=(0, 24))
    return counts / max(1, counts.sum())


def draw_hour_checks(ours: Floats, reference: Reference) -> list[Check]:
    """The morning round and the shape of the day."""
    theirs = reference.hours
    morning, real = float(ours[1:8].sum()), float(theirs[1:8].sum())
    shared = overlap(ours, theirs) if ours.sum() else 0.0
    section = "Time of draws"
    return [
        Check(section, "sodium drawn 01:00-07:59", share(morning), f"{share(real)}; 40 – 75 %",
              judged(0.4 <= morning <= 0.75), "", "mimic"),
        Check(section, "overlap with the real day", share(shared), "at least 65 %", judged(shared >= 0.65), "", "mimic"),
        Check(section, "share of the busiest hour", share(float(ours.max())), "at most 25 % (real 11 %)",
              judged(float(ours.max()) <= 0.25), "", "mimic"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Class:
    """What follows a value in a class: hours to the next, or the share with an order."""

    low: float
    high: float
    ours: float
    count: int
    theirs: float


def next_potassium(records: Sequence[ChartRecord], reference: Reference) -> list[Class]:
    """Median hours from a potassium in hospital to the next."""
    values: list[Floats] = []
    waits: list[Floats] = []
    for record in records:
        series = record.of("potassium").inside()
        for stay in np.unique(series.stays):
            mine = series.stays == stay
            times, index = np.unique(series.times[mine], return_index=True)
            if len(times) > 1:
                values.append(series.values[mine][index][:-1])
                waits.append(gaps(times))
    v, w = (np.concatenate(x) if x else np.empty(0) for x in (values, waits))
    rows: list[Class] = []
    for low, high, theirs in reference.next_potassium_hours:
        inside = (v >= low) & (v < high)
        middle = float(np.median(w[inside])) if inside.any() else float("nan")
        rows.append(Class(low, high, middle, int(inside.sum()), theirs))
    return rows


def replacement(
    records: Sequence[ChartRecord], reference: Reference, analyte: str, drugs: str
) -> list[Class]:
    """Share of in-hospital values with an order of `drugs` (a beginning of names) on the same local day."""
    hits: list[tuple[float, bool]] = []
    for record in records:
        ordered = {
            _day(o.at) for o in record.orders if o.drug.startswith(drugs) and not o.home and o.at == o.at
        }
        series: Series = record.of(analyte).inside()
        hits += [
            (float(v), _day(float(t)) in ordered) for t, v in zip(series.times, series.values, strict=True)
        ]
    rows: list[Class] = []
    for low, high, theirs in reference.replacement[analyte]:
        inside = [hit for value, hit in hits if low <= value < high]
        rows.append(Class(low, high, float(np.mean(inside)) if inside else float("nan"), len(inside), theirs))
    return rows


def _day(at: float) -> int:
    return datetime.fromtimestamp(at, TIME_ZONE).toordinal()


def class_checks(
    section: str, what: str, rows: Sequence[Class], *, hours: bool, source: str = "mimic"
) -> list[Check]:
    """Each class within a factor two (hours), or 25 points (shares), of the real figure."""
    checks: list[Check] = []
    for row in rows:
        name = f"{what} {'< ' + number(row.high) if row.low == 0 else '≥ ' + number(row.low) if row.high == 99 else f'{number(row.low)} – {number(row.high)}'}"
        if row.count < 10:
            checks.append(
                Check(
                    section, name, f"only {row.count} values", _figure(row.theirs, hours), "shown", "", source
                )
            )
            continue
        fits = 0.5 <= row.ours / row.theirs <= 2 if hours else abs(row.ours - row.theirs) <= 0.25
        checks.append(
            Check(
                section,
                name,
                f"{_figure(row.ours, hours)} ({row.count})",
                _figure(row.theirs, hours),
                judged(fits),
                "",
                source,
            )
        )
    return checks


def _figure(value: float, hours: bool) -> str:
    return f"{number(value)} h" if hours else share(value)
