"""Facts and doses in free text: a paraphrase is fine, a contradiction is not. No model judges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from .base import Json
from .meaning import MAX_TEXT, brief, fold, is_number
from .meaning_units import Unit, Written, divide, in_unit, ucum, written_quantities

Said = Literal["stated", "absent", "contradicted"]

_HISTORY = re.compile(
    r"(?:\bwas|\bwere|\bprevious(?:ly)?|\bprior|\bformer(?:ly)?|\bfrom|\bbaseline|"
    r"\blast (?:month|year|visit)|\bearlier|\bold|\bbefore|\bpast|\bhistoric(?:al|ally)?)\b\W{0,3}"
    r"(?:[a-z]+\W{1,3}){0,2}$"
)
_NEGATED = re.compile(
    r"(?:\bnot|\bno longer|\bisn'?t|\bwasn'?t|\brather than|\bdenies|\bwithout|\bno)\b\W{0,3}"
    r"(?:[a-z]+\W{1,3}){0,1}$"
)
_STRENGTH = re.compile(
    r"[\s\-]{0,2}(?:tab|tabs|tablet|tablets|cap|capsule|capsules|packet|packets|vial|vials|bag|bags|strength)\b"
    r"|\s?(?:/|per)\s?\d{1,4}\s?ml\b"
)
_FREQUENCY = re.compile(
    r"\b(?:q\s?\d{1,2}\s?h(?:r|rs|ours?)?|bid|tid|qid|qd|qam|qpm|qhs|daily|nightly|hourly|weekly|twice|thrice|"
    r"(?:two|three|four|[2-9]) (?:times|doses)|every|each (?:day|hour|morning)|may repeat|"
    r"(?:give|then|and) .{0,8}again|"
    r"repeat (?:dose|x|once|twice|in)|times [2-9]|[btq]\.i\.d|(?:mon|tues|wednes|thurs|fri|satur|sun)days|"
    r"x\s?[2-9](?!\s?(?:h|hrs?|hours?|min|minutes?|bags?|tabs?|tablets?|caps?|capsules?|packets?|vials?)\b))\b"
)
_AS_NEEDED = re.compile(r"\b(?:prn|p\.r\.n\.?|(?:as|if|when) (?:needed|required|necessary))")
_SCALED = re.compile(r"\b(?:half|double|twice|triple)\s(?:of\s)?(?:the\s|this\s)?(?:dose|amount)\b")
_OVER = re.compile(r"\bover\s{1,3}(\d{1,4}(?:\.\d{1,3})?)\s{0,2}(h|hrs?|hours?|mins?|minutes?)\b")
_PUSH = re.compile(r"\b(?:push|bolus)\b")
_WARNED = re.compile(r"\b(?:not|never|no|avoid)\b(?:\W{1,3}[a-z]+){0,3}\W{0,3}$")
_UNTIL = re.compile(r"\n|[.;](?!\d)")


def clean(text: str) -> str:
    """Text for looking into: lower case, one form of Unicode, cut at `MAX_TEXT`; line breaks stay."""
    return "\n".join(fold(line) for line in text[:MAX_TEXT].splitlines())


# -- facts ---------------------------------------------------------------------------------------------------


def fact_in(text: str, fact: Mapping[str, Json], others: Sequence[str] = ()) -> Said:
    """Whether a text states a fact.

    Args:
        text: free text.
        fact: `{"name", "synonyms": [...], "value": number or string, "unit": UCUM or None, "tolerance": 0,
            "values": [accepted words, for a fact in words]}`. A number must stand with its unit (where it
            has one) near the name, in one clause.
        others: names of other facts of the list, which end the reach of this one's name.

    Returns:
        `contradicted` where the name stands with another number of the same kind (unless told as history:
        "was 50 %"), with a choice of numbers, or with a negation.
    """
    if len(text) > MAX_TEXT:
        return "absent"
    names = [fold(str(n)) for n in (fact["name"], *fact.get("synonyms", ()))]
    stop = [fold(o) for o in others]
    said: set[Said] = set()
    for clause in _UNTIL.split(clean(text)):
        own = set(_mentions(clause, names))
        spans = _mentions(clause, names + stop) if own else []
        for i, (start, end) in enumerate(spans):
            if (start, end) in own:
                low = spans[i - 1][1] if i else 0
                high = spans[i + 1][0] if i + 1 < len(spans) else len(clause)
                said.add(_said(clause[low:start], clause[end:high], fact))
    if "contradicted" in said:
        return "contradicted"
    return "stated" if "stated" in said else "absent"


def _mentions(clause: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Where a name stands as whole words; the longest name wins where two overlap."""
    spans: list[tuple[int, int]] = []
    taken = bytearray(len(clause))
    for name in sorted(set(names), key=len, reverse=True):
        at = clause.find(name)
        while at >= 0:
            end = at + len(name)
            whole = not (clause[at - 1 : at].isalnum() or clause[end : end + 1].isalnum())
            if whole and not taken[at] and not taken[end - 1]:
                spans.append((at, end))
                taken[at:end] = b"\1" * len(name)
            at = clause.find(name, at + 1)
    return sorted(spans)


