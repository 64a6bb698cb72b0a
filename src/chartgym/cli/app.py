"""The command tree, and the one place where errors become messages and exit codes."""

from __future__ import annotations

from importlib import import_module

import click
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
    "server_commands",
    "doctor_command",
)
"""Modules that add their commands to `app`, in the order of the help page."""


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code: 0 done, 1 usage or input error, 2 run incomplete."""
    for name in _COMMANDS:
        import_module(f".{name}", __package__)
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="chartgym", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        ERR.print("stopped")
        return 2
    except (ChartGymError, OSError) as error:
        ERR.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    return code if isinstance(code, int) else 0
