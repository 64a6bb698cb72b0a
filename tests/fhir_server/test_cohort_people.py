"""People against the stated population, and against themselves: name, language, marriage, home, kin, staff, death."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import build_plan, dealing
from chartgym.fhir_server.cohort.background import DETAILED, ETHNICITIES, NULL_FLAVOR, RACES
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.demographics import RELATIONS, patient_resource
from chartgym.fhir_server.cohort.names import NAMES, era, family_name, given_name
from chartgym.fhir_server.cohort.plan import NOW, Person, Plan
from chartgym.fhir_server.cohort.population import (
    CITY_AGES,
    CITY_FEMALE,
    GROUPS,
    HOSPITAL_AGES,
    LANGUAGE_NAMES,
    LANGUAGES,
    MARITAL,
    MORTALITY,
    ORIGINS,
    Band,
    age_at,
    death_rate,
    marital_shares,
)
from chartgym.fhir_server.cohort.residence import INTERNAL_SYSTEM, MERGED_MRN_SYSTEM, MERGED_ON
from chartgym.fhir_server.cohort.scenes.casting import AREA_CODES, CROWD_FAMILIES, STREETS
from chartgym.fhir_server.embedded.validate import validate
from chartgym.tasks.patient_lookup.gold import folded

SEEDS = (1, 2, 3, 77)
TODAY = NOW.date()


@pytest.fixture(scope="module")
def dealt() -> tuple[Person, ...]:
    """The people of several seeds as dealt, before any scene handed out a part."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dealing, "ADJUSTMENTS", ())
        patch.setattr(dealing, "SCENES", ())
        return tuple(p for seed in SEEDS for p in dealing.build_plan.__wrapped__(seed).people)


@pytest.fixture(scope="module", params=SEEDS)
def plan(request: pytest.FixtureRequest) -> Plan:
    """The plan of a seed, as it is served."""
    return build_plan(request.param)


@pytest.fixture(scope="module")
def everybody() -> tuple[Person, ...]:
    """The people of several seeds as served."""
    return tuple(p for seed in SEEDS for p in build_plan(seed).people)


def about(person: Person) -> Mapping[str, Any]:
    return person.details["about"]


def last_day(person: Person) -> date:
    return person.deceased.date() if person.deceased else TODAY


def age(person: Person) -> float:
    """Years at today, or at death."""
    return (last_day(person) - person.birth_date).days / 365.25


def age_if_alive(person: Person) -> float:
    return (TODAY - person.birth_date).days / 365.25


def share(people: Iterable[Person], which: Iterable[Person]) -> float:
    return len(list(which)) / len(list(people))


# --- the stated population -------------------------------------------------------------------------------------------


def test_the_tables_add_up() -> None:
    """Shares of a table add up to one, every origin has names and is in one group, every language has a name."""
    for bands in (CITY_AGES, HOSPITAL_AGES):
        assert sum(band.share for band in bands) == pytest.approx(1)
        assert all(low.high == high.low for low, high in pairwise(bands))
    assert sum(ORIGINS.values()) == pytest.approx(1)
    assert sorted(o for group in GROUPS.values() for o in group) == sorted(ORIGINS)
    assert set(ORIGINS) - {"two-or-more"} == set(NAMES.origins)
    assert {code for rows in LANGUAGES.values() for code, _, _ in rows} <= set(LANGUAGE_NAMES)
    for rows in MARITAL.values():
        assert all(sum(shares.values()) == pytest.approx(1) for _, shares in rows)


def test_quantiles_of_a_table() -> None:
    """An age by share lies in its band; shares of zero and one are the ends."""
    bands = (Band(0, 10, 0.5), Band(10, 30, 0.5))
    assert [age_at(bands, s) for s in (0, 0.25, 0.5, 0.75)] == [0, 5, 10, 20]
    assert 29 < age_at(bands, 1) < 30


@pytest.mark.parametrize("sex", ["male", "female"])
def test_death_comes_nearer_with_age(sex: Any) -> None:
    """From fifteen on the probability of death rises with age, between the rows of the table too."""
    rates = [death_rate(sex, 15 + step / 2) for step in range(170)]
    assert rates == sorted(rates)
    assert all(death_rate(sex, a) == rate for a, rate in MORTALITY[sex][:-1])


