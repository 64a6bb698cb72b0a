"""What an ICU does for somebody in shock or on a ventilator, whatever the illness.

Sources: Surviving Sepsis Campaign 2021 (mean arterial pressure of 65 mmHg, norepinephrine first, vasopressin second,
30 mL/kg of crystalloid, lactate again until it falls); ARDSNet and the 2017 ATS/ACCP guideline on liberation (daily
breathing trials).
"""

from __future__ import annotations

from collections.abc import Mapping

from ..chance import between
from ..clock import DAY, HOUR, local
from ..courses.case import Case
from ..courses.life import Act

_SHOCK = {
    "systolic": -25, "diastolic": -9, "heart-rate": 11, "lactate": 0.78, "co2": -3.2, "creatinine": 0.24, "bun": 0.16,
    "urine": -19, "gcs": -0.9, "platelets": -0.3, "inr": 0.13, "troponin-hs": 0.8, "alt": 0.6, "ast": 0.75, "potassium": 0.2,
    "phosphate": 0.4, "respiratory-rate": 2.5,
}  # fmt: skip
_VENTILATED = {"respiratory-rate": -3.0, "spo2": 1.5, "heart-rate": 3.0, "gcs": -2.0}
_LEAST_RATE, _MOST_RATE = 2.0, 32.0


def intensive_span(case: Case, at: float) -> tuple[float, float] | None:
    """The ICU span that a moment falls in or that begins within six hours of it."""
    return next(
        ((a, min(b, case.end)) for a, b in case.stay.intensive if a - 6 * HOUR <= at < min(b, case.end)), None
    )


def fade(case: Case, name: str, hours: float) -> None:
    """What is left of a process at discharge goes away at home, with a time constant."""
    if not case.ongoing:
        case.life.at(case.end + 6 * HOUR, lambda at: case.body.aim(name, 0.0, hours, at))


def at_discharge(case: Case, act: Act) -> None:
    """Does something half an hour before somebody goes home; nothing for who is still there, or died."""
    died = case.life.person.deceased is not None and case.end >= case.life.last
    if not case.ongoing and not died:
        case.life.at(case.end - 1800, act)


def boluses(case: Case, at: float, litres: int) -> None:
    """Crystalloid, a litre at a time."""
    for n in range(litres):
        case.give_once("sodium-chloride-iv", at + n * between(case.rng, 0.7, 1.6) * HOUR, dose=1000)


def shock(case: Case, at: float, *, level: float, hours: float, name: str = "shock") -> None:
    """Shock from a moment on; it holds for about `hours` under pressors and then fades.

    Call it while an ICU span is running or about to; fluids, lines, pressors and lactates are ordered here.
    """
    body, rng = case.body, case.rng
    body.process(name, _SHOCK)
    body.set_level(name, 0.6 * level, at)
    body.aim(name, level, 3, at)
    case.at(at + between(rng, 0.35, 0.6) * hours * HOUR, lambda when: body.aim(name, 0.0, 0.32 * hours, when))
    case.procedure("central-line", at + between(rng, 0.8, 2.5) * HOUR, fact="a central line was placed")
    if rng.random() < 0.6:
        case.procedure("arterial-line", at + between(rng, 1, 3.5) * HOUR)
    watch_lactate(case)
    case.draw(at + between(rng, 0.3, 0.8) * HOUR, "lactate", "arterial-blood-gas")
    _pressors(case, at + between(rng, 0.8, 2.0) * HOUR, hours)
    case.know("diagnosis", "shock", "shock on norepinephrine", at=at + HOUR, until=at + hours * HOUR)


def _pressors(case: Case, at: float, hours: float) -> None:
    limit = at + 2.5 * hours * HOUR

    def begin(when: float) -> None:
        span = intensive_span(case, when)
        until = min(limit, span[1] if span else limit, case.end)
        case.order("norepinephrine", when, dose=float(round(between(case.rng, 4, 9))), until=until)
        case.at(when + 0.9 * HOUR, titrate)

    def titrate(when: float) -> None:
        order = case.active("norepinephrine")
        if order is None:
            return
        mean, before = mean_pressure(case.signs), order.dose
        if mean < 65:
            factor = between(case.rng, 1.15, 1.5) if mean > 58 else between(case.rng, 1.5, 1.9)
            order.dose = min(_MOST_RATE, round(order.dose * factor, 1))
        elif mean > 74:
            order.dose = round(order.dose * between(case.rng, 0.45, 0.75), 1)
        if order.dose != before:  # a new rate is charted as it is set
            case.give(order, when, dose=order.dose)
        if order.dose > 18 and case.active("vasopressin") is None:
            case.order("vasopressin", when, until=order.until)
            case.know("event", "vasopressin", "vasopressin was added to norepinephrine", at=when)
        if order.dose < _LEAST_RATE:
            case.stop("norepinephrine", when, status="completed")
            case.stop("vasopressin", when, status="completed")
            case.know("event", "pressors off", "pressors were weaned off", at=when)
            return
        case.at(when + between(case.rng, 0.8, 2.0) * HOUR, titrate)

    case.at(at, begin)


