"""What joins, pages and cuts gives exactly what a naive walk over the parsed resources gives."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.fhir_server.embedded import EmbeddedServer, EmbeddedSession

from . import reference_search as naive

Resource = dict[str, Any]
Params = list[tuple[str, str]]

PATIENTS = ("p1", "p2", "p3", "p4")
MRNS = st.sampled_from(["M1", "M2", "M3"])
FAMILIES = st.sampled_from(["Smith", "Smithson", "Müller", "Ng"])
CODES = st.sampled_from(["GLU", "K", "MG"])
DAYS = st.sampled_from(["2020-03-09", "2020-03-10", "2020-03-10T12:00:00Z", "2020-03-11"])
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@st.composite
def people(draw: st.DrawFn, name: str) -> Resource:
    """A Patient with or without record number, name and doctor."""
    found: Resource = {"resourceType": "Patient", "id": name}
    if draw(st.booleans()):
        found["identifier"] = [{"system": "urn:mrn", "value": draw(MRNS)}]
    if draw(st.booleans()):
        found["name"] = [{"family": draw(FAMILIES)}]
    if draw(st.booleans()):
        found["generalPractitioner"] = [{"reference": f"Practitioner/{draw(st.sampled_from(['d1', 'd2']))}"}]
    return found


@st.composite
def results(draw: st.DrawFn, name: str) -> Resource:
    """An Observation of somebody, in an encounter or not."""
    patient = draw(st.sampled_from(PATIENTS))
    found: Resource = {
        "resourceType": "Observation",
        "id": name,
        "status": draw(st.sampled_from(["final", "preliminary", "corrected"])),
        "code": {"coding": [{"system": "http://loinc.org", "code": draw(CODES)}]},
        "category": [{"coding": [{"code": c}]} for c in draw(st.lists(CODES, max_size=2, unique=True))],
        "subject": {"reference": f"Patient/{patient}"},
    }
    if not found["category"]:
        del found["category"]
    if draw(st.booleans()):
        found["effectiveDateTime"] = draw(DAYS)
    if draw(st.booleans()):
        found["valueQuantity"] = {"value": draw(st.sampled_from([3.4, 5, 120]))}
    if draw(st.booleans()):
        found["encounter"] = {"reference": f"Encounter/e-{patient}"}
    return found


@st.composite
def wards(draw: st.DrawFn) -> tuple[list[Resource], list[Resource]]:
    """What the server holds, and what a session then writes over it."""
    base: list[Resource] = [{"resourceType": "Practitioner", "id": d} for d in ("d1", "d2")]
    base += [draw(people(name)) for name in PATIENTS]
    base += [
        {"resourceType": "Encounter", "id": f"e-{p}", "subject": {"reference": f"Patient/{p}"},
         "status": draw(st.sampled_from(["in-progress", "finished"])), "class": {"code": "IMP"}}
        for p in PATIENTS
    ]  # fmt: skip
    base += [draw(results(f"o{n}")) for n in range(draw(st.integers(0, 9)))]
    written = [draw(results(f"o{n}")) for n in draw(st.sets(st.integers(0, 12), max_size=4))]
    if draw(st.booleans()):
        written.append(draw(people("p2")))
    return base, written


Ward = tuple[list[Resource], list[Resource]]


def opened(ward: Ward) -> tuple[EmbeddedSession, dict[str, Resource]]:
    """A session that wrote what it writes, and all resources as they are then, by type and id."""
    base, written = ward
    session = EmbeddedServer.from_resources(base, validate=None).open_session("t", 0)
    for resource in written:
        path = f"{resource['resourceType']}/{resource['id']}"
        assert session.request("PUT", path, (), json.dumps(resource).encode()).status in {200, 201}
    return session, {f"{r['resourceType']}/{r['id']}": r for r in [*base, *written]}


def entries(session: EmbeddedSession, kind: str, params: Params) -> list[Resource]:
    """The entries of a search's only page."""
    answer = session.request("GET", kind, [*params, ("_count", "100")])
    assert answer.status == 200, answer.body
    return json.loads(answer.body).get("entry", [])


def found(session: EmbeddedSession, kind: str, params: Params) -> list[str]:
    """Ids of the matches, sorted."""
    return sorted(
        e["resource"]["id"] for e in entries(session, kind, params) if e["search"]["mode"] == "match"
    )


def of(everything: dict[str, Resource], kind: str) -> list[Resource]:
    return [r for r in everything.values() if r["resourceType"] == kind]


