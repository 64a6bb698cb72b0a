"""Writes that must not pass: each fault is put into the oracle's own writes, on every task of every category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pytest

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import codes
from chartgym.tasks.base import Json

from .attack_kit import (
    Attack,
    Field,
    Run,
    Variant,
    as_is,
    dealt,
    edited,
    field_of,
    own_terms,
    shifted,
    told,
    value_at,
    with_write,
    words_of,
    writes_of,
)
from .conftest import Hospital

ORDER, REQUEST, OBSERVATION = "MedicationRequest", "ServiceRequest", "Observation"
UCUM = codes.UCUM
DOSAGE = "dosageInstruction.0"
DOSE = f"{DOSAGE}.doseAndRate.0.doseQuantity"
RATE = f"{DOSAGE}.doseAndRate.0.rateQuantity"
CLINICAL: Json = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
    ]
}
TURNING: Json = [{"url": "http://example.org/not", "valueBoolean": True}]


@pytest.fixture(scope="module")
def field(hospital: Hospital) -> Field:
    """The oracle's runs on the core suite."""
    return field_of(hospital)


# -- elements that are set to a wrong word ---------------------------------------------------------------------

Edit = tuple[str, Json, str]
"""Dotted path, value, the element whose criterion must fail."""

ALWAYS: tuple[Edit, ...] = (
    ("status", "entered-in-error", "status"),
    ("status", "unknown", "status"),
    ("status", None, "status"),
    ("modifierExtension", TURNING, "modifiers"),
    ("implicitRules", "http://example.org/rules", "modifiers"),
    ("subject", None, "patient"),
    ("subject", {"display": "the patient in question"}, "patient"),
    ("subject", {"identifier": {"system": "http://example.org", "value": "1"}}, "patient"),
)
ORDERED: tuple[Edit, ...] = (
    *(("status", word, "status") for word in ("draft", "on-hold", "completed", "active ")),
    *(
        ("intent", word, "intent")
        for word in ("plan", "proposal", "original-order", "filler-order", "option", None)
    ),
    ("doNotPerform", True, "modifiers"),
    ("asNeededBoolean", True, "as-needed"),
)
BY_TYPE: Mapping[str, tuple[Edit, ...]] = {
    ORDER: (
        *ALWAYS,
        *(e for e in ORDERED if e[0] != "asNeededBoolean"),
        ("status", "cancelled", "status"),
        ("status", "stopped", "status"),
        ("reportedBoolean", True, "modifiers"),
        (f"{DOSAGE}.modifierExtension", TURNING, "modifiers"),
        (f"{DOSAGE}.asNeededBoolean", True, "as-needed"),
        (f"{DOSAGE}.asNeededCodeableConcept", {"text": "pain"}, "as-needed"),
        (f"{DOSAGE}.text", "as needed", "as-needed"),
        (f"{DOSAGE}.patientInstruction", "take PRN", "as-needed"),
        (f"{DOSAGE}.timing", {"repeat": {"frequency": 1, "period": 8, "periodUnit": "h"}}, "doses"),
        (f"{DOSAGE}.timing", {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}, "doses"),
        (f"{DOSAGE}.timing", {"repeat": {"count": 2}}, "doses"),
        (f"{DOSAGE}.timing", {"repeat": {"count": 1, "countMax": 3}}, "doses"),
        (f"{DOSAGE}.timing", {"repeat": {"when": ["HS"]}}, "doses"),
        (f"{DOSAGE}.timing", {"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}, "doses"),
        (f"{DOSAGE}.timing", {"code": {"text": "BID"}}, "doses"),
        (f"{DOSAGE}.timing", {"event": ["2026-03-10T11:00:00-04:00", "2026-03-10T15:00:00-04:00"]}, "doses"),
        (f"{DOSAGE}.text", "every 4 hours", "doses"),
        (f"{DOSAGE}.additionalInstruction", [{"text": "repeat x 3 doses"}], "doses"),
        ("dispenseRequest", {"numberOfRepeatsAllowed": 2}, "doses"),
        (f"{DOSAGE}.text", "Do not give this dose.", "text"),
        (f"{DOSAGE}.text", "Give 9999 mEq, which is 9999 g.", "text"),
        (f"{DOSAGE}.text", "Give 7777 mmol.", "text"),
        (f"{DOSAGE}.text", "Give 31 g of it.", "text"),
        (f"{DOSAGE}.patientInstruction", "Give 23 mg, 23 mEq, 23 mmol", "text"),
        (f"{DOSAGE}.route", None, "route"),
        (f"{DOSAGE}.route", {"text": "as convenient"}, "route"),
        (f"{DOSAGE}.route.text", "intrathecal", "route"),
        (f"{DOSAGE}.doseAndRate", None, "dose"),
        (f"{DOSE}.value", None, "dose"),
        (f"{DOSE}.value", 0, "dose"),
        (f"{DOSE}.comparator", "<", "dose"),
        (f"{DOSE}.comparator", ">", "dose"),
        (f"{DOSE}.system", "http://example.org/units", "dose"),
        ("dosageInstruction", None, "dosage"),
    ),
    REQUEST: (
        *ALWAYS,
        *ORDERED,
        ("status", "revoked", "status"),
        ("asNeededCodeableConcept", {"text": "if low"}, "as-needed"),
        ("patientInstruction", "only if needed", "as-needed"),
        ("quantityQuantity", {"value": 3}, "once"),
        ("quantityRange", {"low": {"value": 1}, "high": {"value": 4}}, "once"),
    ),
    OBSERVATION: (
        *ALWAYS,
        *(("status", word, "status") for word in ("preliminary", "registered", "cancelled", "amended", "corrected")),
        ("dataAbsentReason", {"text": "unknown"}, "value"),
        ("component", [{"code": {"text": "Heart rate"}, "valueQuantity": {"value": 70, "unit": "/min"}}],
         "components"),
        ("focus", [{"display": "the patient in the next bed"}], "modifiers"),
        ("category", None, "category"),
        ("category", [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                                   "code": "laboratory"}]}], "category"),
    ),
}  # fmt: skip


