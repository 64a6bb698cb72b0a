"""What both replacement categories share as categories: how a task is worded, sampled and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count, zip_longest
from random import Random
from typing import Literal

from ...fhir_server.backend import Resource
from ...fhir_server.cohort.codes import DRUGS, NOTES, SERVICES, Term
from ...fhir_server.cohort.plan import Json, Person
from ..base import AnswerField, AnswerSchema, ChartSource, Task
from .protocol import Protocol, Version, document
from .sealed import ROUTES, Decision, expected

TOPIC = "electrolytes"
"""The topic of the ledger that tells which charts to look at, and how hard each is."""

Split = Literal["core", "dev"]
_WANTED: Mapping[Split, Mapping[int, tuple[int, int]]] = {
    "core": {1: (5, 5), 2: (6, 4), 3: (5, 5)},
    "dev": {1: (1, 2), 2: (2, 2), 3: (2, 1)},
}
"""Tasks of each level: (with an order, without)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two categories.

    Attributes:
        key: the ledger's word for the electrolyte, `k` or `m`.
        wordings: id and text of each, with `{patient}` and `{rules}`.
        decide: the gold.
    """

    name: str
    key: str
    analyte: str
    protocol: Protocol
    wordings: Mapping[str, str]
    decide: Callable[[Sequence[Resource], datetime, Version], Decision]


@dataclass(frozen=True, slots=True)
class _Case:
    person: Person
    encounter: str
    level: int
    decision: Decision


@dataclass(frozen=True, slots=True)
class _Form:
    """How a request is put: wording, how the patient is named, where the protocol is, which tasks are twins."""

    wording: str
    how: str
    source: str
    twin: str


def schema(unit: str) -> AnswerSchema:
    """The answer's shape."""
    return AnswerSchema(
        (
            AnswerField(
                "value",
                "number",
                "the deciding result in the protocol's unit, one decimal; with no_data, the last one "
                "before the window",
                unit=unit,
                tolerance=0.05,
                statuses=("ok", "no_action", "no_data"),
            ),
            AnswerField(
                "time",
                "instant",
                "when that specimen was collected",
                tolerance=60,
                statuses=("ok", "no_action", "no_data"),
            ),
            AnswerField(
                "notify",
                "choice",
                "whom the protocol says to notify (say it here; send nothing)",
                choices=("nobody", "prescriber", "nephrology"),
                statuses=("ok", "no_action"),
            ),
            AnswerField(
                "reason",
                "choice",
                "why nothing is ordered",
                choices=("not_low", "on_order", "dialysis"),
                statuses=("no_action",),
            ),
        ),
        ("ok", "no_action", "no_data"),
    )


def sample(kind: Kind, source: ChartSource, split: Split, rng: Random) -> list[Task]:
    """Balanced tasks over the charts of the ledger; twins share wording and level and differ in what is right."""
    cases = _cases(kind, source, split)
    rng.shuffle(cases)
    wordings = list(kind.wordings)
    rng.shuffle(wordings)
    tasks: list[Task] = []
    turns = {1: count(), 2: count()}
    pair = 0
    for level in (1, 2, 3):
        act = [c for c in cases if c.level == level and c.decision.branch == "action"]
        rest = _mixed([c for c in cases if c.level == level and c.decision.branch != "action"])
        act, rest = _cut(act, rest, _WANTED[split][level])
        for one, other in zip_longest(act, rest):
            couple = [c for c in (one, other) if c is not None]
            form = _Form(
                wordings[next(turns[len(couple)]) % len(wordings)],
                ("bed", "birth", "mrn")[pair % 3],
                "server" if level == 3 or (level == 2 and pair % 2) else "prompt",
                f"{kind.name}/{split}/{pair}" if len(couple) == 2 else "",
            )
            tasks += [_task(kind, source.now, case, form) for case in couple]
            pair += 1
    return tasks


def _cut(act: list[_Case], rest: list[_Case], wanted: tuple[int, int]) -> tuple[list[_Case], list[_Case]]:
    """As many of each as wanted; where one runs short the other fills up."""
    total = sum(wanted)
    few = rest[: max(wanted[1], total - len(act))]
    return act[: total - len(few)], few


def _mixed(cases: list[_Case]) -> list[_Case]:
    """Takes from each reason for not ordering in turn."""
    piles: dict[str, list[_Case]] = {}
    for case in cases:
        piles.setdefault(case.decision.reason or case.decision.status, []).append(case)
    rounds = zip_longest(*(piles[name] for name in sorted(piles)))
    return [case for turn in rounds for case in turn if case is not None]


def _cases(kind: Kind, source: ChartSource, split: Split) -> list[_Case]:
    people = {p.index: p for p in source.people()}
    cases: list[_Case] = []
    for placement in source.ledger(TOPIC):
        person = people[placement.person]
        level = placement.details[kind.key]["level"]
        if person.split != split or not level or person.stay is None:
            continue
        decision = kind.decide(source.chart(person.id), source.now, kind.protocol.current)
        if decision.decided is not None:
            cases.append(_Case(person, person.stay.encounter_id, level, decision))
    return sorted(cases, key=lambda c: c.person.index)


