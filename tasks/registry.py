"""The categories by name, in the order of tables; a module is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from chartgym.errors import TaskError, UnknownNameError

from .base import Category

CATEGORIES: tuple[str, ...] = (
    "patient-lookup",
    "demographics",
    "record-vital",
    "recent-lab",
    "lab-aggregate",
    "point-of-care-glucose",
    "magnesium-replacement",
    "potassium-replacement",
    "referral",
    "hba1c-monitoring",
)
"""Names of the core categories; the folder has underscores."""


def folder(name: str) -> str:
    """The folder (and module) of a category: `magnesium_replacement`."""
    return name.replace("-", "_")


@cache
def category(name: str) -> Category:
    """The category of a name, with hyphens or underscores.

    Raises:
        UnknownNameError: there is none; the message offers the nearest.
        TaskError: its module has no `CATEGORY`, or one of another name.
    """
    known = name.replace("_", "-")
    if known not in CATEGORIES:
        raise UnknownNameError("category", name, CATEGORIES)
    try:
        module = import_module(f".{folder(known)}.category", __package__)
        found = cast("Category", module.CATEGORY)
    except (ImportError, AttributeError) as error:
        raise TaskError(f"category {known} cannot be loaded: {error}") from error
    if found.name != known:
        raise TaskError(f"the folder {folder(known)} holds a category that calls itself {found.name!r}")
    return found


def categories() -> tuple[Category, ...]:
    """Every core category, in the order of tables."""
    return tuple(category(name) for name in CATEGORIES)
