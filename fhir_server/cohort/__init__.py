"""The synthetic cohort: a plan for all, then a chart from (plan, person) alone.

`build_plan(seed)` deals people and situations; `write_chart(plan, person)` writes one chart. Both are imported when
they are first asked for: who only wants the clock or a system's name does not load the whole generator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .charts import write_chart
    from .dealing import build_plan

__all__ = ["build_plan", "write_chart"]

_HOME = {"build_plan": ".dealing", "write_chart": ".charts"}


def __getattr__(name: str) -> Any:
    """Imports a public name."""
    if name in _HOME:
        return getattr(import_module(_HOME[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
