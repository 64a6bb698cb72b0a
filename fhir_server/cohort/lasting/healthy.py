"""What everybody has: family, habits, old operations, allergies, vaccines, screening, small complaints, common troubles.

Sources: CDC adult immunization schedule 2025; USPSTF recommendations (colorectal cancer screening at 45-75, mammography
at 40-74 every two years, bone density in women from 65, lipids); prevalence of common troubles after NHANES and the
National Ambulatory Medical Care Survey, rounded; drug allergy labels in about a third of adults, penicillin in a tenth
(Zhou et al., Allergy 2016).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from ..chance import between, child
from ..clock import DAY, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .complaints import complain
from .model import Lasting
from .prevention import prevent
from .recall import last_told, office

_BRIEF = frozenset({"chemotherapy", "anticoagulation", "dialysis", "blood-pressure"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One common lasting trouble: its share of those whom it can befall, and the tablet for it."""

    condition: str
    share: float
    sex: str = ""
    above: float = 18
    drug: str = ""
    words: tuple[str, ...] = ()
    fat: bool = False


_TROUBLES = (
    Trouble("gerd", 0.2, drug="omeprazole", words=("heartburn after late meals", "reflux for years")),
    Trouble("low-back-pain", 0.2, words=("low back pain since lifting a box", "low back pain on and off")),
    Trouble("gout", 0.06, "male", 45, "allopurinol", ("gout of the big toe, last attack a year ago",)),
    Trouble("gout", 0.03, "female", 62, "allopurinol", ("gout in the foot",)),
    Trouble("sleep-apnea", 0.3, "", 30, "", ("snores, uses CPAP most nights", "sleep apnea, does not tolerate the mask"), fat=True),
    Trouble("bph", 0.4, "male", 62, "tamsulosin", ("gets up three times at night to urinate", "slow urinary stream")),
    Trouble("osteoporosis", 0.24, "female", 68, "alendronate", ("low bone density",)),
    Trouble("vitamin-d-deficiency", 0.12, drug="cholecalciferol", words=("low vitamin D",)),
    Trouble("anxiety", 0.08, words=("worries a lot, no panic",)),
    Trouble("insomnia", 0.1, words=("wakes at three and lies awake",)),
    Trouble("allergic-rhinitis", 0.12, words=("runny nose in spring",)),
    Trouble("migraine", 0.09, "female", 18, "", ("migraine with aura a few times a year",)),
    Trouble("hemorrhoids", 0.06, words=("hemorrhoids",)),
    Trouble("kidney-stone", 0.05, words=("passed a kidney stone once",)),
)  # fmt: skip
_OPERATIONS = (
    "appendectomy in childhood",
    "tonsils removed as a child",
    "inguinal hernia repair",
    "carpal tunnel release",
    "wisdom teeth removed",
    "knee arthroscopy",
    "rotator cuff repair",
)
_FEMALE_OPERATIONS = ("hysterectomy for fibroids", "tubal ligation", "two cesarean deliveries")
_FAMILY = (
    ("diabetes", "type 2 diabetes in the mother"), ("coronary", "heart attack of the father at 58"), ("stroke", "stroke in a grandmother"),
    ("cancer", "breast cancer in a sister"), ("cancer", "colon cancer in the father at 70"), ("hypertension", "high blood pressure on both sides"),
    ("dementia", "dementia in the mother"), ("cancer", "prostate cancer in an uncle"), ("kidney", "a brother on dialysis"),
)  # fmt: skip
_FAMILY_ABSENT = (
    ("coronary", "early heart disease in the family"),
    ("cancer", "colon cancer in the family"),
    ("cancer", "breast cancer in the family"),
)
_WORK = (
    "teaches at an elementary school", "drives a delivery van", "works at a grocery store", "office work for the state", "electrician",
    "nurse's aide", "runs a small restaurant", "software work from home", "construction work", "cleans offices at night", "works in a warehouse",
)  # fmt: skip
_WORK_OLD = (
    "retired postal worker",
    "retired teacher",
    "retired machinist",
    "retired bookkeeper",
    "kept house and raised four children",
    "retired bus driver",
    "retired farmer",
)
_HOME = (
    "lives with spouse",
    "lives alone, daughter nearby",
    "lives with a partner and two cats",
    "lives with a son and his family",
    "lives alone in an apartment with elevator",
    "lives in a house with stairs",
)
_EXERCISE = (
    "walks half an hour most days",
    "no regular exercise",
    "bowls once a week",
    "swims twice a week",
    "gardens in summer",
)
_ALLERGENS = (
    ("penicillin", 0.1), ("sulfamethoxazole-trimethoprim", 0.06), ("codeine", 0.04), ("aspirin", 0.025), ("iodinated-contrast", 0.03), ("latex", 0.02),
    ("amoxicillin", 0.02), ("peanut", 0.012), ("shellfish", 0.03), ("morphine", 0.025), ("lisinopril", 0.02),
)  # fmt: skip
_REACTIONS = {
    "penicillin": ("Rash", "Hives", "Rash as a child"), "codeine": ("Nausea", "Vomiting", "Itching"), "morphine": ("Itching", "Nausea"), "lisinopril": ("Cough", "Swelling of the lips"),
    "aspirin": ("Stomach upset", "Hives"), "iodinated-contrast": ("Hives", "Itching"), "shellfish": ("Swelling of the face", "Hives"), "peanut": ("Swelling of the face", "Shortness of breath"),
}  # fmt: skip
_NEEDED = {
    "aspirin": ("coronary-disease", "stroke"),
    "lisinopril": ("hypertension", "heart-failure"),
    "penicillin": ("pregnant", "parous"),
    "amoxicillin": ("pregnant", "parous"),
}
"""Labels that would stand against what the person takes for a lasting condition."""


