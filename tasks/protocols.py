"""A written rule of the hospital as its category's `protocol.json` holds it: a title, and thresholds by version.

A category says what its versions hold and puts them into words; reading them, finding the one in force and turning
all of them into documents is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar
from typing import Protocol as Shape

import msgspec

from chartgym.errors import TaskError

from .policies import Policy


class Edition(Shape):
    """What a version has, whatever its thresholds are."""

    @property
    def version(self) -> str:
        """Its number, such as `4.0`."""
        ...

    @property
    def status(self) -> Literal["current", "superseded"]:
        """Whether it is in force."""
        ...

    @property
    def effective(self) -> date:
        """Since when it is or was in force."""
        ...


E = TypeVar("E", bound=Edition)


class Protocol(msgspec.Struct, Generic[E], frozen=True):
    """A written rule with all its versions, of which one is in force.

    Attributes:
        number: the document's number in the hospital, such as `CP-112`.
        source: where its numbers come from.
    """

    number: str
    title: str
    source: str
    versions: tuple[E, ...]

    def version(self, number: str) -> E:
        """The version with that number.

        Raises:
            TaskError: there is none.
        """
        for version in self.versions:
            if version.version == number:
                return version
        raise TaskError(f"{self.number} has no version {number!r}")

    @property
    def current(self) -> E:
        """The version in force."""
        return next(v for v in self.versions if v.status == "current")


P = TypeVar("P", bound=Protocol[Any])


def load(folder: Path, kind: type[P]) -> P:
    """Reads `protocol.json` of a category's folder.

    Raises:
        msgspec.ValidationError: it does not hold what `kind` says.
    """
    return msgspec.json.decode((folder / "protocol.json").read_bytes(), type=kind)


def policies_of(protocol: Protocol[E], text: Callable[[E], str]) -> tuple[Policy, ...]:
    """Every version as a document of the hospital, the oldest first; `text` writes one."""
    return tuple(
        Policy(protocol.number, protocol.title, v.version, v.status, v.effective, text(v))
        for v in sorted(protocol.versions, key=lambda v: v.effective)
    )


def numbered(lines: Iterable[str]) -> str:
    """The sentences of a rule as a list: `1. ...`, a line each."""
    return "\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1))


def document_text(title: str, version: Edition, lines: Iterable[str]) -> str:
    """A whole document: title, version and since when it is in force, then the rules as a list."""
    force = f"in force from {version.effective.isoformat()}. Status: {version.status}."
    return f"{title}\nVersion {version.version}, {force}\n\n{numbered(lines)}\n"
