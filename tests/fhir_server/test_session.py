"""Reads, writes, versions, and that no session ever sees another."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from chartgym.fhir_server.embedded import EmbeddedServer, EmbeddedSession

from .embedded_help import NOW, ask, diagnostics, ids, observation, send, server

Resource = dict[str, Any]


@pytest.fixture
def session() -> EmbeddedSession:
    """A session of its own on the hospital."""
    return server().open_session("task", 1)


def vital(**changes: Any) -> Resource:
    """A heart rate to file."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-10T10:00:00-04:00",
        "valueQuantity": {"value": 72, "unit": "/min"},
        **changes,
    }


def create(session: EmbeddedSession, resource: Resource | None = None) -> str:
    """Files a heart rate and gives its id."""
    answer = send(session, "POST", "Observation", resource or vital())
    assert answer.status == 201, answer.body
    return json.loads(answer.body)["id"]


def test_read(session: EmbeddedSession) -> None:
    """The stored bytes, with version, time and place in the headers."""
    answer = ask(session, "Observation/g0")
    assert answer.status == 200
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"] == "Tue, 10 Mar 2026 14:25:00 GMT"
    assert answer.headers["Content-Location"].endswith("/Observation/g0/_history/1")
    wanted = observation("g0", "p1", "2345-7", "2026-01-01", 90)
    assert json.loads(answer.body) == wanted | {"meta": {"versionId": "1", "lastUpdated": NOW}}


@pytest.mark.parametrize(("headers", "status"), [
    ({"If-None-Match": 'W/"1"'}, 304), ({"if-none-match": '"1"'}, 304), ({"If-None-Match": 'W/"2"'}, 200),
    ({"If-Modified-Since": "Wed, 11 Mar 2026 00:00:00 GMT"}, 304),
    ({"If-Modified-Since": "Mon, 09 Mar 2026 00:00:00 GMT"}, 200), ({"If-Modified-Since": "soon"}, 200),
])  # fmt: skip
def test_conditional_read(session: EmbeddedSession, headers: dict[str, str], status: int) -> None:
    """304 without a body where the client has it already."""
    answer = session.request("GET", "Patient/p1", (), None, headers)
    assert (answer.status, bool(answer.body)) == (status, status == 200)


@pytest.mark.parametrize(("url", "status"), [
    ("Observation/nope", 404), ("Patient/g0", 404), ("Foo/1", 404), ("patient/p1", 404), ("Patient/a b", 404),
    ("Patient/p1/_history/2", 404), ("Patient/p1/_history/x", 404), ("Patient/p1/_history/1", 200),
    ("Patient/nope/_history", 404), ("Patient/p1/_history", 200), ("Patient/" + "x" * 500, 404),
])  # fmt: skip
def test_what_is_there_and_what_is_not(session: EmbeddedSession, url: str, status: int) -> None:
    """404 for what is not known; a type is case-sensitive."""
    assert ask(session, url).status == status


def test_create(session: EmbeddedSession) -> None:
    """201 with the stored resource: a new id, version 1, the frozen clock; found by a search at once."""
    answer = send(
        session, "POST", "Observation", vital(id="mine", meta={"versionId": "9", "tag": [{"code": "t"}]})
    )
    stored = json.loads(answer.body)
    assert answer.status == 201
    assert stored["id"] != "mine"
    assert stored["meta"] == {"versionId": "1", "lastUpdated": NOW, "tag": [{"code": "t"}]}
    assert answer.headers["Location"] == answer.headers["Content-Location"]
    assert answer.headers["Location"].endswith(f"/Observation/{stored['id']}/_history/1")
    assert ids(session, "Observation?patient=p1&code=8867-4") == [stored["id"]]
    assert ids(session, "Observation?patient=p1&_sort=-date&_count=1") == [stored["id"]]
    assert ask(session, f"Observation/{stored['id']}").body == answer.body


def test_decimals_keep_their_zeros(session: EmbeddedSession) -> None:
    """1.850 is stored and served as 1.850."""
    body = json.dumps(vital()).replace("72", "1.850").encode()
    assert b'"value":1.850,' in session.request("POST", "Observation", (), body).body


