"""The scenes about people: who is cast, and what must not change when they are."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from chartgym.fhir_server.cohort import build_plan, dealing
from chartgym.fhir_server.cohort.demographics import patient_resource
from chartgym.fhir_server.cohort.plan import NOW, Person, Plan
from chartgym.fhir_server.cohort.scenes import demographics, lookup, people
from chartgym.fhir_server.cohort.scenes.casting import CROWD_FAMILIES
from chartgym.fhir_server.embedded.validate import validate

TOPICS = (lookup.TOPIC, demographics.TOPIC)


@pytest.fixture(scope="module", params=[1, 2, 77])
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of a seed."""
    return build_plan(request.param)


@pytest.fixture
def uncast(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> tuple[Person, ...]:
    """The people of the plan before any part was handed out."""
    monkeypatch.setattr(dealing, "ADJUSTMENTS", ())
    monkeypatch.setattr(dealing, "SCENES", ())
    return dealing.build_plan.__wrapped__(plan.seed).people


def test_people_stay_who_they_are(uncast: tuple[Person, ...]) -> None:
    """Casting changes neither index, id, MRN, split, stay nor whether there is a chart."""
    cast = people.adjust(uncast, Random(5))
    kept = [(p.index, p.id, p.mrn, p.split, p.stay, p.has_chart, p.traits) for p in cast]
    assert kept == [(p.index, p.id, p.mrn, p.split, p.stay, p.has_chart, p.traits) for p in uncast]


def test_casting_repeats(uncast: tuple[Person, ...]) -> None:
    """The same people and the same chance give the same cast."""
    assert people.adjust(uncast, Random(5)) == people.adjust(uncast, Random(5))
    assert people.adjust(uncast, Random(5)) != people.adjust(uncast, Random(6))


def test_nobody_has_two_parts(plan: Plan) -> None:
    """No person stands in two situations, and all who stand in one are of its split."""
    by_id = {p.id: p for p in plan.people}
    cast: Counter[str] = Counter()
    for placement in plan.placements:
        if placement.topic in TOPICS:
            split = plan.people[placement.person].split
            assert {by_id[i].split for i in placement.details["cast"]} == {split}
            cast.update(placement.details["cast"])
    assert set(cast.values()) == {1}


def test_the_deck_is_dealt(plan: Plan) -> None:
    """Each topic has the situations of its deck, spare ones included, for both splits."""
    for topic, deck in ((lookup.TOPIC, lookup.DECK), (demographics.TOPIC, demographics.DECK)):
        dealt = Counter(
            (plan.people[p.person].split, p.details["level"], p.kind)
            for p in plan.placements
            if p.topic == topic
        )
        wanted = Counter(
            (split, level, kind)
            for split, levels in deck.items()
            for level, kinds in levels.items()
            for kind in kinds.split()
        )
        assert dealt == wanted


def test_common_surnames(plan: Plan) -> None:
    """Six surnames are borne by more than forty people each, former names included."""
    bearers = Counter(f for p in plan.people for f in {n.family for n in p.names})
    assert min(bearers[f] for f in CROWD_FAMILIES) > 40


def test_inpatients_are_adults(plan: Plan) -> None:
    """No moved birth date makes a child of somebody with a chart."""

    def age(person: Person) -> float:
        return (NOW.date() - person.birth_date).days / 365.25

    assert min(age(p) for p in plan.people if p.has_chart) >= 18


def test_records_are_valid_and_mergers_end(plan: Plan) -> None:
    """Every Patient is valid R4; a retired record leads to one that is active."""
    by_id = {p.id: p for p in plan.people}
    for person in plan.people:
        assert not validate(patient_resource(person))
        last, steps = person, 0
        while last.replaced_by:
            last, steps = by_id[last.replaced_by], steps + 1
            assert steps < 4
        assert steps == 0 or patient_resource(last)["active"]
