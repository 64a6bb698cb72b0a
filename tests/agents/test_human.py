"""A person at the terminal, typed by a test."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from chartgym.agents.chart_table import fitting
from chartgym.agents.chart_view import moment, view_result
from chartgym.agents.completion import Known, complete
from chartgym.agents.human import play_in_terminal
from chartgym.agents.prompt_terminal import LastWord, PromptTerminal
from chartgym.env import Episode
from chartgym.tasks.base import ToolResult

from .conftest import NewGame, Typist

RIGHT = ["finish", "ok", "5.6", "yes", "", "y"]


def screen() -> Console:
    return Console(file=io.StringIO(), width=160, highlight=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def typed(episode: Episode, lines: Sequence[str], reveal: bool = False) -> tuple[str, Typist]:
    """Plays the lines; returns what was on the screen."""
    console, terminal = screen(), Typist(lines)
    play_in_terminal(episode, terminal=terminal, console=console, reveal=reveal)
    return shown(console), terminal


def test_a_whole_game(new_game: NewGame) -> None:
    """Search, read a row by its number, calculate, answer field by field: the same calls as any agent's."""
    episode = new_game()
    lines = ["search Observation patient=p1 status=final _sort=-date", "read 1", "calc 5.6 - 5", *RIGHT]
    text, _ = typed(episode, lines)
    assert [step.call.tool for step in episode.evidence().log] == [
        "fhir_search",
        "fhir_read",
        "calculate",
        "finish",
    ]
    assert episode.evidence().log[0].call.arguments == {
        "resource_type": "Observation",
        "params": {"patient": "p1", "status": "final", "_sort": "-date"},
    }
    assert episode.evidence().log[1].call.arguments == {"resource_type": "Observation", "id": "k1"}
    assert episode.verdict().passed
    for said in ("Jörg Müller", "2026-03-09 06:00-04:00", "5.6 mmol/L", "0.6", "passed after 4 calls"):
        assert said in text


def test_looking_costs_nothing(new_game: NewGame) -> None:
    """Help, request, schema and raw JSON are no calls; nor is a line that is not understood."""
    episode = new_game()
    lines = ["?", "help", "request", "show request", "schema", "json", "jump", "search", "search X y", "read",
             "read 1", "read a b c", "next", "calc", "create", "", "create {", "create @/no/such/file", "update {}",
             *RIGHT]  # fmt: skip
    text, _ = typed(episode, lines)
    tools = [step.call.tool for step in episode.evidence().log]
    assert tools == [
        "fhir_update",
        "finish",
    ]  # the one call that was made is refused by the episode, not by us
    assert "unknown command 'jump'" in text
    assert "mmol/L" in text


def test_pages_by_enter(new_game: NewGame) -> None:
    """An empty line goes on to the next page, and rows are numbered anew."""
    episode = new_game()
    text, _ = typed(episode, ["s Condition", "", "", "read 10", *RIGHT])
    assert [step.call.tool for step in episode.evidence().log] == [
        "fhir_search",
        "fhir_next",
        "fhir_read",
        "finish",
    ]
    assert "20 of 30 - Enter shows more" in text
    assert "10 of 30" in text
    assert "there is no next page" in text
    assert episode.evidence().log[2].call.arguments["id"] in {f"c{i}" for i in range(30)}


def test_repeated_and_quoted_parameters(new_game: NewGame) -> None:
    """A parameter given twice is a list; quotes hold spaces; a bad quote is explained."""
    episode = new_game()
    text, _ = typed(
        episode,
        ["search Patient name='Jörg M' birthdate=ge1970 birthdate=le1971", "search Patient name='x", *RIGHT],
    )
    assert episode.evidence().log[0].call.arguments["params"] == {
        "name": "Jörg M",
        "birthdate": ["ge1970", "le1971"],
    }
    assert "quote values with spaces" in text
    assert episode.steps == 2