@pytest.mark.parametrize(("prefer", "type_"), [
    ("return=minimal", None), ("return=OperationOutcome", "OperationOutcome"), ("return=representation", "Observation"),
])  # fmt: skip
def test_prefer(session: EmbeddedSession, prefer: str, type_: str | None) -> None:
    """The client chooses what comes back."""
    answer = send(session, "POST", "Observation", vital(), Prefer=prefer)
    assert answer.status == 201
    assert (json.loads(answer.body)["resourceType"] if answer.body else None) == type_


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"status": "finl"}, 422, "Observation.status"), ({"code": None}, 422, "code"), ({"extra": 1}, 422, "extra"),
        ({"valueString": "x"}, 422, "value"), ({"effectiveDateTime": "yesterday"}, 422, "effectiveDateTime"),
        ({"subject": {"reference": "Patient/nobody"}}, 400, "Patient/nobody"),
        ({"subject": {"reference": "Encounter/enc-p1"}}, 422, "subject"),
        ({"subject": {"reference": "http://elsewhere.org/Patient/p1"}}, 400, "elsewhere"),
        ({"performer": [{"reference": "#doc"}]}, 400, "#doc"),
        ({"performer": [{"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}]}, 400, "urn:uuid"),
        ({"resourceType": "Patient"}, 400, "Patient"), ({"resourceType": "Foo"}, 422, "Foo"),
    ],
)  # fmt: skip
def test_refused_writes(session: EmbeddedSession, change: Resource, status: int, named: str) -> None:
    """What R4 forbids is 422, what does not exist here is 400; nothing is written."""
    resource = {key: value for key, value in vital(**change).items() if value is not None}
    answer = send(session, "POST", "Observation", resource)
    assert answer.status == status, answer.body
    assert named in diagnostics(answer)
    assert session.changes() == ()


@pytest.mark.parametrize(("body", "headers", "status"), [
    (None, {}, 400), (b"", {}, 400), (b"{", {}, 400), (b"[]", {}, 400), (b"\xff", {}, 400),
    (b"{}", {"Content-Type": "text/plain"}, 400), (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    (b"{}", {"Content-Type": "application/json"}, 422), (b'{"a":1,"a":2}', {}, 400), (b"[" * 10_000, {}, 400),
])  # fmt: skip
def test_bodies_that_are_no_resource(
    session: EmbeddedSession, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    """A clear refusal, never a crash."""
    assert session.request("POST", "Observation", (), body, headers).status == status


def test_an_absolute_reference_to_this_server_is_stored_as_relative(session: EmbeddedSession) -> None:
    """So that searches find it."""
    name = create(session, vital(subject={"reference": "http://chartgym.example/fhir/Patient/p2"}))
    assert json.loads(ask(session, f"Observation/{name}").body)["subject"] == {"reference": "Patient/p2"}
    assert name in ids(session, "Observation?patient=p2")


def test_update_and_versions(session: EmbeddedSession) -> None:
    """PUT makes a version; the old one can be read; the same content again makes none."""
    name = create(session)
    changed = vital(id=name, status="amended")
    answer = send(session, "PUT", f"Observation/{name}", changed, If_Match='W/"1"')
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    assert send(session, "PUT", f"Observation/{name}", changed).headers["ETag"] == 'W/"2"'
    stale = send(session, "PUT", f"Observation/{name}", vital(id=name, status="corrected"), If_Match='W/"1"')
    assert stale.status == 409
    assert json.loads(ask(session, f"Observation/{name}/_history/1").body)["status"] == "final"
    assert ids(session, f"Observation?_id={name}&status=final") == []
    assert ids(session, f"Observation?_id={name}&status=amended") == [name]
    history = json.loads(ask(session, f"Observation/{name}/_history").body)
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]


def test_decimals_that_differ_in_zeros_only_are_another_version(session: EmbeddedSession) -> None:
    """1.0 is not 1.00: the precision is part of the value."""
    name = create(session)
    body = json.dumps(vital(id=name))
    for value, tag in (("72.0", 'W/"2"'), ("72.00", 'W/"3"'), ("72.00", 'W/"3"')):
        answer = session.request("PUT", f"Observation/{name}", (), body.replace("72", value).encode())
        assert answer.headers["ETag"] == tag


def test_update_of_the_base_is_seen_in_place(session: EmbeddedSession) -> None:
    """A base resource that was changed keeps its place in the order, and its first version its text."""
    assert (
        send(session, "PUT", "Observation/g1", observation("g1", "p1", "2345-7", "2026-01-02", 1)).status
        == 200
    )
    assert ids(session, "Observation?patient=p1&code=2345-7") == ["g0", "g1", "g2"]
    assert ids(session, "Observation?patient=p1&code=2345-7&_sort=value-quantity") == ["g1", "g0", "g2"]
    assert json.loads(ask(session, "Observation/g1/_history/1").body)["valueQuantity"]["value"] == 91


def test_put_with_a_new_id_creates(session: EmbeddedSession) -> None:
    """201; the id must be a FHIR id, not all digits, and the same in the body."""
    assert send(session, "PUT", "Observation/my-own.1", vital(id="my-own.1")).status == 201
    assert send(session, "PUT", "Observation/12345", vital(id="12345")).status == 400
    assert send(session, "PUT", "Observation/other", vital(id="my-own.1")).status == 400
    assert send(session, "PUT", "Observation/other", vital()).status == 400
    assert send(session, "PUT", "Observation/a_b", vital(id="a_b")).status in {400, 422}
    assert len(session.changes()) == 1


def test_delete(session: EmbeddedSession) -> None:
    """Gone is 410, its versions stay, a second delete is no change, and PUT brings it back."""
    assert session.request("DELETE", "Observation/g0").status == 200
    assert ask(session, "Observation/g0").status == 410
    assert ids(session, "Observation?_id=g0") == []
    assert ask(session, "Observation/g0/_history/1").status == 200
    assert ask(session, "Observation/g0/_history/2").status == 410
    assert session.request("DELETE", "Observation/g0").status == 200
    assert session.request("DELETE", "Observation/nobody").status == 200
    assert [c.kind for c in session.changes()] == ["delete"]
    assert send(session, "PUT", "Observation/g0", vital(id="g0")).headers["ETag"] == 'W/"3"'
    assert ids(session, "Observation?_id=g0") == ["g0"]


def test_what_is_referred_to_stays(session: EmbeddedSession) -> None:
    """409 names who refers to it; once that is gone, so may it be."""
    refused = session.request("DELETE", "Location/bed-p1")
    assert refused.status == 409
    assert "Encounter/enc-p1" in diagnostics(refused)
    name = json.loads(send(session, "POST", "Location", {"resourceType": "Location", "name": "new"}).body)[
        "id"
    ]
    assert session.request("DELETE", f"Location/{name}").status == 200


def test_conditional_writes(session: EmbeddedSession) -> None:
    """None: created; one: taken or changed; several: 412."""
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "M9"}]}
    first = send(session, "POST", "Patient", person, If_None_Exist="identifier=urn:mrn|M9")
    again = send(session, "POST", "Patient", person, If_None_Exist="identifier=urn:mrn|M9")
    name = json.loads(first.body)["id"]
    assert (first.status, again.status, json.loads(again.body)["id"]) == (201, 200, name)
    assert send(session, "POST", "Patient", person, If_None_Exist="gender=female").status == 412
    assert send(session, "POST", "Patient", person, If_None_Exist="bogus=1").status == 400
    assert send(session, "POST", "Patient", person, If_None_Exist="").status == 400
    body = json.dumps(person | {"gender": "male"}).encode()
    assert session.request("PUT", "Patient", [("identifier", "urn:mrn|M9")], body).headers["ETag"] == 'W/"2"'
    assert session.request("PUT", "Patient", [("gender", "female")], body).status == 412
    assert session.request("DELETE", "Patient", [("gender", "female")]).status == 412
    assert session.request("DELETE", "Patient", ()).status == 400
    assert session.request("DELETE", "Patient", [("identifier", "urn:mrn|M9")]).status == 200
    assert ask(session, f"Patient/{name}").status == 410


