"""Meter glucose on a stay: a last reading with what stands round it, orders that follow from it, and none.

A card tells minutes before `now`. Cards come in pairs of one group that share their words; in one chart
something is to be ordered, in the other not. All meter readings of the base course are taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from ..builder import ChartBuilder
from ..plan import Person, Placement, Plan

TOPIC = "point-of-care-glucose"

SERVICES = ("glucose-poc", "glucose", "urinalysis")
"""What the scene orders; the base course's orders of the last two days are taken back."""

_ORDERS_BACK = timedelta(days=2)

Value = float | Literal["HI", "LO"]


@dataclass(frozen=True, slots=True)
class Order:
    """An order that stands; `ago` is minutes before `now`."""

    service: str
    ago: int
    status: str = "active"
    intent: str = "order"


@dataclass(frozen=True, slots=True)
class Card:
    """One situation.

    Attributes:
        group: cards of one group share their words.
        last: the last reading that counts, `ago` minutes before `now`; `before` the one `gap` minutes earlier.
        unit: of `last`.
        history: how many readings stand before these two.
        late: a later entry that does not count, with `late_status`.
        between: an entry in error between the two.
        tie: an entry at the time of `last`, issued before it.
        serum: a serum glucose after `last`.
        note: what a nurse's note says the meter showed.
    """

    group: str
    level: int
    last: Value
    before: Value
    ago: int
    gap: int = 270
    unit: str = "mg/dL"
    status: str = "final"
    history: int = 9
    late: float | None = None
    late_status: str = "entered-in-error"
    between: float | None = None
    tie: float | None = None
    serum: float | None = None
    note: int | None = None
    orders: tuple[Order, ...] = ()


_POC, _SERUM, _URINE = SERVICES

CORE: tuple[Card, ...] = (
    # level 1: a reading and the one before it
    Card("g1", 1, 64, 112, 4),
    Card("g1", 1, 112, 131, 48, serum=64),
    Card("g2", 1, 53, 71, 25, history=26),
    Card("g2", 1, 61, 83, 42, history=24, orders=(Order(_POC, 36),)),
    Card("g3", 1, 92, 118, 38, history=31),
    Card("g3", 1, 96, 114, 66, history=28),
    Card("g4", 1, 300, 262, 190, orders=(Order(_POC, 170),)),
    Card("g4", 1, 299, 250, 155),
    Card("g5", 1, "HI", 412, 22),
    Card("g5", 1, 143, 167, 30 * 60),
    # level 2: more than two pages, or entries that do not count
    Card("g6", 2, 69, 94, 3, history=41, tie=84, late=118),
    Card("g6", 2, 70, 78, 58, history=42, tie=62, late=55),
    Card("g7", 2, 54, 74, 33, history=40, serum=96, between=131, late=141, late_status="preliminary",
         orders=(Order(_POC, 20, "revoked"),)),
    Card("g7", 2, "LO", 66, 29, history=41, late=97, late_status="preliminary",
         orders=(Order(_POC, 24), Order(_SERUM, 23))),
    Card("g8", 2, "LO", 81, 18, history=25, late=88, late_status="preliminary", orders=(Order(_SERUM, 12),)),
    Card("g8", 2, 3.4, 92, 26, unit="mmol/L", history=27, late=104, orders=(Order(_POC, 19),)),
    Card("g9", 2, 388, 317, 85, history=41, between=94, late=212, late_status="cancelled",
         orders=(Order(_URINE, 76),)),
    Card("g9", 2, 148, 187, 24 * 60 + 1, history=42, late=61),
    Card("g10", 2, 2.6, 89, 37, unit="mmol/L", history=40, between=58, orders=(Order(_POC, 30),)),
    Card("g10", 2, 145, 171, 24 * 60, history=41, late=49, orders=(Order(_POC, 300, "completed"),)),
    # level 3: the policy on the server beside a superseded one, more than two pages, a late entry, a note
    Card("g11", 3, 3.8, 131, 31, unit="mmol/L", history=42, late=131, note=128, orders=(Order(_POC, 240),)),
    Card("g11", 3, 58, 88, 39, history=43, late=122, note=119, orders=(Order(_POC, 33), Order(_POC, 260))),
    Card("g12", 3, 41, 77, 20, history=41, late=92, late_status="preliminary", note=90,
         orders=(Order(_SERUM, 14),)),
    Card("g12", 3, 50, 66, 34, history=42, late=101, late_status="preliminary", note=99,
         orders=(Order(_SERUM, 29), Order(_POC, 28))),
    Card("g13", 3, "HI", 418, 44, history=41, late=196, late_status="cancelled", note=190,
         orders=(Order(_SERUM, 38), Order(_URINE, 30, "draft"))),
    Card("g13", 3, "HI", "HI", 53, history=43, late=203, late_status="cancelled", note=201,
         orders=(Order(_SERUM, 46), Order(_URINE, 45))),
    Card("g14", 3, 4.9, 121, 33, unit="mmol/L", history=42, late=126, note=124, between=93),
    Card("g14", 3, 101, 140, 78, history=41, late=63, note=66, between=99),
    Card("g15", 3, 56, 61, 27, history=43, late=115, late_status="preliminary", note=117, status="corrected",
         orders=(Order(_POC, 22, "on-hold"),)),
    Card("g15", 3, 331, 311, 125, history=42, late=168, late_status="preliminary", note=166,
         orders=(Order(_POC, 119), Order(_URINE, 118))),
)  # fmt: skip

