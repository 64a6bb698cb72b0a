"""Assessment and plan, problem by problem: what the values say, what is given, what is intended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..clock import DAY, HOUR
from ..codes import DRUGS
from . import words
from .chronic import lasting, line
from .grammar import Template, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import cultures

ANTIBIOTICS = frozenset({
    "vancomycin", "piperacillin-tazobactam", "ceftriaxone", "cefazolin", "cefepime", "meropenem", "metronidazole",
    "levofloxacin", "azithromycin", "sulfamethoxazole-trimethoprim", "ciprofloxacin", "nitrofurantoin", "amoxicillin-clavulanate",
    "cephalexin", "doxycycline", "linezolid", "ampicillin", "gentamicin", "vancomycin-oral", "ampicillin-sulbactam",
})  # fmt: skip
_FOR: Mapping[str, tuple[str, ...]] = {
    "heart-failure": ("furosemide-iv", "furosemide", "bumetanide", "torsemide", "spironolactone", "carvedilol", "metoprolol-succinate"),
    "copd": ("methylprednisolone-iv", "prednisone", "albuterol-neb", "ipratropium-neb"),
    "afib": ("diltiazem-iv", "metoprolol-tartrate", "metoprolol-succinate", "amiodarone", "digoxin", "diltiazem"),
    "chest-pain": ("aspirin", "heparin-drip", "nitroglycerin", "clopidogrel"),
    "nstemi": ("aspirin", "heparin-drip", "clopidogrel", "ticagrelor", "nitroglycerin"),
    "gi-bleed": ("pantoprazole-iv", "pantoprazole", "octreotide"),
    "stroke": ("aspirin", "clopidogrel", "atorvastatin", "atorvastatin-80"),
    "liver": ("lactulose", "rifaximin", "furosemide", "spironolactone", "albumin-iv"),
    "ketoacidosis": ("insulin-drip", "insulin-regular", "insulin-glargine", "insulin-lispro"),
    "pancreatitis": ("hydromorphone-iv", "sodium-chloride-iv", "lactated-ringers"),
    "kidney": ("sodium-chloride-iv", "lactated-ringers"),
    "sepsis": ("norepinephrine", "sodium-chloride-iv", "lactated-ringers"),
    "hip": ("oxycodone", "acetaminophen", "enoxaparin"),
}  # fmt: skip
_GOOD: Mapping[str, int] = {
    "wbc": -1, "crp": -1, "procalcitonin": -1, "lactate": -1, "creatinine": -1, "bun": -1, "bilirubin": -1, "troponin": -1, "troponin-hs": -1,
    "lipase": -1, "nt-probnp": -1, "hemoglobin": 1, "platelets": 1, "anion-gap": -1, "pco2-arterial": -1, "inr": -1,
}  # fmt: skip
"""Which way is better, for values that are out of range."""

_BETTER = templates(
    "{improving|better|on the mend|continues to improve|making progress}{ on day $hd| since $admitted| compared with {yesterday|admission}|}",
    "{clinically better|clinically improving|slow improvement|steady improvement}{, {hospital day|HD} $hd|}",
    "{responding|responding well|responding to treatment}{, HD $hd| so far|}",
)
_SAME = templates(
    "{about the same|unchanged|stable|no real change}{ as of $time| on HD $hd| since yesterday|}",
    "{slow to respond|holding steady|not yet clearly better|stable, not improving much}{, HD $hd|}",
)
_WORSE = templates(
    "{worse today|trending the wrong way|not improving|worse than yesterday}{, HD $hd| at $time|}",
    "{setback|worsening} {on day $hd|overnight|since yesterday}",
)
_FIRST = templates(
    "{as above|present on arrival|reason for admission}, {work-up|treatment} {started|under way} $date",
    "{working diagnosis|leading diagnosis} on admission $date{, {others less likely|differential kept open}|}",
    "{admitted with this|new on arrival} $date, {treating|treat} and {reassess|re-examine} {tonight|in the morning|later today}",
)


_RENAL = frozenset({"creatinine", "bun", "egfr", "phosphate"})


def markers(m: Moment) -> Sequence[str]:
    """What is followed in the illness; on dialysis not what dialysis moves."""
    assert m.book is not None
    names = m.book.illness.markers
    return [n for n in names if n not in _RENAL] if "dialysis" in m.desk.person.traits else names


def trouble(m: Moment) -> int:
    """1 where what is out of range moves the right way, -1 where the wrong way, 0 else."""
    book = m.book
    assert book is not None
    score = 0
    for name in markers(m):
        value, way = m.last(name), _GOOD.get(name)
        if value is not None and way is not None and m.flag(name, value) == -way:
            score += m.change(name) * way
    return (score > 0) - (score < 0)


def course_run(m: Moment, drug: str) -> tuple[int, float] | None:
    """(day, first dose) of a medicine that has been given without a gap of two days."""
    doses = m.desk.reading.given.get(drug, ())
    first = None
    for g in reversed(doses):
        if g.at > m.at:
            continue
        if first is None and g.at < m.at - 32 * HOUR:
            return None
        if first is not None and first - g.at > 48 * HOUR:
            break
        first = g.at
    if first is None:
        return None
    return int((m.at - first) // DAY) + 1, first


def antibiotics(m: Moment) -> list[str]:
    """Antibiotics being given, with their day."""
    said: list[str] = []
    for drug in m.taking(50):
        run = course_run(m, drug) if drug in ANTIBIOTICS else None
        if run:
            day, first = run
            form = pick(
                m.rng,
                (
                    "{d} day {n}",
                    "{d} (day {n})",
                    "{d} D{n}",
                    "day {n} of {d}",
                    "{d}, started {s}",
                    "{d} since {s} (D{n})",
                ),
            )
            said.append(form.format(d=words.drug(drug), n=day, s=m.day_of(first)))
    return said


def _treated(m: Moment) -> list[str]:
    """What is given for the illness, as it was given."""
    assert m.book is not None
    said = antibiotics(m) if m.book.illness.markers and "wbc" in m.book.illness.markers else []
    for drug in _FOR.get(m.book.stay.reason, ()):
        if drug not in DRUGS:
            continue
        doses = m.desk.reading.doses(drug, m.at - 26 * HOUR, m.at)
        if doses and len(said) < 3:
            said.append(_dosed(m, drug, doses[-1].dose, len(doses)))
    return said


def _dosed(m: Moment, drug: str, dose: float | None, count: int) -> str:
    row = DRUGS[drug]
    name = words.drug(drug)
    if row.timing == "continuous":
        return pick(m.rng, (f"{name} infusion", f"{name} gtt", f"on {name} infusion"))
    plain = words.order(drug, m.style.form, dose)
    if m.rng.random() < 0.5:
        return pick(m.rng, (f"on {plain}", plain, f"continue {plain}"))
    size = f"{dose or row.dose:g} {row.unit if row.unit != '[iU]' else 'units'}"
    return f"{name} {size} x{count} {pick(m.rng, ('in the past 24 h', 'over 24 h', 'since yesterday', 'last 24 h'))}"


def _alike(one: str, other: str) -> bool:
    """Whether two plans name the same thing."""
    words_ = {w for w in one.lower().replace(",", " ").split() if len(w) > 5}
    return any(w in other.lower() for w in words_)


def principal(m: Moment) -> str:
    """The line on why the patient is here."""
    book, rng = m.book, m.rng
    assert book is not None
    followed = shuffled(rng, [n for n in markers(m) if m.last(n) is not None])
    values = m.labs(followed[: 1 + int(rng.random() * 2)])
    way = trouble(m)
    if m.at - book.stay.start < 20 * HOUR:
        state = m.say(_FIRST)
    elif book.died and m.at > book.end - 1.5 * DAY:
        state = m.say(_WORSE)
    else:
        state = m.say(
            _BETTER if way > 0 or (way == 0 and m.stage > 0) else _WORSE if way < 0 and m.stage < 2 else _SAME
        )
    told = [
        f.words
        for f in m.desk.of("plan", book.stay.encounter_id)
        if f.holds(m.at) and f.polarity == "present" and f.at > m.at - 50 * HOUR
    ]
    plans = some(rng, told, 0, 2)
    meant = [m.say((p,)) for p in some(rng, book.illness.plan, 1, 2)]
    plans += [p for p in meant if not any(_alike(p, other) for other in plans)]
    parts = [state, *values, *_treated(m), *some(rng, cultures(m), 0, 1), *plans]
    name = m["problem"] if m.rng.random() < 0.75 else m.say(book.illness.called)
    return line(m, name, parts)


# -- what else is wrong

_AILING: Mapping[str, str] = {
    "acute-kidney-injury": "creatinine", "hypokalemia": "potassium", "hyperkalemia": "potassium", "hyponatremia": "sodium",
    "hypernatremia": "sodium", "hypomagnesemia": "magnesium", "thrombocytopenia": "platelets", "acute-blood-loss-anemia": "hemoglobin",
    "anemia": "hemoglobin", "acidosis": "co2", "hypophosphatemia": "phosphate", "neutropenia": "wbc",
}  # fmt: skip
_AILING_PLAN: Mapping[str, Sequence[Template]] = {
    "creatinine": templates(
        "{avoid nephrotoxins|renally dose meds|no NSAIDs}, {follow UOP|follow {daily|AM} chem|strict I/O}",
        "{likely prerenal|multifactorial|hemodynamic}{, watch volume|, hold ACE/ARB if rising|, urine lytes if worse}",
    ),
    "potassium": templates(
        "{follow|recheck} with {AM labs|the next chem}",
        "{on telemetry|monitor}, {diet and drug causes reviewed|following}",
    ),
    "sodium": templates(
        "{likely hypovolemic|likely from volume|mild, asymptomatic|asymptomatic}, {recheck in AM|follow daily}",
        "{follow|trend} {daily|with AM chem}{, avoid hypotonic fluids|}",
    ),
    "magnesium": templates(
        "{follow with AM labs|recheck in AM|trend}",
        "{likely from diuretics and poor intake|nutritional}, {following|trend}",
    ),
    "platelets": templates(
        "{no bleeding|no petechiae}, {follow CBC|trend}",
        "{reactive to illness|likely consumption}, {heparin reviewed|4T low}, {trend|CBC daily}",
    ),
    "hemoglobin": templates(
        "{no overt bleeding|no sign of bleeding|stable}, {transfuse if <7|threshold 7|follow CBC}",
        "{anemia of illness and phlebotomy|chronic component}, {minimize blood draws|iron studies as outpatient}",
    ),
    "co2": templates(
        "{follow gap|trend with chem}",
        "{compensating|improving with treatment of the cause}, {trend|recheck in AM}",
    ),
    "phosphate": templates(
        "{follow|recheck in AM}", "{dietitian aware|nutrition following}, {trend|recheck}"
    ),
    "wbc": templates("{neutropenic precautions|fever plan in place}", "{counts daily|follow ANC}"),
}
_FINDING: Sequence[tuple[str, float, float, str]] = (
    ("sodium", 0, 131.5, "hyponatremia"), ("sodium", 148.5, 999, "hypernatremia"), ("hemoglobin", 0, 9.2, "anemia"),
    ("platelets", 0, 105, "thrombocytopenia"), ("wbc", 15.5, 999, "leukocytosis"),
)  # fmt: skip


def ailing(m: Moment) -> list[str]:
    """Lines on what else is wrong: diagnoses of this stay with a value to them, and results far out of range."""
    book = m.book
    assert book is not None
    lines: list[str] = []
    seen: set[str] = (
        {"creatinine"} if book.stay.reason == "kidney" or "dialysis" in m.desk.person.traits else set()
    )
    for problem in book.diagnoses:
        analyte = _AILING.get(problem.name)
        if analyte is None or analyte in seen or problem.at > m.at:
            continue
        value = m.tell(analyte)
        if value:
            seen.add(analyte)
            m.told.add(analyte)
            lines.append(
                line(m, words.condition(problem.name, m.style.form), [value, m.say(_AILING_PLAN[analyte])])
            )
    for analyte, low, high, name in _FINDING:
        value = m.last(analyte)
        if value is None or analyte in seen or not (value < high if low == 0 else value > low):
            continue
        seen.add(analyte)
        m.told.add(analyte)
        plan = (
            m.say(_AILING_PLAN[analyte])
            if analyte != "wbc"
            else pick(m.rng, ("as above", "trend", "follow with CBC"))
        )
        lines.append(line(m, name, [m.tell(analyte), plan]))
    return lines


# -- the end of a plan

_PLACE = templates(
    "{Dispo|Disposition|DISPO}: {home|back home} {when|once} $need{, "
    "{likely|probably} {$n2 more days|1-2 days|by $wday}|}{, $kin {will drive|aware|updated at $time}|}",
    "{Dispo|Plan for discharge}: {likely|possibly} {home with services|home|rehab|home with $kin} {by|around} $wday{, {PT|case management} {following|aware}|}",
    "{Dispo|Disposition}: {stays on|remain on|remains inpatient on} $ward {for now|today}, {reassess $wday|re-evaluate daily|d/c planning with $kin}",
)
_ICU = templates(
    "{Dispo|Disposition}: {remains in|stay in} {ICU|the unit}{, {step down|transfer} {when stable 24 h|once off pressors}|}{, family {updated at $time|updated}|}",
    "{ICU|Critical care}: {lines reviewed|line day review|CVC needed today}, {SAT/SBT if intubated|mobilize as able}, {code status|goals} {confirmed|unchanged} per $kin",
)
_CODE = ("full code", "full code", "full code", "full code", "DNR/DNI", "DNR, ok to intubate")


def closing(m: Moment) -> str:
    """Prevention of clots, diet, code status, where next."""
    rng, book = m.rng, m.book
    assert book is not None
    here = set(m.taking(40))
    clot = next((w for d, w in (("heparin-drip", "heparin gtt"), ("heparin-sc", "SQH"), ("enoxaparin", "enoxaparin"), ("apixaban", "apixaban"),
                                ("warfarin", "warfarin")) if d in here), "SCDs")  # fmt: skip
    code = _CODE[m.desk.person.index * 7 % len(_CODE)] if m.age > 70 else "full code"
    bits = [
        f"{pick(rng, ('DVT ppx', 'VTE ppx', 'Ppx', 'PPX'))}: {clot}",
        f"{pick(rng, ('code', 'Code', 'Code status'))}: {code}",
    ]
    bits = shuffled(rng, bits)[: 1 + int(rng.random() * 2)]
    wday = _weekday(m, 1 + int(rng.random() * 4))
    icu = book.stay.in_icu(m.at)
    place = m.say(_ICU if icu else _PLACE, wday=wday, need=_need(m))
    return sentence("; ".join([*bits, place]))


def _need(m: Moment) -> str:
    """What has to come before going home, as things stand."""
    ways = ["eating well", "steady on feet", "cleared by therapy", "labs settle", "pain controlled", "ready"]
    if m.fever(30) is not None:
        ways += ["afebrile", "fever-free a day"]
    if m.on_oxygen():
        ways += ["off oxygen", "weaned to room air"]
    return pick(m.rng, ways)


def _weekday(m: Moment, ahead: int) -> str:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    return days[(m.when.weekday() + ahead) % 7]


def plan_lines(m: Moment, most: int = 4) -> list[str]:
    """Everything: the reason of the stay, what else is wrong, what is there anyway, the end."""
    return [text for text in (principal(m), *ailing(m)[:3], *lasting(m, most), closing(m)) if text]
