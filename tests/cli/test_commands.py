"""The commands as a user types them: output, exit codes, messages."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import chartgym
from chartgym.cli import main
from chartgym.fhir_server.cache import cohort_path
from chartgym.fhir_server.cohort.build import SEED
from chartgym.fhir_server.cohort.version import generator_version
from chartgym.runner import read_log
from chartgym.tasks.suite import load_suite


def call(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command line."""
    with pytest.raises(SystemExit) as end:
        main(words)
    out, err = capfd.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, out, err


def test_json_is_one_object_on_standard_output(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Everything else goes to standard error."""
    code, out, _ = call(
        capfd,
        "eval",
        "--suite",
        "dev",
        "--limit",
        "12",
        "--json",
        "--out",
        str(tmp_path / "run"),
        "--concurrency",
        "3",
    )
    told: dict[str, Any] = json.loads(out)
    assert code == 0
    assert (told["tasks"], told["passed"], told["rate"]) == (12, 12, 1.0)
    assert told["interval"][0] < 1
    assert set(told["by_category"]) == {"patient-lookup", "demographics"}
    assert told["seconds"] > 0


def test_the_table_has_a_line_a_category_and_the_log(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What a person reads: rates with intervals, and where the log is."""
    words = ("--suite", "dev", "--category", "referral", "--agent", "noop", "--out", str(tmp_path / "run"))
    code, out, _ = call(capfd, "eval", *words)
    assert code == 0
    assert "referral" in out
    assert "0.0 %" in out
    assert "Wilson" in out
    assert (tmp_path / "run" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("eval", "--agent", "orcale"), "did you mean oracle"),
        (("eval", "--suite", "cor"), "did you mean core"),
        (("eval", "--category", "referal"), "did you mean referral"),
        (("eval", "--task", "referral/0l4"), "did you mean referral/0"),
        (("tasks", "show", "refferal/004"), "did you mean referral/004"),
        (("play", "--suite", "core", "--reveal"), "dev suite only"),
        (("eval", "--limit", "many"), "--limit"),
        (("eval", "--repeats", "0"), "--repeats"),
        (("evaluate",), "eval"),
        (("cohort", "info", "--seed", "x"), "--seed"),
        (("eval", "--agent", "py:nothing_here:Agent"), "nothing_here"),
        (("eval", "--seed", str(2**64)), "--seed"),
        (("eval", "--limit", "1", "--out", __file__), "it is a file; choose another --out"),
        (("eval", "--category", "referral", "--task", "demographics/001"), "no task is left"),
    ],
)
def test_what_is_wrong_is_named_with_exit_code_1(
    capfd: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    """Usage and input errors: one message, no traceback, nothing on standard output."""
    code, out, err = call(capfd, *words)
    assert code == 1
    assert told in " ".join(err.split())
    assert "Traceback" not in err
    assert out == ""


def test_a_folder_of_another_run_is_refused(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The message names the field that differs."""
    words = ("eval", "--suite", "dev", "--limit", "1", "--out", str(tmp_path / "run"))
    assert call(capfd, *words)[0] == 0
    code, _, err = call(capfd, *words, "--agent", "noop")
    assert code == 1
    assert "agent: 'oracle' there, 'noop' now" in err


def test_tasks_are_listed_and_shown_without_gold(capfd: pytest.CaptureFixture[str]) -> None:
    """What an agent sees and no more; the expected result is nowhere in it."""
    code, out, _ = call(capfd, "tasks", "list", "--suite", "core", "--json")
    listed = json.loads(out)["tasks"]
    assert code == 0
    assert len(listed) == 300
    task = next(t for t in load_suite("core").tasks if t.category == "patient-lookup" and t.branch == "query")
    code, out, _ = call(capfd, "tasks", "show", task.id)
    assert code == 0
    assert "fhir_search" in out
    assert str(task.expected["answer"]["mrn"]) not in out
    assert "expected" not in json.dumps(listed[0])


def test_cohort_info_counts(capfd: pytest.CaptureFixture[str]) -> None:
    """A hundred charts, at least 700,000 resources, at least 400 people beside them."""
    code, out, _ = call(capfd, "cohort", "info", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["charts"] == 100
    assert told["resources"] >= 700_000
    assert told["people"] >= 500
    assert sum(told["types"].values()) == told["resources"]
    assert call(capfd, "cohort", "build", "--json")[:2] == (0, out)
    code, table, _ = call(capfd, "cohort", "info")
    assert code == 0
    assert f"{told['resources']:,}" in table
    assert told["hash"] in table


def test_doctor_finds_nothing_missing(capfd: pytest.CaptureFixture[str]) -> None:
    """In a whole installation; it names cache and suites."""
    code, out, _ = call(capfd, "doctor", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["problems"] == []
    assert told["suites"]["core"]["tasks"] == 300
    assert all(told["packages"].values())
    assert told["cohort"]["state"] == "built"
    assert told["cohort"]["hash"] == load_suite("core").cohort_hash
    assert any(file["megabytes"] > 500 for file in told["cache"]["files"])
    code, out, _ = call(capfd, "doctor")
    assert code == 0
    assert f"rm -r {told['cache']['folder']}" in " ".join(out.split())


@pytest.mark.parametrize(
    ("content", "state", "exit_code"),
    [(None, "missing", 0), (b"", "damaged", 1), (b"x" * 70_000, "damaged", 1)],
)
def test_doctor_tells_the_state_of_the_cohort(
    *,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    state: str,
    exit_code: int,
) -> None:
    """One that is not there yet is no fault; one that is damaged is, and is named."""
    monkeypatch.setenv("CHARTGYM_CACHE", str(tmp_path))
    if content is not None:
        cohort_path("cohort", SEED, generator_version()).write_bytes(content)
    code, out, _ = call(capfd, "doctor", "--json")
    told = json.loads(out)
    assert (code, told["cohort"]["state"]) == (exit_code, state)
    assert [told["cohort"]["file"] in problem for problem in told["problems"]] == [True] * exit_code
    assert told["cache"]["folder"] == str(tmp_path)


def test_doctor_names_a_cache_that_is_no_folder(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file in the place of the cache folder is a problem with a fix, not a broken doctor."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHARTGYM_CACHE", str(tmp_path / "file"))
    code, out, _ = call(capfd, "doctor", "--json")
    assert code == 1
    assert [p for p in json.loads(out)["problems"] if "no folder" in p and "CHARTGYM_CACHE" in p]


def test_a_taken_port_is_named_and_no_address_promised(capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody is told to go to a server that is another's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = call(capfd, "server", "serve", "--port", port)
    assert code == 1
    assert f"port {port}" in err
    assert "http://" not in err


def test_version_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the installed version and nothing else."""
    assert call(capfd, "--version") == (0, f"{chartgym.__version__}\n", "")


def test_a_list_that_is_piped_has_whole_tasks_one_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Ids and requests are not cut where no terminal limits them: grep and cut can be used."""
    code, out, _ = call(capfd, "tasks", "list", "--suite", "dev", "--category", "referral")
    tasks = [task for task in load_suite("dev").tasks if task.category == "referral"]
    assert code == 0
    assert [line.split("\t") for line in out.splitlines()] == [
        [task.id, str(task.level), " ".join(task.prompt.split())] for task in tasks
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise ValueError('boom')", "2 ended by an error in the agent. The first: patient-lookup/dev-001: ValueErr"),
        ("raise SystemExit(3)", "patient-lookup/dev-001: SystemExit: 3"),
        ("return 'x'", "2 ended at the limit of calls"),
    ],
)  # fmt: skip
def test_how_an_agent_broke_stands_under_the_table(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, told: str
) -> None:
    """A rate of zero does not hide that the agent crashed, or never got an answer accepted."""
    monkeypatch.chdir(tmp_path)
    name = f"broken_{sum(map(ord, body))}"
    source = f"class A:\n    def reset(self, view): ...\n    def act(self, observation): {body}\n"
    (tmp_path / f"{name}.py").write_text(source)
    code, out, _ = call(capfd, "eval", "--suite", "dev", "--limit", "2", "--agent", f"py:{name}:A")
    assert code == 0
    assert told in out


def test_a_stopped_run_ends_with_exit_code_2(tmp_path: Path) -> None:
    """Ctrl-C in the middle: the run is incomplete, the message says how to go on, and the same command does."""
    out = tmp_path / "run"
    command = [
        sys.executable,
        "-m",
        "chartgym",
        "eval",
        "--agent",
        "random",
        "--repeats",
        "9",
        "--out",
        str(out),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = out / "episodes.jsonl"
    while process.poll() is None and (not log.exists() or log.read_bytes().count(b"\n") < 5):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told, err = process.communicate()
    assert process.returncode == 2, err
    assert f"--out {out} goes on" in " ".join(err.split())
    assert told == ""
    assert len(list(read_log(out))) >= 5


def test_a_run_that_lost_episodes_ends_with_exit_code_2(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A fault that is not the agent's leaves the run incomplete; its table is printed all the same."""
    (tmp_path / "outage.py").write_text(
        "from chartgym.errors import ProviderError\n"
        "class Agent:\n"
        "    def reset(self, view): pass\n"
        "    def act(self, observation): raise ProviderError('rate limit')\n"
    )
    with contextlib.chdir(tmp_path):
        words = ("--agent", "py:outage:Agent", "--suite", "dev", "--limit", "2", "--out", "run", "--json")
        code, out, err = call(capfd, "eval", *words)
    told = json.loads(out)
    assert code == 2
    assert (told["tasks"], told["unscored"], told["complete"], told["rate"]) == (0, 2, False, None)
    assert "2 of 2 episodes were not scored" in " ".join(err.split())


def test_every_command_has_help(capfd: pytest.CaptureFixture[str]) -> None:
    """Each command and option says what it does."""
    commands = (
        "",
        "eval",
        "play",
        "doctor",
        "tasks list",
        "tasks show",
        "cohort build",
        "cohort info",
        "cohort verify",
        "server serve",
    )
    for command in commands:
        code, out, _ = call(capfd, *command.split(), "--help")
        assert code == 0
        assert "Usage: chartgym" in out
