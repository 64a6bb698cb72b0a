"""Plays an agent over a suite: one episode a record, on disk before it counts, nothing done twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from chartgym.errors import UsageError

from ..agents import make_agent, play, touches
from ..env import Episode, Limits
from ..fhir_server.backend import Server
from ..tasks.base import Suite, Task
from .log import Key, LogWriter, Record, read_log
from .manifest import make_manifest, settle_manifest
from .record import Outcome, make_record
from .summary import UNSCORED, Rate, Summary, category_lines, endings, first_error, latest

SCAFFOLD = "none"
"""Scripted agents and people play without a scaffold; language models will name theirs."""


MAX_SEED = 2**53 - 1
"""So that every reader of the log's JSON reads the same number."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is to be played.

    Attributes:
        agent: a name of the agents' registry.
        suite: the suite; `tasks` are those of it that are played.
        repeats: trials of each task.
        concurrency: episodes at once (threads).
        seed: moves the agent and the trials, never the tasks.
        max_steps: limit of calls; None for the suite's.
        cohort_hash: of the cohort that the server holds.
    """

    agent: str
    suite: Suite
    tasks: tuple[Task, ...]
    repeats: int = 1
    concurrency: int = 1
    seed: int = 0
    max_steps: int | None = None
    cohort_hash: str = ""

    def __post_init__(self) -> None:
        for name in ("repeats", "concurrency"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{name} must be at least 1, not {getattr(self, name)}")
        if self.max_steps is not None and self.max_steps < 1:
            raise UsageError(f"--max-steps must be at least 1, not {self.max_steps}")
        if abs(self.seed) > MAX_SEED:
            raise UsageError(f"--seed must lie within -{MAX_SEED} and {MAX_SEED}, not {self.seed}")
        if not self.tasks:
            raise UsageError("no task is left: none is of the categories and among the tasks that were named")

    @property
    def limits(self) -> Limits:
        """The limits of an episode."""
        return Limits(steps=self.max_steps or self.suite.limits["max_steps"])

    def manifest(self) -> dict[str, object]:
        """The settings that decide results, for the manifest. Which tasks are played does not change any."""
        return make_manifest(
            {
                "suite": self.suite.name,
                "suite_version": self.suite.version,
                "suite_hash": self.suite.hash,
                "cohort_seed": self.suite.cohort_seed,
                "cohort_hash": self.cohort_hash,
                "agent": self.agent,
                "scaffold": SCAFFOLD,
                "seed": self.seed,
                "max_steps": self.limits.steps,
                "server": "embedded",
            }
        )


OnRecord = Callable[[Record, int, int], None]
"""Told of each finished episode: the record, how many are done, how many there are."""


def run(
    settings: Settings,
    server: Server,
    folder: Path,
    on_record: OnRecord | None = None,
    on_stop: Callable[[], None] | None = None,
) -> Summary:
    """Plays what is not yet in the folder's log and sums up all of it.

    Args:
        settings: what is to be played.
        server: holds the suite's cohort.
        folder: of the run; made where it is missing.
        on_record: told of each episode as it ends, from the calling thread.
        on_stop: told when a stopped run has to wait for the moves that agents are making in other threads.

    Returns:
        The summary over every planned episode that the log holds.

    Raises:
        UsageError: the folder holds another run.
        OSError: the log cannot be written.
        KeyboardInterrupt: stopped; what had ended is in the log.
    """
    began = time.perf_counter()
    manifest = settings.manifest()
    settle_manifest(folder, manifest)
    planned = _plan(settings, str(manifest["hash"]))
    done = _already_done(folder, planned)
    left = [(key, task) for key, task in planned.items() if key not in done]
    writer = LogWriter(folder)
    batch = _Batch(settings, server, writer, on_stop)
    try:
        for number, record in enumerate(batch.play(left), len(done) + 1):
            if on_record is not None:
                on_record(record, number, len(planned))
    finally:
        writer.close()
    return replace(
        summarize(settings, folder, planned),
        resumed=len(done),
        seconds=time.perf_counter() - began,
        seconds_by_part=tuple(sorted(batch.seconds.items())),
    )


def _plan(settings: Settings, manifest_hash: str) -> dict[Key, Task]:
    agent = make_agent(settings.agent)
    tasks = [t for t in settings.tasks if touches(agent, t.category)]
    if not tasks:
        raise UsageError(f"agent {settings.agent} touches none of the chosen tasks")
    return {
        Key(manifest_hash, task.id, settings.agent, SCAFFOLD, trial): task
        for trial in range(settings.repeats)
        for task in tasks
    }


def _already_done(folder: Path, planned: dict[Key, Task]) -> set[Key]:
    if not (folder / "episodes.jsonl").exists():
        return set()
    records = latest(read_log(folder))
    return {key for key in planned if key in records and records[key]["outcome"] not in UNSCORED}


class _Batch:
    """Episodes played with one server into one log, and where the time went (seconds, summed over threads)."""

    def __init__(
        self, settings: Settings, server: Server, writer: LogWriter, on_stop: Callable[[], None] | None = None
    ) -> None:
        self.settings = settings
        self.server = server
        self.writer = writer
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()
        self._on_stop = on_stop
        self._stopped = threading.Event()

    def play(self, left: Sequence[tuple[Key, Task]]) -> Iterator[Record]:
        """Plays all, yielding each record once the disk has it; in order where nothing runs beside it."""
        if self.settings.concurrency == 1:
            for key, task in left:
                yield self._one(key, task)
            return
        with ThreadPoolExecutor(self.settings.concurrency) as pool:
            waiting = [pool.submit(self._one, key, task) for key, task in left]
            try:
                for future in as_completed(waiting):
                    yield future.result()
            except BaseException:
                self._stopped.set()
                if self._on_stop is not None:
                    self._on_stop()
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _go_on(self, episode: Episode) -> None:
        """Between two moves: leaves an episode of a stopped run, which would else be played to its end."""
        if self._stopped.is_set() and not episode.done:
            raise KeyboardInterrupt

    def _one(self, key: Key, task: Task) -> Record:
        started = time.perf_counter()
        seed = self.settings.seed + key.trial
        with self.server.open_session(key=task.id, seed=seed) as session:
            episode = Episode(task, session, self.settings.limits, seed=seed)
            played = play(
                make_agent(self.settings.agent), episode, lambda _reply, _observation: self._go_on(episode)
            )
            self._count("play", started)
            began = time.perf_counter()
            verdict = episode.verdict() if episode.ended_by not in {"infra_error", "cancelled"} else None
            self._count("checker", began)
            record = make_record(
                key,
                self.settings.suite,
                task,
                Outcome(seed, episode, verdict, played, time.perf_counter() - started),
            )
        began = time.perf_counter()
        self.writer.append(record)
        self._count("log", began)
        return record

    def _count(self, part: str, since: float) -> None:
        with self._lock:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - since


def summarize(settings: Settings, folder: Path, planned: Mapping[Key, Task]) -> Summary:
    """The summary of what the folder's log holds of the planned episodes."""
    records = [r for k, r in latest(read_log(folder)).items() if k in planned]
    order = list(dict.fromkeys(task.category for task in planned.values()))
    outcomes = [str(r["outcome"]) for r in records]
    return Summary(
        suite=settings.suite.name,
        version=settings.suite.version,
        agent=settings.agent,
        planned=len(planned),
        total=Rate.of(outcomes),
        categories=category_lines(records, order),
        unscored=sum(o in UNSCORED for o in outcomes),
        folder=str(folder),
        ended_by=endings(records),
        first_error=first_error(records),
    )
