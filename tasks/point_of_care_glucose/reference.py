"""The same result through the public tools: patient, readings, orders, and the policy as it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ..base import Json, Solution, TaskView, ToolCall
from ..solving import Asking, create, document_in_force, finish, search, stay_in_bed, stay_in_progress

_LOINC = "http://loinc.org"
_METER = "41653-7"
_TITLE = "Meter Glucose Follow-up Policy"
_COUNTS = {"final", "amended", "corrected"}
_SCALE = {"HI": Decimal(10**6), "LO": Decimal(-(10**6))}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A reading on one scale: mg/dL, HI and LO far outside."""

    number: Decimal
    word: str
    at: datetime
    written: str

    def told(self) -> dict[str, Json]:
        """The fields of the answer."""
        if self.word != "number":
            return {"reading": self.word, "time": self.written}
        whole = int(self.number.quantize(Decimal(1), ROUND_HALF_UP))
        return {"reading": "number", "value": whole, "time": self.written}


@dataclass(frozen=True, slots=True)
class _Ask:
    """One order that the policy's text names: LOINC code, priority, minutes after the reading (0: now)."""

    code: str
    priority: str
    minutes: int


@dataclass(frozen=True, slots=True)
class _Policy:
    """What the text says; `lines` are (what follows) by the words before the colon."""

    hours: int
    factor: Decimal
    margin: Decimal
    lines: Mapping[str, tuple[_Ask, ...]]


def solve(
    view: TaskView,
    params: Mapping[str, Json],
    *,
    first_page: bool = False,
    any_status: bool = False,
    ignore_orders: bool = False,
) -> Solution:
    """The reference solution. The switches leave something out: later pages; status; standing orders."""
    patient, stay = yield from _patient(params)
    on_server = params["source"] == "server"
    policy = _read_policy((yield from document_in_force(_TITLE)) if on_server else view.prompt)
    seen = yield from _readings(patient, policy.factor, first_page=first_page, any_status=any_status)
    last, before = seen[-1], seen[-2] if len(seen) > 1 else seen[-1]
    if view.now - last.at > timedelta(hours=policy.hours):
        yield from finish("no_data", **last.told())
        return
    change = last.number - before.number
    trend = "rising" if change >= policy.margin else "falling" if change <= -policy.margin else "steady"
    asks = _asks(policy, last, trend)
    if not asks:
        yield from finish("no_action", trend=trend, reason="in_range", **last.told())
        return
    standing = set[str]() if ignore_orders else (yield from _standing(patient, last.at))
    missing = [ask for ask in asks if ask.code not in standing]
    for ask in missing:
        due = max(last.at + timedelta(minutes=ask.minutes), view.now) if ask.minutes else view.now
        yield from create(_request(ask, f"Patient/{patient}", stay, due))
    if missing:
        yield from finish("ok", trend=trend, **last.told())
    else:
        yield from finish("no_action", trend=trend, reason="on_order", **last.told())


