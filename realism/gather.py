"""Reads charts one after the other and keeps what `chart.py` says. Only this module knows FHIR."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import orjson

from chartgym.fhir_server.cohort.build import Cohort
from chartgym.fhir_server.cohort.codes import ANALYTES, DRUGS, NOTES, VITALS
from chartgym.fhir_server.cohort.hospital import ICUS
from chartgym.fhir_server.cohort.plan import NOW, TIME_ZONE

from .chart import ChartRecord, Dose, Entry, Note, Order, Series, Span, place

Json: TypeAlias = Any
Resource: TypeAlias = Mapping[str, Json]

COMPONENTS = {"8480-6": "systolic", "8462-4": "diastolic"}
FACTORS: Mapping[str, Mapping[str, float]] = {
    "glucose": {"mmol/L": 18.016},
    "creatinine": {"umol/L": 1 / 88.42},
    "calcium": {"mmol/L": 4.008},
    "hemoglobin": {"g/L": 0.1},
    "bilirubin": {"umol/L": 1 / 17.1},
    "magnesium": {"mmol/L": 2.4305},
    "phosphate": {"mmol/L": 3.097},
    "albumin": {"g/L": 0.1},
    "potassium": {"meq/L": 1.0},
    "sodium": {"meq/L": 1.0},
    "chloride": {"meq/L": 1.0},
    "crp": {"mg/dL": 10.0},
    "bun": {"mmol/L": 2.801},
    "weight": {"[lb_av]": 0.45359237, "g": 0.001},
    "height": {"[in_i]": 2.54, "m": 100.0},
}
"""From another unit into the table's, by molar mass."""
PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "systolic": (40, 280), "diastolic": (15, 180), "heart-rate": (20, 250), "respiratory-rate": (3, 70), "spo2": (50, 100),
    "temperature": (32, 43), "weight": (25, 280), "sodium": (95, 185), "potassium": (1.5, 10), "chloride": (60, 150),
    "creatinine": (0.1, 25), "hemoglobin": (2, 24), "calcium": (4, 18), "magnesium": (0.3, 9), "glucose-poc": (15, 1200),
}  # fmt: skip
"""Values outside are slips left in the record (a systolic of 1120): they are counted and kept out of figures."""
USABLE = frozenset({"final", "amended", "corrected", "preliminary"})
_SENTENCE = re.compile(r"(?<=[a-z0-9)%][.!?])\s+(?=[A-Z])")
_LABEL = re.compile(r"^[\s\-*#•\[\]]*(?:\d+\. )?(?:[A-Za-z][A-Za-z/&'() -]{0,34}[:\]] ?)?")
_SIGNED = re.compile(r"^[^.:;]{3,40}, (?:MD|DO|RN|NP|PA|PharmD)$")
_UNFILLED = re.compile(r"\$[A-Za-z{]|[{}]|\|\w|\bNone\b[.,]|\bnan\b")
"""What a template leaves behind when it is not filled in."""
_PRESSURE = re.compile(r"^\s*(\d{2,3})\s*/\s*(\d{2,3})")


