"""Kinds of cancer and what is given for them: one kind for life, chosen by sex and age, and its dates.

Sources: regimens and their cycle lengths as in NCCN guidelines and US labels (carboplatin-paclitaxel with
pembrolizumab every 21 days, docetaxel-cyclophosphamide every 21, FOLFOX every 14, R-CHOP every 21, bortezomib with
lenalidomide and dexamethasone, leuprolide every three months); shares by sex after SEER.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..chance import between, child
from ..clock import DAY, local
from ..plan import NOW, Person


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of cancer.

    Attributes:
        condition: on the problem list (`codes.CONDITIONS`).
        name: in notes.
        regimen: (drug, dose) given at each cycle.
        regimen_name: as notes call it.
        days: length of a cycle.
        cycles: how many are planned; 99 for treatment without end.
        depth: how far the marrow falls (1 is `illnesses.neutropenia.NADIR`).
        factor: whether a growth factor follows each cycle.
        loads: what the tumor does to the body at a level of 1.
        image: which study follows it.
        marker: analyte that follows it, or empty.
        found, better, worse: what images show at diagnosis, in response, in progression.
        symptom: how it began.
        home: taken at home after chemotherapy.
        staged: procedure of diagnosis.
    """

    condition: str
    name: str
    regimen: tuple[tuple[str, float], ...]
    regimen_name: str
    days: int
    cycles: int
    depth: float
    factor: bool
    loads: tuple[tuple[str, float], ...]
    image: str
    marker: str
    found: tuple[str, ...]
    better: tuple[str, ...]
    worse: tuple[str, ...]
    symptom: tuple[str, ...]
    home: str = ""
    staged: str = "tumor-biopsy"


LUNG = Kind(
    "cancer-lung", "non-small cell lung cancer", (("carboplatin", 450), ("paclitaxel", 300), ("pembrolizumab", 200)), "carboplatin, paclitaxel and pembrolizumab", 21, 6, 0.6, False,
    (("weight", -6.0), ("albumin", -0.5), ("crp", 1.4), ("platelets", 0.25), ("hemoglobin", -0.9), ("spo2", -1.5), ("heart-rate", 6), ("respiratory-rate", 2), ("alkaline-phosphatase", 0.2), ("pain", 1.0)),
    "ct-chest", "",
    ("Spiculated {a} mm mass of the right upper lobe with enlarged mediastinal nodes.", "Left hilar mass of {a} mm and a {b} mm node in station 7.", "{a} mm left lower lobe mass. {b} mm adrenal nodule."),
    ("Right upper lobe mass smaller, now {b} mm. Mediastinal nodes within normal size.", "Partial response: primary {b} mm. No new lesion.", "Decrease of the hilar mass to {b} mm."),
    ("Enlarging mass, {a} mm, with new liver lesions.", "New right pleural effusion and increase of the mass to {a} mm.", "Progression: new mediastinal nodes to {b} mm."),
    ("cough for two months and weight loss", "coughing up streaks of blood", "shoulder pain and weight loss"),
)  # fmt: skip
BREAST = Kind(
    "cancer-breast", "invasive ductal carcinoma of the breast", (("docetaxel", 130), ("cyclophosphamide", 1000)), "docetaxel and cyclophosphamide", 21, 4, 0.8, True,
    (("weight", -1.5), ("crp", 0.3), ("alkaline-phosphatase", 0.08), ("hemoglobin", -0.2)),
    "mammogram", "",
    ("Irregular {b} mm mass of the breast at ten o'clock. BI-RADS 5.", "{b} mm spiculated mass with calcifications. BI-RADS 5."),
    ("Postsurgical change. No evidence of recurrence. BI-RADS 2.", "Stable lumpectomy scar. BI-RADS 2.", "No mammographic evidence of malignancy. BI-RADS 2."),
    ("New {b} mm nodule near the scar. BI-RADS 4.",),
    ("a lump felt in the shower", "an abnormal screening mammogram"), home="anastrozole", staged="breast-surgery",
)  # fmt: skip
PROSTATE = Kind(
    "cancer-prostate", "prostate cancer with bone metastases", (("leuprolide", 22.5),), "leuprolide every three months", 84, 99, 0.0, False,
    (("psa", 3.4), ("alkaline-phosphatase", 0.5), ("hemoglobin", -0.9), ("pain", 1.6), ("weight", -2)),
    "ct-abdomen", "psa",
    ("Sclerotic lesions of the pelvis and L4. Prostate enlarged. Pelvic nodes to {c} mm.", "Multiple sclerotic bone lesions. No visceral metastasis."),
    ("Sclerotic bone lesions unchanged. Nodes smaller.", "Stable osseous metastases. No new lesion."),
    ("New sclerotic lesion of T11. Pelvic nodes to {b} mm.", "Increase in number of bone lesions."),
    ("back pain at night", "a raised screening blood test"),
)  # fmt: skip
COLON = Kind(
    "cancer-colon", "adenocarcinoma of the ascending colon", (("oxaliplatin", 150), ("leucovorin", 700), ("fluorouracil", 4500)), "FOLFOX", 14, 12, 0.48, False,
    (("cea", 2.4), ("hemoglobin", -2.2), ("mcv", -7), ("ferritin", -1.4), ("iron", -35), ("weight", -3.5), ("albumin", -0.3), ("alkaline-phosphatase", 0.25), ("crp", 0.6)),
    "ct-abdomen", "cea",
    ("Circumferential thickening of the ascending colon over {a} mm. Two liver lesions to {c} mm.", "{a} mm mass of the cecum with {c} mm regional nodes. Liver clear."),
    ("No recurrence at the anastomosis. Liver lesions smaller.", "Status post right hemicolectomy. No new metastasis.", "Stable treated liver lesion of {c} mm."),
    ("New segment VI liver lesion of {b} mm.", "Enlarging retroperitoneal nodes, {b} mm."),
    ("iron deficiency without visible bleeding", "blood in the stool and fatigue", "a mass on screening colonoscopy"), staged="colonoscopy",
)  # fmt: skip
LYMPHOMA = Kind(
    "lymphoma", "diffuse large B-cell lymphoma", (("rituximab", 650), ("cyclophosphamide", 1300), ("doxorubicin", 90), ("vincristine", 2)), "R-CHOP", 21, 6, 0.85, True,
    (("ldh", 0.75), ("crp", 1.8), ("temperature", 0.4), ("weight", -5), ("hemoglobin", -1.3), ("albumin", -0.4), ("platelets", -0.2), ("uric-acid", 1.2), ("heart-rate", 6)),
    "ct-chest", "",
    ("Bulky mediastinal nodes to {a} mm. Splenomegaly.", "Axillary and mediastinal lymphadenopathy, largest {a} mm."),
    ("Complete response of mediastinal nodes.", "Residual {c} mm mediastinal tissue, stable."),
    ("Recurrent axillary nodes to {b} mm.",),
    ("night sweats and lumps in the neck", "fevers and weight loss for six weeks"),
)  # fmt: skip
MYELOMA = Kind(
    "myeloma", "multiple myeloma", (("bortezomib", 2.3),), "bortezomib, lenalidomide and dexamethasone", 14, 24, 0.22, False,
    (("total-protein", 2.2), ("albumin", -0.5), ("hemoglobin", -2.6), ("creatinine", 0.3), ("bun", 0.2), ("calcium", 0.7), ("pain", 1.8), ("platelets", -0.25), ("weight", -2)),
    "ct-chest", "",
    ("Lytic lesions of ribs and thoracic spine, compression of T8.", "Diffuse osteopenia with multiple lytic lesions."),
    ("Lytic lesions unchanged. No new fracture.", "Stable lytic disease."),
    ("New lytic lesion of the sixth rib.",),
    ("back pain and anemia", "a broken rib without a fall"), home="lenalidomide", staged="bone-marrow-biopsy",
)  # fmt: skip
_WOMEN = ((BREAST, 0.4), (LUNG, 0.2), (COLON, 0.18), (LYMPHOMA, 0.12), (MYELOMA, 0.1))
_MEN = ((PROSTATE, 0.3), (LUNG, 0.25), (COLON, 0.2), (LYMPHOMA, 0.13), (MYELOMA, 0.12))


