"""Messages through the portal with their answers, result notifications, and notes of telephone calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..chance import between
from ..clock import DAY, HOUR, MINUTE, at_hour, local
from ..codes import DRUGS
from ..hospital import CLINIC, Practitioner, house
from ..plan import Json
from . import words
from .desk import Author, Desk, author_of
from .filing import put
from .grammar import Template, listed, pick, sentence, shuffled, some, templates
from .moment import Moment


@dataclass(frozen=True, slots=True)
class Thread:
    """One kind of message: its topics, what the patient writes, what the office answers."""

    topics: Sequence[str]
    asks: Sequence[Template]
    answers: Sequence[Template]


_HELLO = templates(
    "{Hi|Hello|Good morning|Good afternoon|Dear}{ Dr. $doctor| doctor| all| team|},",
    "{Hi|Hello} {this is|it's} $given $family{, born $born|}.",
    "{Dr. $doctor|To the office},",
    "",
)
_BYE = templates(
    "{Thanks|Thank you|Many thanks|Thx}{, $given|, $given $family| in advance| for your help|}{.|!|}",
    "{Best|Regards|Sincerely},{ $given| $given $family}",
    "",
    "$given",
)
_THREADS: Mapping[str, Thread] = {
    "refill": Thread(
        ("Refill", "Medication renewal", "Prescription refill", "Refill request"),
        templates(
            "{Could you|Can you|Please} {renew|refill} my $drug{ at $pharmacy|}? {I have {about |}{a week|five days|ten days|two weeks} left|I am down to {six|four|eight} pills|The bottle says no refills}{, I take it {daily|as told}|}.",
            "{The pharmacy ($pharmacy)|$pharmacy} {says|told me} they {need|are waiting for} {your okay|a new prescription} for $drug. {Can you send it {today|this week|before $weekday|by $hour}|Could someone {at the office |}look into it{ before $weekday| please|}}?",
            "{Running low on|Almost out of} $drug{ and going away on $weekday|}. {A 90 day supply would be easier|Same pharmacy as before|Please send to $pharmacy}{ if possible|}.",
        ),
        templates(
            "{Hello|Hi} {$mr|$given}, {this was sent to|the renewal went to|we have sent the renewal to} $pharmacy{ this {morning|afternoon}|}. {Please allow {a day|24 hours}|It should be ready {tomorrow|later today}}{ before picking up|}.",
            "{$drugcap has been|Your $drug was} renewed{ for {90 days|three months|30 days}|}. {Call us if the pharmacy has questions|Keep your next visit}{, please|}.",
        ),
    ),
    "appointment": Thread(
        ("Appointment", "Reschedule", "Visit time"),
        templates(
            "{I need to|Can I|Is it possible to} {move|change|reschedule} my {appointment|visit}{ next month| on $weekday|}? {Mornings|Afternoons|Any day but $weekday} {are best|would work}{, my $kin drives me|}.",
            "{My $kin cannot drive me on $weekday|I will be away that week|Work changed my shift}, so {can we find another day|I have to move the visit|please give me a later slot}{. After $hour is fine|}.",
            "{When is|What time is} my next {visit|appointment}{ with you|}? I {lost the card|cannot find it in the portal|think it was moved}{ and want to ask my $kin for a ride|}.",
        ),
        templates(
            "{Hi $given, we|We} {can offer|have} $weekday at $hour{ or {later|earlier} that week|}. {Reply|Call} {to confirm|if that works}{, please|}.",
            "{The front desk|Scheduling} will call you {today|tomorrow}{ after $hour|} to {find|set} another time{, $mr|}.",
        ),
    ),
    "results": Thread(
        ("Results", "Lab results", "Question about results"),
        templates(
            "{I saw|I got} {new results|the labs from $labday} in the portal. {Is there anything I should do{ before $weekday| about the $test|}|Should I worry about $test|What does the $test mean}?{ I feel {fine|the same|a bit tired}.|}",
            "{About the blood test|The labs} {on|from} $labday: {my $test is flagged|it says $test is out of range|what was the $test before}? {Can someone explain{ the $test|}|Should I call {on $weekday|after $hour|about it}|Do I need to change {anything|my $drug|what I eat}}?",
        ),
        templates(
            "{Hello $given,|Hi,} {I looked at|we reviewed} {them|the results from $labday}: {nothing that changes your treatment|we will go over them at the visit|about what we expected}. {No change for now|Keep taking your medicines as listed}.",
            "{Thanks for asking|Good question}, {$mr|$given}. {The $test is {close to|in line with} what you had before|We follow the $test over time}; {no action needed|we repeat it at the next visit}{ from your side|}.",
        ),
    ),
    "medicine": Thread(
        ("Medication question", "Question", "Side effect?"),
        templates(
            "{May I|Can I|Is it okay to} take $drug {with {breakfast|supper|coffee|milk}|at night instead|together with a {vitamin|cold medicine}}?{ The leaflet is not clear.| My $kin says no.|}",
            "{I missed|Forgot} {a dose|two doses} of $drug {on $weekday|this week}. {Should I {double|make it up}|What should I do|Just carry on}?",
            "{Since last week|For some days} I {wonder if|think} $drug {makes me {tired|dizzy|sleepy}|upsets my stomach}{, mostly {in the morning|after lunch}|}. {Is that possible|Can it be taken later in the day|What do you think}?",
        ),
        templates(
            "{That is fine|No problem}, {$given|$mr}: {take it {with food|at the same time each day}|carry on with the next dose, do not double}. {Tell us if it does not settle|Call if it gets worse}.",
            "{Please keep taking $drug|Do not stop $drug} {until we speak|before we talk}. {A nurse will call you {today|tomorrow} {before|after} $hour|We can discuss it at the visit}.",
        ),
    ),
    "symptom": Thread(
        ("Not feeling well", "Question", "Advice"),
        templates(
            "{I have had|Dealing with} {a cold|a runny nose|a sore back|trouble sleeping|heartburn|a stiff neck} {since $weekday|for {three|four|five} days}{ and {rest|tea|ibuprofen} does not help|}. {Do I need to come in|Any advice|Should I wait}?",
            "{My $kin thinks|I wonder if} I should {be seen|ask you} about {a cough|my knee|my sleep|a sore throat|my back}{, it started on $weekday|}. {No fever|Otherwise okay|Not urgent}{ so far|}.",
        ),
        templates(
            "{Sorry to hear that|Thanks for writing}, $given. {Rest and fluids|Watch it} for {two|three} more days; {call us|come in} if {fever|it gets worse|you cannot eat}{ or by $weekday if no better|}.",
            "{We can see you|There is a slot} {on $weekday at $hour|$weekday}{, please call to book|}. {Go to the emergency department|Call 911} {for|if there is} {chest pain|trouble breathing}.",
        ),
    ),
    "form": Thread(
        ("Form", "Letter", "Paperwork"),
        templates(
            "{I need|Could I get} {a letter|a form} for {work|my employer|the disability office|jury duty|the gym|my insurance}{ by $weekday|}{, dates of the last visit would do|}.",
            "{Did you get|Have you seen} the form {from|for} {$pharmacy|my insurance|the county}? {They say it is missing|It is due $weekday}{, sorry for the trouble|}.",
        ),
        templates(
            "{It is|The letter is} {ready at the front desk|in the mail|attached in the portal} {since $weekday|today}{, $given|}.",
            "{We need|Please bring} {the form itself|a signed release}{ by $weekday|}, {then we can finish it|it takes {two|three} days}.",
        ),
    ),
    "thanks": Thread(
        ("Thanks", "Thank you", "Update"),
        templates(
            "{Thank you|Thanks} for {the help|your time|seeing me} {last week|on $weekday|at the visit}. {I feel {better|much better|okay}|My $kin says thanks too|Things are going well}{ and I {walk more|sleep better|eat well}|}.",
            "{Just an update|Short update}: {doing {well|better}|weight is steady|pressures at home are fine}{ since $weekday|}. {No need to call back{ this week|, $doctorname|}|See you {at the next visit|on the next visit with my $kin|soon}}.",
        ),
        templates(
            "{Glad to hear|Good to read} {that|this}, $given.{ See you at the next visit.| Keep it up.| Our best to your $kin.|}"
        ),
    ),
}
_NOTIFY = templates(
    "{Results of|New results from} {your|the} blood test {of|on} $labday are {available|ready}{ in the portal|}: {$values|$tests}. {$doctorname has reviewed them|Reviewed by $doctorname}{; {no change|keep your next visit}|}.",
    "{$given, the|The} {labs|tests} of $labday {are back|have come back}. {$tests|$values}{, as seen by $doctorname|}. {Please write back with questions|We will discuss them at the visit}{ ($weekday or so)| about $hour|, $given|, and call before $hour if urgent|; $doctorname}.",
)


def inbox(desk: Desk) -> None:
    """All messages of a chart: about one for each three visits, and none while in hospital."""
    doctor = _doctor(desk)
    for visit in desk.timeline.visits:
        draw = desk.rng.random()
        when = at_hour(visit.at, between(desk.rng, 7, 21.5), int(between(desk.rng, 2, 24)))
        if draw < 0.3 and _free(desk, when):
            _thread(desk, float(when), doctor)
        elif draw < 0.42 and visit.draws:
            told = _office_hour(visit.at + between(desk.rng, 20, 70) * HOUR, desk.rng)
            if _free(desk, told):
                _notify(desk, told, visit.at, doctor)


def _doctor(desk: Desk) -> Practitioner:
    team: Mapping[str, Sequence[str]] = desk.person.details.get("team", {})
    staff = house(desk.seed)
    own = pick(desk.rng, staff.of_specialty("Family medicine", "Internal medicine"))
    return next((p for p in staff.staff if p.id == team.get("primary", ("",))[0]), own)


def _free(desk: Desk, at: float) -> bool:
    """Whether the person is at home then, and for two days after."""
    return at + 2 * DAY < desk.timeline.last and not any(
        s.start - HOUR < at + d < s.until(desk.now) + HOUR
        for s in desk.timeline.admissions
        for d in (0.0, 2 * DAY)
    )


def _slots(desk: Desk, m: Moment, doctor: Practitioner) -> dict[str, str]:
    born = desk.person.birth_date
    home = [words.drug(d) for d, _ in m.home_drugs() if d in DRUGS] or ["multivitamin"]
    drug = pick(m.rng, home)
    return {
        "doctor": doctor.family, "doctorname": f"Dr {doctor.family}", "drug": drug, "drugcap": drug[:1].upper() + drug[1:], "pharmacy": desk.life.pharmacy,
        "born": f"{born.month}/{born.day}/{born.year}", "weekday": pick(m.rng, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
        "hour": pick(m.rng, ("9 AM", "10:30", "noon", "1 PM", "2:15 PM", "3 PM", "3:40 PM", "4 PM", "11:20")), "mr": m["name"],
    }  # fmt: skip


_TESTS = (
    "creatinine",
    "potassium",
    "hba1c",
    "hemoglobin",
    "ldl",
    "tsh",
    "wbc",
    "sodium",
    "platelets",
    "inr",
    "albumin",
)
_LAY = {"creatinine": "creatinine", "potassium": "potassium", "hba1c": "A1c", "hemoglobin": "hemoglobin", "ldl": "LDL cholesterol", "tsh": "TSH", "wbc": "white count", "sodium": "sodium",
        "platelets": "platelets", "inr": "INR", "albumin": "albumin"}  # fmt: skip


def _thread(desk: Desk, at: float, doctor: Practitioner) -> None:
    rng = desk.rng
    writer = author_of(desk.seed, doctor)
    m = Moment(desk, at, writer, None, rng)
    kinds = ["refill", "refill", "appointment", "medicine", "symptom", "form", "thanks", "appointment"]
    fresh = [n for n in _TESTS if m.last(n, 24 * 15) is not None]
    if fresh:
        kinds += ["results", "results", "results"]
    key = pick(rng, kinds)
    if key in {"refill", "medicine"} and not m.home_drugs():
        key = "appointment"
    slots = _slots(desk, m, doctor)
    if key == "results":
        test = pick(rng, fresh)
        found = desk.reading.of(test).last(at, at - 15 * DAY)
        slots |= {"test": _LAY[test], "labday": _spoken(found[0] if found else at)}
    thread = _THREADS[key]
    topic = pick(rng, thread.topics)
    text = " ".join(
        t for t in (m.say(_HELLO, **slots), m.say(thread.asks, **slots), m.say(_BYE, **slots)) if t
    )
    first = desk.chart.message(
        _typed(text, rng.random()), local(at), subject=topic, extra={"recipient": [dict(writer.part)]}
    )
    if rng.random() < 0.62:
        answered = _office_hour(at + between(rng, 0.7, 26) * HOUR, rng)
        who = writer if rng.random() < 0.5 else _office(desk)
        _reply(desk, answered, (topic, m.say(thread.answers, **slots)), who, first=first)


def _office_hour(at: float, rng: Random) -> float:
    """The next moment at which somebody is at the office."""
    when = local(at)
    days = (7 - when.weekday()) if when.weekday() > 4 else 1 if when.hour >= 18 else 0
    if days == 1 and when.weekday() == 4:
        days = 3
    return at if days == 0 and 8 <= when.hour < 18 else float(at_hour(at, between(rng, 8.1, 17.4), days))


def _typed(text: str, draw: float) -> str:
    """As people type: some without capitals."""
    return text.lower() if draw < 0.12 else text


def _spoken(at: float) -> str:
    when = local(at)
    return f"{when.strftime('%B')} {when.day}"


def _office(desk: Desk) -> Author:
    return author_of(
        desk.seed, pick(desk.rng, house(desk.seed).nurses_of(CLINIC) or house(desk.seed).of_role("nurse"))
    )


def _reply(desk: Desk, at: float, words_: tuple[str, str], writer: Author, *, first: str = "") -> None:
    """Files an answer or a notification: (topic, text)."""
    topic, text = words_
    patient: Json = {"reference": f"Patient/{desk.person.id}"}
    extra: dict[str, Json] = {"sender": dict(writer.part), "recipient": [patient]}
    if first:
        extra["inResponseTo"] = [{"reference": f"Communication/{first}"}]
    desk.chart.message(
        f"{text.rstrip('.! ')}. - {writer.name}",
        local(at),
        subject=f"Re: {topic}" if first else topic,
        extra=extra,
    )


def _notify(desk: Desk, at: float, drawn: float, doctor: Practitioner) -> None:
    writer = author_of(desk.seed, doctor)
    m = Moment(desk, at, writer, None, desk.rng)
    rows = [
        (n, found[1])
        for n in _TESTS
        if (found := desk.reading.of(n).last(at, drawn - HOUR)) is not None and found[0] < drawn + 6 * HOUR
    ]
    if not rows:
        return
    chosen = shuffled(desk.rng, rows)[:4]
    values = ", ".join(f"{_LAY[n]} {words.number(n, v)}" for n, v in chosen)
    slots = {
        **_slots(desk, m, doctor),
        "labday": _spoken(drawn),
        "values": values,
        "tests": listed([_LAY[n] for n, _ in chosen]),
    }
    topic = pick(desk.rng, ("New test results", "Results available", "Lab results"))
    _reply(desk, at, (topic, m.say(_NOTIFY, **slots)), writer)


# -- the telephone

_CALL = templates(
    "{Call from|Phone call from|Telephone:} {$name|patient|$relative} at $time{ ({verified name and birth date|two identifiers checked})|}: {asks about|calling about|question on} $about",
    "{Patient|$name|$relative} {called|phoned} {at $time|the nurse line}{, {identity checked|DOB verified}|}; {reason|concern}: $about",
    "{TC|Telephone call} $time, {spoke with|from} {$name|patient|$relative} {about|re:} $about",
)
_ABOUT = ("a refill of {drug}", "the time of the next visit", "directions for {drug}", "{drug} and cost", "a form for work", "test results", "a bill", "a ride to the clinic", "travel with {drug}",
          "switching to {pharmacy}", "a missed dose of {drug}", "trouble sleeping", "a runny nose", "vaccination", "records for another office", "the patient portal password")  # fmt: skip
_SAID = templates(
    "{Advised|Told|Explained}: $advice{, {agrees|voiced understanding|will call back if needed}| ({$time|$hour callback}); {$name|caller} {agrees|content|will write if needed}}",
    "{Nurse advice|Advice given}: $advice{; {repeats it back|no further questions} {at $time|}|}",
    "{Answer|Outcome|Disposition}: $advice{, caller {satisfied|agrees}|}{, {routed to|message to} {$doctorname|front desk}|; {call closed $time|call back $weekday}}",
)
_ADVICE = ("no change in medicines", "keep the next visit", "call {pharmacy} tomorrow", "fluids and rest, call on {weekday} if no better", "bring all bottles to the visit", "take the next dose as usual",
           "renewal sent to {pharmacy}", "front desk will call with a time", "come in on {weekday} if not settled", "results are discussed at the visit")  # fmt: skip
_AFTER = templates(
    "{Post-discharge call|Call after discharge|Transition call} {at $time|day $n2 at home|$date}: {reached|spoke with} {$name|patient|$relative}, {home|out of hospital} since $home. "
    "{Feels {better|okay|tired but fine}|Doing {well|okay}|{Eating|Sleeping} {well|fairly}}{; {has|picked up} {all|the} medicines {at $pharmacy|with $kin}|; {$kin|a neighbor} {helps|visits}}; "
    "{knows|aware of|asked about} {the |}follow-up{, {ride|time} {arranged|confirmed}|, {questions on|asks about} {diet|walking|sleep|driving}|, {weighs daily|keeps a log}}",
    "{Called|Telephoned} {$name|patient} {after discharge|two days after the stay} ($home), {spoke with|answered by} {patient|$kin}: {no new problems|some questions|managing}; "
    "{medicines {in hand|checked one by one}|discharge sheet read together}{, {next visit|PCP visit} {known|booked|to be booked}|}{, {pain|appetite|sleep} {better|fair|as expected}|}",
)


def telephone(desk: Desk) -> None:
    """Notes of calls: a few a year, and some after a stay."""
    for visit in desk.timeline.visits:
        at = float(at_hour(visit.at, between(desk.rng, 8.2, 16.8), int(between(desk.rng, 5, 40))))
        if desk.rng.random() < 0.1 and _free(desk, at) and local(at).weekday() < 5:
            _call(desk, at)
    for book in desk.books:
        at = float(at_hour(book.end, between(desk.rng, 9, 16), 2))
        gone = desk.reading.ways.get(book.stay.encounter_id, ("", ""))[1]
        if (
            book.over
            and not book.died
            and gone.startswith("Home")
            and desk.rng.random() < 0.2
            and _free(desk, at)
        ):
            m = Moment(desk, at, _office(desk), None, desk.rng)
            text = m.say(_AFTER, home=m.day_of(book.end), pharmacy=desk.life.pharmacy)
            put(m, "telephone", f"{sentence(text)}\n{m.signed()}", hours=8 / 60)


def _call(desk: Desk, at: float) -> None:
    m = Moment(desk, at, _office(desk), None, desk.rng)
    slots = _slots(desk, m, _doctor(desk))
    slots |= {
        "about": pick(m.rng, _ABOUT).format(**slots),
        "advice": "; ".join(a.format(**slots) for a in some(m.rng, _ADVICE, 1, 2)),
    }
    text = f"{sentence(m.say(_CALL, **slots))} {sentence(m.say(_SAID, **slots))}"
    put(m, "telephone", f"{text}\n{m.signed()}", hours=between(m.rng, 3, 12) * MINUTE / HOUR)
