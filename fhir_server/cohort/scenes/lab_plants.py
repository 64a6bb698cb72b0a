"""How situations about laboratory results are written down and planted: for `recent_lab` and `lab_series`.

A deck is a text that can be read at a glance. A question's line: key, level, analyte (`+` the same substance in
another specimen), hours over which the base course is taken back, `remark` where a note tells another value than the
table, `home` where it is for an outpatient. A variant's line: letter, routine results as `FIRST-LAST/STEP` hours
before now, and the results that matter as `HOURS:KIND`. `9+7:final` was released seven hours after collection;
`3:error^` has a value above all others, `3:error_` one below; `5:final=12.0` has that value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Literal

from ..builder import ChartBuilder
from ..clock import HOUR, MINUTE, local
from ..codes import ANALYTES
from ..plan import Person, Placement, Plan

REPLACES = "http://hl7.org/fhir/StructureDefinition/observation-replaces"
"""HL7's extension on a corrected result that refers to the one it replaces."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """From the laboratory's unit to the other usual one: multiply by `factor`, write with `decimals`."""

    unit: str
    factor: str
    decimals: int


OTHER_UNITS: Mapping[str, Conversion] = {
    "albumin": Conversion("g/L", "10", 0),
    "bilirubin": Conversion("umol/L", "17.1", 0),
    "bun": Conversion("mmol/L", "0.357", 1),
    "calcium": Conversion("mmol/L", "0.2495", 2),
    "hemoglobin": Conversion("g/L", "10", 0),
    "lactate": Conversion("mg/dL", "9.01", 1),
    "phosphate": Conversion("mmol/L", "0.3229", 2),
}
"""By analyte; source of the factors: tasks/recent_lab/README.md."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Where values wander, in the laboratory's unit, and how far two neighbours are apart at least."""

    low: float
    high: float
    step: float


_SPANS: Mapping[str, _Span] = {
    "albumin": _Span(2.1, 4.1, 0.2),
    "bilirubin": _Span(1.4, 9.0, 0.5),
    "bun": _Span(12, 70, 3),
    "calcium": _Span(7.2, 10.2, 0.3),
    "calcium-ionized": _Span(0.98, 1.32, 0.03),
    "hemoglobin": _Span(7.4, 13.2, 0.4),
    "lactate": _Span(0.9, 6.4, 0.4),
    "lactate-blood": _Span(0.9, 6.4, 0.4),
    "phosphate": _Span(1.7, 5.6, 0.3),
    "platelets": _Span(70, 390, 12),
    "potassium-blood": _Span(3.3, 5.2, 0.2),
    "potassium-urine": _Span(18, 80, 6),
    "sodium": _Span(127, 148, 2),
    "sodium-urine": _Span(20, 110, 9),
    "troponin-hs": _Span(9, 160, 7),
    "wbc": _Span(4.2, 19.0, 0.9),
}

_COMMENTS = {
    "hemolyzed": "Specimen hemolyzed.",
    "clotted": "Specimen clotted.",
    "diluted": "Specimen contaminated with IV fluid.",
    "clumped": "Platelet clumps present.",
    "verified": "Result verified by repeat analysis.",
}
_STATUSES = {
    "preliminary": "preliminary",
    "error": "entered-in-error",
    "amended": "amended",
}
_LIMITS = {"troponin-hs": 6, "bilirubin": 0.2, "lactate": 0.3, "phosphate": 0.5}
_PLANT = re.compile(r"([\d.]+)(?:\+([\d.]+))?:([a-z]+)(?:=([\d.]+)|([\^_]))?")

Where = Literal["bed", "home"]


