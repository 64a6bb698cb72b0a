"""`chartgym eval`: an agent over a suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ..agents import make_agent
from ..agents.chart_view import plain
from ..runner import Record, Settings, Summary, open_server, run, select
from ..runner.evaluate import default_folder
from ..tasks.suite import load_suite
from .app import RunIncompleteError, app
from .cohort_commands import building
from .console import ERR, OUT, percent, print_json, progress_bar
from .tasks_commands import CategoryOption, JsonOption, SuiteOption


@app.command("eval")
def evaluate(
    agent: Annotated[
        str, typer.Option("--agent", "-a", help="oracle, noop, blind, random, ..., or py:module:Name.")
    ] = "oracle",
    suite: SuiteOption = "core",
    category: CategoryOption = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="Only this task; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many tasks, from the front.", min=1)] = None,
    repeats: Annotated[int, typer.Option(help="Trials of each task.", min=1)] = 1,
    concurrency: Annotated[int, typer.Option(help="Episodes at once.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Moves the agent and the trials, never the tasks.")] = 0,
    max_steps: Annotated[int | None, typer.Option(help="Calls in an episode (core: 40).", min=1)] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the log; an unfinished run in it goes on. Default: runs/<time>-..."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluates an agent over a suite and prints the pass rate by category.

    Exit codes: 0 done, 1 usage or input error, 2 incomplete (episodes lost to faults that are not the agent's).
    """
    make_agent(agent)  # an unknown name is told before a minute of building
    found = load_suite(suite)
    chosen = select(found, category or (), task or ())[:limit]
    folder = out or default_folder(agent, suite)
    with building(found.cohort_seed) as (progress, notify):
        server, cohort_hash = open_server(found, progress, notify)
    settings = Settings(agent, found, chosen, repeats, concurrency, seed, max_steps, cohort_hash)
    with progress_bar("episodes") as bar:
        row = bar.add_task(f"{agent} plays {suite}", total=None, note="")
        passed = played = 0

        def tell(record: Record, done: int, planned: int) -> None:
            nonlocal passed, played
            passed += record["outcome"] == "passed"
            played += 1
            resumed = f", {done - played} from before" if done > played else ""
            bar.update(row, completed=done, total=planned, note=f"{passed} passed{resumed}")

        try:
            summary = run(
                settings, server, folder, tell, lambda: ERR.print("stopping after the moves in progress ...")
            )
        except KeyboardInterrupt:
            raise RunIncompleteError(
                f"stopped; what was played is in {folder}: --out {folder} goes on"
            ) from None
    if as_json:
        print_json(summary.as_json())
    else:
        _show(summary)
    if not summary.complete:
        lost = summary.planned - summary.total.tasks
        raise RunIncompleteError(
            f"incomplete: {lost} of {summary.planned} episodes were not scored; --out {folder} goes on"
        )


def _show(summary: Summary) -> None:
    title = f"{summary.agent} on the {summary.suite} suite {summary.version}"
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.add_column("category")
    for name in ("tasks", "passed", "rate", "95 % interval", "mean steps"):
        table.add_column(name, justify="right")
    for line in summary.categories:
        rate = line.rate
        table.add_row(
            line.category,
            str(rate.tasks),
            str(rate.passed),
            percent(rate.rate),
            _interval(rate.interval),
            f"{line.mean_steps:.1f}",
        )
    total = summary.total
    table.add_section()
    table.add_row(
        "all", str(total.tasks), str(total.passed), percent(total.rate), _interval(total.interval), ""
    )
    OUT.print(table)
    resumed = f" ({summary.resumed} of them from before)" if summary.resumed else ""
    _show_endings(summary)
    OUT.print(
        f"{total.tasks} episodes{resumed} in {summary.seconds:.1f} s. Intervals: Wilson. Log: {summary.folder}",
        markup=False,
        soft_wrap=True,
    )


def _show_endings(summary: Summary) -> None:
    """Says what a bare rate hides: that the agent crashed, or ran out of calls."""
    crashed, limited = summary.ended_by.get("agent_error", 0), summary.ended_by.get("limit", 0)
    if crashed:
        words = f"{crashed} ended by an error in the agent. The first: {summary.first_error}"
        OUT.print(plain(words, "red"), soft_wrap=True)
    if limited:
        OUT.print(
            f"{limited} ended at the limit of calls, without an answer that was accepted.", soft_wrap=True
        )


def _interval(ends: tuple[float, float]) -> str:
    return f"{100 * ends[0]:.1f} to {100 * ends[1]:.1f} %"
