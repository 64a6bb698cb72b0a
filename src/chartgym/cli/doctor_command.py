"""`chartgym doctor`: what is installed, cached and missing."""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from chartgym.errors import ChartGymError, CohortError

from ..fhir_server.cache import cache_dir, cohort_path
from ..fhir_server.cohort.build import SEED
from ..fhir_server.cohort.version import generator_version
from ..fhir_server.embedded.container import open_cohort
from ..fhir_server.embedded.container_format import damage_marker
from ..tasks.suite import SUITES, load_suite
from .app import app
from .console import OUT, print_json
from .tasks_commands import JsonOption

_NEEDED_BYTES = 2_000_000_000
"""Room for building a cohort: the file and its temporary twin."""


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Says what is installed, cached (with sizes and how to clear it) and missing."""
    found = examine()
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found["problems"]:
        raise typer.Exit(1)


def examine() -> dict[str, Any]:
    """Looks at packages, suites, cohort, cache and disk; mends nothing."""
    problems: list[str] = []
    packages = {name: _version(name) for name in _required()}
    problems += [
        f"{name} is not installed: run make, or pip install {name}" for name, v in packages.items() if not v
    ]
    suites: dict[str, Any] = {}
    for name in SUITES:
        try:
            suite = load_suite(name)
            suites[name] = {"version": suite.version, "tasks": len(suite.tasks), "hash": suite.hash[:16]}
        except ChartGymError as error:
            problems.append(str(error))
    folder = cache_dir()
    cohort = _cohort()
    if cohort["state"] == "damaged":
        problems.append(f"{cohort['file']}: {cohort['fault']}; the next run builds it anew")
    place = _existing(folder)
    free = shutil.disk_usage(place).free
    if not place.is_dir():
        problems.append(f"{place} is no folder; remove it, or set CHARTGYM_CACHE to a folder")
    elif cohort["state"] != "built" and not os.access(place, os.W_OK):
        problems.append(f"{place} cannot be written; set CHARTGYM_CACHE to a folder that may be written")
    if free < _NEEDED_BYTES and cohort["state"] != "built":
        problems.append(f"only {free / 1e9:.1f} GB are free where the cohort is cached; a build needs 2")
    return {
        "chartgym": version("chartgym"),
        "python": platform.python_version(),
        "packages": packages,
        "suites": suites,
        "cache": {"folder": str(folder), "files": _files(folder), "free_gigabytes": round(free / 1e9, 1)},
        "cohort": cohort,
        "problems": problems,
    }


def _cohort() -> dict[str, Any]:
    """Whether the suites' cohort is cached; the root hash is checked, the parts are not (`cohort verify` does)."""
    version_now = generator_version()
    path = cohort_path("cohort", SEED, version_now)
    found = {"seed": SEED, "generator": version_now, "file": str(path), "state": "missing"}
    if not path.exists():
        return found
    try:
        with open_cohort(path) as opened:
            told = {**found, "state": "built", "hash": str(opened.manifest["cohort_hash"])}
            marker = damage_marker(path)
            if marker.exists() and marker.read_text(encoding="ascii") in ("", opened.root):
                return {**told, "state": "damaged", "fault": "a part of it failed its hash when it was read"}
            return told
    except CohortError as error:
        return {**found, "state": "damaged", "fault": str(error)}


_STATES = {
    "built": "built",
    "missing": "not built yet: the first use builds it, about a minute, once",
    "damaged": "damaged: the next use builds it anew",
}


def _required() -> list[str]:
    lines = [line for line in requires("chartgym") or [] if "extra ==" not in line]
    return sorted(line.split(";")[0].split(">")[0].split("<")[0].split("=")[0].strip() for line in lines)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _existing(folder: Path) -> Path:
    return folder if folder.exists() or folder == folder.parent else _existing(folder.parent)


def _files(folder: Path) -> list[dict[str, Any]]:
    if not folder.is_dir():
        return []
    return [
        {"name": path.name, "megabytes": round(path.stat().st_size / 1e6)}
        for path in sorted(folder.iterdir())
        if path.is_file() and path.stat().st_size > 1_000_000
    ]


def _count(problems: int) -> str:
    return "1 problem" if problems == 1 else f"{problems} problems"


def _show(found: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("chartgym", f"{found['chartgym']} on Python {found['python']}")
    table.add_row("packages", ", ".join(f"{n} {v or 'MISSING'}" for n, v in found["packages"].items()))
    for name, suite in found["suites"].items():
        table.add_row(f"suite {name}", f"version {suite['version']}, {suite['tasks']} tasks")
    table.add_row("cohort", f"{Path(found['cohort']['file']).name}: {_STATES[found['cohort']['state']]}")
    cache = found["cache"]
    table.add_row("cache", f"{cache['folder']} ({cache['free_gigabytes']} GB free)")
    for file in cache["files"]:
        table.add_row("", f"{file['name']}: {file['megabytes']} MB")
    table.add_row("clear it with", f"rm -r {cache['folder']}")
    for problem in found["problems"]:
        table.add_row("PROBLEM", problem)
    OUT.print(table)
    OUT.print("nothing is missing" if not found["problems"] else _count(len(found["problems"])))
