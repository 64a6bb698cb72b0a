"""`chartgym cohort import`: other people's charts into a cohort file."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from chartgym.errors import UsageError

from ..fhir_server.imports import ImportReport, Refusal, import_cohort, import_path
from .cohort_commands import cohort
from .console import ERR, OUT, print_json
from .tasks_commands import JsonOption

SHOWN = 20
"""So many refusals and missing targets are printed; `--report` writes every refusal."""


@cohort.command("import")
def import_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files and folders: FHIR R4 as JSON or NDJSON, plain, .gz or .zip; - is standard input."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The cohort file to write; by default in the cache, under its name."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call it; by default as the first path.")] = "",
    now: Annotated[
        str | None,
        typer.Option(help="The cohort's clock, such as 2026-05-04T09:00:00-04:00. Default: the latest time."),
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone of the clock.")] = "UTC",
    report: Annotated[
        Path | None, typer.Option(help="File for every refusal, one JSON object a line.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first refusal, write nothing.")
    ] = False,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Load what R4 forbids too, if it has a type and an id.")
    ] = False,
    base: Annotated[
        list[str] | None,
        typer.Option(help="URL of the server these are from, if references hold it; may be repeated."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Loads other people's charts (Synthea, MIMIC-IV on FHIR, any R4 Bundle or NDJSON) into a cohort file.

    What cannot be loaded is told with file, line and reason, and stops nothing else.
    """
    called = name or _name_of(paths[0])
    with _reading() as progress:
        told = import_cohort(
            paths,
            out or import_path(called),
            name=called,
            now=_moment(now),
            zone=zone,
            strict=strict,
            lenient=lenient,
            force=force,
            bases=base or (),
            report=report,
            progress=progress,
            notify=lambda words: ERR.print(words, markup=False, soft_wrap=True),
        )
    if as_json:
        print_json(describe_import(told))
    else:
        _show(told, report)


def _name_of(path: Path) -> str:
    """What an import is called by default: as the file or folder, without suffixes."""
    last = "stdin" if str(path) == "-" else path.resolve().name
    return re.sub(r"[^\w.\-]+", "-", last.split(".")[0]).strip("-")[:80] or "imported"


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--now {text!r} is no time; write it as 2026-05-04T09:00:00-04:00") from None


@contextmanager
def _reading() -> Generator[Callable[[str, int, int], None]]:
    """A bar for each step: bytes that are read, then resources that are packed."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[amount]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=ERR,
        disable=not ERR.is_terminal,
    )
    with bar:
        rows: dict[str, Any] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in rows:
                for row in rows.values():
                    bar.update(row, total=1, completed=1)
                rows[step] = bar.add_task(step, total=None, amount="")
            known = total if total and step != "sorting" else None
            bar.update(rows[step], total=known, completed=done, amount=_amount(step, done, total))

        yield progress


def _amount(step: str, done: int, total: int) -> str:
    if step == "reading":
        return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB" if total else f"{done / 1e6:,.1f} MB"
    return f"{total:,} resources" if step == "sorting" else f"{done:,} of {total:,} resources"


def _show(told: ImportReport, report: Path | None) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("resource type")
    table.add_column("number", justify="right")
    for name, number in told.types.items():
        table.add_row(name, f"{number:,}")
    table.add_section()
    table.add_row("all", f"{told.resources:,}")
    OUT.print(table)
    for words in _summary(told):
        OUT.print(words, soft_wrap=True, markup=False)
    for refusal in told.refusals[:SHOWN]:
        OUT.print(f"  {refusal}", soft_wrap=True, markup=False)
    left = told.refused - min(SHOWN, len(told.refusals))
    if left:
        where = f"all are in {report}" if report else "--report FILE writes them all"
        OUT.print(f"  ... and {left:,} more; {where}", soft_wrap=True, markup=False)
    OUT.print(f"{told.path}", soft_wrap=True, markup=False)


def _summary(told: ImportReport) -> list[str]:
    manifest = told.manifest
    words = [
        (
            f"{manifest['charts']:,} charts, {manifest['people']:,} people, now {manifest['now']} "
            f"({manifest['zone']}; {manifest['now_from']})"
        ),
        f"hash {manifest['cohort_hash']}",
        *told.notes,
    ]
    if told.repeated:
        words.append(f"{told.repeated:,} were there twice with equal content; one of each is loaded")
    if told.dangling:
        most = told.missing[0]
        words.append(
            f"{told.dangling:,} references lead to nothing that was loaded and are kept, "
            f"most often {most.target} ({most.count:,})"
        )
    if told.elsewhere:
        words.append(f"{told.elsewhere:,} references lead to other servers and are kept")
    if told.refused:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in told.reasons.items())
        words.append(f"{told.refused:,} refused: {reasons}")
    else:
        words.append("nothing was refused")
    return words


def describe_import(told: ImportReport) -> dict[str, Any]:
    """What `cohort import --json` prints."""
    return {
        "file": str(told.path),
        "resources": told.resources,
        "types": dict(told.types),
        "charts": told.manifest["charts"],
        "people": told.manifest["people"],
        "now": told.manifest["now"],
        "zone": told.manifest["zone"],
        "hash": told.manifest["cohort_hash"],
        "refused": told.refused,
        "reasons": dict(told.reasons),
        "refusals": [_describe_refusal(refusal) for refusal in told.refusals],
        "repeated": told.repeated,
        "dangling": told.dangling,
        "missing": [{"target": m.target, "count": m.count, "example": m.example} for m in told.missing],
        "elsewhere": told.elsewhere,
        "notes": list(told.notes),
    }


def _describe_refusal(refusal: Refusal) -> dict[str, Any]:
    place = refusal.place
    return {
        "file": place.file,
        "line": place.line,
        "entry": place.entry,
        "type": refusal.type or None,
        "id": refusal.id or None,
        "reason": refusal.reason,
        "message": refusal.message,
    }