def _words(run: Run) -> Iterator[Variant]:
    for index, write, _ in writes_of(run, *BY_TYPE):
        for path, value, element in BY_TYPE[write["resourceType"]]:
            if value is None and value_at(write, path) is None:
                continue
            if element == "route" and value_at(write, f"{DOSAGE}.route") is None:
                continue
            label = f"{path} = {value!r}"[:120]
            criteria = (f"state.*.{element}", *(("state.*.dosage",) if value is None else ()))
            if element == "components" and write.get("component"):
                criteria = ("state.*",)
            yield with_write(run, index, edited(write, path, value), label, *criteria)


# -- patients and encounters -----------------------------------------------------------------------------------


def _elsewhere(field: Field, run: Run) -> Iterator[Variant]:
    """The right payload for somebody else, and for nobody that the server can find."""
    for index, write, spec in writes_of(run, *BY_TYPE):
        own = write["subject"]["reference"]
        inpatient, namesake = field.near[str(spec["patient"])]
        assert inpatient.stay is not None
        stay = f"Encounter/{inpatient.stay.encounter_id}"
        theirs = edited(write, "subject.reference", f"Patient/{inpatient.id}")
        both = edited(theirs, "encounter", {"reference": stay}) if "encounter" in write else theirs
        subjects: Mapping[str, Json] = {
            "a namesake": {"reference": f"Patient/{namesake.id}"},
            "a contained patient": {"reference": "#p"},
            "a foreign server": {"reference": f"https://evil.example/fhir/{own}"},
            "a conditional reference": {"reference": "Patient?identifier=1"},
            "a group": {"reference": own.replace("Patient", "Group")},
            "an id with a dot": {"reference": f"{own}."},
            "another inpatient, own display": {"reference": f"Patient/{inpatient.id}", "display": own},
            "a uuid": {"reference": "urn:uuid:0b0bb8f4-5c1d-4c37-9d2f-4f5b4f6a2f10"},
        }
        yield with_write(run, index, both, "another inpatient and stay", "safety.patient", "state.*.patient")
        for label, subject in subjects.items():
            moved = edited(write, "subject", subject)
            if label == "a contained patient":
                moved = edited(moved, "contained", [{"resourceType": "Patient", "id": "p"}])
            yield with_write(run, index, moved, label, "safety.patient", "state.*.patient")
        if spec.get("encounter"):
            for reference in (stay, None):
                moved = edited(write, "encounter", reference and {"reference": reference})
                yield with_write(run, index, moved, f"encounter {reference}", "state.*.encounter")


