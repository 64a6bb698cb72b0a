"""ChartGym: a hospital record in a box in which LLM agents work.

Importing it registers the environments `chartgym/Core-v0` and `chartgym/Dev-v0` with Gymnasium, and loads neither
charts nor tasks. All data is synthetic.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from .env.spec import register_all

if TYPE_CHECKING:
    from .runner import Summary, evaluate, read_log

__all__ = ["Summary", "__version__", "evaluate", "read_log"]

__version__ = version("chartgym")

register_all()


def __getattr__(name: str) -> Any:
    """Loads what is behind the public names when it is first asked for."""
    if name in __all__:
        return getattr(import_module(".runner", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
