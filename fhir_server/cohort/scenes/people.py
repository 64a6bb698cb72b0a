"""The people of the cohort after every part in the scenes about people was handed out."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..plan import Person
from . import demographics, lookup
from .casting import Cast


def adjust(people: Sequence[Person], rng: Random) -> Sequence[Person]:
    """Makes common surnames common, then casts the scenes about people; indexes, ids, MRNs stay."""
    cast = Cast(people, rng)
    lookup.cast_parts(cast)
    demographics.cast_parts(cast)
    return tuple(cast.people)
