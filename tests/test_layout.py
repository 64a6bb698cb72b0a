"""The repository's shape: links, layers' folders, public names, versions."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import chartgym

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("fhir_server", "tasks", "env", "agents")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())


def sources() -> list[Path]:
    """Every Python file of the package."""
    own = [*(ROOT / "src" / "chartgym").glob("*.py"), *(ROOT / "src" / "chartgym" / "cli").glob("*.py")]
    own += (ROOT / "src" / "chartgym" / "runner").glob("*.py")
    return sorted([*own, *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))])


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of the modules that a file imports by their absolute name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def called(tree: ast.AST) -> Iterator[str]:
    """What a file calls, as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_link_resolves_to_its_folder(folder: str) -> None:
    """`src/chartgym/` links to the four folders, so that one import name holds them all."""
    link = ROOT / "src" / "chartgym" / folder
    assert link.is_symlink()
    assert link.resolve() == ROOT / folder


@pytest.mark.parametrize(
    "module", ["", ".fhir_server", ".fhir_server.embedded", ".env", ".agents", ".runner"]
)
def test_public_names_are_there(module: str) -> None:
    """What `__all__` promises can be had."""
    found = import_module(f"chartgym{module}")
    assert all(getattr(found, name) is not None for name in found.__all__)
    assert sorted(found.__all__) == sorted(set(found.__all__))


def test_version_and_changelog_agree() -> None:
    """The version is the distribution's."""
    assert chartgym.__version__ == version("chartgym")


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    """The lazy names of the package hide no typing mistakes."""
    with pytest.raises(AttributeError, match="evalute"):
        _ = chartgym.evalute


def test_no_ignored_file_shadows_source() -> None:
    """The ignore list is our own: it does not name the folder env."""
    lines = (ROOT / ".gitignore").read_text().split()
    assert not {"env", "env/", "/env"} & set(lines)


def test_every_data_file_goes_into_the_wheel() -> None:
    """Whatever lies beside the code and is no code is of a kind that the wheel takes."""
    kinds = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    data = [
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    assert len(data) > 40
    assert [path for path in data if not any(fnmatch(path.name, kind) for kind in kinds)] == []
    packages = {path.parent for path in data} - {path.parent for path in sources()}
    assert {path.name for path in packages} <= {
        "data"
    }  # folders without code are named here, and in the wheel


def test_licences_go_into_the_wheel() -> None:
    """Code, data and notices: all three texts, and each terminology that is used is named in the notices."""
    assert set(PROJECT["project"]["license-files"]) == {path.name for path in ROOT.glob("LICENSE*")} | {
        "NOTICE"
    }
    notice = (ROOT / "NOTICE").read_text()
    for name in ("LOINC", "SNOMED", "RxNorm", "ICD-10-CM", "UCUM", "HL7", "MIMIC"):
        assert name in notice
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert "CC0 1.0" in (ROOT / "LICENSE-DATA").read_text()


def test_every_dependency_is_locked() -> None:
    """What the project asks for, at run time and for its tests, is pinned with hashes."""
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=!~ \[;]", line)[0].lower() for line in asked}
    locked = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", locked, re.MULTILINE))
    assert names <= pinned
    assert locked.count("--hash=sha256:") >= len(pinned)


CLOCK = re.compile(
    r"(datetime|date)\.(now|today|utcnow)|time\.(time|time_ns|localtime|gmtime|strftime)|localtime"
)
BANNED_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "xml", "ctypes"}
NETWORK = {
    "socket",
    "urllib",
    "http",
    "ssl",
    "ftplib",
    "smtplib",
    "asyncio",
    "requests",
    "httpx",
    "httpx2",
    "aiohttp",
}


def test_the_clock_is_read_at_the_border_only() -> None:
    """Only the runner asks what time it is, to name a folder and to stamp a record; nothing that decides does."""
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if any(CLOCK.fullmatch(name) for name in called(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert readers == {"src/chartgym/runner/evaluate.py", "src/chartgym/runner/record.py"}


def test_nothing_is_evaluated_unpickled_or_passed_to_a_shell() -> None:
    """No code is made of data, in no file of the package."""
    for path in sources():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        assert not BANNED_CALLS & set(called(tree)), path
        assert not BANNED_MODULES & {name.partition(".")[0] for name in imported(tree)}, path
        assert not re.search(r"shell\s*=\s*True", text), path


def test_the_network_is_the_http_faces_alone() -> None:
    """Nothing but the server on loopback can open a connection: not an import, not a tool, not a grader."""
    users: set[str] = set()
    for path in sources():
        names = set(imported(ast.parse(path.read_text(encoding="utf-8")))) - {"urllib.parse"}
        if NETWORK & {name.partition(".")[0] for name in names}:
            users.add(path.relative_to(ROOT).as_posix())
    assert users == {"fhir_server/embedded/http_face.py"}


def test_no_test_is_left_out() -> None:
    """No test is skipped or expected to fail, and no note says that something is yet to be done."""
    files = [*sources(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py"), *ROOT.glob("*.md")]
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|mark\.(skip|xfail)|pytest\.(skip|xfail|importorskip)")
    here = Path(__file__).resolve()
    found = [p for p in files if p.resolve() != here and unfinished.search(p.read_text(encoding="utf-8"))]
    assert found == []
