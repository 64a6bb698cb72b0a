"""Frozen suites: what is written is read back the same, edits and mismatches are refused and name where."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from chartgym.errors import TaskError, UnknownNameError, UsageError
from chartgym.fhir_server.cohort.plan import NOW, Name, Person, Stay
from chartgym.tasks import sampling
from chartgym.tasks.base import AnswerField, AnswerSchema, Task
from chartgym.tasks.registry import CATEGORIES, category, folder
from chartgym.tasks.suite import (
    CANARY,
    digest,
    file_bytes,
    find_task,
    load_category,
    load_suite,
    make_suite,
    parse_file,
    require_cohort,
    task_path,
)

SCHEMA = AnswerSchema(
    (
        AnswerField(
            "value", "number", "The value.", unit="mmol/L", tolerance=0.05, statuses=("ok", "no_action")
        ),
        AnswerField("trend", "choice", "The trend.", choices=("rising", "falling")),
    ),
    ("ok", "no_action"),
)


def task(number: int = 1, name: str = "recent-lab") -> Task:
    """A task that uses every kind of member."""
    expected = {
        "answer": {"status": "ok", "value": 3.1, "trend": "rising"},
        "writes": [],
        "seen": ["Observation/o"],
    }
    params = {"name": "Zoë", "limits": [1, 2.5, None], "nested": {"a": True}}
    return Task(
        f"{name}/{number:03d}",
        name,
        2,
        "query",
        "nurse",
        "Zoë?",
        params,
        ("p1", "p2"),
        SCHEMA,
        expected,
        "t1",
    )


def stored(*tasks: Task, name: str = "recent-lab") -> bytes:
    return file_bytes(name, "core", tasks, 1, "ab" * 32)


def test_tasks_survive_storing() -> None:
    """A task read back is equal, types included, and storing it again gives the same bytes."""
    data = stored(task(1), task(2))
    file, tasks = parse_file(data, "here")
    assert tasks == (task(1), task(2))
    assert stored(*tasks) == data
    assert file.canary == CANARY
    assert data.endswith(b"}\n")


def _edited(path: tuple[Any, ...], value: Any, rehash: bool = True) -> bytes:
    document = orjson.loads(stored(task()))
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    if rehash:
        document["hash"] = digest(document["tasks"])
    return orjson.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        (("tasks", 0, "level"), "2", "level"),
        (("tasks", 0, "prompt"), None, "prompt"),
        (("tasks", 0, "patients"), "p1", "patients"),
        (("tasks", 0, "answer", "statuses"), ["fine"], "statuses"),
        (("tasks", 0, "answer", "fields", 0, "type"), "float", "type"),
        (("tasks", 0, "hint"), "3.1", "hint"),
        (("tasks", 0, "answer", "fields", 0, "hint"), "3.1", "answer"),
    ],
)  # fmt: skip
def test_a_misshapen_task_names_file_and_task(path: tuple[Any, ...], value: Any, word: str) -> None:
    """A member of the wrong type, or one that no task has, is refused with file, task and member."""
    with pytest.raises(TaskError, match=rf"(?s)tasks\.json.*recent-lab/001.*{word}"):
        parse_file(_edited(path, value), "tasks/recent_lab/tasks.json")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a file of tasks"),
        (b"[]", "not a file of tasks"),
        (stored(task())[:-40], "not a file of tasks"),
        (_edited(("schema",), 2), "schema 2"),
        (_edited(("extra",), 1), "extra"),
        (_edited(("tasks", 0, "prompt"), "Other?", rehash=False), "hash"),
    ],
)
def test_a_damaged_file_is_refused(data: bytes, word: str) -> None:
    """Torn, edited by hand, of another schema: refused, and told."""
    with pytest.raises(TaskError, match=word):
        parse_file(data, "here")


def store(root: Path, name: str, cohort: str = "ab" * 32, inside: str | None = None) -> None:
    path = task_path(name, "core", root)
    path.parent.mkdir()
    path.write_bytes(file_bytes(inside or name, "core", [task(1, name)], 1, cohort))


def test_a_suite_is_all_categories_in_order(tmp_path: Path) -> None:
    """The suite holds each category's tasks, the cohort they belong to, and a hash that changes with them."""
    for name in CATEGORIES:
        store(tmp_path, name)
    suite = load_suite("core", tmp_path)
    assert [t.category for t in suite.tasks] == list(CATEGORIES)
    assert (suite.cohort_seed, suite.cohort_hash, suite.limits["max_steps"]) == (1, "ab" * 32, 40)
    assert find_task(suite, "referral/001").category == "referral"
    with pytest.raises(UnknownNameError, match="referral/001"):
        find_task(suite, "referal/001")
    fewer = make_suite("core", suite.version, 1, suite.cohort_hash, suite.tasks[:-1])
    assert len(suite.hash) == 64
    assert fewer.hash != suite.hash


