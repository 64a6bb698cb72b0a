"""The one code file of the cohort: short names to codes, units, reference ranges, usual doses.

Rows are read from `data/codes.json`, each with its source and licence. A chart holds no code that is not in a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from chartgym.errors import UnknownNameError

from .plan import Json

LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
SNOMED = "http://snomed.info/sct"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"

DATA = Path(__file__).resolve().parent.parent / "data"


class Coding(msgspec.Struct, frozen=True, array_like=True):
    """One code of one system; with its display, as the system's licence asks."""

    system: str
    code: str
    display: str


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """What every row has. `codes[0]` is the standard code where there is one; a local code stands beside it."""

    name: str = ""
    text: str = ""
    codes: tuple[Coding, ...]
    source: str
    licence: str

    @property
    def code(self) -> str:
        """The first (standard) code."""
        return self.codes[0].code

    @property
    def concept(self) -> dict[str, Json]:
        """A fresh CodeableConcept with all codings."""
        return {
            "coding": [{"system": c.system, "code": c.code, "display": c.display} for c in self.codes],
            "text": self.text or self.codes[0].display,
        }


class Ranges(msgspec.Struct, frozen=True):
    """Reference ranges by sex: (low, high), either may be open."""

    male: tuple[float | None, float | None]
    female: tuple[float | None, float | None]

    def of(self, gender: str) -> tuple[float | None, float | None]:
        """The range for a FHIR gender."""
        return self.female if gender == "female" else self.male


class Analyte(Term, frozen=True, kw_only=True):
    """A laboratory test. `unit` is UCUM, empty for tests that answer in words."""

    unit: str = ""
    decimals: int
    range: Ranges | None = None
    specimen: str


class Vital(Term, frozen=True, kw_only=True):
    """A vital sign. `components` is set for blood pressure only: systolic, diastolic."""

    unit: str
    decimals: int
    range: Ranges | None = None
    components: tuple[tuple[Coding, ...], ...] = ()


class Drug(Term, frozen=True, kw_only=True):
    """A medicine as it is ordered: usual dose in UCUM `unit`, route and timing by name (see `dosing.py`)."""

    ingredient: Coding
    dose: float
    unit: str
    route: str
    timing: str
    as_needed: bool = False


class Service(Term, frozen=True, kw_only=True):
    """Something to order; `category` is laboratory, imaging, procedure, nursing or referral."""

    category: str


class Report(Term, frozen=True, kw_only=True):
    """A DiagnosticReport; `members` are names of analytes, `category` a code of HL7 table 0074."""

    category: str
    members: tuple[str, ...] = ()


class Allergen(Term, frozen=True, kw_only=True):
    """A substance; `category` is AllergyIntolerance's."""

    category: str = ""


T = TypeVar("T", bound=Term)


class Table(dict[str, T], Generic[T]):
    """Rows by short name. A name that is not there raises an error that offers the nearest."""

    def __init__(self, what: str, rows: dict[str, T]) -> None:
        named = {name: msgspec.structs.replace(row, name=name) for name, row in rows.items()}
        super().__init__(named)
        self._what = what

    def __missing__(self, name: str) -> T:
        raise UnknownNameError(self._what, name, self)


class _File(msgspec.Struct, frozen=True):
    """`data/codes.json` as it is read."""

    analytes: dict[str, Analyte]
    vitals: dict[str, Vital]
    drugs: dict[str, Drug]
    services: dict[str, Service]
    conditions: dict[str, Term]
    procedures: dict[str, Term]
    allergens: dict[str, Allergen]
    notes: dict[str, Term]
    reports: dict[str, Report]
    vaccines: dict[str, Term]


_file = msgspec.json.decode((DATA / "codes.json").read_bytes(), type=_File)

ANALYTES = Table("analyte", _file.analytes)
VITALS = Table("vital sign", _file.vitals)
DRUGS = Table("drug", _file.drugs)
SERVICES = Table("service", _file.services)
CONDITIONS = Table("condition", _file.conditions)
PROCEDURES = Table("procedure", _file.procedures)
ALLERGENS = Table("allergen", _file.allergens)
NOTES = Table("note", _file.notes)
REPORTS = Table("report", _file.reports)
VACCINES = Table("vaccine", _file.vaccines)

UNIT_TEXT = {
    "10*3/uL": "K/uL",
    "10*6/uL": "M/uL",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
    "{INR}": "INR",
    "[pH]": "pH",
    "{ratio}": "ratio",
    "{score}": "score",
    "{tbl}": "tablet",
    "{puff}": "puff",
    "[iU]": "units",
    "meq": "mEq",
    "meq/L": "mEq/L",
    "ug": "mcg",
    "ug/min": "mcg/min",
    "[iU]/h": "units/h",
    "Cel": "°C",
    "[degF]": "°F",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "m[IU]/L": "mIU/L",
    "ng/mL{FEU}": "ng/mL FEU",
}
"""How a UCUM code is printed in `Quantity.unit`; a code that is not here is printed as it is."""


def unit_text(unit: str) -> str:
    """What a person reads for a UCUM code."""
    return UNIT_TEXT.get(unit, unit)
