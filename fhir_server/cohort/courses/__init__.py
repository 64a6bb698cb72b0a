"""The base course of a chart: one file a concern. What a hospital writes about anybody, before the planned situations."""

from .course import write_course

__all__ = ["write_course"]
