"""LB-08, the hospital's written rule for figures over laboratory values; `recent_lab.rules` has the words."""

from __future__ import annotations

from pathlib import Path

from ..protocols import load
from ..recent_lab.rules import MORE as _SHARED
from ..recent_lab.rules import Protocol

PROTOCOL = load(Path(__file__).parent, Protocol)
"""LB-08."""

MORE = (
    *_SHARED,
    "Mixed units are brought to one unit before anything is worked out; only the figure itself is rounded.",
    (
        "The median of an even number of results is the mean of the two in the middle. A change is the last minus the "
        "first, and needs two results."
    ),
)
"""What LB-08 says besides."""
