"""Where a chart's notes are written: the reading of the chart, the facts, who wrote on which day, each stay's constants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random

from ..ailments import REASONS
from ..builder import ChartBuilder
from ..chance import between, child
from ..clock import DAY, HOUR, local
from ..courses.facts import Fact, Facts, Topic
from ..courses.timeline import Admission, Timeline
from ..hospital import Practitioner, house
from ..plan import Json, Person, Plan
from .background import Background
from .grammar import pick, some
from .illness_more import INFECTION_AND_KIDNEY, REST
from .illness_planned import PLANNED
from .illness_words import CHEST, Illness
from .reading import Problem, Reading
from .styles import Style, style_of

ILLNESSES: Mapping[str, Illness] = {**CHEST, **INFECTION_AND_KIDNEY, **REST, **PLANNED}
_ALIKE: Mapping[str, str] = {"aki": "kidney", "nstemi": "chest-pain", "dka": "ketoacidosis", "hip-fracture": "hip",
                             "cirrhosis": "liver", "pyelonephritis": "preterm"}  # fmt: skip
_WARD_SPECIALTIES: Mapping[str, Sequence[str]] = {
    "hip": ("Orthopedic surgery", "Hospital medicine"), "elective-knee": ("Orthopedic surgery",), "afib": ("Cardiology", "Hospital medicine"),
    "heart-failure": ("Cardiology", "Hospital medicine"), "chest-pain": ("Cardiology", "Hospital medicine"), "stroke": ("Neurology",),
    "delivery": ("Obstetrics and gynecology",), "preterm": ("Obstetrics and gynecology",), "elective-colectomy": ("General surgery",),
    "cholecystectomy": ("General surgery",), "neutropenic-fever": ("Hematology and oncology",),
}  # fmt: skip
_STAGES = frozenset({"ckd-3", "ckd-3a", "ckd-3b", "ckd-4", "ckd-5", "esrd"})
"""Of these the newest is told, even where an older one was left on the list."""
_GENERAL: Mapping[str, tuple[str, ...]] = {
    "atrial-fibrillation": ("atrial-fibrillation-",), "anemia": ("anemia-", "iron-deficiency"), "heart-failure": ("heart-failure-", "hypertensive-heart"),
    "hyperlipidemia": ("mixed-",), "asthma": ("asthma-",), "depression": ("depression-",),
}  # fmt: skip
"""Not told beside a more exact one."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a Reference, the name as signed, the family name, the hand."""

    part: Mapping[str, Json]
    name: str
    family: str
    style: Style
    specialty: str = ""


@lru_cache(maxsize=512)
def author_of(seed: int, who: Practitioner) -> Author:
    """A member of the staff as an author."""
    part = {"reference": f"Practitioner/{who.id}", "display": who.display}
    return Author(part, who.display, who.family, style_of(seed, who.id), who.specialty)


@lru_cache(maxsize=64)
def authors(seed: int, role: str) -> tuple[Author, ...]:
    """The staff of a role (a key of `hospital.OTHERS`, `nurse`), or the physicians of a specialty."""
    home = house(seed)
    return tuple(author_of(seed, p) for p in home.of_role(role) or home.of_specialty(role))


@lru_cache(maxsize=64)
def nurses(seed: int, unit: str) -> tuple[Author, ...]:
    """The nurses of a ward, the emergency department or the clinic."""
    home = house(seed)
    return tuple(author_of(seed, p) for p in home.nurses_of(unit) or home.of_role("nurse"))