# -- which writes, and how many --------------------------------------------------------------------------------


def _doubled(run: Run) -> Iterator[Variant]:
    twice = ("state.no-duplicates",)
    for i, write in enumerate(run.writes):
        noted = edited(write, "note", [{"text": "second copy"}])
        for label, copies in (("twice", (write, write)), ("again with a note", (write, noted))):
            yield replace(as_is(run, f"write {i + 1} {label}"), criteria=twice,
                          writes=(*run.writes[:i], *copies, *run.writes[i + 1 :]))  # fmt: skip
    if run.writes:
        yield replace(as_is(run, "everything twice"), criteria=twice, writes=(*run.writes, *run.writes))


def _claimed(run: Run) -> Iterator[Variant]:
    """Left out or refused by the server, and yet said to be done."""
    for i, write in enumerate(run.writes):
        rest = (*run.writes[:i], *run.writes[i + 1 :])
        yield replace(as_is(run, f"without write {i + 1}"), criteria=("state.*.present",), writes=rest)
        broken = edited(write, "subject", "not a reference")
        yield with_write(run, i, broken, "refused by the server", "state.*.present")
        only = {"resourceType": "Basic", "code": {"text": "order"}, "subject": write["subject"]}
        yield with_write(run, i, only, "in a Basic resource", "state.*.present")


def _unasked(run: Run) -> Iterator[Variant]:
    """One more write of any other kind, harmless as it may look, also where nothing is to be written."""
    patient = {"reference": f"Patient/{run.task.patients[0]}"}
    heart: Json = {"coding": [{"system": codes.LOINC, "code": "8867-4"}]}
    extras: tuple[Resource, ...] = (
        {"resourceType": OBSERVATION, "status": "final", "code": {"text": "Mood"}, "valueString": "good"},
        {"resourceType": OBSERVATION, "status": "preliminary", "code": heart,
         "valueQuantity": {"value": 71, "unit": "/min", "system": UCUM, "code": "/min"}},
        {"resourceType": REQUEST, "status": "draft", "intent": "plan", "code": {"text": "Chest X-ray"}},
        {"resourceType": ORDER, "status": "active", "intent": "order",
         "medicationCodeableConcept": {"text": "melatonin"}},
        {"resourceType": "Communication", "status": "completed"},
        {"resourceType": "Flag", "status": "active", "code": {"text": "seen"}},
        {"resourceType": "Condition", "code": {"text": "hypokalemia"}},
        {"resourceType": "AllergyIntolerance", "clinicalStatus": CLINICAL, "code": {"text": "penicillin"}},
        {"resourceType": "Task", "status": "requested", "intent": "order"},
        {"resourceType": "Patient", "name": [{"family": "Nobody"}]},
        {"resourceType": "Medication", "code": {"text": "potassium chloride"}},
    )  # fmt: skip
    for extra in extras:
        key = {"Task": "for", "AllergyIntolerance": "patient"}.get(extra["resourceType"], "subject")
        aimed = extra if extra["resourceType"] in {"Patient", "Medication"} else {**extra, key: patient}
        yield replace(as_is(run, f"with a {extra['resourceType']}"), writes=(*run.writes, aimed),
                      criteria=("state.no-other-writes", "state.no-duplicates"))  # fmt: skip


# -- drugs and their amounts -----------------------------------------------------------------------------------


def _scaled(write: Resource, path: str, factor: float) -> Resource:
    return edited(write, f"{path}.value", value_at(write, path)["value"] * factor)


