"""`chartgym cohort`: build and look at the synthetic charts."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from chartgym.errors import UsageError

from ..fhir_server.cohort.build import SEED, Cohort, open_cohort
from ..fhir_server.cohort.mess import DENOMINATORS, Measured, measure
from ..fhir_server.imports import ImportedCohort, open_file
from .app import app
from .console import ERR, OUT, print_json, progress_bar
from .tasks_commands import JsonOption

cohort = typer.Typer(help="Build the synthetic charts and look at them.", no_args_is_help=True)
app.add_typer(cohort, name="cohort")

SeedOption = Annotated[int, typer.Option(help="Seed of the cohort; the suites use the default one.")]
FileArgument = Annotated[
    Path | None, typer.Argument(help="A cohort file, or an imported one's name, in the place of the seed's.")
]


@contextmanager
def building(seed: int) -> Generator[tuple[Callable[[int, int], None], Callable[[str], None]]]:
    """A progress bar that appears when a cohort is built, and a place for words."""
    with progress_bar("charts") as bar:
        rows: list[Any] = []

        def progress(done: int, total: int) -> None:
            if not rows:
                rows.append(bar.add_task(f"building the cohort of seed {seed}", total=total, note=""))
                if not ERR.is_terminal:
                    ERR.print(f"building the cohort of seed {seed} (about a minute, once) ...")
            bar.update(rows[0], completed=done, total=total)

        yield progress, lambda words: ERR.print(words, markup=False)


@contextmanager
def opened(seed: int, file: Path | None) -> Generator[Cohort | ImportedCohort]:
    """The cohort in a file; where none is given the seed's, built first if it is missing."""
    if file is not None:
        found = open_file(file)
    else:
        with building(seed) as (progress, notify):
            found = open_cohort(seed, progress=progress, notify=notify)
    with found:
        yield found


@cohort.command("build")
def build(
    seed: SeedOption = SEED,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Builds the cohort file into the cache, where it is not there yet."""
    with building(seed) as (progress, notify):
        found = open_cohort(seed, jobs=jobs, progress=progress, notify=notify)
    with found:
        if as_json:
            print_json(describe(found))
        else:
            OUT.print(f"{found.path}", soft_wrap=True, markup=False)


@cohort.command("info")
def info(
    file: FileArgument = None,
    seed: SeedOption = SEED,
    mess: Annotated[
        bool,
        typer.Option(
            "--mess", help="What is wrong in the charts: each kind with its stated and measured rate."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Says what the charts hold; builds them first where they are missing."""
    with opened(seed, file) as found:
        told = describe(found)
        measured = measure(_mess(found)) if mess else ()
    if as_json:
        print_json({**told, "mess": [describe_kind(row) for row in measured]} if mess else told)
        return
    if mess:
        _print_mess(measured)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("resource type")
    table.add_column("number", justify="right")
    for name, number in told["types"].items():
        table.add_row(name, f"{number:,}")
    table.add_section()
    table.add_row("all", f"{told['resources']:,}")
    OUT.print(table)
    OUT.print(
        f"{told['charts']} charts, {told['people']} people, now {told['now']} ({told['zone']}), {_origin(told)}",
        soft_wrap=True,
    )
    OUT.print(f"hash {told['hash']}")
    OUT.print(f"{told['file']} ({told['megabytes']} MB)", soft_wrap=True, markup=False)
    if told["seed"] is not None:
        OUT.print("All data is synthetic.")


def _mess(found: Cohort | ImportedCohort) -> Mapping[str, int]:
    if isinstance(found, ImportedCohort):
        raise UsageError(f"{found.path} holds imported charts: nobody stated how much is wrong in them")
    return found.mess


def _origin(told: dict[str, Any]) -> str:
    """Where the charts come from, in words."""
    if told["seed"] is not None:
        return f"seed {told['seed']}"
    return f"imported from {len(told['sources']):,} files"


def _print_mess(measured: Sequence[Measured]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("kind", no_wrap=True)
    table.add_column("what it looks like [dim](and of what it is a share)[/dim]")
    for name in ("stated", "measured", "count"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("in band")
    for row in measured:
        kind = row.kind
        table.add_row(
            kind.name,
            f"{escape(kind.what)} [dim](of {DENOMINATORS[kind.of]})[/dim]",
            share(kind.rate),
            share(row.rate),
            f"{row.count:,}/{row.total:,}",
            "yes" if row.holds else f"[bold]no[/bold]: {share(kind.low)} to {share(kind.high)}",
        )
    OUT.print(table)
    OUT.print(f"{sum(row.holds for row in measured)} of {len(measured)} kinds are in their band.")


def share(rate: float | None) -> str:
    """A share in per cent with as many decimals as rare things need, `-` for none."""
    return "-" if rate is None else f"{100 * rate:.3g} %"


def describe_kind(row: Measured) -> dict[str, Any]:
    """One kind of mess as `info --mess --json` prints it."""
    kind = row.kind
    return {
        "kind": kind.name,
        "what": kind.what,
        "of": DENOMINATORS[kind.of],
        "stated": kind.rate,
        "band": [kind.low, kind.high],
        "source": kind.source,
        "count": row.count,
        "total": row.total,
        "rate": row.rate,
        "in_band": row.holds,
    }


@cohort.command("verify")
def verify(file: FileArgument = None, seed: SeedOption = SEED) -> None:
    """Checks every hash of the cohort file (opening checks the root, reading checks what is read)."""
    with opened(seed, file) as found:
        found.file.verify()
        OUT.print(f"{found.path}: every hash holds", soft_wrap=True, markup=False)


def describe(found: Cohort | ImportedCohort) -> dict[str, Any]:
    """What `info --json` prints."""
    manifest = found.manifest
    types = sorted(manifest["types"].items(), key=lambda item: -item[1])
    imported = manifest.get("kind") == "import"
    return {
        "seed": manifest.get("seed"),
        "generator": manifest.get("generator") or manifest.get("importer"),
        "now": manifest["now"],
        "zone": manifest["zone"],
        "charts": manifest["charts"],
        "people": manifest["people"],
        "resources": manifest["resources"],
        "types": dict(types),
        "hash": found.hash,
        "file": str(found.path),
        "megabytes": round(found.path.stat().st_size / 1e6),
        **({key: manifest[key] for key in ("name", "sources", "refused", "dangling")} if imported else {}),
    }
