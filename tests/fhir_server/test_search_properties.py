"""Every kind of search gives exactly what a naive filter over the parsed resources gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.fhir_server.embedded import EmbeddedServer, EmbeddedSession

from . import reference_search as naive

Resource = dict[str, Any]
Params = list[tuple[str, str]]
Chart = tuple[list[Resource], list[Resource]]

SYSTEMS = st.sampled_from([None, "http://loinc.org", "urn:local"])
CODES = st.sampled_from(["GLU", "K", "glu", "a|b", "2823-3"])
DISPLAYS = st.sampled_from(["Glucose", "glucose, capillary", "Potassium", "Kalium Ä"])
DATE_VALUES = [
    "2020", "2020-03", "2020-03-10", "2020-03-09", "2020-03-10T12:00:00Z", "2020-03-10T12:00:30.250Z",
    "2020-03-10T23:30:00-05:00", "2020-03-11T00:30:00+05:00", "2020-03-10T00:00:00Z", "2019-12-31", "2021",
    "2020-02-29", "2020-12-31T23:59:59Z",
]  # fmt: skip
DATES = st.sampled_from(DATE_VALUES)
NUMBERS = st.sampled_from([0, 4.5, 5, 5.0, 5.4, 5.5, 100, 110.0, -3])
PATIENTS = st.sampled_from(["p1", "p2", "p3"])
NAMES = st.sampled_from(
    ["Müller", "MULLER", "Mueller", "O'Brien-Smith", "Smith", "smith", "Ann", "Mary Ann", "Ånna"]
)


def without_none(value: dict[str, Any]) -> dict[str, Any]:
    """The entries that are not None."""
    return {key: item for key, item in value.items() if item is not None}


@st.composite
def codings(draw: st.DrawFn) -> Resource:
    """A Coding."""
    return without_none({"system": draw(SYSTEMS), "code": draw(CODES), "display": draw(st.none() | DISPLAYS)})


@st.composite
def concepts(draw: st.DrawFn) -> Resource:
    """A CodeableConcept."""
    coded = draw(st.lists(codings(), max_size=2))
    return without_none({"coding": coded or None, "text": draw(st.none() | DISPLAYS)})


@st.composite
def quantities(draw: st.DrawFn) -> Resource:
    """A Quantity."""
    return without_none(
        {
            "value": draw(NUMBERS),
            "unit": draw(st.sampled_from([None, "milligram"])),
            "system": draw(st.sampled_from([None, "http://unitsofmeasure.org"])),
            "code": draw(st.sampled_from([None, "mg", "mmol/L"])),
        }
    )


@st.composite
def times(draw: st.DrawFn) -> Resource:
    """Elements that say when: none, a dateTime or a Period, which may be open."""
    if draw(st.booleans()):
        return {"effectiveDateTime": draw(DATES)}
    period = without_none({"start": draw(st.none() | DATES), "end": draw(st.none() | DATES)})
    return {"effectivePeriod": period} if period else {}


@st.composite
def observations(draw: st.DrawFn) -> Resource:
    """An Observation."""
    patient = draw(st.none() | PATIENTS)
    parts = [{"code": concept} for concept in draw(st.lists(concepts(), max_size=2))]
    return without_none(
        {
            "resourceType": "Observation",
            "status": draw(st.sampled_from(["final", "preliminary", "corrected"])),
            "category": draw(st.lists(concepts(), max_size=2)) or None,
            "code": draw(concepts()),
            "subject": {"reference": f"Patient/{patient}"} if patient else None,
            "valueQuantity": draw(st.none() | quantities()),
            "component": parts or None,
            **draw(times()),
        }
    )


@st.composite
def human_names(draw: st.DrawFn) -> Resource:
    """A HumanName."""
    given_names = draw(st.lists(NAMES, max_size=2))
    return without_none(
        {
            "family": draw(st.none() | NAMES),
            "given": given_names or None,
            "text": draw(st.none() | NAMES),
        }
    )


@st.composite
def people(draw: st.DrawFn) -> Resource:
    """A Patient."""
    return without_none(
        {
            "resourceType": "Patient",
            "name": draw(st.lists(human_names(), max_size=2)) or None,
            "active": draw(st.sampled_from([None, True, False])),
        }
    )


@st.composite
def token_values(draw: st.DrawFn) -> str:
    """`code`, `|code`, `system|code` or `system|`."""
    system = draw(st.sampled_from([None, "", "http://loinc.org", "urn:local"]))
    code = draw(st.sampled_from(["GLU", "K", "glu", "2823-3"]))
    if system is None:
        return code
    return f"{system}|{'' if system and draw(st.booleans()) else code}"


CHARTS = st.tuples(st.lists(observations(), max_size=14), st.lists(observations(), max_size=5))


def identified(resources: list[Resource], prefix: str) -> list[Resource]:
    """Copies with ids."""
    return [{"resourceType": r["resourceType"], "id": f"{prefix}{n}", **r} for n, r in enumerate(resources)]


def session_with(base: list[Resource], written: list[Resource]) -> EmbeddedSession:
    """A session that finds `base` on the server and has written the rest itself."""
    patients: list[Resource] = [{"resourceType": "Patient", "id": p} for p in ("p1", "p2", "p3")]
    needed = [] if any(r["resourceType"] == "Patient" for r in [*base, *written]) else patients
    session = EmbeddedServer.from_resources([*needed, *base], validate=None).open_session("t", 0)
    for resource in written:
        path = f"{resource['resourceType']}/{resource['id']}"
        assert session.request("PUT", path, (), json.dumps(resource).encode()).status == 201
    return session


def search(session: EmbeddedSession, kind: str, params: Params) -> list[str]:
    """Ids of all matches, over all pages."""
    answer = session.request("GET", kind, [*params, ("_count", "7")])
    found: list[str] = []
    while True:
        assert answer.status == 200, answer.body
        bundle = json.loads(answer.body)
        found += [e["resource"]["id"] for e in bundle.get("entry", ())]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        if "next" not in links:
            assert bundle["total"] == len(found)
            return found
        pairs = [tuple(p.split("=", 1)) for p in links["next"].split("?")[1].split("&")]
        answer = session.request("GET", "", [(p[0], p[1]) for p in pairs])


def check(chart: Chart, params: Params, fits: Callable[[Resource], bool]) -> None:
    """The search finds what `fits` accepts, wherever it is stored."""
    base, written = identified(chart[0], "b"), identified(chart[1], "w")
    found = search(session_with(base, written), "Observation", params)
    assert sorted(found) == sorted(r["id"] for r in [*base, *written] if fits(r))


@settings(max_examples=60, deadline=None)
@given(
    CHARTS,
    st.sampled_from(["code", "category", "combo-code"]),
    st.lists(token_values(), min_size=1, max_size=3),
    st.booleans(),
)
def test_tokens(chart: Chart, parameter: str, values: list[str], negated: bool) -> None:
    """`system|code`, `|code`, `system|`, `code`, OR by comma, and `:not`, which takes what has no value too."""
    name = f"{parameter}:not" if negated else parameter
    check(
        chart,
        [(name, ",".join(values))],
        lambda r: negated != any(naive.token_fits(naive.tokens(r, parameter), v) for v in values),
    )


@settings(max_examples=40, deadline=None)
@given(CHARTS, st.sampled_from(["gluc", "GLUCOSE", "kalium a", "x"]), st.sampled_from(["true", "false"]))
def test_texts_and_missing(chart: Chart, text: str, missing: str) -> None:
    """`:text` is a prefix of display or text, `:missing` asks whether there is any coding; both hold at once."""
    check(
        chart,
        [("code:text", text), ("code:missing", missing)],
        lambda r: (
            any(naive.plain(t).startswith(naive.plain(text)) for t in naive.texts(r))
            and (missing == "false") == any(code for _, code in naive.tokens(r, "code"))
        ),
    )


PREFIXES = ["", "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"]


def test_dates_of_every_precision_with_every_prefix() -> None:
    """Each date and each period of two dates stands to each date searched for as the prefix says."""
    stored = [{"effectiveDateTime": d} for d in DATE_VALUES]
    stored += [
        {"effectivePeriod": {"start": a, "end": b}} for a in DATE_VALUES[1::3] for b in DATE_VALUES[2::2]
    ]
    base = identified([{"resourceType": "Observation", **when} for when in [{}, *stored]], "b")
    session = EmbeddedServer.from_resources(base, validate=None).open_session()
    for prefix in PREFIXES:
        for date in [*DATE_VALUES, "2020-03-10T12:00"]:
            answer = session.request("GET", "Observation", [("date", prefix + date), ("_count", "1000")])
            found = {e["resource"]["id"] for e in json.loads(answer.body).get("entry", ())}
            assert found == {r["id"] for r in base if naive.date_fits(naive.dated(r), prefix, date)}, (
                prefix + date
            )


@settings(max_examples=60, deadline=None)
@given(CHARTS, st.sampled_from(PREFIXES), DATES, st.none() | PATIENTS)
def test_dates_with_a_patient(chart: Chart, prefix: str, date: str, patient: str | None) -> None:
    """A date beside a patient, in a chart and in what was written."""
    params = [("date", prefix + date)]
    if patient is not None:
        params.append(("patient", patient))
    check(
        chart,
        params,
        lambda r: (
            naive.date_fits(naive.dated(r), prefix, date)
            and (patient is None or r.get("subject") == {"reference": f"Patient/{patient}"})
        ),
    )


@settings(max_examples=60, deadline=None)
@given(
    CHARTS,
    st.sampled_from(["", "eq", "ne", "gt", "ge", "lt", "le", "ap"]),
    NUMBERS,
    st.sampled_from(["", "|mg", "http://unitsofmeasure.org|mg", "|milligram"]),
)
def test_quantities(chart: Chart, prefix: str, number: float, unit: str) -> None:
    """Every prefix, with a unit by code, by system and code, and without."""
    value = f"{prefix}{number}" + (f"|{unit}" if unit else "")
    check(chart, [("value-quantity", value)], lambda r: naive.quantity_fits(r, prefix, number, unit))


@settings(max_examples=40, deadline=None)
@given(CHARTS, st.sampled_from(["GLU", "K"]), st.sampled_from(["gt5", "5", "le100"]))
def test_composites(chart: Chart, code: str, number: str) -> None:
    """`code-value-quantity` asks both of one resource."""
    prefix = number[:2] if number[:2] in {"gt", "le"} else ""
    check(
        chart,
        [("code-value-quantity", f"{code}${number}")],
        lambda r: (
            naive.token_fits(naive.tokens(r, "code"), code)
            and naive.quantity_fits(r, prefix, float(number.removeprefix(prefix)), "")
        ),
    )


@settings(max_examples=40, deadline=None)
@given(
    CHARTS,
    st.sampled_from(["subject", "patient", "subject:Patient"]),
    st.lists(PATIENTS, min_size=1, max_size=2),
    st.booleans(),
)
def test_references(chart: Chart, name: str, patients: list[str], typed: bool) -> None:
    """A reference by id, by type and id, by several."""
    values = [f"Patient/{p}" if typed else p for p in patients]
    check(
        chart,
        [(name, ",".join(values))],
        lambda r: r.get("subject", {}).get("reference", "").removeprefix("Patient/") in patients,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.lists(people(), max_size=8), st.lists(people(), max_size=4)),
    st.sampled_from(["family", "given", "name"]),
    st.sampled_from(["", "exact", "contains"]),
    NAMES | st.sampled_from(["m", "an", "rien"]),
)
def test_strings(chart: Chart, parameter: str, modifier: str, value: str) -> None:
    """A prefix without case and accents, `:exact`, `:contains`."""
    base, written = identified(chart[0], "b"), identified(chart[1], "w")
    name = f"{parameter}:{modifier}" if modifier else parameter
    found = search(session_with(base, written), "Patient", [(name, value)])
    everyone = {r["id"]: r for r in [*base, *written]}
    expected = [
        i for i, r in everyone.items() if naive.string_fits(naive.names(r, parameter), value, modifier)
    ]
    assert sorted(i for i in found if i in everyone) == sorted(expected)


@settings(max_examples=60, deadline=None)
@given(CHARTS, st.sampled_from(["date", "-date", "status,-date", "-value-quantity,date", "-_id"]))
def test_sorting(chart: Chart, keys: str) -> None:
    """Several keys, a minus for the last first, missing values last both ways, ties as they were inserted."""
    base, written = identified(chart[0], "b"), identified(chart[1], "w")
    everyone = {r["id"]: r for r in [*base, *written]}
    found = search(session_with(base, written), "Observation", [("_sort", keys)])
    assert sorted(found) == sorted(everyone)

    def value(resource: Resource, key: str) -> Any:
        if key == "date":
            when = naive.dated(resource)
            return when and when[0]
        if key == "value-quantity":
            return resource.get("valueQuantity", {}).get("value")
        return resource["id"] if key == "_id" else resource.get(key)

    for one, two in pairwise(found):
        for key in keys.split(","):
            name = key.removeprefix("-")
            first, second = value(everyone[one], name), value(everyone[two], name)
            if first == second:
                continue
            assert first is not None
            assert second is None or (first > second if key.startswith("-") else first < second)
            break


@settings(max_examples=30, deadline=None)
@given(CHARTS, st.lists(st.integers(0, 13), max_size=4), st.sampled_from(["K", "GLU"]))
def test_written_and_deleted_are_searched_alike(chart: Chart, touched: list[int], code: str) -> None:
    """What a session changes or deletes of the base is found as it is now, and nowhere else as it was."""
    base = identified(chart[0], "b")
    server = EmbeddedServer.from_resources(
        [*({"resourceType": "Patient", "id": p} for p in ("p1", "p2", "p3")), *base], validate=None
    )
    session, other = server.open_session("one"), server.open_session("two")
    now = {r["id"]: r for r in base}
    for number in touched:
        name = f"b{number}"
        if name not in now:
            continue
        if number % 2:
            session.request("DELETE", f"Observation/{name}")
            del now[name]
        else:
            now[name] = now[name] | {"code": {"coding": [{"code": code}]}}
            assert (
                session.request("PUT", f"Observation/{name}", (), json.dumps(now[name]).encode()).status
                == 200
            )
    expected = [i for i, r in now.items() if naive.token_fits(naive.tokens(r, "code"), code)]
    assert sorted(search(session, "Observation", [("code", code)])) == sorted(expected)
    untouched = [r["id"] for r in base if naive.token_fits(naive.tokens(r, "code"), code)]
    assert sorted(search(other, "Observation", [("code", code)])) == sorted(untouched)
