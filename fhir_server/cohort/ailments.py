"""What ails whom: lasting conditions dealt by quota, so that a small cohort holds enough of each, and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from .chance import between, child


@dataclass(frozen=True, slots=True)
class Ailments:
    """Lasting conditions (words of `plan.TRAITS`) and the steady-state eGFR that goes with them."""

    traits: frozenset[str]
    egfr: float


_RENAL: Sequence[tuple[str, float, tuple[float, float]]] = (
    ("ckd-4", 0.11, (16, 29)),
    ("ckd-5", 0.03, (9, 14)),
    ("dialysis", 0.07, (5, 10)),
    ("ckd-3", 0.16, (31, 58)),
)
_SHARES: Mapping[str, float] = {
    "diabetes-2": 0.42,
    "hypertension": 0.62,
    "hyperlipidemia": 0.48,
    "heart-failure": 0.24,
    "coronary-disease": 0.22,
    "atrial-fibrillation": 0.20,
    "copd": 0.18,
    "anemia": 0.20,
    "hypothyroidism": 0.12,
    "depression": 0.16,
    "osteoarthritis": 0.18,
    "stroke": 0.07,
    "cancer": 0.09,
    "asthma": 0.07,
    "cirrhosis": 0.06,
    "hip-fracture": 0.05,
    "diabetes-1": 0.05,
    "pregnant": 0.04,
    "parous": 0.05,
}
_WELL = 0.35
"""Share of the people who are at home and ail of nothing lasting."""
_NOT_PREGNANT = frozenset({
    "heart-failure", "coronary-disease", "atrial-fibrillation", "copd", "stroke", "cancer", "cirrhosis",
    "hip-fracture", "ckd-3", "ckd-4", "ckd-5", "dialysis", "osteoarthritis", "hyperlipidemia",
})  # fmt: skip


def deal(seed: int, places: Sequence[tuple[str, bool]]) -> list[Ailments]:
    """Deals to each (split, inpatient) group apart, so that each has its share."""
    dealt: dict[int, Ailments] = {}
    for group in sorted(set(places)):
        members = [i for i, place in enumerate(places) if place == group]
        rng = child(seed, "ailments", *group)
        inpatient = group[1]
        well = rng.sample(members, k=0 if inpatient else round(_WELL * len(members)))
        dealt |= {i: Ailments(frozenset(), round(between(rng, 82, 115), 0)) for i in well}
        dealt |= _deal_group(rng, [i for i in members if i not in well])
    return [dealt[i] for i in range(len(places))]


def _deal_group(rng: Random, members: Sequence[int]) -> dict[int, Ailments]:
    traits: dict[int, set[str]] = {i: set() for i in members}
    egfr = {i: round(between(rng, 62, 110), 0) for i in members}
    order = list(members)
    rng.shuffle(order)
    for name, share, (low, high) in _RENAL:
        for _ in range(round(share * len(members))):
            chosen = order.pop()
            traits[chosen].add(name)
            egfr[chosen] = round(between(rng, low, high), 0)
    for name, share in _SHARES.items():
        pool = [i for i in members if not (name == "diabetes-1" and "diabetes-2" in traits[i])]
        rng.shuffle(pool)
        for i in pool[: round(share * len(members))]:
            traits[i].add(name)
    for i in members:
        held = traits[i]
        if held & {"pregnant", "parous"}:
            held -= _NOT_PREGNANT
            egfr[i] = max(egfr[i], 85.0)
        if "pregnant" in held:
            held.discard("parous")
        if held & {"ckd-5", "dialysis"}:
            held |= {"hypertension", "anemia"}
        if held & {"copd"}:
            held -= {"asthma"}
    return {i: Ailments(frozenset(traits[i]), egfr[i]) for i in members}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody is admitted: the words, the diagnosis, how it bends the laboratory at first."""

    text: str
    condition: str
    traits: tuple[str, ...] = ()
    weight: float = 1.0
    days: float = 5.0
    """Median length of stay, in days."""
    icu: float = 0.12
    """Share of stays that begin in an ICU."""
    without: tuple[str, ...] = ()
    """Whom it does not bring in: people with one of these traits."""

    def fits(self, traits: frozenset[str]) -> bool:
        """Whether it can bring in somebody with these traits."""
        return set(self.traits) <= traits and traits.isdisjoint(self.without)


