"""The loop between an agent and an episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chartgym.errors import ProviderError

from ..env.episode import Episode, Observation
from .base import Agent, AgentView, Insider, Reply, Usage


@dataclass(frozen=True, slots=True)
class Played:
    """How an episode was played: every reply in order."""

    replies: tuple[Reply, ...]

    @property
    def usage(self) -> Usage:
        """The sum over all replies; the cost is None where one is unknown."""
        used = [r.usage for r in self.replies if r.usage is not None]
        costs = [u.cost for u in used]
        known = [c for c in costs if c is not None]
        cost = sum(known) if used and len(known) == len(costs) else None
        return Usage(sum(u.input_tokens for u in used), sum(u.output_tokens for u in used), cost)


Watcher = Callable[[Reply, Observation], None]


def play(agent: Agent, episode: Episode, watch: Watcher | None = None) -> Played:
    """Plays an episode to its end.

    A provider's fault ends it as `infra_error`, any other exception of the agent as `agent_error`; the error
    is kept in `episode.error`.

    Args:
        agent: anybody; a scripted insider is told the task's parameters first.
        episode: an open one.
        watch: called after each action with the reply and the observation it got.

    Raises:
        KeyboardInterrupt: the run was stopped; the episode has ended as `cancelled`.
        UsageError: a shortcut agent that does not touch this category.
    """
    if isinstance(agent, Insider):
        agent.brief(episode.task.category, episode.task.params)
    replies: list[Reply] = []
    observation = episode.observe()
    try:
        agent.reset(AgentView.of(episode))
        while not episode.done:
            reply = _reply(agent, observation)
            replies.append(reply)
            observation = episode.act(reply.action)
            if watch is not None:
                watch(reply, observation)
    except ProviderError as error:
        _end(episode, "infra_error", error)
    except Exception as error:  # an agent is foreign code: its fault is recorded as its own
        _end(episode, "agent_error", error)
    except BaseException:
        if not episode.done:
            episode.end("cancelled")
        raise
    return Played(tuple(replies))


def _reply(agent: Agent, observation: Observation) -> Reply:
    act = agent.act(observation)
    return act if isinstance(act, Reply) else Reply(act)


def _end(episode: Episode, by: str, error: Exception) -> None:
    if not episode.done:
        told = f"{type(error).__name__}: {error}"
        episode.end("infra_error" if by == "infra_error" else "agent_error", told[:2000])