def begin(life: Life) -> None:
    """Habits, family, old operations, allergies, common troubles."""
    _habits(life)
    _past(life)
    _allergies(life)
    _troubles(life)


def _habits(life: Life) -> None:
    rng, first = life.stream("habits"), life.timeline.first
    age = life.body.age(first)
    life.know(first, "social", "work", rng.choice(_WORK_OLD if age > 66 else _WORK))
    life.know(first, "social", "home", rng.choice(_HOME))
    life.know(first, "social", "exercise", rng.choice(_EXERCISE))
    if last_told(life, "smoking") == float("-inf"):
        luck = rng.random()
        if luck < 0.13 and not life.has("pregnant", "parous"):
            life.know(
                first,
                "social",
                "smoking",
                rng.choice(
                    (
                        "smokes half a pack a day",
                        "smokes a few cigarettes a day",
                        "smokes a pack a day since youth",
                    )
                ),
            )
            life.problem("tobacco", office(first - between(rng, 0, 900) * DAY, rng))
        elif luck < 0.38 and age > 35:
            life.know(
                first,
                "social",
                "smoking",
                rng.choice(("quit smoking {} years ago", "former smoker, stopped {} years ago")).format(
                    rng.choice(("five", "ten", "fifteen", "twenty"))
                ),
            )
            life.problem("former-smoker", office(first - between(rng, 0, 900) * DAY, rng))
        else:
            life.know(first, "social", "smoking", "smoking", polarity="absent")
    if not life.has("cirrhosis"):
        drinks = rng.random() < 0.5 and not life.has("pregnant", "parous")
        life.know(
            first,
            "social",
            "alcohol",
            rng.choice(("a glass of wine with dinner", "two beers at weekends", "drinks on holidays"))
            if drinks
            else "alcohol use",
            polarity="present" if drinks else "absent",
        )
    life.know(first, "social", "drugs", "recreational drugs", polarity="absent")


def _past(life: Life) -> None:
    rng, first = life.stream("past"), life.timeline.first
    age = life.body.age(first)
    pool = list(_OPERATIONS) + (["cataract surgery", "cataract surgery on both eyes"] if age > 66 else [])
    if life.person.gender == "female" and age > 45:
        pool += _FEMALE_OPERATIONS
    for words in rng.sample(pool, k=rng.choice((0, 1, 1, 2))):
        life.know(first, "history", "operation", words)
    for name, words in rng.sample(_FAMILY, k=rng.choice((0, 1, 2, 2))):
        life.know(first, "family", name, words)
    name, words = rng.choice(_FAMILY_ABSENT)
    if last_told(life, name) == float("-inf"):
        life.know(first, "family", name, words, polarity="absent")


