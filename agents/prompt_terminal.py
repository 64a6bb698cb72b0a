"""The real terminal: prompt-toolkit with completion, history of this game, and a line of status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output


class LastWord(Completer):
    """Offers what a function says the last word could be."""

    def __init__(self, complete: Callable[[str], Sequence[str]]) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Replaces the last word, with a space after it where it is complete."""
        del complete_event
        line = document.text_before_cursor
        last = line.rpartition(" ")[2]
        for word in self._complete(line):
            # What wants no more goes on with the next word; a parameter's name wants its value.
            more = "" if word.endswith("=") else " "
            yield Completion(word + more, start_position=-len(last), display=word)


class PromptTerminal:
    """Asks on the terminal; `input` and `output` are prompt-toolkit's, by default the process's own."""

    def __init__(self, input: Input | None = None, output: Output | None = None) -> None:  # noqa: A002 prompt-toolkit's word
        self._session: PromptSession[str] = PromptSession(input=input, output=output)

    def ask(self, prompt: str, complete: Callable[[str], Sequence[str]], status: str = "") -> str:
        """One line.

        Raises:
            EOFError: end of input.
            KeyboardInterrupt: interrupted.
        """
        return self._session.prompt(
            prompt, completer=LastWord(complete), complete_while_typing=False, bottom_toolbar=status or None
        )
