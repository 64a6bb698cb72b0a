"""Heart, lungs and brain as courses: what treatment does, what is kept for life, what may not be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from chartgym.fhir_server.cohort.ailments import REASONS
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.courses.life import Life
from chartgym.fhir_server.cohort.dealing import build_plan
from chartgym.fhir_server.cohort.illnesses.registry import ILLNESSES
from chartgym.fhir_server.cohort.lasting.anticoagulation import CLINIC, needed_dose
from chartgym.fhir_server.cohort.lasting.atrial_fibrillation import rhythm, visits
from chartgym.fhir_server.cohort.lasting.classes import ANGIOTENSIN, BETA_BLOCKERS, STATINS, taken_of
from chartgym.fhir_server.cohort.lasting.copd import lungs
from chartgym.fhir_server.cohort.lasting.heart_failure import ailing_heart, ejection_fraction
from chartgym.fhir_server.cohort.lasting.registry import LASTING
from chartgym.fhir_server.cohort.lasting.stroke import infarct
from chartgym.fhir_server.cohort.plan import Person

from .course_help import diagnosed, done, given, live, mean, values, words

SEEDS = (2, 5, 9)


def _somebody(traits: set[str], wanted: Callable[[Person], bool]) -> str:
    """An id to which a heart (or lungs, a rhythm, a stroke) of the wanted kind is bound."""
    base = replace(build_plan(1).people[0], traits=frozenset(traits), weight_kg=80.0, gender="male")
    ids = (f"{n:020x}" for n in range(400))
    return next(i for i in ids if wanted(replace(base, id=i)))


WEAK = _somebody({"heart-failure"}, lambda p: ailing_heart(p).reduced)
STIFF = _somebody({"heart-failure"}, lambda p: not ailing_heart(p).reduced)
ON_WARFARIN = _somebody(
    {"atrial-fibrillation"}, lambda p: rhythm(p).thinner == "warfarin" and rhythm(p).since < 0
)
ON_APIXABAN = _somebody(
    {"atrial-fibrillation"}, lambda p: rhythm(p).thinner == "apixaban" and rhythm(p).since < 0
)
RETAINS = _somebody({"copd"}, lambda p: lungs(p).retains)
LEFT = _somebody(
    {"stroke"}, lambda p: infarct(p).diagnosis == "stroke-left-mca" and infarct(p).residual == "marked"
)


@cache
def fluid(seed: int) -> Life:
    """A congested heart of preserved strength, five days in hospital."""
    return live(
        "heart-failure",
        ["heart-failure", "hypertension"],
        days=6,
        severity=1.0,
        egfr=70,
        identity=STIFF,
        seed=seed,
    )


@cache
def pneumonia(seed: int) -> Life:
    return live("pneumonia", days=5, severity=1.0, seed=seed)


@cache
def fast(seed: int) -> Life:
    return live("afib", ["atrial-fibrillation"], days=3.2, severity=1.0, identity=ON_APIXABAN, seed=seed)


@cache
def wheeze(seed: int) -> Life:
    return live("copd", ["copd"], days=5, severity=1.0, seed=seed)


@cache
def drowsy(seed: int) -> Life:
    return live("copd", ["copd"], days=6, severity=1.4, icu=(2, 50), identity=RETAINS, seed=seed)


@cache
def stroke(seed: int) -> Life:
    return live("stroke", ["stroke", "hypertension"], days=7, severity=1.0, identity=LEFT, seed=seed)


@cache
def embolism(seed: int) -> Life:
    return live("embolism", days=5, severity=1.1, age=58, seed=seed)


COURSES = {
    "fluid": fluid, "pneumonia": pneumonia, "fast": fast, "wheeze": wheeze, "drowsy": drowsy, "stroke": stroke,
    "embolism": embolism,
}  # fmt: skip


def _last(life: Life, name: str) -> float:
    return values(life, name)[-1][1]


def _most(life: Life, name: str, since: float = 0, until: float = 9e9) -> float:
    return max(value for _, value in values(life, name, since, until))


LOBES = (
    "right lower lobe",
    "left lower lobe",
    "right middle lobe",
    "left upper lobe",
    "right upper lobe",
    "lingula",
)


CLAIMS: list[tuple[str, str, Callable[[Life], bool]]] = [
    ("fluid", "weight falls", lambda c: mean(c, "weight", 0, 30) > mean(c, "weight", 90, 160) + 1.2),
    ("fluid", "breath eases", lambda c: mean(c, "respiratory-rate", 0, 8) > mean(c, "respiratory-rate", 90, 160) + 1.5),
    ("fluid", "furosemide in the vein on the first day, tablets later", lambda c: min(given(c, "furosemide-iv")) < 4 and
     max(given(c, "furosemide-iv")) < 140),
    ("fluid", "NT-proBNP is high", lambda c: _most(c, "nt-probnp") > 600),
    ("fluid", "acute and chronic are coded", lambda c: diagnosed(c, "heart-failure-acute-diastolic") and
     diagnosed(c, "hypertensive-heart-disease") and diagnosed(c, "heart-failure-chronic-diastolic")),
    ("pneumonia", "fever falls", lambda c: mean(c, "temperature", 0, 14) > mean(c, "temperature", 84, 140) + 0.5),
    ("pneumonia", "CRP falls", lambda c: _last(c, "crp") < _most(c, "crp")),
    ("pneumonia", "pulse slows", lambda c: mean(c, "heart-rate", 0, 14) > mean(c, "heart-rate", 84, 140) + 6),
    ("pneumonia", "an antibiotic within hours", lambda c: min([*given(c, "ceftriaxone"), *given(c, "cefepime")]) < 5),
    ("pneumonia", "the lobe is the same on film and to the ear", lambda c: any(
     words(c).count(lobe) >= 2 for lobe in LOBES)),
    ("fast", "the rate falls within a day", lambda c:
     mean(c, "heart-rate", 0, 1.5) > mean(c, "heart-rate", 20, 60) + 18),
    ("fast", "drugs in the vein first", lambda c: min([*given(c, "metoprolol-iv"), *given(c, "diltiazem-iv")]) < 3),
    ("fast", "apixaban goes on", lambda c: bool(given(c, "apixaban")) or not c.takes("apixaban")),
    ("wheeze", "breath eases", lambda c: mean(c, "respiratory-rate", 0, 10) > mean(c, "respiratory-rate", 84, 140) + 2),
    ("wheeze", "nebulizers often at first, then seldom", lambda c:
     len([h for h in given(c, "albuterol-neb") if h < 24]) > len([h for h in given(c, "albuterol-neb") if h > 96]) + 2),
    ("wheeze", "a steroid on the first day", lambda c:
     min([*given(c, "prednisone"), *given(c, "methylprednisolone-iv")]) < 4),
    ("drowsy", "carbon dioxide is high and falls", lambda c: not done(c, "noninvasive-ventilation") or
     _most(c, "pco2-arterial", 0, 12) > mean(c, "pco2-arterial", 30, 52) + 4),
    ("drowsy", "a retainer's bicarbonate", lambda c: mean(c, "co2", 0, 200) > 25.5),
    ("stroke", "pressure is high and comes down", lambda c:
     mean(c, "systolic", 0, 20) > mean(c, "systolic", 110, 170) + 5),
    ("stroke", "the right side is weak", lambda c: "on the right" in words(c) and "on the left" not in words(c)),
    ("stroke", "what is left stays on the problem list", lambda c: diagnosed(c, "stroke-sequela-hemiparesis-right")),
    ("stroke", "a statin and a platelet drug go home", lambda c: bool(taken_of(c, STATINS)) and
     (c.takes("aspirin") or c.takes("clopidogrel"))),
    ("stroke", "nothing thins the blood within a day of alteplase", lambda c: not done(c, "thrombolysis") or
     min([*given(c, "aspirin"), *given(c, "enoxaparin"), *given(c, "heparin-sc"), 999]) >
     done(c, "thrombolysis")[0] + 23),
    ("embolism", "the pulse slows", lambda c: mean(c, "heart-rate", 0, 4) > mean(c, "heart-rate", 84, 140) + 8),
    ("embolism", "D-dimer is high", lambda c: _most(c, "d-dimer") > 900),
    ("embolism", "treated within hours and at home", lambda c:
     min([*given(c, "heparin-iv"), *given(c, "apixaban")]) < 5 and c.takes("apixaban")),
    ("embolism", "no second thinner beside a full dose", lambda c: not given(c, "heparin-sc") and
     not given(c, "enoxaparin")),
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
    "potassium": (2.3, 7.4), "sodium": (115, 160), "creatinine": (0.3, 16), "hemoglobin": (5.5, 19),
    "heart-rate": (38, 178), "systolic": (66, 230), "temperature": (34.2, 41.2), "spo2": (78, 100),
    "ph-arterial": (6.95, 7.62), "troponin-hs": (5, 20000),
    "pco2-arterial": (14, 130), "inr": (0.85, 9), "nt-probnp": (5, 60000), "gcs": (3, 15),
}  # fmt: skip


@pytest.mark.parametrize("course", COURSES)
def test_nothing_impossible_is_measured(course: str) -> None:
    """Every value lies within what bodies do."""
    for seed in SEEDS:
        for name, (low, high) in BOUNDS.items():
            assert all(low <= value <= high for _, value in values(COURSES[course](seed), name)), name


def test_an_infarct_has_a_troponin_that_rises_and_falls() -> None:
    """Of many with chest pain some have an infarct, which shows; in the others troponin hardly moves."""
    infarcts = 0
    for seed in range(1, 13):
        life = live("chest-pain", ["coronary-disease"], days=4, severity=1.1, seed=seed)
        found = [value for _, value in values(life, "troponin-hs")]
        if diagnosed(life, "nstemi"):
            infarcts += 1
            peak = found.index(max(found))
            assert 0 < peak < len(found) - 1
            assert max(found) > 3 * found[-1] or max(found) > 1.25 * found[-1]
            assert given(life, "heparin-iv")
            assert "old-myocardial-infarction" in life.problems
        else:
            assert max(found) < 4 * min(found) + 10
    assert 4 <= infarcts <= 11


def test_heparin_is_moved_by_its_test() -> None:
    """The aPTT is between once and four times normal, mostly about twice; the rate is written anew where it was not."""
    late: list[float] = []
    for seed in range(1, 11):
        life = live("embolism", days=4, severity=1.1, age=58, seed=seed)
        late += [value for _, value in values(life, "aptt", 14, 40)]
        hours = given(life, "heparin-iv")
        assert not hours or max(hours) < 80
    assert len(late) >= 10
    assert sum(45 <= value <= 95 for value in late) > 0.7 * len(late)


def test_who_does_not_answer_gets_more() -> None:
    """Long pneumonias have a reason: some were broadened, some tapped; those who answered were not."""
    broadened = tapped = 0
    for seed in range(1, 13):
        life = live("pneumonia", days=10, severity=1.1, seed=seed)
        if "broader antibiotics" in {f.name for f in life.facts.rows}:
            broadened += 1
            hour = next(
                (f.at - life.timeline.admissions[0].start) / 3600
                for f in life.facts.rows
                if f.name == "no answer"
            )
            assert mean(life, "temperature", hour - 20, hour) > mean(life, "temperature", 170, 250)
        tapped += bool(done(life, "thoracentesis") or done(life, "thoracentesis-left"))
    assert 3 <= broadened <= 11
    assert 1 <= tapped <= 9


@pytest.mark.parametrize("identity", [WEAK, STIFF])
def test_one_heart_for_life(identity: str) -> None:
    """Echo, problem list and drugs agree on the ejection fraction at every time."""
    life = live(
        "heart-failure", ["heart-failure"], days=5, years=4, every=45, egfr=75, identity=identity, seed=4
    )
    heart = ailing_heart(life.person)
    row = "heart-failure-chronic-systolic" if heart.reduced else "heart-failure-chronic-diastolic"
    assert row in life.problems
    assert diagnosed(life, "heart-failure-acute-systolic") is heart.reduced
    echoes = [r["conclusion"] for r in life.chart.resources if r["resourceType"] == "DiagnosticReport"
              and "ejection fraction" in r.get("conclusion", "")]  # fmt: skip
    assert echoes
    for text in echoes:
        named = int(text.split("ejection fraction ")[1].split()[0])
        assert abs(named - heart.fraction) <= 10
    if heart.reduced:
        assert taken_of(life, BETA_BLOCKERS)
        assert taken_of(life, ANGIOTENSIN)


def test_drugs_of_a_weak_heart_are_raised_over_visits() -> None:
    """Over years doses go up, never two of one class at once."""
    life = live("", ["heart-failure"], years=4, days=1, every=45, egfr=80, identity=WEAK, seed=3)
    told = words(life)
    assert " raised" in told
    assert "spironolactone begun" in told or "empagliflozin begun" in told
    for group in (ANGIOTENSIN, BETA_BLOCKERS, STATINS):
        assert sum(drug in group for drug in life.taken()) <= 1


def test_ejection_fraction_of_the_healthy() -> None:
    """Who has no heart failure has a normal one."""
    for n in range(40):
        assert (
            53
            <= ejection_fraction(replace(build_plan(1).people[0], id=f"{n:020x}", traits=frozenset()))
            <= 68
        )


@cache
def _warfarin(seed: int) -> Life:
    return live("", ["atrial-fibrillation"], years=4, days=1, every=120, identity=ON_WARFARIN, seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_inr_is_steered(seed: int) -> None:
    """Most INRs are in range, some are not, doses follow, and the dose ends near what the person needs."""
    life = _warfarin(seed)
    found = [value for _, value in values(life, "inr")]
    inside = sum(2 <= value <= 3 for value in found) / len(found)
    assert len(found) > 40
    assert 0.5 < inside < 0.92
    assert max(found) > 3.2
    assert min(found) < 2.0
    dose = life.home["warfarin"].dose
    assert dose is not None
    assert abs(dose - needed_dose(life.person)) <= 0.35 * needed_dose(life.person) + 0.5


def test_a_dose_that_is_raised_raises_inr() -> None:
    """After a higher dose of warfarin INR is higher, after a lower one lower, on the whole."""
    signs = {"raised": 1, "lowered": -1}
    moved: list[bool] = []
    for seed in range(1, 7):
        life = _warfarin(seed)
        start = life.timeline.first
        for fact in life.facts.rows:
            if fact.name == "warfarin dose":
                hour = (fact.at - start) / 3600
                before, after = (
                    values(life, "inr", hour - 30, hour),
                    values(life, "inr", hour + 72, hour + 24 * 20),
                )
                if before and after:
                    moved.append((after[0][1] - before[-1][1]) * signs[fact.words.split()[1]] > 0)
    assert len(moved) >= 10
    assert sum(moved) > 0.8 * len(moved)


def test_warfarin_clinic_comes_weekly_at_first() -> None:
    """Who begins within the five years comes weekly for a month, then about monthly; others never come."""
    new = _somebody(
        {"atrial-fibrillation"}, lambda p: rhythm(p).thinner == "warfarin" and rhythm(p).since > 0.1
    )
    base = replace(build_plan(1).people[0], traits=frozenset({"atrial-fibrillation"}))
    day, first, last = 86400.0, 0.0, 5 * 365 * 86400.0
    times = sorted(
        at for at, purpose in visits(replace(base, id=new), first, last, child(1, "v")) if purpose == CLINIC
    )
    gaps = [(b - a) / day for a, b in pairwise(times)]
    assert max(gaps[:3]) < 12
    assert 25 < sum(gaps[6:]) / len(gaps[6:]) < 60
    assert not list(visits(replace(base, id=ON_APIXABAN), first, last, child(1, "v")))


def test_ldl_falls_on_a_statin() -> None:
    """Before and after a statin begins at a visit."""
    falls: list[float] = []
    for seed in range(1, 15):
        life = live("", ["hyperlipidemia"], years=4, days=1, every=70, seed=seed)
        begun = next((f.at for f in life.facts.rows if f.words.startswith("atorvastatin begun")), None)
        if begun is None:
            continue
        hour = (begun - life.timeline.first) / 3600
        before, after = (
            values(life, "ldl", hour - 24 * 400, hour + 1),
            values(life, "ldl", hour + 24 * 30, hour + 24 * 200),
        )
        if before and after:
            falls.append(1 - after[0][1] / before[-1][1])
    assert falls
    assert 0.12 < sum(falls) / len(falls) < 0.55


def test_pressure_falls_on_tablets() -> None:
    """Over years of visits the mean pressure comes down in those with hypertension."""
    early, late = 0.0, 0.0
    for seed in range(1, 9):
        life = live("", ["hypertension"], years=3, days=1, every=60, egfr=85, seed=seed)
        found = [value for _, value in values(life, "systolic")]
        early += sum(found[:3]) / 3
        late += sum(found[-6:]) / 6
    assert late < early
    assert late / 8 < 145


def test_lungs_stay_as_bad_as_they_are() -> None:
    """Spirometry of one person differs by a few percent only; saturation is lower where lungs are worse."""
    bad = _somebody({"copd"}, lambda p: lungs(p).fev1 < 32)
    fair = _somebody({"copd"}, lambda p: lungs(p).fev1 > 65)
    lives = [live("", ["copd"], years=4, days=1, every=60, identity=i, seed=3) for i in (bad, fair)]
    for life in lives:
        own = lungs(life.person)
        texts = [r["conclusion"] for r in life.chart.resources if "FEV1" in r.get("conclusion", "")]
        assert texts
        for text in texts:
            assert abs(int(text.split("FEV1 ")[1].split()[0]) - own.fev1) <= 7
    assert mean(lives[0], "spo2", -9e9, 9e9) < mean(lives[1], "spo2", -9e9, 9e9) - 1


def test_nobody_smokes_and_has_stopped() -> None:
    """One answer to one question."""
    for seed in range(1, 9):
        life = live("", ["copd"], years=1, days=1, seed=seed, identity=f"{seed:020x}")
        assert not {"tobacco", "former-smoker"} <= life.problems.keys()


def test_a_stroke_long_ago_is_told_with_its_side() -> None:
    """Where the stroke is older than the chart, history and problem list say the same side at every visit."""
    life = live("", ["stroke"], years=3, days=1, every=60, identity=LEFT, seed=5)
    told = words(life)
    assert "left hemisphere stroke" in told
    assert "weakness of the right side" in told
    assert "left arm" not in told
    assert "stroke-sequela-hemiparesis-right" in life.problems


def test_asthma_flares_pass() -> None:
    """A flare is treated for five days, and prednisone ends."""
    lives = [live("", ["asthma"], years=5, days=1, every=60, age=40, seed=seed) for seed in range(1, 6)]
    told = [words(life) for life in lives]
    assert any("prednisone for five days" in text for text in told)
    for life in lives:
        item = life.home.get("prednisone")
        assert item is None or item.ended is not None


def test_nothing_is_done_after_the_end() -> None:
    """An ongoing stay ends now."""
    traits = {"heart-failure": "heart-failure", "afib": "atrial-fibrillation", "chest-pain": "coronary-disease",
              "copd": "copd", "stroke": "stroke"}  # fmt: skip
    for reason in ("pneumonia", "embolism", *traits):
        life = live(
            reason,
            [traits[reason]] if reason in traits else [],
            days=2.2,
            ongoing=True,
            icu=(2, 90),
            severity=1.2,
            seed=3,
        )
        for resource in life.chart.resources:
            at = (
                resource.get("effectiveDateTime")
                or resource.get("performedDateTime")
                or resource.get("authoredOn")
            )
            assert at is None or at[:19] <= life.plan.now.isoformat()[:19]
        assert not [
            f for f in life.facts.rows if f.topic in {"event", "finding"} and f.at > life.now + 14 * 86400
        ]


def test_registers_hold_what_reasons_ask_for() -> None:
    """Every reason of this part has its illness, every trait its lasting condition."""
    mine = {"pneumonia", "heart-failure", "afib", "chest-pain", "copd", "stroke", "embolism"}
    assert mine <= ILLNESSES.keys() & REASONS.keys()
    traits = {
        "hypertension",
        "hyperlipidemia",
        "heart-failure",
        "coronary-disease",
        "atrial-fibrillation",
        "copd",
        "asthma",
        "stroke",
    }
    assert traits <= {lasting.trait for lasting in LASTING}
