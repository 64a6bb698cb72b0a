"""The first notes of a stay: the emergency note and the admission history and physical."""

from __future__ import annotations

from collections.abc import Sequence

from ..chance import between
from ..clock import HOUR
from ..hospital import house
from .assess import ailing, closing, principal
from .chronic import lasting
from .desk import Book, Desk, author_of
from .exam import examination
from .filing import put
from .grammar import listed, pick, sentence, some, templates
from .moment import Moment
from .objective import images, results, vitals
from .phrases import denied, present, told
from .story import allergies, history, medicines, operations, past, relatives, social

_HEADINGS: Sequence[tuple[str, ...]] = (
    ("Chief complaint", "CC", "Reason for admission", "Presenting complaint"),
    ("History of present illness", "HPI", "HPI", "Present illness"),
    ("Past medical history", "PMH", "PMHx", "Past history"),
    ("Past surgical history", "PSH", "PSHx", "Operations"),
    ("Home medications", "Meds", "Medications on admission", "Outpatient medications"),
    ("Allergies", "Allergies", "All", "Allergies/reactions"),
    ("Family history", "FH", "FHx", "Family"),
    ("Social history", "SH", "SocHx", "Social"),
    ("Review of systems", "ROS", "ROS", "Systems"),
    ("Physical examination", "PE", "Exam", "Objective"),
    ("Data", "Labs/studies", "Data", "Results"),
    ("Assessment and plan", "A/P", "Assessment/Plan", "Impression and plan"),
)
_SUMMARY = templates(
    "$age{-year-old|yo} $who with {$pmh|h/o $pmh} {admitted|being admitted|coming in} {to $bed |}{with|for} $problem{, HD 1|, $date|}",
    "{In summary|Impression|In short}, {a |this is a |}$age{-year-old|yo} $who {with $pmh |}{admitted for|who needs admission for|with} $problem{ on $date|}",
    "$problem in a $age{-year-old|yo} $who {with|known for|and} $pmh",
)
_ADMIT = templates(
    "{Admit|Admitted} to $bed{ under {$md|medicine}|}{, {inpatient status|expected stay >2 midnights|telemetry as needed}|}{, discussed with $relative at $time|}",
    "{Disposition|Dispo}: {admit to $bed|$ward, bed $bed}{, {discussed with|plan reviewed with} {the patient|$name|$relative}{ at $time|}|}",
    "{Bed|Goes to} $bed{, accepted {at $time|by $md}|}; {plan discussed with|goals discussed with} {the patient|$relative}{, questions answered|}",
)
_SURGERY = templates(
    "{Scheduled|Elective|Planned} {admission|surgery} {today|$date}: {consent signed|consent confirmed}, {fasting since midnight|nothing by mouth since midnight}{, "
    "{site marked|medicines reviewed} at $time|}",
    "{Comes in for|Admitted for} {planned|elective} surgery{ $date|}, {pre-operative clearance on file|cleared beforehand}, {side and site confirmed|questions answered "
    "with $relative}{ at $time|}",
)


def emergency(desk: Desk, book: Book) -> None:
    """The note of the emergency department, for those who came that way."""
    source = desk.reading.ways.get(book.stay.encounter_id, ("", ""))[0]
    at = book.stay.start + between(desk.rng, 0.5, 1.1) * HOUR
    if not source.startswith("Emergency") or book.planned or book.stay.reason == "delivery" or at > book.end:
        return
    staff = house(desk.seed).of_specialty("Emergency medicine")
    m = Moment(desk, at, author_of(desk.seed, pick(desk.rng, staff)), book, desk.rng)
    head = m.style.heading
    parts = [
        pick(m.rng, ("EMERGENCY DEPARTMENT NOTE", "ED NOTE", "ED PROVIDER NOTE", "Emergency physician note")),
        f"{head(pick(m.rng, ('Chief complaint', 'CC', 'Presenting')))}: {_complaint(m)}",
        f"{head('HPI')}: {history(m, short=True)}",
        f"{head('PMH')}: {past(m)}. {head('Allergies')}: {allergies(m)}.",
        vitals(m, 3),
        examination(m),
        results(m, hours=3),
        *images(m, book.stay.start - HOUR),
        _decision(m),
        m.signed(),
    ]
    put(m, "emergency", "\n".join(p for p in parts if p), hours=between(m.rng, 0.3, 0.6))


_MDM = templates(
    "{MDM|Medical decision making|ED impression|Impression}: $problem {in|on a background of} {$pmh|this patient with $pmh}{; considered {other causes|alternatives} given $exam|}",
    "{Clinical impression|Working diagnosis|ED diagnosis}: $problem{, {moderate|high} acuity|}{; {stable|guarded} at $time|}",
)
_HANDOVER = templates(
    "{Dispo|Disposition}: {admit|admitted} to $bed, {discussed with|handed over to|signed out to} $doctor at $time{, family updated|, $relative informed|}",
    "{Admitted|Accepted for admission} ($bed) {by|per} $doctor{ at $time|}; {condition|status} {stable|guarded|fair}{, $relative aware|}",
)


