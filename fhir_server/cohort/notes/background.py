"""What stays the same in somebody's notes: family, work, habits, operations long ago. Facts first, else dealt once."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ..clock import local
from ..courses.facts import Facts
from ..plan import Person
from .grammar import pick, some
from .reading import Reading

_WORK = (
    "school bus driver", "bookkeeper", "machinist", "teacher", "warehouse supervisor", "line cook", "carpenter",
    "postal carrier", "seamstress", "electrician", "nursing home aide", "librarian", "truck mechanic", "farm worker",
    "bank teller", "hairdresser", "plumber", "office manager", "security guard", "baker", "welder", "store clerk",
    "house painter", "paralegal", "dental assistant", "train conductor", "landscaper", "pharmacy technician",
    "restaurant owner", "software tester", "florist", "roofer", "daycare worker", "insurance adjuster", "butcher",
)  # fmt: skip
_ADULT_KIN = ("daughter", "son", "sister", "brother", "niece", "nephew", "neighbor", "friend")
_YOUNG_KIN = ("mother", "father", "partner", "roommate", "sister", "brother")
_HOMES = (
    "lives alone in a {floor}-floor apartment", "lives with {kin} in a {kind}", "lives in a {kind} with {steps} steps to enter",
    "shares a {kind} with {kin}", "lives in senior housing, {floor} floor with an elevator",
)  # fmt: skip
_SURGERY = (
    ("appendectomy", 8, 45), ("tonsillectomy", 4, 16), ("inguinal hernia repair", 25, 70), ("carpal tunnel release", 35, 70),
    ("cataract surgery", 60, 85), ("rotator cuff repair", 35, 68), ("lumbar laminectomy", 35, 72), ("thyroid biopsy", 30, 70),
    ("meniscus repair, left knee", 18, 60), ("umbilical hernia repair", 25, 70), ("bunionectomy", 30, 70),
    ("sinus surgery", 20, 60), ("ankle fracture repair, left", 15, 65), ("wisdom teeth extraction", 17, 26),
    ("ganglion cyst excision, left wrist", 20, 60), ("nasal septoplasty", 18, 50), ("hemorrhoid banding", 30, 70),
    ("trigger finger release", 45, 75), ("lipoma excision from the back", 25, 70),
)  # fmt: skip
_FEMALE_SURGERY = (
    ("cesarean section", 20, 40),
    ("tubal ligation", 27, 42),
    ("breast biopsy, benign", 30, 70),
    ("ovarian cyst removal", 20, 45),
)
_MALE_SURGERY = (("vasectomy", 28, 48), ("hydrocele repair", 20, 60))
_KIN_ILL = (
    ("father", ("heart attack at {a}", "colon cancer at {a}", "stroke at {a}", "hypertension", "type 2 diabetes", "prostate cancer in his {d}s",
                "COPD, smoker", "abdominal aortic aneurysm", "alcohol use disorder", "kidney stones")),
    ("mother", ("breast cancer at {a}", "type 2 diabetes", "hypertension", "rheumatoid arthritis", "stroke at {a}", "osteoporosis", "thyroid disease",
                "dementia in her {d}s", "heart failure in her {d}s", "gallstones", "asthma")),
    ("brother", ("coronary stents at {a}", "type 2 diabetes", "lymphoma at {a}", "gout", "atrial fibrillation", "sleep apnea", "epilepsy")),
    ("sister", ("breast cancer at {a}", "lupus", "hypothyroidism", "migraine", "type 2 diabetes", "Crohn disease", "depression")),
    ("grandmother", ("colon cancer in her {d}s", "diabetes", "hip fracture at {e}", "stroke at {e}")),
    ("grandfather", ("heart attack at {a}", "lung cancer", "Parkinson disease", "aortic aneurysm")),
)  # fmt: skip
_KIN_WELL = (
    "no family history of {x}", "no known {x} in first-degree relatives", "denies {x} in the family", "{x} not known in the family",
    "no {x} among parents or siblings",
)  # fmt: skip
_KIN_ABSENT = (
    "early coronary disease",
    "sudden death",
    "colon cancer",
    "kidney disease",
    "bleeding disorders",
    "blood clots",
    "anesthesia reactions",
)
PHARMACIES = ("Elm Street Pharmacy", "Riverside Drugs", "Corner Pharmacy on Mill Road", "Parkway Pharmacy", "the hospital's own pharmacy",
              "Lakeside Apothecary", "Northgate Pharmacy", "the mail-order pharmacy")  # fmt: skip


_HABITS = {"smoking": "smoking", "alcohol": "alcohol", "work": "job", "home": "home"}
"""Names of facts and what they say of a `Background`."""


@dataclass(slots=True)
class Background:
    """One person's constants. Lists hold noun phrases without capital and full stop."""

    kin: str
    job: str
    home: str
    smoking: str
    alcohol: str
    pharmacy: str
    aid: str
    surgeries: list[str] = field(default_factory=list[str])
    family: list[str] = field(default_factory=list[str])
    unrelated: list[str] = field(default_factory=list[str])
    social: list[str] = field(default_factory=list[str])