@dataclass(frozen=True, slots=True)
class Plant:
    """One result: collected `hours` before now, released `lag` hours later (None: as usual)."""

    hours: float
    kind: str
    lag: float | None = None
    value: float | None = None
    extreme: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is planted for one task.

    Attributes:
        question: key of the question that the category asks here; variants of one question are twins.
        analyte: short name; its base course is taken back over the last `clear` hours.
        routine: (first, last, step) hours before now of plain final results; empty where there are none.
        plants: the results that matter, `HOURS:KIND` (see the module).
        other: the same substance in another specimen, for plants of kind `other`.
        remark: whether a note tells another value than the table.
        where: who can have it: somebody in a bed, or an outpatient.
    """

    question: str
    variant: str
    level: int
    analyte: str
    clear: float
    plants: str
    routine: tuple[float, float, float] | None = None
    other: str = ""
    remark: bool = False
    where: Where = "bed"

    @property
    def span_hours(self) -> float:
        """How long before now the first planted result is."""
        return max([p.hours for p in plants(self.plants)] + ([self.routine[0]] if self.routine else []))


def plants(text: str) -> tuple[Plant, ...]:
    """Reads the short form."""
    found: list[Plant] = []
    for word in text.split():
        match = _PLANT.fullmatch(word)
        assert match, f"not a plant: {word!r}"
        hours, lag, kind, value, extreme = match.groups()
        found.append(
            Plant(
                float(hours),
                kind,
                float(lag) if lag else None,
                float(value) if value else None,
                extreme or "",
            )
        )
    return tuple(found)


def read_deck(text: str) -> tuple[Situation, ...]:
    """Reads a deck (see the module)."""
    found: list[Situation] = []
    head: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            head = line.split()
            continue
        question, level, analytes, clear, *marks = head
        variant, routine, *results = line.split()
        analyte, _, other = analytes.partition("+")
        found.append(
            Situation(
                question, variant, int(level), analyte, float(clear), " ".join(results), _read_routine(routine),
                other, "remark" in marks, "home" if "home" in marks else "bed",
            )
        )  # fmt: skip
    return tuple(found)


def _read_routine(text: str) -> tuple[float, float, float] | None:
    if text == "-":
        return None
    first, last, step = map(float, re.split("[-/]", text))
    return first, last, step


def deal(
    topic: str, plan: Plan, rng: Random, decks: Mapping[str, Sequence[Situation]]
) -> Iterable[Placement]:
    """One situation a person; long series go to those who have been in hospital longest.

    Args:
        topic: the scene's.
        plan: people, and who has what so far.
        rng: the seed's stream.
        decks: situations by split.
    """
    for split in ("core", "dev"):
        free = [p for p in plan.charts if p.split == split and p.deceased is None]
        rng.shuffle(free)
        for situation in sorted(decks[split], key=lambda s: -s.span_hours):
            fit = [p for p in free if (p.stay is not None) == (situation.where == "bed")]
            fit = [p for p in fit if not _has_analyte(plan, p, situation)]
            if not fit:
                continue
            person = min(fit, key=lambda p: (_shortfall(p, plan.now, situation), _length(p, plan.now)))
            free.remove(person)
            details = {
                "question": situation.question,
                "variant": situation.variant,
                "level": situation.level,
                "analytes": [a for a in (situation.analyte, situation.other) if a],
            }
            yield Placement(topic, f"{situation.question}{situation.variant}", person.index, details)


def _has_analyte(plan: Plan, person: Person, situation: Situation) -> bool:
    """Whether another scene has planted one of the situation's analytes in this chart."""
    planted = {a for placement in plan.of(person.index) for a in placement.details.get("analytes", ())}
    return bool(planted & {situation.analyte, situation.other})


def _length(person: Person, now: datetime) -> float:
    return (now - person.stay.admitted).total_seconds() / HOUR if person.stay else 0.0


def _shortfall(person: Person, now: datetime, situation: Situation) -> float:
    return max(0.0, situation.span_hours - _length(person, now))


def plant(situation: Situation, chart: ChartBuilder, rng: Random) -> None:
    """Writes a situation into a chart, in order of collection."""
    start = _back(chart.now, situation.clear)
    for name in filter(None, (situation.analyte, situation.other)):
        chart.drop("Observation", name, since=start, until=chart.now)
    todo = [*plants(situation.plants), *_routine(situation, rng)]
    todo.sort(key=lambda p: -p.hours)
    values = _Values(situation.analyte, rng)
    beside = _Values(situation.other, rng) if situation.other else values
    for result in todo:
        _write_one(result, situation, chart, beside if result.kind == "other" else values)
    if situation.remark:
        row = ANALYTES[situation.analyte]
        said = f"{values.extreme(rng.choice('^_')):.{row.decimals}f}"
        chart.note(
            "progress",
            f"Interval history: comfortable overnight, no new complaints. {row.text} {said} {row.unit} this morning "
            "as called to the ward by telephone. Plan: continue current treatment, follow the laboratory.",
            _back(chart.now, 1.5),
        )


def _routine(situation: Situation, rng: Random) -> list[Plant]:
    if situation.routine is None:
        return []
    first, last, step = situation.routine
    taken = [p.hours for p in plants(situation.plants)]
    found: list[Plant] = []
    for n in range(int((first - last) / step + 1e-9) + 1):
        hours = first - n * step + (rng.randrange(-8, 9) / 60 if n else 0)
        if all(abs(hours - t) > 0.4 for t in taken):
            found.append(Plant(hours, "verified" if rng.random() < 0.08 else "final"))
    return found


def _back(now: datetime, hours: float) -> datetime:
    """Elapsed hours before now, to the minute, as local time."""
    return local(round((now.timestamp() - hours * HOUR) / MINUTE) * MINUTE)