def test_ages_of_people_without_a_chart(dealt: tuple[Person, ...]) -> None:
    """Were nobody dead, the ages would be those of the city within a point in each band; newborns to the very old."""
    people = [p for p in dealt if not p.has_chart]
    for band in CITY_AGES:
        found = share(people, [p for p in people if band.low <= age_if_alive(p) < band.high])
        assert found == pytest.approx(band.share, abs=0.01)
    assert min(age(p) for p in people) < 0.5
    assert max(age(p) for p in people) > 95


def test_ages_of_people_with_a_chart(dealt: tuple[Person, ...]) -> None:
    """Mothers apart, ages with a chart are those of adults in hospital, within six points in each band."""
    people = [p for p in dealt if p.has_chart and p.traits.isdisjoint({"pregnant", "parous"})]
    for band in HOSPITAL_AGES:
        found = share(people, [p for p in people if band.low <= age_if_alive(p) < band.high])
        assert found == pytest.approx(band.share, abs=0.06), band


def test_women_and_men(dealt: tuple[Person, ...]) -> None:
    """As many women as in the city; more of them among the old; about half of those in hospital."""
    city = [p for p in dealt if not p.has_chart]
    assert share(city, [p for p in city if p.gender == "female"]) == pytest.approx(CITY_FEMALE, abs=0.04)
    old = [p for p in city if age(p) >= 80]
    assert 0.54 < share(old, [p for p in old if p.gender == "female"]) < 0.75
    charted = [p for p in dealt if p.has_chart]
    assert 0.45 < share(charted, [p for p in charted if p.gender == "female"]) < 0.62


@pytest.mark.parametrize("group", GROUPS)
def test_origins(dealt: tuple[Person, ...], group: str) -> None:
    """Each group has its stated share, within 3.5 standard deviations of a sample of this size."""
    stated = sum(ORIGINS[origin] for origin in GROUPS[group])
    found = share(dealt, [p for p in dealt if about(p)["origin"] in GROUPS[group]])
    assert found == pytest.approx(stated, abs=3.5 * (stated * (1 - stated) / len(dealt)) ** 0.5)


def test_the_scenes_leave_the_city_recognisable(everybody: tuple[Person, ...]) -> None:
    """Common surnames shift the groups by at most eight points."""
    for members in GROUPS.values():
        found = share(everybody, [p for p in everybody if about(p)["origin"] in members])
        assert found == pytest.approx(sum(ORIGINS[o] for o in members), abs=0.08)


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize(("low", "high"), [(25, 45), (45, 65), (65, 75), (75, 101)])
def test_marriage_by_sex_and_age(dealt: tuple[Person, ...], sex: Any, low: int, high: int) -> None:
    """Shares of the married, widowed and never married are the stated ones of these ages, within eight points."""
    people = [p for p in dealt if p.gender == sex and low <= age(p) < high]
    for state in "SMW":
        stated = sum(marital_shares(sex, age(p)).get(state, 0.0) for p in people) / len(people)
        found = share(people, [p for p in people if about(p)["marital"] == state])
        assert found == pytest.approx(stated, abs=0.08), state


def test_children_are_not_married(everybody: tuple[Person, ...]) -> None:
    """Nobody below eighteen is or was married, and weddings lie after the eighteenth birthday."""
    for person in everybody:
        known = about(person)
        assert (known["marital"] == "S") == ("wed" not in known)
        if "wed" in known:
            assert age(person) >= 18
            wed = date.fromisoformat(known["wed"])
            assert wed < last_day(person)
            if "near_twin" not in person.details:
                assert (wed - person.birth_date).days >= 17.9 * 365.25
        if "divorced" in known:
            assert known["wed"] < known["divorced"] <= last_day(person).isoformat()


def test_the_old_and_the_sick_die(dealt: tuple[Person, ...]) -> None:
    """Deaths are as many as the life table says, mostly of the old; those with a chart who died were old or sick."""
    city = [p for p in dealt if not p.has_chart]
    dead = [p for p in city if p.deceased]
    expected = sum(1 - _five_years(p) for p in city)
    assert len(dead) == pytest.approx(expected, abs=3.5 * expected**0.5)
    assert share(dead, [p for p in dead if age(p) >= 65]) > 0.6
    charted = [p for p in dealt if p.has_chart and p.deceased]
    others = [p for p in dealt if p.has_chart and not p.deceased and not p.stay]
    assert len(charted) == 4 * len(SEEDS)
    assert mean(age_if_alive(p) for p in charted) > mean(age(p) for p in others) + 5
    assert mean(len(p.traits) for p in charted) > mean(len(p.traits) for p in others)


