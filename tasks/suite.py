"""Frozen lists of tasks: one file a category and split, one suite of them all. Read typed; written canonically.

A file names the cohort it was made from, so that a suite is never played on another one, and carries a hash of its
tasks, so that an edit by hand is noticed. The canary stands in every file, and in nothing that an agent can read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import msgspec
import orjson

from chartgym.errors import TaskError, UnknownNameError, UsageError

from .base import Json, Suite, Task
from .registry import CATEGORIES, folder

VERSION = "0.2"
SCHEMA = 1
CANARY = "chartgym-canary-2f0d9b1e-6c55-4d53-9a0e-7b1f4c8d2a61"
"""Stands in every task file: text that holds it was made from them."""

LIMITS: Mapping[str, int] = {"max_steps": 40}
FOLDER = Path(__file__).resolve().parent

Split: TypeAlias = Literal["core", "dev"]
SUITES: Mapping[str, tuple[Split, str]] = {"core": ("core", "tasks.json"), "dev": ("dev", "dev.json")}
"""Name of a suite to its split and the name of its file in each category's folder."""


class TaskFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One category's tasks of one split, as stored."""

    schema: int
    category: str
    suite: str
    version: str
    canary: str
    cohort_seed: int
    cohort_hash: str
    hash: str
    tasks: list[dict[str, Any]]


def task_path(category: str, suite: str, root: Path = FOLDER) -> Path:
    """Where a category's tasks of a suite are stored."""
    return root / folder(category) / SUITES[suite][1]


# -- writing -----------------------------------------------------------------------------------------------