def _write_one(plant: Plant, situation: Situation, chart: ChartBuilder, values: _Values) -> None:
    at = _back(chart.now, plant.hours)
    issued = _back(chart.now, max(plant.hours - plant.lag, 0.0)) if plant.lag is not None else None
    name = situation.other if plant.kind == "other" else situation.analyte
    value = values.extreme(plant.extreme) if plant.extreme else values.next(plant.value)
    match plant.kind:
        case "final" | "other":
            chart.lab(name, value, at, issued=issued)
        case "preliminary" | "error" | "amended":
            chart.lab(name, value, at, status=_STATUSES[plant.kind], issued=issued)
        case "hemolyzed" | "clotted" | "diluted" | "clumped" | "verified":
            chart.lab(name, value, at, note=_COMMENTS[plant.kind], issued=issued)
        case "cancelled":
            chart.lab(name, None, at, status="cancelled", absent="not-performed", issued=issued)
        case "text":
            chart.lab(name, "See comment", at, note="Quantity not sufficient.", issued=issued)
        case "below":
            chart.lab(name, plant.value or _LIMITS[name], at, comparator="<", issued=issued)
        case "si":
            conversion = OTHER_UNITS[name]
            chart.lab(name, converted(value, conversion), at, unit=conversion.unit, issued=issued)
        case "corrected":
            _correction(name, value, at, chart, values)
        case _:
            raise ValueError(f"unknown kind of plant: {plant.kind!r}")


def _correction(name: str, value: float, at: datetime, chart: ChartBuilder, values: _Values) -> None:
    """Two results of one collection: the first report, and the correction that replaces it."""
    seconds = at.timestamp()
    first = chart.lab(name, value, at, issued=local(seconds + 40 * MINUTE))
    chart.lab(
        name,
        values.next(None),
        at,
        status="corrected",
        issued=min(local(seconds + 130 * MINUTE), local(chart.now.timestamp() - MINUTE)),
        note="Corrected result; replaces the one reported before.",
        extra={"extension": [{"url": REPLACES, "valueReference": {"reference": f"Observation/{first}"}}]},
    )


def converted(value: float, conversion: Conversion) -> float:
    """The value in the other unit, as a laboratory would print it (two decimals below 10, then fewer)."""
    number = Decimal(str(value)) * Decimal(conversion.factor)
    places = Decimal("0.01") if number < 10 else Decimal("0.1")
    return float(number.quantize(places, ROUND_HALF_UP))


class _Values:
    """Plausible values one after the other, neighbours apart, none that rounds doubtfully when converted."""

    def __init__(self, analyte: str, rng: Random) -> None:
        self._rng = rng
        self._span = _SPANS[analyte]
        self._decimals = ANALYTES[analyte].decimals
        self._conversion = OTHER_UNITS.get(analyte)
        self._last = self._span.low + (self._span.high - self._span.low) * (0.25 + 0.5 * rng.random())
        self._recent: list[float] = []

    def next(self, fixed: float | None) -> float:
        """The next value; `fixed` where it is laid down."""
        if fixed is not None:
            return fixed
        span = self._span
        for attempt in range(200):
            move = span.step * (1 + 1.5 * self._rng.random()) * (1 + attempt / 40)
            value = self._last + (move if self._rng.random() < 0.5 else -move)
            value = round(value, self._decimals)
            if span.low <= value <= span.high and value not in self._recent and self._is_clear(value):
                break
        else:
            raise AssertionError(f"no value between {span.low} and {span.high}")
        self._last = value
        self._recent = [*self._recent, value][-4:]
        return value

    def extreme(self, side: str) -> float:
        """A value beyond all others: above (`^`) or below (`_`)."""
        span = self._span
        for attempt in range(50):
            away = span.step * (2.5 + 1.5 * self._rng.random() + attempt / 10)
            value = round(
                span.high + away if side == "^" else max(span.low - away, span.low / 2), self._decimals
            )
            if self._is_clear(value):
                return value
        return round(span.low / 2, self._decimals)

    def _is_clear(self, value: float) -> bool:
        """Whether it converts there, and as an outside laboratory's result back, far from a half."""
        if self._conversion is None:
            return True
        there = Decimal(str(value)) * Decimal(self._conversion.factor)
        printed = Decimal(str(converted(value, self._conversion)))
        back = printed / Decimal(self._conversion.factor)
        scaled = (there.scaleb(self._conversion.decimals), printed.scaleb(self._conversion.decimals),
                  back.scaleb(self._decimals))  # fmt: skip
        return all(abs(x % 1 - Decimal("0.5")) > Decimal("0.1") for x in scaled)