REASONS: Mapping[str, Reason] = {
    "heart-failure": Reason("Acute on chronic heart failure", "heart-failure-acute-diastolic",
                            ("heart-failure",), 6, days=5, icu=0.12),
    "pneumonia": Reason("Pneumonia", "pneumonia", weight=1.5, days=5, icu=0.2),
    "copd": Reason("COPD exacerbation", "copd-exacerbation", ("copd",), 5, days=4.2, icu=0.15),
    "sepsis": Reason("Sepsis", "sepsis", weight=1.2, days=7.5, icu=0.5),
    "uti": Reason("Urinary tract infection", "uti", weight=1, days=3.5, icu=0.03),
    "kidney": Reason("Acute kidney injury", "acute-kidney-injury", weight=1, days=5.5, icu=0.08,
                     without=("dialysis", "pregnant")),
    "missed-dialysis": Reason("Missed dialysis with fluid overload", "fluid-overload", ("dialysis",), 3, days=2.6,
                              icu=0.12),
    "hyperglycemia": Reason("Severe hyperglycemia", "diabetes-2-hyperosmolar", ("diabetes-2",), 0.7, days=3, icu=0.25),
    "hypoglycemia": Reason("Severe hypoglycemia", "diabetes-2-hypoglycemia", ("diabetes-2",), 0.35, days=1.8, icu=0.05),
    "gi-bleed": Reason("Gastrointestinal bleeding", "gi-bleed", weight=0.9, days=4.5, icu=0.3),
    "cellulitis": Reason("Cellulitis of the right leg", "cellulitis", weight=0.9, days=4, icu=0.01),
    "afib": Reason("Atrial fibrillation with rapid ventricular response", "atrial-fibrillation",
                   ("atrial-fibrillation",), 3, days=3, icu=0.08),
    "chest-pain": Reason("Chest pain", "chest-pain", ("coronary-disease",), 3.2, days=2.4, icu=0.1),
    "stroke": Reason("Acute ischemic stroke", "stroke", ("stroke",), 7, days=5.5, icu=0.25),
    "hip": Reason("Hip fracture", "hip-fracture", ("hip-fracture",), 30, days=6, icu=0.04),
    "liver": Reason("Decompensated cirrhosis", "cirrhosis", ("cirrhosis",), 12, days=6.5, icu=0.15),
    "ketoacidosis": Reason("Diabetic ketoacidosis", "diabetic-ketoacidosis", ("diabetes-1",), 8, days=3.2, icu=0.6),
    "pancreatitis": Reason("Acute pancreatitis", "pancreatitis", weight=0.6, days=5, icu=0.08),
    "preterm": Reason("Pyelonephritis in pregnancy", "uti", ("pregnant",), 1000, days=3.5, icu=0.02),
    "delivery": Reason("Labor and delivery", "delivery", ("parous",), 0, days=2.3, icu=0.01),
    "elective-knee": Reason("Elective total knee replacement", "osteoarthritis", ("osteoarthritis",), 1.0, days=2.8,
                            icu=0.01, without=("dialysis", "cirrhosis", "pregnant")),
    "elective-colectomy": Reason("Elective colon resection", "diverticulitis", weight=0.3, days=5, icu=0.05,
                                 without=("dialysis", "cirrhosis", "pregnant", "parous")),
    "cholecystectomy": Reason("Gallbladder surgery", "cholecystitis-acute", weight=0.45, days=2.4, icu=0.02,
                              without=("pregnant", "cirrhosis")),
    "neutropenic-fever": Reason("Neutropenic fever", "neutropenia-chemotherapy", ("cancer",), 5, days=6.5, icu=0.15),
}  # fmt: skip


def admission_reason(rng: Random, traits: frozenset[str]) -> str:
    """Draws a key of `REASONS` that the person's traits allow."""
    fitting = [(key, reason.weight) for key, reason in REASONS.items() if reason.fits(traits)]
    point = rng.random() * sum(weight for _, weight in fitting)
    for key, weight in fitting:
        point -= weight
        if point < 0:
            return key
    return fitting[-1][0]
