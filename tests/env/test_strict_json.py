"""What JSON is taken from an agent."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.env import strict_json
from chartgym.errors import AgentError

REFUSED = [
    ('{"a": 1, "a": 2}', "given twice"),
    ('{"a": {"b": 1, "b": 1}}', "given twice"),
    ("NaN", "not a JSON number"),
    ('{"a": -Infinity}', "not a JSON number"),
    ("1e400", "too large"),
    ("9" * 41, "more than 40 digits"),
    ("9" * 5_000, "more than 40 digits"),
    ("0." + "9" * 60, "more than 40 digits"),
    ("[" * 50_000, "deeper than 32"),
    ("[" * 33 + "]" * 33, "deeper than 32"),
    ('{"a":' * 40 + "1" + "}" * 40, "deeper than 32"),
    (json.dumps("x" * 200_000), "too long"),
    (json.dumps("ä" * 100_000, ensure_ascii=False), "too long"),
    (r'"\u0000"', r"U\+0000"),
    (r'"a\u001b[31m"', r"U\+001B"),
    (r'"\u0085"', r"U\+0085"),
    (r'"\ud800"', "lone surrogate"),
    (r'{"\ud800": 1}', "lone surrogate"),
    ("{'a': 1}", "not JSON"),
    ('{"a": 1} trailing', "not JSON"),
    ("", "not JSON"),
    ("1_000", "not JSON"),
    ("٣", "not JSON"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[text[:20] for text, _ in REFUSED])
def test_refused(text: str, reason: str) -> None:
    """What is ambiguous, endless or no value is refused with a reason, in bounded time."""
    with pytest.raises(AgentError, match=reason):
        strict_json.loads(text)


def test_deepest_allowed() -> None:
    """Thirty-two levels are still read."""
    assert strict_json.loads("[" * 31 + "1" + "]" * 31)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)), inner
            )
        ),
        max_leaves=20,
    )
)
def test_plain_values_come_back(value: object) -> None:
    """What has no fault is read as it was written."""
    assert strict_json.loads(json.dumps(value)) == value


@pytest.mark.parametrize("digits", ["1.850", "0.10", "1e2", "12345678901234567890.5"])
def test_digits_survive(digits: str) -> None:
    """A resource keeps the digits that the agent wrote, white space apart."""
    text = '{"resource": {"value": ' + digits + ', "text": "a\\u00e9  b"} }'
    arguments = strict_json.with_raw(strict_json.loads(text), strict_json.raw_resource(text))
    assert (
        strict_json.dumps(arguments["resource"]) == b'{"value":' + digits.encode() + b',"text":"a\\u00e9  b"}'
    )


def test_changed_resource_is_written_anew() -> None:
    """The kept bytes never speak for a mapping that was changed since."""
    text = '{"resource": {"value": 1.850}}'
    arguments = strict_json.with_raw(strict_json.loads(text), strict_json.raw_resource(text))
    arguments["resource"]["value"] = 2.5
    assert strict_json.dumps(arguments["resource"]) == b'{"value":2.5}'


@pytest.mark.parametrize("value", [math.nan, math.inf, {1: 2}, {"a": {3}}, b"bytes", 10**60, {"a": object()}])
def test_values_made_in_python_are_checked_too(value: object) -> None:
    """A call that was never text is held to the same rules."""
    with pytest.raises(AgentError):
        strict_json.check({"x": value})


def test_a_cycle_is_refused() -> None:
    """A value that contains itself is too deep, not endless."""
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(AgentError, match="deeper"):
        strict_json.check(loop)
