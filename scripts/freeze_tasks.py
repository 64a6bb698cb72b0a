"""Freezes the suites: renders the policies, samples every category over the built cohort, checks, writes the files.

    python scripts/freeze_tasks.py              writes tasks/*/tasks.json, tasks/*/dev.json and policies.ndjson
    python scripts/freeze_tasks.py --check      writes nothing; fails where a file is not what would be written
    python scripts/freeze_tasks.py --lint [CATEGORY ...]   samples in memory from the plan and prints balance and faults

Freeze after every change to cohort, protocols or samplers; then raise `tasks.suite.VERSION` if a suite was published.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from chartgym.errors import ChartGymError
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.build import SEED, open_cohort
from chartgym.fhir_server.cohort.catalogue import POLICIES
from chartgym.tasks import freeze
from chartgym.tasks.base import Task
from chartgym.tasks.lint import lint_suite, payloads
from chartgym.tasks.registry import CATEGORIES
from chartgym.tasks.suite import SUITES, file_bytes, task_path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; 0 where all is well, 1 where something is not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("categories", nargs="*", help="with --lint or --policies: only these")
    parser.add_argument("--check", action="store_true", help="compare with what is stored; write nothing")
    parser.add_argument("--lint", action="store_true", help="sample from the plan in memory and print faults")
    parser.add_argument("--policies", action="store_true", help="render the policies only")
    parser.add_argument("--seed", type=int, default=SEED, help="the cohort's seed")
    options = parser.parse_args(arguments)
    try:
        if options.lint:
            return _lint(options.categories or CATEGORIES, options.seed)
        if options.policies:
            return _store(
                {POLICIES: freeze.policies_ndjson(options.categories or CATEGORIES)}, check=options.check
            )
        return _freeze(options.seed, check=options.check)
    except ChartGymError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def _lint(names: Sequence[str], seed: int) -> int:
    source = freeze.PlanSource(build_plan(seed), freeze.all_policies(names))
    faults: list[str] = []
    for suite, (split, _) in SUITES.items():
        drawn: dict[str, tuple[Task, ...]] = {}
        for name in names:
            try:
                drawn[name] = freeze.generate(name, source, split, seed)
            except ChartGymError as error:
                faults.append(f"{suite}: {name}: {error}")
        _print_balance(suite, drawn)
        faults += [f"{suite}: {fault}" for fault in lint_suite(drawn, source, split)]
    return _print_faults(faults)


def _freeze(seed: int, *, check: bool) -> int:
    """Renders, samples, checks and stores everything over the built cohort."""
    stale = _store({POLICIES: freeze.policies_ndjson()}, check=check)
    if stale:
        return stale
    with open_cohort(seed, progress=_show, notify=_say) as cohort:
        source = freeze.CohortSource(cohort)
        files: dict[Path, bytes] = {}
        faults: list[str] = []
        for suite, (split, _) in SUITES.items():
            drawn = freeze.generate_suite(source, suite, seed)
            _print_balance(suite, drawn)
            faults += [f"{suite}: {fault}" for fault in lint_suite(drawn, source, split)]
            for name, tasks in drawn.items():
                files[task_path(name, suite)] = file_bytes(name, suite, tasks, seed, cohort.hash)
    return _print_faults(faults) or _store(files, check=check)


def _store(files: Mapping[Path, bytes], *, check: bool) -> int:
    """Writes files, or with `check` says which differ."""
    changed = [p for p, data in files.items() if not p.exists() or p.read_bytes() != data]
    for path in changed:
        print(f"{'differs' if check else 'wrote'}: {path.resolve().relative_to(ROOT)}", file=sys.stderr)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path])
    return 1 if check and changed else 0


def _print_balance(suite: str, drawn: Mapping[str, Sequence[Task]]) -> None:
    print(f"\n{suite}: {sum(map(len, drawn.values()))} tasks")
    for name, tasks in drawn.items():
        branches = ", ".join(f"{b} {n}" for b, n in sorted(Counter(t.branch for t in tasks).items()))
        writing = sum(bool(t.expected.get("writes")) for t in tasks)
        words = len({t.template for t in tasks})
        twins = len({t.twin for t in tasks if t.twin})
        print(
            f"  {name:22} {len(tasks):3} tasks  levels {sorted(Counter(t.level for t in tasks).items())}  "
            f"writes {writing:2} in {len(payloads(tasks)):2} kinds  wordings {words:2}  twins {twins:2}  {branches}"
        )


def _show(done: int, total: int) -> None:
    if done % 20 == 0 or done == total:
        _say(f"charts: {done} of {total}")


def _say(words: str) -> None:
    print(words, file=sys.stderr)


def _print_faults(faults: Sequence[str]) -> int:
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    print(f"{len(faults)} faults" if faults else "no faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
