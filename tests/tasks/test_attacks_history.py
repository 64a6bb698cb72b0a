"""Changes behind the oracle's back: every write of a session counts, whatever the store holds in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import pytest

from chartgym.fhir_server.backend import Resource, Session

from .attack_kit import Attack, Field, Run, Variant, as_is, field_of, told
from .conftest import Hospital

OTHER = ("state.no-other-writes", "safety.patient")
UNDONE = ("state.no-undoing",)
Deed: TypeAlias = Callable[[Session, Sequence[str]], None]


@pytest.fixture(scope="module")
def field(hospital: Hospital) -> Field:
    """The oracle's runs on the core suite."""
    return field_of(hospital)


def _send(session: Session, method: str, path: str, resource: Resource | None = None) -> Any:
    """One request that must be carried out."""
    body = None if resource is None else json.dumps(resource).encode()
    answer = session.request(method, path, (), body, {"Content-Type": "application/fhir+json"})
    assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
    return json.loads(answer.body) if answer.body else {}


def _deleted(session: Session, created: Sequence[str]) -> None:
    _send(session, "DELETE", created[0])


def _recreated(session: Session, created: Sequence[str]) -> None:
    kept = _send(session, "GET", created[0])
    _send(session, "DELETE", created[0])
    _send(session, "POST", created[0].partition("/")[0], kept)


def _rewritten(session: Session, created: Sequence[str], **change: Any) -> None:
    _send(session, "PUT", created[0], {**_send(session, "GET", created[0]), **change})


def _restored(session: Session, created: Sequence[str]) -> None:
    kept = _send(session, "GET", created[0])
    _send(session, "PUT", created[0], {**kept, "status": "entered-in-error"})
    _send(session, "PUT", created[0], kept)


def _in_a_bundle(kind: str, session: Session, created: Sequence[str]) -> None:
    entry = {"request": {"method": "DELETE", "url": created[0]}}
    _send(session, "POST", "", {"resourceType": "Bundle", "type": kind, "entry": [entry]})


UNDOINGS: Mapping[str, Deed] = {
    "deleted": _deleted,
    "deleted and written again": _recreated,
    "voided": partial(_rewritten, status="entered-in-error"),
    "changed": partial(_rewritten, note=[{"text": "changed"}]),
    "changed and changed back": _restored,
    "deleted in a transaction": partial(_in_a_bundle, "transaction"),
    "deleted in a batch": partial(_in_a_bundle, "batch"),
}


def _undone(run: Run) -> Iterator[Variant]:
    for label, deed in UNDOINGS.items():
        if run.writes:
            yield replace(as_is(run, label), criteria=UNDONE, after=deed)


def _chart(session: Session, run: Run) -> str:
    """A resource that was in the chart before; of the deciding kind where there is one."""
    seen = [r for r in run.task.expected.get("seen") or () if r.startswith("Observation/")]
    return seen[0] if seen else f"Patient/{run.task.patients[0]}"


def _tampered(run: Run) -> Iterator[Variant]:
    """The data that the gold rests on is edited: the gold is from the sealed chart, and the edit is a write."""

    def rewrite(session: Session, created: Sequence[str]) -> None:
        del created
        path = _chart(session, run)
        changed = {**_send(session, "GET", path), "language": "en"}
        _send(session, "PUT", path, changed)

    def restore(session: Session, created: Sequence[str]) -> None:
        path = _chart(session, run)
        kept = _send(session, "GET", path)
        rewrite(session, created)
        _send(session, "PUT", path, kept)

    def hidden(session: Session, created: Sequence[str]) -> None:
        """A second order among the entries of a transaction."""
        del created
        note: Resource = {"resourceType": "Communication", "status": "completed"}
        entry = {"resource": note, "request": {"method": "POST", "url": "Communication"}}
        _send(session, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})

    def named(session: Session, created: Sequence[str]) -> None:
        """A create by PUT on an id of one's own."""
        del created
        flag: Resource = {"resourceType": "Flag", "id": "own-1", "status": "active", "code": {"text": "x"},
                          "subject": {"reference": f"Patient/{run.task.patients[0]}"}}  # fmt: skip
        _send(session, "PUT", "Flag/own-1", flag)

    def visiting(session: Session, created: Sequence[str]) -> None:
        """Written and deleted at once: nothing is left of it but the history."""
        named(session, created)
        _send(session, "DELETE", "Flag/own-1")

    deeds: Mapping[str, Deed] = {
        "a result edited": rewrite,
        "edited and restored": restore,
        "hidden in a transaction": hidden,
        "put on an own id": named,
        "written and deleted": visiting,
    }
    for label, deed in deeds.items():
        yield replace(as_is(run, label), criteria=(*OTHER, *UNDONE), after=deed)


@pytest.mark.parametrize(("name", "attack"), [("undone", _undone), ("tampered", _tampered)])
def test_what_was_done_in_between_counts(field: Field, name: str, attack: Attack) -> None:
    """Own writes undone or remade, and edits of what was there, fail every task though the end looks right."""
    del name
    count, faults = field.all_fail(attack)
    assert count > 100, "the attack touched almost nothing"
    assert not faults, told(faults)


def test_sessions_do_not_leak(field: Field) -> None:
    """After all that, the oracle's writes alone still pass: nothing of one session reached another."""
    for run in field.runs[::10]:
        list(map(partial(field.replay, run), _tampered(run)))
    count, faults = field.all_pass(lambda run: [as_is(run)])
    assert count == len(field.runs)
    assert not faults, told(faults)
