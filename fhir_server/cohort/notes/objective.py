"""Signs, fluids and results in an author's way: ranges over the hours before, values beside the ones before."""

from __future__ import annotations

from collections.abc import Sequence

from ..clock import DAY, HOUR
from . import words
from .grammar import pick, sentence, shuffled, templates
from .moment import Moment

_PRESSURE = templates("BP $bp", "BP {range |}$bp", "blood pressure $bp", "BPs $bp")
_ONE_PRESSURE = templates("BP $bp", "blood pressure $bp", "B/P $bp")
_RATE = templates("HR $hr", "P $hr", "pulse $hr", "heart rate $hr")
_BREATH = templates("RR $rr", "R $rr", "resp $rr", "breathing $rr")
_SAT = templates(
    "SpO2 $sat% $oxygen", "sats $sat% $oxygen", "O2 sat $sat% $oxygen", "SpO2 $sat% {$oxygen|$oxygen}"
)
_STEADY = templates(
    "{Over the last 24 h|In the past 24 hours|Since yesterday|Over 24 h} $list",
    "{Vitals|VS} {last 24 h|past 24 h|reviewed|o/n and this morning}: $list",
    "{VS|Vitals}: $list",
    "24h: $list",
)


def spread(values: Sequence[float]) -> str:
    """`88-112`, or one number."""
    low, high = min(values), max(values)
    return f"{low:.0f}-{high:.0f}" if round(low) != round(high) else f"{low:.0f}"


def signs(m: Moment, hours: float = 24.0) -> list[str]:
    """The vital signs over some hours, each a short phrase; what was not measured is left out."""
    parts: list[str] = []
    temps = m.desk.reading.of("temperature").within(m.at - hours * HOUR, m.at)
    if temps:
        at, high = max(temps, key=lambda pair: pair[1])
        hot = high >= 38.0
        label = "Tmax" if hours > 12 else "T"
        text = f"{label} {m.temperature(high)}"
        parts.append(
            f"{text} {'at' if m.style.form % 2 else '@'} {m.clock(at)}"
            if hot or m.rng.random() < 0.4
            else text
        )
    if rates := m.readings("heart-rate", hours):
        parts.append(m.say(_RATE, hr=spread(rates)))
    tops, bottoms = m.readings("systolic", hours), m.readings("diastolic", hours)
    if tops and bottoms:
        parts.append(
            m.say(_PRESSURE if len(tops) > 1 else _ONE_PRESSURE, bp=f"{spread(tops)}/{spread(bottoms)}")
        )
    if breaths := m.readings("respiratory-rate", hours):
        parts.append(m.say(_BREATH, rr=spread(breaths)))
    if sats := m.readings("spo2", hours):
        parts.append(m.say(_SAT, sat=spread(sats), oxygen=m.oxygen()))
    return parts


def vitals(m: Moment, hours: float = 24.0) -> str:
    """The vital signs as a sentence; empty where there are none."""
    parts = signs(m, hours)
    if not parts:
        return ""
    extra = [text for text in (weight(m), fluids(m)) if text]
    text = (", " if m.style.form % 2 else "; ").join([*parts, *extra])
    if hours < 20:
        opening = pick(m.rng, ("VS", "Vitals", f"At {m['time']}", "Vital signs"))
        return sentence(f"{opening}: {text}")
    return sentence(m.say(_STEADY, list=text))


def weight(m: Moment) -> str:
    """Today's weight beside that of admission or the last visit."""
    found = m.desk.reading.of("weight").last(m.at, m.at - 2 * DAY)
    if found is None or m.rng.random() < 0.25:
        return ""
    before = m.desk.reading.of("weight").last(found[0] - 20 * HOUR, found[0] - 9 * DAY)
    text = f"{pick(m.rng, ('wt', 'weight', 'Wt'))} {found[1]:.1f} kg"
    if before:
        text += f" ({before[1]:.1f} on {m.day_of(before[0])})"
    return text


def fluids(m: Moment) -> str:
    """Urine that was measured, and fluid taken in where that was measured too."""
    out, taken = m.readings("urine-output"), m.readings("fluid-intake")
    if len(out) < 2:
        return ""
    text = f"{pick(m.rng, ('UOP', 'urine output', 'out'))} {round(sum(out), -1):.0f} mL"
    if len(taken) >= 2:
        net = sum(taken) - sum(out)
        text = f"I/O {round(sum(taken), -1):.0f}/{round(sum(out), -1):.0f} mL (net {'+' if net >= 0 else '-'}{abs(net) / 1000:.1f} L)"
    return text


