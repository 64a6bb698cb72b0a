"""What goes wrong with a laboratory result's status and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ...backend import Resource
from .. import parts
from ..chance import between
from ..codes import ANALYTES
from ..plan import Json
from .draft import Draft

REPLACES = "http://hl7.org/fhir/StructureDefinition/observation-replaces"
"""HL7's extension on a result that refers to the one it replaces."""

TEXTS = (
    "NotDone", "UNABLE TO REPORT", "LESS THAN 10", "GREATER THAN 2000", "0-2", "See comment", "Specimen clotted",
    "Quantity not sufficient", "HEMOLYZED", "COMPUTER NETWORK FAILURE. TEST NOT RESULTED.", "ERROR", "Pending",
)  # fmt: skip
"""What stands where a number is due; the wordings are those of hospitals' laboratories."""
_OWN_TEXTS: Mapping[str, tuple[str, ...]] = {
    "aptt": ("150 IS HIGHEST MEASURED PTT", "CLOTTED"),
    "platelets": ("UNABLE TO REPORT DUE TO PLATELET CLUMPS", "Clumped"),
    "potassium": ("HEMOLYZED", "GROSSLY HEMOLYZED, RECOLLECT"),
    "creatinine": ("<0.1", "UNABLE TO REPORT"),
    "bilirubin": ("<0.1", "LIPEMIC"),
    "glucose": ("GREATER THAN 700", "QNS"),
    "inr": ("CLOTTED", "UNABLE TO CALCULATE"),
    "anion-gap": ("UNABLE TO CALCULATE",),
    "egfr": ("UNABLE TO CALCULATE", "See comment"),
    "ldl": ("UNABLE TO CALCULATE",),
}
LIMITS: Mapping[str, tuple[str, float, float]] = {
    "alt": ("<", 6, 9),
    "albumin-creatinine-urine": ("<", 5, 12),
    "basophils": ("<", 0.1, 0.2),
    "bilirubin": ("<", 0.2, 0.4),
    "bilirubin-direct": ("<", 0.1, 0.2),
    "crp": ("<", 3, 6),
    "eosinophils": ("<", 0.1, 0.4),
    "lactate": ("<", 0.5, 0.8),
    "procalcitonin": ("<", 0.05, 0.1),
    "troponin": ("<", 0.01, 0.02),
    "troponin-hs": ("<", 6, 9),
    "tsh": ("<", 0.01, 0.1),
    "aptt": (">", 150, 90),
    "d-dimer": (">", 4000, 2500),
    "egfr": (">", 60, 75),
    "esr": (">", 130, 100),
    "ferritin": (">", 1500, 1000),
    "glucose": (">", 600, 450),
    "inr": (">", 10, 6),
    "vitamin-b12": (">", 1500, 1000),
}
"""By test: the sign, the method's limit, and from which value on a result is taken to be beyond it. Many laboratories
report an eGFR as ">60" only. Limits are typical ones of routine methods (judgement)."""
_SI: Mapping[str, tuple[str, float]] = {
    "albumin": ("g/L", 10.0),
    "bilirubin": ("umol/L", 17.1),
    "bun": ("mmol/L", 0.357),
    "calcium": ("mmol/L", 0.2495),
    "cholesterol": ("mmol/L", 0.02586),
    "creatinine": ("umol/L", 88.42),
    "crp": ("mg/dL", 0.1),
    "glucose": ("mmol/L", 1 / 18.016),
    "hemoglobin": ("g/L", 10.0),
    "magnesium": ("mmol/L", 0.4114),
    "phosphate": ("mmol/L", 0.3229),
    "potassium": ("meq/L", 1.0),
    "sodium": ("meq/L", 1.0),
}
"""The other usual unit and the factor to it (molar masses)."""
_CANCELLED = (
    "Specimen hemolyzed; please recollect.", "Specimen clotted.", "Quantity not sufficient.", "Tube not labeled.",
    "Duplicate request, credited.", "Specimen lost in transit.",
)  # fmt: skip
_WRONG = ("Wrong patient.", "Wrong specimen label.", "Filed in error.", "Entered on the wrong chart.")
_HEMOLYZED = (
    "Specimen hemolyzed; potassium may be falsely elevated.", "HEMOLYZED", "Slight hemolysis.",
    "Moderately hemolyzed specimen.",
)  # fmt: skip


