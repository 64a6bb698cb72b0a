"""What a chart is written with: one method for each kind of entry a hospital makes.

Every method appends valid R4 and returns the id of what it made. Times are aware datetimes; they are written with
their own offset. Codes are given by the short names of the tables in `codes.py`, never as literals in a scene.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Literal

from ..backend import Resource
from .plan import Json, Person


class ChartBuilder:
    """One chart while it is written. Read `resources` for what is there so far.

    Attributes:
        person: whose chart it is.
        now: the cohort's clock.
        encounter_id: id of the current stay's Encounter, None where there is none.
        resources: every resource so far, in order of writing.
    """

    def __init__(self, person: Person, now: datetime, rng: Random) -> None:
        self.person = person
        self.now = now
        self.encounter_id: str | None = person.stay.encounter_id if person.stay else None
        self.resources: list[Resource] = []
        self.rng = rng

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
            status: FHIR's (`final`, `preliminary`, `corrected`, `amended`, `entered-in-error`, `cancelled`).
            issued: release time; by default 20 to 70 minutes after collection.
            note: a comment, such as "Specimen hemolyzed".
            absent: code of dataAbsentReason where `value` is None.
            specimen: display text other than the analyte's usual specimen.
            text_only: code has text and no coding.
            encounter: an Encounter's id; by default the stay that covers `at`.
            extra: elements that replace or add to the resource.
        """
        raise NotImplementedError

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
        """A vital-signs Observation; `kind` is a short name in `codes.VITALS`; blood pressure takes (systolic, diastolic)."""
        raise NotImplementedError

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
        """A MedicationRequest; `drug` is a short name in `codes.DRUGS`, which gives code, usual dose, route and timing."""
        raise NotImplementedError

    def give_drug(
        self,
        drug: str,
        at: datetime,
        *,
        dose: float | None = None,
        request: str | None = None,
        status: str = "completed",
    ) -> str:
        """A MedicationAdministration."""
        raise NotImplementedError

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
        """A ServiceRequest: lab, imaging, nursing or referral; `service` is a short name in `codes.SERVICES`."""
        raise NotImplementedError

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
        raise NotImplementedError

    def procedure(
        self, name: str, at: datetime, *, status: str = "completed", end: datetime | None = None
    ) -> str:
        """A Procedure; `name` is a short name in `codes.PROCEDURES` (transfusion, hemodialysis, ...)."""
        raise NotImplementedError

    def allergy(
        self, substance: str, *, recorded: datetime, reaction: str | None = None, status: str = "active"
    ) -> str:
        """An AllergyIntolerance; `substance` is a short name in `codes.ALLERGENS`."""
        raise NotImplementedError

    def note(
        self, kind: str, text: str, at: datetime, *, status: str = "current", doc_status: str = "final"
    ) -> str:
        """A DocumentReference with the text as a text/plain attachment; `kind` is a short name in `codes.NOTES`."""
        raise NotImplementedError

    def message(self, text: str, at: datetime, *, subject: str = "") -> str:
        """A Communication from the patient (inbox)."""
        raise NotImplementedError

    def report(self, name: str, results: Iterable[str], at: datetime, *, status: str = "final") -> str:
        """A DiagnosticReport over results already written; `name` is a short name in `codes.REPORTS`."""
        raise NotImplementedError

    def add(self, resource: Resource) -> str:
        """Any other resource. Gives it an id where it has none, and the patient as subject where the type wants one."""
        raise NotImplementedError

    def find(
        self,
        resource_type: str,
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Resource]:
        """What was written so far, of one type, of one short name, with its clinical time in [since, until]."""
        raise NotImplementedError

    def drop(
        self,
        resource_type: str,
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Takes back what the base course wrote, with reports that list it mended; returns how many."""
        raise NotImplementedError
