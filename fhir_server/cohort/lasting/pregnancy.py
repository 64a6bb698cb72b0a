"""Pregnancy: one that goes on now (trait `pregnant`), or one that ended in a birth within these years (`parous`).

Sources: ACOG/AAP guidelines for perinatal care (visits every four weeks to 28 weeks, every two to 36, then weekly; blood
group and count at first, anatomy scan at 20, glucose challenge at 24-28, group B strep at 36 weeks, Tdap at 27-36);
postpartum visits at three and six weeks (ACOG Committee Opinion 736).
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between, child
from ..clock import DAY, HOUR, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..illnesses.pregnancy import PREGNANCY
from ..plan import NOW, Person
from .model import Lasting, Planned
from .recall import last_told, office

_WEEK = 7 * DAY
_SCHEDULE = (8, 12, 16, 20, 24, 28, 30, 32, 34, 36, 37, 38, 39)
_GROUPS = (
    ("O positive", 0.38),
    ("A positive", 0.34),
    ("B positive", 0.09),
    ("O negative", 0.07),
    ("A negative", 0.06),
    ("AB positive", 0.04),
    ("B negative", 0.02),
)


def begun(person: Person, first: float) -> float:
    """The first day of the last menstrual period, in seconds; a birth lies 37 to 41 weeks after it."""
    rng = child(0, person.id, "gestation")
    if "pregnant" in person.traits:
        weeks = between(rng, 17, 35) if person.stay else between(rng, 7, 38)
        return NOW.timestamp() - weeks * _WEEK
    return first + between(rng, 0.04, 0.68) * 5 * 365 * DAY


def born(person: Person, first: float) -> float:
    """When the child of a `parous` woman is born."""
    rng = child(0, person.id, "birth")
    return begun(person, first) + between(rng, 37.2, 41.2) * _WEEK


def begin(life: Life) -> None:
    """The body changes over forty weeks; tablets of folic acid; the problem list knows."""
    rng, first = life.stream("pregnancy"), life.timeline.first
    start = begun(life.person, first)
    ongoing = life.has("pregnant")
    end = life.last if ongoing else born(life.person, first)
    life.body.process("pregnancy", PREGNANCY)
    week = 5
    while start + week * _WEEK < end:
        life.at(
            start + week * _WEEK, lambda at, w=week: life.body.aim("pregnancy", _grown(w + 4), 24 * 12, at)
        )
        week += 3
    life.know(
        start,
        "history",
        "conception",
        "pregnant, dates confirmed by an early ultrasound",
        until=None if ongoing else end,
    )
    known = office(start + between(rng, 5.5, 8) * _WEEK, rng)
    if ongoing:
        life.at(known, lambda at: life.problem("pregnancy", at))
    elif known < life.last:
        life.chart.condition("pregnancy", onset=local(known), clinical="resolved", abated=local(end))
        _after(life, end)
    life.at(known, lambda at: life.start_home("folic-acid", at))
    children = rng.choice((0, 0, 1, 1, 2))
    life.know(
        first,
        "history",
        "children",
        "first pregnancy"
        if not children
        else f"{('one', 'two')[children - 1]} earlier birth{'s' if children > 1 else ''} without complication",
    )
    if children and rng.random() < 0.2:
        life.problem("uterine-scar", office(first - between(rng, 100, 900) * DAY, rng))
    life.know(
        first, "history", "preeclampsia", "high blood pressure in an earlier pregnancy", polarity="absent"
    )


def _grown(week: float) -> float:
    """How far the body has changed by a week: little before ten, nearly all by thirty-four."""
    return min(1.0, max(0.0, (week - 5) / 31))


def _after(life: Life, end: float) -> None:
    """A birth that no stay tells of happened in another hospital; tablets end some weeks later."""

    def settle(at: float) -> None:
        if life.body.level("pregnancy", at) > 0.5:
            life.body.aim("pregnancy", 0.0, 24 * 6, at)
            life.know(at, "history", "birth", "gave birth at another hospital")

    life.at(end + 3 * DAY, settle)
    life.at(end + 80 * DAY, lambda at: life.stop_home("folic-acid", at, status="completed"))
    life.at(end + 110 * DAY, lambda at: life.stop_home("ferrous-sulfate", at, status="completed"))
    life.know(end + 5 * DAY, "history", "birth", "gave birth to a healthy child")


def visit(life: Life, clinic: Clinic) -> None:
    """What each week asks for."""
    first = life.timeline.first
    week = (clinic.at - begun(life.person, first)) / _WEEK
    if clinic.purpose == "prenatal":
        _tests(life, clinic, week)
        _findings(clinic, week)
    elif clinic.purpose == "postpartum":
        _postpartum(life, clinic)


def _tests(life: Life, clinic: Clinic, week: float) -> None:
    rng, chart = clinic.rng, life.chart
    drawn = local(clinic.at + 12 * 60)
    if week < 10:
        clinic.want("cbc", "tsh", "urinalysis", "urine-culture", "basic-metabolic-panel")
        chart.lab("blood-group", _group(life), drawn)
        clinic.image(
            "us-obstetric",
            f"Single intrauterine pregnancy, crown-rump length for {int(week)} weeks. Heart beat present.",
        )
    elif 18 <= week < 22:
        clinic.image("us-obstetric", rng.choice((
            "Single live fetus, normal anatomy scan. Placenta {}.", "Fetal anatomy complete and normal. Placenta {}, normal fluid.", "Normal growth and anatomy. {} placenta clear of the cervix.",
        )).format(rng.choice(("anterior", "posterior", "fundal"))))  # fmt: skip
    elif 23 <= week < 29 and not _told(life, "glucose challenge"):
        _challenge(life, clinic)
    elif 35.5 <= week < 37.8 and not _told(life, "group b strep"):
        carrier = life.stream("strep").random() < 0.25
        chart.lab("group-b-strep", "Positive" if carrier else "Negative", drawn)
        clinic.know(
            "finding",
            "group b strep",
            "carrier of group B strep" if carrier else "carriage of group B strep",
            polarity="present" if carrier else "absent",
        )
        clinic.want("cbc")
    elif rng.random() < 0.35:
        clinic.want("urinalysis")
    if 27 <= week < 36.5 and not _told(life, "tdap") and rng.random() < 0.6:
        clinic.know("treatment", "tdap", "Tdap given")
        chart.vaccine("tdap", local(clinic.at + 25 * 60))
    low = clinic.last("hemoglobin")
    if low is not None and low < 10.8 and not life.takes("ferrous-sulfate") and week > 20:
        life.start_home("ferrous-sulfate", clinic.at + 1200)
        clinic.know("treatment", "iron", "iron tablets begun for anemia of pregnancy")
        chart.condition("anemia-pregnancy", onset=local(clinic.at + 900), category="encounter-diagnosis")


def _told(life: Life, name: str) -> bool:
    return last_told(life, name) > begun(life.person, life.timeline.first)


def _challenge(life: Life, clinic: Clinic) -> None:
    """An hour after 50 g of glucose; over the limit in one of six, diabetes of pregnancy in a third of those."""
    rng = clinic.rng
    value = min(230.0, max(72.0, 112 + 21 * between(rng, -1.6, 2.2)))
    life.chart.lab("glucose-challenge", value, local(clinic.at + 1.3 * HOUR))
    clinic.want("cbc")
    over = round(value) > 140
    clinic.know("finding", "glucose challenge", f"glucose challenge {'over' if over else 'within'} the limit")
    if over:
        diabetic = rng.random() < 0.35
        clinic.know(
            "plan",
            "glucose",
            "diet and glucose log for diabetes of pregnancy"
            if diabetic
            else "three-hour test normal, no diabetes of pregnancy",
        )
        if diabetic:
            life.chart.condition(
                "gestational-diabetes", onset=local(clinic.at + 900), category="encounter-diagnosis"
            )


def _group(life: Life) -> str:
    point = life.stream("blood group").random()
    for group, share in _GROUPS:
        point -= share
        if point < 0:
            return group
    return "O positive"


def _findings(clinic: Clinic, week: float) -> None:
    rng = clinic.rng
    clinic.procedure("prenatal-exam", 12)
    clinic.know("history", "gestation", f"{int(week)} weeks pregnant")
    if week > 11:
        clinic.know("sign", "fetal heart", f"fetal heart rate {rng.randrange(128, 158)}")
    if week > 20:
        clinic.know("sign", "fundus", f"fundal height {round(week + between(rng, -1.6, 1.6))} cm")
        clinic.know(
            "symptom", "movement", rng.choice(("feels the child move every day", "good fetal movement"))
        )
    else:
        sick = rng.random() < 0.5 and week < 15
        clinic.know(
            "symptom",
            "nausea",
            rng.choice(("nausea in the mornings", "queasy all day, eats crackers")) if sick else "vomiting",
            polarity="present" if sick else "absent",
        )
    for name, words in (
        ("bleeding", "vaginal bleeding"),
        ("contractions", "regular contractions"),
        ("headache", "headache or visual change"),
    ):
        if rng.random() < 0.75:
            clinic.know("symptom", name, words, polarity="absent")
    clinic.know(
        "sign",
        "edema",
        rng.choice(("trace ankle edema", "mild swelling of the feet"))
        if week > 30 and rng.random() < 0.5
        else "edema",
        polarity="present" if week > 32 and rng.random() < 0.4 else "absent",
    )
    clinic.know(
        "plan",
        "prenatal",
        rng.choice(("next visit in four weeks", "anatomy scan at twenty weeks", "folic acid daily"))
        if week < 24
        else rng.choice(
            (
                "next visit in two weeks",
                "count movements daily",
                "labor signs reviewed",
                "breastfeeding class",
            )
        ),
    )


def _postpartum(life: Life, clinic: Clinic) -> None:
    rng = clinic.rng
    clinic.know(
        "symptom",
        "mood",
        "sad or overwhelmed most days" if rng.random() < 0.12 else "low mood",
        polarity="present" if rng.random() < 0.12 else "absent",
    )
    clinic.know(
        "symptom", "bleeding", rng.choice(("light spotting", "bleeding stopped three weeks after birth"))
    )
    clinic.know(
        "event",
        "feeding",
        rng.choice(("breastfeeding without trouble", "formula feeding", "pumping at work")),
    )
    clinic.know(
        "plan",
        "contraception",
        rng.choice(
            (
                "intrauterine device placed today",
                "progestin tablets",
                "condoms for now",
                "partner plans vasectomy",
            )
        ),
    )
    life.chart.condition("postpartum-follow-up", onset=local(clinic.at + 900), category="encounter-diagnosis")
    if clinic.due("hemoglobin", 20):
        clinic.want("cbc")


def visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """Prenatal visits by week, and two afterwards."""
    start = begun(person, first)
    end = last if "pregnant" in person.traits else born(person, first)
    for week in _SCHEDULE:
        at = _weekday(start + week * _WEEK + between(rng, -2, 2) * DAY)
        if at < end - 2 * DAY:
            yield at, "prenatal"
    if "parous" in person.traits:
        yield _weekday(end + between(rng, 18, 25) * DAY), "postpartum"
        yield _weekday(end + between(rng, 40, 52) * DAY), "postpartum"


def _weekday(at: float) -> float:
    """The same day, or the Monday after."""
    return at + max(0, 7 - local(at).weekday()) * DAY if local(at).weekday() >= 5 else at


def stays(person: Person, first: float, _last: float, rng: Random) -> Iterable[Planned]:
    """The birth: from one and a half to four days."""
    if "parous" in person.traits:
        yield Planned(born(person, first), between(rng, 1.6, 3.9), "delivery")


PREGNANT = Lasting("pregnant", begin, visit, visits)
PAROUS = Lasting("parous", begin, visit, visits, stays)
