"""CodeableConcepts by meaning: any coding of an accepted set, unless another coding or a text names something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from .base import Json
from .meaning import Found, at, brief, fold, hidden_character, mentions, strings

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

RIVALS: Mapping[str, tuple[str, ...]] = {
    "drug": (
        "potassium", "magnesium", "sodium", "calcium", "phosphate", "insulin", "heparin", "enoxaparin", "warfarin",
        "furosemide", "morphine", "hydromorphone", "oxycodone", "fentanyl", "aspirin", "acetaminophen", "ibuprofen",
        "metformin", "glipizide", "dextrose", "glucagon", "lisinopril", "metoprolol", "amiodarone", "digoxin",
        "vancomycin", "ceftriaxone", "spironolactone", "bicarbonate", "polystyrene", "patiromer",
    ),
    "service": (
        "potassium", "magnesium", "sodium", "calcium", "creatinine", "glucose", "hemoglobin a1c", "hba1c", "a1c",
        "troponin", "lactate", "phosphate", "lipid", "tsh", "orthopedic", "orthopaedic", "orthopedics",
        "cardiology", "nephrology", "neurology", "gastroenterology", "endocrinology", "pulmonology", "psychiatry",
        "oncology", "hematology", "rheumatology", "urology", "dermatology", "ophthalmology", "infectious disease",
        "palliative", "physical therapy", "vascular surgery", "general surgery",
    ),
    "observation": (
        "heart rate", "pulse", "respiratory rate", "body temperature", "temperature", "blood pressure", "systolic",
        "diastolic", "oxygen saturation", "spo2", "body weight", "weight", "body height", "height", "glucose",
    ),
}  # fmt: skip
"""Words that name an item of a kind; one that the right item does not bear is a contradiction."""

NEGATIONS = ("do not give", "do not order", "not to be given", "do not perform", "hold", "cancel", "discontinue",
             "discontinued", "stop", "cancelled", "canceled", "void")  # fmt: skip


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


def same_concept(
    accepted: Sequence[Json], concept: Json, *, texts: Sequence[str] = (), rivals: Sequence[str] = ()
) -> Found:
    """Whether a CodeableConcept is one of the accepted codings and nothing in it says otherwise.

    Args:
        accepted: codings with system and code (and display, which makes its words harmless).
        concept: what was written.
        texts: texts that do without a coding.
        rivals: names of other items; one in the text or in a display contradicts, unless an accepted display
            or text bears it too.
    """
    got = brief(concept)
    if not isinstance(concept, dict):
        return Found(False, got)
    wanted, written = pairs(accepted), pairs(at(concept, "coding"))
    systems = {system for system, _ in wanted}
    strangers = sorted(code for system, code in written - wanted if system in systems)
    if strangers:
        return Found(False, f"{got}: code {strangers[0]} is another item")
    text = strings(concept, "text")
    if not (wanted & written) and not _text_alone(text, texts):
        return Found(False, got)
    for said in (*text, *strings(concept, "coding", "display")):
        fault = names_another(said, accepted, texts, rivals)
        if fault:
            return Found(False, f"{got}: {fault}")
    return Found(True, got)


def _text_alone(text: Sequence[str], accepted: Sequence[str]) -> bool:
    return bool(text) and fold(text[0], "words") in {fold(t, "words") for t in accepted}


def names_another(
    said: str, accepted: Sequence[Json], texts: Sequence[str], rivals: Sequence[str]
) -> str | None:
    """What in a text speaks against the accepted item: a rival's name, a negation, a hidden character."""
    if hidden_character(said):
        return f"it holds a hidden character {hidden_character(said)}"
    own = " ".join((*strings(list(accepted), "display"), *texts))
    for rival in rivals:
        if mentions(said, rival) and not mentions(own, rival):
            return f"the text names {rival!r}"
    for negation in NEGATIONS:
        if mentions(said, negation) and not mentions(own, negation):
            return f"the text says {negation!r}"
    return None


def describe_codings(accepted: Sequence[Json]) -> str:
    """The accepted codings in words."""
    parts: list[str] = []
    for coding in accepted:
        if isinstance(coding, dict):
            node = cast("dict[str, Json]", coding)
            display = f" {node['display']}" if node.get("display") else ""
            parts.append(f"{node.get('system')}|{node.get('code')}{display}")
    return " or ".join(parts)
