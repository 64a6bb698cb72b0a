"""A person at the terminal, playing by the same tools and under the same limits as every agent.

Rule 1: what is typed becomes a `ToolCall`; looking at help, the request or an earlier table costs nothing.
Rule 2: reading lines is handed in (`Terminal`), so that a test types without a terminal.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chartgym.errors import AgentError

from ..env.episode import Action, Episode, Observation
from ..env.prompt import clock_text
from ..env.strict_json import loads, raw_resource, with_raw
from ..tasks.answers import field_fault
from ..tasks.base import AnswerField, Json, Status, ToolCall
from .base import AgentView
from .chart_view import Shown, plain, view_result
from .completion import Known, complete
from .driver import play

Completer = Callable[[str], Sequence[str]]


class Terminal(Protocol):
    """Where lines come from."""

    def ask(self, prompt: str, complete: Completer, status: str = "") -> str:
        """One line.

        Args:
            prompt: shown before it.
            complete: what the last word of a beginning of a line could become.
            status: shown below while typing.

        Raises:
            EOFError: there are no more lines.
        """
        ...


HELP = (
    (
        "search TYPE [name=value ...]",
        "search Observation patient=ID code=2823-3 date=ge2026-03-09 _sort=-date",
    ),
    ("Enter, or next", "the next page of the last result"),
    ("read TYPE ID, or read 3", "one resource whole; a number is a row of the last table"),
    ("create {JSON}, create @FILE", "write a resource; create alone asks for lines of JSON"),
    ("update {JSON}", "replace a resource, where the task grants it"),
    ("calc 2.5 * 3", "compute"),
    ("finish", "answer field by field, and end"),
    ("request, schema, json", "the request again; the answer's shape; the last result as JSON"),
    ("quit", "stop without an answer; so do Ctrl-C and Ctrl-D"),
)
SHORT: Mapping[str, str] = {
    "s": "search", "r": "read", "n": "next", "c": "create", "calculate": "calc", "?": "help", "h": "help",
    "q": "quit",
    "exit": "quit", "show": "request", "fhir_search": "search", "fhir_read": "read", "fhir_next": "next",
    "fhir_create": "create", "fhir_update": "update",
}  # fmt: skip


class HumanAgent:
    """The player. `quit` and the end of input raise KeyboardInterrupt, which cancels the episode."""

    name = "human"

    def __init__(self, terminal: Terminal, console: Console) -> None:
        self._terminal = terminal
        self._console = console
        self._view: AgentView | None = None
        self._shown = Shown("")
        self._last = ""
        self._calls = 0
        self._known = Known()

    def reset(self, view: AgentView) -> None:
        """Shows the request."""
        self._view, self._shown, self._last, self._calls = view, Shown(""), "", 0
        self._known = Known(tools=frozenset(tool.name for tool in view.tools))
        self._show_request()
        self._console.print(Text("? for help, Tab completes, there is no undo", "dim"))

    def act(self, observation: Observation) -> Action:
        """Shows what the last call gave, then asks until a line is a call."""
        for result in observation.results:
            self._calls += 1
            self._last = result.text
            self._known.learn(result.text)
            shown = view_result(result)
            self._console.print(shown.view)
            if result.ok:
                self._shown = shown
        while True:
            left = self._need().task.max_steps - self._calls
            status = f"{left} call{'s' if left != 1 else ''} left   now {self._need().task.now.isoformat()}"
            try:
                call = self._command(self._ask("> ", lambda line: complete(line, self._known), status))
            except AgentError as error:
                self._console.print(plain(str(error), "red"))
                continue
            if call is not None:
                return call

    def _command(self, line: str) -> Action | None:
        """A call, or None for what was dealt with here.

        Raises:
            AgentError: the line is not understood; says why.
        """
        text = line.strip()
        if text.startswith(("{", "[")):
            return text
        word, _, rest = text.partition(" ")
        name = SHORT.get(word.lower(), word.lower() or "next")
        command = _COMMANDS.get(name)
        if command is None:
            raise AgentError(f"unknown command {word!r}; ? lists them")
        return command(self, rest.strip())

    # -- commands ----------------------------------------------------------------------------------------------

    def _search(self, rest: str) -> ToolCall:
        words = _words(rest)
        if not words:
            raise AgentError("search what? for example: search Patient family=Smith")
        params: dict[str, Any] = {}
        for word in words[1:]:
            name, sign, value = word.partition("=")
            if not sign:
                raise AgentError(f"a search parameter is name=value, not {word!r}")
            params[name] = [*params[name], value] if name in params else [value]
        merged: dict[str, Json] = {
            name: values[0] if len(values) == 1 else values for name, values in params.items()
        }
        return ToolCall("fhir_search", {"resource_type": words[0], "params": merged})

    def _next(self, rest: str) -> ToolCall:
        page = rest or self._shown.more
        if page is None:
            page = self._last.rpartition("page ")[2].rstrip("]") if "\n[cut: " in self._last else None
        if page is None:
            raise AgentError("there is no next page; ? for help")
        return ToolCall("fhir_next", {"page": page})

    def _read(self, rest: str) -> ToolCall:
        words = rest.replace("/", " ").split()
        if len(words) == 1 and words[0].isascii() and words[0].isdigit():
            row = int(words[0])
            if not 1 <= row <= len(self._shown.rows):
                raise AgentError(f"the last table has {len(self._shown.rows)} rows")
            words = self._shown.rows[row - 1].split("/")
        if len(words) != 2:
            raise AgentError("read what? for example: read Patient ID, or the number of a row")
        return ToolCall("fhir_read", {"resource_type": words[0], "id": words[1]})

    def _create(self, rest: str) -> ToolCall:
        return self._write("fhir_create", rest)

    def _update(self, rest: str) -> ToolCall:
        return self._write("fhir_update", rest)

    def _write(self, tool: str, rest: str) -> ToolCall:
        file = Path(rest[1:].strip()).expanduser() if rest.startswith("@") else None
        text = _read_file(file) if file else rest or self._lines()
        resource = loads(text)
        arguments = {"resource": resource}
        return ToolCall(tool, with_raw(arguments, raw_resource('{"resource":' + text + "}")))

    def _lines(self) -> str:
        self._console.print(Text("paste JSON; an empty line ends it", "dim"))
        lines: list[str] = []
        while line := self._ask("... ", lambda _line: ()).rstrip():
            lines.append(line)
        if not lines:
            raise AgentError("nothing was written")
        return "\n".join(lines)

    def _calc(self, rest: str) -> ToolCall:
        if not rest:
            raise AgentError("calculate what? for example: calc 0.5 * 72.4")
        return ToolCall("calculate", {"expression": rest})

    def _finish(self, rest: str) -> ToolCall | None:
        del rest
        schema = self._need().answer
        status = cast(Status, self._choose("status", schema.statuses))
        answer: dict[str, Json] = {"status": status}
        for field in schema.fields:
            if status in field.statuses:
                answer[field.name] = self._field(field)
        comment = self._ask("comment (may be empty): ", lambda _line: ()).strip()
        if comment:
            answer["comment"] = comment
        self._console.print(plain(json.dumps(answer, ensure_ascii=False, indent=2)))
        if self._ask("end with this answer? (y/n) ", lambda _line: ("y", "n")).strip().lower() not in (
            "y",
            "yes",
        ):
            self._console.print(Text("not sent", "dim"))
            return None
        return ToolCall("finish", answer)

    def _choose(self, name: str, choices: Sequence[str]) -> str:
        if len(choices) == 1:
            return choices[0]
        while True:
            told = self._ask(
                f"{name} ({', '.join(choices)}): ", lambda line: _starting(choices, line)
            ).strip()
            if told in choices:
                return told
            self._console.print(plain(f"one of {', '.join(choices)}", "red"))

    def _field(self, field: AnswerField) -> Json:
        unit = f" [{field.unit}]" if field.unit else ""
        self._console.print(plain(f"{field.name}{unit}: {field.description}", "dim"))
        choices = field.choices or (("yes", "no") if field.type == "boolean" else ())
        while True:
            line = self._ask(f"{field.name}{unit} = ", lambda line: _starting(choices, line)).strip()
            value = _answer_value(field, line)
            fault = field_fault(field, value)
            if fault is None:
                return value
            self._console.print(plain(fault, "red"))

    def _help(self, rest: str) -> None:
        del rest
        table = Table(box=None, show_header=False, pad_edge=False)
        for command, told in HELP:
            table.add_row(Text(command, "bold"), Text(told))
        self._console.print(table)

    def _show_request(self, rest: str = "") -> None:
        del rest
        task = self._need().task
        request = Group(plain(f"It is {clock_text(task.now)}.", "dim"), "", plain(task.prompt.strip()))
        self._console.print(Panel(request, title=plain(task.id), title_align="left"))

    def _schema(self, rest: str) -> None:
        del rest
        schema = self._need().answer
        table = Table(pad_edge=False, box=None)
        for name in ("field", "type", "unit", "with status", "what"):
            table.add_column(name, overflow="fold")
        table.add_row("status", " / ".join(schema.statuses), "", "", "how it ended")
        for field in schema.fields:
            kind = " / ".join(field.choices) or field.type
            table.add_row(
                *(
                    plain(t)
                    for t in (
                        field.name,
                        kind,
                        field.unit or "",
                        ", ".join(field.statuses),
                        field.description,
                    )
                )
            )
        self._console.print(table)

    def _json(self, rest: str) -> None:
        del rest
        try:
            text = json.dumps(json.loads(self._last), indent=2, ensure_ascii=False)
        except ValueError:
            text = self._last
        self._console.print(plain(text))

    def _quit(self, rest: str) -> None:
        del rest
        raise KeyboardInterrupt

    def _ask(self, prompt: str, complete: Completer, status: str = "") -> str:
        try:
            return self._terminal.ask(prompt, complete, status)
        except EOFError:
            raise KeyboardInterrupt from None

    def _need(self) -> AgentView:
        assert self._view is not None, "reset comes before act"
        return self._view


_COMMANDS: Mapping[str, Callable[[HumanAgent, str], Action | None]] = {
    "search": HumanAgent._search,  # pyright: ignore[reportPrivateUsage] - the table is part of the class
    "next": HumanAgent._next,  # pyright: ignore[reportPrivateUsage]
    "read": HumanAgent._read,  # pyright: ignore[reportPrivateUsage]
    "create": HumanAgent._create,  # pyright: ignore[reportPrivateUsage]
    "update": HumanAgent._update,  # pyright: ignore[reportPrivateUsage]
    "calc": HumanAgent._calc,  # pyright: ignore[reportPrivateUsage]
    "finish": HumanAgent._finish,  # pyright: ignore[reportPrivateUsage]
    "help": HumanAgent._help,  # pyright: ignore[reportPrivateUsage]
    "request": HumanAgent._show_request,  # pyright: ignore[reportPrivateUsage]
    "schema": HumanAgent._schema,  # pyright: ignore[reportPrivateUsage]
    "json": HumanAgent._json,  # pyright: ignore[reportPrivateUsage]
    "quit": HumanAgent._quit,  # pyright: ignore[reportPrivateUsage]
}


def play_in_terminal(
    episode: Episode,
    *,
    terminal: Terminal | None = None,
    console: Console | None = None,
    reveal: bool = False,
) -> None:
    """Lets a person play an episode, then says how it went.

    Args:
        episode: an open one; whoever opened its session closes it.
        terminal: where lines come from; by default the real one, with completion and history.
        console: where everything is shown; by default standard output.
        reveal: show every criterion with the expected result (for suites that are public).

    Raises:
        KeyboardInterrupt: the player quit; the episode has ended as `cancelled`.
    """
    if terminal is None:
        from .prompt_terminal import PromptTerminal  # noqa: PLC0415 - loads prompt-toolkit, which only this needs

        terminal = PromptTerminal()
    screen = console or Console(highlight=False)
    last: list[Observation] = []
    play(HumanAgent(terminal, screen), episode, lambda _reply, observation: last.append(observation))
    if last and last[-1].results:
        screen.print(plain(last[-1].results[-1].text))
    show_verdict(episode, screen, reveal)


def show_verdict(episode: Episode, console: Console, reveal: bool) -> None:
    """Says how an ended episode went; the criteria only where they may be seen."""
    if episode.ended_by == "infra_error":
        console.print(plain(f"lost, not failed: {episode.error}", "red"))
        return
    verdict = episode.verdict()
    if verdict.error is not None:
        console.print(plain(f"the checker broke: {verdict.error}", "red"))
        return
    told = "passed" if verdict.passed else "failed"
    console.print(
        Text(
            f"{told} after {episode.steps} calls (ended by {episode.ended_by})",
            "bold green" if verdict.passed else "bold red",
        )
    )
    if not reveal:
        return
    table = Table(box=None, pad_edge=False)
    for name in ("", "criterion", "expected", "got"):
        table.add_column(name, overflow="fold")
    for criterion in verdict.criteria:
        mark = "-" if not criterion.applies else "ok" if criterion.passed else "no"
        style = {"ok": "green", "no": "red"}.get(mark, "dim")
        table.add_row(Text(mark, style), plain(criterion.id), plain(criterion.expected), plain(criterion.got))
    console.print(table)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise AgentError(f"{error}: quote values with spaces, as in name='Van Dyke'") from None


def _read_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"cannot read {path}: {error}") from None


def _starting(choices: Sequence[str], line: str) -> list[str]:
    return [choice for choice in choices if choice.startswith(line)]


def _answer_value(field: AnswerField, line: str) -> Json:
    if field.type in ("number", "integer"):
        try:
            return loads(line)
        except AgentError:
            return line
    if field.type == "boolean":
        return {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(
            line.lower(), line
        )
    if field.type == "list":
        return [item.strip() for item in line.split(",") if item.strip()]
    return line
