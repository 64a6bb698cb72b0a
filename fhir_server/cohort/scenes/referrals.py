"""Situations round a referral: what was referred before, and the results that a referral should carry.

Each card names a specialty, two results and the referrals that stand in the chart. Cards come in pairs of one
specialty: in one chart nothing forbids a new referral, in the other an active one of the same kind does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from ..builder import ChartBuilder
from ..codes import ANALYTES, SERVICES
from ..plan import Json, Person, Placement, Plan

TOPIC = "referral"

SPAN = timedelta(days=800)
"""Base-course referrals of the specialty and results of its two analytes are replaced over this time."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A referral that stands in the chart; `specialty` is empty for the card's own."""

    days: int
    status: str = "active"
    intent: str = "order"
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The last valid result of an analyte, and what stands after it that does not count."""

    analyte: str
    value: float
    days: int
    later: float | None = None
    later_status: Literal["entered-in-error", "preliminary", "cancelled"] = "entered-in-error"
    note: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One situation. Cards of one `group` share their words."""

    group: str
    level: int
    specialty: str
    priority: str
    reason: str
    results: tuple[Result, ...]
    earlier: tuple[Earlier, ...] = ()


def _pair(
    group: str,
    level: int,
    specialty: str,
    priority: str,
    reason: str,
    open_chart: tuple[tuple[Result, ...], tuple[Earlier, ...]],
    barred_chart: tuple[tuple[Result, ...], tuple[Earlier, ...]],
) -> list[Card]:
    return [
        Card(group, level, specialty, priority, reason, results, earlier)
        for results, earlier in (open_chart, barred_chart)
    ]


def _results(first: Json, second: Json) -> tuple[Result, ...]:
    return Result(*first), Result(*second)


