"""The episode as a state machine: steps, ends, evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartgym.env import Episode, Limits
from chartgym.env.episode import INVALID, MOVES, Event
from chartgym.errors import ServerError
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import ToolCall

from .conftest import NewEpisode, Recording, make_task

READ = ToolCall("fhir_read", {"resource_type": "Patient", "id": "p1"})
RIGHT = ToolCall("finish", {"status": "ok", "mrn": "MRN-7"})
OBSERVATION = {
    "resourceType": "Observation", "status": "final", "code": {"text": "K"}, "subject": {"reference": "Patient/p1"},
}  # fmt: skip


def test_right_answer_passes(new_episode: NewEpisode) -> None:
    """An accepted finish ends the episode, and the verdict is the checker's."""
    episode = new_episode()
    episode.call(READ)
    result = episode.call(RIGHT)
    assert result.ok
    assert episode.ended_by == "finish"
    assert episode.evidence().answer == {"status": "ok", "mrn": "MRN-7"}
    assert episode.verdict().passed


def test_wrong_answer_fails(new_episode: NewEpisode) -> None:
    """The episode takes any answer of the right shape; only the verdict tells."""
    episode = new_episode()
    assert episode.call(ToolCall("finish", {"status": "ok", "mrn": "MRN-9"})).ok
    assert not episode.verdict().passed
    assert episode.verdict().error is None


def test_unasked_write_fails_although_the_answer_is_right(new_episode: NewEpisode) -> None:
    """The verdict rests on what the session holds, not on the answer alone."""
    episode = new_episode()
    assert episode.call(ToolCall("fhir_create", {"resource": OBSERVATION})).ok
    episode.call(RIGHT)
    assert len(episode.evidence().changes) == 1
    assert not episode.verdict().passed


MISSHAPEN: list[Any] = [
    {}, {"status": ""}, {"status": None}, {"status": "done"}, {"status": "ok"}, {"status": "ok", "mrn": ""},
    {"status": "ok", "mrn": None}, {"status": "ok", "mrn": ["MRN-7"]}, {"status": "ok", "mrn": "MRN-7", "passed": True},
    {"answer": {"status": "ok", "mrn": "MRN-7"}}, {"status": "ambiguous", "candidates": []}, {"mrn": "MRN-7"},
    {"status": "ok", "mrn": "MRN\u200b-7"}, {"status": ["ok"], "mrn": "MRN-7"},
]  # fmt: skip


@pytest.mark.parametrize("answer", MISSHAPEN)
def test_misshapen_answer_is_explained_and_can_be_mended(answer: Any, new_episode: NewEpisode) -> None:
    """An answer of another shape costs a step, says what is wrong, and ends nothing."""
    episode = new_episode()
    result = episode.call(ToolCall("finish", answer))
    assert not result.ok
    assert "not taken" in result.text
    assert not episode.done
    assert episode.evidence().answer is None
    assert episode.call(RIGHT).ok
    assert episode.verdict().passed
    assert episode.steps == 2


def test_limit_counts_every_call_and_is_graded(new_episode: NewEpisode) -> None:
    """The last allowed call is made; then the episode has ended and is graded as it is."""
    episode = new_episode(steps=3)
    episode.call(READ)
    episode.act("garbage")
    assert not episode.done
    episode.call(ToolCall("no_such_tool", {}))
    assert episode.ended_by == "limit"
    assert not episode.verdict().passed
    assert episode.verdict().error is None
    assert episode.verdict().criteria


def test_finish_as_the_last_allowed_call_counts(new_episode: NewEpisode) -> None:
    """An answer with the very last call is an answer."""
    episode = new_episode(steps=1)
    episode.call(RIGHT)
    assert episode.ended_by == "finish"
    assert episode.verdict().passed


def test_list_is_made_in_order_and_stops_at_the_limit(new_episode: NewEpisode, session: Recording) -> None:
    """Each call of a list is a step; what would come after the limit is not made."""
    episode = new_episode(steps=2)
    observation = episode.act([READ, READ, RIGHT])
    assert len(observation.results) == 2
    assert episode.ended_by == "limit"
    assert len(session.requests) == 2


def test_finish_must_be_last_in_a_list(new_episode: NewEpisode, session: Recording) -> None:
    """A list with calls after finish is refused whole, so that nothing is left half done."""
    episode = new_episode()
    assert "last" in episode.act([RIGHT, READ])
    assert session.requests == []
    assert not episode.done
    assert episode.act([READ, RIGHT]).results[1].ok
    assert episode.ended_by == "finish"


