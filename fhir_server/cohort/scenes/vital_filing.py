"""Situations round the charting of a vital sign: what stands on the flowsheet before a reading is entered.

Each card of the deck fixes a reading that somebody will take and the last valid value before it, so that
readings lie under, at and over the limits of an entry policy. Cards come in pairs: one reading, two charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import Literal

import msgspec

from ...backend import Resource
from ..builder import ChartBuilder
from ..plan import Json, Person, Placement, Plan

TOPIC = "vital-filing"

SPAN = timedelta(hours=48)
"""The flowsheet of the vital leads up to the card's last value over this time before now."""
_BEND_HOURS = 7.0


@dataclass(frozen=True, slots=True)
class Card:
    """One situation.

    Attributes:
        vital: name in `codes.VITALS`.
        reading: the value to be filed, in `unit`; systolic and diastolic for blood pressure.
        at: wall-clock time of the reading on the cohort's day, `HH:MM`.
        last: the last valid value charted before it, in the vital's usual unit (systolic for blood pressure).
        last_at: wall-clock time of that value on the cohort's day.
        group: cards of one group share their words.
        unit: UCUM code of the reading, None for the usual one.
        charted_unit: UCUM code in which the last value stands in the chart, None for the usual one.
        many: the flowsheet is dense, so that it fills more than two pages.
        error: an entry made in error stands after the last valid one, with a misleading value.
        error_at_reading: an entry made in error stands at the very time of the reading.
        preliminary: an unverified monitor value stands after the last valid one.
        note: a nursing note tells another last value than the flowsheet.
    """

    vital: str
    reading: tuple[float, ...]
    at: str
    last: float
    last_at: str
    group: str
    level: int
    unit: str | None = None
    charted_unit: str | None = None
    many: bool = False
    error: bool = False
    error_at_reading: bool = False
    preliminary: bool = False
    note: bool = False


_HARD: dict[str, Json] = {"level": 3, "many": True, "error": True, "note": True}
_WATCHED: dict[str, Json] = {"level": 2, "many": True}


def _pair(
    vital: str, reading: tuple[float, ...], at: str, group: str, *ends: tuple[float, str], **more: Json
) -> list[Card]:
    return [Card(vital, reading, at, last, last_at, group, **more) for last, last_at in ends]


CORE: tuple[Card, ...] = (
    *_pair("heart-rate", (118,), "10:10", "c1", (84, "08:40"), (76, "08:35"), **_WATCHED, error=True),
    *_pair("blood-pressure", (96, 54), "10:00", "c2", (146, "08:30"), (148, "08:45"), **_HARD),
    *_pair(
        "temperature",
        (38.6,),
        "09:50",
        "c3",
        (36.6, "08:20"),
        (36.5, "08:10"),
        **_HARD,
        charted_unit="[degF]",
    ),
    *_pair("spo2", (90,), "10:15", "c4", (98, "08:50"), (99, "09:05"), **_HARD),
    *_pair(
        "weight", (82.4,), "06:30", "c5", (79.8, "05:40"), (78.9, "05:35"), level=2, charted_unit="[lb_av]"
    ),
    *_pair("respiratory-rate", (28,), "10:05", "c6", (16, "08:55"), (15, "08:30"), **_HARD),
    *_pair("heart-rate", (92,), "09:00", "c7", (88, "08:20"), (90, "09:10"), **_WATCHED, preliminary=True),
    *_pair(
        "temperature", (101.3,), "08:30", "c8", (37.2, "07:30"), (37.4, "08:24"), **_WATCHED, unit="[degF]"
    ),
    *_pair(
        "blood-pressure",
        (132, 78),
        "09:30",
        "c9",
        (128, "08:10"),
        (136, "09:20"),
        **_HARD,
        error_at_reading=True,
    ),
    *_pair("spo2", (95,), "08:00", "c10", (96, "07:49"), (94, "07:52"), level=1),
    Card("heart-rate", (74,), "09:45", 70, "09:40", "c11", 1),
    Card("respiratory-rate", (18,), "09:40", 17, "06:10", "c12", 1),
    Card("weight", (68.4,), "06:15", 67.9, "05:10", "c13", 1),
    Card("temperature", (37.9,), "09:35", 35.8, "06:20", "c14", 1),
    Card("blood-pressure", (118, 66), "10:05", 122, "06:00", "c15", 1),
    Card("spo2", (97,), "09:55", 98, "05:55", "c16", 1),
    *_pair("respiratory-rate", (22,), "08:45", "c17", (20, "07:30"), (9, "07:40"), **_WATCHED, error=True),
)

