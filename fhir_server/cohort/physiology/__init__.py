"""The body behind a chart: a state that illness and treatment move, read by the laboratory and at the bedside."""

from .body import Body

__all__ = ["Body"]
