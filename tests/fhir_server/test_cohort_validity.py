"""Every resource of the cohort is valid R4, has what US Core asks of its type, and refers to what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

import orjson
import pytest

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan, codes, write_chart
from chartgym.fhir_server.cohort.catalogue import hospital_resources
from chartgym.fhir_server.cohort.codes import Coding
from chartgym.fhir_server.cohort.plan import LOCAL_CODES, Json, Plan
from chartgym.fhir_server.embedded.validate import validate

from .ucum_grammar import is_ucum
from .validity_sample import MOST, refusals, validity_sample, varied_people

REFERENCE = re.compile(rb'"reference":"([^"]+)"')
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return build_plan(1)


@pytest.fixture(scope="module")
def sample(plan: Plan) -> tuple[Resource, ...]:
    return validity_sample(plan)


@pytest.fixture(scope="module")
def hospital(plan: Plan) -> tuple[Resource, ...]:
    return tuple(hospital_resources(plan))


@pytest.fixture(scope="module")
def charts(plan: Plan) -> dict[str, list[Resource]]:
    """Whole charts of six people, by the id of their Patient."""
    return {p.id: write_chart(plan, p) for p in varied_people(plan)[::2][:6]}


def everything(charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]) -> Iterator[Resource]:
    yield from hospital
    for chart in charts.values():
        yield from chart


def test_the_sample_is_small_and_varied(plan: Plan, sample: tuple[Resource, ...]) -> None:
    """It holds each type of the cohort, several states of each that has any, and is the same each time."""
    assert 300 < len(sample) <= MOST
    ids = [(r["resourceType"], r["id"]) for r in sample]
    assert len(set(ids)) == len(ids)
    assert ids == [(r["resourceType"], r["id"]) for r in validity_sample(plan)]
    status: dict[str, set[str]] = {}
    for resource in sample:
        status.setdefault(resource["resourceType"], set()).add(str(resource.get("status")))
    assert {"final", "corrected", "entered-in-error", "cancelled"} <= status["Observation"]
    assert {"active", "completed", "cancelled"} <= status["MedicationRequest"]
    assert {"in-progress", "finished"} <= status["Encounter"]
    assert {"completed", "not-done"} <= status["MedicationAdministration"]


def test_the_sample_passes_the_validation_of_writes(sample: tuple[Resource, ...]) -> None:
    """Structure, cardinality, formats, required bindings, reference targets and invariants hold."""
    for resource in sample:
        assert validate(resource) == (), resource


def test_whole_charts_pass_the_validation_of_writes(
    charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]
) -> None:
    """Not a sample: each resource of six charts and of the hospital."""
    for resource in everything(charts, hospital):
        assert validate(resource) == (), resource


REQUIRED_CODES = (
    "status", "gender", "intent", "priority", "docStatus", "criticality", "type", "mode", "kind", "use",
)  # fmt: skip


def test_the_validation_looks_at_required_bindings(sample: tuple[Resource, ...]) -> None:
    """The tests above can fail: another word in place of a code with a required binding is refused, in every type."""
    seen: set[tuple[str, str]] = set()
    for resource in sample:
        for key in REQUIRED_CODES:
            place = (resource["resourceType"], key)
            if isinstance(resource.get(key), str) and place not in seen:
                seen.add(place)
                assert validate(resource | {key: "wrong"}), place
    assert {kind for kind, key in seen if key == "status"} >= {
        "Observation", "Encounter", "MedicationRequest", "MedicationAdministration", "ServiceRequest", "Procedure",
        "DiagnosticReport", "DocumentReference", "Immunization", "CareTeam",
    }  # fmt: skip


def test_references_lead_to_what_is_there(
    charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]
) -> None:
    """Each leads into the same chart or to the hospital, and is of the form Type/id."""
    house = {f"{r['resourceType']}/{r['id']}" for r in hospital}
    patients = {name for name in house if name.startswith("Patient/")}
    for person, chart in charts.items():
        own = {f"{r['resourceType']}/{r['id']}" for r in chart} | house - patients
        found = {ref.decode() for r in chart[1:] for ref in REFERENCE.findall(orjson.dumps(r))}
        assert found <= own
        assert f"Patient/{person}" in found
    of_house = {ref.decode() for r in hospital for ref in REFERENCE.findall(orjson.dumps(r))}
    assert of_house <= house


def _nodes(value: Json) -> Iterator[dict[str, Json]]:
    """Every object inside a value, itself included."""
    match value:
        case dict():
            node = cast("dict[str, Json]", value)
            yield node
            for part in node.values():
                yield from _nodes(part)
        case list():
            for part in cast("list[Json]", value):
                yield from _nodes(part)
        case _:
            return


def test_every_unit_of_a_chart_is_ucum(
    charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]
) -> None:
    """A quantity that names UCUM has a code of its grammar; one without a code does not name a system."""
    units: set[str] = set()
    for resource in everything(charts, hospital):
        for node in _nodes(resource):
            if "value" in node and "unit" in node and "code" not in node:
                assert "system" not in node, resource
            if node.get("system") == codes.UCUM:
                units.add(node["code"])
    assert len(units) > 30
    assert [unit for unit in sorted(units) if not is_ucum(unit)] == []


def _table() -> set[tuple[str, str, str]]:
    rows: list[Coding] = []
    tables = (
        codes.ANALYTES, codes.VITALS, codes.DRUGS, codes.SERVICES, codes.CONDITIONS, codes.PROCEDURES, codes.ALLERGENS,
        codes.NOTES, codes.REPORTS, codes.VACCINES,
    )  # fmt: skip
    for table in tables:
        for row in table.values():
            rows += row.codes
    rows += [row.ingredient for row in codes.DRUGS.values()]
    rows += [code for row in codes.VITALS.values() for part in row.components for code in part]
    return {(row.system, row.code, row.display) for row in rows}


CLINICAL = (codes.LOINC, codes.RXNORM, codes.ICD10CM, codes.ICD10PCS, codes.SNOMED, codes.CVX, LOCAL_CODES)
FIXED = {
    (codes.SNOMED, "26643006"), (codes.SNOMED, "47625008"), (codes.SNOMED, "34206005"), (codes.SNOMED, "78421000"),
    (codes.SNOMED, "447694001"), (codes.SNOMED, "37839007"),  # routes
    (codes.SNOMED, "108252007"), (codes.SNOMED, "363679005"), (codes.SNOMED, "387713003"), (codes.SNOMED, "9632001"),
    (codes.SNOMED, "3457005"),  # categories of a ServiceRequest
    (codes.LOINC, "LA28865-6"), (codes.LOINC, "LA27976-2"),  # categories of a CareTeam
}  # fmt: skip
"""Fixed lists outside of the table."""


def test_every_clinical_code_stands_in_the_table_with_that_display(
    charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]
) -> None:
    """Wherever it stands in a resource: code and display of a row, or a fixed list."""
    table = _table()
    unknown: set[tuple[str, str, str]] = set()
    for resource in everything(charts, hospital):
        for node in _nodes(resource):
            if node.get("system") in CLINICAL and "code" in node:
                coding = (node["system"], node["code"], node.get("display", ""))
                if coding not in table and coding[:2] not in FIXED:
                    unknown.add(coding)
    assert sorted(unknown) == []


CORE: Mapping[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("code", "patient"),
    "CareTeam": ("subject", "participant"),
    "Condition": ("category", "code", "subject"),
    "DiagnosticReport": ("status", "category", "code", "subject", "effectiveDateTime", "issued"),
    "Encounter": ("status", "class", "type", "subject", "participant", "period"),
    "Immunization": ("status", "vaccineCode", "patient", "occurrenceDateTime", "primarySource"),
    "MedicationRequest": (
        "status", "intent", "category", "medicationCodeableConcept", "subject", "authoredOn", "requester",
        "dosageInstruction",
    ),
    "Observation": ("status", "category", "code", "subject"),
    "Organization": ("active", "name"),
    "Patient": ("identifier", "name", "gender", "birthDate"),
    "Practitioner": ("identifier", "name"),
    "Procedure": ("status", "code", "subject"),
    "ServiceRequest": ("status", "intent", "category", "code", "subject", "authoredOn", "requester"),
}  # fmt: skip
"""Elements that US Core 6.1.0 requires (cardinality 1), and some that it wants supported."""


@pytest.mark.parametrize("kind", CORE)
def test_what_us_core_requires_is_there(
    kind: str, charts: dict[str, list[Resource]], hospital: tuple[Resource, ...]
) -> None:
    """The required elements of the type's profile stand in every resource of it."""
    found = [r for r in everything(charts, hospital) if r["resourceType"] == kind]
    assert found
    for resource in found:
        assert set(CORE[kind]) <= resource.keys(), resource


