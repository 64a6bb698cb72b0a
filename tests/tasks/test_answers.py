"""The typed answer: what is refused and told, what is equal, and that no empty or hedged answer passes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.tasks.answers import (
    answer_json_schema,
    describe_gold,
    gold_faults,
    parse_number,
    read_answer,
    same_value,
    validate_answer,
)
from chartgym.tasks.base import AnswerField, AnswerSchema

NUMBER = AnswerField("value", "number", "Potassium.", unit="mmol/L", tolerance=0.05)
COUNT = AnswerField("count", "integer", "How many.")
TEXT = AnswerField("name", "string", "The name.")
DAY = AnswerField("day", "date", "The day.")
TIME = AnswerField("time", "instant", "When.", tolerance=60, statuses=("ok", "no_data"))
CHOICE = AnswerField("trend", "choice", "The trend.", choices=("rising", "falling", "stable"))
FLAG = AnswerField("flag", "boolean", "Whether.")
LIST = AnswerField("meds", "list", "Which.")
PHONE = AnswerField("phone", "string", "The number.", compare="digits")
ADDRESS = AnswerField("address", "string", "The address.", compare="words")
SCHEMA = AnswerSchema((NUMBER, COUNT, TEXT, DAY, TIME, CHOICE, FLAG, LIST), ("ok", "no_data", "no_action"))
FULL: dict[str, Any] = {
    "status": "ok", "value": 3.1, "count": 2, "name": "Zoë", "day": "2026-03-10", "flag": False, "meds": ["a", "B"],
    "time": "2026-03-10T05:40:00-04:00", "trend": "rising",
}  # fmt: skip

SAME: list[tuple[AnswerField, Any, Any]] = [
    (NUMBER, 3.1, 3.1), (NUMBER, 3.1, "3.1"), (NUMBER, 3.1, 3.10), (NUMBER, 3, 3.0), (NUMBER, 3.1, 3.15),
    (NUMBER, -1.5, "-1.5"), (COUNT, 2, 2.0), (COUNT, 2, "2"), (COUNT, 2, "2.0"),
    (TEXT, "Zoë", "  zoë "), (TEXT, "Zoë", "Zoe\u0308"), (TEXT, "Anna  Maria", "anna maria"), (TEXT, "S1", "s1"),
    (DAY, "2026-03-10", "2026-03-10"), (FLAG, False, False), (CHOICE, "rising", "Rising"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T09:40:00Z"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T09:40:00+00:00"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T05:40-04:00"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10 15:25:00.000+05:45"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T05:41:00-04:00"),
    (LIST, ["a", "b"], ["B ", "A", "a"]), (PHONE, "(518) 555-0117", "+1 518.555.0117"),
    (ADDRESS, "12 Elm St., Apt 4", "12 elm st apt 4"), (TEXT, {"any": ["MD", "Dr."]}, "dr."),
]  # fmt: skip

OTHER: list[tuple[AnswerField, Any, Any]] = [
    (NUMBER, 3.1, 3.16), (NUMBER, 3.1, 3.04), (NUMBER, 1, True), (NUMBER, 0, False), (NUMBER, 3.1, None),
    (NUMBER, 3.1, "3.1 mmol/L"), (NUMBER, 3.1, "not 3.1"), (NUMBER, 3.1, "3.1 or 4.2"), (NUMBER, 3.1, "0-500"),
    (NUMBER, 3.1, [3.1]), (NUMBER, 3.1, {"value": 3.1}), (NUMBER, 3.1, float("nan")), (NUMBER, 3.1, float("inf")),
    (NUMBER, 3.1, "NaN"), (NUMBER, 3.1, "３.１"), (NUMBER, 1000, "1,000"), (NUMBER, 1000, "1_000"),
    (NUMBER, 1000, "1e3"), (NUMBER, 3.1, " 3.1"), (NUMBER, 3.1, "+3.1"), (NUMBER, 3.1, "03.1"), (NUMBER, 3, "3."),
    (COUNT, 2, 2.5), (COUNT, 1, True), (TEXT, "Zoë", "Zoe"), (TEXT, "S1", ["S1"]), (TEXT, "S1", "S1 or S2"),
    (TEXT, "S1", "S1\u200b"), (TEXT, "S1", "\u202eS1"), (TEXT, "S1", "S1\x00"), (TEXT, "S1", "S1\u2028passed"),
    (TEXT, "ok", ".*"), (TEXT, "49", "{{7*7}}"), (TEXT, "x", '"]}, "passed": true'), (TEXT, "a", "__class__"),
    (DAY, "2026-03-10", "10/03/2026"), (DAY, "2026-03-10", "2026-3-10"), (DAY, "2026-03-10", "2026-03-10T00:00:00Z"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T05:40:00"), (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T05:40:00Z"),
    (TIME, "2026-03-10T05:40:00-04:00", "2026-03-10T05:41:01-04:00"),
    (TIME, "2026-03-11T00:00:00-04:00", "2026-03-10T24:00:00-04:00"),
    (TIME, "2026-03-10T05:41:00-04:00", "2026-03-10T05:40:60-04:00"),
    (CHOICE, "rising", "falling"), (CHOICE, "rising", "rising or falling"), (FLAG, True, 1), (FLAG, True, "true"),
    (LIST, ["a", "b"], ["a"]), (LIST, ["a"], ["a", "b"]), (LIST, ["a", "b"], "a, b"), (LIST, ["a"], [["a"]]),
    (PHONE, "518-555-0117", "518-555-0118"), (ADDRESS, "12 Elm St", "21 Elm St"), (TEXT, {"any": ["a", "b"]}, "c"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "gold", "value"), SAME)
def test_equal_answers_pass(field: AnswerField, gold: Any, value: Any) -> None:
    """One value in another allowed spelling is the same value."""
    assert same_value(field, gold, value).ok


@pytest.mark.parametrize(("field", "gold", "value"), OTHER)
def test_other_answers_fail(field: AnswerField, gold: Any, value: Any) -> None:
    """Another value, a hedge, another type, or a text that only looks like the value is not the value."""
    assert not same_value(field, gold, value).ok


EMPTY: list[Any] = [
    {},
    [],
    "",
    None,
    " ",
    0,
    True,
    "ok",
    ["ok"],
    {"status": None},
    {"status": ""},
    {"status": "ok"},
]


@pytest.mark.parametrize("answer", EMPTY, ids=repr)
def test_empty_shapes_are_refused(answer: Any) -> None:
    """Nothing that is empty, or no object, is taken as an answer, and the reason is told."""
    assert validate_answer(SCHEMA, answer)


@pytest.mark.parametrize("field", SCHEMA.fields, ids=lambda f: f.name)
@pytest.mark.parametrize("empty", [None, "", " ", [], {}], ids=repr)
def test_a_required_field_must_not_be_empty(field: AnswerField, empty: Any) -> None:
    """With a status that asks for it, each field must be there and hold something; the problem names it."""
    problems = validate_answer(SCHEMA, {**FULL, field.name: empty})
    assert len(problems) == 1
    assert problems[0].startswith(field.name)


def test_a_right_answer_has_no_problems() -> None:
    """The full answer is taken, with a comment too; fields that the status does not ask for may be left out or null."""
    assert validate_answer(SCHEMA, FULL) == []
    assert validate_answer(SCHEMA, {**FULL, "comment": "as told \N{THUMBS UP SIGN}\n"}) == []
    assert validate_answer(SCHEMA, {"status": "no_action"}) == []
    assert (
        validate_answer(SCHEMA, {"status": "no_data", "time": FULL["time"], "value": None, "name": ""}) == []
    )


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({**FULL, "passed": True}, "passed"),
        ({**FULL, "Value": 3.1}, "Value"),
        ({**FULL, "status": "OK"}, "status"),
        ({**FULL, "status": "ambiguous"}, "status"),
        ({**FULL, "status": ["ok"]}, "status"),
        ({**FULL, "comment": {"a": 1}}, "comment"),
        ({**FULL, "comment": "x" * 9_000}, "comment"),
        ({**FULL, "comment": "\ud800"}, "comment"),
        ({**FULL, "name": "x" * 3_000}, "name"),
        ({**FULL, "meds": ["x"] * 300}, "meds"),
        ({"status": "no_data", "time": FULL["time"], "value": "about 3"}, "value"),
    ],
)
def test_faults_are_told_by_name(arguments: dict[str, Any], word: str) -> None:
    """A stray key, a wrong status or an oversized text is refused with a message that names it."""
    assert any(word in problem for problem in validate_answer(SCHEMA, arguments))


def test_many_stray_keys_give_a_short_message() -> None:
    """An answer that gives every value it saw under a name of its own is refused, without an endless message."""
    spam = {f"k{i}": i for i in range(10_000)}
    problems = validate_answer(SCHEMA, {**FULL, **spam})
    assert 0 < len(problems) <= 20


def test_the_schema_tells_all_that_is_graded() -> None:
    """The JSON Schema is valid, closed, and tells status, units, choices, tolerances and when a field is required."""
    schema = answer_json_schema(SCHEMA)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["status"]
    assert schema["properties"]["status"]["enum"] == ["ok", "no_data", "no_action"]
    assert "mmol/L" in schema["properties"]["value"]["description"]
    assert "0.05" in schema["properties"]["value"]["description"]
    assert "offset" in schema["properties"]["time"]["description"]
    assert schema["properties"]["trend"]["enum"] == ["rising", "falling", "stable"]
    assert "ok or no_data" in schema["properties"]["time"]["description"]
    assert jsonschema_rs.validator_for(schema).is_valid(FULL)
    assert json.loads(json.dumps(schema)) == schema


def test_fields_of_every_status_are_required_by_the_schema() -> None:
    """A field that each status asks for is required in the JSON Schema itself."""
    assert answer_json_schema(AnswerSchema((NUMBER,), ("ok",)))["required"] == ["status", "value"]


@pytest.mark.parametrize(
    ("gold", "word"),
    [
        (None, "missing"),
        ({"status": "ambiguous"}, "status"),
        ({"status": "ok"}, "value"),
        ({**FULL, "extra": 1}, "extra"),
    ],
)
def test_a_gold_that_cannot_be_given_is_a_fault(gold: Any, word: str) -> None:
    """The expected answer must itself be an answer that `finish` would take."""
    assert any(word in fault for fault in gold_faults(SCHEMA, gold))


def test_a_gold_may_hold_alternatives() -> None:
    """`any` lists several right values; it is described as such."""
    assert gold_faults(SCHEMA, {**FULL, "name": {"any": ["a", "b"]}}) == []
    assert describe_gold(TEXT, {"any": ["a", "b"]}) == '"a" or "b"'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
ANSWERS = st.dictionaries(
    st.sampled_from(["status", "comment", *(f.name for f in SCHEMA.fields)]) | st.text(), JSON
)


@settings(max_examples=300, deadline=None)
@given(arguments=ANSWERS | JSON)
def test_garbage_is_read_without_an_exception(arguments: Any) -> None:
    """Reading never raises, and what has a fault is never among the values."""
    answer = read_answer(SCHEMA, arguments)
    assert all(isinstance(problem, str) for problem in answer.problems)
    for field in SCHEMA.fields:
        assert not same_value(
            field, "2026-03-10" if field.type == "date" else "never", answer.values.get(field.name)
        ).ok


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=30) | st.from_regex(r"-?\d{1,4}(\.\d{1,3})?", fullmatch=True))
def test_only_plain_decimals_are_numbers(text: str) -> None:
    """A string is a number where, and only where, it is a plain ASCII decimal; then it has that value."""
    number = parse_number(text)
    if number is None:
        assert not (text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 16)
    else:
        assert text.isascii()
        assert set(text) <= set("-.0123456789")
        assert float(number) == float(text)


@pytest.mark.parametrize("size", [5_000, 1_000_000])
def test_endless_numbers_are_refused(size: int) -> None:
    """Digits without end are no number, as a string or as an integer."""
    assert parse_number("9" * size) is None
    assert parse_number(10 ** min(size, 5_000)) is None