def spoil_results(draft: Draft) -> None:
    """Corrections, errors, results that never came, words, limits, other units, ties."""
    numbers = draft.numbers
    _corrected(draft)
    for result in draft.deal("result-amended", numbers):
        _second_version(draft, result, "amended", "Amended report.")
        draft.mark("result-amended", result)
    _in_error(draft)
    for result in draft.deal("preliminary", numbers):
        result["status"] = "preliminary"
        draft.mark("preliminary", result)
    for result in draft.deal("registered", numbers):
        _without_value(result, "registered", "temp-unknown", "Specimen received.")
        draft.mark("registered", result)
    for result in draft.deal("cancelled", numbers):
        _without_value(result, "cancelled", "not-performed", draft.rng.choice(_CANCELLED))
        draft.mark("cancelled", result)
    _words(draft)
    _limits(draft)
    _hemolyzed(draft)
    _other_units(draft)
    for result in draft.deal("implausible-result", draft.named.get("creatinine", ())):
        if "valueQuantity" in result:
            result.update(draft.revalue(result, draft.rng.choice((132, 136, 138, 139, 141))))
            draft.mark("implausible-result", result)
    _ties(draft)


def _corrected(draft: Draft) -> None:
    """A pair of which the second replaces the first, or the second version of one result."""
    reports: dict[str, Resource] = {}
    for result in draft.deal("result-corrected", draft.numbers):
        if draft.rng.random() < 0.6:
            _second_version(draft, result, "corrected", "Corrected result. Previously reported as {was}.")
            draft.mark("result-corrected", result)
            continue
        reports = reports or _by_result(draft)
        right = draft.chart.again(
            result,
            status="corrected",
            note=[{"text": draft.rng.choice(_REPLACED)}],
            extension=[{"url": REPLACES, "valueReference": {"reference": f"Observation/{result['id']}"}}],
            **_later(draft, result, between(draft.rng, 25, 300)),
        )
        result.update(draft.revalue(result, draft.beside(result, 0.12)))
        draft.close(result)
        if result["id"] in reports:
            report = reports[result["id"]]
            report["result"] = [*report["result"], {"reference": f"Observation/{right['id']}"}]
        draft.mark("result-corrected", right)


_REPLACED = (
    "Corrected result; replaces the one reported before.", "CORRECTED REPORT", "Corrected; called to the ward.",
    "Corrected result: specimens were exchanged.",
)  # fmt: skip


def _by_result(draft: Draft) -> dict[str, Resource]:
    return {
        link["reference"].partition("/")[2]: resource
        for resource in draft.chart.resources
        if resource["resourceType"] == "DiagnosticReport"
        for link in resource.get("result", ())
    }


def _later(draft: Draft, result: Resource, minutes: float) -> dict[str, Json]:
    """`issued` and `meta` of what was released so many minutes after a result, but not after now."""
    first = datetime.fromisoformat(result["issued"])
    issued = min(first + timedelta(minutes=int(minutes)), max(first, draft.chart.now - timedelta(minutes=1)))
    text = issued.isoformat(timespec="seconds")
    return {"issued": text, "meta": {**result["meta"], "lastUpdated": text}}


def _second_version(draft: Draft, result: Resource, status: str, remark: str) -> None:
    """Version 2 of a result, its number nearly always another one than before."""
    was = result["valueQuantity"]["value"]
    changes = status == "corrected" or draft.rng.random() < 0.5
    text = remark.format(was=was)
    if changes:
        result.update(draft.revalue(result, draft.beside(result, 0.12)))
    later = _later(draft, result, between(draft.rng, 30, 1500))
    later["meta"] = {**later["meta"], "versionId": "2"}
    result.update(later, status=status, note=[{"text": text}])


