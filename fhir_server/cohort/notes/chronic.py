"""What the patient has anyway: lines of an assessment on lasting illness, from values and medicines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..clock import DAY, HOUR
from ..codes import DRUGS
from . import words
from .grammar import listed, pick, sentence, shuffled
from .moment import Moment
from .objective import spread, sugars


def line(m: Moment, name: str, parts: Sequence[str]) -> str:
    """One problem: the name, then clauses in the author's way."""
    rest = [p for p in parts if p]
    if not rest:
        return ""
    mark = {0: "; ", 1: ", ", 2: ". ", 3: ", "}[m.style.form % 4]
    if m.style.layout == "prose":
        joint = pick(m.rng, (": ", " - ", ": "))
        mark = "; "
    else:
        joint = pick(m.rng, (" - ", ": ", ": "))
    body = ", ".join(rest) if mark == ". " else mark.join(rest)
    return sentence(f"{name[0].upper()}{name[1:]}{joint}{body}")


def _home_and_here(m: Moment, drugs: Sequence[str]) -> str:
    """Which of some medicines are given here, which are held."""
    home = {d for d, _ in m.home_drugs()}
    here = set(m.taking(30))
    on = [words.order(d, m.style.form) for d in drugs if d in here]
    held = [words.drug(d) for d in drugs if d in home and d not in here]
    tail = pick(
        m.rng,
        (
            "",
            "",
            ", same dose",
            ", continue",
            f" (HD {m['hd']})",
            " since admission",
            ", tolerated",
            f", reviewed {m['date']}",
            " as at home",
            f" at {m['time']}",
        ),
    )
    parts = (
        [
            pick(m.rng, ("continue ", "on ", "cont. home ", "home ", "keep ", "remains on ", "continues "))
            + listed(on)
            + tail
        ]
        if on
        else []
    )
    if held and m.at - (m.book.stay.start if m.book else 0) > 20 * HOUR:
        parts.append(pick(m.rng, ("holding {d}", "{d} on hold", "{d} held for now")).format(d=listed(held)))
    return ", ".join(parts)


def _diabetes(m: Moment) -> list[str]:
    doses = m.desk.reading.doses("insulin-lispro", m.at - 24 * HOUR, m.at)
    units = sum(g.dose or 0 for g in doses)
    correction = f"lispro {units:.0f} units in 24 h" if units else ""
    a1c = m.desk.reading.of("hba1c").last(m.at, m.at - 300 * DAY)
    told = f"A1c {a1c[1]:.1f} ({m.day_of(a1c[0])})" if a1c and m.rng.random() < 0.4 else ""
    names = (
        "insulin-glargine",
        "metformin",
        "metformin-1000",
        "glipizide",
        "empagliflozin",
        "sitagliptin",
        "semaglutide",
    )
    return [sugars(m), correction, told, _home_and_here(m, names)]


def _pressure(m: Moment) -> list[str]:
    tops, bottoms = m.readings("systolic"), m.readings("diastolic")
    told = f"BP {spread(tops)}/{spread(bottoms)}" if tops and bottoms else ""
    names = (
        "lisinopril",
        "lisinopril-20",
        "losartan",
        "amlodipine",
        "hydrochlorothiazide",
        "hydralazine",
        "chlorthalidone",
    )
    return [told, _home_and_here(m, names)]


def _fibrillation(m: Moment) -> list[str]:
    rates = m.readings("heart-rate")
    told = f"rates {spread(rates)}" if rates else ""
    inr = m.tell("inr", hours=48) if "warfarin" in m.taking(72) else ""
    names = (
        "metoprolol-tartrate",
        "metoprolol-succinate",
        "diltiazem",
        "apixaban",
        "warfarin",
        "amiodarone",
        "digoxin",
    )
    return [told, inr, _home_and_here(m, names)]


def _failing(m: Moment) -> list[str]:
    found = m.desk.reading.of("weight").last(m.at, m.at - 2 * DAY)
    told = f"{pick(m.rng, ('wt', 'weight'))} {found[1]:.1f} kg" if found else ""
    state = pick(m.rng, ("euvolemic on exam", "compensated", "no overload", "watch volume"))
    if m.book and m.book.stay.reason in {"heart-failure"}:
        return []
    return [
        told,
        state if m.stage else "",
        _home_and_here(m, ("furosemide", "torsemide", "carvedilol", "spironolactone", "bumetanide")),
    ]


def _lungs(m: Moment) -> list[str]:
    sats = m.readings("spo2")
    told = f"sats {spread(sats)}% {m.oxygen()}" if sats else ""
    wheeze = (
        ""
        if m.book is None or m.book.stay.reason in {"copd", "pneumonia"}
        else pick(m.rng, ("no flare", "at baseline", "no wheeze of note"))
    )
    return [
        wheeze,
        told,
        _home_and_here(m, ("tiotropium", "fluticasone-salmeterol", "albuterol-neb", "montelukast")),
    ]