def test_changes_list_every_write(session: EmbeddedSession) -> None:
    """In order, with whole resources before and after; write and undoing are two."""
    name = create(session)
    send(session, "PUT", f"Observation/{name}", vital(id=name, status="amended"))
    session.request("DELETE", f"Observation/{name}")
    changes = session.changes()
    assert [(c.sequence, c.kind, c.id) for c in changes] == [
        (1, "create", name),
        (2, "update", name),
        (3, "delete", name),
    ]
    assert [(c.before or {}).get("status") for c in changes] == [None, "final", "amended"]
    assert [(c.after or {}).get("status") for c in changes] == ["final", "amended", None]
    assert changes[0].after == json.loads(ask(session, f"Observation/{name}/_history/1").body)


def test_ids_repeat_for_a_seed_and_differ_between_tasks_and_seeds() -> None:
    """A created id says nothing about those of another episode."""
    hospital = server()
    one, same, seed, task = (hospital.open_session(*who) for who in (("t", 1), ("t", 1), ("t", 2), ("u", 1)))
    made = [[create(s), create(s)] for s in (one, same, seed, task)]
    assert made[0] == made[1]
    assert len({i for pair in made for i in pair}) == 6


def test_two_sessions_never_see_each_other() -> None:
    """Neither by read, search, history nor include; closing one leaves the other."""
    hospital = server()
    one, two = hospital.open_session("a", 1), hospital.open_session("b", 1)
    name = create(one)
    send(one, "PUT", "Patient/p3", json.loads(ask(one, "Patient/p3").body) | {"gender": "male"})
    one.request("DELETE", "Observation/g0")
    for other in (two, hospital):
        assert ask(other, f"Observation/{name}").status == 404
        assert ids(other, "Observation?code=8867-4") == []
        assert ids(other, "Patient?gender=male") == []
        assert ask(other, "Observation/g0").status == 200
        assert name not in ids(other, "Patient?_id=p1&_revinclude=Observation:patient")
    assert two.changes() == ()
    one.close()
    one.close()
    assert ask(one, "Patient/p1").status == 410
    assert ask(two, "Patient/p1").status == 200


