"""A filed observation against what is expected: code, value or components, time."""

from __future__ import annotations

from collections.abc import Sequence

from ..fhir_server.backend import Resource
from .base import Json
from .meaning import Found, at, brief
from .meaning_codes import RIVALS, describe_codings, pairs, same_concept
from .meaning_units import describe_quantity, same_quantity
from .writes_common import (
    Check,
    Spec,
    check,
    concept_check,
    modifier_check,
    moment_check,
    subject_checks,
    word_check,
)

_VALUES = ("valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueRange", "valueRatio",
           "valueSampledData", "valueTime", "valueDateTime", "valuePeriod")  # fmt: skip


def check_observation(spec: Spec, resource: Resource) -> list[Check]:
    """Every element of an expected `observation` against an Observation. Keys: see `checks.py`."""
    components: Sequence[Spec] = spec.get("components") or ()
    allowed = [c for part in components for c in part["code"]]
    parts = {str(part.get("key")) for part in components}  # a pressure's text may name its parts
    families = [[g for g in family if not parts & set(g)] for family in RIVALS["observation"]]
    checks = [
        *subject_checks(spec, resource),
        concept_check(
            "code",
            at(resource, "code"),
            spec["code"],
            spec.get("texts") or (),
            families=families,
            rivals=spec.get("rivals") or (),
        ),
        word_check(resource, "status", spec.get("status") or ["final"]),
        modifier_check(resource),
        _value(spec.get("value"), resource),
    ]
    checks += [_component(part, resource, i) for i, part in enumerate(components, 1)]
    checks.append(_no_other_components(allowed, components, resource))
    if spec.get("effective") is not None:
        times = [*at(resource, "effectiveDateTime"), *at(resource, "effectiveInstant")]
        checks.append(moment_check("effective", spec["effective"], times, at(resource, "effectivePeriod")))
    if spec.get("category") is not None:
        wanted = pairs(spec["category"])
        got = at(resource, "category")
        ok = bool(wanted & pairs(at(got, "coding")))
        checks.append(Check("category", ok, describe_codings(spec["category"]), brief(got)))
    return checks


def _value(spec: Spec | None, node: Json) -> Check:
    """The one value; where none is expected (a pressure's parts hold it) there must be none."""
    others = [key for key in (*_VALUES, "dataAbsentReason") if at(node, key)]
    quantities = at(node, "valueQuantity")
    if spec is None:
        wrong = [*others, *(["valueQuantity"] if quantities else [])]
        return Check("value", not wrong, "no value of its own", ", ".join(wrong) or "none")
    if others or len(quantities) != 1:
        found = Found(False, f"{', '.join(others)}" if others else brief(quantities))
    else:
        found = same_quantity(spec, quantities[0])
    return check("value", describe_quantity(spec), found)


def _component(part: Spec, resource: Resource, number: int) -> Check:
    """Exactly one component of the code, with the value."""
    name = str(part.get("key") or f"component-{number}")
    wanted = f"{describe_codings(part['code'])} = {describe_quantity(part['value'])}"
    own = [c for c in at(resource, "component") if pairs(part["code"]) & pairs(at(c, "code", "coding"))]
    if len(own) != 1:
        return Check(name, False, wanted, f"{len(own)} such components")
    named = same_concept(part["code"], at(own[0], "code")[0], families=RIVALS["observation"])
    value = _value(part["value"], own[0])
    return Check(name, named.ok and value.ok, wanted, value.got if named.ok else named.got)


def _no_other_components(allowed: Sequence[Json], expected: Sequence[Spec], resource: Resource) -> Check:
    written = at(resource, "component")
    stray = [c for c in written if not pairs(allowed) & pairs(at(c, "code", "coding"))]
    ok = not stray and len(written) <= len(expected)
    return Check(
        "components",
        ok,
        f"{len(expected)} components",
        f"{len(written)}" + (f", stray {brief(stray)}" if stray else ""),
    )
