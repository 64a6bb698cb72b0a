"""What a chart holds while it is written: resources, ids, the encounters that cover a time, finding and taking back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random

import orjson

from ..backend import Resource
from . import parts
from .plan import Json, Person

_LISTS = ("result", "basedOn", "reasonReference", "supportingInfo", "hasMember", "derivedFrom", "partOf")
_REFERRING = frozenset({"DiagnosticReport", "MedicationAdministration"})
_SINGLES = ("request", "context", "encounter")
_SUBJECT_NAMES = {
    "AllergyIntolerance": "patient",
    "Immunization": "patient",
    "Coverage": "beneficiary",
    "RelatedPerson": "patient",
    "Task": "for",
    "Device": "patient",
}
_NO_SUBJECT = frozenset(
    {"Patient", "Practitioner", "Organization", "Location", "Medication", "ActivityDefinition"}
)
_TIMES = (
    "effectiveDateTime",
    "authoredOn",
    "onsetDateTime",
    "recordedDate",
    "performedDateTime",
    "date",
    "sent",
    "occurrenceDateTime",
    "created",
)
_PERIODS = ("period", "performedPeriod", "effectivePeriod", "onsetPeriod", "occurrencePeriod")


class ChartStore:
    """One chart while it is written.

    Attributes:
        person: whose chart it is.
        now: the cohort's clock.
        encounter_id: id of the current stay's Encounter, None where there is none.
        resources: every resource so far, in order of writing. They share parts: change only what `find` gave.
        rng: the chart's own chance.
        stream: who writes; ids count apart for each stream, so that one writer does not move another's ids.
        tally: how often each kind of mess was made, by the names of `mess.kinds`; counted where it is made.
        spoiled: kind of mess to the ids of the resources that show it; what scenes take back later is still in it.
    """

    def __init__(self, person: Person, now: datetime, rng: Random) -> None:
        self.person = person
        self.now = now
        self.encounter_id: str | None = person.stay.encounter_id if person.stay else None
        self.resources: list[Resource] = []
        self.rng = rng
        self.stream = "course"
        self.tally: Counter[str] = Counter()
        self.spoiled: dict[str, list[str]] = {}
        self._referring: list[Resource] = []
        self._counts: dict[tuple[str, str], int] = {}
        self._facts: dict[str, tuple[str, datetime]] = {}
        self._spans: list[tuple[datetime, datetime, Resource]] = []
        self._covering: tuple[datetime, Resource | None] | None = None
        self._stamped: tuple[datetime, str] | None = None
        self._released: tuple[datetime, str] | None = None
        self._subject: Resource = {"reference": f"Patient/{person.id}"}
        self._team = parts.team(person)

    def add(self, resource: Resource) -> str:
        """Any other resource. Gives it an id where it has none, and the patient as subject where the type wants one."""
        kind = resource["resourceType"]
        if "id" not in resource:
            resource = {"resourceType": kind, "id": self._new_id(kind, "", self.now)} | resource
        if kind not in _NO_SUBJECT:
            resource.setdefault(_SUBJECT_NAMES.get(kind, "subject"), self._subject)
        resource.setdefault("meta", {"versionId": "1", "lastUpdated": self.now.isoformat(timespec="seconds")})
        if kind == "Encounter" and "partOf" not in resource and "start" in resource.get("period", {}):
            period = resource["period"]
            end = datetime.fromisoformat(period["end"]) if "end" in period else self.now
            self._cover(datetime.fromisoformat(period["start"]), end, resource["id"])
        return self._append(resource, resource)

    def find(
        self,
        resource_type: str,
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Resource]:
        """What was written so far, of one type, of one short name, with its clinical time in [since, until].

        What comes back is the chart's own: a change to it changes the chart, and nothing else.
        """
        found = self._select(resource_type, name, since, until)
        for resource in found:
            own = orjson.loads(orjson.dumps(resource))
            resource.clear()
            resource.update(own)
        return found

    def drop(
        self,
        resource_type: str,
        name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Takes back what was written so far, with what refers to it mended; returns how many.

        A report that loses its last result goes too.
        """
        gone = {r["id"] for r in self._select(resource_type, name, since, until)}
        if gone:
            self._take_back(resource_type, gone)
        return len(gone)

    def drop_id(self, resource_type: str, resource_id: str) -> None:
        """Takes back one resource, as `drop` does."""
        self._take_back(resource_type, {resource_id})

    def known(self, resource_id: str) -> tuple[str, datetime] | None:
        """The short name and the clinical time under which a resource was written; None where it has none."""
        return self._facts.get(resource_id)

    def again(self, resource: Resource, at: datetime | None = None, **changes: Json) -> Resource:
        """Writes a resource a second time, under another id: the same but for `changes` (None takes an element away).

        It is found and taken back under the first one's name, at `at` where its clinical time is another.
        """
        name, first = self._facts.get(resource["id"], ("", self.now))
        kind: str = resource["resourceType"]
        made: Resource = {**resource, "id": self._new_id(kind, name, at or first), **changes}
        for key in [key for key, value in changes.items() if value is None]:
            del made[key]
        self._append(made, None)
        return made

    def mark(self, kind: str, resource_id: str) -> None:
        """Counts one piece of mess and notes which resource shows it."""
        self.tally[kind] += 1
        self.spoiled.setdefault(kind, []).append(resource_id)

    def _take_back(self, kind: str, ids: set[str]) -> None:
        gone = {f"{kind}/{resource_id}" for resource_id in ids}
        emptied: set[str] = set()
        for resource in self.resources if kind == "Encounter" else self._referring:
            if _mended(resource, gone):
                emptied.add(resource["id"])
        self.resources[:] = [r for r in self.resources if r["id"] not in ids]
        self._referring = [r for r in self._referring if r["id"] not in ids]
        self._spans = [s for s in self._spans if s[2]["reference"] not in gone]
        self._covering = None
        if emptied:
            self._take_back("DiagnosticReport", emptied)

    def _select(
        self, kind: str, name: str | None, since: datetime | None, until: datetime | None
    ) -> list[Resource]:  # fmt: skip
        found = [r for r in self.resources if r["resourceType"] == kind]
        facts = self._facts
        if name is not None:
            found = [r for r in found if r["id"] in facts and facts[r["id"]][0] == name]
        if since is None and until is None:
            return found
        timed: list[Resource] = []
        for resource in found:
            known = facts.get(resource["id"])
            at = known[1] if known else clinical_time(resource)
            if at is not None and (since is None or at >= since) and (until is None or at <= until):
                timed.append(resource)
        return timed

    def _new_id(self, kind: str, name: str, at: datetime) -> str:
        key = (self.stream, kind)
        number = self._counts.get(key, 0) + 1
        self._counts[key] = number
        seed = f"{self.person.id}/{self.stream}/{kind}/{number}"
        new = blake2b(seed.encode(), digest_size=10).hexdigest()
        if name:
            self._facts[new] = (name, at)
        return new

    def _remember(self, resource_id: str, name: str, at: datetime) -> None:
        self._facts[resource_id] = (name, at)

    def _append(self, resource: Resource, extra: Mapping[str, Json] | None) -> str:
        if extra:
            resource.update(extra)
        if extra or resource["resourceType"] in _REFERRING:
            self._referring.append(resource)
        self.resources.append(resource)
        return resource["id"]

    def _stamp(self, at: datetime) -> str:
        memo = self._stamped
        if memo is not None and memo[0] is at:
            return memo[1]
        text = at.isoformat(timespec="seconds")
        self._stamped = (at, text)
        return text

    def _issued(self, at: datetime, issued: datetime | None) -> str:
        """The release time; one draw for all results of a collection."""
        if issued is not None:
            return issued.isoformat(timespec="seconds")
        memo = self._released
        if memo is not None and memo[0] is at:
            return memo[1]
        delay = timedelta(minutes=20 + int(self.rng.random() * 51))
        released = at + delay
        if released > self.now:
            released = max(at, self.now - timedelta(minutes=1))
        text = released.isoformat(timespec="seconds")
        self._released = (at, text)
        return text

    def _cover(self, start: datetime, end: datetime, encounter_id: str) -> None:
        self._spans.append((start, end, {"reference": f"Encounter/{encounter_id}"}))
        self._covering = None

    def _encounter_at(self, at: datetime) -> Resource | None:
        memo = self._covering
        if memo is not None and memo[0] is at:
            return memo[1]
        found = next((ref for start, end, ref in reversed(self._spans) if start <= at <= end), None)
        self._covering = (at, found)
        return found

    def _set_encounter(
        self, resource: Resource, at: datetime, encounter: str | None, key: str = "encounter"
    ) -> None:
        found = {"reference": f"Encounter/{encounter}"} if encounter else self._encounter_at(at)
        if found is not None:
            resource[key] = found


def _mended(resource: Resource, gone: set[str]) -> bool:
    """Takes references to what is gone out of a resource; says whether it is a report that has lost all its results."""
    emptied = False
    for key in _LISTS:
        links: list[Resource] | None = resource.get(key) if isinstance(resource.get(key), list) else None
        if links is None or all(link.get("reference") not in gone for link in links):
            continue
        left = [link for link in links if link.get("reference") not in gone]
        if left:
            resource[key] = left
        else:
            del resource[key]
            emptied = emptied or key == "result"
    for key in _SINGLES:
        if key in resource and resource[key].get("reference") in gone:
            del resource[key]
    return emptied


def clinical_time(resource: Resource) -> datetime | None:
    """When it happened: the first of the elements that hold a clinical time."""
    text = clinical_time_text(resource)
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else None


def clinical_time_text(resource: Resource) -> str | None:
    """The same as it is written."""
    for key in _TIMES:
        if key in resource:
            return resource[key]
    for key in _PERIODS:
        if key in resource:
            return resource[key].get("start")
    return None
