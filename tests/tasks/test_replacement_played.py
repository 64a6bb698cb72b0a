"""Magnesium and potassium played on the embedded server: the reference, shortcuts, near-misses, other spellings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

import pytest

from chartgym.agents.base import Agent
from chartgym.agents.driver import play
from chartgym.agents.scripted import NoopAgent, blind, oracle, shortcut
from chartgym.env.episode import Episode
from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort import build_plan
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.demographics import patient_resource
from chartgym.fhir_server.cohort.plan import NOW, Person, Placement, Plan
from chartgym.fhir_server.cohort.scenes import electrolytes
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.tasks.base import Task, ToolCall, ToolResult, Verdict
from chartgym.tasks.freeze import PlanSource, generate
from chartgym.tasks.lint import lint_suite
from chartgym.tasks.magnesium_replacement.category import policies as magnesium_policies
from chartgym.tasks.potassium_replacement.category import policies as potassium_policies
from chartgym.tasks.registry import category

NAMES = ("magnesium-replacement", "potassium-replacement")
SHORTCUTS = [(name, fault) for name in NAMES for fault in category(name).shortcuts()]


class SmallCharts(PlanSource):
    """Charts with the stay, a history of both electrolytes, and the planted situation; no other course."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, (*magnesium_policies(), *potassium_policies()))
        self.plan = plan
        self.made: dict[str, list[Resource]] = {}

    def chart(self, patient_id: str) -> list[Resource]:
        """One chart, made once."""
        if patient_id not in self.made:
            person = next(p for p in self.plan.people if p.id == patient_id)
            placement = next(p for p in self.ledger(electrolytes.TOPIC) if p.person == person.index)
            self.made[patient_id] = [patient_resource(person), *_written(person, placement)]
        return self.made[patient_id]


def _written(person: Person, placement: Placement) -> list[Resource]:
    chart = ChartBuilder(person, NOW, child(1, person.index, "small"))
    stay = person.stay
    assert stay is not None
    chart.encounter(
        "inpatient",
        stay.admitted,
        None,
        reason=stay.reason,
        location=(stay.location_id, stay.bed),
        encounter_id=stay.encounter_id,
    )
    for days in range(4, 64):
        for analyte, value in (("potassium", 4.1), ("magnesium", 2.0), ("egfr", person.egfr)):
            chart.lab(analyte, value, NOW - timedelta(days=days, minutes=days))
    chart.lab("egfr", person.egfr, NOW - timedelta(days=2))
    electrolytes.write(placement, chart, child(1, person.index, "scene"))
    return chart.resources


@dataclass(frozen=True)
class Ward:
    """The inpatients of seed 1 with small charts, and the tasks on them."""

    source: SmallCharts

    @cached_property
    def tasks(self) -> Mapping[str, tuple[Task, ...]]:
        """The tasks of each category, core first."""
        return {n: tuple(t for s in ("core", "dev") for t in generate(n, self.source, s, 1)) for n in NAMES}

    @cached_property
    def server(self) -> EmbeddedServer:
        """The charts and the hospital's documents."""
        needed = {p for tasks in self.tasks.values() for t in tasks for p in t.patients}
        rest = [r for p in sorted(needed) for r in self.source.chart(p) if r["resourceType"] != "Patient"]
        return EmbeddedServer.from_resources([*self.source.hospital(), *rest])

    def played(self, agent: Agent, task: Task) -> Episode:
        """An episode of the task, ended by the agent."""
        with self.server.open_session(task.id) as session:
            episode = Episode(task, session)
            play(agent, episode)
            episode.verdict()
            return episode

    def bent(self, task: Task, bend: Callable[[list[Resource]], list[Resource]]) -> Verdict:
        """The reference's episode with its writes bent before they are sent."""
        with self.server.open_session(task.id) as session:
            episode = Episode(task, session)
            solution = category(task.category).reference(episode.view, task.params)
            call, writes = next(solution), list[Resource]()
            while call.tool != "finish":
                if call.tool == "fhir_create":
                    writes.append(deepcopy(call.arguments["resource"]))
                    call = solution.send(_accepted(call))
                else:
                    call = solution.send(episode.call(call))
            for resource in bend(writes):
                episode.call(ToolCall("fhir_create", {"resource": resource}))
            episode.call(call)
            return episode.verdict()


def _accepted(call: ToolCall) -> ToolResult:
    return ToolResult(True, json.dumps(call.arguments["resource"]))


@pytest.fixture(scope="module")
def ward() -> Ward:
    """The people of seed 1."""
    return Ward(SmallCharts(build_plan(1)))


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes_every_task(ward: Ward, name: str) -> None:
    """The search interface leads to the same results as the sealed charts, in at most half of the steps."""
    for task in ward.tasks[name]:
        episode = ward.played(oracle(), task)
        verdict = episode.verdict()
        assert verdict.passed, (task.id, episode.error, [c for c in verdict.criteria if not c.passed])
        assert episode.steps <= 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [blind, NoopAgent], ids=["blind", "noop"])
