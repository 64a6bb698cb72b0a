"""How much mess a chart holds once it is whole, and what the stated rates are shares of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...backend import Resource
from ..chart import ChartStore
from ..codes import ANALYTES, VITALS
from ..plan import Person
from .kinds import KINDS, Kind
from .lists import is_problem

OF = "of:"
"""Before the name of a denominator among the keys of a tally."""
_ORDERS = {"MedicationRequest": "drug-orders", "ServiceRequest": "service-orders", "Immunization": "dated"}
_LIPIDS = frozenset({"cholesterol", "triglycerides", "hdl", "ldl"})


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of mess as a cohort has it.

    Attributes:
        kind: the row of the table.
        count: how often it was made and is still there.
        total: size of what the rate is a share of.
    """

    kind: Kind
    count: int
    total: int

    @property
    def rate(self) -> float | None:
        """The share; None where there is nothing that it could be a share of."""
        return self.count / self.total if self.total else None

    @property
    def holds(self) -> bool:
        """Whether the share lies in the stated band."""
        return self.rate is not None and self.kind.low <= self.rate <= self.kind.high


def tally_chart(chart: ChartStore) -> Counter[str]:
    """What is in a finished chart: by kind what was made and not taken back since, by `of:` what it is a share of."""
    found = Counter(chart.tally)
    there = {r["id"] for r in chart.resources}
    for kind, ids in chart.spoiled.items():
        found[kind] -= sum(key not in there for key in ids)
    sizes = Counter({"charts": 1})
    for resource in chart.resources:
        kind = resource["resourceType"]
        if kind == "Observation":
            _count_observation(chart, resource, sizes, found)
        elif kind in _ORDERS:
            sizes[_ORDERS[kind]] += 1
        elif kind == "Condition":
            sizes["conditions"] += 1
            if is_problem(resource):
                sizes["problems"] += 1
                sizes["dated"] += 1
        elif kind == "DocumentReference":
            sizes["notes"] += 1
            fact = chart.known(resource["id"])
            sizes["progress"] += fact is not None and fact[0] == "progress"
    for name, size in sizes.items():
        found[f"{OF}{name}"] = size
    return found


def _count_observation(
    chart: ChartStore, resource: Resource, sizes: Counter[str], found: Counter[str]
) -> None:
    fact = chart.known(resource["id"])
    if fact is None:
        return
    name = fact[0]
    sizes["observations"] += 1
    row = ANALYTES.get(name)
    if row is not None:
        sizes["labs"] += 1
        sizes["numbers"] += bool(row.unit)
        sizes["potassium"] += name == "potassium"
        sizes["divalent"] += name in {"magnesium", "calcium"}
        sizes["dated"] += name in _LIPIDS
    elif name in VITALS:
        sizes["vitals"] += 1
        sizes["weights"] += name == "weight"
        if name == "temperature":
            sizes["temperatures"] += 1
            found["celsius"] += resource.get("valueQuantity", {}).get("code") == "Cel"


def tally_people(people: Sequence[Person]) -> Counter[str]:
    """The mess among people: near twins and merged records."""
    return Counter(
        {
            "near-twin": sum("near_twin" in p.details for p in people),
            "merged": sum(p.replaced_by is not None for p in people),
            f"{OF}people": len(people),
        }
    )


def measure(tally: Mapping[str, int], kinds: Iterable[Kind] = KINDS) -> tuple[Measured, ...]:
    """Each kind of the table with its count and its denominator's size in a tally."""
    return tuple(Measured(k, tally.get(k.name, 0), tally.get(f"{OF}{k.of}", 0)) for k in kinds)
