"""Bodies: what is strict JSON becomes a resource, everything else is refused with the reason."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.embedded.validate import MAX_DEPTH, BodyError, parse_resource

_TEXT = st.characters(exclude_categories=["Cs", "Cc"])


def test_decimals_stay_exact() -> None:
    """A decimal keeps its digits; a whole number stays an int."""
    assert {"a": Decimal("1.850"), "b": 5, "c": Decimal("1e-7")} == parse_resource(
        b'{"a":1.850,"b":5,"c":1e-7}'
    )
    assert str(parse_resource(b'{"a":1.850}')["a"]) == "1.850"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 400, "not valid JSON"),
        (b'{"a":1', 400, "not valid JSON"),
        (b'{"a":1} x', 400, "not valid JSON"),
        (b"[]", 400, "not an array"),
        (b'"x"', 400, "not a string"),
        (b"null", 400, "not null"),
        (b"3", 400, "not a number"),
        (b"\xff\xfe", 400, "not UTF-8: byte 0"),
        (b'\xef\xbb\xbf{"a":1}', 400, "not valid JSON"),
        (b'{"dose":1,"dose":100}', 400, "'dose' occurs twice"),
        (b'{"x":{"a":1,"b":2,"a":1}}', 400, "'a' occurs twice"),
        (b'{"a":NaN}', 400, "NaN"),
        (b'{"a":-Infinity}', 400, "-Infinity"),
        (b'{"a":1e400}', 400, "too large an exponent"),
        (b'{"a":1e-400}', 400, "too large an exponent"),
        (b'{"a":0.' + b"1" * 60 + b"}", 400, "too many digits"),
        (b'{"a":' + b"9" * 5000 + b"}", 400, "more than 40 digits"),
        (b'{"a":"\\ud800"}', 400, "surrogate"),
        (b'{"\\udfff":1}', 400, "surrogate"),
        (b'{"a":"\\u0000"}', 400, "control character"),
        (b'{"a":"\n"}', 400, "not valid JSON"),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", 400, "deeper"),
        (b'{"a":' + b"[" * 200_000, 400, "deeper"),
        (b"[" * 200_000, 400, "deeper"),
        (b" " * (8 * 1024 * 1024 + 1), 413, "at most 8388608"),
    ],
)
def test_a_bad_body_is_refused_with_its_reason(body: bytes, status: int, words: str) -> None:
    """Each kind of bad body has its status and a message that names the fault."""
    with pytest.raises(BodyError, match=words.replace("(", r"\(")) as caught:
        parse_resource(body)
    assert status == caught.value.status
    assert caught.value.issue.severity == "error"


def test_depth_up_to_the_limit_is_taken() -> None:
    """Nesting of exactly the allowed depth is parsed, also where brackets are many."""
    inside = MAX_DEPTH - 1
    assert parse_resource(b'{"a":' + b"[" * inside + b"]" * inside + b"}")
    assert parse_resource(b'{"a":[' + b",".join([b"{}"] * 500) + b"]}")


def test_pairs_of_surrogates_are_characters() -> None:
    """An escaped pair is one character, and text in any script is taken."""
    assert parse_resource('{"a":"\\ud83d\\ude00é"}'.encode()) == {"a": "😀é"}


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Any bytes give a resource or a refusal."""
    with contextlib.suppress(BodyError):
        assert isinstance(parse_resource(body), dict)


@given(
    st.dictionaries(st.text(_TEXT, max_size=8), st.text(_TEXT, max_size=20) | st.integers(-(2**60), 2**60))
)
def test_valid_json_comes_through_unchanged(resource: dict[str, str | int]) -> None:
    """What another encoder wrote is read back as it was."""
    assert parse_resource(json.dumps(resource).encode()) == resource
