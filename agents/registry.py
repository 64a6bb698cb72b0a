"""Agents by name, as `chartgym eval --agent NAME` takes them."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

import orjson

from chartgym.errors import UnknownNameError, UsageError

from ..env.episode import INVALID, Action
from ..tasks.base import SHORTCUTS, Status, ToolCall
from . import scripted
from .base import Agent
from .random_agent import RandomAgent, SpamAgent

_STATUSES: tuple[Status, ...] = get_args(Status)


def _noop(status: Status | None = None) -> Callable[[], Agent]:
    return lambda: scripted.NoopAgent(status)


def _shortcut(name: str) -> Callable[[], Agent]:
    return lambda: scripted.shortcut(name)


AGENTS: Mapping[str, tuple[Callable[[], Agent], str]] = {
    "oracle": (scripted.oracle, "each category's reference solution, through the public tools only"),
    "noop": (_noop(), "finishes at once, trying every empty shape"),
    **{f"noop:{s}": (_noop(s), f"finishes at once, the status {s} first") for s in _STATUSES},
    "blind": (scripted.blind, "reads nothing; writes and answers the category's commonest result"),
    "random": (RandomAgent, "random calls, garbage and answers, seeded"),
    "spam": (SpamAgent, "answers with every value at once and posts every order again"),
    **{name: (_shortcut(name), f"the oracle, but {text}") for name, text in SHORTCUTS.items()},
}
"""Name to maker and description. Beside these: `replay:FILE` and `py:module:Name`."""


def make_agent(name: str) -> Agent:
    """Makes an agent.

    Args:
        name: a key of `AGENTS`; `replay:FILE` with a run's `episodes.jsonl` (its folder will do) or a JSON
        array of
            calls; `py:module:Name` with a class or function of yours that takes no arguments, from an
            installed module or from `module.py` in the working directory.

    Raises:
        UnknownNameError: no such name; the message offers the nearest.
        UsageError: the file or module cannot be used; says why.
    """
    if name in AGENTS:
        return AGENTS[name][0]()
    kind, _, rest = name.partition(":")
    if kind == "py":
        return _own_agent(rest)
    if kind == "replay" and rest:
        return scripted.ReplayAgent(read_replay(Path(rest)))
    raise UnknownNameError("agent", name, [*AGENTS, "py:module:Name", "replay:FILE"])


def touches(agent: Agent, category: str) -> bool:
    """Whether an agent plays the tasks of a category; all do but the shortcuts, which play what can be fooled."""
    return agent.touches(category) if isinstance(agent, scripted.SolutionAgent) else True


def read_replay(path: Path) -> Sequence[Action] | Mapping[str, Sequence[Action]]:
    """The actions of a JSON array of calls, or by task of a run's log (the last trial of each).

    Raises:
        UsageError: the file cannot be read or holds something else.
    """
    file = path / "episodes.jsonl" if path.is_dir() else path
    try:
        data = file.read_bytes()
        if file.suffix == ".jsonl":
            records: list[Any] = [orjson.loads(line) for line in data.splitlines() if line.strip()]
            return {r["key"]["task"]: [_action(step) for step in r["steps"]] for r in records}
        calls: Any = orjson.loads(data)
        if not isinstance(calls, list):
            raise TypeError("not an array")
        return [_action(call) for call in cast(list[Any], calls)]
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{file} is neither a run's log nor a JSON array of calls: {type(error).__name__}: {error}"
        ) from error


def _action(step: Any) -> Action:
    if not isinstance(step, dict):
        raise TypeError(f"a call is an object, not {step!r:.60}")
    call = cast(dict[str, Any], step)
    arguments: Mapping[str, Any] = call.get("arguments", {})
    return arguments["action"] if call["tool"] == INVALID else ToolCall(call["tool"], arguments)


def _own_agent(rest: str) -> Agent:
    module_name, _, attribute = rest.partition(":")
    if not module_name or not attribute:
        raise UsageError(f"an agent of yours is named py:module:Name, got py:{rest}")
    module = _module(module_name)
    maker = getattr(module, attribute, None)
    if maker is None:
        names = [n for n in dir(module) if not n.startswith("_")]
        raise UnknownNameError(f"name in {module_name}", attribute, names)
    agent = _foreign(maker, f"{rest} cannot be made")
    for method in ("reset", "act"):
        if not callable(getattr(agent, method, None)):
            raise UsageError(
                f"{rest} makes {type(agent).__name__}, which has no {method}(): see chartgym.agents.Agent"
            )
        if inspect.iscoroutinefunction(getattr(agent, method)):
            raise UsageError(f"{rest}: {method}() is async; an agent is called plainly, so make it a def")
    return cast(Agent, agent)


def _module(name: str) -> ModuleType:
    file = Path(*name.removesuffix(".py").split(".")).with_suffix(".py")
    try:
        return _foreign(lambda: importlib.import_module(name), f"cannot import {name}", ModuleNotFoundError)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0] or not file.exists():
            raise UsageError(f"cannot import {name}: {error} (looked for {file} here too)") from error
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"cannot import {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    loader = spec.loader
    _foreign(lambda: loader.exec_module(module), f"cannot import {file}")
    return module


def _foreign(call: Callable[[], Any], failed: str, *passed: type[Exception]) -> Any:
    """Calls code of the user's; what breaks in it is told in one line, with the place.

    Raises:
        UsageError: anything that it raised, but for `passed`.
    """
    try:
        return call()
    except passed:
        raise
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
        raise UsageError(f"{failed}: {type(error).__name__}: {error}{place}") from error
