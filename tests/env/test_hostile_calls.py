"""Calls that must not reach the server: refused while they are still arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.env import requests
from chartgym.tasks.base import ToolCall

from .conftest import NewEpisode, Recording

WORDS_AS_TYPE = [
    "http://169.254.169.254/latest/meta-data", "https://evil.example/fhir", "//evil.example/x", "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO", "jar:http://x!/", "..", "../Patient", "../../etc/passwd", "Patient/..",
    "Patient/p1", "Patient?_id=p1", "Patient#x", "Patient%2F..", "%2e%2e%2fPatient", "..%252f", "Patient\\..",
    "Patient\x00", "Patient\n", "Patient\r\nHost: evil", "patient", "PATIENT", " Patient", "Patient ", "", ".", "/",
    "$everything", "Patient/$everything", "metadata", "_history", "_search", "Observation/_search", "$graphql",
    "Patient/_history", "*", "Patient@evil", "Patient:80", "Раtient", "Ｐatient", "Patient\u200b", "Resource",
    "DomainResource", "' OR 1=1 --", "Patient;DROP TABLE x", "a" * 100_000,
]  # fmt: skip
NOT_TEXTS: list[Any] = [None, True, 1, 1.5, [], {}, ["Patient"], {"a": "Patient"}]
IDS = [
    "", ".", "..", "../Patient/p1",
    "p1/_history", "p1/_history/1", "p1?x=1", "p1#f", "p1%2F..", "%70%31", "p1 ", " p1",
    "p_1", "p1\x00", "p1\n", "p1\r\n", "http://evil.example/Patient/p1", "//evil", "urn:uuid:1", "#contained",
    "$everything", "p1;x", "p1'--", "p*", "ｐ1", "p\u200b1", "a" * 65, "a" * 1_000_000,
]  # fmt: skip
PARAMETERS = [
    "_getpages", "_getpagesoffset", "_bundletype", "_format", "_pretty", "_offset", "_filter", "_content", "_text",
    "_query", "_contained", "_containedType", "_type", "_since", "_list", "_at", "_method", "_has", "_score",
    "__class__",
    "http://evil.example", "code&patient", "code=x&a", "code?x", "code/..", "../code", "code%26", "code\x00", "code\n",
    "", " ", "code ", "a.b.c.d.e", "code:", ":exact", "code::not", "code:not:not", "$filter", "co de", "cøde",
    "a" * 200,
    "_has:A:b:c:d", "_has:Observation:patient:_has:X:y:z", "'--",
]  # fmt: skip


def search(**arguments: Any) -> ToolCall:
    return ToolCall("fhir_search", arguments)


def create(resource: Any) -> ToolCall:
    return ToolCall("fhir_create", {"resource": resource})


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"extension": [value]}
    return value


NOTHINGS: list[Any] = [None, [], "x", 1, {}, {"resourceType": None}, {"resourceType": ["Patient"]}]
PAGES: list[Any] = [
    "http://chartgym.example/fhir?_getpages=x", "p1-0000000000000000", "", "../..", "p1", "\x00", None, 1, [],
    "x" * 10_000,
]  # fmt: skip
CALLS: list[ToolCall] = [
    *(search(resource_type=word) for word in [*WORDS_AS_TYPE, *NOT_TEXTS]),
    *(ToolCall("fhir_read", {"resource_type": word, "id": "p1"}) for word in [*WORDS_AS_TYPE, *NOT_TEXTS]),
    *(ToolCall("fhir_read", {"resource_type": "Patient", "id": word}) for word in [*IDS, *NOT_TEXTS]),
    *(search(resource_type="Patient", params={name: "x"}) for name in PARAMETERS),
    *(search(resource_type="Patient", params=params)
      for params in [None, "a=b", [], 1, "?_id=p1", [["_id", "p1"]]]),
    *(search(resource_type="Patient", params={"name": value}) for value in [
        None, {}, {"ge": "x"}, [], [None], [[1]], "a\x00b", "a\nb", "a\tb", "\x1b[31m", "\x7f", "\ud800", "x" * 2_049,
        "ä" * 1_100, ["x"] * 65, float("nan"), float("inf"), 10**50,
    ]),
    search(resource_type="Patient", params={f"p{i}": "x" for i in range(33)}),
    search(resource_type="Patient", params={f"p{i}": ["x" * 100] * 60 for i in range(30)}),
    *(search(resource_type="Patient", params={"_count": v})
      for v in ["1001", "-1", "1e9", "x", "", 10**9, "１", 1.5, True]),
    *(search(resource_type="Patient", params={name: v}) for name in ["_include", "_revinclude", "_include:iterate"]
      for v in ["*", "Patient:*", "http://evil.example", "Patient", "A:b:c:d", "../x:y"]),
    search(resource_type="Patient", params={}, url="http://evil.example"),
    search(),
    ToolCall("fhir_read", {"resource_type": "Patient"}),
    ToolCall("fhir_read", {"resource_type": "Patient", "id": "p1", "version": "1"}),
    *(ToolCall("fhir_next", {"page": page}) for page in PAGES),
    ToolCall("fhir_next", {}),
    *(create(value) for value in NOTHINGS),
    *(create({"resourceType": word}) for word in WORDS_AS_TYPE),
    *(create({"resourceType": kind}) for kind in [
        "Bundle", "Binary", "Subscription", "Parameters", "OperationOutcome", "SearchParameter", "StructureDefinition",
        "ValueSet", "CodeSystem", "CapabilityStatement", "MessageHeader", "AuditEvent",
    ]),
    create({"resourceType": "Observation", "note": [{"text": "x" * 70_000}]}),
    create({"resourceType": "Observation", "note": [{"text": "a\x00b"}]}),
    create({"resourceType": "Observation", "note": [{"text": "\ud800"}]}),
    create({"resourceType": "Observation", "valueInteger": float("nan")}),
    create({"resourceType": "Observation", "valueInteger": 10**60}),
    create({"resourceType": "Observation", "a": deep(20)}),
    create({"resourceType": "Observation", 1: "x"}),
    create({"resourceType": "Observation", "a": {1, 2}}),
    ToolCall("fhir_create", {"resource": {"resourceType": "Observation"}, "path": "Patient"}),
    ToolCall("fhir_update", {"resource": {"resourceType": "Patient", "id": "p1"}}),
    *(ToolCall(name, {"resource_type": "Patient", "id": "p1"}) for name in [
        "fhir_delete", "fhir_patch", "fhir_history", "", "FHIR_READ", "fhir_read ", "__class__", "_read", "x" * 10_000,
        "\ud800",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS, ids=[f"{i}-{c.tool[:12]}" for i, c in enumerate(CALLS)])
def test_hostile_call_never_reaches_the_server(
    call: ToolCall, new_episode: NewEpisode, session: Recording
) -> None:
    """A call that is no proper call is explained; no request is made and the episode goes on."""
    episode = new_episode()
    result = episode.call(call)
    assert not result.ok
    assert result.text
    assert len(result.text) < 1_500
    assert session.requests == []
    assert not episode.done
    assert episode.steps == 1


@pytest.mark.parametrize("word", IDS)
def test_hostile_id_in_an_update(word: str, new_episode: NewEpisode, session: Recording) -> None:
    """An update goes to a checked id or nowhere, even where updates are granted."""
    episode = new_episode(grants=("fhir_update",))
    result = episode.call(ToolCall("fhir_update", {"resource": {"resourceType": "Patient", "id": word}}))
    assert not result.ok
    assert session.requests == []


@given(
    st.text(max_size=30),
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.text(max_size=12), st.integers(), st.lists(st.text(max_size=5)))
    ),
)
def test_a_path_is_made_of_names_only(kind: str, params: dict[str, Any]) -> None:
    """Whatever the arguments, a request that is made has the name of a type as its path, and GET."""
    try:
        request = requests.search_request({"resource_type": kind, "params": params})
    except requests.AgentError:
        return
    assert request.method == "GET"
    assert request.path in requests.R4_TYPES
    assert request.body is None


def test_harmless_calls_do_reach_the_server(new_episode: NewEpisode, session: Recording) -> None:
    """The table above is not refused for its frame: the same calls with proper arguments are made."""
    episode = new_episode()
    assert episode.call(search(resource_type="Patient", params={"family:exact": "Müller", "_count": 5})).ok
    assert episode.call(search(resource_type="Observation", params={"patient.identifier": "x|MRN-7"})).ok
    assert episode.call(ToolCall("fhir_read", {"resource_type": "Patient", "id": "p1"})).ok
    assert [r[:3] for r in session.requests] == [
        ("GET", "Patient", (("family:exact", "Müller"), ("_count", "5"))),
        ("GET", "Observation", (("patient.identifier", "x|MRN-7"),)),
        ("GET", "Patient/p1", ()),
    ]


def test_values_are_written_plainly() -> None:
    """Numbers, booleans and lists become parameter texts without exponents, in order."""
    params = {"a": 5, "b": 0.00001, "c": True, "d": ["ge1", "le2"], "e": 2.50}
    request = requests.search_request({"resource_type": "Observation", "params": params})
    assert request.params == (
        ("a", "5"), ("b", "0.00001"), ("c", "true"), ("d", "ge1"), ("d", "le2"), ("e", "2.5"),
    )  # fmt: skip


@pytest.mark.parametrize("link", [
    "http://evil.example:99/fhir/Observation?_offset=20",
    "https://user:password@10.0.0.1/Observation?_offset=20",
    "/base/deeper/Observation/_search?_offset=20",
    "Observation?_offset=20",
])  # fmt: skip
def test_host_of_a_next_link_is_not_used(link: str) -> None:
    """Of a server's own link only the type and the query are used."""
    assert requests.next_request(link) == requests.Request("GET", "Observation", (("_offset", "20"),))
