"""Infection, kidneys, sugar and complications as courses: what treatment does, what moves together, what may not be."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import pytest

from chartgym.fhir_server.cohort.ailments import REASONS
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.codes import CONDITIONS, DRUGS
from chartgym.fhir_server.cohort.courses.life import Life
from chartgym.fhir_server.cohort.illnesses import organisms
from chartgym.fhir_server.cohort.illnesses.registry import ILLNESSES
from chartgym.fhir_server.cohort.lasting.registry import LASTING

from .course_help import diagnosed, done, given, live, mean, values, words

SEEDS = (2, 5, 9)


@cache
def shock(seed: int) -> Life:
    """Septic shock: nine days, the first three in an ICU."""
    return live("sepsis", days=9, severity=1.25, icu=(2, 75), seed=seed)


@cache
def pyelonephritis(seed: int) -> Life:
    return live("uti", days=4, severity=1.0, age=36, gender="female", seed=seed)


@cache
def cellulitis(seed: int) -> Life:
    return live("cellulitis", days=5, severity=1.1, age=58, seed=seed)


@cache
def injury(seed: int) -> Life:
    return live("kidney", ["hypertension"], days=8, severity=1.1, egfr=78, age=71, seed=seed)


@cache
def ketoacidosis(seed: int) -> Life:
    return live("ketoacidosis", ["diabetes-1"], days=3.4, severity=1.1, age=31, icu=(2, 26), seed=seed)


@cache
def hyperglycemia(seed: int) -> Life:
    return live("hyperglycemia", ["diabetes-2"], days=4, severity=1.2, seed=seed)


@cache
def hypoglycemia(seed: int) -> Life:
    return live("hypoglycemia", ["diabetes-2"], days=2, severity=1.2, seed=seed)


@cache
def missed(seed: int) -> Life:
    return live("missed-dialysis", ["dialysis"], days=4, severity=1.1, egfr=7, seed=seed)


@cache
def unit(seed: int) -> Life:
    """A year on dialysis at home."""
    return live("", ["dialysis", "hypertension", "anemia"], years=1, days=1, egfr=7, seed=seed)


@cache
def sugar(seed: int) -> Life:
    return live("", ["diabetes-2"], years=5, days=1, every=80, seed=seed)


@cache
def failing(seed: int) -> Life:
    return live("", ["ckd-4"], years=5, days=1, every=90, egfr=18, seed=seed)


COURSES = {
    "shock": shock, "pyelonephritis": pyelonephritis, "cellulitis": cellulitis, "injury": injury, "missed": missed,
    "ketoacidosis": ketoacidosis, "hyperglycemia": hyperglycemia, "hypoglycemia": hypoglycemia,
}  # fmt: skip


def _first(life: Life, name: str) -> float:
    return values(life, name, 0)[0][1]


def _last(life: Life, name: str) -> float:
    return values(life, name)[-1][1]


def _most(life: Life, name: str, since: float = 0, until: float = 9e9) -> float:
    return max(value for _, value in values(life, name, since, until))


CLAIMS: list[tuple[str, str, Callable[[Life], bool]]] = [
    ("shock", "temperature becomes normal", lambda c:
     abs(mean(c, "temperature", 0, 14) - mean(c, "temperature", 150, 240)) > 0.5),
    ("shock", "pressure rises", lambda c: mean(c, "systolic", 0, 10) + 4 < mean(c, "systolic", 110, 240)),
    ("shock", "the pulse slows", lambda c: mean(c, "heart-rate", 1, 20) > mean(c, "heart-rate", 120, 240) + 14),
    ("shock", "lactate clears", lambda c: _most(c, "lactate") > 2.8 and
     _last(c, "lactate") < 0.65 * _most(c, "lactate")),
    ("shock", "lactate is followed", lambda c: len(values(c, "lactate", 0, 60)) >= 5),
    ("shock", "CRP falls, not at once", lambda c: _last(c, "crp") < 0.5 * _most(c, "crp") and
     _most(c, "crp", 36, 60) > 0.25 * _most(c, "crp", 0, 30)),
    ("shock", "platelets come back", lambda c: _last(c, "platelets") > min(v for _, v in values(c, "platelets"))),
    ("shock", "pressors are begun and end", lambda c: bool(given(c, "norepinephrine")) and
     max(given(c, "norepinephrine")) < 200),
    ("shock", "septic shock is a diagnosis", lambda c: diagnosed(c, "septic-shock")),
    ("shock", "fluids come first", lambda c: min(given(c, "sodium-chloride-iv")) < 4),
    ("pyelonephritis", "fever falls", lambda c: mean(c, "temperature", 0, 16) > mean(c, "temperature", 62, 99) + 0.5),
    ("pyelonephritis", "CRP falls", lambda c: _last(c, "crp") < _most(c, "crp")),
    ("pyelonephritis", "ceftriaxone on the first day", lambda c: min(given(c, "ceftriaxone")) < 27),
    ("pyelonephritis", "white cells fall", lambda c: _last(c, "wbc") < _first(c, "wbc")),
    ("cellulitis", "white cells fall", lambda c: _last(c, "wbc") < _most(c, "wbc")),
    ("cellulitis", "CRP falls", lambda c: _last(c, "crp") < 1.6 * _most(c, "crp")),
    ("cellulitis", "antibiotics in the first hours", lambda c:
     min([*given(c, "cefazolin"), *given(c, "vancomycin")]) < 6),
    ("injury", "creatinine has doubled", lambda c: _most(c, "creatinine") > 1.7 * 0.95),
    ("injury", "creatinine falls again", lambda c: _last(c, "creatinine") < 0.8 * _most(c, "creatinine")),
    ("injury", "urea with creatinine", lambda c: _most(c, "bun") > 1.4 * _last(c, "bun")),
    ("injury", "potassium falls with recovery", lambda c: _last(c, "potassium") < _most(c, "potassium")),
    ("injury", "an ultrasound", lambda c: "ultrasound" in words(c)),
    ("ketoacidosis", "a gap on arrival", lambda c: _most(c, "anion-gap", 0, 3) > 19),
    ("ketoacidosis", "the gap closes in a day", lambda c:
     mean(c, "anion-gap", 0, 3) > mean(c, "anion-gap", 22, 46) + 5),
    ("ketoacidosis", "bicarbonate rises", lambda c: _first(c, "co2") < 15 and _last(c, "co2") > 19),
    ("ketoacidosis", "potassium falls on insulin", lambda c:
     mean(c, "potassium", 0, 2) > mean(c, "potassium", 18, 34) + 0.2),
    ("ketoacidosis", "phosphate falls", lambda c: mean(c, "phosphate", 0, 2) > mean(c, "phosphate", 20, 40) + 0.6),
    ("ketoacidosis", "glucose falls", lambda c: _first(c, "glucose") > 260 > mean(c, "glucose", 18, 60)),
    ("ketoacidosis", "glucose is checked hourly", lambda c: len(values(c, "glucose-poc", 1, 12)) >= 7),
    ("ketoacidosis", "panels every few hours", lambda c: len(values(c, "co2", 0, 14)) >= 4),
    ("ketoacidosis", "basal insulin before the drip ends", lambda c: bool(given(c, "insulin-glargine")) and
     min(given(c, "insulin-glargine")) <= max(given(c, "insulin-infusion")) + 4.5),
    ("hyperglycemia", "glucose falls", lambda c: _first(c, "glucose") > 300 and
     mean(c, "glucose", 24, 999) < 0.75 * _first(c, "glucose")),
    ("hyperglycemia", "kidneys recover from thirst", lambda c: _last(c, "bun") < _first(c, "bun")),
    ("hypoglycemia", "low, then not", lambda c:
     min(v for _, v in values(c, "glucose-poc", 0, 3)) < 75 < _last(c, "glucose-poc")),
    ("hypoglycemia", "dextrose is given", lambda c: bool(given(c, "dextrose-iv"))),
    ("missed", "a session on the first day", lambda c: min(done(c, "hemodialysis")) < 10),
    ("missed", "potassium falls", lambda c: _last(c, "potassium") < _first(c, "potassium") - 0.5),
    ("missed", "weight is lost", lambda c: _last(c, "weight") < _most(c, "weight") - 1.5),
    ("missed", "breath eases", lambda c: mean(c, "respiratory-rate", 0, 3) > mean(c, "respiratory-rate", 48, 99) + 1),
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("course", "claim", "holds"), CLAIMS, ids=[f"{c}: {claim}" for c, claim, _ in CLAIMS]
)
def test_what_illness_and_treatment_do(
    course: str, claim: str, holds: Callable[[Life], bool], seed: int
) -> None:
    """Each claim holds in several lives."""
    assert holds(COURSES[course](seed)), claim


BOUNDS = {
    "potassium": (2.3, 7.4), "sodium": (118, 160), "co2": (5, 45), "creatinine": (0.3, 16), "glucose": (28, 1100),
    "hemoglobin": (5.5, 19), "heart-rate": (38, 178), "systolic": (66, 230), "temperature": (34.2, 41.2),
    "spo2": (78, 100), "ph-arterial": (6.95, 7.62), "lactate": (0.4, 16),
    "phosphate": (0.8, 11), "platelets": (8, 950), "gcs": (3, 15),
}  # fmt: skip


@pytest.mark.parametrize("course", COURSES)
def test_nothing_impossible_is_measured(course: str) -> None:
    """Everything measured stays within what a living body can have, and the gap is what its parts make it."""
    for seed in SEEDS:
        life = COURSES[course](seed)
        for name, (low, high) in BOUNDS.items():
            assert all(low <= value <= high for _, value in values(life, name)), name
        gaps = dict(values(life, "anion-gap"))
        parts = [dict(values(life, name)) for name in ("sodium", "potassium", "chloride", "co2")]
        for at, gap in gaps.items():
            sodium, potassium, chloride, co2 = (part[at] for part in parts)
            assert gap == pytest.approx(round(sodium + potassium - chloride - co2), abs=1)


@pytest.mark.parametrize("course", COURSES)
def test_people_are_better_when_they_leave(course: str) -> None:
    """Nobody goes home feverish, in shock or short of breath, and enough is known for a note."""
    for seed in SEEDS:
        life = COURSES[course](seed)
        end = values(life, "heart-rate")[-1][0]
        assert mean(life, "temperature", end - 20, end) < 38.0
        assert mean(life, "systolic", end - 20, end) > 92
        assert mean(life, "heart-rate", end - 20, end) < 112
        assert 6 <= len([f for f in life.facts.rows if f.encounter is not None]) <= 60


def test_dialysis_saws() -> None:
    """Potassium is low after a session and has climbed before the next; sessions come three times a week."""
    life = live("pneumonia", ["dialysis"], days=9, egfr=7, seed=4)
    sessions = done(life, "hemodialysis")
    stay = [at for at in sessions if 0 < at < 9 * 24]
    assert 3 <= len(stay) <= 4
    falls = 0
    for at in stay:
        before = values(life, "potassium", at - 9, at)
        after = values(life, "potassium", at + 3.5, at + 26)
        falls += bool(before and after) and after[0][1] < before[-1][1]
    assert falls >= 1
    assert all(30 < math.fmod(b - a, 200) < 80 for a, b in pairwise(stay))


def test_sessions_at_home_are_of_the_last_weeks_only() -> None:
    """Before the last eight weeks there are monthly bloods instead, so that a chart does not grow without end."""
    life = unit(3)
    sessions = done(life, "hemodialysis")
    assert 18 <= len(sessions) <= 30
    assert len(values(life, "phosphate")) >= 8
    assert mean(life, "creatinine", -9e9, 9e9) > 5
    assert diagnosed(life, "dialysis-dependence")


@pytest.mark.parametrize("seed", SEEDS)
def test_sugar_rises_unless_treated(seed: int) -> None:
    """Over five years A1c is tested, stays within what is seen, and medicines are added, never a metformin twice."""
    life = sugar(seed)
    tests = values(life, "hba1c")
    assert len(tests) >= 6
    assert all(5 < value < 13 for _, value in tests)
    assert not (life.takes("metformin") and life.takes("metformin-1000"))
    assert "diabetes-2-hypoglycemia" not in life.problems


def test_a1c_differs_between_people() -> None:
    """Control is not the same for all."""
    last = sorted(values(sugar(seed), "hba1c")[-1][1] for seed in range(2, 12))
    assert last[-1] - last[0] > 0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_kidneys_fail_slowly(seed: int) -> None:
    """Creatinine rises over years, the stage on the problem list follows, and it is the plan's at the end."""
    life = failing(seed)
    found = [value for _, value in values(life, "creatinine")]
    assert sum(found[:4]) < 0.9 * sum(found[-4:])
    assert "ckd-4" in life.problems
    assert diagnosed(life, "ckd-3b")


