"""What must pass: the oracle's writes and answers in other spellings and orders, with harmless more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from random import Random

import pytest

from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import codes
from chartgym.tasks.base import Json, ToolCall

from .attack_kit import (
    Attack,
    Field,
    Run,
    Variant,
    as_is,
    edited,
    field_of,
    told,
    value_at,
    with_answer,
    with_write,
    writes_of,
)
from .conftest import Hospital

ORDER, REQUEST, OBSERVATION = "MedicationRequest", "ServiceRequest", "Observation"
KINDS = (ORDER, REQUEST, OBSERVATION)
UCUM = codes.UCUM
DOSAGE = "dosageInstruction.0"
PART = f"{DOSAGE}.doseAndRate.0"
DOSE, RATE = f"{PART}.doseQuantity", f"{PART}.rateQuantity"
OWN = "http://chartgym.example/fhir"
CALLER: Json = {"reference": "Practitioner/p", "display": "R. Voss"}
SCALES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "g": (("mg", 1000), ("kg", 0.001)), "mg": (("g", 0.001), ("ug", 1000)), "meq": (("eq", 0.001),),
    "kg": (("g", 1000),), "Cel": (), "cm": (("m", 0.01),),
}  # fmt: skip
PRINTED = {"meq": "mEq", "g": "grams", "mg": "mg", "g/h": "g/hr", "meq/h": "mEq/hr", "Cel": "°C", "mm[Hg]": "mmHg",
           "/min": "/min", "kg": "kg", "%": "%", "[degF]": "°F", "[lb_av]": "lb", "cm": "cm"}  # fmt: skip


@pytest.fixture(scope="module")
def field(hospital: Hospital) -> Field:
    """The oracle's runs on the core suite."""
    return field_of(hospital)


# -- answers -----------------------------------------------------------------------------------------------------


def _instants(text: str) -> Iterator[str]:
    at = datetime.fromisoformat(text)
    yield at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    yield at.astimezone(UTC).isoformat()
    yield at.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    yield at.isoformat(timespec="milliseconds")
    if at.second == 0:
        yield at.isoformat(timespec="minutes")
    yield at.isoformat(sep=" ")


def _spellings(run: Run) -> Iterator[Variant]:
    for answer_field in run.task.answer.fields:
        name, value = answer_field.name, run.answer.get(answer_field.name)
        others: list[Json] = []
        if value is None:
            continue
        if answer_field.type in {"number", "integer"}:
            others = [float(value), f"{value:g}", f"{float(value):.2f}"] + (
                [int(value)] if value == int(value) else []
            )
        elif answer_field.type == "instant":
            others = list(_instants(value))
        elif answer_field.type == "choice":
            others = [value.upper(), f" {value} "]
        elif answer_field.type == "list":
            others = [value[::-1], [*value, value[0]], [f" {v}" for v in value]]
        elif answer_field.compare == "digits":
            dashed = f"{value[:3]}-{value[3:6]}-{value[6:]}"
            others = [
                dashed,
                f"({value[:3]}) {value[3:6]}-{value[6:]}",
                f"+1 {dashed}",
                f"+1{value}",
                dashed.replace("-", "."),
            ]
        elif answer_field.type == "string":
            others = [value.upper(), value.lower(), f"  {value} ", value.replace(" ", "  ")]
        for other in others:
            yield with_answer(run, f"{name} = {other!r}", {**run.answer, name: other})
    empty = {f.name: None for f in run.task.answer.fields}
    yield with_answer(run, "null in what is not asked", {**empty, **run.answer})
    yield with_answer(
        run, "a comment", {**run.answer, "comment": 'Done. "]}, "passed": false. Value 3.1 or 7.'}
    )


# -- writes ------------------------------------------------------------------------------------------------------


def _decorated(run: Run) -> Iterator[Variant]:
    """Elements that say nothing against the request."""
    for index, write, spec in writes_of(run, *KINDS):
        put = partial(with_write, run, index)
        own = write["subject"]["reference"]
        key = "medicationCodeableConcept" if write["resourceType"] == ORDER else "code"
        coding = write[key]["coding"]
        local: Json = {"system": "http://example.org/site", "code": "X-17"}
        named = codes_named(coding[0])
        more: Mapping[str, Json] = {
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml">As asked.</div>',
            },
            "identifier": [{"system": "http://example.org/orders", "value": "42"}],
            "note": [{"text": "Placed as asked on rounds; previous value was 2.9 on admission."}],
            "language": "en",
            "meta": {"tag": [{"system": "http://example.org", "code": "agent"}]},
            "subject.display": "the patient",
            "subject.type": "Patient",
            "subject.reference": f"{OWN}/{own}",
            f"{key}.coding": [local, *coding],
            f"{key}.coding.0.userSelected": True,
            f"{key}.coding.0.version": "2.77",
            f"{key}.text": named,
            f"{key}.coding.0.display": named,
            "extension": [{"url": "http://example.org/source", "valueString": "rounds"}],
        }
        for path, value in more.items():
            yield put(edited(write, path, value), path)
        if spec.get("encounter"):
            stay = write["encounter"]["reference"]
            yield put(
                edited(write, "encounter", {"reference": f"{OWN}/{stay}", "display": "this stay"}),
                "encounter",
            )
        yield put(edited(write, key, {"coding": [*coding, local][::-1], "text": named}), "codings reversed")
        yield put({k: write[k] for k in sorted(write, reverse=True)}, "keys in another order")