def _amounts(run: Run) -> Iterator[Variant]:
    for index, write, spec in writes_of(run, ORDER):
        put = partial(with_write, run, index)
        for factor in (10, 0.1, 1.25, 2, 0.5, 1000, 0.001, -1):
            yield put(_scaled(write, DOSE, factor), f"dose x {factor}", "state.*.dose")
        for unit in ("mg", "g", "meq", "mmol", "ug", "kg", "mL", "[iU]", "%", "1"):
            units = {q.get("unit") for q in (spec["dose"], *spec["dose"].get("or", ()))}
            if unit not in units:
                moved = edited(edited(write, f"{DOSE}.code", unit), f"{DOSE}.unit", unit)
                yield put(moved, f"the same number in {unit}", "state.*.dose")
                yield put(edited(write, f"{DOSE}.unit", unit), f"unit {unit} beside the code", "state.*.dose")
                yield put(edited(write, f"{DOSE}.code", unit), f"code {unit} beside the unit", "state.*.dose")
        part = write["dosageInstruction"][0]["doseAndRate"][0]
        yield put(edited(write, f"{DOSAGE}.doseAndRate", [part, part]), "two doseAndRate", "state.*.dose")
        low_high = {"doseRange": {"low": part["doseQuantity"], "high": part["doseQuantity"]}}
        yield put(edited(write, f"{DOSAGE}.doseAndRate", [low_high]), "a range", "state.*.dose")
        second = [*write["dosageInstruction"], *write["dosageInstruction"]]
        yield put(edited(write, "dosageInstruction", second), "a second dosage instruction", "state.*.dosage")
        halves = [_scaled(write, DOSE, 0.5)] * 2
        split = (*run.writes[:index], *halves, *run.writes[index + 1 :])
        yield replace(as_is(run, "split into two orders"), writes=split, criteria=("state.*.dose",))
        word = f"Give {part['doseQuantity']['value'] * 2:g} {part['doseQuantity']['unit']}"
        yield put(edited(write, f"{DOSAGE}.text", word), "twice the dose in the text", "state.*.text")


def _rates(run: Run) -> Iterator[Variant]:
    for index, write, spec in writes_of(run, ORDER):
        if not spec.get("rate"):
            continue
        put = partial(with_write, run, index)
        for factor in (2, 10, 0.5, 1.25, 60):
            yield put(_scaled(write, RATE, factor), f"rate x {factor}", "state.*.rate")
        rate, dose = value_at(write, RATE), value_at(write, DOSE)
        per_minute = {**rate, "unit": f"{dose['code']}/min", "code": f"{dose['code']}/min"}
        yield put(edited(write, RATE, per_minute), "the same number a minute", "state.*.rate")
        yield put(edited(write, RATE, None), "no rate", "state.*.rate")
        hours = dose["value"] / rate["value"]
        for factor in (0.5, 2):
            repeat = {"count": 1, "duration": hours * factor, "durationUnit": "h"}
            moved = edited(write, f"{DOSAGE}.timing", {"repeat": repeat})
            yield put(moved, f"runs {factor} times as long beside the rate", "state.*.rate")
            yield put(edited(moved, RATE, None), f"runs {factor} times as long", "state.*.rate")
        word = f"Run at {rate['value'] * 2:g} {rate['unit']}"
        yield put(edited(write, f"{DOSAGE}.text", word), "twice the rate in the text", "state.*.text")


def _drugs(run: Run) -> Iterator[Variant]:
    """Every other drug of the hospital's table: as the code, as a second code, as text and display beside the code."""
    for index, write, spec in writes_of(run, ORDER):
        own = {(c["system"], c["code"]) for c in spec["drug"]}
        names = {w for c in spec["drug"] for w in c["display"].split()} - {"iv", "oral"}
        put = partial(with_write, run, index)
        concept = "medicationCodeableConcept"
        right = write[concept]["coding"]
        for name in dealt(run, codes.DRUGS, 7):
            drug = codes.DRUGS[name]
            if own & {(c.system, c.code) for c in drug.codes}:
                continue
            coding: list[Json] = [
                {"system": c.system, "code": c.code, "display": c.display} for c in drug.codes
            ]
            yield put(edited(write, concept, {"coding": coding}), f"code of {name}", "state.*.drug")
            yield put(edited(write, f"{concept}.coding", [*right, coding[0]]), f"and {name}", "state.*.drug")
            if not names & set(name.split("-")):
                said = name.replace("-", " ")
                yield put(edited(write, f"{concept}.text", said), f"text {said}", "state.*.drug")
                beside = edited(write, f"{concept}.coding.0.display", said)
                yield put(beside, f"display {said}", "state.*.drug")
                yield put(
                    edited(write, f"{DOSAGE}.text", f"Give {said} 1 g"), f"gives {said}", "state.*.text"
                )
        for route in ("26643006", "47625008", "78421000", "34206005", "37161004", "127492001"):
            if route not in {c["code"] for c in spec.get("route") or ()}:
                other: Json = [{"system": codes.SNOMED, "code": route}]
                routes = [*write["dosageInstruction"][0]["route"]["coding"], *other]
                yield put(
                    edited(write, f"{DOSAGE}.route", {"coding": other}), f"route {route}", "state.*.route"
                )
                yield put(
                    edited(write, f"{DOSAGE}.route.coding", routes), f"and route {route}", "state.*.route"
                )


