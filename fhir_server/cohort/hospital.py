"""The house itself: organisation, wards, beds, other places, staff. The same for a seed, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from .chance import child, opaque_id
from .names import family_name, given_name
from .parts import HOSPITAL_NAME
from .population import Sex, weighted

WARDS: Mapping[str, str] = {
    "3N": "Obstetrics and mother-baby",
    "4E": "Nephrology and medicine",
    "5W": "General medicine",
    "6E": "Cardiology and stroke",
    "7N": "Surgery and orthopedics",
    "8S": "Pulmonary and oncology",
    "MICU": "Medical intensive care",
    "CCU": "Cardiac intensive care",
}
ICUS = ("MICU", "CCU")
CLINIC = "Alder Valley Clinic"
PLACES: Mapping[str, str] = {
    "ED": "Emergency department",
    **{f"OR-{n}": "Operating room" for n in range(1, 7)},
    "PACU": "Post-anesthesia care unit",
    "LDR": "Labor and delivery",
    "RAD": "Radiology",
    "CATH": "Cardiac catheterization laboratory",
    "ENDO": "Endoscopy suite",
    "HD": "Dialysis unit",
    "INF": "Infusion center",
}
"""Where a patient may be besides a ward and the clinic: name of the Location and what it is."""

PHYSICIANS: Mapping[str, int] = {
    "Hospital medicine": 12, "Internal medicine": 8, "Family medicine": 8, "Cardiology": 6, "Nephrology": 4,
    "Pulmonology": 4, "Critical care medicine": 6, "Gastroenterology": 4, "Endocrinology": 3,
    "Hematology and oncology": 5, "Neurology": 4, "Obstetrics and gynecology": 6, "Orthopedic surgery": 5,
    "General surgery": 5, "Emergency medicine": 8, "Radiology": 5, "Infectious disease": 3, "Psychiatry": 3,
    "Palliative medicine": 2, "Anesthesiology": 4, "Pediatrics": 4, "Urology": 2, "Vascular surgery": 2, "Pathology": 2,
}  # fmt: skip
"""How many physicians of each specialty the house has; judgement, for some 400 beds."""

OTHERS: Mapping[str, tuple[str, str, int]] = {
    "nurse-practitioner": ("NP", "Nurse practitioner", 6),
    "physician-assistant": ("PA-C", "Physician assistant", 5),
    "pharmacist": ("PharmD", "Pharmacy", 7),
    "dietitian": ("RD", "Nutrition", 4),
    "physical-therapist": ("DPT", "Physical therapy", 6),
    "occupational-therapist": ("OTR/L", "Occupational therapy", 3),
    "respiratory-therapist": ("RRT", "Respiratory therapy", 5),
    "social-worker": ("LMSW", "Social work", 6),
}
"""Other roles: letters after the name, field, how many."""

_NURSES = 9
_NURSES_ELSEWHERE = {"ED": 8, CLINIC: 8}
_STAFF_FEMALE = {
    "physician": 0.42,
    "nurse": 0.86,
    "social-worker": 0.82,
    "dietitian": 0.88,
    "pharmacist": 0.6,
}
"""US Bureau of Labor Statistics, Current Population Survey, table 11 (occupation by sex), rounded."""

_STAFF_ORIGINS: Mapping[str, Sequence[tuple[str, float]]] = {
    "physician": (
        ("anglo", 0.27), ("irish", 0.1), ("italian", 0.08), ("german", 0.05), ("jewish", 0.06), ("polish", 0.02),
        ("slavic", 0.03), ("arab", 0.04), ("south-asian", 0.14), ("chinese", 0.05), ("korean", 0.02),
        ("vietnamese", 0.01), ("filipino", 0.02), ("african-american", 0.04), ("west-african", 0.02),
        ("caribbean", 0.01), ("hispanic", 0.06),
    ),
    "": (
        ("anglo", 0.32), ("irish", 0.13), ("italian", 0.11), ("german", 0.06), ("polish", 0.05),
        ("french-canadian", 0.02), ("african-american", 0.11), ("caribbean", 0.04), ("west-african", 0.01),
        ("hispanic", 0.07), ("filipino", 0.04), ("south-asian", 0.02), ("slavic", 0.01), ("chinese", 0.01),
    ),
}  # fmt: skip
"""Where the staff's names come from: physicians, then all others. Judgement after the AAMC's and the same data."""

_BOARDS = 0.06
"""Share of patients who lie on another ward because it was full; judgement. More of general medicine do."""


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One member of the staff.

    Attributes:
        role: `physician`, `nurse`, or a key of `OTHERS`.
        specialty: a key of `PHYSICIANS` for physicians, else the field.
        credential: the letters after the name.
        unit: the ward or place of a nurse, empty for others.
    """

    id: str
    role: str
    family: str
    given: str
    gender: str
    specialty: str
    credential: str = "MD"
    unit: str = ""

    @property
    def display(self) -> str:
        """As a chart names them."""
        return f"{self.given} {self.family}, {self.credential}"


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed of a ward; its name is the Location's name."""

    id: str
    ward: str
    name: str


