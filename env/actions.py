"""From an agent's text to tool calls. One rule: the text is a JSON object (a call) or a JSON array of calls.

Where the whole text is not that, exactly one fence of three backticks may hold it, and what stands around the
fence (thoughts) is ignored. Anything else is told to the agent.
"""

from __future__ import annotations

from typing import cast

from chartgym.errors import AgentError

from ..tasks.base import Json, ToolCall
from . import strict_json

MAX_CALLS = 16
FORM = '{"tool": "fhir_read", "arguments": {"resource_type": "Patient", "id": "..."}}'


def parse_action(text: str) -> tuple[ToolCall, ...]:
    """Reads an action.

    Returns:
        One call, or up to 16 in order; `finish` can only be the last.

    Raises:
        AgentError: the text is not an action; says what is wrong and what the form is.
    """
    try:
        text = _unwrap(text)
        value = strict_json.loads(text)
    except AgentError as error:
        raise AgentError(f"The action was not understood: {error}. {_expected()}") from None
    if not isinstance(value, (dict, list)):
        raise AgentError(f"The action is {_kind(value)}, not an object. {_expected()}")
    listed = cast(list[Json], value) if isinstance(value, list) else [cast(Json, value)]
    calls = tuple(_call(call) for call in listed[: MAX_CALLS + 1])
    raws = strict_json.raw_resources(text) or [None] * len(calls)
    exact = (
        ToolCall(call.tool, strict_json.with_raw(call.arguments, raw))
        for call, raw in zip(calls, raws, strict=False)
    )
    return check_order(tuple(exact))


def check_order(calls: tuple[ToolCall, ...]) -> tuple[ToolCall, ...]:
    """Refuses too many calls at once, and calls after `finish`.

    Raises:
        AgentError: says which.
    """
    if not 1 <= len(calls) <= MAX_CALLS:
        raise AgentError(f"An action holds 1 to {MAX_CALLS} calls, not {len(calls)}.")
    if any(call.tool == "finish" for call in calls[:-1]):
        raise AgentError("finish must be the last call of an array; none of the calls was made.")
    return calls


def parse_arguments(tool: str, text: str) -> ToolCall:
    """Reads the arguments of a native tool call, as providers give them: a JSON object in a string.

    Raises:
        AgentError: the text is not a JSON object.
    """
    try:
        arguments = strict_json.loads(text or "{}")
    except AgentError as error:
        raise AgentError(f"The arguments of {tool} were not understood: {error}.") from None
    if not isinstance(arguments, dict):
        raise AgentError(f"The arguments of {tool} are {_kind(arguments)}, not an object.")
    call = _call({"tool": tool, "arguments": cast(Json, arguments)})
    return ToolCall(tool, strict_json.with_raw(call.arguments, strict_json.raw_resource(text or "{}")))


def _unwrap(text: str) -> str:
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        return stripped
    parts = stripped.split("```")
    if len(parts) == 3:
        return parts[1].removeprefix("json").strip()
    if len(parts) > 3:
        raise AgentError("more than one fenced block")
    raise AgentError(
        "empty text" if not stripped else "it is neither a JSON object nor one fenced block of JSON"
    )


def _call(value: Json) -> ToolCall:
    if not isinstance(value, dict):
        raise AgentError(f"A call is {_kind(value)}, not an object. {_expected()}")
    call = cast(dict[str, Json], value)
    unknown = sorted(call.keys() - {"tool", "arguments"})
    if unknown:
        raise AgentError(f"A call has an unknown key {unknown[0][:80]!r}. {_expected()}")
    tool, arguments = call.get("tool"), call.get("arguments", {})
    if not isinstance(tool, str):
        raise AgentError(f"'tool' must be the name of a tool. {_expected()}")
    if not isinstance(arguments, dict):
        raise AgentError(f"'arguments' is {_kind(arguments)}, not an object. {_expected()}")
    return ToolCall(tool, cast(dict[str, Json], arguments))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


def _expected() -> str:
    return f"Give one JSON object such as {FORM}, or an array of them."
