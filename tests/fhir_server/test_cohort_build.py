"""The cohort file: same bytes however it is built, parsed back as it was written, large enough."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from chartgym.errors import CohortError, UsageError
from chartgym.fhir_server.cohort import build_plan, write_chart
from chartgym.fhir_server.cohort.build import build_cohort, open_cohort, write_file
from chartgym.fhir_server.cohort.plan import NOW
from chartgym.fhir_server.cohort.version import generator_version
from chartgym.fhir_server.cohort.workers import packed


def test_bytes_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    """One process and three write the same file, byte for byte."""
    progress: list[tuple[int, int]] = []
    one = write_file(
        tmp_path / "one", 1, charts=8, jobs=1, progress=lambda done, total: progress.append((done, total))
    )
    three = write_file(tmp_path / "three", 1, charts=8, jobs=3)
    assert one == three
    assert (tmp_path / "one").read_bytes() == (tmp_path / "three").read_bytes()
    assert progress[0] == (0, progress[-1][1])
    assert progress[-1][0] == progress[-1][1] >= 8


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """A chart parsed from the file is the chart as the generator writes it; somebody without one has a Patient."""
    plan = build_plan(1)
    with open_cohort(1, charts=2, jobs=1, folder=tmp_path) as cohort:
        person = plan.charts[1]
        assert cohort.chart(person.id) == orjson.loads(orjson.dumps(write_chart(plan, person)))
        nobody = next(p for p in reversed(plan.people) if not plan.of(p.index))
        assert [r["resourceType"] for r in cohort.chart(nobody.id)] == ["Patient"]
        assert sum(r["resourceType"] == "Patient" for r in cohort.hospital()) == len(plan.people)
        assert orjson.dumps([asdict(p) for p in cohort.ledger]) == orjson.dumps(
            [asdict(p) for p in plan.placements]
        )
        assert cohort.plan == plan
        assert cohort.manifest["now"] == NOW.isoformat()
        with pytest.raises(KeyError):
            cohort.chart("nobody")


def test_it_is_built_once(tmp_path: Path) -> None:
    """A second opening uses the file that is there; the key holds the generator's version."""
    path = build_cohort(1, charts=1, jobs=1, folder=tmp_path)
    before = path.stat().st_mtime_ns
    with open_cohort(1, charts=1, jobs=1, folder=tmp_path) as cohort:
        assert cohort.path == path
        assert cohort.manifest["generator"] == generator_version()
    assert path.stat().st_mtime_ns == before


def test_a_damaged_file_is_built_anew(tmp_path: Path) -> None:
    """A file that is cut short is noticed and replaced."""
    path = build_cohort(1, charts=1, jobs=1, folder=tmp_path)
    whole = path.read_bytes()
    os.truncate(path, len(whole) // 2)
    told: list[str] = []
    assert build_cohort(1, charts=1, jobs=1, folder=tmp_path, notify=told.append) == path
    assert path.read_bytes() == whole
    assert any("anew" in line for line in told)


@pytest.mark.parametrize("bad", [{"charts": 0}, {"charts": 101}, {"jobs": 0}])
def test_out_of_range(tmp_path: Path, bad: dict[str, int]) -> None:
    """Counts that make no sense are refused with the range."""
    with pytest.raises(UsageError, match="must be"):
        open_cohort(1, folder=tmp_path, **bad)  # pyright: ignore[reportArgumentType]


def test_a_worker_that_dies_is_an_error_and_not_a_short_file() -> None:
    """Where a process breaks, the build says so."""
    plan = build_plan(1)
    unknown = range(len(plan.people) + 1, len(plan.people) + 9)
    with pytest.raises((CohortError, IndexError)):
        list(packed(plan, unknown, 2))


def test_the_whole_cohort_is_large_enough() -> None:
    """100 charts hold at least 700,000 resources of all the types; the sizes of charts are far apart."""
    with open_cohort() as cohort:
        sizes = sorted(
            entry.count for entry in cohort.file.shards if entry.name != "hospital" and entry.count > 50
        )
        assert sum(sizes) >= 700_000
        assert len(sizes) >= 100
        assert sizes[0] < 2_500
        assert sizes[-1] > 20_000
        wanted = {
            "Patient", "Encounter", "Observation", "Condition", "MedicationRequest", "MedicationAdministration",
            "Procedure", "ServiceRequest", "AllergyIntolerance", "Immunization", "DiagnosticReport",
            "DocumentReference", "Communication", "Practitioner", "Organization", "Location", "Medication",
            "ActivityDefinition",
        }  # fmt: skip
        assert wanted <= cohort.manifest["types"].keys()
        assert cohort.path.stat().st_size < 1 << 30
