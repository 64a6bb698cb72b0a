"""The command tree, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import click
import typer

from chartgym.errors import ChartGymError, CohortError

from .console import ERR

app = typer.Typer(
    name="chartgym",
    help="A hospital record in a box in which LLM agents work. All data is synthetic.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code."""
    from . import cohort_commands, eval_command, play_command, server_commands, tasks_commands

    del cohort_commands, eval_command, play_command, server_commands, tasks_commands
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="chartgym", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 1
    except click.ClickException as error:
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        ERR.print("stopped")
        return 2
    except CohortError as error:
        ERR.print(f"[red]cohort:[/] {error}", markup=True)
        return 1
    except ChartGymError as error:
        ERR.print(f"error: {error}", style="red", markup=False)
        return 1
    except OSError as error:
        ERR.print(f"error: {error}", style="red", markup=False)
        return 1
    return code if isinstance(code, int) else 0