DEV: tuple[Card, ...] = (
    *_pair("heart-rate", (130,), "10:00", "d1", (90, "08:40"), (88, "08:30"), **_WATCHED, error=True),
    *_pair("temperature", (39.1,), "09:45", "d2", (37.1, "08:25"), (37.0, "08:05"), **_HARD),
    *_pair("weight", (91.0,), "06:20", "d3", (88.0, "05:30"), (87.5, "05:45"), level=2),
    *_pair(
        "blood-pressure",
        (104, 60),
        "09:15",
        "d4",
        (108, "09:06"),
        **_HARD,
        error_at_reading=True,
    ),
    Card("spo2", (96,), "09:30", 97, "06:00", "d5", 1),
    Card("respiratory-rate", (16,), "09:20", 18, "06:10", "d6", 1),
)


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals a card to each ward patient of a split, in shuffled order, until the deck is empty."""
    yield from _deal(CORE, [p for p in plan.charts if p.split == "core"], rng)
    yield from _deal(DEV, [p for p in plan.charts if p.split == "dev"], rng)


def _deal(deck: Sequence[Card], people: Sequence[Person], rng: Random) -> Iterable[Placement]:
    wards = [p for p in people if p.stay is not None and p.stay.unit == "ward"]
    rng.shuffle(wards)
    for card, person in zip(deck, wards, strict=False):
        yield Placement(TOPIC, "charted-before", person.index, asdict(card))


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes the flowsheet of one vital anew over the last two days, and what misleads beside it."""
    if chart.encounter_id is None:
        return
    card = msgspec.convert(placement.details, Card)
    last_at, taken_at = clock(chart.now, card.last_at), clock(chart.now, card.at)
    there = _lead_up(card, chart, last_at)
    for at, value in _before(card, chart, last_at, there, rng):
        _chart(chart, card.vital, value, at)
    _chart(chart, card.vital, card.last, last_at, unit=card.charted_unit)
    wrong = _misleading(card)
    between = last_at + (taken_at - last_at) / 2 if taken_at > last_at else last_at - timedelta(minutes=25)
    if card.error:
        _chart(chart, card.vital, wrong, _whole(between), status="entered-in-error")
    if card.preliminary:
        _chart(chart, card.vital, wrong, _whole(between + timedelta(minutes=3)), status="preliminary")
    if card.error_at_reading:
        _chart(chart, card.vital, card.reading[0] + 4, taken_at, status="entered-in-error")
    if card.note:
        _tell_otherwise(chart, card, wrong, last_at, rng)


def clock(now: datetime, text: str) -> datetime:
    """A wall-clock time `HH:MM` on the day of `now`."""
    hour, minute = text.split(":")
    return now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def _lead_up(card: Card, chart: ChartBuilder, last_at: datetime) -> list[datetime]:
    """Bends the course's own entries towards the last value, takes back those near it or later; tells their times."""
    kept: list[Resource] = []
    for entry in chart.find("Observation", card.vital, chart.now - SPAN, chart.now):
        if datetime.fromisoformat(entry["effectiveDateTime"]) < last_at - timedelta(minutes=25):
            kept.append(entry)
        else:
            chart.drop_id("Observation", entry["id"])
    if not kept:
        return []
    times = [datetime.fromisoformat(entry["effectiveDateTime"]) for entry in kept]
    newest = kept[times.index(max(times))]
    gap = card.last - _usual(newest)
    for entry, at in zip(kept, times, strict=True):
        _shift(entry, gap * exp(-(last_at - at).total_seconds() / 3600 / _BEND_HOURS))
    return times


def _usual(entry: Resource) -> float:
    """The (systolic) value of an entry in the usual unit."""
    quantity = entry["component"][0]["valueQuantity"] if "component" in entry else entry["valueQuantity"]
    value = float(quantity["value"])
    if quantity["code"] == "[degF]":
        return (value - 32) / 1.8
    return value * 0.45359237 if quantity["code"] == "[lb_av]" else value


