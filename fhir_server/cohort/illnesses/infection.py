"""The two sides of an infection: what the patient feels turns in a day or two, what the laboratory measures lags behind.

C-reactive protein and procalcitonin halve in about a day once an infection is controlled (Póvoa et al., Crit Care 2011;
Brunkhorst et al., Intensive Care Med 1998); white cells, platelets and albumin take days.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..courses.case import Case
from . import critical

_ACUTE_PHASE = frozenset({"crp", "procalcitonin", "ferritin", "fibrinogen", "d-dimer"})
_SLOW = frozenset({
    "wbc", "albumin", "total-protein", "platelets", "hemoglobin", "iron", "bilirubin", "alt", "ast", "nt-probnp", "calcium",
    "inr", "ldh",
})  # fmt: skip
_SLOWEST = 74.0
_HALVING = 125.0
"""Time constant in hours on the logarithm at which a value raised a hundredfold halves in a day at first."""


def begin(
    case: Case, name: str, loads: Mapping[str, float], *, now: float, worst: float, hours: float
) -> None:
    """From the level `now` at admission it heads for `worst` with a time constant of `hours`, until it is turned."""
    for part in _declare(case, name, loads):
        case.body.set_level(part, now, case.start)
        case.body.aim(part, worst, hours, case.start)


def grow(case: Case, name: str, loads: Mapping[str, float], *, worst: float, hours: float, at: float) -> None:
    """The same for one that begins in hospital, at a moment that has come; markers follow the signs."""
    for part in _declare(case, name, loads):
        case.body.aim(part, worst, hours if part == name else 3 * hours, at)


def turn(case: Case, name: str, *, tau: float, at: float, rest: float = 0.04) -> None:
    """Treatment takes: signs go with the time constant `tau` (hours), blood counts and markers more slowly."""
    case.body.aim(name, rest, tau, at)
    case.body.aim(f"{name} counts", rest, min(_SLOWEST, max(40.0, 2.1 * tau)), at)
    case.body.aim(f"{name} markers", rest, _HALVING, at)


def _declare(case: Case, name: str, loads: Mapping[str, float]) -> tuple[str, str, str]:
    body, parts = case.body, (name, f"{name} counts", f"{name} markers")
    body.process(parts[0], {k: v for k, v in loads.items() if k not in _SLOW | _ACUTE_PHASE})
    body.process(parts[1], {k: v for k, v in loads.items() if k in _SLOW})
    body.process(parts[2], {k: v for k, v in loads.items() if k in _ACUTE_PHASE})
    for part, hours in zip(parts, (60.0, 90.0, 110.0), strict=True):
        critical.fade(case, part, hours)
    return parts