@dataclass(frozen=True, slots=True)
class Course:
    """One person's cancer: when it was found, when each cycle is due, when it grew again (infinity where it did not)."""

    kind: Kind
    found: float
    cycles: tuple[float, ...]
    worse: float

    def last_cycle(self, at: float) -> float:
        """The newest cycle due before a moment; minus infinity where there is none."""
        return max((c for c in self.cycles if c <= at), default=float("-inf"))


def kind_of(person: Person) -> Kind:
    """The kind, by sex and age; the same whenever it is asked for."""
    rng = child(0, person.id, "cancer kind")
    age = (NOW.date() - person.birth_date).days / 365.25
    table = [
        (k, w)
        for k, w in (_WOMEN if person.gender == "female" else _MEN)
        if age > 45 or k in {BREAST, LYMPHOMA, COLON}
    ]
    point = rng.random() * sum(w for _, w in table)
    for kind, weight in table:
        point -= weight
        if point < 0:
            return kind
    return table[-1][0]


def course_of(person: Person, first: float) -> Course:
    """Dates of one person's cancer within the five years from `first`."""
    rng = child(0, person.id, "cancer course")
    kind = kind_of(person)
    febrile = person.details.get("reason") == "neutropenic-fever" and person.stay is not None
    if febrile and kind in {PROSTATE}:
        kind = LUNG
    span = 5 * 365 * DAY
    early = rng.random() < 0.35
    found = first - between(rng, 0.4, 4) * 365 * DAY if early else first + between(rng, 0.05, 0.85) * span
    begin = first + between(rng, 0.1, 0.8) * span if early else found + between(rng, 28, 50) * DAY
    if febrile and person.stay is not None:
        anchor = person.stay.admitted.timestamp() - between(rng, 8.2, 11) * DAY
        done = rng.randrange(1, min(kind.cycles, 5) + 1)
        cycles = tuple(anchor - (done - 1 - n) * kind.days * DAY for n in range(done))
        found = min(found, cycles[0] - 40 * DAY)
        return Course(kind, found, cycles, float("inf"))
    cycles = tuple(_weekdays(begin, kind, first + span + DAY, rng))
    grows = rng.random() < (0.15 if kind in {BREAST, LYMPHOMA} else 0.45)
    worse = begin + between(rng, 300, 900) * DAY if grows else float("inf")
    return Course(kind, found, cycles, worse)


def _weekdays(begin: float, kind: Kind, end: float, rng: Random) -> list[float]:
    found: list[float] = []
    at = begin
    for _ in range(kind.cycles):
        if at > end:
            break
        day = local(at).weekday()
        found.append(at + (7 - day) * DAY if day >= 5 else at)
        at += (kind.days + (7 if rng.random() < 0.1 else 0)) * DAY
    return found