# -- requests and observations -----------------------------------------------------------------------------------


def _services(run: Run) -> Iterator[Variant]:
    """Every other service of the hospital's table instead of or beside the right one."""
    tables: Mapping[str, codes.Table[codes.Service] | codes.Table[codes.Vital]] = {
        REQUEST: codes.SERVICES, OBSERVATION: codes.VITALS,
    }  # fmt: skip
    for index, write, spec in writes_of(run, REQUEST, OBSERVATION):
        own = {(c["system"], c["code"]) for c in spec["code"]}
        put = partial(with_write, run, index)
        table = tables[write["resourceType"]]
        words = {word for c in spec["code"] for word in words_of(own_terms(c["code"]))}
        for name in dealt(run, table, 9):
            term = table[name]
            if own & {(c.system, c.code) for c in term.codes}:
                continue
            coding: list[Json] = [
                {"system": c.system, "code": c.code, "display": c.display} for c in term.codes
            ]
            bare: Json = {"system": term.codes[0].system, "code": term.codes[0].code}
            both = [*write["code"]["coding"], bare]
            yield put(edited(write, "code", {"coding": coding}), f"code of {name}", "state.*.code")
            yield put(edited(write, "code.coding", both), f"and {name}", "state.*.code")
            if not words_of(term.text) <= words:
                yield put(edited(write, "code.text", term.text), f"text {term.text}", "state.*.code")
        yield put(edited(write, "code", {"text": "see note"}), "no code", "state.*.code")


def _times(run: Run) -> Iterator[Variant]:
    moved = {
        "occurrence": ("occurrenceDateTime", (-120, 120, -1440, 1440)),
        "effective": ("effectiveDateTime", (-60, 60, -1440, 1440)),
    }
    for index, write, spec in writes_of(run, REQUEST, OBSERVATION):
        for element, (path, minutes) in moved.items():
            if not spec.get(element):
                continue
            put = partial(with_write, run, index)
            for change in minutes:
                yield put(
                    edited(write, path, shifted(write[path], change)), f"{change} min", f"state.*.{element}"
                )
            yield put(edited(write, path, None), "no time", f"state.*.{element}")
            if "date" not in spec[element]:
                yield put(edited(write, path, write[path][:10]), "a bare date", f"state.*.{element}")


