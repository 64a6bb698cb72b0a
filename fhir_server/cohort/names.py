"""Names, streets and towns to draw from, read once from `data/names.json`."""

from __future__ import annotations

import msgspec

from .codes import DATA


class NameTables(msgspec.Struct, frozen=True):
    """Given names by sex and era (1 born before 1960, 2 before 1990, 3 later), surnames, addresses."""

    given: dict[str, dict[str, tuple[str, ...]]]
    family: tuple[str, ...]
    nicknames: dict[str, str]
    streets: tuple[str, ...]
    street_kinds: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]


NAMES = msgspec.json.decode((DATA / "names.json").read_bytes(), type=NameTables)


def era(year: int) -> str:
    """The era of a birth year."""
    return "1" if year < 1960 else "2" if year < 1990 else "3"
