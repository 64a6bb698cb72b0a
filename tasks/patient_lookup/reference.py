"""Finding a person through the tools: search the family name, read every page, weigh each record."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from unicodedata import category, normalize

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.plan import MRN_SYSTEM
from ..assembled import Moves
from ..base import Json, Solution, TaskView, ToolCall, ToolResult
from ..solving import finish, read, search

ELEMENTS = "identifier,active,name,birthDate,link,address,telecom"


@dataclass(frozen=True, slots=True)
class Habits:
    """How careful the searcher is; the shortcut agents lack one habit each."""

    all_pages: bool = True
    statuses: bool = True
    modifiers: bool = True


Finding = Generator[ToolCall, ToolResult, list[Resource]]


def _key(text: str) -> str:
    letters = (c for c in normalize("NFD", text) if category(c) != "Mn")
    return re.sub(r"\s+", " ", "".join(letters)).strip().lower()


def in_force(entries: Iterable[Resource], day: date, habits: Habits, *, past: bool = False) -> list[Resource]:
    """The entries that are in force on a day; with `past` those that no longer are."""
    if not habits.modifiers:
        return list(entries)
    chosen: list[Resource] = []
    for entry in entries:
        span: Resource = entry.get("period", {})
        begins = date.fromisoformat(span["start"][:10]) if "start" in span else date.min
        stops = date.fromisoformat(span["end"][:10]) if "end" in span else date.max
        valid = entry.get("use") not in {"old", "maiden"} and begins <= day <= stops
        if valid is not past:
            chosen.append(entry)
    return chosen


def number_of(patient: Resource) -> str:
    """The MRN in use."""
    numbers = [i for i in patient["identifier"] if i.get("system") == MRN_SYSTEM]
    numbers.sort(key=lambda i: i.get("use") == "old")
    return numbers[0]["value"]


def _misses(patient: Resource, ask: Mapping[str, Json], day: date, habits: Habits) -> list[str]:
    """What about a record does not agree with the request."""
    names = in_force(patient.get("name", ()), day, habits, past=bool(ask.get("former")))
    pairs = [(_key(n.get("family", "")), _key(" ".join(n.get("given", ())[:1]))) for n in names]
    family, given = _key(ask["family"]), _key(ask["given"])
    missed: list[str] = []
    if (family, given) not in pairs:
        if any(p[1] == given for p in pairs):
            missed.append("family_name")
        elif any(p[0] == family for p in pairs):
            missed.append("given_name")
        else:
            missed += ["family_name", "given_name"]
    born = str(ask.get("birth_date") or ask.get("birth_year") or "")
    if not patient.get("birthDate", "").startswith(born):
        missed.append("birth_date")
    if "line" in ask:
        places = in_force(patient.get("address", ()), day, habits)
        if _key(ask["line"]) not in {_key(line) for a in places for line in a.get("line", ())}:
            missed.append("address")
    if "phone" in ask:
        numbers = in_force(patient.get("telecom", ()), day, habits)
        wanted = re.sub(r"\D", "", ask["phone"])
        if not any(re.sub(r"\D", "", t["value"]).endswith(wanted) for t in numbers):
            missed.append("phone")
    return missed


def _final(patient: Resource) -> Finding:
    """The record in force behind a retired one, as a list of one, or of none."""
    while not patient.get("active", True):
        onward = [k["other"]["reference"] for k in patient.get("link", ()) if k["type"] == "replaced-by"]
        if not onward:
            return []
        patient = yield from read("Patient", onward[0].removeprefix("Patient/"))
    return [patient]


def locate(ask: Mapping[str, Json], day: date, habits: Habits) -> Finding:
    """All records in force of those who fit a request by name or by record number."""
    pages = None if habits.all_pages else 1
    if "mrn" in ask:
        found = yield from search("Patient", {"identifier": f"{MRN_SYSTEM}|{ask['mrn']}"}, pages=pages)
    else:
        found = yield from _family(ask["family"], habits)
        found = [p for p in found if not _misses(p, ask, day, habits)]
    if not habits.statuses:
        return found
    kept: dict[str, Resource] = {}
    for patient in found:
        for final in (yield from _final(patient)):
            kept[final["id"]] = final
    return list(kept.values())


def _family(family: str, habits: Habits) -> Finding:
    params = {"family": family, "_elements": ELEMENTS}
    if not habits.all_pages:
        return (yield from search("Patient", params, pages=1))
    return (yield from search("Patient", {**params, "_count": "100"}))


def _nearest(ask: Mapping[str, Json], day: date, habits: Habits) -> Solution:
    others = yield from _family(ask["family"], habits)
    others += yield from search("Patient", {"birthdate": ask["birth_date"], "_elements": ELEMENTS})
    best: tuple[int, str, str] | None = None
    born = date.fromisoformat(ask["birth_date"])
    for patient in others:
        missed = _misses(patient, ask, day, habits)
        if len(missed) != 1 or (habits.statuses and patient.get("active") is False):
            continue
        away = abs((date.fromisoformat(patient["birthDate"]) - born).days)
        if best is None or away < best[0]:
            best = (away, number_of(patient), missed[0])
    yield from finish(
        "no_data", nearest_mrn=best[1] if best else "none", differs=best[2] if best else "birth_date"
    )


def solve(view: TaskView, ask: Mapping[str, Json], habits: Habits) -> Solution:
    """Looks somebody up and answers."""
    day = view.now.date()
    found = yield from locate(ask, day, habits)
    if len(found) == 1:
        homes = [a for a in in_force(found[0].get("address", ()), day, habits) if a.get("use") == "home"]
        yield from finish("ok", mrn=number_of(found[0]), city=homes[0]["city"] if homes else "unknown")
    elif found:
        yield from finish("ambiguous", candidates=sorted(number_of(p) for p in found))
    else:
        yield from _nearest(ask, day, habits)


def shortcuts(solution: Callable[[TaskView, Mapping[str, Json], Habits], Solution]) -> Mapping[str, Moves]:
    """The first page only; inactive records and void entries taken; use, period and rank not looked at."""
    faults = {
        "first-page": Habits(all_pages=False),
        "any-status": Habits(statuses=False),
        "ignore-modifiers": Habits(modifiers=False),
    }

    def one(habits: Habits) -> Moves:
        return lambda view, params: solution(view, params, habits)

    return {name: one(habits) for name, habits in faults.items()}


def blind(view: TaskView, ask: Mapping[str, Json]) -> Solution:  # noqa: ARG001 it reads nothing
    """The commonest result; nothing in the request gives it away."""
    yield from finish("ok", mrn=ask.get("mrn", "10000000"), city="Mill Bay")
