"""HbA1c over the last years: a last result with what makes the next one due, or stands in its way.

Cards come in pairs of one group that share their words; in one chart an HbA1c is to be ordered, in the other
not. All HbA1c of the base course, its orders for them and for glucose-lowering medicines other than insulin are
taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from ..builder import ChartBuilder
from ..plan import TIME_ZONE, Person, Placement, Plan

TOPIC = "hba1c-monitoring"

MEDICINES = ("metformin", "metformin-1000", "glipizide", "empagliflozin", "semaglutide", "sitagliptin")
"""Glucose-lowering medicines other than insulin."""

RENAL = frozenset({"ckd-4", "ckd-5", "dialysis"})
"""Traits by which the higher goal holds."""

VISIT = "follow-up-visit"


@dataclass(frozen=True, slots=True)
class Order:
    """An order for an HbA1c that stands; `day` is YYYY-MM-DD."""

    day: str
    status: str = "active"
    intent: str = "order"


@dataclass(frozen=True, slots=True)
class Card:
    """One situation.

    Attributes:
        group: cards of one group share their words.
        value: the last result that counts, in `unit`; the number as reported.
        at: its time of collection: local without offset, or UTC with Z.
        place: whether the person is in the hospital.
        relaxed: the higher goal holds: advanced renal disease, or hypoglycemia on the problem list.
        diabetes: how diabetes stands on the record.
        change: day on which a medicine was added.
        transfused: days since a red-cell transfusion.
        late: a later result that does not count, with `late_status`.
        note: what a note says that an HbA1c was.
        visit: day and hour of the next planned visit of somebody at home.
    """

    group: str
    level: int
    value: float
    at: str
    unit: str = "%"
    place: Literal["stay", "home"] = "stay"
    relaxed: bool = False
    diabetes: Literal["active", "none", "error", "resolved"] = "active"
    change: str = ""
    transfused: int | None = None
    late: float | None = None
    late_status: str = "entered-in-error"
    note: float | None = None
    order: Order | None = None
    visit: str = ""


_IFCC = "mmol/mol"
_PRELIMINARY = "preliminary"

CORE: tuple[Card, ...] = (
    # level 1: goal, interval, one thing in the way
    Card("h1", 1, 6.4, "2025-09-10T08:20"),
    Card("h1", 1, 6.9, "2025-09-11T07:45"),
    Card("h2", 1, 8.2, "2025-12-10T09:10"),
    Card("h2", 1, 8.9, "2025-11-27T06:30", transfused=30),
    Card("h3", 1, 7.0, "2025-11-18T10:05", place="home", visit="2026-03-17T09:30"),
    Card("h3", 1, 7.6, "2025-11-18T11:40", place="home", visit="2026-03-19T14:00", relaxed=True),
    Card("h4", 1, 72, "2025-11-04T07:15", _IFCC),
    Card("h4", 1, 75, "2025-10-21T06:50", _IFCC, order=Order("2026-03-01")),
    Card("h5", 1, 6.5, "2025-11-20T08:35", change="2026-01-15"),
    Card("h5", 1, 6.1, "2025-06-12T09:25", diabetes="none"),
    # level 2: results that do not count, units, limits to the day
    Card("h6", 2, 48, "2025-12-01T07:30", _IFCC, change="2025-12-20", late=9.9),
    Card("h6", 2, 46, "2025-12-02T08:10", _IFCC, change="2025-11-25", late=9.4),
    Card("h7", 2, 60, "2025-10-30T06:40", _IFCC, late=6.3, late_status=_PRELIMINARY, order=Order("2026-02-20", "revoked")),
    Card("h7", 2, 7.7, "2025-08-19T09:00", diabetes="error", late=6.0, late_status=_PRELIMINARY),
    Card("h8", 2, 9.1, "2025-11-15T10:20", transfused=91, late=6.6),
    Card("h8", 2, 9.4, "2025-10-15T07:55", transfused=90, late=6.8),
    Card("h9", 2, 46, "2025-12-05T09:40", _IFCC, place="home", change="2026-02-02", late=0, late_status="cancelled",
         order=Order("2026-02-10", "draft"), visit="2026-03-24T08:15"),
    Card("h9", 2, 66, "2025-11-27T10:50", _IFCC, place="home", late=0, late_status="cancelled",
         order=Order("2026-02-12"), visit="2026-03-26T13:45"),
    Card("h10", 2, 8.0, "2025-12-05T06:25", relaxed=True, late=6.7),
    Card("h10", 2, 7.9, "2025-12-05T07:05", relaxed=True, late=9.2),
    # level 3: the protocol on the server beside a superseded one, a late result, a note
    Card("h11", 3, 51, "2025-09-11T01:30Z", _IFCC, late=8.8, note=8.6),
    Card("h11", 3, 50, "2025-09-11T04:30Z", _IFCC, late=8.3, note=8.4),
    Card("h12", 3, 49, "2025-11-12T08:45", _IFCC, change="2026-01-20", late=6.1, late_status=_PRELIMINARY, note=6.0),
    Card("h12", 3, 6.4, "2025-08-01T09:15", transfused=60, late=7.8, late_status=_PRELIMINARY, note=7.9),
    Card("h13", 3, 6.6, "2025-11-20T10:30", place="home", change="2026-01-08", late=5.9, note=5.8,
         order=Order("2025-11-10"), visit="2026-04-02T10:45"),
    Card("h13", 3, 69, "2025-11-02T11:10", _IFCC, place="home", late=6.2, note=6.4,
         order=Order("2026-01-05"), visit="2026-04-07T15:30"),
    Card("h14", 3, 66, "2025-12-08T07:20", _IFCC, relaxed=True, late=7.1, note=7.2),
    Card("h14", 3, 58, "2025-11-30T06:55", _IFCC, relaxed=True, late=9.0, note=9.1),
    Card("h15", 3, 6.3, "2025-12-10T08:50", place="home", change="2026-02-02", late=7.4, late_status=_PRELIMINARY,
         note=7.5, visit="2026-03-13T11:15"),
    Card("h15", 3, 80, "2025-09-30T07:35", _IFCC, transfused=12, late=7.0, late_status=_PRELIMINARY, note=6.9),
)  # fmt: skip

DEV: tuple[Card, ...] = (
    Card("d1", 1, 8.4, "2025-12-09T08:05"),
    Card("d1", 1, 7.4, "2025-09-12T09:35", relaxed=True),
    Card("d2", 2, 55, "2025-11-30T07:40", _IFCC, late=6.4),
    Card("d2", 2, 72, "2025-11-21T06:35", _IFCC, late=6.7, order=Order("2026-02-27")),
    Card("d3", 2, 6.7, "2025-10-28T10:15", change="2025-12-30", late=5.8, late_status=_PRELIMINARY),
    Card("d3", 2, 70, "2025-11-06T08:25", _IFCC, transfused=45, late=6.1, late_status=_PRELIMINARY),
    Card("d4", 3, 57, "2025-12-01T07:10", _IFCC, late=6.0, note=6.1),
    Card("d4", 3, 7.8, "2025-10-06T09:50", relaxed=True, late=9.3, note=9.2),
    Card("d6", 3, 8.3, "2025-11-25T11:20", place="home", relaxed=True, late=7.2, note=7.1, visit="2026-03-18T10:00"),
    Card("d5", 1, 6.0, "2025-05-22T08:55", diabetes="resolved"),
)  # fmt: skip


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals each card to a person it fits, with those whose traits fit best first."""
    yield from _deal(CORE, [p for p in plan.charts if p.split == "core"], rng)
    yield from _deal(DEV, [p for p in plan.charts if p.split == "dev"], rng)


