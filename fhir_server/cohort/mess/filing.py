"""What goes wrong when a result is filed: codes, spellings of units, encounters, copies, times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ...backend import Resource
from ..chance import between
from ..clock import local
from ..codes import ANALYTES, LOINC
from ..plan import TIME_ZONE, Json
from .draft import Draft

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "%": ("percent", "PERCENT"),
    "/min": ("bpm", "BPM"),
    "10*3/uL": ("thou/uL", "x10E3/uL", "10^3/uL"),
    "10*6/uL": ("mill/uL", "x10E6/uL"),
    "Cel": ("Deg. C", "C"),
    "U/L": ("IU/L", "units/L"),
    "[degF]": ("Deg. F", "F", "?F"),
    "fL": ("FL",),
    "g/dL": ("gm/dL", "G/DL"),
    "kg": ("KG", "kgs"),
    "m[IU]/L": ("uIU/mL", "uU/ML"),
    "mg/dL": ("MG/DL", "mg/dl", "mg%"),
    "mm[Hg]": ("MM HG", "mm Hg"),
    "mmol/L": ("MMOL/L", "mmol/l"),
    "ng/mL": ("ng/ml", "NG/ML"),
    "pg": ("PG",),
    "s": ("SECONDS", "sec"),
}
"""How people type a unit; by UCUM code. All are equal to it."""
_LIPIDS = ("cholesterol", "triglycerides", "hdl", "ldl")
_MOLAR = {"magnesium": "magnesium-moles", "calcium": "calcium-moles"}
_LABORATORIES = ("Northgate Reference Laboratory", "Quarry Hill Clinical Laboratories")
_FALL_BACK = tuple(
    datetime(year, 11, day, 1, 30, tzinfo=TIME_ZONE)
    for year, day in ((2020, 1), (2021, 7), (2022, 6), (2023, 5), (2024, 3), (2025, 2))
)
"""1:30, the first time, of the nights on which daylight saving time ended in the US: the first Sunday of November."""


def spoil_filing(draft: Draft) -> None:
    """Codes, units, encounters, times."""
    _codes(draft)
    _spellings(draft)
    _encounters(draft)
    for result in draft.deal("issued-early", draft.labs, share=True):
        early = draft.at(result) - timedelta(minutes=int(between(draft.rng, 1, 40)))
        result["issued"] = local(early.timestamp()).isoformat(timespec="seconds")
        draft.mark("issued-early", result)
    _outside(draft)
    _dates(draft)
    _clocks_back(draft)


def file_twice(draft: Draft) -> None:
    """Files observations under a second id. Before all else: what is filed twice is the same twice."""
    for first in draft.deal("filed-twice", [r for r in draft.observations if r["status"] == "final"]):
        draft.close(first)
        draft.mark("filed-twice", draft.chart.again(first))


def _codes(draft: Draft) -> None:
    """No LOINC, no code at all, the LOINC of another unit: at most one of them befalls a result."""
    drawn: set[str] = set()
    coded = [r for r in draft.labs if len(r["code"].get("coding", ())) > 1]
    for result in draft.deal("local-code-only", coded, share=True):
        code = result["code"]
        result["code"] = {**code, "coding": [c for c in code["coding"] if c["system"] != LOINC]}
        drawn.add(result["id"])
        draft.mark("local-code-only", result)
    for result in draft.deal("text-only-code", draft.labs, share=True):
        if result["id"] not in drawn:
            text: str = result["code"]["text"]
            result["code"] = {"text": text.upper() if draft.rng.random() < 0.4 else text}
            drawn.add(result["id"])
            draft.mark("text-only-code", result)
    divalent = [r for name in _MOLAR for r in draft.named.get(name, ())]
    milligrams = [r for r in divalent if r.get("valueQuantity", {}).get("code") == "mg/dL"]
    for result in draft.deal("molar-code", milligrams, len(divalent), share=True):
        if result["id"] not in drawn:
            loinc = ANALYTES[_MOLAR[draft.name(result)]].codes[0]
            wrong = {"system": loinc.system, "code": loinc.code, "display": loinc.display}
            kept = [c for c in result["code"]["coding"] if c["system"] != LOINC]
            result["code"] = {**result["code"], "coding": [wrong, *kept]}
            draft.mark("molar-code", result)


def _spellings(draft: Draft) -> None:
    eligible = [r for r in draft.observations if _in_own_unit(draft, r)]
    for result in draft.deal("unit-spelling", eligible, share=True):
        quantity = result["valueQuantity"]
        typed = {**quantity, "unit": draft.rng.choice(SPELLINGS[quantity["code"]])}
        # a vital sign without its UCUM code would break R4's profile of vital signs
        if draft.name(result) in ANALYTES and draft.rng.random() < 0.4:
            del typed["code"], typed["system"]
        result["valueQuantity"] = typed
        draft.mark("unit-spelling", result)


def _in_own_unit(draft: Draft, result: Resource) -> bool:
    """Whether it has a unit that people spell in many ways, and a result the laboratory's own."""
    unit = result.get("valueQuantity", {}).get("code")
    row = ANALYTES.get(draft.name(result))
    return unit in SPELLINGS and (row is None or unit == row.unit)


