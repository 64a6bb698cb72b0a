"""Putting a finished text into the chart: the author's hand, a slip of the keyboard, who and when, what it appends to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from ..builder import ChartBuilder
from ..clock import HOUR, local
from ..parts import HOSPITAL_NAME
from ..plan import Json
from .desk import Author
from .grammar import pick
from .moment import Moment
from .rates import QUIET, RATES

_WORD = re.compile(r"\b[a-z]{5,11}\b")
_ARTICLE = re.compile(r"\b([Aa]) (?=8\d?\b|8\d[- y]|11\b|18\b|18[- y])")
"""Before numbers that begin with a vowel: an 83-year-old."""
_KEEP = frozenset({"right", "left"})


def quiet(m: Moment) -> bool:
    """Whether the note is of the last days of a stay that goes on, where graded situations play."""
    return m.book is not None and not m.book.over and m.at > m.desk.now - QUIET


def slip(text: str, rng: Random) -> str:
    """The text with one word mistyped, never a number; unchanged where no word offers itself."""
    found = [f for f in _WORD.finditer(text) if f[0] not in _KEEP]
    if not found:
        return text
    at = found[int(rng.random() * len(found))]
    word = at[0]
    n = 1 + int(rng.random() * (len(word) - 2))
    wrong = pick(
        rng,
        (
            word[:n] + word[n + 1] + word[n] + word[n + 2 :],
            word[:n] + word[n + 1 :],
            word[:n] + word[n] + word[n:],
        ),
    )
    return text[: at.start()] + wrong + text[at.end() :]


def put(
    m: Moment,
    kind: str,
    text: str,
    *,
    title: str = "",
    status: str = "current",
    appends: str = "",
    hours: float = 0.0,
    polish: bool = True,
    extra: Mapping[str, Json] | None = None,
) -> str:
    """Files a note at its moment and returns its id.

    Args:
        m: when and by whom.
        kind: a name in `codes.NOTES`.
        text: as composed; the author's abbreviations are put in here.
        title: of the attachment; by default the kind's name.
        status: `current`, `entered-in-error`, `superseded`.
        appends: id of the note that this one adds to.
        hours: how long before the note the care began that it tells of.
        polish: whether abbreviations and slips may come in.
        extra: elements that replace or add to the resource.
    """
    chart, rng = m.desk.chart, m.rng
    text = _ARTICLE.sub(r"\1n ", text)
    typo = False
    if polish:
        text = m.style.finish(text)
        if rng.random() < RATES["note-typo"].share:
            mistyped = slip(text, rng)
            typo = mistyped != text
            text = mistyped
    more: dict[str, Json] = {"author": [m.author.part]}
    if rng.random() < 0.4:
        more["custodian"] = chart_custodian(chart)
    if appends:
        more["relatesTo"] = [{"code": "appends", "target": {"reference": f"DocumentReference/{appends}"}}]
    doc = "entered-in-error" if status == "entered-in-error" else "final"
    key = chart.note(
        kind, text, m.when, status=status, doc_status=doc, title=title, extra={**more, **(extra or {})}
    )
    context = chart.resources[-1]["context"]
    if hours:
        context["period"]["start"] = local(m.at - hours * HOUR).isoformat(timespec="seconds")
    if m.encounter is not None and "encounter" not in context:
        context["encounter"] = [{"reference": f"Encounter/{m.encounter}"}]
    if typo:
        chart.mark("note-typo", key)
    return key


def chart_custodian(chart: ChartBuilder) -> Json:
    """The hospital as the keeper of a document."""
    return {"reference": f"Organization/{chart.person.details['hospital']}", "display": HOSPITAL_NAME}


def by(m: Moment, author: Author) -> Moment:
    """Another author at the same moment."""
    return Moment(m.desk, m.at, author, m.book, m.rng)