def _names(tables: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    return {c.code: name for table in tables for name, row in table.items() for c in reversed(row.codes)}


_TESTS = _names([ANALYTES, VITALS])
_TEXTS = {row.text: name for table in (ANALYTES, VITALS) for name, row in table.items()}
_UNITS = {name: row.unit for table in (ANALYTES, VITALS) for name, row in table.items()}
_LABS = frozenset(ANALYTES)
_DRUG_NAMES = _names([DRUGS])
_NOTE_NAMES = _names([NOTES])


def read_cohort(cohort: Cohort, progress: Callable[[int, int], None]) -> list[ChartRecord]:
    """All charts of a cohort that hold an encounter, one in memory at a time."""
    patients = {r["id"]: r for r in cohort.hospital() if r["resourceType"] == "Patient"}
    names = [name for name in cohort.file.names() if name in patients]
    records: list[ChartRecord] = []
    for number, name in enumerate(names, start=1):
        record = read_chart([patients[name]], map(orjson.loads, cohort.file.ndjson(name)))
        if record.types["Encounter"]:
            records.append(record)
        progress(number, len(names))
    return records


def read_chart(*parts: Iterable[Resource]) -> ChartRecord:
    """One chart; the Patient comes first."""
    resources = (r for part in parts for r in part)
    reader = _Reader(next(resources))
    for resource in resources:
        reader.take(resource)
    return reader.done()


class _Reader:
    """Takes the resources of one chart."""

    def __init__(self, patient: Resource) -> None:
        death = patient.get("deceasedDateTime")
        self._instants: dict[str, tuple[float, float]] = {}
        self.record = ChartRecord(
            person=patient["id"],
            label=f"{patient['gender']}, born {patient['birthDate'][:4]}",
            birth=self._seconds(patient["birthDate"]),
            death=self._seconds(death) if death else None,
        )
        self.record.types["Patient"] += 1
        self._points: dict[str, list[tuple[float, float, float]]] = {}
        self._lab_times: list[tuple[float, bool]] = []
        self._seen: set[tuple[str, float]] = set()
        self._takers: Mapping[str, Callable[[Resource], None]] = {
            "Observation": self._observation,
            "Encounter": self._encounter,
            "MedicationRequest": self._order,
            "MedicationAdministration": self._dose,
            "Condition": self._condition,
            "Procedure": self._procedure,
            "DocumentReference": self._document,
            "Communication": self._message,
            "ServiceRequest": self._service,
        }

    def take(self, resource: Resource) -> None:
        """Counts a resource and keeps what the page needs of it."""
        kind = resource["resourceType"]
        self.record.types[kind] += 1
        if taker := self._takers.get(kind):
            taker(resource)

    def done(self) -> ChartRecord:
        """The record, once all has been taken."""
        record = self.record
        record.stays.sort(key=lambda s: s.start)
        record.doses.sort(key=lambda d: d.at)
        for name, points in self._points.items():
            table = np.asarray(sorted(points), dtype=np.float64)
            settings, stays = place(table[:, 0], record.stays, record.icu)
            record.series[name] = Series(table[:, 0], table[:, 1], table[:, 2], settings, stays)
        times = np.asarray([t for t, _ in self._lab_times], dtype=np.float64)
        inside = place(times, record.stays, [])[1] >= 0
        without = np.asarray([not has for _, has in self._lab_times], dtype=np.bool_)
        record.tally["lab in hospital"] = int(inside.sum())
        record.tally["lab in hospital, no encounter"] = int((inside & without).sum())
        return record

    def _instant(self, text: str) -> tuple[float, float]:
        """Seconds since 1970, and the hour on the hospital's wall clock."""
        if (known := self._instants.get(text)) is None:
            when = datetime.fromisoformat(text if "T" in text else f"{text[:10]:0<10}"[:10])
            when = when if when.tzinfo else when.replace(tzinfo=TIME_ZONE)
            here = when.astimezone(TIME_ZONE)
            known = self._instants[text] = (when.timestamp(), here.hour + here.minute / 60)
        return known

    def _seconds(self, text: str) -> float:
        if "T" not in text:
            text = (text + "-01-01")[:10]
        return self._instant(text)[0]

    def _observation(self, r: Resource) -> None:
        tally, status = self.record.tally, r["status"]
        name, coded = _test_name(r["code"])
        lab = name in _LABS or _category(r) == "laboratory"
        tally["observation"] += 1
        tally[f"observation {status}"] += 1
        if "dataAbsentReason" in r:
            tally["observation without value, reason given"] += 1
        text = r.get("effectiveDateTime") or r.get("effectivePeriod", {}).get("start")
        if text is None:
            tally["observation without time"] += 1
            return
        at, hour = self._instant(text)
        if lab:
            self._laboratory(r, name, at, coded=coded)
        if status in USABLE and name:
            for measure, value in self._values(r, name):
                low, high = PLAUSIBLE.get(measure, (-1e6, 1e6))  # a base excess may be below zero
                if not low <= value <= high:
                    tally["implausible, left out of figures"] += 1
                    continue
                self._points.setdefault(measure, []).append((at, value, hour))

    def _laboratory(self, r: Resource, name: str, at: float, *, coded: bool) -> None:
        """Counts how a laboratory result is written down."""
        tally = self.record.tally
        tally["lab"] += 1
        tally[f"lab {r['status']}"] += 1
        tally["lab without code"] += not coded
        self._lab_times.append((at, "encounter" in r))
        if (name, at) in self._seen:
            tally["lab twice"] += 1
        self._seen.add((name, at))
        if "issued" in r:
            tally["lab with issued"] += 1
            tally["lab issued early"] += self._instant(r["issued"])[0] < at
        if not _UNITS.get(name) or name.startswith("ua-"):  # urinalysis answers in words by design
            return
        tally["numeric lab"] += 1
        tally["numeric lab with text"] += "valueString" in r or "valueCodeableConcept" in r
        quantity = r.get("valueQuantity")
        if quantity:
            tally["numeric lab with comparator"] += "comparator" in quantity
            tally["numeric lab in another unit"] += quantity.get("code") != _UNITS[name]

    def _values(self, r: Resource, name: str) -> Iterator[tuple[str, float]]:
        """The usable numbers of an observation, in the table's units."""
        quantity = r.get("valueQuantity")
        if quantity and "comparator" not in quantity and "value" in quantity:
            if name == "temperature":
                self.record.tally["temperature"] += 1
                self.record.tally["temperature in Fahrenheit"] += quantity.get("code") == "[degF]"
            if (value := _converted(name, quantity)) is not None:
                yield name, value
        for part in r.get("component", ()):
            which = next(
                (COMPONENTS[c["code"]] for c in part["code"].get("coding", ()) if c["code"] in COMPONENTS), ""
            )
            if which and "valueQuantity" in part:
                yield which, float(part["valueQuantity"]["value"])
        if name == "blood-pressure" and (found := _PRESSURE.match(r.get("valueString", ""))):
            yield "systolic", float(found[1])
            yield "diastolic", float(found[2])

    def _encounter(self, r: Resource) -> None:
        period = r.get("period", {})
        if "start" not in period or r["status"] in {"cancelled", "entered-in-error", "planned"}:
            return
        start = self._seconds(period["start"])
        goes_on = "end" not in period
        end = NOW.timestamp() if goes_on else self._seconds(period["end"])
        reason = next((c.get("text", "") for c in r.get("reasonCode", ())), "")
        span, kind = Span(start, end, reason, goes_on), r["class"].get("code", "")
        record = self.record
        if kind == "ACUTE" and "partOf" in r:
            record.icu.append(span)
        elif kind in {"IMP", "ACUTE", "OBSENC", "NONAC"}:
            record.stays.append(span)
            record.icu += self._icu_locations(r, end)
        elif kind == "EMER":
            record.emergency.append(span)
        else:
            record.visits.append(Entry(reason or kind, kind, start, kind))

    def _icu_locations(self, r: Resource, end: float) -> Iterator[Span]:
        for location in r.get("location", ()):
            period = location.get("period")
            if period and location["location"].get("display", "").startswith(ICUS):
                until = self._seconds(period["end"]) if "end" in period else end
                yield Span(self._seconds(period["start"]), until)

    def _order(self, r: Resource) -> None:
        home = any(
            c["code"] in {"community", "outpatient"}
            for k in r.get("category", ())
            for c in k.get("coding", ())
        )
        lines: list[Resource] = r.get("dosageInstruction") or [{}]
        at = self._seconds(r["authoredOn"]) if "authoredOn" in r else float("nan")
        route = str(_part(lines[0], "route").get("text", ""))
        self.record.orders.append(Order(r["id"], _drug_name(r), at, r["status"], home, route, _supply(r)))

    def _dose(self, r: Resource) -> None:
        tally = self.record.tally
        tally["dose"] += 1
        tally["dose not given"] += r["status"] == "not-done"
        if r["status"] in {"not-done", "entered-in-error"}:
            return
        text = r.get("effectiveDateTime") or r.get("effectivePeriod", {}).get("start")
        if text is None:
            return
        amount = r.get("dosage", {}).get("dose", {}).get("value", float("nan"))
        order = r.get("request", {}).get("reference", "").removeprefix("MedicationRequest/")
        self.record.doses.append(Dose(_drug_name(r), self._instant(text)[0], float(amount), order))

    def _condition(self, r: Resource) -> None:
        when = r.get("onsetDateTime") or r.get("recordedDate")
        coding = _first_coding(r)
        kind = _category(r)
        at = self._seconds(when) if when else float("nan")
        text = _part(r, "code").get("text") or coding.get("display", "")
        self.record.conditions.append(Entry(text, coding.get("code", ""), at, kind))

    def _procedure(self, r: Resource) -> None:
        when = r.get("performedDateTime") or r.get("performedPeriod", {}).get("start")
        coding = _first_coding(r)
        if when and r["status"] not in {"not-done", "entered-in-error"}:
            name = r["code"].get("text") or coding.get("display", "")
            self.record.procedures.append(Entry(name, coding.get("code", ""), self._seconds(when)))

    def _document(self, r: Resource) -> None:
        codes = [c["code"] for c in r.get("type", {}).get("coding", ())]
        kind = next(
            (_NOTE_NAMES[c] for c in codes if c in _NOTE_NAMES), r.get("type", {}).get("text", "other")
        )
        data = r["content"][0]["attachment"].get("data")
        text = b64decode(data).decode("utf-8", "replace") if data else ""
        when = r.get("date")
        self._note(kind, self._seconds(when) if when else float("nan"), text)

    def _message(self, r: Resource) -> None:
        text = " ".join(p.get("contentString", "") for p in r.get("payload", ()))
        self._note("message", self._seconds(r["sent"]) if "sent" in r else float("nan"), text)

    def _note(self, kind: str, at: float, text: str) -> None:
        sentences = tuple(dict.fromkeys(_sentences(text)))
        self.record.tally["note"] += 1
        self.record.tally["note with template marks"] += bool(_UNFILLED.search(text))
        self.record.notes.append(Note(kind, at, len(text.split()), sentences))

    def _service(self, r: Resource) -> None:
        self.record.tally["service request"] += 1
        self.record.tally[f"service request {r['status']}"] += 1


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a note without headings, labels (`Allergies:`), signatures, and what has one or two words."""
    for line in text.split("\n"):
        if len(line.split()) < 5 and not line.endswith(".") and ":" not in line:
            continue
        for part in _SENTENCE.split(line):
            bare = _LABEL.sub("", part, count=1).strip(" .")
            if len(bare.split()) > 2 and not _SIGNED.search(bare):
                yield bare


def _part(r: Resource, name: str) -> Resource:
    """An element that is itself an object; empty where it is missing."""
    part: Resource = r.get(name) or {}
    return part


def _supply(r: Resource) -> float:
    """Days that a prescription lasts with its refills; 400 where it does not say."""
    dispense = _part(r, "dispenseRequest")
    days = _part(dispense, "expectedSupplyDuration").get("value")
    return 400.0 if days is None else float(days) * (1 + int(dispense.get("numberOfRepeatsAllowed", 0)))


def _first_coding(r: Resource) -> Resource:
    """The first coding of `code`; empty where there is only text."""
    codings: Sequence[Resource] = _part(r, "code").get("coding") or ()
    return codings[0] if codings else {}


def _test_name(code: Resource) -> tuple[str, bool]:
    """The table's name of a test, and whether it has a standard code."""
    codings = code.get("coding", ())
    for coding in codings:
        if coding.get("code") in _TESTS:
            standard = any(c.get("system") == "http://loinc.org" for c in codings)
            return _TESTS[coding["code"]], standard
    return _TEXTS.get(code.get("text", ""), ""), False


def _category(r: Resource) -> str:
    for category in r.get("category", ()):
        for coding in category.get("coding", ()):
            return str(coding.get("code", ""))
    return ""


def _drug_name(r: Resource) -> str:
    """By local code first: several rows share an ingredient's code."""
    concept = r.get("medicationCodeableConcept", {})
    codings = concept.get("coding", ())
    for coding in reversed(codings):
        if coding.get("code") in _DRUG_NAMES:
            return _DRUG_NAMES[coding["code"]]
    return concept.get("text") or r.get("medicationReference", {}).get("display", "unknown")


def _converted(name: str, quantity: Resource) -> float | None:
    """A value in the table's unit; None where the unit is not understood."""
    value, unit = float(quantity["value"]), quantity.get("code") or quantity.get("unit", "")
    if name == "temperature":
        return (value - 32) / 1.8 if unit in {"[degF]", "°F"} else value
    if unit == _UNITS[name] or not unit:
        return value
    factor = FACTORS.get(name, {}).get(unit)
    return None if factor is None else value * factor
