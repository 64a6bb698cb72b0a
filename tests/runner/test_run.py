"""A run plays each episode once, keeps what was played, and tells faults of the server from failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import chartgym
from chartgym.errors import ServerError, UnknownNameError, UsageError
from chartgym.fhir_server import Params, Response, Server, Session
from chartgym.runner import Key, Settings, read_log, run, select
from chartgym.tasks.base import Suite

TIMINGS = {"seconds", "finished_at"}


def results(folder: Path) -> list[dict[str, Any]]:
    """The records without what depends on the clock, in an order of their own."""
    kept = [{k: v for k, v in record.items() if k not in TIMINGS} for record in read_log(folder)]
    return sorted(kept, key=lambda r: (r["key"]["task"], r["key"]["trial"]))


class Broken:
    """A server that breaks down after some requests."""

    def __init__(self, server: Server, after: int) -> None:
        self.server = server
        self.left = after

    def open_session(self, key: str = "", seed: int = 0) -> Session:
        session = self.server.open_session(key, seed)
        plain = session.request

        def request(
            method: str,
            path: str,
            params: Params = (),
            body: bytes | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> Response:
            self.left -= 1
            if self.left < 0:
                raise ServerError("the server went away")
            return plain(method, path, params, body, headers)

        object.__setattr__(session, "request", request)
        return session


def test_the_oracle_passes_and_the_record_holds_all(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    """A record has every call with its result, the criteria with expected and got, the answer and the gold."""
    summary = run(settings, server, tmp_path)
    assert (summary.total.passed, summary.total.tasks, summary.complete) == (10, 10, True)
    assert [line.category for line in summary.categories] == [task.category for task in settings.tasks]
    for record in read_log(tmp_path):
        assert record["outcome"] == "passed"
        assert record["ended_by"] == "finish"
        assert record["steps"][-1]["tool"] == "finish"
        assert record["answer"]["status"] == record["expected"]["answer"]["status"]
        assert all({"id", "expected", "got", "passed"} <= set(c) for c in record["criteria"])
    wrote = [r for r in read_log(tmp_path) if r["changes"]]
    assert all(c["after"]["meta"]["versionId"] == "1" for r in wrote for c in r["changes"])


def test_a_second_run_plays_only_what_is_missing(settings: Settings, server: Server, tmp_path: Path) -> None:
    """Nothing is played twice; what is told counts all of it."""
    part = replace(settings, tasks=settings.tasks[:4])
    run(part, server, tmp_path)
    told: list[tuple[int, int]] = []
    summary = run(settings, server, tmp_path, lambda _record, done, planned: told.append((done, planned)))
    assert told == [(n, 10) for n in range(5, 11)]
    assert (summary.resumed, summary.total.tasks) == (4, 10)
    assert max(Counter(Key.of(r) for r in read_log(tmp_path)).values()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agent": "noop"}, "agent"),
        ({"seed": 3}, "seed"),
        ({"max_steps": 7}, "max_steps"),
        ({"cohort_hash": "x"}, "cohort_hash"),
    ],
)
def test_another_set_up_is_refused_and_named(
    settings: Settings, server: Server, tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    """Two set-ups never mix in one log."""
    few = replace(settings, tasks=settings.tasks[:1])
    run(few, server, tmp_path)
    with pytest.raises(UsageError, match=rf"another set-up.*\n  {field}: "):
        run(replace(few, **change), server, tmp_path)
    assert len(list(read_log(tmp_path))) == 1


def test_what_the_server_broke_is_ungraded_and_played_again(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    """An outage is neither a failure nor a pass, and the run says that it is incomplete."""
    broken = run(settings, Broken(server, after=12), tmp_path)
    assert not broken.complete
    assert broken.unscored > 0
    assert broken.total.passed == broken.total.tasks
    lost = [r for r in read_log(tmp_path) if r["outcome"] == "ungraded"]
    assert {r["ended_by"] for r in lost} == {"infra_error"}
    assert all("the server went away" in r["error"] for r in lost)
    mended = run(settings, server, tmp_path)
    assert (mended.complete, mended.total.passed) == (True, 10)


def test_one_worker_and_eight_give_the_same_results(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    """Concurrency changes nothing but timings."""
    for workers in (1, 8):
        run(replace(settings, concurrency=workers, repeats=3), server, tmp_path / str(workers))
    one, eight = results(tmp_path / "1"), results(tmp_path / "8")
    assert len(one) == 30
    assert one == eight


def test_trials_of_the_random_agent_differ_and_repeat(
    settings: Settings, server: Server, tmp_path: Path
) -> None:
    """A trial has a seed of its own, and the same seed makes the same moves."""
    lucky = replace(settings, agent="random", tasks=settings.tasks[:2], repeats=2, seed=5)
    run(lucky, server, tmp_path / "a")
    run(lucky, server, tmp_path / "b")
    first = results(tmp_path / "a")
    assert first == results(tmp_path / "b")
    assert first[0]["steps"] != first[1]["steps"]
    assert {r["outcome"] for r in first} == {"failed"}


def test_an_agent_that_crashes_fails(
    settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash is the agent's own: it counts as failed, in the denominator."""
    (tmp_path / "crashing.py").write_text(
        "class Agent:\n    def reset(self, view): pass\n    def act(self, observation): raise RuntimeError('oops')\n"
    )
    monkeypatch.chdir(tmp_path)
    summary = run(replace(settings, agent="py:crashing:Agent"), server, tmp_path / "out")
    assert (summary.total.tasks, summary.total.passed, summary.complete) == (10, 0, True)
    assert {r["ended_by"] for r in read_log(tmp_path / "out")} == {"agent_error"}


