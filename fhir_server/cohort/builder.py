"""What a chart is written with: one method for each kind of entry a hospital makes.

Every method appends valid R4 and returns the id of what it made. Times are aware datetimes; they are written with
their own offset. Codes are given by the short names of the tables in `codes.py`, never as literals in a scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from ..backend import Resource
from . import parts
from .chart import ChartStore
from .codes import (
    ALLERGENS,
    ANALYTES,
    CONDITIONS,
    DRUGS,
    NOTES,
    PROCEDURES,
    REPORTS,
    SERVICES,
    VACCINES,
    VITALS,
)
from .dosing import dosage, dose_quantity
from .plan import Json


class ChartBuilder(ChartStore):
    """One chart while it is written: a method for each kind of entry, over what `ChartStore` keeps and finds."""

    def lab(
        self,
        analyte: str,
        value: float | str | None,
        at: datetime,
        *,
        unit: str | None = None,
        comparator: Literal["<", "<=", ">=", ">"] | None = None,
        status: str = "final",
        issued: datetime | None = None,
        note: str | None = None,
        absent: str | None = None,
        specimen: str | None = None,
        text_only: bool = False,
        encounter: str | None = None,
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A laboratory Observation.

        Args:
            analyte: short name in `codes.ANALYTES`, such as `potassium`, `glucose-poc`, `hba1c`.
            value: a number (written with the analyte's decimals), a text (valueString), or None (dataAbsentReason).
            at: collection time (effectiveDateTime).
            unit: UCUM code other than the analyte's usual one; the value is taken to be in it.
            comparator: for a result such as "<0.01".
            status: FHIR's (`final`, `preliminary`, `corrected`, `amended`, `entered-in-error`, `cancelled`).
            issued: release time; by default 20 to 70 minutes after collection, and not after `now`.
            note: a comment, such as "Specimen hemolyzed".
            absent: code of dataAbsentReason where `value` is None; by default `unknown`.
            specimen: display text other than the analyte's usual specimen.
            text_only: code has text and no coding.
            encounter: an Encounter's id; by default the stay that covers `at`.
            extra: elements that replace or add to the resource.
        """
        row = ANALYTES[analyte]
        prefab = parts.lab_parts(row, self.person.gender)
        released = self._issued(at, issued)
        resource: Resource = {
            "resourceType": "Observation",
            "id": self._new_id("Observation", analyte, at),
            "meta": {"versionId": "1", "lastUpdated": released},
            "status": status,
            "category": parts.LABORATORY,
            "code": {"text": prefab.text} if text_only else prefab.code,
            "subject": self._subject,
            "effectiveDateTime": self._stamp(at),
            "issued": released,
        }
        self._set_encounter(resource, at, encounter)
        if isinstance(value, str):
            resource["valueString"] = value
        elif value is None:
            resource["dataAbsentReason"] = parts.absent_reason(absent or "unknown")
        else:
            decimals = row.decimals if unit is None or unit == row.unit else parts.decimals_for(value)
            number = round(value, decimals) if decimals else round(value)
            quantity: Resource = {"value": number}
            if comparator:
                quantity["comparator"] = comparator
            if unit is None or unit == row.unit:
                resource["valueQuantity"] = quantity | prefab.unit
                if prefab.range and not comparator:
                    resource["interpretation"] = prefab.flag(number)
                if prefab.range:
                    resource["referenceRange"] = prefab.range
            else:
                resource["valueQuantity"] = quantity | parts.unit_parts(unit)
        if note:
            resource["note"] = [{"text": note}]
        resource["specimen"] = {"display": specimen} if specimen else prefab.specimen
        return self._append(resource, extra)

    def revalue(self, result: Resource, analyte: str, value: float) -> None:
        """Gives a laboratory result of this chart another plain value in the usual unit, with its flag."""
        row = ANALYTES[analyte]
        prefab = parts.lab_parts(row, self.person.gender)
        number = round(value, row.decimals) if row.decimals else round(value)
        result["valueQuantity"] = {"value": number} | prefab.unit
        if prefab.range:
            result["interpretation"] = prefab.flag(number)

    def vital(
        self,
        kind: str,
        value: float | tuple[float, float] | None,
        at: datetime,
        *,
        unit: str | None = None,
        status: str = "final",
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A vital-signs Observation; `kind` is a name in `codes.VITALS`; blood pressure takes (systolic, diastolic)."""
        row = VITALS[kind]
        prefab = parts.vital_parts(row)
        when = self._stamp(at)
        resource: Resource = {
            "resourceType": "Observation",
            "id": self._new_id("Observation", kind, at),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": status,
            "category": parts.VITAL_SIGNS,
            "code": prefab.code,
            "subject": self._subject,
            "effectiveDateTime": when,
            "issued": when,
        }
        self._set_encounter(resource, at, None)
        resource["performer"] = [self._team["nurse"]]
        if value is None:
            resource["dataAbsentReason"] = parts.absent_reason("unknown")
        elif isinstance(value, tuple):
            resource["component"] = [
                {"code": code, "valueQuantity": {"value": round(number)} | prefab.unit}
                for code, number in zip(prefab.components, value, strict=True)
            ]
        else:
            own = unit is None or unit == row.unit
            number = round(value, row.decimals) if row.decimals else round(value)
            if not own:
                number = round(value, 1)
            resource["valueQuantity"] = {"value": number} | (
                prefab.unit if own else parts.unit_parts(unit or "")
            )
        return self._append(resource, extra)

    def order_drug(
        self,
        drug: str,
        *,
        authored: datetime,
        dose: float | None = None,
        status: str = "active",
        intent: str = "order",
        as_needed: bool = False,
        text: str | None = None,
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A MedicationRequest; `drug` is a name in `codes.DRUGS`, which gives code, usual dose, route and timing."""
        row = DRUGS[drug]
        when = self._stamp(authored)
        prn = as_needed or row.as_needed
        resource: Resource = {
            "resourceType": "MedicationRequest",
            "id": self._new_id("MedicationRequest", drug, authored),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": status,
            "intent": intent,
            "category": parts.INPATIENT_ORDER,
            "medicationCodeableConcept": row.concept,
            "subject": self._subject,
            "authoredOn": when,
            "requester": self._team["physician"],
            "dosageInstruction": [dosage(row, row.dose if dose is None else dose, prn, text)],
        }
        self._set_encounter(resource, authored, None)
        if "encounter" not in resource:
            resource["category"] = parts.COMMUNITY_ORDER
        return self._append(resource, extra)

    def give_drug(
        self,
        drug: str,
        at: datetime,
        *,
        dose: float | None = None,
        request: str | None = None,
        status: str = "completed",
        reason: str | None = None,
    ) -> str:
        """A MedicationAdministration; `reason` says why one was not done."""
        row = DRUGS[drug]
        prefab = parts.drug_parts(row)
        when = self._stamp(at)
        resource: Resource = {
            "resourceType": "MedicationAdministration",
            "id": self._new_id("MedicationAdministration", drug, at),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": status,
            "category": parts.INPATIENT_ADMINISTRATION,
            "medicationCodeableConcept": prefab.code,
            "subject": self._subject,
            "effectiveDateTime": when,
            "performer": [{"actor": self._team["nurse"]}],
        }
        self._set_encounter(resource, at, None, "context")
        if request:
            resource["request"] = {"reference": f"MedicationRequest/{request}"}
        if status == "not-done":
            resource["statusReason"] = [{"text": reason}] if reason else parts.NOT_GIVEN
        else:
            quantity = prefab.dose if dose is None else dose_quantity(row, dose)
            resource["dosage"] = {"route": prefab.route, "dose": quantity}
        return self._append(resource, None)

    def order_service(
        self,
        service: str,
        *,
        authored: datetime,
        status: str = "active",
        intent: str = "order",
        priority: str = "routine",
        occurrence: datetime | None = None,
        reason: str | None = None,
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A ServiceRequest: lab, imaging, nursing or referral; `service` is a name in `codes.SERVICES`."""
        row = SERVICES[service]
        when = self._stamp(authored)
        resource: Resource = {
            "resourceType": "ServiceRequest",
            "id": self._new_id("ServiceRequest", service, authored),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": status,
            "intent": intent,
            "category": parts.service_category(row.category),
            "priority": priority,
            "code": parts.concept(row),
            "subject": self._subject,
            "authoredOn": when,
            "requester": self._team["physician"],
        }
        self._set_encounter(resource, authored, None)
        if occurrence:
            resource["occurrenceDateTime"] = occurrence.isoformat(timespec="seconds")
        if reason:
            resource["reasonCode"] = [{"text": reason}]
        return self._append(resource, extra)

    def condition(
        self,
        name: str,
        *,
        onset: datetime,
        clinical: str = "active",
        verification: str = "confirmed",
        abated: datetime | None = None,
        category: Literal["problem-list-item", "encounter-diagnosis"] = "problem-list-item",
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A Condition; `name` is a short name in `codes.CONDITIONS`."""
        when = self._stamp(onset)
        resource: Resource = {
            "resourceType": "Condition",
            "id": self._new_id("Condition", name, onset),
            "meta": {"versionId": "1", "lastUpdated": when},
        }
        if verification != "entered-in-error":  # con-5: an error has no clinical status
            resource["clinicalStatus"] = parts.clinical_status(clinical)
        resource |= {
            "verificationStatus": parts.verification_status(verification),
            "category": parts.condition_category(category),
            "code": parts.concept(CONDITIONS[name]),
            "subject": self._subject,
            "onsetDateTime": when,
            "recordedDate": when,
        }
        if abated:
            resource["abatementDateTime"] = abated.isoformat(timespec="seconds")
        if category == "encounter-diagnosis":
            self._set_encounter(resource, onset, None)
        return self._append(resource, extra)

    def procedure(
        self, name: str, at: datetime, *, status: str = "completed", end: datetime | None = None
    ) -> str:
        """A Procedure; `name` is a short name in `codes.PROCEDURES` (transfusion, hemodialysis, ...)."""
        when = self._stamp(at)
        resource: Resource = {
            "resourceType": "Procedure",
            "id": self._new_id("Procedure", name, at),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": status,
            "code": parts.concept(PROCEDURES[name]),
            "subject": self._subject,
        }
        self._set_encounter(resource, at, None)
        if end:
            resource["performedPeriod"] = {"start": when, "end": end.isoformat(timespec="seconds")}
        else:
            resource["performedDateTime"] = when
        return self._append(resource, None)

    def allergy(
        self,
        substance: str,
        *,
        recorded: datetime,
        reaction: str | None = None,
        status: str = "active",
        kind: Literal["allergy", "intolerance"] = "allergy",
    ) -> str:
        """An AllergyIntolerance; `substance` is a short name in `codes.ALLERGENS`, `kind` its type."""
        row = ALLERGENS[substance]
        when = self._stamp(recorded)
        resource: Resource = {
            "resourceType": "AllergyIntolerance",
            "id": self._new_id("AllergyIntolerance", substance, recorded),
            "meta": {"versionId": "1", "lastUpdated": when},
        }
        error = status == "entered-in-error"  # ait-2: an error has no clinical status
        if not error:
            resource["clinicalStatus"] = parts.allergy_status(status)
        resource["verificationStatus"] = parts.allergy_verification(
            "entered-in-error" if error else "confirmed"
        )
        if row.category:
            resource["type"] = kind
            resource["category"] = [row.category]
        resource |= {"code": parts.concept(row), "patient": self._subject, "recordedDate": when}
        if reaction:
            resource["reaction"] = [{"manifestation": [{"text": reaction}]}]
        return self._append(resource, None)

    def note(
        self,
        kind: str,
        text: str,
        at: datetime,
        *,
        status: str = "current",
        doc_status: str = "final",
        title: str = "",
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """A DocumentReference with the text as a text/plain attachment; `kind` is a name in `codes.NOTES`.

        `title` is the attachment's where it is not the kind's; `extra` replaces or adds elements.
        """
        row = NOTES[kind]
        when = self._stamp(at)
        new = self._new_id("DocumentReference", kind, at)
        resource: Resource = {
            "resourceType": "DocumentReference",
            "id": new,
            "meta": {"versionId": "1", "lastUpdated": when},
            "identifier": [{"system": parts.DOCUMENT_SYSTEM, "value": f"D{int(new[:10], 16) % 10**9:09d}"}],
            "status": status,
            "docStatus": doc_status,
            "type": parts.concept(row),
            "category": parts.CLINICAL_NOTE,
            "subject": self._subject,
            "date": when,
            "author": [self._team["nurse" if kind == "nursing" else "physician"]],
            "content": [{"attachment": parts.attachment(text, title or row.text, when)}],
        }
        period = {"start": when, "end": when}
        encounter = self._encounter_at(at)
        resource["context"] = (
            {"encounter": [encounter], "period": period} if encounter else {"period": period}
        )
        return self._append(resource, extra)

    def message(
        self, text: str, at: datetime, *, subject: str = "", extra: Mapping[str, Json] | None = None
    ) -> str:
        """A Communication from the patient (inbox); `subject` is its topic, `extra` replaces or adds elements."""
        when = self._stamp(at)
        resource: Resource = {
            "resourceType": "Communication",
            "id": self._new_id("Communication", "message", at),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": "completed",
            "category": parts.MESSAGE,
            "subject": self._subject,
            "sent": when,
            "received": when,
            "sender": self._subject,
            "recipient": [self._team["primary"]],
            "payload": [{"contentString": text}],
        }
        if subject:
            resource["topic"] = {"text": subject}
        return self._append(resource, extra)

    def report(self, name: str, results: Iterable[str], at: datetime, *, status: str = "final") -> str:
        """A DiagnosticReport over results already written; `name` is a short name in `codes.REPORTS`."""
        row = REPORTS[name]
        released = self._issued(at, None)
        resource: Resource = {
            "resourceType": "DiagnosticReport",
            "id": self._new_id("DiagnosticReport", name, at),
            "meta": {"versionId": "1", "lastUpdated": released},
            "status": status,
            "category": parts.report_category(row.category),
            "code": parts.concept(row),
            "subject": self._subject,
            "effectiveDateTime": self._stamp(at),
            "issued": released,
        }
        self._set_encounter(resource, at, None)
        references = [{"reference": f"Observation/{result}"} for result in results]
        if references:
            resource["result"] = references
        return self._append(resource, None)

    def vaccine(self, name: str, at: datetime) -> str:
        """An Immunization; `name` is a short name in `codes.VACCINES`."""
        when = self._stamp(at)
        resource: Resource = {
            "resourceType": "Immunization",
            "id": self._new_id("Immunization", name, at),
            "meta": {"versionId": "1", "lastUpdated": when},
            "status": "completed",
            "vaccineCode": parts.concept(VACCINES[name]),
            "patient": self._subject,
            "occurrenceDateTime": when,
            "primarySource": True,
        }
        self._set_encounter(resource, at, None)
        return self._append(resource, None)

    def encounter(
        self,
        kind: Literal["inpatient", "icu", "emergency", "office", "telephone"],
        start: datetime,
        end: datetime | None,
        *,
        reason: str = "",
        location: tuple[str, str] | None = None,
        part_of: str | None = None,
        encounter_id: str | None = None,
        extra: Mapping[str, Json] | None = None,
    ) -> str:
        """An Encounter; what is written afterwards with a time inside it belongs to it.

        Args:
            kind: the class; `icu` is a part of an inpatient stay and is not what entries refer to.
            start: beginning of the period.
            end: end of the period; None while it lasts.
            reason: why, as text.
            location: id and name of a Location.
            part_of: id of the Encounter it is a part of.
            encounter_id: the id where the plan fixed it.
            extra: elements that replace or add to the resource.
        """
        period: Resource = {"start": self._stamp(start)}
        if end:
            period["end"] = end.isoformat(timespec="seconds")
        resource: Resource = {
            "resourceType": "Encounter",
            "id": encounter_id or self._new_id("Encounter", kind, start),
            "meta": {"versionId": "1", "lastUpdated": period.get("end", period["start"])},
            "status": "finished" if end else "in-progress",
            "class": parts.encounter_class(kind),
            "type": parts.encounter_type(kind),
            "subject": self._subject,
            "participant": [{"individual": self._team["primary" if kind == "office" else "physician"]}],
            "period": period,
            "serviceProvider": self._team["hospital"],
        }
        if reason:
            resource["reasonCode"] = [{"text": reason}]
        if location:
            place = {"reference": f"Location/{location[0]}", "display": location[1]}
            resource["location"] = [{"location": place, "status": "completed" if end else "active"}]
        if part_of:
            resource["partOf"] = {"reference": f"Encounter/{part_of}"}
        else:
            self._cover(start, end or self.now, resource["id"])
        self._remember(resource["id"], kind, start)
        return self._append(resource, extra)
