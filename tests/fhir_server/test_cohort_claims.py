"""What the project claims of its charts, over some twenty of them: bounds, relations, treatment, time, sampling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pytest
from realism.chart import ChartRecord
from realism.effects import Study
from realism.gather import PLAUSIBLE, read_chart
from realism.reference import ICU, OUTPATIENT, WARD, load
from realism.relations import draw_hours, intervals, paired
from realism.stats import Floats, within_groups

from chartgym.fhir_server import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.charts import write_record
from chartgym.fhir_server.cohort.codes import ANALYTES, VITALS
from chartgym.fhir_server.cohort.mess import UNBELIEVABLE
from chartgym.fhir_server.cohort.mess.results import REPLACES
from chartgym.fhir_server.cohort.plan import NOW, Person
from realism import effects

SPOILED = frozenset(UNBELIEVABLE) | {"result-amended"}
"""Kinds of mess whose numbers tell nothing of the body: their results are left out before anything is measured."""
TRAITS = (
    "dialysis", "heart-failure", "cancer", "pregnant", "cirrhosis", "diabetes-1", "atrial-fibrillation", "copd",
)  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A chart: its resources by reference, the same without what the mess made unbelievable, and what is read of it."""

    person: Person
    resources: Mapping[str, Resource]
    messy: frozenset[str]
    read: ChartRecord

    def of(self, kind: str) -> Iterator[Resource]:
        """Resources of a type."""
        return (r for r in self.resources.values() if r["resourceType"] == kind)


def _people() -> list[Person]:
    """About twenty, spread by setting and reason; ICU patients and people at home with different lengths of record."""
    charts = build_plan(1).charts
    picked: dict[int, Person] = {}

    def pick(count: int, test: Callable[[Person], bool]) -> None:
        found = [p for p in charts if test(p)][:count]
        assert found
        picked.update({p.index: p for p in found})

    pick(5, lambda p: p.stay is not None and p.stay.unit == "icu")
    for trait in TRAITS:
        pick(2 if trait in TRAITS[:4] else 1, lambda p, t=trait: t in p.traits and p.stay is not None)
    for reason in ("Pneumonia", "Sepsis", "Gastrointestinal bleeding", "Hip fracture"):
        pick(1, lambda p, r=reason: p.stay is not None and p.stay.reason == r)
    pick(2, lambda p: p.deceased is not None)
    pick(4, lambda p: p.stay is None and p.deceased is None)
    return [picked[index] for index in sorted(picked)]


def _chart(person: Person) -> Chart:
    record = write_record(build_plan(1), person)
    bad = {key for kind in SPOILED for key in record.spoiled.get(kind, ())}
    bad |= {
        e["valueReference"]["reference"].partition("/")[2]
        for r in record.resources
        for e in r.get("extension", ())
        if e["url"] == REPLACES
    }
    believable = [r for r in record.resources if r["id"] not in bad]
    messy = frozenset(key for ids in record.spoiled.values() for key in ids)
    return Chart(
        person,
        {f"{r['resourceType']}/{r['id']}": r for r in record.resources},
        messy,
        read_chart(believable),
    )


@pytest.fixture(scope="module")
def charts() -> list[Chart]:
    return [_chart(person) for person in _people()]


@pytest.fixture(scope="module")
def records(charts: list[Chart]) -> list[ChartRecord]:
    return [chart.read for chart in charts]


# -- bounds

