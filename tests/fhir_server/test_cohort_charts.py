"""Charts: valid, consistent, within their time, and the same whoever writes them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import cast

import orjson
import pytest

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan, codes, write_chart
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.catalogue import hospital_resources
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.chart import clinical_time
from chartgym.fhir_server.cohort.codes import Term
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE, Json, Person, Plan
from chartgym.fhir_server.embedded.validate import validate

TIMES = re.compile(rb'"(\w+)":"(\d{4}-\d\d-\d\dT[^"]+)"')
REFERENCES = re.compile(rb'"reference":"([A-Za-z]+/[^"]+)"')
TABLES: tuple[dict[str, Term], ...] = (
    dict(codes.ANALYTES), dict(codes.VITALS), dict(codes.DRUGS), dict(codes.SERVICES), dict(codes.CONDITIONS),
    dict(codes.PROCEDURES), dict(codes.ALLERGENS), dict(codes.NOTES), dict(codes.REPORTS), dict(codes.VACCINES),
)  # fmt: skip
KNOWN = {(c.system, c.code) for table in TABLES for row in table.values() for c in row.codes} | {
    (c.system, c.code) for row in codes.VITALS.values() for part in row.components for c in part
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build_plan(1)


def small(plan: Plan, count: int) -> list[Person]:
    """The people with the fewest hospital days, an ICU patient, and somebody dead."""
    order = sorted(plan.charts, key=lambda p: p.details["days"])
    picked = order[:count]
    picked += [next(p for p in order if p.stay and p.stay.unit == "icu")]
    picked += [next(p for p in order if p.deceased)]
    return picked


@pytest.fixture(scope="module")
def charts(plan: Plan) -> dict[int, list[Resource]]:
    return {p.index: write_chart(plan, p) for p in small(plan, 6)}


def test_every_resource_is_valid_r4(charts: dict[int, list[Resource]]) -> None:
    """A sample of every chart, and everything of rare types, passes the validation that writes pass."""
    for chart in charts.values():
        for number, resource in enumerate(chart):
            if number % 5 == 0 or resource["resourceType"] not in {"Observation", "MedicationAdministration"}:
                assert validate(resource) == ()


def test_the_hospital_is_valid_r4(plan: Plan) -> None:
    """What belongs to no patient is valid too."""
    for resource in hospital_resources(plan):
        assert validate(resource) == ()


def test_references_resolve(plan: Plan, charts: dict[int, list[Resource]]) -> None:
    """A reference leads into the same chart or to the hospital, and every subject is the chart's own person."""
    house = {f"{r['resourceType']}/{r['id']}" for r in hospital_resources(plan)}
    for index, chart in charts.items():
        own = {f"{r['resourceType']}/{r['id']}" for r in chart}
        found = {ref.decode() for r in chart for ref in REFERENCES.findall(orjson.dumps(r))}
        assert found <= own | house
        me = f"Patient/{plan.people[index].id}"
        assert {(r.get("subject") or r.get("patient") or {"reference": me})["reference"] for r in chart} == {
            me
        }


def test_ids_are_unique_in_the_cohort(plan: Plan, charts: dict[int, list[Resource]]) -> None:
    """No id is given twice, in a chart or across charts."""
    ids = [r["id"] for r in chain(*charts.values()) if r["resourceType"] != "Patient"]
    ids += [r["id"] for r in hospital_resources(plan)]
    assert len(set(ids)) == len(ids)


def test_nothing_happens_after_now_or_death_or_before_birth(
    plan: Plan, charts: dict[int, list[Resource]]
) -> None:
    """Clinical times lie between birth and now (or death); only an order's occurrence may lie ahead."""
    for index, chart in charts.items():
        person = plan.people[index]
        last = person.deceased or NOW
        for resource in chart[1:]:
            for key, text in TIMES.findall(orjson.dumps(resource)):
                at = datetime.fromisoformat(text.decode())
                assert at.date() >= person.birth_date
                assert at <= last or key == b"occurrenceDateTime", resource


def test_offsets_are_those_of_the_hospital_on_that_day(charts: dict[int, list[Resource]]) -> None:
    """Times are written with the offset that the zone had then, or in UTC, as a reference laboratory reports."""
    offsets: set[timedelta | None] = set()
    for resource in chain(*charts.values()):
        at = clinical_time(resource)
        if at is not None and at.utcoffset() != timedelta(0):
            assert at.utcoffset() == at.astimezone(TIME_ZONE).utcoffset()
        if at is not None:
            offsets.add(at.utcoffset())
    assert offsets == {timedelta(0), timedelta(hours=-4), timedelta(hours=-5)}


def _codings(value: Json) -> Iterator[tuple[str, str]]:
    match value:
        case {"system": str(system), "code": str(code)} if "value" not in value:
            yield system, code
        case dict():
            for part in cast("dict[str, Json]", value).values():
                yield from _codings(part)
        case list():
            for part in cast("list[Json]", value):
                yield from _codings(part)
        case _:
            return


