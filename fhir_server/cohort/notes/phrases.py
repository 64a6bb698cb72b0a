"""Facts as an author tells them: what is reported and denied, what has happened, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..clock import DAY, HOUR
from ..courses.facts import Fact, Topic
from .grammar import listed, pick, sentence, shuffled, some, templates
from .moment import Moment

_VERBS = frozenset(
    [
        "stops",
        "keeps",
        "walks",
        "checks",
        "sleeps",
        "uses",
        "tolerates",
        "wheezes",
        "passes",
        "feels",
        "takes",
        "eats",
        "drinks",
        "snores",
        "worries",
        "wakes",
        "gets",
        "lives",
        "works",
        "drives",
        "runs",
        "gardens",
        "bowls",
        "swims",
        "cooks",
        "cleans",
        "smokes",
        "smoked",
        "worked",
        "drove",
        "quit",
        "never",
        "missed",
        "declines",
        "prefers",
        "tires",
        "coughs",
        "turned",
        "could",
        "cannot",
        "felt",
        "needs",
        "follows",
        "bleeds",
        "has",
        "had",
        "skipped",
        "ran",
        "lost",
        "no",
    ]
)
_STATES = frozenset(
    [
        "breathless",
        "lightheaded",
        "light-headed",
        "tired",
        "weak",
        "confused",
        "shaky",
        "drowsy",
        "unable",
        "sleepy",
        "winded",
        "bloated",
        "washed",
        "hoarse",
        "dizzy",
        "more",
        "too",
        "well",
        "short",
        "sweating",
        "nauseated",
        "hungry",
        "stiff",
        "unsteady",
        "restless",
        "anxious",
        "pale",
        "off",
    ]
)
_PAIRS: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (("fever", "chills"), ("fever", "chills", "felt hot", "feverish", "rigors")),
    (("breath", "dyspnea", "orthopnea"), ("breath", "winded", "dyspnea", "orthopnea", "air hunger", "tachypn")),
    (("vomit", "nausea", "emesis"), ("vomit", "nausea", "emesis", "keep fluids")),
    (("diarrhea", "loose stool"), ("diarrhea", "loose stool")),
    (("cough", "sputum"), ("cough", "sputum")),
    (("chest p", "chest t", "angina", "pleuritic"), ("chest p", "chest t", "angina", "pleuritic")),
    (("abdominal", "belly", "epigastric"), ("abdominal", "epigastric", "belly", "colic", "cramp")),
    (("stool", "melena", "bleed", "blood", "hematem"), ("stool", "melena", "bleed", "blood", "coffee-ground")),
    (("swelling", "edema"), ("swelling", "swollen", "edema")),
    (("palpitation", "racing"), ("palpitation", "racing", "flutter")),
    (("dysuria", "urin", "flank"), ("burning", "urin", "flank", "frequency", "voiding")),
    (("headache", "visual"), ("headache", "migraine")), (("fall",), ("fall", "fell")),
    (("dizz", "lighthead", "syncope"), ("dizz", "light", "faint", "spinning", "syncope", "collapse")),
    (("rash", "itch"), ("rash", "itch", "redness", "hives")), (("calf", "leg pain"), ("leg", "calf")),
    (("confus",), ("confus", "drows", "sleepy", "delir")), (("joint", "back"), ("knee", "joint", "back", "hip", "ankle")),
    (("weakness", "numb", "speech"), ("weak", "numb", "tingl", "speech")), (("sore throat",), ("throat",)),
    (("constipation",), ("constipat", "hard stool")), (("low mood",), ("mood", "sad")), (("appetite", "weight"), ("appetite", "weight")),
)  # fmt: skip
"""What is denied, by a cue, and the cues of what is there that would gainsay it."""


@lru_cache(maxsize=1024)
def _against(denied: str) -> tuple[str, ...]:
    """What speaks against a denial, as cues."""
    low = denied.lower()
    return tuple(c for cues, against in _PAIRS if any(cue in low for cue in cues) for c in against)


def gainsaid(denied: str, there: str) -> bool:
    """Whether something that is present (all of it in one text, in small letters) speaks against a denial."""
    return bool(there) and any(c in there for c in _against(denied))


def kind(words: str) -> str:
    """`verb`, `state` or `noun`: how a fact's words begin."""
    if words.startswith(("weak stream", "more fluid", "pale stool")):
        return "noun"
    first = words.split(" ", 1)[0].lower()
    return "verb" if first in _VERBS else "state" if first in _STATES else "noun"


_REPORTS = templates(
    "{reports|describes|complains of|notes|mentions|tells of} $list",
    "{is troubled by|is bothered by|mentions} $list",
    "{says $he has|tells me of|c/o} $list",
)
_IS = templates("{is|feels|has been|reports being} $list", "{$he is|$he feels|by $his account} $list")
_STARTS = (
    "",
    "",
    "Today ",
    "At present ",
    "Currently ",
    "By $his own account ",
    "$He ",
    "Patient ",
    "$name ",
)


