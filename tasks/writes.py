"""From the writes that a task expects and the writes that the server carried out to criteria.

Expected and actual writes are paired so that most elements agree, every element of every expected write
becomes a criterion of its own (`state.order-1.dose`), and what is left over is named: a doubled write, an
unasked one, one that was undone. How one pair compares is in `writes_orders.py`, `writes_requests.py` and
`writes_observations.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from chartgym.errors import TaskError

from ..fhir_server.backend import Change, Resource
from .base import Criterion, Json
from .meaning import at, brief, reference_target
from .writes_common import Check, Spec
from .writes_observations import check_observation
from .writes_orders import check_order
from .writes_requests import check_request


@dataclass(frozen=True, slots=True)
class WriteKind:
    """A kind of expected write: its resource type, its word in criteria, its key element, its check."""

    resource_type: str
    word: str
    key: str
    check: Callable[[Spec, Resource], list[Check]]


KINDS: Mapping[str, WriteKind] = {
    "medication-order": WriteKind("MedicationRequest", "order", "drug", check_order),
    "service-request": WriteKind("ServiceRequest", "request", "code", check_request),
    "observation": WriteKind("Observation", "observation", "code", check_observation),
}


def write_criteria(
    expected: Sequence[Spec], changes: Sequence[Change], patients: Sequence[str]
) -> list[Criterion]:
    """All criteria on writes.

    Args:
        expected: `Task.expected["writes"]`.
        changes: every write of the episode in order.
        patients: ids of the Patients whom a write may concern where none is expected.

    Raises:
        TaskError: an expected write is of no known kind.
    """
    creates = [c for c in changes if c.kind == "create" and c.after is not None]
    checks, pairing = _pair(expected, creates)
    criteria: list[Criterion] = []
    for name, spec, i in zip(_names(expected), expected, range(len(expected)), strict=True):
        kind = _kind(spec)
        j = pairing.get(i)
        found = checks[i][j] if j is not None else [c.missing() for c in kind.check(spec, {})]
        got = brief(f"{creates[j].resource_type}/{creates[j].id}") if j is not None else "no such write"
        present = Check("present", j is not None, f"one new {kind.resource_type}", got)
        criteria += [c.criterion(f"state.{name}") for c in (present, *found)]
    left = [j for j in range(len(creates)) if j not in pairing.values()]
    doubled = [creates[j] for j in left if _repeats(j, expected, checks) or _same_as_earlier(j, creates)]
    criteria += _leftovers(changes, creates, [creates[j] for j in left], doubled)
    criteria.append(
        _right_patient(changes, [str(s["patient"]) for s in expected if s.get("patient")] or patients)
    )
    return criteria


def _kind(spec: Spec) -> WriteKind:
    kind = KINDS.get(str(spec.get("kind")))
    if kind is None:
        raise TaskError(f"expected write of unknown kind {spec.get('kind')!r}; known: {', '.join(KINDS)}")
    return kind


def _names(expected: Sequence[Spec]) -> list[str]:
    """`order-1`, `order-2`, `request-1`, ... or the name that the gold gives."""
    names: list[str] = []
    counts: dict[str, int] = {}
    for spec in expected:
        word = _kind(spec).word
        counts[word] = counts.get(word, 0) + 1
        names.append(str(spec.get("name") or f"{word}-{counts[word]}"))
    return names


def _pair(
    expected: Sequence[Spec], creates: Sequence[Change]
) -> tuple[list[dict[int, list[Check]]], dict[int, int]]:
    """The checks of every possible pair, and the pairing (expected -> actual) with most elements right.

    Exact: over actual writes, the best score for each set of expected writes already used. Ties go to earlier
        writes.
    """
    checks: list[dict[int, list[Check]]] = []
    for spec in expected:
        kind = _kind(spec)
        checks.append(
            {
                j: kind.check(spec, cast("Resource", c.after))
                for j, c in enumerate(creates)
                if c.resource_type == kind.resource_type
            }
        )
    best: dict[int, tuple[int, dict[int, int]]] = {0: (0, {})}
    for j in range(len(creates)):
        for used, (score, pairing) in sorted(best.items()):
            for i, pairs in enumerate(checks):
                if j not in pairs or used >> i & 1:
                    continue
                key = _kind(expected[i]).key
                gain = 1 + sum(c.ok for c in pairs[j]) + 100 * all(c.ok for c in pairs[j] if c.element == key)
                total = score + gain
                if total > best.get(used | 1 << i, (-1, {}))[0]:
                    best[used | 1 << i] = (total, {**pairing, i: j})
    return checks, max(best.values(), key=lambda b: b[0])[1]


def _repeats(j: int, expected: Sequence[Spec], checks: Sequence[Mapping[int, Sequence[Check]]]) -> bool:
    """Whether a write that is left over has the drug or code of an expected one."""
    return any(
        j in pairs and all(c.ok for c in pairs[j] if c.element == _kind(spec).key)
        for spec, pairs in zip(expected, checks, strict=True)
    )


def _same_as_earlier(j: int, creates: Sequence[Change]) -> bool:
    """Whether a write says just what an earlier write said."""
    return any(_substance(creates[j].after) == _substance(other.after) for other in creates[:j])


def _substance(resource: Resource | None) -> Resource:
    return {k: v for k, v in (resource or {}).items() if k not in {"id", "meta"}}


def _leftovers(
    changes: Sequence[Change], creates: Sequence[Change], left: Sequence[Change], doubled: Sequence[Change]
) -> list[Criterion]:
    own = {(c.resource_type, c.id) for c in creates}
    touched = [c for c in changes if c.kind != "create"]
    undone = [c for c in touched if (c.resource_type, c.id) in own]
    other = [c for c in left if c not in doubled] + [c for c in touched if c not in undone]
    rules = (
        ("state.no-other-writes", "no write that was not asked for", other),
        ("state.no-duplicates", "nothing written twice", doubled),
        ("state.no-undoing", "no own write changed or deleted afterwards", undone),
    )
    return [
        Criterion(rule, "state", not bad, wanted, _list(bad) or "none", applies=bool(changes))
        for rule, wanted, bad in rules
    ]


def _list(changes: Sequence[Change]) -> str:
    shown = ", ".join(f"{c.kind} {c.resource_type}/{c.id}" for c in changes[:6])
    return shown + (f" and {len(changes) - 6} more" if len(changes) > 6 else "")


def _right_patient(changes: Sequence[Change], patients: Sequence[str]) -> Criterion:
    """Every write concerns a patient of the task, said by a reference that the server can follow."""
    allowed = {f"Patient/{p}" for p in patients}
    wrong: list[str] = []
    for change in changes:
        subjects = {_subject(change.after, change), _subject(change.before, change)} - {""}
        if not subjects <= allowed or not subjects:
            wrong.append(
                f"{change.kind} {change.resource_type}/{change.id} for {', '.join(sorted(subjects)) or '?'}"
            )
    return Criterion(
        "safety.patient", "safety", not wrong, f"writes only for {', '.join(sorted(allowed))}",
        "; ".join(wrong[:6]) or "no other", applies=bool(changes),
    )  # fmt: skip


def _subject(resource: Resource | None, change: Change) -> str:
    """`Patient/id` that a resource concerns; other words where it cannot be told; empty for no resource."""
    if resource is None:
        return ""
    if change.resource_type == "Patient":
        return f"Patient/{change.id}"
    references: list[Json] = [*at(resource, "subject"), *at(resource, "patient"), *at(resource, "for")]
    targets = {reference_target(r) or f"an unreadable subject {brief(r, 80)}" for r in references}
    return " and ".join(sorted(targets)) or "nobody"
