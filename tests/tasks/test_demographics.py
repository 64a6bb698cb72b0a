"""Demographics: ages at the turn of a birthday, numbers and addresses that changed, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartgym.errors import TaskError
from chartgym.fhir_server.cohort.codes import PROCEDURES
from chartgym.fhir_server.cohort.plan import MRN_SYSTEM
from chartgym.tasks.demographics import gold
from chartgym.tasks.demographics.category import FIELDS
from chartgym.tasks.demographics.prompts import RULES, TEMPLATES, prompt

TODAY = date(2026, 3, 10)


def patient(**more: Any) -> dict[str, Any]:
    """A Patient with an MRN."""
    identifier = [{"use": "usual", "system": MRN_SYSTEM, "value": "1"}]
    return {"resourceType": "Patient", "id": "1", "identifier": identifier, "birthDate": "1960-05-17", **more}


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1960, 3, 11), TODAY, 65),
        (date(1960, 3, 10), TODAY, 66),
        (date(1960, 3, 9), TODAY, 66),
        (date(1960, 2, 29), date(2026, 2, 28), 65),
        (date(1960, 2, 29), date(2026, 3, 1), 66),
        (date(1960, 2, 29), date(2024, 2, 28), 63),
        (date(1960, 2, 29), date(2024, 2, 29), 64),
        (date(1960, 12, 31), date(2026, 1, 1), 65),
        (date(2026, 3, 10), TODAY, 0),
    ],
)
def test_age(birth: date, day: date, age: int) -> None:
    """A year is complete on the birthday; 29 February waits for 1 March in a common year."""
    assert gold.age_on(birth, day) == age


@given(st.dates(date(1900, 1, 1), date(2026, 3, 10)), st.dates(date(2026, 3, 10), date(2040, 1, 1)))
def test_age_is_the_number_of_birthdays_passed(birth: date, day: date) -> None:
    """Counting the birthdays one by one gives the same age."""
    leap = (birth.month, birth.day) == (2, 29)
    passed = 0
    for year in range(birth.year + 1, day.year + 1):
        common = year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)
        birthday = date(year, 3, 1) if leap and common else birth.replace(year=year)
        passed += birthday <= day
    assert gold.age_on(birth, day) == passed


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2024-05-17T03:59:00Z", date(2024, 5, 16)),
        ("2024-05-17T04:00:00+00:00", date(2024, 5, 17)),
        ("2024-01-17T04:59:59+00:00", date(2024, 1, 16)),
        ("2024-01-17T05:00:00+00:00", date(2024, 1, 17)),
        ("2024-05-16T23:30:00-04:00", date(2024, 5, 16)),
        ("2024-05-17", date(2024, 5, 17)),
    ],
)
def test_local_date(instant: str, day: date) -> None:
    """The date is New York's, in summer and in winter time."""
    assert gold.local_date(instant) == day


def number(last: str, use: str = "mobile", rank: int | None = None, **period: str) -> dict[str, Any]:
    """A phone number that ends in two digits."""
    made: dict[str, Any] = {"system": "phone", "use": use, "value": f"(516) 555-01{last}"}
    return made | ({"rank": rank} if rank else {}) | ({"period": period} if period else {})


@pytest.mark.parametrize(
    ("telecom", "answer"),
    [
        pytest.param([number("01")], {"status": "ok", "phone": "5165550101"}, id="plain"),
        pytest.param(
            [number("01", end="2026-03-09"), number("02")],
            {"status": "ok", "phone": "5165550102"},
            id="ended",
        ),
        pytest.param(
            [number("01", start="2026-03-11"), number("02")],
            {"status": "ok", "phone": "5165550102"},
            id="next",
        ),
        pytest.param(
            [number("01", rank=2), number("02", rank=1), number("03")],
            {"status": "ok", "phone": "5165550102"},
            id="rank",
        ),
        pytest.param(
            [number("01", "home"), number("02", end="2026-03-10")],
            {"status": "ok", "phone": "5165550102"},
            id="ends-today",
        ),
        pytest.param(
            [{"system": "email", "use": "mobile", "value": "a@example.org"}, number("02")],
            {"status": "ok", "phone": "5165550102"},
            id="no-phone",
        ),
        pytest.param(
            [number("01", end="2020-01-01"), number("02", end="2021-01-01"), number("03", "home")],
            {"status": "no_data", "last_phone": "5165550102", "ended": "2021-01-01"},
            id="none-left",
        ),
    ],
)
def test_phone(telecom: list[dict[str, Any]], answer: dict[str, Any]) -> None:
    """Use, period and rank decide, and not the order of the list."""
    assert gold.phone(patient(telecom=telecom), "mobile", TODAY) == answer
    assert gold.phone(patient(telecom=telecom[::-1]), "mobile", TODAY) == answer


def place(line: str, use: str = "home", **period: str) -> dict[str, Any]:
    """An address."""
    made = {"use": use, "line": [line], "city": "Mill Bay", "postalCode": "00501"}
    return made | ({"period": period} if period else {})