def _in_error(draft: Draft) -> None:
    """A result of somebody else beside the right one; a vital sign as such, or a second one beside it."""
    final = [r for r in draft.vitals if r["status"] == "final"]
    share = len(draft.numbers) / max(1, len(draft.numbers) + len(final))
    due = draft.sizes.get("observations", 0)
    for result in draft.deal("entered-in-error", draft.numbers, int(due * share)):
        wrong: dict[str, Json] = {
            **draft.revalue(result, draft.beside(result, 0.35)),
            "note": [{"text": draft.rng.choice(_WRONG)}],
        }
        draft.mark("entered-in-error", draft.chart.again(result, status="entered-in-error", **wrong))
    for sign in draft.deal("entered-in-error", final, due - int(due * share)):
        if draft.rng.random() < 0.5:
            sign["status"] = "entered-in-error"
            draft.mark("entered-in-error", sign)
        else:
            draft.mark("entered-in-error", draft.chart.again(sign, status="entered-in-error"))


def _without_value(result: Resource, status: str, absent: str, remark: str) -> None:
    for key in ("valueQuantity", "interpretation", "referenceRange"):
        result.pop(key, None)
    result.update(status=status, dataAbsentReason=parts.absent_reason(absent), note=[{"text": remark}])


def _words(draft: Draft) -> None:
    for result in draft.deal("text-for-number", draft.numbers):
        own = _OWN_TEXTS.get(draft.name(result), ())
        text = draft.rng.choice(own) if own and draft.rng.random() < 0.5 else draft.rng.choice(TEXTS)
        result["valueString"] = text
        del result["valueQuantity"]
        result.pop("interpretation", None)
        draft.mark("text-for-number", result)


def _limits(draft: Draft) -> None:
    """Where a value is at the end of what the method measures, the report gives the limit and a sign."""
    eligible = [r for name in LIMITS for r in draft.named.get(name, ()) if _beyond(name, r)]
    for result in draft.deal("comparator", eligible):
        sign, limit, _ = LIMITS[draft.name(result)]
        result["valueQuantity"] = {"value": limit, "comparator": sign} | {
            key: value for key, value in result["valueQuantity"].items() if key != "value"
        }
        result.pop("interpretation", None)
        draft.mark("comparator", result)


def _beyond(name: str, result: Resource) -> bool:
    sign, _, start = LIMITS[name]
    quantity = result.get("valueQuantity")
    if quantity is None or "comparator" in quantity or result["status"] != "final":
        return False
    return quantity["value"] <= start if sign == "<" else quantity["value"] >= start


def _hemolyzed(draft: Draft) -> None:
    potassium = draft.named.get("potassium", ())
    eligible = [r for r in potassium if "valueQuantity" in r and r["status"] == "final" and "note" not in r]
    for result in draft.deal("hemolyzed", eligible, len(potassium)):
        false = min(8.4, result["valueQuantity"]["value"] + between(draft.rng, 0.7, 2.4))
        result.update(draft.revalue(result, false), note=[{"text": draft.rng.choice(_HEMOLYZED)}])
        draft.mark("hemolyzed", result)


def _other_units(draft: Draft) -> None:
    eligible = [r for name in _SI for r in draft.named.get(name, ()) if _plain(r)]
    for result in draft.deal("other-unit", eligible):
        unit, factor = _SI[draft.name(result)]
        value = result["valueQuantity"]["value"] * factor
        decimals = ANALYTES[draft.name(result)].decimals if factor == 1.0 else parts.decimals_for(value)
        number = round(value, decimals) if decimals else round(value)
        result["valueQuantity"] = {"value": number} | parts.unit_parts(unit)
        for key in ("interpretation", "referenceRange"):
            result.pop(key, None)
        draft.mark("other-unit", result)


def _plain(result: Resource) -> bool:
    return result["status"] == "final" and "comparator" not in result.get("valueQuantity", "comparator")


def _ties(draft: Draft) -> None:
    """The same test of the same minute, as another specimen or a repeat: every second time the value differs."""
    final: Sequence[Resource] = [r for r in draft.numbers if _plain(r)]
    for number, result in enumerate(draft.deal("tie", final)):
        draft.close(result)
        other = draft.revalue(result, draft.beside(result, 0.05)) if number % 2 == 0 else {}
        draft.mark(
            "tie", draft.chart.again(result, **other, **_later(draft, result, between(draft.rng, 1, 40)))
        )