CORE: tuple[Card, ...] = (
    # level 1: the rule is in the request, nothing misleads but age and kind of the earlier referral
    *_pair(
        "r1", 1, "endocrinology", "routine", "suspected hypothyroidism",
        (_results(("tsh", 9.4, 6), ("free-t4", 0.7, 6)), (Earlier(31),)),
        (_results(("tsh", 8.8, 12), ("free-t4", 0.6, 12)), (Earlier(30),)),
    ),
    *_pair(
        "r2", 1, "hepatology", "urgent", "rising transaminases",
        (_results(("alt", 212.0, 3), ("ast", 188.0, 3)), (Earlier(9, "active", "order", "nutrition"),)),
        (_results(("alt", 176.0, 5), ("ast", 143.0, 5)), (Earlier(6),)),
    ),
    *_pair(
        "r3", 1, "rheumatology", "routine", "suspected gout with polyarthritis",
        (_results(("uric-acid", 9.6, 8), ("esr", 54.0, 8)), ()),
        (_results(("uric-acid", 10.2, 15), ("esr", 61.0, 15)), (Earlier(29),)),
    ),
    *_pair(
        "r4", 1, "nutrition", "routine", "weight loss with vitamin deficiency",
        (_results(("vitamin-d", 11.0, 20), ("vitamin-b12", 168.0, 20)), (Earlier(45),)),
        (_results(("vitamin-d", 13.0, 17), ("vitamin-b12", 181.0, 17)), (Earlier(17),)),
    ),
    # level 2: closed or planned referrals, results that do not count
    *_pair(
        "r5", 2, "hematology", "urgent", "iron deficiency without a source",
        (_results(("ferritin", 6.0, 4, 61.0), ("vitamin-b12", 240.0, 9)), (Earlier(12, "revoked"), Earlier(2, "draft"))),
        (_results(("ferritin", 8.0, 7, 74.0, "preliminary"), ("vitamin-b12", 262.0, 11)), (Earlier(25), Earlier(6, "revoked"))),
    ),
    *_pair(
        "r6", 2, "cardiology", "asap", "suspected decompensated heart failure",
        (_results(("nt-probnp", 4860.0, 2, 486.0), ("ferritin", 42.0, 30)), (Earlier(5, "completed"),)),
        (_results(("nt-probnp", 3920.0, 3, 392.0), ("ferritin", 38.0, 41)), (Earlier(21), Earlier(20, "completed"))),
    ),
    *_pair(
        "r7", 2, "nephrology", "routine", "persistent albuminuria",
        (_results(("albumin-creatinine-urine", 412.0, 14, 41.0), ("uric-acid", 8.1, 30)), (Earlier(8, "active", "plan"),)),
        (_results(("albumin-creatinine-urine", 530.0, 10, 53.0), ("uric-acid", 7.9, 22)), (Earlier(3),)),
    ),
    *_pair(
        "r8", 2, "gastroenterology", "urgent", "recurrent epigastric pain with raised lipase",
        (_results(("lipase", 486.0, 2, 48.0, "preliminary"), ("alt", 88.0, 19)), (Earlier(16, "on-hold"),)),
        (_results(("lipase", 512.0, 1, 51.0), ("alt", 95.0, 28)), (Earlier(13),)),
    ),
    # level 3: the rule is in a document beside a superseded one, and a note tells another value
    *_pair(
        "r9", 3, "endocrinology", "routine", "suspected subclinical thyrotoxicosis",
        (_results(("tsh", 0.02, 3, 2.4, "entered-in-error", 1.9), ("free-t4", 3.4, 3)), (Earlier(40), Earlier(6, "revoked"))),
        (_results(("tsh", 0.03, 5, 1.8, "entered-in-error", 2.2), ("free-t4", 3.1, 5)), (Earlier(26), Earlier(4, "revoked"))),
    ),
    *_pair(
        "r10", 3, "hepatology", "stat", "acute hepatocellular injury",
        (_results(("alt", 1240.0, 1, 124.0, "preliminary", 140.0), ("ast", 980.0, 1)), (Earlier(31), Earlier(11, "completed"))),
        (_results(("alt", 1105.0, 1, 110.0, "preliminary", 90.0), ("ast", 870.0, 1)), (Earlier(1),)),
    ),
    *_pair(
        "r11", 3, "rheumatology", "urgent", "suspected giant cell arteritis",
        (_results(("esr", 96.0, 2, 16.0, "entered-in-error", 22.0), ("crp", 84.0, 2)), (Earlier(55),)),
        (_results(("esr", 88.0, 3, 18.0, "entered-in-error", 20.0), ("crp", 71.0, 3)), (Earlier(3), Earlier(27, "revoked"))),
    ),
    *_pair(
        "r12", 3, "cardiology", "urgent", "dyspnea with raised natriuretic peptide",
        (_results(("nt-probnp", 2750.0, 4, 275.0, "cancelled", 300.0), ("ferritin", 61.0, 25)), (Earlier(7, "active", "proposal"),)),
        (_results(("nt-probnp", 3140.0, 6, 314.0, "cancelled", 280.0), ("ferritin", 55.0, 33)), (Earlier(2),)),
    ),
    Card("r13", 3, "hematology", "routine", "unexplained vitamin B12 deficiency",
         _results(("vitamin-b12", 142.0, 30, 512.0, "entered-in-error", 480.0), ("ferritin", 96.0, 30)), (Earlier(30), Earlier(33))),
    Card("r14", 3, "nephrology", "urgent", "nephrotic-range albuminuria",
         _results(("albumin-creatinine-urine", 2980.0, 5, 298.0, "preliminary", 310.0), ("uric-acid", 8.8, 12)), (Earlier(44),)),
    # the first result is too old: nothing to refer with
    Card("r15", 1, "endocrinology", "routine", "suspected hypothyroidism", _results(("tsh", 7.9, 118), ("free-t4", 0.8, 118))),
    Card("r16", 1, "rheumatology", "routine", "suspected gout with polyarthritis", _results(("uric-acid", 9.1, 97), ("esr", 40.0, 20))),
    Card("r17", 2, "hematology", "urgent", "iron deficiency without a source",
         _results(("ferritin", 9.0, 91, 7.0), ("vitamin-b12", 300.0, 15)), (Earlier(50),)),
    Card("r18", 2, "nephrology", "routine", "persistent albuminuria",
         _results(("albumin-creatinine-urine", 388.0, 104, 402.0, "preliminary"), ("uric-acid", 7.7, 9))),
)  # fmt: skip

