"""When somebody was in hospital and when at the clinic: five years back from the cohort's now, or from death."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..ailments import REASONS, admission_reason
from ..chance import between, opaque_id
from ..clock import DAY, HOUR, at_hour
from ..hospital import ICUS, Bed, house
from ..plan import Person, Plan

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

    def until(self, now: float) -> float:
        """The end, or now."""
        return now if self.end is None else self.end

    def in_icu(self, at: float) -> bool:
        """Whether the person lay in an ICU then."""
        return any(start <= at < end for start, end in self.intensive)


@dataclass(frozen=True, slots=True)
class Visit:
    """One clinic visit; `draws` where blood was taken."""

    at: float
    draws: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """All encounters of a chart in order of time. `last` is now, or death."""

    first: float
    last: float
    admissions: tuple[Admission, ...]
    visits: tuple[Visit, ...]


def lay_out(plan: Plan, person: Person, rng: Random) -> Timeline:
    """Draws the stays and visits; `details["days"]` is how many hospital days the five years hold."""
    now = plan.now.timestamp()
    last = person.deceased.timestamp() if person.deceased else now
    first = now - YEARS * 365.25 * DAY
    current = [_current(plan, person, rng)] if person.stay else []
    edge = (current[0].start if current else last) - 12 * DAY
    spent = sum((a.until(now) - a.start) / DAY for a in current)
    past = _past_stays(rng, first, edge, float(person.details["days"]) - spent)
    if person.deceased:
        past[-1:] = [(last - between(rng, 3, 9) * DAY, last)]
    stays = [_past(plan, person, rng, n, span) for n, span in enumerate(past)]
    admissions = (*stays, *current)
    return Timeline(first, last, admissions, tuple(_visits(rng, first, last, admissions)))


def _past_stays(rng: Random, first: float, edge: float, days: float) -> list[tuple[float, float]]:
    """Non-overlapping spans that add up to about `days`."""
    lengths: list[float] = []
    while sum(lengths) < days - 1:
        length = between(rng, 1.5, 7) if rng.random() < 0.6 else between(rng, 7, 21)
        lengths.append(min(length, max(1.5, days - sum(lengths))))
    lengths = lengths or [between(rng, 1.5, 4)]
    free = (edge - first) / DAY - sum(lengths) - 4 * len(lengths)
    cuts = sorted(rng.random() * free for _ in lengths)
    spans: list[tuple[float, float]] = []
    used = 0.0
    for cut, length in zip(cuts, lengths, strict=True):
        start = first + (cut + used) * DAY
        end = at_hour(start + length * DAY, between(rng, 10, 17))
        spans.append((start, max(end, start + DAY)))
        used += length + 4
    return spans


def _intensive(rng: Random, start: float, end: float, share: float) -> tuple[tuple[float, float], ...]:
    if rng.random() > share:
        return ()
    return ((start + 2 * HOUR, start + min(between(rng, 0.8, 5), (end - start) / DAY * 0.7) * DAY),)


def _bed(plan: Plan, rng: Random, *, icu: bool) -> Bed:
    return rng.choice([b for b in house(plan.seed).beds if (b.ward in ICUS) is icu])


def _past(plan: Plan, person: Person, rng: Random, number: int, span: tuple[float, float]) -> Admission:
    start, end = float(int(span[0])), float(int(span[1]))
    bed = _bed(plan, rng, icu=False)
    return Admission(
        number=number,
        encounter_id=opaque_id(plan.seed, "Encounter", person.index, "past", number),
        start=start,
        end=end,
        reason=admission_reason(rng, person.traits),
        bed_id=bed.id,
        bed=bed.name,
        intensive=_intensive(rng, start, end, 0.2),
        severity=between(rng, 0.5, 1.4),
    )


def _current(plan: Plan, person: Person, rng: Random) -> Admission:
    stay = person.stay
    assert stay is not None
    start, now = stay.admitted.timestamp(), plan.now.timestamp()
    if stay.unit == "icu":
        intensive = ((max(start + HOUR, now - between(rng, 1, 6) * DAY), now + DAY),)
    else:
        intensive = _intensive(rng, start, now - 4.5 * DAY, 0.2) if now - start > 6 * DAY else ()
    return Admission(
        number=999,
        encounter_id=stay.encounter_id,
        start=start,
        end=None,
        reason=person.details["reason"],
        bed_id=stay.location_id,
        bed=stay.bed,
        intensive=intensive,
        severity=between(rng, 0.5, 1.2),
    )


def _visits(rng: Random, first: float, last: float, admissions: tuple[Admission, ...]) -> list[Visit]:
    visits: list[Visit] = []
    at = first + between(rng, 0, 60) * DAY
    while at < last - 2 * DAY:
        when = at_hour(at, between(rng, 8, 16.5))
        inside = any(a.start - DAY <= when <= a.until(last) + DAY for a in admissions)
        if not inside and when < last:
            visits.append(Visit(float(when), rng.random() < 0.75))
        at += between(rng, 20, 115) * DAY
    return visits


def reason_text(admission: Admission) -> str:
    """Why, in words."""
    return REASONS[admission.reason].text
