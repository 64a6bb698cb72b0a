"""One chart's course as it happens: an agenda of moments, a body that illness and treatment move, medicines at home.

Everything is done in order of time: an order leads to a dose, a dose moves the body, and results are read off the body.
Illnesses (`illnesses/`) and lasting conditions (`lasting/`) say what happens; this module keeps the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from ...backend import Resource
from ..builder import ChartBuilder
from ..chance import between, child
from ..clock import DAY, at_hour, local
from ..codes import DRUGS
from ..parts import COMMUNITY_ORDER
from ..physiology.body import Body
from ..physiology.remedies import REMEDIES
from ..plan import Person, Plan
from .facts import Fact, Facts, Polarity, Topic
from .timeline import Timeline

Act = Callable[[float], object]
"""What is done at a moment, which it is given in seconds; what it returns is not looked at."""


@dataclass(slots=True)
class HomeDrug:
    """A medicine taken at home. `prescription` is the MedicationRequest in force, `ended` when it was stopped.

    `changed` is when the dose was set last.
    """

    drug: str
    start: float
    dose: float | None
    prescription: Resource
    ended: float | None = None
    changed: float = 0.0


_PENICILLINS = {
    "piperacillin-tazobactam": "cefepime",
    "amoxicillin-clavulanate": "levofloxacin",
    "nafcillin": "cefazolin",
}
_INSTEAD: Mapping[str, Mapping[str, str]] = {
    "penicillin": _PENICILLINS,
    "amoxicillin": _PENICILLINS,
    "sulfamethoxazole-trimethoprim": {"sulfamethoxazole-trimethoprim": "ciprofloxacin"},
    "vancomycin": {"vancomycin": "linezolid"},
    "aspirin": {"aspirin": "clopidogrel"},
    "morphine": {"morphine-iv": "hydromorphone-iv"},
    "lisinopril": {"lisinopril": "losartan", "lisinopril-20": "losartan"},
    "metformin": {"metformin": "sitagliptin", "metformin-1000": "sitagliptin"},
}
"""What is given in the place of a medicine, by allergy."""


class Life:
    """The course of one person while it is written.

    Attributes:
        plan: the cohort's plan.
        chart: what is written to.
        body: the state that results and signs are read off.
        timeline: stays and visits, in order.
        facts: what notes will be written from.
        home: medicines taken at home, by name; stopped ones stay in it with `ended` set.
        results: last numeric result of each analyte that the laboratory gave: (time of the draw, rounded value).
        allergies: short names of `codes.ALLERGENS` that are known; orders keep clear of them.
        problems: short names of lasting problems on the problem list, with the second of their onset.
        sensitivity: how strongly a medicine's lasting effect takes in this person, where it is not 1 (warfarin).
    """

    def __init__(self, plan: Plan, chart: ChartBuilder, timeline: Timeline) -> None:
        self.plan = plan
        self.chart = chart
        self.timeline = timeline
        self.facts = Facts()
        self.body = Body(chart.person, plan.now.timestamp(), self.stream("body"))
        self.home: dict[str, HomeDrug] = {}
        self.results: dict[str, tuple[float, float]] = {}
        self.problems: dict[str, float] = {}
        self.allergies: set[str] = set()
        self.sensitivity: dict[str, float] = {}
        self.rng = self.stream("life")
        self._agenda: list[tuple[float, int, Act]] = []
        self._count = 0

    @property
    def person(self) -> Person:
        """Whose life it is."""
        return self.chart.person

    @property
    def now(self) -> float:
        """The cohort's now, in seconds."""
        return self.plan.now.timestamp()

    @property
    def last(self) -> float:
        """Now, or death: nothing is written after it."""
        return self.timeline.last

    def has(self, *traits: str) -> bool:
        """Whether the person has one of some lasting conditions (words of `plan.TRAITS`)."""
        return not self.person.traits.isdisjoint(traits)

    def stream(self, name: str) -> Random:
        """The chance of one concern: adding a concern does not move the others."""
        return child(self.plan.seed, self.person.index, name)

    # -- time

    def at(self, when: float, act: Act) -> None:
        """Puts something on the agenda. What would come after the end (now, or death) is dropped."""
        if when <= self.last:
            self._count += 1
            heappush(self._agenda, (when, self._count, act))

    def run(self) -> None:
        """Does everything on the agenda in order of time, and what is put there meanwhile."""
        while self._agenda:
            when, _, act = heappop(self._agenda)
            act(when)

    # -- facts

    def know(
        self,
        at: float,
        topic: Topic,
        name: str,
        words: str,
        *,
        polarity: Polarity = "present",
        encounter: str | None = None,
        until: float | None = None,
    ) -> None:
        """Notes a fact (see `facts.Fact`)."""
        self.facts.add(Fact(at, topic, name, words, polarity, encounter, until))

    def problem(self, name: str, onset: float) -> None:
        """A lasting problem (short name of `codes.CONDITIONS`) comes on the problem list, once."""
        if name not in self.problems and onset <= self.last:
            self.problems[name] = onset
            self.chart.condition(name, onset=local(onset))

    # -- medicines at home

    def safe_dose(self, drug: str, dose: float | None) -> tuple[str, float | None]:
        """As `safe`, with the dose: the usual one for what is taken in the place of something else."""
        chosen = self.safe(drug)
        return chosen, dose if chosen == drug else None

    def safe(self, drug: str) -> str:
        """The medicine itself, or what is taken in its place by somebody who is allergic to it."""
        for substance, others in _INSTEAD.items():
            if drug in others and substance in self.allergies:
                return others[drug]
        return drug

    def takes(self, drug: str) -> bool:
        """Whether a medicine is taken at home now."""
        item = self.home.get(self.safe(drug))
        return item is not None and item.ended is None

    def taken(self) -> list[str]:
        """All that is taken at home now, in order of their beginning."""
        return [d for d, item in self.home.items() if item.ended is None]

    def start_home(self, drug: str, at: float, *, dose: float | None = None, usual: bool = True) -> None:
        """Prescribes a medicine for home at a visit or discharge; renewed each year or so until stopped.

        Nothing happens where it or the same ingredient is taken already. `usual=False` leaves its lasting effect out.
        """
        drug, dose = self.safe_dose(drug, dose)
        ingredient = DRUGS[drug].ingredient.code
        if at > self.last or any(DRUGS[d].ingredient.code == ingredient for d in self.taken()):
            return
        item = self.home[drug] = HomeDrug(drug, at, dose, self._prescribe(drug, dose, at), changed=at)
        self._renew_later(item, at)
        if usual:
            self.feel(drug, (dose or DRUGS[drug].dose) / DRUGS[drug].dose, at)

    def stop_home(self, drug: str, at: float, *, status: str = "stopped") -> None:
        """Ends a medicine at home; its lasting effect wears off."""
        drug = self.safe(drug)
        item = self.home.get(drug)
        if item is None or item.ended is not None:
            return
        item.ended = at
        item.prescription["status"] = status
        self.feel(drug, 0.0, at)

    def change_dose(self, drug: str, dose: float, at: float) -> None:
        """Another dose of a medicine taken at home: a new prescription takes the place of the old one."""
        item = self.home.get(drug)
        if item is None or item.ended is not None or at > self.last:
            return
        item.prescription["status"] = "stopped"
        item.prescription, item.dose, item.changed = self._prescribe(drug, dose, at), dose, at
        self.feel(drug, dose / DRUGS[drug].dose, at)

    def feel(self, drug: str, level: float, at: float) -> None:
        """Lets the lasting effect of a medicine come (1) or go (0); other levels scale it."""
        remedy = REMEDIES.get(drug)
        if remedy and remedy.lasting:
            name = f"drug:{drug}"
            self.body.process(name, remedy.lasting)
            self.body.aim(name, level * self.sensitivity.get(drug, 1.0), remedy.hours, at)

    def _prescribe(self, drug: str, dose: float | None, at: float) -> Resource:
        rng = self.rng
        refills = {
            "numberOfRepeatsAllowed": rng.randrange(4),
            "expectedSupplyDuration": {
                "value": rng.choice((30, 30, 90, 90, 90)),
                "unit": "days",
                "system": "http://unitsofmeasure.org",
                "code": "d",
            },
        }
        extra = {"dispenseRequest": refills, "category": COMMUNITY_ORDER}
        dead = self.person.deceased is not None
        self.chart.order_drug(
            drug, authored=local(at), dose=dose, status="stopped" if dead else "active", extra=extra
        )
        return self.chart.resources[-1]

    def _renew_later(self, item: HomeDrug, at: float) -> None:
        self.at(at + between(self.rng, 170, 420) * DAY, lambda when: self._renew(item, when))

    def _renew(self, item: HomeDrug, at: float) -> None:
        if item.ended is not None:
            return
        when = float(at_hour(at, between(self.rng, 8, 17)))
        if when > self.last:
            return
        item.prescription["status"] = "completed"
        item.prescription = self._prescribe(item.drug, item.dose, when)
        self._renew_later(item, when)