def _five_years(person: Person) -> float:
    """The probability of having lived through the last five years."""
    alive = 1.0
    for years in range(5, 0, -1):
        if age_if_alive(person) > years:
            alive *= 1 - death_rate(person.gender, age_if_alive(person) - years)
    return alive


def mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


# --- names, language, race -------------------------------------------------------------------------------------------


def bare(text: str) -> str:
    """Folded, and without the letters that have no accent to lose."""
    return folded(text.replace("ł", "l").replace("Ł", "L").replace("ß", "ss"))


def test_names_are_those_of_the_origin(dealt: tuple[Person, ...]) -> None:
    """Nearly every family name (or a half of it) is one of the person's origin."""
    known = {origin: {bare(f) for f in tables.family} for origin, tables in NAMES.origins.items()}
    known["two-or-more"] = known["anglo"] | known["african-american"]
    strangers = [p for p in dealt if not _halves(p.name.family) & known[about(p)["origin"]]]
    assert share(dealt, strangers) < 0.01


def _halves(family: str) -> set[str]:
    words = bare(family).replace("-", " ").split()
    return {" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)} | {
        bare(family)
    }


def test_names_are_as_diverse_as_a_city(plan: Plan) -> None:
    """Over two hundred family names; joined, double, apostrophed, accented ones; juniors, middle and former names."""
    names = [p.name for p in plan.people]
    families = [n.family for n in names]
    assert len(set(families)) > 200
    assert any("-" in f for f in families)
    assert any("'" in f for f in families)
    assert any(" " in f for f in families)
    assert any(not f.isascii() for f in families)
    assert any(n.suffix for n in names)
    assert 0.15 < sum(len(n.given) > 1 for n in names) / len(names) < 0.6
    uses = Counter(n.use for p in plan.people for n in p.names)
    assert min(uses["maiden"], uses["old"], uses["usual"]) > 5


def test_common_names_are_common() -> None:
    """The first name of a list is drawn several times as often as the last."""
    rng = child(1, "names")
    drawn = Counter(family_name(rng, "anglo") for _ in range(4000))
    listed = NAMES.origins["anglo"].family
    assert drawn[listed[0]] > 4 * max(drawn[listed[-1]], 1)


@pytest.mark.parametrize(
    ("year", "wanted"), [(1925, "1"), (1940, "2"), (1959, "2"), (1979, "3"), (1999, "4"), (2024, "5")]
)
def test_given_names_follow_the_time_of_birth(year: int, wanted: str) -> None:
    """A given name is one of the lists of its era."""
    rng = child(1, "given", year)
    assert era(year) == wanted
    assert {given_name(rng, "anglo", "female", year) for _ in range(50)} <= set(
        NAMES.origins["anglo"].female[wanted]
    )


def test_former_names_end_where_the_next_begins(everybody: tuple[Person, ...]) -> None:
    """A former name ends a day before the present one begins (or on it), after birth; women only have maiden names."""
    for person in everybody:
        for name in person.names:
            assert (name.use in {"maiden", "old"}) == (name.end is not None)
            assert name.start is None or name.end is None or name.start <= name.end
            if name.use == "maiden":
                assert person.gender == "female"
            if name.end is not None:
                assert person.birth_date < name.end < TODAY
                assert person.name.start is not None
                assert 0 <= (person.name.start - name.end).days <= 1


def test_language_goes_with_the_name(everybody: tuple[Person, ...]) -> None:
    """Speakers of a language are nearly all of an origin where it is spoken; about a tenth prefer none but theirs."""
    own = {o: {code for code, _, _ in rows} for o, rows in LANGUAGES.items()}
    spoken = [p for p in everybody if about(p)["language"] not in {"en", "ase"}]
    assert all(about(p)["language"] in own[about(p)["origin"]] for p in spoken)
    assert 0.05 < len(spoken) / len(everybody) < 0.15
    first = Counter[tuple[str, bool]]()
    for person in everybody:
        patient = patient_resource(person)
        preferred = [c for c in patient["communication"] if c.get("preferred")] or patient["communication"]
        for entry in preferred:
            code = entry["language"]["coding"][0]["code"]
            first[code, code in own.get(about(person)["origin"], ())] += 1
    assert first["es", False] < 0.1 * first["es", True]
    older = [p for p in everybody if about(p)["origin"] == "hispanic" and age(p) >= 65]
    younger = [p for p in everybody if about(p)["origin"] == "hispanic" and age(p) < 65]
    assert share(older, [p for p in older if about(p)["language"] == "es"]) > share(
        younger, [p for p in younger if about(p)["language"] == "es"]
    )


