"""Sentences from templates: `{a|b|c}` chooses, may be nested and may be empty, `$name` is filled in.

A template is parsed once. Each expansion draws the choices anew, so that a sentence seldom comes twice; how seldom
can be reckoned (`Template.collision`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias, TypeVar

from chartgym.errors import UnknownNameError

Parts: TypeAlias = "tuple[str | Slot | Choice, ...]"
T = TypeVar("T")

_TOKENS = re.compile(r"[{}|]|\$[A-Za-z_0-9]+|[^{}|$]+|\$")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value of the chart."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, each as likely as the others."""

    options: tuple[Parts, ...]


class Template:
    """A parsed template.

    Args:
        source: the text, such as "{Slept|Rested} well, pain $pain/10."

    Raises:
        ValueError: braces that do not match.
    """

    __slots__ = ("parts", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        tokens = _TOKENS.findall(source)
        parts, end = _sequence(tokens, 0, top=True)
        if end != len(tokens):
            raise ValueError(f"the template has a brace that closes nothing: {source!r}")
        self.parts = parts

    def say(self, rng: Random, slots: Mapping[str, str]) -> str:
        """One expansion, tidied."""
        out: list[str] = []
        _expand(self.parts, rng, slots, out)
        return tidy("".join(out))


def _sequence(tokens: Sequence[str], at: int, *, top: bool) -> tuple[Parts, int]:
    parts: list[str | Slot | Choice] = []
    while at < len(tokens):
        sign = tokens[at]
        if sign == "{":
            choice, at = _choice(tokens, at + 1)
            parts.append(choice)
            continue
        if sign in "}|":
            if top and sign == "|":
                raise ValueError(f"a bar stands outside of braces: {''.join(tokens)!r}")
            break
        parts.append(Slot(sign[1:]) if sign[0] == "$" and len(sign) > 1 else sign)
        at += 1
    return tuple(parts), at


def _choice(tokens: Sequence[str], at: int) -> tuple[Choice, int]:
    options: list[Parts] = []
    while at < len(tokens):
        parts, at = _sequence(tokens, at, top=False)
        options.append(parts)
        if at >= len(tokens):
            break
        if tokens[at] == "}":
            return Choice(tuple(options)), at + 1
        at += 1
        if tokens[at] == "}":
            return Choice((*options, ())), at + 1
    raise ValueError(f"the template has a brace that is not closed: {''.join(tokens)!r}")


def _expand(parts: Parts, rng: Random, slots: Mapping[str, str], out: list[str]) -> None:
    for part in parts:
        if type(part) is str:
            out.append(part)
        elif type(part) is Slot:
            out.append(slots[part.name])
        elif type(part) is Choice:
            options = part.options
            _expand(options[int(rng.random() * len(options))], rng, slots, out)


_GAPS = re.compile(r" +([,.;:)])|(\() +| {2,}|,(?=[.;])|;(?=[.;])")


def tidy(text: str) -> str:
    """Takes out what empty choices leave: double spaces, a space before a comma."""
    return _GAPS.sub(_mend, text).strip(" ")


def _mend(found: re.Match[str]) -> str:
    return found[1] or found[2] or (" " if found[0].isspace() else "")


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else text + "."


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of a sequence; quicker than `Random.choice`."""
    return options[int(rng.random() * len(options))]


def some(rng: Random, options: Sequence[T], low: int, high: int) -> list[T]:
    """Between `low` and `high` different ones, in any order."""
    count = min(len(options), low + int(rng.random() * (high - low + 1)))
    left = list(options)
    return [left.pop(int(rng.random() * len(left))) for _ in range(count)]


def shuffled(rng: Random, options: Sequence[T]) -> list[T]:
    """All, in any order."""
    return some(rng, options, len(options), len(options))


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


class Bank(dict[str, tuple[Template, ...]]):
    """Templates by key. A key that is not there raises an error that offers the nearest."""

    def __init__(self, what: str, rows: Mapping[str, Sequence[str]]) -> None:
        super().__init__({key: tuple(Template(s) for s in sources) for key, sources in rows.items()})
        self._what = what

    def __missing__(self, key: str) -> tuple[Template, ...]:
        raise UnknownNameError(self._what, key, self)

    def say(self, key: str, rng: Random, slots: Mapping[str, str]) -> str:
        """An expansion of one of the templates of a key."""
        return pick(rng, self[key]).say(rng, slots)


def templates(*sources: str) -> tuple[Template, ...]:
    """Several templates."""
    return tuple(Template(source) for source in sources)


def say(options: Sequence[Template], rng: Random, slots: Mapping[str, str]) -> str:
    """An expansion of one of several templates."""
    return pick(rng, options).say(rng, slots)
