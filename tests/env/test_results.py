"""What an agent sees of a server's answer, and how it goes on."""

from __future__ import annotations

import base64
import json

import pytest

from chartgym.env import Episode
from chartgym.env.results import KEPT_TOKENS, Desk, refusal
from chartgym.errors import AgentError, ServerError
from chartgym.fhir_server.backend import Resource, Response
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import ToolCall

from .conftest import NewEpisode, Recording, make_task, resources


def pages(episode: Episode, call: ToolCall) -> list[str]:
    """The texts of a result and of all that follow from it."""
    texts: list[str] = []
    while True:
        result = episode.call(call)
        assert result.ok, result.text
        texts.append(result.text)
        token = json.loads(result.text).get("next")
        if token is None:
            return texts
        call = ToolCall("fhir_next", {"page": token})


@pytest.mark.parametrize("count", [None, 5, 20, 70, 200])
def test_pages_together_are_the_whole(count: int | None, new_episode: NewEpisode) -> None:
    """Whatever the page size, following `next` shows every match once, in order, 16 kB at a time."""
    params = {"patient": "p1", "code": "2823-3", "_sort": "-date"} | ({"_count": count} if count else {})
    texts = pages(new_episode(), ToolCall("fhir_search", {"resource_type": "Observation", "params": params}))
    assert all(len(text.encode()) <= 16_000 for text in texts)
    found: list[Resource] = [e["resource"] for text in texts for e in json.loads(text)["entry"]]
    assert len(found) == 70
    assert {r["id"] for r in found} == {f"k{i}" for i in range(70)}
    times = [r["effectiveDateTime"] for r in found]
    assert times == sorted(times, reverse=True)
    assert {json.loads(text)["total"] for text in texts} == {70}


def test_resources_are_shown_as_stored(new_episode: NewEpisode, session: Recording) -> None:
    """An entry holds the server's own bytes and nothing that names a URL of the server."""
    episode = new_episode()
    shown = episode.call(ToolCall("fhir_search", {"resource_type": "Patient", "params": {"_id": "p1"}})).text
    stored = session.inner.request("GET", "Patient/p1").body.decode()
    assert stored in shown
    assert "fullUrl" not in shown
    assert "http://chartgym.example/fhir" not in shown


def test_included_entries_say_so(new_episode: NewEpisode) -> None:
    """What is no match carries its mode; a match carries none."""
    params = {"_id": "k1", "_include": "Observation:subject"}
    episode = new_episode()
    bundle = json.loads(
        episode.call(ToolCall("fhir_search", {"resource_type": "Observation", "params": params})).text
    )
    assert [(e["resource"]["id"], e.get("search")) for e in bundle["entry"]] == [
        ("k1", None),
        ("p1", {"mode": "include"}),
    ]


def test_seen_names_what_was_shown(new_episode: NewEpisode) -> None:
    """The log knows which resources a result showed, and not those that were cut off."""
    episode = new_episode()
    call = ToolCall(
        "fhir_search", {"resource_type": "Observation", "params": {"code": "2823-3", "_count": 70}}
    )
    first = json.loads(episode.call(call).text)
    assert episode.evidence().log[0].seen == tuple(
        f"Observation/{e['resource']['id']}" for e in first["entry"]
    )
    episode.call(ToolCall("fhir_read", {"resource_type": "Patient", "id": "p1"}))
    assert episode.evidence().log[1].seen == ("Patient/p1",)


def test_long_resource_is_read_in_parts(new_episode: NewEpisode, session: Recording) -> None:
    """A resource beyond 16 kB is cut inside no character, and the parts together are the resource."""
    episode = new_episode()
    call = ToolCall("fhir_read", {"resource_type": "Observation", "id": "long"})
    whole = ""
    while True:
        text = episode.call(call).text
        assert len(text.encode()) <= 16_000
        part, mark, told = text.partition("\n[cut: ")
        whole += part
        if not mark:
            break
        call = ToolCall("fhir_next", {"page": told.rpartition("page ")[2].rstrip("]")})
    assert whole == session.inner.request("GET", "Observation/long").body.decode()


