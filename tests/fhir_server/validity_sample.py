"""A few hundred resources that stand for the whole cohort, for validators that take milliseconds a resource.

For a test against a real HAPI server: send each of `validity_sample(build_plan(1))` to `POST [base]/[type]/$validate`
and let `refusals(outcome)` be empty. Nothing needs to be loaded before: the validator does not follow references.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import write_chart
from chartgym.fhir_server.cohort.catalogue import hospital_resources
from chartgym.fhir_server.cohort.plan import Json, Person, Plan

MOST = 600
QUOTAS: Mapping[str, int] = {"Observation": 150, "Patient": 40, "Condition": 40, "MedicationRequest": 50}
"""How many of a type; of any other `QUOTA`."""
QUOTA = 22


def varied_people(plan: Plan) -> tuple[Person, ...]:
    """Some fifteen people with charts, as unlike each other as there are: the same ones for the same plan."""
    wanted = (
        "dialysis",
        "cancer",
        "pregnan",
        "cirrhosis",
        "heart-failure",
        "copd",
        "atrial",
        "diabetes-1",
        "stroke",
    )
    picked: dict[int, Person] = {}

    def pick(people: Iterable[Person], count: int) -> None:
        for person in [p for p in people if p.index not in picked][:count]:
            picked[person.index] = person

    charts = sorted(plan.charts, key=lambda p: (p.details["days"], p.index))  # few days first: small charts
    pick((p for p in charts if p.stay and p.stay.unit == "icu"), 2)
    for word in wanted:
        pick((p for p in charts if any(word in trait for trait in p.traits)), 1)
    pick((p for p in charts if p.deceased), 1)
    pick((p for p in charts if p.gender == "female" and p.stay is None and not p.deceased), 1)
    pick((p for p in charts if p.stay is None), 1)
    return tuple(picked.values())


def validity_sample(plan: Plan) -> tuple[Resource, ...]:
    """At most `MOST` resources of the hospital and of varied charts: each type, and in each the unlike ones first."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for resource in hospital_resources(plan):
        found[resource["resourceType"]].append(resource)
    for person in varied_people(plan):
        for resource in write_chart(plan, person):
            found[resource["resourceType"]].append(resource)
    chosen = [one for kind in sorted(found) for one in _spread(found[kind], QUOTAS.get(kind, QUOTA))]
    assert len(chosen) <= MOST
    return tuple(chosen)


def refusals(outcome: Resource) -> list[str]:
    """What an OperationOutcome of HAPI's validator says against a resource: its errors; warnings are not counted."""
    return [
        f"{'; '.join(issue.get('expression', issue.get('location', ())))}: {issue.get('diagnostics', '')}"
        for issue in outcome.get("issue", ())
        if issue["severity"] in {"error", "fatal"}
    ]


def _spread(resources: Sequence[Resource], quota: int) -> list[Resource]:
    """Those of a shape not seen before, then those of a code not seen before, then any; each kind evenly chosen."""
    shapes: dict[object, Resource] = {}
    coded: dict[object, Resource] = {}
    for resource in resources:
        if shapes.setdefault(_shape(resource), resource) is not resource:
            coded.setdefault(_code(resource), resource)
    taken: list[Resource] = []
    seen: set[int] = set()
    for pool in (list(shapes.values()), list(coded.values()), resources):
        fresh = [r for r in pool if id(r) not in seen]
        few = list(_evenly(fresh, quota - len(taken)))
        taken += few
        seen |= {id(r) for r in few}
    return taken


def _evenly(pool: Sequence[Resource], count: int) -> Iterator[Resource]:
    size = min(len(pool), count)
    return (pool[number * len(pool) // size] for number in range(size))


def _shape(resource: Resource) -> tuple[object, ...]:
    """The elements a resource has, two levels deep, and its status."""
    return (resource.get("status"), *((key, _keys(resource[key])) for key in sorted(resource)))


def _keys(value: Json) -> tuple[str, ...]:
    match value:
        case list():
            return tuple(sorted({key for part in cast("list[Json]", value) for key in _keys(part)}))
        case dict():
            return tuple(sorted(cast("dict[str, Json]", value)))
        case _:
            return ()


def _code(resource: Resource) -> str:
    for key in ("code", "medicationCodeableConcept", "vaccineCode", "type"):
        if key in resource:
            return str(resource[key])
    return ""
