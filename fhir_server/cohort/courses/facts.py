"""The table of facts of a chart: what is true of somebody, in words, from which notes are written. Never served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Topic = Literal[
    "symptom", "sign", "history", "family", "social", "diagnosis", "event", "treatment", "plan", "finding"
]
Polarity = Literal["present", "absent"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known.

    Attributes:
        at: since when it is known, in seconds.
        until: when it stopped being so, in seconds; None where it lasts, or was an event.
        topic: what kind of thing. `symptom`: what the patient says; `sign`: what an examiner sees; `history`: past
            illness or operation; `family`: of relatives; `social`: smoking, work, home; `diagnosis`: what is treated;
            `event`: what happened (a fall, a transfer); `treatment`: what was begun or stopped; `plan`: what is
            intended; `finding`: what an image or a procedure showed.
        name: a short key, such as `dyspnea`; two facts of one name speak of one thing.
        words: a noun phrase or clause without capital and full stop: "shortness of breath for three days".
        polarity: `absent` for what was looked for and is not there.
        encounter: id of the Encounter it belongs to; None for what belongs to the person.
    """

    at: float
    topic: Topic
    name: str
    words: str
    polarity: Polarity = "present"
    encounter: str | None = None
    until: float | None = None

    def holds(self, at: float) -> bool:
        """Whether it is known and still so at a time."""
        return self.at <= at and (self.until is None or at < self.until)


@dataclass(slots=True)
class Facts:
    """All facts of one chart, in order of writing."""

    rows: list[Fact] = field(default_factory=list[Fact])

    def add(self, fact: Fact) -> None:
        """Notes one fact."""
        self.rows.append(fact)

    def at(self, when: float, topic: Topic, encounter: str | None = None) -> Iterator[Fact]:
        """The facts of a topic that hold at a time: of one encounter (and of the person), or of the person alone."""
        for fact in self.rows:
            if fact.topic == topic and fact.holds(when) and fact.encounter in {None, encounter}:
                yield fact
