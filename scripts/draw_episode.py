"""Draws `docs/episode.svg`: an oracle's episode of the dev suite as it looks in a terminal.

python scripts/draw_episode.py [TASK]
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chartgym.agents import make_agent, play
from chartgym.agents.chart_view import view_bundle
from chartgym.env import Episode
from chartgym.runner import open_server, select
from chartgym.tasks.base import Step
from chartgym.tasks.suite import load_suite

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "episode.svg"
SHOWN_ROWS = 4


def main(task_id: str) -> None:
    """Plays the task and writes the picture."""
    suite = load_suite("dev")
    task = select(suite, (), (task_id,))[0]
    server, _ = open_server(suite)
    screen = Console(record=True, width=112, file=io.StringIO(), highlight=False)
    with server.open_session(key=task.id, seed=0) as session:
        episode = Episode(task, session)
        play(make_agent("oracle"), episode)
        request = task.prompt.split("\n")[0]
        screen.print(Panel(Text(request), title=f"{task.id}", title_align="left", border_style="cyan"))
        for step in episode.evidence().log:
            _show(screen, step)
        verdict = episode.verdict()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in (("", 2), ("criterion", 31), ("expected", 36), ("got", 37)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", width=width)
    for criterion in [c for c in verdict.criteria if c.applies][:14]:
        mark = Text("ok", "green") if criterion.passed else Text("no", "red")
        table.add_row(mark, *(_brief(text) for text in (criterion.id, criterion.expected, criterion.got)))
    screen.print(Text("\nThe checker reads the chart:", "bold"))
    screen.print(table)
    screen.print(
        Text("passed" if verdict.passed else "failed", "bold green" if verdict.passed else "bold red")
    )
    svg = screen.export_svg(title="ChartGym", clear=True)
    # The font is loaded from nowhere: any monospace font of the reader will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    PICTURE.write_text(svg.replace("Fira Code", "ui-monospace, Menlo, Consolas"), encoding="utf-8")


def _brief(text: str) -> Text:
    return Text(text.removeprefix('"').removesuffix('"'))


def _show(screen: Console, step: Step) -> None:
    """One call, and its result where it is a short table of results or a write."""
    arguments = json.dumps(dict(step.call.arguments), ensure_ascii=False)
    screen.print(
        Text.assemble(("> ", "cyan"), (step.call.tool, "bold"), f" {arguments[:180]}"),
        overflow="ellipsis",
        no_wrap=True,
    )
    if step.call.tool == "fhir_search" and step.call.arguments["resource_type"] == "Observation":
        bundle = json.loads(step.result.text)
        bundle["entry"] = bundle["entry"][:SHOWN_ROWS]
        screen.print(view_bundle(bundle).view)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "record-vital/dev-008")
