"""The summary in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from .findings import Findings

_MARKS = {"inside": "[green]inside[/]", "outside": "[red]OUTSIDE[/]", "shown": "[dim]–[/]"}


def print_summary(findings: Findings, console: Console, *, everything: bool) -> None:
    """A line a section, then what lies outside its band; with `everything`, every figure."""
    table = Table(title="Charts beside published figures", title_justify="left")
    for name in ("section", "inside", "outside", "not judged"):
        table.add_column(name, justify="left" if name == "section" else "right")
    for section in findings.sections:
        verdicts = [c.verdict for c in findings.section(section)]
        table.add_row(section, *(str(verdicts.count(v)) for v in ("inside", "outside", "shown")))
    console.print(table)
    for section in findings.sections:
        rows = [c for c in findings.section(section) if everything or c.verdict == "outside"]
        if not rows:
            continue
        table = Table(title=section, title_justify="left", expand=False)
        for name in ("what", "ours", "published or band", "verdict", "why"):
            table.add_column(name, overflow="fold")
        for c in rows:
            table.add_row(c.name, c.ours, c.theirs, _MARKS[c.verdict], c.why)
        console.print(table)
