"""UCUM's grammar, strictly and in its case-sensitive form, over the atoms that a hospital's charts use.

After the Unified Code for Units of Measure, version 2.1, sections 1-3: a term is components joined by `.` and `/`,
a component an atom with an exponent and an annotation, a whole number, an annotation alone, or a term in parentheses;
only metric atoms take a prefix. Atoms that no chart uses are left out: a new one is looked up before it is let in.
"""

from __future__ import annotations

import re

METRIC = (
    "mol",
    "osm",
    "eq",
    "Cel",
    "cal",
    "[iU]",
    "[IU]",
    "m[Hg]",
    "Pa",
    "g",
    "L",
    "l",
    "m",
    "s",
    "U",
    "J",
    "W",
    "V",
    "B",
)
"""Atoms that take a prefix."""

PLAIN = (
    "[degF]", "[lb_av]", "[oz_av]", "[in_i]", "[ft_i]", "[pH]", "[CFU]", "min", "wk", "mo", "h", "d", "a", "%", "deg",
)  # fmt: skip
"""Atoms that take none."""

PREFIXES = ("da", "k", "h", "d", "c", "m", "u", "n", "p", "f", "M", "G")

_ANNOTATION = r"\{[\x21-\x7a|~]*\}"
_PREFIXED = f"(?:{'|'.join(PREFIXES)})?(?:{'|'.join(map(re.escape, METRIC))})"
_ATOM = "|".join((r"10\*[+-]?\d+", r"10\*", _PREFIXED, *map(re.escape, PLAIN)))
_SIMPLE = re.compile(rf"(?:(?:{_ATOM})(?:[+-]?\d+)?(?:{_ANNOTATION})?|\d+(?:{_ANNOTATION})?|{_ANNOTATION})")


def is_ucum(unit: str) -> bool:
    """Whether a string is a term of UCUM; the empty one is none."""
    end = _term(unit, 1 if unit.startswith("/") else 0)
    return end == len(unit)


def _term(unit: str, at: int) -> int | None:
    """Where the term that begins at `at` ends; None where there is none."""
    end = _component(unit, at)
    while end is not None and unit[end : end + 1] in (".", "/") and end < len(unit):
        end = _component(unit, end + 1)
    return end


def _component(unit: str, at: int) -> int | None:
    if unit[at : at + 1] == "(":
        inner = _term(unit, at + 1)
        return inner + 1 if inner is not None and unit[inner : inner + 1] == ")" else None
    # The longest reading first: `mo` is a month and `mol` is not a month with an l behind it.
    for length in range(len(unit) - at, 0, -1):
        if _SIMPLE.fullmatch(unit, at, at + length):
            return at + length
    return None