def codes_named(coding: Mapping[str, str]) -> str:
    """What the hospital's tables call the item of a code."""
    tables = (codes.SERVICES, codes.VITALS, codes.DRUGS)
    for table in tables:
        for term in table.values():
            if any(c.code == coding["code"] for c in term.codes):
                return term.text or next(c.display for c in term.codes if c.code == coding["code"])
    return coding["display"]


REQUESTED: tuple[tuple[str, Json], ...] = (
    ("authoredOn", "2026-03-10T14:25:00Z"),
    ("authoredOn", None),
    ("doNotPerform", False),
    ("requester", {"display": "R. Voss"}),
)
ADDED: Mapping[str, tuple[tuple[str, Json], ...]] = {
    ORDER: (
        *REQUESTED,
        ("reportedBoolean", False),
        ("priority", "routine"),
        ("category", [{"text": "Inpatient"}]),
        ("category", [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category",
                                   "code": "inpatient"}]}, {"text": "replacement"}]),
        ("reasonCode", [{"text": "low level, protocol"}]),
        ("dispenseRequest", {"numberOfRepeatsAllowed": 0}),
        ("substitution", {"allowedBoolean": False}),
        ("courseOfTherapyType", {"text": "acute"}),
        (f"{DOSAGE}.asNeededBoolean", False),
        (f"{DOSAGE}.sequence", 1),
        (f"{DOSAGE}.timing", None),
        (f"{DOSAGE}.timing", {"repeat": {"count": 1}}),
        (f"{DOSAGE}.timing", {"repeat": {"count": 1, "frequency": 1, "period": 1, "periodUnit": "d"}}),
        (f"{DOSAGE}.timing", {"event": ["2026-03-10T10:30:00-04:00"]}),
        (f"{DOSAGE}.timing", {"code": {"text": "once"}}),
        (f"{DOSAGE}.timing", {"code": {"text": "STAT"}, "repeat": {"count": 1}}),
        (f"{DOSAGE}.text", "Give once, as the protocol says."),
        (f"{DOSAGE}.patientInstruction", "The nurse will bring it."),
        (f"{DOSAGE}.additionalInstruction", [{"text": "Recheck afterwards"}]),
        (f"{PART}.type", {"text": "ordered"}),
    ),
    REQUEST: (
        *REQUESTED,
        ("category", [{"text": "Laboratory"}, {"text": "Referral"}]),
        ("asNeededBoolean", False),
        ("quantityQuantity", {"value": 1}),
        ("performerType", {"text": "any"}),
        ("patientInstruction", "You need not fast."),
        ("requisition", {"system": "http://example.org", "value": "7"}),
    ),
    OBSERVATION: (
        ("issued", "2026-03-10T10:25:00-04:00"),
        ("performer", [{"display": "R. Voss, RN"}]),
        ("interpretation", [{"text": "as measured"}]),
        ("method", {"text": "by cuff"}),
        ("device", {"display": "monitor"}),
    ),
}  # fmt: skip


def _added(run: Run) -> Iterator[Variant]:
    for index, write, spec in writes_of(run, *KINDS):
        for path, value in ADDED[write["resourceType"]]:
            if path == "priority" and spec.get("priority"):
                continue
            if value is None and value_at(write, path) is None:
                continue
            yield with_write(run, index, edited(write, path, value), f"{path} = {value!r}"[:90])


def _ordered(run: Run) -> Iterator[Variant]:
    yield replace(as_is(run, "writes in reverse"), writes=run.writes[::-1])
    for index, write, _ in writes_of(run, OBSERVATION, REQUEST):
        if "component" in write:
            parts = edited(write, "component", write["component"][::-1])
            yield with_write(run, index, parts, "components in reverse")
        if write.get("category"):
            both = [{"text": "Vitals"}, *write["category"]]
            yield with_write(run, index, edited(write, "category", both), "another category before")


