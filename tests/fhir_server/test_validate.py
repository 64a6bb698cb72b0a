"""R4 validation: what is valid passes, and each fault is told with its place."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.embedded.validate import Issue, outcome, resource_types, validate

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium"},
    "subject": {"reference": "Patient/p1"},
    "effectiveDateTime": "2023-11-13T10:15:00+00:00",
    "valueQuantity": {
        "value": Decimal("4.10"),
        "unit": "mmol/L",
        "system": "http://unitsofmeasure.org",
        "code": "mmol/L",
    },
}
ORDER: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": {"text": "Magnesium sulfate"},
    "subject": {"reference": "Patient/p1"},
    "dosageInstruction": [
        {
            "route": {"text": "IV"},
            "doseAndRate": [{"doseQuantity": {"value": 2, "unit": "g"}, "rateQuantity": {"value": 1}}],
        }
    ],
}
CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "subject": {"reference": "Patient/p1"},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
}
ALLERGY: dict[str, Any] = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p1"}}
GIVEN: dict[str, Any] = {
    "resourceType": "MedicationAdministration",
    "status": "completed",
    "medicationReference": {"reference": "Medication/m"},
    "subject": {"reference": "Patient/p1"},
    "effectivePeriod": {"start": "2023-11-13T10:00:00Z", "end": "2023-11-13T11:00:00Z"},
}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Müller", "given": ["Jörg", "Anton"]}],
}
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [{"resource": OBSERVATION, "request": {"method": "POST", "url": "Observation"}}],
}


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of `base` with elements replaced; `None` as a value removes the element."""
    made = copy.deepcopy(base)
    for key, value in changes.items():
        if value is None:
            del made[key]
        else:
            made[key] = value
    return made


VALID = {
    "observation": OBSERVATION,
    "order": ORDER,
    "condition": CONDITION,
    "administration": GIVEN,
    "patient": PATIENT,
    "bundle": BUNDLE,
    "float value": changed(OBSERVATION, {"valueQuantity": {"value": 4.1}}),
    "status told by an extension": changed(
        OBSERVATION, {"status": None, "_status": {"extension": [{"url": "urn:why", "valueCode": "unknown"}]}}
    ),
    "absolute reference": changed(OBSERVATION, {"subject": {"reference": "http://else.org/fhir/Patient/1"}}),
    "logical reference": changed(OBSERVATION, {"subject": {"identifier": {"value": "S1"}}}),
    "urn reference": changed(
        OBSERVATION, {"subject": {"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}}
    ),
    "versioned reference": changed(OBSERVATION, {"subject": {"reference": "Patient/p1/_history/2"}}),
    "leap day": changed(OBSERVATION, {"effectiveDateTime": "2024-02-29"}),
    "leap day of a century": changed(OBSERVATION, {"effectiveDateTime": "2000-02-29"}),
    "partial date": changed(OBSERVATION, {"effectiveDateTime": "2024-02"}),
    "no-break space": changed(OBSERVATION, {"code": {"text": "a\u00a0b"}}),
    "nested extension": changed(
        PATIENT, {"extension": [{"url": "urn:a", "extension": [{"url": "b", "valueString": "c"}]}]}
    ),
    "contained": changed(
        ORDER,
        {
            "medicationCodeableConcept": None,
            "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m"}],
        },
    ),
}


@pytest.mark.parametrize("name", VALID)
def test_what_r4_allows_has_no_issue(name: str) -> None:
    """A valid resource yields no issue at all."""
    assert validate(VALID[name]) == ()


