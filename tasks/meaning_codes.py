"""CodeableConcepts by meaning: any coding of an accepted set, unless something in it names another item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import cast

from ..fhir_server.cohort import codes
from .base import Json
from .meaning import MAX_TEXT, Found, at, brief, fold, hidden_character, mentions, strings

SNOMED = "http://snomed.info/sct"

ROUTES: Mapping[str, tuple[str, ...]] = {
    "26643006": ("oral", "po", "p o", "by mouth", "per os", "orally", "oral route", "swallow"),
    "47625008": ("intravenous", "iv", "i v", "intravenously", "intravenous route", "ivpb", "iv piggyback",
                 "iv infusion", "intravenous infusion", "peripheral iv", "peripheral intravenous"),
    "78421000": ("intramuscular", "im", "intramuscular route"),
    "34206005": ("subcutaneous", "sc", "sq", "subq", "subcut", "subcutaneous route"),
    "37161004": ("rectal", "pr", "per rectum", "rectally"),
    "37839007": ("sublingual", "sl", "under the tongue"),
    "6064005": ("topical", "topically"),
    "127492001": ("nasogastric", "ng", "ng tube", "per ng tube"),
    "127490009": ("gastrostomy", "per peg", "g tube"),
    "404820008": ("epidural",),
    "72607000": ("intrathecal",),
    "447694001": ("inhaled", "inhalation", "nebulized"),
}  # fmt: skip
"""SNOMED CT codes of routes and how people write them (the words of a chart; not a terminology)."""

Group = tuple[str, ...]
"""Names of one item: any of them means it."""

_FORM = re.compile(r"-(?:oral|iv|sc|neb|\d+)$")


def _with_table(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """The groups, and every drug of the cohort's table that none of them names."""
    names = {_FORM.sub("", key).replace("-", " ") for key in codes.DRUGS}
    more = [n for n in sorted(names) if not any(mentions(n, own) for group in groups for own in group)]
    return (*groups, *((name,) for name in more))


RIVALS: Mapping[str, tuple[tuple[Group, ...], ...]] = {
    "drug": (_with_table((
        ("potassium", "kcl", "k-dur"), ("magnesium", "mag sulfate", "mgso4"), ("sodium", "nacl", "normal saline"),
        ("calcium",), ("phosphate", "phosphates", "k-phos", "kphos"), ("insulin",), ("heparin",),
        ("enoxaparin",), ("warfarin",),
        ("furosemide",), ("morphine",), ("hydromorphone",), ("oxycodone",), ("fentanyl",),
        ("aspirin",), ("acetaminophen",), ("ibuprofen",), ("metformin",),
        ("glipizide",), ("dextrose", "d5w"), ("glucagon",), ("lisinopril",),
        ("metoprolol",), ("amiodarone",), ("digoxin",), ("vancomycin",), ("ceftriaxone",),
        ("spironolactone",), ("bicarbonate",), ("polystyrene", "kayexalate"), ("patiromer",),
    )), (
        ("sulfate", "mgso4"), ("chloride", "kcl"), ("oxide",), ("phosphate",), ("gluconate",), ("citrate",),
        ("acetate",), ("hydroxide",), ("lactate",), ("carbonate", "bicarbonate"),
    )),
    "service": ((
        ("potassium",), ("magnesium",), ("sodium",), ("calcium",), ("creatinine",), ("glucose",),
        ("hemoglobin a1c", "haemoglobin a1c", "hba1c", "a1c", "glycated hemoglobin", "glycohemoglobin"),
        ("troponin",), ("lactate",), ("phosphate",), ("lipid", "lipids"), ("tsh", "thyrotropin"),
    ), (
        ("orthopedic", "orthopedics", "orthopaedic", "orthopaedics"), ("cardiology", "cardiologist"),
        ("nephrology", "nephrologist"), ("neurology", "neurologist"), ("gastroenterology",),
        ("endocrinology", "endocrine"), ("pulmonology", "pulmonary", "respiratory medicine"),
        ("psychiatry", "psychiatric"), ("oncology",), ("hematology", "haematology"), ("rheumatology",),
        ("urology",), ("dermatology",), ("ophthalmology",), ("infectious disease", "infectious diseases"),
        ("palliative",), ("physical therapy", "physiotherapy"), ("vascular surgery",), ("general surgery",),
        ("geriatrics", "geriatric"), ("dietitian", "nutrition", "dietetics"), ("podiatry",),
    )),
    "observation": ((
        ("oxygen saturation", "spo2", "o2 saturation", "pulse oximetry", "pulse ox"),
        ("heart rate", "pulse rate", "pulse"), ("respiratory rate", "respirations"),
        ("body temperature", "temperature"), ("systolic",), ("diastolic",), ("body weight", "weight"),
        ("body height", "height"), ("glucose",), ("blood pressure",),
        ("body mass index", "bmi"), ("pain",), ("glasgow coma",), ("fio2", "inhaled oxygen"), ("oxygen flow",),
        ("urine output",),
    ),),
}  # fmt: skip
"""Families of items that are easily taken for one another, each item with its names.

A name of another item of the right item's family, in a text or display, is a contradiction.
"""

