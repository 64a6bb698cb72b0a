"""`chartgym tasks`: what is asked."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ..runner.evaluate import select as select_tasks
from ..tasks.base import Task
from ..tasks.suite import load_suite
from .app import app
from .console import OUT, print_json

tasks = typer.Typer(
    help="See the tasks: what is asked, and in which shape it is answered.", no_args_is_help=True
)
app.add_typer(tasks, name="tasks")

SuiteOption = Annotated[
    str, typer.Option("--suite", "-s", help="core (300 tasks) or dev (100, other patients).")
]
CategoryOption = Annotated[
    list[str] | None, typer.Option("--category", "-c", help="Only this category; may be repeated.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@tasks.command("list")
def list_tasks(
    suite: SuiteOption = "core", category: CategoryOption = None, as_json: JsonOption = False
) -> None:
    """Lists the tasks of a suite."""
    chosen = select(suite, category or [], [])
    if as_json:
        print_json({"suite": suite, "tasks": [_brief(task) for task in chosen]})
        return
    if not OUT.is_terminal:  # for grep and cut: whole requests, one a line
        for task in chosen:
            typer.echo(f"{task.id}\t{task.level}\t{' '.join(task.prompt.split())}")
        return
    table = Table(box=None, header_style="bold", pad_edge=False, expand=True)
    table.add_column("task", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("request", no_wrap=True, overflow="ellipsis", ratio=1)
    for task in chosen:
        table.add_row(task.id, str(task.level), Text(" ".join(task.prompt.split())))
    OUT.print(table)
    OUT.print(f"{len(chosen)} tasks of the {suite} suite; one whole: chartgym tasks show {chosen[0].id}")


@tasks.command("show")
def show_task(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="Such as potassium-replacement/007.")],
    as_json: JsonOption = False,
) -> None:
    """Shows one task as an agent sees it: the request, the tools and the answer's shape. Never the expected result."""
    from ..env.prompt import first_observation, view_of

    task = select(suite_of(task_id), [], [task_id])[0]
    view = view_of(task)
    if as_json:
        print_json({**_brief(task), "observation": first_observation(view)})
        return
    OUT.rule(f"{task.id}  (level {task.level})")
    OUT.print(first_observation(view), markup=False)


def suite_of(task_id: str) -> str:
    """The suite that an id belongs to: ids of the dev suite are `category/dev-007`."""
    return "dev" if "/dev" in task_id else "core"


def select(suite: str, categories: list[str], ids: list[str]) -> list[Task]:
    """The tasks of a suite, filtered.

    Raises:
        UnknownNameError: a suite, category or task that there is not; the nearest names are offered.
    """
    return list(select_tasks(load_suite(suite), categories, ids))


def _brief(task: Task) -> dict[str, object]:
    return {"id": task.id, "category": task.category, "level": task.level, "prompt": task.prompt}
