"""Runs one stay: the routine of the house round the illness that brought the patient in."""

from __future__ import annotations

from ..ailments import REASONS
from ..chance import between
from ..clock import DAY, HOUR
from ..codes import DRUGS
from ..illnesses import complications
from ..illnesses.registry import ILLNESSES
from .bedside import Flowsheet
from .case import Case
from .life import Life
from .rounds import Rounds, Sugar, standing_orders
from .timeline import Admission

_HELD = frozenset({"metformin", "metformin-1000", "empagliflozin", "glipizide", "semaglutide", "epoetin-alfa",
                   "alendronate", "sitagliptin"})  # fmt: skip
"""Tablets that hospitals hold (ADA standards: insulin in hospital; the others are given weekly)."""
_THINNERS = frozenset({"apixaban", "warfarin"})
_KINDS = (
    frozenset({"omeprazole", "pantoprazole", "pantoprazole-iv"}),
    frozenset({"lisinopril", "lisinopril-20", "losartan"}),
    frozenset({"metoprolol-tartrate", "metoprolol-succinate", "carvedilol"}),
    frozenset({"senna", "docusate"}),
)
"""Medicines of which nobody takes two of a row."""
_BLEEDING = frozenset({"gi-bleed"})
_COMFORT = (("acetaminophen", 0.8), ("senna", 0.45), ("polyethylene-glycol", 0.35), ("melatonin", 0.4),
            ("ondansetron-iv", 0.4), ("docusate", 0.2))  # fmt: skip


def open_stay(life: Life, stay: Admission) -> None:
    """Puts a whole stay on the agenda; called at its beginning."""
    case = Case(life, stay)
    Flowsheet(case).begin()
    Rounds(case).begin()
    Sugar(case).begin()
    standing_orders(case)
    ILLNESSES[stay.reason].admit(case)
    complications.maybe(case)
    _late_trouble(case)
    _medicines(case)
    _mornings(case)
    _diagnoses(case)
    if not case.ongoing:
        life.at(case.end, lambda at: _go_home(life, at))


def _late_trouble(case: Case) -> None:
    """An ICU span that begins later than the stay has a cause."""
    for start, _ in case.stay.intensive:
        if start > case.start + 6 * HOUR:
            case.at(
                start - between(case.rng, 2, 5) * HOUR, lambda _at, s=start: complications.second_hit(case, s)
            )


def _medicines(case: Case) -> None:
    """Medicines of home are continued or held; clots are prevented; comfort is ordered as needed."""
    life, rng = case.life, case.life.stream(f"admission medicines/{case.stay.number}")
    taken = life.taken()
    thinned = bool(_THINNERS & set(taken))
    for drug in taken:
        held = (
            drug in _HELD | case.withheld
            or rng.random() < 0.08
            or (drug in _THINNERS and case.stay.reason in _BLEEDING)
        )
        if held or _doubled(case, drug):
            life.feel(drug, 0.0, case.start)
        else:
            case.at(case.start + between(rng, 1.2, 6) * HOUR, lambda at, d=drug: _continue(case, d, at))
    if not thinned and case.stay.reason not in _BLEEDING | {"delivery"}:
        thinner = "heparin-sc" if rng.random() < 0.6 or life.person.egfr < 30 else "enoxaparin"
        case.at(case.start + between(rng, 3, 9) * HOUR, lambda at: _prevent_clots(case, thinner, at))
    for drug, share in _COMFORT:
        if rng.random() < share:
            when = case.start + between(rng, 1, 6) * HOUR
            case.at(when, lambda at, d=drug: None if _doubled(case, d) else case.order(d, at, now=False))


def _prevent_clots(case: Case, drug: str, at: float) -> None:
    """Not beside a full dose of an anticoagulant, nor where the illness forbids it."""
    if drug in case.withheld or any(case.active(full) for full in ("heparin-iv", *_THINNERS)):
        return
    case.order(drug, at, now=False)


def _continue(case: Case, drug: str, at: float) -> None:
    if not _doubled(case, drug):
        item = case.life.home[drug]
        case.order(drug, at, dose=item.dose, now=False)


def _doubled(case: Case, drug: str) -> bool:
    """Whether the same ingredient, or another of its kind, is ordered already."""
    ingredient = DRUGS[drug].ingredient.code
    kind = next((k for k in _KINDS if drug in k), frozenset[str]())
    running = [o.drug for o in case.orders if o.ended is None]
    return any(d in kind or DRUGS[d].ingredient.code == ingredient for d in running)


def _mornings(case: Case) -> None:
    illness = ILLNESSES[case.stay.reason]
    for day in range(1, int(case.days) + 2):
        moment = case.clock(day, 7.8 + between(case.rng, 0, 0.6))
        case.at(moment, lambda at, d=day: illness.morning(case, d, at))


def _diagnoses(case: Case) -> None:
    """The diagnosis of the stay, and what the patient has anyway."""
    rng = case.life.stream(f"diagnoses/{case.stay.number}")
    case.at(
        case.start + between(rng, 0.5, 2) * HOUR,
        lambda at: case.diagnose(case.principal or REASONS[case.stay.reason].condition, at),
    )
    for name in list(case.life.problems):
        if rng.random() < 0.85:
            case.at(case.start + between(rng, 2, 5) * HOUR, lambda at, n=name: case.diagnose(n, at))


def _go_home(life: Life, at: float) -> None:
    """What was held is taken again."""
    for drug in life.taken():
        usual = DRUGS[drug].dose
        life.feel(drug, (life.home[drug].dose or usual) / usual, at + 0.2 * DAY)
