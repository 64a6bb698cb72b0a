"""All lasting conditions, in the order in which they begin and are seen to at a visit."""

from __future__ import annotations

from .hypertension import HYPERTENSION
from .model import Lasting

LASTING: tuple[Lasting, ...] = (HYPERTENSION,)
