"""Runs one clinic visit: signs, what each lasting condition asks for, draws."""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, local
from ..lasting.registry import LASTING
from .bedside import look_at_visit
from .clinic import Clinic
from .life import Life
from .timeline import Visit

_REFERRALS = ("referral-cardiology", "referral-physical-therapy", "referral-ophthalmology", "referral-podiatry",
              "referral-gastroenterology", "referral-nutrition")  # fmt: skip
_REFERRAL_AGE = 400 * DAY
"""Younger referrals are written by scenes only."""
_BRIEF = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})
"""Visits for one thing, at which nothing else is seen to."""


def hold_visit(life: Life, visit: Visit) -> None:
    """Does a visit at its moment."""
    rng = life.stream(f"visit/{int(visit.at)}")
    clinic = Clinic(life, visit, rng)
    look_at_visit(clinic, rng)
    for lasting in LASTING:
        if lasting.trait == "" or lasting.trait in life.person.traits:
            lasting.visit(life, clinic)
    if visit.purpose not in _BRIEF:
        if visit.draws:
            clinic.want("comprehensive-metabolic-panel" if rng.random() < 0.5 else "basic-metabolic-panel")
            if rng.random() < 0.6:
                clinic.want("cbc")
        clinic.procedure("medication-reconciliation")
        _refer(life, visit, rng.random(), rng.choice(_REFERRALS))
        _diagnose(life, visit, between(rng, 1, 5))
    clinic.close()


def _refer(life: Life, visit: Visit, luck: float, service: str) -> None:
    if visit.at < life.now - _REFERRAL_AGE and luck < 0.12:
        status = "revoked" if luck < 0.03 else "completed"
        life.chart.order_service(service, authored=local(visit.at + 1200), status=status)


def _diagnose(life: Life, visit: Visit, count: float) -> None:
    """Some of the problems are diagnoses of the visit too."""
    names = [n for n, onset in life.problems.items() if onset <= visit.at]
    life.stream(f"visit problems/{int(visit.at)}").shuffle(names)
    for name in names[: int(count)]:
        life.chart.condition(name, onset=local(visit.at + 900), category="encounter-diagnosis")
