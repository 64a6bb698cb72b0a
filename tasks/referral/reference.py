"""The same result through the public tools: patient, results, earlier referrals, and the standard on the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ..base import Json, Solution, TaskView, ToolCall
from ..solving import Asking, create, document_in_force, finish, search, stay_in_bed
from .protocol import standard

_COUNTS = {"final", "amended", "corrected"}


def solve(
    view: TaskView, params: Mapping[str, Json], *, any_status: bool = False, ignore_orders: bool = False
) -> Solution:
    """The reference solution. The switches leave something out: the status of results; earlier referrals."""
    patient, stay = yield from _patient(params)
    repeat, age = yield from _intervals(params)
    today = view.now.date()
    first = yield from _last(patient, _loinc(params["first"]), any_status=any_status)
    second = yield from _last(patient, _loinc(params["second"]), any_status=any_status)
    told = {"value": first["valueQuantity"]["value"], "time": first["effectiveDateTime"]}
    if _day(first["effectiveDateTime"], view.now) < today - timedelta(days=age):
        yield from finish("no_data", **told)
        return
    earlier = yield from _referrals(patient, params, today - timedelta(days=repeat + 1))
    barring = [r for r in earlier if _day(r["authoredOn"], view.now) >= today - timedelta(days=repeat)]
    if barring and not ignore_orders:
        newest = max(barring, key=lambda r: datetime.fromisoformat(r["authoredOn"]))
        yield from finish("no_action", referral_time=newest["authoredOn"], **told)
        return
    carried = [{"reference": f"Observation/{r['id']}"} for r in (first, second)]
    yield from create(_request(params, {"reference": f"Patient/{patient}"}, stay, carried))
    yield from finish("ok", **told)


def guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Reads nothing: refers whoever bears the name, and answers ok with a value of this morning."""
    yield ToolCall("fhir_create", {"resource": _request(params, {"display": params["who"]}, None, [])})
    yield from finish("ok", value=1.0, time=view.now.isoformat(timespec="seconds"))


def _patient(params: Mapping[str, Json]) -> Asking:
    if "bed" in params:
        return (yield from stay_in_bed(params["bed"]))
    people = yield from search("Patient", {"family": params["family"], "birthdate": params["birth_date"]})
    for person in people:
        names = [name for name in person["name"] if name.get("family") == params["family"]]
        if any(params["given"] in name.get("given", []) for name in names):
            return person["id"], None
    raise TaskError(f"reference solution: there is no {params['who']}")


def _intervals(params: Mapping[str, Json]) -> Asking:
    """Days within which a referral stands in the way, and days that a result may be old."""
    if not params["standard"]:
        current = standard().current
        return current.repeat_days, current.result_days
    text = yield from document_in_force(params["standard"])
    age = re.search(r"collected in the last (\d+) days", text)
    repeat = re.search(r"authored in the last (\d+) days", text)
    if age is None or repeat is None:
        raise TaskError("reference solution: the standard on the server cannot be read")
    return int(repeat[1]), int(age[1])


def _last(patient: str, code: str, *, any_status: bool) -> Asking:
    asked = {
        "patient": patient,
        "code": f"http://loinc.org|{code}",
        "_sort": "-date",
        "_elements": "status,effectiveDateTime,issued,valueQuantity",
        "_count": "50",
    }
    found: list[Resource] = yield from search("Observation", asked)
    measured = [r for r in found if "valueQuantity" in r and "T" in r["effectiveDateTime"]]
    valid = [r for r in measured if any_status or r["status"] in _COUNTS]
    return max(valid, key=lambda r: (datetime.fromisoformat(r["effectiveDateTime"]), r.get("issued", "")))


def _referrals(patient: str, params: Mapping[str, Json], since: date) -> Asking:
    asked = {
        "patient": patient,
        "code": f"{params['system']}|{params['code']}",
        "status": "active",
        "intent": "order",
        "authored": f"ge{since.isoformat()}",
    }
    return (yield from search("ServiceRequest", asked))


def _loinc(words: Json) -> str:
    return str(words).rsplit("LOINC ", 1)[1].rstrip(")")


def _day(written: str, now: datetime) -> date:
    zone = now.tzinfo or ZoneInfo("America/New_York")
    return datetime.fromisoformat(written).astimezone(zone).date()


def _request(
    params: Mapping[str, Json], subject: Mapping[str, Json], stay: str | None, carried: list[dict[str, str]]
) -> Resource:
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": params["priority"],
        "code": {"coding": [{"system": params["system"], "code": params["code"]}]},
        "subject": dict(subject),
        "reasonCode": [{"text": params["reason"]}],
    }
    if carried:
        resource["supportingInfo"] = carried
    if stay is not None:
        resource["encounter"] = {"reference": f"Encounter/{stay}"}
    return resource
