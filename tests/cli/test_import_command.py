"""`cohort import` and the commands that open what it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chartgym.cli.app import run

GOOD = '{"resourceType":"Patient","id":"p","gender":"female"}\n'
BAD = '{"resourceType":"Patient","id":\n'


def call(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """What a command prints to standard output and to standard error."""
    got = run(list(words))
    out, err = capfd.readouterr()
    assert got == code, out + err
    return out, err


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    """A file with one patient, then 25 broken lines."""
    file = tmp_path / "charts.ndjson"
    file.write_text(GOOD + BAD * 25)
    return file


def test_import_tells_what_was_loaded_and_what_was_not(
    tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Counts by type, the first refusals with file and line, and where all of them are."""
    out, report = tmp_path / "c.cohort", tmp_path / "refused.jsonl"
    text, _ = call(capfd, "cohort", "import", str(charts), "--out", str(out), "--report", str(report))
    assert "25 refused: 25 not-json" in text
    assert text.count("charts.ndjson:") == 20
    assert "charts.ndjson:2: " in text
    assert f"... and 5 more; all are in {report}" in text
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert [row["line"] for row in rows] == list(range(2, 27))
    assert text.splitlines()[-1] == str(out)


def test_import_as_json(tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One object with counts, hash, the given clock and the refusals."""
    words = ("--out", str(tmp_path / "c.cohort"), "--now", "2026-05-04T09:00:00-04:00", "--json")
    told: dict[str, Any] = json.loads(call(capfd, "cohort", "import", str(charts), *words)[0])
    assert (told["types"], told["refused"], told["reasons"]) == ({"Patient": 1}, 25, {"not-json": 25})
    assert told["now"] == "2026-05-04T13:00:00.000+00:00"
    assert told["refusals"][0]["line"] == 2


def test_strict_ends_with_an_error_and_writes_nothing(
    tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, file and line in the message, no file."""
    out = tmp_path / "c.cohort"
    _, err = call(capfd, "cohort", "import", str(charts), "--out", str(out), "--strict", code=1)
    assert "charts.ndjson:2" in err
    assert [p.name for p in tmp_path.iterdir()] == ["charts.ndjson"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--now", "noon"), "--now 'noon' is no time"),
        (("--now", "2026-05-04T09:00:00"), "must have a zone"),
        (("--zone", "Mars/Base"), "is no time zone"),
    ],
)
def test_wrong_clocks_are_told(
    tmp_path: Path, charts: Path, words: tuple[str, ...], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    out = tmp_path / "c.cohort"
    _, err = call(capfd, "cohort", "import", str(charts), "--out", str(out), *words, code=1)
    assert message in err
    assert not out.exists()


def test_an_imported_file_is_looked_at_and_verified(
    tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """`info` and `verify` take the file; what only made charts have is told to be missing; `--force` replaces."""
    out = tmp_path / "c.cohort"
    imported: dict[str, Any] = json.loads(
        call(capfd, "cohort", "import", str(charts), "--out", str(out), "--json")[0]
    )
    info: dict[str, Any] = json.loads(call(capfd, "cohort", "info", str(out), "--json")[0])
    assert (info["hash"], info["types"], info["seed"]) == (imported["hash"], {"Patient": 1}, None)
    assert info["sources"][0]["name"] == "charts.ndjson"
    text, _ = call(capfd, "cohort", "info", str(out))
    assert "imported from 1 files" in text
    assert "synthetic" not in text
    assert "every hash holds" in call(capfd, "cohort", "verify", str(out))[0]
    assert "imported charts" in call(capfd, "cohort", "info", str(out), "--mess", code=1)[1]
    assert "exists already" in call(capfd, "cohort", "import", str(charts), "--out", str(out), code=1)[1]
    call(capfd, "cohort", "import", str(charts), "--out", str(out), "--force")


def test_without_a_place_it_is_found_by_its_name(
    tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the cache, called as the first path without its suffixes."""
    monkeypatch.setenv("CHARTGYM_CACHE", str(tmp_path / "cache"))
    call(capfd, "cohort", "import", str(charts))
    told: dict[str, Any] = json.loads(call(capfd, "cohort", "info", "charts", "--json")[0])
    assert (told["name"], told["types"]) == ("charts", {"Patient": 1})
    assert Path(told["file"]).is_relative_to(tmp_path / "cache")


def test_a_file_that_is_no_cohort_is_told(
    tmp_path: Path, charts: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Missing and foreign files, for every command that opens one."""
    for command in (("cohort", "info"), ("cohort", "verify"), ("server", "serve", "--cohort")):
        assert "no cohort file" in call(capfd, *command, str(tmp_path / "none"), code=1)[1]
        assert "error: " in call(capfd, *command, str(charts), code=1)[1]


def test_an_import_is_called_as_wished(
    charts: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its name it lies in the cache and is found there; a name that is no name is refused."""
    monkeypatch.setenv("CHARTGYM_CACHE", str(tmp_path / "cache"))
    call(capfd, "cohort", "import", str(charts), "--name", "my-charts")
    told: dict[str, Any] = json.loads(call(capfd, "cohort", "info", "my-charts", "--json")[0])
    assert told["name"] == "my-charts"
    assert told["file"] == str(tmp_path / "cache" / "imports" / "my-charts.cohort")
    _, err = call(capfd, "cohort", "import", str(charts), "--name", "a/b", code=1)
    assert "cannot be called 'a/b'" in err