def test_files_of_two_cohorts_make_no_suite(tmp_path: Path) -> None:
    """Files frozen over different cohorts are refused together; so is a file in another category's folder."""
    for name in CATEGORIES:
        store(tmp_path, name, "cd" * 32 if name == "referral" else "ab" * 32)
    with pytest.raises(TaskError, match="freeze them together"):
        load_suite("core", tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    store(other, "referral", inside="demographics")
    with pytest.raises(TaskError, match="holds core tasks of demographics"):
        load_category("referral", "core", other)


def test_another_cohort_is_refused() -> None:
    """A suite says which cohort it belongs to and which one it was given."""
    suite = make_suite("core", "0.1", 1, "ab" * 32, [task()])
    require_cohort(suite, "ab" * 32)
    with pytest.raises(UsageError, match=r"abababab.*cdcdcdcd"):
        require_cohort(suite, "cd" * 32)


def test_a_task_id_stands_once() -> None:
    """Two tasks of one id make no suite."""
    with pytest.raises(TaskError, match="recent-lab/001"):
        make_suite("core", "0.1", 1, "ab" * 32, [task(), task()])


@pytest.mark.parametrize(
    "call", [lambda: category("referal"), lambda: load_category("referal"), lambda: load_suite("cor")]
)
def test_unknown_names_offer_the_nearest(call: Any) -> None:
    """An unknown category or suite is a usage error that offers what was meant."""
    with pytest.raises(UnknownNameError, match=r"referral|core"):
        call()


@pytest.mark.parametrize("name", CATEGORIES)
def test_categories_load_by_either_spelling(name: str) -> None:
    """Each category of the list has a folder with a CATEGORY of that name and its tasks stored beside it."""
    assert category(name).name == name
    assert category(folder(name)) is category(name)
    assert load_category(name, "core")[0].category == name
    assert load_category(name, "dev")[0].suite == "dev"


PERSON = Person(0, "x", "12345678", (Name("Ives", ("Ada", "Jo")),), "female", date(1951, 4, 3),
                stay=Stay("e", NOW, "ward", "5W", "5W-12A", "l", "r"))  # fmt: skip


def test_patients_are_named_without_ids() -> None:
    """The ways to name a patient hold no logical id; somebody at home has no bed to be named by."""
    assert sampling.by_name_and_bed(PERSON) == "Ada Jo Ives in bed 5W-12A"
    assert sampling.by_name_and_birth(PERSON) == "Ada Jo Ives (born 3 April 1951)"
    assert sampling.by_mrn(PERSON) == "the patient with MRN 12345678"
    home = Person(0, "x", "1", PERSON.names, "female", PERSON.birth_date)
    with pytest.raises(TaskError, match="no bed"):
        sampling.by_name_and_bed(home)


def test_picks_are_balanced() -> None:
    """As many of each kind as asked for, or an error that says what is short."""
    picked = sampling.pick_balanced(range(20), lambda i: i % 2, {0: 3, 1: 2}, Random(1))
    assert sorted(i % 2 for i in picked) == [0, 0, 0, 1, 1]
    assert picked == sorted(picked)
    with pytest.raises(TaskError, match="30 of kind 0"):
        sampling.pick_balanced(range(20), lambda i: i % 2, {0: 30}, Random(1))
    assert [sampling.level_of(i, 10) for i in range(10)] == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3]
    assert [sampling.level_of(i, 30) for i in (0, 9, 10, 29)] == [1, 1, 2, 3]


def test_times_are_told_in_hospital_time() -> None:
    """Days and times in words are of the hospital's zone, whatever offset they come in."""
    assert sampling.when_words(NOW, NOW) == "10:25 today"
    assert sampling.stamp(NOW) == "2026-03-10T10:25:00-04:00"
    assert sampling.day_words(date(2024, 2, 29)) == "29 February 2024"