BOUNDS: Mapping[str, tuple[float, float]] = {
    "sodium": (100, 175), "potassium": (1.8, 9), "chloride": (65, 140), "co2": (3, 50), "anion-gap": (0, 45),
    "bun": (1, 220), "creatinine": (0.1, 25), "egfr": (2, 200), "glucose": (20, 1400), "glucose-poc": (20, 1200),
    "calcium": (4.5, 16), "calcium-ionized": (0.5, 2.2), "magnesium": (0.5, 8), "phosphate": (0.4, 15),
    "albumin": (0.8, 6.5), "total-protein": (3, 12), "ast": (3, 12000), "alt": (3, 12000),
    "alkaline-phosphatase": (10, 2500), "bilirubin": (0.1, 45), "bilirubin-direct": (0, 35), "ldh": (50, 10000),
    "lipase": (3, 12000), "ammonia": (5, 500), "lactate": (0.2, 25), "lactate-blood": (0.2, 25), "crp": (0, 600),
    "procalcitonin": (0.01, 250), "wbc": (0.05, 90), "hemoglobin": (3, 22), "hematocrit": (9, 66),
    "rbc": (1, 8), "mcv": (50, 135), "mch": (14, 45), "mchc": (22, 42), "rdw": (9, 32), "platelets": (2, 1500),
    "neutrophils": (0, 100), "lymphocytes": (0, 100), "monocytes": (0, 60), "eosinophils": (0, 60),
    "basophils": (0, 15), "pt": (8, 130), "inr": (0.7, 13), "aptt": (15, 180), "troponin-hs": (0, 100000),
    "nt-probnp": (5, 80000), "hba1c": (3.5, 19), "tsh": (0.005, 120), "ph-arterial": (6.75, 7.75),
    "pco2-arterial": (10, 140), "po2-arterial": (25, 600), "hco3-arterial": (2, 55), "base-excess": (-30, 30),
    "systolic": (45, 270), "diastolic": (18, 160), "heart-rate": (22, 235), "respiratory-rate": (4, 60),
    "spo2": (50, 100), "temperature": (32, 42.5), "gcs": (3, 15), "pain": (0, 10), "weight": (28, 270),
    "height": (130, 215), "bmi": (12, 75), "oxygen-flow": (0.25, 80), "fio2": (21, 100), "urine-output": (0, 3500),
}  # fmt: skip
"""What a living body, or an adult's, can show: survivable extremes of textbooks, wider than any range of alarm."""


@pytest.mark.parametrize("name", BOUNDS)
def test_values_lie_within_what_a_body_can_show(name: str, records: list[ChartRecord]) -> None:
    """Every believable value of a measure is one that a living adult can have."""
    low, high = BOUNDS[name]
    values = np.concatenate([r.of(name).values for r in records])
    assert low <= values.min(initial=low)
    assert values.max(initial=high) <= high


def test_the_bounds_are_met_by_charts(records: list[ChartRecord]) -> None:
    """Nearly every measure of the table is there to be judged, and slips beside the mess are next to none."""
    assert sum(any(len(r.of(n).values) for r in records) for n in BOUNDS) >= 0.9 * len(BOUNDS)
    assert set(BOUNDS) <= set(ANALYTES) | set(VITALS) | {"systolic", "diastolic"}
    assert set(PLAUSIBLE) <= set(BOUNDS)
    assert sum(r.tally["implausible, left out of figures"] for r in records) <= 3


def test_pressures_and_saturation_agree(records: list[ChartRecord]) -> None:
    """The diastolic lies under the systolic by a pulse pressure that a heart can make."""
    for record in records:
        high, low = record.of("systolic"), record.of("diastolic")
        _, i, j = np.intersect1d(high.times, low.times, return_indices=True)
        pulse = high.values[i] - low.values[j]
        assert np.mean(pulse < 8) < 0.002


# -- relations

RELATIONS: tuple[tuple[str, str, float, float], ...] = (
    ("sodium", "chloride", 0.30, 0.95),
    ("co2", "chloride", -0.75, 0.10),
    ("bun", "creatinine", 0.50, 0.95),
    ("phosphate", "creatinine", 0.25, 0.85),
    ("potassium", "phosphate", 0.15, 0.75),
    ("potassium", "creatinine", 0.05, 0.70),
    ("hemoglobin", "hematocrit", 0.85, 1.00),
    ("pt", "inr", 0.90, 1.00),
    ("ast", "alt", 0.50, 0.99),
    ("calcium", "albumin", 0.10, 0.85),
    ("systolic", "diastolic", 0.40, 0.92),
    ("heart-rate", "temperature", 0.10, 0.70),
)
"""Two measures, and the band of their correlation within stays: the published figure (`realism/reference.json`) and
ours lie in it, with room for other seeds."""


@pytest.mark.parametrize(("first", "second", "low", "high"), RELATIONS)
def test_results_move_together(
    first: str, second: str, low: float, high: float, records: list[ChartRecord]
) -> None:
    """The correlation within stays, differences between patients apart, lies in its band."""
    found = within_groups(paired(records, load(), first, second))
    assert found.pairs >= 80
    assert low <= found.pooled <= high


