"""One clinic visit in progress, as lasting conditions see it."""

from __future__ import annotations

from random import Random

from ..chance import between
from ..clock import HOUR, local
from . import specimens
from .facts import Polarity, Topic
from .life import Life
from .timeline import Visit


class Clinic:
    """A visit in progress.

    Attributes:
        life: the person's course.
        visit: when, and for what purpose.
        signs: the vital signs of the visit (see `Body.signs`).
    """

    def __init__(self, life: Life, visit: Visit, rng: Random) -> None:
        self.life = life
        self.visit = visit
        self.rng = rng
        self.signs: dict[str, float] = {}
        self._wanted: list[str] = []

    @property
    def at(self) -> float:
        """When it begins, in seconds."""
        return self.visit.at

    @property
    def purpose(self) -> str:
        """Such as "follow-up", "annual", "anticoagulation", "chemotherapy", "prenatal", "diabetes"."""
        return self.visit.purpose

    def due(self, analyte: str, days: float) -> bool:
        """Whether a test was last done more than so many days ago, or never."""
        last = self.life.results.get(analyte)
        return last is None or self.at - last[0] > days * 24 * HOUR

    def want(self, *names: str) -> None:
        """Tests to be drawn at this visit: panels or analytes; each is drawn once, results come after."""
        self._wanted += [n for n in names if n not in self._wanted]

    def last(self, analyte: str) -> float | None:
        """The last numeric result before this visit."""
        found = self.life.results.get(analyte)
        return found[1] if found else None

    def know(
        self,
        topic: Topic,
        name: str,
        words: str,
        *,
        polarity: Polarity = "present",
        until: float | None = None,
    ) -> None:
        """A fact of this visit."""
        self.life.know(
            self.at, topic, name, words, polarity=polarity, encounter=self.visit.encounter_id, until=until
        )

    def procedure(self, name: str, minutes: float = 10) -> None:
        """A procedure of `codes.PROCEDURES` during the visit."""
        self.life.chart.procedure(name, local(self.at + minutes * 60))

    def image(self, name: str, finding: str) -> None:
        """An image or tracing after the visit: order, report with its conclusion (full sentences)."""
        when = self.at + between(self.rng, 0.7, 5) * HOUR
        if when + HOUR < self.life.last:
            chart = self.life.chart
            chart.order_service(
                name, authored=local(self.at + 1200), status="completed", occurrence=local(when)
            )
            chart.report(name, (), local(when))
            chart.resources[-1]["conclusion"] = finding

    def close(self) -> None:
        """Draws what was wanted."""
        if self._wanted:
            specimens.draw(self.life, self.at + 12 * 60, self._wanted, at_home=True)
