"""Planted values do not stick out of the values round them."""

from __future__ import annotations

from collections import Counter

import pytest

from chartgym.fhir_server.cohort import build_plan, write_chart
from chartgym.fhir_server.cohort.codes import ANALYTES, LOINC, Analyte
from chartgym.fhir_server.cohort.plan import Json

_BY_CODE = {row.code: row for row in ANALYTES.values() if row.unit}
_CAP = 3
"""So often one chart counts for one value at most: somebody whose cells are all of one size is no planted edge."""
_FINE = 8
"""Steps of the last decimal between the quartiles that a test needs: where there are fewer, all are peaks."""


def _counts(step: int) -> dict[str, Counter[int]]:
    """By test, how often each value occurs in the laboratory's own unit, in steps of its last decimal."""
    plan = build_plan(1)
    found: dict[str, Counter[int]] = {}
    for person in plan.charts[::step]:
        mine: Counter[tuple[str, int]] = Counter()
        for resource in write_chart(plan, person):
            if resource["resourceType"] != "Observation":
                continue
            quantity: dict[str, Json] = resource.get("valueQuantity", {})
            codes: list[str] = [
                c["code"] for c in resource.get("code", {}).get("coding", ()) if c["system"] == LOINC
            ]
            row = _BY_CODE.get(codes[0]) if codes else None
            if row is not None and quantity.get("code") == row.unit and "comparator" not in quantity:
                mine[row.name, _steps(row, quantity["value"])] += 1
        for (name, value), count in mine.items():
            found.setdefault(name, Counter())[value] += min(count, _CAP)
    return found


def _steps(row: Analyte, value: float) -> int:
    return round(value * 10**row.decimals)


def spikes(counts: Counter[int]) -> list[tuple[int, int, float]]:
    """Values in the middle 98 % that are far more frequent than their neighbourhood: (value, count, expected)."""
    values = sorted(counts.elements())
    quantile = [values[len(values) * part // 100] for part in (1, 25, 75, 99)]
    if len(values) < 300 or quantile[2] - quantile[1] < _FINE:
        return []
    found: list[tuple[int, int, float]] = []
    for value in range(quantile[0] + 1, quantile[3]):
        expected = sum(counts[value + n] for n in range(-4, 5) if n) / 8
        if counts[value] > 12 and counts[value] > 2 * expected + 4 * max(expected, 1.0) ** 0.5:
            found.append((value, counts[value], expected))
    return found


@pytest.fixture(scope="module")
def counts() -> dict[str, Counter[int]]:
    return _counts(5)


def test_no_value_sticks_out(counts: dict[str, Counter[int]]) -> None:
    """No value of a test is far more frequent than its neighbours: planted edges do not show in a histogram."""
    looked_at = [name for name, found in counts.items() if found.total() >= 300]
    assert len(looked_at) >= 20
    assert {name: found for name in looked_at if (found := spikes(counts[name]))} == {}


def test_a_planted_edge_would_be_seen(counts: dict[str, Counter[int]]) -> None:
    """Were a glucose of 140 planted once in half of the charts' days, the test above would fail."""
    planted = counts["glucose"] + Counter({140: 60})
    assert [value for value, _, _ in spikes(planted)] == [140]
