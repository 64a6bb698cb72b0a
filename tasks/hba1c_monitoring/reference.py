"""The same result through the public tools: patient, results, problems, medicines, orders, the protocol as written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ..base import Json, Solution, TaskView, ToolCall
from ..solving import Asking, create, document_in_force, finish, search, stay_in_bed, stay_in_progress

_LOINC = "http://loinc.org"
_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_VISIT = "http://chartgym.example/CodeSystem/local|ORD-FOLLOW-UP-VISIT"
_A1C = "4548-4"
_TITLE = "HbA1c Monitoring Protocol"
_ZONE = ZoneInfo("America/New_York")
_COUNTS = {"final", "amended", "corrected"}


@dataclass(frozen=True, slots=True)
class _Rules:
    """What the protocol's text says. Goals in tenths of a percent."""

    goal: int
    higher: int
    higher_for: frozenset[str]
    at_goal: int
    otherwise: int
    days: int
    diabetes: tuple[str, ...]
    transfusion: str
    medicines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Last:
    """The last result, in tenths of a percent."""

    tenths: int
    written: str

    @property
    def day(self) -> date:
        """Local date of collection."""
        return datetime.fromisoformat(self.written).astimezone(_ZONE).date()


def solve(
    view: TaskView,
    params: Mapping[str, Json],
    *,
    any_status: bool = False,
    any_unit: bool = False,
    ignore_modifiers: bool = False,
) -> Solution:
    """The reference solution. The switches leave something out: status; units; what changes goal and interval."""
    patient, stay = yield from _patient(params)
    on_server = params["source"] == "server"
    rules = _read((yield from document_in_force(_TITLE)) if on_server else view.prompt)
    last = yield from _last(patient, any_status=any_status, any_unit=any_unit)
    told = {"value": last.tenths / 10, "time": last.written}
    problems: list[Resource] = yield from search(
        "Condition",
        {"patient": patient, "category": "problem-list-item", "clinical-status": "active",
         "verification-status": "confirmed", "_count": "50"},
    )  # fmt: skip
    diabetes = [p for p in problems if any(code.startswith(rules.diabetes) for code in _icd(p))]
    higher = not ignore_modifiers and any(rules.higher_for & _icd(p) for p in problems)
    changed = not ignore_modifiers and (yield from _changed(patient, rules, last))
    steady = last.tenths < (rules.higher if higher else rules.goal) and not changed
    due = _add_months(last.day, rules.at_goal if steady else rules.otherwise)
    today = view.now.astimezone(_ZONE).date()
    if not diabetes:
        yield from finish("no_action", reason="no_diabetes", **told)
    elif not ignore_modifiers and (yield from _transfused(patient, rules, today)):
        yield from finish("no_action", reason="transfusion", **told)
    elif (yield from _orders(patient, f"{_LOINC}|{_A1C}", last.written)):
        yield from finish("no_action", reason="on_order", **told)
    elif due > today:
        yield from finish("no_action", reason="not_due", due=due.isoformat(), **told)
    else:
        draw = _tomorrow(view.now) if stay else (yield from _visit(patient, view.now))
        yield from create(_request(f"Patient/{patient}", stay, draw, f"Condition/{diabetes[0]['id']}"))
        yield from finish("ok", due=due.isoformat(), **told)


def guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Reads nothing: orders for whoever bears the name, and answers ok with a value off goal."""
    resource = _request("", None, _tomorrow(view.now), "Condition/unknown")
    resource["subject"] = {"display": params["who"]}
    del resource["reasonReference"]
    yield ToolCall("fhir_create", {"resource": resource})
    at = view.now.isoformat(timespec="seconds")
    yield from finish("ok", value=8.0, time=at, due=view.now.date().isoformat())


def _patient(params: Mapping[str, Json]) -> Asking:
    """Patient id, and id of the stay in progress where there is one."""
    if "bed" in params:
        return (yield from stay_in_bed(params["bed"]))
    asked = {"identifier": params["mrn"]} if "mrn" in params else {
        "family": params["family"], "given": params["given"], "birthdate": params["birth_date"],
    }  # fmt: skip
    people: list[Resource] = yield from search("Patient", asked)
    if not people:
        raise TaskError(f"reference solution: there is no {params['who']}")
    patient: str = people[0]["id"]
    return (yield from stay_in_progress({"patient": patient})) or (patient, None)


def _read(text: str) -> _Rules:
    goal = re.search(
        r"is below (\d)\.(\d) %; below (\d)\.(\d) % if the problem list holds one of ([^(]+) \(", text
    )
    interval = re.search(r"due (\d+) calendar months .*? at goal, and (\d+) months after", text)
    days = re.search(r"given in the last (\d+) days", text)
    diabetes = re.search(r"diabetes \(ICD-10-CM (.+?) with", text)
    transfusion = re.search(r"ICD-10-PCS (\w+)", text)
    medicines = re.search(r"was collected: (.+?)\. Insulin", text)
    if not (goal and interval and days and diabetes and transfusion and medicines):
        raise TaskError("reference solution: the protocol cannot be read")
    return _Rules(
        goal=int(goal[1] + goal[2]),
        higher=int(goal[3] + goal[4]),
        higher_for=frozenset(goal[5].split(", ")),
        at_goal=int(interval[1]),
        otherwise=int(interval[2]),
        days=int(days[1]),
        diabetes=tuple(diabetes[1].split(", ")),
        transfusion=transfusion[1],
        medicines=tuple(re.findall(r"\d+", medicines[1])),
    )


def _last(patient: str, *, any_status: bool, any_unit: bool) -> Asking:
    asked = {"patient": patient, "code": f"{_LOINC}|{_A1C}", "_sort": "-date", "_count": "30"}
    found: list[Resource] = yield from search("Observation", asked)
    counting = [r for r in found if any_status or r["status"] in _COUNTS]
    timed = [r for r in counting if "T" in r["effectiveDateTime"]]
    valid = [r for r in timed if r.get("valueQuantity", {}).get("code") in {"%", "mmol/mol"}]
    last = max(valid, key=lambda r: (datetime.fromisoformat(r["effectiveDateTime"]), r["issued"]))
    number, unit = last["valueQuantity"]["value"], last["valueQuantity"]["code"]
    percent = number if unit == "%" or any_unit else 0.09148 * number + 2.152
    return _Last(round(percent * 10), last["effectiveDateTime"])


def _changed(patient: str, rules: _Rules, last: _Last) -> Asking:
    asked = {
        "patient": patient,
        "status": "active",
        "intent": "order",
        "authoredon": f"gt{last.written}",
        "code": ",".join(f"{_RXNORM}|{code}" for code in rules.medicines),
    }
    return bool((yield from search("MedicationRequest", asked)))


def _transfused(patient: str, rules: _Rules, today: date) -> Asking:
    first = (today - timedelta(days=rules.days)).isoformat()
    asked = {
        "patient": patient,
        "code": f"{_PCS}|{rules.transfusion}",
        "status": "completed",
        "date": f"ge{first}",
    }
    return bool((yield from search("Procedure", asked)))


def _orders(patient: str, code: str, since: str) -> Asking:
    asked = {
        "patient": patient,
        "code": code,
        "status": "active",
        "intent": "order",
        "authored": f"gt{since}",
    }
    return (yield from search("ServiceRequest", asked))


def _visit(patient: str, now: datetime) -> Asking:
    found: Sequence[Resource] = yield from _orders(patient, _VISIT, "2000-01-01")
    planned = [datetime.fromisoformat(r["occurrenceDateTime"]) for r in found if "occurrenceDateTime" in r]
    return min(p for p in planned if p > now)


def _tomorrow(now: datetime) -> datetime:
    day = now.astimezone(_ZONE) + timedelta(days=1)
    return day.replace(hour=6, minute=0, second=0, microsecond=0)


def _add_months(day: date, months: int) -> date:
    month = day.month - 1 + months
    first = date(day.year + month // 12, month % 12 + 1, 1)
    length = ((first + timedelta(days=32)).replace(day=1) - first).days
    return first.replace(day=min(day.day, length))


def _icd(condition: Resource) -> set[str]:
    return {c["code"] for c in condition.get("code", {}).get("coding", []) if c.get("system") == _ICD}


def _request(subject: str, stay: str | None, draw: datetime, reason: str) -> Resource:
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": "routine",
        "code": {"coding": [{"system": _LOINC, "code": _A1C}]},
        "subject": {"reference": subject},
        "occurrenceDateTime": draw.isoformat(timespec="seconds"),
        "reasonReference": [{"reference": reason}],
    }
    if stay is not None:
        resource["encounter"] = {"reference": f"Encounter/{stay}"}
    return resource