def test_iron_tablets_raise_hemoglobin() -> None:
    """Where iron lacks, ferritin is found low, tablets are given, and hemoglobin rises in months."""
    risen = 0
    for seed in range(1, 13):
        life = live("", ["anemia"], years=4, days=1, every=60, age=45, gender="female", seed=seed)
        started = next((item.start for drug, item in life.home.items() if drug == "ferrous-sulfate"), None)
        first, last = life.timeline.first + 150 * 86400, life.last - 400 * 86400
        if started is None or not first < started < last:
            continue
        since = (started - life.timeline.first) / 3600
        before, after = (
            mean(life, "hemoglobin", since - 3000, since + 1),
            mean(life, "hemoglobin", since + 3000, since + 9000),
        )
        assert after > before
        risen += 1
    assert risen


def test_thyroid_dose_follows_tsh() -> None:
    """Most TSH under treatment are near the normal range, and some are not: doses are looked for."""
    found = [
        value
        for seed in range(1, 7)
        for _, value in values(live("", ["hypothyroidism"], years=4, days=1, every=90, seed=seed), "tsh")
    ]
    assert sum(0.3 < value < 6 for value in found) > 0.6 * len(found)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_late_transfer_has_a_cause(seed: int) -> None:
    """An ICU span in the middle of a stay begins with something: in the facts, the signs and the laboratory."""
    life = live("cellulitis", days=10, severity=1.1, icu=(90, 160), seed=seed)
    assert "moved to the intensive care unit" in words(life)
    calm, ill = mean(life, "heart-rate", 48, 84), mean(life, "heart-rate", 88, 104)
    assert ill > calm + 6 or mean(life, "systolic", 88, 104) < mean(life, "systolic", 48, 84) - 6
    assert values(life, "lactate", 85, 100)
    assert mean(life, "heart-rate", 190, 240) < ill