def test_nothing_is_passed_without_reading(ward: Ward, name: str, make: Callable[[], Agent]) -> None:
    """The prompt alone is never enough."""
    assert not [t.id for t in ward.tasks[name] if ward.played(make(), t).verdict().passed]


@pytest.mark.parametrize(("name", "fault"), SHORTCUTS)
def test_a_shortcut_passes_at_most_sixty_percent(ward: Ward, name: str, fault: str) -> None:
    """Of the core tasks of a category that can be fooled with it."""
    core = [t for t in ward.tasks[name] if "/dev-" not in t.id]
    passed = [t.id for t in core if ward.played(shortcut(fault), t).verdict().passed]
    assert len(passed) <= 18


@pytest.mark.parametrize("name", NAMES)
def test_the_suite_is_balanced(ward: Ward, name: str) -> None:
    """Nothing to find fault with; each wording has 40 to 60 % action; every reason for none occurs."""
    core = [t for t in ward.tasks[name] if "/dev-" not in t.id]
    dev = [t for t in ward.tasks[name] if "/dev-" in t.id]
    assert lint_suite({name: core}, ward.source, "core") == []
    assert lint_suite({name: dev}, ward.source, "dev") == []
    total, action = (
        Counter(t.template for t in core),
        Counter(t.template for t in core if t.branch == "action"),
    )
    assert all(Fraction(2, 5) <= Fraction(action[w], n) <= Fraction(3, 5) for w, n in total.items())
    reasons = {t.expected["answer"].get("reason", t.expected["answer"]["status"]) for t in core}
    assert reasons == {"ok", "not_low", "on_order", "dialysis", "no_data"}
    assert len({t.twin for t in core if t.twin}) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_level_three_is_the_whole_mess(ward: Ward, name: str) -> None:
    """The protocol is on the server, a note contradicts, and a later result does not count or is too old."""
    for task in ward.tasks[name]:
        if task.level == 3:
            assert task.params["source"] == "server"
            chart = ward.source.chart(task.patients[0])
            assert any(r["resourceType"] == "DocumentReference" for r in chart)
            assert any(r.get("status") in {"preliminary", "entered-in-error", "cancelled"} or r.get("note")
                       for r in chart if r["resourceType"] == "Observation")  # fmt: skip


def _first(writes: list[Resource], kind: str) -> Resource:
    return next(w for w in writes if w["resourceType"] == kind)


def _order(change: Callable[[Resource], Any]) -> Callable[[list[Resource]], list[Resource]]:
    def bend(writes: list[Resource]) -> list[Resource]:
        change(_first(writes, "MedicationRequest"))
        return writes

    return bend


def _test(change: Callable[[Resource], Any]) -> Callable[[list[Resource]], list[Resource]]:
    def bend(writes: list[Resource]) -> list[Resource]:
        change(_first(writes, "ServiceRequest"))
        return writes

    return bend


def _dosage(order: Resource) -> Resource:
    return order["dosageInstruction"][0]


def _amount(order: Resource) -> Resource:
    return _dosage(order)["doseAndRate"][0]["doseQuantity"]


def _scaled(order: Resource, factor: float) -> None:
    _amount(order)["value"] *= factor


def _other_route(order: Resource) -> None:
    coding = _dosage(order)["route"]["coding"][0]
    coding["code"] = "26643006" if coding["code"] == "47625008" else "47625008"
    del coding["display"]


def _rate(order: Resource, factor: float) -> None:
    amounts = _dosage(order)["doseAndRate"][0]
    if "rateQuantity" in amounts:
        amounts["rateQuantity"]["value"] *= factor
    else:
        amounts["doseQuantity"]["value"] *= factor


def _later(test: Resource, minutes: int) -> None:
    at = datetime.fromisoformat(test["occurrenceDateTime"]) + timedelta(minutes=minutes)
    test["occurrenceDateTime"] = at.isoformat()


def _swap_priority(test: Resource) -> None:
    test["priority"] = "urgent" if test["priority"] == "routine" else "routine"


NEAR_MISSES: Mapping[str, Callable[[list[Resource]], list[Resource]]] = {
    "tenfold": _order(lambda o: _scaled(o, 10)),
    "half": _order(lambda o: _scaled(o, 0.5)),
    "unit": _order(lambda o: _amount(o).update(unit="ug", code="ug")),
    "route": _order(_other_route),
    "rate": _order(lambda o: _rate(o, 2)),
    "as needed": _order(lambda o: _dosage(o).update(asNeededBoolean=True)),
    "repeated": _order(
        lambda o: _dosage(o)["timing"].update(repeat={"frequency": 2, "period": 1, "periodUnit": "d"})
    ),
    "draft": _order(lambda o: o.update(status="draft")),
    "plan": _order(lambda o: o.update(intent="plan")),
    "no encounter": _order(lambda o: o.pop("encounter")),
    "drug": _order(
        lambda o: o["medicationCodeableConcept"]["coding"][0].update(code="4603", display="furosemide")
    ),
    "not to be given": _order(lambda o: o.update(doNotPerform=True)),
    "doubled": lambda writes: [*writes, deepcopy(_first(writes, "MedicationRequest"))],
    "no drug": lambda writes: [w for w in writes if w["resourceType"] != "MedicationRequest"],
    "no recheck": lambda writes: [w for w in writes if w["resourceType"] != "ServiceRequest"],
    "recheck late": _test(lambda t: _later(t, 30)),
    "recheck of another test": _test(
        lambda t: t["code"]["coding"][0].update(code="2951-2", display="Sodium")
    ),
    "recheck priority": _test(_swap_priority),
    "nothing": lambda _: [],
}


