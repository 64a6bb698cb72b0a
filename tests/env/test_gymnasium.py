"""The Gymnasium face: its own checker, vectors, repeatable info, rewards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from chartgym.env import register_all
from chartgym.env.core import ChartEnv
from chartgym.env.scoring import outcome, reward
from chartgym.env.spaces import TextSpace
from chartgym.env.spec import IDS
from chartgym.errors import ServerError, UnknownNameError, UsageError
from chartgym.fhir_server.backend import Response, Server
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Criterion, CriterionKind, Suite, Verdict

from .conftest import Recording, make_task, resources

SMALL = "chartgym-test/Small-v0"
FINISH = json.dumps({"tool": "finish", "arguments": {"status": "ok", "mrn": "MRN-7"}})
SEARCH = json.dumps({"tool": "fhir_search", "arguments": {"resource_type": "Observation"}})


def open_small() -> Server:
    return EmbeddedServer.from_resources(resources())


@pytest.fixture
def registered(suite: Suite) -> Iterator[str]:
    """The id of an environment on the small hospital."""
    kwargs: dict[str, Any] = {"suite": suite, "server": open_small}
    gymnasium.register(  # pyright: ignore[reportUnknownMemberType] - its kwargs are a bare dict
        SMALL, entry_point="chartgym.env.core:ChartEnv", kwargs=kwargs
    )
    yield SMALL
    del gymnasium.registry[SMALL]


@pytest.fixture
def env(suite: Suite, hospital: EmbeddedServer) -> ChartEnv:
    """An environment on the small hospital, not wrapped."""
    return ChartEnv(suite, server=hospital, render_mode="ansi")


@pytest.mark.parametrize("seed", range(5))
def test_check_env(registered: str, seed: int) -> None:
    """Gymnasium's own checker finds nothing, warnings being errors, whatever actions it draws."""
    env = gymnasium.make(registered, max_steps=4).unwrapped
    env.action_space.seed(seed)
    check_env(env)


def test_registration_is_by_id_and_twice_is_once() -> None:
    """Both ids are there after registering, with no limit outside the environment and deterministic."""
    register_all()
    register_all()
    for name in IDS:
        spec = gymnasium.spec(name)
        assert spec.max_episode_steps is None
        assert not spec.nondeterministic


@pytest.mark.parametrize("name", ["chartgym/Core-v0", "chartgym/Dev-v0", "chartgym:chartgym/Core-v0"])
@pytest.mark.parametrize("opened", [False, True])
def test_made_by_id(name: str, opened: bool, suite: Suite, hospital: EmbeddedServer) -> None:
    """The ids make environments, with the module named or not, on a server that is open or is opened for it."""
    env = gymnasium.make(name, suite=suite, server=hospital if opened else open_small)
    observation, info = env.reset(seed=0, options={"task_id": "patient-lookup/003"})
    assert "Jörg Müller" in observation
    assert info["task_id"] == "patient-lookup/003"
    assert env.step(FINISH)[1] == 1.0
    env.close()