def guess(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """Reads nothing: a check in 15 minutes for whoever bears the name, and ok with a low value."""
    resource = _request(_Ask(_METER, "urgent", 15), "", "", view.now + timedelta(minutes=15))
    resource["subject"] = {"display": params["who"]}
    del resource["encounter"]
    yield ToolCall("fhir_create", {"resource": resource})
    at = view.now.isoformat(timespec="seconds")
    yield from finish("ok", reading="number", value=65, time=at, trend="falling")


def _patient(params: Mapping[str, Json]) -> Asking:
    """Patient id and id of the stay in progress."""
    if "bed" in params:
        return (yield from stay_in_bed(params["bed"]))
    if "mrn" in params:
        people: list[Resource] = yield from search("Patient", {"identifier": params["mrn"]})
    else:
        asked = {"family": params["family"], "given": params["given"], "birthdate": params["birth_date"]}
        people = yield from search("Patient", asked)
    found = yield from stay_in_progress({"patient": ",".join(p["id"] for p in people)})
    if found is None:
        raise TaskError(f"reference solution: no stay in progress for {params['who']}")
    return found


def _read_policy(text: str) -> _Policy:
    lines: dict[str, tuple[_Ask, ...]] = {}
    for line in text.splitlines():
        when, _, what = line.partition(". ")[2].partition(": ")
        asks = re.findall(r"LOINC (\S+)\), priority (\w+), to be done (now|\d+)", what)
        if asks:
            lines[when] = tuple(_Ask(c, p, 0 if m == "now" else int(m)) for c, p, m in asks)
    hours = re.search(r"in the last (\d+) hours", text)
    margin = re.search(r"higher by (\d+) mg/dL", text)
    factor = re.search(r"by the factor (\d+)", text)
    if not (lines and hours and margin and factor):
        raise TaskError("reference solution: the policy cannot be read")
    return _Policy(int(hours[1]), Decimal(factor[1]), Decimal(margin[1]), lines)


def _asks(policy: _Policy, last: _Seen, trend: str) -> tuple[_Ask, ...]:
    """The orders of the first line whose condition the reading meets."""
    for when, asks in policy.lines.items():
        if last.word == "HI":
            meets = when == "HI"
        elif last.word == "LO":
            meets = when.endswith("or LO")
        else:
            meets = when != "HI" and _meets(when, last.number, trend)
        if meets:
            return asks
    return ()


def _meets(when: str, number: Decimal, trend: str) -> bool:
    if when.endswith("falling") and trend != "falling":
        return False
    least, below = re.search(r"From (\d+)|^(\d+) mg/dL or above", when), re.search(r"[Bb]elow (\d+)", when)
    enough = least is None or number >= Decimal(least[1] or least[2])
    return enough and (below is None or number < Decimal(below[1]))


def _readings(patient: str, factor: Decimal, *, first_page: bool, any_status: bool) -> Asking:
    """Readings in order of time; of two at one time the one issued later is the only one."""
    asked: dict[str, Json] = {"patient": patient, "code": f"{_LOINC}|{_METER}"}
    if not first_page:
        asked |= {
            "_sort": "-date",
            "_count": "50",
            "_elements": "status,effectiveDateTime,issued,valueQuantity,valueString",
        }
    found: list[Resource] = yield from search("Observation", asked, pages=1 if first_page else 2)
    valid = [r for r in found if any_status or r["status"] in _COUNTS]
    valid.sort(key=lambda r: (_instant(r["effectiveDateTime"]), _instant(r["issued"])))
    by_time: dict[datetime, _Seen] = {}
    for resource in valid:
        shown = _shown(resource, factor)
        if shown is not None:
            by_time[shown.at] = shown
    return list(by_time.values())


def _shown(resource: Resource, factor: Decimal) -> _Seen | None:
    written = resource["effectiveDateTime"]
    word = resource.get("valueString")
    if word in _SCALE:
        return _Seen(_SCALE[word], word, _instant(written), written)
    quantity = resource.get("valueQuantity")
    if quantity is None:
        return None
    times = {"mg/dL": Decimal(1), "mmol/L": factor}.get(quantity.get("code", ""))
    if times is None:
        return None  # an old entry whose unit is not coded
    return _Seen(Decimal(str(quantity["value"])) * times, "number", _instant(written), written)


def _standing(patient: str, since: datetime) -> Asking:
    """LOINC codes of active orders that were authored after an instant."""
    asked = {"patient": patient, "status": "active", "intent": "order", "authored": f"gt{since.isoformat()}"}
    found: Sequence[Resource] = yield from search("ServiceRequest", asked)
    return {c["code"] for r in found for c in r["code"].get("coding", []) if c.get("system") == _LOINC}


def _request(ask: _Ask, subject: str, stay: str, due: datetime) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": ask.priority,
        "code": {"coding": [{"system": _LOINC, "code": ask.code}]},
        "subject": {"reference": subject},
        "encounter": {"reference": f"Encounter/{stay}"},
        "occurrenceDateTime": due.isoformat(timespec="seconds"),
    }


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written)
