"""Who plays: what an agent is told, what it does, and what it used.

An agent is any object with `reset(view)` and `act(observation)`::

    class Reader:
        def reset(self, view: AgentView) -> None:
            self.request = view.prompt

        def act(self, observation: Observation) -> Action:
            return '{"tool": "finish", "arguments": {"status": "no_data"}}'

`act` may raise `ProviderError` (the model's provider failed: not the agent's failure); any other exception
is the agent's own and ends the episode as `agent_error`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from ..env.episode import Action, Episode, Observation
from ..env.prompt import introduction
from ..env.tools import Tool
from ..tasks.base import AnswerSchema, Json, TaskView


@dataclass(frozen=True, slots=True)
class AgentView:
    """All that an agent is told at the start.

    Attributes:
        task: request, answer's shape, granted tools, limit of calls, clock. Its `id` is for logs, not for
        models. tools: each with name, description and JSON Schema, for providers with native tool calls.
        seed: for agents that draw; the same seed gives the same moves.
    """

    task: TaskView
    tools: tuple[Tool, ...]
    seed: int = 0

    @classmethod
    def of(cls, episode: Episode) -> AgentView:
        """The view of an episode."""
        return cls(episode.view, episode.tools, episode.seed)

    @property
    def prompt(self) -> str:
        """The clinician's request."""
        return self.task.prompt

    @property
    def system(self) -> str:
        """Where the agent is and what time it is, for a system prompt."""
        return introduction(self.task)

    @property
    def answer(self) -> AnswerSchema:
        """The shape of the answer."""
        return self.task.answer


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost. Tokens as the provider counts them; `cost` in US dollars, None where unknown."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An action with what is known of how it came about. `raw` is JSON for the log: request and answer, no keys."""

    action: Action
    usage: Usage | None = None
    raw: Json = None


Act: TypeAlias = Action | Reply


class Agent(Protocol):
    """One player of one episode at a time; `reset` starts the next."""

    def reset(self, view: AgentView) -> None:
        """Starts an episode."""
        ...

    def act(self, observation: Observation) -> Act:
        """Says what to do next.

        Args:
            observation: a text (the first is the whole request, tools and answer's shape included); its
            `results`
                hold one result for each call of the last action.

        Raises:
            ProviderError: the model's provider failed.
        """
        ...


@runtime_checkable
class Insider(Protocol):
    """A scripted agent: it is handed a task's parameters (all said in the prompt), never its gold."""

    def brief(self, category: str, params: Mapping[str, Json]) -> None:
        """Tells category and parameters, before `reset`.

        Raises:
            UsageError: the agent does not touch tasks of this category.
        """
        ...
