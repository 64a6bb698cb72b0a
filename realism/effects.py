"""Whether results answer to treatment: changes after a dose against changes without it, from the same value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from .chart import ChartRecord, Series
from .check import Check, judged, number
from .reference import Reference
from .stats import DAY, HOUR, Change, Contrast, Floats, average_curve, changes, contrast

POTASSIUM = ("potassium-chloride-oral", "potassium-chloride-iv")
INSULIN = ("insulin-lispro", "insulin-regular", "insulin-aspart")
ANTIBIOTICS = (
    "vancomycin", "piperacillin-tazobactam", "ceftriaxone", "cefazolin", "cefepime", "meropenem", "levofloxacin",
    "azithromycin", "metronidazole", "ciprofloxacin", "ampicillin-sulbactam",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Study:
    """One question: what does a treatment do to a measure?

    Attributes:
        name: key of `Reference.effects`.
        measure: what changes.
        events: the instants of treatment in a chart.
        back: how old the value before may be, hours.
        window: where the value after lies, hours after the event.
        step: width of the classes in which treated and untreated are matched.
        quiet: how long before an event there may be no other, hours: with days, only the first of a course counts.
        only: which values before count; all where None.
        most: changes larger than this are slips of the scale or of the unit, and left out.
        alone: judged by the change of the treated alone, since those who are not treated at that value are others
            (nobody leaves a shock without norepinephrine); the untreated are shown beside it.
    """

    name: str
    measure: str
    events: Callable[[ChartRecord], Sequence[float]]
    back: float
    window: tuple[float, float]
    step: float
    quiet: float = 0.0
    only: Callable[[float], bool] | None = None
    alone: bool = False
    most: float = 1e9


def _given(*drugs: str) -> Callable[[ChartRecord], Sequence[float]]:
    return lambda record: record.given(drugs)


def _procedure(code: str) -> Callable[[ChartRecord], Sequence[float]]:
    return lambda record: sorted(p.at for p in record.procedures if p.code == code)


def _oxygen(record: ChartRecord) -> Sequence[float]:
    return [float(t) for t in record.of("oxygen-flow").inside().times]


def _febrile(value: float) -> bool:
    return value >= 38.0


STUDIES = (
    Study("potassium after KCl", "potassium", _given(*POTASSIUM), 14, (1, 26), 0.2),
    Study("magnesium after magnesium sulfate", "magnesium", _given("magnesium-sulfate-iv"), 14, (1, 30), 0.2),
    Study("glucose after rapid insulin", "glucose-poc", _given(*INSULIN), 1.5, (1, 6), 20, alone=True),
    Study("temperature after acetaminophen, febrile", "temperature", _given("acetaminophen"), 5, (1, 6), 0.3,
          only=_febrile, alone=True),
    Study("temperature after antibiotics begin, febrile", "temperature", _given(*ANTIBIOTICS), 12, (48, 84), 0.3,
          quiet=96, only=_febrile, alone=True),
    Study("hemoglobin after red cells", "hemoglobin", _procedure("30233N1"), 30, (1, 30), 0.6, alone=True),
    Study("weight after IV furosemide begins", "weight", _given("furosemide-iv"), 36, (40, 100), 200, quiet=96, most=12),
    Study("potassium after IV furosemide begins", "potassium", _given("furosemide-iv"), 24, (20, 80), 0.3, quiet=96),
    Study("INR after warfarin begins", "inr", _given("warfarin"), 72, (72, 200), 0.3, quiet=240),
    Study("systolic after norepinephrine begins", "systolic", _given("norepinephrine"), 2, (1, 5), 6, quiet=24, alone=True),
    Study("SpO2 after oxygen", "spo2", _oxygen, 5, (0.5, 6), 1.5, quiet=24, alone=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a study, with the mean curves of treated and untreated."""

    study: Study
    contrast: Contrast
    middles: Floats
    treated: tuple[Floats, Floats]
    control: tuple[Floats, Floats]


def outcomes(records: Sequence[ChartRecord]) -> list[Outcome]:
    """All studies."""
    return [outcome(study, records) for study in STUDIES]


