"""The summary of a stay that is over: what was found, what was done, with what the patient leaves. Or how they died."""

from __future__ import annotations

from collections.abc import Sequence

from ..chance import between
from ..clock import DAY, HOUR
from ..codes import DRUGS, PROCEDURES, SERVICES
from ..courses.facts import Topic
from . import words
from .assess import ANTIBIOTICS
from .desk import WEEKDAYS, Book, Desk
from .exam import examination
from .filing import put
from .grammar import Template, listed, pick, sentence, shuffled, some, templates
from .moment import Moment
from .objective import clause, spread
from .phrases import kind, stripped
from .story import allergies, past

OPERATIONS = frozenset({
    "central-line", "arterial-line", "intubation", "cardiac-catheterization", "thoracentesis", "thoracentesis-left", "paracentesis",
    "lumbar-puncture", "colonoscopy", "upper-endoscopy", "hip-fracture-repair", "hip-fracture-repair-left", "hip-hemiarthroplasty",
    "hip-hemiarthroplasty-left", "knee-replacement", "knee-replacement-left", "cholecystectomy", "cardioversion", "coronary-stent",
    "thrombectomy", "sigmoid-colectomy", "right-colectomy", "vaginal-delivery", "cesarean", "epidural", "breast-surgery",
    "bone-marrow-biopsy", "tumor-biopsy", "ercp", "abscess-drainage", "dialysis-catheter", "ureteral-stent",
})  # fmt: skip
"""Procedures with a note of their own, told of in the summary."""

_CAME = templates(
    "$age{-year-old|yo} $who with {$pmh|a history of $pmh} {admitted|who was admitted|brought in} {on $admitted |}with $problem{, {complaining of|after} $list|; presented with $list}",
    "$name{, $age,|} {was admitted|came in} {on $admitted |to $bed }{for|with} $problem{, having|, after} $list{; known $pmh|}",
    "{Admitted|Came in} $admitted {with|for} $problem ($list){ on a background of $pmh|, known for $pmh|}",
)
_LEAD = templates(
    "{Before this|Lead-up|Preceded by|Background}: $list {({per|told by} $kin)|(known on $admitted)|as told on arrival}",
    "{History|Of note}: $list, {{per|according to} {$kin|$name}|as reported {on arrival|on $admitted|in the ED}}",
)
_FOUND = templates(
    "{Work-up|Evaluation|Imaging and tests|Investigations} {showed|found|revealed}: $list",
    "{Notable findings|Findings of the stay|Key results|Results of note}: $list",
    "{In hospital|During the stay|On testing|Of note}, $list",
)
_DONE = templates(
    "{Treatment|Management|Treated as follows|Steps taken}: $list",
    "{Course of treatment|Under treatment|Therapy}: $list",
    "{Managed|Treated} with {the following|these steps}: $list",
)
_THEN = templates(
    "{Course|Events|Thereafter|Day by day}: $list",
    "{Then|In the days that followed|Afterwards|Later}, $list",
    "{By day $n|Over $n days|In the course of $n days}: $list",
)
_GIVEN = templates(
    "{Received|Was given|Treated with} $list {over $n days|during the stay|from $admitted on|until $when}",
    "{Medicines that mattered|In-hospital treatment|Main treatment}: $list{ ($n days)|, from $admitted|}",
)
_TREND = templates(
    "{Labs|Trend|Admission to discharge}: $list{ (last set $when)|}",
    "$list {from admission to discharge|over the stay|between $admitted and $when}",
    "{Laboratory course|Numbers}: $list{ by $when|}",
)
_STATE = templates(
    "{Condition at discharge|Discharge condition|On discharge}: {stable|good|improved|fair}, {$vitals|vitals $vitals}{, $walks|}{, {eating|tolerating diet}|}",
    "{Leaves|Discharged} {in {stable|good} condition|improved|stable}: $vitals{; $walks|}{, {oriented|alert}|}",
    "{At the time of discharge|Today|On the day of discharge} $vitals{, $walks|}; {feels ready|agrees with the plan|comfortable with going}",
)
_WALKS = (
    "walking with $aid",
    "ambulating with $aid",
    "gait steady",
    "needs help on stairs",
    "walks the hall",
    "independent in the room",
)
_HOME = templates(
    "{Discharged|Goes|Disposition:} $way {with|accompanied by} $kin{ at $time|}{, {transport|ride} {arranged|by $kin}|}",
    "{Disposition|Discharged to|Dispo}: $way {($date)|at $time|on $date}{, {$kin|family} {informed|will help|at bedside}|}",
    "{Leaves for|Going} $way{ at $time| {this|in the} {morning|afternoon}|}{ {with|driven by} {$kin|family|a volunteer}|, {$kin|family} told at $time}",
)
_FOLLOW = templates(
    "{Follow up with|See|Visit with} {primary care|PCP|the primary care office} {in|within} {one to two weeks|7-14 days|$span2|about $span2}{ ($wday if possible)|}{, {bring|with} {this summary|the medicine list|home logs}|}",
    "{Primary care|PCP} {visit|appointment} {in|within} {$span2|1-2 weeks}{, {office will call|call to schedule|date to be confirmed}| ($wday best)|, {with $kin|before $wday}}{; {labs at that visit|repeat {CBC|chem|labs} then}|}",
)
_RETURN = templates(
    "{Return|Come back|Call or return} {for|if|with}: $list{ - {discussed with|reviewed with} {$kin|$name|the patient}{ at $time|}|}",
    "{Told to|Asked to|Instructed to} {call|return} for $list{ (teach-back done {with $kin|at $time})|}",
)
_DEATH = templates(
    "{Despite|In spite of} {full treatment|these measures|all measures} {the patient|$name} {declined|worsened}; {pronounced|died} {at $time|on $date at $time}{ with $kin present|, $kin notified|}",
    "{Progressive decline|Continued to worsen}{; family meeting held, comfort became the goal|}; {time of death|pronounced} $time on $date{, {family|$kin} {at the bedside|notified by telephone}|}",
)


