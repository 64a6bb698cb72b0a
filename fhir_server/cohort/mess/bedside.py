"""What goes wrong on a flowsheet: signs that were not taken, values that cannot be, pounds for kilograms."""

from __future__ import annotations

from ...backend import Resource
from .. import parts
from ..plan import Json
from .draft import Draft

_REASONS = ("asked-declined", "asked-declined", "not-performed", "unknown")
_REMARKS = {
    "asked-declined": "Patient refused",
    "not-performed": "Off the unit",
    "unknown": "Unable to obtain",
}
_POUNDS = 2.20462


def spoil_bedside(draft: Draft) -> None:
    """Missing, impossible and mistaken vital signs."""
    # A body mass index is reckoned, not taken: nobody refuses it, and R4's profile wants its value.
    taken = [
        r
        for r in draft.vitals
        if r["status"] == "final" and ("valueQuantity" in r or "component" in r) and draft.name(r) != "bmi"
    ]
    for sign in draft.deal("not-measured", taken):
        _not_measured(sign, draft.rng.choice(_REASONS))
        draft.mark("not-measured", sign)
    _implausible(draft)
    weights = draft.named.get("weight", ())
    kilograms = [r for r in weights if r.get("valueQuantity", {}).get("code") == "kg"]
    for sign in draft.deal("pounds-as-kilograms", kilograms, len(weights)):
        quantity = sign["valueQuantity"]
        sign["valueQuantity"] = {**quantity, "value": round(quantity["value"] * _POUNDS, 1)}
        draft.mark("pounds-as-kilograms", sign)


def _not_measured(sign: Resource, reason: str) -> None:
    absent: Json = {**parts.absent_reason(reason), "text": _REMARKS[reason]}
    if "component" in sign:  # R4's blood pressure keeps both components, each without a value
        sign["component"] = [{"code": part["code"], "dataAbsentReason": absent} for part in sign["component"]]
    else:
        del sign["valueQuantity"]
        sign["dataAbsentReason"] = absent


def _implausible(draft: Draft) -> None:
    named = draft.named
    eligible = [
        r
        for name in (
            "heart-rate",
            "respiratory-rate",
            "respiratory-rate",
            "blood-pressure",
            "temperature",
            "spo2",
        )
        for r in named.get(name, ())
        if r["status"] == "final" and "dataAbsentReason" not in r
    ]
    for sign in draft.deal("implausible-vital", eligible):
        match draft.name(sign):
            case "blood-pressure":
                _typo(draft, sign)
            case "temperature":
                _wrong_scale(sign)
            case "spo2":
                sign["valueQuantity"] = {
                    **sign["valueQuantity"],
                    "value": sign["valueQuantity"]["value"] // 10,
                }
            case _:
                sign["valueQuantity"] = {**sign["valueQuantity"], "value": 0}
        draft.mark("implausible-vital", sign)


def _typo(draft: Draft, sign: Resource) -> None:
    """A digit too many in the systolic pressure: 112 becomes 1120."""
    systolic, *others = sign["component"]
    if "valueQuantity" not in systolic:
        return
    quantity = systolic["valueQuantity"]
    typed = quantity["value"] * 10 + draft.rng.choice((0, 0, 2, 7))
    sign["component"] = [{**systolic, "valueQuantity": {**quantity, "value": typed}}, *others]


def _wrong_scale(sign: Resource) -> None:
    """A Celsius reading under the sign for Fahrenheit, or a Fahrenheit one without its point."""
    quantity = sign["valueQuantity"]
    if quantity["code"] == "Cel":
        sign["valueQuantity"] = {"value": quantity["value"]} | parts.unit_parts("[degF]")
    else:
        sign["valueQuantity"] = {**quantity, "value": round(quantity["value"] * 10)}
