"""What a task is, what an agent did, and what a checker says of it. Types only; no logic worth the name.

A category is a folder with the same file names everywhere: `README.md`, `category.py` (templates, sampling,
criteria), `gold.py` (the expected result from the sealed chart), `reference.py` (the same result through the
public tools, separately written), `protocol.json` where a rule has thresholds, and the frozen `tasks.json`
and `dev.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Literal, Protocol, TypeAlias

from ..fhir_server.backend import Change, Resource
from ..fhir_server.cohort.plan import Person, Placement

Json: TypeAlias = Any
"""A JSON value."""

Split = Literal["core", "dev"]
Status = Literal["ok", "no_data", "no_action", "ambiguous"]
FieldType = Literal["number", "integer", "string", "date", "instant", "choice", "boolean", "list"]
CriterionKind = Literal["answer", "state", "process", "safety"]


@dataclass(frozen=True, slots=True)
class AnswerField:
    """One field of a task's answer.

    Attributes:
        name: snake_case key in the answer.
        type: `instant` takes ISO 8601 with offset, `date` YYYY-MM-DD, `list` an array of strings compared as
            a set.
        description: told to the agent; says the unit and the rounding.
        unit: UCUM code that a number is in; the answer gives the bare number.
        choices: the words allowed, for `choice`.
        tolerance: absolute for numbers, seconds for instants; told to the agent where not zero.
        statuses: the statuses under which the field must be given; under others it may be left out.
        compare: how strings (alone, in a list) are compared. `text` ignores case, white space at the ends,
            repeated white space and the Unicode normal form; `words` ignores punctuation too (addresses,
            names); `digits` keeps the digits only and ignores a leading country code 1 (phone numbers).
    """

    name: str
    type: FieldType
    description: str
    unit: str | None = None
    choices: tuple[str, ...] = ()
    tolerance: float = 0.0
    statuses: tuple[Status, ...] = ("ok",)
    compare: Literal["text", "words", "digits"] = "text"


@dataclass(frozen=True, slots=True)
class AnswerSchema:
    """The shape of the answer, told to the agent as the `finish` tool's JSON Schema."""

    fields: tuple[AnswerField, ...]
    statuses: tuple[Status, ...] = ("ok",)


@dataclass(frozen=True, slots=True)
class Task:
    """One instance with its gold.

    Attributes:
        id: `category/007`.
        level: 1 to 3.
        branch: what the right course is: `query`, `action`, `no_action`, `no_data`, `not_found`, `ambiguous`,
            ...
        template: id of the wording; `twin` names the group of tasks with the same words and other charts.
        prompt: the clinician's request, whole; holds everything that is graded.
        params: the blanks of the template. All of it is said in the prompt; the reference solution gets it.
        patients: ids of the Patients whose charts the task needs (loaded on HAPI by these).
        grants: tools beyond the ordinary ones (`fhir_update`).
        expected: the gold: `{"answer": {...}, "writes": [...], ...}`. Never shown to an agent.
    """

    id: str
    category: str
    level: int
    branch: str
    template: str
    prompt: str
    params: Mapping[str, Json]
    patients: tuple[str, ...]
    answer: AnswerSchema
    expected: Mapping[str, Json]
    twin: str = ""
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskView:
    """The part of a task that an agent may see."""

    id: str
    prompt: str
    answer: AnswerSchema
    grants: tuple[str, ...]
    max_steps: int
    now: datetime


@dataclass(frozen=True, slots=True)
class ToolCall:
    """`fhir_search`, `fhir_next`, `fhir_read`, `fhir_create`, `fhir_update`, `calculate` or `finish`."""

    tool: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call gave. `text` is what the agent sees; JSON where the tool answers JSON."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the log with its result and the references (`Type/id`) that the result showed."""

    call: ToolCall
    result: ToolResult
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict may rest on.

    Attributes:
        answer: the arguments of `finish` as given, None where the episode ended without.
        changes: every write that the server carried out, in order.
        log: every step, in order.
    """

    answer: Json
    changes: tuple[Change, ...]
    log: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One yes/no check. `applies` is its guard; one that does not apply counts neither way."""

    id: str
    kind: CriterionKind
    passed: bool
    expected: str
    got: str
    critical: bool = True
    applies: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed means that every critical criterion that applies holds. `error` says that the grader broke."""

    passed: bool
    criteria: tuple[Criterion, ...]
    error: str | None = None


Solution: TypeAlias = Generator[ToolCall, ToolResult, None]
"""A reference solution: yields tool calls, receives their results, ends with a `finish` call."""


class ChartSource(Protocol):
    """The sealed cohort as the task layer sees it: whole charts, never a search."""

    now: datetime

    def people(self) -> Sequence[Person]:
        """Everybody: those with charts first, then name-only people."""
        ...

    def chart(self, patient_id: str) -> Sequence[Resource]:
        """Every resource of one chart, Patient included, in file order (shared: do not change it)."""
        ...

    def hospital(self) -> Sequence[Resource]:
        """What belongs to no chart (organizations, locations, catalogue, protocols), and every Patient."""
        ...

    def ledger(self, topic: str) -> Sequence[Placement]:
        """The planted situations of one topic."""
        ...


class Category(Protocol):
    """What `category.py` defines as `CATEGORY`."""

    name: str
    """`potassium-replacement`."""
    title: str
    """A few words for tables."""
    kind: Literal["query", "action"]
    """`action` where some tasks want a write."""

    def sample(self, source: ChartSource, split: Literal["core", "dev"], rng: Random) -> Sequence[Task]:
        """Binds tasks to charts: 30 for core, 10 for dev, balanced, gold from the sealed charts (`gold.py`).

        Ids are given by the caller (`name/001` on, in the order returned); tasks here may leave `id` empty.
        """
        ...

    def reference(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """The oracle's moves through the public tools, without gold (`reference.py`)."""
        ...

    def blind(self, view: TaskView, params: Mapping[str, Json]) -> Solution:
        """Reads nothing; writes and answers the category's commonest result."""
        ...

    def shortcuts(self) -> Mapping[str, Callable[[TaskView, Mapping[str, Json]], Solution]]:
        """Reference solutions with one fault each: `first-page`, `any-status`, `any-unit`, ...

        Only those that the category can be fooled with. Keys are of `SHORTCUTS`.
        """
        ...

    def criteria(self, task: Task, evidence: Evidence) -> Sequence[Criterion]:
        """All criteria of the task; most categories return `checks.standard(task, evidence)`, some add."""
        ...


SHORTCUTS: Mapping[str, str] = {
    "first-page": "reads the first page only",
    "any-status": "ignores status: preliminary, entered-in-error and cancelled count",
    "any-unit": "takes numbers without looking at their unit",
    "ignore-orders": "does not look at active orders",
    "ignore-modifiers": "does not look at renal function, dialysis, allergies or other modifiers",
}
"""The shortcut agents: the name of the agent and what it leaves out."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A frozen, versioned list of tasks, bound to a cohort by its hash."""

    name: str
    version: str
    cohort_seed: int
    cohort_hash: str
    tasks: tuple[Task, ...]
    hash: str = ""
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