def test_an_interpreter_is_asked_for_with_another_language_only(everybody: tuple[Person, ...]) -> None:
    """The extension stands at patients whose language is not English, at most of those."""
    asked = others = 0
    for person in everybody:
        patient = patient_resource(person)
        wanted = any(e["url"].endswith("/patient-interpreterRequired") for e in patient["extension"])
        english = patient["communication"][0]["language"]["coding"][0]["code"] == "en"
        assert not (english and wanted)
        others += not english
        asked += wanted
    assert 0.5 < asked / others < 0.9


def _extension(patient: Resource, name: str) -> Resource:
    return next(e for e in patient["extension"] if e["url"].endswith(f"/us-core-{name}"))


def test_race_and_ethnicity_are_us_core(everybody: tuple[Person, ...]) -> None:
    """Category codes of the required sets, text once, unknown never beside a category (rule us-core-23)."""
    races = {(s, c) for s, c, _ in RACES.values()}
    ethnicities = {(s, c) for s, c, _ in ETHNICITIES.values()}
    detailed = {(s, c) for s, c, _ in DETAILED.values()}
    for person in everybody:
        patient = patient_resource(person)
        assert _extension(patient, "birthsex")["valueCode"] == {"female": "F", "male": "M"}[person.gender]
        for name, allowed, most in (("race", races, 5), ("ethnicity", ethnicities, 1)):
            inner = _extension(patient, name)["extension"]
            assert [e["url"] for e in inner].count("text") == 1
            held = [
                (e["valueCoding"]["system"], e["valueCoding"]["code"])
                for e in inner
                if e["url"] == "ombCategory"
            ]
            assert 1 <= len(held) <= most
            assert set(held) <= allowed
            assert len(held) == 1 or NULL_FLAVOR not in {system for system, _ in held}
            assert {
                (e["valueCoding"]["system"], e["valueCoding"]["code"])
                for e in inner
                if e["url"] == "detailed"
            } <= detailed


def test_ethnicity_goes_with_the_origin(everybody: tuple[Person, ...]) -> None:
    """Who is Hispanic by origin says so or says nothing, and nobody else does."""
    for person in everybody:
        wanted = {"hispanic" if about(person)["origin"] == "hispanic" else "not-hispanic", "declined"}
        assert about(person)["ethnicity"] in wanted


# --- homes, numbers, identifiers -------------------------------------------------------------------------------------

TOWNS = {town.name: town for town in NAMES.towns}


def test_town_zip_and_area_code_agree(dealt: tuple[Person, ...], everybody: tuple[Person, ...]) -> None:
    """Each address has a ZIP code of its town; a home or work number as dealt has the area code of the home."""
    for person in everybody:
        for place in person.address:
            assert place["postalCode"] in TOWNS[place["city"]].zips
    for person in dealt:
        code = TOWNS[person.address[0]["city"]].areas[0]
        numbers = [
            p["value"] for p in person.telecom if p["system"] == "phone" and p["use"] in {"home", "work"}
        ]
        assert all(number.startswith(f"({code}) 555-01") for number in numbers)


def test_zip_codes_and_area_codes_are_of_one_region() -> None:
    """Three digits of a ZIP code tell the region, and each region has its area codes."""
    regions = {"518": "120 121 122 123 128 129", "315": "130 131 132 133 134 135 136", "607": "137 138 139 148 149",
               "845": "124 125 126 127"}  # fmt: skip
    for town in NAMES.towns:
        assert {code[:3] for code in town.zips} <= set(regions[town.areas[0]].split())


def test_scenes_have_numbers_and_streets_of_their_own(dealt: tuple[Person, ...]) -> None:
    """No ordinary person has a number or a street of those that scenes hand out."""
    for person in dealt:
        numbers = {p["value"][1:4] for p in person.telecom if p["system"] == "phone"}
        assert not numbers & set(AREA_CODES)
        for place in person.address:
            assert not any(line.split(" ", 1)[-1] in STREETS for line in place["line"])


def test_homes_follow_one_another(dealt: tuple[Person, ...]) -> None:
    """One home of today; a former one ends on the day before the next begins; nothing before birth or after death."""
    moved = 0
    for person in dealt:
        homes = [a for a in person.address if a["use"] in {"home", "old"}]
        assert [a["use"] for a in homes] == ["home"] + ["old"] * (len(homes) - 1)
        moved += len(homes) > 1
        for later, former in pairwise(homes):
            gap = date.fromisoformat(later["period"]["start"]) - date.fromisoformat(former["period"]["end"])
            assert gap.days == 1
    assert 0.3 < moved / len(dealt) < 0.6


