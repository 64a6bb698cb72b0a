"""The follow-up policy as data: thresholds from `protocol.json`, and the words that are made from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from ...fhir_server.cohort.codes import ANALYTES, SERVICES
from ..protocols import Protocol, document_text, load

Band = Literal["severe", "low", "guard", "high", "critical"]
"""What a reading calls for; none where it calls for nothing."""


class Version(msgspec.Struct, frozen=True):
    """One version. Limits in mg/dL; `*_below` is exclusive, `high_from` and `margin` are inclusive."""

    version: str
    status: Literal["current", "superseded"]
    effective: date
    window_hours: int
    margin: int
    severe_below: int
    low_below: int
    guard_below: int
    high_from: int
    recheck_minutes: int
    guard_minutes: int
    high_minutes: int


class Item(msgspec.Struct, frozen=True):
    """One thing to order: a name in `codes.SERVICES`; minutes after the reading, 0 for at once."""

    service: str
    priority: Literal["routine", "urgent", "asap", "stat"]
    minutes: int


VALID = ("final", "amended", "corrected")
"""The statuses of a reading that count."""

MG_PER_MMOL = 18
"""mg/dL of glucose in a mmol/L, as the policy says it."""


@cache
def followup() -> Protocol[Version]:
    """The policy of `protocol.json`."""
    return load(Path(__file__).parent, Protocol[Version])


def items(version: Version) -> Mapping[Band, tuple[Item, ...]]:
    """What each band has one order."""
    return {
        "severe": (Item("glucose-poc", "stat", version.recheck_minutes), Item("glucose", "stat", 0)),
        "low": (Item("glucose-poc", "urgent", version.recheck_minutes),),
        "guard": (Item("glucose-poc", "asap", version.guard_minutes),),
        "high": (Item("glucose-poc", "routine", version.high_minutes), Item("urinalysis", "urgent", 0)),
        "critical": (Item("glucose", "stat", 0), Item("urinalysis", "stat", 0)),
    }


def rules(version: Version) -> tuple[str, ...]:
    """The policy sentence by sentence."""
    v = version
    code = ANALYTES["glucose-poc"].code
    counting = (
        f"A reading is a capillary meter glucose (LOINC {code}) with status final, amended or corrected that shows "
        "a number, or HI or LO (above or below what the meter can measure). Preliminary, cancelled and "
        "entered-in-error entries, serum glucose and numbers in notes are no readings. Of two readings collected at "
        "one time the one issued later counts and the other is disregarded."
    )
    deciding = (
        "The deciding reading is the last one by time of collection, if it was collected in the last "
        f"{v.window_hours} hours (exactly {v.window_hours} hours ago is still within). If there is none, nothing is "
        "ordered."
    )
    trend = (
        "Trend, against the reading before it (the last one collected earlier, whatever its age): rising if it is "
        f"higher by {v.margin} mg/dL or more, falling if it is lower by {v.margin} mg/dL or more, otherwise steady. "
        "HI is higher and LO lower than any number; HI after HI and LO after LO are steady."
    )
    standing = (
        "An item is left out if it is on order already: a ServiceRequest with the same code, status active and "
        "intent order that was authored after the deciding reading was collected. Orders of another status or "
        "intent and orders authored before the reading do not count."
    )
    return (
        counting,
        f"A reading in mmol/L is turned to mg/dL by the factor {MG_PER_MMOL}.",
        deciding,
        trend,
        *(f"{_WHEN[band].format(v=v)}: {_told(found)}." for band, found in items(version).items()),
        "Any other reading: order nothing.",
        standing,
        "A time after the reading that is already past becomes now.",
    )


_WHEN: Mapping[Band, str] = {
    "severe": "Below {v.severe_below} mg/dL, or LO",
    "low": "From {v.severe_below} to below {v.low_below} mg/dL",
    "guard": "From {v.low_below} to below {v.guard_below} mg/dL and falling",
    "high": "{v.high_from} mg/dL or above",
    "critical": "HI",
}

_NAMES = {"glucose-poc": "a meter glucose check", "glucose": "a serum glucose", "urinalysis": "a urinalysis"}


def _told(found: tuple[Item, ...]) -> str:
    return " and ".join(_item(item) for item in found)


def _item(item: Item) -> str:
    code = SERVICES[item.service].code
    when = f"{item.minutes} minutes after the reading" if item.minutes else "now"
    return f"{_NAMES[item.service]} (LOINC {code}), priority {item.priority}, to be done {when}"


def policy_text(title: str, version: Version) -> str:
    """The whole policy as a document."""
    return document_text(title, version, rules(version))
