"""One hospital stay in progress, as illnesses see it: they say what is ordered, done and found, and move the body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from ...backend import Resource
from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from ..codes import DRUGS
from ..dosing import TIMINGS, once
from ..physiology.body import Body
from ..physiology.remedies import REMEDIES
from . import specimens
from .facts import Polarity, Topic
from .life import Act, Life
from .timeline import Admission


@dataclass(slots=True)
class Order:
    """A medicine ordered in a stay. `doses` counts what was given; `ended` is when it was stopped or ran out."""

    drug: str
    dose: float
    resource: Resource
    until: float
    ended: float | None = None
    doses: int = 0

    @property
    def id(self) -> str:
        """The MedicationRequest's id."""
        return self.resource["id"]


class Case:
    """A stay in progress.

    Attributes:
        life: the person's course.
        stay: the stay as it was laid out: reason, span, severity (about 0.5 mild to 1.4 grave), ICU spans.
        end: end of the stay, or now (seconds).
        days: how many days the stay lasts in all; for the one that goes on, somewhat more than so far.
        signs: the last signs that were looked at (see `Body.signs`).
        orders: every medicine ordered so far.
        principal: the diagnosis of the stay where the illness knows better than `ailments.REASONS`; else empty.
        withheld: medicines of home that are not continued in this stay; an illness adds to it at admission.
        watchers: called with the values of each draw about an hour after it: (values, moment).
    """

    def __init__(self, life: Life, stay: Admission) -> None:
        self.life = life
        self.stay = stay
        self.end = stay.until(life.last)
        self.rng = life.stream(f"case/{stay.number}")
        ahead = between(self.rng, 1, 4) if stay.end is None else 0.0
        self.days = (self.end - stay.start) / DAY + ahead
        self.signs: dict[str, float] = {}
        self.orders: list[Order] = []
        self.principal = ""
        self.withheld: set[str] = set()
        self.watchers: list[Callable[[Mapping[str, float], float], None]] = []
        self._diagnosed: set[str] = set()

    @property
    def body(self) -> Body:
        """The state behind the chart."""
        return self.life.body

    @property
    def start(self) -> float:
        """Time of admission."""
        return self.stay.start

    @property
    def severity(self) -> float:
        """About 0.5 for a mild case to 1.4 for a grave one."""
        return self.stay.severity

    @property
    def ongoing(self) -> bool:
        """Whether it is the stay that goes on at the cohort's now."""
        return self.stay.end is None

    def hour(self, hours: float) -> float:
        """The moment so many hours after admission."""
        return self.stay.start + hours * HOUR

    def clock(self, day: int, hour: float) -> float:
        """The moment at a local hour of a hospital day; day 0 is that of admission."""
        return float(at_hour(self.stay.start, hour, day))

    def in_icu(self, at: float) -> bool:
        """Whether the patient lies in an ICU then."""
        return self.stay.in_icu(at)

    def at(self, when: float, act: Act) -> None:
        """Does something at a moment of the stay; what would come after its end is dropped."""
        if when < self.end:
            self.life.at(max(when, self.stay.start), act)

    # -- facts for the notes

    def know(
        self,
        topic: Topic,
        name: str,
        words: str,
        *,
        at: float | None = None,
        until: float | None = None,
        polarity: Polarity = "present",
    ) -> None:
        """A fact of this stay, by default from admission to its end; `words` as in `facts.Fact`."""
        since = self.start if at is None else at
        self.life.know(
            since, topic, name, words, polarity=polarity, encounter=self.stay.encounter_id, until=until
        )

    def denies(self, *pairs: tuple[str, str]) -> None:
        """Symptoms asked for on admission and not there: (name, words)."""
        for name, words in pairs:
            self.know("symptom", name, words, polarity="absent")

    # -- orders

    def order(
        self,
        drug: str,
        at: float,
        *,
        until: float | None = None,
        dose: float | None = None,
        as_needed: bool = False,
        on_first: Act | None = None,
        now: bool = True,
        scheduled: bool = True,
    ) -> Order | None:
        """Orders a medicine and lets nurses give it; each dose moves the body by `REMEDIES`.

        Args:
            drug: short name in `codes.DRUGS`, which gives dose, route, timing.
            at: when it is ordered; nothing happens outside the stay.
            until: when it is stopped; by default it goes on to the end of the stay.
            dose: other than the usual one.
            as_needed: given for pain, fever, nausea and the like only.
            on_first: done at the first dose (an antibiotic that turns an infection).
            now: a first dose within the hour rather than at the next regular hour.
            scheduled: False where somebody else decides on each dose (`give`), such as correction insulin.
        """
        drug, dose = self.life.safe_dose(drug, dose)
        last = min(self.end, until if until is not None else self.end)
        if not self.start <= at < self.end or at >= last or self.active(drug):
            return None
        row = DRUGS[drug]
        amount = row.dose if dose is None else dose
        self.life.chart.order_drug(drug, authored=local(at), dose=dose, as_needed=as_needed, status="active")
        order = Order(drug, amount, self.life.chart.resources[-1], last)
        self.orders.append(order)
        self._plan_end(order, until)
        self.life.feel(drug, amount / row.dose if row.dose else 1.0, at)
        if until is None and DRUGS[drug].timing != "once":
            self._rewrite_later(order, at)
        if not scheduled:
            return order
        prn = as_needed or row.as_needed
        if row.timing == "once":
            self._later(order, at + between(self.rng, 0.2, 0.9) * HOUR, on_first, once=True)
        elif row.timing == "continuous":
            self._later(order, at + 0.25 * HOUR, on_first)
        elif prn:
            self._later(order, at + between(self.rng, 0.5, 5) * HOUR, on_first)
        else:
            first = at + between(self.rng, 0.3, 1.0) * HOUR if now else self._next_hour(order.drug, at)
            self._later(order, first, on_first)
        return order

    def _rewrite_later(self, order: Order, at: float) -> None:
        """Orders are written anew every few days, often enough (real infusions and prescriptions: 22 % rewritten)."""
        if self.rng.random() < 0.4:
            self.at(at + between(self.rng, 1.5, 6) * DAY, lambda when: self._rewrite(order, when))

    def _rewrite(self, order: Order, at: float) -> None:
        if order.ended is not None:
            return
        order.resource["status"] = "stopped"
        changes: dict[str, object] = {"dosageInstruction": order.resource["dosageInstruction"]}
        self.life.chart.order_drug(order.drug, authored=local(at), status="active", extra=changes)
        order.resource = self.life.chart.resources[-1]
        self._rewrite_later(order, at)

    def give_once(self, drug: str, at: float, *, dose: float | None = None) -> Order | None:
        """Orders a single dose and gives it an hour or so later."""
        drug, dose = self.life.safe_dose(drug, dose)
        if not self.start <= at < self.end:
            return None
        when = at + between(self.rng, 0.3, 1.6) * HOUR
        if when >= self.end and not self.ongoing:
            return None  # gone home before it is given
        row = DRUGS[drug]
        amount = row.dose if dose is None else dose
        extra = {"dosageInstruction": [once(row, amount)]}
        self.life.chart.order_drug(drug, authored=local(at), dose=dose, status="active", extra=extra)
        order = Order(drug, amount, self.life.chart.resources[-1], self.end)
        self._later(order, when, None, once=True)
        return order

    def active(self, drug: str) -> Order | None:
        """The order of a medicine that is in force, if any."""
        drug = self.life.safe(drug)
        return next((o for o in self.orders if o.drug == drug and o.ended is None), None)

    def stop(self, drug: str, at: float, *, status: str = "stopped") -> None:
        """Stops a medicine in this stay."""
        order = self.active(drug)
        if order is not None:
            self._end(order, at, status)

    def _plan_end(self, order: Order, until: float | None) -> None:
        if until is not None and until < self.end:
            self.at(until, lambda when: self._end(order, when, "completed"))
        elif not self.ongoing:
            self.life.at(self.end - 60, lambda when: self._end(order, when, "completed"))

    def _end(self, order: Order, at: float, status: str) -> None:
        if order.ended is None:
            order.ended = at
            order.resource["status"] = status
            if not self.life.takes(order.drug):
                self.life.feel(order.drug, 0.0, at)

    def _next_hour(self, drug: str, at: float) -> float:
        """The next regular hour of a medicine, with a nurse's delay."""
        hours = TIMINGS[DRUGS[drug].timing].hours or (9,)
        for day in (0, 1):
            for hour in hours:
                when = at_hour(at, hour, day) + between(self.rng, -20, 45) * 60
                if when > at + 1.5 * HOUR:
                    return when
        return at + DAY

    def _later(self, order: Order, when: float, on_first: Act | None, *, once: bool = False) -> None:
        if when < order.until:
            self.at(when, lambda at: self._due(order, at, on_first, once=once))

    def _due(self, order: Order, at: float, on_first: Act | None, *, once: bool) -> None:
        if order.ended is not None:
            return
        row = DRUGS[order.drug]
        prn = row.as_needed or bool(order.resource["dosageInstruction"][0].get("asNeededBoolean"))
        given = self._wanted(order.drug, at) if prn else not self._held(order, at)
        if given:
            self.give(order, at)
            if on_first is not None:
                on_first(at)
                on_first = None
        if once:
            order.ended = at
            order.resource["status"] = "completed"
            return
        self._later(order, self._next(order, at, prn=prn), on_first)

    def _next(self, order: Order, at: float, *, prn: bool) -> float:
        if DRUGS[order.drug].timing == "continuous":
            return at + between(self.rng, 2, 5) * HOUR
        if prn:
            return at + between(self.rng, 4, 9) * HOUR
        return self._next_hour(order.drug, at)

    def give(self, order: Order, at: float, *, dose: float | None = None) -> None:
        """One dose is given now."""
        row = DRUGS[order.drug]
        if dose is not None:
            return self._given(order, at, dose)
        dose = order.dose
        if row.timing == "continuous":
            dose = round(dose * between(self.rng, 0.6, 1.4), 1)
        return self._given(order, at, dose)

    def _given(self, order: Order, at: float, dose: float) -> None:
        row = DRUGS[order.drug]
        self.life.chart.give_drug(order.drug, local(at), dose=dose, request=order.id)
        order.doses += 1
        self.effect(order.drug, at, dose / row.dose if row.dose else 1.0)

    def effect(self, drug: str, at: float, share: float = 1.0) -> None:
        """What one dose does to the body, `share` of the usual dose."""
        remedy = REMEDIES.get(drug)
        if remedy:
            for e in remedy.doses:
                self.body.dose(e.quantity, e.size * share, at, e.rise, e.fade)

    def _held(self, order: Order, at: float) -> bool:
        """Whether a nurse holds a dose, by its parameters or for another reason; writes that down."""
        remedy = REMEDIES.get(order.drug)
        why = ""
        if remedy and remedy.hold:
            name, limit = remedy.hold
            reading = self.signs.get(name)
            if reading is None and name in self.life.results:
                reading = self.life.results[name][1]
            if reading is not None and reading < limit:
                why = f"Held: {name.replace('-', ' ')} {reading:.0f}"
        if not why and self.rng.random() < 0.025:
            why = self.rng.choice(
                ("Patient refused", "Patient off the unit", "Dose not available from pharmacy")
            )
        if why:
            self.life.chart.give_drug(order.drug, local(at), request=order.id, status="not-done", reason=why)
        return bool(why)

    def _wanted(self, drug: str, _at: float) -> bool:
        """Whether a medicine to be given as needed is needed now."""
        signs = self.signs
        if drug in {"acetaminophen"}:
            return signs.get("temperature", 37) > 38.0 or signs.get("pain", 0) > 2.6
        if drug in {"oxycodone", "oxycodone-acetaminophen", "hydromorphone-iv", "morphine-iv", "fentanyl-iv"}:
            return signs.get("pain", 0) > 4.0
        return self.rng.random() < 0.25

    # -- tests, images, procedures

    def draw(self, at: float, *names: str) -> None:
        """Blood or urine is taken at a moment: names of panels (`codes.REPORTS`) or of analytes (`codes.ANALYTES`)."""
        self.at(at, lambda when: specimens.draw(self.life, when, names, case=self))

    def series(self, at: float, every: float, times: int, *names: str) -> None:
        """The same draw several times, `every` so many hours."""
        for n in range(times):
            self.draw(at + n * every * HOUR + between(self.rng, -8, 12) * 60, *names)

    def service(
        self,
        name: str,
        at: float,
        *,
        due: float | None = None,
        status: str | None = None,
        priority: str = "routine",
    ) -> None:
        """Orders something of `codes.SERVICES`; done when `due` has passed, standing orders end with the stay."""
        if not self.start <= at < self.end:
            return
        done = due is not None and due < self.end
        if status is None:
            status = "completed" if done or not self.ongoing else "active"
        occurrence = local(due) if due is not None else None
        self.life.chart.order_service(
            name, authored=local(at), status=status, occurrence=occurrence, priority=priority
        )

    def image(self, name: str, at: float, finding: str, *, fact: str = "") -> None:
        """An imaging study or tracing (`codes.SERVICES` and `REPORTS`): order, report with the finding as conclusion.

        `finding` is what the reader concludes, in full sentences; `fact` the short form for the notes.
        """
        if not self.start <= at < self.end - 2 * HOUR:
            return

        def read(when: float) -> None:
            chart = self.life.chart
            authored = max(self.start, when - between(self.rng, 0.4, 1.5) * HOUR)
            chart.order_service(name, authored=local(authored), status="completed", occurrence=local(when))
            chart.report(name, (), local(when))
            chart.resources[-1]["conclusion"] = finding
            if fact:
                self.know("finding", name, fact, at=when)

        self.at(at, read)

    def procedure(
        self,
        name: str,
        at: float,
        *,
        hours: float = 1.0,
        fact: str = "",
        then: Act | None = None,
    ) -> None:
        """A procedure of `codes.PROCEDURES` that lasts so many hours; `fact` is how notes tell of it."""
        if not self.start <= at < self.end - hours * HOUR:
            return

        def done(when: float) -> None:
            self.life.chart.procedure(name, local(when), end=local(when + hours * HOUR))
            if fact:
                self.know("event", name, fact, at=when + hours * HOUR)
            if then is not None:
                then(when + hours * HOUR)

        self.at(at, done)

    def transfuse(self, at: float, units: int = 1) -> None:
        """Red cells: one unit raises hemoglobin by about 1 g/dL (AABB; 0.9 here, fading with the cells' life)."""

        def done(when: float) -> None:
            for n in range(units):
                begun = when + n * 2.6 * HOUR
                if begun < self.end - 2.5 * HOUR:
                    chart = self.life.chart
                    if n == 0:
                        authored = local(max(self.start, when - HOUR))
                        chart.order_service("red-cell-transfusion", authored=authored, status="completed")
                    chart.procedure("red-cell-transfusion", local(begun), end=local(begun + 2.2 * HOUR))
                    self.body.dose("hemoglobin", 0.95, begun, 1.5, 900)
                    self.know("event", "transfusion", "one unit of packed red cells", at=begun + 2.2 * HOUR)

        self.at(at, done)

    def diagnose(self, name: str, at: float) -> None:
        """A diagnosis of this encounter (`codes.CONDITIONS`), once; resolved at discharge unless lasting."""
        if not self.start <= at < self.end or name in self._diagnosed:
            return
        self._diagnosed.add(name)
        over = not self.ongoing and name not in self.life.problems
        self.life.chart.condition(
            name,
            onset=local(at),
            clinical="resolved" if over else "active",
            abated=local(self.end) if over else None,
            category="encounter-diagnosis",
        )

    def resulted(self, at: float, values: Mapping[str, float]) -> None:
        """Results of a draw are known: whoever watches them reacts about an hour later."""
        for watch in self.watchers:
            self.at(at + HOUR, partial(watch, values))
