"""The loop: whose fault ends an episode how, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chartgym.agents import Action, AgentView, Observation, Reply, Usage, play
from chartgym.errors import ProviderError
from chartgym.tasks.base import ToolCall

from .conftest import NewGame

FINISH = ToolCall("finish", {"status": "ok", "value": 5.6, "high": True})


class Playing:
    """An agent that acts as a function says."""

    def __init__(self, move: Callable[[Observation], Action | Reply]) -> None:
        self.move = move
        self.heard: list[Observation] = []
        self.view: AgentView | None = None

    def reset(self, view: AgentView) -> None:
        self.view = view

    def act(self, observation: Observation) -> Action | Reply:
        self.heard.append(observation)
        return self.move(observation)


def raising(error: BaseException) -> Callable[[Observation], Action]:
    def move(_: Observation) -> Action:
        raise error

    return move


def test_text_agent_hears_everything(new_game: NewGame) -> None:
    """The first observation is the whole request; each later one is what the action gave."""
    agent = Playing(
        lambda o: '{"tool": "calculate", "arguments": {"expression": "6 * 7"}}' if not o.results else [FINISH]
    )
    episode = new_game()
    play(agent, episode)
    assert agent.heard[0] == episode.observe()
    assert agent.heard[1] == "42"
    assert episode.verdict().passed
    assert agent.view is not None
    assert agent.view.prompt in agent.heard[0]
    assert agent.view.system in agent.heard[0]


@pytest.mark.parametrize(("error", "ended_by"), [
    (ProviderError("rate limit"), "infra_error"),
    (ValueError("bug"), "agent_error"),
    (RecursionError("deep"), "agent_error"),
    (SystemExit(3), "agent_error"),
])  # fmt: skip
def test_fault_ends_the_episode_under_its_name(
    error: BaseException, ended_by: str, new_game: NewGame
) -> None:
    """A provider's fault is infrastructure, any other the agent's; both are kept in words."""
    episode = new_game()
    play(Playing(raising(error)), episode)
    assert episode.ended_by == ended_by
    assert episode.error == f"{type(error).__name__}: {error}"


def test_a_stop_cancels_and_goes_on_up(new_game: NewGame) -> None:
    """A stopped run is no failure of the agent, and is not held up."""
    episode = new_game()
    with pytest.raises(KeyboardInterrupt):
        play(Playing(raising(KeyboardInterrupt())), episode)
    assert episode.ended_by == "cancelled"


@pytest.mark.parametrize("action", [None, 3, {"tool": "finish"}, object()])
def test_action_of_another_kind_is_the_agents(action: object, new_game: NewGame) -> None:
    """Whatever an agent returns is refused step by step, until the calls are used up."""
    episode = new_game(steps=3)
    play(Playing(lambda _o: action), episode)  # type: ignore[arg-type,return-value] - what an agent may return wrongly
    assert episode.ended_by == "limit"
    assert not episode.verdict().passed


def test_bug_below_is_not_held_up(new_game: NewGame, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the episode itself goes up, and the episode is cancelled, not blamed on the agent."""
    episode = new_game()

    def broken(action: Action) -> Observation:
        raise RuntimeError("our bug")

    monkeypatch.setattr(episode, "act", broken)
    with pytest.raises(RuntimeError, match="our bug"):
        play(Playing(lambda _o: FINISH), episode)
    assert episode.ended_by == "cancelled"


def test_usage_is_summed(new_game: NewGame) -> None:
    """Tokens and cost of all replies add up; an unknown cost makes the sum unknown."""
    costs = iter([0.5, 0.25])
    agent = Playing(lambda o: Reply([FINISH] if o.results else "?", Usage(100, 10, next(costs))))
    assert play(agent, new_game()).usage == Usage(200, 20, 0.75)
    unknown = Playing(
        lambda o: Reply([FINISH] if o.results else "?", Usage(1, 1, 1.0 if o.results else None))
    )
    assert play(unknown, new_game()).usage == Usage(2, 2, None)
    assert play(Playing(lambda _o: FINISH), new_game()).usage == Usage()


def test_watcher_sees_each_turn(new_game: NewGame) -> None:
    """Who watches is told of each action with what it gave, the last included."""
    turns: list[tuple[Reply, Observation]] = []
    agent = Playing(lambda o: FINISH if o.results else "garbage")
    play(agent, new_game(), lambda reply, observation: turns.append((reply, observation)))
    assert [reply.action for reply, _ in turns] == ["garbage", FINISH]
    assert "ended" in turns[1][1]
