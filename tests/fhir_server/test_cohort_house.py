"""The house: staff, places, wards and beds that fit the illness, care teams."""

from __future__ import annotations

import json

import pytest

from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.ailments import REASONS
from chartgym.fhir_server.cohort.catalogue import hospital_resources
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.demographics import care_team, patient_resource
from chartgym.fhir_server.cohort.hospital import (
    CLINIC,
    ICUS,
    OTHERS,
    PHYSICIANS,
    PLACES,
    WARDS,
    attending,
    house,
    ward_for,
)
from chartgym.fhir_server.cohort.plan import NOW, Plan
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.fhir_server.embedded.validate import validate


@pytest.fixture(scope="module", params=[1, 2, 3])
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of a seed, as it is served."""
    return build_plan(request.param)


def test_staff(plan: Plan) -> None:
    """There is somebody of every specialty and role, nurses for every ward, no two of one name."""
    staff = house(plan.seed)
    for specialty, many in PHYSICIANS.items():
        assert len(staff.of_specialty(specialty)) == many
    assert all(len(staff.of_role(role)) == many for role, (_, _, many) in OTHERS.items())
    assert all(len(staff.nurses_of(unit)) >= 6 for unit in (*WARDS, "ED", CLINIC))
    assert len({p.display for p in staff.staff}) == len(staff.staff)


def test_places(plan: Plan) -> None:
    """Every ward, bed and other place is a Location, and what PractitionerRoles refer to exists."""
    made = [r for r in hospital_resources(plan) if r["resourceType"] != "Patient"]
    refs = {f"{r['resourceType']}/{r['id']}" for r in made}
    staff = house(plan.seed)
    assert {f"Location/{i}" for i in staff.places.values()} <= refs
    assert {"ED", "OR-1", "RAD", CLINIC, *WARDS, *PLACES} <= set(staff.places)
    names = {r["name"] for r in made if r["resourceType"] == "Location"}
    assert set(staff.places) <= names
    for role in (r for r in made if r["resourceType"] == "PractitionerRole"):
        assert role["practitioner"]["reference"] in refs
        assert all(place["reference"] in refs for place in role.get("location", ()))


@pytest.mark.parametrize(
    ("reason", "ward", "icu"),
    [("hip", "7N", "MICU"), ("Acute ischemic stroke", "6E", "MICU"), ("afib", "6E", "CCU"), ("copd", "8S", "MICU"),
     ("gi-bleed", "5W", "MICU"), ("preterm", "3N", "MICU"), ("Labor and delivery", "3N", "MICU"),
     ("kidney", "4E", "MICU"), ("neutropenic-fever", "8S", "MICU"), ("elective-knee", "7N", "MICU")],
)  # fmt: skip
def test_a_ward_for_a_reason(reason: str, ward: str, icu: str) -> None:
    """The reason of a stay tells the ward, by its key or in words."""
    assert ward_for(reason) == ward
    assert ward_for(reason, icu=True) == icu


def test_who_attends() -> None:
    """Surgeons attend fractures, intensivists the ICU, obstetricians the pregnant."""
    staff, rng = house(1), child(1, "attends")
    assert {attending(staff, rng, "hip").specialty for _ in range(20)} == {"Orthopedic surgery"}
    assert {attending(staff, rng, "preterm").specialty for _ in range(20)} == {"Obstetrics and gynecology"}
    assert {attending(staff, rng, "sepsis", icu=True).specialty for _ in range(20)} == {
        "Critical care medicine"
    }


def test_beds_and_attendings_fit_what_ails(plan: Plan) -> None:
    """The pregnant lie on obstetrics and nobody else does; fractures and strokes lie on their wards, or in an ICU."""
    staff = {p.id: p for p in house(plan.seed).staff}
    for person in plan.charts:
        if person.stay is None:
            continue
        reason, ward = person.details["reason"], person.stay.ward
        assert (ward in ICUS) == (person.stay.unit == "icu")
        if ward not in ICUS:
            assert (ward == "3N") == (ward_for(f"{reason} {person.stay.reason}") == "3N")
        if ward == "3N":
            assert person.gender == "female"
        doctor = staff[person.details["team"]["physician"][0]]
        assert doctor.role == "physician"
        nurse = staff[person.details["team"]["nurse"][0]]
        assert nurse.unit == ward


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_ward_and_somebody_to_attend(reason: str) -> None:
    """No reason of a stay, however lately added, is without a bed or a physician, in an ICU or not."""
    words = f"{reason} {REASONS[reason].text}"
    staff, rng = house(1), child(1, "reason", reason)
    assert ward_for(words) in set(WARDS) - set(ICUS)
    assert ward_for(words, icu=True) in ICUS
    assert staff.beds_of(ward_for(words, rng=rng))
    assert {attending(staff, rng, words, icu=icu).role for icu in (True, False)} == {"physician"}


def test_the_general_practitioner_is_the_primary_physician(plan: Plan) -> None:
    """The record names the one who sees the patient at the clinic."""
    staff = {p.id: p for p in house(plan.seed).staff}
    for person in plan.people:
        (reference,) = patient_resource(person)["generalPractitioner"]
        primary, name = person.details["team"]["primary"]
        assert reference == {"reference": f"Practitioner/{primary}", "display": name}
        wanted = (
            "Internal medicine"
            if (NOW.date() - person.birth_date).days > 30 * 365
            else staff[primary].specialty
        )
        assert staff[primary].specialty in {wanted, "Family medicine"}
        assert staff[primary].specialty in {"Internal medicine", "Family medicine", "Pediatrics"}


def test_care_teams(plan: Plan) -> None:
    """A care team is valid R4, of staff of the house, over where the patient died, and found by a search."""
    teams = [care_team(p) for p in plan.charts]
    members = {f"Practitioner/{p.id}" for p in house(plan.seed).staff}
    for person, team in zip(plan.charts, teams, strict=True):
        assert validate(team) == ()
        assert {p["member"]["reference"] for p in team["participant"]} <= members
        assert (team["status"] == "inactive") == (person.deceased is not None) == ("end" in team["period"])
        assert ("encounter" in team) == (person.stay is not None)
    server = EmbeddedServer.from_resources([*hospital_resources(plan), *teams])
    with server.open_session("care teams") as session:
        wanted = plan.charts[3]
        answer = session.request(
            "GET", "CareTeam", [("patient", f"Patient/{wanted.id}"), ("status", "active,inactive")]
        )
    assert [e["resource"]["id"] for e in json.loads(answer.body)["entry"]] == [teams[3]["id"]]
