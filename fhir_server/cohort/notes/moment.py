"""A note while it is written: when, by whom, in which stay; values of the chart as the author would put them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random

from ..clock import DAY, HOUR, local
from . import words
from .desk import Author, Book, Desk
from .grammar import Bank, Template, listed, pick, say, sentence
from .styles import Style

_SPAN = 30 * HOUR


class Moment(dict[str, str]):
    """The slots of one note, filled in when a template first asks for them.

    Attributes:
        desk: the chart.
        at: the time of the note, in seconds.
        author: who writes.
        book: the stay, None outside of one.
        encounter: id of the Encounter of the stay or visit, None outside of both.
        rng: chance.
        cited: (analyte, value) of every result that was told, in order.
    """

    def __init__(
        self,
        desk: Desk,
        at: float,
        author: Author,
        book: Book | None,
        rng: Random,
        *,
        encounter: str | None = None,
    ) -> None:
        super().__init__(book.words if book else {})
        self.encounter = book.stay.encounter_id if book else encounter
        self.desk = desk
        self.at = at
        self.author = author
        self.book = book
        self.rng = rng
        self.cited: list[tuple[str, float]] = []
        self.told: set[str] = set()
        self._home: list[tuple[str, float | None]] | None = None

    def __missing__(self, key: str) -> str:
        value = _SLOTS[key](self)
        self[key] = value
        return value

    @property
    def style(self) -> Style:
        """The author's hand."""
        return self.author.style

    @property
    def when(self) -> datetime:
        """The time of the note, local."""
        return local(self.at)

    @property
    def female(self) -> bool:
        """Whether the patient is a woman."""
        return self.desk.person.gender == "female"

    @property
    def age(self) -> int:
        """Age in whole years."""
        born, day = self.desk.person.birth_date, self.when.date()
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def day(self) -> int:
        """Hospital day, 1 on the day of admission."""
        assert self.book is not None
        return self.when.toordinal() - local(self.book.stay.start).toordinal() + 1

    @property
    def stage(self) -> int:
        """0 at first, 1 when better, 2 towards the end of the stay."""
        book = self.book
        assert book is not None
        days = (self.at - book.stay.start) / DAY
        if book.died:
            return 0
        part = days / max(book.days, 1.5) if book.over else days / max(book.days + 1.5, 5)
        if days < 1.2 and part < 0.75:
            return 0
        return 0 if part < 0.28 else 1 if part < 0.68 else 2

    def say(self, options: Sequence[Template], **more: str) -> str:
        """An expansion of one of some templates, with more slots for this time."""
        if more:
            return say(options, self.rng, _Over(self, more))
        return say(options, self.rng, self)

    def bank(self, bank: Bank, key: str, **more: str) -> str:
        """An expansion of one of the templates of a bank."""
        return self.say(bank[key], **more)

    def day_of(self, at: float) -> str:
        """A date in the author's way."""
        return self.style.day(local(at))

    def clock(self, at: float) -> str:
        """A time of day: 07:40, or 0740 by some."""
        when = local(at)
        return f"{when.hour:02d}{'' if self.style.form % 3 == 0 else ':'}{when.minute:02d}"

    # -- values

    def readings(self, name: str, hours: float = 24.0) -> list[float]:
        """Values of a sign in the hours before the note."""
        return [v for _, v in self.desk.reading.of(name).within(self.at - hours * HOUR, self.at)]

    def last(self, name: str, hours: float = 30.0) -> float | None:
        """The newest value that was known, no older than so many hours."""
        return self.desk.reading.last(name, self.at, self.at - hours * HOUR)

    def before(self, name: str) -> tuple[float, float] | None:
        """(time, value) of the one before the newest, at least three hours older and no more than three days."""
        found = self.desk.reading.of(name).last(self.at, self.at - _SPAN)
        if found is None:
            return None
        return self.desk.reading.of(name).last(found[0] - 3 * HOUR, found[0] - 3 * DAY)

    def change(self, name: str) -> int:
        """-1 where a value has fallen since the one before by more than a twelfth, 1 where it has risen, else 0."""
        now, before = self.last(name), self.before(name)
        if now is None or before is None or before[1] == 0:
            return 0
        ratio = now / before[1]
        limit = 0.02 if name == "sodium" else 0.08
        return 1 if ratio > 1 + limit else -1 if ratio < 1 - limit else 0

    def flag(self, name: str, value: float) -> int:
        """-1 below, 1 above the reference range, else 0."""
        low, high = words.limits(name, self.desk.person.gender)
        return -1 if value < low else 1 if value > high else 0

    def tell(self, name: str, *, hours: float = 30.0, trend: bool = True) -> str:
        """A result with its label, beside the one before where the author does that; empty where there is none."""
        found = self.desk.reading.of(name).last(self.at, self.at - hours * HOUR)
        if found is None:
            return ""
        self.cited.append((name, found[1]))
        now = words.number(name, found[1])
        label = words.label(name, self.style.form + (0 if self.style.shortens else 1))
        before = self.before(name) if trend else None
        if before is None or self.rng.random() < 0.2:
            return f"{label} {now}"
        old = words.number(name, before[1])
        if old == now and self.rng.random() < 0.8:
            return f"{label} {now}{pick(self.rng, (' (same)', ', unchanged', ', stable', ' again', ''))}"
        match self.style.trend:
            case 0:
                return f"{label} {now} from {old}"
            case 1:
                return f"{label} {old} -> {now}"
            case 2:
                return f"{label} {now} ({old})"
            case _:
                return f"{label} {now} (was {old} on {self.day_of(before[0])})"

    def labs(self, names: Sequence[str], *, hours: float = 30.0) -> list[str]:
        """Several results told."""
        return [text for name in names if (text := self.tell(name, hours=hours))]

    def temperature(self, celsius: float) -> str:
        """A temperature in the author's unit, which is not named each time."""
        if self.style.metric:
            return f"{celsius:.1f}{pick(self.rng, (' C', '', ' C'))}"
        return f"{celsius * 1.8 + 32:.1f}{pick(self.rng, (' F', '', 'F'))}"

    def fever(self, hours: float = 24.0) -> float | None:
        """The highest temperature in degrees Celsius where it was 38 or more."""
        temps = self.readings("temperature", hours)
        return max(temps) if temps and max(temps) >= 38.0 else None

    def oxygen(self) -> str:
        """What is breathed: "on 2 L NC", "on RA"; empty where it is not known."""
        flow = self.desk.reading.of("oxygen-flow").last(self.at, self.at - 7 * HOUR)
        fio2 = self.desk.reading.of("fio2").last(self.at, self.at - 6 * HOUR)
        sat = self.desk.reading.of("spo2").last(self.at, self.at - 13 * HOUR)
        if sat is None:
            return ""
        if fio2 is not None and fio2[1] > 21 and (flow is None or fio2[0] > flow[0]):
            return f"on FiO2 {fio2[1]:.0f}%"
        if flow is not None and flow[0] > sat[0] - 4.5 * HOUR:
            return f"on {flow[1]:g} L {pick(self.rng, ('NC', 'nasal cannula', 'O2'))}"
        return pick(self.rng, ("on room air", "on RA", "RA", "on room air"))

    def on_oxygen(self) -> bool:
        """Whether oxygen is given."""
        return "RA" not in (text := self.oxygen()) and "room" not in text and bool(text)

    def taking(self, hours: float = 30.0) -> list[str]:
        """What was given in the hours before, in order of name."""
        return self.desk.reading.on(self.at, self.at - hours * HOUR)

    def home_drugs(self) -> list[tuple[str, float | None]]:
        """(drug, dose) of the prescriptions for home in force, as far as can be told."""
        if self._home is None:
            self._home = self._find_home()
        return self._home

    def _find_home(self) -> list[tuple[str, float | None]]:
        newest: dict[str, tuple[float, str, float | None]] = {}
        for o in self.desk.reading.ordered:
            if not o.home:
                continue
            if o.at <= self.at:
                newest[o.drug] = (o.at, o.status, o.dose)
            elif o.drug in newest and newest[o.drug][1] in _OVER and o.at < newest[o.drug][0] + 430 * DAY:
                newest[o.drug] = (
                    newest[o.drug][0],
                    "completed",
                    newest[o.drug][2],
                )  # another dose took its place later
        return [
            (drug, dose)
            for drug, (at, status, dose) in sorted(newest.items())
            if at > self.at - 430 * DAY
            and (status not in _OVER or (at > self.at - 45 * DAY and not self._replaced(drug, at)))
        ]

    def _replaced(self, drug: str, at: float) -> bool:
        """Whether another medicine of the class was prescribed since, or a fact tells that it was stopped."""
        kin = next((group for group in _CLASSES if drug in group), ())
        if any(
            o.home and o.drug in kin and o.drug != drug and at <= o.at <= self.at
            for o in self.desk.reading.ordered
        ):
            return True
        name = words.drug(drug).split(" ", 1)[0]
        told = (f.words for f in self.desk.facts.rows if f.topic == "treatment" and at < f.at <= self.at)
        return any(name in w and ("stopped" in w or "changed" in w or "held" in w) for w in told)

    def signed(self) -> str:
        """How the note is signed."""
        name, when = self.author.name, self.when
        stamp = f"{self.style.day(when)} {self.clock(self.at)}"
        match self.style.sign:
            case 0:
                return f"Electronically signed by {name} on {stamp}"
            case 1:
                return f"{name}, {stamp}"
            case 2:
                return f"{name} | {stamp} | {self.desk.person.name.family}"
            case _:
                return f"Signed: {name} {stamp}"