def test_published_correlations_lie_in_the_bands() -> None:
    """A band that shuts out the published figure would claim something else than realism."""
    bands = {(a, b): (low, high) for a, b, low, high in RELATIONS}
    for a, b, value in load().correlations:
        low, high = bands.get((a, b), (-1, 1))
        assert low <= value <= high, (a, b)


# -- treatment


def _hot(value: float) -> bool:
    return value >= 38.0


def _red_cells(record: ChartRecord) -> list[float]:
    return sorted(p.at for p in record.procedures if p.code == "30233N1")


def _oxygen(record: ChartRecord) -> list[float]:
    return [float(t) for t in record.of("oxygen-flow").inside().times]


def _antibiotics(record: ChartRecord) -> list[float]:
    return record.given(effects.ANTIBIOTICS)


STEPS: Mapping[str, float] = {"glucose-poc": 20, "systolic": 6, "spo2": 1.5, "weight": 200, "hemoglobin": 0.6}
"""Width of the classes of values before, in which treated and untreated are matched."""


def _study(
    measure: str, events: Callable[[ChartRecord], list[float]], back: float, window: tuple[float, float],
    *, quiet: float = 0.0, only: Callable[[float], bool] | None = None,
) -> Study:  # fmt: skip
    return Study(measure, measure, events, back, window, STEPS.get(measure, 0.3), quiet, only)


TREATMENTS: Mapping[str, tuple[Study, int, float, float]] = {
    "potassium rises after KCl": (
        _study("potassium", lambda r: r.given(effects.POTASSIUM), 14, (1, 26), only=lambda v: v < 4.0), 40, 0.05, 0.9),
    "magnesium rises after magnesium sulfate": (
        _study("magnesium", lambda r: r.given(["magnesium-sulfate-iv"]), 14, (1, 30)), 15, 0.05, 1.2),
    "glucose falls after rapid insulin": (
        _study("glucose-poc", lambda r: r.given(effects.INSULIN), 1.5, (1, 6), only=lambda v: v > 180), 100, -120, -5),
    "fever falls after acetaminophen": (
        _study("temperature", lambda r: r.given(["acetaminophen"]), 5, (1, 6), only=_hot), 40, -1.5, -0.1),
    "fever falls in days of antibiotics": (
        _study("temperature", _antibiotics, 12, (48, 96), quiet=96, only=_hot), 6, -2.5, -0.1),
    "hemoglobin rises after red cells": (
        _study("hemoglobin", _red_cells, 30, (1, 30)), 8, 0.25, 2.0),
    "pressure rises with norepinephrine": (
        _study("systolic", lambda r: r.given(["norepinephrine"]), 2, (1, 6), only=lambda v: v < 105), 5, 3, 45),
    "weight falls with IV furosemide": (
        _study("weight", lambda r: r.given(["furosemide-iv"]), 36, (40, 100), quiet=96), 6, -8, -0.4),
    "saturation rises with oxygen": (
        _study("spo2", _oxygen, 5, (0.5, 6), quiet=24), 30, 0.1, 8),
}  # fmt: skip
"""The study, the least events to judge by, and the band of the mean change of those treated. Published sizes are in
`realism/reference.json`; what regresses to the mean is in both, so the sign is what is claimed here."""


@pytest.mark.parametrize("claim", TREATMENTS)
def test_treatment_acts_the_right_way(claim: str, records: list[ChartRecord]) -> None:
    """After treatment the measure moves as medicine says, by a size that is neither nothing nor a wonder."""
    study, least, low, high = TREATMENTS[claim]
    found = effects.outcome(study, records).contrast
    assert found.count >= least
    assert low <= found.treated <= high


# -- time


def _instant(text: str) -> datetime | None:
    """An instant; a date alone names none."""
    return datetime.fromisoformat(text) if "T" in text else None


def _start(resource: Resource) -> datetime | None:
    for key in ("effective", "performed", "occurrence"):
        text = resource.get(f"{key}DateTime") or resource.get(f"{key}Period", {}).get("start")
        if text:
            return _instant(text)
    return None


