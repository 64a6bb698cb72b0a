"""The expected facts about a person, from the sealed chart. Pure functions over resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from chartgym.errors import TaskError

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import PROCEDURES
from ...fhir_server.cohort.plan import TIME_ZONE
from ..base import Json
from ..patient_lookup.gold import digits, fitting, home_of, is_current, mrn_of

LOWEST_RANK = 1_000
"""What a phone number without a rank counts as."""


def age_on(birth: date, day: date) -> int:
    """Completed years; somebody born on 29 February turns a year older on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def local_date(instant: str) -> date:
    """The hospital's calendar date of an instant with offset, or of a date."""
    moment = datetime.fromisoformat(instant)
    return moment.astimezone(TIME_ZONE).date() if "T" in instant else moment.date()


def the_patient(patients: Sequence[Resource], ask: Mapping[str, Json], today: date) -> Resource:
    """The one patient of a request.

    Raises:
        TaskError: nobody fits, or more than one do.
    """
    found = fitting(patients, ask, today)
    if len(found) != 1:
        raise TaskError(f"{len(found)} patients fit {dict(ask)}, expected one")
    return found[0]


def in_bed(chart: Sequence[Resource], bed: str) -> bool:
    """Whether the chart's stay that goes on is in that bed."""
    return any(_lies_in(r, bed) for r in chart if r["resourceType"] == "Encounter")


def _lies_in(encounter: Resource, bed: str) -> bool:
    places = {p["location"].get("display") for p in encounter.get("location", ())}
    return encounter["status"] == "in-progress" and bed in places


def phone(patient: Resource, use: str, today: date) -> dict[str, Json]:
    """The number of a use to call today; without one, the last and when it ended."""
    numbers = [t for t in patient.get("telecom", ()) if t["system"] == "phone" and t.get("use") == use]
    current = sorted((t for t in numbers if is_current(t, today)), key=lambda t: t.get("rank", LOWEST_RANK))
    if current:
        if len(current) > 1 and current[0].get("rank") == current[1].get("rank"):
            raise TaskError(f"Patient/{patient['id']} has two {use} numbers of one rank")
        return {"status": "ok", "phone": digits(current[0]["value"])}
    past = sorted((t for t in numbers if "end" in t.get("period", {})), key=lambda t: t["period"]["end"])
    if not past:
        raise TaskError(f"Patient/{patient['id']} has never had a {use} number")
    return {
        "status": "no_data",
        "last_phone": digits(past[-1]["value"]),
        "ended": past[-1]["period"]["end"][:10],
    }


def address(patient: Resource, today: date) -> dict[str, Json]:
    """The home address of today."""
    home = home_of(patient, today)
    line = ", ".join(home["line"])
    return {"status": "ok", "line": line, "city": home["city"], "postal_code": home["postalCode"]}


def language(patient: Resource) -> dict[str, Json]:
    """The language marked as preferred, or the only one.

    Raises:
        TaskError: the record does not decide.
    """
    entries = patient.get("communication", [])
    marked = [c for c in entries if c.get("preferred")]
    chosen = marked or entries
    if len(chosen) != 1:
        raise TaskError(f"Patient/{patient['id']} has {len(chosen)} languages to choose from, expected one")
    return {"status": "ok", "language": chosen[0]["language"]["coding"][0]["code"]}


def operated_on(chart: Sequence[Resource], procedure: str) -> date:
    """The local date of the first completed procedure of a kind.

    Raises:
        TaskError: there is none.
    """
    code = PROCEDURES[procedure].code
    days = [
        local_date(r["performedDateTime"])
        for r in chart
        if r["resourceType"] == "Procedure"
        and r["status"] == "completed"
        and code in {c["code"] for c in r["code"]["coding"]}
    ]
    if not days:
        raise TaskError(f"no completed {procedure}")
    return min(days)


def admitted_on(chart: Sequence[Resource]) -> date:
    """The local date on which the stay that goes on began."""
    stays = [r for r in chart if r["resourceType"] == "Encounter" and r["status"] == "in-progress"]
    return min(local_date(r["period"]["start"]) for r in stays)


def fact(
    patient: Resource, chart: Sequence[Resource], asked: Mapping[str, Json], today: date
) -> dict[str, Json]:
    """The right answer about a patient whose chart is given (empty for name-only people)."""
    what = asked["what"]
    identity = {"mrn": mrn_of(patient)}
    if what == "phone":
        return {**phone(patient, asked["use"], today), **identity}
    if what == "address":
        return {**address(patient, today), **identity}
    if what == "language":
        return {**language(patient), **identity}
    birth = date.fromisoformat(patient["birthDate"])
    if what == "age_now":
        return {"status": "ok", **identity, "birth_date": birth.isoformat(), "age": age_on(birth, today)}
    if what == "age_at_death":
        day = local_date(patient["deceasedDateTime"])
    elif what == "age_at_admission":
        day = admitted_on(chart)
    else:
        day = operated_on(chart, asked["procedure"])
    aged = {"birth_date": birth.isoformat(), "date": day.isoformat(), "age": age_on(birth, day)}
    return {"status": "ok", **identity, **aged}