def test_complications_come_at_their_rates() -> None:
    """Of the old with a broken hip or pneumonia some become delirious; not all, not none."""
    seen = [diagnosed(live("pneumonia", days=6, age=84, seed=seed), "delirium") for seed in range(1, 31)]
    assert 1 <= sum(seen) <= 14


def test_nothing_is_done_after_the_end() -> None:
    """An ongoing stay ends now: no dose, draw or session lies in the future."""
    for reason, traits in (("sepsis", []), ("kidney", []), ("ketoacidosis", ["diabetes-1"])):
        life = live(reason, traits, days=2.2, ongoing=True, icu=(2, 90), severity=1.2, seed=3)
        now = (life.now - life.timeline.admissions[0].start) / 3600
        for name in ("potassium", "heart-rate"):
            assert all(at <= now for at, _ in values(life, name))
        for drug in ("norepinephrine", "insulin-infusion", "cefepime", "vancomycin"):
            assert all(at <= now for at in given(life, drug))


@pytest.mark.parametrize("name", sorted(organisms.ORGANISMS))
def test_a_germ_is_treated_with_what_exists(name: str) -> None:
    """Each organism names medicines and diagnoses of the code file, and no medicine it resists."""
    germ = organisms.ORGANISMS[name]
    assert germ.narrow in DRUGS
    assert germ.oral in DRUGS
    assert not germ.diagnosis or germ.diagnosis in CONDITIONS
    assert germ.narrow not in germ.resistant
    text = organisms.report(germ, child(1, name), "urine-culture")
    assert germ.text in text
    assert "Susceptible: " in text


def test_registers_hold_what_reasons_ask_for() -> None:
    """Every reason of this part has its illness, every trait its lasting condition."""
    mine = {
        "sepsis",
        "uti",
        "cellulitis",
        "kidney",
        "missed-dialysis",
        "ketoacidosis",
        "hyperglycemia",
        "hypoglycemia",
    }
    assert mine <= ILLNESSES.keys() & REASONS.keys()
    traits = {lasting.trait for lasting in LASTING}
    assert {
        "diabetes-1",
        "diabetes-2",
        "ckd-3",
        "ckd-4",
        "ckd-5",
        "dialysis",
        "anemia",
        "hypothyroidism",
    } <= traits
    assert not REASONS["kidney"].fits(frozenset({"dialysis"}))