@pytest.mark.parametrize("text", [
    "", " ", "\n", "hello", "{", "[]", "null", "true", "3", '"finish"', "{}", '{"tool": 1}', '{"tool": "fhir_read"}',
    '{"tool": "fhir_read", "arguments": null}', '{"tool": "fhir_read", "arguments": [], "x": 1}',
    '{"name": "fhir_read", "parameters": {}}', "[1]", '[[{"tool": "fhir_read"}]]', "{}{}", "\x00", "\ud800", "🩺",
    "```\n{}\n``` and ```\n{}\n```", "Action: fhir_read", "[" * 100_000, "{" * 100_000, "[" + "{}," * 500 + "{}]",
    '{"tool": "finish", "arguments": {"status": "ok", "status": "ok"}}',
    '{"tool":"calculate","arguments":{"expression":NaN}}',
    "'" * 300_000, '{"tool": "fhir_search", "arguments": {"resource_type": "Patient", "params": ' + '{"a":' * 50,
])  # fmt: skip
def test_garbage_is_one_step_with_an_explanation(
    text: str, new_episode: NewEpisode, session: Recording
) -> None:
    """Whatever the text, there is an observation, one step is counted, and nothing is requested."""
    episode = new_episode()
    observation = episode.act(text)
    assert observation
    assert len(observation) < 1_500
    assert episode.steps == 1
    assert session.requests == []
    assert not observation.results[0].ok