def _deal(deck: Sequence[Card], people: Sequence[Person], rng: Random) -> Iterable[Placement]:
    free = [p for p in people if p.deceased is None and p.replaced_by is None and "pregnant" not in p.traits]
    rng.shuffle(free)
    dealt: dict[int, Person] = {}
    for number in sorted(range(len(deck)), key=lambda n: not deck[n].relaxed):
        card = deck[number]
        person = next((p for fits in _fits(card) for p in free if fits(p)), None)
        if person is not None:
            free.remove(person)
            dealt[number] = person
    for number, person in sorted(dealt.items()):
        yield Placement(TOPIC, "hba1c", person.index, asdict(deck[number]))


def _fits(card: Card) -> list[Callable[[Person], bool]]:
    """Whom a card may go to, best first: somebody with the disease, then somebody who is given it."""

    def possible(person: Person) -> bool:
        there = (person.stay is not None) == (card.place == "stay")
        renal = bool(person.traits & RENAL)
        return there and (card.relaxed or not renal) and (card.diabetes == "active" or not _diabetic(person))

    def good(person: Person) -> bool:
        return possible(person) and _diabetic(person) == (card.diabetes == "active")

    def best(person: Person) -> bool:
        return good(person) and bool(person.traits & RENAL) == card.relaxed

    return [best, good, possible]


