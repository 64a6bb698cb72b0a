"""What pneumonia, COPD and emboli share: a swab, walking with an oximeter."""

from __future__ import annotations

from ..chance import between
from ..clock import HOUR, local
from ..courses.case import Case


def swab(case: Case, at: float, *, found: bool = False) -> None:
    """A respiratory swab for SARS-CoV-2: ordered, and known an hour or two later."""

    def take(when: float) -> None:
        chart, known = case.life.chart, when + between(case.rng, 0.8, 2.5) * HOUR
        chart.order_service(
            "sars-cov-2",
            authored=local(max(case.start, when - 900)),
            status="completed",
            occurrence=local(when),
        )
        issued = local(min(known, case.life.last - 60))
        chart.lab("sars-cov-2", "Detected" if found else "Not detected", local(when), issued=issued)

    case.at(at, take)


def walk(case: Case, at: float) -> None:
    """Saturation on walking, before going home."""
    low = case.signs.get("oxygen", 0.0) > 0
    words = (
        "saturation fell to 87 percent on walking" if low else "saturation of 92 percent or more on walking"
    )
    case.procedure("walking-oximetry", at, hours=0.3, fact=words)