def live(person: Person, facts: Facts, reading: Reading, now: float, rng: Random) -> Background:
    """Deals the constants of somebody, in agreement with the problem list and the facts."""
    age = (local(now).date() - person.birth_date).days / 365.25
    names = {p.name for p in reading.problems}
    life = Background(
        kin=pick(rng, _ADULT_KIN if age > 52 else _YOUNG_KIN),
        job=_job(rng, age),
        home="",
        smoking=_smoking(rng, names, age),
        alcohol=_alcohol(rng, names, person),
        pharmacy=pick(rng, PHARMACIES),
        aid=pick(
            rng,
            ("a cane", "a rolling walker", "no device", "a walker outdoors") if age > 68 else ("no device",),
        ),
    )
    homes = [
        f.words for f in facts.rows if f.topic == "social" and f.name == "home" and f.polarity == "present"
    ]
    life.kin = _living_with(homes, person.gender == "female", life.kin)
    life.home = _home(rng, life.kin)
    life.surgeries = _surgeries(rng, person, age)
    life.family, life.unrelated = _family(rng)
    for fact in facts.rows:
        if fact.encounter is not None:
            continue
        if fact.topic == "social" and fact.name in _HABITS:
            setattr(
                life, _HABITS[fact.name], fact.words if fact.polarity == "present" else f"no {fact.words}"
            )
        if fact.topic == "family":
            (life.family if fact.polarity == "present" else life.unrelated).insert(0, fact.words)
        elif fact.topic == "social" and fact.polarity == "present":
            life.social.append(fact.words)
    return life


_WITH = (
    ("son", "son"),
    ("daughter", "daughter"),
    ("mother", "mother"),
    ("parents", "mother"),
    ("roommate", "roommate"),
    ("sister", "sister"),
)


def _living_with(homes: list[str], female: bool, otherwise: str) -> str:
    """Who comes along, from where somebody lives."""
    for told in homes:
        if "spouse" in told:
            return "husband" if female else "wife"
        if "partner" in told:
            return "partner"
        for cue, kin in _WITH:
            if cue in told:
                return kin
    return otherwise


def _job(rng: Random, age: float) -> str:
    work = pick(rng, _WORK)
    if age >= 67:
        return f"retired {work}"
    return f"works as a {work}" if age >= 20 else "student"


def _home(rng: Random, kin: str) -> str:
    kind = pick(
        rng,
        (
            "two-story house",
            "ranch house",
            "walk-up apartment",
            "mobile home",
            "split-level house",
            "townhouse",
        ),
    )
    form = pick(rng, _HOMES)
    near = "own" if kin in {"neighbor", "friend", "roommate"} else kin
    form = form if near != "own" or "{kin}" not in form else "lives alone in a {kind}"
    return form.format(
        kin=f"{kin}",
        kind=kind,
        floor=pick(rng, ("second", "third", "ground", "fourth")),
        steps=2 + int(rng.random() * 12),
    )


def _smoking(rng: Random, names: set[str], age: float) -> str:
    packs = max(2, int((age - 18) * (0.25 + 0.6 * rng.random())))
    if "tobacco" in names:
        return f"smokes {pick(rng, ('half a pack', 'one pack', 'a pack and a half', '5 to 10 cigarettes'))} a day, {packs} pack-years"
    if names & {"former-smoker", "copd", "cancer-lung"}:
        return f"former smoker, {packs} pack-years, quit {2 + int(rng.random() * max(3, min(25, age - 40)))} years ago"
    return pick(rng, ("never smoker", "never smoked", "lifelong nonsmoker", "tobacco: never"))


def _alcohol(rng: Random, names: set[str], person: Person) -> str:
    if names & {"alcohol-dependence", "alcoholic-cirrhosis"}:
        return pick(
            rng, ("past heavy alcohol use, sober {n} months", "alcohol: {n} drinks a week, advised to stop")
        ).format(n=3 + int(rng.random() * 20))
    if "cirrhosis" in names or "pregnant" in person.traits:
        return pick(rng, ("no alcohol", "abstains from alcohol", "alcohol: none now"))
    n = 1 + int(rng.random() * 5)
    return pick(
        rng,
        (
            "no alcohol",
            f"{n} drinks a week",
            f"alcohol {n} times a month",
            "rare wine with dinner",
            "does not drink",
        ),
    )


def _surgeries(rng: Random, person: Person, age: float) -> list[str]:
    pool = [*_SURGERY, *(_FEMALE_SURGERY if person.gender == "female" else _MALE_SURGERY)]
    found: list[str] = []
    for name, low, high in some(rng, pool, 0, 4):
        if low + 1 < age:
            at = low + rng.random() * (min(high, age - 0.6) - low)
            found.append(f"{name} {person.birth_date.year + int(at)}")
    return found


def _family(rng: Random) -> tuple[list[str], list[str]]:
    ill: list[str] = []
    for kin, illnesses in some(rng, _KIN_ILL, 1, 3):
        what = pick(rng, illnesses).format(
            a=38 + int(rng.random() * 38), d=5 + int(rng.random() * 4) * 1, e=70 + int(rng.random() * 20)
        )
        what = (
            what.replace("5s", "50s").replace("6s", "60s").replace("7s", "70s").replace("8s", "80s")
            if "in h" in what
            else what
        )
        ill.append(f"{kin} {pick(rng, ('with', 'had', 'with'))} {what}")
    absent = [pick(rng, _KIN_WELL).format(x=x) for x in some(rng, _KIN_ABSENT, 1, 2)]
    return ill, absent