def canonical(value: Json) -> bytes:
    """One JSON text for one value: keys sorted, no white space, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: Json) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def task_json(task: Task) -> dict[str, Json]:
    """A task as JSON, keys in the order of the class; what has its default value is left out of answer fields."""
    plain = cast("dict[str, Json]", orjson.loads(msgspec.json.encode(task)))
    plain["answer"]["fields"] = [_short_field(field) for field in plain["answer"]["fields"]]
    return plain


_FIELD_DEFAULTS: Mapping[str, Json] = {
    "unit": None, "choices": [], "tolerance": 0.0, "statuses": ["ok"], "compare": "text",
}  # fmt: skip


def _short_field(field: dict[str, Json]) -> dict[str, Json]:
    return {k: v for k, v in field.items() if k not in _FIELD_DEFAULTS or v != _FIELD_DEFAULTS[k]}


def file_bytes(category: str, suite: str, tasks: Sequence[Task], cohort_seed: int, cohort_hash: str) -> bytes:
    """The file of one category and suite: indented, keys of tasks sorted, one newline at the end."""
    entries = [task_json(task) for task in tasks]
    document = {
        "schema": SCHEMA,
        "category": category,
        "suite": suite,
        "version": VERSION,
        "canary": CANARY,
        "cohort_seed": cohort_seed,
        "cohort_hash": cohort_hash,
        "hash": digest(entries),
        "tasks": [orjson.loads(canonical(entry)) for entry in entries],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


# -- reading -----------------------------------------------------------------------------------------------


def parse_file(data: bytes, where: str) -> tuple[TaskFile, tuple[Task, ...]]:
    """Reads a file of tasks.

    Raises:
        TaskError: it is not one, was edited without freezing anew, or holds a task that is not one; names both.
    """
    try:
        file = msgspec.json.decode(data, type=TaskFile)
    except msgspec.MsgspecError as error:
        raise TaskError(f"{where}: not a file of tasks: {error}") from error
    if file.schema != SCHEMA:
        raise TaskError(f"{where}: schema {file.schema}; this version reads {SCHEMA}")
    if digest(file.tasks) != file.hash:
        raise TaskError(f"{where}: its hash does not fit its tasks; run scripts/freeze_tasks.py")
    return file, tuple(_parse_task(entry, where, i) for i, entry in enumerate(file.tasks))


def _parse_task(entry: dict[str, Json], where: str, index: int) -> Task:
    name = entry.get("id") or f"number {index + 1}"
    try:
        task = msgspec.convert(entry, Task, strict=True)
    except msgspec.ValidationError as error:
        raise TaskError(f"{where}: task {name}: {error}") from error
    if task_json(task) != entry:
        unknown = sorted(set(entry) - set(task_json(task)))
        raise TaskError(
            f"{where}: task {name}: unknown or misplaced keys {', '.join(unknown) or 'in its answer'}"
        )
    return task


def load_category(
    category: str, suite: str = "core", root: Path = FOLDER
) -> tuple[TaskFile, tuple[Task, ...]]:
    """The frozen tasks of one category.

    Raises:
        UnknownNameError: no such category or suite.
        TaskError: the file is missing or damaged.
    """
    if category not in CATEGORIES:
        raise UnknownNameError("category", category, CATEGORIES)
    if suite not in SUITES:
        raise UnknownNameError("suite", suite, SUITES)
    path = task_path(category, suite, root)
    where = f"tasks/{path.parent.name}/{path.name}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TaskError(f"{where} cannot be read: {error}; run scripts/freeze_tasks.py") from error
    file, tasks = parse_file(data, where)
    if file.category != category or file.suite != suite:
        raise TaskError(f"{where}: holds {file.suite} tasks of {file.category}")
    return file, tasks


@lru_cache(maxsize=4)
def load_suite(name: str = "core", root: Path = FOLDER) -> Suite:
    """A suite: the frozen tasks of all categories, in the order of the registry.

    Raises:
        UnknownNameError: no such suite.
        TaskError: a file is missing, damaged, or made from another cohort than the others.
    """
    if name not in SUITES:
        raise UnknownNameError("suite", name, SUITES)
    files = [load_category(category, name, root) for category in CATEGORIES]
    origins = {(f.version, f.cohort_seed, f.cohort_hash) for f, _ in files}
    if len(origins) != 1:
        raise TaskError(f"suite {name}: its files are of different versions or cohorts; freeze them together")
    (version, seed, cohort_hash) = origins.pop()
    return make_suite(name, version, seed, cohort_hash, tuple(t for _, tasks in files for t in tasks))


def make_suite(name: str, version: str, cohort_seed: int, cohort_hash: str, tasks: Sequence[Task]) -> Suite:
    """A suite with its hash, which covers name, version, cohort, limits and every task.

    Raises:
        TaskError: two tasks have one id.
    """
    ids = [t.id for t in tasks]
    if len(set(ids)) != len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise TaskError(f"suite {name}: task {', '.join(twice[:5])} is there twice")
    suite = Suite(name, version, cohort_seed, cohort_hash, tuple(tasks), limits=LIMITS)
    parts = [name, version, cohort_seed, cohort_hash, dict(LIMITS), [task_json(t) for t in tasks]]
    return replace(suite, hash=digest(parts))


def require_cohort(suite: Suite, cohort_hash: str) -> None:
    """Refuses to play a suite on another cohort than it was made from.

    Raises:
        UsageError: the hashes differ; names both.
    """
    if suite.cohort_hash != cohort_hash:
        raise UsageError(
            f"suite {suite.name} {suite.version} belongs to the cohort {suite.cohort_hash[:16]} (seed "
            f"{suite.cohort_seed}), not to {cohort_hash[:16]}: play it with its own cohort and with the version of "
            "ChartGym that it was frozen with; after a change to the charts freeze it anew (scripts/freeze_tasks.py)"
        )


def find_task(suite: Suite, task_id: str) -> Task:
    """The task of an id.

    Raises:
        UnknownNameError: there is none; the message offers the nearest.
    """
    for task in suite.tasks:
        if task.id == task_id:
            return task
    raise UnknownNameError("task", task_id, (t.id for t in suite.tasks))
