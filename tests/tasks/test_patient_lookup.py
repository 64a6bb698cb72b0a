"""Patient look-up: who fits, who stands for whom, who is nearest, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.errors import TaskError
from chartgym.fhir_server.cohort.plan import MRN_SYSTEM
from chartgym.tasks.patient_lookup import gold
from chartgym.tasks.patient_lookup.prompts import TEMPLATES, prompt
from chartgym.tasks.patient_lookup.wording import number_words, ordinal_words, spell, year_words

TODAY = date(2026, 3, 10)
ASK: Mapping[str, Any] = {"family": "Nunez", "given": "Jose", "birth_date": "1958-03-09"}


def name(family: str, given: str, use: str = "official", **period: str) -> dict[str, Any]:
    """A HumanName."""
    return {"use": use, "family": family, "given": [given], **({"period": period} if period else {})}


def patient(mrn: str, *names: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A Patient whose id is its MRN; by default the one asked for."""
    identifier = [{"use": "usual", "system": MRN_SYSTEM, "value": mrn}]
    born = {"birthDate": "1958-03-09", "active": True, "name": list(names) or [name("Núñez", "José")]}
    born["address"] = [{"use": "home", "line": ["1 Elm Court"], "city": f"Town {mrn}"}]
    return {"resourceType": "Patient", "id": mrn, "identifier": identifier, **born, **more}


def merged(mrn: str, into: str, **more: Any) -> dict[str, Any]:
    """A retired record."""
    link = [{"other": {"reference": f"Patient/{into}"}, "type": "replaced-by"}]
    return patient(mrn, **{"active": False, "link": link, **more})


@pytest.mark.parametrize(
    ("period", "use", "current"),
    [
        ({}, "home", True),
        ({}, "old", False),
        ({}, "maiden", False),
        ({"end": "2026-03-09"}, "home", False),
        ({"end": "2026-03-10"}, "home", True),
        ({"end": "2026-03-11"}, "home", True),
        ({"start": "2026-03-09"}, "home", True),
        ({"start": "2026-03-10"}, "home", True),
        ({"start": "2026-03-11"}, "home", False),
        ({"start": "2020-01-01", "end": "2021-01-01"}, "home", False),
    ],
)
def test_what_is_current(period: dict[str, str], use: str, *, current: bool) -> None:
    """A period counts with both its ends; the uses old and maiden never do."""
    assert gold.is_current({"use": use, **({"period": period} if period else {})}, TODAY) is current


FIT = {"status": "ok", "mrn": "1", "city": "Town 1"}


@pytest.mark.parametrize(
    ("patients", "ask", "answer"),
    [
        pytest.param([patient("1")], ASK, FIT, id="accents-and-case-ignored"),
        pytest.param(
            [patient("1"), patient("2", birthDate="1958-03-10")], ASK, FIT, id="the-other-day-does-not-fit"
        ),
        pytest.param(
            [patient("1"), patient("2")],
            ASK,
            {"status": "ambiguous", "candidates": ["1", "2"]},
            id="two-fit",
        ),
        pytest.param([patient("1"), patient("2", active=False)], ASK, FIT, id="void-record-disregarded"),
        pytest.param([patient("1"), merged("2", "1")], ASK, FIT, id="both-records-of-one-person"),
        pytest.param(
            [patient("1", name("Núñez", "José"), birthDate="1958-03-08"), merged("2", "1")],
            ASK,
            FIT,
            id="survivor-has-other-details",
        ),
        pytest.param(
            [
                patient("1", birthDate="1999-01-01"),
                merged("2", "1", birthDate="1999-01-01"),
                merged("3", "2"),
            ],
            ASK,
            FIT,
            id="merged-twice",
        ),
        pytest.param(
            [patient("1", birthDate="1958-03-08"), patient("2", active=False)],
            ASK,
            {"status": "no_data", "nearest_mrn": "1", "differs": "birth_date"},
            id="void-record-is-no-answer",
        ),
        pytest.param(
            [patient("1", birthDate="1958-03-08"), patient("2", birthDate="1961-03-09")],
            ASK,
            {"status": "no_data", "nearest_mrn": "1", "differs": "birth_date"},
            id="closest-birth-date-is-nearest",
        ),
        pytest.param(
            [patient("1", name("Núñez", "Juan"))],
            ASK,
            {"status": "no_data", "nearest_mrn": "1", "differs": "given_name"},
            id="given-name-differs",
        ),
        pytest.param(
            [patient("1", name("Ruiz", "José"))],
            ASK,
            {"status": "no_data", "nearest_mrn": "1", "differs": "family_name"},
            id="family-name-differs",
        ),
        pytest.param(
            [patient("1", name("Ruiz", "José"), name("Núñez", "Juan"))],
            ASK,
            {"status": "no_data", "nearest_mrn": "1", "differs": "family_name"},
            id="two-entries-do-not-add-up",
        ),
        pytest.param(
            [patient("1", name("Ruiz", "José"), name("Núñez", "José", "maiden")), patient("2")],
            {**ASK, "former": True},
            FIT,
            id="former-name-sought",
        ),
        pytest.param(
            [patient("2", name("Ruiz", "José"), name("Núñez", "José", end="2026-03-09")), patient("1")],
            ASK,
            FIT,
            id="former-name-not-sought",
        ),
        pytest.param(
            [patient("1", address=[{"use": "home", "line": ["3 mill road"], "city": "Town 1"}])],
            {"family": "Núñez", "given": "José", "line": "3 Mill Road"},
            FIT,
            id="address",
        ),
        pytest.param(
            [
                patient("1", telecom=[{"system": "phone", "value": "(516) 555-0101", "use": "mobile"}]),
                patient("2", telecom=[{"system": "phone", "value": "(516) 555-0101", "use": "old"}]),
            ],
            {"family": "Núñez", "given": "José", "phone": "(516) 555-0101"},
            FIT,
            id="number-changed-hands",
        ),
    ],
)
def test_the_right_answer(
    patients: list[dict[str, Any]], ask: Mapping[str, Any], answer: dict[str, Any]
) -> None:
    """Each rule of the README decides as written, in whichever order the records stand."""
    assert gold.lookup(patients, ask, TODAY) == answer
    assert gold.lookup(patients[::-1], ask, TODAY) == answer


