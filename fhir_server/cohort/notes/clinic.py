"""Notes of visits: what the patient says, what was found and known, what was decided; by the purpose of the visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from ..chance import between
from ..clock import DAY, HOUR, MINUTE, local
from ..codes import DRUGS
from ..courses.timeline import Visit
from ..hospital import Practitioner, house
from . import words
from .desk import Author, Desk, author_of
from .discharge import referrals
from .exam import examination
from .filing import put
from .grammar import Template, listed, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import clause, vitals
from .phrases import denied, told
from .story import allergies, medicines, relatives, social

_SPECIALTY: Mapping[str, str] = {
    "prenatal": "Obstetrics and gynecology", "postpartum": "Obstetrics and gynecology", "oncology": "Hematology and oncology",
    "chemotherapy": "Hematology and oncology", "nadir-check": "Hematology and oncology", "kidney": "Nephrology", "heart-failure": "Cardiology",
    "diabetes": "Endocrinology", "dialysis": "Nephrology",
}  # fmt: skip
_NAMES: Mapping[str, tuple[str, ...]] = {
    "annual": ("ANNUAL VISIT", "Annual physical", "Preventive visit"), "acute": ("ACUTE VISIT", "Same-day visit", "Sick visit"),
    "anticoagulation": ("ANTICOAGULATION CLINIC", "Warfarin clinic", "INR visit"), "blood-pressure": ("BP CHECK", "Blood pressure visit"),
    "prenatal": ("PRENATAL VISIT", "OB visit"), "postpartum": ("POSTPARTUM VISIT",), "chemotherapy": ("INFUSION CENTER VISIT", "Chemotherapy visit"),
    "oncology": ("ONCOLOGY FOLLOW-UP", "Oncology clinic"), "post-discharge": ("POST-HOSPITAL VISIT", "Hospital follow-up", "Transition of care visit"),
    "diabetes": ("DIABETES FOLLOW-UP", "Diabetes clinic"), "kidney": ("NEPHROLOGY CLINIC", "Kidney clinic"), "heart-failure": ("HEART FAILURE CLINIC", "HF clinic"),
    "pre-operative": ("PRE-OPERATIVE VISIT",), "post-operative": ("POST-OPERATIVE VISIT",), "nadir-check": ("COUNT CHECK",),
}  # fmt: skip
_WHY: Mapping[str, Sequence[Template]] = {
    "follow-up": templates(
        "{Here for|Seen for|In for|Comes for} {routine |scheduled |}follow-up of $list{, last seen $last|}{, {alone|with $kin|accompanied by $kin}|}",
        "$age{-year-old|yo} $who {with|followed for} $list, {here for a check|for follow-up|routine visit}{; {last visit|last seen} $last|}",
    ),
    "annual": templates(
        "$age{-year-old|yo} $who {here for|in for|presents for} {annual exam|yearly physical|a preventive visit}{, {last one|last seen} $last|}{; {no specific concerns|a few questions|feels well overall}|}",
        "{Yearly check|Annual visit} for $name, $age{; {lists no concerns|brings a list of questions|works as before}|}{, last here $last|}",
    ),
    "acute": templates(
        "$age{-year-old|yo} $who {with $pmh |}{here today|worked in today|seen same day} {for|because of|with} $list", "{Called this morning, seen|Walk-in|Added on} {at $time|today} for $list; {known $pmh|h/o $pmh}",
    ),
    "anticoagulation": templates(
        "{INR check|Warfarin check|Anticoagulation visit} {for|in} {$pmh|$name, $age}{; {last|previous} visit $last|}", "{Here for|Seen for} INR{, takes warfarin {in the evening|at supper|at bedtime}|}{, last check $last|}, $age $sx",
    ),
    "blood-pressure": templates(
        "{Blood pressure|BP} {recheck|check} {with nurse and provider|after medication change|as planned}{; last visit $last|}, $age{-year-old|yo} $who", "$name, $age, {here for|returns for} {BP|blood pressure} {follow-up|recheck}{ (seen $last)|}",
    ),
    "prenatal": templates("{Prenatal|OB} {visit|check}, $age{-year-old|yo}{, last seen $last|}: $list", "$name {here for|returns for} {routine |}prenatal care{ ($age)|}{, with {partner|mother}|}: $list"),
    "postpartum": templates("{Postpartum|After birth} {check|visit}, $age{-year-old|yo}{, baby {with her|with partner}|}"),
    "chemotherapy": templates("$age{-year-old|yo} $who {with $pmh |}{here for|in for} $list{, last seen $last|}", "{Infusion visit|Treatment day}: $list{; {last cycle tolerated|counts reviewed}|}, $age $sx"),
    "oncology": templates("$age{-year-old|yo} $who {followed for|with} $pmh, {here for|oncology} follow-up{, last seen $last|}", "{Oncology follow-up|Return visit} of $name, $age: $pmh{, last visit $last|}"),
    "post-discharge": templates(
        "{Here after|First visit since|Follow-up of} {the|a recent} {hospital stay|admission|hospitalization} {$from to $to|($from-$to)} for $reason{, {home since|discharged home|out} $to|}",
        "$age{-year-old|yo} $who {in hospital|admitted|hospitalized} $from{-| to }$to {with|for} $reason; {here for transition of care|seen today|summary reviewed}{, {with $kin|alone}|}",
        "{Post-discharge visit|Hospital follow-up}: $reason, {stay|admission} {$from to $to|of $from}{; {discharge summary|records} {reviewed|read with patient}|}{, $daysago days home|}",
    ),
}  # fmt: skip
_HOW = templates(
    "{Since the last visit|In the interval|Lately|Since then} {doing well|doing okay|about the same|getting along|no hospital visits to report}{, {appetite|energy|sleep} {fair|good|okay}|}{, {walks|gets out} {daily|most days|on weekends|little}|}",
    "{Overall|In general} {feels well|feels fine|stable|getting by|okay}{, {sleeping|eating} {well|normally|fairly}|}{; {$kin helps with|help with} {pills|meals|rides|shopping}|}",
    "{No|Without} {new problems|emergency visits|big changes} {since $last|lately|to report}{, {busy with work|caring for $kin|looking forward to travel|home most days}|}",
)
_TAKES = templates(
    "{Takes|Taking} {medicines|meds} {as listed|daily|without missing|most days}{, {pill box|phone alarm|blister packs} {helps|used}|}{, {refills|pharmacy}: $pharmacy|}",
    "{Adherence|Medicines}: {good|fair|misses {one dose a week|a dose now and then}|no missed doses}, {{uses|fills at} $pharmacy|per {refill history|pill count|$name} $date}",
    "{Brings|Brought} {bottles|a list|the pill box|no list} {today|to the visit}{, {reconciled|reviewed} {at $time|line by line}|}",
)
_KNOWN = templates(
    "{Labs|Data|Results|Reviewed}: $list",
    "{Most recent labs|Labs reviewed|Last results}: $list",
    "{Lab data}: $list",
)
_FINDINGS = templates(
    "{Also|Noted|Reviewed|Assessment data}: $list{ ($date)|, $date|; {discussed|shown} {with $kin|to $name}}",
    "$list{, {discussed|shown to the patient|gone over} {today|at this visit}|}",
    "{Findings}: $list{, {explained|reviewed with $name}|}",
)
_DID = templates(
    "{Today|Changes|Changed today|Done today}{ ($date)|}: $list, {reasons explained{ to {$name|$kin}|}|agrees{, {first dose|starts} {today|tomorrow}|}|$kin told too|{sheet|leaflet} given {at $time|by nurse}}",
    "$list {today|$date|this visit|at $time}{, {side effects reviewed|patient agrees|sent to $pharmacy}|}",
    "{Medication changes|Actions|Done} $date: $list{, {no reaction|tolerated|questions answered}|}",
)
_PLANNED = templates(
    "{Plan|Next|Agreed|To do}{ $date|}: $list{; {patient|$name} {agrees|has no objection}|; {by $kin|at home|until next visit}}",
    "$list{, {discussed|agreed} {with $kin|today}|}",
    "{Advice|Discussed|Counseled}: $list {({$n2|10|15} min)|with {$kin|$name}|today, {teach-back ok|understands}}",
)
_BACK = templates(
    "{RTC|Return|Back|Follow up|See again} {in {about |}$gap|$gap from now}{, {sooner|earlier} {if worse|for problems|as needed}|}{, {labs before|labs at that visit|call with questions}|}",
    "{Next visit|Return visit} {in |}$gap{, {call|message} {sooner|before} {if anything changes|with concerns}|}{ ({front desk|scheduler} {to book|booking})|}",
)


def clinic(desk: Desk) -> None:
    """The notes of all visits."""
    team: Mapping[str, Sequence[str]] = desk.person.details.get("team", {})
    staff = house(desk.seed)
    own = pick(desk.rng, staff.of_specialty("Family medicine", "Internal medicine"))
    own = next((p for p in staff.staff if p.id == team.get("primary", ("",))[0]), own)
    special: dict[str, Practitioner] = {}
    last = 0.0
    visits = desk.timeline.visits
    for n, visit in enumerate(visits):
        after = visits[n + 1].at if n + 1 < len(visits) else None
        if desk.rng.random() < 0.96:
            author = _author(desk, visit, own, special, desk.rng)
            _visit(desk, visit, author, last, after)
        last = visit.at


def _author(
    desk: Desk, visit: Visit, own: Practitioner, special: dict[str, Practitioner], rng: Random
) -> Author:
    specialty = _SPECIALTY.get(visit.purpose)
    if specialty is None or (visit.purpose == "diabetes" and desk.person.index % 2):
        if visit.purpose == "anticoagulation":
            return author_of(desk.seed, pick(rng, house(desk.seed).of_role("pharmacist")[:3]))
        return author_of(
            desk.seed,
            own if rng.random() < 0.85 else pick(rng, house(desk.seed).of_role("nurse-practitioner")),
        )
    if specialty not in special:
        special[specialty] = pick(rng, house(desk.seed).of_specialty(specialty))
    return author_of(desk.seed, special[specialty])


def _visit(desk: Desk, visit: Visit, author: Author, last: float, after: float | None) -> None:
    at = visit.at + between(desk.rng, 8, 17) * MINUTE
    m = Moment(desk, at, author, None, desk.rng, encounter=visit.encounter_id)
    m["last"] = (
        m.day_of(last) if last else "years ago" if desk.timeline.first + 200 * DAY < at else "elsewhere"
    )
    m["pharmacy"] = desk.life.pharmacy
    names = _NAMES.get(visit.purpose, ("OFFICE VISIT", "Clinic note", "Follow-up visit", "Outpatient note"))
    head = m.style.heading
    why = _why(m, visit)
    brief = visit.purpose in {"anticoagulation", "blood-pressure", "nadir-check"}
    rows = [
        f"{pick(m.rng, names)} {m['date']}",
        f"{head('HPI') + ': ' if m.style.layout != 'prose' else ''}{why} {_interval(m, visit, last, brief=brief)}",
        ""
        if brief
        else f"{head(pick(m.rng, ('Meds', 'Medications', 'Current medications')))}: {medicines(m)}",
        _background(m)
        if visit.purpose in {"annual", "pre-operative"} or (not brief and m.rng.random() < 0.1)
        else "",
        vitals(m, 2),
        "" if brief and m.rng.random() < 0.8 else examination(m),
        _known(m),
        _assessment(m, visit),
        _plan(m, visit, after),
        m.signed(),
    ]
    put(
        m,
        "outpatient",
        "\n".join(r for r in rows if r.strip()),
        hours=(m.at - visit.at) / HOUR,
        title=pick(m.rng, names) if m.rng.random() < 0.3 else "",
    )


def _why(m: Moment, visit: Visit) -> str:
    own = m.desk.known(m.at, "symptom", visit.encounter_id)
    key = visit.purpose if visit.purpose in _WHY else "follow-up"
    more: dict[str, str] = {"list": _led(m, visit.purpose)}
    if key == "acute":
        new = [
            f.words
            for f in m.desk.of("symptom", visit.encounter_id)
            if f.polarity == "present" and f.until is not None
        ]
        own = new or own
        more["list"] = (
            listed(own[-2:])
            if own
            else pick(m.rng, ("a new complaint", "several concerns", "a cold", "an upset stomach"))
        )
    elif key == "prenatal":
        history = m.desk.known(m.at, "history", visit.encounter_id)
        more["list"] = listed([*history, *own][:3]) or "routine check"
    elif key == "chemotherapy":
        more["list"] = (
            listed([w for w in m.desk.known(m.at, "treatment", visit.encounter_id) if "cycle" in w])
            or "chemotherapy"
        )
    elif key == "post-discharge":
        stay = next((b.stay for b in reversed(m.desk.books) if b.over and b.end < m.at), None)
        if stay is None or stay.end is None or m.at - stay.end > 40 * DAY:
            key = "follow-up"
        else:
            book = next(b for b in m.desk.books if b.stay is stay)
            days = local(m.at).toordinal() - local(stay.end).toordinal()
            more |= {
                "from": m.day_of(stay.start),
                "to": m.day_of(stay.end),
                "reason": book.words["reason"],
                "daysago": str(days),
            }
    return sentence(m.say(_WHY[key], **more))


_LEADS: Mapping[str, tuple[str, ...]] = {
    "kidney": ("ckd", "esrd", "diabetes-2-ckd"), "heart-failure": ("heart-failure", "hypertensive", "ischemic", "dilated"), "diabetes": ("diabetes",),
    "oncology": ("cancer", "lymphoma", "myeloma"), "chemotherapy": ("cancer", "lymphoma", "myeloma"), "nadir-check": ("cancer", "lymphoma", "myeloma"),
}  # fmt: skip
"""Which problems come first at a special clinic, by the beginning of their names."""


def _led(m: Moment, purpose: str) -> str:
    """The problems, those first that the clinic is for."""
    leads = _LEADS.get(purpose)
    if leads is None:
        return m["pmh"]
    names = [n for n in m.desk.problems(m.at) if n not in words.NOT_HISTORY]
    ordered = sorted(names, key=lambda n: not n.startswith(leads))
    said = [
        words.condition(n, m.style.form + (len(n) if m.style.shortens else 0))
        for n in ordered[: 2 + int(m.rng.random() * 3)]
    ]
    return listed(said) if said else m["pmh"]


def _interval(m: Moment, visit: Visit, last: float, *, brief: bool) -> str:
    own = m.desk.known(m.at, "symptom", visit.encounter_id)
    parts = [told(m, shuffled(m.rng, own))] if own and visit.purpose != "acute" else []
    events = m.desk.known(m.at, "event", visit.encounter_id)
    if events:
        parts.append(sentence(listed(events)))
    stayed = any(b.over and last < b.end < m.at for b in m.desk.books)
    if not stayed and (not own or m.rng.random() < 0.3):
        parts.append(sentence(m.say(_HOW)))
    if not brief or m.rng.random() < 0.6:
        parts.append(
            denied(m, 4, extra=_ASKED if not brief else ("bleeding", "bruising", "dizziness", "falls"))
        )
    if m.rng.random() < 0.35 and m.home_drugs():
        parts.append(sentence(m.say(_TAKES)))
    habits = [
        w
        for f in m.desk.facts.rows
        if f.topic == "social" and f.encounter is None and f.until is not None and f.holds(m.at)
        for w in (f.words,)
    ]
    if habits:
        parts.append(sentence(listed(habits)))
    return " ".join(p for p in parts if p)


_ASKED = ("chest pain", "shortness of breath", "falls", "dizziness", "dysuria", "abdominal pain", "leg swelling", "cough", "fever", "weight loss", "low mood",
          "headache", "palpitations", "constipation", "new rash", "joint pain")  # fmt: skip


def _background(m: Moment) -> str:
    return sentence(
        f"FH: {relatives(m)}. SH: {social(m)}. {pick(m.rng, ('Allergies', 'All'))}: {allergies(m)}"
    )


_LABS = ("hba1c", "creatinine", "egfr", "potassium", "hemoglobin", "ldl", "tsh", "albumin-creatinine-urine", "inr", "wbc", "platelets", "nt-probnp", "sodium", "glucose", "ferritin",
         "phosphate", "triglycerides")  # fmt: skip


def _known(m: Moment) -> str:
    """Results that are new since the last visit, and what images showed."""
    since = 24 * 45.0
    fresh = [
        n
        for n in _LABS
        if m.last(n, since) is not None
        and not (n == "inr" and "warfarin" not in {d for d, _ in m.home_drugs()})
    ]
    chosen = sorted(some(m.rng, fresh, min(3, len(fresh)), 7), key=_LABS.index)
    said = [_dated(m, name, since) for name in chosen]
    pictures = [i for i in m.desk.reading.images if m.at - 60 * DAY < i.at and i.end <= m.at]
    said += [f"{i.name.replace('-', ' ')} {m.day_of(i.at)}: {clause(i.words)}" for i in pictures[-2:]]
    return (
        sentence(m.say(_KNOWN, list="; ".join(said) if m.style.form % 2 else ", ".join(said))) if said else ""
    )


def _dated(m: Moment, name: str, since: float) -> str:
    text = m.tell(name, hours=since, trend=False)
    found = m.desk.reading.of(name).last(m.at, m.at - since * HOUR)
    assert found is not None
    before = m.desk.reading.of(name).last(found[0] - 20 * DAY, found[0] - 500 * DAY)
    if before is not None and m.rng.random() < 0.6:
        text += f" ({words.number(name, before[1])} {m.day_of(before[0])})"
    return text


def _assessment(m: Moment, visit: Visit) -> str:
    found = [
        f for f in m.desk.of("finding", visit.encounter_id) if f.at <= m.at + HOUR and f.polarity == "present"
    ]
    said = [f.words for f in found if f.name not in {"culture"}]
    parts = [sentence(m.say(_FINDINGS, list="; ".join(said)))] if said else []
    problems = m.desk.problems(m.at)
    lines: list[str] = []
    for name in shuffled(m.rng, [n for n in problems if n in _STATE])[
        : 1 if visit.purpose in {"anticoagulation", "acute"} else 3
    ]:
        text = _state(m, name)
        if text:
            lines.append(text)
    if m.style.layout == "problems":
        parts += [f"{n}. {line}" for n, line in enumerate(lines, 1)]
        return "\n".join(parts)
    return " ".join([*parts, *lines])


_STATE: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "hypertension": (("BP",), ("lisinopril", "losartan", "amlodipine", "hydrochlorothiazide", "chlorthalidone")),
    "diabetes-2": (("hba1c",), ("metformin", "metformin-1000", "insulin-glargine", "glipizide", "empagliflozin", "semaglutide")),
    "diabetes-1": (("hba1c",), ("insulin-glargine", "insulin-lispro")),
    "ckd-3": (("creatinine", "egfr"), ()), "ckd-3a": (("creatinine", "egfr"), ()), "ckd-3b": (("creatinine", "egfr"), ()),
    "ckd-4": (("creatinine", "egfr"), ()), "ckd-5": (("creatinine", "egfr"), ()),
    "hyperlipidemia": (("ldl",), ("atorvastatin", "atorvastatin-80", "rosuvastatin")),
    "hypothyroidism": (("tsh",), ("levothyroxine",)), "heart-failure": (("weight",), ("furosemide", "carvedilol", "torsemide")),
    "coronary-disease": ((), ("aspirin", "atorvastatin-80", "clopidogrel")), "copd": ((), ("tiotropium", "albuterol-inhaler")),
    "asthma": ((), ("fluticasone", "albuterol-inhaler")), "depression": ((), ("sertraline",)), "anemia": (("hemoglobin",), ("ferrous-sulfate",)),
    "atrial-fibrillation": (("heart-rate",), ("apixaban", "warfarin", "metoprolol-succinate")), "gerd": ((), ("omeprazole", "pantoprazole")), "atrial-fibrillation-permanent": (("heart-rate",), ("apixaban", "warfarin", "metoprolol-succinate", "metoprolol-tartrate")),
    "atrial-fibrillation-paroxysmal": (("heart-rate",), ("apixaban", "warfarin", "metoprolol-succinate", "metoprolol-tartrate")), "mixed-hyperlipidemia": (("ldl",), ("atorvastatin", "atorvastatin-80", "rosuvastatin", "ezetimibe")),
    "heart-failure-chronic-systolic": (("weight",), ("furosemide", "carvedilol", "torsemide", "bumetanide", "sacubitril-valsartan")), "heart-failure-chronic-diastolic": (("weight",), ("furosemide", "torsemide", "bumetanide", "empagliflozin")),
    "esrd": (("potassium", "phosphate"), ("sevelamer",)), "osteoarthritis": ((), ("acetaminophen",)),
}  # fmt: skip
_VIEW = templates(
    "$name2{ - |: }$told{, {stable|no change|continue|as before}|}{; {on $drugs|$drugs continued}|}",
    "$name2: {on $drugs|taking $drugs}, $told",
    "$told {for|in} $name2{, {continue $drugs|$drugs as is}|}",
)
_BARE = templates(
    "$name2: {on $drugs|taking $drugs}{, {stable|no change|tolerated|continue}{, {refilled|reviewed} $date| since $last|}|, {refilled|reviewed} $date| {without trouble|as before} since $last}",
    "$name2 {stable|unchanged|quiet} on $drugs {({reviewed|checked} $date)|since $last|($date){, continue|}}",
)


def _state(m: Moment, name: str) -> str:
    """A line on a lasting illness: a value and the medicines for it."""
    tests, drugs = _STATE[name]
    home = {d for d, _ in m.home_drugs()}
    on = listed([words.drug(d) for d in drugs if d in home and d in DRUGS])
    value = ""
    for test in tests:
        if test == "BP":
            tops, bottoms = m.readings("systolic", 3), m.readings("diastolic", 3)
            value = f"{tops[-1]:.0f}/{bottoms[-1]:.0f} today" if tops and bottoms else ""
        elif test in {"weight", "heart-rate"}:
            number = m.last(test, 3)
            value = (
                ""
                if number is None
                else f"weight {number:.1f} kg"
                if test == "weight"
                else f"rate {number:.0f}"
            )
        else:
            value = m.tell(test, hours=24 * 120, trend=False)
        if value:
            break
    called = words.condition(name, m.style.form)
    if value and on:
        return sentence(m.say(_VIEW, name2=called, told=value, drugs=on))
    if value:
        return sentence(f"{called}: {value}")
    return sentence(m.say(_BARE, name2=called, drugs=on)) if on else ""


def _plan(m: Moment, visit: Visit, after: float | None) -> str:
    done = m.desk.known(m.at + HOUR, "treatment", visit.encounter_id)
    done += [f.words for f in m.desk.of("treatment", None) if abs(f.at - visit.at) < 9 * HOUR]
    planned = [
        f.words
        for f in m.desk.of("plan", visit.encounter_id)
        if f.at <= m.at + HOUR and f.polarity == "present"
    ]
    parts: list[str] = []
    if done:
        parts.append(sentence(m.say(_DID, list="; ".join(done))))
    referred = referrals(m, visit.at - HOUR)
    if planned or referred:
        parts.append(sentence(m.say(_PLANNED, list="; ".join([*planned, *referred]))))
    parts.append(sentence(m.say(_BACK, gap=_gap(m, visit, after))))
    return " ".join(parts)


def _gap(m: Moment, visit: Visit, after: float | None) -> str:
    """Until the next visit, as it was then planned."""
    days = (after - visit.at) / DAY if after is not None else between(m.rng, 60, 190)
    days *= between(m.rng, 0.85, 1.1)
    if days < 12:
        return pick(m.rng, ("1 week", "a week", "7-10 days"))
    if days < 45:
        weeks = max(2, round(days / 7))
        return pick(m.rng, (f"{weeks} weeks", f"{weeks} wk", f"{weeks}-{weeks + 1} weeks"))
    months = max(2, round(days / 30.4))
    if months > 10:
        return pick(m.rng, ("one year", "a year", "12 months"))
    return pick(m.rng, (f"{months} months", f"{months} mo", f"{months}-{months + 1} months"))