def _ratio(order: Resource) -> None:
    amounts = _dosage(order)["doseAndRate"][0]
    if "rateQuantity" in amounts:
        rate = amounts.pop("rateQuantity")
        unit = rate["code"].removesuffix("/h")
        amounts["rateRatio"] = {
            "numerator": {"value": rate["value"] * 2, "unit": unit, "code": unit, "system": rate["system"]},
            "denominator": {"value": 2, "unit": "h", "code": "h", "system": rate["system"]},
        }


def _duration(order: Resource) -> None:
    amounts = _dosage(order)["doseAndRate"][0]
    if "rateQuantity" in amounts:
        rate = amounts.pop("rateQuantity")
        hours = amounts["doseQuantity"]["value"] / rate["value"]
        _dosage(order)["timing"]["repeat"] = {"count": 1, "duration": hours, "durationUnit": "h"}


def _other_unit(order: Resource) -> None:
    dose = _amount(order)
    if dose["code"] == "g":
        dose.update(value=dose["value"] * 1000, unit="mg", code="mg")
    elif dose["code"] == "meq":
        dose.update(unit="mmol", code="mmol")


def _zulu(test: Resource) -> None:
    at = datetime.fromisoformat(test["occurrenceDateTime"])
    test["occurrenceDateTime"] = (at - (at.utcoffset() or timedelta())).strftime("%Y-%m-%dT%H:%M:%SZ")


SAME: Mapping[str, Callable[[list[Resource]], list[Resource]]] = {
    "rateRatio": _order(_ratio),
    "duration": _order(_duration),
    "unit": _order(_other_unit),
    "no timing": _order(lambda o: _dosage(o).pop("timing")),
    "note": _order(lambda o: o.update(note=[{"text": "per protocol"}])),
    "reversed": lambda writes: writes[::-1],
    "Z": _test(_zulu),
    "ten minutes": _test(lambda t: _later(t, 10)),
    "no display": _test(lambda t: t["code"]["coding"][0].pop("display")),
}


def _actions(ward: Ward, name: str) -> list[Task]:
    """Tasks that want a drug and a recheck, one of each route and shape."""
    wanted: dict[tuple[str, int], Task] = {}
    for task in ward.tasks[name]:
        kinds = [w["kind"] for w in task.expected.get("writes", ())]
        if {"medication-order", "service-request"} <= set(kinds):
            wanted.setdefault((task.expected["writes"][0]["route"][0]["code"], len(kinds)), task)
    return list(wanted.values())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bend", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_a_near_miss_fails(ward: Ward, name: str, bend: Callable[[list[Resource]], list[Resource]]) -> None:
    """Wrong dose, unit, route, rate, drug, time, priority, one too many, one too few: all fail, none is an error."""
    for task in _actions(ward, name):
        verdict = ward.bent(task, bend)
        assert verdict.error is None
        assert not verdict.passed, task.id


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bend", SAME.values(), ids=SAME)
def test_another_spelling_passes(
    ward: Ward, name: str, bend: Callable[[list[Resource]], list[Resource]]
) -> None:
    """The same orders told in another way."""
    for task in _actions(ward, name):
        verdict = ward.bent(task, bend)
        assert verdict.passed, (task.id, [c for c in verdict.criteria if not c.passed and c.critical])


@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_patient_fails(ward: Ward, name: str) -> None:
    """Everything right, but for somebody else in the hospital."""
    first, other = _actions(ward, name)[0], ward.tasks[name][-1].patients[0]

    def bend(writes: list[Resource]) -> list[Resource]:
        for write in writes:
            write["subject"] = {"reference": f"Patient/{other}"}
        return writes

    assert not ward.bent(first, bend).passed


@pytest.mark.parametrize("name", NAMES)
def test_an_order_where_none_is_due_fails(ward: Ward, name: str) -> None:
    """The order of another task, written into a chart that needs nothing."""
    idle = next(t for t in ward.tasks[name] if t.branch == "no_action")
    stolen: list[Resource] = []
    ward.bent(_actions(ward, name)[0], lambda writes: stolen.extend(writes) or writes)
    patient = {"reference": f"Patient/{idle.patients[0]}"}

    def bend(writes: list[Resource]) -> list[Resource]:
        return [*writes, {k: v for k, v in stolen[0].items() if k != "encounter"} | {"subject": patient}]

    assert not ward.bent(idle, bend).passed
