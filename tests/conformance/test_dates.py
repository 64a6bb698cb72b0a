"""Date searches find what HAPI JPA 8.8.0 found: 9 prefixes, 10 values, 20 stored dates, three parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from chartgym.fhir_server.embedded.query import decode_pairs
from chartgym.fhir_server.embedded.server import EmbeddedServer

Json: TypeAlias = dict[str, Any]

HERE = Path(__file__).parent
MATRIX: dict[str, Json] = json.loads((HERE / "data" / "hapi-8.8.0-dates.json").read_text(encoding="utf-8"))
LISTED: list[Json] = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))["dates"]
SEARCHES = [(name, query) for name, part in MATRIX.items() for query in part["searches"]]
TIES = [{"dm-d", "dm-midn", "dm-pday"}, {"dm-mi", "dm-popenend"}, {"dm-dprev", "dm-pspan"}]
"""Stored dates that begin at the same moment."""


def resource(name: str, key: str, when: str | Json) -> Json:
    """A resource of the parameter's type that holds a date."""
    kind = name.split(".", maxsplit=1)[0]
    if kind == "Patient":
        return {"resourceType": kind, "id": key, "birthDate": when}
    stem = "effective" if kind == "Observation" else "onset"
    held = {f"{stem}{'DateTime' if isinstance(when, str) else 'Period'}": when}
    return {"resourceType": kind, "id": key, "subject": {"reference": "Patient/x"}, **held}


@pytest.fixture(scope="module", params=list(MATRIX))
def parameter(request: pytest.FixtureRequest) -> tuple[str, EmbeddedServer]:
    """A parameter and a server that holds its dates."""
    name: str = request.param
    stored = [resource(name, key, when) for key, when in MATRIX[name]["resources"].items()]
    return name, EmbeddedServer.from_resources(stored)


def search(server: EmbeddedServer, name: str, query: str) -> list[str]:
    """The ids that a search finds, in order."""
    kind, _, code = name.partition(".")
    parts = query.split("&")
    text = "&".join(
        part if part.startswith("_sort") else f"{code}={part.replace('+', '%2B')}" for part in parts
    )
    response = server.request("GET", kind, [*decode_pairs(text), ("_count", "100")])
    assert response.status == 200, response.body
    return [entry["resource"]["id"] for entry in json.loads(response.body).get("entry", [])]


def listed(name: str, query: str) -> set[str]:
    """The ids that are listed to differ."""
    return {i for d in LISTED for i in d["searches"].get(name, {}).get(query, ())}


def test_dates_are_found_as_hapi_finds_them(parameter: tuple[str, EmbeddedServer]) -> None:
    """Every search finds the same dates, but for exactly those listed in differences.json."""
    name, server = parameter
    wrong: dict[str, object] = {}
    for query, theirs in MATRIX[name]["searches"].items():
        ours = search(server, name, query)
        found = set(ours) ^ set(theirs)
        if found != listed(name, query):
            wrong[query] = {
                "only ours": sorted(set(ours) - set(theirs)),
                "only HAPI": sorted(set(theirs) - set(ours)),
            }
    assert not wrong, json.dumps(wrong, indent=1)


def test_dates_are_sorted_as_hapi_sorts_them(parameter: tuple[str, EmbeddedServer]) -> None:
    """Both orders are HAPI's, ties apart."""
    name, server = parameter
    code = name.partition(".")[2]
    for query in (f"_sort={code}", f"_sort=-{code}"):
        theirs = MATRIX[name]["searches"][query]
        assert [tie(i) for i in search(server, name, query)] == [tie(i) for i in theirs]


def tie(name: str) -> str:
    """One name for all that tie."""
    return next((min(group) for group in TIES if name in group), name)


def test_every_listed_search_is_recorded() -> None:
    """The list names only searches that were recorded, each with a reason."""
    for difference in LISTED:
        assert difference["why"]
        for name, queries in difference["searches"].items():
            assert {(name, query) for query in queries} <= set(SEARCHES)
