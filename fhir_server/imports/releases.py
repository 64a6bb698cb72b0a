"""Which release of FHIR a resource that is no R4 was written for, as far as its words tell.

Sources: HL7's lists of resource types of DSTU2 (1.0.2), STU3 (3.0.2), R4 (4.0.1), R4B (4.3.0) and R5 (5.0.0), and the
elements that R4 renamed or dropped since, from its page "Differences to R3" of each type.
"""

from __future__ import annotations

from ..backend import Resource

_DSTU2 = (
    "BodySite", "Conformance", "DataElement", "DetectedIssue", "DeviceComponent",
    "DeviceUseRequest", "DiagnosticOrder", "EligibilityRequest", "EligibilityResponse",
    "EnrollmentRequest", "ImagingObjectSelection", "MedicationOrder", "Order", "OrderResponse",
    "ProcedureRequest", "ProcessRequest", "ProcessResponse", "ReferralRequest",
)  # fmt: skip
_STU3 = (
    "BodySite", "DataElement", "DeviceComponent", "EligibilityRequest", "EligibilityResponse",
    "ExpansionProfile", "ImagingManifest", "ProcedureRequest", "ProcessRequest", "ProcessResponse",
    "ReferralRequest", "Sequence", "ServiceDefinition",
)  # fmt: skip
_R5 = (
    "ActorDefinition", "AdministrableProductDefinition", "ArtifactAssessment",
    "BiologicallyDerivedProductDispense", "Citation", "ClinicalUseDefinition",
    "ConditionDefinition", "DeviceAssociation", "DeviceDispense", "DeviceUsage", "EncounterHistory",
    "EvidenceReport", "FormularyItem", "GenomicStudy", "ImagingSelection", "Ingredient",
    "InventoryItem", "InventoryReport", "ManufacturedItemDefinition", "MedicinalProductDefinition",
    "MolecularSequence", "NutritionIntake", "NutritionProduct", "PackagedProductDefinition",
    "Permission", "RegulatedAuthorization", "RequestOrchestration", "Requirements",
    "SubscriptionStatus", "SubscriptionTopic", "SubstanceDefinition", "TestPlan", "Transport",
)  # fmt: skip

_ELEMENTS: dict[str, dict[str, str]] = {
    "AllergyIntolerance": {"assertedDate": "STU3", "substance": "DSTU2", "participant": "R5"},
    "Condition": {"assertedDate": "STU3", "context": "STU3", "dateRecorded": "DSTU2", "patient": "DSTU2"},
    "DiagnosticReport": {"context": "STU3", "codedDiagnosis": "STU3", "image": "STU3"},
    "DocumentReference": {"indexed": "STU3", "created": "STU3", "class": "STU3", "modality": "R5"},
    "Encounter": {
        "reason": "STU3",
        "patient": "DSTU2",
        "incomingReferral": "STU3",
        "actualPeriod": "R5",
        "admission": "R5",
    },
    "Immunization": {"notGiven": "STU3", "explanation": "STU3", "wasNotGiven": "DSTU2", "reported": "DSTU2"},
    "MedicationAdministration": {
        "notGiven": "STU3",
        "wasNotGiven": "DSTU2",
        "practitioner": "DSTU2",
        "occurenceDateTime": "R5",
    },
    "MedicationRequest": {"context": "STU3", "definition": "STU3", "medication": "R5"},
    "MedicationStatement": {"taken": "STU3", "wasNotTaken": "DSTU2", "medication": "R5"},
    "Observation": {"context": "STU3", "comment": "STU3", "comments": "DSTU2", "related": "STU3"},
    "Patient": {"animal": "STU3", "careProvider": "DSTU2"},
    "Procedure": {"notDone": "STU3", "context": "STU3", "notPerformed": "DSTU2", "occurrenceDateTime": "R5"},
}


def release_of_type(name: str) -> str:
    """The releases that have a type which R4 has not, in words; empty where none is known."""
    found = [
        label for label, names in (("DSTU2", _DSTU2), ("STU3", _STU3), ("R4B or R5", _R5)) if name in names
    ]
    return " or ".join(found)


def release_of(resource: Resource) -> str:
    """The release whose elements a resource of an R4 type uses; empty where nothing points to one."""
    hints = _ELEMENTS.get(resource["resourceType"], {})
    found = sorted({hints[key] for key in resource if key in hints})
    if not found and isinstance(resource.get("clinicalStatus"), str):
        found = ["STU3"]  # a code there, a CodeableConcept since R4
    return " or ".join(found)
