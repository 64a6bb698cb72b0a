"""What an import tells: what was loaded, what was refused and why, what leads nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

LISTED = 1_000
"""So many refusals and missing targets are held in memory; the counts are of all, and `report=` writes all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stood.

    Attributes:
        file: as it was given, or below the folder that was given; `a.zip!b.json` in an archive.
        line: from 1; where the resource begins. 0 where the file as a whole is meant.
        entry: number in its Bundle or array, from 0 as FHIRPath counts; None outside of one.
    """

    file: str
    line: int
    entry: int | None = None

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}" + (f" (entry[{self.entry}])" if self.entry is not None else "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was not loaded.

    Attributes:
        place: where it stood.
        reason: a word that counts can be made by, such as `not-json` or `invalid`.
        message: what is wrong with it, and the fix where there is one.
        type: its resource type, empty where that cannot be said.
        id: its id, empty where it has none.
    """

    place: Place
    reason: str
    message: str
    type: str = ""
    id: str = ""

    def __str__(self) -> str:
        name = f"{self.type or '?'}/{self.id or '?'}: " if self.type or self.id else ""
        return f"{self.place}: {name}{self.message}"

    def line(self) -> bytes:
        """One line of the report file."""
        told = {"file": self.place.file, "line": self.place.line, "entry": self.place.entry}
        told |= {"type": self.type or None, "id": self.id or None}
        told |= {"reason": self.reason, "message": self.message}
        return orjson.dumps(told) + b"\n"


@dataclass(frozen=True, slots=True)
class Missing:
    """A target that references name and that was not loaded.

    Attributes:
        target: as the references write it.
        count: how many references.
        example: `Type/id` of one that holds it.
    """

    target: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How an import went.

    Attributes:
        path: the cohort file.
        manifest: what the file says about itself: `now`, `zone`, `sources`, `cohort_hash`, ...
        types: resources loaded, by type.
        refused: how many things were refused.
        reasons: the same by reason.
        refusals: the first `LISTED` of them, in order of files and lines.
        repeated: resources that were there more than once with the same content; one of each was loaded.
        dangling: references to resources that were not loaded; they are kept as they are.
        missing: their targets, the most wanted first, at most `LISTED`.
        elsewhere: references to absolute URLs of other servers; kept as they are.
        notes: what else a person should know.
    """

    path: Path
    manifest: Mapping[str, Any]
    types: Mapping[str, int]
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    refusals: tuple[Refusal, ...] = ()
    repeated: int = 0
    dangling: int = 0
    missing: tuple[Missing, ...] = ()
    elsewhere: int = 0
    notes: tuple[str, ...] = ()

    @property
    def resources(self) -> int:
        """How many resources were loaded."""
        return sum(self.types.values())