def mean_pressure(signs: Mapping[str, float]) -> float:
    """Mean arterial pressure in mmHg of the last signs; 75 where there are none."""
    if "systolic" not in signs:
        return 75.0
    return signs["diastolic"] + (signs["systolic"] - signs["diastolic"]) / 3


class _LactateWatch:
    """Draws lactate again while it is raised."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._left = 7

    def __call__(self, values: Mapping[str, float], at: float) -> None:
        case = self._case
        if values.get("lactate", 0.0) > 2.2 and self._left > 0:
            self._left -= 1
            case.draw(at + between(case.rng, 2.2, 4.5) * HOUR, "lactate")


def watch_lactate(case: Case) -> None:
    """Lactate is drawn again four hours or so after a raised one, until it has fallen."""
    if not any(isinstance(w, _LactateWatch) for w in case.watchers):
        case.watchers.append(_LactateWatch(case))


def ventilate(case: Case, at: float, hours: float, why: str) -> None:
    """Intubation at a moment, sedation, gases, and extubation after about `hours`, or none where time runs out."""
    body, rng = case.body, case.rng
    span = intensive_span(case, at)
    if span is None:
        return
    end = min(at + hours * HOUR, span[1] - 3 * HOUR)
    if end < at + 6 * HOUR:
        return
    over = end < case.end - 3 * HOUR
    last = end if over else case.end

    def begin(when: float) -> None:
        body.process("ventilated", _VENTILATED)
        body.set_level("ventilated", 1.0, when)
        case.life.chart.procedure("intubation", local(when), end=local(when + 900))
        case.order("propofol", when + 0.2 * HOUR, until=last - 1.5 * HOUR)
        case.order("fentanyl-iv", when + 0.3 * HOUR, until=last - HOUR)
        case.know("event", "intubation", f"intubated for {why}", at=when)
        case.know("treatment", "ventilator", "mechanical ventilation with sedation", at=when, until=last)

    def finish(when: float) -> None:
        body.aim("ventilated", 0.0, 0.5, when)
        case.life.chart.procedure("extubation", local(when))
        case.know("event", "extubation", "extubated after a spontaneous breathing trial", at=when)

    case.at(at, begin)
    case.image(
        "chest-xray-portable", at + between(rng, 0.5, 1.5) * HOUR, _tube(case), fact="tube in good position"
    )
    case.draw(at + between(rng, 0.8, 1.5) * HOUR, "arterial-blood-gas")
    case.series(at + 8 * HOUR, 8, int((last - at) / HOUR / 8), "arterial-blood-gas")
    case.at(last - 60, lambda when: _record_ventilation(case, at, when, over=over or not case.ongoing))
    case.diagnose("respiratory-failure", at)
    if over:
        case.at(end, finish)


def _record_ventilation(case: Case, start: float, at: float, *, over: bool) -> None:
    if over:
        case.life.chart.procedure("mechanical-ventilation", local(start + 900), end=local(at))
    else:
        case.life.chart.procedure("mechanical-ventilation", local(start + 900), status="in-progress")


def _tube(case: Case) -> str:
    height = case.rng.choice(("3", "3.5", "4", "4.5", "5"))
    rest = case.rng.choice(
        (
            "Bibasilar atelectasis.",
            "No pneumothorax.",
            "Low lung volumes.",
            "Small bilateral effusions.",
            "Lungs otherwise unchanged.",
        )
    )
    return f"Endotracheal tube tip {height} cm above the carina. {rest}"


def trough(case: Case, at: float) -> None:
    """A vancomycin level before a dose: higher where the kidneys are slow (AUC guideline of ASHP/IDSA 2020: 10-20)."""

    def take(when: float) -> None:
        if case.active("vancomycin") is None:
            return
        creatinine = case.life.results.get("creatinine", (0.0, 1.0))[1]
        value = min(38.0, between(case.rng, 8, 15) * (0.75 + 0.3 * creatinine))
        case.life.chart.order_service(
            "vancomycin-trough",
            authored=local(max(case.start, when - 9 * HOUR)),
            status="completed",
            occurrence=local(when),
        )
        case.life.chart.lab("vancomycin-trough", value, local(when))
        if value > 22:
            case.stop("vancomycin", when + HOUR)
            case.know("event", "vancomycin level", "vancomycin was held for a high level", at=when + HOUR)

    case.at(at, take)


def linger(case: Case, names: tuple[tuple[str, str], ...] = ()) -> None:
    """Long stays have a reason: a fact of the last third of a stay of more than nine days."""
    if case.days < 9:
        return
    choices = names or (
        ("rehab bed", "medically ready, waiting for a rehabilitation bed"),
        ("deconditioning", "slow recovery with marked deconditioning, working with physical therapy"),
        ("home services", "waiting for home services to be arranged"),
        ("facility", "family is choosing a skilled nursing facility"),
    )
    name, words = case.rng.choice(choices)
    case.know("plan", name, words, at=case.start + between(case.rng, 0.68, 0.85) * case.days * DAY)
    if case.rng.random() < 0.6:
        case.procedure("physical-therapy", case.clock(int(0.7 * case.days), between(case.rng, 9, 15)))
