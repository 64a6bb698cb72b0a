"""Quantities with UCUM units: equal amounts in other units are equal, and case counts.

A unit is read from `code` (always UCUM, exact) or, where there is no code, from `unit` (UCUM or a usual
spelling such as `mEq`, `grams`, `hr`). Where both are there they must say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import cast

from .base import Json
from .meaning import Found, brief, is_number

UCUM_SYSTEMS = ("http://unitsofmeasure.org", "urn:oid:2.16.840.1.113883.6.8")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as dimensions over base units, a factor to them, and an offset (temperatures only)."""

    dimensions: tuple[tuple[str, int], ...]
    factor: Fraction
    offset: Fraction = Fraction(0)


_F = Fraction
_ATOMS: Mapping[str, tuple[str, Fraction]] = {
    "g": ("g", _F(1)), "L": ("L", _F(1)), "l": ("L", _F(1)), "eq": ("eq", _F(1)), "mol": ("mol", _F(1)),
    "s": ("s", _F(1)), "min": ("s", _F(60)), "h": ("s", _F(3600)), "d": ("s", _F(86400)),
    "wk": ("s", _F(604800)), "m": ("m", _F(1)), "m[Hg]": ("m[Hg]", _F(1)), "Pa": ("m[Hg]", _F(1, 133322)),
    "[lb_av]": ("g", _F("453.59237")), "[oz_av]": ("g", _F("28.349523125")), "[in_i]": ("m", _F("0.0254")),
    "[ft_i]": ("m", _F("0.3048")), "%": ("%", _F(1)), "[iU]": ("[iU]", _F(1)), "[IU]": ("[iU]", _F(1)),
    "U": ("U", _F(1)),
    "osm": ("osm", _F(1)), "K": ("K", _F(1)), "[pH]": ("[pH]", _F(1)),
}  # fmt: skip
_PREFIXES: Mapping[str, Fraction] = {
    "k": _F(1000), "d": _F(1, 10), "c": _F(1, 100), "m": _F(1, 1000), "u": _F(1, 10**6), "n": _F(1, 10**9),
    "p": _F(1, 10**12), "f": _F(1, 10**15),
}  # fmt: skip
_METRIC = frozenset({"g", "L", "l", "eq", "mol", "s", "m", "m[Hg]", "Pa", "[iU]", "[IU]", "U", "osm"})
_SPECIAL: Mapping[str, Unit] = {
    "Cel": Unit((("temperature", 1),), _F(1)),
    "[degF]": Unit((("temperature", 1),), _F(5, 9), _F(-160, 9)),
}
_TERM = re.compile(r"(\[?[A-Za-z%\[\]_]+\]?)(-?\d)?", re.ASCII)

_SPELLINGS: Mapping[str, str] = {
    "meq": "meq", "milliequivalent": "meq", "milliequivalents": "meq", "meqs": "meq", "mmol": "mmol",
    "millimole": "mmol", "millimoles": "mmol", "g": "g", "gm": "g", "gms": "g", "gram": "g", "grams": "g",
    "mg": "mg", "milligram": "mg", "milligrams": "mg", "mcg": "ug", "\N{MICRO SIGN}g": "ug",
    "\N{GREEK SMALL LETTER MU}g": "ug", "ug": "ug", "microgram": "ug", "micrograms": "ug", "kg": "kg",
    "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]",
    "pounds": "[lb_av]", "ml": "mL", "milliliter": "mL", "milliliters": "mL", "l": "L", "liter": "L",
    "liters": "L", "dl": "dL", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "min": "min",
    "mins": "min", "minute": "min", "minutes": "min", "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "d": "d", "day": "d", "days": "d", "c": "Cel", "\N{DEGREE SIGN}c": "Cel", "degc": "Cel", "deg c": "Cel",
    "celsius": "Cel", "degrees celsius": "Cel", "f": "[degF]", "\N{DEGREE SIGN}f": "[degF]", "degf": "[degF]",
    "deg f": "[degF]", "fahrenheit": "[degF]", "degrees fahrenheit": "[degF]", "mmhg": "mm[Hg]",
    "mm hg": "mm[Hg]", "%": "%", "percent": "%", "pct": "%", "bpm": "/min", "beats": "1", "breaths": "1",
    "beat": "1", "breath": "1", "cm": "cm", "m": "m", "in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]",
    "unit": "[iU]", "units": "[iU]", "iu": "[iU]", "ng": "ng", "pg": "pg", "umol": "umol", "m2": "m2",
    "mm": "mm", "mm[hg]": "mm[Hg]", "u": "U", "[iu]": "[iU]", "miu": "m[iU]", "m[iu]": "m[iU]", "uiu": "u[iU]",
    "u[iu]": "u[iU]", "\N{MICRO SIGN}iu": "u[iU]", "\N{GREEK SMALL LETTER MU}iu": "u[iU]",
}  # fmt: skip


