"""The commands as a user types them: output, exit codes, messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chartgym.cli import main
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


def test_doctor_finds_nothing_missing(capfd: pytest.CaptureFixture[str]) -> None:
    """In a whole installation; it names cache and suites."""
    code, out, _ = call(capfd, "doctor", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["problems"] == []
    assert told["suites"]["core"]["tasks"] == 300
    assert all(told["packages"].values())


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
