"""`make bench`: every figure with its bound beside it. Nothing is asserted: machines and their moods differ."""

from __future__ import annotations

import os
import platform

from chartgym.fhir_server.cohort.build import open_cohort

from . import bench_cohort, bench_oracle, bench_server


def main() -> None:
    """Runs all benchmarks one after the other."""
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}")
    print("Read a median with care on a busy machine, a 95th percentile with more.\n")
    with open_cohort() as cohort:
        path = cohort.path
        patients = [p.id for p in cohort.plan.charts[:15]]
    bench_oracle.main()  # first: its memory is that of a process that did nothing else
    print()
    bench_cohort.main(path, patients)
    print()
    bench_server.main(["--cohort", str(path)])


if __name__ == "__main__":
    main()
