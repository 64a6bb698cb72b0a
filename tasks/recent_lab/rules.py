"""What counts as a laboratory result, as data: read from `protocol.json`, put into words for prompts and documents.

Both laboratory categories share this page; golds and reference solutions take the data from it and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import msgspec

from chartgym.errors import TaskError

from ...fhir_server.cohort.codes import ANALYTES
from ...fhir_server.cohort.scenes.lab_plants import OTHER_UNITS, REPLACES
from ..base import Json
from ..policies import Policy

Limits = Literal["bound", "half", "skip"]
Basis = Literal["collected", "released"]
Style = Literal["full", "terse", "list"]

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

_SPECIMENS = {
    "serum": "in serum or plasma",
    "blood": "in whole blood",
    "urine": "in urine",
}
_UNIT_WORDS = {"umol/L": "umol/L", "10*3/uL": "10*3/uL (thousands per microliter)"}


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


class Protocol(msgspec.Struct, frozen=True):
    """The hospital's written rule with all its versions."""

    number: str
    title: str
    provenance: str
    versions: tuple[Version, ...]

    def version(self, number: str) -> Version:
        """The version of that number.

        Raises:
            TaskError: there is none.
        """
        for version in self.versions:
            if version.version == number:
                return version
        raise TaskError(f"{self.number} has no version {number!r}")

    @property
    def current(self) -> Version:
        """The version in force."""
        return next(v for v in self.versions if v.status == "current")


class Window(msgspec.Struct, frozen=True):
    """The hours asked about: the last `hours` up to now, or from `start` to `end` (both with offset).

    Ends are in or out as said; the end of a window that reaches to now is always in.
    """

    hours: float = 0.0
    start: datetime | None = None
    end: datetime | None = None
    start_in: bool = True
    end_in: bool = True


def load(folder: Path) -> Protocol:
    """Reads `protocol.json` of a category folder."""
    return msgspec.json.decode((folder / "protocol.json").read_bytes(), type=Protocol)


PROTOCOL = load(Path(__file__).parent)
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
        return ""
    own = ANALYTES[analyte].unit
    if unit == other.unit:
        return f"{own} x {other.factor} = {other.unit}; results that are in {other.unit} already stay as they are"
    return f"a result in {other.unit} divided by {other.factor} is in {own}"


def rounding(decimals: int) -> str:
    """How far to round."""
    if decimals == 0:
        return "rounded to a whole number (a half goes up)"
    return f"rounded to {decimals} decimal{'s' if decimals > 1 else ''} (a half goes up)"


def span(window: Window, basis: Basis, style: Style) -> str:
    """The window in words."""
    if window.start is not None and window.end is not None:
        first, last = f"{window.start:%-d %B %Y %H:%M}", f"{window.end:%-d %B %Y %H:%M}"
        ends = [("included" if i else "not included") for i in (window.start_in, window.end_in)]
        return f"{basis} from {first} ({ends[0]}) to {last} ({ends[1]}), local time"
    long = (
        f"{window.hours / 24:g} days"
        if window.hours % 24 == 0 and window.hours > 96
        else f"{window.hours:g} hours"
    )
    exact = f"exactly {window.hours:g} h ago {'counts' if window.start_in else 'does not count'}"
    if style == "terse":
        return f"{basis} in the last {window.hours:g} h (elapsed hours; {exact})"
    elapsed = f"{window.hours:g} elapsed hours counted back from now"
    return f"{basis} in the last {long} ({elapsed}; one {basis} {exact})"


def what_counts(rules: Rules, basis: Basis, style: Style, *, as_answer: bool) -> str:
    """The rules in words.

    Args:
        rules: which results count.
        basis: the time that counts.
        style: how many words.
        as_answer: True where a result such as "<6" is itself the answer, False where it goes into a figure.
    """
    parts = [
        _basis(basis, style),
        _statuses(rules, style),
        _replaced(style),
        _spoiled(rules, style),
        _limits(rules, style, as_answer=as_answer),
    ]
    if style == "list":
        return "\n".join(f"- {part}" for part in parts)
    return " ".join(parts)


def _basis(basis: Basis, style: Style) -> str:
    if basis == "released":
        return (
            "Go by the time of release (issued), not of collection; whatever is released was collected at most "
            f"{RELEASE_DAYS} days before."
        )
    if style == "terse":
        return "By collection time (effectiveDateTime)."
    return "Go by the time of collection (effectiveDateTime), not of release."


def _statuses(rules: Rules, style: Style) -> str:
    names = f"{', '.join(rules.statuses[:-1])} or {rules.statuses[-1]}"
    if style == "terse":
        return f"Only status {names}, only with a number."
    return (
        f"A result counts only if its status is {names} and it has a number (a text or nothing is no result)."
    )


def _replaced(style: Style) -> str:
    if style == "terse":
        return f"Replaced results (extension {REPLACES} of a corrected one points at them) are out."
    return (
        "The laboratory files a correction as a second Observation with status corrected, whose extension "
        f"{REPLACES} refers to the one it replaces; the replaced one never counts."
    )


def _spoiled(rules: Rules, style: Style) -> str:
    if not rules.spoiled:
        return "Comments on the specimen do not matter: hemolyzed ones count."
    words = {"contaminated": "contaminated", "clumps": "to have platelet clumps"}
    said = [words.get(k, k) for k in rules.spoiled]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"
    if style == "terse":
        return f"Comment (note) says {listed}: out."
    return f"A result whose comment (note) says that the specimen was {listed} does not count."


def _limits(rules: Rules, style: Style, *, as_answer: bool) -> str:
    if rules.limits == "skip":
        return 'A result such as "<6" (with a comparator) does not count.'
    if rules.limits == "half":
        return 'A result such as "<6" counts as half of that number (">6" as 6).'
    if as_answer:
        return 'A result such as "<6" counts: its value is 6 and its comparator "<".'
    return (
        'A result such as "<6" counts as 6.'
        if style == "terse"
        else 'A result such as "<6" counts as that number, 6.'
    )


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
    return "\n".join([head, *(f"{i}. {line}" for i, line in enumerate(lines, 1))])


def documents(protocol: Protocol, more: Sequence[str]) -> tuple[Policy, ...]:
    """Every version as a document of the hospital, the oldest first."""
    return tuple(
        Policy(protocol.number, protocol.title, v.version, v.status, v.effective, document(protocol, v, more))
        for v in sorted(protocol.versions, key=lambda v: v.effective)
    )


MORE = (
    "The test is named by its LOINC code. The same substance in another specimen is another test.",
    (
        "Windows are in elapsed hours and go by the time of collection (effectiveDateTime). Of two results with one "
        "time of collection the one issued later is the latest."
    ),
    "What a note or a telephone call says is no result.",
)
"""What LB-07 says besides."""
