"""R4's invariants that a schema cannot say, for the types that a chart holds. The keys are FHIR's own.

Only rules of severity `error` in R4 are here. Best-practice warnings would refuse what HAPI takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

from ..backend import Resource
from .validate_issue import Issue

_Rule: TypeAlias = tuple[str, str, str, Callable[[Resource], bool]]
"""Key, element, what must hold (in words), and whether it holds."""


def broken_rules(name: str, resource: Resource, path: str) -> Iterator[Issue]:
    """The invariants of type `name` that a well-formed resource breaks."""
    for key, element, words, holds in _RULES.get(name, ()):
        if not holds(resource):
            place = f"{path}.{element}" if element else path
            yield Issue("error", "invariant", place, f"{words} ({key}).")


def _codes(concept: object, system: str) -> set[str]:
    """The codes of one system in a CodeableConcept, a list of them, or nothing."""
    concepts = cast("list[Any]", concept if isinstance(concept, list) else [concept] if concept else [])
    codings = (coding for one in concepts for coding in one.get("coding", ()))
    return {coding["code"] for coding in codings if coding.get("system") == system and "code" in coding}


_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def _obs_6(o: Resource) -> bool:
    return "dataAbsentReason" not in o or not any(k.startswith("value") for k in o)


def _obs_7(o: Resource) -> bool:
    if not any(k.startswith("value") for k in o) or "component" not in o:
        return True
    own = {(c.get("system"), c.get("code")) for c in o["code"].get("coding", ()) if "code" in c}
    return not any(
        (c.get("system"), c.get("code")) in own
        for component in o["component"]
        for c in component["code"].get("coding", ())
    )


def _con_4(c: Resource) -> bool:
    if not any(k.startswith("abatement") for k in c) or "clinicalStatus" not in c:
        return True
    return bool(_codes(c["clinicalStatus"], _CLINICAL) & {"resolved", "remission", "inactive"})


def _con_5(c: Resource) -> bool:
    wrong = "entered-in-error" in _codes(c.get("verificationStatus"), _VERIFICATION)
    return not (wrong and "clinicalStatus" in c)


def _ait_1(a: Resource) -> bool:
    wrong = "entered-in-error" in _codes(a.get("verificationStatus"), _ALLERGY_VERIFICATION)
    return wrong or "clinicalStatus" in a


def _ait_2(a: Resource) -> bool:
    wrong = "entered-in-error" in _codes(a.get("verificationStatus"), _ALLERGY_VERIFICATION)
    return not (wrong and "clinicalStatus" in a)


def _mad_1(m: Resource) -> bool:
    return "dosage" not in m or "dose" in m["dosage"] or any(k.startswith("rate") for k in m["dosage"])


def _pat_1(p: Resource) -> bool:
    enough = {"name", "telecom", "address", "organization"}
    return all(enough & contact.keys() for contact in p.get("contact", ()))


def _org_1(o: Resource) -> bool:
    return "identifier" in o or "name" in o


def _prr_1(s: Resource) -> bool:
    return "orderDetail" not in s or "code" in s


def _bdl_1(b: Resource) -> bool:
    return "total" not in b or b["type"] in ("searchset", "history")


def _bdl_3(b: Resource) -> bool:
    wants = b["type"] in ("batch", "transaction", "history")
    return all(("request" in entry) == wants for entry in b.get("entry", ()))


def _bdl_5(b: Resource) -> bool:
    return all(entry.keys() & {"resource", "request", "response"} for entry in b.get("entry", ()))


_RULES: dict[str, tuple[_Rule, ...]] = {
    "Observation": (
        ("obs-6", "dataAbsentReason", "may only be present where there is no value[x]", _obs_6),
        ("obs-7", "", "where a component has the Observation's own code, there must be no value[x]", _obs_7),
    ),
    "Condition": (
        (
            "con-4",
            "clinicalStatus",
            "must be inactive, remission or resolved where there is an abatement",
            _con_4,
        ),
        ("con-5", "clinicalStatus", "must not be present where the verification is entered-in-error", _con_5),
    ),
    "AllergyIntolerance": (
        ("ait-1", "clinicalStatus", "must be present unless the verification is entered-in-error", _ait_1),
        ("ait-2", "clinicalStatus", "must not be present where the verification is entered-in-error", _ait_2),
    ),
    "MedicationAdministration": (("mad-1", "dosage", "must have a dose or a rate[x]", _mad_1),),
    "Patient": (("pat-1", "contact", "must have a name, telecom, address or organization", _pat_1),),
    "Organization": (("org-1", "", "must have a name or an identifier", _org_1),),
    "ServiceRequest": (("prr-1", "orderDetail", "may only be present with code", _prr_1),),
    "Bundle": (
        ("bdl-1", "total", "may only be present in a searchset or history", _bdl_1),
        ("bdl-3", "entry", "each must have a request in a batch, transaction or history, else none", _bdl_3),
        ("bdl-5", "entry", "each must have a resource, a request or a response", _bdl_5),
    ),
}
