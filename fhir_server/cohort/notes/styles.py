"""How each author writes: layout, abbreviations, dates, arrows, capitals. The same author always in the same way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Literal

from ..chance import child
from .grammar import pick

Layout = Literal["prose", "soap", "problems", "boxes"]

_ABBREVIATIONS: tuple[tuple[str, str], ...] = (
    ("History of present illness", "HPI"), ("HISTORY OF PRESENT ILLNESS", "HPI"), ("the patient", "pt"), ("The patient", "Pt"), ("patient's", "pt's"), ("patient", "pt"), ("Patient", "Pt"),
    ("history of", "h/o"), ("History of", "H/o"), ("status post", "s/p"), ("complains of", "c/o"),
    ("Complains of", "C/o"), ("complaining of", "c/o"), ("shortness of breath", "SOB"), ("chest pain", "CP"),
    ("hypertension", "HTN"), ("type 2 diabetes", "T2DM"), ("type 1 diabetes", "T1DM"),
    ("coronary artery disease", "CAD"), ("atrial fibrillation", "AF"), ("heart failure", "HF"),
    ("hyperlipidemia", "HLD"), ("secondary to", "2/2"), ("due to", "d/t"), ("follow up", "f/u"),
    ("follow-up", "f/u"), ("Follow up", "F/u"), ("Follow-up", "F/u"), ("without", "w/o"), ("Without", "W/o"),
    ("with", "w/"), ("bilaterally", "b/l"), ("bilateral", "b/l"), ("overnight", "o/n"), ("Overnight", "O/n"),
    ("abdominal", "abd"), ("Abdomen", "Abd"), ("abdomen", "abd"), ("medications", "meds"), ("Medications", "Meds"),
    ("continue", "cont"), ("Continue", "Cont"), ("continued", "cont'd"), ("evaluation", "eval"),
    ("emergency department", "ED"), ("temperature", "temp"), ("Temperature", "Temp"),
    ("blood pressure", "BP"), ("Blood pressure", "BP"), ("heart rate", "HR"), ("Heart rate", "HR"),
    ("within normal limits", "WNL"), ("nausea or vomiting", "N/V"), ("this morning", "this AM"),
    ("in the morning", "in AM"), ("regular rate and rhythm", "RRR"), ("lower extremity", "LE"),
    ("lower extremities", "LEs"), ("urine output", "UOP"), ("room air", "RA"), ("nasal cannula", "NC"),
    ("intravenous", "IV"), ("antibiotics", "abx"), ("Antibiotics", "Abx"), ("discharge", "d/c"),
    ("approximately", "~"), ("increased", "incr"), ("decreased", "decr"),
    ("diagnosis", "dx"), ("treatment", "tx"), ("symptoms", "sx"), ("every", "q"),
    ("greater than", ">"), ("less than", "<"), ("negative", "neg"), ("positive", "pos"), ("normal", "nl"),
    ("bowel movement", "BM"), ("minutes", "min"), ("respiratory", "resp"), ("hours", "hrs"), ("primary care", "PCP"),
)  # fmt: skip
_UNSAFE = frozenset(
    {"with", "every", "normal", "continue", "Continue", "approximately", "greater than", "less than"}
)
"""Only those who abbreviate a lot write these."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Style:
    """One author's hand.

    Attributes:
        layout: how a note is built.
        shortens: 0 not at all, 1 the common abbreviations, 2 whatever can be.
        lower: whether sentences begin without a capital.
        trend: how a value beside the one before is written: "1.8 from 2.2", "2.2 -> 1.8", "1.8 (2.2)", "1.8 (was 2.2)".
        date: how a date is written: 03/08, 3/8, Mar 8, 8 Mar, 03/08/26.
        metric: whether temperatures are in degrees Celsius.
        form: a number by which the author settles on one of several words for a thing.
        bullet: what opens a point of a list.
        loud: whether headings are in capitals.
        sign: how the note is signed.
        own: the abbreviations this author uses.
    """

    layout: Layout
    shortens: int
    lower: bool
    trend: int
    date: int
    metric: bool
    form: int
    bullet: str
    loud: bool
    sign: int
    own: tuple[tuple[str, str], ...]

    def day(self, when: datetime) -> str:
        """A date as the author writes it."""
        m, d = when.month, when.day
        match self.date:
            case 0:
                return f"{m:02d}/{d:02d}"
            case 1:
                return f"{m}/{d}"
            case 2:
                return f"{_MONTHS[m - 1]} {d}"
            case 3:
                return f"{d} {_MONTHS[m - 1]}"
            case _:
                return f"{m:02d}/{d:02d}/{when.year % 100}"

    def heading(self, text: str) -> str:
        """A heading."""
        return text.upper() if self.loud else text

    def finish(self, text: str) -> str:
        """The author's abbreviations over a finished text."""
        if not self.own:
            return text
        table = _table(self.own)
        return _LONG.sub(lambda found: table.get(found[0], found[0]), text).replace("q.d..", "q.d.")


_LONG = re.compile(
    r"(?<![\w/-])(?<!urethral )(?<!vaginal )(?:"
    + "|".join(re.escape(long) for long, _ in sorted(_ABBREVIATIONS, key=lambda pair: -len(pair[0])))
    + r")(?![\w-])"
)


@lru_cache(maxsize=512)
def _table(own: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(own)


@lru_cache(maxsize=512)
def style_of(seed: int, author: str) -> Style:
    """The hand of an author, by name or id."""
    return _deal(child(seed, "hand", author))


def _deal(rng: Random) -> Style:
    layout: Layout = pick(rng, ("prose", "prose", "soap", "soap", "soap", "problems", "problems", "boxes"))
    shortens = pick(rng, (0, 0, 1, 1)) if layout == "prose" else pick(rng, (0, 1, 1, 1, 2, 2))
    own = tuple(
        pair
        for pair in _ABBREVIATIONS
        if shortens and (pair[0] not in _UNSAFE or shortens == 2) and rng.random() < 0.45 + 0.25 * shortens
    )
    return Style(
        layout=layout,
        shortens=shortens,
        lower=layout == "soap" and rng.random() < 0.3,
        trend=int(rng.random() * 4),
        date=int(rng.random() * 5),
        metric=rng.random() < 0.35,
        form=int(rng.random() * 12),
        bullet=pick(rng, ("- ", "- ", "* ", "# ", "• ")) if layout != "prose" else "- ",
        loud=rng.random() < 0.5,
        sign=int(rng.random() * 4),
        own=own,
    )
