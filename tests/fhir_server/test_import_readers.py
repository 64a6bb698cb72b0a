"""How texts are taken apart: any cut of the input gives the same, and what is broken costs only itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.fhir_server.imports.checking import RefusedError, check
from chartgym.fhir_server.imports.documents import read_text
from chartgym.fhir_server.imports.items import Fault, Found, Item, Limits

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", "}", "{", "]", '"entry":[', '\\"', "Bundle", "\n", "é", '{"resourceType":"Bundle"']
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
RESOURCES: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.fixed_dictionaries({"resourceType": st.just("Basic"), "id": TEXTS, "x": VALUES}), max_size=5
)
INDENTS = st.sampled_from([None, 0, 2])
CUTS = st.lists(st.integers(0, 4_000), max_size=6)


def cut(text: bytes, places: list[int]) -> Iterator[bytes]:
    """The text in pieces."""
    last = 0
    for place in sorted({p for p in places if p < len(text)}):
        yield text[last:place]
        last = place
    yield text[last:]


def read(
    text: bytes, places: list[int] | None = None, limits: Limits | None = None, **more: Any
) -> list[Found]:
    """Everything in a text that comes in pieces."""
    return list(read_text(cut(text, places or []), limits or Limits(), **more))


def loaded(found: list[Found]) -> list[Any]:
    """The values of the items."""
    return [json.loads(item.raw) for item in found if isinstance(item, Item)]


def in_bundle(resources: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A Bundle with other elements on either side of its entries."""
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in enumerate(resources)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "total": 3,
        "entry": entries,
        "link": [{"a": "]"}],
        **more,
    }


@given(RESOURCES, INDENTS, CUTS, st.booleans())
def test_a_bundle_is_taken_entry_by_entry(
    resources: list[dict[str, Any]], indent: int | None, places: list[int], late: bool
) -> None:
    """In order and numbered, wherever the text is cut, however it is laid out, also where the type comes last."""
    whole = in_bundle(resources)
    if late:
        whole = dict(reversed(whole.items()))
    text = json.dumps(whole, indent=indent, ensure_ascii=False).encode()
    found = read(text, places)
    assert loaded(found) == resources
    assert [item.entry for item in found] == list(range(len(resources)))
    assert [item.url for item in found if isinstance(item, Item)] == [
        f"urn:uuid:{n}" for n in range(len(resources))
    ]


@given(RESOURCES, INDENTS, CUTS)
def test_an_array_and_documents_in_a_row_are_read(
    resources: list[dict[str, Any]], indent: int | None, places: list[int]
) -> None:
    """A JSON array of resources, and resources one after another, laid out in any way."""
    assert loaded(read(json.dumps(resources, indent=indent).encode(), places)) == resources
    row = "\n".join(json.dumps(resource, indent=indent) for resource in resources)
    assert loaded(read(row.encode(), places)) == resources


