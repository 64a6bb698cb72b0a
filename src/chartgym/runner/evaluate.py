"""`chartgym.evaluate(...)`: what `chartgym eval` does, in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chartgym.errors import UnknownNameError

from ..env.charts import cohort_server
from ..fhir_server.backend import Server
from ..fhir_server.cohort.build import open_cohort
from ..tasks.base import Suite, Task
from ..tasks.suite import load_suite, require_cohort
from .run import OnRecord, Settings, run
from .summary import Summary


def select(suite: Suite, categories: Sequence[str] = (), ids: Sequence[str] = ()) -> tuple[Task, ...]:
    """The tasks of a suite that are of the categories and of the ids; all where none is named.

    Raises:
        UnknownNameError: the suite has no such category or task; the nearest names are offered.
    """
    known = {t.category for t in suite.tasks}
    for name in categories:
        if name not in known:
            raise UnknownNameError("category", name, known)
    by_id = {t.id: t for t in suite.tasks}
    for name in ids:
        if name not in by_id:
            raise UnknownNameError("task", name, by_id)
    return tuple(
        t for t in suite.tasks if (not categories or t.category in categories) and (not ids or t.id in ids)
    )


def open_server(
    suite: Suite,
    progress: Callable[[int, int], None] | None = None,
    notify: Callable[[str], None] | None = None,
) -> tuple[Server, str]:
    """The embedded server over the suite's cohort, which is built first where it is missing, and the cohort's hash.

    Raises:
        CohortError: the cohort cannot be built.
        UsageError: this version of ChartGym makes another cohort than the suite was made from.
    """
    open_cohort(suite.cohort_seed, progress=progress, notify=notify).close()
    server, cohort_hash = cohort_server(suite.cohort_seed)
    require_cohort(suite, cohort_hash)
    return server, cohort_hash


def default_folder(agent: str, suite: str) -> Path:
    """`runs/<UTC time>-<agent>-<suite>` under the working directory; never one that is there."""
    name = "".join(c if c.isalnum() else "-" for c in agent).strip("-")[:40]
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    folder = Path("runs") / f"{stamp}-{name}-{suite}"
    number = 1
    while folder.exists():
        number += 1
        folder = Path("runs") / f"{stamp}-{name}-{suite}-{number}"
    return folder


def evaluate(
    agent: str = "oracle",
    suite: str = "core",
    *,
    categories: Sequence[str] = (),
    tasks: Sequence[str] = (),
    limit: int | None = None,
    repeats: int = 1,
    concurrency: int = 1,
    seed: int = 0,
    max_steps: int | None = None,
    out: Path | str | None = None,
    on_record: OnRecord | None = None,
) -> Summary:
    """Plays an agent over a suite and sums up; the log is in the folder that the summary names.

    Args:
        agent: a name of `chartgym.agents.AGENTS`, or `py:module:Name`.
        suite: `core` or `dev`.
        categories: only these.
        tasks: only these ids.
        limit: at most so many tasks, from the front.
        repeats: trials of each task.
        concurrency: episodes at once.
        seed: moves the agent and the trials, never the tasks.
        max_steps: limit of calls instead of the suite's.
        out: folder of the log; where it holds the same run already, only what is missing is played.
        on_record: told of each episode as it ends: the record, how many are done, how many there are.

    Raises:
        UnknownNameError: an agent, suite, category or task that there is not.
        UsageError: an option that cannot be, or a folder that holds another run.
        CohortError: the cohort cannot be built.
    """
    found = load_suite(suite)
    chosen = select(found, categories, tasks)[:limit]
    server, cohort_hash = open_server(found)
    settings = Settings(agent, found, chosen, repeats, concurrency, seed, max_steps, cohort_hash)
    folder = Path(out) if out is not None else default_folder(agent, suite)
    return run(settings, server, folder, on_record)
