"""The registered environments as a user makes them: the built cohort, the frozen suites, nothing put in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from chartgym.agents.base import AgentView
from chartgym.agents.scripted import SolutionAgent, oracle
from chartgym.env import Episode
from chartgym.env.charts import cohort_server
from chartgym.env.core import ChartEnv
from chartgym.env.spec import IDS
from chartgym.fhir_server import Server
from chartgym.tasks.suite import load_suite

SEARCH = json.dumps({"tool": "fhir_search", "arguments": {"resource_type": "Patient"}})
NONE = json.dumps({"tool": "finish", "arguments": {"status": "no_data"}})


@pytest.fixture(scope="module")
def server() -> Server:
    """The cohort's server."""
    return cohort_server(load_suite("core").cohort_seed)[0]


@pytest.mark.parametrize("name", [*IDS, *(f"chartgym:{name}" for name in IDS)])
def test_check_env_finds_nothing(name: str) -> None:
    """Both forms of each id make an environment in which Gymnasium's checker finds no fault; warnings are errors."""
    env = gymnasium.make(name, max_steps=3).unwrapped
    env.action_space.seed(1)
    check_env(env)
    env.close()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors(mode: str) -> None:
    """`make_vec` steps charts side by side, in this process and in others."""
    options = {"shared_memory": False} if mode == "async" else {}
    envs = gymnasium.make_vec(
        "chartgym/Core-v0", num_envs=2, vectorization_mode=mode, vector_kwargs=options, max_steps=2
    )
    observations, info = envs.reset(seed=1)
    assert all("fhir_search" in text for text in observations)
    assert len(set(info["task_id"])) == 2
    observations, rewards, terminated, _, _ = envs.step((SEARCH, SEARCH))
    assert all('"Bundle"' in text for text in observations)
    assert not terminated.any()
    *_, truncated, info = envs.step((SEARCH, SEARCH))
    assert truncated.all()
    assert list(info["ended_by"]) == ["limit", "limit"]
    assert not rewards.any()
    envs.close()


def test_the_limit_of_the_core_suite_is_forty() -> None:
    """Unless another is asked for."""
    for name in IDS:
        assert gymnasium.make(name).reset(seed=0)[1]["max_steps"] == 40
        assert gymnasium.make(name, max_steps=7).reset(seed=0)[1]["max_steps"] == 7


def test_the_clock_of_the_observation_stands_still() -> None:
    """The first observation tells the cohort's now, with its offset, and repeats for a task."""
    env = gymnasium.make("chartgym/Core-v0")
    first, _ = env.reset(seed=0, options={"task_id": "demographics/001"})
    again, _ = env.reset(seed=99, options={"task_id": "demographics/001"})
    assert "2026-03-10T10:25:00-04:00" in first
    assert first == again


def test_info_never_holds_the_gold() -> None:
    """Whatever comes with observation and reward is task, steps and outcome."""
    env = gymnasium.make("chartgym/Core-v0")
    for task in load_suite("core").tasks[::37]:
        _, info = env.reset(seed=0, options={"task_id": task.id})
        *_, last = env.step(NONE)
        for told in (info, last):
            assert set(told) == {"task_id", "steps", "max_steps", "ended_by", "outcome"}


def moves(agent: SolutionAgent, episode: Episode) -> Iterator[None]:
    """One move of an agent each time it is asked, until the episode ends."""
    agent.brief(episode.task.category, episode.task.params)
    agent.reset(AgentView.of(episode))
    observation = episode.observe()
    while not episode.done:
        observation = episode.act(agent.act(observation))
        yield


def test_two_hundred_episodes_side_by_side(server: Server) -> None:
    """Two hundred open episodes, moved in turns drawn by lot, end as each does alone: all solved, nothing shared."""
    tasks = Random(5).sample(load_suite("core").tasks, 200)
    episodes = [Episode(task, server.open_session(task.id, 0)) for task in tasks]
    going = [(episode, moves(oracle(), episode)) for episode in episodes]
    rng = Random(7)
    while going:
        rng.shuffle(going)
        going = [(episode, turn) for episode, turn in going if next(turn, episode) is not episode]
    assert [e.task.id for e in episodes if not e.verdict().passed] == []
    for episode in episodes:
        with server.open_session(episode.task.id, 0) as alone:
            single = Episode(episode.task, alone)
            for _ in moves(oracle(), single):
                pass
            assert single.evidence() == episode.evidence()
        episode.session.close()


def test_made_environments_share_one_cohort(server: Server) -> None:
    """Many environments open one cohort, and a write in one is not seen in another."""
    envs = [ChartEnv("core") for _ in range(5)]
    note = {"resourceType": "Observation", "status": "final", "code": {"text": "only here"}}
    write = json.dumps({"tool": "fhir_create", "arguments": {"resource": note}})
    look = json.dumps(
        {
            "tool": "fhir_search",
            "arguments": {"resource_type": "Observation", "params": {"code:text": "only here"}},
        }
    )
    for env in envs:
        env.reset(seed=0, options={"task_id": "referral/001"})
    assert "only here" in envs[0].step(write)[0]
    seen = [json.loads(env.step(look)[0])["total"] for env in envs]
    assert seen == [1, 0, 0, 0, 0]
    for env in envs:
        env.close()