@pytest.mark.parametrize("way", ["inline", "lines", "file", "call"])
def test_ways_to_create(way: str, new_game: NewGame, tmp_path: Path) -> None:
    """A resource is written from the line, from pasted lines, from a file, or as a call in JSON; digits survive."""
    head = '{"resourceType": "Observation", "status": "final", "code": {"text": "K"}, '
    text = head + '"valueQuantity": {"value": 1.850}}'
    (tmp_path / "r.json").write_text(text)
    lines = {
        "inline": [f"create {text}"],
        "lines": ["create", *text.replace(", ", ",\n").splitlines(), ""],
        "file": [f"create @{tmp_path / 'r.json'}"],
        "call": ['{"tool": "fhir_create", "arguments": {"resource": ' + text + "}}"],
    }[way]
    episode = new_game()
    told, _ = typed(episode, [*lines, *RIGHT])
    (change,) = episode.evidence().changes
    assert (change.after or {})["valueQuantity"] == {"value": 1.85}
    assert '"value":1.850' in episode.evidence().log[0].result.text
    assert "failed" in told


def test_answer_is_asked_until_it_fits(new_game: NewGame) -> None:
    """Each field is asked by its type until the value has it, and nothing is sent without a yes."""
    episode = new_game()
    lines = [
        "finish",
        "perhaps",
        "ok",
        "high",
        "5.6 mmol/L",
        "5.6",
        "maybe",
        "yes",
        "sure of it",
        "n",
        *RIGHT,
    ]
    text, terminal = typed(episode, lines)
    assert "one of ok, no_data" in text
    assert "must be a number" in text
    assert "must be true or false" in text
    assert "not sent" in text
    assert episode.steps == 1
    assert episode.evidence().answer == {"status": "ok", "value": 5.6, "high": True}
    assert any("value [mmol/L]" in prompt for prompt in terminal.prompts)


def test_fields_follow_the_status(new_game: NewGame) -> None:
    """Only what the chosen status asks for is asked."""
    episode = new_game()
    typed(episode, ["finish", "no_data", "old", "looked everywhere", "y"])
    assert episode.evidence().answer == {"status": "no_data", "reason": "old", "comment": "looked everywhere"}


@pytest.mark.parametrize("lines", [["quit"], ["q"], [], ["finish"], ["create"]])
def test_leaving_cancels(lines: list[str], new_game: NewGame) -> None:
    """Quitting, or the end of input anywhere, is no failed episode but a cancelled one."""
    episode = new_game()
    with pytest.raises(KeyboardInterrupt):
        typed(episode, lines)
    assert episode.ended_by == "cancelled"


def test_criteria_are_shown_only_where_they_may_be(new_game: NewGame) -> None:
    """The expected result is on the screen with `reveal` alone."""
    wrong = ["finish", "ok", "1", "no", "", "y"]
    hidden, _ = typed(new_game(), wrong)
    assert "failed" in hidden
    assert "5.6" not in hidden
    revealed, _ = typed(new_game(), wrong, reveal=True)
    assert "5.6" in revealed


def test_status_line_counts_down(new_game: NewGame) -> None:
    """The calls left are always in sight."""
    _, terminal = typed(new_game(steps=9), ["calc 1", "calc 2", *RIGHT])
    assert "7 calls left" in terminal.status
    assert "2026-03-10T10:25" in terminal.status


def test_limit_ends_the_game(new_game: NewGame) -> None:
    """Out of calls, the game is over and says so."""
    text, _ = typed(new_game(steps=2), ["calc 1", "calc 2"])
    assert "ended by limit" in text


def test_through_the_real_prompt(new_game: NewGame) -> None:
    """The same game through prompt-toolkit, reading keys."""
    episode = new_game()
    with create_pipe_input() as keys:
        terminal = PromptTerminal(input=keys, output=DummyOutput())
        keys.send_text("search Patient\rread 1\rfinish\rok\r5.6\ryes\r\ry\r")
        play_in_terminal(episode, terminal=terminal, console=screen())
    assert [step.call.tool for step in episode.evidence().log] == ["fhir_search", "fhir_read", "finish"]
    assert episode.verdict().passed


def test_completion_replaces_the_last_word() -> None:
    """Prompt-toolkit is offered whole words in the place of the one begun; a name that wants a value has no space."""
    completer = LastWord(lambda line: [line.rpartition(" ")[2] + "tient", "patient="])
    found = list(completer.get_completions(Document("read Pa rest", cursor_position=7), CompleteEvent()))
    assert [(c.text, c.start_position) for c in found] == [("Patient ", -2), ("patient=", -2)]


# -- completion ------------------------------------------------------------------------------------------------