def _requests(run: Run) -> Iterator[Variant]:
    for index, write, spec in writes_of(run, REQUEST):
        put = partial(with_write, run, index)
        for word in ("routine", "urgent", "asap", "stat", None):
            if spec.get("priority") and (word or "routine") != spec["priority"]:
                yield put(edited(write, "priority", word), f"priority {word}", "state.*.priority")
        timing: Json = {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}}
        often = edited(edited(write, "occurrenceDateTime", None), "occurrenceTiming", timing)
        yield put(often, "every 6 hours", "state.*.once")
        if spec.get("reason"):
            bare = edited(edited(write, "reasonCode", None), "reasonReference", None)
            said = (spec["reason"].get("texts") or [""])[0]
            for text in ("other reasons", f"no {said}", f"not for {said}"):
                reason: Json = [{"text": text}]
                yield put(edited(bare, "reasonCode", reason), f"reason {text}", "state.*.reason")
            yield put(bare, "no reason", "state.*.reason")
        for fact in spec.get("facts") or ():
            key = f"state.*.{fact['key']}"
            wanted = {fact.get("reference"), *(fact.get("references") or ())}
            support = [r for r in write["supportingInfo"] if r["reference"] not in wanted]
            silent = edited(write, "supportingInfo", support or None)
            yield put(silent, f"without {fact['key']}", key)
            yield put(
                edited(silent, "note", [{"text": f"{fact['name']} attached"}]), f"{fact['key']} unsaid", key
            )
            if isinstance(fact.get("value"), int | float):
                for factor in (10, 1.1):
                    note = f"{fact['name']} {fact['value'] * factor:g} {fact.get('unit') or ''}"
                    other = [{"text": note}]
                    yield put(edited(silent, "note", other), f"{fact['key']} x {factor}", key)
                    yield put(edited(write, "note", other), f"{fact['key']} x {factor} beside", key)
                hedge = f"{fact['name']} {fact['value']} or {fact['value'] * 3:g} {fact.get('unit') or ''}"
                yield put(edited(silent, "note", [{"text": hedge}]), f"{fact['key']} hedged", key)


def _observed(run: Run) -> Iterator[Variant]:
    for index, write, _ in writes_of(run, OBSERVATION):
        put = partial(with_write, run, index)
        parts = [f"component.{i}.valueQuantity" for i in range(len(write.get("component", [])))]
        failing = ("state.*.value", "state.*.systolic", "state.*.diastolic")
        for path in parts or ["valueQuantity"]:
            number, code = value_at(write, path)["value"], value_at(write, path)["code"]
            for factor in (1.1, 10, 0.5, 1.01):
                changed = edited(write, f"{path}.value", number * factor)
                yield put(changed, f"{path} x {factor}", *failing)
            for unit in (
                "%",
                "/min",
                "mm[Hg]",
                "Cel",
                "[degF]",
                "kg",
                "[lb_av]",
                "cm",
                "[in_i]",
                "kPa",
                "mg/dL",
                "g",
            ):
                if unit != code:
                    moved = edited(edited(write, f"{path}.code", unit), f"{path}.unit", unit)
                    yield put(moved, f"{path} in {unit}", *failing)
            yield put(edited(write, f"{path}.comparator", ">"), f"{path} with a comparator", *failing)
            holder = path.removesuffix("valueQuantity")
            for other, value in (("valueString", f"{number} {code}"), ("valueInteger", int(number))):
                moved = edited(edited(write, path, None), f"{holder}{other}", value)
                yield put(moved, f"{holder}{other}", *failing)
        if parts:
            first, second = (value_at(write, p) for p in parts)
            swapped = edited(edited(write, parts[0], second), parts[1], first)
            yield put(swapped, "components swapped", *failing)
            for keep in (0, 1):
                yield put(edited(write, "component", [write["component"][keep]]), "one component", *failing)
            trebled = [*write["component"], write["component"][0]]
            yield put(
                edited(write, "component", trebled), "a component twice", *failing, "state.*.components"
            )


ATTACKS: Mapping[str, Attack] = {
    "doubled": _doubled,
    "claimed": _claimed,
    "unasked": _unasked,
    "words": _words,
    "amounts": _amounts,
    "rates": _rates,
    "drugs": _drugs,
    "services": _services,
    "times": _times,
    "requests": _requests,
    "observed": _observed,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_bent_write_fails(field: Field, name: str) -> None:
    """Whatever is bent in a write, the criterion of that element fails the task, on every task it applies to."""
    count, faults = field.all_fail(ATTACKS[name])
    assert count > 50, "the attack touched almost nothing"
    assert not faults, told(faults)


def test_a_write_for_somebody_else_fails(field: Field) -> None:
    """The right payload on another inpatient, a namesake, or a patient whom the server cannot find."""
    count, faults = field.all_fail(partial(_elsewhere, field))
    assert count > 50, "the attack touched almost nothing"
    assert not faults, told(faults)


def test_the_writes_alone_pass(field: Field) -> None:
    """Without one read, the oracle's writes and answer pass: the state decides, and a failure above is the bend's."""
    count, faults = field.all_pass(lambda run: [as_is(run)])
    assert count == len(field.runs)
    assert not faults, told(faults)