@lru_cache(maxsize=512)
def ucum(code: str) -> Unit | None:
    """The unit of a UCUM code (the part of UCUM that charts use), None where it is not one. Case counts."""
    if code in _SPECIAL:
        return _SPECIAL[code]
    plain = re.sub(r"\{[^{}]{0,40}\}", "1", code) if len(code) <= 40 else ""
    if not plain:
        return None
    powers: dict[str, int] = {}
    factor = _F(1)
    sign = 1
    for i, part in enumerate(re.split(r"([./])", plain)):
        if part in {".", "/"}:
            sign = 1 if part == "." else -1
        elif part == "" and i == 0:
            continue
        else:
            term = _term(part)
            if term is None:
                return None
            base, size, power = term
            factor *= size ** (sign * power)
            if base:
                powers[base] = powers.get(base, 0) + sign * power
    return Unit(tuple(sorted((b, p) for b, p in powers.items() if p)), factor)


def _term(text: str) -> tuple[str, Fraction, int] | None:
    if text in {"1", "11"}:
        return "", _F(1), 1
    if re.fullmatch(r"10\*\d", text, re.ASCII):
        return "", _F(10) ** int(text[3]), 1
    match = _TERM.fullmatch(text.removesuffix("1") if text.endswith("]1") else text)
    if match is None:
        return None
    name, power = match.group(1), int(match.group(2) or 1)
    if name in _ATOMS:
        base, size = _ATOMS[name]
        return base, size, power
    prefix, atom = name[:1], name[1:]
    if prefix in _PREFIXES and atom in _METRIC:
        base, size = _ATOMS[atom]
        return base, size * _PREFIXES[prefix], power
    return None


@lru_cache(maxsize=512)
def spelled_unit(text: str) -> Unit | None:
    """The unit that a person's spelling means: `mEq/hr`, `grams per hour`, or UCUM itself."""
    exact = ucum(text)
    if exact is not None:
        return exact
    parts = [" ".join(p.split()) for p in re.sub(r"\bper\b", "/", text[:60].casefold()).split("/")]
    codes = [_SPELLINGS.get(p) if p or i else "1" for i, p in enumerate(parts)]
    if not codes or None in codes:
        return None
    return ucum("/".join(cast("list[str]", codes)))


def unit_of(quantity: Mapping[str, Json]) -> tuple[Unit | None, str]:
    """The unit of a FHIR Quantity, or None and what is wrong with it."""
    code, text, system = quantity.get("code"), quantity.get("unit"), quantity.get("system")
    if system is not None and system not in UCUM_SYSTEMS:
        return None, "its system is not UCUM"
    if code is None:
        unit = spelled_unit(text) if isinstance(text, str) else None
        return unit, "" if unit else "it has no unit that can be read"
    unit = ucum(code) if isinstance(code, str) else None
    if unit is None:
        return None, "its code is not a UCUM unit (case counts)"
    if isinstance(text, str) and _contradicts(text, unit):
        return None, "its unit and code contradict each other"
    return unit, ""


def _contradicts(text: str, unit: Unit) -> bool:
    """Whether a unit's text means another unit; words that are no unit say nothing."""
    whole = spelled_unit(text)
    if whole is not None:
        return whole != unit
    words = [spelled_unit(w) for w in re.split(r"[\s(),;]+", text[:60]) if w]
    known = [w for w in words if w is not None and w.dimensions]
    return bool(known) and unit not in known


def amount(quantity: Json) -> tuple[Fraction, Unit] | str:
    """Value and unit of a FHIR Quantity, or what is wrong with it."""
    if not isinstance(quantity, dict):
        return "it is no quantity"
    node = cast("dict[str, Json]", quantity)
    value = node.get("value")
    if not is_number(value):
        return "its value is no number"
    if node.get("comparator") is not None:
        return "it has a comparator"
    unit, fault = unit_of(node)
    return (_F(str(value)), unit) if unit else fault


