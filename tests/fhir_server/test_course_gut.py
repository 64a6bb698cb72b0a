"""Gut, cancer, surgery, birth and the healthy: each course moves as the illness does, and answers to its treatment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import pytest

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.clock import DAY, local
from chartgym.fhir_server.cohort.codes import ANALYTES, DRUGS
from chartgym.fhir_server.cohort.courses.course import write_course
from chartgym.fhir_server.cohort.courses.layout import lay_out
from chartgym.fhir_server.cohort.courses.life import Life
from chartgym.fhir_server.cohort.dealing import build_plan
from chartgym.fhir_server.cohort.lasting.oncology import course_of
from chartgym.fhir_server.cohort.lasting.pregnancy import born

from .course_help import diagnosed, done, given, live, mean, values, words

SEEDS = (1, 2, 3, 4)


@lru_cache(maxsize=64)
def stay(
    reason: str,
    traits: tuple[str, ...] = (),
    days: float = 6.0,
    severity: float = 1.1,
    gender: Literal["male", "female"] = "male",
) -> tuple[Life, ...]:
    """One stay for each seed."""
    age = 30 if gender == "female" and {"pregnant", "parous"} & set(traits) else 72
    return tuple(
        live(reason, traits, days=days, severity=severity, seed=s, gender=gender, age=age) for s in SEEDS
    )


@lru_cache(maxsize=64)
def five_years(
    traits: tuple[str, ...], index: int = 0, *, gender: Literal["male", "female"] = "female", age: int = 60
) -> Life:
    """The five years of somebody who is at home now, visits and stays laid out as in the cohort."""
    plan = replace(build_plan(1), placements=())
    person = [p for p in plan.charts if not p.stay and not p.deceased][index]
    born_on = date(plan.now.year - age, 1, 17)
    person = replace(person, traits=frozenset(traits), egfr=92.0, gender=gender, birth_date=born_on)
    person = replace(person, details={**person.details, "reason": "", "days": 0.0})
    return write_course(plan, ChartBuilder(person, plan.now, child(1, index, "test")))


def several(
    traits: tuple[str, ...], *, gender: Literal["male", "female"] = "female", age: int = 60
) -> list[Life]:
    """Six people with the same traits."""
    return [five_years(traits, n, gender=gender, age=age) for n in range(6)]


def last(life: Life, name: str, hours: float = 26) -> float:
    """The mean over the last day of a stay; pain that nobody charts any more is none."""
    admission = life.timeline.admissions[0]
    end = (admission.until(life.last) - admission.start) / 3600
    if name == "pain" and not values(life, name, end - hours, end):
        return 0.0
    return mean(life, name, end - hours, end)


def rises(life: Life, name: str, early: tuple[float, float], late: tuple[float, float]) -> bool:
    """Whether a mean over later hours lies above that over earlier ones."""
    return mean(life, name, *late) > mean(life, name, *early)


Claim = Callable[[Life], bool]
_CLAIMS: dict[str, tuple[tuple[object, ...], Claim]] = {
    "hemoglobin falls with a lag in bleeding": (
        ("gi-bleed", (), 6.0, 1.3),
        lambda x: mean(x, "hemoglobin", 0, 2) > mean(x, "hemoglobin", 20, 34) + 0.8,
    ),
    "the pulse is fast while it bleeds and calms down": (
        ("gi-bleed", (), 6.0, 1.3),
        lambda x: mean(x, "heart-rate", 0, 10) > last(x, "heart-rate") + 8,
    ),
    "pressure recovers after bleeding": (
        ("gi-bleed", (), 6.0, 1.3),
        lambda x: mean(x, "systolic", 0, 10) < last(x, "systolic"),
    ),
    "a bleeding patient is scoped within a day": (
        ("gi-bleed", (), 6.0, 1.3),
        lambda x: min(done(x, "upper-endoscopy") + done(x, "colonoscopy")) < 25,
    ),
    "no anticoagulant is given to somebody who bleeds": (
        ("gi-bleed", ("atrial-fibrillation",), 6.0, 1.1),
        lambda x: not given(x, "apixaban") + given(x, "warfarin"),
    ),
    "lipase falls": (
        ("pancreatitis",),
        lambda x: values(x, "lipase")[0][1] > 1.5 * values(x, "lipase")[-1][1] > 0,
    ),
    "calcium falls in pancreatitis": (
        ("pancreatitis",),
        lambda x: min(v for _, v in values(x, "calcium", 20)) < mean(x, "calcium", 0, 3),
    ),
    "CRP rises after the pain began": (("pancreatitis",), lambda x: rises(x, "crp", (0, 3), (40, 60))),
    "pain of the pancreas eases": (
        ("pancreatitis",),
        lambda x: last(x, "pain") < mean(x, "pain", 0, 14) - 1.5,
    ),
    "opioids are given for it": (("pancreatitis",), lambda x: len(given(x, "hydromorphone-iv")) >= 2),
    "a failing liver mends": (
        ("liver", ("cirrhosis",), 8.0, 1.2),
        lambda x: last(x, "bilirubin", 60) < max(v for _, v in values(x, "bilirubin")),
    ),
    "hip surgery lies between six hours and three days": (
        ("hip", ("hip-fracture",), 7.0, 1.0),
        lambda x: 6 < min(_hip_surgery(x)) < 72,
    ),
    "hemoglobin is lower after the hip's repair": (
        ("hip", ("hip-fracture",), 7.0, 1.0),
        lambda x: min(v for _, v in values(x, "hemoglobin", 48)) < mean(x, "hemoglobin", 0, 3) - 1.5,
    ),
    "the hip hurts less at the end": (
        ("hip", ("hip-fracture",), 7.0, 1.0),
        lambda x: last(x, "pain", 40) < mean(x, "pain", 0, 20),
    ),
    "therapy is by day": (
        ("hip", ("hip-fracture",), 7.0, 1.0),
        lambda x: all(8 <= _clock(x, h) < 18 for h in done(x, "physical-therapy")),
    ),
    "an antibiotic is given before the knee is opened": (
        ("elective-knee", ("osteoarthritis",), 3.0, 0.9),
        lambda x: min(given(x, "cefazolin")) < min(_knee(x)),
    ),
    "white cells rise after an operation": (
        ("elective-knee", ("osteoarthritis",), 3.0, 0.9),
        lambda x: rises(x, "wbc", (0, 2), (24, 50)),
    ),
    "hemoglobin falls after a new knee": (
        ("elective-knee", ("osteoarthritis",), 3.0, 0.9),
        lambda x: mean(x, "hemoglobin", 26, 60) < mean(x, "hemoglobin", 0, 2) - 0.7,
    ),
    "CRP is high on the second day after a colectomy": (
        ("elective-colectomy",),
        lambda x: max(v for _, v in values(x, "crp", 30, 80)) > 25,
    ),
    "the gallbladder comes out": (
        ("cholecystectomy", (), 3.0, 1.0),
        lambda x: len(done(x, "cholecystectomy")) == 1,
    ),
    "a child is born once": (
        ("delivery", ("parous",), 3.0, 0.9, "female"),
        lambda x: len(done(x, "vaginal-delivery") + done(x, "cesarean")) == 1,
    ),
    "birth costs blood": (
        ("delivery", ("parous",), 3.0, 0.9, "female"),
        lambda x: last(x, "hemoglobin", 40) < mean(x, "hemoglobin", 0, 6),
    ),
    "labor hurts and is over": (
        ("delivery", ("parous",), 3.0, 0.9, "female"),
        lambda x: max(v for _, v in values(x, "pain", 0, 30)) > last(x, "pain"),
    ),
    "fever of the kidney falls on ceftriaxone": (
        ("preterm", ("pregnant",), 5.0, 1.1, "female"),
        lambda x: mean(x, "temperature", 0, 14) > last(x, "temperature") + 0.9,
    ),
    "the urine shows the infection": (
        ("preterm", ("pregnant",), 5.0, 1.1, "female"),
        lambda x: "CFU/mL" in _texts(x, "urine-culture"),
    ),
    "few white cells after chemotherapy, more when marrow returns": (
        ("neutropenic-fever", ("cancer",), 8.0, 1.0, "female"),
        lambda x: mean(x, "wbc", 0, 6) < 2.0 < last(x, "wbc", 40),
    ),
    "cefepime within two hours": (
        ("neutropenic-fever", ("cancer",), 8.0, 1.0, "female"),
        lambda x: min(given(x, "cefepime")) < 2.3,
    ),
    "fever falls on cefepime": (
        ("neutropenic-fever", ("cancer",), 8.0, 1.0, "female"),
        lambda x: mean(x, "temperature", 0, 12) > last(x, "temperature") + 0.8,
    ),
}


def _hip_surgery(life: Life) -> list[float]:
    names = (
        "hip-fracture-repair",
        "hip-fracture-repair-left",
        "hip-hemiarthroplasty",
        "hip-hemiarthroplasty-left",
    )
    return [hour for name in names for hour in done(life, name)]


def _knee(life: Life) -> list[float]:
    return done(life, "knee-replacement") + done(life, "knee-replacement-left")


def _clock(life: Life, hours: float) -> float:
    moment = local(life.timeline.admissions[0].start + hours * 3600)
    return moment.hour + moment.minute / 60


def _texts(life: Life, analyte: str) -> str:
    code = ANALYTES[analyte].codes[-1].code
    found = [
        r.get("valueString", "")
        for r in _of(life.chart.resources, "Observation")
        if r["code"]["coding"][-1]["code"] == code
    ]
    return " ".join(found)


def _of(resources: Iterable[Resource], kind: str) -> list[Resource]:
    return [r for r in resources if r["resourceType"] == kind]


@pytest.mark.parametrize("claim", _CLAIMS)
def test_each_course_moves_as_the_illness_does(claim: str) -> None:
    """A claim holds in at least three of four stays (chance has its say in the fourth)."""
    arguments, holds = _CLAIMS[claim]
    lives = stay(*arguments)  # type: ignore[arg-type]
    assert sum(holds(life) for life in lives) >= len(lives) - 1


def test_red_cells_follow_low_hemoglobin_and_raise_it() -> None:
    """Each transfusion stands after a hemoglobin under the limit; the next value but one lies higher."""
    seen = 0
    for seed in range(1, 9):
        life = live("gi-bleed", ("anemia", "coronary-disease"), days=7, severity=1.4, seed=seed)
        counts = values(life, "hemoglobin")
        for begun in done(life, "red-cell-transfusion")[:1]:
            seen += 1
            before = [v for h, v in counts if h < begun]
            assert min(before) < 8.0
            after = [v for h, v in counts if begun + 8 < h]
            assert not after or max(after) > before[-1]
    assert seen >= 2, "a grave bleeding in an anemic heart patient is transfused"


def test_urea_rises_with_blood_in_the_upper_gut_only() -> None:
    """BUN to creatinine goes up where an ulcer bled, less where it was the colon."""
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(1, 13):
        life = live("gi-bleed", (), days=5, severity=1.2, seed=seed)
        upper = bool(done(life, "upper-endoscopy"))
        day = mean(life, "bun", 8, 30) / mean(life, "creatinine", 8, 30)
        ratios[upper].append(day / (last(life, "bun") / last(life, "creatinine")))
    assert sum(ratios[True]) / len(ratios[True]) > 1.2
    assert sum(ratios[True]) / len(ratios[True]) > sum(ratios[False]) / len(ratios[False]) + 0.15


def test_lactulose_clears_the_mind_and_the_needle_takes_weight() -> None:
    """Ammonia falls on lactulose; a large paracentesis lowers the weight."""
    lives = [live("liver", ("cirrhosis",), days=7, severity=1.1, seed=s) for s in range(1, 13)]
    confused = [x for x in lives if diagnosed(x, "hepatic-encephalopathy")]
    assert confused
    assert sum(values(x, "ammonia")[0][1] > values(x, "ammonia")[-1][1] for x in confused) >= 0.75 * len(
        confused
    )
    tapped = [x for x in lives if "liters" in words(x)]
    assert tapped
    for life in tapped:
        hour = done(life, "paracentesis")[0]
        before = [v for h, v in values(life, "weight") if h < hour]
        after = [v for h, v in values(life, "weight") if h > hour]
        assert not before or not after or min(after) < before[0] + 0.4


@pytest.mark.parametrize(
    ("reason", "traits", "gender"),
    [
        ("gi-bleed", ("hypertension",), "male"), ("liver", ("cirrhosis",), "male"), ("pancreatitis", (), "female"),
        ("hip", ("hip-fracture",), "female"), ("elective-knee", ("osteoarthritis",), "male"),
        ("elective-colectomy", (), "male"), ("cholecystectomy", (), "female"), ("delivery", ("parous",), "female"),
        ("preterm", ("pregnant",), "female"), ("neutropenic-fever", ("cancer",), "female"),
    ],
)  # fmt: skip
def test_each_stay_tells_its_story(
    reason: str, traits: tuple[str, ...], gender: Literal["male", "female"]
) -> None:
    """Six facts or more, some of them of what is not there, in the form notes need, no laboratory figure among them."""
    for life in stay(reason, traits, 4.0, 1.0, gender):
        facts = [f for f in life.facts.rows if f.encounter == life.timeline.admissions[0].encounter_id]
        assert len(facts) >= 6
        assert any(f.polarity == "absent" for f in facts)
        for fact in facts:
            assert fact.words == fact.words.strip().rstrip(".")
            assert not re.search(r"\b(potassium|magnesium|creatinine)\b.*\d", fact.words)
            assert fact.until is None or fact.until > fact.at


@pytest.mark.parametrize("seed", [1, 2])
def test_a_stay_is_the_same_again(seed: int) -> None:
    """Same seed, same resources."""
    one = live("liver", ("cirrhosis",), days=4, seed=seed).chart.resources
    two = live("liver", ("cirrhosis",), days=4, seed=seed).chart.resources
    assert one == two


# -- years


def test_a_scarred_liver_shows_for_years() -> None:
    """INR and bilirubin above, platelets, albumin and sodium below those of people who are well."""
    ill, well = several(("cirrhosis",)), several(())
    for name, sign in (("inr", 1), ("bilirubin", 1), ("platelets", -1), ("albumin", -1), ("sodium", -1)):
        mine = [v for life in ill for _, v in values(life, name)]
        theirs = [v for life in well for _, v in values(life, name)] or [1.03 if name == "inr" else 0.0]
        assert (sum(mine) / len(mine) - sum(theirs) / len(theirs)) * sign > 0, name


def test_chemotherapy_comes_in_cycles_and_counts_recover_before_each() -> None:
    """Doses of one drug lie at least twelve days apart, after counts of the same visit; white cells fall between."""
    dosed = 0
    for life in several(("cancer",)):
        course = course_of(life.person, life.timeline.first)
        for drug, _ in course.kind.regimen[:1]:
            hours = given(life, drug)
            dosed += len(hours)
            assert all(b - a > 12 * 24 for a, b in pairwise(hours))
        nadirs = [v.at for v in life.timeline.visits if v.purpose == "nadir-check"]
        cycles = [v.at for v in life.timeline.visits if v.purpose == "chemotherapy"]
        counts = dict(values(life, "wbc"))
        low = [_near(counts, at, life) for at in nadirs]
        high = [_near(counts, at, life) for at in cycles]
        assert not low or not high or sum(low) / len(low) < sum(high) / len(high)
    assert dosed > 5


def _near(counts: dict[float, float], at: float, life: Life) -> float:
    start = life.timeline.admissions[0].start if life.timeline.admissions else life.timeline.first
    return min(counts.items(), key=lambda pair: abs(pair[0] * 3600 + start - at))[1]


def test_fever_of_low_counts_follows_a_cycle() -> None:
    """Stays that a cancer plans for fever begin eight to eleven days after a cycle."""
    found = 0
    for index in range(24):
        life = five_years(("cancer",), index % 20, gender="female" if index < 20 else "male")
        course = course_of(life.person, life.timeline.first)
        for admission in life.timeline.admissions:
            if admission.reason == "neutropenic-fever":
                found += 1
                assert 7 < (admission.start - course.last_cycle(admission.start)) / DAY < 12
    assert found


def test_pregnancy_changes_the_blood_and_birth_ends_it() -> None:
    """Hemoglobin and creatinine are lower in the last weeks than before and after; weight goes up."""
    for life in several(("parous",), age=31):
        first, birth = life.timeline.first, born(life.person, life.timeline.first)
        start = life.timeline.admissions[0].start if life.timeline.admissions else first
        late = ((birth - 70 * DAY - start) / 3600, (birth - 2 * DAY - start) / 3600)
        after = ((birth + 30 * DAY - start) / 3600, 9e9)
        for name in ("hemoglobin", "creatinine"):
            if values(life, name, *late) and values(life, name, *after):
                assert mean(life, name, *late) < mean(life, name, *after), name
        if values(life, "weight", *late) and values(life, "weight", *after):
            assert mean(life, "weight", *late) > mean(life, "weight", *after) + 3


def test_a_mother_has_prenatal_visits_and_one_delivery() -> None:
    """At least eight prenatal visits before the birth, one delivery at most, visits afterwards."""
    for life in several(("parous",), age=31):
        deliveries = [a for a in life.timeline.admissions if a.reason == "delivery"]
        prenatal = [v for v in life.timeline.visits if v.purpose == "prenatal"]
        assert len(deliveries) == 1
        assert len(prenatal) >= 8
        assert all(v.at < deliveries[0].start for v in prenatal)
        assert any(
            v.purpose == "postpartum" and v.at > deliveries[0].until(life.last) for v in life.timeline.visits
        )
        assert len(done(life, "vaginal-delivery") + done(life, "cesarean")) == 1


def test_a_pregnancy_goes_on_now() -> None:
    """No birth is in the chart, the weeks told are under 42 and grow."""
    for life in several(("pregnant",), age=28):
        assert not done(life, "vaginal-delivery") + done(life, "cesarean")
        weeks = [int(f.words.split()[0]) for f in life.facts.rows if f.name == "gestation"]
        assert weeks == sorted(weeks)
        assert all(week < 42 for week in weeks)


def test_people_who_are_well_have_little_in_the_chart() -> None:
    """A visit a year at most beside complaints, silent months in between, vaccines against influenza in autumn."""
    silent = 0.0
    for life in several((), age=45):
        moments = sorted(v.at for v in life.timeline.visits)
        assert len(moments) < 20
        silent = max([silent, *((b - a) / DAY for a, b in pairwise(moments))])
        for vaccine in _of(life.chart.resources, "Immunization"):
            month = datetime.fromisoformat(vaccine["occurrenceDateTime"]).month
            assert "Influenza" not in vaccine["vaccineCode"]["text"] or month in {9, 10, 11, 12}
        told = {f.topic for f in life.facts.rows}
        assert {"social", "family"} <= told
    assert silent > 300


def test_screening_is_for_its_age_and_sex() -> None:
    """Mammograms for women of forty and more; nobody's prostate is measured in a woman."""
    young = several((), age=30)
    assert not any("mammogram" in words(life).lower() for life in young)
    women, men = several((), age=62), several((), gender="male", age=62)
    assert any("mammogram" in words(life).lower() for life in women)
    assert not any("mammogram" in words(life).lower() for life in men)
    assert not any(values(life, "psa") for life in women)