@pytest.fixture
def known() -> Known:
    """Two patients and an encounter have been seen."""
    found = Known(frozenset({"fhir_search"}))
    for kind, name in (("Patient", "abc1"), ("Patient", "abd2"), ("Encounter", "e9")):
        found.learn(json.dumps({"resourceType": kind, "id": name}))
    return found


@pytest.mark.parametrize(("line", "among"), [
    ("", "search"), ("se", "search"), ("SE", "search"), ("search ", "Observation"), ("search obs", "Observation"),
    ("search Sub", "Substance"), ("search Observation pa", "patient="), ("search Observation ", "code="),
    ("search Observation _so", "_sort="), ("search Observation _sort=-da", "_sort=-date"),
    ("search Observation patient=ab", "patient=abc1"), ("search Observation subject=", "subject=abd2"),
    ("search Encounter _id=", "_id=e9"), ("search Observation code=x _summary=", "_summary=count"),
    ("read ", "Patient"), ("read Patient ab", "abd2"), ("read Patient/abc", "Patient/abc1"), ("r Enc", "Encounter"),
])  # fmt: skip
def test_completion_offers(line: str, among: str, known: Known) -> None:
    """Commands, types, parameters of the type, and ids that were seen."""
    assert among in complete(line, known)


@pytest.mark.parametrize(
    "line", ["xyz", "search Nothing pa", "calc 1", "read Patient zz", "search Observation code=", "quit "]
)
def test_completion_offers_nothing(line: str, known: Known) -> None:
    """Where nothing fits, nothing is offered."""
    assert list(complete(line, known)) == []


def test_references_are_learnt(known: Known) -> None:
    """The patient of an encounter, and its bed, can be completed before either was read."""
    stay = {
        "resourceType": "Encounter", "id": "e9", "subject": {"reference": "Patient/p9"},
        "location": [{"location": {"reference": "Location/bed9"}}],
    }  # fmt: skip
    known.learn(json.dumps(stay))
    assert complete("search Observation patient=p9", known) == ["patient=p9"]
    assert complete("search Encounter location=", known) == ["location=bed9"]
    assert complete("read Encounter e9", known) == ["e9"]


def test_update_is_offered_where_granted(known: Known) -> None:
    """The update command is offered only in tasks that grant it."""
    assert "update" not in complete("u", known)
    assert "update" in complete("u", Known(frozenset({"fhir_update"})))


# -- views -----------------------------------------------------------------------------------------------------


def rendered(value: Any, ok: bool = True) -> str:
    console = screen()
    console.print(view_result(ToolResult(ok, value if isinstance(value, str) else json.dumps(value))).view)
    return shown(console)


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources], **more}


VIEWS: list[tuple[Any, list[str]]] = [
    ({"resourceType": "Observation", "id": "a", "status": "corrected", "code": {"text": "Potassium"}, "valueQuantity":
      {"comparator": "<", "value": 0.1, "unit": "mmol/L"}, "note": [{"text": "hemolyzed"}]},
     ["Potassium", "<0.1 mmol/L", "corrected", "hemolyzed"]),
    ({"resourceType": "Observation", "component": [{"code": {"text": "Systolic"}, "valueQuantity": {"value": 120}},
      {"code": {"coding": [{"display": "Diastolic"}]}, "valueQuantity": {"value": 80}}]},
     ["Systolic 120; Diastolic 80"]),
    ({"resourceType": "Observation", "dataAbsentReason": {"text": "Not performed"}}, ["Not performed"]),
    ({"resourceType": "Observation", "valueString": "HI"}, ["HI"]),
    ({"resourceType": "Patient", "id": "p", "birthDate": "1970-05-04", "deceasedDateTime": "2026-01-02T03:04:00-05:00",
      "name": [{"use": "old", "family": "Before"}, {"family": "Now", "given": ["A"]}]},
     ["A Now", "died 2026-01-02 03:04-05:00"]),
    ({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "KCl"}, "dosageInstruction":
      [{"route": {"text": "Oral"}, "doseAndRate": [{"doseQuantity": {"value": 40, "unit": "meq"}}]}]},
     ["KCl", "40 meq Oral"]),
    ({"resourceType": "DocumentReference", "type": {"text": "Note"},
      "content": [{"attachment": {"text": "a b\nc" + "x" * 200}}]},
     ["Note", "a b cx", "..."]),
    ({"resourceType": "Communication", "payload": [{"contentString": "Please call"}]}, ["Please call"]),
    ({"resourceType": "Slot", "id": "unusual", "status": "free"}, ["Slot", "unusual", "free"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "said"), VIEWS, ids=[v[0]["resourceType"] + str(i) for i, v in enumerate(VIEWS)]
)
def test_tables_say_what_matters(resource: Any, said: list[str]) -> None:
    """A row holds value with unit and comparator, status, dose, text: what a clinician looks for."""
    text = rendered(bundle(resource, total=1))
    for words in said:
        assert words in text