def _said(before: str, after: str, fact: Mapping[str, Json]) -> Said:
    """What stands around a mention, up to the next mention of any fact, says of the fact."""
    by = _number_said if is_number(fact.get("value")) else _words_said
    return by(before, after, fact)


def _tail(text: str, end: int) -> str:
    """The last few words before a place: enough to say "not" or "was", and bounded work for any text."""
    return text[max(0, end - 60) : end]


def _number_said(before: str, after: str, fact: Mapping[str, Json]) -> Said:
    unit = ucum(str(fact["unit"])) if fact.get("unit") else None
    said = _numbers(after, fact, unit)
    if not said:
        ahead = _numbers(before, fact, unit)[-1:]  # "35 % ejection fraction": only right before the name
        said = [s for s in ahead if before[s[2] :].strip() in {"", "as", "for", "of"}]
    if not said:
        return "absent"
    return "contradicted" if any(not ok for ok, _, _ in said) else "stated"


def _numbers(part: str, fact: Mapping[str, Json], unit: Unit | None) -> list[tuple[bool, int, int]]:
    """Numbers of the fact's kind in a part: whether each is the fact's, and where it stands."""
    wanted = Fraction(str(fact["value"]))
    slack = Fraction(str(fact.get("tolerance") or 0)) + abs(wanted) / 10**9
    found: list[tuple[bool, int, int]] = []
    for number in written_quantities(part):
        value = _as(number, unit)
        if value is None:
            continue
        right = abs(value - wanted) <= slack
        if not right and _HISTORY.search(_tail(part, number.start)):
            continue  # "was 50 %, now 35 %"; but "was 35 %" tells the fact in the past tense
        negated = _NEGATED.search(_tail(part, number.start)) is not None
        found.append((right and not negated, number.start, number.end))
    return found


def _as(number: Written, unit: Unit | None) -> Fraction | None:
    if unit is None:
        return number.value if number.unit is None else None
    return None if number.unit is None else in_unit(number.value, number.unit, unit)


def _words_said(before: str, after: str, fact: Mapping[str, Json]) -> Said:
    """A fact in words: the name alone where it has no value, else one of its words must stand beside."""
    if _NEGATED.search(_tail(before, len(before))):
        return "contradicted"
    words = [fold(str(w)) for w in (fact.get("value"), *fact.get("values", ())) if w is not None]
    if not words:
        return "stated"
    around = f"{before} | {after}"
    spans = _mentions(around, words)
    if not spans:
        return "absent"
    return "contradicted" if any(_NEGATED.search(_tail(around, s)) for s, _ in spans) else "stated"


# -- doses ---------------------------------------------------------------------------------------------------


def dose_fault(
    text: str, doses: Sequence[tuple[Fraction, Unit]], rates: Sequence[tuple[Fraction, Unit]]
) -> str | None:
    """What a dosage text says against the structured dose, None where nothing.

    Args:
        text: `dosageInstruction.text` or an instruction.
        doses: amounts that may be told: the single dose, the total.
        rates: rates that may be told; empty where none is known (then rates are not looked at).

    Every amount of the dose's kind must be one of `doses`, but for a strength ("two 20 mEq tablets") that
    divides it. Amounts of a drug in units of other kinds ("2 g (16 mEq)") need one of the dose beside them.
    """
    lowered = clean(text)
    dosed = [n for n in written_quantities(lowered) if n.unit and _bases(n.unit) in _DOSED]
    if doses and dosed and not any(_one_of(n, doses, lowered) for n in dosed):
        return f"the text tells another dose: {brief(lowered[dosed[0].start : dosed[0].end])}"
    scaled = _SCALED.search(lowered)
    if scaled and not _WARNED.search(_tail(lowered, scaled.start())):
        return f"the text tells another dose: {scaled.group(0)!r}"
    for number in written_quantities(lowered):
        if number.unit is None or not number.unit.dimensions:
            continue
        for allowed, what in ((doses, "dose"), (rates, "rate")):
            same_kind = [(v, u) for v, u in allowed if u.dimensions == number.unit.dimensions]
            if same_kind and not _one_of(number, same_kind, lowered) and not _limit(lowered, number, what):
                return f"the text tells another {what}: {brief(lowered[number.start : number.end])}"
    return (
        _speed_fault(lowered, [*doses, *((n.value, n.unit) for n in dosed if n.unit)], rates)
        if rates
        else None
    )