@given(
    st.one_of(
        st.text(), st.text(alphabet='{}[]":,`\\ntrue01 fhir_reads'), st.from_regex(r"\{.*\}", fullmatch=True)
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_an_observation(new_episode: NewEpisode, text: str) -> None:
    """No text raises; each is counted."""
    episode = new_episode()
    episode.act(text)
    assert episode.steps == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
TOOLS = (
    "fhir_search",
    "fhir_next",
    "fhir_read",
    "fhir_create",
    "fhir_update",
    "calculate",
    "finish",
    "other",
)
NAMES = st.sampled_from(
    ("resource_type", "params", "id", "page", "resource", "expression", "status", "mrn", "x")
)


@given(st.sampled_from(TOOLS), st.dictionaries(NAMES, JSON_VALUES, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_arguments_give_a_result(new_episode: NewEpisode, tool: str, arguments: dict[str, Any]) -> None:
    """No arguments of any tool raise; each call is counted."""
    episode = new_episode(grants=("fhir_update",))
    assert episode.call(ToolCall(tool, arguments)).text
    assert episode.steps == 1


@pytest.mark.parametrize(
    "action", [[], [1], [None], ["finish"], [READ] * 17, (READ, "x"), None, 3, {"tool": "finish"}]
)
def test_list_that_is_none_is_explained(action: Any, new_episode: NewEpisode) -> None:
    """A list of other things, or too long a one, is one refused step."""
    episode = new_episode()
    assert not episode.act(action).results[0].ok
    assert episode.steps == 1
    assert episode.evidence().log[0].call.tool == INVALID


def test_text_with_one_fence(new_episode: NewEpisode) -> None:
    """Thoughts around one fenced block are ignored."""
    call = '{"tool": "fhir_read", "arguments": {"resource_type": "Patient", "id": "p1"}}'
    action = f"I will read.\n```json\n{call}\n```\nSo."
    assert json.loads(new_episode().act(action))["id"] == "p1"


def test_update_where_granted(new_episode: NewEpisode) -> None:
    """An update is a tool only of tasks that grant it, and then a change with before and after."""
    episode = new_episode(grants=("fhir_update",))
    assert "fhir_update" in episode.observe()
    assert "fhir_update" not in new_episode().observe()
    resource = {"resourceType": "Patient", "id": "p1", "gender": "male"}
    assert episode.call(ToolCall("fhir_update", {"resource": resource})).ok
    (change,) = episode.evidence().changes
    assert (change.kind, change.id, (change.after or {})["gender"]) == ("update", "p1", "male")
    assert (change.before or {})["birthDate"] == "1970-05-04"


class Broken(Recording):
    """A server that cannot be reached."""

    def request(self, *arguments: Any, **named: Any) -> Any:
        raise ServerError("connection refused")


def test_fault_of_the_server_is_not_the_agents(hospital: EmbeddedServer) -> None:
    """A server that fails ends the episode as infra_error, with the fault kept."""
    episode = Episode(make_task(), Broken(hospital.open_session()))
    result = episode.call(READ)
    assert not result.ok
    assert episode.ended_by == "infra_error"
    assert isinstance(episode.fault, ServerError)
    assert "connection refused" in (episode.error or "")


class Buggy(Recording):
    """A server with a bug."""

    def request(self, *arguments: Any, **named: Any) -> Any:
        raise ZeroDivisionError("a bug")


def test_bug_of_the_server_is_not_the_agents(hospital: EmbeddedServer) -> None:
    """A server that crashes in any way ends the episode as infra_error, never as the agent's failure."""
    episode = Episode(make_task(), Buggy(hospital.open_session()))
    episode.call(READ)
    assert episode.ended_by == "infra_error"
    assert "ZeroDivisionError" in (episode.error or "")


@pytest.mark.parametrize("by", ["agent_error", "infra_error", "cancelled"])
def test_end_from_outside(by: Any, new_episode: NewEpisode) -> None:
    """An episode can be ended from outside, once; then nothing moves it."""
    episode = new_episode()
    episode.end(by, "why")
    assert (episode.ended_by, episode.error) == (by, "why")
    for move in (
        lambda: episode.call(READ),
        lambda: episode.act("x"),
        lambda: episode.end(by),
        lambda: episode.refuse("", ""),
    ):
        with pytest.raises(ValueError, match="has ended"):
            move()
    assert not episode.verdict().passed


def test_every_event_ends_an_open_episode_but_a_step() -> None:
    """The state table is closed: open knows every event, and an ended episode none."""
    assert set(MOVES[None]) == set(Event)
    assert {event for event, state in MOVES[None].items() if state is None} == {Event.STEP}
    assert all(not moves for state, moves in MOVES.items() if state is not None)


def test_arguments_changed_afterwards_change_nothing(new_episode: NewEpisode) -> None:
    """The log, and the answer in it, belong to the episode: who made a call cannot rewrite it."""
    candidates = ["MRN-7"]
    answer = {"status": "ambiguous", "candidates": candidates}
    episode = new_episode()
    episode.call(ToolCall("finish", answer))
    candidates.append("MRN-8")
    evidence = episode.evidence()
    assert evidence.answer == {"status": "ambiguous", "candidates": ["MRN-7"]}
    evidence.answer["status"] = "ok"
    assert episode.evidence().answer["status"] == "ambiguous"
    assert episode.evidence().log[0].call.arguments["candidates"] == ["MRN-7"]


def test_same_seed_same_texts(hospital: EmbeddedServer) -> None:
    """Ids, tokens and texts repeat for a seed, and differ for another."""

    def told(seed: int) -> list[str]:
        session = hospital.open_session("patient-lookup/001", seed)
        episode = Episode(make_task(), session, seed=seed)
        return [
            str(episode.act([ToolCall("fhir_search", {"resource_type": "Observation"})])),
            str(episode.act([ToolCall("fhir_create", {"resource": OBSERVATION})])),
        ]

    assert told(5) == told(5)
    assert [a == b for a, b in zip(told(5), told(6), strict=True)] == [False, False]


def test_first_observation_tells_all_but_the_gold(new_episode: NewEpisode) -> None:
    """Request, tools, answer's fields, limit and clock are told; neither the gold nor the task's id is."""
    text = new_episode(steps=17).observe()
    for said in (
        "Jörg Müller",
        "fhir_search",
        "fhir_create",
        "candidates",
        "17 calls",
        "2026-03-10T10:25:00-04:00",
    ):
        assert said in text
    assert "MRN-7" not in text
    assert "patient-lookup" not in text


def test_few_calls_left_are_announced(new_episode: NewEpisode) -> None:
    """From five calls left on, an observation says so; a result stays as the tool gave it."""
    episode = new_episode(steps=7)
    assert "left" not in episode.act([READ])
    observation = episode.act([READ])
    assert observation.endswith("[5 calls left, finish included]")
    json.loads(observation.results[0].text)


def test_two_hundred_episodes_do_not_see_each_other(hospital: EmbeddedServer) -> None:
    """Each of two hundred open episodes on one server sees its own write and no other; the base sees none."""
    episodes = [
        Episode(make_task(), hospital.open_session("t", n), Limits(steps=9), seed=n) for n in range(200)
    ]
    for number, episode in enumerate(episodes):
        resource = {**OBSERVATION, "code": {"text": f"mine {number}"}}
        assert episode.call(ToolCall("fhir_create", {"resource": resource})).ok
    ids: set[str] = set()
    for number, episode in enumerate(episodes):
        call = ToolCall(
            "fhir_search", {"resource_type": "Observation", "params": {"code:text": "mine", "_count": 300}}
        )
        (entry,) = json.loads(episode.call(call).text)["entry"]
        assert entry["resource"]["code"]["text"] == f"mine {number}"
        ids.add(entry["resource"]["id"])
    assert len(ids) == 200
    for name in ids:
        assert hospital.request("GET", f"Observation/{name}").status == 404
