"""What the checks of all kinds of writes share: one element's check, and what every write has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from ..fhir_server.backend import Resource
from .base import Criterion, Json
from .meaning import Found, at, brief, describe_moment, moment, points_to, strings
from .meaning_codes import describe_codings, same_concept
from .meaning_prose import voiding_words

Spec: TypeAlias = Mapping[str, Json]
"""An expected write, in the form that `checks.py` tells."""


@dataclass(frozen=True, slots=True)
class Check:
    """One element of one expected write against one actual write."""

    element: str
    ok: bool
    expected: str
    got: str

    def missing(self) -> Check:
        """The same check where there is no write to look at: it fails."""
        return replace(self, ok=False, got="no such write")

    def criterion(self, prefix: str) -> Criterion:
        """The check as a critical criterion `prefix.element`."""
        return Criterion(f"{prefix}.{self.element}", "state", self.ok, self.expected, self.got)


def check(element: str, expected: str, found: Found) -> Check:
    """A `Check` from what a comparison found."""
    return Check(element, found.ok, expected, found.got)


def subject_checks(spec: Spec, resource: Resource) -> list[Check]:
    """The patient, and the encounter where the gold names one."""
    target = f"Patient/{spec['patient']}"
    checks = [check("patient", target, points_to(target, at(resource, "subject")))]
    if spec.get("encounter") is not None:
        stay = f"Encounter/{spec['encounter']}"
        checks.append(check("encounter", stay, points_to(stay, at(resource, "encounter"))))
    return checks


def word_check(resource: Resource, element: str, wanted: Sequence[str], default: str | None = None) -> Check:
    """A code element (`status`, `intent`, `priority`) that must be one of the words."""
    value = resource.get(element, default)
    return Check(element, isinstance(value, str) and value in wanted, " or ".join(wanted), brief(value))


def modifier_check(resource: Resource) -> Check:
    """Nothing that turns the meaning: doNotPerform, reported[x], focus, modifierExtension, implicitRules, a note.

    A reported order is somebody else's that is only noted down; an observation with a focus is about that.
    """
    faults = [key for key in ("reportedReference", "focus") if resource.get(key)]
    if resource.get("reportedBoolean") not in (None, False):
        faults.append("reportedBoolean")
    if resource.get("doNotPerform") not in (None, False):
        faults.append("doNotPerform")
    if resource.get("implicitRules") is not None:
        faults.append("implicitRules")
    if holds_key(resource, "modifierExtension"):
        faults.append("modifierExtension")
    faults += [f"a note says {v!r}" for t in strings(resource, "note", "text") if (v := voiding_words(t))]
    return Check("modifiers", not faults, "none", ", ".join(faults) or "none")


def as_needed_check(nodes: Sequence[Json], words: str | None = None) -> Check:
    """No asNeeded[x] in any of the nodes but `asNeededBoolean: false`, and no such words."""
    faults = [
        f"{key}: {brief(value, 60)}"
        for node in nodes
        if isinstance(node, dict)
        for key, value in cast("dict[str, Json]", node).items()
        if key.startswith("asNeeded") and value is not None and value is not False
    ]
    if words:
        faults.append(f"the text says {words!r}")
    return Check("as-needed", not faults, "not as needed", "; ".join(faults) or "not as needed")


def holds_key(node: Json, key: str) -> bool:
    """Whether a key stands anywhere in a JSON value with anything in it."""
    pending: list[Json] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            members = cast("dict[str, Json]", item)
            if members.get(key):
                return True
            pending.extend(members.values())
        elif isinstance(item, list):
            pending.extend(cast("list[Json]", item))
    return False


def concept_check(
    element: str, concepts: Sequence[Json], accepted: Sequence[Json], texts: Sequence[str], **names: Any
) -> Check:
    """Exactly one CodeableConcept, and it means one of the accepted codings; `names` as in `same_concept`."""
    if len(concepts) != 1:
        found = Found(False, "nothing" if not concepts else f"{len(concepts)} values")
    else:
        found = same_concept(accepted, concepts[0], texts=texts, **names)
    return check(element, describe_codings(accepted), found)


def reference_check(element: str, wanted: Sequence[str], references: Sequence[Json]) -> Check:
    """Exactly one reference, and it points to one of the wanted."""
    found = [points_to(target, references) for target in wanted]
    got = found[0].got if found else brief(list(references))
    return Check(element, any(f.ok for f in found), " or ".join(wanted), got)


def moment_check(
    element: str, spec: Mapping[str, Json], times: Sequence[Json], periods: Sequence[Json]
) -> Check:
    """One point in time, written as such or as a Period whose ends both fit; more than one fails."""
    candidates: list[Json] = list(times)
    for period in periods:
        ends = [*at(period, "start"), *at(period, "end")]
        candidates += ends if at(period, "start") else [None]
    ok = len(times) + len(periods) == 1 and all(moment(spec, c).ok for c in candidates)
    got = brief(candidates[0]) if len(candidates) == 1 else brief(candidates)
    return Check(element, ok, describe_moment(spec), got if candidates else "nothing")
