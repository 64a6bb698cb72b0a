"""Notes of a shift: how the patient was, what was done at the bedside, what was given as needed."""

from __future__ import annotations

from ..chance import between
from ..clock import HOUR, at_hour
from ..codes import DRUGS, PROCEDURES
from . import words
from .desk import Book, Desk
from .discharge import signs_now
from .filing import put, quiet
from .grammar import listed, pick, sentence, shuffled, some, templates
from .moment import Moment
from .phrases import recent

_REST = templates(
    "{Resting|Asleep|Awake|Dozing} {in bed|in chair|on rounds|with eyes closed} {at $time|on rounds|at shift change|when seen}{, {call light|call bell} {in reach|within reach}|}{, bed {low|locked}|}"
    "{, {side rails x2|bed alarm on|door open}|}",
    "{Received|Took over} {patient|pt} {at $time{, report from $off|}|from $off}{, in $bed|}: {awake|resting|alert}{ and {comfortable|calm}|}{, {no requests|asks for water|asks for a blanket}|}",
    "{Shift|Day|Night} {uneventful|quiet|without incident} {so far|to $time|on $bed}{, {rounded hourly|hourly rounds done}|}{, {$kin|family} {visiting|at the bedside|called}|}",
    "{Alert|Oriented|Pleasant|Cooperative}{ and {conversing|cooperative}|}, {turns self|moves in bed|gets up} {with help|on own|with one assist}{, {skin checked|linens changed} {at $time|}|}",
)
_EATEN = templates(
    "{Ate|Took} {25|50|75|100|40|60}% of {breakfast|lunch|supper|the tray}{, {fluids encouraged|good fluids|drinks when offered}|}",
    "{Appetite|Intake} {fair|poor|good|better}{ at {lunch|supper|breakfast}|, {supplement|juice} {taken|offered}|}",
    "{Voided|Up to void} {x1|x2|x3|x4}{, {clear|yellow|amber} urine|}{, {no BM|BM x1|soft BM} this shift|}",
)
_PAINED = templates(
    "Pain {rated |}$pain/10{ at {$time|rest}|}{, $where|}{, {repositioning|ice|rest} {helped|offered}|}",
    "{Rates|Reports} pain $pain{/10| of 10}{ ({$time|on movement})|}{, {acceptable to patient|goal 3}|}",
)
_NEEDED = templates(
    "{$drug given {at $when|$when}|gave $drug at $when|PRN $drug $when}{ with {relief|fair effect|good effect}|, {reassessed|rechecked} {in 1 h|after an hour}|}",
    "{Medicated with|Given} $drug at $when{, {resting after|settled|effective}|}",
)
_CARE = templates(
    "{Done this shift|Care given|Completed|Tasks}: $list{ ($time)| by $time|, {all|each} tolerated, $time| with {one assist|help of aide} at $time}",
    "{Care|Rounds|Rounding}: $list{, tolerated well at $time|, {no issues|patient tolerated} ($time)|; {next round|back} at $next}",
    "$list {done|completed|per plan} {by $time|at $time, {repeat next shift|next due in 4 h}|($time){, {no distress|tolerated}|}}",
)
_SIGNS = templates(
    "{VS|Vitals|Vital signs}{ at $time|}: $signs",
    "$signs{ at $time|}",
    "{Last set|Obs}: $signs{, {provider aware|within parameters for this patient}|}",
)
_HAPPENED = templates(
    "{Events|This shift|Since last note}: $list{, {MD|provider} {aware|notified}|}",
    "$list{ ({MD|team} aware)|, {charted|noted} $time|}",
)
_END = templates(
    "{Will continue to monitor|Continue plan of care|Monitoring continues|Plan of care continues|Will follow}{, {next check|recheck} {in {1|2|4} h|at $next}{, {handoff to|report to} {$on|oncoming RN}|}|, {handoff to|report to} $on| on $bed, {pain|comfort} to be {reassessed|checked} at $next}",
    "{Handed off|Report given} to {$on{ at $time|}|$on|oncoming nurse at $time}{, questions answered|}",
    "{Safety|Fall} {precautions|measures} {kept|in place}{, {call light|phone|glasses} within reach{ at $time|}|, will {recheck|follow} {at $next|by $next}| on $bed| through $time}",
)
_LINE = templates(
    "{PIV|IV|Line} ($iv) {patent|flushes well|clean|without redness}{, {dressing|site} {dry|intact|changed $time}|}",
    "{IV site|Site} $iv {clean, dry|without redness}{, {flushed|saline locked} {at $time|}| at $time}",
)
_ROUTINE = frozenset({"turn-reposition", "oral-care", "iv-site-care", "mobilization", "incentive-spirometry", "fall-risk-assessment", "skin-assessment", "wound-care",
                      "medication-reconciliation", "neurologic-check", "physical-therapy"})  # fmt: skip


