"""What is wrong with a resource, and how FHIR says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..backend import Resource


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault.

    Attributes:
        severity: as in OperationOutcome.issue.
        code: FHIR's issue type: `required`, `structure`, `value`, `code-invalid`, `invariant`, ...
        path: where, as FHIRPath (`MedicationRequest.dosageInstruction[0].route`); may be empty.
        message: the fault and what would be right, for the one who wrote the resource.
    """

    severity: Literal["fatal", "error", "warning", "information"]
    code: str
    path: str
    message: str


def outcome(issues: Iterable[Issue]) -> Resource:
    """The OperationOutcome that tells `issues`."""
    told: list[Resource] = []
    for issue in issues:
        where = {"expression": [issue.path]} if issue.path else {}
        text = f"{issue.path}: {issue.message}" if issue.path else issue.message
        told.append({"severity": issue.severity, "code": issue.code, "diagnostics": text, **where})
    return {"resourceType": "OperationOutcome", "issue": told}
