"""The command tree, and the one place where errors become messages and exit codes."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from chartgym.errors import ChartGymError

from .console import ERR

app = typer.Typer(
    name="chartgym",
    help="A hospital record in a box in which LLM agents work. All data is synthetic.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_COMMANDS = (
    "eval_command",
    "play_command",
    "tasks_commands",
    "cohort_commands",
    "import_command",
    "server_commands",
    "doctor_command",
)
"""Modules that add their commands to `app`, in the order of the help page."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("chartgym"))
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_version),
    ] = False,
) -> None:
    """A hospital record in a box in which LLM agents work. All data is synthetic."""
    del show_version  # dealt with by its callback


class RunIncompleteError(Exception):
    """Raised by a command whose run has episodes left; the message says what to do. Ends with exit code 2."""


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code: 0 done, 1 usage or input error, 2 run incomplete."""
    for name in _COMMANDS:
        import_module(f".{name}", __package__)
    try:
        typer.main.get_command(app).main(args=arguments, prog_name="chartgym")
    except SystemExit as end:
        # Typer ends with 2 for a wrong command line; here 2 means that a run is incomplete.
        return 1 if end.code else 0
    except RunIncompleteError as left:
        ERR.print(str(left), markup=False, soft_wrap=True)
        return 2
    except (ChartGymError, OSError) as error:
        ERR.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    return 0
