"""The cache of cohorts: built once, by one, whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chartgym.errors import CohortError
from chartgym.fhir_server.cache import build_lock, cache_dir, cohort_path, ensure
from chartgym.fhir_server.embedded.container import open_cohort
from chartgym.fhir_server.embedded.container_write import write_cohort
from chartgym.fhir_server.embedded.packing import pack_shard


def build(path: Path) -> None:
    """Writes a tiny cohort and notes that it was called, in a file beside it."""
    with (path.parent / "calls").open("a") as file:
        file.write("x")
    patient = {"resourceType": "Patient", "id": "p1", "meta": {"versionId": "1", "lastUpdated": "2031-01-01"}}
    write_cohort(path, {"name": "tiny"}, [pack_shard("hospital", [patient])])


def calls(path: Path) -> int:
    """How often `build` was called."""
    place = path.parent / "calls"
    return len(place.read_text()) if place.exists() else 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a cohort may be built."""
    return cohort_path("tiny", 1, "1", tmp_path / "cache")


def test_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CHARTGYM_CACHE wins, then an absolute XDG_CACHE_HOME, then ~/.cache."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CHARTGYM_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_dir() == tmp_path / "home" / ".cache" / "chartgym"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "chartgym"
    monkeypatch.setenv("CHARTGYM_CACHE", str(tmp_path / "own"))
    assert cache_dir() == tmp_path / "own"


def test_each_seed_and_version_has_its_file(tmp_path: Path) -> None:
    """Another name, seed or version is another path; the same is the same."""
    paths = {
        cohort_path(name, seed, version, tmp_path)
        for name, seed, version in [("a", 1, "1"), ("b", 1, "1"), ("a", 2, "1"), ("a", 1, "2"), ("a", 1, "1")]
    }
    assert len(paths) == 4


def test_it_is_built_once(path: Path) -> None:
    """The first call builds, the next ones open."""
    for _ in range(3):
        with ensure(path, build) as cohort:
            assert cohort.names() == ("hospital",)
    assert calls(path) == 1


_ENSURE = """
import sys, time
from pathlib import Path
from chartgym.fhir_server.cache import ensure
from chartgym.fhir_server.embedded.container_write import write_cohort
def build(path):
    with (path.parent / "calls").open("a") as file:
        file.write("x")
    time.sleep(0.2)
    write_cohort(path, {}, [])
print("ready", flush=True)
sys.stdin.readline()
with ensure(Path(sys.argv[1]), build, lambda said: print(said, flush=True)) as cohort:
    print(cohort.root)
"""


def start(path: Path) -> subprocess.Popen[str]:
    """Another process that will ask for the cohort when told to."""
    command = [sys.executable, "-c", _ENSURE, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_processes_at_once_make_one_file(path: Path) -> None:
    """Three processes that start together build once and open the same file."""
    processes = [start(path) for _ in range(3)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    roots = {process.communicate()[0].splitlines()[-1] for process in processes}
    with open_cohort(path) as cohort:
        assert roots == {cohort.root}
    assert calls(path) == 1


def test_who_waits_is_told(path: Path) -> None:
    """A process that finds the lock taken says what it waits for, and then uses the file of the other."""
    with build_lock(path) as waited:
        assert not waited
        process = start(path)
        assert process.stdout
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        assert "another process is building" in process.stdout.readline()
        build(path)
    said, _ = process.communicate()
    with open_cohort(path) as cohort:
        assert said.strip() == cohort.root
    assert calls(path) == 1


@pytest.mark.parametrize("rest", [0, 1, 70_000])
def test_a_damaged_file_is_built_anew(path: Path, rest: int) -> None:
    """A file cut short is noticed, named and replaced."""
    ensure(path, build).close()
    path.write_bytes(path.read_bytes()[:rest])
    said: list[str] = []
    with ensure(path, build, said.append) as cohort:
        cohort.verify()
    assert calls(path) == 2
    assert any("damaged" in line for line in said)


def test_damage_found_late_is_mended_by_the_next_start(path: Path) -> None:
    """A chunk whose hash fails while reading leads to a new build at the next `ensure`."""
    ensure(path, build).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE chunk SET data = zeroblob(10)")
    connection.commit()
    connection.close()
    with ensure(path, build) as cohort:
        _, read = cohort.shard("hospital")
        with pytest.raises(CohortError, match="start again and it is built anew"):
            read(0)
    with ensure(path, build) as cohort:
        cohort.verify()
    assert calls(path) == 2
    ensure(path, build).close()
    assert calls(path) == 2


def test_a_marker_of_an_older_file_is_ignored(path: Path) -> None:
    """A marker that names another root does not throw away a good file."""
    ensure(path, build).close()
    path.with_name(path.name + ".damaged").write_text("00" * 32)
    ensure(path, build).close()
    assert calls(path) == 1


def test_leftovers_of_a_killed_build_are_removed(path: Path) -> None:
    """A child killed in the middle of writing leaves no cohort; the next build clears its rest away."""
    path.parent.mkdir(parents=True)
    child = os.fork()
    if child == 0:

        def slow() -> Any:
            yield pack_shard("hospital", [])
            os.kill(os.getpid(), signal.SIGKILL)

        write_cohort(path, {}, slow())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not path.exists()
    assert [p.suffix for p in path.parent.iterdir()] == [".tmp"]
    said: list[str] = []
    ensure(path, build, said.append).close()
    assert any("left by a build that was stopped" in line for line in said)
    assert not [p for p in path.parent.iterdir() if p.suffix == ".tmp"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """Where the cache folder cannot be made, the error says how to choose another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CohortError, match="CHARTGYM_CACHE"):
        ensure(tmp_path / "file" / "x.cohort", build)


def test_a_build_that_makes_nothing_is_an_error(path: Path) -> None:
    """A builder that leaves no file is not taken for one that did."""
    with pytest.raises(CohortError, match="no cohort file"):
        ensure(path, lambda _: None)


def test_the_lock_is_freed_with_its_holder(path: Path) -> None:
    """A holder that is killed does not block the next."""
    path.parent.mkdir(parents=True)
    child = os.fork()
    if child == 0:
        with build_lock(path):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    ensure(path, build).close()
    with open_cohort(path) as cohort:
        assert cohort.names() == ("hospital",)
