"""All acute illnesses by key; every key of `ailments.REASONS` has one."""

from __future__ import annotations

from collections.abc import Mapping

from .model import Illness
from .pneumonia import PNEUMONIA

ILLNESSES: Mapping[str, Illness] = {illness.key: illness for illness in (PNEUMONIA,)}