def _speed_fault(
    lowered: str, amounts: Sequence[tuple[Fraction, Unit]], rates: Sequence[tuple[Fraction, Unit]]
) -> str | None:
    """A duration that gives no amount of the text at a rate that may be told, or a dose that is pushed."""
    push = _PUSH.search(lowered)
    if push and not _WARNED.search(_tail(lowered, push.start())):
        return f"the text says {push.group(0)!r}, which has no rate"
    for match in _OVER.finditer(lowered):
        unit = ucum("h" if match.group(2)[0] == "h" else "min")
        quotients = [divide(v, u, Fraction(match.group(1)), unit) for v, u in amounts] if unit else []
        if not any(q and _same_amount(q, rate) for q in quotients for rate in rates):
            return f"the text tells another rate: {match.group(0)!r}"
    return None


def _same_amount(one: tuple[Fraction, Unit], other: tuple[Fraction, Unit]) -> bool:
    told = in_unit(*one, other[1])
    return told is not None and abs(told - other[0]) <= abs(other[0]) / 1000


def _one_of(number: Written, allowed: Sequence[tuple[Fraction, Unit]], text: str) -> bool:
    assert number.unit is not None
    strength = _STRENGTH.match(text[number.end :]) is not None
    for value, unit in allowed:
        told = in_unit(number.value, number.unit, unit)
        if told is None or told <= 0:
            continue
        if abs(told - value) <= abs(value) / 10**6 or (strength and (value / told).denominator == 1):
            return True
    return False


_DOSED = frozenset({("g",), ("eq",), ("mol",), ("[iU]",)})
"""The base units in which a drug's amount is told."""


def _bases(unit: Unit) -> tuple[str, ...]:
    return tuple(base for base, _ in unit.dimensions)


_LIMIT = re.compile(
    r"(?:\bmax(?:imum)?|\bnot (?:to )?exceed|\bup to|\bno more than|\bat most)(?:\W{1,3}[a-z]+){0,3}\W{0,3}$"
)


def _limit(text: str, number: Written, what: str) -> bool:
    return what == "rate" and _LIMIT.search(_tail(text, number.start)) is not None


def phrases_around_doses(text: str) -> list[str]:
    """The few words around each amount of a drug in a text (3 before, 2 after), for naming the drug given."""
    lowered = clean(text)
    phrases: list[str] = []
    for number in written_quantities(lowered):
        if number.unit and _bases(number.unit) in _DOSED:
            before = lowered[max(0, number.start - 60) : number.start].split()[-3:]
            after = lowered[number.end : number.end + 60].split()[:2]
            phrases.append(" ".join((*before, *after)))
    return phrases


def frequency_words(text: str) -> str | None:
    """The words by which a text repeats a dose ("every 4 hours", "BID"), None where it does not."""
    match = _FREQUENCY.search(clean(text))
    return match.group(0) if match else None


_VOIDED = re.compile(
    r"\b(?:do not (?:give|administer|perform|order|draw|schedule|carry out)|disregard this|ignore this|"
    r"(?:placed|entered|ordered) in error|void this|this (?:order|request|entry) is (?:void|cancell?ed))\b"
)


def voiding_words(text: str) -> str | None:
    """The words by which a note takes back what it stands in ("entered in error"), None where it does not."""
    match = _VOIDED.search(clean(text))
    return match.group(0) if match else None


def as_needed_words(text: str) -> str | None:
    """The words by which a text leaves a dose to need ("PRN"), None where it does not."""
    match = _AS_NEEDED.search(clean(text))
    return match.group(0) if match else None
