"""One pass over a chart: results and signs in order of time, drugs given, procedures, problems, what was imaged.

Only what a careful reader would trust is kept: results that are final, corrected or amended, numbers in the usual unit
and within what a living body can have.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...backend import Resource
from ..codes import (
    ALLERGENS,
    ANALYTES,
    CONDITIONS,
    DRUGS,
    PROCEDURES,
    REPORTS,
    SERVICES,
    VACCINES,
    VITALS,
    Term,
)
from ..plan import Json

TRUSTED = frozenset({"final", "corrected", "amended"})
_PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "heart-rate": (25, 230), "systolic": (50, 260), "diastolic": (20, 160), "respiratory-rate": (5, 60),
    "spo2": (55, 100), "temperature": (32, 42.5), "weight": (28, 320), "oxygen-flow": (0.5, 60),
    "potassium": (1.5, 9), "sodium": (100, 180), "creatinine": (0.15, 25), "glucose": (15, 1500),
    "glucose-poc": (15, 900), "magnesium": (0.5, 9), "hemoglobin": (2.5, 23), "inr": (0.7, 15), "ph-arterial": (6.7, 7.75),
    "wbc": (0.05, 120), "platelets": (2, 1500), "calcium": (4, 17), "bun": (1, 260), "co2": (3, 55), "lactate": (0.2, 25), "albumin": (0.8, 6.5),
    "hba1c": (3.5, 18), "urine-output": (0, 2500), "pain": (0, 10),
}  # fmt: skip


def _by_code(*tables: Mapping[str, Term]) -> dict[str, str]:
    """Names by code; a local code is of one row only, a standard one may be of several, of which the first counts."""
    names: dict[str, str] = {}
    for table in tables:
        for name, row in table.items():
            for coding in row.codes:
                names.setdefault(coding.code, name)
    return names


_OBSERVED = _by_code(ANALYTES, VITALS) | {c.code: name for name, row in VITALS.items() for c in row.codes}
_DRUGS = _by_code(DRUGS)
_CONDITIONS = _by_code(CONDITIONS)
_PROCEDURES = _by_code(PROCEDURES)
_REPORTS = _by_code(REPORTS)
_ALLERGENS = _by_code(ALLERGENS)
_VACCINES = _by_code(VACCINES)
_SERVICES = _by_code(SERVICES)
_UNITS = {name: row.unit for name, row in ANALYTES.items()} | {name: row.unit for name, row in VITALS.items()}
_CONVERTED: Mapping[tuple[str, str], Callable[[float], float]] = {
    ("temperature", "[degF]"): lambda f: (f - 32) / 1.8,
    ("weight", "[lb_av]"): lambda lb: lb / 2.20462,
    ("potassium", "meq/L"): float,
    ("sodium", "meq/L"): float,
}


_UNREAD = frozenset({"mch", "mchc", "rbc", "mcv", "rdw", "monocytes", "basophils", "eosinophils", "lymphocytes", "height",
                     "hco3-arterial", "base-excess", "pt", "bilirubin-direct", "total-protein", "ua-ph"})  # fmt: skip
"""Results that no note tells of."""


@dataclass(slots=True)
class Series:
    """Values of one analyte or sign in order of time; `known` is when each was released."""

    times: list[float] = field(default_factory=list[float])
    values: list[float] = field(default_factory=list[float])
    known: list[float] = field(default_factory=list[float])

    def sort(self) -> None:
        """Puts all in order of time, as reading wants it."""
        times, known = self.times, self.known
        order = sorted(range(len(times)), key=lambda n: (times[n], known[n]))
        if order != list(range(len(times))):
            self.times = [times[n] for n in order]
            self.values = [self.values[n] for n in order]
            self.known = [known[n] for n in order]

    def keep_near_median(self) -> None:
        """Drops what cannot be of the same adult, such as pounds filed as kilograms."""
        if not self.values:
            return
        middle = sorted(self.values)[len(self.values) // 2]
        kept = [n for n, v in enumerate(self.values) if 0.7 < v / middle < 1.45]
        self.times = [self.times[n] for n in kept]
        self.values = [self.values[n] for n in kept]
        self.known = [self.known[n] for n in kept]

    def last(self, at: float, since: float = 0.0) -> tuple[float, float] | None:
        """(time, value) of the newest that was known at a time and is not older than `since`."""
        n = bisect_right(self.times, at) - 1
        while n >= 0 and self.times[n] >= since:
            if self.known[n] <= at:
                return self.times[n], self.values[n]
            n -= 1
        return None

    def within(self, start: float, end: float) -> list[tuple[float, float]]:
        """(time, value) of all taken in [start, end] and known at its end."""
        low, high = bisect_left(self.times, start), bisect_right(self.times, end)
        return [(self.times[n], self.values[n]) for n in range(low, high) if self.known[n] <= end]


@dataclass(frozen=True, slots=True)
class Given:
    """One dose."""

    at: float
    drug: str
    dose: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """One prescription or order; `home` where it is for use at home."""

    at: float
    drug: str
    status: str
    home: bool
    dose: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A procedure that was done, or an image with its reading (`words`)."""

    at: float
    name: str
    end: float
    words: str = ""
    encounter: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A Condition that is not an error. `encounter` is empty on the problem list."""

    at: float
    name: str
    encounter: str
    ended: float


_EMPTY = Series()


@dataclass(slots=True)
class Reading:
    """What one pass over the chart found."""

    series: dict[str, Series] = field(default_factory=dict[str, Series])
    texts: list[tuple[float, str, str, str]] = field(default_factory=list[tuple[float, str, str, str]])
    given: dict[str, list[Given]] = field(default_factory=dict[str, list[Given]])
    ordered: list[Ordered] = field(default_factory=list[Ordered])
    services: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    procedures: list[Done] = field(default_factory=list[Done])
    images: list[Done] = field(default_factory=list[Done])
    problems: list[Problem] = field(default_factory=list[Problem])
    allergies: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    vaccines: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    ways: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """How one came and went, by encounter: (source, disposition)."""
    dosed: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    drugs: list[str] = field(default_factory=list[str])
    _asked: tuple[float, float] = (0.0, 0.0)
    _on: list[str] = field(default_factory=list[str])

    def of(self, name: str) -> Series:
        """The series of an analyte or sign; empty where there is none."""
        return self.series.get(name, _EMPTY)

    def last(self, name: str, at: float, since: float = 0.0) -> float | None:
        """The newest value that was known at a time."""
        found = self.of(name).last(at, since)
        return found[1] if found else None

    def doses(self, drug: str, start: float, end: float) -> list[Given]:
        """Doses of a drug in [start, end]."""
        times = self.dosed.get(drug)
        if times is None:
            return []
        return self.given[drug][bisect_left(times, start) : bisect_right(times, end)]

    def on(self, at: float, start: float) -> list[str]:
        """Drugs of which a dose was given in [start, at], in order of name."""
        if self._asked != (at, start):
            self._asked = (at, start)
            self._on = [d for d in self.drugs if _any(self.dosed[d], start, at)]
        return self._on


def _any(times: list[float], start: float, end: float) -> bool:
    n = bisect_left(times, start)
    return n < len(times) and times[n] <= end


class _Reader:
    """The pass itself."""

    def __init__(self) -> None:
        self.out = Reading()
        self._stamps: dict[str, float] = {}
        self._names: dict[int, str | None] = {}

    def stamp(self, text: Json) -> float:
        """Seconds of a written time; -1 where there is none or only a date."""
        if not isinstance(text, str) or len(text) < 16:
            return -1.0
        known = self._stamps.get(text)
        if known is None:
            known = self._stamps[text] = datetime.fromisoformat(text).timestamp()
        return known

    def observation(self, r: Resource) -> None:
        if r["status"] not in TRUSTED or "note" in r:
            return  # a remark says that something is wrong with it
        code = r["code"]
        key = id(code)  # charts share these parts, and hold them while they are read
        if key in self._names:
            name = self._names[key]
        else:
            name = named(code, _OBSERVED)
            name = self._names[key] = None if name in _UNREAD else name
        if name is None:
            return
        text = r.get("effectiveDateTime", "")
        known = self._stamps.get(text)
        at = self.stamp(text) if known is None else known
        if at < 0:
            return
        later = r.get("issued")
        known = at if later is text else self.stamp(later)
        quantity: Resource | None = r.get("valueQuantity")
        if quantity is not None:
            self._number(name, quantity, at, known)
        elif "component" in r:
            for part, row in zip(("systolic", "diastolic"), r["component"], strict=False):
                if "valueQuantity" in row:
                    self._keep(part, row["valueQuantity"]["value"], at, known)
        elif "valueString" in r:
            self.out.texts.append((at, name, r["valueString"], r["status"]))

    def _number(self, name: str, quantity: Resource, at: float, known: float) -> None:
        if "comparator" in quantity or "value" not in quantity:
            return
        value, unit = quantity["value"], quantity.get("code", "")
        if unit != _UNITS[name]:
            change = _CONVERTED.get((name, unit))
            if change is None:
                return
            value = change(value)
        self._keep(name, value, at, known)

    def _keep(self, name: str, value: float, at: float, known: float) -> None:
        limits = _PLAUSIBLE.get(name)
        if limits is None or limits[0] <= value <= limits[1]:
            series = self.out.series.get(name)
            if series is None:
                series = self.out.series[name] = Series()
            series.times.append(at)
            series.values.append(value)
            series.known.append(known if known > at else at)

    def administration(self, r: Resource) -> None:
        at = self.stamp(r.get("effectiveDateTime") or r.get("effectivePeriod", {}).get("start"))
        drug = named(r.get("medicationCodeableConcept"), _DRUGS)
        if r["status"] not in {"completed", "in-progress"} or drug is None or at < 0:
            return
        dose: Resource = r.get("dosage", {}).get("dose", {})
        self.out.given.setdefault(drug, []).append(Given(at, drug, dose.get("value"), dose.get("unit", "")))

    def request(self, r: Resource) -> None:
        drug = named(r.get("medicationCodeableConcept"), _DRUGS)
        at = self.stamp(r.get("authoredOn"))
        if drug is not None and at > 0 and r["status"] not in {"entered-in-error", "cancelled", "draft"}:
            category = {c["code"] for k in r.get("category", ()) for c in k.get("coding", ())}
            home = "community" in category or "encounter" not in r
            self.out.ordered.append(Ordered(at, drug, r["status"], home, _dose(r)))

    def service(self, r: Resource) -> None:
        name, at = named(r.get("code"), _SERVICES), self.stamp(r.get("authoredOn"))
        if name is not None and at > 0:
            self.out.services.append((at, name, r["status"]))

    def procedure(self, r: Resource) -> None:
        period: Resource = r.get("performedPeriod", {})
        at = self.stamp(r.get("performedDateTime") or period.get("start"))
        name = named(r.get("code"), _PROCEDURES)
        if r["status"] == "completed" and name is not None and at > 0:
            end = self.stamp(period.get("end"))
            self.out.procedures.append(Done(at, name, max(at, end), encounter=_encounter(r)))

    def report(self, r: Resource) -> None:
        name, at = named(r.get("code"), _REPORTS), self.stamp(r.get("effectiveDateTime"))
        words = r.get("conclusion")
        if r["status"] in TRUSTED and words and name is not None and at > 0:
            issued = self.stamp(r.get("issued"))
            self.out.images.append(Done(at, name, max(at, issued), words, _encounter(r)))

    def condition(self, r: Resource) -> None:
        name, at = named(r.get("code"), _CONDITIONS), self.stamp(r.get("onsetDateTime"))
        wrong = {c["code"] for c in r.get("verificationStatus", {}).get("coding", ())}
        if name is None or at < 0 or wrong & {"entered-in-error", "refuted"}:
            return
        ended = self.stamp(r.get("abatementDateTime"))
        status = {c["code"] for c in r.get("clinicalStatus", {}).get("coding", ())}
        if ended < 0:
            ended = at if status & {"resolved", "inactive"} else float("inf")
        listed = any(
            c["code"] == "problem-list-item" for k in r.get("category", ()) for c in k.get("coding", ())
        )
        self.out.problems.append(Problem(at, name, "" if listed else _encounter(r) or "-", ended))

    def allergy(self, r: Resource) -> None:
        at = self.stamp(r.get("recordedDate"))
        active = any(c["code"] == "active" for c in r.get("clinicalStatus", {}).get("coding", ()))
        name = named(r.get("code"), _ALLERGENS)
        if not active or name is None or name == "no-known-allergy":
            return
        reactions: Sequence[Resource] = r.get("reaction", ())
        told = next((m.get("text", "") for x in reactions for m in x.get("manifestation", ())), "")
        self.out.allergies.append((at, r["code"].get("text") or name, told.lower()))

    def encounter(self, r: Resource) -> None:
        way: Resource = r.get("hospitalization", {})
        source = way.get("admitSource", {}).get("text", "")
        self.out.ways[r["id"]] = (source, way.get("dischargeDisposition", {}).get("text", ""))

    def vaccine(self, r: Resource) -> None:
        name, at = named(r.get("vaccineCode"), _VACCINES), self.stamp(r.get("occurrenceDateTime"))
        if name is not None and at > 0 and r["status"] == "completed":
            self.out.vaccines.append((at, name))


def _dose(r: Resource) -> float | None:
    """The dose of an order; None for a range or none."""
    for line in r.get("dosageInstruction", ()):
        for rate in line.get("doseAndRate", ()):
            return rate.get("doseQuantity", {}).get("value")
    return None


def _encounter(r: Resource) -> str:
    return r.get("encounter", {}).get("reference", "").removeprefix("Encounter/")


def named(concept: Resource | None, names: Mapping[str, str]) -> str | None:
    """The short name of a concept: by its local code where it has one, since a standard code may be of several rows."""
    if concept is None:
        return None
    found = None
    codings: Sequence[Resource] = concept.get("coding", ())
    for coding in codings:
        name = names.get(coding.get("code", ""))
        if name is not None:
            if "chartgym" in coding.get("system", ""):
                return name
            found = found or name
    return found


def read(resources: Iterable[Resource]) -> Reading:
    """Reads a chart once."""
    reader = _Reader()
    visit: Mapping[str, Callable[[Resource], None]] = {
        "Observation": reader.observation,
        "MedicationAdministration": reader.administration,
        "MedicationRequest": reader.request,
        "ServiceRequest": reader.service,
        "Procedure": reader.procedure,
        "DiagnosticReport": reader.report,
        "Condition": reader.condition,
        "AllergyIntolerance": reader.allergy,
        "Immunization": reader.vaccine,
        "Encounter": reader.encounter,
    }
    for resource in resources:
        look = visit.get(resource["resourceType"])
        if look is not None:
            look(resource)
    out = reader.out
    for name, series in out.series.items():
        series.sort()
        if name == "weight":
            series.keep_near_median()
    for doses in out.given.values():
        doses.sort(key=lambda g: g.at)
    out.dosed = {drug: [g.at for g in doses] for drug, doses in out.given.items()}
    out.drugs = sorted(out.given)
    out.ordered.sort(key=lambda o: o.at)
    out.procedures.sort(key=lambda d: (d.at, d.name))
    out.images.sort(key=lambda d: (d.at, d.name))
    out.problems.sort(key=lambda p: (p.at, p.name))
    out.texts.sort()
    return out
