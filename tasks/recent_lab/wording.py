"""The voices that ask for one laboratory value, and how patients are named.

A template is a text with blanks: who, lab, window, rules, unit, answer, now. `style` says how many words the rules
are told in. Where the rules stand in the hospital's LB-07, the `rules` blank names that document instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from chartgym.errors import TaskError

from ...fhir_server.cohort.plan import Person
from ..base import Json
from ..sampling import clock, day_words
from .rules import Style

How = Literal["mrn", "birth", "bed"]


@dataclass(frozen=True, slots=True)
class Template:
    """One wording. `how` says by what the patient is named."""

    style: Style
    how: How
    text: str


TEMPLATES: Mapping[str, Template] = {
    "resident-rounds": Template(
        "casual",
        "bed",
        "I'm rounding on {who} and need one number: the latest {lab}, {window}. It is {now} now. {rules}\n\n"
        "Give it to me in {unit}. {answer}",
    ),
    "pharmacist-check": Template(
        "full",
        "mrn",
        "Pharmacy here, about {who}. Before I verify a dose I want the most recent {lab} that was {window}. "
        "{rules} Report the number in {unit}.\n{answer}\nTime now: {now}.",
    ),
    "nurse-handoff": Template(
        "terse",
        "bed",
        "Handoff, {who}: last {lab}? {window}, now {now}. {rules} Unit: {unit}. {answer}",
    ),
    "attending-list": Template(
        "list",
        "birth",
        "Please look up the last {lab} of {who}. It must have been {window}. The clock says {now}.\n\n"
        "What counts:\n{rules}\n\nUnit: {unit}.\n{answer}",
    ),
    "clerk-form": Template(
        "list",
        "mrn",
        "LAB VALUE REQUEST\nPatient: {who}\nTest: {lab}, newest one {window}\nAsked at: {now}\n"
        "Rules of the request:\n{rules}\nReport in: {unit}\n{answer}",
    ),
    "fellow-call": Template(
        "casual",
        "birth",
        "Consult service calling from the other campus, where we think in other units. Which {lab} would you quote "
        "for {who}? I mean the newest one, {window}; it is {now}. Put it in {unit}. {rules} {answer}",
    ),
    "cross-cover": Template(
        "terse",
        "mrn",
        "Cross-covering {who}, it's {now}. Newest {lab}, {window}, in {unit}. {rules} {answer}",
    ),
    "intensivist-desk": Template(
        "full",
        "bed",
        "For this morning's huddle on {who} ({now}): quote the newest {lab} and when it was. Look at what was "
        "{window}. {rules} Notes and phone calls are not results. I want {unit}. {answer}",
    ),
    "quality-review": Template(
        "list",
        "birth",
        "Chart review. Subject: {who}. Item: most recent {lab}; look only at results {window}. Reference time {now}.\n"
        "Criteria:\n{rules}\nState it in {unit}. {answer}",
    ),
}


def now_text(now: datetime) -> str:
    """The clock as prompts tell it."""
    return f"{day_words(now.date())}, {clock(now)} New York time"


def patient_params(person: Person, how: How) -> dict[str, Json]:
    """What a prompt says about who it is; the Patient's id is never told."""
    name = person.name
    said: dict[str, Json] = {"how": how, "family": name.family, "given": name.given[0]}
    if how == "mrn":
        said["mrn"] = person.mrn
    elif how == "birth":
        said["birth_date"] = person.birth_date.isoformat()
    elif person.stay is not None:
        said["bed"] = person.stay.bed
    else:
        raise TaskError(f"person {person.index} is in no bed")
    return said


def who(said: Mapping[str, Json]) -> str:
    """The patient in words."""
    name = f"{said['given']} {said['family']}"
    match said["how"]:
        case "mrn":
            return f"{name} (MRN {said['mrn']})"
        case "birth":
            return f"{name} (born {day_words(date.fromisoformat(said['birth_date']))})"
        case _:
            return f"{name} in bed {said['bed']}"