def coded(resource: Resource, code: str) -> bool:
    return naive.token_fits(naive.tokens(resource, "code"), code)


def subject_of(resource: Resource) -> str:
    return resource["subject"]["reference"]


@settings(max_examples=60, deadline=None)
@given(wards(), MRNS, FAMILIES, CODES)
def test_chains(ward: Ward, mrn: str, family: str, code: str) -> None:
    """`patient.identifier`, `subject:Patient.family`, two steps, and a chain beside another condition."""
    session, everything = opened(ward)
    labs = of(everything, "Observation")
    has_mrn = {
        f"Patient/{p['id']}"
        for p in of(everything, "Patient")
        if naive.token_fits(naive.tokens(p, "identifier"), mrn)
    }
    named = {
        f"Patient/{p['id']}"
        for p in of(everything, "Patient")
        if naive.string_fits(naive.names(p, "family"), family, "")
    }
    asked: list[tuple[Params, list[str]]] = [
        ([("patient.identifier", mrn)], [r["id"] for r in labs if subject_of(r) in has_mrn]),
        ([("patient.identifier", f"urn:mrn|{mrn}")], [r["id"] for r in labs if subject_of(r) in has_mrn]),
        ([("patient.identifier", f"urn:other|{mrn}")], []),
        ([("subject:Patient.family", family)], [r["id"] for r in labs if subject_of(r) in named]),
        (
            [("encounter.patient.identifier", mrn)],
            [r["id"] for r in labs if "encounter" in r and subject_of(r) in has_mrn],
        ),
        (
            [("patient.identifier", mrn), ("code", code)],
            [r["id"] for r in labs if subject_of(r) in has_mrn and coded(r, code)],
        ),
        (
            [("patient.identifier", mrn), ("patient.family", family)],
            [r["id"] for r in labs if subject_of(r) in has_mrn & named],
        ),
    ]
    for params, expected in asked:
        assert found(session, "Observation", params) == sorted(expected), params


@settings(max_examples=60, deadline=None)
@given(wards(), CODES)
def test_who_has_what(ward: Ward, code: str) -> None:
    """`_has` finds those to whom a fitting resource refers."""
    session, everything = opened(ward)
    wanted = {subject_of(r) for r in of(everything, "Observation") if coded(r, code)}
    expected = sorted(p["id"] for p in of(everything, "Patient") if f"Patient/{p['id']}" in wanted)
    assert found(session, "Patient", [("_has:Observation:patient:code", code)]) == expected


@settings(max_examples=60, deadline=None)
@given(wards(), CODES)
def test_what_comes_along(ward: Ward, code: str) -> None:
    """`_include` and `_revinclude` bring just what is referred to, or refers, once each, and no match twice."""
    session, everything = opened(ward)
    matches = [r for r in of(everything, "Observation") if coded(r, code)]
    page = entries(
        session,
        "Observation",
        [("code", code), ("_include", "Observation:patient"), ("_include", "Observation:encounter")],
    )
    along = {subject_of(r) for r in matches}
    along |= {r["encounter"]["reference"] for r in matches if "encounter" in r}
    told = [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in page]
    assert sorted(told) == sorted([*(f"Observation/{r['id']}" for r in matches), *along])

    page = entries(
        session,
        "Patient",
        [("_id", "p1,p2"), ("_revinclude", "Observation:subject"), ("_revinclude", "Encounter:patient")],
    )
    mine = ("Patient/p1", "Patient/p2")
    back = [
        f"{r['resourceType']}/{r['id']}"
        for r in everything.values()
        if r.get("subject", {}).get("reference") in mine
    ]
    told = [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in page]
    assert sorted(told) == sorted([*mine, *back])


@settings(max_examples=60, deadline=None)
@given(wards(), st.lists(CODES, min_size=2, max_size=3), st.sampled_from(["final", "corrected"]))
def test_repeated_parameters_hold_together(ward: Ward, codes: list[str], status: str) -> None:
    """A parameter that is repeated, or beside another, narrows: AND."""
    session, everything = opened(ward)
    params = [("category", code) for code in codes] + [("status", status)]
    expected = [
        r["id"]
        for r in of(everything, "Observation")
        if r["status"] == status
        and all(naive.token_fits(naive.tokens(r, "category"), code) for code in codes)
    ]
    assert found(session, "Observation", params) == sorted(expected)


