"""Facts about a person through the tools: find the record, read the fact, count the years."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import PROCEDURES
from ..base import Json, Solution, TaskView, ToolCall, ToolResult
from ..patient_lookup.reference import Habits, in_force, locate, number_of
from ..solving import finish, read, search

LOCAL = ZoneInfo("America/New_York")

Dating = Generator[ToolCall, ToolResult, date]


def _years(birth: date, until: date) -> int:
    """Birthdays passed; a birthday of 29 February is taken as 1 March where the year has none."""
    try:
        birthday = birth.replace(year=until.year)
    except ValueError:
        birthday = date(until.year, 3, 1)
    return until.year - birth.year - (1 if until < birthday else 0)


def _day(stamp: str) -> date:
    if len(stamp) == len("2026-03-10"):
        return date.fromisoformat(stamp)
    return datetime.fromisoformat(stamp).astimezone(LOCAL).date()


def _bed(name: str) -> Generator[ToolCall, ToolResult, list[Resource]]:
    """The patient whose stay goes on in a bed."""
    places = yield from search("Location", {"name": name})
    wanted = [p for p in places if p.get("name") == name]
    if len(wanted) != 1:
        raise TaskError(f"reference solution: {len(wanted)} beds are called {name}")
    stays = yield from search(
        "Encounter", {"location": f"Location/{wanted[0]['id']}", "status": "in-progress"}
    )
    ids = {s["subject"]["reference"].removeprefix("Patient/") for s in stays}
    if len(ids) != 1:
        raise TaskError(f"reference solution: {len(ids)} patients lie in {name}")
    return [(yield from read("Patient", ids.pop()))]


def _event(patient: Resource, name: str, habits: Habits) -> Dating:
    params = {"patient": patient["id"], "code": PROCEDURES[name].code}
    pages = None if habits.all_pages else 1
    found = yield from search("Procedure", params, pages=pages)
    done = [p for p in found if p["status"] == "completed" or not habits.statuses]
    return min(_day(p["performedDateTime"]) for p in done)


def _admission(patient: Resource) -> Dating:
    stays = yield from search("Encounter", {"patient": patient["id"], "status": "in-progress"})
    return min(_day(s["period"]["start"]) for s in stays)


def _aged(patient: Resource, asked: Mapping[str, Json], today: date, habits: Habits) -> Solution:
    mrn, birth = number_of(patient), date.fromisoformat(patient["birthDate"])
    if asked["what"] == "age_now":
        yield from finish("ok", mrn=mrn, birth_date=birth.isoformat(), age=_years(birth, today))
        return
    if asked["what"] == "age_at_death":
        stamp = patient.get("deceasedDateTime")
        if stamp is None:
            yield from finish("no_data", mrn=mrn)
            return
        day = _day(stamp)
    elif asked["what"] == "age_at_admission":
        day = yield from _admission(patient)
    else:
        day = yield from _event(patient, asked["procedure"], habits)
    yield from finish(
        "ok", mrn=mrn, birth_date=birth.isoformat(), date=day.isoformat(), age=_years(birth, day)
    )


def _phone(patient: Resource, use: str, today: date, habits: Habits) -> Solution:
    mine = [t for t in patient.get("telecom", ()) if (t["system"], t.get("use")) == ("phone", use)]
    good = in_force(mine, today, habits)
    if habits.modifiers:
        good.sort(key=lambda t: t.get("rank") or 99)
    if good:
        number = re.sub(r"\D", "", good[0]["value"])
        yield from finish("ok", mrn=number_of(patient), phone=number)
        return
    over = [t for t in mine if t.get("period", {}).get("end")]
    last = max(over, key=lambda t: t["period"]["end"], default=None)
    if last is None:
        yield from finish("no_data", mrn=number_of(patient), last_phone="none")
        return
    number = re.sub(r"\D", "", last["value"])
    yield from finish("no_data", mrn=number_of(patient), last_phone=number, ended=last["period"]["end"])


def _address(patient: Resource, today: date, habits: Habits) -> Solution:
    places = in_force(patient.get("address", ()), today, habits)
    places = [a for a in places if a.get("use") == "home" or not habits.modifiers]
    if not places:
        yield from finish("no_data", mrn=number_of(patient))
        return
    home = places[0]
    line = ", ".join(home["line"])
    yield from finish(
        "ok", mrn=number_of(patient), line=line, city=home["city"], postal_code=home["postalCode"]
    )


def _language(patient: Resource, habits: Habits) -> Solution:
    entries = list(patient["communication"])
    if habits.modifiers:
        entries.sort(key=lambda e: e.get("preferred") is not True)
    code = entries[0]["language"]["coding"][0]["code"]
    yield from finish("ok", mrn=number_of(patient), language=code)


def solve(view: TaskView, params: Mapping[str, Json], habits: Habits) -> Solution:
    """Finds the patient and answers."""
    today, ask = view.now.astimezone(LOCAL).date(), params["ask"]
    if "bed" in ask:
        found = yield from _bed(ask["bed"])
    else:
        found = yield from locate(ask, today, habits)
    if len(found) != 1:
        yield from finish("no_data", mrn="unknown")
        return
    what = params["what"]
    patient = yield from read("Patient", found[0]["id"])  # a search gave the elements that tell people apart
    if what == "phone":
        yield from _phone(patient, params["use"], today, habits)
    elif what == "address":
        yield from _address(patient, today, habits)
    elif what == "language":
        yield from _language(patient, habits)
    else:
        yield from _aged(patient, params, today, habits)


def blind(view: TaskView, params: Mapping[str, Json]) -> Solution:
    """The commonest answer of each kind, with what the request itself says."""
    ask = params["ask"]
    mrn, birth = ask.get("mrn", "10000000"), ask.get("birth_date", "1960-01-01")
    day = view.now.date().isoformat()
    fields: Mapping[str, Mapping[str, Json]] = {
        "phone": {"phone": "5165550100"},
        "address": {"line": "1 Mill Road", "city": "Albany", "postal_code": "12201"},
        "language": {"language": "es"},
        "age_now": {"birth_date": birth, "age": 66},
    }
    aged = {"birth_date": birth, "date": day, "age": 66}
    yield from finish("ok", mrn=mrn, **fields.get(params["what"], aged))
