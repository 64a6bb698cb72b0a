"""The hospital's written protocols as documents on the server, made from the categories' `protocol.json`.

A category module that has any defines `policies() -> tuple[Policy, ...]`, current and superseded ones. They are
rendered to `fhir_server/cohort/data/policies.ndjson` when the suites are frozen, so that the generator knows no task.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ..fhir_server.backend import Resource
from ..fhir_server.cohort.codes import NOTES


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a protocol as its text; `number` is the document's number in the hospital, such as `CP-112`."""

    number: str
    title: str
    version: str
    status: Literal["current", "superseded"]
    effective: date
    text: str


def policy_resource(policy: Policy) -> Resource:
    """The protocol as a DocumentReference without a subject, its text as a text/plain attachment."""
    data = policy.text.encode()
    return {
        "resourceType": "DocumentReference",
        "id": _document_id(policy),
        "identifier": [{"system": "http://chartgym.example/identifier/document", "value": policy.number}],
        "status": policy.status,
        "docStatus": "final",
        "type": NOTES["protocol"].concept,
        "date": f"{policy.effective.isoformat()}T08:00:00-04:00",
        "description": f"{policy.title}, version {policy.version}",
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain",
                    "language": "en",
                    "data": base64.b64encode(data).decode(),
                    "title": policy.title,
                }
            }
        ],
    }


def _document_id(policy: Policy) -> str:
    """An opaque id that stays the same while number and version do."""
    return "doc-" + hashlib.sha256(f"{policy.number}/{policy.version}".encode()).hexdigest()[:16]