def _times(resource: Resource) -> Iterator[datetime]:
    """All instants that a resource says something happened or was written at."""
    if (start := _start(resource)) and resource["resourceType"] != "ServiceRequest":
        yield start
    period = resource.get("period", {})
    for text in (
        resource.get("issued"), resource.get("authoredOn"), resource.get("date"), resource.get("sent"),
        period.get("start"), period.get("end"), resource.get("recordedDate"), resource.get("onsetDateTime"),
        resource.get("abatementDateTime"),
    ):  # fmt: skip
        if text and "T" in text:
            yield datetime.fromisoformat(text)


def test_nothing_before_birth_or_after_now(charts: list[Chart]) -> None:
    """Every instant of every resource lies in the person's life so far."""
    for chart in charts:
        for resource in chart.resources.values():
            for at in _times(resource):
                assert at.date() >= chart.person.birth_date, resource
                assert at <= NOW, resource


def test_nothing_is_measured_or_given_after_death(charts: list[Chart]) -> None:
    """The dead have no later result, dose, visit or order; laboratories may report what was drawn before."""
    dead = [c for c in charts if c.person.deceased]
    assert len(dead) >= 2
    for chart in dead:
        death = chart.person.deceased
        assert death is not None
        for resource in chart.resources.values():
            start = _start(resource)
            period = resource.get("period", {}).get("start")
            for at in (start, _instant(period) if period else None):
                assert at is None or at <= death, resource
            if "authoredOn" in resource:
                assert datetime.fromisoformat(resource["authoredOn"]) <= death, resource


def test_a_dose_follows_its_order(charts: list[Chart]) -> None:
    """Each administration names an order of the chart that was written before it, and of the same medicine."""
    for chart in charts:
        for dose in chart.of("MedicationAdministration"):
            order = chart.resources[dose["request"]["reference"]]
            given = dose.get("effectiveDateTime") or dose["effectivePeriod"]["start"]
            assert datetime.fromisoformat(order["authoredOn"]) <= datetime.fromisoformat(given), dose
            ours, theirs = (r["medicationCodeableConcept"]["text"] for r in (dose, order))
            assert {dose["id"], order["id"]} & chart.messy or ours == theirs


def test_a_result_is_issued_after_it_is_drawn(charts: list[Chart]) -> None:
    """Reports and results are issued after the draw, but for the few that the mess files early."""
    early = total = 0
    for chart in charts:
        for kind in ("Observation", "DiagnosticReport"):
            for resource in chart.of(kind):
                start = _start(resource)
                if start is None or "issued" not in resource:
                    continue
                total += 1
                if datetime.fromisoformat(resource["issued"]) < start:
                    assert resource["id"] in chart.messy
                    early += 1
    assert total > 20_000
    assert early < 0.02 * total


IMAGES = {
    "chest xray": "Chest X-ray", "chest xray portable": "Chest X-ray, portable", "ct abdomen": "CT abdomen",
    "ct head": "CT head", "us abdomen": "Abdominal ultrasound", "us renal": "Renal ultrasound",
    "knee x-ray": "Knee X-ray", "hip x-ray": "Hip X-ray", "obstetric ultrasound": "Obstetric ultrasound",
}  # fmt: skip
"""How a radiology report is titled, and the order that asks for it."""


def test_an_image_follows_its_order(charts: list[Chart]) -> None:
    """A radiology report of a stay comes after an order of the study; few have none, and none precedes it."""
    judged = without = early = 0
    for chart in charts:
        ordered: dict[str, list[datetime]] = {}
        for request in chart.of("ServiceRequest"):
            ordered.setdefault(request["code"]["text"], []).append(
                datetime.fromisoformat(request["authoredOn"])
            )
        for report in chart.of("DiagnosticReport"):
            codes = {c["code"] for k in report["category"] for c in k["coding"]}
            title: str = report["code"]["text"]
            at, name = _start(report), IMAGES.get(title, title)
            if "RAD" not in codes or "encounter" not in report or at is None:
                continue
            judged += 1
            waits = [(at - written) / timedelta(hours=1) for written in ordered.get(name, [])]
            answered = any(0 <= wait <= 72 for wait in waits)
            without += not answered
            early += not answered and any(-6 <= wait < 0 for wait in waits)
    assert judged >= 60
    assert early == 0
    assert without <= 0.05 * judged


