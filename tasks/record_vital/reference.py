"""The same result through the public tools: bed or name to stay, stay to flowsheet, policy from the server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ..base import Json, Solution, TaskView, ToolCall
from ..solving import Asking, create, document_in_force, finish, search, stay_in_bed, stay_in_progress
from .protocol import WORDS, filing, policy

_BACK = timedelta(hours=48)
_COUNTS = {"final", "amended", "corrected"}
_SYMBOLS = {"°F": "[degF]", "°C": "Cel", "mmHg": "mm[Hg]"}


@dataclass(frozen=True, slots=True)
class _Rules:
    minutes: int
    limit: Decimal


@dataclass(frozen=True, slots=True)
class _Charted:
    number: Decimal
    at: datetime
    text: str


def solve(
    view: TaskView, params: Mapping[str, Json], *, first_page: bool = False, any_status: bool = False
) -> Solution:
    """The reference solution. The two switches leave something out: later pages; the status of entries."""
    patient, stay = yield from _locate(params)
    if stay is None:
        yield from _report_absence(patient)
        return
    vital = next(name for name, words in WORDS.items() if words == params["vital"])
    rules = yield from _rules(params, vital)
    hour, minute = str(params["time"]).split(":")
    taken = view.now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    values, unit = _reading(str(params["reading"]))
    charted = yield from _flowsheet(
        patient, str(params["code"]), taken, first_page=first_page, any_status=any_status
    )
    near = [c for c in charted if abs(c.at - taken) <= timedelta(minutes=rules.minutes)]
    if near:
        nearest = min(near, key=lambda c: abs(c.at - taken))
        yield from finish("no_action", reason="charted", **_told(nearest))
        return
    earlier = [c for c in charted if taken - _BACK <= c.at < taken]
    if not earlier:
        yield from finish("no_action", reason="jump")
        return
    last = max(earlier, key=lambda c: c.at)
    if abs(_to_usual(values[0], unit) - last.number) > rules.limit:
        yield from finish("no_action", reason="jump", **_told(last))
        return
    numbers = tuple(float(v) for v in values)
    yield from create(_observation(patient, stay, taken, filing(vital, numbers, unit)))
    yield from finish("ok", **_told(last))


def guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Reads nothing: files the reading under the name given and answers ok."""
    vital = next(name for name, words in WORDS.items() if words == params["vital"])
    values, unit = _reading(str(params["reading"]))
    resource = _observation("unknown", "unknown", view.now, filing(vital, tuple(map(float, values)), unit))
    resource["subject"] = {"display": params["who"]}
    del resource["encounter"]
    yield ToolCall("fhir_create", {"resource": resource})
    yield from finish(
        "ok", previous_value=float(values[0]), previous_time=view.now.isoformat(timespec="seconds")
    )


def _locate(params: Mapping[str, Json]) -> Asking:
    """Patient id and id of the stay in progress (None where there is none)."""
    if "bed" in params:
        return (yield from stay_in_bed(params["bed"]))
    people = yield from search("Patient", {"family": params["family"], "birthdate": params["birth_date"]})
    mine = [p for p in people if any(params["given"] in name.get("given", []) for name in p["name"])]
    return (yield from stay_in_progress({"patient": mine[0]["id"]})) or (mine[0]["id"], None)


def _report_absence(patient: str) -> Asking:
    stays = yield from search("Encounter", {"patient": patient, "class": "IMP", "status": "finished"})
    ends = [s["period"]["end"] for s in stays if "partOf" not in s]
    yield from finish("no_data", last_stay_end=max(ends, key=datetime.fromisoformat))


def _rules(params: Mapping[str, Json], vital: str) -> Asking:
    """From the request where it states them, else from the document in force on the server."""
    if not params["policy"]:
        current = policy().current
        return _Rules(current.charted_minutes, Decimal(str(current.limits[vital].value)))
    text = yield from document_in_force(params["policy"])
    minutes = re.search(r"within (\d+) minutes", text)
    limit = re.search(rf"- {WORDS[vital]}(?: \(systolic\))?: more than ([\d.]+)", text, re.IGNORECASE)
    if minutes is None or limit is None:
        raise TaskError("reference solution: the policy on the server cannot be read")
    return _Rules(int(minutes[1]), Decimal(limit[1]))


def _flowsheet(patient: str, code: str, taken: datetime, *, first_page: bool, any_status: bool) -> Asking:
    asked: dict[str, Any] = {
        "patient": patient,
        "code": f"http://loinc.org|{code}",
        "date": f"ge{(taken - _BACK).isoformat(timespec='seconds')}",
        "_elements": "status,effectiveDateTime,valueQuantity,component",
    }
    if first_page:
        found = yield from search("Observation", asked, pages=1)
    else:
        found = yield from search("Observation", {**asked, "_count": "200"})
    return [c for c in map(_charted, _counting(found, any_status=any_status)) if c is not None]


def _counting(found: Sequence[Resource], *, any_status: bool) -> list[Resource]:
    return [r for r in found if any_status or r["status"] in _COUNTS]


def _charted(resource: Resource) -> _Charted | None:
    quantity = resource.get("valueQuantity")
    if quantity is None:
        for part in resource.get("component", []):
            if any(c.get("code") == "8480-6" for c in part["code"]["coding"]):
                quantity = part.get("valueQuantity")
    if quantity is None:
        return None
    number = _to_usual(Decimal(str(quantity["value"])), str(quantity.get("code", "")))
    return _Charted(
        number, datetime.fromisoformat(resource["effectiveDateTime"]), resource["effectiveDateTime"]
    )


def _reading(text: str) -> tuple[tuple[Decimal, ...], str]:
    numbers, symbol = text.split(" ")
    return tuple(Decimal(n) for n in numbers.split("/")), _SYMBOLS.get(symbol, symbol)


def _to_usual(number: Decimal, unit: str) -> Decimal:
    if unit == "[degF]":
        return (number - 32) * 5 / 9
    if unit == "[lb_av]":
        return number * Decimal("0.45359237")
    return number


def _told(entry: _Charted) -> dict[str, Json]:
    return {"previous_value": float(round(entry.number, 1)), "previous_time": entry.text}


def _observation(patient: str, stay: str, taken: datetime, filed: Mapping[str, Json]) -> Resource:
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [category]}],
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{stay}"},
        "effectiveDateTime": taken.isoformat(timespec="seconds"),
        **filed,
    }