class _Over(dict[str, str]):
    """More slots over those of a moment."""

    def __init__(self, under: Moment, more: Mapping[str, str]) -> None:
        super().__init__(more)
        self._under = under

    def __missing__(self, key: str) -> str:
        return self._under[key]


def _pmh(m: Moment) -> str:
    names = [n for n in m.desk.problems(m.at) if n not in words.NOT_HISTORY]
    said = [words.condition(n, m.style.form + len(n) if m.style.shortens else 0) for n in names[:4]]
    return (
        listed(said)
        if said
        else pick(m.rng, ("no chronic illness", "no significant past history", "good general health"))
    )


_OVER = frozenset({"stopped", "cancelled"})
_CLASSES = (
    (
        "lisinopril",
        "lisinopril-20",
        "losartan",
        "sacubitril-valsartan",
        "sacubitril-valsartan-49",
        "sacubitril-valsartan-97",
    ),
    ("carvedilol", "metoprolol-succinate", "metoprolol-tartrate"),
    ("furosemide", "torsemide", "bumetanide"),
    ("atorvastatin", "atorvastatin-80", "rosuvastatin"),
    ("apixaban", "warfarin"),
)
"""Of each, one at a time (as `lasting.classes`, which cannot be imported here without a circle)."""
_TITLE = {True: "Ms", False: "Mr"}
_SLOTS: Mapping[str, Callable[[Moment], str]] = {
    "age": lambda m: str(m.age),
    "who": lambda m: "woman" if m.female else "man",
    "sex": lambda m: "female" if m.female else "male",
    "sx": lambda m: "F" if m.female else "M",
    "he": lambda m: "she" if m.female else "he",
    "He": lambda m: "She" if m.female else "He",
    "him": lambda m: "her" if m.female else "him",
    "his": lambda m: "her" if m.female else "his",
    "His": lambda m: "Her" if m.female else "His",
    "name": lambda m: f"{_TITLE[m.female]} {m.desk.person.name.family}",
    "family": lambda m: m.desk.person.name.family,
    "given": lambda m: m.desk.person.name.given[0],
    "date": lambda m: m.day_of(m.at),
    "time": lambda m: m.clock(m.at),
    "hd": lambda m: str(m.day) if m.book else "",
    "bed": lambda m: m.book.stay.bed if m.book else "",
    "ward": lambda m: m.book.stay.bed.split("-")[0] if m.book else "",
    "admitted": lambda m: m.day_of(m.book.stay.start) if m.book else "",
    "pmh": _pmh,
    "relative": lambda m: f"{m['his']} {m.desk.life.kin}",
    "Relative": lambda m: sentence(m["relative"])[:-1],
    "kin": lambda m: m.desk.life.kin,
    "home": lambda m: m.desk.life.home,
    "job": lambda m: m.desk.life.job,
    "md": lambda m: f"Dr {m.author.family}",
    "athr": lambda m: _rate(m, (" at {n}", " at about {n}", "")),
    "atrate": lambda m: _rate(m, (", rate {n}", " at {n}", "")),
    "oxygen": lambda m: m.oxygen(),
    "problem": lambda m: say(m.book.illness.called, m.rng, m) if m.book else "",
    "side": lambda _m: "right",
    "risks": lambda m: _risks(m),  # noqa: PLW0108 defined below
    "n2": lambda m: str(2 + int(m.rng.random() * 3)),
}


def _rate(m: Moment, forms: Sequence[str]) -> str:
    """The last heart rate in one of some ways; empty where there is none."""
    rate = m.last("heart-rate", 12)
    return "" if rate is None else pick(m.rng, forms).format(n=f"{rate:.0f}")


def _risks(m: Moment) -> str:
    names = set(m.desk.problems(m.at))
    found = [
        words.condition(n, m.style.form)
        for n in ("hypertension", "hyperlipidemia", "diabetes-2", "tobacco")
        if n in names
    ]
    return listed([*found, m.desk.life.smoking, *m.desk.life.family[:1]])
