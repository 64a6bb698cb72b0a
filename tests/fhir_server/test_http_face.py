"""The HTTP face, over real loopback HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from chartgym.errors import UsageError
from chartgym.fhir_server.embedded.http_face import MAX_SESSIONS, HttpFace, running, serve
from chartgym.fhir_server.embedded.server import EmbeddedServer

FHIR = {"Content-Type": "application/fhir+json"}
NOTE = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "weight"},
    "subject": {"reference": "Patient/p1"},
    "valueQuantity": {"value": 70, "unit": "kg"},
}


def embedded() -> EmbeddedServer:
    """A server with two patients and thirty observations."""
    patients = [
        {"resourceType": "Patient", "id": f"p{n}", "name": [{"family": name}]}
        for n, name in ((1, "Müller"), (2, "Ng"))
    ]
    observations = [
        {
            "resourceType": "Observation",
            "id": f"o{n}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": f"2030-01-{n + 1:02}",
        }
        for n in range(30)
    ]
    return EmbeddedServer.from_resources([*patients, *observations])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A served server's root."""
    with running(embedded()) as root:
        yield root


@pytest.fixture
def client(url: str) -> Iterator[httpx2.Client]:
    """A client of it."""
    with httpx2.Client(base_url=url, timeout=30) as made:
        yield made


def issue(response: httpx2.Response) -> str:
    """The first issue's text of an OperationOutcome."""
    body: dict[str, Any] = response.json()
    assert body["resourceType"] == "OperationOutcome"
    return body["issue"][0]["diagnostics"]


def test_the_root_says_how_to_use_it(client: httpx2.Client, url: str) -> None:
    """`/` is a page of plain text that names the two endpoints with the address that was asked."""
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain;charset=UTF-8"
    assert f"{url}/fhir" in response.text
    assert f"{url}/e/TOKEN/fhir" in response.text


def test_a_read_has_fhirs_headers(client: httpx2.Client, url: str) -> None:
    """A resource comes with content type, version, length, and the address of its version."""
    response = client.get("/fhir/Patient/p1")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/fhir+json;charset=UTF-8"
    assert response.headers["etag"] == 'W/"1"'
    assert response.headers["content-location"] == f"{url}/fhir/Patient/p1/_history/1"
    assert response.headers["cache-control"] == "no-store"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.json()["name"][0]["family"] == "Müller"
    again = client.get("/fhir/Patient/p1", headers={"If-None-Match": 'W/"1"'})
    assert (again.status_code, again.content) == (304, b"")


def test_head_has_the_headers_and_no_body(client: httpx2.Client) -> None:
    """HEAD is GET without the body."""
    response = client.head("/fhir/Patient/p1")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("base", ["/fhir", "/e/pages/fhir"])
def test_pages_are_followed_by_their_links(client: httpx2.Client, url: str, base: str) -> None:
    """FullUrl and links begin with the endpoint that was asked, and lead through all pages."""
    found: list[str] = []
    at: str | None = f"{base}/Observation?patient=p1&_sort=-date"
    while at is not None:
        body = client.get(at).json()
        assert all(e["fullUrl"].startswith(f"{url}{base}/Observation/") for e in body["entry"])
        found += [e["resource"]["id"] for e in body["entry"]]
        links = {link["relation"]: link["url"] for link in body["link"]}
        assert links["self"].startswith(f"{url}{base}")
        at = links.get("next")
    assert found == [f"o{n}" for n in reversed(range(30))]


def test_the_address_is_the_one_that_was_asked(url: str) -> None:
    """A client that says localhost gets links with localhost."""
    other = url.replace("127.0.0.1", "localhost")
    response = httpx2.get(f"{url}/fhir/Patient?_id=p1", headers={"Host": other.removeprefix("http://")})
    assert response.json()["entry"][0]["fullUrl"] == f"{other}/fhir/Patient/p1"


@pytest.mark.parametrize(
    "query",
    ["family=M%C3%BCller", "family=m%c3%bcller", "family:exact=M%C3%BCller", "name=M%C3%BCl&_id=p1"],
)
def test_queries_are_decoded(client: httpx2.Client, query: str) -> None:
    """Percent-encoded UTF-8 in a query reaches the search."""
    found = client.get(f"/fhir/Patient?{query}").json()["entry"]
    assert [e["resource"]["id"] for e in found] == ["p1"]


def test_a_form_searches_too(client: httpx2.Client) -> None:
    """POST _search with a form finds what GET finds."""
    response = client.post("/fhir/Patient/_search", data={"family": "Ng"})
    assert [e["resource"]["id"] for e in response.json()["entry"]] == ["p2"]


def test_the_base_is_read_only(client: httpx2.Client) -> None:
    """A write to /fhir is refused and changes nothing."""
    response = client.post("/fhir/Observation", json=NOTE, headers=FHIR)
    assert response.status_code == 405
    assert "read only" in issue(response)
    assert client.delete("/fhir/Observation/o1").status_code == 405
    assert client.get("/fhir/Observation/o1").status_code == 200


def test_a_token_sees_its_own_writes_alone(client: httpx2.Client, url: str) -> None:
    """What is written under a token is read there, and neither under another nor in the base."""
    made = client.post("/e/one/fhir/Observation", json=NOTE, headers=FHIR)
    assert made.status_code == 201
    place = made.headers["location"]
    assert place.startswith(f"{url}/e/one/fhir/Observation/")
    name = place.split("/")[-3]
    assert client.get(place).json()["valueQuantity"]["value"] == 70
    assert client.get(f"/e/one/fhir/Observation/{name}").status_code == 200
    assert client.get(f"/e/two/fhir/Observation/{name}").status_code == 404
    assert client.get(f"/fhir/Observation/{name}").status_code == 404


