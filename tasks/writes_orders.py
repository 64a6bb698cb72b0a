"""A medication order against what is expected: drug, dose, route, rate, how often, what must not be in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import cast

from ..fhir_server.backend import Resource
from .base import Json
from .meaning import MAX_TEXT, Found, at, brief, is_number, parse_instant, strings
from .meaning_codes import RIVALS, another_item, pairs, route_fault, route_rivals, route_texts
from .meaning_prose import as_needed_words, dose_fault, frequency_words, phrases_around_doses
from .meaning_units import Unit, amount, describe_quantity, divide, holds, same_quantity, ucum
from .writes_common import (
    Check,
    Spec,
    as_needed_check,
    check,
    concept_check,
    modifier_check,
    moment_check,
    reference_check,
    subject_checks,
    word_check,
)

Amount = tuple[Fraction, Unit]

_REPEATING = ("frequency", "frequencyMax", "period", "periodMax", "periodUnit", "boundsDuration",
              "boundsRange", "boundsPeriod", "dayOfWeek", "timeOfDay", "when", "countMax")  # fmt: skip
_GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
"""Its codes all repeat (BID, AM, Q4H, ...)."""
_ONCE_CODES = frozenset(
    {"once", "stat", "one time", "one-time", "single dose", "once only", "now", "1 time only"}
)


def check_order(spec: Spec, resource: Resource) -> list[Check]:
    """Every element of an expected `medication-order` against a MedicationRequest. Keys: see `checks.py`."""
    dosages = at(resource, "dosageInstruction")
    first: Json = dosages[0] if dosages else {}
    texts = _texts(resource)
    checks = [
        *subject_checks(spec, resource),
        _drug(spec, resource),
        word_check(resource, "status", spec.get("status") or ["active"]),
        word_check(resource, "intent", spec.get("intent") or ["order"]),
        modifier_check(resource),
        as_needed_check([resource, *dosages], next((w for t in texts if (w := as_needed_words(t))), None)),
        Check("dosage", len(dosages) == 1, "one dosage instruction", f"{len(dosages)}"),
        *_amounts(spec, first),
        *_timing(spec, first, resource, texts),
        _text(spec, first, texts),
    ]
    if spec.get("route") is not None:
        route = at(first, "route")
        accepted = spec["route"]
        checks.append(
            concept_check("route", route, accepted, route_texts(accepted), rivals=route_rivals(accepted))
        )
    if spec.get("priority") is not None:
        checks.append(word_check(resource, "priority", [spec["priority"]]))
    return checks


def _drug(spec: Spec, resource: Resource) -> Check:
    """The drug by code, or by reference to the catalogue's Medication where the gold names one."""
    references = at(resource, "medicationReference")
    concepts = at(resource, "medicationCodeableConcept")
    if references and not concepts and spec.get("drug_reference"):
        return reference_check("drug", spec["drug_reference"], references)
    found = concept_check(
        "drug", concepts, spec["drug"], spec.get("drug_texts") or (),
        families=RIVALS["drug"], rivals=spec.get("rivals") or (),
    )  # fmt: skip
    return found if not references else Check("drug", False, found.expected, "both a code and a reference")


def _amounts(spec: Spec, dosage: Json) -> list[Check]:
    """The single dose, the rate, and nothing that gives a second dose."""
    parts = at(dosage, "doseAndRate")
    doses = at(parts, "doseQuantity")
    single = len(parts) == 1 and len(doses) == 1 and not at(parts, "doseRange")
    found = same_quantity(spec["dose"], doses[0]) if single else Found(False, brief(parts))
    checks = [check("dose", describe_quantity(spec["dose"]), found)]
    if spec.get("rate") is not None:
        checks.append(check("rate", describe_quantity(spec["rate"]), _rate(spec["rate"], dosage)))
    return checks


