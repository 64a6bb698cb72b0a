"""Times the build of the cohort and its first use by a process that did not build it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chartgym.fhir_server.cohort.build import SEED, write_file

_FIRST_USE = """
import sys, time
from pathlib import Path
from chartgym.fhir_server.embedded import EmbeddedServer
from chartgym.fhir_server.embedded.container import open_cohort
patient = sys.argv[2]
started = time.perf_counter()
server = EmbeddedServer(open_cohort(Path(sys.argv[1])))
answer = server.request("GET", "Observation", [("patient", patient), ("_sort", "-date"), ("_count", "1")])
print((time.perf_counter() - started) * 1000)
assert answer.status == 200
"""


def first_use(path: Path, patients: list[str]) -> list[float]:
    """Milliseconds from opening to the first answer, in a fresh process for each patient (imports not counted)."""
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", _FIRST_USE, str(path), p], check=True, capture_output=True
            ).stdout
        )
        for p in patients
    ]
    return sorted(times)


def build() -> tuple[float, float, int]:
    """Builds the whole cohort into a temporary folder; seconds, GiB, resources."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.cohort"
        started = time.perf_counter()
        manifest = write_file(path, SEED, jobs=os.cpu_count() or 1)
        seconds = time.perf_counter() - started
        return seconds, path.stat().st_size / 2**30, int(manifest["resources"])


def main(cohort: Path, patients: list[str]) -> None:
    """Prints the figures with their bounds."""
    seconds, size, resources = build()
    print(f"{'cohort build':<34} {seconds:9.1f} s    at most 60 on 2 cores ({resources:,} resources)")
    print(f"{'cohort file':<34} {size:9.2f} GiB  at most 1")
    times = first_use(cohort, patients)
    print(
        f"{'open, first search, fresh process':<34} p50 {times[len(times) // 2]:5.1f} ms  worst {times[-1]:5.1f} ms   "
        f"under 50 (imports not counted, {len(times)} patients)"
    )
