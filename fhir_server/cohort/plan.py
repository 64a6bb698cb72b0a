"""The seed-level plan: who is in the cohort, who resembles whom, which situation goes where.

A chart depends on (plan, person) alone, so that any chart can be built alone and in any process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

Json: TypeAlias = Any
"""A JSON value."""

TIME_ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 10, 25, tzinfo=TIME_ZONE)
"""The cohort's clock, which stands still: two days after the change to daylight saving time."""

MRN_SYSTEM = "http://chartgym.example/identifier/mrn"
LOCAL_CODES = "http://chartgym.example/CodeSystem/local"
"""Local codes beside the standard ones, as hospitals have."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a person; `use` is FHIR's (official, usual, maiden, old)."""

    family: str
    given: tuple[str, ...]
    use: str = "official"
    start: date | None = None
    end: date | None = None
    suffix: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stay:
    """The hospital stay that goes on at `NOW`. `bed` is the Location's name, such as `5W-12A`."""

    encounter_id: str
    admitted: datetime
    unit: Literal["ward", "icu"]
    ward: str
    bed: str
    location_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """What is fixed about a patient before the chart is written.

    Attributes:
        index: position in the cohort; charts come first, then the name-only people.
        id: logical id of the Patient; opaque.
        has_chart: False for people who exist for name look-ups only.
        split: the suite whose tasks may use this person's chart.
        traits: lasting conditions, words of `TRAITS`.
        egfr: steady-state eGFR, mL/min/{1.73_m2}.
        weight_kg: body weight in kilograms.
        stay: the current stay, None for people who are at home or dead.
    """

    index: int
    id: str
    mrn: str
    names: tuple[Name, ...]
    gender: Literal["male", "female"]
    birth_date: date
    deceased: datetime | None = None
    has_chart: bool = True
    split: Literal["core", "dev"] = "core"
    traits: frozenset[str] = frozenset()
    egfr: float = 90.0
    weight_kg: float = 75.0
    height_cm: float = 170.0
    stay: Stay | None = None
    telecom: tuple[Mapping[str, Json], ...] = ()
    address: tuple[Mapping[str, Json], ...] = ()
    other_identifiers: tuple[Mapping[str, Json], ...] = ()
    replaced_by: str | None = None
    """Id of the surviving Patient where this record was merged into another."""
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])

    @property
    def name(self) -> Name:
        """The current official name."""
        return next((n for n in self.names if n.use == "official" and n.end is None), self.names[0])


TRAITS = frozenset({
    "hypertension", "heart-failure", "diabetes-1", "diabetes-2", "ckd-3", "ckd-4", "ckd-5", "dialysis", "copd",
    "asthma", "atrial-fibrillation", "coronary-disease", "stroke", "cirrhosis", "cancer", "pregnant", "parous",
    "anemia",
    "hypothyroidism", "hyperlipidemia", "depression", "osteoarthritis", "hip-fracture",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placement:
    """One planted situation: which scene, which kind, on whom, with what particulars. Never served.

    `details` holds JSON values only, so that the ledger can be stored and listed.
    """

    topic: str
    kind: str
    person: int
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole cohort before any chart is written."""

    seed: int
    now: datetime
    people: tuple[Person, ...]
    placements: tuple[Placement, ...] = ()

    @property
    def charts(self) -> tuple[Person, ...]:
        """The people who have a chart, in order."""
        return tuple(p for p in self.people if p.has_chart)

    def of(self, person: int) -> tuple[Placement, ...]:
        """The placements on one person."""
        return tuple(p for p in self.placements if p.person == person)