def test_orders_of_ended_stays_are_ended(charts: list[Chart]) -> None:
    """Nobody who has gone home still has an inpatient order running."""
    for chart in charts:
        ended = {
            key
            for key, r in chart.resources.items()
            if key.startswith("Encounter/")
            and r["class"]["code"] in {"IMP", "ACUTE"}
            and "end" in r["period"]
        }
        for kind in ("MedicationRequest", "ServiceRequest"):
            for order in chart.of(kind):
                home = {c["code"] for k in order.get("category", ()) for c in k.get("coding", ())}
                if home & {"community", "outpatient", "discharge"} or order["id"] in chart.messy:
                    continue
                if order.get("encounter", {}).get("reference") in ended:
                    assert order["status"] not in {"active", "on-hold"}, order


# -- sampling

SAMPLING: Mapping[tuple[str, int], tuple[float, float]] = {
    ("heart-rate", ICU): (0.85, 1.15),
    ("systolic", ICU): (0.85, 1.15),
    ("temperature", ICU): (0.9, 4.5),
    ("heart-rate", WARD): (3.5, 8),
    ("temperature", WARD): (3.5, 8),
    ("weight", WARD): (20, 30),
    ("potassium", WARD): (8, 26),
    ("hemoglobin", WARD): (12, 27),
    ("glucose-poc", WARD): (3, 7),
    ("sodium", ICU): (2.5, 14),
    ("hemoglobin", OUTPATIENT): (24 * 14, 24 * 300),
    ("creatinine", OUTPATIENT): (24 * 14, 24 * 300),
    ("heart-rate", OUTPATIENT): (24 * 14, 24 * 300),
}
"""Measure and setting: where the median gap lies, hours. Charts are few here: bands are wider than the page's."""


def test_samples_are_as_far_apart_as_in_hospitals(records: list[ChartRecord]) -> None:
    """Hourly in the ICU, four to eight hours on the ward, months at the clinic; and no setting keeps perfect time."""
    gaps: Mapping[tuple[str, int], Floats] = {(g.name, g.setting): g.hours for g in intervals(records)}
    for key, (low, high) in SAMPLING.items():
        assert len(gaps[key]) >= 50, key
        assert low <= float(np.median(gaps[key])) <= high, key
        assert float(np.std(gaps[key])) > 0.02, key


def test_blood_is_drawn_in_the_morning(records: list[ChartRecord]) -> None:
    """Most draws of a stay belong to the morning round, and the rest are spread over the day."""
    hours = draw_hours(records)
    assert 0.40 <= float(hours[1:8].sum()) <= 0.80
    assert float(hours.max()) <= 0.30
    assert int((hours > 0).sum()) >= 20


def test_records_are_deep_and_have_silent_months(records: list[ChartRecord]) -> None:
    """Charts reach back five years, and between visits there are months without an entry."""
    depth = [(NOW.timestamp() - r.of("heart-rate").times[0]) / (365.25 * 86400) for r in records]
    assert float(np.median(depth)) >= 4
    longest = [float(np.diff(np.unique(r.of("heart-rate").times)).max()) / 86400 for r in records]
    assert float(np.median(longest)) >= 60


# -- encounters


def test_each_stay_has_its_place(charts: list[Chart]) -> None:
    """An inpatient encounter says where, within its period; one still going on has no end and the other way round."""
    stays = 0
    for chart in charts:
        for encounter in chart.of("Encounter"):
            assert ("end" in encounter["period"]) == (encounter["status"] != "in-progress")
            if encounter["class"]["code"] not in {"IMP", "ACUTE"}:
                continue
            stays += 1
            assert encounter["location"], encounter
            start = datetime.fromisoformat(encounter["period"]["start"])
            for place in encounter["location"]:
                if "start" in place.get("period", {}):
                    assert start <= datetime.fromisoformat(place["period"]["start"]) + timedelta(minutes=1)
    assert stays >= 50


def test_the_current_stay_is_the_one_of_the_plan(charts: list[Chart]) -> None:
    """Who is in hospital by plan has exactly one open stay; others have none."""
    for chart in charts:
        assert sum(s.open for s in chart.read.stays) == (chart.person.stay is not None)