@dataclass(slots=True)
class Book:
    """One stay while its notes are written. `words` holds what stays the same in its story."""

    stay: Admission
    end: float
    over: bool
    died: bool
    illness: Illness
    attending: tuple[Author, ...]
    nurses: tuple[Author, ...]
    intensive: tuple[Author, ...]
    words: dict[str, str] = field(default_factory=dict[str, str])
    diagnoses: list[Problem] = field(default_factory=list[Problem])

    @property
    def days(self) -> float:
        """Length so far, in days."""
        return (self.end - self.stay.start) / DAY

    @property
    def planned(self) -> bool:
        """Whether the patient came by appointment."""
        return self.stay.planned or self.stay.reason.startswith("elective")

    def doctor(self, at: float) -> Author:
        """Who has the patient on a day: they change each week, and one day in six somebody covers."""
        day = int((at - self.stay.start) // DAY)
        if day % 6 == 5:
            return self.attending[-1]
        return self.attending[(day // 7) % max(1, len(self.attending) - 1)]

    def nurse(self, at: float) -> Author:
        """Who has the shift."""
        when = local(at)
        shift = when.toordinal() * 2 + (0 if 7 <= when.hour < 19 else 1)
        crew = self.intensive if self.stay.in_icu(at) else self.nurses
        return crew[shift * 7 % len(crew)]


@dataclass(slots=True)
class Desk:
    """One chart: what is known and who writes."""

    plan: Plan
    chart: ChartBuilder
    timeline: Timeline
    facts: Facts
    reading: Reading
    life: Background
    rng: Random
    books: list[Book] = field(default_factory=list[Book])
    _topics: dict[tuple[str, str | None], list[Fact]] = field(
        default_factory=dict[tuple[str, "str | None"], list[Fact]]
    )

    _listed: tuple[float, list[str]] = field(default_factory=lambda: (-1.0, list[str]()))

    def __post_init__(self) -> None:
        for fact in self.facts.rows:
            self._topics.setdefault((fact.topic, fact.encounter), []).append(fact)
        self.books = [_open(self, stay) for stay in self.timeline.admissions]

    @property
    def person(self) -> Person:
        """Whose chart it is."""
        return self.chart.person

    @property
    def seed(self) -> int:
        """The cohort's seed."""
        return self.plan.seed

    @property
    def now(self) -> float:
        """The cohort's now, in seconds."""
        return self.plan.now.timestamp()

    def of(self, topic: Topic, encounter: str | None) -> list[Fact]:
        """All facts of a topic of one encounter, in order of writing."""
        return self._topics.get((topic, encounter), [])

    def known(self, at: float, topic: Topic, encounter: str | None, polarity: str = "present") -> list[str]:
        """The words of the facts of a topic that hold at a time, of the encounter."""
        return [f.words for f in self.of(topic, encounter) if f.polarity == polarity and f.holds(at)]

    def staff(self, *specialties: str) -> list[Practitioner]:
        """Physicians of some specialties; all where there is none of them."""
        home = house(self.seed)
        return list(home.of_specialty(*specialties)) or list(home.of_specialty("Hospital medicine"))

    def problems(self, at: float) -> list[str]:
        """The problem list as it stood at a time, in order of onset."""
        if self._listed[0] == at:
            return self._listed[1]
        self._listed = (at, self._list_problems(at))
        return self._listed[1]

    def _list_problems(self, at: float) -> list[str]:
        names: list[str] = []
        for p in self.reading.problems:
            if not p.encounter and p.at <= at < p.ended and p.name not in names:
                names.append(p.name)
        stages = [n for n in names if n in _STAGES]
        special = [n for n in names if n not in _STAGES or n == stages[-1]]
        return [
            n
            for n in special
            if n not in _GENERAL or not any(o != n and o.startswith(_GENERAL[n]) for o in special)
        ]


def illness_of(reason: str) -> Illness:
    """The words for a reason of admission; general ones where there are none."""
    return ILLNESSES.get(reason) or ILLNESSES[_ALIKE.get(reason, "general")]


def _open(desk: Desk, stay: Admission) -> Book:
    rng = child(desk.seed, desk.person.index, "notes", "stay", stay.number)
    team: Mapping[str, Sequence[str]] = desk.person.details.get("team", {})
    staff = house(desk.seed)
    wanted = _WARD_SPECIALTIES.get(stay.reason, ("Hospital medicine",))
    doctors = [pick(rng, desk.staff(*wanted)) for _ in range(3)]
    crew = list(nurses(desk.seed, stay.bed.split("-")[0]))
    if stay.end is None:
        doctors[0] = next((p for p in staff.staff if p.id == team.get("physician", ("",))[0]), doctors[0])
    end = stay.until(desk.now)
    deceased = desk.person.deceased
    book = Book(
        stay=stay,
        end=end,
        over=stay.end is not None,
        died=deceased is not None and abs(deceased.timestamp() - end) < HOUR,
        illness=illness_of(stay.reason),
        attending=tuple(author_of(desk.seed, d) for d in doctors),
        nurses=tuple(some(rng, crew, 5, 5)),
        intensive=tuple(some(rng, nurses(desk.seed, "CCU" if "heart" in stay.reason else "MICU"), 5, 5)),
        diagnoses=[p for p in desk.reading.problems if p.encounter == stay.encounter_id],
    )
    book.words = _story_words(desk, book, rng)
    return book


def _side(text: str) -> str:
    """The side that a text names first; empty where it names none."""
    right, left = text.find("right "), text.find("left ")
    if right < 0 and left < 0:
        return ""
    return "right" if left < 0 or 0 <= right < left else "left"


def _story_words(desk: Desk, book: Book, rng: Random) -> dict[str, str]:
    """What the story of one stay keeps: how long, who came along, which side."""
    stay, kin = book.stay, desk.life.kin
    days = 2 + int(rng.random() * 6)
    text = " ".join(i.words.lower() for i in desk.reading.images if stay.start <= i.at <= book.end)
    told = " ".join(
        f.words
        for f in desk.facts.rows
        if f.encounter == stay.encounter_id and f.topic in {"symptom", "sign", "event"}
    )
    named_left = any(p.name.endswith("-left") for p in book.diagnoses)
    side = (
        "left"
        if named_left
        else _side(told) or _side(text) or _side(REASONS[stay.reason].text) or pick(rng, ("right", "left"))
    )
    named = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
    reason = REASONS[stay.reason].text if stay.reason in REASONS else stay.reason.replace("-", " ")
    return {
        "span": pick(
            rng,
            (
                f"{days} days",
                f"{named[days]} days",
                f"{days}d",
                "about a week",
                f"{days}-day history",
                "a few days",
            ),
        )
        if rng.random() < 0.9
        else "two weeks",
        "few": pick(rng, ("2", "3", "two", "three", "several", "4")),
        "fewh": pick(rng, ("2", "3", "4", "6", "8", "several")),
        "gain": str(4 + int(rng.random() * 15)),
        "pillows": pick(rng, ("2", "3", "4")),
        "relative": f"{'his' if desk.person.gender == 'male' else 'her'} {kin}",
        "night": f"{1 + int(rng.random() * 5)} AM",
        "sputum": pick(rng, ("yellow", "green", "rust-colored", "thick white", "yellow-green", "tan")),
        "fever": f"{100.6 + rng.random() * 2.6:.1f}",
        "season": pick(rng, ("spring", "summer", "fall", "winter")),
        "side": side,
        "rate": str(118 + int(rng.random() * 45)),
        "painmax": str(5 + int(rng.random() * 6)),
        "cm": str(6 + int(rng.random() * 14)),
        "nihss": str(3 + int(rng.random() * 7)),
        "reason": reason[:1].lower() + reason[1:] if not reason[:2].isupper() else reason,
        "weekday": WEEKDAYS[local(stay.start - between(rng, 1, 4) * DAY).weekday()],
        "iv": f"{pick(rng, ('18', '20', '20', '22'))}g {pick(rng, ('L', 'R'))} {pick(rng, ('forearm', 'AC', 'hand', 'wrist', 'upper arm'))}",
        "kin": kin,
    }