def _diabetic(person: Person) -> bool:
    return not person.traits.isdisjoint({"diabetes-1", "diabetes-2"})


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes results, problems, medicines and orders of the card in the place of the base course's."""
    card = msgspec.convert(placement.details, Card)
    at = datetime.fromisoformat(card.at)
    at = at if at.tzinfo else at.replace(tzinfo=TIME_ZONE)
    chart.drop("Observation", "hba1c")
    chart.drop("ServiceRequest", "hba1c")
    chart.drop("ServiceRequest", VISIT)
    chart.drop("Procedure", "red-cell-transfusion")
    _problems(chart, card)
    if card.diabetes == "active":
        _medicines(chart, card, at, rng)
    _results(chart, card, at, rng)
    if card.transfused is not None:
        chart.procedure("red-cell-transfusion", _day(chart.now, card.transfused, 13, 20))
    if card.order:
        authored = datetime.fromisoformat(card.order.day).replace(hour=9, minute=25, tzinfo=TIME_ZONE)
        chart.order_service("hba1c", authored=authored, status=card.order.status, intent=card.order.intent)
    if card.visit:
        _visits(chart, datetime.fromisoformat(card.visit).replace(tzinfo=TIME_ZONE))


def _problems(chart: ChartBuilder, card: Card) -> None:
    since = _day(chart.now, 1500, 9, 30)
    if card.diabetes == "active":
        if not _diabetic(chart.person):
            chart.condition("diabetes-2", onset=since)
        if card.relaxed and not chart.person.traits & RENAL:
            chart.condition("diabetes-2-hypoglycemia", onset=_day(chart.now, 420, 10, 15))
    elif card.diabetes == "error":
        chart.condition("diabetes-2", onset=since, verification="entered-in-error")
    elif card.diabetes == "resolved":
        chart.condition("diabetes-2", onset=since, clinical="resolved", abated=_day(chart.now, 700, 9, 30))


def _medicines(chart: ChartBuilder, card: Card, at: datetime, rng: Random) -> None:
    """One medicine from long before the last result; another where therapy was changed."""
    for name in MEDICINES:
        chart.drop("MedicationRequest", name)
        chart.drop("MedicationAdministration", name)
    start = (at - timedelta(days=rng.randint(320, 500))).astimezone(TIME_ZONE).replace(hour=10, minute=40)
    chart.order_drug("metformin", authored=start)
    if card.change:
        added = datetime.fromisoformat(card.change).replace(hour=11, minute=5, tzinfo=TIME_ZONE)
        chart.order_drug(
            rng.choice(("empagliflozin", "semaglutide", "sitagliptin", "glipizide")), authored=added
        )


def _results(chart: ChartBuilder, card: Card, at: datetime, rng: Random) -> None:
    percent = card.value if card.unit == "%" else 0.09148 * card.value + 2.152
    for months in (5, 11, 17, 23):
        earlier = (at - timedelta(days=30 * months + rng.randrange(12))).astimezone(TIME_ZONE)
        chart.lab("hba1c", max(5.2, percent + rng.uniform(-0.7, 0.9)), earlier)
    unit = None if card.unit == "%" else card.unit
    chart.lab("hba1c", card.value, at, unit=unit, issued=at + timedelta(hours=5))
    if card.late is not None:
        days = (chart.now - at).days
        when = _day(chart.now, max(days // 3, 2), rng.randint(6, 11), rng.randrange(60))
        value = None if card.late_status == "cancelled" else card.late
        chart.lab("hba1c", value, when, status=card.late_status, issued=when + timedelta(hours=4))
    if card.note is not None:
        text = rng.choice(_NOTES).format(number=card.note)
        chart.note(
            "progress" if card.place == "stay" else "outpatient",
            text,
            _day(chart.now, rng.randint(1, 4), rng.randint(9, 17), rng.randrange(60)),
        )


_NOTES = (
    "Diabetes reviewed. HbA1c {number} % last month per patient, no change for now.",
    "Chart reviewed with the patient. A1c {number} %, stable; continue current regimen.",
    "Diabetes: HbA1c {number} % as far as the family recalls. Diet discussed.",
)


def _visits(chart: ChartBuilder, visit: datetime) -> None:
    """The next visit, and an earlier one that was called off."""
    authored = _day(chart.now, 26, 15, 10)
    chart.order_service(VISIT, authored=authored, occurrence=visit)
    chart.order_service(
        VISIT, authored=authored - timedelta(days=9), status="revoked", occurrence=visit - timedelta(days=2)
    )


def _day(now: datetime, days: int, hour: int, minute: int) -> datetime:
    """A local time of the day that lies `days` calendar days back."""
    day = now.astimezone(TIME_ZONE) - timedelta(days=days)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
