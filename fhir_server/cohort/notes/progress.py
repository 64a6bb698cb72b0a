"""The daily note of a stay, with what people copy forward, and what has to be added or taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..chance import between
from ..clock import DAY, HOUR, at_hour
from .assess import plan_lines
from .desk import Book, Desk
from .exam import examination
from .filing import put, quiet
from .grammar import listed, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import cultures, images, results, vitals
from .phrases import denied, ended, kind, recent, stripped
from .rates import RATES
from .retracted import misfiled

_NIGHT = templates(
    "{slept|rested|dozed} {well|fairly well|on and off|four to five hours|poorly|in stretches}{, {nurses report|per nursing} {no events|a quiet night|nothing new}|, up "
    "{once|twice} to the bathroom|, woken for {vitals|labs}|, {ear plugs|eye mask} helped|}{; {seen|examined} at $time|}",
    "{quiet|uneventful|restless} {night|overnight}{ on $ward| in $bed| by report|}{, {no calls|one call} to the night team|, {night nurse|night team} without concerns|}",
    "{no acute|no} {events|issues} {overnight|since last evening|o/n}{ per {nursing|night float|sign-out}|}{, {seen|visited} at $time| (HD $hd)|, $kin {called|visited}|}",
    "{overnight|last night} {nothing new|no change|stable|without event}{ by {nursing|night} report|}{, {asks about going home|wants to walk more|asks for coffee|"
    "wants the window bed}|, {watching TV|reading} when seen at $time|}",
)
_EATS = templates(
    "{ate|eating} {most|half|about a third|all|a quarter|some} of {breakfast|supper|meals|the tray}{, {no|without} nausea|, {drinking|taking fluids} {well|some}|}{, asks for "
    "{salt|tea|real coffee|fruit}|}",
    "{appetite} {fair|better|returning|small|good|low}{, {finished|had} {soup|toast|oatmeal|eggs|yogurt|crackers} {this morning|at $time}|}",
    "{tolerating|managing} {diet|meals|liquids}{, {last BM|BM} {yesterday|this morning|two days ago|overnight}|}",
)
_MOVES = templates(
    "{walked|up} {to the bathroom|in the hall|$n2 laps|around the unit|to the chair} {with {help|walker|one assist|PT|nursing}|on $his own}{ {yesterday|this morning}|}",
    "{out of bed|OOB} {to chair|for meals|most of the {morning|afternoon}}{ {yesterday|so far}|}{, {steady|a bit unsteady|tired after}|}",
)
_FEELS = templates(
    "{feels|says $he feels|reports feeling} {{better|stronger|a bit better|more like $himself}{ than yesterday| than on arrival|}|about the same|tired|okay|'not great'|'so-so'|improved|rested}{ {today|this "
    "morning}|}{, {worried about|asks about} {the plan|going home|work|a pet at home|test results}|}",
    "{overall|on the whole} {better|unchanged|a little better|slowly better}{, per {patient|$kin|both}|}",
)
_TODAY = templates(
    "{Overnight|Since yesterday|Interval|Events|Last 24 h}: $list",
    "{Interval events|Interim|24h events}: $list{ ({per nursing|per chart|as charted})|}",
    "{Since the last note|In the interval}, $list{, HD $hd|}",
)
_GONE = templates(
    "{no more|no further|no longer} $list",
    "$list {gone|resolved|has settled|better}{ {since yesterday|by this morning|now}|}",
    "{relief of|free of} $list{ today|}",
)
_STILL = templates(
    "{still|ongoing|some|persistent|continued} $list{, {less than|a bit less than|about as much as} yesterday|}",
    "$list {persists|continues|as before|about the same}{ today|}",
)
_PAIN = templates(
    "{pain|pain score} {is |}$pain/10{ at {rest|$clock}|}{, {worse with movement|eased by {tablets|position|ice}|tolerable}|}",
    "{rates|puts} pain at $pain{ out of ten|/10}{ this morning|}",
)


_FIGURES = re.compile(r"\d\d")


@dataclass(slots=True)
class Before:
    """The note of the day before as far as it may be copied."""

    vitals: str = ""
    labs: str = ""
    exam: str = ""
    plan: list[str] = field(default_factory=list[str])
    stale: tuple[str, ...] = ()


def progress(desk: Desk, book: Book) -> list[str]:
    """All daily notes of a stay; returns their ids."""
    written: list[str] = []
    before: Before | None = None
    rng = desk.rng
    day = 1
    while (at := at_hour(book.stay.start, between(rng, 6.8, 11.5), day)) < book.end - 1.5 * HOUR:
        day += 1
        if at < book.stay.start + 9 * HOUR or (
            not book.stay.in_icu(at) and rng.random() < _skipped(book, at)
        ):
            continue
        m = Moment(desk, at, book.doctor(at), book, rng)
        key, before = _one(m, before)
        written.append(key)
        _after(m, key)
        if rng.random() < RATES["note-wrong-patient"].share * 1.15:
            misfiled(Moment(desk, at + between(rng, 0.3, 2) * HOUR, book.doctor(at), book, rng), book)
    return written


def _skipped(book: Book, at: float) -> float:
    """How often nobody files a note: in a long stay the more often."""
    days = (at - book.stay.start) / DAY
    return 0.09 if days < 9 else 0.25 if days < 25 else 0.55


def _one(m: Moment, before: Before | None) -> tuple[str, Before]:
    copied, wrong = _chance(m, before)
    now = Before(vitals(m), results(m), examination(m), plan_lines(m, 3 if m.style.shortens else 4))
    now.stale = tuple(f"{name} {value:g}" for name, value in m.cited)
    used = Before(now.vitals, now.labs, now.exam, list(now.plan), now.stale)
    gainsays = False
    if before is not None and copied:
        if wrong and before.labs and before.labs != now.labs and now.labs:
            used.labs, gainsays = before.labs, True
            if len(before.plan) > 2 and m.rng.random() < 0.35:
                used.plan = [used.plan[0], *before.plan[1:-1], used.plan[-1]]
        elif before.exam and not (quiet(m) and _FIGURES.search(before.exam)):
            used.exam = before.exam
        else:
            copied = False
    else:
        copied = False
    text = _laid_out(m, used)
    key = put(m, "progress", text, hours=between(m.rng, 0.2, 0.8))
    if copied:
        m.desk.chart.mark("note-copied-forward", key)
        if gainsays:
            m.desk.chart.mark("note-contradicts", key)
    return key, used


def _chance(m: Moment, before: Before | None) -> tuple[bool, bool]:
    """(whether something is copied, whether it is values that are no longer true)."""
    if before is None:
        return False, False
    share = RATES["note-copied-forward"].share * 1.12
    draw = m.rng.random()
    return draw < share, draw < RATES["note-contradicts"].share * 1.1 and not quiet(m)


def subjective(m: Moment) -> str:
    """What the patient says and what happened: two to five clauses."""
    rng = m.rng
    parts: list[str] = []
    events = [f.words for f in recent(m, "event", 25)] + [f.words for f in recent(m, "treatment", 25)]
    if events:
        parts.append(sentence(m.say(_TODAY, list="; ".join(events[-4:]))))
    himself = {"himself": "herself" if m.female else "himself"}
    pool = [_NIGHT, _EATS, _FEELS, _MOVES]
    if m.last("gcs", 8) is not None and (m.last("gcs", 8) or 15) < 11:
        return " ".join([*parts, _sedated(m)])
    icu = m.book is not None and m.book.stay.in_icu(m.at)
    chosen = some(rng, pool[: 3 if icu else 4], 1, 3 if not events else 2)
    clauses = [m.say(t, **himself) for t in chosen]
    pain = m.last("pain", 10)
    if pain is not None and pain > 0 and rng.random() < 0.5:
        clauses.append(m.say(_PAIN, pain=f"{pain:.0f}", clock=m["time"]))
    still = (
        [stripped(w) for w in m.desk.known(m.at, "symptom", m.book.stay.encounter_id) if kind(w) == "noun"]
        if m.book
        else []
    )
    gone = [stripped(f.words) for f in ended(m, 26) if kind(f.words) == "noun"]
    if still and rng.random() < 0.75:
        clauses.append(m.say(_STILL, list=listed(some(rng, still, 1, 2))))
    if gone:
        clauses.append(m.say(_GONE, list=listed(some(rng, gone, 1, 2), "or")))
    mark = "; " if m.style.form % 2 else ", "
    parts.append(sentence(mark.join(shuffled(rng, clauses))))
    if rng.random() < 0.7:
        parts.append(denied(m, 3, extra=m.book.illness.denies if m.book else ()))
    return " ".join(p for p in parts if p)


_ASLEEP = templates(
    "{sedated|on the ventilator, sedated|intubated and sedated}{, {opens eyes to voice|no purposeful movement|follows commands off sedation}|}{, {history|report} from {nursing|"
    "$kin|the night team}|}{, seen at $time|}",
    "{unable to give a history|history limited} ({mental status|sedation}){, {family|$kin} {at bedside|by phone|updated}|}{; HD $hd, $time|}",
)


def _sedated(m: Moment) -> str:
    return sentence(m.say(_ASLEEP))


def _data(m: Moment, used: Before) -> str:
    said = [used.vitals, used.labs]
    pictures = images(m, m.at - 26 * HOUR)
    said += [sentence(p) for p in pictures[:2]]
    grown = cultures(m)
    if grown and m.rng.random() < 0.4:
        said.append(
            sentence(
                f"{pick(m.rng, ('Micro', 'Cultures', 'Microbiology', 'Cx'))}: {'; '.join(some(m.rng, grown, 1, 2))}"
            )
        )
    return "\n".join(s for s in said if s)


_TITLES = (
    "PROGRESS NOTE",
    "Progress note",
    "Daily progress note",
    "MEDICINE PROGRESS NOTE",
    "Inpatient progress note",
    "HOSPITAL DAY NOTE",
)


def _laid_out(m: Moment, used: Before) -> str:
    layout, head = m.style.layout, m.style.heading
    said = subjective(m)
    title = f"{_TITLES[m.style.form % len(_TITLES)]} {m['date']} (HD {m.day})"
    service = m.author.specialty
    data = _data(m, used)
    match layout:
        case "soap":
            if m.style.lower:
                said = said[:1].lower() + said[1:]
            lines = [
                f"S: {said}",
                f"O: {data}",
                used.exam,
                "A/P:",
                *(f"{m.style.bullet}{p}" for p in used.plan),
            ]
        case "problems":
            lines = [f"{head('Interval')}: {said}", data, f"{head('Exam')}: {used.exam}", f"{head('Problems')}:",
                     *(f"{n}. {p}" for n, p in enumerate(used.plan, 1))]  # fmt: skip
        case "boxes":
            lines = [f"[{head('Subjective')}] {said}", f"[{head('Objective')}] {data}", f"[{head('Exam')}] {used.exam}",
                     f"[{head('Assessment/Plan')}]", *(f"{m.style.bullet}{p}" for p in used.plan)]  # fmt: skip
        case _:
            body = [said, data.replace("\n", " "), used.exam, " ".join(used.plan)]
            return "\n".join([f"{m['date']} {m['time']}  {service}", *body, m.signed()])
    return "\n".join([title, *(line for line in lines if line), m.signed()])


# -- what comes after a note

_LATE = templates(
    "Addendum: {$lab came back after rounds|resulted since: $lab|later result reviewed: $lab}; {plan unchanged|no change of plan|will repeat in the morning|discussed with $nurse}{ "
    "at $time|}",
    "Addendum {$date|$time}: {reviewed|noted} $lab{, {nurse|$nurse} aware|}{; plan as above|}",
)
_TALK = templates(
    "Addendum: {spoke with|met with|updated} $relative {at $time|this afternoon}, {questions answered|understands the plan|agrees with the plan}{, {code status|goals} "
    "{unchanged|reviewed}|}",
    "Addendum: {discussed at|reviewed in} {multidisciplinary|unit|discharge} rounds {$time|$date}, {no change|agree with the plan above|therapy and case management aware}",
    "Addendum: {patient seen again|re-examined|seen a second time} at $time, {unchanged|comfortable|no new findings}{, {nurse|$nurse} {present|aware}|}",
    "Addendum: {attending|I} {saw and examined|examined} the patient {with the team|on rounds} {at $time|$date}, {agree with|in agreement with} {the above|findings and plan}",
)


def _after(m: Moment, key: str) -> None:
    share = RATES["note-addendum"].share - RATES["note-wrong-patient"].share
    if m.rng.random() < share:
        later = Moment(m.desk, m.at + between(m.rng, 1.5, 7) * HOUR, m.author, m.book, m.rng)
        if m.book is None or later.at > m.book.end - HOUR / 2:
            return
        nurse = m.book.nurse(later.at).family
        fresh = [
            n
            for n in ("creatinine", "wbc", "hemoglobin", "sodium", "lactate", "inr", "crp")
            if _newer(m, later, n)
        ]
        if fresh and not quiet(later):
            text = later.say(_LATE, lab=later.tell(pick(m.rng, fresh)), nurse=nurse)
        else:
            text = later.say(_TALK, nurse=nurse)
        added = put(later, "progress", f"{sentence(text)}\n{later.signed()}", appends=key)
        m.desk.chart.mark("note-addendum", added)


def _newer(m: Moment, later: Moment, name: str) -> bool:
    series = m.desk.reading.of(name)
    old, new = series.last(m.at), series.last(later.at)
    return new is not None and (old is None or new[0] > old[0]) and new[0] > m.at - 3 * HOUR