def discharge(desk: Desk, book: Book) -> str:
    """The summary; returns its id, empty where the stay goes on."""
    if not book.over:
        return ""
    at = book.end if book.died else book.end - between(desk.rng, 0.1, 1.6) * HOUR
    at = max(at, book.stay.start + HOUR)
    m = Moment(desk, at, book.doctor(at), book, desk.rng)
    head = m.style.heading
    days = max(1, round(book.days))
    titles = (
        ("DEATH SUMMARY", "Death summary")
        if book.died
        else ("DISCHARGE SUMMARY", "Discharge summary", "HOSPITAL DISCHARGE SUMMARY", "D/C SUMMARY")
    )
    rows = [
        pick(m.rng, titles),
        f"{head('Admitted')}: {m.day_of(book.stay.start)}  {head('Died' if book.died else 'Discharged')}: {m['date']}  ({days} day{'s' if days > 1 else ''}, {book.stay.bed})",
        f"{head('Diagnoses')}: {_diagnoses(m)}",
        f"{head(pick(m.rng, ('PMH', 'Past history', 'Background')))}: {past(m)}",
        f"{head(pick(m.rng, ('Hospital course', 'Course', 'Summary of stay')))}: {_course(m, days)}",
        _procedures(m),
    ]
    rows += [_ending(m)] if book.died else _leaving(m)
    return put(
        m,
        "discharge",
        "\n".join(r for r in [*rows, m.signed()] if r),
        hours=min(24.0 * days, 24.0 * book.days),
    )


def _diagnoses(m: Moment) -> str:
    assert m.book is not None
    names = [p.name for p in m.book.diagnoses if p.at <= m.at]
    said = list(dict.fromkeys(words.condition(n, m.style.form) for n in names))
    first = [m["problem"]] if not said or m.style.form % 3 == 0 else []
    return "; ".join(dict.fromkeys([*first, *said]))


