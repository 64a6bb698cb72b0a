"""After the scenes: what was planted belongs to the panel of its draw, and what follows from it is reckoned anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from ..backend import Resource
from .builder import ChartBuilder
from .codes import ANALYTES, REPORTS

_DAYS = 20
"""Scenes plant nothing that belongs to a panel before that many days ago."""
_PANELS = (
    "basic-metabolic-panel",
    "comprehensive-metabolic-panel",
    "cbc",
    "cbc-differential",
    "hepatic-panel",
)
_GAP = ("sodium", "potassium", "chloride", "co2")
_RED = ("hematocrit", "rbc", "mch", "mchc")

Draw = dict[str, Resource]
"""The plain results of one moment, by short name."""


def settle(chart: ChartBuilder) -> None:
    """Mends the days in which scenes play: reports hold the results of their draw, derived results fit.

    The anion gap follows its four ions, hematocrit and the red cell indices follow hemoglobin. Nothing else moves.
    """
    draws, reports = _recent(chart)
    for at, report, panel in reports:
        _complete(report, panel, draws[at])
    for draw in draws.values():
        _mend_gap(chart, draw)
        _mend_red_cells(chart, draw)


def _recent(chart: ChartBuilder) -> tuple[dict[datetime, Draw], list[tuple[datetime, Resource, str]]]:
    since = chart.now - timedelta(days=_DAYS)
    draws: dict[datetime, Draw] = defaultdict(dict)
    reports: list[tuple[datetime, Resource, str]] = []
    spoiled = {key for ids in chart.spoiled.values() for key in ids}
    for resource in chart.resources:
        kind = resource["resourceType"]
        known = chart.known(resource["id"]) if kind in {"Observation", "DiagnosticReport"} else None
        if known is None or known[1] < since or resource["id"] in spoiled:  # a second copy is in no report
            continue
        name, at = known
        if kind == "DiagnosticReport" and name in _PANELS:
            reports.append((at, resource, name))
        elif kind == "Observation" and name in ANALYTES and resource["status"] == "final":
            quantity = resource.get("valueQuantity", {})
            if quantity.get("code") == ANALYTES[name].unit and "comparator" not in quantity:
                draws[at][name] = resource
    return draws, reports


def _complete(report: Resource, panel: str, draw: Draw) -> None:
    """Puts into a report the members of its draw that it lacks."""
    held = {link["reference"] for link in report.get("result", ())}
    lacking = [f"Observation/{draw[m]['id']}" for m in REPORTS[panel].members if m in draw]
    lacking = [reference for reference in lacking if reference not in held]
    if lacking:
        report["result"] = [*report.get("result", ()), *({"reference": r} for r in lacking)]


def _mend_gap(chart: ChartBuilder, draw: Draw) -> None:
    if "anion-gap" not in draw or any(name not in draw for name in _GAP):
        return
    sodium, potassium, chloride, co2 = (_value(draw[name]) for name in _GAP)
    wanted = round(sodium + potassium - chloride - co2)
    if wanted != _value(draw["anion-gap"]):
        chart.revalue(draw["anion-gap"], "anion-gap", max(wanted, 1))


def _mend_red_cells(chart: ChartBuilder, draw: Draw) -> None:
    if "hemoglobin" not in draw or "hematocrit" not in draw:
        return
    hemoglobin, hematocrit = _value(draw["hemoglobin"]), _value(draw["hematocrit"])
    if 2.7 <= hematocrit / hemoglobin <= 3.3:
        return
    hematocrit = 2.98 * hemoglobin
    chart.revalue(draw["hematocrit"], "hematocrit", hematocrit)
    if "mcv" not in draw or any(name not in draw for name in _RED):
        return
    rbc = 10 * hematocrit / _value(draw["mcv"])
    chart.revalue(draw["rbc"], "rbc", rbc)
    chart.revalue(draw["mch"], "mch", 10 * hemoglobin / rbc)
    chart.revalue(draw["mchc"], "mchc", 100 * hemoglobin / hematocrit)


def _value(result: Resource) -> float:
    return float(result["valueQuantity"]["value"])
