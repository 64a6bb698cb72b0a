"""The mess of the charts: as stated, as counted, never where scenes play, always valid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import orjson
import pytest

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.build import open_cohort
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.charts import write_record
from chartgym.fhir_server.cohort.codes import ANALYTES, LOINC, SNOMED, unit_text
from chartgym.fhir_server.cohort.courses import write_course
from chartgym.fhir_server.cohort.mess import (
    BY_NAME,
    DENOMINATORS,
    KINDS,
    OF,
    QUIET_DAYS,
    Kind,
    measure,
    spoil,
    tally_chart,
)
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE, Json, Person
from chartgym.fhir_server.embedded.validate import validate

QUIET = NOW - timedelta(days=QUIET_DAYS)
REFERENCE = re.compile(rb'"reference":"([A-Za-z]+/[^"]+)"')


@dataclass(frozen=True)
class Pair:
    """One chart before and after the mess, without scenes."""

    person: Person
    before: Mapping[str, Resource]
    after: Mapping[str, Resource]
    chart: ChartBuilder

    def name(self, resource: Resource) -> str:
        """The short name under which it was written."""
        fact = self.chart.known(resource["id"])
        return fact[0] if fact else ""

    def results(self, *, after: bool) -> list[Resource]:
        """Observations but those that were filed twice by the mess."""
        copies = set(self.chart.spoiled.get("filed-twice", ()))
        there = (self.after if after else self.before).values()
        return [r for r in there if r["resourceType"] == "Observation" and r["id"] not in copies]

    def of(self, kind: str, *, after: bool) -> list[Resource]:
        """Resources of a type."""
        return [r for r in (self.after if after else self.before).values() if r["resourceType"] == kind]


def _kept(chart: ChartBuilder) -> dict[str, Resource]:
    kept: list[Resource] = orjson.loads(orjson.dumps(chart.resources))
    return {r["id"]: r for r in kept}


@lru_cache(maxsize=64)
def spoiled(index: int, *, quiet: bool = True) -> Pair:
    """The chart of one person, spoiled; once with the quiet days kept, once without."""
    plan = build_plan(1)
    person = plan.people[index]
    chart = ChartBuilder(person, plan.now, child(1, index, "course"))
    write_course(plan, chart)
    before = _kept(chart)
    spoil(chart, child(1, index, "mess"), QUIET if quiet and person.stay else None)
    return Pair(person, before, _kept(chart), chart)


def sample() -> list[int]:
    """A dozen charts: inpatients of wards and ICUs, outpatients, somebody dead, long and short ones."""
    charts = build_plan(1).charts
    picked = [p.index for p in charts if p.stay and p.stay.unit == "icu"][:2]
    picked += [p.index for p in charts if p.deceased][:1]
    picked += [p.index for p in charts if p.stay is None and p.deceased is None][:3]
    picked += [p.index for p in charts if p.stay and p.stay.unit == "ward"][:6]
    return picked


@pytest.fixture(scope="module", params=range(12))
def pair(request: pytest.FixtureRequest) -> Pair:
    number: int = request.param
    return spoiled(sample()[number])


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return [spoiled(index) for index in sample()]


# -- the table


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_each_kind_is_stated(kind: Kind) -> None:
    """A kind says what it looks like, of what it is a share, within which band, and where the rate comes from."""
    assert BY_NAME[kind.name] is kind
    assert kind.what
    assert kind.source
    assert kind.of in DENOMINATORS
    assert 0 <= kind.low <= kind.rate <= kind.high <= 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_each_rate_of_the_cohort_lies_in_its_band(kind: Kind) -> None:
    """Over the whole cohort, as its file tells it."""
    with open_cohort() as cohort:
        (row,) = measure(cohort.mess, [kind])
    assert row.total > 0
    assert row.holds, f"{row.count} of {row.total} is {row.rate}, not {kind.low} to {kind.high}"


def test_the_page_tells_the_table() -> None:
    """docs/cohort.md holds each kind as the code states it, in order."""
    page = (Path(__file__).parents[2] / "docs" / "cohort.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line in _DOC_ROWS] == _DOC_ROWS


_DOC_ROWS = [
    f"| {kind.name} | {kind.what} | {100 * kind.rate:.3g} % of {DENOMINATORS[kind.of]} | {kind.source} |"
    for kind in KINDS
]


# -- what is counted is there


def _is_number(pair: Pair, result: Resource) -> bool:
    row = ANALYTES.get(pair.name(result))
    return row is not None and bool(row.unit)


def _codings(resource: Resource) -> list[Json]:
    return resource["code"].get("coding", [])


def _value(resource: Resource) -> float:
    return resource.get("valueQuantity", {}).get("value", -1.0)


def _status(status: str) -> Callable[[Pair, Resource], bool]:
    return lambda _, r: r["status"] == status


def _hemolyzed(pair: Pair, result: Resource) -> bool:
    remark = str(result.get("note", "")).lower()
    return pair.name(result) == "potassium" and "valueQuantity" in result and "emoly" in remark


def _other_unit(pair: Pair, result: Resource) -> bool:
    code = result.get("valueQuantity", {}).get("code")
    return _is_number(pair, result) and code is not None and code != ANALYTES[pair.name(result)].unit


def _spelled(_: Pair, result: Resource) -> bool:
    quantity = result.get("valueQuantity")
    return quantity is not None and (
        "code" not in quantity or quantity["unit"] != unit_text(quantity["code"])
    )


def _early(_: Pair, result: Resource) -> bool:
    if "T" not in result["effectiveDateTime"]:
        return False
    return datetime.fromisoformat(result["issued"]) < datetime.fromisoformat(result["effectiveDateTime"])


def _absent(pair: Pair, result: Resource) -> bool:
    parts = [result, *result.get("component", ())]
    return pair.name(result) not in ANALYTES and any("dataAbsentReason" in p for p in parts)


def _impossible(pair: Pair, sign: Resource) -> bool:
    value = _value(sign)
    match pair.name(sign):
        case "heart-rate" | "respiratory-rate":
            return value == 0
        case "spo2":
            return 0 <= value < 15
        case "blood-pressure":
            return any(_value(part) > 400 for part in sign["component"])
        case "temperature" if "valueQuantity" in sign:
            low, high = (30, 45) if sign["valueQuantity"]["code"] == "Cel" else (86, 113)
            return not low < value < high
        case _:
            return False


def _coded(*, loinc: bool | None) -> Callable[[Pair, Resource], bool]:
    """Laboratory results that have codes but no LOINC one (False), or none at all (None)."""

    def fits(pair: Pair, result: Resource) -> bool:
        if pair.name(result) not in ANALYTES:
            return False
        codings = _codings(result)
        return not codings if loinc is None else bool(codings) and all(c["system"] != LOINC for c in codings)

    return fits


OBSERVATIONS: Mapping[str, Callable[[Pair, Resource], bool]] = {
    "result-corrected": _status("corrected"),
    "result-amended": _status("amended"),
    "entered-in-error": _status("entered-in-error"),
    "preliminary": _status("preliminary"),
    "registered": _status("registered"),
    "cancelled": _status("cancelled"),
    "text-for-number": lambda p, r: _is_number(p, r) and "valueString" in r,
    "comparator": lambda _, r: "comparator" in r.get("valueQuantity", {}),
    "hemolyzed": _hemolyzed,
    "other-unit": _other_unit,
    "implausible-result": lambda p, r: (
        p.name(r) == "creatinine" and _value(r) > 100 and not _other_unit(p, r)
    ),
    "local-code-only": _coded(loinc=False),
    "text-only-code": _coded(loinc=None),
    "molar-code": lambda _, r: any(c["code"] in {"2601-3", "2000-8"} for c in _codings(r)),
    "unit-spelling": _spelled,
    "issued-early": _early,
    "utc": lambda _, r: r["effectiveDateTime"].endswith("Z") or r["issued"].endswith("Z"),
    "not-measured": _absent,
    "implausible-vital": _impossible,
}
"""How each kind of spoiled Observation is recognised by somebody who sees the chart only."""


@pytest.mark.parametrize("kind", OBSERVATIONS)
def test_the_tally_is_what_is_found(kind: str, pairs: list[Pair]) -> None:
    """As many more Observations show a kind after the mess as it has counted; it has counted some."""
    found = OBSERVATIONS[kind]
    total = 0
    for pair in pairs:
        before = sum(found(pair, r) for r in pair.results(after=False))
        after = sum(found(pair, r) for r in pair.results(after=True))
        assert after - before == pair.chart.tally[kind], pair.person.index
        total += pair.chart.tally[kind]
    assert total > 0 or BY_NAME[kind].rate < 0.0002


def test_ties(pairs: list[Pair]) -> None:
    """A tie adds a final result of a test at a minute that has one; about half of them have another value."""
    different = ties = 0
    for pair in pairs:
        moments = {
            after: Counter(
                (pair.name(r), r["effectiveDateTime"])
                for r in pair.results(after=after)
                if r["status"] == "final" and _is_number(pair, r)
            )
            for after in (False, True)
        }
        more = [sum(n - 1 for n in moments[after].values()) for after in (False, True)]
        assert more[1] - more[0] == pair.chart.tally["tie"]
        by_moment: dict[tuple[str, str], set[float]] = {}
        for result in pair.results(after=True):
            by_moment.setdefault((pair.name(result), result["effectiveDateTime"]), set()).add(_value(result))
        for key in pair.chart.spoiled.get("tie", ()):
            result = pair.after[key]
            different += len(by_moment[pair.name(result), result["effectiveDateTime"]]) > 1
            ties += 1
    assert ties / 3 < different < ties


def test_what_is_filed_twice_is_the_same_twice(pair: Pair) -> None:
    """Each second copy equals some other observation in everything but the id."""
    bodies = Counter(
        orjson.dumps({k: v for k, v in r.items() if k != "id"}) for r in pair.of("Observation", after=True)
    )
    for key in pair.chart.spoiled.get("filed-twice", ()):
        assert bodies[orjson.dumps({k: v for k, v in pair.after[key].items() if k != "id"})] > 1


def test_corrections_replace_what_is_there(pairs: list[Pair]) -> None:
    """A corrected result refers to the one it replaces, of the same test and time, or is its own second version."""
    kinds: Counter[bool] = Counter()
    for pair in pairs:
        for key in pair.chart.spoiled.get("result-corrected", ()):
            right = pair.after[key]
            kinds["extension" in right] += 1
            if "extension" in right:
                wrong = pair.after[right["extension"][0]["valueReference"]["reference"].partition("/")[2]]
                assert pair.name(wrong) == pair.name(right)
                assert wrong["effectiveDateTime"] == right["effectiveDateTime"]
                assert wrong["issued"] <= right["issued"]
                assert _value(wrong) != _value(right)
            else:
                assert right["meta"]["versionId"] == "2"
                assert "reviously" in right["note"][0]["text"]
    assert kinds[True] > 0
    assert kinds[False] > 0


def test_missing_encounters_and_pounds(pairs: list[Pair]) -> None:
    """What lost its encounter had one before; a weight in pounds is the one in kilograms times 2.2."""
    for pair in pairs:
        lost = [
            key
            for key, r in pair.before.items()
            if r["resourceType"] == "Observation" and "encounter" in r and "encounter" not in pair.after[key]
        ]
        assert sorted(lost) == sorted(pair.chart.spoiled.get("no-encounter", ()))
        for key in pair.chart.spoiled.get("pounds-as-kilograms", ()):
            assert _value(pair.after[key]) / _value(pair.before[key]) == pytest.approx(2.20462, abs=0.01)


def _ends_first(order: Resource) -> bool:
    bounds: Json = (
        order.get("dosageInstruction", [{}])[0].get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
    )
    return "end" in bounds and datetime.fromisoformat(bounds["end"]) < datetime.fromisoformat(
        order["authoredOn"]
    )


def test_orders(pairs: list[Pair]) -> None:
    """As many orders more as were counted, in the states that were; ranges and ends as counted."""
    total: Counter[str] = Counter()
    for pair in pairs:
        tally, total = pair.chart.tally, total + pair.chart.tally
        for kind, word, gone in (
            ("MedicationRequest", "drug-order", "cancelled"),
            ("ServiceRequest", "service-order", "revoked"),
        ):
            before, after = pair.of(kind, after=False), pair.of(kind, after=True)
            more = {
                s: sum(r["status"] == s for r in after) - sum(r["status"] == s for r in before)
                for s in (gone, "draft")
            }
            twice = tally[f"{word}-twice"]
            assert len(after) - len(before) == tally[f"{word}-cancelled"] + tally[f"{word}-draft"] + twice
            assert more[gone] == tally[f"{word}-cancelled"] + twice // 2
            assert more["draft"] == tally[f"{word}-draft"]
        drugs = pair.of("MedicationRequest", after=True)
        assert sum(_ends_first(r) for r in drugs) == tally["order-ends-first"]
        ranges = [
            d for r in drugs for i in r["dosageInstruction"] for d in i["doseAndRate"] if "doseRange" in d
        ]
        assert len(ranges) == tally["dose-range"]
        assert all(d["doseRange"]["low"]["value"] < d["doseRange"]["high"]["value"] for d in ranges)
    for kind in ("drug-order-cancelled", "drug-order-twice", "dose-range", "service-order-twice"):
        assert total[kind] > 0


def test_lists(pairs: list[Pair]) -> None:
    """Conditions, allergies and scans are as many more as were counted; errors and SNOMED-only problems as stated."""
    for pair in pairs:
        tally = pair.chart.tally
        before, after = pair.of("Condition", after=False), pair.of("Condition", after=True)
        added = sum(
            tally[k] for k in ("problem-stale", "ckd-two-stages", "condition-in-error", "problem-twice")
        )
        fresh = sum(key not in pair.before for key in pair.chart.spoiled.get("pregnancy-stale", ()))
        assert len(after) - len(before) == added + fresh
        for key in pair.chart.spoiled.get("problem-twice", ()):
            assert {c["system"] for c in _codings(pair.after[key])} == {SNOMED}
        for key in pair.chart.spoiled.get("condition-in-error", ()):
            assert "clinicalStatus" not in pair.after[key]
        for key in (
            *pair.chart.spoiled.get("problem-stale", ()),
            *pair.chart.spoiled.get("ckd-two-stages", ()),
        ):
            assert pair.after[key]["clinicalStatus"]["coding"][0]["code"] == "active"
            assert "abatementDateTime" not in pair.after[key]
        allergies = [len(pair.of("AllergyIntolerance", after=after)) for after in (False, True)]
        more = sum(tally[k] for k in ("allergy-in-error", "allergy-twice", "allergy-not-on-file"))
        assert allergies[1] - allergies[0] == more
        notes = [len(pair.of("DocumentReference", after=after)) for after in (False, True)]
        assert notes[1] - notes[0] == tally["outside-record"]


def test_the_night_of_two_hours() -> None:
    """A stay over a night in which clocks went back has pulses at 1:30 with both offsets, an hour apart."""
    plan = build_plan(1)
    person = next(p for p in plan.charts if p.stay is None and p.deceased is None)
    chart = ChartBuilder(person, plan.now, child(1, "dst"))
    start = datetime(2025, 10, 30, 9, tzinfo=TIME_ZONE)
    chart.encounter("inpatient", start, start + timedelta(days=6))
    spoil(chart, child(1, "dst"), None)
    times = [r["effectiveDateTime"] for r in chart.resources if r["resourceType"] == "Observation"]
    assert times == ["2025-11-02T01:30:00-04:00", "2025-11-02T01:30:00-05:00"]
    assert chart.tally["clocks-back"] == chart.tally[f"{OF}change-nights"] == 1


# -- what is not to happen


def test_quiet_days_stay_clean(pair: Pair) -> None:
    """In a stay that goes on nothing of the last days is changed, added or taken away."""
    if pair.person.stay is None:
        assert sum(pair.chart.tally.values()) > 0
        return
    for key, resource in pair.before.items():
        fact = pair.chart.known(key)
        if fact is not None and fact[1] >= QUIET:
            assert pair.after[key] == resource
    for key, resource in pair.after.items():
        fact = pair.chart.known(key)
        assert key in pair.before or fact is None or fact[1] < QUIET, resource


def test_the_clean_days_are_clean_for_the_sake_of_the_scenes_only() -> None:
    """Without quiet days the same days hold mess: the test above can fail."""
    index = next(p.index for p in build_plan(1).charts if p.stay and p.stay.unit == "icu")
    pair = spoiled(index, quiet=False)
    late = [
        key
        for ids in pair.chart.spoiled.values()
        for key in ids
        if (fact := pair.chart.known(key)) is not None and fact[1] >= QUIET
    ]
    assert len(late) > 3


def _first_of_the_hour(resource: Resource) -> bool:
    """The first of the two pulses at half past one, of which the second is the one that is counted."""
    return str(resource.get("effectiveDateTime", "")).endswith("T01:30:00-04:00")


def test_nothing_changes_that_is_not_counted(pair: Pair) -> None:
    """What differs is marked; else it is a result that another one replaces, a problem that stands twice, a report."""
    marked = {key for ids in pair.chart.spoiled.values() for key in ids}
    replaced = {
        r["extension"][0]["valueReference"]["reference"].partition("/")[2]
        for r in pair.of("Observation", after=True)
        if "extension" in r
    }
    names = {pair.name(pair.after[key]) for key in pair.chart.spoiled.get("problem-twice", ())}
    assert pair.before.keys() <= pair.after.keys()
    for key, resource in pair.after.items():
        if key in marked or pair.before.get(key) == resource or _first_of_the_hour(resource):
            continue
        assert key in pair.before
        kind = resource["resourceType"]
        assert (
            key in replaced
            or kind == "DiagnosticReport"
            or (kind == "Condition" and pair.name(resource) in names)
        ), resource


def test_all_that_was_touched_is_valid_r4(pair: Pair) -> None:
    """Every spoiled resource passes the validation that writes pass."""
    for ids in pair.chart.spoiled.values():
        for key in ids:
            assert validate(pair.after[key]) == (), pair.after[key]


def test_references_of_a_messy_chart_resolve(pair: Pair) -> None:
    """No copy and no correction refers to what is not there."""
    own = {f"{r['resourceType']}/{key}" for key, r in pair.after.items()}
    before = {m.decode() for r in pair.before.values() for m in REFERENCE.findall(orjson.dumps(r))}
    after = {m.decode() for r in pair.after.values() for m in REFERENCE.findall(orjson.dumps(r))}
    assert after - before <= own


def test_elements_stand_in_the_same_order(pair: Pair) -> None:
    """The order of an Observation's elements does not tell that it was touched."""
    ranks = ("id", "meta", "status", "category", "code", "subject", "effectiveDateTime", "issued", "encounter",
             "performer", "valueQuantity", "interpretation", "referenceRange", "note", "specimen")  # fmt: skip
    for resource in pair.of("Observation", after=True):
        keys = [key for key in resource if key in ranks]
        assert keys == sorted(keys, key=ranks.index), resource


