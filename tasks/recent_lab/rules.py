"""What counts as a laboratory result, as data: read from `protocol.json`, put into words for prompts and documents.

Both laboratory categories share this page; golds and reference solutions take the data from it and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from ...fhir_server.cohort.codes import ANALYTES
from ...fhir_server.cohort.scenes.lab_values import OTHER_UNITS
from .. import protocols
from ..base import Json
from ..policies import Policy
from ..sampling import day_words

Limits = Literal["bound", "half", "skip"]
Basis = Literal["collected", "released"]
Style = Literal["full", "terse", "list", "casual"]

COUNTING = ("final", "amended", "corrected")
SPOILED = ("hemolyzed", "clotted", "contaminated", "clumps")
SPOILED_STEMS: Mapping[str, tuple[str, ...]] = {
    "hemolyzed": ("hemolyz", "hemolys"),
    "clotted": ("clotted",),
    "contaminated": ("contaminated", "diluted"),
    "clumps": ("clump",),
}
"""How a comment says that a specimen was spoiled: any of these, whatever the case."""

SIBLINGS: Mapping[str, str] = {
    "sodium": "sodium-urine",
    "lactate": "lactate-blood",
    "potassium-blood": "potassium-urine",
}
"""The same substance in another specimen, for analytes where both stand in a chart."""

RELEASE_DAYS = 3
"""How long after collection a result may be released; told where a window goes by release."""

SAME_NUMBER: Mapping[str, tuple[str, ...]] = {
    "sodium": ("mmol/L", "meq/L"),
    "potassium-blood": ("mmol/L", "meq/L"),
}
"""Units in which a result of an analyte is the same number."""

_SPECIMENS = {
    "serum": "in serum or plasma",
    "blood": "in whole blood",
    "urine": "in urine",
}
_UNIT_WORDS = {"10*3/uL": "10*3/uL (thousands per microliter)"}


class Rules(msgspec.Struct, frozen=True):
    """Which results count.

    Attributes:
        statuses: of Observation.status.
        spoiled: keys of `SPOILED_STEMS`; a comment that says so takes a result out.
        limits: what a result such as "<6" yields: the limit itself, half of it, or it does not count.
    """

    statuses: tuple[str, ...] = COUNTING
    spoiled: tuple[str, ...] = SPOILED
    limits: Limits = "bound"


STANDARD = Rules()
"""What counts where a prompt says nothing special."""


class Version(Rules, frozen=True, kw_only=True):
    """One version of the hospital's written rule."""

    version: str
    status: Literal["current", "superseded"]
    effective: date


Protocol: TypeAlias = protocols.Protocol[Version]
"""The hospital's written rule with all its versions."""


class Window(msgspec.Struct, frozen=True):
    """The hours asked about: the last `hours` up to now, or from `start` to `end` (both with offset).

    Ends are in or out as said; the end of a window that reaches to now is always in.
    """

    hours: float = 0.0
    start: datetime | None = None
    end: datetime | None = None
    start_in: bool = True
    end_in: bool = True


PROTOCOL = protocols.load(Path(__file__).parent, Protocol)
"""LB-07."""


def as_params(value: msgspec.Struct) -> dict[str, Json]:
    """Rules or a window as JSON for `Task.params`."""
    return msgspec.to_builtins(value)


def read_rules(params: Json) -> Rules:
    """Rules from `Task.params`."""
    return msgspec.convert(params, Rules)


def read_window(params: Json) -> Window:
    """A window from `Task.params`."""
    return msgspec.convert(params, Window)


# -- in words --------------------------------------------------------------------------------------------------


def lab_name(analyte: str) -> str:
    """The test as prompts name it: sodium in serum or plasma (LOINC 2951-2)."""
    row = ANALYTES[analyte]
    word = row.text.partition(",")[0]
    word = word if word.isupper() else word[0].lower() + word[1:]
    if analyte == "troponin-hs":
        word = "high-sensitivity troponin T"
    return f"{word} {_SPECIMENS[row.specimen]} (LOINC {row.code})"


def unit_name(unit: str) -> str:
    """A unit as prompts name it."""
    return _UNIT_WORDS.get(unit, unit)


def conversion(analyte: str, unit: str) -> str:
    """The factor between the two units that results come in, so that nobody has to know it; empty where one is."""
    other = OTHER_UNITS.get(analyte)
    if other is None:
        return " and ".join(SAME_NUMBER[analyte]) + " are the same number" if analyte in SAME_NUMBER else ""
    own = ANALYTES[analyte].unit
    if unit == other.unit:
        return (
            f"{own} x {other.factor} = {other.unit}; a result that is in {other.unit} already stays as it is"
        )
    return f"a result in {other.unit} divided by {other.factor} is in {own}"


def rounding(decimals: int) -> str:
    """How far to round."""
    if decimals == 0:
        return "rounded to a whole number (half up)"
    return f"rounded to {decimals} decimal{'s' if decimals > 1 else ''} (half up)"


