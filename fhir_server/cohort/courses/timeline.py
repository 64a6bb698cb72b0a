"""When somebody was in hospital and when at the clinic: five years back from the cohort's now, or from death."""

from __future__ import annotations

from dataclasses import dataclass

from ..ailments import REASONS

YEARS = 5


@dataclass(frozen=True, slots=True)
class Admission:
    """One hospital stay, in seconds. `end` is None for the one that goes on; `intensive` are spans in an ICU."""

    number: int
    encounter_id: str
    start: float
    end: float | None
    reason: str
    bed_id: str
    bed: str
    intensive: tuple[tuple[float, float], ...]
    severity: float
    planned: bool = False

    def until(self, now: float) -> float:
        """The end, or now."""
        return now if self.end is None else self.end

    def in_icu(self, at: float) -> bool:
        """Whether the person lay in an ICU then."""
        return any(start <= at < end for start, end in self.intensive)


@dataclass(frozen=True, slots=True)
class Visit:
    """One clinic visit; `draws` where blood was taken; `purpose` in a word or two, such as "anticoagulation"."""

    at: float
    draws: bool
    purpose: str = "follow-up"
    encounter_id: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All encounters of a chart in order of time. `last` is now, or death."""

    first: float
    last: float
    admissions: tuple[Admission, ...]
    visits: tuple[Visit, ...]


def reason_text(admission: Admission) -> str:
    """Why, in words."""
    return REASONS[admission.reason].text