DEV: tuple[Card, ...] = (
    *_pair(
        "d1", 1, "endocrinology", "routine", "suspected hypothyroidism",
        (_results(("tsh", 11.2, 9), ("free-t4", 0.6, 9)), (Earlier(34),)),
        (_results(("tsh", 10.1, 4), ("free-t4", 0.7, 4)), (Earlier(14),)),
    ),
    *_pair(
        "d2", 2, "gastroenterology", "urgent", "recurrent epigastric pain with raised lipase",
        (_results(("lipase", 640.0, 1, 64.0), ("alt", 74.0, 8)), (Earlier(9, "revoked"),)),
        (_results(("lipase", 575.0, 2, 57.0, "preliminary"), ("alt", 90.0, 13)), (Earlier(30),)),
    ),
    *_pair(
        "d3", 2, "nutrition", "asap", "weight loss with vitamin deficiency",
        (_results(("vitamin-d", 9.0, 12, 39.0), ("vitamin-b12", 175.0, 12)), (Earlier(31),)),
        (_results(("vitamin-d", 8.0, 16, 38.0), ("vitamin-b12", 190.0, 16)), (Earlier(8), Earlier(7, "completed"))),
    ),
    *_pair(
        "d4", 3, "cardiology", "stat", "suspected decompensated heart failure",
        (_results(("nt-probnp", 6100.0, 1, 610.0, "entered-in-error", 590.0), ("ferritin", 70.0, 40)), (Earlier(42),)),
        (_results(("nt-probnp", 5230.0, 2, 523.0, "entered-in-error", 540.0), ("ferritin", 48.0, 28)), (Earlier(11),)),
    ),
    Card("d5", 3, "hepatology", "urgent", "rising transaminases",
         _results(("alt", 264.0, 6, 26.0, "preliminary", 30.0), ("ast", 221.0, 6)), (Earlier(38),)),
    Card("d6", 1, "rheumatology", "routine", "suspected gout with polyarthritis", _results(("uric-acid", 9.9, 130), ("esr", 47.0, 6))),
)  # fmt: skip


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals the cards over living people with a chart, in shuffled order."""
    yield from _deal(CORE, [p for p in plan.charts if p.split == "core"], rng)
    yield from _deal(DEV, [p for p in plan.charts if p.split == "dev"], rng)


def _deal(deck: Sequence[Card], people: Sequence[Person], rng: Random) -> Iterable[Placement]:
    living = [p for p in people if p.deceased is None and p.replaced_by is None]
    rng.shuffle(living)
    for card, person in zip(deck, living, strict=False):
        yield Placement(TOPIC, "referred-before", person.index, asdict(card))


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes referrals and results of the card in the place of the base course's."""
    card = msgspec.convert(placement.details, Card)
    service = f"referral-{card.specialty}"
    chart.drop("ServiceRequest", service, chart.now - SPAN, chart.now)
    for earlier in card.earlier:
        name = f"referral-{earlier.specialty}" if earlier.specialty else service
        chart.order_service(
            name,
            authored=_at(chart.now, earlier.days, rng, 8, 16),
            status=earlier.status,
            intent=earlier.intent,
            priority=card.priority,
            reason=card.reason[0].upper() + card.reason[1:],
        )
    drawn = {days: _at(chart.now, days, rng, 5, 7) for days in dict.fromkeys(r.days for r in card.results)}
    for result in card.results:
        _write_result(chart, result, drawn[result.days], rng)


def _write_result(chart: ChartBuilder, result: Result, at: datetime, rng: Random) -> None:
    chart.drop("Observation", result.analyte, chart.now - SPAN, chart.now)
    for days in (rng.randint(170, 260), rng.randint(330, 450)):
        chart.lab(result.analyte, _ordinary(chart, result, rng), _at(at, days, rng, 7, 15))
    chart.lab(result.analyte, result.value, at)
    if result.later is not None:
        later = max(at + timedelta(minutes=rng.randint(40, 90)), _at(chart.now, result.days // 2, rng, 5, 7))
        chart.lab(
            result.analyte,
            result.later,
            min(later, chart.now - timedelta(minutes=90)),
            status=result.later_status,
        )
    if result.note is not None:
        name = ANALYTES[result.analyte].text
        told = f"{result.note:g}"
        text = f"{rng.choice(_OPENINGS)} {name} reported as {told}; to be followed up by the team."
        chart.note("progress", text, min(at + timedelta(hours=4), chart.now - timedelta(hours=1)))


def _ordinary(chart: ChartBuilder, result: Result, rng: Random) -> float:
    """A value from before the trouble: within the reference range, where the test has one."""
    limits = ANALYTES[result.analyte].range
    low, high = limits.of(chart.person.gender) if limits else (None, None)
    if high is None:
        return (low or result.value) * rng.uniform(1.1, 1.8)
    return rng.uniform(low or 0.3 * high, high)


_OPENINGS = (
    "Seen on rounds, no new complaints.",
    "Chart reviewed with the patient.",
    "Feels about the same as yesterday.",
    "Brief visit, family present.",
)


def _at(now: datetime, days: int, rng: Random, first: int, last: int) -> datetime:
    """A minute between two hours of the day that lies `days` calendar days before `now`, and before `now` itself."""
    day = (now - timedelta(days=days)).replace(second=0, microsecond=0)
    at = day.replace(hour=rng.randint(first, last - 1), minute=rng.randrange(60))
    return min(at, now - timedelta(minutes=95)) if days == 0 else at


assert all(f"referral-{card.specialty}" in SERVICES for card in (*CORE, *DEV))
