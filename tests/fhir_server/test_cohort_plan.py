"""The plan: who is in a cohort, dealt from a seed alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.ailments import REASONS
from chartgym.fhir_server.cohort.chance import child, normal, opaque_id
from chartgym.fhir_server.cohort.demographics import patient_resource
from chartgym.fhir_server.cohort.hospital import house
from chartgym.fhir_server.cohort.plan import NOW, TRAITS, Person, Plan
from chartgym.fhir_server.cohort.scenes.registry import SCENES
from chartgym.fhir_server.embedded.validate import validate


@pytest.fixture(scope="module", params=[1, 7])
def plan(request: pytest.FixtureRequest) -> Plan:
    return build_plan(request.param)


def inpatients(plan: Plan) -> list[Person]:
    return [p for p in plan.charts if p.stay]


def test_sizes(plan: Plan) -> None:
    """There are 100 charts, 70 of them core, and at least 400 people without one; about three of four lie in bed."""
    assert [p.index for p in plan.people] == list(range(len(plan.people)))
    assert Counter(p.split for p in plan.charts) == {"core": 70, "dev": 30}
    assert len(plan.people) - len(plan.charts) >= 400
    assert Counter(p.split for p in inpatients(plan)) == {"core": 52, "dev": 23}
    assert sum(p.stay is not None and p.stay.unit == "icu" for p in plan.charts) == 12
    assert any(p.deceased for p in plan.charts)


@pytest.mark.parametrize(
    ("trait", "low", "high"),
    [("diabetes-2", 0.35, 0.5), ("ckd-3", 0.1, 0.22), ("heart-failure", 0.15, 0.35), ("copd", 0.1, 0.25)],
)
def test_shares_of_lasting_conditions(plan: Plan, trait: str, low: float, high: float) -> None:
    """Among inpatients of each split each condition has about the share that it has in a hospital."""
    for split in ("core", "dev"):
        group = [p for p in inpatients(plan) if p.split == split]
        assert low <= sum(trait in p.traits for p in group) / len(group) <= high


def test_renal_function_goes_with_the_condition(plan: Plan) -> None:
    """About a fifth of the inpatients have an eGFR below 30, and just those have the words for it."""
    group = inpatients(plan)
    low = [p for p in group if p.egfr < 30]
    assert 0.15 <= len(low) / len(group) <= 0.28
    assert {p.index for p in low} == {p.index for p in group if p.traits & {"ckd-4", "ckd-5", "dialysis"}}


def test_identities_do_not_collide(plan: Plan) -> None:
    """Ids and MRNs are unique, MRNs have eight digits, no two patients lie in one bed."""
    assert len({p.id for p in plan.people}) == len(plan.people)
    assert len({p.mrn for p in plan.people}) == len(plan.people)
    assert all(len(p.mrn) == 8 and p.mrn.isdigit() for p in plan.people)
    beds = [p.stay.location_id for p in inpatients(plan) if p.stay]
    assert len(set(beds)) == len(beds)
    assert set(beds) <= {b.id for b in house(plan.seed).beds}


def test_people_are_possible(plan: Plan) -> None:
    """Patients are adults, born before they come and die; traits are known words; the stay began before now."""
    for person in plan.people:
        assert person.birth_date <= NOW.date()
        assert person.traits <= TRAITS
        if person.deceased:
            assert person.birth_date < person.deceased.date() <= NOW.date()
        if person.has_chart:
            assert (NOW.date() - person.birth_date).days > 18 * 365
        if person.stay:
            assert person.stay.admitted < NOW
            assert person.deceased is None
            assert person.details["reason"] in REASONS
        if "pregnant" in person.traits:
            assert person.gender == "female"


def test_every_patient_is_valid_r4_and_reachable_nowhere_real(plan: Plan) -> None:
    """Patients validate; phones are of the range kept for fiction, mail of the domain kept for examples."""
    for person in plan.people:
        patient = patient_resource(person)
        assert validate(patient) == ()
        for point in patient.get("telecom", []):
            if point["system"] == "phone":
                assert "555-01" in point["value"]
            elif point["system"] == "email":
                assert point["value"].endswith("@example.org")


def test_names_are_of_many_kinds(plan: Plan) -> None:
    """There are accents, former names and usual names; hardly any name is frequent."""
    names = [n for p in plan.people for n in p.names]
    assert any(not n.family.isascii() for n in names)
    assert {"official", "usual", "maiden"} <= {n.use for n in names}


def test_placements_are_on_people_of_the_plan(plan: Plan) -> None:
    """Each placement is of a registered scene and of somebody in the cohort."""
    topics = {scene.TOPIC for scene in SCENES}
    for placement in plan.placements:
        assert placement.topic in topics
        assert 0 <= placement.person < len(plan.people)


def test_a_plan_repeats_and_seeds_differ() -> None:
    """One seed gives one plan; another seed other people."""
    build_plan.cache_clear()
    first = build_plan(5)
    build_plan.cache_clear()
    assert build_plan(5) == first
    assert replace(build_plan(6), seed=5) != first


def test_chance_is_the_same_everywhere() -> None:
    """Streams and ids are fixed by their names: these values are the same on any machine, Python and hash seed."""
    rng = child(1, "golden")
    assert [rng.getrandbits(16) for _ in range(3)] == GOLDEN_BITS
    assert [normal(rng) for _ in range(3)] == GOLDEN_NORMALS
    assert opaque_id(1, "Patient", 0) == GOLDEN_ID


GOLDEN_BITS = [10364, 48891, 33582]
GOLDEN_NORMALS = [0.74738, 1.18854, -1.0044]
GOLDEN_ID = "82de680c454bf321cec6"
