"""The referral standard as data: intervals from `protocol.json`, and the words that are made from them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from ..protocols import Protocol, document_text, load


class Version(msgspec.Struct, frozen=True):
    """One version. Days are calendar days of the hospital's time zone, the last one included."""

    version: str
    status: Literal["current", "superseded"]
    effective: date
    repeat_days: int
    result_days: int


VALID = ("final", "amended", "corrected")
"""The statuses of a result that count; told in the prompt and the standard."""


@cache
def standard() -> Protocol[Version]:
    """The standard of `protocol.json`."""
    return load(Path(__file__).parent, Protocol[Version])


def rules(version: Version) -> tuple[str, str, str]:
    """What counts as a result, when nothing is to be referred for want of one, and when one is on its way."""
    counting = (
        "Results count by the last one in time of collection with status final, amended or corrected; preliminary, "
        "cancelled and entered-in-error results and numbers in notes do not count."
    )
    empty = (
        f"If the first result asked for has no such value collected in the last {version.result_days} days, place "
        "nothing: the referral has nothing to rest on."
    )
    barring = (
        f"If a referral to the same specialty was authored in the last {version.repeat_days} days and is an order "
        "(intent order) with status active, place nothing: it is on its way. Plans, proposals, drafts and referrals "
        "that are on hold, revoked or completed do not count, nor do other specialties."
    )
    return counting, empty, barring


DAYS_RULE = "Days are calendar days in New York: {n} days ago is still within the last {n} days."


def standard_text(title: str, version: Version) -> str:
    """The whole standard as a document."""
    return document_text(title, version, (*rules(version), DAYS_RULE.format(n=version.repeat_days)))
