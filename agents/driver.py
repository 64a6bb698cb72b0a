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

    A provider's fault ends it as `infra_error`, any other exception of the agent, `sys.exit` too, as
    `agent_error`; the error is kept in `episode.error`.

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
    try:
        return Played(tuple(_turns(agent, episode, watch)))
    except BaseException:
        if not episode.done:
            episode.end("cancelled")
        raise


def _turns(agent: Agent, episode: Episode, watch: Watcher | None) -> list[Reply]:
    replies: list[Reply] = []
    observation, view = episode.observe(), AgentView.of(episode)
    if not _agents_own(lambda: agent.reset(view), episode):
        return replies
    while not episode.done:
        heard = observation
        if not _agents_own(lambda heard=heard: replies.append(_reply(agent, heard)), episode):
            break
        observation = episode.act(replies[-1].action)
        if watch is not None:
            watch(replies[-1], observation)
    return replies


def _agents_own(move: Callable[[], None], episode: Episode) -> bool:
    """Makes a move of the agent's own code; a fault in it ends the episode under its name.

    What breaks in the episode or the server is outside of this, so that no agent is blamed for it.
    """
    try:
        move()
    except ProviderError as error:
        episode.end("infra_error", _told(error))
    except (Exception, SystemExit) as error:  # an agent is foreign code: its fault is recorded as its own
        episode.end("agent_error", _told(error))
    return not episode.done


def _reply(agent: Agent, observation: Observation) -> Reply:
    act = agent.act(observation)
    return act if isinstance(act, Reply) else Reply(act)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
