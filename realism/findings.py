"""Everything the page says, computed once from the charts: figures for the plots, checks for the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chartgym.fhir_server.cohort.plan import NOW

from . import distributions, effects, relations, tallies
from .chart import ChartRecord
from .check import Check
from .reference import Reference
from .stats import Floats, within_groups

MATRIX = (
    "sodium", "potassium", "chloride", "co2", "bun", "creatinine", "glucose", "calcium", "magnesium", "phosphate",
    "albumin", "bilirubin", "wbc", "hemoglobin", "platelets", "inr",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found."""

    records: Sequence[ChartRecord]
    reference: Reference
    checks: list[Check]
    distributions: list[distributions.Distribution]
    standouts: list[distributions.Standout]
    late: dict[str, Floats]
    pairs: list[relations.Pair]
    matrix: tuple[Floats, Floats]
    lags: list[relations.Lag]
    gaps: list[relations.Gap]
    draws: Floats
    classes: list[tuple[str, str, list[relations.Class]]]
    outcomes: list[effects.Outcome]
    mess: list[tallies.Mess]
    burden: tallies.Burden
    diagnoses: list[tuple[str, int]]
    orders: list[tuple[str, int]]
    notes: list[tallies.NoteKind]

    def section(self, name: str) -> list[Check]:
        """The checks of a section."""
        return [c for c in self.checks if c.section == name]

    @property
    def sections(self) -> list[str]:
        """All sections, in order."""
        return list(dict.fromkeys(c.section for c in self.checks))


def find(records: Sequence[ChartRecord], reference: Reference) -> Findings:
    """Computes all figures and verdicts."""
    rows = distributions.distributions(records, reference)
    standing = distributions.standouts(records, reference)
    pairs = relations.correlations(records, reference)
    lags = relations.autocorrelations(records, reference)
    intervals = relations.intervals(records)
    draws = relations.draw_hours(records)
    waits = relations.next_potassium(records, reference)
    potassium = relations.replacement(records, reference, "potassium", "potassium-chloride")
    magnesium = relations.replacement(records, reference, "magnesium", "magnesium-sulfate")
    outcomes = effects.outcomes(records)
    mess = tallies.mess(records)
    burden = tallies.burden(records)
    coded, stays = tallies.diagnoses(records)
    drugs, routes = tallies.drug_counts(records)
    notes = tallies.note_kinds(records)
    classes = "What follows a value"
    checks = [
        *distributions.distribution_checks(rows, reference),
        *relations.correlation_checks(pairs, reference),
        *relations.lag_checks(lags, reference),
        *relations.identical_checks(records, reference),
        *relations.interval_checks(intervals, reference),
        *relations.draw_hour_checks(draws, reference),
        *relations.class_checks(classes, "hours to the next potassium after", waits, hours=True),
        *relations.class_checks(classes, "KCl ordered the same day, potassium", potassium, hours=False),
        *relations.class_checks(
            classes, "magnesium sulfate ordered the same day, magnesium", magnesium, hours=False
        ),
        *effects.effect_checks(outcomes, reference),
        *tallies.mess_checks(mess, reference),
        *tallies.burden_checks(burden, reference),
        *tallies.diagnosis_checks(coded, stays, reference),
        *tallies.drug_checks(drugs, routes, reference),
        *tallies.note_checks(notes),
        *distributions.pile_checks(records, reference),
        *distributions.standout_checks(standing, reference),
    ]
    return Findings(
        records, reference, checks, rows, standing, _late(records, standing), pairs, _matrix(records, reference), lags,
        intervals, draws,
        [("next potassium", "median hours", waits), ("KCl the same day, by potassium", "share", potassium),
         ("Mg sulfate the same day, by magnesium", "share", magnesium)],
        outcomes, mess, burden, tallies.diagnosis_names(records),
        tallies.order_names(records), notes,
    )  # fmt: skip


def _late(records: Sequence[ChartRecord], rows: Sequence[distributions.Standout]) -> dict[str, Floats]:
    """Values of the last days of open stays, for the pictures of spikes."""
    found: dict[str, Floats] = {}
    for name in {r.name for r in rows[:8]}:
        parts = [
            s.values[s.times > NOW.timestamp() - distributions.QUIET]
            for r in records
            if any(stay.open for stay in r.stays) and len((s := r.of(name)).times)
        ]
        found[name] = np.concatenate(parts) if parts else np.empty(0)
    return found


def _matrix(records: Sequence[ChartRecord], reference: Reference) -> tuple[Floats, Floats]:
    """Correlations within stays of all pairs of `MATRIX`, ours and published."""
    size = len(MATRIX)
    ours, theirs = np.full((size, size), np.nan), np.full((size, size), np.nan)
    for i, a in enumerate(MATRIX):
        for j, b in enumerate(MATRIX[:i]):
            ours[i, j] = within_groups(relations.paired(records, reference, a, b)).pooled
    for a, b, value in reference.correlations:
        if a in MATRIX and b in MATRIX:
            low, high = sorted((MATRIX.index(a), MATRIX.index(b)))
            theirs[low, high] = value
    return ours, theirs
