"""The typed answer: JSON Schema (the `finish` tool's), strict reading, comparison with the gold.

Rules, told to the agent where they could surprise:

- A number is a JSON number, or a string that is exactly a plain decimal number (`-?digits[.digits]`, ASCII).
  A boolean is no number; NaN, Infinity, exponents in strings, thousands separators and units are refused.
  `2.0` is an integer.
- An instant is ISO 8601 with an offset (`Z` and `+00:00` are one); seconds may be left out. A date is
  YYYY-MM-DD.
- Strings are compared ignoring case, outer and repeated white space and the Unicode normal form; hidden
  characters (NUL, zero-width, bidi marks, U+2028) are refused. A list is a set of strings.
- A field that the given status asks for must be there and not be empty (`{}`, `[]`, `""`, null); a field that
  is not the task's is refused at `finish`, with an explanation, so that the agent can correct itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from .base import AnswerField, AnswerSchema, Json
from .meaning import Found, at, brief, fold, hidden_character, is_number, parse_date, parse_instant

MAX_STRING = 2_000
MAX_COMMENT = 8_000
MAX_LIST = 200

STATUS_MEANING: Mapping[str, str] = {
    "ok": "answered or done",
    "no_data": "what was asked for is not in the record",
    "no_action": "looked at, and nothing is to be done",
    "ambiguous": "more than one fits and the record does not decide",
}

_PATTERN_MARK = re.compile(r"[|*?<>\[\]{}^$\\=~]")
_PHONE = re.compile(r"[0-9+\-. ()]{1,60}", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?", re.ASCII)


# -- the schema that the agent sees --------------------------------------------------------------------------


def answer_json_schema(schema: AnswerSchema) -> dict[str, Json]:
    """JSON Schema (2020-12) of the `finish` tool's arguments for one task."""
    meanings = "; ".join(f"{s}: {STATUS_MEANING[s]}" for s in schema.statuses)
    properties: dict[str, Json] = {
        "status": {"type": "string", "enum": list(schema.statuses), "description": f"{meanings}."}
    }
    for field in schema.fields:
        properties[field.name] = field_json_schema(field)
    properties["comment"] = {"type": "string", "description": "Free text for the reader; not graded."}
    always = [f.name for f in schema.fields if set(schema.statuses) <= set(f.statuses)]
    return {
        "type": "object",
        "properties": properties,
        "required": ["status", *always],
        "additionalProperties": False,
    }


def field_json_schema(field: AnswerField) -> dict[str, Json]:
    """JSON Schema of one field, with unit, tolerance and the statuses that ask for it in its description."""
    shapes: Mapping[str, dict[str, Json]] = {
        "number": {"type": "number"},
        "integer": {"type": "integer"},
        "string": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "instant": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": list(field.choices)},
        "boolean": {"type": "boolean"},
        "list": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    }
    words = [field.description.strip().rstrip(".") + "."]
    if field.unit and field.unit not in field.description:
        words.append(f"Unit: {field.unit}.")
    if field.type == "instant":
        words.append("ISO 8601 with offset, such as 2026-03-10T05:40:00-04:00.")
    if field.type == "date":
        words.append("YYYY-MM-DD.")
    if field.tolerance:
        words.append(f"Tolerance: {field.tolerance:g}{' s' if field.type == 'instant' else ''}.")
    if field.statuses:
        words.append(f"Required with status {' or '.join(field.statuses)}.")
    return {**shapes[field.type], "description": " ".join(words)}


