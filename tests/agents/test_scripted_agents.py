"""The oracle, the floors and the shortcuts, on an invented category."""

from __future__ import annotations

from typing import Any

import pytest

from chartgym.agents import AGENTS, AgentView, make_agent, play, touches
from chartgym.agents.random_agent import resources_of
from chartgym.agents.scripted import NoopAgent, ReplayAgent, SolutionAgent, empty_answers
from chartgym.env.scoring import outcome
from chartgym.errors import UsageError
from chartgym.tasks.answers import validate_answer
from chartgym.tasks.base import SHORTCUTS, Status, ToolCall

from .conftest import ANSWER, Latest, NewGame


def test_oracle_passes(new_game: NewGame) -> None:
    """The reference solution through the public tools passes, with two calls."""
    episode = new_game()
    play(make_agent("oracle"), episode)
    assert episode.verdict().passed
    assert [step.call.tool for step in episode.evidence().log] == ["fhir_search", "finish"]


@pytest.mark.parametrize("name", [n for n in AGENTS if n not in SHORTCUTS and n != "oracle"])
@pytest.mark.parametrize("seed", range(3))
def test_floors_end_and_fail(name: str, seed: int, new_game: NewGame) -> None:
    """Every agent that does no work comes to an end by itself or by the limit, and fails."""
    episode = new_game(seed=seed)
    play(make_agent(name), episode)
    assert episode.ended_by in ("finish", "limit")
    assert outcome(episode.ended_by, episode.verdict()) == "failed"


def test_shortcut_plays_its_fault_and_nothing_else(new_game: NewGame, invented: Latest) -> None:
    """A shortcut of the category is fooled as it should be; one that the category lacks is not played at all."""
    episode = new_game()
    play(make_agent("any-status"), episode)
    assert episode.evidence().answer == {"status": "ok", "value": 3.0, "high": False}
    assert not episode.verdict().passed
    assert touches(make_agent("any-status"), "recent-lab")
    assert not touches(make_agent("first-page"), "recent-lab")
    untouched = new_game()
    with pytest.raises(UsageError, match="does not touch recent-lab"):
        play(make_agent("first-page"), untouched)
    assert not untouched.done
    assert untouched.steps == 0


def test_agents_are_not_given_the_gold(new_game: NewGame) -> None:
    """What an agent is handed holds neither the gold nor its place; an insider gets parameters besides."""
    told: list[Any] = []

    class Curious(SolutionAgent):
        def brief(self, category: str, params: Any) -> None:
            told.extend([category, dict(params)])
            super().brief(category, params)

        def reset(self, view: AgentView) -> None:
            told.append(view)
            super().reset(view)

    play(Curious(lambda category: category.reference, "curious"), new_game())
    assert told[:2] == ["recent-lab", {"patient": "p1"}]
    assert "5.6" not in repr(told)
    assert "expected" not in repr(told)


@pytest.mark.parametrize("status", ["ok", "no_data"])
def test_noop_tries_every_empty_shape(status: Status, new_game: NewGame) -> None:
    """The misshapen attempts come first and end nothing; the variant's status is the one that is taken."""
    episode = new_game()
    play(NoopAgent(status), episode)
    attempts = [step.call.arguments for step in episode.evidence().log]
    for shape in ({}, {"status": ""}, {"status": None}, {"answer": None}):
        assert shape in attempts
    assert episode.evidence().answer["status"] == status
    assert episode.ended_by == "finish"


@pytest.mark.parametrize("status", ANSWER.statuses)
def test_neutral_answers_are_taken(status: Status) -> None:
    """The last of the empty answers has the right shape, so that a floor is measured and not merely refused."""
    assert validate_answer(ANSWER, empty_answers(ANSWER.fields, status)[-1]) == []


def test_random_repeats_for_a_seed(new_game: NewGame) -> None:
    """The same seed gives the same calls, another seed and another task others."""

    def calls(seed: int, number: int = 1) -> list[ToolCall]:
        episode = new_game(seed=seed, number=number)
        play(make_agent("random"), episode)
        return [step.call for step in episode.evidence().log]

    assert calls(1) == calls(1)
    assert calls(1) != calls(2)
    assert calls(1) != calls(1, number=2)


def test_spam_writes_and_answers(new_game: NewGame) -> None:
    """Spam really writes and really finishes: it is judged, not turned away."""
    episode = new_game()
    play(make_agent("spam"), episode)
    assert episode.ended_by == "finish"
    assert episode.evidence().changes


def test_replay_gives_the_same_evidence(new_game: NewGame) -> None:
    """An episode played again from its log has the same log, changes and verdict."""
    first, second = new_game(), new_game()
    play(make_agent("spam"), first)
    actions = [
        step.call if step.call.tool else step.call.arguments["action"] for step in first.evidence().log
    ]
    play(ReplayAgent({first.task.id: actions}), second)
    assert second.evidence() == first.evidence()
    assert second.verdict() == first.verdict()


def test_replay_that_ends_early_is_the_agents_error(new_game: NewGame) -> None:
    """A list without a finish does not leave the episode open."""
    episode = new_game()
    play(ReplayAgent([ToolCall("calculate", {"expression": "1"})]), episode)
    assert episode.ended_by == "agent_error"
    assert "ended before" in (episode.error or "")


def test_solution_without_briefing_says_so(new_game: NewGame) -> None:
    """A scripted agent used by hand without its category is a clear error."""
    with pytest.raises(UsageError, match="brief"):
        make_agent("oracle").reset(AgentView.of(new_game()))


@pytest.mark.parametrize(("text", "count"), [
    ('{"resourceType":"Patient","id":"a"}', 1),
    ('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}', 1),
    ('{"resourceType":"Bundle"}', 0),
    ('{"resourceType":"Patient","id":\n[cut: 3', 0),
    ("3.5", 0), ("", 0), ("{}", 0),
])  # fmt: skip
def test_resources_of_a_result(text: str, count: int) -> None:
    """Resources are found in Bundles and alone, and nowhere else."""
    assert len(resources_of(text)) == count