_NEGATED = re.compile(
    r"\b(?:do not (?:give|order|administer|perform)|not to be given|hold|cancel|cancelled|canceled|"
    r"discontinued?|stop|void)\b(?! (?:\w+ ){0,4}(?:if|for|when|unless)\b)"
)

_SHORT_ROUTE = re.compile(r"\b(?:PO|IM|IV|SC|SQ|SL)\b")
_RULED_OUT = re.compile(r"\b(?:not|never|no|cannot|unable|without)\b[^.,;:\n]{0,30}", re.IGNORECASE)
_DILUENT = re.compile(
    r" (?:in|with) (?:\w+ ){0,6}?(?:sodium chloride|saline|dextrose|d5w|water|lactated ringer s)(?= )"
)
"""What a drug is dissolved in is no other drug ("in 100 mL of 0.9 % sodium chloride")."""


def pairs(codings: Iterable[Json]) -> set[tuple[str, str]]:
    """(system, code) of each coding that has both."""
    found: set[tuple[str, str]] = set()
    for coding in codings:
        if isinstance(coding, dict):
            node = cast("dict[str, Json]", coding)
            system, code = node.get("system"), node.get("code")
            if isinstance(system, str) and isinstance(code, str):
                found.add((system, code))
    return found


def route_texts(accepted: Sequence[Json]) -> tuple[str, ...]:
    """How people write the routes of `accepted`."""
    return tuple(
        t for system, code in sorted(pairs(accepted)) if system == SNOMED for t in ROUTES.get(code, ())
    )


def route_rivals(accepted: Sequence[Json]) -> tuple[str, ...]:
    """How people write every route but those of `accepted`."""
    codes = {code for _, code in pairs(accepted)}
    return tuple(t for code, texts in ROUTES.items() if code not in codes for t in texts if len(t) > 2)


def route_fault(text: str, accepted: Sequence[Json]) -> str | None:
    """Another route in a dosage text, but for one that it rules out ("not for oral use")."""
    own = route_texts(accepted)
    fault = another_item(text, accepted, own)
    if fault:
        return fault
    kept = _RULED_OUT.sub(" ", text[:MAX_TEXT])
    short = next((s for s in _SHORT_ROUTE.findall(kept) if s.lower() not in own), None)
    if short:
        return f"the text names {short!r}"
    return another_item(kept, accepted, own, rivals=route_rivals(accepted))


def same_concept(
    accepted: Sequence[Json],
    concept: Json,
    *,
    texts: Sequence[str] = (),
    families: Sequence[Sequence[Group]] = (),
    rivals: Sequence[str] = (),
) -> Found:
    """Whether a CodeableConcept is one of the accepted codings and nothing in it says otherwise.

    Args:
        accepted: codings with system and code (and display, which makes its words harmless).
        concept: what was written.
        texts: texts that do without a coding.
        families: of `RIVALS`; the name of another item of the right one's family contradicts.
        rivals: further names that contradict.
    """
    got = brief(concept)
    if not isinstance(concept, dict):
        return Found(False, got)
    wanted, written = pairs(accepted), pairs(at(concept, "coding"))
    systems = {system for system, _ in wanted}
    known = _others(frozenset(wanted))
    strangers = sorted(pair[1] for pair in written - wanted if pair[0] in systems or pair in known)
    if strangers:
        return Found(False, f"{got}: code {strangers[0]} is another item")
    text = strings(concept, "text")
    if not (wanted & written) and not _text_alone(text, texts):
        return Found(False, got)
    for said in (*text, *strings(concept, "coding", "display")):
        fault = another_item(said, accepted, texts, families, rivals)
        if fault:
            return Found(False, f"{got}: {fault}")
    return Found(True, got)


def _text_alone(text: Sequence[str], accepted: Sequence[str]) -> bool:
    return bool(text) and fold(text[0], "words") in {fold(t, "words") for t in accepted}