def told(m: Moment, said: Sequence[str]) -> str:
    """A sentence on what the patient says; empty where there is nothing."""
    nouns = [w for w in said if kind(w) == "noun"]
    states = [w for w in said if kind(w) == "state"]
    verbs = [w for w in said if kind(w) == "verb"]
    clauses: list[str] = []
    if nouns:
        clauses.append(m.say(_REPORTS, list=listed(shuffled(m.rng, nouns))))
    if states:
        clauses.append(f"{pick(m.rng, ('is', 'feels', 'has been', 'describes being'))} {listed(states)}")
    clauses += verbs
    if not clauses:
        return ""
    opening = (
        pick(m.rng, _STARTS).replace("$He", m["He"]).replace("$his", m["his"]).replace("$name", m["name"])
    )
    if opening and not opening.startswith((m["He"], "Patient", m["name"])):
        opening += m["he"] + " "
    opening = opening.replace("account she", "account, she").replace("account he", "account, he")
    mark = pick(m.rng, ("; ", ", ", "; ")) if len(clauses) > 2 else pick(m.rng, (" and ", "; ", ", "))
    return sentence(opening + mark.join(clauses))


_DENIES = templates(
    "{denies|has not had|no|negative for|specifically denies|does not report} $list",
    "{no complaint of|not troubled by|no} $list",
    "{asked about|asked for} $list: {none|denied|negative}",
)
_WHEN = ("", "", "", " today", " this week", " since {d}", " so far", " at {t}", " when asked", " lately")


def denied(m: Moment, most: int = 4, *, extra: Sequence[str] = ()) -> str:
    """A sentence on what is not there, in agreement with what is and with what was measured."""
    here = present(m)
    if m.fever(36) is not None or any(v >= 37.7 for v in m.readings("temperature", 18)):
        here.append("fever")
    if any(v < 92 for v in m.readings("spo2", 12)) or m.on_oxygen():
        here.append("breathless")
    pain = m.last("pain", 10)
    if pain is not None and pain >= 4:
        here.append("abdominal pain, chest pain, joint pain, leg pain")
    there = " ; ".join(here).lower()
    known = m.desk.known(m.at, "symptom", m.encounter, "absent") if m.encounter else []
    asked = [w for w in known if not gainsaid(w, there)]
    known_words = " ; ".join(asked)
    spare = [w for w in shuffled(m.rng, extra) if w not in known_words and not gainsaid(w, there)]
    chosen = some(m.rng, asked, min(2, len(asked)), most)
    chosen += some(m.rng, spare, 0 if chosen else 2, max(1, most - len(chosen)))
    return no(m, chosen)


def no(m: Moment, chosen: Sequence[str]) -> str:
    """A sentence that denies all of some things."""
    if not chosen:
        return ""
    when = pick(m.rng, _WHEN).format(d=m.day_of(m.at - DAY * (1 + int(m.rng.random() * 3))), t=m["time"])
    bare = [w.removeprefix("a ").removeprefix("an ").removeprefix("the ") for w in chosen]
    text = m.say(_DENIES, list=listed(shuffled(m.rng, list(dict.fromkeys(bare))), "or"))
    return sentence(text if text.endswith(("none", "denied", "negative")) else text + when)


def present(m: Moment) -> list[str]:
    """Symptoms that are there at the moment, of the stay and of the person."""
    own = m.desk.known(m.at, "symptom", m.encounter) if m.encounter else []
    return [*own, *m.desk.known(m.at, "symptom", None)]


def recent(m: Moment, topic: Topic, hours: float) -> list[Fact]:
    """Facts of the stay of a topic that came to be known in the hours before the note."""
    assert m.book is not None
    since = m.at - hours * HOUR
    rows = [
        f
        for f in m.desk.of(topic, m.book.stay.encounter_id)
        if since < f.at <= m.at and f.polarity == "present"
    ]
    return sorted(rows, key=lambda f: f.at)


def ended(m: Moment, hours: float) -> list[Fact]:
    """Symptoms of the stay that went away in the hours before."""
    assert m.book is not None
    rows = m.desk.of("symptom", m.book.stay.encounter_id)
    return [
        f
        for f in rows
        if f.until is not None and m.at - hours * HOUR < f.until <= m.at and f.polarity == "present"
    ]


def stripped(words: str) -> str:
    """A symptom without how long it had lasted: "cough with sputum"."""
    for mark in (
        ", worse",
        " one time",
        " two times",
        " three times",
        " four times",
        " five times",
        " six times",
        " twice",
        " for one",
        " for two",
        " for three",
        " for four",
        " for five",
        " for six",
        " since ",
        " over ",
        " the night",
    ):
        cut = words.find(mark)
        if cut > 4:
            return words[:cut].rstrip(",")
    return words
