"""One episode as a state machine without I/O of its own: a call goes in, an observation comes out.

Rule 1: everything that ends an episode is in `MOVES`; a move that is not there is a bug and raises.
Rule 2: every call is a step, refused ones and texts that are no call too, whoever makes them in parallel.
Rule 3: the agent's mistakes are observations; only the server's faults end an episode from below.
Rule 4: a verdict rests on what the session holds, the answer and the log; never on the agent's prose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal, TypeAlias, cast

from chartgym.errors import AgentError, ServerError

from ..fhir_server.backend import Response, Session
from ..fhir_server.cohort.plan import NOW
from ..tasks import checks
from ..tasks.answers import validate_answer
from ..tasks.base import Evidence, Json, Step, Task, TaskView, ToolCall, ToolResult, Verdict
from . import requests, strict_json
from .actions import FORM, check_order, parse_action
from .calculator import calculate
from .prompt import DEFAULT_STEPS, first_observation, view_of
from .results import Desk, Entries, Shown, Text
from .tools import RESULT_BYTES, tools_for

EndedBy = Literal["finish", "limit", "agent_error", "infra_error", "cancelled"]
Action: TypeAlias = str | ToolCall | Sequence[ToolCall]
"""What an agent may do: text by the rule of `actions.py`, or calls already made into `ToolCall`s."""

INVALID = ""
"""Tool name of a logged step whose text was no call; its one argument is `action`, the text, cut."""


class Event(Enum):
    """What can happen to an episode."""

    STEP = "step"
    FINISH = "finish"
    LIMIT = "limit"
    AGENT_ERROR = "agent_error"
    INFRA_ERROR = "infra_error"
    CANCEL = "cancelled"


MOVES: Mapping[EndedBy | None, Mapping[Event, EndedBy | None]] = {
    None: {
        Event.STEP: None,
        Event.FINISH: "finish",
        Event.LIMIT: "limit",
        Event.AGENT_ERROR: "agent_error",
        Event.INFRA_ERROR: "infra_error",
        Event.CANCEL: "cancelled",
    },
    "finish": {},
    "limit": {},
    "agent_error": {},
    "infra_error": {},
    "cancelled": {},
}
"""State (None is open) and event give the next state; an ended episode moves no more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds an episode: calls, and bytes of a result."""

    steps: int = DEFAULT_STEPS
    result_bytes: int = RESULT_BYTES


class Observation(str):
    """What an action gave: all of it as text, and in `results` one result for each call that was made."""

    __slots__ = ("results",)
    results: tuple[ToolResult, ...]

    def __new__(cls, text: str, results: tuple[ToolResult, ...] = ()) -> Observation:
        """A text with results."""
        self = super().__new__(cls, text)
        self.results = results
        return self


class Episode:
    """One agent, one task, one isolated view of the server.

    Attributes:
        task: the task with its gold; keep it from agents, who get `view`.
        view: what an agent may see.
        seed: of the episode; moves ids, tokens and agents, never the task.
        session: the episode's own view of the server; whoever opened it closes it.
        ended_by: None while the episode is open.
        error: why it ended, where an error ended it.
        fault: the ServerError behind `infra_error`.
    """

    def __init__(
        self,
        task: Task,
        session: Session,
        limits: Limits | None = None,
        *,
        seed: int = 0,
        now: datetime = NOW,
        judge: Callable[[Task, Evidence], Verdict] | None = None,
    ) -> None:
        self.task = task
        self.seed = seed
        self.session = session
        self.limits = limits or Limits()
        self.view: TaskView = view_of(task, self.limits.steps, now)
        self.tools = tools_for(task.answer, task.grants)
        self.ended_by: EndedBy | None = None
        self.error: str | None = None
        self.fault: ServerError | None = None
        self._judge = judge
        self._desk = Desk(f"{task.id}/{seed}", self.limits.result_bytes)
        self._log: list[Step] = []
        self._answer: Json = None
        self._verdict: Verdict | None = None
        self._names = {tool.name for tool in self.tools}

    @property
    def done(self) -> bool:
        """Whether the episode has ended."""
        return self.ended_by is not None

    @property
    def steps(self) -> int:
        """Calls made so far."""
        return len(self._log)

    def observe(self) -> Observation:
        """The first observation: the whole text that a text agent needs."""
        return Observation(first_observation(self.view))

    def act(self, action: Action) -> Observation:
        """Performs an action: one call, or several in order until the episode ends.

        An action that cannot be understood is one step that explains why.

        Raises:
            ValueError: the episode has ended.
        """
        self._open()
        try:
            calls = parse_action(action) if isinstance(action, str) else check_order(_as_calls(action))
        except AgentError as error:
            return Observation(*_told([self._log_invalid(action, str(error))], self))
        results: list[ToolResult] = []
        for call in calls:
            results.append(self.call(call))
            if self.done:
                break
        return Observation(*_told(results, self))

    def call(self, call: ToolCall) -> ToolResult:
        """Makes one call. Whatever the call is, there is a result; a server's fault ends the episode.

        Raises:
            ValueError: the episode has ended.
        """
        self._open()
        own = call
        try:
            own = _owned(call)
            shown = self._perform(own)
        except AgentError as error:
            shown = Shown(ToolResult(False, str(error)))
        except ServerError as error:
            shown = Shown(ToolResult(False, "The server cannot be reached; the episode ends here."))
            self.fault = error
            self._log.append(Step(own, shown.result))
            self._move(Event.INFRA_ERROR, f"{type(error).__name__}: {error}")
            return shown.result
        self._step(Step(own, shown.result, shown.seen))
        return shown.result

    def refuse(self, text: str, reason: str) -> ToolResult:
        """Counts what is no call as a step: for agents whose provider gave arguments that are no JSON.

        Raises:
            ValueError: the episode has ended.
        """
        self._open()
        return self._log_invalid(text, reason)

    def end(self, by: Literal["agent_error", "infra_error", "cancelled"], error: str | None = None) -> None:
        """Ends the episode from outside: the agent crashed, its provider failed, the run was stopped.

        Raises:
            ValueError: the episode has ended already.
        """
        self._open()
        self._move({e.value: e for e in Event}[by], error)

    def evidence(self) -> Evidence:
        """All that a verdict may rest on, so far."""
        return Evidence(deepcopy(self._answer), self.session.changes(), tuple(self._log))

    def verdict(self) -> Verdict:
        """The checker's word on the episode as it is; computed once after the end, afresh before.

        Raises:
            ServerError: the session cannot tell its changes.
        """
        if self._verdict is not None:
            return self._verdict
        evidence = self.evidence()
        judge = self._judge
        verdict = judge(self.task, evidence) if judge else checks.judge(None, self.task, evidence)
        if self.done:
            self._verdict = verdict
        return verdict

    def _perform(self, call: ToolCall) -> Shown:
        if call.tool not in self._names:
            known = ", ".join(sorted(self._names))
            raise AgentError(f"There is no tool {call.tool[:80]!r} in this task; there are {known}.")
        return _TOOLS[call.tool](self, call.arguments)

    def _search(self, arguments: Mapping[str, Json]) -> Shown:
        return self._desk.search(self._request(requests.search_request(arguments)))

    def _next(self, arguments: Mapping[str, Json]) -> Shown:
        pending = self._desk.take(requests.only(arguments, "page"))
        if isinstance(pending, Entries):
            return self._desk.page(pending)
        if isinstance(pending, Text):
            return self._desk.text(pending)
        return self._desk.search(self._request(requests.next_request(pending.url)))

    def _read(self, arguments: Mapping[str, Json]) -> Shown:
        return self._desk.resource(self._request(requests.read_request(arguments)))

    def _create(self, arguments: Mapping[str, Json]) -> Shown:
        return self._desk.resource(self._request(requests.create_request(arguments)))

    def _update(self, arguments: Mapping[str, Json]) -> Shown:
        return self._desk.resource(self._request(requests.update_request(arguments)))

    def _calculate(self, arguments: Mapping[str, Json]) -> Shown:
        return Shown(ToolResult(True, calculate(requests.only(arguments, "expression"))))

    def _finish(self, arguments: Mapping[str, Json]) -> Shown:
        problems = validate_answer(self.task.answer, arguments)
        if problems:
            told = "\n".join(f"- {problem}" for problem in problems[:20])
            return Shown(ToolResult(False, f"The answer was not taken, and the episode goes on:\n{told}"))
        self._answer = deepcopy(arguments)
        return Shown(ToolResult(True, "The answer was taken. The episode has ended."))

    def _request(self, request: requests.Request) -> Response:
        try:
            return self.session.request(
                request.method, request.path, request.params, request.body, request.headers
            )
        except ServerError:
            raise
        except Exception as error:  # whatever breaks down there is never the agent's failure
            raise ServerError(f"the server broke: {type(error).__name__}: {error}") from error

    def _step(self, step: Step) -> None:
        self._log.append(step)
        if self._answer is not None:
            self._move(Event.FINISH)
        elif len(self._log) >= self.limits.steps:
            self._move(Event.LIMIT)
        else:
            self._move(Event.STEP)

    def _log_invalid(self, action: Action, reason: str) -> ToolResult:
        text = action if isinstance(action, str) else f"<{type(action).__name__}>"
        result = ToolResult(False, reason)
        self._step(Step(ToolCall(INVALID, {"action": _printable(text[:2000])}), result))
        return result

    def _move(self, event: Event, error: str | None = None) -> None:
        self.ended_by = MOVES[self.ended_by][event]
        self.error = error

    def _open(self) -> None:
        if self.done:
            raise ValueError(f"the episode has ended (by {self.ended_by}); reset before acting again")


_TOOLS: Mapping[str, Callable[[Episode, Mapping[str, Json]], Shown]] = {
    "fhir_search": Episode._search,  # pyright: ignore[reportPrivateUsage] - the table is part of the class
    "fhir_next": Episode._next,  # pyright: ignore[reportPrivateUsage]
    "fhir_read": Episode._read,  # pyright: ignore[reportPrivateUsage]
    "fhir_create": Episode._create,  # pyright: ignore[reportPrivateUsage]
    "fhir_update": Episode._update,  # pyright: ignore[reportPrivateUsage]
    "calculate": Episode._calculate,  # pyright: ignore[reportPrivateUsage]
    "finish": Episode._finish,  # pyright: ignore[reportPrivateUsage]
}


def _as_calls(action: ToolCall | Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    listed = isinstance(action, Sequence) and not isinstance(action, ToolCall)
    calls: tuple[Any, ...] = tuple(cast(Sequence[Any], action)) if listed else (action,)
    for call in calls:
        if not isinstance(call, ToolCall):
            what = f"a {type(action).__name__}" + (f" of {type(call).__name__}" if listed else "")
            raise AgentError(
                f"The action is {what}, not a text: give one tool call as JSON text, such as {FORM}"
            )
    return cast("tuple[ToolCall, ...]", calls)


def _owned(call: ToolCall) -> ToolCall:
    """A call whose arguments are checked JSON that nobody else holds: the log cannot change afterwards."""
    arguments: Any = call.arguments
    tool: Any = call.tool
    if not isinstance(tool, str) or not isinstance(arguments, Mapping):
        raise AgentError("A call is the name of a tool with an object of arguments.")
    strict_json.check(arguments)
    return ToolCall(_printable(tool[:200]), deepcopy(dict(cast(Mapping[str, Json], arguments))))


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()


def _told(results: list[ToolResult], episode: Episode) -> tuple[str, tuple[ToolResult, ...]]:
    if len(results) == 1:
        text = _one(results[0])
    else:
        text = "\n\n".join(f"[{number}] {_one(result)}" for number, result in enumerate(results, 1))
    left = episode.limits.steps - episode.steps
    if episode.ended_by == "limit":
        text += f"\n\n[All {episode.limits.steps} calls are used; the episode has ended without an answer.]"
    elif not episode.done and left <= 5:
        text += f"\n\n[{left} call{'s' if left > 1 else ''} left, finish included]"
    return text, tuple(results)


def _one(result: ToolResult) -> str:
    return result.text if result.ok else f"Error: {result.text}"