def rates_of(dosage: Json) -> list[Amount | str]:
    """Every rate told: rateQuantity, rateRatio, dose over timing.repeat.duration. A string is a fault."""
    rates: list[Amount | str] = [amount(q) for q in at(dosage, "doseAndRate", "rateQuantity")]
    ratios = at(dosage, "doseAndRate", "rateRatio")
    rates += [_quotient(at(ratio, "numerator"), at(ratio, "denominator")) for ratio in ratios]
    rates += ["rateRange is no single rate"] * len(at(dosage, "doseAndRate", "rateRange"))
    repeat = at(dosage, "timing", "repeat")
    for duration in at(repeat, "duration"):
        units = at(repeat, "durationUnit")
        per: Json = {"value": duration, "code": units[0] if len(units) == 1 else None}
        rates.append(_quotient(at(dosage, "doseAndRate", "doseQuantity"), [per]))
    if at(repeat, "durationMax"):
        rates.append("durationMax makes the rate open")
    return rates


def _quotient(above: Sequence[Json], below: Sequence[Json]) -> Amount | str:
    if len(above) != 1 or len(below) != 1:
        return "numerator and denominator are not one each"
    top, bottom = amount(above[0]), amount(below[0])
    if isinstance(top, str) or isinstance(bottom, str):
        return f"{brief(above[0])} / {brief(below[0])}: {top if isinstance(top, str) else bottom}"
    return divide(*top, *bottom) or "cannot be divided"


def _rate(spec: Spec, dosage: Json) -> Found:
    """All rates told agree with the expected one, and there is at least one."""
    rates = rates_of(dosage)
    if not rates:
        return Found(False, "no rate and no duration")
    target = ucum(str(spec["unit"]))
    told: list[str] = []
    ok = True
    for rate in rates:
        if isinstance(rate, str):
            return Found(False, rate)
        fits = holds(spec, *rate)
        ok = ok and fits
        same = target is not None and rate[1].dimensions == target.dimensions
        told.append(
            f"{float(rate[0] * rate[1].factor / target.factor):.6g} {spec['unit']}"
            if same and target
            else "?"
        )
    return Found(ok, ", ".join(told))


def _timing(spec: Spec, dosage: Json, resource: Resource, texts: Sequence[str]) -> list[Check]:
    doses = int(spec.get("doses") or 1)
    checks = [check("doses", f"{doses} dose{'s' * (doses > 1)}", _count(doses, dosage, resource, texts))]
    if spec.get("interval") is not None:
        checks.append(
            check("interval", describe_quantity(spec["interval"]), _interval(spec["interval"], dosage))
        )
    if spec.get("start") is not None:
        repeat = at(dosage, "timing", "repeat")
        first = sorted(at(dosage, "timing", "event"), key=str)[:1]
        periods = at(repeat, "boundsPeriod")
        checks.append(moment_check("start", spec["start"], first, periods))
    return checks


def _count(doses: int, dosage: Json, resource: Resource, texts: Sequence[str]) -> Found:
    """How many times the dose is given: no timing means once; else timing.event, or timing.repeat.count."""
    refills = at(resource, "dispenseRequest", "numberOfRepeatsAllowed")
    if any(r != 0 for r in refills):
        return Found(False, f"{brief(refills[0])} repeats allowed")
    events, repeat = at(dosage, "timing", "event"), at(dosage, "timing", "repeat")
    counts = at(repeat, "count")
    repeating = [key for key in _REPEATING if at(repeat, key)]
    if len(repeat) > 1 or len(counts) > 1:
        return Found(False, "more than one timing.repeat")
    if at(repeat, "countMax"):
        return Found(False, "countMax leaves the number open")
    if counts and (not is_number(counts[0]) or counts[0] != doses):
        return Found(False, f"count {brief(counts[0])}")
    if events and len(events) != doses:
        return Found(False, f"{len(events)} times of day")
    if not counts and not events and (doses > 1 or repeating):
        return Found(False, f"no count, but {', '.join(repeating)}" if repeating else "one dose")
    if doses == 1:
        return _said_once(dosage, texts)
    return Found(True, f"{doses} doses")


