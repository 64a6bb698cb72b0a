"""Agents without a model: the oracle, floors that must score nothing, shortcuts that must score little."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chartgym.errors import AgentError, UsageError

from ..env.episode import Action, Observation
from ..tasks import registry
from ..tasks.base import (
    SHORTCUTS,
    AnswerField,
    Category,
    Json,
    Solution,
    Status,
    TaskView,
    ToolCall,
    ToolResult,
)
from .base import AgentView

Solve = Callable[[TaskView, Mapping[str, Json]], Solution]


class SolutionAgent:
    """Plays a solution of the task's category: a generator that yields calls and is sent their results."""

    def __init__(self, choose: Callable[[Category], Solve | None], name: str) -> None:
        self.name = name
        self._choose = choose
        self._solve: Solve | None = None
        self._params: Mapping[str, Json] = {}
        self._solution: Solution | None = None
        self._started = False

    def touches(self, category: str) -> bool:
        """Whether the category has a solution of this kind."""
        return self._choose(registry.category(category)) is not None

    def brief(self, category: str, params: Mapping[str, Json]) -> None:
        """Chooses the solution of the task's category.

        Raises:
            UsageError: the category has none of this kind, so that the agent does not touch its tasks.
        """
        self._solve = self._choose(registry.category(category))
        if self._solve is None:
            raise UsageError(f"the agent {self.name} does not touch {category}")
        self._params = params

    def reset(self, view: AgentView) -> None:
        """Starts the solution."""
        if self._solve is None:
            raise UsageError(f"the agent {self.name} must be told the category first (brief)")
        self._solution = self._solve(view.task, self._params)
        self._started = False

    def act(self, observation: Observation) -> Action:
        """The solution's next call."""
        if self._solution is None:
            raise UsageError("reset the agent first")
        try:
            if self._started:
                return self._solution.send(observation.results[-1])
            self._started = True
            return next(self._solution)
        except StopIteration:
            raise AgentError("the solution ended without an accepted finish") from None


def oracle() -> SolutionAgent:
    """Each category's reference solution, through the public tools only."""
    return SolutionAgent(lambda category: category.reference, "oracle")


def blind() -> SolutionAgent:
    """Reads nothing; writes and answers the category's commonest result."""
    return SolutionAgent(lambda category: category.blind, "blind")


def shortcut(name: str) -> SolutionAgent:
    """A reference solution with one fault; `name` is a key of `SHORTCUTS`. Touches some categories only."""
    if name not in SHORTCUTS:
        raise UsageError(f"unknown shortcut {name!r}; there are {', '.join(SHORTCUTS)}")
    return SolutionAgent(lambda category: category.shortcuts().get(name), name)


class NoopAgent:
    """Finishes at once: every empty shape first, then a status with every field empty, left out, or neutral.

    An answer of a wrong shape does not end an episode, so one episode tries them all; the first that is
    taken ends it. `status` is tried before the others, so that the variants together try each status.
    """

    SHAPES: tuple[Json, ...] = (
        {},
        {"status": ""},
        {"status": None},
        {"answer": ""},
        {"answer": None},
        {"answer": []},
    )
    TEXTS = ("finish", "", "{}", "[]", '""', "null", " ", '{"tool": "finish", "arguments": []}')

    def __init__(self, status: Status | None = None) -> None:
        self.name = f"noop:{status}" if status else "noop"
        self._status = status
        self._moves: list[Action] = []

    def reset(self, view: AgentView) -> None:
        """Lays out the attempts, at most as many as there are calls."""
        statuses = sorted(view.answer.statuses, key=lambda s: (s != self._status, s == "ok"))
        moves: list[Action] = list(self.TEXTS)
        moves += [ToolCall("finish", shape) for shape in self.SHAPES]
        for status in statuses:
            moves += [ToolCall("finish", shape) for shape in empty_answers(view.answer.fields, status)]
        self._moves = moves[-view.task.max_steps :]

    def act(self, observation: Observation) -> Action:
        """The next attempt."""
        del observation
        return self._moves.pop(0) if self._moves else ToolCall("finish", {})


def empty_answers(fields: Sequence[AnswerField], status: Status) -> list[dict[str, Json]]:
    """A status with its fields left out, null, and filled with what says nothing (0, false, `-`)."""
    neutral: dict[str, Json] = {
        "number": 0, "integer": 0, "string": "-", "date": "1970-01-01", "instant": "1970-01-01T00:00:00Z",
        "boolean": False, "list": ["-"],
    }  # fmt: skip
    said = [f for f in fields if status in f.statuses]
    filled = {
        f.name: f.choices[0] if f.type == "choice" and f.choices else neutral.get(f.type, "-") for f in said
    }
    return [
        {"status": status},
        {"status": status, **{f.name: None for f in fields}},
        {"status": status, **filled},
    ]


class ReplayAgent:
    """Plays calls from a list, or texts; ends as `agent_error` where the list ends first.

    Args:
        actions: for all tasks alike, or by task id.
    """

    name = "replay"

    def __init__(self, actions: Sequence[Action] | Mapping[str, Sequence[Action]]) -> None:
        self._actions = actions
        self._left: list[Action] = []

    def reset(self, view: AgentView) -> None:
        """Takes the list of the task.

        Raises:
            UsageError: there is none.
        """
        if isinstance(self._actions, Mapping):
            if view.task.id not in self._actions:
                raise UsageError(f"nothing to replay for {view.task.id}")
            self._left = list(self._actions[view.task.id])
        else:
            self._left = list(self._actions)

    def act(self, observation: Observation) -> Action:
        """The next action of the list."""
        del observation
        if not self._left:
            raise AgentError("the replay ended before the episode")
        return self._left.pop(0)


def drive(solution: Solution, call: Callable[[ToolCall], ToolResult]) -> int:
    """Runs a solution against a function that makes calls; returns how many it made."""
    made = 0
    try:
        step = next(solution)
        while True:
            made += 1
            step = solution.send(call(step))
    except StopIteration:
        return made
