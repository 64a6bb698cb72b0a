"""How the reference solutions of both laboratory categories work: find the patient, the written rule, the results.

Written apart from the golds: it sees only what the public tools show and shares with them no more than the rules'
data and the code tables. A `Faults` makes a shortcut agent of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort import codes
from ...fhir_server.cohort.plan import MRN_SYSTEM
from ...fhir_server.cohort.scenes.lab_values import OTHER_UNITS
from ..base import Json, Solution, TaskView, ToolCall, ToolResult
from ..solving import attachment_text, search
from .rules import (
    RELEASE_DAYS,
    SAME_NUMBER,
    SIBLINGS,
    SPOILED_STEMS,
    Protocol,
    Rules,
    read_rules,
    read_window,
)

T = TypeVar("T")
Asking: TypeAlias = Generator[ToolCall, ToolResult, T]


@dataclass(frozen=True, slots=True)
class Faults:
    """What a shortcut agent leaves out."""

    first_page: bool = False
    any_status: bool = False
    any_unit: bool = False
    no_modifiers: bool = False


SHORTCUT_FAULTS: Mapping[str, Faults] = {
    "first-page": Faults(first_page=True),
    "any-status": Faults(any_status=True),
    "any-unit": Faults(any_unit=True),
    "ignore-modifiers": Faults(no_modifiers=True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A result as it was read: `value` in the unit asked for, `moment` the time that counts, `written` as it stood."""

    value: float
    sign: str
    moment: datetime
    issued: datetime
    written: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """All results that count, newest last; those in the window apart."""

    within: tuple[Row, ...]
    before: tuple[Row, ...]


def look_up(view: TaskView, params: Mapping[str, Json], protocol: Protocol, faults: Faults) -> Asking[Lookup]:
    """Finds the patient and the rule, reads the results, sorts out which count."""
    patient = yield from whom(params)
    if params["rules"] is None:
        rules: Rules = yield from written_rule(protocol, faults)
    else:
        rules = read_rules(params["rules"])
    window = read_window(params["window"])
    now = view.now.astimezone(UTC)
    start = window.start.astimezone(UTC) if window.start else now - timedelta(hours=window.hours)
    end = window.end.astimezone(UTC) if window.end else now
    found = yield from _observations(patient, params, start, faults)
    rows = _sift(found, params, rules, faults)
    within = [r for r in rows if start < r.moment < end]
    within += [
        r for r in rows if (window.start_in and r.moment == start) or (window.end_in and r.moment == end)
    ]
    before = [r for r in rows if r.moment < start or (r.moment == start and not window.start_in)]
    if not within and not before and not faults.first_page:
        rows = _sift((yield from _older(patient, params)), params, rules, faults)
        before = [r for r in rows if r.moment < start]
    return Lookup(tuple(sorted(within, key=_order)), tuple(sorted(before, key=_order)))


def _order(row: Row) -> tuple[datetime, datetime]:
    return row.moment, row.issued


def whom(params: Mapping[str, Json]) -> Asking[str]:
    """The id of the patient whom the prompt names.

    Raises:
        TaskError: none or several fit.
    """
    asked: dict[str, Json] = {"family:exact": params["family"], "given:exact": params["given"]}
    if params["how"] == "mrn":
        asked = {"identifier": f"{MRN_SYSTEM}|{params['mrn']}"}
    elif params["how"] == "birth":
        asked["birthdate"] = params["birth_date"]
    people = yield from search("Patient", asked)
    if params["how"] != "bed":
        alive = [p for p in people if p.get("active", True)]
        if len(alive) != 1:
            raise TaskError(f"reference solution: {len(alive)} patients fit {dict(asked)}")
        return alive[0]["id"]
    for person in people:
        stays = yield from search("Encounter", {"patient": person["id"], "status": "in-progress"})
        if any(
            place["location"].get("display") == params["bed"]
            for s in stays
            for place in s.get("location", [])
        ):
            return person["id"]
    raise TaskError(f"reference solution: nobody of that name lies in bed {params['bed']}")


def written_rule(protocol: Protocol, faults: Faults) -> Asking[Rules]:
    """The rules of the hospital's document in force.

    Raises:
        TaskError: the document is not on the server, or names no version.
    """
    asked: dict[str, Json] = {"description": protocol.title}
    if not faults.any_status:
        asked["status"] = "current"
    found = yield from search("DocumentReference", asked)
    for document in found:
        text = attachment_text(document["content"][0]["attachment"])
        stated = re.search(rf"\({protocol.number}\), version (\d+\.\d+)", text)
        if stated:
            return protocol.version(stated.group(1))
    raise TaskError(f"reference solution: {protocol.title} is not on the server")