def test_an_invalid_write_is_told_with_its_place(client: httpx2.Client) -> None:
    """A resource that R4 forbids is a 422 whose OperationOutcome names the element."""
    response = client.post("/e/bad/fhir/Observation", json=NOTE | {"status": "done"}, headers=FHIR)
    assert response.status_code == 422
    assert response.json()["issue"][0]["expression"] == ["Observation.status"]


def test_a_discarded_session_starts_afresh(client: httpx2.Client) -> None:
    """DELETE of a token forgets its writes; a token that has none is a 404."""
    client.put("/e/gone/fhir/Patient/p9", json={"resourceType": "Patient", "id": "p9"}, headers=FHIR)
    assert client.get("/e/gone/fhir/Patient/p9").status_code == 200
    assert client.delete("/e/gone").status_code == 204
    assert client.get("/e/gone/fhir/Patient/p9").status_code == 404
    assert client.delete("/e/never").status_code == 404


OUTSIDE = ["/nofhir/Patient", "/e", "/e/", "/e/a b/fhir/Patient", "/e/a.b/fhir/Patient", "/e/x/Patient"]


@pytest.mark.parametrize("path", [*OUTSIDE, f"/e/{'x' * 65}/fhir/Patient"])
def test_paths_outside_are_404(client: httpx2.Client, path: str) -> None:
    """Nothing answers outside the endpoints, nor for a token of the wrong form."""
    assert client.get(path).status_code == 404


def test_dots_do_not_climb(url: str) -> None:
    """A path with dots, sent as it is, reaches no other session and no file."""
    host, port = url.removeprefix("http://").split(":")
    for path in ("/e/a/fhir/../../b/fhir/Patient/p1", "/fhir/../../etc/passwd", "/fhir/Patient/..%2f..%2fp1"):
        with socket.create_connection((host, int(port)), timeout=30) as raw:
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
            answer = raw.makefile("rb").read()
        assert answer.split(b" ")[1] in {b"400", b"404"}, answer[:200]


@pytest.mark.parametrize(
    ("request_line", "headers", "status", "words"),
    [
        ("GET /fhir/Patient", {"Host": "evil.example"}, 421, "localhost"),
        ("GET /fhir/Patient", {"Host": "127.0.0.1.evil.example"}, 421, "localhost"),
        ("GET /fhir/Patient", {"Origin": "https://evil.example"}, 403, "origins"),
        ("GET /fhir/Patient", {"Origin": "null"}, 403, "origins"),
        ("PATCH /e/a/fhir/Patient/p1", {}, 405, "PATCH is not supported"),
        ("OPTIONS /fhir/Patient", {}, 405, "OPTIONS is not supported"),
        ("GET /fhir/Patient?name=" + "x" * 20_000, {}, 414, "POST _search"),
        ("POST /e/a/fhir/Patient", {"Content-Encoding": "gzip"}, 415, "Compressed"),
        ("POST /e/a/fhir/Patient", {"Content-Length": "9000000"}, 413, "At most"),
        ("GET /fhir/Nonsense", {}, 404, "Nonsense"),
    ],
)
def test_what_is_refused(
    url: str, request_line: str, headers: dict[str, str], status: int, words: str
) -> None:
    """Foreign hosts and origins, other methods, long URLs, compressed and large bodies get their status and reason."""
    host, port = url.removeprefix("http://").split(":")
    lines = {"Host": f"{host}:{port}", "Connection": "close"} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(f"{request_line} HTTP/1.1\r\n{head}\r\n".encode())
        answer = raw.makefile("rb").read()
    assert answer.split(b" ")[1] == str(status).encode()
    assert words in json.loads(answer.partition(b"\r\n\r\n")[2])["issue"][0]["diagnostics"]


def test_a_large_body_is_refused_while_it_streams_in() -> None:
    """A body without a declared length is cut off at the limit, not collected to its end."""
    taken = 0
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * (1 << 20), "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/e/a/fhir/Patient",
        "raw_path": b"",
        "query_string": b"",
    }
    face = HttpFace(embedded())
    asyncio.run(face({**scope, "headers": [(b"host", b"localhost:80")]}, receive, send))
    assert sent[0]["status"] == 413
    assert taken == 9


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"a":1,"a":2}', b'{"resourceType":"Patient","x":NaN}']
)
def test_a_bad_body_is_a_400(client: httpx2.Client, body: bytes) -> None:
    """Whatever is no JSON object is refused with its reason."""
    response = client.post("/e/bad/fhir/Patient", content=body, headers=FHIR)
    assert response.status_code == 400
    assert issue(response)


def test_open_sessions_are_bounded() -> None:
    """When all places are taken a new token is refused; known ones go on."""
    face = HttpFace(embedded(), max_sessions=2)
    assert face.session("a") is not None
    assert face.session("b") is not None
    assert face.session("c") is None
    assert face.session("a") is face.session("a")
    assert MAX_SESSIONS >= 200


def test_only_loopback_is_served() -> None:
    """Another address is refused before anything listens."""
    for host in ("0.0.0.0", "192.168.1.5", "example.org", ""):
        with pytest.raises(UsageError, match="loopback"):
            serve(embedded(), host=host, port=0)


def test_a_taken_port_is_named(url: str) -> None:
    """A port that another process uses is an error that says what to do."""
    with pytest.raises(UsageError, match="choose another port"):
        serve(embedded(), port=int(url.rsplit(":", 1)[1]))


def test_the_capability_statement_names_the_address(client: httpx2.Client, url: str) -> None:
    """/metadata is a CapabilityStatement of this endpoint."""
    body = json.loads(client.get("/fhir/metadata").content)
    assert body["resourceType"] == "CapabilityStatement"
    assert body["fhirVersion"] == "4.0.1"
    assert body["implementation"]["url"] == f"{url}/fhir"