def in_unit(value: Fraction, unit: Unit, target: Unit) -> Fraction | None:
    """`value` in another unit of the same dimensions, None where they differ."""
    if unit.dimensions != target.dimensions:
        return None
    return (value * unit.factor + unit.offset - target.offset) / target.factor


def holds(spec: Mapping[str, Json], value: Fraction, unit: Unit) -> bool:
    """Whether an amount satisfies a spec of `same_quantity`."""
    if any(holds(other, value, unit) for other in spec.get("or", ())):
        return True
    target = ucum(str(spec["unit"]))
    if target is None:
        raise ValueError(f"gold: not a UCUM unit: {spec['unit']!r}")
    got = in_unit(value, unit, target)
    if got is None:
        return False
    checks: list[bool] = []
    if spec.get("value") is not None:
        wanted = _F(str(spec["value"]))
        slack = _F(str(spec.get("tolerance") or 0)) + abs(wanted) / 10**9
        checks.append(abs(got - wanted) <= slack)
    if spec.get("max") is not None:
        checks.append(got <= _F(str(spec["max"])) * (1 + _F(1, 10**9)))
    if spec.get("min") is not None:
        checks.append(got >= _F(str(spec["min"])) * (1 - _F(1, 10**9)))
    if not checks:
        raise ValueError(f"gold: a quantity needs value, max or min: {dict(spec)!r}")
    return all(checks)


def same_quantity(spec: Mapping[str, Json], quantity: Json) -> Found:
    """Whether a FHIR Quantity is the amount that `spec` says.

    `spec`: `{"value": 40, "unit": "meq", "tolerance": 0, "or": [{"value": 40, "unit": "mmol"}]}`; `max` and
    `min` (ends in) may stand instead of `value`, or beside it.
    """
    read = amount(quantity)
    if isinstance(read, str):
        return Found(False, f"{brief(quantity)}: {read}")
    return Found(holds(spec, *read), brief(quantity))


def describe_quantity(spec: Mapping[str, Json]) -> str:
    """`spec` of `same_quantity` in words."""
    parts: list[str] = []
    if spec.get("value") is not None:
        slack = f" +/- {spec['tolerance']}" if spec.get("tolerance") else ""
        parts.append(f"{spec['value']}{slack} {spec['unit']}")
    if spec.get("min") is not None:
        parts.append(f"at least {spec['min']} {spec['unit']}")
    if spec.get("max") is not None:
        parts.append(f"at most {spec['max']} {spec['unit']}")
    return ", ".join(parts) + "".join(f" or {describe_quantity(o)}" for o in spec.get("or", ()))


def divide(value: Fraction, unit: Unit, by: Fraction, per: Unit) -> tuple[Fraction, Unit] | None:
    """Amount per amount, such as dose per duration; None where it cannot be."""
    if by <= 0 or unit.offset or per.offset:
        return None
    powers = dict(unit.dimensions)
    for base, power in per.dimensions:
        powers[base] = powers.get(base, 0) - power
    dimensions = tuple(sorted((b, p) for b, p in powers.items() if p))
    return value / by, Unit(dimensions, unit.factor / per.factor)


@dataclass(frozen=True, slots=True)
class Written:
    """A number with a unit found in prose; `unit` is None where what follows is no unit."""

    value: Fraction
    unit: Unit | None
    start: int
    end: int


_NUMBER = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?|\d{1,9}(?:\.\d{1,6})?)(?![\d.]*\d)"
    r"(\s{0,2}[A-Za-z%\u00b0\u00b5\u03bc]+(?:\[[A-Za-z]+\])?(?:\s{0,2}(?:/|\bper\b)\s{0,2}[A-Za-z]+)?)?",
    re.ASCII,
)


def written_quantities(text: str) -> Iterator[Written]:
    """Every number in prose, with its unit where one follows."""
    for match in _NUMBER.finditer(text):
        value = _F(match.group(1).replace(",", ""))
        tail = (match.group(2) or "").strip()
        unit = spelled_unit(tail) if tail else None
        if unit is None and tail:
            unit = spelled_unit(re.split(r"[\s/]", tail, maxsplit=1)[0])
        yield Written(value, unit, match.start(), match.end())