def span(window: Window, basis: Basis, style: Style) -> str:
    """The window in words."""
    element = "effectiveDateTime" if basis == "collected" else "issued"
    if window.start is not None and window.end is not None:
        ends = ["included" if i else "not included" for i in (window.start_in, window.end_in)]
        first, last = (f"{day_words(t.date())} {t:%H:%M}" for t in (window.start, window.end))
        return f"{basis} ({element}) from {first} ({ends[0]}) to {last} ({ends[1]}), local time"
    whole_days = window.hours % 24 == 0 and window.hours > 96
    long = f"{window.hours / 24:g} days" if whole_days else f"{window.hours:g} hours"
    counts = "counts" if window.start_in else "does not count"
    if style == "list":
        return (
            f"{basis} ({element}) in the last {long}, that is {window.hours:g} elapsed hours back from now; a result "
            f"{basis} exactly then {counts}"
        )
    said = f"{window.hours:g} h" if style == "terse" else long
    return f"{basis} ({element}) in the last {said} (elapsed time; exactly {window.hours:g} h ago {counts})"


def what_counts(rules: Rules, basis: Basis, style: Style, *, as_answer: bool) -> str:
    """The rules in words.

    Args:
        rules: which results count.
        basis: the time that counts.
        style: how many words.
        as_answer: True where a result such as "<6" is itself the answer, False where it goes into a figure.
    """
    parts = [
        _statuses(rules, style),
        _replaced(style),
        _spoiled(rules, style),
        _limits(rules, style, as_answer=as_answer),
    ]
    if basis == "released":
        parts.insert(0, _RELEASED)
    if style == "list":
        return "\n".join(f"- {part}" for part in parts)
    return " ".join(parts)


_RELEASED = (
    "Newest means released last (issued), whenever it was collected; results are released at most "
    f"{RELEASE_DAYS} days after collection."
)


def listed(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _statuses(rules: Rules, style: Style) -> str:
    names = listed(rules.statuses)
    match style:
        case "terse":
            return f"Only status {names}, only with a number."
        case "casual":
            return f"I only trust results with status {names}, and only ones with a number in them."
        case _:
            return f"A result counts only if its status is {names} and it has a number (words or a blank are none)."


def _replaced(style: Style) -> str:
    match style:
        case "terse":
            return "Replaced ones out (a corrected result points at what it replaces, extension observation-replaces)."
        case "casual":
            return (
                "When the lab corrects a value it files a second one, status corrected, that points back at the first "
                "(extension observation-replaces); forget the first one then."
            )
        case _:
            return (
                "A correction is a second Observation with status corrected whose extension observation-replaces "
                "refers to the one it replaces; the replaced one never counts, whatever its status says."
            )


def _spoiled(rules: Rules, style: Style) -> str:
    if not rules.spoiled:
        return "Comments on the specimen do not matter here: hemolyzed ones count too."
    bad = [word for word in rules.spoiled if word != "clumps"]
    clumps = " or that there were platelet clumps" if "clumps" in rules.spoiled else ""
    match style:
        case "terse":
            return f"Comment (note) says {listed([*bad, *(['platelet clumps'] if clumps else [])])}: out."
        case "casual":
            return f"Skip whatever has a comment (note) that the specimen was {listed(bad)}{clumps}."
        case _:
            return f"A result whose comment (note) says that the specimen was {listed(bad)}{clumps} does not count."


def _limits(rules: Rules, style: Style, *, as_answer: bool) -> str:
    short = style in {"terse", "casual"}
    if rules.limits == "skip":
        return (
            'Something like "<6" is no value, skip it.' if short else 'A result such as "<6" does not count.'
        )
    if rules.limits == "half":
        return (
            'Take "<6" as 3, half the limit.'
            if short
            else 'A result such as "<6" counts as half the limit, 3.'
        )
    if as_answer:
        return (
            '"<6" counts: value 6, comparator "<".'
            if short
            else 'A result such as "<6" counts: its value is 6 and its comparator "<".'
        )
    return 'Take "<6" as 6.' if short else 'A result such as "<6" counts as the limit itself, 6.'


def document(protocol: Protocol, version: Version, more: Sequence[str]) -> str:
    """The whole text of one version of a written rule."""
    force = "in force since" if version.status == "current" else "was in force from"
    head = f"{protocol.title} ({protocol.number}), version {version.version}, {force} {version.effective}."
    lines = [
        _statuses(version, "full"),
        _replaced("full"),
        _spoiled(version, "full"),
        _limits(version, "full", as_answer=protocol.number == PROTOCOL.number),
        *more,
    ]
    return f"{head}\n{protocols.numbered(lines)}"


def documents(protocol: Protocol, more: Sequence[str]) -> tuple[Policy, ...]:
    """Every version as a document of the hospital, the oldest first."""
    return protocols.policies_of(protocol, lambda version: document(protocol, version, more))


MORE = (
    "The test is named by its LOINC code. The same substance in another specimen is another test.",
    (
        "Windows are in elapsed hours and go by the time of collection (effectiveDateTime). Of two results with one "
        "time of collection the one issued later is the latest."
    ),
    "What a note or a telephone call says is no result.",
)
"""What LB-07 says besides."""