def _allergies(life: Life) -> None:
    """Labels of drugs and foods, or that there are none known."""
    rng, chart = life.stream("allergies"), life.chart
    at = office(life.timeline.first + between(rng, 1, 200) * DAY, rng)
    found = [
        name
        for name, share in _ALLERGENS
        if rng.random() < share and not life.has(*_NEEDED.get(name, ("none",)))
    ]
    if "penicillin" in found and "amoxicillin" in found:
        found.remove("amoxicillin")
    if not found and rng.random() < 0.85 and at < life.last:
        chart.allergy("no-known-allergy", recorded=local(at))
        life.know(at, "history", "allergy", "drug allergies", polarity="absent")
    for name in found:
        if at >= life.last:
            break
        life.allergies.add(name)
        reaction = rng.choice(_REACTIONS.get(name, ("Rash", "Hives", "Itching")))
        intolerance = reaction in {"Nausea", "Vomiting", "Stomach upset", "Cough"}
        chart.allergy(
            name, recorded=local(at), reaction=reaction, kind="intolerance" if intolerance else "allergy"
        )
        life.know(at, "history", "allergy", f"{reaction.lower()} after {name.replace('-', ' ')}")
        at = office(at + between(rng, 0, 500) * DAY, rng)


def _troubles(life: Life) -> None:
    rng, first, person = life.stream("troubles"), life.timeline.first, life.person
    age = life.body.age(first)
    bmi = person.weight_kg / (person.height_cm / 100) ** 2
    young = life.has("pregnant", "parous")
    if bmi >= 30:
        life.problem(
            "obesity-morbid" if bmi >= 40 else "obesity", office(first - between(rng, 0, 3000) * DAY, rng)
        )
    for trouble in _TROUBLES:
        fits = trouble.sex in {"", person.gender} and age > trouble.above and not (trouble.fat and bmi < 31)
        if (
            rng.random() >= trouble.share
            or not fits
            or trouble.condition in life.problems
            or (young and trouble.condition in {"gout", "vitamin-d-deficiency"})
        ):
            continue
        onset = office(first + between(rng, -3500, 1200) * DAY, rng)
        words = rng.choice(trouble.words)
        drug = trouble.drug if rng.random() < 0.75 else ""
        life.at(
            max(onset, first),
            lambda at, t=trouble, o=onset, w=words, d=drug: _befall(life, t.condition, o, (at, w, d)),
        )


def _befall(life: Life, condition: str, onset: float, told: tuple[float, str, str]) -> None:
    """The trouble comes on the list; `told` is when it is known, in which words, and the tablet for it."""
    at, words, drug = told
    if condition == "gout":
        life.body.shift(uric_acid=1.7)
    if condition == "vitamin-d-deficiency":
        life.body.shift(vitamin_d=-0.55)
    life.problem(condition, onset)
    life.know(at, "history", condition, words)
    if drug and not (drug == "alendronate" and life.person.egfr < 35):
        life.start_home(drug, office(at + 3 * DAY, life.stream(f"trouble {condition}")))


def visit(life: Life, clinic: Clinic) -> None:
    """Prevention at regular visits; a complaint where that is why somebody comes."""
    if clinic.purpose in _BRIEF:
        return
    if clinic.purpose == "acute":
        complain(life, clinic)
        return
    prevent(life, clinic)
    rng = clinic.rng
    if clinic.purpose == "annual":
        clinic.know(
            "symptom",
            "general",
            rng.choice(
                (
                    "feels well",
                    "no complaints",
                    "well apart from tiredness at work",
                    "good energy, sleeps well",
                )
            ),
        )
        clinic.know(
            "sign",
            "exam",
            rng.choice(
                (
                    "normal heart, lungs and abdomen",
                    "unremarkable examination",
                    "clear lungs, no murmur, soft abdomen",
                )
            ),
        )
        life.chart.condition("annual-exam", onset=local(clinic.at + 800), category="encounter-diagnosis")
        clinic.want("comprehensive-metabolic-panel", "cbc")
    for name, words in (
        ("chest pain", "chest pain"),
        ("dyspnea", "shortness of breath"),
        ("weight loss", "weight loss"),
        ("falls", "falls"),
    ):
        if rng.random() < 0.3:
            clinic.know("symptom", name, words, polarity="absent")


def visits(person: Person, first: float, last: float, _rng: Random) -> Iterable[tuple[float, str]]:
    """Now and then a complaint between the regular visits: about one in two years; never for some."""
    rng = child(0, person.id, "complaints")
    gap = rng.choice((500, 700, 900, 1400, 3000))
    at = first + between(rng, 30, gap) * DAY
    while at < last:
        day = local(at).weekday()
        yield at + (7 - day) * DAY if day >= 5 else at, "acute"
        at += gap * between(rng, 0.4, 1.6) * DAY


HEALTHY = Lasting("", begin, visit, visits)
