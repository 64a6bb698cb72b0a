"""What is kept of a chart: times and numbers, none of the resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .reference import ICU, OUTPATIENT, WARD
from .stats import DAY, Floats


@dataclass(frozen=True, slots=True)
class Series:
    """All usable values of one measure in one chart, in order of time.

    Attributes:
        times: seconds since 1970.
        values: in the measure's own unit.
        hours: the hospital's wall clock, 0 to 24.
        settings: index into `SETTINGS`.
        stays: index of the hospital stay, -1 outside.
    """

    times: Floats
    values: Floats
    hours: Floats
    settings: NDArray[np.int8]
    stays: NDArray[np.int16]

    def where(self, mask: NDArray[np.bool_]) -> Series:
        """The values that a mask picks."""
        return Series(
            self.times[mask], self.values[mask], self.hours[mask], self.settings[mask], self.stays[mask]
        )

    def inside(self) -> Series:
        """The values taken in hospital."""
        return self.where(self.stays >= 0)


EMPTY = Series(
    np.empty(0), np.empty(0), np.empty(0), np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int16)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A time in hospital, or in an ICU. Seconds; `open` where it goes on."""

    start: float
    end: float
    reason: str = ""
    open: bool = False

    @property
    def days(self) -> float:
        """How long."""
        return (self.end - self.start) / DAY


@dataclass(frozen=True, slots=True)
class Order:
    """A medication order. `drug` is a name of the code table, or the text where it has no code.

    `days` is for how long it was to be dispensed, refills included; 400 where it does not say.
    """

    id: str
    drug: str
    at: float
    status: str
    home: bool
    route: str
    days: float = 400.0


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose that was given."""

    drug: str
    at: float
    dose: float
    order: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with a name and a time: a diagnosis, a procedure, a visit."""

    name: str
    code: str
    at: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A note or message. `sentences` as they stand, headings left out."""

    kind: str
    at: float
    words: int
    sentences: tuple[str, ...]


@dataclass(slots=True)
class ChartRecord:
    """One chart."""

    person: str
    label: str
    birth: float
    death: float | None
    series: dict[str, Series] = field(default_factory=dict[str, Series])
    stays: list[Span] = field(default_factory=list[Span])
    icu: list[Span] = field(default_factory=list[Span])
    emergency: list[Span] = field(default_factory=list[Span])
    visits: list[Entry] = field(default_factory=list[Entry])
    orders: list[Order] = field(default_factory=list[Order])
    doses: list[Dose] = field(default_factory=list[Dose])
    conditions: list[Entry] = field(default_factory=list[Entry])
    procedures: list[Entry] = field(default_factory=list[Entry])
    notes: list[Note] = field(default_factory=list[Note])
    types: Counter[str] = field(default_factory=Counter[str])
    tally: Counter[str] = field(default_factory=Counter[str])

    def of(self, name: str) -> Series:
        """A measure; empty where the chart has none."""
        return self.series.get(name, EMPTY)

    def given(self, drugs: Iterable[str]) -> list[float]:
        """The instants at which any of some drugs was given, in order."""
        wanted = frozenset(drugs)
        return sorted(d.at for d in self.doses if d.drug in wanted)

    @property
    def size(self) -> int:
        """How many resources it has."""
        return sum(self.types.values())

    @property
    def critical_stays(self) -> list[Span]:
        """The stays with intensive care at some time: what the published stays are."""
        return [s for s in self.stays if any(s.start <= i.start <= s.end for i in self.icu)]

    @property
    def hospital_days(self) -> float:
        """Days in hospital, all stays together."""
        return sum(s.days for s in self.stays)


def place(times: Floats, stays: list[Span], icu: list[Span]) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """Setting and stay of each time."""
    settings = np.full(len(times), OUTPATIENT, dtype=np.int8)
    numbers = np.full(len(times), -1, dtype=np.int16)
    for number, stay in enumerate(stays):
        inside = (times >= stay.start) & (times <= stay.end)
        settings[inside] = WARD
        numbers[inside] = number
    for span in icu:
        settings[(times >= span.start) & (times <= span.end)] = ICU
    return settings, numbers