def test_address() -> None:
    """The home of today counts, not one that ended, was marked old, or is at work."""
    gone, old, work = place("1 A", end="2026-03-09"), place("2 B", "old"), place("3 C", "work")
    found = gold.address(patient(address=[gone, old, work, place("4 D", start="2026-03-10")]), TODAY)
    assert found == {"status": "ok", "line": "4 D", "city": "Mill Bay", "postal_code": "00501"}


def spoken(code: str, preferred: bool | None = None) -> dict[str, Any]:
    """An entry of communication."""
    entry: dict[str, Any] = {"language": {"coding": [{"code": code}]}}
    return entry if preferred is None else entry | {"preferred": preferred}


@pytest.mark.parametrize(
    ("entries", "code"),
    [([spoken("es")], "es"), ([spoken("es"), spoken("pt", True)], "pt"), ([spoken("es", False)], "es")],
)
def test_language(entries: list[dict[str, Any]], code: str) -> None:
    """The preferred one counts, or the only one."""
    assert gold.language(patient(communication=entries)) == {"status": "ok", "language": code}


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(
            lambda: gold.phone(patient(telecom=[number("01"), number("02")]), "mobile", TODAY), id="two"
        ),
        pytest.param(lambda: gold.phone(patient(), "mobile", TODAY), id="never"),
        pytest.param(lambda: gold.address(patient(address=[place("1 A"), place("2 B")]), TODAY), id="homes"),
        pytest.param(lambda: gold.language(patient(communication=[spoken("es"), spoken("pt")])), id="spoken"),
        pytest.param(lambda: gold.operated_on([], "cholecystectomy"), id="no-operation"),
        pytest.param(lambda: gold.the_patient([], {"mrn": "1"}, TODAY), id="nobody"),
    ],
)
def test_no_task_where_the_record_does_not_decide(ask: Any) -> None:
    """There is an error, and so no task, where the rules leave the answer open."""
    with pytest.raises(TaskError):
        ask()


def operation(status: str, when: str, code: str = PROCEDURES["cholecystectomy"].code) -> dict[str, Any]:
    """A Procedure."""
    coded = {"coding": [{"code": code}]}
    return {"resourceType": "Procedure", "status": status, "code": coded, "performedDateTime": when}


def test_age_at_an_operation() -> None:
    """The first completed operation of the kind decides; void, planned and other ones do not."""
    chart = [
        operation("entered-in-error", "2020-05-17T09:00:00-04:00"),
        operation("not-done", "2021-05-17T09:00:00-04:00"),
        operation("completed", "2022-01-17T09:00:00-05:00", "0SRC0J9"),
        operation("completed", "2023-05-17T02:00:00+00:00"),
        operation("completed", "2024-05-17T09:00:00-04:00"),
    ]
    asked = {"what": "age_at_event", "procedure": "cholecystectomy"}
    answer = gold.fact(patient(), chart, asked, TODAY)
    assert answer == {
        "status": "ok",
        "mrn": "1",
        "birth_date": "1960-05-17",
        "date": "2023-05-16",
        "age": 62,
    }


def test_age_at_death_and_admission() -> None:
    """The day is local: an evening that is the birthday in UTC is still the day before."""
    dead = patient(deceasedDateTime="2024-05-17T03:30:00+00:00")
    assert gold.fact(dead, (), {"what": "age_at_death"}, TODAY)["age"] == 63
    stay = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "period": {"start": "2024-05-17T00:05:00-04:00"},
        "location": [{"location": {"display": "5W-12A"}}],
    }
    over = {**stay, "status": "finished", "period": {"start": "2020-01-01T00:00:00-05:00"}}
    answer = gold.fact(patient(), [over, stay], {"what": "age_at_admission"}, TODAY)
    assert (answer["age"], answer["date"]) == (64, "2024-05-17")
    assert gold.in_bed([over, stay], "5W-12A")
    assert not gold.in_bed([over], "5W-12A")


ASKS: Mapping[str, Mapping[str, Any]] = {
    "age_now": {"ask": {"mrn": "12345678"}},
    "age_at_death": {"ask": {"mrn": "12345678"}},
    "age_at_admission": {"ask": {"bed": "5W-12A", "family": "Olson"}},
    "age_at_event": {"ask": {"mrn": "12345678"}, "procedure": "knee-replacement"},
    "phone": {"ask": {"family": "Olson", "given": "Ann", "birth_year": 1961}, "use": "mobile"},
    "address": {"ask": {"family": "Olson", "given": "Ann", "line": "3 Mill Road"}},
    "language": {"ask": {"family": "Olson", "given": "Ann", "line": "3 Mill Road"}},
}


@pytest.mark.parametrize("what", RULES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.id)
def test_every_wording_tells_everything_graded(template: Any, what: str) -> None:
    """Each wording holds the person, the day, and every field of the answer; none has the birth date of an age."""
    asked: dict[str, Any] = {"what": what, **ASKS[what]}
    text = prompt(template, asked, TODAY)
    told = [str(v) for v in asked["ask"].values() if v != "Olson"]
    told += [f.name for f in FIELDS[what]] + ["March 10, 2026", "replaced-by", "nactive"]
    assert not [w for w in told if w not in text]
    assert "{" not in text
    assert ("29 February" in text) is what.startswith("age")
