"""The repository's shape: links, layers' folders, public names, versions."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import chartgym

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("folder", ["fhir_server", "tasks", "env", "agents"])
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