UNITS_OF_SIGNS: Mapping[str, set[str]] = {
    "8867-4": {"/min"}, "9279-1": {"/min"}, "8310-5": {"Cel", "[degF]"}, "29463-7": {"g", "kg", "[lb_av]"},
    "8302-2": {"cm", "[in_i]"}, "39156-5": {"kg/m2"}, "2708-6": {"%"}, "85354-9": {"mm[Hg]"},
}  # fmt: skip
"""R4's vital signs profiles: LOINC code to the units that may be used."""


def _loinc(concept: Resource) -> set[str]:
    return {c["code"] for c in concept.get("coding", ()) if c["system"] == codes.LOINC}


def test_vital_signs_keep_their_profiles(charts: dict[str, list[Resource]]) -> None:
    """Units of the profile, a value or a reason why not, both parts of a pressure, both codes of a saturation."""
    seen: set[str] = set()
    for resource in (r for chart in charts.values() for r in chart if r["resourceType"] == "Observation"):
        own = _loinc(resource["code"])
        for code in own & UNITS_OF_SIGNS.keys():
            seen.add(code)
            assert code != "39156-5" or "valueQuantity" in resource  # reckoned: there is always one
            parts: list[Resource] = resource.get("component", [resource])
            for part in parts:
                assert ("valueQuantity" in part) != ("dataAbsentReason" in part), resource
                unit = part.get("valueQuantity", {}).get("code")
                assert unit is None or unit in UNITS_OF_SIGNS[code], resource
        if own & {"2708-6", "59408-5"}:
            assert own >= {"2708-6", "59408-5"}
        if "85354-9" in own and "component" in resource:
            assert [_loinc(part["code"]) for part in resource["component"]] == [{"8480-6"}, {"8462-4"}]
    assert seen == UNITS_OF_SIGNS.keys()


def test_results_have_a_value_or_a_reason(charts: dict[str, list[Resource]]) -> None:
    """US Core's rule us-core-2: without value, components or members there is a dataAbsentReason."""
    for resource in (r for chart in charts.values() for r in chart if r["resourceType"] == "Observation"):
        given = (
            any(key.startswith("value") for key in resource)
            or "component" in resource
            or "hasMember" in resource
        )
        assert given != ("dataAbsentReason" in resource), resource


def test_refusals_are_errors() -> None:
    """Warnings of best practice are none; what is of severity error or fatal is, with its place."""
    said = [
        ("warning", "dom-6: A resource should have narrative"),
        ("information", "Unknown extension"),
        ("error", "minimum required = 1, but only found 0"),
        ("fatal", "not JSON"),
    ]
    outcome: Resource = {
        "issue": [{"severity": s, "diagnostics": text, "location": ["x"]} for s, text in said]
    }
    assert refusals(outcome) == ["x: minimum required = 1, but only found 0", "x: not JSON"]
