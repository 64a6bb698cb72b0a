"""A chart as a picture: stays, visits, drugs, results, notes along one axis of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from chartgym.fhir_server.cohort.codes import ANALYTES, VITALS, unit_text
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE

from .canvas import BAND, OURS, QUIET, SETTING_COLORS, Axes, stack, svg
from .chart import ChartRecord, Entry, Span
from .reference import ICU, OUTPATIENT
from .stats import DAY

NOTE_COLORS = {
    "admission": "#7b3f8c", "discharge": "#b3261e", "progress": "#1b5e9b", "nursing": "#6aa5d8", "consult": "#b8651b",
    "radiology": "#555", "outpatient": "#3f8f6b", "message": "#c9a227", "procedure": "#a0522d", "emergency": "#d2527f",
}  # fmt: skip
"""How the notes of a chart are marked."""


@dataclass(frozen=True, slots=True)
class Case:
    """A chart that is drawn, and why.

    Attributes:
        measures: what is drawn as lines, the most telling first.
    """

    title: str
    record: ChartRecord
    measures: tuple[str, ...]


_COMMON = ("creatinine", "potassium", "hemoglobin", "wbc")


def choose(records: Sequence[ChartRecord]) -> list[Case]:
    """Five charts: each kind is looked for among those that are left, and the most marked one taken."""
    left = list(records)
    cases: list[Case] = []
    for title, score, measures in _WANTED:
        best = max(left, key=score, default=None)
        if best is not None and score(best) > 0:
            left.remove(best)
            cases.append(Case(title, best, measures))
    return cases


def _has(record: ChartRecord, *codes: str) -> bool:
    return any(c.code.startswith(codes) for c in record.conditions)


def _critical(record: ChartRecord) -> float:
    sick = _has(record, "A41", "R65") + _has(record, "N17")
    days = sum(s.days for s in record.icu)
    return sick * min(days, 15.0)


def _failing(record: ChartRecord) -> float:
    return _has(record, "I50", "I11.0", "I13") * (
        1 + len(record.given(("furosemide-iv",))) + len(record.stays) / 10
    )


def _diabetic(record: ChartRecord) -> float:
    clinic = _has(record, "E11") * _has(record, "N18", "E11.22")
    return clinic * max(
        0.1, len(record.visits) - 0.6 * record.hospital_days - 30 * any(s.open for s in record.stays)
    )


def _cancer(record: ChartRecord) -> float:
    return _has(record, "C") * (
        1 + record.hospital_days + 100 * _has(record, "Z51.11") + 30 * _has(record, "D70")
    )


def _pregnant(record: ChartRecord) -> float:
    young = (NOW.timestamp() - record.birth) / DAY / 365.25 < 50
    pregnant = young and _has(record, "O", "Z33", "Z34")
    born = _has(record, "O80", "O82")
    return (
        1000.0 * pregnant
        + 500.0 * born
        + 1 / (1 + len({c.code for c in record.conditions}) + record.hospital_days)
    )


_WANTED: tuple[tuple[str, Callable[[ChartRecord], float], tuple[str, ...]], ...] = (
    ("Intensive care with sepsis or kidney injury", _critical, ("creatinine", "lactate", "wbc", "potassium", "platelets")),
    ("Heart failure", _failing, ("nt-probnp", "weight", "creatinine", "potassium", "sodium")),
    ("Diabetes and kidney disease, mostly at the clinic", _diabetic, ("hba1c", "glucose", "creatinine", "potassium", "hemoglobin")),
    ("Cancer", _cancer, ("wbc", "platelets", "hemoglobin", "creatinine", "albumin")),
    ("Pregnancy, or else the healthiest chart", _pregnant, ("hemoglobin", "platelets", "creatinine", "glucose", "weight")),
)  # fmt: skip


def overview(case: Case) -> str:
    """The whole chart."""
    record = case.record
    times = [float(s.times[0]) for s in record.series.values() if len(s.times)]
    first = max(min(times, default=0.0), NOW.timestamp() - 6 * 365.25 * DAY)
    last = record.death or NOW.timestamp()
    names = _available(case, first, last, 5)
    return _draw(
        record, (first - 20 * DAY, last + 20 * DAY), names, f"Five years: {record.label}", dots=False
    )


def caption(record: ChartRecord) -> str:
    """What a reader should know of a chart before looking at it: problems, stays, size."""
    problems = dict.fromkeys(c.name for c in record.conditions if c.kind == "problem-list-item")
    known = "; ".join(list(problems)[:9]) + ("; ..." if len(problems) > 9 else "")
    return (
        f"Problem list: {known or 'empty'}. {len(record.stays)} stays, {record.hospital_days:.0f} hospital days, "
        f"{len(record.visits)} visits, {record.size:,} resources{', died' if record.death else ''}."
    )


def longest_stay(record: ChartRecord) -> Span | None:
    """The stay to look into: with an ICU where there is one, and not endless."""

    def worth(stay: Span) -> float:
        icu = any(stay.start <= i.start <= stay.end for i in record.icu)
        return (30 if icu else 0) + min(stay.days, 16) - max(0.0, stay.days - 16)

    return max(record.stays, key=worth, default=None)


def zoom(case: Case) -> str:
    """One stay, with vital signs; empty where the chart has none."""
    stay = longest_stay(case.record)
    if stay is None:
        return ""
    span = (stay.start - 0.15 * (stay.end - stay.start), stay.end + 0.05 * (stay.end - stay.start))
    telling = next((m for word, m in _BY_REASON if word in stay.reason.lower()), case.measures)
    names = ["heart-rate", "systolic", "temperature", *_available(replace(case, measures=telling), *span, 4)]
    when = datetime.fromtimestamp(stay.start, TIME_ZONE)
    title = f"One stay, {when:%d %b %Y}, {stay.days:.1f} days: {stay.reason or 'no reason given'}"
    return _draw(case.record, span, names, title, dots=True)


_BY_REASON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bleed", ("hemoglobin", "bun", "platelets", "inr")),
    ("hemorrhage", ("hemoglobin", "bun", "platelets", "inr")),
    ("heart failure", ("weight", "nt-probnp", "potassium", "creatinine")),
    ("pneumonia", ("spo2", "wbc", "crp", "procalcitonin")),
    ("copd", ("spo2", "pco2-arterial", "co2", "glucose-poc")),
    ("obstructive", ("spo2", "pco2-arterial", "co2", "glucose-poc")),
    ("respiratory", ("spo2", "pco2-arterial", "ph-arterial", "wbc")),
    ("sepsis", ("lactate", "wbc", "creatinine", "platelets")),
    ("ketoacidosis", ("glucose", "anion-gap", "potassium", "co2")),
    ("pancreatitis", ("lipase", "calcium", "wbc", "bun")),
    ("kidney", ("creatinine", "potassium", "bun", "co2")),
    ("neutropeni", ("wbc", "platelets", "hemoglobin", "lactate")),
    ("cirrho", ("bilirubin", "inr", "sodium", "albumin")),
    ("infarction", ("troponin-hs", "troponin", "ck", "hemoglobin")),
    ("hip", ("hemoglobin", "creatinine", "sodium", "pain")),
    ("fracture", ("hemoglobin", "creatinine", "sodium", "pain")),
)
"""What tells most of a stay, by words in its reason."""


def _available(case: Case, first: float, last: float, size: int) -> list[str]:
    """Measures of the case with at least three values in a time, filled up with common ones."""

    def enough(name: str) -> bool:
        series = case.record.of(name)
        return int(((series.times >= first) & (series.times <= last)).sum()) >= 3

    return [n for n in dict.fromkeys((*case.measures, *_COMMON)) if enough(n)][:size]


def _draw(
    record: ChartRecord, span: tuple[float, float], names: Sequence[str], title: str, *, dots: bool
) -> str:
    drugs = _drugs(record, span, 10 if dots else 12)
    heights = [1.15, 0.17 * max(4, len(drugs)), *([0.85] * len(names))]
    figure, axes = stack(heights, 13)
    _lanes(axes[0], record, span)
    axes[0].set_title(title)
    _drug_lane(axes[1], record, span, drugs)
    for axis, name in zip(axes[2:], names, strict=True):
        _line(axis, record, name, span)
    for axis in axes:
        axis.set_xlim(*span)
        _shade(axis, record)
    _dates(axes[-1], span)
    for axis in axes[:-1]:
        axis.set_xticks(axes[-1].get_xticks())
        axis.set_xticklabels([])
    return svg(figure, title)


def _shade(axis: Axes, record: ChartRecord) -> None:
    for stay in record.stays:
        axis.axvspan(stay.start, stay.end, color=SETTING_COLORS[1], alpha=0.06, lw=0)
    for stay in record.icu:
        axis.axvspan(stay.start, stay.end, color=SETTING_COLORS[2], alpha=0.1, lw=0)


def _lanes(axis: Axes, record: ChartRecord, span: tuple[float, float]) -> None:
    """Stays, visits, procedures, notes."""
    for stay in record.stays:
        axis.barh(3, stay.end - stay.start, left=stay.start, height=0.6, color=SETTING_COLORS[1])
        wide = (stay.end - stay.start) / (span[1] - span[0])
        if wide > 0.12 and stay.reason and stay.start >= span[0]:
            axis.text(stay.start, 3, f" {stay.reason}", va="center", fontsize=7, color="white", clip_on=True)
    for stay in record.icu:
        axis.barh(3, stay.end - stay.start, left=stay.start, height=0.6, color=SETTING_COLORS[2])
    axis.plot([s.start for s in record.emergency], [3] * len(record.emergency), "v", color="#b3261e", ms=4)
    axis.plot([v.at for v in record.visits], [2] * len(record.visits), "o", color=SETTING_COLORS[0], ms=3.2)
    events = [p for p in record.procedures if not _routine(p.name) and span[0] <= p.at <= span[1]]
    axis.plot([p.at for p in events], [1] * len(events), "^", color="#a0522d", ms=4)
    _labels(axis, events, span)
    for note in record.notes:
        if span[0] <= note.at <= span[1]:
            axis.plot([note.at, note.at], [-0.3, 0.3], color=NOTE_COLORS.get(note.kind, QUIET), lw=0.8)
    axis.set_yticks([3, 2, 1, 0], ["stays, ICU", "visits", "procedures", "notes"])
    axis.set_ylim(-0.6, 3.6)
    axis.grid(visible=False, axis="y")


def _labels(axis: Axes, events: Sequence[Entry], span: tuple[float, float]) -> None:
    """Names of the first procedures of each kind, where there is room."""
    seen: set[str] = set()
    last = -1e18
    for event in sorted(events, key=lambda e: e.at):
        if event.name not in seen and event.at - last > (span[1] - span[0]) * 0.09:
            axis.text(event.at, 1.28, event.name[:24], fontsize=6, color="#a0522d", clip_on=True)
            seen.add(event.name)
            last = event.at


_ROUTINE = (
    "turn", "skin", "fall", "oral care", "out of bed", "iv site", "blood draw", "nursing", "medication recon",
    "incentive", "assessment", "mobiliz", "care of", "reposition",
)  # fmt: skip


def _routine(name: str) -> bool:
    return any(word in name.lower() for word in _ROUTINE)


def _drugs(record: ChartRecord, span: tuple[float, float], size: int) -> list[str]:
    """The drugs most used in a time: by doses and orders."""
    used: Counter[str] = Counter()
    used.update(d.drug for d in record.doses if span[0] <= d.at <= span[1])
    for order in record.orders:
        if order.home and order.at <= span[1]:
            used[order.drug] += 8
    return [name for name, _ in used.most_common(size)]


def _drug_lane(axis: Axes, record: ChartRecord, span: tuple[float, float], drugs: Sequence[str]) -> None:
    """Home prescriptions as pale bars up to a year long, orders in hospital as bars over their doses, doses as ticks."""
    for y, drug in enumerate(reversed(drugs)):
        orders = sorted((o for o in record.orders if o.drug == drug and o.home), key=lambda o: o.at)
        home = [o.at for o in orders]
        last = record.death or NOW.timestamp()
        nexts = [*home[1:], last][: len(home)]
        ends = [
            following if o.status == "active" else min(following, o.at + o.days * DAY)
            for o, following in zip(orders, nexts, strict=True)
        ]
        for start, end in zip(home, ends, strict=True):
            axis.barh(y, end - start, left=start, height=0.55, color=SETTING_COLORS[0], alpha=0.3)
        given: dict[str, list[float]] = {}
        for dose in record.doses:
            if dose.drug == drug and span[0] - DAY <= dose.at <= span[1] + DAY:
                given.setdefault(dose.order, []).append(dose.at)
        for times in given.values():
            axis.barh(y, max(times) - min(times), left=min(times), height=0.55, color=OURS, alpha=0.25)
        ticks = [t for times in given.values() for t in times]
        axis.vlines(ticks, y - 0.28, y + 0.28, color=OURS, lw=0.6)
    axis.set_yticks(range(len(drugs)), [d[:30] for d in reversed(drugs)], fontsize=7)
    axis.set_ylim(-0.6, max(len(drugs), 1) - 0.4)
    axis.grid(visible=False, axis="y")


def _line(axis: Axes, record: ChartRecord, name: str, span: tuple[float, float]) -> None:
    """A measure as dots and lines with its reference band. Lines are not drawn across more than 200 days."""
    series = record.of(name)
    inside = (series.times >= span[0]) & (series.times <= span[1])
    times, values, settings = series.times[inside], series.values[inside], series.settings[inside]
    row = ANALYTES.get(name) or VITALS.get(name)
    if row is not None and row.range is not None:
        low, high = row.range.of("male")
        axis.axhspan(low if low is not None else -1e9, high if high is not None else 1e9, color=BAND, lw=0)
    for part in np.split(np.arange(len(times)), np.flatnonzero(np.diff(times) > 200 * DAY) + 1):
        axis.plot(times[part], values[part], color="#777", lw=0.7)
    many = len(times) > 250
    for setting in range(OUTPATIENT, ICU + 1):
        mine = settings == setting
        axis.plot(times[mine], values[mine], "o", color=SETTING_COLORS[setting], ms=1.4 if many else 2.6)
    if len(values):
        low, high = float(values.min()), float(values.max())
        room = max(high - low, 1e-9) * 0.12
        axis.set_ylim(low - room, high + room)
        if high > 30 * max(low, 1e-9) > 0:
            axis.set_yscale("log")
            axis.set_ylim(max(low, 1e-3) / 1.3, high * 1.3)
    unit = unit_text(row.unit) if row else "mmHg"
    axis.set_ylabel(f"{name}\n{unit}", rotation=0, ha="right", va="center", fontsize=7.5)


def _dates(axis: Axes, span: tuple[float, float]) -> None:
    """Ticks on local dates: each half year, or each day."""
    days = (span[1] - span[0]) / DAY
    ticks: list[datetime] = []
    when = datetime.fromtimestamp(span[0], TIME_ZONE)
    if days > 120:
        year, month = when.year, 1
        while (moment := datetime(year, month, 1, tzinfo=UTC)).timestamp() < span[1]:
            if moment.timestamp() > span[0]:
                ticks.append(moment)
            year, month = (year, 7) if month == 1 else (year + 1, 1)
        labels = [f"{t:%b %Y}" for t in ticks]
    else:
        step = max(1, round(days / 12))
        start = int(datetime(when.year, when.month, when.day, tzinfo=TIME_ZONE).timestamp())
        ticks = [datetime.fromtimestamp(start + n * DAY, TIME_ZONE) for n in range(1, int(days) + 2, step)]
        labels = [f"{t:%d %b}" for t in ticks]
    axis.set_xticks([t.timestamp() for t in ticks], labels)
