"""How people are named in requests: spelled dates, former names, the street they live in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from ..base import Json

DateStyle = Literal["words", "us", "day-first", "iso"]

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip


def number_words(number: int) -> str:
    """0 to 99 in words."""
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def ordinal_words(number: int) -> str:
    """1 to 99 as an ordinal in words."""
    head, dash, last = number_words(number).rpartition("-")
    return f"{head}{dash}{_ORDINALS.get(last, last + 'th')}"


def year_words(year: int) -> str:
    """A year of 1900 to 2099 as it is said."""
    century, rest = divmod(year, 100)
    if century == 20 and rest < 10:
        return "two thousand" + (f" and {number_words(rest)}" if rest else "")
    if rest == 0:
        return f"{number_words(century)} hundred"
    return f"{number_words(century)} {'oh ' if rest < 10 else ''}{number_words(rest)}"


def spell(day: date, style: DateStyle) -> str:
    """A date as somebody would say or write it; never one that can be read in two ways."""
    month = _MONTHS[day.month - 1]
    if style == "words":
        return f"the {ordinal_words(day.day)} of {month}, {year_words(day.year)}"
    if style == "us":
        return f"{month} {day.day}, {day.year}"
    if style == "day-first":
        return f"{day.day} {month[:3]} {day.year}"
    return day.isoformat()


def describe(ask: Mapping[str, Json], style: DateStyle, *, file_order: bool = False) -> str:
    """The person of a request in one phrase that holds every detail of `ask`."""
    if "bed" in ask:
        return f"the patient in bed {ask['bed']} (last name {ask['family']})"
    if "mrn" in ask:
        return f"the patient with MRN {ask['mrn']}"
    name = f"{ask['family'].upper()}, {ask['given']}" if file_order else f"{ask['given']} {ask['family']}"
    parts = [f"{name} (that is a former name)" if ask.get("former") else name]
    if "birth_date" in ask:
        parts.append(f"born {spell(date.fromisoformat(ask['birth_date']), style)}")
    if "birth_year" in ask:
        parts.append(f"born in {ask['birth_year']}")
    if "line" in ask:
        parts.append(f"address {ask['line']}")
    if "phone" in ask:
        parts.append(f"phone {ask['phone']}")
    return ", ".join(parts)
