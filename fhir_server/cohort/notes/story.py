"""The history of the present illness and what goes with it: from the facts, or from the illness where there are none."""

from __future__ import annotations

from ..clock import HOUR
from ..codes import DRUGS
from . import words
from .grammar import listed, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import signs
from .phrases import denied, kind, present

_OPENING = templates(
    "$age{-year-old| year old|yo} $who with {$pmh|a history of $pmh|h/o $pmh|known $pmh}, {presenting|who presents|who came in|brought in|"
    "admitted} {$way |}{on $date |}with $list",
    "$name is a $age-year-old $who {with $pmh|whose history includes $pmh|known for $pmh} who {presented|came|was brought} {$way |}{at $time |}"
    "{with|for|because of} $list",
    "{Patient is a|This is a} $age{-year-old|yo} $who ({$pmh|PMH $pmh}) {presenting|seen|admitted} {$way |}{on $date |}{with|for} $list",
    "$age $sx, $pmh, {here with|in with|comes in for|presents with} $list{ ($date)|, seen at $time|}",
)
_WAY = ("by ambulance", "by private car", "with {r}", "on {p} own", "from home", "by EMS")
_ALSO = templates(
    "{Also|In addition|Besides this} $he {is|feels|has been} $list",
    "{At home|Over this time|In these days} $he {was|has been|felt} $list{, per $relative|}",
    "{Describes being|Says $he feels|Has been feeling} $list{ since then|}",
)
_DOES = templates(
    "{At home|By day|Lately|By $his own account|In these days} $he $list{, {more so|worse} {this week|than before|at night}|, says $kin|}",
    "{$Relative says that|According to $relative,} $he $list{ {now|these days|of late}|}",
    "{$name|$He} $list{ {now|lately|since then}|, {per $kin|by $his own account}}",
)
_BEFORE = templates(
    "{Of note|Background|Relevant here|Before this|Worth noting}: $list{, per $relative|, as told on $date|, by $his own report|}",
    "{History is notable for|Preceded by|Relevant history:} $list{ ($relative confirms)|, as far as $he can tell|}",
)
_EVENT = templates(
    "{Before coming in|Lead-up|Sequence of events}: $list{ ($relative adds)|, according to $relative|}",
    "{As reported|By report|On questioning}, $list{, timing not exact|}",
)
_TREATED = templates(
    "{In the emergency department|In the ED|In ED|On arrival} $signs; {received|given|got} $list{ by $time|}",
    "{ED course|Emergency department course}: $signs; {treated with|given} $list{ so far| by $time|}",
)
_SEEN = templates(
    "{In the emergency department|In the ED|On arrival|At triage|First vitals}: $signs{, {no treatment before transfer|seen at $time}|}",
    "{Initial vitals|Arrival vitals|Vitals at $time}: $signs",
)


def history(m: Moment, *, short: bool = False) -> str:
    """The history of the present illness: two to six sentences."""
    book = m.book
    assert book is not None
    said = present(m)
    own = m.desk.known(m.at, "symptom", book.stay.encounter_id)
    parts = [_opening(m, own)]
    if own:
        parts.append(_rest(m, [w for w in own if kind(w) != "noun"]))
    elif not book.planned:
        parts += [m.say((t,)) for t in some(m.rng, book.illness.story, 1, 2 if short else 3)]
    before = m.desk.known(m.at, "history", book.stay.encounter_id)
    before += m.desk.known(m.at, "social", book.stay.encounter_id)
    if before and m.rng.random() < 0.9:
        parts.append(sentence(m.say(_BEFORE, list=listed(shuffled(m.rng, before)))))
    events = [
        f.words
        for f in m.desk.of("event", book.stay.encounter_id)
        if f.at <= min(m.at, book.stay.start + HOUR)
    ]
    if events:
        parts.append(sentence(m.say(_EVENT, list="; ".join(events))))
    if not said or m.rng.random() < 0.92:
        parts.append(denied(m, 3 if short else 5, extra=book.illness.denies))
    if not short and m.rng.random() < 0.75:
        parts.append(emergency_course(m))
    return " ".join(p for p in parts if p)