@pytest.mark.parametrize(
    "traits", [(), ("cancer",), ("cirrhosis", "depression"), ("parous",), ("osteoarthritis",)]
)
def test_nothing_is_ordered_that_graded_tasks_ask_for(traits: tuple[str, ...]) -> None:
    """No referral within 400 days, no open order of an A1C, nothing after now."""
    for life in several(traits, age=34 if traits == ("parous",) else 60):
        now = life.now
        for order in _of(life.chart.resources, "ServiceRequest"):
            code = order["code"]["coding"][-1]["code"]
            authored = datetime.fromisoformat(order["authoredOn"]).timestamp()
            assert authored <= now
            assert not code.startswith("ORD-REFERRAL") or authored < now - 400 * DAY
            assert code != "ORD-HBA1C" or order["status"] != "active"
        for observation in _of(life.chart.resources, "Observation"):
            assert datetime.fromisoformat(observation["effectiveDateTime"]).timestamp() <= now


def test_the_knee_that_hurts_is_the_one_replaced() -> None:
    """Side of the worn joint and of the operation agree; a visit before and therapy after."""
    for life in stay("elective-knee", ("osteoarthritis",), 3.0, 0.9):
        left = "osteoarthritis-left" in life.problems
        assert bool(done(life, "knee-replacement-left")) is left
        assert bool(done(life, "knee-replacement")) is not left
        assert not given(life, "naproxen")


