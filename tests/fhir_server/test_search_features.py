"""Searches over a small hospital: parameters, chains, includes, pages, what is left out, what is refused."""

from __future__ import annotations

import json

import pytest

from chartgym.fhir_server.embedded import EmbeddedServer

from .embedded_help import LOINC, NOW, ask, bundle, diagnostics, follow, hospital, ids, send, server

K = [f"k{n:02d}" for n in range(25)]


@pytest.fixture(scope="module")
def hospital_server() -> EmbeddedServer:
    """The hospital, read only."""
    return server()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("Patient?identifier=M1", ["p1"]),
        ("Patient?identifier=urn:mrn|M1,urn:mrn|M2", ["p1", "p2"]),
        ("Patient?family=smith", ["p2", "p3"]),
        ("Patient?family=muller", ["p1"]),
        ("Patient?family=smith&identifier=M3", ["p3"]),
        ("Patient?phone=555-0100&email=a@example.org&family=Smith-", ["p3"]),
        ("Patient?phone=a@example.org", []),
        ("Patient?gender=http://hl7.org/fhir/administrative-gender|female&_count=1", ["p1"]),
        ("Patient?birthdate=1970-05-04&family:exact=Smith", ["p2"]),
        ("Patient?_id=p3,p1", ["p1", "p3"]),
        ("Patient?_id=nobody", []),
        ("Patient?_lastUpdated=ge2026-03-10", ["p1", "p2", "p3"]),
        ("Patient?_lastUpdated=lt2026-03-10", []),
        ("Patient?general-practitioner=Practitioner/doc&family=M", ["p1"]),
        ("Observation?patient=p1&code=2345-7", ["g0", "g1", "g2"]),
        ("Observation?patient=Patient/p1&code=2345-7&_sort=-date", ["g2", "g1", "g0"]),
        ("Observation?patient=p1&code=2345-7&_sort=-date&_count=1", ["g2"]),
        ("Observation?subject:Patient=p2&_sort=date", ["x0", "x1", "x2", "x3"]),
        ("Observation?patient=p2&date=ge2026-03-02&date=lt2026-03-04", ["x1", "x2"]),
        ("Observation?patient=p2&patient=p1", []),
        ("Observation?patient=nobody", []),
        ("Observation?patient=Group/p1", []),
        ("Observation?patient=http://chartgym.example/fhir/Patient/p2", ["x0", "x1", "x2", "x3"]),
        ("Observation?patient.identifier=M2", ["x0", "x1", "x2", "x3"]),
        ("Observation?patient.identifier=urn:mrn|M2&code=2345-7", []),
        ("Observation?subject:Patient.name=smith", ["x0", "x1", "x2", "x3"]),
        ("Observation?encounter.location.name=5w-12b", ["x0", "x1", "x2", "x3"]),
        ("Encounter?location.name=5W-12A", ["enc-p1"]),
        ("Encounter?status=in-progress", ["enc-p1", "enc-p2"]),
        ("Patient?_has:Observation:patient:code=2345-7", ["p1"]),
        ("Patient?_has:Observation:patient:code=2823-3&family=Smith", ["p2"]),
        (f"Observation?code-value-quantity={LOINC}|2823-3$lt4", ["x0", "x1", "x2", "x3"]),
        ("Observation?value-quantity=ge92||mg/dL", ["g2"]),
        ("Observation?value-quantity=92|http://unitsofmeasure.org|mg/dL", ["g2"]),
        ("Observation?code:text=test 2345", ["g0", "g1", "g2"]),
        ("Observation?_sort=patient,-date,_id&_count=3", ["k24", "k21", "k22"]),
        ("Location?name=5W", ["bed-p1", "bed-p2"]),
        ("Location?name:contains=12b", ["bed-p2"]),
    ],
)  # fmt: skip
def test_search(hospital_server: EmbeddedServer, url: str, expected: list[str]) -> None:
    """What is found, in order."""
    assert ids(hospital_server, url) == expected


def test_a_bundle_says_where_it_comes_from(hospital_server: EmbeddedServer) -> None:
    """Type, total, the clock, links and full URLs."""
    found = bundle(hospital_server, "Observation?patient=p1&code=2345-7&_count=2")
    assert (found["type"], found["total"], found["meta"]) == ("searchset", 3, {"lastUpdated": NOW})
    assert (
        found["link"][0]["url"] == "http://chartgym.example/fhir/Observation?_count=2&code=2345-7&patient=p1"
    )
    entry = found["entry"][0]
    assert entry["fullUrl"] == "http://chartgym.example/fhir/Observation/g0"
    assert entry["search"] == {"mode": "match"}
    assert entry["resource"]["meta"] == {"versionId": "1", "lastUpdated": NOW}


