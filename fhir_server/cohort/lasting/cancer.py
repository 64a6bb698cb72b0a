"""Cancer: found in these years or before, treated in cycles, followed by images; counts fall and return after each cycle.

Sources: nadir of neutrophils at days 7-14 with recovery by day 21 (Crawford et al., Cancer 2004); ASCO guidelines on
antiemetics (2020) and growth factors (2015); counts before each cycle.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between, child
from ..clock import DAY, HOUR, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..illnesses.neutropenia import NADIR
from ..physiology.remedies import REMEDIES
from ..plan import Person
from .model import Lasting, Planned
from .oncology import BREAST, COLON, MYELOMA, PROSTATE, Course, Kind, course_of
from .recall import last_told, office

_FATIGUE = {"hemoglobin": -0.34, "mcv": 0.8, "rdw": 0.5, "weight": -0.5, "platelets": -0.05}
_AFTER_CARE = {"weight": 1.0}


def begin(life: Life) -> None:
    """The tumor grows until it is found, shrinks under treatment, grows again in some."""
    first, body = life.timeline.first, life.body
    course = course_of(life.person, first)
    kind, rng = course.kind, life.stream("cancer")
    body.process("tumor", dict(kind.loads))
    body.process("marrow", NADIR)
    body.process("chemo-anemia", _FATIGUE)
    seen = max(course.found, first)
    if course.found <= first:
        body.set_level("tumor", between(rng, 0.25, 0.6), first)
        life.problem(kind.condition, office(course.found, rng))
        life.know(
            first,
            "history",
            "cancer",
            f"{kind.name} found {round((first - course.found) / DAY / 365 + 0.5)} years before, treated elsewhere",
        )
    else:
        life.at(course.found - 120 * DAY, lambda at: body.aim("tumor", 0.9, 24 * 60, at))
        life.at(seen, lambda at: _found(life, kind, at))
    if course.cycles:
        life.at(max(first, course.cycles[0] + 10 * DAY), lambda at: body.aim("tumor", 0.15, 24 * 45, at))
    if course.worse < life.last:
        life.at(course.worse, lambda at: body.aim("tumor", 1.0, 24 * 100, at))
    if rng.random() < 0.4:
        life.know(
            first,
            "family",
            "cancer",
            rng.choice(
                (
                    "a sister with breast cancer",
                    "father died of lung cancer",
                    "an uncle with colon cancer",
                    "mother had ovarian cancer",
                )
            ),
        )
    if kind.home and course.cycles:
        _home(life, course)


def _home(life: Life, course: Course) -> None:
    kind = course.kind
    after = course.cycles[0] if kind is MYELOMA else course.cycles[-1] + 30 * DAY
    drug = "tamoxifen" if kind is BREAST and life.body.age(after) < 51 else kind.home
    if after > life.timeline.first:
        life.at(office(after, life.stream("cancer home")), lambda at: life.start_home(drug, at))
    else:
        life.start_home(drug, life.timeline.first + 3 * DAY)
    if kind is BREAST:
        life.at(after + 5 * DAY, lambda at: life.know(at, "treatment", drug, f"{drug} for five years"))


def _found(life: Life, kind: Kind, at: float) -> None:
    """Image, biopsy and the problem list."""
    rng, chart = life.stream("cancer found"), life.chart
    when = _free(life, at + between(rng, 1, 6) * DAY)
    chart.order_service(kind.image, authored=local(when - DAY), status="completed", occurrence=local(when))
    chart.report(kind.image, (), local(when))
    words = rng.choice(kind.found).format(
        a=rng.randrange(32, 74), b=rng.randrange(14, 30), c=rng.randrange(9, 15)
    )
    chart.resources[-1]["conclusion"] = words
    biopsy = _free(life, when + between(rng, 4, 12) * DAY)
    life.at(biopsy, lambda then: chart.procedure(kind.staged, local(then), end=local(then + HOUR)))
    life.at(biopsy + 4 * DAY, lambda then: life.problem(kind.condition, then))
    life.know(when, "symptom", "first sign of cancer", rng.choice(kind.symptom), until=when + 60 * DAY)
    life.know(when, "finding", kind.image, words[0].lower() + words[1:].rstrip("."))
    life.know(biopsy + 4 * DAY, "history", "cancer", f"{kind.name}, proven by biopsy")
    life.know(biopsy + 6 * DAY, "plan", "cancer", f"{kind.regimen_name} planned")


def _free(life: Life, at: float) -> float:
    """The same moment on a weekday forenoon, or days later where somebody lies in hospital then."""
    moved = at // DAY * DAY + 15 * HOUR
    for _ in range(30):
        inside = any(a.start - DAY <= moved <= a.until(life.last) + DAY for a in life.timeline.admissions)
        if not inside and local(moved).weekday() < 5:
            break
        moved += DAY
    return min(moved, life.last - HOUR)


def visit(life: Life, clinic: Clinic) -> None:
    """A cycle of chemotherapy, or a look at how it goes."""
    course = course_of(life.person, life.timeline.first)
    if clinic.purpose == "chemotherapy":
        _cycle(life, clinic, course)
    elif clinic.purpose == "oncology":
        _follow(life, clinic, course)
    elif clinic.purpose == "nadir-check":
        clinic.want("cbc-differential")
        clinic.know("symptom", "fever", "fever or chills", polarity="absent")


def _cycle(life: Life, clinic: Clinic, course: Course) -> None:
    kind, rng, at = course.kind, clinic.rng, clinic.at
    number = sum(c < at + 2 * DAY for c in course.cycles)
    clinic.want("cbc-differential", "comprehensive-metabolic-panel")
    if kind.marker and clinic.due(kind.marker, 40):
        clinic.want(kind.marker)
    if kind.depth and life.body.level("marrow", at) > 0.4:
        clinic.know("plan", "cycle", "cycle put off by a week for low counts")
        return
    if any(0 < at - (a.end or at) < 7 * DAY for a in life.timeline.admissions):
        clinic.know("plan", "cycle", "cycle put off to recover from the hospital stay")
        return
    share = 0.8 if number > 1 and kind.depth > 0.3 and rng.random() < 0.18 else 1.0
    life.chart.condition("chemotherapy", onset=local(at + 600), category="encounter-diagnosis")
    moment = at + between(rng, 0.9, 1.3) * HOUR
    supportive = (
        (("ondansetron", 8.0), ("dexamethasone", 10.0))
        if kind.depth > 0.3
        else (("dexamethasone", 20.0),)
        if kind is MYELOMA
        else ()
    )
    for drug, dose in (*supportive, *((d, round(dose * share, 1)) for d, dose in kind.regimen)):
        moment += between(rng, 6, 40) * 60
        _give(life, drug, dose, at + 0.6 * HOUR, moment)
    if kind.regimen:
        life.chart.procedure(
            "chemotherapy-infusion", local(at + HOUR), end=local(moment + between(rng, 10, 50) * 60)
        )
    if kind.factor:
        _give(life, "pegfilgrastim", 6.0, at + 0.7 * HOUR, moment + 0.3 * HOUR)
    _toll(life, kind, at, rng)
    _talk(life, clinic, kind, number)
    clinic.know(
        "plan",
        "dose",
        "proceed with full dose" if share == 1.0 else "proceed with the dose reduced by a fifth",
    )


def _give(life: Life, drug: str, dose: float, ordered: float, at: float) -> None:
    if at >= life.last - HOUR:
        return
    request = life.chart.order_drug(drug, authored=local(ordered), dose=dose, status="completed")
    life.chart.give_drug(drug, local(at), dose=dose, request=request)
    for effect in REMEDIES[drug].doses if drug in REMEDIES else ():
        life.body.dose(effect.quantity, effect.size, at, effect.rise, effect.fade)


def _toll(life: Life, kind: Kind, at: float, rng: Random) -> None:
    """Counts fall from the fourth day, are lowest about the tenth, are back by the twentieth; anemia adds up."""
    body = life.body
    if kind.depth:
        depth = kind.depth * between(rng, 0.65, 1.2) * (0.6 if kind.factor else 1.0)
        life.at(at + between(rng, 3, 4.5) * DAY, lambda when: body.aim("marrow", depth, 56, when))
        life.at(at + between(rng, 10, 11.5) * DAY, lambda when: body.aim("marrow", 0.0, 72, when))
        tired = body.level("chemo-anemia", at) + between(rng, 0.5, 1.2) * min(1.0, kind.depth + 0.2)
        body.aim("chemo-anemia", min(6.5, tired), 24 * 8, at)
        life.at(at + 30 * DAY, lambda when: _recover(life, at, when))
    if kind.factor:
        body.dose("wbc", 0.9, at + 1.2 * DAY, 20, 70)


def _recover(life: Life, cycle: float, at: float) -> None:
    """Where no further cycle came, the blood recovers over months."""
    course = course_of(life.person, life.timeline.first)
    if course.last_cycle(at) <= cycle + DAY:
        life.body.aim("chemo-anemia", 0.0, 24 * 50, at)


def _talk(life: Life, clinic: Clinic, kind: Kind, number: int) -> None:
    rng = clinic.rng
    clinic.know(
        "treatment",
        "chemotherapy",
        f"cycle {number} of {kind.regimen_name}"
        if kind.cycles < 90
        else f"dose {number} of {kind.regimen_name}",
    )
    told = rng.choice(
        (
            ("nausea", "nausea for three days after the last cycle"),
            ("fatigue", "tired for a week after each cycle"),
            ("neuropathy", "tingling of fingers and toes"),
            ("taste", "food tastes of metal"),
            ("mouth", "mouth sores after the last cycle"),
        )
    )
    present = rng.random() < (0.7 if kind.depth > 0.3 else 0.25)
    clinic.know(
        "symptom", told[0], told[1] if present else told[0], polarity="present" if present else "absent"
    )
    clinic.know("symptom", "fever", "fever since the last cycle", polarity="absent")
    clinic.know("sign", "port", "port site clean", polarity="present") if kind.depth > 0.3 else None
    clinic.know(
        "plan",
        "chemotherapy",
        rng.choice(
            (
                "proceed with full dose",
                "proceed, dose reduced by a fifth",
                "proceed, call for a temperature above 38",
                "antiemetics for home renewed",
            )
        ),
    )
    if kind.depth > 0.3 and not life.takes("ondansetron"):
        life.start_home("ondansetron", clinic.at + HOUR)


def _follow(life: Life, clinic: Clinic, course: Course) -> None:
    """Images every three to six months, a marker, a word about how it stands."""
    kind, rng, at = course.kind, clinic.rng, clinic.at
    clinic.want("comprehensive-metabolic-panel", "cbc-differential")
    if kind.marker:
        clinic.want(kind.marker)
    worse = at > course.worse + 60 * DAY
    treated = bool(course.cycles) and at > course.cycles[0] + 55 * DAY
    if not treated:
        clinic.know(
            "plan",
            "cancer",
            rng.choice(
                (
                    f"{kind.regimen_name} explained, consent given",
                    "treatment begins within weeks",
                    "port placement arranged",
                )
            ),
        )
        return
    if at - last_told(life, "restaging") > (150 if kind is not BREAST else 330) * DAY:
        words = rng.choice(kind.worse if worse else kind.better).format(
            a=rng.randrange(34, 80), b=rng.randrange(16, 30), c=rng.randrange(8, 15)
        )
        clinic.image(kind.image, words)
        clinic.know("finding", "restaging", words[0].lower() + words[1:].rstrip("."))
    if worse:
        clinic.know(
            "plan",
            "cancer",
            rng.choice(
                (
                    "second-line treatment discussed",
                    "palliative care visit arranged earlier continues",
                    "trial options reviewed",
                )
            ),
        )
        clinic.know("symptom", "appetite", rng.choice(("eats half of meals", "loses weight")))
        if kind is PROSTATE:
            life.problem("bone-metastases", at)
        if kind is COLON:
            life.problem("liver-metastases", at)
    else:
        clinic.know(
            "plan",
            "cancer",
            rng.choice(
                (
                    "no sign of progression, next images in four months",
                    "in response, continue",
                    "stable, return in three months",
                )
            ),
        )
        clinic.know("symptom", "pain", "new bone pain", polarity="absent")


def visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """Cycles, a count at the lowest point after some, and visits every three months."""
    course = course_of(person, first)
    for cycle in course.cycles:
        if first < cycle < last:
            yield cycle, "chemotherapy"
            low = cycle + between(rng, 8, 12) * DAY
            if course.kind.depth > 0.4 and rng.random() < 0.3 and local(low).weekday() < 5:
                yield low, "nadir-check"
    at = max(first, course.found) + between(rng, 15, 40) * DAY
    while at < last:
        yield (at + 2 * DAY if local(at).weekday() >= 5 else at), "oncology"
        at += between(rng, 75, 130) * DAY


def stays(person: Person, first: float, last: float, _rng: Random) -> Iterable[Planned]:
    """The operation of a colon cancer; fever at the lowest point after a few cycles."""
    course, rng = course_of(person, first), child(0, person.id, "cancer stays")
    if course.kind is COLON and course.found > first + 20 * DAY and rng.random() < 0.75:
        yield Planned(course.found + between(rng, 19, 24) * DAY, between(rng, 3.5, 7), "elective-colectomy")
    febrile = 0
    for cycle in course.cycles:
        if febrile < 2 and first < cycle < last and rng.random() < 0.09 * course.kind.depth:
            febrile += 1
            yield Planned(cycle + between(rng, 7.6, 10.6) * DAY, between(rng, 4, 8.5), "neutropenic-fever")


CANCER = Lasting("cancer", begin, visit, visits, stays)