@pytest.mark.parametrize(
    "option", [{"repeats": 0}, {"concurrency": 0}, {"max_steps": 0}, {"tasks": ()}, {"seed": 2**64}]
)
def test_impossible_options_are_refused(settings: Settings, option: dict[str, Any]) -> None:
    """Before anything is played."""
    with pytest.raises(UsageError):
        replace(settings, **option)


WAITING = """
from threading import Event
stopped, made = Event(), []

class Agent:
    def reset(self, view):
        made.append(self)
        self.first = len(made) == 1

    def act(self, observation):
        if self.first:
            raise ValueError("over at once")
        stopped.wait()
        return "no call"
"""


def test_a_stopped_run_leaves_its_episodes_between_two_moves(
    settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With several at once, only the moves in progress are waited for, not forty of each; no half episode counts."""
    (tmp_path / "waiting_agent.py").write_text(WAITING)
    monkeypatch.chdir(tmp_path)
    stops: list[str] = []

    def on_record(*_: object) -> None:
        raise KeyboardInterrupt

    def on_stop() -> None:
        stops.append("told")
        sys.modules["waiting_agent"].stopped.set()

    two = replace(settings, agent="py:waiting_agent:Agent", concurrency=2)
    with pytest.raises(KeyboardInterrupt):
        run(two, server, tmp_path / "run", on_record, on_stop)
    assert stops == ["told"]
    assert [r["error"] for r in read_log(tmp_path / "run")] == ["ValueError: over at once"]


def test_a_full_disk_stops_the_run_and_keeps_the_log(
    settings: Settings, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged stays; what was not is played again."""
    run(replace(settings, tasks=settings.tasks[:3]), server, tmp_path)
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run(settings, server, tmp_path)
    monkeypatch.setattr("os.fsync", real)
    assert len(list(read_log(tmp_path))) == 3
    assert run(settings, server, tmp_path).complete


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    """Killed in the middle, the same command loses nothing acknowledged and repeats nothing."""
    command = [
        sys.executable,
        "-m",
        "chartgym",
        "eval",
        "--suite",
        "dev",
        "--agent",
        "random",
        "--out",
        str(tmp_path / "r"),
    ]
    log = tmp_path / "r" / "episodes.jsonl"
    for wanted in (10, 40):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not log.exists() or log.read_bytes().count(b"\n") < wanted):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = [Key.of(r) for r in read_log(tmp_path / "r")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    after = [Key.of(r) for r in read_log(tmp_path / "r")]
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == 100


def test_selection_names_what_is_not_there(dev: Suite) -> None:
    """Unknown categories and tasks raise, with the nearest names."""
    assert {t.category for t in select(dev, ["referral"])} == {"referral"}
    assert [t.id for t in select(dev, [], ["referral/dev-002"])] == ["referral/dev-002"]
    with pytest.raises(UnknownNameError, match="did you mean referral"):
        select(dev, ["referal"])
    with pytest.raises(UnknownNameError, match="did you mean referral/dev-0"):
        select(dev, [], ["referral/dev-0o2"])


def test_the_python_call_does_what_the_command_does(tmp_path: Path) -> None:
    """`chartgym.evaluate` and `chartgym.read_log`."""
    summary = chartgym.evaluate("noop", "dev", categories=["demographics"], limit=4, out=tmp_path / "x")
    assert (summary.total.tasks, summary.total.passed) == (4, 0)
    assert len(list(chartgym.read_log(summary.folder))) == 4