def _quantities(write: Resource) -> Sequence[str]:
    if write["resourceType"] == ORDER:
        return [DOSE, *([RATE] if value_at(write, RATE) else [])]
    if "component" in write:
        return [f"component.{i}.valueQuantity" for i in range(len(write["component"]))]
    return ["valueQuantity"]


def _units(run: Run) -> Iterator[Variant]:
    """One amount in other numbers, units and forms of a Quantity."""
    for index, write, _ in writes_of(run, ORDER, OBSERVATION):
        put = partial(with_write, run, index)
        for path in _quantities(write):
            quantity = value_at(write, path)
            value, code = quantity["value"], quantity["code"]
            forms: list[Json] = [
                {**quantity, "value": float(value)},
                {"value": value, "code": code, "system": UCUM},
                {"value": value, "unit": code, "system": UCUM, "code": code},
                {"value": value, "unit": PRINTED.get(code, code)},
                {"value": value, "unit": PRINTED.get(code, code), "system": UCUM, "code": code},
            ]
            amount, _, per = code.partition("/")
            for unit, factor in SCALES.get(amount, ()):
                full = f"{unit}/{per}" if per else unit
                forms.append({"value": round(value * factor, 6), "unit": full, "system": UCUM, "code": full})
            if per == "h":
                forms.append(
                    {"value": value * 24, "unit": f"{amount}/d", "system": UCUM, "code": f"{amount}/d"}
                )
            for form in forms:
                yield put(edited(write, path, form), f"{path} {form}")


def _rates(run: Run) -> Iterator[Variant]:
    """The rate as a ratio, as hours that it runs, as both, and told in words."""
    for index, write, _ in writes_of(run, ORDER):
        put = partial(with_write, run, index)
        dose, rate = value_at(write, DOSE), value_at(write, RATE)
        told_dose = f"{dose['value']:g} {PRINTED[dose['code']]}"
        for text in (f"Give {told_dose} once.", f"{told_dose} x1 now", f"Single dose of {told_dose}"):
            yield put(edited(write, f"{DOSAGE}.text", text), text)
        if rate is None:
            continue
        hours = dose["value"] / rate["value"]
        above = {"value": rate["value"], "unit": dose["unit"], "system": UCUM, "code": dose["code"]}
        ratio = {"numerator": above, "denominator": {"value": 1, "unit": "h", "system": UCUM, "code": "h"}}
        whole = {"numerator": dose, "denominator": {"value": hours, "unit": "h", "system": UCUM, "code": "h"}}
        bare = edited(write, RATE, None)
        for form in (ratio, whole):
            yield put(edited(bare, f"{PART}.rateRatio", form), f"rateRatio {form}")
        for number, unit in ((hours, "h"), (hours * 60, "min")):
            timing: Json = {"repeat": {"count": 1, "duration": number, "durationUnit": unit}}
            yield put(edited(bare, f"{DOSAGE}.timing", timing), f"duration {number} {unit}")
            yield put(edited(write, f"{DOSAGE}.timing", timing), f"rate and duration {number} {unit}")
        text = f"{told_dose} IV over {hours:g} hours ({rate['value']:g} {PRINTED[rate['code']]})"
        yield put(edited(write, f"{DOSAGE}.text", text), text)


def _moments(run: Run) -> Iterator[Variant]:
    """A time with other offsets, a little off within what is told, and as the other types that R4 has for it."""
    for index, write, spec in writes_of(run, REQUEST, OBSERVATION):
        put = partial(with_write, run, index)
        path = "occurrenceDateTime" if write["resourceType"] == REQUEST else "effectiveDateTime"
        if path not in write:
            continue
        at = write[path]
        for text in _instants(at):
            if "T" in text and text.count(":") >= 2 + (text[-1] != "Z"):  # R4 has seconds
                yield put(edited(write, path, text), f"{path} {text}")
        bare = edited(write, path, None)
        period: Json = {"start": at, "end": at}
        if path == "occurrenceDateTime":
            minutes = (spec["occurrence"].get("tolerance_minutes") or 0) if spec.get("occurrence") else 0
            for change in (minutes, -minutes):
                moved = (datetime.fromisoformat(at) + timedelta(minutes=change)).isoformat()
                yield put(edited(write, path, moved), f"{path} {change:+} min")
            yield put(edited(bare, "occurrencePeriod", period), "occurrencePeriod")
            yield put(edited(bare, "occurrenceTiming", {"event": [at]}), "occurrenceTiming.event")
        else:
            yield put(edited(bare, "effectiveInstant", at), "effectiveInstant")
            yield put(edited(bare, "effectivePeriod", period), "effectivePeriod")


