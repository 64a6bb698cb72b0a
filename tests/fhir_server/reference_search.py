"""A second, naive search: it reads every resource again for every condition. Written apart from the engine."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Resource = dict[str, Any]
Code = tuple[str | None, str | None]


def codings(concept: Resource | None) -> list[Code]:
    """System and code of each coding."""
    found: list[Resource] = (concept or {}).get("coding", [])
    return [(c.get("system"), c.get("code")) for c in found]


def tokens(resource: Resource, parameter: str) -> list[Code]:
    """What a token parameter of Observation or Patient looks at."""
    if parameter == "code":
        return codings(resource.get("code"))
    if parameter == "category":
        return [t for c in resource.get("category", []) for t in codings(c)]
    if parameter == "combo-code":
        parts = [resource.get("code"), *(c.get("code") for c in resource.get("component", []))]
        return [t for p in parts for t in codings(p)]
    if parameter == "status":
        status = resource.get("status")
        return [("http://hl7.org/fhir/observation-status", status)] if status else []
    if parameter == "identifier":
        return [(i.get("system"), i.get("value")) for i in resource.get("identifier", [])]
    if parameter == "active":
        return [(None, str(resource["active"]).lower())] if "active" in resource else []
    raise AssertionError(parameter)


def texts(resource: Resource) -> list[str]:
    """What `code:text` looks at."""
    code: Resource = resource.get("code") or {}
    inner: list[Resource] = code.get("coding", [])
    found: list[str | None] = [code.get("text"), *(c.get("display") for c in inner)]
    return [t for t in found if t]


def token_fits(found: Iterable[Code], value: str) -> bool:
    """`code`, `system|code`, `|code` or `system|`."""
    if "|" not in value:
        return any(code == value for _, code in found)
    system, _, code = value.partition("|")
    if not code:
        return any(s == system for s, c in found if c)
    return any(c == code and (s or "") == system for s, c in found)


def plain(text: str) -> str:
    """Without accents and case."""
    return (
        "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)).lower().strip()
    )


def names(resource: Resource, parameter: str) -> list[str]:
    """What a string parameter of Patient looks at."""
    found: list[str] = []
    for name in resource.get("name", []):
        if parameter in {"family", "name"} and "family" in name:
            found.append(name["family"])
        if parameter in {"given", "name"}:
            found += name.get("given", [])
        if parameter == "name":
            found += [name["text"]] if "text" in name else []
    return found


def string_fits(found: Iterable[str], value: str, modifier: str) -> bool:
    """Default, `exact` or `contains`."""
    if modifier == "exact":
        return value in found
    if modifier == "contains":
        return any(plain(value) in plain(f) for f in found)
    return any(plain(f).startswith(plain(value)) for f in found)


def span(text: str, *, asked: bool) -> tuple[datetime, datetime, str, str]:
    """First and last moment, first and last day as written."""
    if "T" in text:
        moment = datetime.fromisoformat(text if text[-1] == "Z" or text[-6] in "+-" else text + "+00:00")
        width = timedelta(0)
        if asked and "." not in text:
            minutes_only = len(text.removesuffix("Z").partition("+")[0]) == len("2020-03-10T12:00")
            width = timedelta(seconds=60 if minutes_only else 1) - timedelta(milliseconds=1)
        return moment, moment + width, text[:10], text[:10]
    parts = [int(p) for p in text.split("-")]
    start = datetime(*[*parts, 1, 1][:3], tzinfo=UTC)  # type: ignore[misc] - always three numbers
    if len(parts) == 1:
        end = start.replace(year=start.year + 1)
    elif len(parts) == 2:
        end = (start + timedelta(days=32)).replace(day=1)
    else:
        end = start + timedelta(days=1)
    last = end - timedelta(milliseconds=1)
    return start, last, start.strftime("%Y-%m-%d"), last.strftime("%Y-%m-%d")


def dated(resource: Resource) -> tuple[datetime, datetime, str, str] | None:
    """When an Observation was."""
    if "effectiveDateTime" in resource:
        return span(resource["effectiveDateTime"], asked=False)
    period = resource.get("effectivePeriod")
    if not period:
        return None
    first = span(period["start"], asked=False) if "start" in period else None
    last = span(period["end"], asked=False) if "end" in period else None
    low = first[0] if first else datetime.min.replace(tzinfo=UTC)
    high = last[1] if last else datetime.max.replace(tzinfo=UTC)
    return low, high, first[2] if first else "0001-01-01", last[3] if last else "9999-12-31"


_TESTS: dict[str, Callable[[Any, Any, Any, Any], bool]] = {
    "eq": lambda low, high, a, b: low >= a and high <= b,
    "ne": lambda low, high, a, b: low < a or high > b,
    "gt": lambda low, high, a, b: high > b,
    "ge": lambda low, high, a, b: high >= a,
    "lt": lambda low, high, a, b: low < a,
    "le": lambda low, high, a, b: low <= b,
    "sa": lambda low, high, a, b: low > b,
    "eb": lambda low, high, a, b: high < a,
}


def date_fits(when: tuple[datetime, datetime, str, str] | None, prefix: str, text: str) -> bool:
    """Whether a time stands to the one searched for as the prefix says."""
    if when is None:
        return False
    asked = span(text, asked=True)
    at = 0 if "T" in text else 2
    return _TESTS[prefix or "eq"](when[at], when[at + 1], asked[at], asked[at + 1])


def quantity_fits(resource: Resource, prefix: str, number: float, unit: str) -> bool:
    """`unit` is empty, `|code` or `system|code`."""
    quantity = resource.get("valueQuantity")
    if not quantity or "value" not in quantity:
        return False
    if unit:
        system, _, code = unit.partition("|")
        if (quantity.get("code") or quantity.get("unit")) != code or (
            system and quantity.get("system") != system
        ):
            return False
    value = float(quantity["value"])
    if prefix == "ap":
        return abs(value - number) <= abs(number) * 0.1
    return _TESTS[prefix or "eq"](value, value, number, number)