def test_the_base_is_read_only() -> None:
    """Without a session there is nothing to write to."""
    hospital = server()
    assert send(hospital, "POST", "Observation", vital()).status == 405
    assert hospital.request("DELETE", "Observation/g0").status == 405
    assert send(hospital, "PUT", "Observation/g0", vital(id="g0")).status == 405
    assert send(hospital, "POST", "", {"resourceType": "Bundle", "type": "batch"}).status == 405
    assert ask(hospital, "Observation/g0").status == 200


def test_a_lenient_session_takes_what_r4_forbids() -> None:
    """A note that is an object, a route that is text; the patient must still exist."""
    session = server().open_session("m", 0, lenient=True)
    order = {
        "resourceType": "ServiceRequest",
        "note": {"text": "x"},
        "subject": {"reference": "Patient/p1"},
        "priority": 7,
    }
    answer = send(session, "POST", "ServiceRequest", order)
    assert answer.status == 201
    assert ids(session, "ServiceRequest?patient=p1") == [json.loads(answer.body)["id"]]
    assert (
        send(session, "POST", "ServiceRequest", order | {"subject": {"reference": "Patient/nobody"}}).status
        == 400
    )
    assert send(session, "POST", "ServiceRequest", {"resourceType": "Patient"}).status == 400
    assert send(session, "POST", "ServiceRequest", {}).status == 400


@pytest.mark.parametrize(("method", "path"), [
    ("PATCH", "Patient/p1"), ("OPTIONS", "Patient"), ("PUT", "metadata"), ("DELETE", ""), ("PUT", ""),
    ("POST", "Patient/p1"), ("GET", "Patient/p1/x/y/z"), ("DELETE", "Patient/p1/_history"),
])  # fmt: skip
def test_other_requests_are_refused(session: EmbeddedSession, method: str, path: str) -> None:
    """With an OperationOutcome."""
    answer = session.request(method, path, (), b"{}")
    assert answer.status in {400, 404}
    assert json.loads(answer.body)["resourceType"] == "OperationOutcome"


def test_head_is_get_without_a_body(session: EmbeddedSession) -> None:
    """Same status and headers."""
    head, get = session.request("HEAD", "Patient/p1"), ask(session, "Patient/p1")
    assert (head.status, head.headers, head.body) == (get.status, get.headers, b"")


def test_two_hundred_sessions_at_once() -> None:
    """Each of 200 sessions, in 8 threads, finds its own writes and nobody else's."""
    hospital: EmbeddedServer = server()
    sessions = [hospital.open_session("crowd", n) for n in range(200)]
    wrong: list[str] = []

    def play(mine: list[tuple[int, EmbeddedSession]]) -> None:
        for round_ in range(3):
            for number, session in mine:
                value = number * 10 + round_
                create(session, vital(valueQuantity={"value": value, "unit": "/min"}))
                found = json.loads(
                    ask(session, "Observation?patient=p1&code=8867-4&_sort=value-quantity").body
                )
                values = [e["resource"]["valueQuantity"]["value"] for e in found["entry"]]
                if values != [number * 10 + r for r in range(round_ + 1)]:
                    wrong.append(f"{number}: {values}")

    numbered = list(enumerate(sessions))
    threads = [threading.Thread(target=play, args=(numbered[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [len(s.changes()) for s in sessions] == [3] * 200
