"""The house itself: organisation, wards, beds, staff. The same for a seed, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .chance import child, opaque_id
from .names import NAMES
from .parts import HOSPITAL_NAME

WARDS: Mapping[str, str] = {
    "4E": "Nephrology and medicine",
    "5W": "General medicine",
    "6E": "Cardiology",
    "7N": "Surgery and orthopedics",
    "8S": "Pulmonary and oncology",
    "MICU": "Medical intensive care",
    "CCU": "Cardiac intensive care",
}
ICUS = ("MICU", "CCU")
CLINIC = "Alder Valley Clinic"
SPECIALTIES = (
    "Internal medicine",
    "Family medicine",
    "Cardiology",
    "Nephrology",
    "Endocrinology",
    "Pulmonology",
    "Critical care medicine",
    "Orthopedic surgery",
    "Gastroenterology",
    "Emergency medicine",
    "Radiology",
    "Hematology and oncology",
)
_PHYSICIANS = 48
_NURSES = 40


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One member of the staff. `role` is `physician` or `nurse`."""

    id: str
    role: str
    family: str
    given: str
    gender: str
    specialty: str

    @property
    def display(self) -> str:
        """As a chart names them."""
        return f"{self.given} {self.family}, {'MD' if self.role == 'physician' else 'RN'}"


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed of a ward; its name is the Location's name."""

    id: str
    ward: str
    name: str


@dataclass(frozen=True, slots=True)
class House:
    """Everything of a hospital that charts refer to."""

    id: str
    staff: tuple[Practitioner, ...]
    wards: Mapping[str, str]
    beds: tuple[Bed, ...]

    def of_role(self, role: str) -> tuple[Practitioner, ...]:
        """The staff of one role."""
        return tuple(p for p in self.staff if p.role == role)


@lru_cache(maxsize=4)
def house(seed: int) -> House:
    """The hospital of a seed. `wards` maps a ward's name to its Location's id."""
    return House(
        id=opaque_id(seed, "Organization", HOSPITAL_NAME),
        staff=_staff(seed),
        wards={ward: opaque_id(seed, "Location", ward) for ward in (*WARDS, CLINIC)},
        beds=_beds(seed),
    )


def _staff(seed: int) -> tuple[Practitioner, ...]:
    rng = child(seed, "staff")
    made: list[Practitioner] = []
    for n in range(_PHYSICIANS + _NURSES):
        role = "physician" if n < _PHYSICIANS else "nurse"
        gender = "female" if rng.random() < (0.45 if role == "physician" else 0.8) else "male"
        specialty = SPECIALTIES[n % len(SPECIALTIES)] if role == "physician" else "Nursing"
        given = rng.choice(NAMES.given[gender]["2"])
        family = rng.choice(NAMES.family)
        made.append(Practitioner(opaque_id(seed, "Practitioner", n), role, family, given, gender, specialty))
    return tuple(made)


def _beds(seed: int) -> tuple[Bed, ...]:
    names: list[tuple[str, str]] = []
    for ward in WARDS:
        for room in range(1, 17):
            if ward in ICUS:
                names.append((ward, f"{ward}-{room:02d}"))
            else:
                names += [(ward, f"{ward}-{room:02d}{side}") for side in "AB"]
    return tuple(Bed(opaque_id(seed, "Location", name), ward, name) for ward, name in names)