def _course(m: Moment, days: int) -> str:
    book = m.book
    assert book is not None
    desk, key, n = m.desk, book.stay.encounter_id, str(days)
    when = m.day_of(m.at - 6 * HOUR)
    told = [
        f for f in desk.of("symptom", key) if f.polarity == "present" and f.at < book.stay.start + 8 * HOUR
    ]
    first = [stripped(f.words) for f in told if kind(f.words) == "noun"][:3]
    early = [
        f.words
        for f in (*desk.of("event", key), *desk.of("history", key))
        if f.polarity == "present" and f.at <= book.stay.start + HOUR
    ]
    parts = [
        sentence(
            m.say(_CAME, list=listed(shuffled(m.rng, first)) if first else m.say(book.illness.complaint))
        )
    ]
    if early:
        parts.append(sentence(m.say(_LEAD, list="; ".join(dict.fromkeys(early)))))
    chapters: tuple[tuple[Topic, Sequence[Template]], ...] = (
        ("finding", _FOUND),
        ("treatment", _DONE),
        ("event", _THEN),
    )
    for topic, frame in chapters:
        rows = sorted(
            (f for f in desk.of(topic, key) if f.polarity == "present" and f.at <= m.at), key=lambda f: f.at
        )
        if topic == "event":
            rows = [f for f in rows if f.at > book.stay.start + HOUR]
        said = list(dict.fromkeys(f.words for f in rows))
        if said:
            days_of = {f.words: m.day_of(f.at) for f in reversed(rows)}
            form = _ON[m.style.form % len(_ON)]
            dated = [
                form.format(w=w, d=days_of[w]) if m.rng.random() < 0.75 or len(said) == 1 else w
                for w in said[:6]
            ]
            parts.append(sentence(m.say(frame, list="; ".join(dated), n=n, when=when)))
    if not desk.of("finding", key):
        shown = [clause(i.words) for i in desk.reading.images if book.stay.start <= i.at and i.end <= m.at]
        if shown:
            parts.append(sentence(m.say(_FOUND, list="; ".join(dict.fromkeys(shown[:3])), when=when, n=n)))
    drugs = _drugs(m)
    if drugs:
        parts.append(sentence(m.say(_GIVEN, list=listed(drugs), n=n, when=when)))
    trend = _trend(m)
    if trend:
        parts.append(sentence(m.say(_TREND, list=", ".join(trend), when=when)))
    return " ".join(parts)


_ON = ("{w} ({d})", "{w} on {d}", "{d} {w}", "{w}, {d}", "{d}: {w}")
"""How the day of an event is told."""


_FLUIDS = frozenset({"sodium-chloride-iv", "sodium-chloride-infusion", "lactated-ringers"})