INVALID: dict[str, tuple[dict[str, Any], str, str]] = {
    "no type": ({}, "required", ""),
    "type in lower case": ({"resourceType": "patient"}, "structure", ""),
    "type is a number": ({"resourceType": 3}, "required", ""),
    "required primitive": (changed(OBSERVATION, {"status": None}), "required", "Observation.status"),
    "required object": (changed(OBSERVATION, {"code": None}), "required", "Observation.code"),
    "required choice": (changed(ORDER, {"medicationCodeableConcept": None}), "required", "MedicationRequest"),
    "two value[x]": (changed(OBSERVATION, {"valueString": "a"}), "structure", "Observation"),
    "unknown element": (changed(OBSERVATION, {"foo": 1}), "structure", "Observation.foo"),
    "code not in the set": (changed(OBSERVATION, {"status": "finl"}), "code-invalid", "Observation.status"),
    "concept not in the set": (
        changed(CONDITION, {"clinicalStatus": {"text": "active"}}),
        "required",
        "Condition.clinicalStatus.coding",
    ),
    "coding of another system": (
        changed(CONDITION, {"clinicalStatus": {"coding": [{"system": "urn:x", "code": "active"}]}}),
        "code-invalid",
        "Condition.clinicalStatus.coding",
    ),
    "string for an object": (
        changed(ORDER, {"dosageInstruction": [{"route": "IV"}]}),
        "structure",
        "MedicationRequest.dosageInstruction[0].route",
    ),
    "object for an array": (
        changed(OBSERVATION, {"category": {"text": "a"}}),
        "structure",
        "Observation.category",
    ),
    "array for an object": (changed(OBSERVATION, {"code": [{"text": "a"}]}), "structure", "Observation.code"),
    "decimal as a string": (
        changed(OBSERVATION, {"valueQuantity": {"value": "4.1"}}),
        "structure",
        "Observation.valueQuantity.value",
    ),
    "boolean as a string": (changed(PATIENT, {"active": "true"}), "structure", "Patient.active"),
    "null": (changed(OBSERVATION, {"issued": 0}) | {"issued": None}, "structure", "Observation.issued"),
    "empty string": (changed(OBSERVATION, {"code": {"text": ""}}), "value", "Observation.code.text"),
    "blank string": (changed(OBSERVATION, {"code": {"text": " \n"}}), "value", "Observation.code.text"),
    "control character": (
        changed(OBSERVATION, {"code": {"text": "a\x00"}}),
        "value",
        "Observation.code.text",
    ),
    "empty array": (changed(OBSERVATION, {"note": []}), "structure", "Observation.note"),
    "empty object": (changed(OBSERVATION, {"code": {}}), "structure", "Observation.code"),
    "30 February": (changed(PATIENT, {"birthDate": "2023-02-30"}), "value", "Patient.birthDate"),
    "29 February 2023": (changed(PATIENT, {"birthDate": "2023-02-29"}), "value", "Patient.birthDate"),
    "29 February 1900": (changed(PATIENT, {"birthDate": "1900-02-29"}), "value", "Patient.birthDate"),
    "31 April": (changed(PATIENT, {"birthDate": "2023-04-31"}), "value", "Patient.birthDate"),
    "time without zone": (
        changed(OBSERVATION, {"effectiveDateTime": "2023-11-13T10:15:00"}),
        "value",
        "Observation.effectiveDateTime",
    ),
    "time without seconds": (
        changed(OBSERVATION, {"effectiveDateTime": "2023-11-13T10:15Z"}),
        "value",
        "Observation.effectiveDateTime",
    ),
    "newline after a date": (changed(PATIENT, {"birthDate": "2023-01-01\n"}), "value", "Patient.birthDate"),
    "reference without type": (
        changed(OBSERVATION, {"subject": {"reference": "p1"}}),
        "value",
        "Observation.subject.reference",
    ),
    "reference to a wrong type": (
        changed(OBSERVATION, {"subject": {"reference": "Observation/o1"}}),
        "value",
        "Observation.subject.reference",
    ),
    "unit code without system": (
        changed(OBSERVATION, {"valueQuantity": {"value": 1, "code": "mg"}}),
        "required",
        "Observation.valueQuantity.system",
    ),
    "id too long": (changed(PATIENT, {"id": "x" * 65}), "value", "Patient.id"),
    "id with an underscore": (changed(PATIENT, {"id": "a_b"}), "value", "Patient.id"),
    "script for narrative": (
        changed(PATIENT, {"text": {"status": "generated", "div": "<script/>"}}),
        "value",
        "Patient.text.div",
    ),
    "integer out of range": (
        changed(PATIENT, {"multipleBirthInteger": 2**31}),
        "value",
        "Patient.multipleBirthInteger",
    ),
    "extension without value": (
        changed(PATIENT, {"extension": [{"url": "urn:a"}]}),
        "required",
        "Patient.extension[0]",
    ),
    "extension with both": (
        changed(
            PATIENT,
            {"extension": [{"url": "a", "valueCode": "b", "extension": [{"url": "c", "valueCode": "d"}]}]},
        ),
        "invariant",
        "Patient.extension[0]",
    ),
    "absent but valued": (
        changed(OBSERVATION, {"dataAbsentReason": {"text": "lost"}}),
        "invariant",
        "Observation.dataAbsentReason",
    ),
    "component repeats the code": (
        changed(OBSERVATION, {"component": [{"code": OBSERVATION["code"], "valueInteger": 1}]}),
        "invariant",
        "Observation",
    ),
    "abated but active": (
        changed(CONDITION, {"abatementDateTime": "2023"}),
        "invariant",
        "Condition.clinicalStatus",
    ),
    "allergy without status": (ALLERGY, "invariant", "AllergyIntolerance.clinicalStatus"),
    "dosage without dose": (
        changed(GIVEN, {"dosage": {"text": "a"}}),
        "invariant",
        "MedicationAdministration.dosage",
    ),
    "contact of nobody": (
        changed(PATIENT, {"contact": [{"gender": "male"}]}),
        "invariant",
        "Patient.contact",
    ),
    "organization of nothing": (
        {"resourceType": "Organization", "active": True},
        "invariant",
        "Organization",
    ),
    "contained of an unknown type": (
        changed(ORDER, {"contained": [{"resourceType": "Foo"}]}),
        "structure",
        "MedicationRequest.contained[0]",
    ),
    "fault in an entry": (
        changed(
            BUNDLE,
            {
                "entry": [
                    {
                        "resource": {"resourceType": "Patient", "x": 1},
                        "request": {"method": "POST", "url": "Patient"},
                    }
                ]
            },
        ),
        "structure",
        "Bundle.entry[0].resource.x",
    ),
    "entry without request": (
        changed(BUNDLE, {"entry": [{"resource": PATIENT}]}),
        "invariant",
        "Bundle.entry",
    ),
    "fault in parameters": (
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "a", "part": [{"name": "b", "resource": {"resourceType": "Foo"}}]}],
        },
        "structure",
        "Parameters.parameter[0].part[0].resource",
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_what_r4_forbids_is_told_with_code_and_place(name: str) -> None:
    """A fault alone is one issue with FHIR's issue type, the path, and a message."""
    resource, code, path = INVALID[name]
    issues = validate(resource)
    assert [(code, path)] == [(i.code, i.path) for i in issues]
    assert issues[0].message
    assert issues[0].severity in ("error", "fatal")