_ROUTINE = ("sodium", "potassium", "co2", "bun", "creatinine", "glucose", "magnesium", "phosphate", "calcium")
_BLOOD = ("wbc", "hemoglobin", "platelets")
_OTHER = ("inr", "lactate", "crp", "procalcitonin", "bilirubin", "alt", "lipase", "troponin", "troponin-hs", "nt-probnp",
          "albumin", "ph-arterial", "pco2-arterial", "vancomycin-trough", "hba1c", "d-dimer")  # fmt: skip


def results(m: Moment, *, hours: float = 30.0, most: int = 11) -> str:
    """A sentence of the newest results: what matters to the illness and what is out of range first."""
    chosen = _chosen(m, hours, most)
    told = m.labs(chosen, hours=hours)
    if not told:
        return ""
    names = ("Labs", "Data", "Lab", "Labs today", f"Labs {m.day_of(m.at)}", "Results")
    mark = "; " if m.style.form % 3 == 0 else ", "
    return sentence(f"{pick(m.rng, names)}: {mark.join(told)}")


def _chosen(m: Moment, hours: float, most: int) -> list[str]:
    wanted: list[str] = []
    if m.book:
        wanted += m.book.illness.markers
    known = {name: m.last(name, hours) for name in (*_ROUTINE, *_BLOOD, *_OTHER)}
    off = [n for n, v in known.items() if v is not None and m.flag(n, v)]
    rest = shuffled(m.rng, [n for n in (*_ROUTINE, *_BLOOD) if known[n] is not None])
    order: list[str] = []
    for name in (*wanted, *off, *rest):
        if name not in order and known.get(name) is not None:
            order.append(name)
    kept = set(order[: most - int(m.rng.random() * 3)])
    table = [*_ROUTINE, *_BLOOD, *_OTHER]
    return sorted(kept, key=table.index) if m.style.form % 3 else [n for n in order if n in kept]


def sugars(m: Moment, hours: float = 24.0) -> str:
    """Fingersticks over some hours as a range."""
    found = m.readings("glucose-poc", hours)
    if len(found) < 2:
        return ""
    return f"{words.label('glucose-poc', m.style.form)} {min(found):.0f}-{max(found):.0f}"


def cultures(m: Moment) -> list[str]:
    """What cultures of this stay have said so far, by their newest reading."""
    if m.book is None:
        return []
    newest: dict[str, tuple[float, str]] = {}
    for at, name, text, _ in m.desk.reading.texts:
        if m.book.stay.start - 2 * HOUR <= at <= m.at - 20 * HOUR and "culture" in name:
            newest[name] = (at, text)
    said: list[str] = []
    for name, (at, text) in newest.items():
        early = "after 5 days" in text and m.at - at < 5 * DAY
        grown = "no growth to date" if early else clause(text)
        if "usceptib" in grown and m.rng.random() < 0.7:
            grown = grown.split(";", 1)[0]
        said.append(f"{name.replace('-', ' ')} {m.day_of(at)}: {grown}")
    return said


def images(m: Moment, since: float) -> list[str]:
    """What images since a time have shown, in a clause each."""
    return [
        f"{_STUDY.get(i.name, i.name.replace('-', ' '))} {m.day_of(i.at)}: {clause(i.words)}"
        for i in m.desk.reading.images
        if since <= i.at and i.end <= m.at
    ]


_STUDY = {"chest-xray": "CXR", "chest-xray-portable": "CXR", "ct-head": "CT head", "ct-chest": "CT chest", "ct-abdomen": "CT A/P",
          "us-renal": "renal US", "us-abdomen": "abd US", "echo": "echo", "ecg": "ECG"}  # fmt: skip


def clause(text: str) -> str:
    """Full sentences as one clause: "small effusion; heart size normal"."""
    sentences = [s.strip() for s in text.replace("\n", " ").split(". ") if s.strip()]
    return "; ".join(s[0].lower() + s[1:] if len(s) > 1 and s[1].islower() else s for s in sentences).rstrip(
        "."
    )
