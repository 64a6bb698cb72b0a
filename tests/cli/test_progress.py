"""Progress is shown on standard error: a bar in a terminal, a line elsewhere, and never on standard output."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

_BUILD = """
from chartgym.cli.cohort_commands import building
with building(1) as (progress, notify):
    notify("removing a leftover")
    for done in range(8):
        progress(done, 7)
"""


def in_terminal(command: list[str]) -> tuple[str, str]:
    """Standard output, and what a terminal of 200 columns got on standard error."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment)
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    out, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 0, seen
    return out, seen.decode()


def _read(handle: int) -> bytes:
    """What the terminal got next; nothing when the other side is closed."""
    try:
        return os.read(handle, 65_536)
    except OSError:  # Linux says so with an error
        return b""


def test_building_shows_a_bar_in_a_terminal() -> None:
    """Charts done and charts in all."""
    out, seen = in_terminal([sys.executable, "-c", _BUILD])
    assert out == ""
    assert "building the cohort of seed 1" in seen
    assert "7/7" in seen
    assert "removing a leftover" in seen


def test_building_says_one_line_elsewhere() -> None:
    """A log file is told once, not for each chart."""
    done = subprocess.run([sys.executable, "-c", _BUILD], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr.count("building the cohort of seed 1") == 1
    assert len(done.stderr.splitlines()) == 2


def test_episodes_are_counted_in_a_terminal(tmp_path: Path) -> None:
    """The bar has the episodes and those passed; standard output has the table alone."""
    out, seen = in_terminal(
        [
            sys.executable,
            "-m",
            "chartgym",
            "eval",
            "--suite",
            "dev",
            "--limit",
            "3",
            "--out",
            str(tmp_path / "r"),
        ]
    )
    assert "3/3" in seen
    assert "3 passed" in seen
    assert "patient-lookup" in out
    assert "3/3" not in out