def another_item(
    said: str,
    accepted: Sequence[Json],
    texts: Sequence[str] = (),
    families: Sequence[Sequence[Group]] = (),
    rivals: Sequence[str] = (),
) -> str | None:
    """What in a text speaks against the item: another item's name, a negation, a hidden character."""
    hidden = hidden_character(said)
    if hidden:
        return f"it holds the hidden character {hidden}"
    negated = _NEGATED.search(fold(said[:MAX_TEXT], "words"))
    if negated:
        return f"the text says {negated.group(0)!r}"
    own = (*texts, *own_names(accepted))
    if _of_table(said, accepted, own):
        return f"the text is the name of another item: {said[:80]!r}"
    rest, others = _without_own(said, own, families)
    for rival in (*others, *(r for r in rivals if not any(mentions(o, r) for o in own))):
        if mentions(rest, rival):
            return f"the text names {rival!r}"
    return None


def _without_own(
    said: str, own: Sequence[str], families: Sequence[Sequence[Group]]
) -> tuple[str, tuple[str, ...]]:
    """The text without the right item's names, and the names of the others of its family."""
    rest = _DILUENT.sub("  ", f" {fold(said[:MAX_TEXT], 'words')} ")
    others: list[str] = []
    for family in families:
        mine, theirs = _sides(tuple(family), tuple(own))
        for name in mine:
            rest = rest.replace(f" {name} ", "  ")
        others += theirs if mine else ()
    return rest, tuple(others)


@lru_cache(maxsize=512)
def _sides(family: tuple[Group, ...], own: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Folded names of the groups that `own` speaks of, longest first, and the names of the others.

    Of two names that overlap the longer one counts: "pulse oximetry" is no "pulse".
    """
    found: set[Group] = set()
    by_length = sorted(((fold(n, "words"), g) for g in family for n in g), key=lambda n: -len(n[0]))
    for text in own:
        rest = f" {fold(text, 'words')} "
        for name, group in by_length:
            if f" {name} " in rest:
                found.add(group)
                rest = rest.replace(f" {name} ", "  ")
    mine = sorted((fold(n, "words") for g in found for n in g), key=len, reverse=True)
    return tuple(mine), tuple(n for g in family if g not in found for n in g)


def _of_table(said: str, accepted: Sequence[Json], own: Sequence[str]) -> bool:
    """Whether a text is, as a whole, what the cohort's tables call another item."""
    whole = fold(said[:MAX_TEXT], "words")
    called = _names().get(whole)
    if called is None or called & pairs(accepted):
        return False
    return not set(whole.split()) <= {word for name in own for word in fold(name, "words").split()}


_TABLES: Sequence[Mapping[str, codes.Term]] = (codes.ANALYTES, codes.VITALS, codes.DRUGS, codes.SERVICES)


@cache
def _names() -> Mapping[str, frozenset[tuple[str, str]]]:
    """Every name of the cohort's tables, folded, with the codes of all items that are called so."""
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for table in _TABLES:
        for term in table.values():
            own = frozenset((c.system, c.code) for c in term.codes)
            for name in (term.name.replace("-", " "), term.text, *(c.display for c in term.codes)):
                key = fold(name, "words")
                found[key] = found.get(key, frozenset()) | own
    return found


@cache
def _others(wanted: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Every code of the cohort's tables that is of no item which one of `wanted` means too."""
    rows = [frozenset((c.system, c.code) for c in term.codes) for table in _TABLES for term in table.values()]
    own = frozenset[tuple[str, str]]().union(*(row for row in rows if row & wanted))
    return frozenset[tuple[str, str]]().union(*rows) - own


@cache
def _table() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Every code of the cohort's tables with its names."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for table in _TABLES:
        for term in table.values():
            for coding in term.codes:
                key = (coding.system, coding.code)
                found[key] = (*found.get(key, ()), term.name.replace("-", " "), term.text, coding.display)
    return found


def own_names(accepted: Sequence[Json]) -> tuple[str, ...]:
    """What the accepted codings are called: their displays, and the names of the cohort's tables."""
    table = _table()
    known = [name for pair in sorted(pairs(accepted)) for name in table.get(pair, ()) if name]
    return (*strings(list(accepted), "display"), *known)


def describe_codings(accepted: Sequence[Json]) -> str:
    """The accepted codings in words."""
    parts: list[str] = []
    for coding in accepted:
        if isinstance(coding, dict):
            node = cast("dict[str, Json]", coding)
            display = f" {node['display']}" if node.get("display") else ""
            parts.append(f"{node.get('system')}|{node.get('code')}{display}")
    return " or ".join(parts)