@dataclass(frozen=True, slots=True)
class House:
    """Everything of a hospital that charts refer to. `wards` and `places` map a name to its Location's id."""

    id: str
    staff: tuple[Practitioner, ...]
    wards: Mapping[str, str]
    beds: tuple[Bed, ...]
    places: Mapping[str, str]

    def of_role(self, role: str) -> tuple[Practitioner, ...]:
        """The staff of one role."""
        return tuple(p for p in self.staff if p.role == role)

    def of_specialty(self, *specialties: str) -> tuple[Practitioner, ...]:
        """The physicians of some specialties, keys of `PHYSICIANS`."""
        return tuple(p for p in self.staff if p.role == "physician" and p.specialty in specialties)

    def nurses_of(self, unit: str) -> tuple[Practitioner, ...]:
        """The nurses of a ward, the emergency department or the clinic."""
        return tuple(p for p in self.staff if p.role == "nurse" and p.unit == unit)

    def beds_of(self, ward: str) -> tuple[Bed, ...]:
        """The beds of a ward."""
        return tuple(bed for bed in self.beds if bed.ward == ward)


@lru_cache(maxsize=4)
def house(seed: int) -> House:
    """The hospital of a seed. `wards` maps a ward's name to its Location's id; `places` that of any other place too."""
    wards = {ward: opaque_id(seed, "Location", ward) for ward in (*WARDS, CLINIC)}
    return House(
        id=opaque_id(seed, "Organization", HOSPITAL_NAME),
        staff=_staff(seed),
        wards=wards,
        beds=_beds(seed),
        places=wards | {place: opaque_id(seed, "Location", place) for place in PLACES},
    )


def _staff(seed: int) -> tuple[Practitioner, ...]:
    """Physicians by specialty, nurses by ward, then the other roles."""
    posts = [("physician", specialty, "") for specialty, many in PHYSICIANS.items() for _ in range(many)]
    units = dict.fromkeys(WARDS, _NURSES) | _NURSES_ELSEWHERE
    posts += [("nurse", "Nursing", unit) for unit, many in units.items() for _ in range(many)]
    posts += [(role, field, "") for role, (_, field, many) in OTHERS.items() for _ in range(many)]
    rng = child(seed, "staff")
    made: list[Practitioner] = []
    names: set[tuple[str, str]] = set()
    for n, (role, specialty, unit) in enumerate(posts):
        while True:
            member = _member(rng, opaque_id(seed, "Practitioner", n), role, specialty, unit)
            if (member.given, member.family) not in names:
                break
        names.add((member.given, member.family))
        made.append(member)
    return tuple(made)