def _opening(m: Moment, own: list[str]) -> str:
    book = m.book
    assert book is not None
    nouns = [w for w in own if kind(w) == "noun"]
    if book.planned or (not own and m.rng.random() < 0.3):
        what = m["reason"] if book.planned else m.say(book.illness.complaint)
    elif nouns:
        what = listed(shuffled(m.rng, nouns)[:3])
    elif own:
        what = m["problem"]
    else:
        what = m.say(book.illness.complaint)
    way = pick(m.rng, _WAY).format(r=m["relative"], p=m["his"]) if not book.planned else "as planned"
    source = m.desk.reading.ways.get(book.stay.encounter_id, ("", ""))[0]
    if source.startswith("Transfer"):
        way = "in transfer from another hospital"
    return sentence(m.say(_OPENING, list=what, way=way))


def _rest(m: Moment, said: list[str]) -> str:
    """What is not a noun phrase: states and verbs."""
    states = [w for w in said if kind(w) == "state"]
    verbs = [w for w in said if kind(w) == "verb"]
    parts = [sentence(m.say(_ALSO, list=listed(states)))] if states else []
    if verbs:
        parts.append(sentence(m.say(_DOES, list=pick(m.rng, ("; ", ", ", " and ")).join(verbs))))
    return " ".join(parts)


def emergency_course(m: Moment) -> str:
    """The first signs and what was given in the first hours."""
    book = m.book
    assert book is not None
    found = signs(m, max(1.0, (m.at - book.stay.start) / HOUR + 1.0))
    if not found:
        return ""
    here = m.desk.reading.on(m.at, book.stay.start - 2 * HOUR)
    said = [words.drug(d) for d in here if not DRUGS[d].as_needed and DRUGS[d].route != "oral"][:4]
    if book.planned:
        return ""
    if said:
        return sentence(m.say(_TREATED, signs=", ".join(found), list=listed(said)))
    return sentence(m.say(_SEEN, signs=", ".join(found)))


# -- lists of the background


def past(m: Moment) -> str:
    """The problem list, with what the facts add."""
    names = [n for n in m.desk.problems(m.at) if n not in words.NOT_HISTORY]
    said = [words.condition(n, m.style.form + (i if m.style.shortens else 0)) for i, n in enumerate(names)]
    more = [w for w in m.desk.known(m.at, "history", None) if _is_old(w)]
    said += some(m.rng, more, 0, 2)
    if m.style.form % 2:
        said = shuffled(m.rng, said)
    if not said:
        return pick(m.rng, ("none", "none known", "no chronic illness", "negative"))
    return ", ".join(dict.fromkeys(said))


_OPERATIONS = (
    "removed",
    "repair",
    "surgery",
    "arthroscopy",
    "hysterectomy",
    "appendectomy",
    "release",
    "replacement",
    "stent",
)


def _is_old(said: str) -> bool:
    low = said.lower()
    return not any(
        c in low for c in (*_OPERATIONS, "after ", "birth", "pregnan", "colonoscopy", "dialysis through")
    )


def operations(m: Moment) -> str:
    """Past operations."""
    said = [
        w
        for w in m.desk.known(m.at, "history", None)
        if any(c in w.lower() for c in _OPERATIONS) and "after" not in w
    ]
    said += [w for w in m.desk.life.surgeries if w.split(" ", 1)[0] not in " ".join(said)]
    if not said:
        return pick(m.rng, ("none", "none reported", "no operations", "denies any"))
    how = pick(m.rng, ("{w} {y}", "{w} ({y})", "{w} in {y}", "{w}, {y}", "{y} {w}"))
    told_ = [_dated(w, how) for w in shuffled(m.rng, list(dict.fromkeys(said)))[:4]]
    tail = pick(
        m.rng,
        (
            "",
            "",
            ", uneventful",
            "; no anesthesia problems",
            " ({k})",
            "; {d} review",
            ", as listed {d}",
            "; none since",
            ", per {k} {d}",
            "; otherwise none",
            " - per old chart",
            ", told {t}",
        ),
    )
    return pick(m.rng, ("; ", ", ", " / ")).join(told_) + tail.format(
        k=m.desk.life.kin, d=m["date"], t=m["time"]
    )


def _dated(words_: str, how: str) -> str:
    """An operation with its year, which stands last, in one of some ways."""
    name, _, year = words_.rpartition(" ")
    return how.format(w=name, y=year) if year.isdigit() and len(year) == 4 else words_