def test_every_fault_is_told() -> None:
    """Several faults in one resource are all listed, each once, in order of their paths."""
    resource = changed(ORDER, {"status": "bogus", "intent": None, "foo": 1})
    found = [i.path for i in validate(resource)]
    assert found == ["MedicationRequest.foo", "MedicationRequest.intent", "MedicationRequest.status"]


def test_the_list_of_faults_is_bounded() -> None:
    """A resource with very many faults yields fifty, and says that there are more."""
    issues = validate({"resourceType": "Patient"} | {f"x{n}": n for n in range(500)})
    assert len(issues) == 51
    assert "first 50" in issues[-1].message


@pytest.mark.parametrize("element", [{"name": [1] * 100_000}, {f"x{n}": n for n in range(100_000)}])
def test_a_huge_bad_resource_is_refused_for_a_first_fault(element: dict[str, Any]) -> None:
    """A resource of very many values is refused without collecting a fault for each."""
    assert validate({"resourceType": "Patient", **element})


def test_many_bad_resources_inside_are_not_all_looked_at() -> None:
    """The search for faults ends at the limit, also across contained resources."""
    bad = [{"resourceType": "Foo"}] * 1000
    assert len(validate(changed(ORDER, {"contained": bad}))) == 51


def test_all_types_compile() -> None:
    """Every concrete type of R4 has a validator that takes its type name and refuses a foreign element."""
    assert len(resource_types()) == 146
    for name in sorted(resource_types()):
        paths = [i.path for i in validate({"resourceType": name, "noSuchElement": 1})]
        assert f"{name}.noSuchElement" in paths


def test_outcome_tells_every_issue() -> None:
    """An OperationOutcome carries severity, code, place and text, and is valid itself."""
    made = outcome(
        [
            Issue("error", "required", "Patient.name", "is required."),
            Issue("fatal", "structure", "", "broken."),
        ]
    )
    assert validate(made) == ()
    assert made["issue"][0] == {
        "severity": "error",
        "code": "required",
        "diagnostics": "Patient.name: is required.",
        "expression": ["Patient.name"],
    }
    assert made["issue"][1] == {"severity": "fatal", "code": "structure", "diagnostics": "broken."}


_KEYS = st.sampled_from(["id", "code", "contained", "entry", "parameter", "extension", "subject", "type"])
_LEAF = st.none() | st.booleans() | st.integers(-9, 9) | st.decimals(-9, 9) | st.text(max_size=5)
_JSON = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS, inner, max_size=2),
    max_leaves=6,
)


@given(
    st.sampled_from(["Observation", "Bundle", "Parameters", "Patient", "MedicationRequest"]),
    st.dictionaries(_KEYS, _JSON, max_size=4),
)
def test_no_garbage_breaks_the_validator(name: str, elements: dict[str, Any]) -> None:
    """Whatever JSON is sent, validation ends with a list of issues and never with an exception."""
    for issue in validate({"resourceType": name, **elements}):
        assert issue.message