LAB = {
    "resourceType": "Observation", "id": "0123456789abcdef0123", "status": "final", "effectiveDateTime":
    "2026-03-04T06:01:00-05:00", "issued": "2026-03-04T06:49:00-05:00", "code": {"coding": [{"code": "30341-2"}],
    "text": "Sedimentation rate"}, "valueQuantity": {"value": 47, "unit": "mm/h"}, "interpretation": [{"coding":
    [{"code": "H"}]}], "specimen": {"display": "Serum"},
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 160])
def test_narrow_terminals_hide_what_is_worth_least(width: int) -> None:
    """At any width a result keeps its name, value, time and status; columns that do not fit are named."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(view_result(ToolResult(True, json.dumps(bundle(LAB, total=1)))).view)
    text = " ".join(shown(console).split())
    for said in ("47 mm/h", "2026-03-04 06:01-05:00", "final", "Sedimentation"):
        assert said in text
    lost = {
        "issued": "06:49",
        "specimen": "Serum",
        "code": "30341-2",
        "flag": " H ",
        "id": "0123456789abcdef0123",
    }
    told = text.partition("no room for ")[2].partition(":")[0].split(", ")
    assert {name for name, cell in lost.items() if cell not in text} == set(told) - {""}
    assert (width == 160) == (told == [""])


@pytest.mark.parametrize(
    ("room", "kept"),
    [(60, ["time", "what", "code", "flag", "id"]), (50, ["time", "what", "flag", "id"]), (36, ["time", "what", "flag"]),
     (30, ["time", "what"]), (1, ["time", "what"])],
)  # fmt: skip
def test_columns_that_fit(room: int, kept: list[str]) -> None:
    """Columns go by worth; what a broad column made room for comes back; some are never left out."""
    widths = {"time": 16, "what": 30, "code": 7, "flag": 4, "id": 10}
    assert fitting(widths, room, frozenset({"time", "code", "flag", "id"}))[0] == kept


def test_rows_of_several_patients_name_them() -> None:
    """Whose row it is, is shown where more than one patient is in a table."""
    rows = [{"resourceType": "Condition", "subject": {"reference": f"Patient/{p}"}} for p in "ab"]
    assert "Patient/b" in rendered(bundle(*rows))
    assert "Patient/b" not in rendered(bundle(rows[1]))


def test_note_is_shown_whole() -> None:
    """A document that is read shows its text as text."""
    text = rendered(
        {
            "resourceType": "DocumentReference",
            "id": "d",
            "content": [{"attachment": {"text": "line one\nline two"}}],
        }
    )
    assert "line one" in text
    assert "line two" in text
    assert "\\n" not in text


@pytest.mark.parametrize(
    "text", ["\x1b[2J\x1b[31mred", "[bold red]x[/]", "\x07\x9b31m", "a\u202eb", "[link=http://x]y[/link]"]
)
def test_charts_cannot_speak_to_the_terminal(text: str) -> None:
    """Escape sequences and markup in a chart are shown, or replaced, never obeyed."""
    resource = {"resourceType": "Patient", "id": "p", "name": [{"text": text}]}
    for out in (rendered(bundle(resource)), rendered(resource), rendered(text), rendered(text, ok=False)):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
        if "[" in text and "\x1b" not in text:
            assert text in out


@pytest.mark.parametrize(("instant", "said"), [
    ("2026-03-10", "2026-03-10"), ("2026-03", "2026-03"), ("2026-03-10T05:40:00-04:00", "2026-03-10 05:40-04:00"),
    ("2026-03-10T05:40:00.123Z", "2026-03-10 05:40Z"), ("2026-03-10T05:40:30+05:30", "2026-03-10 05:40+05:30"),
])  # fmt: skip
def test_moments(instant: str, said: str) -> None:
    """Times are shown to the minute with the offset that they were written with."""
    assert moment(instant) == said
