"""The code file: check digits, units, sources; nothing that may not be shipped."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from chartgym.errors import UnknownNameError
from chartgym.fhir_server.cohort import codes
from chartgym.fhir_server.cohort.codes import Coding, Drug, Term
from chartgym.fhir_server.cohort.dosing import TIMINGS, dosage
from chartgym.fhir_server.cohort.plan import LOCAL_CODES, TRAITS

from .ucum_grammar import is_ucum

TABLES: Mapping[str, Mapping[str, Term]] = {
    "analytes": codes.ANALYTES,
    "vitals": codes.VITALS,
    "drugs": codes.DRUGS,
    "services": codes.SERVICES,
    "conditions": codes.CONDITIONS,
    "procedures": codes.PROCEDURES,
    "allergens": codes.ALLERGENS,
    "notes": codes.NOTES,
    "reports": codes.REPORTS,
    "vaccines": codes.VACCINES,
}
ROWS = [
    pytest.param(row, id=f"{table}-{name}") for table, rows in TABLES.items() for name, row in rows.items()
]

PATTERNS = {
    codes.LOINC: r"\d{1,5}-\d",
    codes.RXNORM: r"\d{2,7}",
    codes.ICD10CM: r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
    codes.ICD10PCS: r"[0-9A-HJ-NP-Z]{7}",
    codes.SNOMED: r"\d{6,18}",
    codes.CVX: r"\d{1,3}",
    LOCAL_CODES: r"[A-Z0-9-]+",
}


def codings(row: Term) -> list[Coding]:
    return [*row.codes, *([row.ingredient] if isinstance(row, Drug) else [])]


def loinc_check_digit(code: str) -> int:
    """Luhn's: every second digit from the right is doubled."""
    digits = [int(d) for d in reversed(code.split("-", maxsplit=1)[0])]
    doubled = [sum(divmod(2 * d, 10)) if place % 2 == 0 else d for place, d in enumerate(digits)]
    return -sum(doubled) % 10


@pytest.mark.parametrize("row", ROWS)
def test_each_code_has_the_shape_of_its_system(row: Term) -> None:
    """A code fits its system's pattern, LOINC its check digit, and has a display, a source and a licence."""
    for coding in codings(row):
        assert re.fullmatch(PATTERNS[coding.system], coding.code)
        assert coding.display
        if coding.system == codes.LOINC:
            assert loinc_check_digit(coding.code) == int(coding.code[-1])
    assert row.source
    assert row.licence
    assert row.name


def test_the_check_digit_refuses_a_wrong_code() -> None:
    """3150-6, a code often seen for the inhaled oxygen concentration, is not LOINC: 3150-0 is."""
    assert loinc_check_digit("3150-6") == 0
    assert loinc_check_digit("2823-3") == 3


@pytest.mark.parametrize("row", [*codes.ANALYTES.values(), *codes.VITALS.values(), *codes.DRUGS.values()])
def test_units_are_ucum(row: codes.Analyte | codes.Vital | codes.Drug) -> None:
    """Units are UCUM codes, in the case that UCUM wants."""
    assert row.unit == "" or is_ucum(row.unit)  # without a unit: tests that answer in words


@pytest.mark.parametrize(
    "unit", ["mEq", "mg/DL", "bpm", "ug/Min", "mmHg", "", "mg/", "K/uL", "m/s)", "{a}{b}"]
)
def test_what_is_not_ucum_is_noticed(unit: str) -> None:
    """The check above can fail."""
    assert not is_ucum(unit)


@pytest.mark.parametrize("row", codes.DRUGS.values(), ids=lambda row: row.name)
def test_a_usual_dose_can_be_written(row: Drug) -> None:
    """Route and timing of each drug are known, and its dose is a positive number."""
    written = dosage(row, row.dose, row.as_needed)
    assert written["doseAndRate"][0]["doseQuantity"]["value"] > 0
    assert row.timing in TIMINGS


def test_no_code_stands_for_two_things_in_a_table() -> None:
    """In a table no two rows share all their codes: a search by code tells them apart."""
    for rows in TABLES.values():
        seen = [tuple((c.system, c.code) for c in row.codes) for row in rows.values()]
        assert len(seen) == len(set(seen))


def test_panels_are_made_of_analytes() -> None:
    """Members of a report are rows of the analyte table; what a lasting condition is called is in the plan."""
    for report in codes.REPORTS.values():
        assert set(report.members) <= codes.ANALYTES.keys()
    assert {"diabetes-2", "dialysis"} <= TRAITS


def test_an_unknown_name_offers_the_nearest() -> None:
    """A misspelt short name raises an error that names what was meant."""
    with pytest.raises(UnknownNameError, match="potassium"):
        codes.ANALYTES["potasium"]