def _encounters(draft: Draft) -> None:
    for result in draft.deal("no-encounter", [r for r in draft.labs if "encounter" in r], share=True):
        del result["encounter"]
        draft.mark("no-encounter", result)


def _outside(draft: Draft) -> None:
    """Whole collections of visits that were sent to a laboratory which reports in UTC."""
    inpatient = {
        f"Encounter/{e['id']}"
        for e in draft.chart.resources
        if e["resourceType"] == "Encounter" and e["class"]["code"] != "AMB"
    }
    by_id = {r["id"]: r for r in draft.labs}
    reports = [
        r
        for r in draft.chart.resources
        if r["resourceType"] == "DiagnosticReport"
        and r.get("encounter", {}).get("reference") not in inpatient
        and any(link["reference"].partition("/")[2] in by_id for link in r.get("result", ()))
    ]
    draft.rng.shuffle(reports)
    left = draft.quota("utc", draft.sizes.get("labs", 0))
    while reports and left > 0:
        report = reports.pop()
        name = draft.rng.choice(_LABORATORIES)
        _in_utc(report)
        for link in report["result"]:
            result = by_id.get(link["reference"].partition("/")[2])
            if result is not None and not draft.is_closed(result) and "performer" not in result:
                _in_utc(result)
                result["performer"] = [{"display": name}]
                draft.mark("utc", result)
                left -= 1


def _in_utc(resource: Resource) -> None:
    for key in ("effectiveDateTime", "issued"):
        if "T" in resource.get(key, ""):
            at = datetime.fromisoformat(resource[key]).astimezone(UTC)
            resource[key] = at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _dates(draft: Draft) -> None:
    """Outside records tell the day only: lipid results, vaccinations, the beginning of problems."""
    early = set(draft.chart.spoiled.get("issued-early", ()))
    dated: list[tuple[Resource, str]] = [
        (r, "effectiveDateTime")
        for name in _LIPIDS
        for r in draft.named.get(name, ())
        if "performer" not in r and r["id"] not in early
    ]
    for resource in draft.chart.resources:
        if resource["resourceType"] == "Immunization":
            dated.append((resource, "occurrenceDateTime"))
        elif resource["resourceType"] == "Condition" and is_problem(resource):
            dated.append((resource, "onsetDateTime"))
    keys = {resource["id"]: key for resource, key in dated}
    known = [r for r, key in dated if "T" in r.get(key, "") and draft.chart.known(r["id"])]
    open_now = [r for r in known if draft.is_open(draft.at(r))]
    for resource in draft.deal("date-only", open_now, len(dated), share=True):
        resource[keys[resource["id"]]] = resource[keys[resource["id"]]][:10]
        draft.mark("date-only", resource)


def is_problem(condition: Resource) -> bool:
    """Whether a Condition stands on the problem list."""
    categories: list[Json] = condition.get("category", [])
    return any(c["code"] == "problem-list-item" for entry in categories for c in entry.get("coding", ()))


def _clocks_back(draft: Draft) -> None:
    """In a night in which clocks went back, vital signs at 1:30 twice, an hour apart."""
    stays = [
        (datetime.fromisoformat(r["period"]["start"]), r["period"].get("end"))
        for r in draft.chart.resources
        if r["resourceType"] == "Encounter" and r["class"]["code"] == "IMP" and "partOf" not in r
    ]
    for first in _FALL_BACK:
        second = first.replace(fold=1)
        ends = (
            datetime.fromisoformat(end) if end else draft.chart.now for start, end in stays if start < first
        )
        if not draft.is_open(second) or not any(end > second for end in ends):
            continue
        draft.sizes["change-nights"] = draft.sizes.get("change-nights", 0) + 1
        for at in (first, second):
            before = _last_before(draft, "heart-rate", at)
            value = before["valueQuantity"]["value"] if before else 78
            key = draft.chart.vital("heart-rate", max(40, value + draft.rng.randrange(-6, 7)), at)
        draft.chart.mark("clocks-back", key)


def _last_before(draft: Draft, name: str, at: datetime) -> Resource | None:
    there = [
        r for r in draft.named.get(name, ()) if draft.at(r) <= at and r.get("valueQuantity", {}).get("value")
    ]
    return max(there, key=draft.at, default=None)
