"""One clean chart on its way through the mess: what may be touched, sorted, and dealt out in quotas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from ...backend import Resource
from .. import parts
from ..builder import ChartBuilder
from ..chance import normal
from ..codes import ANALYTES, VITALS
from ..plan import Json
from .kinds import BY_NAME

_KEYS = (
    "resourceType", "id", "meta", "status", "category", "code", "subject", "effectiveDateTime", "issued", "encounter",
    "performer", "valueQuantity", "valueString", "component", "interpretation", "referenceRange", "dataAbsentReason",
    "note", "specimen", "extension",
)  # fmt: skip
"""The order in which an Observation's elements are written: who wrote one cannot be told by it."""
_RANK = {key: rank for rank, key in enumerate(_KEYS)}


class Draft:
    """A chart, and its resources by what may happen to them.

    Attributes:
        chart: the chart; written so far is the clean course.
        rng: the stage's own chance.
        quiet: nothing with a clinical time from here on is touched; None where all may be.
        sizes: how many resources of each denominator there are, untouchable ones included.
        labs: open laboratory results; each list below holds what is not in the quiet days.
        numbers: open results that are a number, final.
        vitals: open vital signs.
        drug_orders: open MedicationRequests.
        service_orders: open ServiceRequests.
        conditions: open Conditions.
        named: open Observations by short name.
    """

    def __init__(self, chart: ChartBuilder, rng: Random, quiet: datetime | None) -> None:
        self.chart = chart
        self.rng = rng
        self.quiet = quiet
        self.sizes: dict[str, int] = {}
        self.labs: list[Resource] = []
        self.numbers: list[Resource] = []
        self.vitals: list[Resource] = []
        self.drug_orders: list[Resource] = []
        self.service_orders: list[Resource] = []
        self.conditions: list[Resource] = []
        self.named: dict[str, list[Resource]] = {}
        self.observations: list[Resource] = []
        self._taken: set[str] = set()
        self._closed: set[str] = set()
        self._sort()

    def _sort(self) -> None:
        orders = {
            "MedicationRequest": ("drug-orders", self.drug_orders),
            "ServiceRequest": ("service-orders", self.service_orders),
            "Condition": ("conditions", self.conditions),
        }
        known, sizes = self.chart.known, self.sizes
        for resource in self.chart.resources:
            kind = resource["resourceType"]
            if kind == "Observation":
                self._sort_observation(resource)
            elif kind in orders:
                name, there = orders[kind]
                sizes[name] = sizes.get(name, 0) + 1
                fact = known(resource["id"])
                if fact is not None and self.is_open(fact[1]):
                    there.append(resource)
        self.observations = [*self.labs, *self.vitals]

    def _sort_observation(self, resource: Resource) -> None:
        fact = self.chart.known(resource["id"])
        if fact is None:
            return
        name, at = fact
        row = ANALYTES.get(name)
        if row is None and name not in VITALS:
            return
        sizes = self.sizes
        sizes["observations"] = sizes.get("observations", 0) + 1
        sizes["vitals" if row is None else "labs"] = sizes.get("vitals" if row is None else "labs", 0) + 1
        number = row is not None and bool(row.unit)
        if number:
            sizes["numbers"] = sizes.get("numbers", 0) + 1
        if not self.is_open(at):
            return
        self.named.setdefault(name, []).append(resource)
        if row is None:
            self.vitals.append(resource)
            return
        self.labs.append(resource)
        if (
            number
            and resource["status"] == "final"
            and "comparator" not in resource.get("valueQuantity", "comparator")
        ):
            self.numbers.append(resource)

    def is_open(self, at: datetime) -> bool:
        """Whether something of this time may be touched."""
        return self.quiet is None or at < self.quiet

    def at(self, resource: Resource) -> datetime:
        """The clinical time under which a resource was written."""
        fact = self.chart.known(resource["id"])
        assert fact is not None, resource["id"]
        return fact[1]

    def name(self, resource: Resource) -> str:
        """The short name under which a resource was written."""
        fact = self.chart.known(resource["id"])
        return fact[0] if fact else ""

    def quota(self, kind: str, of: int) -> int:
        """How many of a kind are due among so many: the stated rate, chance deciding on the fraction."""
        return int(BY_NAME[kind].rate * of + self.rng.random())

    def deal(
        self, kind: str, eligible: Sequence[Resource], of: int | None = None, *, share: bool = False
    ) -> list[Resource]:
        """Draws the resources that a kind of mess befalls; each is taken once only.

        Args:
            kind: name of the kind.
            eligible: what it may befall.
            of: size of the denominator; by default that of the kind in `sizes`.
            share: what is drawn may be drawn again by another kind (it is filed badly, its value is as it was).
        """
        due = self.quota(kind, self.sizes.get(BY_NAME[kind].of, 0) if of is None else of)
        drawn: list[Resource] = []
        seen: set[str] = set()
        for _ in range(20 * due if eligible else 0):
            if len(drawn) == due:
                break
            resource = eligible[int(self.rng.random() * len(eligible))]
            key = resource["id"]
            if key in seen or key in self._closed or (not share and key in self._taken):
                continue
            seen.add(key)
            drawn.append(resource)
        if not share:
            self._taken |= seen
        return drawn

    def close(self, resource: Resource) -> None:
        """Lets nothing further befall a resource: its twin would no longer be one."""
        self._closed.add(resource["id"])

    def is_closed(self, resource: Resource) -> bool:
        """Whether nothing further may befall it."""
        return resource["id"] in self._closed

    def mark(self, kind: str, resource: Resource) -> None:
        """Counts one piece of mess, and makes an Observation's elements stand in the usual order."""
        self.chart.mark(kind, resource["id"])
        if resource["resourceType"] != "Observation":
            return
        items = sorted(resource.items(), key=lambda item: _RANK.get(item[0], len(_RANK)))
        resource.clear()
        resource.update(items)

    def quantity(self, resource: Resource, value: float) -> dict[str, Json]:
        """The value of a result with another number, printed with the test's decimals."""
        row = ANALYTES[self.name(resource)]
        number = round(value, row.decimals) if row.decimals else round(value)
        return {**resource["valueQuantity"], "value": number}

    def revalue(self, resource: Resource, value: float) -> dict[str, Json]:
        """The elements of a result that change with its number."""
        quantity = self.quantity(resource, value)
        changed: dict[str, Json] = {"valueQuantity": quantity}
        if "interpretation" in resource:
            prefab = parts.lab_parts(ANALYTES[self.name(resource)], self.chart.person.gender)
            changed["interpretation"] = prefab.flag(quantity["value"])
        return changed

    def beside(self, resource: Resource, spread: float) -> float:
        """Another value near a result's own, never the same when printed."""
        value: float = resource["valueQuantity"]["value"]
        step = 10 ** -ANALYTES[self.name(resource)].decimals
        other = value * (1 + spread * (0.4 + abs(normal(self.rng))) * (1 if self.rng.random() < 0.5 else -1))
        if abs(other - value) < step:
            other = value + step if value < 2 * step or self.rng.random() < 0.5 else value - step
        return max(other, step)
