"""The cohort file: same bytes however it is built, parsed back as it was written, large enough."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from chartgym.errors import CohortError, UsageError
from chartgym.fhir_server.cohort import build_plan, version, write_chart
from chartgym.fhir_server.cohort.build import build_cohort, open_cohort, write_file
from chartgym.fhir_server.cohort.charts import write_record
from chartgym.fhir_server.cohort.keeping import FACTS, LEDGER, MESS
from chartgym.fhir_server.cohort.mess import KINDS, OF, tally_people
from chartgym.fhir_server.cohort.plan import NOW
from chartgym.fhir_server.cohort.version import generator_version
from chartgym.fhir_server.cohort.workers import packed
from chartgym.fhir_server.embedded import packing
from chartgym.fhir_server.embedded.server import EmbeddedServer


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


_WRITE = """
import hashlib, sys
from dataclasses import asdict
from pathlib import Path
import orjson
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.build import write_file
write_file(Path(sys.argv[1]), 1, charts=3)
print(hashlib.sha256(orjson.dumps(asdict(build_plan(1)), default=sorted)).hexdigest())
"""


def test_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    """Two builds in processes with other hash seeds, zones and locales write the same file and deal the same plan."""
    plans: set[str] = set()
    for seed, zone in (("0", "Pacific/Kiritimati"), ("4711", "America/St_Johns")):
        done = subprocess.run(
            [sys.executable, "-P", "-c", _WRITE, str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        )
        plans.add(done.stdout)
    assert len(plans) == 1
    assert (tmp_path / "0").read_bytes() == (tmp_path / "4711").read_bytes()


def test_the_cached_cohort_is_what_is_written_now() -> None:
    """A chart of every scene, written again by this process, is byte for byte the one that another process built."""
    with open_cohort() as cohort:
        plan = cohort.plan
        chosen: dict[str, int] = {}
        for placement in plan.placements:
            chosen.setdefault(placement.topic, placement.person)
        for index in sorted(set(chosen.values())):
            person = plan.people[index]
            assert orjson.dumps(cohort.chart(person.id)) == orjson.dumps(write_chart(plan, person)), index


def test_a_killed_build_leaves_no_file_and_the_next_one_succeeds(tmp_path: Path) -> None:
    """Killed between two charts of a real build: nothing that could be taken for a cohort, and no worker goes on."""
    killed = (
        "import os, signal, sys; from pathlib import Path\n"
        "from chartgym.fhir_server.cohort.build import open_cohort\n"
        "def progress(done, total):\n"
        "    if done == 2: os.killpg(0, signal.SIGKILL)\n"
        "open_cohort(1, charts=7, jobs=2, folder=Path(sys.argv[1]), progress=progress)\n"
    )
    command = [sys.executable, "-P", "-c", killed, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, start_new_session=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not list(tmp_path.glob("*.cohort"))
    told: list[str] = []
    with open_cohort(1, charts=7, jobs=2, folder=tmp_path, notify=told.append) as cohort:
        cohort.file.verify()
    assert any("stopped" in line for line in told)
    assert not list(tmp_path.glob("*.tmp"))


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


def test_what_is_kept_beside_the_charts_is_read_back(tmp_path: Path) -> None:
    """Tally and facts of a built file are those that the writer tells; whoever has no chart has no facts."""
    plan = build_plan(1)
    with open_cohort(1, charts=2, jobs=1, folder=tmp_path) as cohort:
        records = [write_record(plan, person) for person in plan.charts[:2]]
        for person, record in zip(plan.charts, records, strict=False):
            assert record.facts.rows
            assert cohort.facts(person.id) == record.facts
        for kind in KINDS:
            counted = sum(record.tally.get(kind.name, 0) for record in records)
            assert cohort.mess.get(kind.name, 0) == counted + tally_people(plan.people)[kind.name]
        assert cohort.mess[f"{OF}charts"] == 2
        assert not cohort.facts(plan.people[-1].id).rows
        with pytest.raises(KeyError):
            cohort.facts("nobody")


def test_what_is_kept_beside_the_charts_is_never_served(tmp_path: Path) -> None:
    """No shard is made of it, no name leads to it, and no body that can be served holds a fact's words."""
    with open_cohort(1, charts=1, jobs=1, folder=tmp_path) as cohort:
        shards = cohort.file.names()
        assert not {LEDGER, MESS, FACTS} & set(shards)
        with EmbeddedServer(cohort.file).open_session("sealed", 0) as session:
            for name in (LEDGER, MESS, FACTS):
                for path in (name, f"/{name}", f"sealed/{name}", f"Basic/{name}"):
                    assert session.request("GET", path).status >= 400
        sealed = {name: cohort.file.sealed(name) for name in (LEDGER, MESS, FACTS)}
        assert all(sealed.values())
        bodies = b"".join(body for shard in shards for body in cohort.file.ndjson(shard))
        assert not any(name.encode() + b'":' in bodies for name in ("polarity", f"{OF}labs", "near-twin"))


def test_it_is_built_once(tmp_path: Path) -> None:
    """A second opening uses the file that is there; the key holds the generator's version."""
    path = build_cohort(1, charts=1, jobs=1, folder=tmp_path)
    before = path.stat().st_mtime_ns
    with open_cohort(1, charts=1, jobs=1, folder=tmp_path) as cohort:
        assert cohort.path == path
        assert cohort.manifest["generator"] == generator_version()
    assert path.stat().st_mtime_ns == before


def test_the_version_covers_all_that_shapes_the_file() -> None:
    """Every module that packing and the container's writer import is in the generator's version."""
    folder = Path(packing.__file__).parent
    found, left = set[str](), ["packing", "container_write"]
    while left:
        name = left.pop()
        found.add(name)
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                left += [node.module] if node.module not in found else []
    told = Path(version.__file__).read_text(encoding="utf-8")
    assert len(found) >= 8
    assert [name for name in sorted(found) if f'"{name}"' not in told] == []


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