def test_drugs_of_pregnancy_are_safe_ones() -> None:
    """No ibuprofen, warfarin or ACE inhibitor by mouth while the child is carried."""
    unsafe = {
        DRUGS[name].ingredient.code
        for name in ("ibuprofen", "naproxen", "lisinopril", "losartan", "warfarin", "atorvastatin")
    }
    for life in several(("pregnant", "depression"), age=28):
        start = next(f.at for f in life.facts.rows if f.name == "conception")
        for order in _of(life.chart.resources, "MedicationRequest"):
            when = datetime.fromisoformat(order["authoredOn"]).timestamp()
            code = order["medicationCodeableConcept"]["coding"][0]["code"]
            assert when < start + 40 * DAY or code not in unsafe


def test_what_is_taken_out_is_taken_out_once() -> None:
    """Nobody of the cohort has gallbladder or colon removed twice, or dies of a planned operation."""
    plan = build_plan(1)
    for person in plan.charts:
        admissions = lay_out(plan, person, child(plan.seed, person.index, "timeline")).admissions
        reasons = [a.reason for a in admissions]
        assert reasons.count("cholecystectomy") <= 1
        assert reasons.count("elective-colectomy") <= 1
        assert not person.deceased or reasons[-1] not in {"elective-knee", "cholecystectomy", "delivery"}
