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
from random import Random
from typing import Literal

from ...backend import Resource
from ..builder import ChartBuilder
from ..clock import HOUR, MINUTE, local
from ..codes import ANALYTES
from ..plan import Person, Placement, Plan
from .lab_values import OTHER_UNITS, SPANS, Curve, Series, converted

REPLACES = "http://hl7.org/fhir/StructureDefinition/observation-replaces"
"""HL7's extension on a corrected result that refers to the one it replaces."""


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
    """Writes a situation into a chart, in order of collection, along the trend that the course had there."""
    todo = list(plants(situation.plants))
    fixed = [(p.hours, p.value) for p in todo if p.value is not None and p.kind in {"final", "verified"}]
    own = _own_results(situation, chart)
    series = Series(situation.analyte, _curve(situation.analyte, own, chart), fixed, rng)
    beside = (
        Series(situation.other, _curve(situation.other, (), chart), (), rng) if situation.other else series
    )
    kept = _keep(situation, own, chart, todo)
    todo += _routine(situation, [hours for hours, _ in kept], rng)
    values: dict[float, float] = {}
    for hours, result in sorted([*((p.hours, p) for p in todo), *kept], key=lambda pair: -pair[0]):
        if not isinstance(result, Plant):
            value = series.near(hours, own=result["valueQuantity"]["value"])
            chart.revalue(result, situation.analyte, value)
        elif not result.extreme:
            values[hours] = _value(result, beside if result.kind == "other" else series)
    for result in sorted(todo, key=lambda p: -p.hours):
        scale = beside if result.kind == "other" else series
        value = scale.extreme(result.extreme) if result.extreme else values[result.hours]
        _write_one(result, situation, chart, value, scale)
    if situation.remark:
        _tell_otherwise(situation, chart, series.extreme(rng.choice("^_")))


_COUNTS = frozenset({"final", "verified", "amended", "si", "other"})
"""Kinds of result that count, and lie on the trend."""


def _value(plant: Plant, series: Series) -> float:
    if plant.value is not None:
        return plant.value
    return series.near(plant.hours) if plant.kind in _COUNTS else series.apart(plant.hours)


def _own_results(situation: Situation, chart: ChartBuilder) -> list[tuple[float, Resource]]:
    """The course's own plain results of the analyte in the hours that are taken back, with their hours before now."""
    start = _back(chart.now, situation.clear)
    unit = ANALYTES[situation.analyte].unit
    found: list[tuple[float, Resource]] = []
    for result in chart.find("Observation", situation.analyte, since=start, until=chart.now):
        quantity = result.get("valueQuantity", {})
        at = datetime.fromisoformat(result["effectiveDateTime"])
        if result["status"] == "final" and quantity.get("code") == unit and "comparator" not in quantity:
            found.append(((chart.now - at).total_seconds() / HOUR, result))
        else:
            chart.drop_id("Observation", result["id"])
    return sorted(found, key=lambda pair: -pair[0])


def _curve(analyte: str, own: Sequence[tuple[float, Resource]], chart: ChartBuilder) -> Curve:
    """The trend of the analyte, or of the same substance in blood where the course has none of it."""
    points = [(hours, float(r["valueQuantity"]["value"])) for hours, r in own]
    like = _LIKE.get(analyte)
    if not points and like:
        for result in chart.find("Observation", like, since=_back(chart.now, 400), until=chart.now):
            at = datetime.fromisoformat(result["effectiveDateTime"])
            if "valueQuantity" in result and result["valueQuantity"].get("code") == ANALYTES[like].unit:
                points.append(
                    ((chart.now - at).total_seconds() / HOUR, float(result["valueQuantity"]["value"]))
                )
        points.sort(key=lambda pair: -pair[0])
    span = SPANS[analyte]
    return Curve(points, span.low + 0.45 * (span.high - span.low))


_LIKE = {"lactate-blood": "lactate", "potassium-blood": "potassium"}


def _keep(
    situation: Situation, own: Sequence[tuple[float, Resource]], chart: ChartBuilder, todo: Sequence[Plant]
) -> list[tuple[float, Resource]]:
    """Of the course's own results those that stand among the routine ones; the others are taken back."""
    first, last, _ = situation.routine or (0.0, 1.0, 1.0)
    kept: list[tuple[float, Resource]] = []
    for hours, result in own:
        if last <= hours <= first and all(abs(hours - p.hours) > 0.4 for p in todo):
            kept.append((hours, result))
        else:
            chart.drop_id("Observation", result["id"])
    if situation.other:
        chart.drop("Observation", situation.other, since=_back(chart.now, situation.clear), until=chart.now)
    return kept


def _tell_otherwise(situation: Situation, chart: ChartBuilder, value: float) -> None:
    """A note whose number is not the table's."""
    row = ANALYTES[situation.analyte]
    chart.note(
        "progress",
        f"Interval history: comfortable overnight, no new complaints. {row.text} {value:.{row.decimals}f} {row.unit} "
        "this morning as called to the ward by telephone. Plan: continue current treatment, follow the laboratory.",
        _back(chart.now, 1.5),
    )


def _routine(situation: Situation, there: Sequence[float], rng: Random) -> list[Plant]:
    """Plain results at about the deck's steps, where the course has none of its own near."""
    if situation.routine is None:
        return []
    first, last, step = situation.routine
    taken = [p.hours for p in plants(situation.plants)]
    found: list[Plant] = []
    for n in range(int((first - last) / step + 1e-9) + 1):
        hours = first - n * step + (rng.randrange(-8, 9) / 60 if n else 0)
        lone = all(abs(hours - t) > min(0.6 * step, 3.0) for t in there)
        if lone and all(abs(hours - t) > 0.4 for t in taken):
            found.append(Plant(hours, "verified" if rng.random() < 0.08 else "final"))
    return found


def _back(now: datetime, hours: float) -> datetime:
    """Elapsed hours before now, to the minute, as local time."""
    return local(round((now.timestamp() - hours * HOUR) / MINUTE) * MINUTE)


def _write_one(plant: Plant, situation: Situation, chart: ChartBuilder, value: float, series: Series) -> None:
    at = _back(chart.now, plant.hours)
    issued = _back(chart.now, max(plant.hours - plant.lag, 0.0)) if plant.lag is not None else None
    name = situation.other if plant.kind == "other" else situation.analyte
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
            _correction(name, (value, series.near(plant.hours)), at, chart)
        case _:
            raise ValueError(f"unknown kind of plant: {plant.kind!r}")


def _correction(name: str, values: tuple[float, float], at: datetime, chart: ChartBuilder) -> None:
    """Two results of one collection: the first report, and the correction that replaces it."""
    seconds = at.timestamp()
    first = chart.lab(name, values[0], at, issued=local(seconds + 40 * MINUTE))
    chart.lab(
        name,
        values[1],
        at,
        status="corrected",
        issued=min(local(seconds + 130 * MINUTE), local(chart.now.timestamp() - MINUTE)),
        note="Corrected result; replaces the one reported before.",
        extra={"extension": [{"url": REPLACES, "valueReference": {"reference": f"Observation/{first}"}}]},
    )
