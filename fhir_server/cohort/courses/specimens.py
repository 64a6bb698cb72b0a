"""Results of one collection: everything of it has one time and one state of the body."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import exp, log
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from ..chance import between, normal
from ..clock import local
from ..codes import ANALYTES, REPORTS
from .life import Life

if TYPE_CHECKING:
    from .case import Case

Values: TypeAlias = dict[str, float | str]
"""What a draw found: numbers in the analyte's unit, or words."""

_CULTURES = frozenset({"blood-culture", "urine-culture"})
_CULTURE_DAYS = {"blood-culture": 5, "urine-culture": 2}
_LIMITS = {"troponin-hs": 6.0, "procalcitonin": 0.05, "d-dimer": 0.22, "crp": 0.6}
"""Under these a laboratory reports "<"."""


def draw(
    life: Life, at: float, names: Sequence[str], *, case: Case | None = None, at_home: bool = False
) -> None:
    """Takes blood (or urine) and writes what is found: names of panels and of single analytes, each once.

    Args:
        life: whose.
        at: the moment of collection.
        names: of `codes.REPORTS` (with members) or `codes.ANALYTES`.
        case: the stay it belongs to; its watchers learn of the values.
        at_home: the drift is that of somebody who is at home.
    """
    if at > life.last:
        return
    values = life.body.labs(at, at_home=at_home)
    found: Values = {**values}
    when = local(at)
    written: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if name in _CULTURES:
            _culture(life, name, at, when)
        elif name in REPORTS and REPORTS[name].members:
            found.update(_prepare(life, name, at, values, case))
            members = [m for m in REPORTS[name].members if m not in written]
            for member in members:
                written[member] = _write(life, member, found, when)
            ids = [written[m] for m in REPORTS[name].members]
            life.chart.report(name, ids, when)
        elif name not in written:
            written[name] = _write(life, name, found, when)
    known = {name: value for name in written if isinstance(value := found[name], float)}
    for name, value in known.items():
        life.results[name] = (at, round(value, ANALYTES[name].decimals))
    if case is not None:
        case.resulted(at, known)


def _write(life: Life, name: str, values: Values, when: datetime) -> str:
    value = values[name]
    limit = _LIMITS.get(name)
    if limit is not None and isinstance(value, float) and value < limit:
        return life.chart.lab(name, limit, when, comparator="<")
    return life.chart.lab(name, value, when)


def _prepare(life: Life, panel: str, at: float, values: dict[str, float], case: Case | None) -> Values:
    """What only one panel asks for."""
    if panel == "cbc-differential":
        return _differential(values["wbc"], life.rng)
    if panel == "arterial-blood-gas":
        return _gases(values, life.rng, case)
    if panel == "urinalysis":
        return _urinalysis(life, at, values)
    return {}


def _differential(wbc: float, rng: Random) -> Values:
    neutrophils = min(95.0, max(8.0, 62 + 17 * log(max(wbc, 0.6) / 7.4) + 5 * normal(rng)))
    rest = 100 - neutrophils
    lymphocytes, monocytes = rest * between(rng, 0.6, 0.75), rest * between(rng, 0.15, 0.2)
    eosinophils = rest * between(rng, 0.02, 0.1)
    return {
        "neutrophils": neutrophils,
        "lymphocytes": lymphocytes,
        "monocytes": monocytes,
        "eosinophils": eosinophils,
        "basophils": min(1.8, max(0.0, (rest - lymphocytes - monocytes - eosinophils) * 0.25)),
    }


def _gases(values: dict[str, float], rng: Random, case: Case | None) -> Values:
    """Arterial gases: pCO2 as breathing compensates (Winters' formula for acidosis), pH by Henderson-Hasselbalch."""
    hco3 = max(4.0, values["co2"] - 1 + 0.5 * normal(rng))
    expected = 1.5 * hco3 + 8 if hco3 < 22 else 40 + 0.7 * (hco3 - 24)
    pco2 = max(14.0, expected + values["hypercapnia"] + 2 * normal(rng))
    saturation = min(
        0.992, max(0.72, (case.signs.get("spo2", 96.5) if case else 96.5) / 100 + 0.004 * normal(rng))
    )
    ph = 6.1 + log(hco3 / (0.0307 * pco2)) / log(10)
    return {
        "hco3-arterial": hco3,
        "pco2-arterial": pco2,
        "ph-arterial": ph,
        "po2-arterial": min(420.0, 26.8 * exp(log(saturation / (1 - saturation)) / 2.7)),
        "base-excess": hco3 - 24.4 + 14.8 * (ph - 7.4),
    }


def _urinalysis(life: Life, at: float, values: dict[str, float]) -> Values:
    """A process called `urinary-infection` shows in the urine; so do sugar, ketones and protein."""
    rng = life.rng
    infected = life.body.level("urinary-infection", at) > 0.2
    sugar = values["glucose"] > 185 or life.takes("empagliflozin")
    protein = values["albumin-creatinine-urine"]
    return {
        "ua-specific-gravity": between(rng, 1.005, 1.03),
        "ua-ph": rng.choice((5.0, 5.5, 6.0, 6.5, 7.0)),
        "ua-protein": "NEG" if protein < 25 else "TR" if protein < 100 else "30" if protein < 400 else "100",
        "ua-glucose": rng.choice(("250", "500", "1000")) if sugar else "NEG",
        "ua-ketones": "LG"
        if values["co2"] < 14 and sugar
        else rng.choice(("NEG", "NEG", "NEG", "NEG", "TR")),
        "ua-blood": rng.choice(("SM", "MOD")) if infected else rng.choice(("NEG", "NEG", "NEG", "TR")),
        "ua-leukocyte-esterase": rng.choice(("MOD", "LG"))
        if infected
        else rng.choice(("NEG", "NEG", "NEG", "TR")),
        "ua-nitrite": "POS" if infected and rng.random() < 0.6 else "NEG",
    }


def culture(life: Life, name: str, at: float, organism: str) -> None:
    """A culture that grows something: the result replaces "no growth to date" when it is known."""
    _culture(life, name, at, local(at), organism)


def _culture(life: Life, name: str, at: float, when: datetime, organism: str = "") -> None:
    """A culture needs days; before that there is a preliminary report."""
    days = _CULTURE_DAYS[name]
    if life.last - at < days * 86400 and not (organism and life.last - at > 2 * 86400):
        life.chart.lab(name, "No growth to date", when, status="preliminary")
        return
    text = organism or (
        f"No growth after {days} days" if name == "blood-culture" else "No significant growth"
    )
    issued = local(min(life.last - 60, at + (2 if organism else days) * 86400))
    life.chart.lab(name, text, when, issued=issued)
