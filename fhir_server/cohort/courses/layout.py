"""Lays out the five years of a chart: stays by what ails somebody, visits by how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from ..ailments import REASONS, admission_reason
from ..chance import between, child, normal, opaque_id
from ..clock import DAY, HOUR, at_hour, local
from ..hospital import Bed, house, ward_for
from ..lasting.registry import LASTING
from ..plan import Person, Plan
from .timeline import YEARS, Admission, Timeline, Visit

_ONCE = {
    "hip": frozenset({"hip-fracture"}),
    "stroke": frozenset({"stroke"}),
    "elective-knee": frozenset({"osteoarthritis"}),
}
"""Reasons that come but once in five years, and the trait that brings them."""
_SINGLE = frozenset({"cholecystectomy", "elective-colectomy"})
"""Operations nobody has twice."""
_NOT_FATAL = frozenset({
    "cholecystectomy", "elective-colectomy", "elective-knee", "delivery", "preterm", "neutropenic-fever",
    "hypoglycemia",
})  # fmt: skip
"""Reasons that are no cause of death here."""
_PLANNED = frozenset({"neutropenic-fever", "delivery"})
"""Reasons that lasting conditions plan at their time: fever comes days after chemotherapy."""


def lay_out(plan: Plan, person: Person, rng: Random) -> Timeline:
    """Draws the stays and visits; `details["days"]` is how many hospital days the five years hold."""
    now = plan.now.timestamp()
    last = person.deceased.timestamp() if person.deceased else now
    first = now - YEARS * 365.25 * DAY
    current = [_current(plan, person, rng)] if person.stay else []
    edge = (current[0].start if current else last) - 12 * DAY
    spent = sum((a.until(now) - a.start) / DAY for a in current)
    planned = _planned(plan, person, first, edge)
    spent += sum((a.until(now) - a.start) / DAY for a in planned)
    spans = _past_stays(rng, person, (first, edge), float(person.details["days"]) - spent, planned)
    if person.deceased:
        spans = [s for s in spans if s.end < last - 14 * DAY]
        spans.append(
            _Span(last - between(rng, 3, 9) * DAY, last, _reason(rng, person.traits, _NOT_FATAL), 1.35)
        )
    stays = [_past(plan, person, rng, n, span) for n, span in enumerate(spans)]
    admissions = (*sorted([*stays, *planned], key=lambda a: a.start), *current)
    return Timeline(first, last, admissions, tuple(_visits(plan, person, rng, (first, last), admissions)))


@dataclass(frozen=True, slots=True)
class _Span:
    """A stay before it has a bed."""

    start: float
    end: float
    reason: str
    severity: float


def _reason(rng: Random, traits: frozenset[str], barred: frozenset[str]) -> str:
    """A reason that the traits allow and that is not barred."""
    for _ in range(50):
        reason = admission_reason(rng, traits)
        if reason not in barred:
            return reason
    return "pneumonia"


def _past_stays(
    rng: Random, person: Person, bounds: tuple[float, float], days: float, planned: Sequence[Admission]
) -> list[_Span]:
    """Stays that do not overlap and add up to about `days`; how long each is depends on its reason and severity."""
    first, edge = bounds
    drafts: list[tuple[str, float, float]] = []
    total = 0.0
    had = {str(person.details.get("reason", "")), *(a.reason for a in planned)}
    traits = person.traits - {"pregnant"} - _ONCE.get(str(person.details.get("reason", "")), frozenset())
    while total < days - 1 and len(drafts) < 60:
        reason = _reason(rng, traits, _PLANNED | (_SINGLE & had))
        had.add(reason)
        traits -= _ONCE.get(reason, frozenset())
        severity = between(rng, 0.5, 1.4)
        length = REASONS[reason].days * exp(0.58 * normal(rng)) * (0.55 + 0.5 * severity)
        length = min(max(1.2, length), 28.0, max(1.2, days - total + 1.5))
        drafts.append((reason, severity, length))
        total += length
    free = (edge - first) / DAY - total - 4 * len(drafts)
    cuts = sorted(rng.random() * max(free, 1.0) for _ in drafts)
    spans: list[_Span] = []
    used = 0.0
    for cut, (reason, severity, length) in zip(cuts, drafts, strict=True):
        start = first + (cut + used) * DAY
        end = max(at_hour(start + length * DAY, between(rng, 10, 17)), start + 0.9 * DAY)
        used += length + 4
        if end < edge and all(end < p.start - 5 * DAY or start > p.until(edge) + 5 * DAY for p in planned):
            spans.append(_Span(start, float(end), reason, severity))
    return spans


def _planned(plan: Plan, person: Person, first: float, edge: float) -> list[Admission]:
    """Stays that lasting conditions bring at their time."""
    found: list[Admission] = []
    for lasting in LASTING:
        if lasting.trait != "" and lasting.trait not in person.traits:
            continue
        rng = child(plan.seed, person.index, "planned", lasting.trait)
        for stay in lasting.stays(person, first, edge, rng):
            end = float(at_hour(stay.start + stay.days * DAY, between(rng, 10, 16)))
            if not first < stay.start < end < edge:
                continue
            if any(a.start - 5 * DAY < end and stay.start < a.until(edge) + 5 * DAY for a in found):
                continue
            span = _Span(stay.start, end, stay.reason, between(rng, 0.5, 1.1))
            found.append(_past(plan, person, rng, 500 + len(found), span, planned=True))
    return sorted(found, key=lambda a: a.start)


def _intensive(rng: Random, span: _Span) -> tuple[tuple[float, float], ...]:
    """Time in an ICU: from the beginning where the illness is grave, now and then in the middle."""
    start, end = span.start, span.end
    share = min(0.9, REASONS[span.reason].icu * (0.4 if span.severity < 0.95 else 1.6))
    days = (end - start) / DAY
    if rng.random() < share:
        return ((start + 2 * HOUR, start + min(between(rng, 0.8, 5), days * 0.7) * DAY),)
    if days > 5 and rng.random() < 0.05:
        begun = start + between(rng, 0.25, 0.5) * days * DAY
        return ((begun, begun + between(rng, 0.8, 0.3 * days) * DAY),)
    return ()


def _bed(plan: Plan, rng: Random, reason: str) -> Bed:
    """A bed of the ward that takes people for a reason."""
    ward = ward_for(f"{reason} {REASONS[reason].text}", rng=rng)
    return rng.choice(house(plan.seed).beds_of(ward))


def _past(
    plan: Plan, person: Person, rng: Random, number: int, span: _Span, *, planned: bool = False
) -> Admission:
    start, end = float(int(span.start)), float(int(span.end))
    bed = _bed(plan, rng, span.reason)
    return Admission(
        number=number,
        encounter_id=opaque_id(plan.seed, "Encounter", person.index, "past", number),
        start=start,
        end=end,
        reason=span.reason,
        bed_id=bed.id,
        bed=bed.name,
        intensive=_intensive(rng, span),
        severity=span.severity,
        planned=planned,
    )


def _current(plan: Plan, person: Person, rng: Random) -> Admission:
    stay = person.stay
    assert stay is not None
    start, now = stay.admitted.timestamp(), plan.now.timestamp()
    severity = between(rng, 0.5, 1.2)
    if stay.unit == "icu":
        severity = between(rng, 0.95, 1.4)
        late = (now - start) > 5 * DAY and rng.random() < 0.6
        intensive = ((now - between(rng, 1, 3.5) * DAY if late else start + 2 * HOUR, now + DAY),)
    elif now - start > 6 * DAY:
        intensive = _intensive(rng, _Span(start, now - 4.5 * DAY, person.details["reason"], severity))
    else:
        intensive = ()
    return Admission(
        number=999,
        encounter_id=stay.encounter_id,
        start=start,
        end=None,
        reason=person.details["reason"],
        bed_id=stay.location_id,
        bed=stay.bed,
        intensive=intensive,
        severity=severity,
    )


def _visits(
    plan: Plan, person: Person, rng: Random, bounds: tuple[float, float], admissions: Sequence[Admission]
) -> list[Visit]:
    """Routine visits, visits after a stay, and what lasting conditions bring; none in a stay or on top of another."""
    first, last = bounds
    wanted = [*_routine(person, rng, first, last)]
    wanted += [
        (a.end + between(rng, 6, 15) * DAY, "post-discharge")
        for a in admissions
        if a.end and rng.random() < 0.8
    ]
    for lasting in LASTING:
        if lasting.trait == "" or lasting.trait in person.traits:
            own = child(plan.seed, person.index, "visits", lasting.trait)
            wanted += lasting.visits(person, first, last, own)
    visits: list[Visit] = []
    for at, purpose in sorted(wanted, key=lambda pair: (pair[1] in {"follow-up", "annual"}, pair[0])):
        when = float(at_hour(at, between(rng, 8, 16.5)))
        inside = any(a.start - DAY <= when <= a.until(last) + DAY for a in admissions)
        close = any(
            abs(v.at - when) < (9 if purpose in {"follow-up", "annual"} else 1.5) * DAY for v in visits
        )
        weekend = local(when).weekday() >= 5
        if inside or close or weekend or not first < when < last - HOUR:
            continue
        visit_id = opaque_id(plan.seed, "Encounter", person.index, "visit", int(when))
        visits.append(Visit(when, rng.random() < 0.75, purpose, visit_id))
    return sorted(visits, key=lambda v: v.at)


def _routine(person: Person, rng: Random, first: float, last: float) -> Iterator[tuple[float, str]]:
    """The sicker, the oftener; people who are well come once a year, and not every year."""
    burden = len(person.traits)
    if burden <= 1:
        at = first + between(rng, 10, 330) * DAY
        while at < last:
            if rng.random() < 0.72:
                yield at, "annual"
            at += between(rng, 330, 420) * DAY
        return
    gap = 150 if burden == 2 else 95 if burden < 5 else 70
    at = first + between(rng, 0, gap) * DAY
    while at < last:
        yield at, "follow-up"
        at += gap * between(rng, 0.45, 1.5) * DAY
