"""Bleeding from the gut: a fast pulse first, hemoglobin that falls with a lag, endoscopy that stops it, or not at once.

Sources: ACG guidelines on upper (2021) and lower (2023) gastrointestinal bleeding (restrictive transfusion, endoscopy
within 24 hours, high-dose proton pump inhibitor for three days; rebleeding in 10-15 %); Villanueva et al., NEJM 2013.
Urea rises with blood digested in the upper gut (Srygley et al., JAMA 2012: BUN/creatinine over 30).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .blood import lose, threshold, watch_hemoglobin
from .model import Illness

_BLEEDING = {
    "heart-rate": 24,
    "systolic": -17,
    "diastolic": -4,
    "respiratory-rate": 3,
    "urine": -22,
    "lactate": 0.75,
    "wbc": 0.2,
    "co2": -1.5,
    "glucose": 0.1,
}
_DIGESTED = {"bun": 0.72, "potassium": 0.15}


@dataclass(frozen=True, slots=True)
class Source:
    """Where it bleeds from: the diagnosis, what the scope shows, what is done about it."""

    diagnosis: str
    findings: tuple[str, ...]
    upper: bool
    weight: float


_SOURCES = (
    Source("duodenal-ulcer-bleeding", (
        "a {n} mm duodenal bulb ulcer with a visible vessel, injected with epinephrine and clipped",
        "a {n} mm ulcer of the duodenal bulb with adherent clot, clot removed and base cauterized",
        "a clean-based {n} mm duodenal ulcer, no treatment needed",
    ), True, 3),
    Source("gastric-ulcer-bleeding", (
        "a {n} mm antral ulcer with oozing, two clips placed, biopsies taken",
        "an ulcer of the lesser curvature ({n} mm) with a flat pigmented spot, biopsies for Helicobacter taken",
    ), True, 2.4),
    Source("gastritis-bleeding", ("erosive gastritis of the antrum without active bleeding", "diffuse hemorrhagic gastritis, biopsies taken"), True, 1.4),
    Source("mallory-weiss", ("a {n} mm tear at the gastroesophageal junction, no longer bleeding",), True, 0.7),
    Source("diverticular-bleeding", (
        "sigmoid diverticulosis with one bleeding diverticulum, clipped",
        "pancolonic diverticulosis with old blood, no active bleeding seen",
    ), False, 2.4),
    Source("angiodysplasia-bleeding", ("two cecal angiodysplasias, treated with argon plasma", "an angiodysplasia of the ascending colon ({n} mm), coagulated"), False, 1.2),
)  # fmt: skip
VARICES = Source("varices-bleeding", (
    "three columns of large esophageal varices with red wale marks, {b} bands placed",
    "grade II esophageal varices with a fibrin plug, {b} bands placed",
), True, 0)  # fmt: skip


def admit(case: Case) -> None:
    """Bleeds on for hours; the scope stops it within a day."""
    life = case.life
    source = VARICES if life.has("cirrhosis") and case.rng.random() < 0.65 else _choose(case)
    case.principal = source.diagnosis
    bleed(case, case.start, source)
    _story(case, source)
    _hold_thinners(case)
    case.draw(case.start + 0.7 * HOUR, "lactate", "inr", "ferritin", "iron")
    if case.severity > 0.9:
        case.diagnose("hypovolemia", case.start + 2 * HOUR)
    if not case.ongoing:
        case.life.at(case.end - 2 * HOUR, lambda at: _leave(case, source, at))


def _choose(case: Case) -> Source:
    point = case.rng.random() * sum(s.weight for s in _SOURCES)
    for source in _SOURCES:
        point -= source.weight
        if point < 0:
            return source
    return _SOURCES[0]


def bleed(case: Case, at: float, source: Source) -> None:
    """One bleeding from `at` on, with its treatment; used by cirrhosis too."""
    body, rng, severity = case.body, case.rng, case.severity
    body.process("bleeding", _BLEEDING)
    body.process("blood-in-gut", _DIGESTED)
    body.set_level("bleeding", 0.7 * severity, at)
    body.aim("bleeding", 0.95 * severity, 5, at)
    if source.upper:
        body.set_level("blood-in-gut", 0.5 * severity, at)
        body.aim("blood-in-gut", 1.0 * severity, 8, at)
    lose(case, at, between(rng, 2.6, 6.6) * severity, between(rng, 6, 12), already=between(rng, 0.25, 0.65))
    watch_hemoglobin(case, threshold(case))
    case.series(at + 4 * HOUR, 6, 5 if severity > 0.8 else 4, "hemoglobin", "hematocrit")
    case.order("sodium-chloride-iv", at + 0.5 * HOUR, until=at + between(rng, 12, 30) * HOUR)
    case.service("npo", at + 0.6 * HOUR)
    if source.upper:
        case.order(
            "pantoprazole-iv", at + between(rng, 0.5, 1.5) * HOUR, until=at + between(rng, 2.6, 3.3) * DAY
        )
    if source is VARICES:
        case.order("octreotide-iv", at + between(rng, 0.8, 2) * HOUR, until=at + between(rng, 2, 4) * DAY)
        case.order("ceftriaxone", at + between(rng, 1, 3) * HOUR, until=at + 5 * DAY)
    scope = at + between(rng, 8, 22) * HOUR
    _scope(case, scope, source)
    if rng.random() < 0.08 + 0.12 * severity:
        case.at(scope + between(rng, 20, 60) * HOUR, lambda when: _rebleed(case, when, source))


def _scope(case: Case, at: float, source: Source) -> None:
    name = "upper-endoscopy" if source.upper else "colonoscopy"
    words = case.rng.choice(source.findings).format(n=case.rng.randrange(4, 19), b=case.rng.randrange(3, 7))

    def controlled(when: float) -> None:
        case.body.aim("bleeding", 0.0, between(case.rng, 4, 9), when)
        case.body.aim("blood-in-gut", 0.0, between(case.rng, 24, 44), when)
        case.know("finding", name, f"{name.replace('-', ' ')} showed {words}", at=when)

    case.procedure(name, at, hours=0.7, then=controlled)
    case.life.at(at + 30 * HOUR, lambda when: _cease(case, when))


def _cease(case: Case, at: float) -> None:
    """Bleeding ends by itself even where there was no scope (most do)."""
    case.body.aim("bleeding", 0.0, 8, at)
    case.body.aim("blood-in-gut", 0.0, 30, at)


def _rebleed(case: Case, at: float, source: Source) -> None:
    body, rng = case.body, case.rng
    body.aim("bleeding", 0.85 * case.severity, 2, at)
    if source.upper:
        body.aim("blood-in-gut", 0.7 * case.severity, 8, at)
    lose(case, at, between(rng, 1.2, 2.6) * case.severity, 6)
    case.series(at + 1.5 * HOUR, 6, 4, "hemoglobin", "hematocrit")
    case.know(
        "event",
        "rebleeding",
        rng.choice(
            (
                "bled again with fresh melena",
                "a second drop in the blood count with dizziness",
                "recurrent bleeding overnight",
            )
        ),
        at=at,
    )
    case.order("pantoprazole-iv", at + HOUR, until=at + 3 * DAY)
    _scope(case, at + between(rng, 3, 10) * HOUR, source)


_UPPER = (
    ("melena", "black tarry stools for {d} days"),
    ("hematemesis", "vomiting of coffee-ground material"),
    ("hematemesis", "vomiting of bright red blood, {d} times"),
)
_LOWER = (
    ("hematochezia", "{d} large maroon stools since last night"),
    ("hematochezia", "painless bright red blood per rectum for {d} days"),
)


def _story(case: Case, source: Source) -> None:
    rng = case.rng
    name, words = rng.choice(_UPPER if source.upper else _LOWER)
    gone = case.start + between(rng, 0.35, 0.7) * case.days * DAY
    case.know("symptom", name, words.format(d=rng.choice(("two", "three", "four"))), until=gone)
    case.know(
        "symptom",
        "lightheaded",
        rng.choice(
            (
                "lightheaded on standing",
                "near-fainting on the way to the bathroom",
                "weak and short of breath on the stairs",
            )
        ),
        until=gone,
    )
    if rng.random() < 0.5 and source.upper:
        case.know(
            "history",
            "nsaid",
            rng.choice(
                (
                    "ibuprofen for back pain most days",
                    "naproxen over the counter for some weeks",
                    "daily aspirin powder for headaches",
                )
            ),
        )
    else:
        case.know("history", "nsaid", "use of NSAIDs", polarity="absent")
    pain = source.upper and source is not VARICES and rng.random() < 0.5
    case.know(
        "symptom",
        "abdominal pain",
        "gnawing epigastric pain" if pain else "abdominal pain",
        polarity="present" if pain else "absent",
    )
    case.denies(
        ("chest pain", "chest pain"), ("weight loss", "weight loss"), ("dysphagia", "trouble swallowing")
    )
    case.know(
        "sign",
        "pallor",
        rng.choice(("pale conjunctivae", "pallor of the palms")),
        until=case.start + 0.8 * case.days * DAY,
    )
    case.know(
        "sign",
        "rectal exam",
        "black stool on rectal exam" if source.upper else "maroon stool on rectal exam",
        until=gone,
    )
    case.know("sign", "abdomen", "guarding or rebound", polarity="absent")
    case.know(
        "plan", "diet", "clear liquids after endoscopy, advance as tolerated", at=case.start + 20 * HOUR
    )
    if source.upper and source is not VARICES:
        case.know(
            "plan",
            "ppi",
            rng.choice(
                (
                    "proton pump inhibitor for eight weeks",
                    "twice-daily pantoprazole for eight weeks, then daily",
                )
            ),
        )
        case.know(
            "plan", "helicobacter", "biopsies for Helicobacter to be followed", at=case.start + 24 * HOUR
        )


_NOT_WHILE_BLEEDING = frozenset(
    {
        "warfarin",
        "apixaban",
        "clopidogrel",
        "aspirin",
        "lisinopril",
        "lisinopril-20",
        "losartan",
        "hydrochlorothiazide",
        "furosemide",
        "amlodipine",
        "naproxen",
        "ibuprofen",
    }
)


def _hold_thinners(case: Case) -> None:
    life, rng = case.life, case.rng
    case.withheld |= _NOT_WHILE_BLEEDING
    for drug in ("warfarin", "apixaban", "clopidogrel", "aspirin"):
        if not life.takes(drug):
            continue
        case.know("treatment", drug, f"{drug} held on admission")
        if drug == "warfarin" and case.severity > 0.8:
            case.order("phytonadione-iv", case.start + between(rng, 0.8, 2) * HOUR)
            case.series(case.start + 9 * HOUR, 9, 2, "inr")
        if drug in {"warfarin", "apixaban"}:
            case.know(
                "plan",
                drug,
                rng.choice(
                    (f"{drug} to be resumed in one week", f"cardiology to decide when {drug} is resumed")
                ),
                at=case.start + DAY,
            )


def _leave(case: Case, source: Source, at: float) -> None:
    """Iron and, after an ulcer, a proton pump inhibitor for home."""
    life = case.life
    if case.body.level("blood-loss", at) > 1.6:
        life.start_home("ferrous-sulfate", at)
        life.problem("iron-deficiency-anemia", at)
        case.know("treatment", "iron", "iron tablets begun", at=at)
        life.at(
            at + between(case.rng, 90, 200) * DAY,
            lambda when: life.stop_home("ferrous-sulfate", when, status="completed"),
        )
    if source is VARICES:
        life.start_home("propranolol", at)
    elif source.upper:
        life.start_home("pantoprazole", at)


def morning(case: Case, day: int, at: float) -> None:
    """After the first day: one more look, oral tablets, food."""
    rng, last = case.rng, case.life.results.get("hemoglobin")
    if 2 <= day <= 4:
        case.draw(at + between(rng, 7, 10) * HOUR, "hemoglobin", "hematocrit")
    if last is not None and last[1] < 8.6:
        case.diagnose("acute-blood-loss-anemia", at)
    if (
        day >= 3
        and not case.active("pantoprazole-iv")
        and case.principal not in {"diverticular-bleeding", "angiodysplasia-bleeding"}
    ):
        case.order("pantoprazole", at + HOUR, now=False)
    if case.body.level("bleeding", at) < 0.1 and day == 2:
        case.know(
            "event",
            "bleeding stopped",
            rng.choice(
                (
                    "no further bleeding since endoscopy",
                    "brown stool, blood count stable",
                    "no melena overnight",
                )
            ),
            at=at,
        )


GI_BLEED = Illness("gi-bleed", admit, morning)
