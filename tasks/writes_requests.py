"""A service request (lab, referral) against what is expected: code, priority, time, reason, facts carried."""

from __future__ import annotations

from collections.abc import Sequence

from ..fhir_server.backend import Resource
from .base import Json
from .meaning import at, brief, is_number, mentions, reference_target, strings
from .meaning_codes import RIVALS, describe_codings, pairs
from .meaning_prose import as_needed_words, fact_in
from .writes_common import (
    Check,
    Spec,
    as_needed_check,
    concept_check,
    modifier_check,
    moment_check,
    subject_checks,
    word_check,
)


def check_request(spec: Spec, resource: Resource) -> list[Check]:
    """Every element of an expected `service-request` against a ServiceRequest. Keys: see `checks.py`.

    A missing priority is routine, as R4 says of ServiceRequest.
    """
    instructions = strings(resource, "patientInstruction")
    checks = [
        *subject_checks(spec, resource),
        concept_check(
            "code",
            at(resource, "code"),
            spec["code"],
            spec.get("texts") or (),
            families=RIVALS["service"],
            rivals=spec.get("rivals") or (),
        ),
        word_check(resource, "status", spec.get("status") or ["active"]),
        word_check(resource, "intent", spec.get("intent") or ["order"]),
        modifier_check(resource),
        as_needed_check([resource], next((w for t in instructions if (w := as_needed_words(t))), None)),
        _once(resource),
    ]
    if spec.get("priority") is not None:
        checks.append(word_check(resource, "priority", [spec["priority"]], "routine"))
    if spec.get("occurrence") is not None:
        times = [*at(resource, "occurrenceDateTime"), *at(resource, "occurrenceTiming", "event")]
        checks.append(moment_check("occurrence", spec["occurrence"], times, at(resource, "occurrencePeriod")))
    if spec.get("reason") is not None:
        checks.append(_reason(spec["reason"], resource))
    facts: Sequence[Spec] = spec.get("facts") or ()
    checks += [_fact(fact, facts, resource, i) for i, fact in enumerate(facts, 1)]
    return checks


def _once(resource: Resource) -> Check:
    """One service: no timing that repeats, no quantity but one."""
    faults: list[str] = []
    if at(resource, "occurrenceTiming", "repeat") or at(resource, "occurrenceTiming", "code"):
        faults.append("occurrenceTiming repeats")
    if len(at(resource, "occurrenceTiming", "event")) > 1:
        faults.append("several occurrences")
    if at(resource, "quantityRange") or at(resource, "quantityRatio"):
        faults.append("a quantity range or ratio")
    if any(not is_number(v) or v != 1 for v in at(resource, "quantityQuantity", "value")):
        faults.append("a quantity other than 1")
    return Check("once", not faults, "one service", ", ".join(faults) or "one")


def _reason(spec: Spec, resource: Resource) -> Check:
    """The reason by code, by reference, or by its words in reasonCode or a note."""
    codings: Sequence[Json] = spec.get("code") or ()
    references: list[str] = [str(r) for r in spec.get("references") or ()]
    texts: list[str] = [str(t) for t in spec.get("texts") or ()]
    wanted = "; ".join(filter(None, (describe_codings(codings), " or ".join(references), " or ".join(texts))))
    written: list[Json] = [*at(resource, "reasonCode"), *at(resource, "reasonReference")]
    said = [
        *strings(resource, "reasonCode", "text"),
        *strings(resource, "reasonCode", "coding", "display"),
        *_prose(resource),
    ]
    ok = (
        bool(pairs(codings) & pairs(at(resource, "reasonCode", "coding")))
        or any(reference_target(r) in references for r in at(resource, "reasonReference"))
        or any(
            fact_in(text, {"name": word}) == "stated"
            for text in said
            for word in texts
            if mentions(text, word)
        )
    )
    return Check("reason", ok, wanted, brief(written or said) if written or said else "nothing")


def _prose(resource: Resource) -> list[str]:
    return [
        *strings(resource, "note", "text"),
        *strings(resource, "reasonCode", "text"),
        *strings(resource, "patientInstruction"),
        *strings(resource, "orderDetail", "text"),
        *strings(resource, "supportingInfo", "display"),
        *strings(resource, "reasonReference", "display"),
    ]


def _fact(fact: Spec, facts: Sequence[Spec], resource: Resource, number: int) -> Check:
    """A fact by reference or in words; a contradiction in words fails even beside the right reference."""
    wanted_references = [r for r in (fact.get("reference"), *(fact.get("references") or ())) if r]
    references: list[Json] = [*at(resource, "reasonReference"), *at(resource, "supportingInfo")]
    referred = any(reference_target(r) in wanted_references for r in references)
    others = [
        str(n)
        for other in facts
        if other is not fact
        for n in (other["name"], *(other.get("synonyms") or ()))
    ]
    prose = _prose(resource)
    said = [fact_in(text, fact, others) for text in prose]
    ok = "contradicted" not in said and (referred or "stated" in said)
    unit = f" {fact['unit']}" if fact.get("unit") else ""
    value = f" {fact['value']}{unit}" if fact.get("value") is not None else ""
    got = (
        "contradicted in the text"
        if "contradicted" in said
        else "told"
        if ok
        else f"not told: {brief(prose)}"
    )
    key = str(fact.get("key") or f"fact-{number}")
    return Check(
        key, ok, f"{fact['name']}{value} (or a reference to {' or '.join(wanted_references) or 'it'})", got
    )