def test_periods_lie_in_a_life(everybody: tuple[Person, ...]) -> None:
    """Numbers and homes begin after birth and before they end, and those of the dead end with them at the latest."""
    for person in everybody:
        for entry in (*person.address, *person.telecom):
            period = entry.get("period", {})
            start, end = period.get("start"), period.get("end")
            if "near_twin" not in person.details:
                assert start is None or start >= person.birth_date.isoformat(), (person.index, entry)
            assert start is None or end is None or start <= end, (person.index, entry)
            assert end is None or end <= last_day(person).isoformat()
            if person.deceased and start:
                assert start <= person.deceased.date().isoformat()


def test_everybody_has_one_home_of_today(everybody: tuple[Person, ...]) -> None:
    """A look-up may ask for the town of anybody in force."""
    for person in everybody:
        homes = [a for a in person.address if a["use"] == "home" and "end" not in a.get("period", {})]
        assert len(homes) == 1, person.index


def test_identifiers(plan: Plan) -> None:
    """Record numbers are unique; the internal number is padded with blanks; those of the merged hospital are over."""
    assert len({p.mrn for p in plan.people}) == len(plan.people)
    merged = 0
    for person in plan.people:
        held = {i["system"]: i for i in person.other_identifiers}
        assert len(held[INTERNAL_SYSTEM]["value"]) == 10
        assert held[INTERNAL_SYSTEM]["value"].startswith(" ")
        if MERGED_MRN_SYSTEM in held:
            merged += 1
            assert held[MERGED_MRN_SYSTEM]["use"] == "old"
            assert held[MERGED_MRN_SYSTEM]["period"] == {"end": MERGED_ON.isoformat()}
            assert person.birth_date < MERGED_ON
    assert 0.08 < merged / len(plan.people) < 0.25


# --- kin -------------------------------------------------------------------------------------------------------------


def test_contacts_fit_the_marriage(everybody: tuple[Person, ...]) -> None:
    """The married name their spouse first, nobody else has one; children name a parent; most have a contact."""
    for person in everybody:
        relations = [c["relation"] for c in about(person)["contacts"]]
        assert set(relations) <= set(RELATIONS)
        if age(person) < 18:
            assert relations
            assert set(relations) <= {"mother", "father"}
        elif about(person)["marital"] == "M":
            assert relations[:1] in ([], ["spouse"])
        else:
            assert "spouse" not in relations
    assert share(everybody, [p for p in everybody if about(p)["contacts"]]) > 0.9


def test_couples(plan: Plan) -> None:
    """Some people of the cohort are married to each other: one home, one wedding, each the other's contact."""
    by_id = {p.id: p for p in plan.people}
    couples = [(p, by_id[p.details["spouse"]]) for p in plan.people if "spouse" in p.details]
    assert len(couples) >= 10
    one_name = 0
    for person, spouse in couples:
        assert spouse.details["spouse"] == person.id
        assert about(person)["marital"] == about(spouse)["marital"] == "M"
        assert about(person)["wed"] == about(spouse)["wed"]
        assert person.address[0]["line"] == spouse.address[0]["line"]
        first = about(person)["contacts"][0]
        assert (first["given"], first["family"]) == (spouse.name.given[0], spouse.name.family)
        one_name += person.name.family == spouse.name.family
    assert one_name > len(couples) / 2


def test_children_live_with_a_parent(plan: Plan) -> None:
    """Many children have a parent in the cohort: of their name and home, 18 to 43 years older; some are twins."""
    by_id = {p.id: p for p in plan.people}
    children = [p for p in plan.people if "parent" in p.details]
    assert len(children) > 40
    for young in children:
        parent = by_id[young.details["parent"]]
        assert young.name.family == parent.name.family
        assert 18 <= (young.birth_date - parent.birth_date).days / 365.25 <= 43
        line = next(a["line"] for a in parent.address if a["use"] == "home")
        assert line == young.address[0]["line"]
    born = Counter((p.details["parent"], p.birth_date) for p in children)
    assert any(many > 1 for many in born.values())


def test_patients_are_valid(plan: Plan) -> None:
    """Every Patient is valid R4, and crowded surnames are no others than those that scenes make common."""
    assert all(validate(patient_resource(p)) == () for p in plan.people)
    bearers = Counter(p.name.family for p in plan.people)
    crowded = {family for family, many in bearers.items() if many > 20}
    assert crowded == set(CROWD_FAMILIES)