def outcome(study: Study, records: Sequence[ChartRecord]) -> Outcome:
    """One study over some charts."""
    treated: list[Change] = []
    untreated: list[Change] = []
    reach = (-24.0, 120.0 if study.window[1] > 60 else 48.0)
    for record in records:
        series = record.of(study.measure).inside()
        if not len(series.times):
            continue
        events = study.events(record)
        for stay in np.unique(series.stays):
            mine = series.where(series.stays == stay)
            span = record.stays[int(stay)]
            inside = [e for e in events if span.start <= e <= span.end]
            starts = _starts(inside, study.quiet)
            treated += changes(
                mine.times, mine.values, starts, back=study.back, window=study.window, reach=reach
            )
            free = _untreated(mine, inside, study)
            untreated += changes(
                mine.times, mine.values, free, back=study.back, window=study.window, reach=reach
            )
    if study.only:
        treated = [c for c in treated if study.only(c.before)]
        untreated = [c for c in untreated if study.only(c.before)]
    treated = [c for c in treated if abs(c.after - c.before) <= study.most]
    untreated = [c for c in untreated if abs(c.after - c.before) <= study.most]
    edges = np.linspace(reach[0], reach[1], 25)
    middles, *own = average_curve(treated, edges)
    _, *others = average_curve(_matched(treated, untreated, study.step), edges)
    return Outcome(
        study, contrast(treated, untreated, study.step), middles, (own[0], own[1]), (others[0], others[1])
    )


def _starts(events: Sequence[float], quiet: float) -> list[float]:
    """Events with none in the hours before: doses given together count once."""
    least = max(quiet * HOUR, 600)
    return [e for n, e in enumerate(events) if n == 0 or e - events[n - 1] >= least]


def _untreated(series: Series, events: Sequence[float], study: Study) -> list[float]:
    """Instants just after a value with no treatment from a day before until the window has passed."""
    lead = max(8 * HOUR, min(study.quiet * HOUR, DAY))
    taken = np.asarray(events)
    found: list[float] = []
    for time in series.times + min(1.0, study.back / 2) * HOUR:
        near = (taken > time - lead) & (taken < time + study.window[1] * HOUR) if len(taken) else np.empty(0)
        if not near.any():
            found.append(float(time))
    return found


def _matched(treated: Sequence[Change], untreated: Sequence[Change], step: float) -> list[Change]:
    """Of each class as many untreated as there are treated, spread evenly: curves of people with the same value."""
    wanted: dict[int, int] = {}
    for c in treated:
        wanted[round(c.before / step)] = wanted.get(round(c.before / step), 0) + 1
    pool: dict[int, list[Change]] = {}
    for c in untreated:
        pool.setdefault(round(c.before / step), []).append(c)
    found: list[Change] = []
    for key, count in wanted.items():
        have = pool.get(key, [])
        if have:
            found += have[:: max(1, len(have) // (3 * count))][: 3 * count]
    return found


def effect_checks(rows: Sequence[Outcome], reference: Reference, least: int = 5) -> list[Check]:
    """The effect within its band. With fewer than `least` treated there is nothing to judge, which is a finding too."""
    checks: list[Check] = []
    for row in rows:
        effect, c = reference.effects[row.study.name], row.contrast
        low, high = effect.band
        band = f"{number(low)} to {number(high)}"
        difference = c.treated if row.study.alone else c.difference
        if c.count < least or isnan(difference):
            words = f"only {c.count} treated, {c.controls} untreated"
            checks.append(
                Check(
                    "Answers to treatment",
                    row.study.name,
                    words,
                    band,
                    "outside",
                    "cannot be seen",
                    effect.note,
                )
            )
            continue
        ours = (
            f"{difference:+.2f} ± {1.96 * c.error:.2f} (treated {c.treated:+.2f}, untreated {c.control:+.2f}; "
            f"{c.count} events)"
        )
        why = (
            ""
            if low <= difference <= high
            else "no effect"
            if abs(difference) < 2 * c.error
            else "wrong size"
        )
        if not low <= difference <= high and difference * (low + high) < 0 and abs(difference) > 2 * c.error:
            why = "wrong sign"
        checks.append(
            Check(
                "Answers to treatment",
                row.study.name,
                ours,
                band,
                judged(low <= difference <= high),
                why,
                effect.note,
            )
        )
    return checks
