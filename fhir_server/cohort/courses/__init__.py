"""The base course of a chart, one file a concern: what a hospital writes about anybody."""

from .course import write_course

__all__ = ["write_course"]