@given(RESOURCES, CUTS, st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n"]), st.booleans())
def test_lines_are_read_with_their_numbers(
    resources: list[dict[str, Any]], places: list[int], end: bytes, last: bool
) -> None:
    """Blank lines and CRLF are no matter; the last line needs no end."""
    text = end.join(json.dumps(r).encode() for r in resources) + (end if last else b"")
    found = read(text, places, lines=True)
    assert loaded(found) == resources
    lines = text.split(b"\n")
    assert [json.loads(lines[item.line - 1]) for item in found] == resources


@given(
    st.lists(st.integers(0, 99), min_size=1, max_size=8),
    st.dictionaries(st.integers(1, 8), st.binary(min_size=1, max_size=20).filter(lambda b: b"\n" not in b)),
    CUTS,
)
def test_a_broken_line_costs_only_itself(
    numbers: list[int], broken: dict[int, bytes], places: list[int]
) -> None:
    """Whatever stands in some lines, all others are read, and each broken one is told with its number."""
    lines = [
        json.dumps({"resourceType": "Basic", "id": f"b{n}", "code": {"text": "x"}}).encode() for n in numbers
    ]
    good = dict(enumerate(lines))
    for at, garbage in broken.items():
        if at < len(lines):
            good.pop(at, None)
            lines[at] = garbage
    found = read(b"\n".join(lines), places, lines=True)
    kept, refused = {}, set[int]()
    for one in found:
        try:
            assert isinstance(one, Item)
            check(one)
            kept[one.line - 1] = one.raw
        except (AssertionError, RefusedError):
            refused.add(one.line - 1)
    assert kept == good
    assert refused == {at for at in broken if at < len(lines) and lines[at].strip()} - set(good)


@pytest.mark.parametrize(
    "garbage", [b"oops", b"[", b"{", b'{"resourceType":', b"\xff\xfe", b"}]", b'"', b"# by hand"]
)
@pytest.mark.parametrize("named", [True, False])
def test_a_broken_first_line_costs_only_itself(garbage: bytes, named: bool) -> None:
    """Also where it looks as an array or an object does that is laid out over many lines."""
    rows = [json.dumps({"resourceType": "Basic", "id": f"b{n}"}).encode() for n in range(4)]
    found = read(b"\n".join([garbage, *rows]), lines=named)
    assert [item.raw for item in found if isinstance(item, Item) and item.line > 1] == rows
    assert [item.line for item in found] == [1, 2, 3, 4, 5]


BROKEN = [
    '{"resource": {"resourceType": "Basic", "id": }}',
    '{"resource": {"resourceType": "Basic" "id": "x"}}',
    '{"resource": {"resourceType": "Basic", "id": "x",}}',
    '{"resource": {"resourceType": "Basic", "id": "unclosed\n}}',
    '{"resource": {"resourceType": "Basic", "id": NaN, "x": [1,]}}',
    '{"fullUrl": "urn:uuid:1"}',
    '{"request": {"method": "DELETE", "url": "Basic/1"}}',
    "{}",
    "null",
    "17",
    '"text"',
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_entry_costs_only_itself(broken: str) -> None:
    """The entries around it are read; it is told with its number and line."""
    rows = [json.dumps({"resource": {"resourceType": "Basic", "id": f"b{n}"}}) for n in range(4)]
    rows[2] = broken
    text = '{"resourceType": "Bundle", "type": "batch", "entry": [\n' + ",\n".join(rows) + "\n]}"
    found = read(text.encode())
    names = [json.loads(item.raw).get("id") for item in found if isinstance(item, Item)]
    faults = [fault for fault in found if isinstance(fault, Fault)]
    assert names == ["b0", "b1", "b3"]
    assert faults
    assert {fault.line for fault in faults} <= {3, 4, 5}
    assert {fault.entry for fault in faults} <= {2, 3}


@given(st.binary(max_size=60) | TEXTS.map(str.encode) | VALUES.map(lambda v: json.dumps(v).encode()), CUTS)
def test_anything_can_be_read(text: bytes, places: list[int]) -> None:
    """No input raises; the same comes of it however it is cut."""
    for lines in (False, True):
        assert read(text, places, lines=lines) == read(text, lines=lines)


@pytest.mark.parametrize("end", range(60, 160, 7))
def test_a_text_that_was_cut_short_is_told(end: int) -> None:
    """What was whole before the cut is read, the cut is told, and nothing is made up."""
    whole = json.dumps(
        in_bundle([{"resourceType": "Basic", "id": "b1"}, {"resourceType": "Basic", "id": "b2"}])
    )
    found = read(whole[:end].encode())
    assert [r["id"] for r in loaded(found)] == ["b1", "b2"][: whole[:end].count("}}")]
    assert [f.reason for f in found if isinstance(f, Fault)] == ["cut-short"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"resourceType":"Basic","id":"%s"}' % (b"x" * 3_000),
        b'{"resourceType":"Basic","id":"%s' % (b"x" * 3_000),
        b'{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"id":"%s"}}]}' % (b"x" * 3_000),
        b"[" * 3_000,
        b'{"a":' * 1_000,
        b'"' * 3_001,
        b"z" * 3_000,
        b" " * 3_000,
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_what_is_too_large_is_never_held(text: bytes, lines: bool) -> None:
    """A value or line above the limit is told and passed over; nothing is made of it."""
    found = read(text + b"\n", list(range(0, 4_000, 50)), Limits(resource=500, line=1_000), lines=lines)
    assert loaded(found) == []
    assert all(isinstance(f, Fault) and f.reason in ("too-large", "not-json") for f in found)
    assert found or not text.strip()


def test_a_line_that_is_too_long_costs_only_itself() -> None:
    """The lines after it keep their numbers."""
    row = b'{"resourceType":"Basic","id":"b%d"}'
    text = row % 1 + b"\n" + b"y" * 5_000 + b"\n" + row % 3
    found = read(text, list(range(0, 6_000, 300)), Limits(resource=500, line=1_000), lines=True)
    assert [(f.line, isinstance(f, Item)) for f in found] == [(1, True), (2, False), (3, True)]


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        (in_bundle([{"resourceType": "Basic", "id": "b"}], type="history"), "history"),
        ([in_bundle([{"resourceType": "Basic", "id": "b"}])], "nested-bundle"),
        (in_bundle([in_bundle([{"resourceType": "Basic", "id": "b"}])]), "nested-bundle"),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_bundles_that_are_not_opened(whole: Any, reason: str, indent: int | None) -> None:
    """A history holds old versions; a Bundle inside another one is refused by name."""
    reasons: list[str] = []
    for found in read(json.dumps(whole, indent=indent).encode()):
        try:
            reasons.append(found.reason if isinstance(found, Fault) else str(check(found)))
        except RefusedError as error:
            reasons.append(error.reason)
    assert reasons == [reason]