def test_the_tally_of_a_chart_leaves_out_what_was_taken_back() -> None:
    """What scenes drop afterwards is no longer counted; a whole record's tally is of what the chart still holds."""
    plan = build_plan(1)
    pair = spoiled(sample()[-1], quiet=False)
    chart = ChartBuilder(pair.person, plan.now, child(1, pair.person.index, "course"))
    write_course(plan, chart)
    spoil(chart, child(1, pair.person.index, "mess"), None)
    before = tally_chart(chart)
    chart.drop("Observation")
    after = tally_chart(chart)
    assert before["filed-twice"] > 0
    assert after["filed-twice"] == after[f"{OF}observations"] == 0
    assert after["service-order-twice"] == before["service-order-twice"]


def test_a_record_tells_its_tally() -> None:
    """`write_record` counts with scenes and all; sizes are those of the resources it gives."""
    plan = build_plan(1)
    record = write_record(plan, plan.people[sample()[-1]])
    kinds = Counter(r["resourceType"] for r in record.resources)
    assert record.tally[f"{OF}drug-orders"] == kinds["MedicationRequest"]
    assert record.tally[f"{OF}conditions"] == kinds["Condition"]
    assert record.tally[f"{OF}observations"] == kinds["Observation"]
    assert record.tally["local-code-only"] > 0