def test_pages_of_twenty_follow_each_other(hospital_server: EmbeddedServer) -> None:
    """The first page has 20; next and previous lead through all, once each."""
    session = hospital_server.open_session()
    first = bundle(session, "Observation?patient=p1&code=2823-3")
    second = follow(session, first, "next")
    assert second is not None
    assert [e["resource"]["id"] for e in first["entry"]] == K[:20]
    assert [e["resource"]["id"] for e in second["entry"]] == K[20:]
    assert follow(session, second, "next") is None
    assert follow(session, second, "previous") == first
    assert first["total"] == second["total"] == 25


def test_a_page_stays_as_it_was_when_the_search_was_made() -> None:
    """Writes after a search neither shift its pages nor change them; the next search sees them."""
    session = server().open_session()
    first = bundle(session, "Observation?patient=p1&code=2823-3&_sort=-date&_count=10")
    last_of_all = json.loads(ask(session, "Observation/k00").body)
    assert (
        send(session, "PUT", "Observation/k00", {**last_of_all, "effectiveDateTime": "2026-03-09"}).status
        == 200
    )
    assert session.request("DELETE", "Observation/k05").status == 200
    found = [e["resource"]["id"] for e in first["entry"]]
    page = first
    while (following := follow(session, page, "next")) is not None:
        page = following
        found += [e["resource"]["id"] for e in page["entry"]]
    assert sorted(found) == K
    assert page["entry"][-1]["resource"]["meta"]["versionId"] == "1"
    assert ids(session, "Observation?patient=p1&code=2823-3&_sort=-date&_count=1") == ["k00"]


def test_old_searches_are_forgotten(hospital_server: EmbeddedServer) -> None:
    """The pages of the last 48 searches can be had, so that an open session stays small."""
    session = hospital_server.open_session()
    pages = [bundle(session, "Observation?patient=p1&_count=1") for _ in range(49)]
    urls = [page["link"][1]["url"].partition("?")[2] for page in pages]
    assert [ask(session, f"?{url}").status for url in urls] == [410] + [200] * 48


def test_an_unknown_page_is_gone(hospital_server: EmbeddedServer) -> None:
    """A token of another session, or an invented one, is a 410."""
    one, two = hospital_server.open_session("a"), hospital_server.open_session("b")
    page = bundle(one, "Observation?patient=p1")
    token = page["link"][1]["url"].split("_getpages=")[1].split("&")[0]
    assert ask(one, f"?_getpages={token}&_getpagesoffset=20").status == 200
    assert ask(two, f"?_getpages={token}&_getpagesoffset=20").status == 410
    assert ask(one, "?_getpages=x").status == 410
    assert ask(one, f"?_getpages={token}&_getpagesoffset=-1").status == 400
    assert ask(one, f"?_getpages={token}&_getpagesoffset=20&_count=0").status == 400


@pytest.mark.parametrize(("query", "total", "count"), [
    ("", 25, 20), ("&_total=none", None, 20), ("&_total=accurate&_count=3", 25, 3), ("&_count=1000", 25, 25),
    ("&_count=0", 25, 0), ("&_summary=count", 25, 0), ("&_count=99999", 25, 25),
])  # fmt: skip
def test_totals(hospital_server: EmbeddedServer, query: str, total: int | None, count: int) -> None:
    """The total is always right and always there, unless `_total=none`."""
    found = bundle(hospital_server, f"Observation?patient=p1&code=2823-3{query}")
    assert found.get("total") == total
    assert len(found.get("entry", ())) == count


