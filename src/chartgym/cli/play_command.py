"""`chartgym play`: be the agent yourself."""

from __future__ import annotations

from contextlib import suppress
from random import SystemRandom
from typing import Annotated

import typer

from chartgym.errors import UsageError

from ..agents.human import play_in_terminal
from ..env import Episode
from ..runner import open_server, select
from ..tasks.suite import load_suite
from .app import app
from .cohort_commands import building
from .console import OUT
from .tasks_commands import CategoryOption, suite_of


@app.command("play")
def play(
    task_id: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]", help="Such as referral/004 or referral/dev-004; by default a random one."
        ),
    ] = None,
    suite: Annotated[
        str | None, typer.Option("--suite", "-s", help="dev or core; by default the task's own, else dev.")
    ] = None,
    category: CategoryOption = None,
    reveal: Annotated[
        bool,
        typer.Option("--reveal", help="Show every criterion afterwards, expected against got (dev only)."),
    ] = False,
) -> None:
    """Plays a task by hand in the terminal, with completion and tables. Type help there."""
    suite = suite or (suite_of(task_id) if task_id else "dev")
    if reveal and suite != "dev":
        raise UsageError("--reveal shows expected results, so it works with the dev suite only")
    found = load_suite(suite)
    chosen = select(found, category or (), [task_id] if task_id else ())
    task = SystemRandom().choice(chosen)
    with building(found.cohort_seed) as (progress, notify):
        server, _ = open_server(found, progress, notify)
    with (
        server.open_session(key=task.id, seed=0) as session,
        suppress(KeyboardInterrupt),
    ):  # `quit` is no error
        play_in_terminal(Episode(task, session), console=OUT, reveal=reveal)
