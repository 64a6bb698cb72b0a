"""What an agent is told at the start: request, clock, tools, shape of the answer, limits. Never the gold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from ..fhir_server.cohort.plan import NOW
from ..tasks.base import Json, Task, TaskView
from .tools import Tool, tools_for

DEFAULT_STEPS = 40
_HOW = (
    'An action is one tool call as JSON, {{"tool": NAME, "arguments": {{...}}}}, or an array of such calls, '
    "made in "
    "order. You have {steps} calls in all; a call that is refused counts. The last is finish."
)


def view_of(task: Task, max_steps: int = DEFAULT_STEPS, now: datetime = NOW) -> TaskView:
    """The part of a task that an agent may see."""
    return TaskView(task.id, task.prompt, task.answer, task.grants, max_steps, now)


def first_observation(view: TaskView) -> str:
    """The whole text that a text agent needs; the task's id is not in it."""
    tools = tools_for(view.answer, view.grants)
    listed = "\n".join(_tool_text(tool) for tool in tools if tool.name != "finish")
    return "\n".join([
        introduction(view),
        "",
        "# Request",
        view.prompt.strip(),
        "",
        "# How to act",
        _HOW.format(steps=view.max_steps),
        "",
        "# Tools",
        listed,
        "",
        "# Answer",
        _tool_text(tools[-1]),
    ])  # fmt: skip


def introduction(view: TaskView) -> str:
    """Where the agent is and what time it is; also the system prompt of agents with native tool calls."""
    return (
        "You work in the electronic record of a hospital, a FHIR R4 server, through tools. Only what is "
        "stored in the "
        "record counts as done, and anything written that was not asked for is a fault. "
        f"It is {clock_text(view.now)}; this clock stands still."
    )


def clock_text(now: datetime) -> str:
    """`Tuesday, 10 March 2026, 10:25 (2026-03-10T10:25:00-04:00, America/New_York)`."""
    zone = f", {now.tzinfo}" if now.tzinfo is not None else ""
    return f"{now:%A}, {now.day} {now:%B %Y, %H:%M} ({now.isoformat()}{zone})"


def _tool_text(tool: Tool) -> str:
    lines = [f"- {tool.name}({', '.join(_argument(tool, name) for name in tool.parameters['properties'])})"]
    lines.append(f"  {tool.description}")
    for name, schema in tool.parameters["properties"].items():
        told = schema.get("description", "")
        if told or "enum" in schema:
            lines.append(f"  {name} ({_type_text(schema)}): {told}".rstrip())
    return "\n".join(lines)


def _argument(tool: Tool, name: str) -> str:
    return name if name in tool.parameters["required"] else f"{name}?"


def _type_text(schema: Mapping[str, Json]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(word, ensure_ascii=False) for word in schema["enum"])
    kind = schema.get("type", "any")
    return {"array": "array of strings"}.get(kind, str(kind))