def _said_once(dosage: Json, texts: Sequence[str]) -> Found:
    """Neither timing.code nor a text repeats the dose."""
    coded = at(dosage, "timing", "code")
    named = [code for system, code in pairs(at(coded, "coding")) if system == _GTS]
    if named and not at(dosage, "timing", "repeat", "count"):
        return Found(False, f"timing.code {named[0]} repeats")
    said = [*strings(coded, "text"), *strings(coded, "coding", "code"), *strings(coded, "coding", "display")]
    for text in said:
        if " ".join(text.casefold().split()) not in _ONCE_CODES and frequency_words(text):
            return Found(False, f"timing.code says {brief(text, 60)}")
    words = next((w for t in texts if (w := frequency_words(t))), None)
    return Found(words is None, f"the text says {words!r}" if words else "1 dose")


def _interval(spec: Spec, dosage: Json) -> Found:
    """Time from one dose to the next, from timing.event or from frequency and period."""
    events = sorted(filter(None, (parse_instant(e) for e in at(dosage, "timing", "event"))))
    gaps = {(b - a).total_seconds() for a, b in pairwise(events)}
    told = [(Fraction(str(gap)), cast("Unit", ucum("s"))) for gap in sorted(gaps)]
    repeat = at(dosage, "timing", "repeat")
    period, unit = at(repeat, "period"), at(repeat, "periodUnit")
    frequency = at(repeat, "frequency") or [1]
    if period:
        code = ucum(str(unit[0])) if len(unit) == 1 else None
        if not is_number(period[0]) or code is None or not is_number(frequency[0]) or frequency[0] <= 0:
            return Found(False, brief(repeat))
        told.append((Fraction(str(period[0])) / Fraction(str(frequency[0])), code))
    got = ", ".join(f"{float(v * u.factor / 3600):g} h" for v, u in told)
    return Found(bool(told) and all(holds(spec, v, u) for v, u in told), got or "not told")


def _texts(resource: Resource) -> list[str]:
    """The free text by which a nurse would give the drug."""
    return [
        *strings(resource, "dosageInstruction", "text"),
        *strings(resource, "dosageInstruction", "patientInstruction"),
        *strings(resource, "dosageInstruction", "additionalInstruction", "text"),
    ]


def _text(spec: Spec, dosage: Json, texts: Sequence[str]) -> Check:
    """No text tells another dose, rate, route or drug than the gold."""
    doses = [a for q in at(dosage, "doseAndRate", "doseQuantity") if not isinstance(a := amount(q), str)]
    count = int(spec.get("doses") or 1)
    told = [*doses, *((v * count, u) for v, u in doses)]
    wanted = [q for q in (spec.get("total"), spec["dose"], *spec["dose"].get("or", ())) if q]
    amounts = [amount({"value": q.get("value"), "code": q["unit"]}) for q in wanted]
    told += [a for a in amounts if not isinstance(a, str)]
    rates = [r for r in rates_of(dosage) if not isinstance(r, str)]
    route: Sequence[Json] = spec.get("route") or ()
    for text in texts:
        fault = "the text is too long to be read" if len(text) > MAX_TEXT else dose_fault(text, told, rates)
        fault = fault or route_fault(text, route)
        fault = fault or _another_drug(text, spec)
        if fault:
            return Check("text", False, "no text that contradicts", fault)
    return Check("text", True, "no text that contradicts", "none")


def _another_drug(text: str, spec: Spec) -> str | None:
    """Another drug named right beside an amount ("magnesium sulfate 2 g"); alone it may be a lab."""
    for phrase in phrases_around_doses(text):
        fault = another_item(phrase, spec["drug"], (), RIVALS["drug"], spec.get("rivals") or ())
        if fault:
            return fault
    return None