def _task(kind: Kind, now: datetime, case: _Case, form: _Form) -> Task:
    person = case.person
    params = _params(person, form.how) | {"source": form.source}
    version = kind.protocol.current
    return Task(
        id="",
        category=kind.name,
        level=case.level,
        branch=case.decision.branch,
        template=form.wording,
        prompt=prompt(kind, form.wording, params, now),
        params=params,
        patients=(person.id,),
        answer=schema(version.unit),
        expected=expected(case.decision, person.id, case.encounter) | {"why": _why(case.decision, version)},
        twin=form.twin,
    )


def _params(person: Person, how: str) -> dict[str, Json]:
    params: dict[str, Json] = {"how": how, "family": person.name.family, "given": person.name.given[0]}
    assert person.stay is not None
    if how == "bed":
        return params | {"bed": person.stay.bed}
    if how == "birth":
        return params | {"birth_date": person.birth_date.isoformat()}
    return params | {"mrn": person.mrn}


def _why(decision: Decision, version: Version) -> str:
    found = decision.decided
    shown = f"{version.analyte} {found.value:g} {version.unit}" if found else "no result"
    if decision.status == "no_data":
        return f"Nothing counts in the window; the last before it is {shown}."
    drugs = ", ".join(f"{d.drug} {d.dose.value:g} {d.dose.unit} {d.route}" for d in decision.drugs)
    tests = ", ".join(r.service for r in decision.rechecks)
    course = decision.reason or f"order {drugs or 'no drug'}; recheck {tests or 'nothing'}"
    return f"{shown}: {course}."


def prompt(kind: Kind, wording: str, params: Mapping[str, Json], now: datetime) -> str:
    """The whole request."""
    protocol, version = kind.protocol, kind.protocol.current
    name = f"{params['given']} {params['family']}"
    patient = {
        "bed": lambda: f"{name} in bed {params['bed']}",
        "birth": lambda: f"{name} (born {_day(date.fromisoformat(params['birth_date']))})",
        "mrn": lambda: f"{name}, MRN {params['mrn']}",
    }[str(params["how"])]()
    rules = f"the {protocol.title.lower()} ({protocol.number})"
    parts = [
        kind.wordings[wording].format(patient=patient, rules=rules),
        f"It is now {_day(now)}, {now:%H:%M} local time (America/New_York; {now.isoformat(timespec='seconds')}).",
    ]
    if params["source"] == "server":
        kept = NOTES["protocol"].codes[0]
        parts.append(
            f"The protocol is on the server, among the hospital's own documents: a DocumentReference of type "
            f'{kept.code} whose description starts with "{protocol.title}". Follow the version in force '
            "(DocumentReference.status current), not a superseded one."
        )
    parts += [_orders(version), _answer(version)]
    if params["source"] == "prompt":
        parts.append(document(protocol, version))
    return "\n\n".join(parts)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _orders(version: Version) -> str:
    names = [version.oral_drug, version.iv_drug] + ([version.partner.drug] if version.partner.drug else [])
    drugs = ", ".join(_drug(n) for n in names)
    tests = [version.analyte] + ([version.partner.analyte] if version.partner.drug else [])
    labs = ", ".join(f"serum {t} {_coding(SERVICES[t])}" for t in tests)
    oral, iv = ROUTES["oral"][0]["code"], ROUTES["intravenous"][0]["code"]
    return (
        "How to order. Each dose is one MedicationRequest: status active, intent order, the patient as "
        "subject, the hospital stay in progress (Encounter in-progress of class IMP; an intensive care stay that is "
        "part of it is not meant) as encounter, medicationCodeableConcept "
        f"with the RxNorm code of the ingredient, not of a product ({drugs}), and one dosageInstruction for "
        "a dose given once (not as needed; no timing, or timing.repeat.count 1) with route (SNOMED CT "
        f"{oral} by mouth, {iv} intravenous) and doseAndRate.doseQuantity in UCUM; intravenous also the "
        "rate as doseAndRate.rateQuantity or rateRatio, or the hours it runs as timing.repeat.duration "
        "with durationUnit h. Each recheck is one ServiceRequest: status active, intent order, subject and "
        f"encounter as above, code (LOINC: {labs}), priority, and occurrenceDateTime within 15 minutes of "
        "the protocol's time. Place only what the protocol lists, each once."
    )


def _drug(name: str) -> str:
    drug = DRUGS[name]
    way = "by mouth" if drug.route == "oral" else "IV"
    return f"{drug.ingredient.display} {way} {drug.ingredient.code}"


def _coding(term: Term) -> str:
    return f"{term.codes[0].code}"


def _answer(version: Version) -> str:
    return (
        "Finish with status ok once everything is ordered, no_action where the protocol says to order "
        f"nothing (with the reason), or no_data where no result counts. Give the deciding {version.analyte} "
        f"as value ({version.unit}, one decimal) and its collection time as time; with no_data, those of "
        "the last result before the window that would have counted. With ok and no_action also say whom "
        "the protocol has you notify."
    )
