"""The realism page: how charts are read, and that the page stands by itself."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest
from realism.chart import ChartRecord
from realism.findings import Findings, find
from realism.gather import FACTORS, PLAUSIBLE, read_chart
from realism.page import page
from realism.reference import load

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan, write_chart
from chartgym.fhir_server.cohort.codes import ANALYTES, VITALS
from chartgym.fhir_server.cohort.plan import NOW

PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1950-03-01"}


def result(name: str, value: float, unit: str, **more: Any) -> Resource:
    row = ANALYTES.get(name) or VITALS[name]
    return {
        "resourceType": "Observation", "id": "o", "status": "final",
        "code": {"coding": [{"system": c.system, "code": c.code} for c in row.codes]},
        "effectiveDateTime": "2025-06-01T06:00:00-04:00",
        "valueQuantity": {"value": value, "unit": unit, "code": unit}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        ("glucose", 10, "mmol/L", 180.16),
        ("creatinine", 88.42, "umol/L", 1.0),
        ("calcium", 2.5, "mmol/L", 10.02),
        ("hemoglobin", 120, "g/L", 12.0),
        ("bilirubin", 17.1, "umol/L", 1.0),
        ("magnesium", 1, "mmol/L", 2.4305),
        ("phosphate", 1, "mmol/L", 3.097),
        ("bun", 10, "mmol/L", 28.01),
        ("temperature", 100.4, "[degF]", 38.0),
        ("weight", 200, "[lb_av]", 90.718474),
        ("potassium", 4.2, "mmol/L", 4.2),
    ],
)
def test_another_unit_is_read_in_the_tables(name: str, value: float, unit: str, expected: float) -> None:
    """A value in another unit becomes the table's, by molar mass or by definition."""
    series = read_chart([PATIENT, result(name, value, unit)]).of(name)
    assert series.values.tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("name", FACTORS)
def test_an_unknown_unit_is_not_guessed(name: str) -> None:
    """A value in a unit that nobody knows is left out of the figures."""
    assert not len(read_chart([PATIENT, result(name, 5, "[foo]")]).of(name).values)


@pytest.mark.parametrize("name", [n for n in PLAUSIBLE if n in ANALYTES or n in VITALS])
def test_slips_stay_out_of_figures_and_are_counted(name: str) -> None:
    """At a bound a value counts; beyond it it is tallied instead."""
    unit = (ANALYTES.get(name) or VITALS[name]).unit
    low, high = PLAUSIBLE[name]
    rows = [result(name, v, unit) for v in (low, high, low / 2, high * 2)]
    chart = read_chart([PATIENT, *rows])
    assert chart.of(name).values.tolist() == [low, high]
    assert chart.tally["implausible, left out of figures"] == 2


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_withdrawn_results_are_not_read(status: str) -> None:
    """What is withdrawn or not there yet counts in the tally alone."""
    chart = read_chart([PATIENT, result("sodium", 140, "mmol/L", status=status)])
    assert not len(chart.of("sodium").values)
    assert chart.tally[f"observation {status}"] == 1


def test_bounds_of_comparators_are_not_values() -> None:
    """`<0.1` is no 0.1."""
    row = result("lactate", 0.3, "mmol/L")
    row["valueQuantity"]["comparator"] = "<"
    assert not len(read_chart([PATIENT, row]).of("lactate").values)


@pytest.fixture(scope="module")
def records() -> list[ChartRecord]:
    """An ICU patient, somebody at home and somebody dead: the three with the shortest charts of their kind."""
    plan = build_plan(1)
    order = sorted((p for p in plan.charts if p.details["days"] > 8), key=lambda p: p.details["days"])
    people = [
        next(p for p in order if p.stay and p.stay.unit == "icu"),
        next(p for p in order if p.stay is None and p.deceased is None),
        next(p for p in order if p.deceased),
    ]
    return [read_chart(write_chart(plan, p)) for p in people]


@pytest.fixture(scope="module")
def findings(records: list[ChartRecord]) -> Findings:
    return find(records, load())


def test_a_chart_is_read_whole(records: list[ChartRecord]) -> None:
    """Every part of a record is filled, in order of time, within the person's life."""
    icu, _, dead = records
    assert icu.icu
    assert icu.stays[-1].open
    assert dead.death is not None
    for record in records:
        last = record.death or NOW.timestamp()
        assert record.size > 100
        assert record.orders
        assert record.conditions
        assert {"systolic", "heart-rate", "creatinine", "hemoglobin"} <= set(record.series)
        for series in record.series.values():
            assert (series.times[1:] >= series.times[:-1]).all()
            assert record.birth <= series.times[0]
            assert series.times[-1] <= last
            assert ((series.hours >= 0) & (series.hours < 24)).all()
        assert all(s.start < s.end for s in record.stays)


def test_every_dose_names_an_order_of_the_chart(records: list[ChartRecord]) -> None:
    """Doses and orders are joined by id."""
    icu = records[0]
    assert icu.doses
    assert {d.order for d in icu.doses} <= {o.id for o in icu.orders}


@pytest.fixture(scope="module")
def html(findings: Findings) -> str:
    return page(findings, {"seed": "1"})


def test_the_page_is_one_file_with_its_plots(findings: Findings, html: str) -> None:
    """All sections with a picture each, and nothing that a browser would fetch; addresses stand as citations only."""
    assert html.startswith("<!doctype html>")
    assert html.count("<!doctype") == 1
    for section in findings.sections:
        assert section in html
    assert html.count("<svg ") >= 12 + len(findings.records)
    assert html.count("<svg ") == html.count("</svg>")
    assert not re.search(r"<(script|link|iframe|img|object|embed)\b|@import|\bsrc\s*=", html)
    assert not re.search(r"url\((?!#|&quot;#|\"#)", html)
    linked = re.findall(r'<(\w+)[^>]*\shref="(?!#)', html)
    assert set(linked) <= {"a"}
    assert all(a.startswith(("#", "data:image/png")) for a in re.findall(r'xlink:href="([^"]{1,20})', html))


def test_the_page_shows_each_verdict(findings: Findings, html: str) -> None:
    """Every figure is in the page, and those outside their band stand in the list at the top as well."""
    outside = sum(c.verdict == "outside" for c in findings.checks)
    assert html.count("✗ outside") >= 2 * outside
    assert html.count("✓ inside") >= sum(c.verdict == "inside" for c in findings.checks)
    assert f"{outside} figures outside their band" in html


def test_figures_repeat(records: list[ChartRecord], findings: Findings) -> None:
    """The same charts give the same figures."""
    again = find(records, load())
    assert again.checks == findings.checks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "PAST HISTORY\nGout.\nNo chest pain today. Walks to the shop.",
            ("No chest pain today", "Walks to the shop"),
        ),
        ("Allergies: none\nPlan: labs in the morning.", ("labs in the morning",)),
        ("Please call us back tomorrow. Ana Cruz, MD", ("Please call us back tomorrow",)),
    ],
)
def test_sentences_are_told_from_headings(text: str, expected: tuple[str, ...]) -> None:
    """Headings, labels, signatures and what has one or two words are not sentences."""
    document = {
        "resourceType": "DocumentReference",
        "id": "n",
        "status": "current",
        "type": {"text": "Note"},
        "date": "2026-03-01T08:00:00-05:00",
        "content": [{"attachment": {"data": b64encode(text.encode()).decode()}}],
    }
    assert read_chart([PATIENT, document]).notes[0].sentences == expected