def test_each_code_of_a_chart_is_in_the_table(charts: dict[int, list[Resource]]) -> None:
    """No literal code has slipped past the tables."""
    for resource in chain(*charts.values()):
        for key in ("code", "vaccineCode", "medicationCodeableConcept", "type", "component"):
            if resource["resourceType"] in {"Encounter", "Patient"}:
                continue
            clinical = [c for c in _codings(resource.get(key)) if "terminology.hl7.org" not in c[0]]
            assert set(clinical) <= KNOWN, resource


def test_entries_of_an_encounter_lie_in_its_period(charts: dict[int, list[Resource]]) -> None:
    """What names an encounter happened in it."""
    for chart in charts.values():
        periods = {r["id"]: r["period"] for r in chart if r["resourceType"] == "Encounter"}
        for resource in chart:
            if resource["resourceType"] not in {"Observation", "Procedure", "MedicationRequest"}:
                continue
            link = resource.get("encounter")
            at = clinical_time(resource)
            if link is None or at is None:
                continue
            period = periods[link["reference"].split("/")[1]]
            assert datetime.fromisoformat(period["start"]) <= at
            assert "end" not in period or at <= datetime.fromisoformat(period["end"])


def test_the_same_chart_whatever_the_hash_seed() -> None:
    """Bytes do not depend on how Python orders sets: two processes with other hash seeds agree."""
    script = (
        "import hashlib, orjson; from chartgym.fhir_server.cohort import build_plan, write_chart; p = build_plan(1);"
        "q = sorted(p.charts, key=lambda c: c.details['days'])[:4];"
        "print(hashlib.sha256(orjson.dumps([write_chart(p, c) for c in q])).hexdigest(), len(p.placements))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-P", "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(seen) == 1


@pytest.fixture
def builder(plan: Plan) -> ChartBuilder:
    person = next(p for p in plan.charts if p.stay)
    chart = ChartBuilder(person, NOW, child(1, "test"))
    assert person.stay
    chart.encounter("inpatient", person.stay.admitted, None, encounter_id=person.stay.encounter_id)
    return chart


def test_taking_back_a_result_mends_its_report(builder: ChartBuilder) -> None:
    """A report loses the dropped result; one that has none left goes too."""
    at = NOW - timedelta(hours=2)
    low = builder.lab("potassium", 3.1, at)
    other = builder.lab("sodium", 140, at)
    both = builder.report("basic-metabolic-panel", [low, other], at)
    builder.report("basic-metabolic-panel", [low], at)
    assert builder.drop("Observation", "potassium", since=at) == 1
    (report,) = builder.find("DiagnosticReport")
    assert report["id"] == both
    assert report["result"] == [{"reference": f"Observation/{other}"}]


def test_what_find_gives_may_be_changed(builder: ChartBuilder) -> None:
    """A change to a found resource changes the chart, and no other resource that shares its parts."""
    at = NOW - timedelta(hours=2)
    builder.lab("potassium", 3.1, at)
    builder.lab("potassium", 4.1, at - timedelta(hours=1))
    (found,) = builder.find("Observation", "potassium", since=at)
    found["code"]["coding"].clear()
    by_value = {r["valueQuantity"]["value"]: r for r in builder.resources if "valueQuantity" in r}
    assert by_value[3.1]["code"]["coding"] == []
    assert len(by_value[4.1]["code"]["coding"]) == 2


def test_values_are_rounded_to_the_decimals_of_the_analyte(builder: ChartBuilder) -> None:
    """A potassium has one decimal, a sodium none, another unit as many as are printed."""
    at = NOW - timedelta(hours=1)
    builder.lab("potassium", 3.449, at)
    builder.lab("sodium", 139.6, at)
    builder.lab("glucose", 5.5512, at, unit="mmol/L")
    assert [r["valueQuantity"]["value"] for r in builder.find("Observation")] == [3.4, 140, 5.55]


def test_a_result_is_not_released_before_it_is_drawn_nor_after_now(builder: ChartBuilder) -> None:
    """The default release time lies between collection and now."""
    for minutes in (0, 5, 30, 600):
        at = NOW - timedelta(minutes=minutes)
        builder.lab("potassium", 4.0, at)
    for result in builder.find("Observation", "potassium"):
        issued = datetime.fromisoformat(result["issued"])
        assert datetime.fromisoformat(result["effectiveDateTime"]) <= issued <= NOW


def test_an_entry_belongs_to_the_encounter_that_covers_it(builder: ChartBuilder) -> None:
    """The stay is found by time, in any zone; outside of all encounters there is none."""
    inside = NOW.astimezone(UTC) - timedelta(minutes=30)
    builder.vital("heart-rate", 80, inside)
    builder.vital("heart-rate", 81, NOW - timedelta(days=900))
    now, before = builder.find("Observation", "heart-rate")
    assert now["encounter"] == {"reference": f"Encounter/{builder.encounter_id}"}
    assert "encounter" not in before


def test_nothing_in_the_writing_of_a_time_tells_who_wrote_it(charts: dict[int, list[Resource]]) -> None:
    """Course and scenes alike write whole minutes: seconds would tell a planted entry from the others."""
    for resource in chain(*charts.values()):
        at = clinical_time(resource)
        assert at is None or at.second == 0