DEV: tuple[Card, ...] = (
    Card("d1", 1, 59, 97, 3),
    Card("d1", 1, 117, 124, 44, serum=58),
    Card("d2", 2, 47, 68, 23, history=41, late=110, orders=(Order(_SERUM, 17),)),
    Card("d2", 2, 65, 86, 36, history=40, late=112, orders=(Order(_POC, 31),)),
    Card("d3", 2, 5.2, 137, 36, unit="mmol/L", history=26, late=133, late_status="preliminary"),
    Card("d3", 2, 100, 128, 63, history=27, late=72, late_status="preliminary"),
    Card("d4", 3, "HI", 377, 28, history=42, late=141, note=139, orders=(Order(_URINE, 21),)),
    Card("d4", 3, "LO", "LO", 16, history=41, late=83, note=85, orders=(Order(_POC, 11), Order(_SERUM, 10))),
    Card("d5", 3, 17.2, 244, 133, unit="mmol/L", history=42, late=179, late_status="cancelled", note=175),
    Card("d6", 1, 152, 139, 26 * 60),
)  # fmt: skip


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals the cards over inpatients, those with a long history to people who have been in long enough."""
    yield from _deal(CORE, [p for p in plan.charts if p.split == "core"], plan.now, rng)
    yield from _deal(DEV, [p for p in plan.charts if p.split == "dev"], plan.now, rng)


def _deal(deck: Sequence[Card], people: Sequence[Person], now: datetime, rng: Random) -> Iterable[Placement]:
    free = [p for p in people if p.stay is not None and p.deceased is None and p.replaced_by is None]
    rng.shuffle(free)
    free.sort(
        key=lambda p: p.traits.isdisjoint({"diabetes-1", "diabetes-2"})
    )  # whose sugar is checked anyway first
    dealt: dict[int, Person] = {}
    for number in sorted(range(len(deck)), key=lambda n: -_hours(deck[n])):
        person = next((p for p in free if _hours(deck[number]) <= _stayed(p, now)), None)
        if person is not None:
            free.remove(person)
            dealt[number] = person
    for number, person in sorted(dealt.items()):
        yield Placement(TOPIC, "meter", person.index, asdict(deck[number]))


def _hours(card: Card) -> float:
    """Hours that a stay must have lasted for the card: an hour for each reading of the history."""
    return (card.ago + card.gap) / 60 + card.history + 2


def _stayed(person: Person, now: datetime) -> float:
    assert person.stay is not None
    return (now - person.stay.admitted).total_seconds() / 3600


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes readings and orders of the card in the place of the base course's."""
    card = msgspec.convert(placement.details, Card)
    latest = _back(chart.now, card.ago + card.gap)
    chart.drop("Observation", "glucose-poc", since=latest - timedelta(minutes=20))
    for service in SERVICES:
        chart.drop("ServiceRequest", service, chart.now - _ORDERS_BACK, chart.now)
    at = _back(chart.now, card.ago)
    before = _back(chart.now, card.ago + card.gap)
    _history(chart, card, rng)
    _meter(chart, card.before, before)
    if card.between is not None:
        _meter(chart, card.between, _back(chart.now, card.ago + card.gap // 2), status="entered-in-error")
    _meter(chart, card.last, at, unit=card.unit, status=card.status, wait=6 if card.tie else 1)
    if card.tie is not None:
        _meter(chart, card.tie, at, wait=2)
    if card.late is not None:
        _meter(chart, card.late, _back(chart.now, card.ago // 2), status=card.late_status)
    _beside(chart, card, rng)
    for order in card.orders:
        chart.order_service(
            order.service,
            authored=_back(chart.now, order.ago),
            status=order.status,
            intent=order.intent,
            priority="urgent",
            occurrence=_back(chart.now, order.ago - 15) if order.ago >= 15 else None,
        )


def _history(chart: ChartBuilder, card: Card, rng: Random) -> None:
    """Older readings of the stay: the course's own; where they are too few, others in their place, evenly, none odd."""
    assert chart.person.stay is not None
    latest = card.ago + card.gap
    if len(chart.find("Observation", "glucose-poc", chart.person.stay.admitted)) >= card.history:
        return
    chart.drop("Observation", "glucose-poc", since=chart.person.stay.admitted)
    room = _stayed(chart.person, chart.now) * 60 - latest - 60
    step = min(300.0, room / card.history)
    for number in range(card.history, 0, -1):
        ago = latest + round(step * (number - rng.uniform(0.0, 0.4)))
        _meter(chart, rng.randrange(104, 215), _back(chart.now, max(ago, latest + 5)))


def _beside(chart: ChartBuilder, card: Card, rng: Random) -> None:
    """What never counts: a serum glucose, and a number in a note."""
    if card.serum is not None:
        taken = _back(chart.now, card.ago * 2 // 3)
        chart.lab("glucose", card.serum, taken, issued=taken + timedelta(minutes=min(8, card.ago // 3)))
    if card.note is not None:
        text = rng.choice(_NOTES).format(number=card.note)
        chart.note("nursing", text, _back(chart.now, max(card.ago // 3, 4)))


_NOTES = (
    "Patient resting, no complaints. Fingerstick {number} just now.",
    "Rounded on patient. Blood sugar {number} by meter, will keep watching.",
    "Glucose checked at the bedside: {number}. Family at the bedside, call light in reach.",
)


def _meter(
    chart: ChartBuilder,
    value: Value,
    at: datetime,
    *,
    unit: str | None = None,
    status: str = "final",
    wait: int = 1,
) -> None:
    """One entry of the meter, released `wait` minutes after collection; a cancelled one has no value."""
    shown = None if status == "cancelled" else value
    issued = min(at + timedelta(minutes=wait), max(at, chart.now))
    chart.lab("glucose-poc", shown, at, unit=unit, status=status, issued=issued)


def _back(now: datetime, minutes: int) -> datetime:
    """Elapsed minutes before `now`, in local time (the change to daylight saving lies among the histories)."""
    return datetime.fromtimestamp(now.timestamp() - minutes * 60, now.tzinfo)
