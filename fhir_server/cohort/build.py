"""Builds the cohort of a seed once and opens it: one file in the cache, shared by all processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from chartgym.errors import UsageError

from ..backend import Resource
from ..cache import cohort_path, ensure
from ..embedded.container import CohortFile
from ..embedded.container_write import write_cohort
from ..embedded.packing import pack_shard
from ..embedded.shard import HOSPITAL, PackedShard
from .catalogue import hospital_resources
from .courses.facts import Facts
from .dealing import CHARTS, build_plan
from .keeping import FACTS, LEDGER, MESS, Keeping, read_facts, read_kept_facts, read_tally
from .plan import NOW, TIME_ZONE, Json, Placement, Plan
from .version import generator_version
from .workers import default_jobs, packed

SEED = 1
"""The seed of the frozen suites."""

Progress = Callable[[int, int], None]
"""Told (charts done, charts in all)."""


class Cohort:
    """A built cohort, open for reading.

    Attributes:
        file: the file under it; what the server serves.
    """

    def __init__(self, file: CohortFile) -> None:
        self.file = file

    @property
    def manifest(self) -> Mapping[str, Json]:
        """Seed, generator, now, zone, charts, people, `cohort_hash`, `resources`, `types`."""
        return self.file.manifest

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.file.path

    @property
    def seed(self) -> int:
        """The seed."""
        return int(self.manifest["seed"])

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical NDJSON: the same on any machine."""
        return str(self.manifest["cohort_hash"])

    @cached_property
    def plan(self) -> Plan:
        """The plan, dealt again from the seed."""
        return build_plan(self.seed)

    @cached_property
    def ledger(self) -> tuple[Placement, ...]:
        """What was placed where, as it was when the file was built. Never served."""
        return tuple(Placement(**entry) for entry in orjson.loads(self.file.sealed(LEDGER)))

    @cached_property
    def mess(self) -> Mapping[str, int]:
        """How much of each kind of mess there is, and what it is a share of (see `mess.measure`). Never served."""
        return read_tally(self.file.sealed(MESS))

    def facts(self, person_id: str) -> Facts:
        """What is true of one person, from which their notes were written; empty without a chart. Never served.

        Raises:
            KeyError: there is no such Patient.
        """
        if person_id not in self._patients:
            raise KeyError(person_id)
        return read_facts(self._facts.get(person_id, b""))

    @cached_property
    def _facts(self) -> Mapping[str, bytes]:
        return read_kept_facts(self.file.sealed(FACTS))

    @cached_property
    def _patients(self) -> dict[str, Resource]:
        return {r["id"]: r for r in self.hospital() if r["resourceType"] == "Patient"}

    def hospital(self) -> Iterator[Resource]:
        """The resources that belong to no patient, and every Patient."""
        return map(orjson.loads, self.file.ndjson(HOSPITAL))

    def chart(self, person_id: str) -> list[Resource]:
        """The sealed bundle of one person, parsed from the file's own bodies; the Patient first.

        Raises:
            KeyError: there is no such Patient.
        """
        patient: Resource = orjson.loads(orjson.dumps(self._patients[person_id]))
        if person_id not in self.file.names():
            return [patient]
        return [patient, *map(orjson.loads, self.file.ndjson(person_id))]

    def close(self) -> None:
        """Closes the file; may be called twice."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_cohort(
    seed: int = SEED,
    *,
    charts: int = CHARTS,
    jobs: int | None = None,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    folder: Path | None = None,
) -> Cohort:
    """Opens the cohort of a seed, built first where it is missing, damaged or made by another generator.

    Args:
        seed: the cohort's seed.
        charts: how many charts, counted from the first; fewer than all for tests. Everybody has a Patient.
        jobs: processes to build with; by default one a core.
        progress: told how far the build is.
        notify: told in words when something is waited for or built anew.
        folder: instead of the user's cache folder.

    Raises:
        CohortError: it cannot be built or read here.
        UsageError: `charts` or `jobs` is out of range.
    """
    if not 1 <= charts <= CHARTS:
        raise UsageError(f"charts must be from 1 to {CHARTS}, not {charts}")
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs must be 1 or more, not {jobs}")
    name = "cohort" if charts == CHARTS else f"cohort-first{charts}"
    path = cohort_path(name, seed, generator_version(), folder)

    def build(place: Path) -> None:
        write_file(place, seed, charts=charts, jobs=jobs or default_jobs(), progress=progress)
        _clear_older(place, f"{name}-{seed}-")

    return Cohort(ensure(path, build, notify))


def build_cohort(
    seed: int = SEED,
    *,
    charts: int = CHARTS,
    jobs: int | None = None,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
    folder: Path | None = None,
) -> Path:
    """Builds the cohort of a seed where it is not there yet; returns where it is. Arguments as `open_cohort`."""
    with open_cohort(
        seed, charts=charts, jobs=jobs, progress=progress, notify=notify, folder=folder
    ) as cohort:
        return cohort.path


def write_file(
    path: Path, seed: int, *, charts: int = CHARTS, jobs: int = 1, progress: Progress | None = None
) -> Mapping[str, Json]:
    """Writes a cohort file to a place of one's choice, whatever is there; returns the manifest."""
    plan = build_plan(seed)
    manifest = {
        "seed": seed,
        "generator": generator_version(),
        "now": NOW.isoformat(),
        "zone": str(TIME_ZONE),
        "charts": charts,
        "people": len(plan.people),
    }
    kept = Keeping(plan)
    shards = _shards(plan, charts, jobs, progress or (lambda _done, _all: None), kept)
    return write_cohort(path, manifest, shards, kept.parts)


def _shards(plan: Plan, charts: int, jobs: int, progress: Progress, kept: Keeping) -> Iterator[PackedShard]:
    """The shards, one by one; what is kept beside them goes to `kept`, which is whole when the last one was taken."""
    indexes = [p.index for p in plan.charts[:charts]]
    known = set(indexes)
    placed = sorted({p.person for p in plan.placements if not plan.people[p.person].has_chart})
    indexes += [index for index in placed if index not in known]
    progress(0, len(indexes))
    yield pack_shard(HOSPITAL, hospital_resources(plan))
    for done, (index, found) in enumerate(zip(indexes, packed(plan, indexes, jobs), strict=True), start=1):
        kept.add(plan.people[index].id, found.tally, found.facts)
        if found.shard is not None:
            yield found.shard
        progress(done, len(indexes))
    kept.close()


def _clear_older(path: Path, prefix: str) -> None:
    """Keeps this file and the youngest of its older siblings: each takes most of a gigabyte."""
    older = [p for p in path.parent.glob(f"{prefix}*.cohort") if p != path]
    older.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for stale in older[1:]:
        stale.unlink(missing_ok=True)
        stale.with_name(f"{stale.name}.lock").unlink(missing_ok=True)
