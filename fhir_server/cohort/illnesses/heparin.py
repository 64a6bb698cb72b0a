"""An infusion of heparin by nomogram: a bolus, aPTT every six to eight hours, the rate moved until it is about twice normal.

Source: Raschke et al., Ann Intern Med 1993 (80 units/kg and 18 units/kg/h for clots in veins; less in coronary disease, 60 and
12 by the AHA/ACC guideline); goal here 52 to 86 s.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import between
from ..clock import HOUR
from ..courses.case import Case
from ..courses.life import Act

_LOW, _HIGH = 52.0, 86.0


def infuse(
    case: Case, at: float, *, until: float, bolus: float, rate: float, on_first: Act | None = None
) -> None:
    """Begins at a moment: `bolus` in units/kg, `rate` in units/kg/h; people differ in how much they need."""
    kilos = min(case.life.person.weight_kg, 95.0)
    case.life.sensitivity.setdefault("heparin-iv", between(case.rng, 0.62, 1.2) * 12 / rate)
    case.give_once("heparin-bolus", at, dose=100.0 * round(min(bolus * kilos, 8000) / 100))
    case.order(
        "heparin-iv", at + 0.6 * HOUR, dose=50.0 * round(rate * kilos / 50), until=until, on_first=on_first
    )
    for n in range(max(2, min(8, int((until - at) / HOUR / 7)))):
        case.at(at + (6.8 + 7 * n + between(case.rng, -0.1, 0.3)) * HOUR, lambda when: _look(case, when))
    set_at = [at + 0.6 * HOUR]

    def titrate(values: Mapping[str, float], when: float) -> None:
        order, found = case.active("heparin-iv"), values.get("aptt")
        if order is None or found is None or _LOW <= found <= _HIGH or when < set_at[0] + 5 * HOUR:
            return
        step = (4 if found < 40 else 2) if found < _LOW else (-3 if found > 110 else -2)
        new, last = max(400.0, order.dose + 50.0 * round(step * kilos / 50)), order.until
        case.stop("heparin-iv", when)
        case.order("heparin-iv", when + 300, dose=new, until=last)
        set_at[0] = when

    case.watchers.append(titrate)


def _look(case: Case, at: float) -> None:
    if case.active("heparin-iv"):
        case.draw(at, "aptt")