def nursing(desk: Desk, book: Book) -> None:
    """Shift notes of a stay: about two days in five have one."""
    day = 0
    rng = desk.rng
    while True:
        share = 0.36 if day < 8 else 0.16
        for hour in (between(rng, 10, 18), between(rng, 20, 29)):
            at = at_hour(book.stay.start, hour % 24, day + int(hour // 24))
            if at < book.stay.start + 4 * HOUR or rng.random() > share / 2 * (
                1.3 if book.stay.in_icu(at) else 1.0
            ):
                continue
            if at > book.end - HOUR:
                return
            _shift(Moment(desk, at, book.nurse(at), book, rng))
        day += 1
        if at_hour(book.stay.start, 8, day) > book.end:
            return


def _shift(m: Moment) -> None:
    book = m.book
    assert book is not None
    more = {
        "next": m.clock(m.at + (1 + int(m.rng.random() * 3)) * HOUR),
        "off": book.nurse(m.at - 12 * HOUR).name,
        "on": book.nurse(m.at + 12 * HOUR).name,
    }
    parts = [m.say(_REST, **more)]
    optional = [
        _pain(m),
        _needed(m),
        _care(m),
        m.say(_EATEN) if m.rng.random() < 0.5 else "",
        m.say(_LINE) if m.rng.random() < 0.25 else "",
    ]
    now = signs_now(m) if m.rng.random() < (0.2 if quiet(m) else 0.45) else ""
    if now:
        optional.append(m.say(_SIGNS, signs=now))
    events = [f.words for f in recent(m, "event", 11)]
    if events:
        optional.append(m.say(_HAPPENED, list="; ".join(events[:3])))
    kept = [p for p in optional if p]
    parts += shuffled(m.rng, kept)[: 2 + int(m.rng.random() * 3)]
    if m.rng.random() < 0.6:
        parts.append(m.say(_END, **more))
    text = " ".join(sentence(p) for p in parts)
    if m.rng.random() < 0.35:
        text = f"{pick(m.rng, ('NURSING NOTE', 'Nursing shift note', 'RN NOTE', 'Nurse note'))} {m['date']}\n{text}"
    if m.rng.random() < 0.5:
        text += f"\n{m.signed()}"
    put(m, "nursing", text, hours=between(m.rng, 0.2, 6.0))


def _pain(m: Moment) -> str:
    pain = m.last("pain", 8)
    if pain is None:
        return ""
    assert m.book is not None
    where = pick(m.rng, ("aching", "dull", "comes and goes", "with movement", "sharp at times"))
    return m.say(_PAINED, pain=f"{pain:.0f}", where=where if pain > 0 else "comfortable") if pain else ""


def _needed(m: Moment) -> str:
    """One medicine given as needed in this shift."""
    doses = [
        g for drug in m.desk.reading.on(m.at, m.at - 8 * HOUR) if DRUGS[drug].as_needed
        for g in m.desk.reading.doses(drug, m.at - 8 * HOUR, m.at)
    ]  # fmt: skip
    if not doses:
        return ""
    dose = pick(m.rng, doses)
    return m.say(_NEEDED, drug=words.drug(dose.drug), when=m.clock(dose.at))


def _care(m: Moment) -> str:
    rows = [
        d.name for d in m.desk.reading.procedures if m.at - 9 * HOUR < d.at <= m.at and d.name in _ROUTINE
    ]
    names = list(dict.fromkeys(rows))
    if not names:
        return ""
    said = [(PROCEDURES[n].text or n).lower().replace(" iv ", " IV ") for n in some(m.rng, names, 1, 4)]
    return m.say(_CARE, list=listed(said), next=m.clock(m.at + 2 * HOUR))