def medicines(m: Moment) -> str:
    """Medicines for home in force."""
    home = m.home_drugs()
    if not home:
        return pick(m.rng, ("none", "no regular medicines", "none regularly", "no prescription medicines"))
    said = [words.order(d, m.style.form, dose) for d, dose in home if d in DRUGS]
    return (", " if m.style.form % 2 else "; ").join(shuffled(m.rng, said))


def allergies(m: Moment) -> str:
    """Allergies with their reactions."""
    rows = [(name, told_) for at, name, told_ in m.desk.reading.allergies if at <= m.at]
    if not rows:
        none = pick(m.rng, ("NKDA", "NKA", "none known", "none"))
        seen = pick(
            m.rng,
            (
                " ({d})",
                ", per {k} {d}",
                " per chart {d}",
                ", asked {t}",
                " - confirmed {t}",
                ", {k} agrees ({t})",
                " as of {d}",
            ),
        )
        return none + seen.format(d=m["date"], k=m.desk.life.kin, t=m["time"])
    said = dict.fromkeys(_allergy(m, name, what) for name, what in rows)
    asked = pick(
        m.rng,
        (
            "",
            "",
            " - reviewed {d}",
            " ({r} confirms)",
            ", per chart {d}",
            ", confirmed {t}",
            " [{d}]",
            ", no others",
            ", verified at {t}",
            " (per {w})",
        ),
    )
    who = pick(m.rng, ("patient", "pharmacy", "old chart", "patient and chart"))
    return "; ".join(said) + asked.format(d=m["date"], r=m.desk.life.kin, t=m["time"], w=who)


def _allergy(m: Moment, name: str, what: str) -> str:
    short = {
        "sulfamethoxazole / trimethoprim": ("sulfa", "TMP-SMX", "Bactrim", "sulfamethoxazole-trimethoprim"),
        "penicillin g": ("penicillin", "PCN", "penicillins"),
    }
    called = pick(m.rng, short.get(name.lower(), (name, name.lower())))
    if not what:
        return called
    return pick(
        m.rng,
        ("{n} ({w})", "{n} - {w}", "{n}: {w}", "{w} with {n}", "{n} causes {w}", "{n} -> {w}", "{n} [{w}]"),
    ).format(n=called, w=what)


def relatives(m: Moment) -> str:
    """The family's illnesses and what is not in it."""
    facts = m.desk.known(m.at, "family", None)
    here = facts or m.desk.life.family
    absent = m.desk.known(m.at, "family", None, "absent")
    said = some(m.rng, here, min(2, len(here)), 4)
    away = [w.removesuffix(" in the family") for w in absent]
    if not absent and not facts:
        said += some(m.rng, m.desk.life.unrelated, 0, 1)
    if away and m.rng.random() < 0.8:
        said.append(f"{pick(m.rng, ('no', 'negative for', 'no known', 'denies'))} {listed(away[:2], 'or')}")
    if said and m.rng.random() < 0.6:
        said[-1] += pick(m.rng, (" (per {k})", ", else negative", " [{d}]", ", otherwise unremarkable", " - reviewed {d}", ", parents otherwise well", ", no change since last asked", " as told {t}")).format(
            k=m.desk.life.kin, d=m["date"], t=m["time"])  # fmt: skip
    return pick(m.rng, ("; ", ", ", " / ")).join(said) or pick(
        m.rng, ("noncontributory", "reviewed, nothing relevant", "not contributory")
    )


def social(m: Moment) -> str:
    """Home, work, habits."""
    known = m.desk.known(m.at, "social", None)
    away = m.desk.known(m.at, "social", None, "absent")
    if not known:
        life = m.desk.life
        return "; ".join(shuffled(m.rng, [life.home, life.job, life.smoking, life.alcohol])[:4])
    lasting = [w for w in known if "dose" not in w and "multivitamin" not in w and "appetite" not in w]
    smoke = [w for w in lasting if "smok" in w or "pack" in w]
    said = shuffled(m.rng, [w for w in lasting if w not in smoke[1:]])[:5]
    said += [f"no {w}" for w in away[:2]]
    return pick(m.rng, ("; ", ", ", "; ")).join(said)