def _observations(
    patient: str, params: Mapping[str, Json], start: datetime, faults: Faults
) -> Asking[list[Resource]]:
    asked: dict[str, Json] = {"patient": patient, "code": _codes(params["analyte"], faults)}
    if faults.first_page:
        return (yield from search("Observation", asked, pages=1))
    reach = RELEASE_DAYS if params["basis"] == "released" else 0
    since = start - timedelta(days=reach)
    asked |= {"date": f"ge{since:%Y-%m-%dT%H:%M:%SZ}", "_sort": "date", "_count": "100"}
    return (yield from search("Observation", asked))


def _older(patient: str, params: Mapping[str, Json]) -> Asking[list[Resource]]:
    """The newest results whatever their age, where the window holds none that counts."""
    asked: dict[str, Json] = {"patient": patient, "code": _codes(params["analyte"], Faults())}
    return (yield from search("Observation", asked | {"_sort": "-date", "_count": "15"}, pages=3))


def _codes(analyte: str, faults: Faults) -> str:
    names = [analyte]
    if faults.no_modifiers and analyte in SIBLINGS:
        names.append(SIBLINGS[analyte])
    return ",".join(f"{codes.LOINC}|{codes.ANALYTES[name].code}" for name in names)


def _sift(found: list[Resource], params: Mapping[str, Json], rules: Rules, faults: Faults) -> list[Row]:
    corrected = {
        extension["valueReference"]["reference"].rpartition("/")[2]
        for row in found
        for extension in row.get("extension", [])
        if extension["url"].endswith("observation-replaces")
    }
    rows: list[Row] = []
    for row in found:
        if not faults.any_status and (row["status"] not in rules.statuses or row["id"] in corrected):
            continue
        if not faults.no_modifiers and _bad_specimen(row, rules):
            continue
        quantity = row.get("valueQuantity")
        if quantity is None or quantity.get("value") is None or "T" not in row["effectiveDateTime"]:
            continue
        if not faults.any_unit and not _is_in_known_unit(quantity, params):
            continue
        sign = quantity.get("comparator", "")
        if sign and rules.limits == "skip":
            continue
        value = quantity["value"] if faults.any_unit else _convert(quantity, params)
        if sign in ("<", "<=") and rules.limits == "half":
            value = value / 2
        written = row["effectiveDateTime"] if params["basis"] == "collected" else row["issued"]
        issued = datetime.fromisoformat(row.get("issued", written))
        rows.append(Row(value, sign, datetime.fromisoformat(written), issued, written))
    return rows


def _bad_specimen(row: Resource, rules: Rules) -> bool:
    comments = "\n".join(note["text"].lower() for note in row.get("note", []))
    stems = [stem for word in rules.spoiled for stem in SPOILED_STEMS[word]]
    return bool(stems) and re.search("|".join(stems), comments) is not None


def _is_in_known_unit(quantity: Mapping[str, Json], params: Mapping[str, Json]) -> bool:
    """Whether a number can be told in the unit asked for; old ones without a coded unit cannot."""
    other = OTHER_UNITS.get(params["analyte"])
    known = {params["unit"], *SAME_NUMBER.get(params["analyte"], ())}
    if other is not None:
        known |= {other.unit, codes.ANALYTES[params["analyte"]].unit}
    return quantity.get("code") in known


def _convert(quantity: Mapping[str, Json], params: Mapping[str, Json]) -> float:
    if quantity["code"] in (params["unit"], *SAME_NUMBER.get(params["analyte"], ())):
        return quantity["value"]
    other = OTHER_UNITS[params["analyte"]]
    factor = float(other.factor)
    return quantity["value"] * factor if params["unit"] == other.unit else quantity["value"] / factor


def round_half_up(value: float, decimals: int) -> float:
    """Rounds a half away from zero."""
    scaled = abs(value) * 10**decimals
    return math.copysign(math.floor(scaled + 0.5 + 1e-9) / 10**decimals, value) if value else 0.0


Reference: TypeAlias = Callable[[TaskView, Mapping[str, Json], Faults], Solution]


def shortcuts(reference: Reference) -> dict[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
    """The reference with one fault each."""

    def one(faults: Faults) -> Callable[[TaskView, Mapping[str, Json]], Solution]:
        return lambda view, params: reference(view, params, faults)

    return {name: one(faults) for name, faults in SHORTCUT_FAULTS.items()}