@pytest.mark.parametrize(
    "patients",
    [
        pytest.param([patient("1", name("Ruiz", "Ana"))], id="none-near"),
        pytest.param(
            [patient("1", birthDate="1958-03-08"), patient("2", birthDate="1958-03-10")], id="a-tie"
        ),
        pytest.param([merged("1", "2"), merged("2", "1")], id="a-circle-of-mergers"),
    ],
)
def test_no_task_without_one_right_answer(patients: list[dict[str, Any]]) -> None:
    """Where the rules give no single answer, there is an error and no task."""
    with pytest.raises(TaskError):
        gold.lookup(patients, ASK, TODAY)


def test_a_record_has_one_number_in_use() -> None:
    """The MRN of a retired record, kept as an old identifier, is not the MRN."""
    held = patient("1")
    held["identifier"].insert(0, {"use": "old", "system": MRN_SYSTEM, "value": "0"})
    assert gold.mrn_of(held) == "1"
    held["identifier"][0]["use"] = "usual"
    with pytest.raises(TaskError, match="2 medical record numbers"):
        gold.mrn_of(held)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(1958, 3, 9), "the ninth of March, nineteen fifty-eight"),
        (date(1904, 12, 31), "the thirty-first of December, nineteen oh four"),
        (date(1900, 1, 20), "the twentieth of January, nineteen hundred"),
        (date(2000, 2, 29), "the twenty-ninth of February, two thousand"),
        (date(2003, 8, 12), "the twelfth of August, two thousand and three"),
        (date(2011, 5, 22), "the twenty-second of May, twenty eleven"),
    ],
)
def test_dates_in_words(day: date, words: str) -> None:
    """Dates are spelled as people say them."""
    assert spell(day, "words") == words


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_spelled_dates_are_told_apart(day: date) -> None:
    """No style spells two neighbouring days alike."""
    for style in ("words", "us", "day-first", "iso"):
        assert spell(day, style) != spell(day + timedelta(days=1), style)


def test_number_words() -> None:
    """Tens are joined by a hyphen, and only the last word of an ordinal changes."""
    assert [number_words(n) for n in (0, 12, 20, 45)] == ["zero", "twelve", "twenty", "forty-five"]
    assert [ordinal_words(n) for n in (1, 12, 20, 23, 31)] == [
        "first",
        "twelfth",
        "twentieth",
        "twenty-third",
        "thirty-first",
    ]
    assert year_words(2026) == "twenty twenty-six"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.id)
def test_every_wording_tells_everything_graded(template: Any) -> None:
    """Each wording holds the details, the day, every field of the answer and every rule of a match."""
    ask = {**ASK, "line": "3 Mill Road", "phone": "(516) 555-0101", "birth_year": 1958, "former": True}
    text = prompt(template, ask, TODAY)
    told = ("3 Mill Road", "(516) 555-0101", "1958", "former name", "March 10, 2026", "Jose", "accents")
    fields = ("mrn", "city", "candidates", "nearest_mrn", "differs", "ambiguous", "no_data", "ok")
    rules = ("replaced-by", "inactive", "maiden", "first", "same name entry", "closest", "includes today")
    words = text.casefold().replace("fewest days", "closest").replace("does not include", "includes")
    missing = [w for w in (*told, *fields, *rules) if w.casefold() not in words]
    assert not missing
    assert spell(date(1958, 3, 9), template.date_style) in text
