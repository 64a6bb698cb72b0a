"""`make realism`: prints how the charts compare with published figures, and writes the page with the plots."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from chartgym.errors import ChartGymError
from chartgym.fhir_server.cohort.build import SEED, Cohort, open_cohort
from chartgym.fhir_server.cohort.dealing import CHARTS
from chartgym.fhir_server.embedded.container import open_cohort as open_file

from .findings import find
from .gather import read_cohort
from .page import page
from .reference import load
from .terminal import print_summary

OUT = Path("build/realism")


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m realism", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the cohort (default: %(default)s)")
    parser.add_argument(
        "--charts", type=int, default=CHARTS, help="only the first so many charts (default: %(default)s)"
    )
    parser.add_argument("--file", type=Path, help="a cohort file to read instead, whatever wrote it")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for index.html (default: %(default)s)")
    parser.add_argument(
        "--all", action="store_true", help="print every figure, not only those outside their band"
    )
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Runs the comparison; 0 even where figures lie outside: this page shows, the tests judge."""
    args, console, started = _arguments(words), Console(), time.perf_counter()
    gc.freeze()
    gc.disable()  # charts are read without cycles; looking for them takes longer than reading
    try:
        cohort = (
            Cohort(open_file(args.file))
            if args.file
            else open_cohort(args.seed, charts=args.charts, notify=console.print)
        )
    except ChartGymError as error:
        console.print(f"[red]{error}[/]")
        return 2
    with cohort, Progress(console=console, transient=True) as bar:
        task = bar.add_task("reading charts", total=None)
        records = read_cohort(cohort, lambda done, total: bar.update(task, completed=done, total=total))
        facts = {
            "seed": str(cohort.seed),
            "charts": str(len(records)),
            "resources": f"{sum(r.size for r in records):,}",
            "cohort": cohort.hash[:12],
        }
    findings = find(records, load())
    print_summary(findings, console, everything=args.all)
    args.out.mkdir(parents=True, exist_ok=True)
    target = args.out / "index.html"
    target.write_text(page(findings, facts), encoding="utf-8")
    console.print(
        f"{target.resolve()}  ({target.stat().st_size / 1e6:.1f} MB, {time.perf_counter() - started:.0f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
