"""Counts: mess, stays, diagnoses, drugs, notes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chart import ChartRecord, Note
from .check import Check, judged, number, share
from .reference import Reference
from .stats import Floats

_ROUTES = {
    "Intravenous route": "intravenous",
    "Oral route": "oral",
    "Subcutaneous route": "subcutaneous",
    "Respiratory tract route": "inhalation",
}


@dataclass(frozen=True, slots=True)
class Mess:
    """A rate of something going wrong."""

    name: str
    count: int
    of: int

    @property
    def rate(self) -> float:
        """The share."""
        return self.count / self.of if self.of else float("nan")


def mess(records: Sequence[ChartRecord]) -> list[Mess]:
    """The rates of the reference file, in its order."""
    t: Counter[str] = Counter()
    for record in records:
        t.update(record.tally)
    orders = [o for r in records for o in r.orders if not o.home]
    changed = sum(o.status in {"stopped", "cancelled", "on-hold", "entered-in-error"} for o in orders)
    revoked = t["service request revoked"] + t["service request entered-in-error"]
    fixed = t["lab corrected"] + t["lab amended"]
    return [
        Mess("text for a number", t["numeric lab with text"], t["numeric lab"]),
        Mess("comparator", t["numeric lab with comparator"], t["numeric lab"]),
        Mess("no encounter, in hospital", t["lab in hospital, no encounter"], t["lab in hospital"]),
        Mess("no standard code", t["lab without code"], t["lab"]),
        Mess("another unit", t["numeric lab in another unit"], t["numeric lab"]),
        Mess("entered in error", t["observation entered-in-error"], t["observation"]),
        Mess("corrected or amended", fixed, t["lab"]),
        Mess("preliminary", t["lab preliminary"], t["lab"]),
        Mess("cancelled", t["lab cancelled"], t["lab"]),
        Mess("no value, reason given", t["observation without value, reason given"], t["observation"]),
        Mess("same test and instant twice", t["lab twice"], t["lab"]),
        Mess("issued before drawn", t["lab issued early"], t["lab with issued"]),
        Mess("temperature in Fahrenheit", t["temperature in Fahrenheit"], t["temperature"]),
        Mess("dose not given", t["dose not given"], t["dose"]),
        Mess("orders stopped early or changed", changed, len(orders)),
        Mess("notes with marks of a template", t["note with template marks"], t["note"]),
        Mess("orders revoked or cancelled", revoked, t["service request"]),
    ]


def mess_checks(rows: Sequence[Mess], reference: Reference) -> list[Check]:
    """Each rate within its band."""
    checks: list[Check] = []
    for row in rows:
        rate = reference.rates[row.name]
        low, high = rate.band
        band = f"{share(low)} – {share(high)}" + (
            f" (real {share(rate.real)})" if rate.real is not None else ""
        )
        ours = f"{share(row.rate)} of {row.of:,} {rate.of}"
        checks.append(
            Check(
                "Missing and spoiled data", row.name, ours, band, judged(low <= row.rate <= high), "", "mimic"
            )
        )
    return checks


@dataclass(frozen=True, slots=True)
class Burden:
    """Sizes: of charts, and of stays that have ended."""

    sizes: Floats
    types: dict[str, Floats]
    labs: Floats
    days: Floats
    icu_days: Floats
    labs_per_day: float
    orders_per_day: float
    codes_per_stay: Floats


def burden(records: Sequence[ChartRecord]) -> Burden:
    """Sizes of charts and stays."""
    kinds = sorted({k for r in records for k in r.types})
    days = sum(r.hospital_days for r in records)
    labs_inside = sum(r.tally["lab in hospital"] for r in records)
    inside_orders = sum(not o.home for r in records for o in r.orders)
    codes: list[float] = []
    for r in records:
        for s in r.stays:
            found = {
                c.code
                for c in r.conditions
                if c.kind == "encounter-diagnosis" and s.start - 3600 <= c.at <= s.end
            }
            codes.append(float(len(found)))
    return Burden(
        sizes=np.asarray([r.size for r in records], dtype=np.float64),
        types={k: np.asarray([r.types[k] for r in records], dtype=np.float64) for k in kinds},
        labs=np.asarray([r.tally["lab"] for r in records], dtype=np.float64),
        days=np.asarray([s.days for r in records for s in r.stays if not s.open]),
        icu_days=np.asarray([s.days for r in records for s in r.icu if not s.open]),
        labs_per_day=labs_inside / max(days, 1e-9),
        orders_per_day=inside_orders / max(days, 1e-9),
        codes_per_stay=np.asarray(codes),
    )


def burden_checks(b: Burden, reference: Reference) -> list[Check]:
    """Skew of sizes, lengths of stay, intensity."""
    section, s = "Sizes", reference.stays

    def row(
        name: str, value: float, low: float, high: float, extra: str = "", source: str = "mimic"
    ) -> Check:
        band = f"{number(low)} – {number(high)}{extra}"
        return Check(section, name, number(value), band, judged(low <= value <= high), "", source)

    p10, p50, p90 = (float(v) for v in np.percentile(b.sizes, (10, 50, 90)))
    checks = [
        Check(section, "resources a chart, p10 / p50 / p90 / most",
              " / ".join(f"{v:,.0f}" for v in (p10, p50, p90, b.sizes.max())), "median of Synthea-like records 3,900", "shown"),
        row("skew of sizes, p90 / p10", p90 / p10, 8, 200, " (real laboratory rows 54 to 7,262)"),
        row("largest chart over median", float(b.sizes.max()) / p50, 4, 60, " (real 15)"),
        row("laboratory results a hospital day", b.labs_per_day, *s.labs_per_day, " (real ICU 51)"),
        row("medication orders a hospital day", b.orders_per_day, 2, 12, f" (real {s.orders_per_day})"),
    ]  # fmt: skip
    if len(b.days):
        low, mid, high = (float(v) for v in np.percentile(b.days, (10, 50, 90)))
        real = " / ".join(number(v) for v in s.length_days)
        checks += [
            row("length of stay, median days", mid, 2.5, 8, f" (real p10/50/90 {real})"),
            row("length of stay, p90 / p10", high / low, 4, 20, " (real 9.6)"),
        ]
    if len(b.icu_days):
        checks.append(row("ICU stay, median days", float(np.median(b.icu_days)), 1.2, 4.5, " (real 2.1)"))
    if len(b.codes_per_stay):
        checks.append(
            row(
                "diagnoses coded a stay, median",
                float(np.median(b.codes_per_stay)),
                6,
                18,
                " (real 12, 3-37)",
            )
        )
    return checks


def diagnoses(records: Sequence[ChartRecord]) -> tuple[Counter[str], int]:
    """Stays with intensive care by ICD-10-CM category (three characters), and how many such stays there are."""
    found: Counter[str] = Counter()
    stays = 0
    for r in records:
        lasting = {c.code[:3] for c in r.conditions if c.kind == "problem-list-item"}
        for s in r.critical_stays:
            stays += 1
            coded = {
                c.code[:3]
                for c in r.conditions
                if c.kind == "encounter-diagnosis" and s.start - 3600 <= c.at <= s.end
            }
            found.update(coded or lasting)
    return found, stays


def diagnosis_names(records: Sequence[ChartRecord], size: int = 25) -> list[tuple[str, int]]:
    """The commonest diagnoses by charts that hold them."""
    found: Counter[str] = Counter()
    for r in records:
        found.update({c.name for c in r.conditions})
    return found.most_common(size)


def order_names(records: Sequence[ChartRecord], size: int = 25) -> list[tuple[str, int]]:
    """The commonest orders of all stays."""
    found: Counter[str] = Counter(o.drug for r in records for o in r.orders if not o.home)
    return found.most_common(size)


def diagnosis_checks(found: Counter[str], stays: int, reference: Reference) -> list[Check]:
    """The commonest diagnoses of real ICU stays: each among ours, at a third to twice the rate."""
    checks: list[Check] = []
    for code, (label, real) in reference.diagnoses.items():
        ours = found[code] / max(stays, 1)
        band = f"{share(real / 3)} – {share(min(1.0, 2 * real))} (real ICU {share(real)})"
        checks.append(
            Check(
                "Diagnoses of stays",
                f"{label} ({code})",
                share(ours),
                band,
                judged(real / 3 <= ours <= 2 * real),
                "",
                "mimic",
            )
        )
    return checks


def drug_counts(records: Sequence[ChartRecord]) -> tuple[Counter[str], Counter[str]]:
    """Orders of stays with intensive care by drug, and by route."""
    drugs: Counter[str] = Counter()
    routes: Counter[str] = Counter()
    for r in records:
        stays = r.critical_stays
        inside = [o for o in r.orders if not o.home and any(s.start - 3600 <= o.at <= s.end for s in stays)]
        drugs.update(o.drug for o in inside)
        routes.update(
            _ROUTES.get(o.route, o.route.removesuffix(" route").lower() or "none given") for o in inside
        )
    return drugs, routes


def drug_checks(drugs: Counter[str], routes: Counter[str], reference: Reference) -> list[Check]:
    """Routes, and that what is ordered most in a real hospital is ordered often here."""
    total = max(1, sum(routes.values()))
    checks = [
        Check("Drugs", f"route {name}", share(routes[name] / total), f"{share(real / 2)} – {share(min(1.0, 2 * real))} (real ICU {share(real)})",
              judged(real / 2 <= routes[name] / total <= 2 * real), "", "mimic")
        for name, real in reference.routes.items()
    ]  # fmt: skip
    ranked = [name for name, _ in drugs.most_common(25)]
    missing = [want for want in reference.common_orders if not any(n.startswith(want) for n in ranked)]
    have = len(reference.common_orders) - len(missing)
    checks.append(
        Check("Drugs", "commonest real orders among our top 25", f"{have} of {len(reference.common_orders)}", "at least 8",
              judged(have >= 8), f"not there: {', '.join(missing)}" if missing else "", "mimic")
    )  # fmt: skip
    return checks


@dataclass(frozen=True, slots=True)
class NoteKind:
    """Notes of one kind.

    Attributes:
        words: length of each.
        top: the commonest sentence and the share of notes that hold it, those left out whose predecessor in the chart
            holds it too: notes are copied forward.
        plain: the same share with every copy counted.
        single: share of sentences that occur in one chart only.
    """

    kind: str
    words: Floats
    top: tuple[str, float]
    plain: float
    single: float


def note_kinds(records: Sequence[ChartRecord]) -> list[NoteKind]:
    """All kinds of notes, the most frequent first."""
    groups: dict[str, dict[str, list[Note]]] = defaultdict(lambda: defaultdict(list))
    for r in records:
        for n in r.notes:
            groups[n.kind][r.person].append(n)
    rows: list[NoteKind] = []
    for kind, charts in groups.items():
        words = np.asarray([n.words for notes in charts.values() for n in notes], dtype=np.float64)
        plain: Counter[str] = Counter()
        fresh: Counter[str] = Counter()
        owners: dict[str, set[str]] = defaultdict(set)
        for person, notes in charts.items():
            before: frozenset[str] = frozenset()
            for note in sorted(notes, key=lambda n: n.at):
                plain.update(note.sentences)
                fresh.update(s for s in note.sentences if s not in before)
                before = frozenset(note.sentences)
                for sentence in note.sentences:
                    owners[sentence].add(person)
        if not fresh:
            continue
        sentence, count = min(fresh.items(), key=lambda item: (-item[1], item[0]))
        single = sum(len(people) == 1 for people in owners.values()) / len(owners)
        rows.append(
            NoteKind(kind, words, (sentence, count / len(words)), max(plain.values()) / len(words), single)
        )
    return sorted(rows, key=lambda row: -len(row.words))


def note_checks(rows: Sequence[NoteKind], limit: float = 0.01) -> list[Check]:
    """No sentence in more than one note of its kind in a hundred."""
    checks: list[Check] = []
    for row in rows:
        text, rate = row.top
        short = text if len(text) <= 90 else text[:87] + "..."
        few = len(row.words) < 100
        checks.append(
            Check("Notes", f"{row.kind} ({len(row.words):,} notes)", f"commonest sentence in {share(rate)}",
                  f"at most {share(limit)}", "shown" if few else judged(rate <= limit),
                  f"\N{LEFT DOUBLE QUOTATION MARK}{short}\N{RIGHT DOUBLE QUOTATION MARK}", "issue of this cohort")
        )  # fmt: skip
    return checks
