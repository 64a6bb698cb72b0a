"""Makes the frozen suites from a cohort: samples every category, gives ids, checks balance, renders the policies.

No files but the cohort's are touched here; `scripts/freeze_tasks.py` stores the results.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, cast

import orjson

from chartgym.errors import TaskError

from ..fhir_server.backend import Resource
from ..fhir_server.cohort.build import Cohort
from ..fhir_server.cohort.catalogue import hospital_resources
from ..fhir_server.cohort.chance import child
from ..fhir_server.cohort.charts import write_chart
from ..fhir_server.cohort.plan import Person, Placement, Plan
from .base import ChartSource, Task
from .policies import Policy, policy_resource
from .registry import CATEGORIES, category, folder
from .suite import SUITES, Split, canonical

SIZES: Mapping[Split, int] = {"core": 30, "dev": 10}

KEPT_CHARTS = 8
"""Parsed charts that a source keeps: one is about fifty megabytes as Python objects."""


class PlanSource:
    """A `ChartSource` straight from a plan: charts are written when first asked for, no cohort file is needed."""

    def __init__(self, plan: Plan, policies: Sequence[Policy] = ()) -> None:
        """`policies` stand instead of the stored ones where there are any (before they are rendered)."""
        self.now: datetime = plan.now
        self._plan = plan
        self._policies = [policy_resource(p) for p in policies]
        self._people = {p.id: p for p in plan.people}
        self._written: dict[str, bytes] = {}
        self._parsed = lru_cache(maxsize=KEPT_CHARTS)(self._parse)

    def people(self) -> Sequence[Person]:
        """Everybody, those with charts first."""
        return self._plan.people

    def chart(self, patient_id: str) -> Sequence[Resource]:
        """Every resource of one chart."""
        return self._parsed(patient_id)

    def _parse(self, patient_id: str) -> Sequence[Resource]:
        if patient_id not in self._written:
            self._written[patient_id] = orjson.dumps(write_chart(self._plan, self._people[patient_id]))
        return cast("list[Resource]", orjson.loads(self._written[patient_id]))

    @cache  # noqa: B019 a source lives as long as the command that made it
    def hospital(self) -> Sequence[Resource]:
        """What belongs to no chart, and every Patient."""
        resources = _as_served(list(hospital_resources(self._plan)))
        if not self._policies:
            return resources
        stored = [r for r in resources if r["resourceType"] != "DocumentReference"]
        return [*stored, *_as_served(self._policies)]

    def ledger(self, topic: str) -> Sequence[Placement]:
        """The planted situations of one topic."""
        return tuple(p for p in self._plan.placements if p.topic == topic)


class CohortSource:
    """A `ChartSource` over a built cohort: the sealed bundles, parsed from the bodies that the server serves."""

    def __init__(self, cohort: Cohort) -> None:
        self.now: datetime = cohort.plan.now
        self._cohort = cohort
        self._hospital = tuple(cohort.hospital())
        self._parsed = lru_cache(maxsize=KEPT_CHARTS)(cohort.chart)

    def people(self) -> Sequence[Person]:
        """Everybody, those with charts first."""
        return self._cohort.plan.people

    def chart(self, patient_id: str) -> Sequence[Resource]:
        """Every resource of one chart."""
        return self._parsed(patient_id)

    def hospital(self) -> Sequence[Resource]:
        """What belongs to no chart, and every Patient."""
        return self._hospital

    def ledger(self, topic: str) -> Sequence[Placement]:
        """The planted situations of one topic, as they were when the cohort was built."""
        return tuple(p for p in self._cohort.ledger if p.topic == topic)


def _as_served(resources: Sequence[Resource]) -> list[Resource]:
    """Through JSON, so that a gold never rests on a type that the server does not hold."""
    return cast("list[Resource]", orjson.loads(orjson.dumps(resources)))


def generate(name: str, source: ChartSource, split: Split, seed: int) -> tuple[Task, ...]:
    """All tasks of one category and split, with ids, levels ascending.

    Args:
        name: the category's name.
        source: the sealed cohort.
        split: `core` gives 30 tasks `name/001` on, `dev` 10 tasks `name/dev-001` on.
        seed: the cohort's seed; the draw depends on it, the category and the split alone.

    Raises:
        TaskError: the category samples another number, or tasks of another category.
    """
    rng = child(seed, "tasks", name, split)
    drawn = list(category(name).sample(source, split, rng))
    child(seed, "order", name, split).shuffle(drawn)  # or a task's number would tell its branch
    drawn.sort(key=lambda t: t.level)
    if len(drawn) != SIZES[split]:
        raise TaskError(f"{name}: sampled {len(drawn)} tasks for {split}, not {SIZES[split]}")
    stray = sorted({t.category for t in drawn} - {name})
    if stray:
        raise TaskError(f"{name}: sampled tasks that call themselves {', '.join(stray)}")
    groups = Counter(t.twin for t in drawn)
    drawn = [t if groups[t.twin] > 1 else replace(t, twin="") for t in drawn]
    prefix = "" if split == "core" else f"{split}-"
    return tuple(_plain(replace(t, id=f"{name}/{prefix}{i:03d}")) for i, t in enumerate(drawn, 1))


def _plain(task: Task) -> Task:
    """The task with params and gold as JSON holds them, so that a frozen task is the same as a fresh one."""
    return replace(task, params=_json(task.params), expected=_json(task.expected))


def _json(value: Mapping[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", orjson.loads(canonical(value)))


def generate_suite(source: ChartSource, suite: str, seed: int) -> dict[str, tuple[Task, ...]]:
    """The tasks of every category of a suite."""
    split = SUITES[suite][0]
    return {name: generate(name, source, split, seed) for name in CATEGORIES}


# -- policies ----------------------------------------------------------------------------------------------


def all_policies(names: Sequence[str] = CATEGORIES) -> tuple[Policy, ...]:
    """The hospital protocols of every category whose module defines `policies()`, in the order of categories.

    Two categories may give the same document; it is taken once.

    Raises:
        TaskError: two documents have one number and version and another text.
    """
    found: dict[tuple[str, str], Policy] = {}
    for name in names:
        category(name)
        module = import_module(f".{folder(name)}.category", __package__)
        for policy in cast("Sequence[Policy]", getattr(module, "policies", tuple)()):
            key = (policy.number, policy.version)
            if found.setdefault(key, policy) != policy:
                raise TaskError(f"{name}: another text under {policy.number} version {policy.version}")
    return tuple(found.values())


def policies_ndjson(names: Sequence[str] = CATEGORIES) -> bytes:
    """`fhir_server/cohort/data/policies.ndjson`: one DocumentReference a line."""
    return b"".join(canonical(policy_resource(p)) + b"\n" for p in all_policies(names))