def _decision(m: Moment) -> str:
    assert m.book is not None
    doctor = m.book.doctor(m.at).name
    exam = pick(m.rng, ("the exam", "the story", "the history", "first labs"))
    return sentence(m.say(_MDM, exam=exam)) + " " + sentence(m.say(_HANDOVER, doctor=doctor))


def _complaint(m: Moment) -> str:
    book = m.book
    assert book is not None
    own = m.desk.known(m.at, "symptom", book.stay.encounter_id)
    if book.planned:
        return m.say(_CHIEF, said=m["reason"])
    if not own:
        return m.say(book.illness.complaint)
    said = listed(some(m.rng, own, 1, 2), pick(m.rng, ("and", "&", "/", "and")))
    return m.say(_CHIEF, said=said)


_CHIEF = templates(
    "$said",
    "$said ({per {patient|$kin}|triage $time|$age $sx})",
    '"$said"',
    "$said, {$age yo $who|per {patient|$kin|EMS}|arrived $time|since {this morning|yesterday|last night}}",
    "$said {in a $age{ y/o|yo|-year-old} $who|as told by $kin|on $date}",
    "$age $sx, $said",
)


def admission(desk: Desk, book: Book) -> str:
    """The history and physical; returns its id, empty where the stay was too short for one."""
    at = book.stay.start + between(desk.rng, 1.3, 3.6) * HOUR
    if at > book.end - 0.2 * HOUR:
        return ""
    m = Moment(desk, at, book.doctor(at), book, desk.rng)
    name = m.style.form % 4
    head = {row[0]: m.style.heading(row[name]) for row in _HEADINGS}
    opening = pick(
        m.rng,
        ("HISTORY AND PHYSICAL", "H&P", "ADMISSION NOTE", "Admission history and physical", "ADMISSION H&P"),
    )
    sections = [
        (head["Chief complaint"], _complaint(m)),
        (head["History of present illness"], history(m)),
        (head["Past medical history"], past(m)),
        (head["Past surgical history"], operations(m)),
        (head["Home medications"], medicines(m)),
        (head["Allergies"], allergies(m)),
        (head["Family history"], relatives(m)),
        (head["Social history"], social(m)),
        (head["Review of systems"], systems(m)),
        (head["Physical examination"], f"{vitals(m, 5)} {examination(m, full=True)}"),
        (
            head["Data"],
            " ".join([results(m, hours=6, most=13), *map(sentence, images(m, book.stay.start - 3 * HOUR))]),
        ),
    ]
    lines = [_section(m, title, text) for title, text in sections if text.strip()]
    lines.append(f"{head['Assessment and plan']}:\n{plan(m)}")
    return put(
        m, "admission", "\n".join([f"{opening}  {m['date']} {m['time']}", *lines, m.signed()]), hours=1.0
    )


def _section(m: Moment, title: str, text: str) -> str:
    text = text.strip()
    return f"{title}\n{text}" if m.style.form % 5 == 0 and len(text) > 60 else f"{title}: {text}"


def systems(m: Moment) -> str:
    """The review of systems: mostly a list of what is not there."""
    book = m.book
    assert book is not None
    here = present(m)
    negatives = denied(m, 6, extra=(*book.illness.denies, *_ASKED))
    if here and m.rng.random() < 0.4:
        return f"{told(m, some(m.rng, here, 1, 2))} {negatives}"
    return negatives


_ASKED = ("headache", "sore throat", "new rash", "joint pain", "visual change", "weight loss", "dysuria", "calf pain", "night sweats", "diarrhea",
          "constipation", "swollen glands", "low mood", "tremor", "easy bruising", "ringing in the ears")  # fmt: skip


def plan(m: Moment) -> str:
    """The assessment and plan on the day of admission."""
    book = m.book
    assert book is not None
    ending = m.say(_SURGERY if book.planned else _ADMIT)
    items = [principal(m), *ailing(m)[:3], *lasting(m, 4), closing(m)]
    items = [i for i in items if i]
    text = sentence(m.say(_SUMMARY)) + "\n"
    if m.style.layout == "prose":
        return text + " ".join(items) + " " + sentence(ending)
    if m.style.layout == "problems":
        return text + "\n".join(f"{n}. {item}" for n, item in enumerate([*items, sentence(ending)], 1))
    return text + "\n".join(f"{m.style.bullet}{item}" for item in [*items, sentence(ending)])