MISSING = [
    ("date", "effectiveDateTime"), ("encounter", "encounter"), ("value-quantity", "valueQuantity"),
    ("category", "category"), ("subject", "subject"),
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(wards(), st.sampled_from(MISSING), st.booleans())
def test_missing_of_every_kind(ward: Ward, parameter: tuple[str, str], missing: bool) -> None:
    """`:missing` tells whether a token, date, quantity or reference is there."""
    session, everything = opened(ward)
    name, element = parameter
    expected = [r["id"] for r in of(everything, "Observation") if (element not in r) == missing]
    assert found(session, "Observation", [(f"{name}:missing", str(missing).lower())]) == sorted(expected)
    if name == "date":
        nameless = [p["id"] for p in of(everything, "Patient") if ("name" not in p) == missing]
        assert found(session, "Patient", [("family:missing", str(missing).lower())]) == sorted(nameless)


@settings(max_examples=40, deadline=None)
@given(wards(), st.sets(st.integers(0, 14), min_size=1, max_size=4))
def test_ids_and_when_they_were_stored(ward: Ward, numbers: set[int]) -> None:
    """`_id` takes several; `_lastUpdated` takes the moment at which the clock stands."""
    session, everything = opened(ward)
    labs = of(everything, "Observation")
    wanted = {f"o{n}" for n in numbers}
    assert found(session, "Observation", [("_id", ",".join(sorted(wanted)))]) == sorted(
        r["id"] for r in labs if r["id"] in wanted
    )
    for value, fits in (("ge1990", True), ("lt1990", False), ("ne1990-01-01", True)):
        expected = sorted(r["id"] for r in labs) if fits else []
        assert found(session, "Observation", [("_lastUpdated", value)]) == expected


@settings(max_examples=40, deadline=None)
@given(wards(), CODES, st.integers(1, 4))
def test_pages_counts_and_forms_agree(ward: Ward, code: str, size: int) -> None:
    """Pages of any size hold each match once, `_summary=count` counts them, and a form finds the same."""
    session, everything = opened(ward)
    expected = sorted(r["id"] for r in of(everything, "Observation") if coded(r, code))
    params = [("code", code), ("_sort", "-date"), ("_count", str(size))]
    answer = session.request("GET", "Observation", params)
    posted = session.request("POST", "Observation/_search", (), urlencode(params).encode(), FORM)
    first = json.loads(answer.body)
    same = json.loads(posted.body)
    assert same.get("entry") == first.get("entry")
    told: list[str] = []
    bundle = first
    while True:
        page = bundle.get("entry", [])
        assert len(page) <= size
        assert bundle["total"] == len(expected)
        told += [e["resource"]["id"] for e in page]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        if "next" not in links:
            break
        pairs = [pair.split("=", 1) for pair in links["next"].split("?")[1].split("&")]
        bundle = json.loads(session.request("GET", "", [(n, v) for n, v in pairs]).body)
    assert sorted(told) == expected
    counted = json.loads(session.request("GET", "Observation", [("code", code), ("_summary", "count")]).body)
    assert (counted["total"], counted.get("entry")) == (len(expected), None)


@settings(max_examples=40, deadline=None)
@given(wards(), st.sets(st.sampled_from(["code", "status", "valueQuantity", "encounter"]), min_size=1))
def test_elements(ward: Ward, wanted: set[str]) -> None:
    """`_elements` leaves what was asked for and what R4 requires, unchanged, and nothing else."""
    session, everything = opened(ward)
    kept = wanted | {"resourceType", "id", "status", "code"}
    for entry in entries(session, "Observation", [("_elements", ",".join(sorted(wanted)))]):
        resource = entry["resource"]
        assert resource.pop("meta")["tag"][-1]["code"] == "SUBSETTED"
        whole = everything[f"Observation/{resource['id']}"]
        assert resource == {name: value for name, value in whole.items() if name in kept}


@pytest.mark.parametrize("total", ["none", "estimate", "accurate"])
def test_totals_are_right_or_left_out(total: str) -> None:
    """`_total` decides whether the number is told, never what it is."""
    labs: list[Resource] = [
        {"resourceType": "Observation", "id": f"o{n}", "status": "final", "code": {"text": "K"}}
        for n in range(5)
    ]
    session = EmbeddedServer.from_resources(labs, validate=None).open_session("t", 0)
    bundle = json.loads(session.request("GET", "Observation", [("_total", total), ("_count", "2")]).body)
    assert bundle.get("total") == (None if total == "none" else 5)