def _drugs(m: Moment) -> list[str]:
    """What mattered of what was given: antibiotics with their days, infusions."""
    book = m.book
    assert book is not None
    said: list[str] = []
    for drug in m.desk.reading.on(m.at, book.stay.start):
        doses = m.desk.reading.doses(drug, book.stay.start, m.at)
        span = int((doses[-1].at - doses[0].at) // DAY) + 1
        if drug in ANTIBIOTICS:
            said.append(f"{words.drug(drug)} for {span} day{'s' if span > 1 else ''}")
        elif (
            drug not in _FLUIDS
            and DRUGS[drug].route == "intravenous"
            and not DRUGS[drug].as_needed
            and len(doses) > 2
        ):
            said.append(words.drug(drug))
    return list(dict.fromkeys(said))[:5]


def _trend(m: Moment) -> list[str]:
    """First and last values of what was followed."""
    book = m.book
    assert book is not None
    said: list[str] = []
    for name in some(m.rng, list(dict.fromkeys([*book.illness.markers, "hemoglobin", "creatinine"])), 2, 5):
        rows = m.desk.reading.of(name).within(book.stay.start - 2 * HOUR, m.at)
        if len(rows) < 2:
            continue
        first, last = words.number(name, rows[0][1]), words.number(name, rows[-1][1])
        label = words.label(name, m.style.form)
        if first == last:
            continue
        said.append(f"{label} {first} to {last}" if m.style.form % 2 else f"{label} {first} -> {last}")
        m.cited.append((name, rows[-1][1]))
    return said


def _procedures(m: Moment) -> str:
    book = m.book
    assert book is not None
    rows = [d for d in m.desk.reading.procedures if book.stay.start <= d.at <= m.at and d.name in OPERATIONS]
    said = list(dict.fromkeys(f"{_lower(PROCEDURES[d.name].text or d.name)} {m.day_of(d.at)}" for d in rows))
    return sentence(f"{m.style.heading('Procedures')}: {'; '.join(said)}") if said else ""


def _lower(text: str) -> str:
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def signs_now(m: Moment) -> str:
    """The newest signs in a few words."""
    said: list[str] = []
    temp, rate, sat = m.last("temperature", 14), m.last("heart-rate", 14), m.last("spo2", 14)
    tops, bottoms = m.readings("systolic", 14), m.readings("diastolic", 14)
    if temp is not None:
        said.append(f"T {m.temperature(temp)}")
    if rate is not None:
        said.append(f"HR {rate:.0f}")
    if tops and bottoms:
        said.append(f"BP {spread(tops[-1:])}/{spread(bottoms[-1:])}")
    if sat is not None:
        said.append(f"SpO2 {sat:.0f}% {m.oxygen()}")
    return ", ".join(said)


def _ending(m: Moment) -> str:
    return sentence(m.say(_DEATH))


def _leaving(m: Moment) -> list[str]:
    book = m.book
    assert book is not None
    head = m.style.heading
    way = m.desk.reading.ways.get(book.stay.encounter_id, ("", "Home"))[1] or "Home"
    walks = pick(m.rng, _WALKS).replace("$aid", m.desk.life.aid)
    vital = signs_now(m)
    state = sentence(m.say(_STATE, vitals=vital, walks=walks)) if vital else ""
    weeks = pick(m.rng, ("one week", "two weeks", "10 days", "5-7 days"))
    plans = [
        f.words
        for f in m.desk.of("plan", book.stay.encounter_id)
        if f.holds(m.at) and f.at > book.end - 2 * DAY
    ]
    wday = WEEKDAYS[int(m.rng.random() * 5)]
    follow = [m.say(_FOLLOW, span2=weeks, wday=wday), *plans[:3], *referrals(m, book.stay.start)]
    back = some(m.rng, book.illness.back, 2, 4)
    return [
        f"{state} {examination(m) if m.rng.random() < 0.5 else ''}".strip(),
        sentence(m.say(_HOME, way=_lower(way))),
        f"{head(pick(m.rng, ('Discharge medications', 'Medications', 'Meds at discharge')))}: {_goes_with(m)}",
        f"{head('Allergies')}: {allergies(m)}",
        sentence(f"{head('Follow-up')}: {'; '.join(follow)}"),
        sentence(m.say(_RETURN, list=listed(back, "or"))) if back else "",
    ]


def referrals(m: Moment, since: float) -> list[str]:
    """Referrals that the chart holds, ordered since a time."""
    rows = [
        n
        for at, n, status in m.desk.reading.services
        if since <= at <= m.at and n.startswith("referral-") and status != "revoked"
    ]
    return [_lower(SERVICES[n].text or n.replace("-", " ")) for n in dict.fromkeys(rows)]


def _goes_with(m: Moment) -> str:
    """Home medicines at discharge, new ones marked."""
    book = m.book
    assert book is not None
    home = m.home_drugs()
    new = {o.drug for o in m.desk.reading.ordered if o.home and book.stay.start <= o.at <= m.at + HOUR}
    old = {o.drug for o in m.desk.reading.ordered if o.home and o.at < book.stay.start}
    said: Sequence[str] = [
        words.order(d, m.style.form, dose)
        + (pick(m.rng, (" (new)", " - NEW", " (started this stay)")) if d in new and d not in old else "")
        for d, dose in home
        if d in DRUGS
    ]
    return "; ".join(said) if said else pick(m.rng, ("none", "no regular medicines", "none regularly"))
