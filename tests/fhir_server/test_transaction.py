"""Transactions do all or nothing; batches do what they can."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chartgym.fhir_server import Response
from chartgym.fhir_server.embedded import EmbeddedSession

from .embedded_help import ask, diagnostics, ids, observation, send, server

Resource = dict[str, Any]
URN = "urn:uuid:11111111-1111-4111-8111-111111111111"


@pytest.fixture
def session() -> EmbeddedSession:
    """A session of its own on the hospital."""
    return server().open_session("task", 1)


def entry(
    method: str, url: str, resource: Resource | None = None, full_url: str | None = None, **request: str
) -> Resource:
    """An entry of a Bundle."""
    made: Resource = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    if full_url is not None:
        made["fullUrl"] = full_url
    return made


def post(session: EmbeddedSession, kind: str, *entries: Resource) -> Response:
    """Posts a Bundle."""
    return send(session, "POST", "", {"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def lab(patient: str, name: str | None = None) -> Resource:
    """An Observation without encounter, with an id only where one is given."""
    made = observation(name or "x", patient, "2345-7", "2026-03-10", 5)
    del made["encounter"]
    if name is None:
        del made["id"]
    return made


NEW = {"resourceType": "Patient", "name": [{"family": "Trans"}]}


def test_references_between_entries_are_resolved(session: EmbeddedSession) -> None:
    """An Observation refers to the Patient made beside it, whatever the order; reads see both."""
    refers = lab("p1") | {"subject": {"reference": URN}}
    answer = post(
        session, "transaction", entry("GET", "Patient?family=trans"), entry("POST", "Observation", refers),
        entry("POST", "Patient", NEW, URN), entry("DELETE", "Observation/g0"),
    )  # fmt: skip
    assert answer.status == 200, answer.body
    told = json.loads(answer.body)
    assert told["type"] == "transaction-response"
    assert [e["response"]["status"] for e in told["entry"]] == [
        "200 OK",
        "201 Created",
        "201 Created",
        "200 OK",
    ]
    kind, name, _, version = told["entry"][2]["response"]["location"].split("/")
    assert (kind, version) == ("Patient", "1")
    assert told["entry"][0]["resource"]["total"] == 1
    assert len(ids(session, f"Observation?patient={name}")) == 1
    assert ask(session, "Observation/g0").status == 410


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (entry("POST", "Observation", {"resourceType": "Observation"}), 422),
        (entry("POST", "Observation", lab("nobody")), 400),
        (entry("PUT", "Observation/g1", lab("p1", "g1"), ifMatch='W/"7"'), 409),
        (entry("DELETE", "Location/bed-p1"), 409),
        (entry("GET", "Observation/nobody"), 404),
        (entry("GET", "Observation?bogus=1"), 400),
        (entry("POST", "Foo", NEW), 400),
        (entry("PUT", "Patient/t1", {**NEW, "id": "t2"}), 400),
        (entry("PUT", "Patient/p9", {**NEW, "id": "p9"}), 400),
        (entry("POST", "Patient", NEW, ifNoneExist="gender=female"), 412),
    ],
)
def test_one_bad_entry_undoes_all(session: EmbeddedSession, bad: Resource, status: int) -> None:
    """Nothing is written, changed, deleted or logged, and the entry is named; the next created id is unchanged."""
    good = [
        entry("POST", "Patient", NEW), entry("PUT", "Patient/p9", {**NEW, "id": "p9"}),
        entry("PUT", "Observation/g2", lab("p2", "g2")), entry("DELETE", "Observation/g0"),
    ]  # fmt: skip
    answer = post(session, "transaction", *good, bad)
    assert answer.status in {status, 422}, answer.body
    assert session.changes() == ()
    assert ids(session, "Patient?family=trans") == []
    assert ask(session, "Patient/p9").status == 404
    assert ask(session, "Observation/g0").status == 200
    assert ids(session, "Observation?code=2345-7&_sort=_id") == ["g0", "g1", "g2"]
    assert json.loads(ask(session, "Observation/g2").body)["meta"]["versionId"] == "1"
    fresh = server().open_session("task", 1)
    made = [json.loads(send(s, "POST", "Patient", NEW).body)["id"] for s in (session, fresh)]
    assert made[0] == made[1]


def test_what_refers_to_each_other_can_go_together(session: EmbeddedSession) -> None:
    """An Encounter and its bed are deleted in one transaction, in any order, if nothing else refers to them."""
    first = post(
        session, "transaction", entry("DELETE", "Location/bed-p1"), entry("DELETE", "Encounter/enc-p1")
    )
    assert first.status == 409
    for name in [f"k{n:02d}" for n in range(25)] + ["g0", "g1", "g2"]:
        session.request("DELETE", f"Observation/{name}")
    answer = post(
        session, "transaction", entry("DELETE", "Location/bed-p1"), entry("DELETE", "Encounter/enc-p1")
    )
    assert answer.status == 200, answer.body


def test_conditional_create_in_a_transaction(session: EmbeddedSession) -> None:
    """What exists is not made again, and references to the entry lead to it."""
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "M2"}]}
    answer = post(
        session, "transaction", entry("POST", "Patient", person, URN, ifNoneExist="identifier=urn:mrn|M2"),
        entry("POST", "Observation", lab("p1") | {"subject": {"reference": URN}}),
    )  # fmt: skip
    assert [e["response"]["status"] for e in json.loads(answer.body)["entry"]] == ["200 OK", "201 Created"]
    assert [c.resource_type for c in session.changes()] == ["Observation"]
    assert (session.changes()[0].after or {})["subject"] == {"reference": "Patient/p2"}


def test_a_batch_goes_on(session: EmbeddedSession) -> None:
    """Each entry has its own answer; the good ones are done."""
    answer = post(
        session, "batch", entry("GET", "Patient/p1"), entry("GET", "Patient/nobody"), entry("POST", "Patient", NEW),
        entry("POST", "Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
                                      "subject": {"reference": "Patient/nobody"}}),
    )  # fmt: skip
    assert answer.status == 200, answer.body
    statuses = [e["response"]["status"] for e in json.loads(answer.body)["entry"]]
    assert statuses == ["200 OK", "404 Not Found", "201 Created", "400 Bad Request"]
    assert len(session.changes()) == 1


@pytest.mark.parametrize("bundle", [
    {"resourceType": "Patient"}, {"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": NEW}]},
    {"resourceType": "Bundle", "type": "transaction", "entry": [entry("PATCH", "Patient/p1", NEW)]},
    {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "Patient")]},
    {"resourceType": "Bundle", "type": "transaction", "entry": "x"},
    {"resourceType": "Bundle", "type": "batch", "entry": [1, None]},
    {"resourceType": "Bundle", "type": "transaction", "entry": [entry("POST", "", NEW)]},
])  # fmt: skip
def test_bundles_that_cannot_be_processed(session: EmbeddedSession, bundle: Resource) -> None:
    """Refused whole, with a reason."""
    answer = send(session, "POST", "", bundle)
    assert answer.status in {400, 422}
    assert diagnostics(answer)
    assert session.changes() == ()


def test_an_empty_transaction_is_fine() -> None:
    """Nothing asked, nothing done."""
    session = server(validate=None).open_session()
    assert post(session, "transaction").status == 200