@pytest.mark.parametrize(("query", "kept", "dropped"), [
    ("_elements=name", ["name", "id", "meta"], ["identifier", "telecom", "gender"]),
    ("_elements=Patient.name,birthDate", ["name", "birthDate"], ["telecom"]),
    ("_summary=true", ["name", "gender"], ["generalPractitioner_"]),
    ("_summary=text", ["id"], ["name"]),
    ("_summary=data", ["name", "telecom"], []),
])  # fmt: skip
def test_parts_of_a_resource_are_marked(
    hospital_server: EmbeddedServer, query: str, kept: list[str], dropped: list[str]
) -> None:
    """`_elements` and `_summary` leave elements out, in searches and reads, and tag the rest SUBSETTED."""
    for resource in (
        bundle(hospital_server, f"Patient?_id=p1&{query}")["entry"][0]["resource"],
        json.loads(ask(hospital_server, f"Patient/p1?{query}").body),
    ):
        assert not [k for k in kept if k not in resource]
        assert not [k for k in dropped if k in resource]
        assert resource["meta"]["tag"][-1]["code"] == "SUBSETTED"


def test_a_summary_keeps_choices() -> None:
    """`value[x]` and `effective[x]` are summary elements of Observation."""
    resource = bundle(server(), "Observation?_id=g0&_summary=true")["entry"][0]["resource"]
    assert {"valueQuantity", "effectiveDateTime", "code", "status"} <= resource.keys()


@pytest.mark.parametrize(
    ("url", "matches", "included"),
    [
        ("Observation?_id=g0&_include=Observation:patient", ["g0"], ["p1"]),
        ("Observation?patient=p2&_count=2&_include=Observation:subject", ["x0", "x1"], ["p2"]),
        ("Observation?_id=g0&_include=Observation:subject:Group", ["g0"], []),
        ("Observation?_id=g0&_include=*", ["g0"], ["enc-p1", "p1"]),
        ("Observation?_id=g0&_include=Observation:patient&_include=Observation:encounter", ["g0"], ["enc-p1", "p1"]),
        ("Patient?_id=p2&_revinclude=Observation:patient", ["p2"], ["x0", "x1", "x2", "x3"]),
        ("Patient?_id=p2&_revinclude=Encounter:subject&_revinclude=Observation:patient:Patient", ["p2"],
         ["enc-p2", "x0", "x1", "x2", "x3"]),
        ("Encounter?_id=enc-p2&_revinclude=Observation:encounter&_include=Encounter:location", ["enc-p2"],
         ["bed-p2", "x0", "x1", "x2", "x3"]),
        ("Practitioner?_id=doc&_revinclude=Patient:general-practitioner", ["doc"], ["p1", "p2", "p3"]),
    ],
)  # fmt: skip
def test_includes(hospital_server: EmbeddedServer, url: str, matches: list[str], included: list[str]) -> None:
    """What comes along is marked `include`, comes once, and does not count."""
    found = bundle(hospital_server, url)
    by_mode: dict[str, list[str]] = {"match": [], "include": []}
    for entry in found["entry"]:
        by_mode[entry["search"]["mode"]].append(entry["resource"]["id"])
    assert by_mode["match"] == matches
    assert sorted(by_mode["include"]) == included


def test_what_a_session_wrote_is_included_and_chained() -> None:
    """Includes and chains see the session's own state: a new Patient, a deleted Observation."""
    session = server().open_session()
    new = json.loads(
        send(session, "POST", "Patient", {"resourceType": "Patient", "name": [{"family": "Neu"}]}).body
    )
    moved = {**hospital()[-1], "subject": {"reference": f"Patient/{new['id']}"}}
    assert send(session, "PUT", "Observation/x3", moved).status == 200
    session.request("DELETE", "Observation/x0")
    assert ids(session, "Observation?subject:Patient.family=neu") == ["x3"]
    assert ids(session, f"Patient?_id={new['id']}&_revinclude=Observation:patient") == [new["id"], "x3"]
    assert ids(session, "Patient?_id=p2&_revinclude=Observation:patient") == ["p2", "x1", "x2"]
    assert ids(session, "Observation?patient=p2") == ["x1", "x2"]