def _reasons(run: Run) -> Iterator[Variant]:
    """Facts in a note's words instead of references; the reason in a note, in capitals, among others."""
    for index, write, spec in writes_of(run, REQUEST):
        put = partial(with_write, run, index)
        facts = spec.get("facts") or ()
        if facts:
            silent = edited(write, "supportingInfo", None)
            printed = {"m[IU]/L": "mIU/L", "mm/h": "mm/hr"}
            usual = "; ".join(f"{f['name']} {f['value']} {printed.get(f['unit'], f['unit'])}" for f in facts)
            notes = [
                "; ".join(f"{f['name']} {f['value']} {f['unit']}" for f in facts),
                usual,
                "\n".join(f"- {f['name']}: {f['value']} {f['unit']}" for f in facts),
                ". ".join(f"{f['name']} was {f['value']} {f['unit']}" for f in facts),
                f"Please see for further work-up. {usual}. Thank you.",
            ]
            notes += [
                "; ".join(
                    f"{(f.get('synonyms') or [f['name']])[0]} of {f['value']} {f['unit']}" for f in facts
                )
            ]
            for note in notes:
                yield put(edited(silent, "note", [{"text": note}]), note)
                yield put(edited(write, "note", [{"text": note}]), f"and references: {note}")
            links = write["supportingInfo"]
            yield put(edited(silent, "reasonReference", links), "facts in reasonReference")
            absolute = [{"reference": f"{OWN}/{r['reference']}", "display": "result"} for r in links]
            yield put(edited(write, "supportingInfo", absolute[::-1]), "absolute references in reverse")
        texts: list[str] = (spec.get("reason") or {"texts": ()}).get("texts") or []
        for text in texts:
            bare = edited(write, "reasonCode", None)
            for said in (text, text.upper(), f"Referred for {text}.", f"{text} (new)"):
                yield put(edited(bare, "reasonCode", [{"text": said}]), f"reason {said}")
            many = [{"text": "follow-up of the last stay"}, {"text": text}]
            yield put(edited(bare, "reasonCode", many), "one reason of two")


EQUIVALENTS: Mapping[str, Attack] = {
    "spellings": _spellings,
    "decorated": _decorated,
    "added": _added,
    "ordered": _ordered,
    "units": _units,
    "rates": _rates,
    "moments": _moments,
    "reasons": _reasons,
}


@pytest.mark.parametrize("name", EQUIVALENTS)
def test_an_equal_spelling_passes(field: Field, name: str) -> None:
    """What means the same passes, on every task it applies to."""
    count, faults = field.all_pass(EQUIVALENTS[name])
    assert count > 50, "the equivalents touched almost nothing"
    assert not faults, told(faults)


# -- reads are free ------------------------------------------------------------------------------------------------


def _reads(rng: Random, field: Field, count: int) -> list[ToolCall]:
    """Reads of all sorts: other charts, whole types, pages that are not there, sums."""
    people = [p for near in field.near.values() for p in near]
    calls: list[ToolCall] = []
    for _ in range(count):
        person = rng.choice(people)
        patient = {"patient": person.id, "_count": rng.choice(("1", "20", "100"))}
        calls.append(
            rng.choice((
                ToolCall("fhir_read", {"resource_type": "Patient", "id": person.id}),
                ToolCall("fhir_search", {"resource_type": rng.choice(KINDS), "params": patient}),
                ToolCall("fhir_search", {"resource_type": "Patient", "params": {"family": person.name.family}}),
                ToolCall("fhir_search", {"resource_type": "DocumentReference", "params": {"_count": "3"}}),
                ToolCall("fhir_read", {"resource_type": "Observation", "id": "nowhere"}),
                ToolCall("fhir_next", {"page": "no-such-page"}),
                ToolCall("calculate", {"expression": f"{rng.random():.3f} * 2.43"}),
                ToolCall("fhir_search", {"resource_type": "Observation", "params": {"no-such": "1"}}),
                ToolCall("no_such_tool", {}),
            ))
        )  # fmt: skip
    return calls


def test_twenty_more_reads_change_nothing(field: Field) -> None:
    """Twenty random calls that write nothing, strewn into the oracle's own: every task passes, no criterion moves."""
    faults: list[str] = []
    for number, run in enumerate(field.runs):
        rng = Random(number)
        calls = list(run.moves)
        for extra in _reads(rng, field, 20):
            calls.insert(rng.randrange(len(calls)), extra)
        with field.server.open_session(run.task.id) as session:
            episode = Episode(run.task, session)
            for call in calls:
                if episode.done:
                    break
                episode.call(call)
            if not episode.verdict().passed:
                faults.append(
                    f"{run.task.id} {episode.ended_by}: {episode.verdict().error or episode.verdict().criteria}"
                )
    assert not faults, told(faults)
