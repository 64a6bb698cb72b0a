"""Two people of one name and nearly one record number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.mess import near_twins
from chartgym.fhir_server.cohort.plan import Person


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_near_twins_have_one_name_and_nearly_one_number(seed: int) -> None:
    """Pairs share name and sex, not the birth date; numbers differ by two neighbouring digits; nobody else has them."""
    people = build_plan(seed).people
    by_id = {p.id: p for p in people}
    twins = [p for p in people if "near_twin" in p.details]
    assert len({p.mrn for p in people}) == len(people)
    for one in twins:
        other = by_id[one.details["near_twin"]]
        assert other.details["near_twin"] == one.id
        assert (one.name.family, one.name.given, one.gender) == (
            other.name.family,
            other.name.given,
            other.gender,
        )
        assert one.birth_date != other.birth_date
        places = [n for n in range(8) if one.mrn[n] != other.mrn[n]]
        assert len(places) == 2
        assert places[1] == places[0] + 1
        assert one.mrn[places[0]] == other.mrn[places[1]]
        assert "parts" not in one.details
    assert sum(p.has_chart for p in twins) >= 2
    assert not any(p.has_chart and by_id[p.details["near_twin"]].has_chart for p in twins)


def test_twins_are_made_of_people_without_a_part() -> None:
    """Whoever has a part in a scene about people stays as they are; indexes, ids and splits stay too."""
    people = build_plan(1).people
    made = near_twins([_without_twin(p) for p in people], child(1, "again"))
    for old, new in zip(people, made, strict=True):
        assert (old.index, old.id, old.split, old.has_chart) == (new.index, new.id, new.split, new.has_chart)
        if "parts" in old.details:
            assert (old.names, old.mrn, old.birth_date) == (new.names, new.mrn, new.birth_date)


def _without_twin(person: Person) -> Person:
    return replace(person, details={k: v for k, v in person.details.items() if k != "near_twin"})
