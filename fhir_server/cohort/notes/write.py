"""Writes all notes and messages of a chart."""

from __future__ import annotations

from random import Random

from ..builder import ChartBuilder
from ..chance import child
from ..courses.facts import Facts
from ..courses.timeline import Timeline
from ..plan import Plan
from .admission import admission, emergency
from .allied import allied
from .background import live
from .clinic import clinic
from .consult import consult
from .desk import Desk
from .discharge import discharge
from .inbox import inbox, telephone
from .nursing import nursing
from .procedures import procedures
from .progress import progress
from .radiology import radiology
from .reading import read


def write_notes(plan: Plan, chart: ChartBuilder, timeline: Timeline, facts: Facts, rng: Random) -> None:
    """Writes the notes of stays and visits and the inbox, from the facts and from the chart as it now stands.

    To be called last, when nothing else will change the chart: what a note tells is then what the chart holds.

    Args:
        plan: the cohort's plan.
        chart: the finished chart, to which notes are added.
        timeline: its stays and visits.
        facts: what is true of the person; what they do not tell is put in words by the reason of a stay.
        rng: the chance of what stays the same in somebody's notes; each stay and concern has its own stream.
    """
    reading = read(chart.resources)
    life = live(chart.person, facts, reading, plan.now.timestamp(), rng)
    desk = Desk(plan, chart, timeline, facts, reading, life, rng)
    for book in desk.books:
        key = book.stay.number
        for name, concern in (
            ("stay", (emergency, admission, progress)),
            ("nursing", (nursing,)),
            ("allied", (allied,)),
            ("consult", (consult,)),
            ("end", (discharge,)),
        ):
            desk.rng = _stream(desk, name, key)
            for write in concern:
                write(desk, book)
    for name, concern in (
        ("clinic", clinic),
        ("telephone", telephone),
        ("inbox", inbox),
        ("radiology", radiology),
        ("procedures", procedures),
    ):
        desk.rng = _stream(desk, name)
        concern(desk)


def _stream(desk: Desk, *names: object) -> Random:
    return child(desk.seed, desk.person.index, "notes", *names)