def test_import_is_light() -> None:
    """Importing the package registers the ids, and loads neither charts' generator nor server nor terminal."""
    code = (
        "import sys, chartgym, gymnasium\n"
        "assert 'chartgym/Core-v0' in gymnasium.registry\n"
        "heavy = [m for m in sys.modules if m.startswith(('chartgym.fhir_server.embedded', "
        "'prompt_toolkit', 'uvicorn'))"
        " or m.endswith(('.cohort.build', '.cohort.charts'))]\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors(registered: str, mode: str) -> None:
    """Several environments step together, in this process and in others, and reset by themselves."""
    options = {"shared_memory": False} if mode == "async" else {}
    envs = gymnasium.make_vec(
        registered, num_envs=2, vectorization_mode=mode, vector_kwargs=options, max_steps=3
    )
    observations, info = envs.reset(seed=3)
    assert all("Jörg Müller" in text for text in observations)
    assert set(info["steps"]) == {0}
    observations, rewards, terminated, truncated, info = envs.step((SEARCH, FINISH))
    assert list(terminated) == [False, True]
    assert not truncated.any()
    assert list(info["ended_by"]) == ["", "finish"]
    assert rewards[0] == 0
    envs.step((SEARCH, SEARCH))
    *_, truncated, info = envs.step((SEARCH, SEARCH))
    assert list(truncated) == [True, False]
    envs.close()


def play(env: ChartEnv, seed: int, actions: list[str]) -> list[Any]:
    told: list[Any] = [env.reset(seed=seed)]
    for action in actions:
        told.append(env.step(action))
        if told[-1][2] or told[-1][3]:
            break
    return told


def test_everything_repeats(env: ChartEnv) -> None:
    """Observation, reward and info are the same for the same seed and actions."""
    create = json.dumps({"tool": "fhir_create", "arguments": {"resource": {
        "resourceType": "Observation", "status": "final", "code": {"text": "K"}}}})  # fmt: skip
    actions = [SEARCH, "garbage", create, FINISH]
    assert play(env, 11, actions) == play(env, 11, actions)


def test_info_is_new_every_time_and_holds_no_gold(env: ChartEnv) -> None:
    """Nobody can change a later info through an earlier one, and none holds the expected result."""
    (_, first), *steps = play(env, 1, [SEARCH, FINISH])
    infos = [first, *(step[4] for step in steps)]
    assert len({id(info) for info in infos}) == 3
    assert all(set(info) == {"task_id", "steps", "max_steps", "ended_by", "outcome"} for info in infos)
    first["steps"] = 99
    assert env.reset(seed=1)[1]["steps"] == 0
    assert "MRN" not in json.dumps(infos)


def test_task_by_id_or_by_seed(env: ChartEnv) -> None:
    """A task is chosen by its id, else drawn: all are met, and the same seed draws the same."""
    assert env.reset(options={"task_id": "patient-lookup/002"})[1]["task_id"] == "patient-lookup/002"
    drawn = {env.reset(seed=seed)[1]["task_id"] for seed in range(30)}
    assert drawn == {f"patient-lookup/00{n}" for n in (1, 2, 3)}
    assert env.reset(seed=4)[1] == env.reset(seed=4)[1]


@pytest.mark.parametrize(("task_id", "expected"), [("patient-lookup/001", 1.0), ("patient-lookup/002", 0.0)])
def test_reward_comes_at_the_end(env: ChartEnv, task_id: str, expected: float) -> None:
    """Nothing on the way, then 1 for a pass and 0 for a failure."""
    env.reset(seed=0, options={"task_id": task_id})
    assert env.step(SEARCH)[1] == 0
    _, earned, terminated, truncated, info = env.step(FINISH)
    assert (earned, terminated, truncated) == (expected, True, False)
    assert info["outcome"] == ("passed" if expected else "failed")


GARBAGE: list[Any] = [
    None, True, 3, 2.5, float("nan"), b"bytes", [], ["x"], [None], (), {}, {"tool": "finish"}, object(), print, int,
    np.zeros(3), np.int64(1), {1, 2}, iter([]), "", " ", "hello", "null", "[]", "{}", "NaN", "[" * 50_000, "\x00",
    "\ud800", "x" * 1_000_000, '{"tool": "finish"}', '{"tool": null}', '{"tool": "fly", "arguments": {}}',
]  # fmt: skip


@pytest.mark.parametrize("action", GARBAGE, ids=[f"{n}-{type(g).__name__}" for n, g in enumerate(GARBAGE)])
def test_any_garbage_gives_an_observation(registered: str, action: Any) -> None:
    """Text or no text: the step counts, the observation says what is wrong, and the episode goes on."""
    env = gymnasium.make(registered, render_mode="ansi")
    env.reset(seed=0, options={"task_id": "patient-lookup/001"})
    observation, earned, terminated, truncated, info = env.step(action)
    assert observation in env.observation_space
    assert observation.startswith("Error: ")
    assert (earned, terminated, truncated, info["steps"]) == (0.0, False, False, 1)
    assert isinstance(env.render(), str)
    assert env.step(FINISH)[1] == 1.0
    env.close()


def test_truncated_is_graded(suite: Suite, hospital: EmbeddedServer) -> None:
    """An episode out of calls is truncated, failed and not merely cut off."""
    env = ChartEnv(suite, server=hospital, max_steps=2)
    env.reset(seed=0)
    env.step(SEARCH)
    _, earned, terminated, truncated, info = env.step(SEARCH)
    assert (earned, terminated, truncated) == (0.0, False, True)
    assert (info["ended_by"], info["outcome"]) == ("limit", "failed")


def test_limits_come_from_the_suite_unless_given(suite: Suite, hospital: EmbeddedServer) -> None:
    """The suite says how many calls there are; `max_steps` says otherwise."""
    assert ChartEnv(suite, server=hospital).reset(seed=0)[1]["max_steps"] == 12
    assert ChartEnv(suite, server=hospital, max_steps=5).reset(seed=0)[1]["max_steps"] == 5


def test_sessions_end_with_their_episodes(suite: Suite, hospital: EmbeddedServer) -> None:
    """A reset and a close discard the session; closing twice does no harm."""
    opened: list[Closing] = []

    class Tracking:
        def open_session(self, key: str = "", seed: int = 0) -> Closing:
            opened.append(Closing(hospital.open_session(key, seed)))
            return opened[-1]

    env = ChartEnv(suite, server=Tracking())
    env.reset(seed=0)
    env.reset()
    env.close()
    env.close()
    assert [session.closed for session in opened] == [True, True]


class Closing(Recording):
    """A session that notes that it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()


class Failing(Recording):
    """A server that breaks at the first request."""

    def request(self, *arguments: Any, **named: Any) -> Response:
        raise ServerError("no route to host")


def test_fault_of_the_server_is_raised(suite: Suite, hospital: EmbeddedServer) -> None:
    """A lost episode has no reward: the fault is raised, and the next reset starts anew."""

    class Flaky:
        def open_session(self, key: str = "", seed: int = 0) -> Failing:
            return Failing(hospital.open_session(key, seed))

    env = ChartEnv(suite, server=Flaky())
    env.reset(seed=0)
    with pytest.raises(ServerError, match="lost, not failed"):
        env.step(SEARCH)
    with pytest.raises(UsageError, match="call reset first"):
        env.step(SEARCH)
    env.reset(seed=0)


def test_render_tells_the_episode(env: ChartEnv) -> None:
    """The transcript holds request, actions, results cut short, and the end; not the gold before it is answered."""
    assert "reset" in str(env.render())
    env.reset(seed=0, options={"task_id": "patient-lookup/001"})
    env.step(SEARCH)
    text = str(env.render())
    assert "Jörg Müller" in text
    assert f"> {SEARCH}" in text
    assert len(text) < 3_000
    assert "MRN-7" not in text
    env.step(FINISH)
    assert "passed" in str(env.render())


@pytest.mark.parametrize(("options", "words"), [
    ({"reward": "most"}, "reward"),
    ({"render_mode": "human"}, "render_mode"),
    ({"max_steps": 0}, "max_steps"),
    ({"server": "hapi"}, "embedded"),
    ({"tasks": []}, "no task"),
])  # fmt: skip
def test_bad_options_are_named(
    suite: Suite, hospital: EmbeddedServer, options: dict[str, Any], words: str
) -> None:
    """What cannot be is refused when the environment is made, by name."""
    gymnasium_options: Any = {"server": hospital, **options}
    with pytest.raises(UsageError, match=words):
        ChartEnv(suite, **gymnasium_options)


def test_unknown_names_offer_the_nearest(suite: Suite, hospital: EmbeddedServer) -> None:
    """A misspelt task, category or suite is answered with what may have been meant."""
    env = ChartEnv(suite, server=hospital)
    with pytest.raises(UnknownNameError, match="patient-lookup/003"):
        env.reset(options={"task_id": "patient-lookup/03"})
    with pytest.raises(UnknownNameError, match="patient-lookup"):
        ChartEnv(suite, server=hospital, tasks="patient-lokup")
    with pytest.raises(UnknownNameError, match="core"):
        ChartEnv("cor", server=hospital)
    with pytest.raises(UsageError, match="task_id"):
        env.reset(options={"task": "patient-lookup/001"})


def test_tasks_are_filtered(suite: Suite, hospital: EmbeddedServer) -> None:
    """Ids, categories and patterns choose tasks."""
    for wanted, count in (
        ("patient-lookup", 3),
        ("patient-lookup/*", 3),
        (["patient-lookup/002"], 1),
        ("*/00[13]", 2),
    ):
        assert len(ChartEnv(suite, server=hospital, tasks=wanted).tasks) == count


# -- space -----------------------------------------------------------------------------------------------------


def test_space_holds_any_text() -> None:
    """Accents, emoji and control characters are in; longer texts and other values are not."""
    space = TextSpace(10)
    assert "Müller 🩺\x00" in space
    assert "x" * 11 not in space
    assert b"x" not in space
    assert None not in space
    assert TextSpace(10) == space
    assert TextSpace(11) != space


def test_space_samples_within_itself_and_repeats() -> None:
    """Samples are members, hold calls and garbage, and repeat for a seed."""
    one, two = TextSpace(seed=5), TextSpace(seed=5)
    samples = [one.sample() for _ in range(60)]
    assert samples == [two.sample() for _ in range(60)]
    assert all(sample in one for sample in samples)
    assert any("fhir_search" in sample for sample in samples)
    assert "" in samples
    assert all(len(TextSpace(3, seed).sample()) <= 3 for seed in range(20))
    with pytest.raises(ValueError, match="mask"):
        one.sample(mask=np.ones(2))


# -- reward ----------------------------------------------------------------------------------------------------


def verdict(
    *criteria: tuple[str, CriterionKind, bool], passed: bool = False, error: str | None = None
) -> Verdict:
    return Verdict(passed, tuple(Criterion(i, kind, held, "", "") for i, kind, held in criteria), error)


IDLE = verdict(("safety.none", "safety", True), ("answer.mrn", "answer", False), ("state.no", "state", True))
CASES = [
    (
        verdict(
            ("safety.none", "safety", True), ("answer.mrn", "answer", False), ("state.no", "state", True)
        ),
        0.0,
    ),
    (
        verdict(
            ("safety.none", "safety", True), ("answer.mrn", "answer", True), ("state.no", "state", False)
        ),
        2 / 3,
    ),
    (
        verdict(
            ("safety.none", "safety", False), ("answer.mrn", "answer", True), ("state.no", "state", False)
        ),
        1 / 3,
    ),
    (verdict(("safety.none", "safety", True), ("process.read", "process", True)), 0.0),
    (verdict(("answer.mrn", "answer", True), passed=True), 1.0),
    (verdict(("answer.mrn", "answer", True), error="broke"), 0.0),
    (verdict(error="broke"), 0.0),
]


@pytest.mark.parametrize(("graded", "expected"), CASES)
def test_reward_by_criteria(graded: Verdict, expected: float) -> None:
    """The share of criteria, and nothing unless one holds that doing nothing does not hold."""
    assert reward(graded, "criteria", IDLE) == pytest.approx(expected)
    assert reward(graded, "outcome", IDLE) == float(graded.passed and graded.error is None)


def test_criteria_reward_through_the_environment(suite: Suite, hospital: EmbeddedServer) -> None:
    """A right answer beside an unasked write earns part; finishing at once earns nothing."""
    env = ChartEnv(suite, server=hospital, reward="criteria")
    env.reset(seed=0, options={"task_id": "patient-lookup/001"})
    create = {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "K"}}}
    env.step(json.dumps({"tool": "fhir_create", "arguments": create}))
    assert 0 < env.step(FINISH)[1] < 1
    env.reset(seed=0, options={"task_id": "patient-lookup/001"})
    assert env.step('{"tool": "finish", "arguments": {"status": "no_data"}}')[1] == 0


@pytest.mark.parametrize(("ended_by", "graded", "expected"), [
    ("finish", verdict(passed=True), "passed"),
    ("finish", verdict(), "failed"),
    ("limit", verdict(), "failed"),
    ("agent_error", verdict(), "failed"),
    ("finish", verdict(error="broke"), "grader_error"),
    ("infra_error", verdict(passed=True), "ungraded"),
    ("cancelled", verdict(), "ungraded"),
    (None, verdict(passed=True), "ungraded"),
    ("finish", None, "ungraded"),
])  # fmt: skip
def test_outcome(ended_by: Any, graded: Verdict | None, expected: str) -> None:
    """How an episode ended and how it was judged give one outcome; a fault below is no failure."""
    assert outcome(ended_by, graded) == expected


def test_grants_reach_the_agent(hospital: EmbeddedServer) -> None:
    """A task that grants the update tool tells of it in its first observation."""
    suite = Suite("granting", "0.1", 1, "none", (make_task(grants=("fhir_update",)),))
    assert "fhir_update(resource)" in ChartEnv(suite, server=hospital).reset(seed=0)[0]
