"""Dosage texts beside the right codes: on every order, words that contradict it, and words that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from chartgym.fhir_server.backend import Resource

from .attack_kit import Field, Run, Variant, edited, field_of, told, value_at, with_write, writes_of
from .conftest import Hospital

DOSAGE = "dosageInstruction.0"
DOSE, RATE = f"{DOSAGE}.doseAndRate.0.doseQuantity", f"{DOSAGE}.doseAndRate.0.rateQuantity"
SNOMED_ORAL = "26643006"
PRINTED = {"meq": "mEq", "g": "g", "mg": "mg"}

OFTENER = (
    "may repeat once", "repeat in 4 hours", "Give now and again tonight", "give 2 doses", "two doses", "q6h", "q 6 h",
    "b.i.d.", "BID x 2 days", "TID", "t.i.d", "x3", "times 3", "thrice", "8 hourly", "every morning", "nightly",
    "weekly", "on Mondays", "daily",
)  # fmt: skip
IF_NEEDED = ("PRN", "as needed", "when required", "if necessary", "p.r.n.")
OTHERWISE = (
    "give half the dose", "double the dose", "Do not give", "cancel", "Hold until seen", "{twice}", "{twice} now",
    "{dose} or {twice}", "{dose} to {twice}", "{dose}, then {half}", "up to {twice}", "{tenth}", "80,000 {unit}",
    "Give heparin {dose}", "insulin {dose}", "IM", "SC", "intramuscular", "per rectum", "under the tongue",
)  # fmt: skip
IV_ONLY = (
    "PO", "by mouth", "oral", "IV push", "as a bolus", "over {half_hours} h", "over {twice_hours} hours", "over 5 min",
    "at {twice_rate}", "{twice_rate} for now",
)  # fmt: skip
ORAL_ONLY = ("IV", "IV piggyback", "intravenously")

FINE = (
    "Give once, as the protocol says.", "{dose} once now", "{dose} x1", "Single dose of {dose}", "{Dose}",
    "Recheck the level 1 hour after the dose", "Per protocol EL-K-01 v4.0", "Call if urine output < 30 mL/h",
    "Give with monitoring; the level was low at 05:40", "No more than {dose}.", "Do not double the dose.",
    "Stop if potassium > 5.0 mmol/L", "Not for intramuscular use", "Give before 12:00", "Given by the nurse.",
)  # fmt: skip
FINE_IV = (
    "{dose} IV over {hours} hours", "{dose} IV at {rate}", "Infuse {dose} over {hours} h. Recheck in 2 hours.",
    "{dose} in 100 mL of 0.9 % sodium chloride, over {hours} h", "Max rate {rate}", "Do not exceed {rate}",
    "Not for oral use", "Not by IV push.", "{dose} IVPB over {minutes} minutes", "{quarter}/100 mL x 4 bags at {rate}",
)  # fmt: skip
FINE_ORAL = (
    "{dose} PO once",
    "{dose} by mouth with food",
    "Swallow whole, {dose}",
    "Not for IV use",
    "2 x {half} tablets",
)


@pytest.fixture(scope="module")
def field(hospital: Hospital) -> Field:
    """The oracle's runs on the core suite."""
    return field_of(hospital)


def _filled(texts: Sequence[str], write: Resource) -> Iterator[str]:
    """The texts with the order's own amounts put in."""
    dose, rate = value_at(write, DOSE), value_at(write, RATE)
    number, unit = dose["value"], PRINTED[dose["code"]]
    speed = rate["value"] if rate else number
    hours = number / speed
    for text in texts:
        yield text.format(
            dose=f"{number:g} {unit}", Dose=f"{number:g}{unit}", unit=unit, twice=f"{number * 2:g} {unit}",
            half=f"{number / 2:g} {unit}", tenth=f"{number / 10:g} {unit}", quarter=f"{number / 4:g} {unit}",
            rate=f"{speed:g} {unit}/h", twice_rate=f"{speed * 2:g} {unit}/h", hours=f"{hours:g}",
            half_hours=f"{hours / 2:g}", twice_hours=f"{hours * 2:g}", minutes=f"{hours * 60:g}",
        )  # fmt: skip


def _by_route(write: Resource, oral: Sequence[str], iv: Sequence[str]) -> Sequence[str]:
    codings = value_at(write, f"{DOSAGE}.route")["coding"]
    return oral if any(c["code"] == SNOMED_ORAL for c in codings) else iv


def _said(
    run: Run, both: Sequence[str], oral: Sequence[str], iv: Sequence[str], *criteria: str
) -> Iterator[Variant]:
    for index, write, _ in writes_of(run, "MedicationRequest"):
        for text in _filled((*both, *_by_route(write, oral, iv)), write):
            yield with_write(run, index, edited(write, f"{DOSAGE}.text", text), text, *criteria)


def _contradicting(run: Run) -> Iterator[Variant]:
    yield from _said(run, OFTENER, (), (), "state.*.doses")
    yield from _said(run, IF_NEEDED, (), (), "state.*.as-needed")
    yield from _said(run, OTHERWISE, ORAL_ONLY, IV_ONLY, "state.*.text")


def test_words_that_contradict_the_order_fail(field: Field) -> None:
    """A text that repeats, doubles, halves, redirects or takes back the dose fails beside the right codes."""
    count, faults = field.all_fail(_contradicting)
    assert count > 500, "the attack touched almost nothing"
    assert not faults, told(faults)


def test_words_that_only_tell_the_order_pass(field: Field) -> None:
    """What a pharmacist or nurse would write of the very same order passes."""
    count, faults = field.all_pass(lambda run: _said(run, FINE, FINE_ORAL, FINE_IV))
    assert count > 300, "the equivalents touched almost nothing"
    assert not faults, told(faults)
