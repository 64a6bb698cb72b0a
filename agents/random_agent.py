"""Agents that work hard and mean nothing: random moves, and every value at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any, cast

from ..env.episode import Action, Observation
from ..tasks.base import AnswerField, Json, ToolCall
from .base import AgentView

_TYPES = (
    "Patient", "Encounter", "Observation", "Condition", "MedicationRequest", "Procedure", "ServiceRequest",
    "DocumentReference",
)  # fmt: skip
_WORDS = (
    "potassium",
    "final",
    "active",
    "2823-3",
    "Smith",
    "2026-03-10",
    "0",
    "-",
    "order",
    "glucose",
    "mmol/L",
)
_GARBAGE = (
    "",
    "hello",
    "{",
    "[]",
    "null",
    '{"tool": "fly"}',
    '{"tool": "fhir_read"}',
    "```\n```",
    "\x00",
    "🩺" * 50,
)
_READABLE = 40_000


class RandomAgent:
    """Random calls that mostly look like calls, now and then garbage, and a random answer at last. Seeded."""

    name = "random"

    def __init__(self, moves: int = 12) -> None:
        self._moves = moves
        self._rng = Random(0)
        self._fields: tuple[AnswerField, ...] = ()
        self._statuses: tuple[str, ...] = ()
        self._seen: list[tuple[str, str]] = []
        self._pages: list[str] = []

    def reset(self, view: AgentView) -> None:
        """Seeds the moves by the episode's seed and the task."""
        self._rng = Random(f"{view.seed}/{view.task.id}")
        self._fields, self._statuses = view.answer.fields, tuple(view.answer.statuses)
        self._seen, self._pages = [("Patient", "unknown")], ["p1-0000"]

    def act(self, observation: Observation) -> Action:
        """A random move; each is the last with a chance of one in `moves`."""
        self._learn(observation)
        if self._rng.random() < 1 / self._moves:
            return ToolCall("finish", random_answer(self._fields, self._statuses, self._rng))
        return self._rng.choice(
            (self._search, self._search, self._read, self._next, self._write, self._text)
        )()

    def _learn(self, observation: Observation) -> None:
        for result in observation.results:
            for resource in resources_of(result.text):
                self._seen.append((resource["resourceType"], resource.get("id", "x")))

    def _search(self) -> Action:
        names = ("patient", "code", "status", "_count", "name", "_sort", "date", "nonsense")
        params = {name: self._value() for name in self._rng.sample(names, self._rng.randrange(3))}
        return ToolCall("fhir_search", {"resource_type": self._rng.choice(_TYPES), "params": params})

    def _value(self) -> Json:
        ids = [name for _, name in self._seen[-20:]]
        return self._rng.choice((self._rng.choice(_WORDS), self._rng.choice(ids), self._rng.randrange(50)))

    def _read(self) -> Action:
        kind, name = self._rng.choice(self._seen)
        return ToolCall("fhir_read", {"resource_type": kind, "id": name})

    def _next(self) -> Action:
        return ToolCall("fhir_next", {"page": self._rng.choice(self._pages)})

    def _write(self) -> Action:
        kind = self._rng.choice(("Observation", "MedicationRequest", "ServiceRequest"))
        patients = [name for seen, name in self._seen if seen == "Patient"]
        resource: dict[str, Json] = {
            "resourceType": kind,
            "status": self._rng.choice(("final", "active")),
            "subject": {"reference": f"Patient/{self._rng.choice(patients)}"},
            "code": {"text": self._rng.choice(_WORDS)},
        }
        if kind != "Observation":
            resource["intent"] = "order"
        return ToolCall("fhir_create", {"resource": resource})

    def _text(self) -> Action:
        return self._rng.choice(_GARBAGE)


class SpamAgent:
    """Reads what it can, then answers with every value at once and posts every order it saw once more."""

    name = "spam"
    READS = 6
    WRITES = 5

    def __init__(self) -> None:
        self._view: AgentView | None = None
        self._turn = 0
        self._resources: list[dict[str, Any]] = []

    def reset(self, view: AgentView) -> None:
        """Starts with nothing seen."""
        self._view, self._turn, self._resources = view, 0, []

    def act(self, observation: Observation) -> Action:
        """Searches, then writes, then answers, whatever comes back."""
        for result in observation.results:
            self._resources += resources_of(result.text)
        self._turn += 1
        if self._turn <= self.READS:
            kind = _TYPES[self._turn % len(_TYPES)]
            return ToolCall("fhir_search", {"resource_type": kind, "params": {"_count": 50}})
        if self._turn <= self.READS + self.WRITES:
            orders = [r for r in self._resources if r["resourceType"] not in ("Patient", "Encounter")]
            if orders:
                again = orders[self._turn * 7 % len(orders)]
                copied = {k: v for k, v in again.items() if k not in ("id", "meta")}
                return ToolCall("fhir_create", {"resource": copied})
        return ToolCall("finish", self._answer())

    def _answer(self) -> dict[str, Json]:
        assert self._view is not None, "reset comes before act"
        schema = self._view.answer
        status = schema.statuses[(self._turn - 1) % len(schema.statuses)]
        values = [json.dumps(r, ensure_ascii=False)[:150] for r in self._resources[:12]] or ["nothing"]
        every: Mapping[str, Json] = {"string": "; ".join(values)[:1900], "list": values, "boolean": True}
        fields = [f for f in schema.fields if status in f.statuses]
        rest = {"number": 1, "integer": 1, "date": "2026-03-10", "instant": "2026-03-10T10:25:00-04:00"}
        said = {f.name: f.choices[0] if f.choices else every.get(f.type, rest.get(f.type)) for f in fields}
        return {"status": status, **said}


def random_answer(fields: tuple[AnswerField, ...], statuses: tuple[str, ...], rng: Random) -> dict[str, Json]:
    """An answer of the right shape with random values."""
    status = rng.choice(statuses)
    return {"status": status, **{f.name: _random_value(f, rng) for f in fields if status in f.statuses}}


def _random_value(field: AnswerField, rng: Random) -> Json:
    if field.choices:
        return rng.choice(field.choices)
    moment = f"2026-03-{rng.randint(1, 10):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00-04:00"
    values: Mapping[str, Json] = {
        "number": round(rng.uniform(0, 200), 1),
        "integer": rng.randrange(100),
        "boolean": rng.random() < 0.5,
        "date": f"{rng.randint(1930, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "instant": moment,
        "list": [rng.choice(_WORDS)],
    }
    return values.get(field.type, rng.choice(_WORDS))


def resources_of(text: str) -> list[dict[str, Any]]:
    """The resources that a result shows: of a Bundle its entries', else the one itself; none where it is no JSON."""
    if len(text) > _READABLE or text[:1] != "{":
        return []
    try:
        shown: Any = json.loads(text)
    except ValueError:  # a text that was cut
        return []
    if shown.get("resourceType") == "Bundle":
        entries = cast(list[dict[str, Any]], shown.get("entry", []))
        return [e["resource"] for e in entries]
    return [shown] if isinstance(shown.get("resourceType"), str) else []