def _member(rng: Random, member_id: str, role: str, specialty: str, unit: str) -> Practitioner:
    share = _STAFF_FEMALE.get(role, 0.7)
    if specialty == "Obstetrics and gynecology" or unit == "3N":
        share = max(share, 0.65)
    gender: Sex = "female" if rng.random() < share else "male"
    origin = weighted(rng, _STAFF_ORIGINS["physician" if role == "physician" else ""])
    credential = {"physician": "DO" if rng.random() < 0.15 else "MD", "nurse": "RN"}
    return Practitioner(
        id=member_id,
        role=role,
        family=family_name(rng, origin),
        given=given_name(rng, origin, gender, 1960 + rng.randrange(38)),
        gender=gender,
        specialty=specialty,
        credential=credential[role] if role in credential else OTHERS[role][0],
        unit=unit,
    )


def _beds(seed: int) -> tuple[Bed, ...]:
    names: list[tuple[str, str]] = []
    for ward in WARDS:
        for room in range(1, 17):
            if ward in ICUS:
                names.append((ward, f"{ward}-{room:02d}"))
            else:
                names += [(ward, f"{ward}-{room:02d}{side}") for side in "AB"]
    return tuple(Bed(opaque_id(seed, "Location", name), ward, name) for ward, name in names)


_OF_WARD: Sequence[tuple[str, str, str, Sequence[tuple[str, float]]]] = (
    ("3N", "MICU", "pregnan preterm labor deliver obstetric postpartum eclampsia cesarean",
     (("Obstetrics and gynecology", 1),)),
    ("7N", "MICU", "hip fracture orthop replacement arthroplasty", (("Orthopedic surgery", 1),)),
    ("6E", "MICU", "stroke ischemi", (("Neurology", 0.7), ("Hospital medicine", 0.3))),
    ("6E", "CCU", "heart afib fibrillation chest coronary infarct cardiac nstemi stemi",
     (("Cardiology", 0.6), ("Hospital medicine", 0.4))),
    ("8S", "MICU", "chemo neutropeni cancer oncolog lymphom leukemi tumor",
     (("Hematology and oncology", 0.8), ("Hospital medicine", 0.2))),
    ("8S", "MICU", "copd pneumoni asthma pulmon respirat", (("Hospital medicine", 0.75), ("Pulmonology", 0.25))),
    ("7N", "MICU", "surg cholecyst appendic hernia colectomy elective bowel trauma", (("General surgery", 1),)),
    ("4E", "MICU", "kidney dialys uremi hyperkal hyponatr electrolyt",
     (("Hospital medicine", 0.6), ("Nephrology", 0.4))),
    ("5W", "MICU", "", (("Hospital medicine", 0.85), ("Internal medicine", 0.15))),
)  # fmt: skip
"""Ward, intensive care unit, words in the reason of a stay, and who attends; the last row takes all others."""


def ward_for(reason: str, *, icu: bool = False, rng: Random | None = None) -> str:
    """The ward where somebody lies for a reason (key or words, such as `gi-bleed` or `Hip fracture`).

    Args:
        reason: key of `ailments.REASONS`, its text, or both.
        icu: whether they are in intensive care.
        rng: chance of lying on another ward because theirs is full; None for never.
    """
    ward, unit, _, _ = _row(reason)
    if icu:
        return unit
    if rng is not None and ward != "3N" and rng.random() < (0.35 if ward == "5W" else _BOARDS):
        return rng.choice(("4E", "8S") if ward == "5W" else ("4E", "5W"))
    return ward


def attending(house: House, rng: Random, reason: str, *, icu: bool = False) -> Practitioner:
    """A physician to attend a stay for a reason: an intensivist in intensive care, else by `ward_for`'s table."""
    shares = (
        (("Critical care medicine", 1.0),)
        if icu and ward_for(reason, icu=True) == "MICU"
        else _row(reason)[3]
    )
    if icu and ward_for(reason, icu=True) == "CCU":
        shares = (("Cardiology", 0.7), ("Critical care medicine", 0.3))
    return rng.choice(house.of_specialty(weighted(rng, shares)))


def _row(reason: str) -> tuple[str, str, str, Sequence[tuple[str, float]]]:
    words = reason.lower()
    return next(row for row in _OF_WARD if not row[2] or any(word in words for word in row[2].split()))
