"""Every command and every Python block of README and docs runs as it is written."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path

import pytest

from chartgym.fhir_server.cohort.build import open_cohort

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)

STANDS_FOR = {
    # freezing writes into the repository: here its first step compares with what it would write, and
    # tests/tasks/test_core_suite.py draws every task again
    "python scripts/freeze_tasks.py\n": f"{sys.executable} {ROOT}/scripts/freeze_tasks.py --policies --check\n",
    "python scripts/": f"{sys.executable} {ROOT}/scripts/",
    # a person is at the terminal: here they type `quit`
    "chartgym play": "echo quit | chartgym play",
}


def blocks(language: str) -> list[tuple[str, str]]:
    """Page and text of every block of a language, without the page's indentation."""
    found: list[tuple[str, str]] = []
    for page in PAGES:
        for indent, name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if name == language:
                found.append((page.name, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)))
    return found


def named(cases: list[tuple[str, str]]) -> list[str]:
    """Readable ids."""
    return [f"{page}-{number}" for number, (page, _) in enumerate(cases)]


SHELL = [b for b in blocks("sh") if not b[1].startswith(("make ", "BASE=", "chartgym server"))]
MAKE = [line.split()[1] for _, text in blocks("sh") for line in text.splitlines() if line.startswith("make ")]
PYTHON = [b for b in blocks("python") if "class " not in b[1]]
AGENT = next(text for page, text in blocks("python") if page == "evaluate.md" and "class Guesser" in text)


def environment(**more: str) -> dict[str, str]:
    """The machine's environment with this Python's commands first on the path."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **more}


def script(text: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a block in a folder of its own."""
    for written, here in STANDS_FOR.items():
        text = text.replace(written, here)
    command = ["bash", "-euo", "pipefail", "-c", text]
    return subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("page", "text"), SHELL, ids=named(SHELL))
def test_commands_run(page: str, text: str, tmp_path: Path) -> None:
    """Each line of a shell block ends well."""
    (tmp_path / "guesser.py").write_text(AGENT)
    # the server of the README goes on until it is stopped; it has a test of its own
    lines = [line for line in text.splitlines() if not line.startswith("chartgym server serve")]
    done = script("\n".join(lines) + "\n", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("page", "text"), PYTHON, ids=named(PYTHON))
def test_python_blocks_run(page: str, text: str, tmp_path: Path) -> None:
    """Each example runs as a program of its own."""
    command = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_make_targets_exist() -> None:
    """What the pages say to make can be made."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert MAKE
    assert set(MAKE) <= targets


@contextlib.contextmanager
def serving(line: str, folder: Path) -> Generator[int]:
    """The server as the page starts it, on a free port, stopped by its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = line.replace("8080", str(port)).split()
    process = subprocess.Popen(words, cwd=folder, env=environment(), stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/fhir/metadata", timeout=5).close()
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_server_and_its_examples(tmp_path: Path) -> None:
    """`server serve` answers every request that the page shows, with real ids in the place of the page's words."""
    start = next(
        text.strip() for page, text in blocks("sh") if page == "server.md" and text.startswith("chartgym")
    )
    requests = next(text for page, text in blocks("sh") if page == "server.md" and text.startswith("BASE="))
    with open_cohort() as cohort:
        person = next(p for p in cohort.plan.charts if p.stay)
    with serving(start, tmp_path) as port:
        text = requests.replace("8080", str(port)).replace("MRN", person.mrn)
        text = re.sub(r"\bID\b", person.id, text).replace("curl ", "curl -sS --fail-with-body ")
        done = script(text, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('"searchset"') == len(re.findall(r"\?|_search", requests))


def test_links_between_pages_resolve() -> None:
    """A relative link leads to a file of the repository."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