def _renal(m: Moment) -> list[str]:
    if "dialysis" in m.desk.person.traits:
        runs = [
            d
            for d in m.desk.reading.procedures
            if d.name == "hemodialysis" and m.at - 4 * DAY < d.end <= m.at
        ]
        told = f"last HD {m.day_of(runs[-1].at)}" if runs else "HD per schedule"
        return [
            told,
            m.tell("potassium"),
            m.tell("phosphate"),
            _home_and_here(m, ("sevelamer", "epoetin-alfa")),
        ]
    near = m.desk.reading.of("creatinine").within(
        m.at - 500 * DAY, (m.book.stay.start if m.book else m.at) - 10 * DAY
    )
    base = f"baseline ~{sorted(v for _, v in near)[len(near) // 2]:.1f}" if len(near) > 2 else ""
    return [
        m.tell("creatinine"),
        base,
        pick(m.rng, ("avoid nephrotoxins", "renal dosing", "dose meds for eGFR", "")),
    ]


def _low_blood(m: Moment) -> list[str]:
    return [m.tell("hemoglobin"), _home_and_here(m, ("ferrous-sulfate", "epoetin-alfa"))]


_LASTING: Mapping[str, tuple[tuple[str, ...], Callable[[Moment], list[str]]]] = {
    "diabetes": (("diabetes-2", "diabetes-1"), _diabetes),
    "pressure": (("hypertension",), _pressure),
    "fibrillation": (
        (
            "atrial-fibrillation",
            "atrial-fibrillation-paroxysmal",
            "atrial-fibrillation-persistent",
            "atrial-fibrillation-permanent",
        ),
        _fibrillation,
    ),
    "failing": (
        ("heart-failure", "heart-failure-chronic-systolic", "heart-failure-chronic-diastolic"),
        _failing,
    ),
    "lungs": (("copd", "asthma", "asthma-moderate-persistent", "asthma-mild-persistent"), _lungs),
    "renal": (("esrd", "ckd-5", "ckd-4", "ckd-3", "ckd-3a", "ckd-3b"), _renal),
    "blood": (("anemia", "anemia-ckd", "iron-deficiency-anemia", "anemia-chronic-disease"), _low_blood),
}
_QUIET_DRUGS: Mapping[str, tuple[str, ...]] = {
    "hypothyroidism": ("levothyroxine",), "hyperlipidemia": ("atorvastatin", "atorvastatin-80", "rosuvastatin"), "depression": ("sertraline",),
    "gerd": ("omeprazole", "pantoprazole"), "gout": ("allopurinol",), "bph": ("tamsulosin",), "osteoporosis": ("alendronate",),
    "coronary-disease": ("aspirin", "clopidogrel", "atorvastatin-80"), "stroke": ("aspirin",), "cirrhosis": ("lactulose", "rifaximin"),
    "osteoarthritis": ("acetaminophen",), "anxiety": ("sertraline",), "parkinson": ("carbidopa-levodopa",), "epilepsy": ("levetiracetam",),
}  # fmt: skip


def lasting(m: Moment, most: int) -> list[str]:
    """Lines on lasting illness with something to tell, and one line for the rest."""
    problems = m.desk.problems(m.at)
    reason = m.book.stay.reason if m.book else ""
    lines: list[str] = []
    for names, tell in (_LASTING[key] for key in shuffled(m.rng, list(_LASTING))):
        name = next((n for n in names if n in problems), None)
        if (
            name is None
            or len(lines) >= most
            or (name == "copd" and reason == "copd")
            or (name.startswith("ckd") and reason == "kidney")
        ):
            continue
        if (name.startswith("atrial") and reason == "afib") or ("anemia" in name and "hemoglobin" in m.told):
            continue
        if name.startswith("ckd") and "creatinine" in m.told:
            continue
        lines.append(line(m, words.condition(name, m.style.form), tell(m)))
    return [text for text in [*lines, _quiet(m, problems)] if text]


def _quiet(m: Moment, problems: Sequence[str]) -> str:
    """The problems that only go on, in one line with their medicines."""
    home = {d for d, _ in m.home_drugs()} | set(m.taking(30))
    said: list[str] = []
    for name in shuffled(m.rng, [n for n in problems if n in _QUIET_DRUGS]):
        drugs = [d for d in _QUIET_DRUGS[name] if d in home and d in DRUGS]
        word = words.condition(name, m.style.form)
        said.append(f"{word} ({', '.join(words.drug(d) for d in drugs)})" if drugs else word)
    if len(said) < 2:
        return ""
    opening = pick(
        m.rng, ("Chronic", "Other", "Chronic, stable", "Also", "Remaining issues", "Stable problems")
    )
    ending = pick(
        m.rng, ("no change", "home regimen", "as at home", "continue", "meds reviewed " + m["date"], "stable")
    )
    return sentence(f"{opening}: {', '.join(said)} - {ending}")