def test_long_resource_in_a_search_is_a_stub(new_episode: NewEpisode) -> None:
    """An entry too long for a result is named, marked as a subset, and not counted as seen."""
    episode = new_episode()
    call = ToolCall("fhir_search", {"resource_type": "Observation", "params": {"_id": "long"}})
    bundle = json.loads(episode.call(call).text)
    assert bundle["entry"][0]["resource"]["id"] == "long"
    assert bundle["entry"][0]["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "fhir_read" in bundle["note"]
    assert episode.evidence().log[0].seen == ()


def test_count_alone(new_episode: NewEpisode) -> None:
    """`_summary=count` gives a number and no entries."""
    call = ToolCall("fhir_search", {"resource_type": "Observation", "params": {"_summary": "count"}})
    assert json.loads(new_episode().call(call).text) == {
        "resourceType": "Bundle", "type": "searchset", "total": 71, "entry": [],
    }  # fmt: skip


def test_token_can_be_used_again(new_episode: NewEpisode) -> None:
    """Asking for a page twice gives the same entries twice."""
    episode = new_episode()
    first = json.loads(episode.call(ToolCall("fhir_search", {"resource_type": "Observation"})).text)
    call = ToolCall("fhir_next", {"page": first["next"]})
    assert json.loads(episode.call(call).text)["entry"] == json.loads(episode.call(call).text)["entry"]


def test_token_of_another_episode_is_unknown(hospital: EmbeddedServer) -> None:
    """A token means something in its own episode alone, and no two episodes give the same."""
    one = Episode(make_task(), hospital.open_session("a", 1), seed=1)
    two = Episode(make_task(), hospital.open_session("a", 2), seed=2)
    call = ToolCall("fhir_search", {"resource_type": "Observation"})
    first, second = (json.loads(e.call(call).text)["next"] for e in (one, two))
    assert first != second
    assert "unknown page" in two.call(ToolCall("fhir_next", {"page": first})).text


def test_old_token_expires() -> None:
    """The oldest tokens are dropped, and a dropped one is told apart from one that never was."""
    desk = Desk("key")
    bundle = b'{"resourceType":"Bundle","link":[{"relation":"next","url":"Patient?_id=1"}]}'
    tokens = [
        json.loads(desk.search(Response(200, {}, bundle)).result.text)["next"] for _ in range(KEPT_TOKENS + 1)
    ]
    with pytest.raises(AgentError, match="expired"):
        desk.take(tokens[0])
    desk.take(tokens[1])
    with pytest.raises(AgentError, match="unknown"):
        desk.take("p999-0000000000000000")


def test_refusal_names_code_place_and_reason(new_episode: NewEpisode) -> None:
    """What the server refuses is told concisely, and stores nothing."""
    episode = new_episode()
    result = episode.call(
        ToolCall("fhir_create", {"resource": {"resourceType": "Observation", "code": {"text": "K"}}})
    )
    assert not result.ok
    assert "422" in result.text
    assert "Observation.status" in result.text
    assert episode.evidence().changes == ()
    unknown = episode.call(ToolCall("fhir_search", {"resource_type": "Patient", "params": {"shoe-size": 43}}))
    assert not unknown.ok
    assert "shoe-size" in unknown.text
    missing = episode.call(ToolCall("fhir_read", {"resource_type": "Patient", "id": "nobody"}))
    assert not missing.ok
    assert "404" in missing.text


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 302])
def test_fault_of_the_server_is_no_refusal(status: int) -> None:
    """What the server broke is never told to the agent as its mistake."""
    with pytest.raises(ServerError, match=str(status)):
        refusal(Response(status, {}, b"{}"))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"entry": 3}', b"[]", b'{"entry":[{"resource":3}]}'])
def test_answer_that_is_not_fhir_is_the_servers_fault(body: bytes) -> None:
    """A body that is no Bundle ends in a ServerError, not in an empty result."""
    with pytest.raises(ServerError):
        Desk("key").search(Response(200, {}, body))


def test_pretty_answers_are_shown_compactly() -> None:
    """A server that prints prettily costs no room, and digits stay as they were."""
    body = b'{\n "entry": [ {"resource": {\n "resourceType": "Observation", "id": "a", "v": 1.850,\n "t": "a  b"} } ] }'
    text = Desk("key").search(Response(200, {}, body)).result.text
    assert '{"resource":{"resourceType":"Observation","id":"a","v":1.850,"t":"a  b"}}' in text


def test_digits_reach_the_server_and_come_back(new_episode: NewEpisode, session: Recording) -> None:
    """1.850 is written, stored and shown as 1.850."""
    action = (
        '{"tool": "fhir_create", "arguments": {"resource": {"resourceType": "Observation", "status": "final", '
        '"code": {"text": "K"}, "valueQuantity": {"value": 1.850}}}}'
    )
    observation = new_episode().act(action)
    assert b'"value":1.850' in (session.requests[0][3] or b"")
    assert '"value":1.850' in observation


def test_the_small_hospital_is_whole() -> None:
    """The fixture holds what the tests above count on."""
    assert len(resources()) == 72


def test_text_of_a_document_can_be_read(hospital: EmbeddedServer) -> None:
    """A text attachment is shown decoded; what is stored stays base64, and other attachments stay as they are."""
    data = base64.b64encode('K 3.1 "low" – replace\n'.encode()).decode()
    attachments = [
        {"contentType": "text/plain", "data": data},
        {"contentType": "application/pdf", "data": data},
    ]
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": attachment} for attachment in attachments],
    }
    session = hospital.open_session("documents")
    episode = Episode(make_task(), session)
    shown = json.loads(episode.call(ToolCall("fhir_create", {"resource": document})).text)
    assert [c["attachment"] for c in shown["content"]] == [
        {"contentType": "text/plain", "text": 'K 3.1 "low" – replace\n'},
        attachments[1],
    ]
    read = episode.call(ToolCall("fhir_read", {"resource_type": "DocumentReference", "id": shown["id"]}))
    assert json.loads(read.text) == shown
    assert session.request("GET", f"DocumentReference/{shown['id']}").body.count(data.encode()) == 2