# -- reading an answer ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as read. `values` holds the fields given (null ones left out), as they were written.

    `problems` says what is wrong with the shape, for the agent; an answer with problems never passes.
    """

    status: str | None
    values: Mapping[str, Json]
    problems: tuple[str, ...]


def read_answer(schema: AnswerSchema, arguments: Json) -> Answer:
    """Reads the arguments of `finish`. Never raises, whatever they are."""
    if not isinstance(arguments, dict):
        return Answer(
            None, {}, (f"the answer must be a JSON object with a status, not {brief(arguments, 60)}",)
        )
    given = cast("dict[Json, Json]", arguments)
    problems = _stray_keys(schema, given)
    status = given.get("status")
    if not isinstance(status, str) or status not in schema.statuses:
        said = "is missing" if status is None else f"is {brief(status, 60)}"
        problems.append(f"status {said}; it must be one of: {', '.join(schema.statuses)}")
        status = None
    values: dict[str, Json] = {}
    for field in schema.fields:
        value = given.get(field.name)
        wanted = status in field.statuses
        if value is None:
            if wanted:
                problems.append(f"{field.name} is missing; it is required with status {status}")
            continue
        fault = field_fault(field, value)
        if fault and (wanted or not _empty(value)):
            problems.append(f"{field.name}: {fault}")
        elif not fault:
            values[field.name] = value
    return Answer(status, values, tuple(problems))


def validate_answer(schema: AnswerSchema, arguments: Json) -> list[str]:
    """What is wrong with the arguments of `finish`, in words for the agent; empty where they may be taken."""
    return list(read_answer(schema, arguments).problems)


def _stray_keys(schema: AnswerSchema, given: Mapping[Json, Json]) -> list[str]:
    known = {"status", "comment", *(f.name for f in schema.fields)}
    problems = [
        f"{brief(key, 60)} is not a field of this task's answer; the fields are: {', '.join(sorted(known))}"
        for key in list(given)[:20]
        if key not in known
    ]
    comment = given.get("comment")
    if comment is not None and (
        not isinstance(comment, str) or len(comment) > MAX_COMMENT or not _encodes(comment)
    ):
        problems.append(f"comment must be a text of at most {MAX_COMMENT} characters")
    return problems


def _encodes(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _empty(value: Json) -> bool:
    return value in ("", [], {}) or (isinstance(value, str) and not value.strip())


def field_fault(field: AnswerField, value: Json) -> str | None:
    """What is wrong with one value as a value of its field, None where nothing."""
    if field.type == "boolean":
        return None if isinstance(value, bool) else f"must be true or false, not {brief(value, 60)}"
    if field.type in {"number", "integer"}:
        number = parse_number(value)
        if number is None or (field.type == "integer" and number.denominator != 1):
            kind = "a whole number" if field.type == "integer" else "a number"
            return f"must be {kind} without unit or other text, not {brief(value, 60)}"
        return None
    if field.type == "list":
        if not isinstance(value, list) or not value:
            return f"must be an array of at least one string, not {brief(value, 60)}"
        entries = cast("list[Json]", value)
        if len(entries) > MAX_LIST:
            return f"must have at most {MAX_LIST} entries"
        return next((f for f in (_text_fault(e) for e in entries) if f), None)
    return _text_fault(value) or _form_fault(field, cast("str", value))


def _text_fault(value: Json) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return f"must be a text that is not empty, not {brief(value, 60)}"
    if len(value) > MAX_STRING:
        return f"must have at most {MAX_STRING} characters"
    hidden = hidden_character(value)
    return f"holds the hidden character {hidden}" if hidden else None


def _form_fault(field: AnswerField, value: str) -> str | None:
    if field.type == "date" and parse_date(value) is None:
        return f"must be a calendar date as YYYY-MM-DD, not {brief(value, 60)}"
    if field.type == "instant" and parse_instant(value) is None:
        example = "2026-03-10T05:40:00-04:00"
        return f"must be an ISO 8601 instant with offset such as {example}, not {brief(value, 60)}"
    if field.type == "choice" and fold(value) not in {fold(c) for c in field.choices}:
        return f"must be one of {', '.join(field.choices)}, not {brief(value, 60)}"
    if field.compare == "words" and (stray := _PATTERN_MARK.search(value)):
        return f"must be a plain text; {stray.group(0)} has no place in it"
    if field.compare == "digits" and not _PHONE.fullmatch(value):
        return f"must be one number of digits, spaces and + - . ( ) alone, not {brief(value, 60)}"
    return None


def parse_number(value: Json) -> Fraction | None:
    """A JSON number, or a string that is exactly a plain decimal number; None for anything else."""
    if isinstance(value, str) and len(value) <= 40 and _PLAIN_NUMBER.fullmatch(value):
        return Fraction(value)
    return Fraction(str(value)) if is_number(value) else None


# -- comparing with the gold ---------------------------------------------------------------------------------


def same_value(field: AnswerField, gold: Json, value: Json) -> Found:
    """Whether a value means the gold. Gold `{"any": [...]}` accepts each of several.

    A `list` has as many entries as the gold has and each of the gold's is among them, in any order.
    """
    got = "nothing" if value is None else brief(value)
    if value is None or field_fault(field, value):
        return Found(False, got)
    if isinstance(gold, dict) and "any" in gold:
        options = cast("Sequence[Json]", gold["any"])
        return Found(any(same_value(field, option, value).ok for option in options), got)
    return Found(_equal(field, gold, value), got)


def _equal(field: AnswerField, gold: Json, value: Json) -> bool:
    if field.type == "boolean":
        return value is gold
    if field.type in {"number", "integer"}:
        wanted, number = parse_number(gold), parse_number(value)
        if wanted is None or number is None:
            return False
        return abs(number - wanted) <= Fraction(str(field.tolerance)) + abs(wanted) / 10**9
    if field.type == "instant":
        moment, when = parse_instant(gold), parse_instant(value)
        return (
            moment is not None
            and when is not None
            and abs((when - moment).total_seconds()) <= field.tolerance
        )
    if field.type == "date":
        return value == gold
    if field.type == "list":
        wanted_set = {fold(str(g), field.compare) for g in gold}
        return {fold(v, field.compare) for v in value} == wanted_set
    return fold(value, field.compare) == fold(str(gold), field.compare)


def describe_gold(field: AnswerField, gold: Json) -> str:
    """The gold of one field for people."""
    if isinstance(gold, dict) and "any" in gold:
        return " or ".join(describe_gold(field, option) for option in cast("Sequence[Json]", gold["any"]))
    unit = f" {field.unit}" if field.unit else ""
    slack = f" +/- {field.tolerance:g}{' s' if field.type == 'instant' else ''}" if field.tolerance else ""
    return f"{brief(gold)}{unit}{slack}"


def gold_faults(schema: AnswerSchema, gold: Json) -> list[str]:
    """What is wrong with a task's expected answer: it must itself be an answer that could be given."""
    if not isinstance(gold, dict):
        return ["expected.answer is missing"]
    answer = {k: v for k, v in cast("dict[str, Json]", gold).items() if v is not None}
    options = {key: _first(value) for key, value in answer.items()}
    return [f"expected.answer: {p}" for p in validate_answer(schema, options)]


def _first(gold: Json) -> Json:
    options = at(gold, "any")
    return options[0] if options else gold