def _shift(entry: Resource, size: float) -> None:
    """Moves an entry by so much of the usual unit, a pressure with half of it below."""
    if "component" in entry:
        for part, share in zip(entry["component"], (1.0, 0.5), strict=True):
            part["valueQuantity"]["value"] = round(part["valueQuantity"]["value"] + share * size)
        return
    quantity = entry["valueQuantity"]
    size = size * {"[degF]": 1.8, "[lb_av]": 2.20462}.get(quantity["code"], 1.0)
    moved = (
        round(quantity["value"] + size, 1)
        if isinstance(quantity["value"], float)
        else round(quantity["value"] + size)
    )
    quantity["value"] = min(moved, 100) if quantity["code"] == "%" else moved


def _before(
    card: Card, chart: ChartBuilder, last_at: datetime, there: Sequence[datetime], rng: Random
) -> Iterable[tuple[datetime, float]]:
    """Values between the course's own where the flowsheet has to be dense, or where it has none."""
    if not card.many and there:
        return
    admitted = chart.person.stay.admitted if chart.person.stay else chart.now - SPAN
    start = max(chart.now - SPAN + timedelta(minutes=20), admitted + timedelta(minutes=30))
    step = 40 if card.many else 1440 if card.vital == "weight" else 240
    at = last_at - timedelta(minutes=step - rng.randint(0, 9))
    wobble = {"temperature": 0.2, "weight": 0.3, "spo2": 1.0}.get(card.vital, 4.0)
    while at > start:
        if all(abs((at - other).total_seconds()) > 18 * 60 for other in there):
            yield at, min(card.last + rng.uniform(-wobble, wobble), 100.0 if card.vital == "spo2" else 400.0)
        at -= timedelta(minutes=step + rng.randint(-6, 6))


def _chart(
    chart: ChartBuilder,
    vital: str,
    value: float,
    at: datetime,
    *,
    unit: str | None = None,
    status: Literal["final", "preliminary", "entered-in-error"] = "final",
) -> None:
    if vital == "blood-pressure":
        chart.vital(vital, (round(value), round(value * 0.58)), at, status=status)
    else:
        chart.vital(vital, _in_unit(value, unit), at, unit=unit, status=status)


def _in_unit(value: float, unit: str | None) -> float:
    """A value of the usual unit in another, to one decimal."""
    if unit == "[degF]":
        return round(value * 1.8 + 32, 1)
    if unit == "[lb_av]":
        return round(value / 0.45359237, 1)
    return value


_FAR = {
    "heart-rate": 40.0,
    "blood-pressure": 50.0,
    "respiratory-rate": 12.0,
    "temperature": 2.0,
    "spo2": 8.0,
    "weight": 3.0,
}
"""A change that calls for a second look, in usual units."""


def _misleading(card: Card) -> float:
    """A value that would turn the decision: near the reading where the last is far, far where it is near."""
    reading = (card.reading[0] - 32) / 1.8 if card.unit == "[degF]" else card.reading[0]
    jump = abs(reading - card.last) > _FAR[card.vital] + 1e-9
    if jump:
        return round(reading + 0.2 * (card.last - reading), 1)
    if card.vital == "respiratory-rate":
        return reading + 15
    return min(round(reading + 1.4 * _FAR[card.vital], 1), 100.0) if card.vital != "spo2" else reading - 11


def _whole(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


_NAMES = {
    "heart-rate": "heart rate", "blood-pressure": "systolic pressure", "respiratory-rate": "respiratory rate",
    "temperature": "temperature", "spo2": "saturation", "weight": "weight",
}  # fmt: skip


def _tell_otherwise(chart: ChartBuilder, card: Card, wrong: float, last_at: datetime, rng: Random) -> None:
    """A nursing note of the morning whose number is not the flowsheet's."""
    told = round(wrong) if card.vital not in {"temperature", "weight"} else round(wrong, 1)
    opening = rng.choice(("Morning round.", "Resting in bed.", "Awake and oriented.", "Up to the chair."))
    text = f"{opening} Last {_NAMES[card.vital]} around {last_at:%H:%M} was {told}. Call light within reach."
    chart.note("nursing", text, _whole(last_at + timedelta(minutes=12)))
