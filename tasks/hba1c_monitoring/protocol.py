"""The monitoring protocol as data: thresholds from `protocol.json`, and the words that are made from them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from ...fhir_server.cohort.codes import ANALYTES, CONDITIONS, DRUGS, PROCEDURES, SERVICES
from ..protocols import Protocol, document_text, load


class Version(msgspec.Struct, frozen=True):
    """One version. Goals in %, a result below is at goal; months of the calendar; days the last one included."""

    version: str
    status: Literal["current", "superseded"]
    effective: date
    goal: float
    relaxed_goal: float
    months_at_goal: int
    months_otherwise: int
    transfusion_days: int


class Monitoring(Protocol[Version], frozen=True):
    """The protocol with its versions; names of problems with the higher goal, and of medicines."""

    relaxing: tuple[str, ...]
    medicines: tuple[str, ...]


VALID = ("final", "amended", "corrected")
"""The statuses of a result that count."""

DIABETES = ("E10", "E11", "E13")
"""ICD-10-CM categories that are diabetes here."""

SLOPE, INTERCEPT = "0.09148", "2.152"
"""% (NGSP) = SLOPE x mmol/mol (IFCC) + INTERCEPT; decimal texts, so that they are exact."""

DRAW_HOUR = 6
"""Hour of tomorrow at which blood is drawn on a stay."""


@cache
def monitoring() -> Monitoring:
    """The protocol of `protocol.json`."""
    return load(Path(__file__).parent, Monitoring)


def rules(version: Version) -> tuple[str, ...]:
    """The protocol sentence by sentence."""
    problems = (
        "On the problem list means: a Condition of category problem-list-item, clinical status active and "
        "verification status confirmed."
    )
    return (
        _counting(),
        problems,
        *_barring(version),
        *_interval(version),
        "If several reasons hold, the first in the order of these rules is given.",
    )


def _counting() -> str:
    return (
        f"A result counts if it is an HbA1c (LOINC {ANALYTES['hba1c'].code}) with status final, amended or corrected "
        "and a number; preliminary, cancelled and entered-in-error results and numbers in notes do not. The last one "
        f"is that collected last. Results in mmol/mol (IFCC) are turned to % (NGSP): {SLOPE} x result + {INTERCEPT}, "
        "rounded to one decimal."
    )


def _barring(v: Version) -> tuple[str, str, str]:
    diabetes = (
        f"Only patients with diabetes (ICD-10-CM {', '.join(DIABETES)} with any extension) on the problem list are "
        "monitored. Without it order nothing: reason no_diabetes."
    )
    transfusion = (
        "If a red-cell transfusion (Procedure with ICD-10-PCS "
        f"{PROCEDURES['red-cell-transfusion'].code}, status completed) was given in the last {v.transfusion_days} "
        "days, order nothing: reason transfusion. Days are local calendar days; "
        f"{v.transfusion_days} days ago is still within."
    )
    standing = (
        "If an HbA1c is on order, order nothing: reason on_order. That is a ServiceRequest with LOINC "
        f"{SERVICES['hba1c'].code}, status active and intent order that was authored after the last counted result "
        "was collected."
    )
    return diabetes, transfusion, standing


def _interval(v: Version) -> tuple[str, str, str]:
    found = monitoring()
    relaxing = ", ".join(CONDITIONS[name].code for name in found.relaxing)
    medicines = ", ".join(f"{DRUGS[n].codes[0].code} {DRUGS[n].ingredient.display}" for n in found.medicines)
    goal = (
        f"At goal means: the last counted result is below {v.goal:.1f} %; below {v.relaxed_goal:.1f} % if the problem "
        f"list holds one of {relaxing} (ICD-10-CM). The number in % with one decimal is compared."
    )
    due = (
        f"The next HbA1c is due {v.months_at_goal} calendar months after the last counted one at goal, and "
        f"{v.months_otherwise} months after it if not at goal or if therapy was changed since. Count from the local "
        "date of collection to the same day of the month (the last day where there is none). If that date is today "
        "or past, order one; if it lies ahead, order nothing: reason not_due."
    )
    changed = (
        "Therapy was changed if a MedicationRequest with status active and intent order for one of these RxNorm codes "
        f"was authored after the last counted result was collected: {medicines}. Insulin is left out of this rule: on "
        "a stay its doses change from day to day."
    )
    return goal, due, changed


def protocol_text(title: str, version: Version) -> str:
    """The whole protocol as a document."""
    return document_text(title, version, rules(version))
