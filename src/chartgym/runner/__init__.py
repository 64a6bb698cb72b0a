"""Runs agents over suites: one episode a record, nothing done twice, nothing lost."""

from .evaluate import evaluate, open_server, select
from .log import Key, LogWriter, Record, read_log
from .run import Settings, run
from .statistics import wilson
from .summary import CategoryLine, Rate, Summary

__all__ = [
    "CategoryLine",
    "Key",
    "LogWriter",
    "Rate",
    "Record",
    "Settings",
    "Summary",
    "evaluate",
    "open_server",
    "read_log",
    "run",
    "select",
    "wilson",
]