def test_a_search_can_be_posted(hospital_server: EmbeddedServer) -> None:
    """A form, parameters in the URL beside it, and nothing but a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = hospital_server.request(
        "POST", "Observation/_search", [("patient", "p1")], b"code=2345-7&_count=1", form
    )
    assert [e["resource"]["id"] for e in json.loads(answer.body)["entry"]] == ["g0"]
    assert (
        hospital_server.request(
            "POST", "Observation/_search", (), b"{}", {"Content-Type": "text/json"}
        ).status
        == 400
    )
    assert hospital_server.request("POST", "Observation/_search", (), b"code=\xff%", form).status == 400
    assert ids(hospital_server, "Observation/_search?patient=p1&code=2345-7") == ["g0", "g1", "g2"]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("Patient?bogus=1", "bogus"), ("Patient?_bogus=1", "_bogus"), ("Observation?Patient=p1", "Patient"),
        ("Patient?name:bogus=x", "name:bogus"), ("Patient?gender:exact=male", "gender:exact"),
        ("Observation?date:exact=2020", "date:exact"), ("Observation?patient=", "patient"),
        ("Patient?identifier=", "identifier"), ("Patient?family=a,,b", "family"), ("Patient?name:=x", "name:"),
        ("Observation?date=2023-13-45", "date"), ("Observation?date=notadate", "date"),
        ("Observation?date=ap2023", "ap"), ("Observation?date=2023-11-13,2022-01-01", "date"),
        ("Observation?date=2023-11-13T25:00:00Z", "date"), ("Observation?date=xx2023", "xx"),
        ("Observation?value-quantity=abc", "value-quantity"), ("Observation?value-quantity=sa5", "sa"),
        ("Observation?value-quantity=5|mg", "value-quantity"), ("Observation?value-quantity=5||", "value-quantity"),
        ("Observation?patient.bogus=1", "bogus"), ("Observation?code.x=1", "code"),
        ("Observation?patient:Bogus.name=x", "Bogus"), ("Observation?subject:identifier=x", "identifier"),
        ("Observation?patient=Foo/1", "Foo"), ("Observation?subject:Group=Patient/p1", "Group"),
        ("Observation?_sort=bogus", "bogus"), ("Observation?_sort=code-value-quantity", "_sort"),
        ("Observation?_count=abc", "_count"), ("Observation?_count=-1", "_count"),
        ("Observation?_count=1&_count=2", "_count"), ("Observation?_total=maybe", "_total"),
        ("Observation?_summary=maybe", "_summary"), ("Observation?_elements=a.b", "_elements"),
        ("Observation?_include=Observation:bogus", "bogus"), ("Observation?_include=Patient:link", "_include"),
        ("Observation?_include:iterate=Observation:patient", "_include"), ("Observation?_revinclude=*", "_revinclude"),
        ("Observation?_include=Observation:patient:Foo", "Foo"), ("Observation?_format=xml", "xml"),
        ("Patient?_has:Observation:bogus:code=x", "bogus"), ("Patient?_has:Foo:patient:code=x", "_has"),
        ("Patient?_text=smith", "_text"), ("Patient?_filter=x", "_filter"), ("Patient?gender:missing=maybe", "missing"),
        ("Patient/p1?gender=female", "gender"), ("Observation?code:in=http://x", "code:in"),
        ("Observation?code-value-quantity=K", "code-value-quantity"), ("Patient/$everything", "$everything"),
        ("Patient/p1/Observation", "Patient/p1/Observation"), ("Patient/p1/_history?_since=2020", "_since"),
        ("", "base"), ("_history", "history"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(
    hospital_server: EmbeddedServer, url: str, named: str
) -> None:
    """Never a silently wrong result: a 400 OperationOutcome that names the fault."""
    answer = ask(hospital_server, url)
    assert answer.status == 400
    assert json.loads(answer.body)["resourceType"] == "OperationOutcome"
    assert named in diagnostics(answer)


def test_an_unknown_parameter_lists_the_valid_ones(hospital_server: EmbeddedServer) -> None:
    """So that a client can go on."""
    text = diagnostics(ask(hospital_server, "Observation?bogus=1"))
    assert all(name in text for name in ("code", "date", "patient", "value-quantity", "_count", "_sort"))


def test_every_type_of_r4_can_be_searched(hospital_server: EmbeddedServer) -> None:
    """The CapabilityStatement lists 146 types, and each answers every parameter that is listed for it."""
    statement = json.loads(ask(hospital_server, "metadata").body)
    resources = statement["rest"][0]["resource"]
    assert len(resources) == 146
    values = {"date": "2020", "number": "1", "quantity": "1", "reference": "x", "uri": "urn:x"}
    for resource in resources:
        for parameter in resource["searchParam"]:
            if parameter["type"] != "composite":
                value = values.get(parameter["type"], "x")
                params = [(parameter["name"], value), ("_summary", "count")]
                assert hospital_server.request("GET", resource["type"], params).status == 200, parameter
