"""A note about somebody else that was filed here by mistake, taken back, and the addendum that says so."""

from __future__ import annotations

from ..chance import between
from ..clock import HOUR
from .desk import ILLNESSES, Book
from .exam import NORMAL
from .filing import put, quiet
from .grammar import pick, sentence, some, templates
from .moment import Moment

_OTHER = templates(
    "$age2{-year-old|yo} $who2, {HD|hospital day} $day2, {with|in for} $called. {Feels|Says $he2 feels} {better|about the same|tired|well}{, {slept|ate} {well|little}|}{, {walked in the hall|up to the chair}|}.",
    "$name2 {seen on rounds|seen this morning}{, $age2|}: $called, {day $day2|HD $day2}. {No|Without} {events|new complaints} {overnight|since yesterday}.",
)
_NUMBERS = templates(
    "T {98.1|98.4|98.9|99.2|97.8}, HR $hr2, BP $sys2/$dia2, {RR|resp} {14|16|18|20}, {SpO2|sats} {94|95|96|97|98}% {RA|on 2 L}.",
    "{VS|Vitals}: HR $hr2, BP $sys2/$dia2, {afebrile|Tmax 99.{0|1|3|5}}, {sats|O2} {94|95|96|97}%.",
)
_PLANS = templates(
    "{Plan|A/P}: $called - $plan; {continue|same} {current treatment|plan}{, {labs|CBC} in {AM|the morning}|}{, {home|rehab} {soon|in 1-2 days}|}.",
    "{Impression|Assessment}: {improving|stable|slow progress}; $plan.",
)
_SORRY = templates(
    "Addendum: {the note of $time0|the above note|the note dated $date} {was entered in the wrong chart|belongs to another patient|was written for a different patient}{, {please disregard|disregard it}|}. {Retracted|Marked as entered in error} at $time{, {HIM|records} {informed|notified}|}.",
    "Addendum $date $time: {wrong patient|wrong chart}. {Disregard the note of $time0|The note of $time0 is retracted}{, it {describes|was meant for} another patient{ on this ward| on $ward|}|}. {Nothing was {given|done} on account of it|No orders followed from it}.",
)


def misfiled(m: Moment, book: Book) -> None:
    """Files the note and, within hours, the addendum; nothing in the quiet days."""
    later = Moment(m.desk, m.at + between(m.rng, 0.4, 5) * HOUR, m.author, book, m.rng)
    if quiet(later) or later.at > book.end - HOUR:
        return
    female = m.rng.random() < 0.5
    reasons = [r for r in ILLNESSES if r not in {"general", "preterm", book.stay.reason}]
    illness = ILLNESSES[pick(m.rng, reasons)]
    family = pick(m.rng, [n for n in _FAMILIES if n != m.desk.person.name.family])
    slots = {
        "age2": str(34 + int(m.rng.random() * 55)), "who2": "woman" if female else "man", "he2": "she" if female else "he", "day2": str(2 + int(m.rng.random() * 6)),
        "name2": f"{'Ms' if female else 'Mr'} {family}", "called": m.say(illness.called), "hr2": str(64 + int(m.rng.random() * 40)), "sys2": str(104 + int(m.rng.random() * 50)),
        "dia2": str(56 + int(m.rng.random() * 30)), "plan": m.say((pick(m.rng, illness.plan),)), "time0": m["time"],
    }  # fmt: skip
    exam = "; ".join(m.bank(NORMAL, s) for s in some(m.rng, ("lungs", "abdomen", "limbs", "neuro"), 2, 3))
    text = (
        " ".join(m.say(t, **slots) for t in (_OTHER, _NUMBERS))
        + f" {sentence(exam)} {m.say(_PLANS, **slots)}"
    )
    wrong = put(m, "progress", f"{text}\n{m.signed()}", status="entered-in-error")
    m.desk.chart.mark("note-wrong-patient", wrong)
    said = put(
        later,
        "progress",
        f"{later.say(_SORRY, time0=m['time'])}\n{later.signed()}",
        appends=wrong,
        polish=False,
    )
    m.desk.chart.mark("note-addendum", said)


_FAMILIES = ("Barlow", "Castellano", "Dufresne", "Eklund", "Fenwick", "Gorski", "Hollis", "Ibarra", "Jessup", "Kowal", "Lindqvist", "Mercado", "Novak", "Okafor", "Pruitt", "Quimby",
             "Rasmussen", "Stroud", "Tran", "Underhill", "Vasquez", "Whitlock", "Yardley", "Zeller")  # fmt: skip
