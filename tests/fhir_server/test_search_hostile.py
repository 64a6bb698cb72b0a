"""Whatever a client sends is answered with FHIR: no crash, no other data, no unbounded work."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.fhir_server.embedded import EmbeddedServer

from .embedded_help import ask, diagnostics, ids, server

HOSPITAL: EmbeddedServer = server()

STRANGE = [
    "' OR 1=1 --", "'; DROP TABLE chunk; --", "%", "_", "*", "?", "p1' --", "\x00", "p1\x00", "../../etc/passwd",
    "file:///etc/passwd", "http://169.254.169.254/", "${jndi:ldap://x}", "{{7*7}}", "<script>",
    "\\", "\\,", "|||", "$",
    "\ud7ff\u202e", "a" * 3_000, "(" * 500, "-", "ge", "9" * 400, "1e999", "NaN", "Infinity", "0x10", "²", "١٢٣",
    "2020-02-30", "0000-01-01", "9999-12-31T23:59:59.999999999+14:00", "2020-01-01T00:00:00+99:99", "10000",
]  # fmt: skip
PARAMETERS = ["patient", "subject", "code", "code:text", "date", "value-quantity", "_id", "_lastUpdated",
              "value-string",
              "identifier", "code-value-quantity", "_sort", "_count", "_include", "_revinclude", "_elements", "_total",
              "patient.identifier", "_has:Observation:has-member:code", "code:missing", "value-string:contains",
              "derived-from", "_profile"]  # fmt: skip


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_strange_values(parameter: str) -> None:
    """A strange value finds nothing or is refused; it is never taken for a wildcard or a piece of a query."""
    for value in STRANGE:
        answer = HOSPITAL.request("GET", "Observation", [(parameter, value)])
        assert answer.status in {200, 400}, (value, answer.body)
        body = json.loads(answer.body)
        if answer.status == 200 and parameter not in {"_count", "_include", "_elements"}:
            assert body["total"] == 0, value


@pytest.mark.parametrize("name", [*STRANGE, "", ":", ".", "code:", "code.", "patient.", "patient..name", "_has",
                                  "_has:",
                                  "_has:::", "__proto__", "code:missing:not", "patient:Patient:Patient"])  # fmt: skip
def test_strange_names(name: str) -> None:
    """An unknown parameter is a 400, whatever it is."""
    assert HOSPITAL.request("GET", "Observation", [(name, "x")]).status == 400


@pytest.mark.parametrize("text", STRANGE)
def test_strange_paths(text: str) -> None:
    """Neither a type nor an id leads anywhere else."""
    for path in (text, f"Patient/{text}", f"Patient/p1/_history/{text}", f"{text}/p1", f"Patient/p1/{text}"):
        answer = HOSPITAL.request("GET", path)
        assert answer.status in {400, 404} or path.strip("/?") in {"Patient/..", "Patient"}, path
        assert json.loads(answer.body)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(("params", "named"), [
    ([("code", "x")] * 61, "parameters"), ([("code", ",".join("x" * 1001))], "values"),
    ([("code", "x" * 4001)], "longer"),
    ([("code", ",".join(["x" * 3999] * 20))], "longer"), ([("_include", "Observation:patient")] * 21, "includes"),
    ([("patient.link.link.link.name", "x")], "steps"),
    ([("_has:Observation:subject:_has:Patient:link:_has:Patient:link:_has:Patient:link:name", "x")], "_has"),
    ([("_sort", ",".join(["date"] * 9))], "keys"),
])  # fmt: skip
def test_more_than_the_limits_is_refused(params: list[tuple[str, str]], named: str) -> None:
    """Each limit is told."""
    answer = HOSPITAL.request("GET", "Observation" if "_has" not in params[0][0] else "Patient", params)
    assert answer.status == 400
    assert named in diagnostics(answer)


def test_a_refusal_is_never_longer_than_needed() -> None:
    """What was sent is quoted, but not by the megabyte."""
    answer = HOSPITAL.request("GET", "Observation", [("date", "x" * 3_900), ("x" * 50_000, "1")])
    assert answer.status == 400
    assert len(answer.body) < 20_000


def test_a_thousand_values_are_taken() -> None:
    """Just below the limit an OR works."""
    wanted = ",".join([*(f"n{n}" for n in range(999)), "2345-7"])
    assert ids(HOSPITAL, f"Observation?code={wanted}") == ["g0", "g1", "g2"]
    assert ids(HOSPITAL, "Observation?_id=" + ",".join([*(f"n{n}" for n in range(999)), "g1"])) == ["g1"]


def test_escapes() -> None:
    """A backslash takes a comma, a bar or a dollar literally."""
    assert ids(HOSPITAL, "Location?name=5W-12A\\,5W-12B") == []
    assert ids(HOSPITAL, "Location?name=5W-12A,5W-12B") == ["bed-p1", "bed-p2"]
    assert ids(HOSPITAL, "Observation?code=http://loinc.org\\|2345-7") == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["Observation", "Patient", "Encounter"]))
def test_any_text(name: str, value: str, kind: str) -> None:
    """Any name with any value is answered with 200 or 400."""
    assert HOSPITAL.request("GET", kind, [(name, value)]).status in {200, 400}
    assert HOSPITAL.request("GET", kind, [("code" if kind == "Observation" else "_id", value)]).status in {
        200,
        400,
    }


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["GET", "POST", "PUT", "DELETE", "X"]), st.binary(max_size=40))
def test_any_path_and_body(path: str, method: str, body: bytes) -> None:
    """Any request is answered."""
    session = HOSPITAL.open_session()
    assert 200 <= session.request(method, path, (), body).status < 500
    assert 200 <= session.request(method, "Observation/" + path.replace("/", ""), (), body).status < 500
    assert ask(HOSPITAL, "Observation/g0").status == 200
