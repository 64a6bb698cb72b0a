"""COPD: lungs that are bad by a stated measure, smoking, inhalers stepped up after exacerbations, oxygen at home.

Sources: GOLD report 2024 (stages by FEV1; long-acting bronchodilator first, inhaled steroid added after exacerbations;
oxygen at home at a saturation of 88 % or less; pneumococcal and influenza vaccines; spirometry yearly).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..chance import between, child
from ..clock import DAY, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .model import Lasting

_OTHER_PURPOSES = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})


@dataclass(frozen=True, slots=True)
class Lungs:
    """One person's lungs at the beginning of the chart: `fev1` in percent of predicted."""

    fev1: int
    ratio: float
    retains: bool
    oxygen: bool
    pack_years: int
    smokes: bool


def lungs(person: Person) -> Lungs:
    """The same whenever it is asked for."""
    rng = child(0, person.id, "lungs")
    fev1 = round(between(rng, 24, 74))
    retains = fev1 < 46 and rng.random() < 0.6
    oxygen = fev1 < 40 and rng.random() < 0.55
    return Lungs(fev1, round(0.36 + fev1 / 280 + between(rng, -0.03, 0.04), 2), retains, oxygen,
                 5 * round(between(rng, 4, 16)), rng.random() < 0.32 and not oxygen)  # fmt: skip


def begin(life: Life) -> None:
    """Saturation low and carbon dioxide high for good, by how bad the lungs are."""
    own, rng, first = lungs(life.person), life.stream("copd"), life.timeline.first
    bad = (75 - own.fev1) / 50
    life.body.shift(spo2=-1.0 - 2.7 * bad, respiratory_rate=0.6 + 1.8 * bad, heart_rate=2 + 3 * bad, wbc=0.06,
                    hemoglobin=0.4 * bad, co2=between(rng, 2.5, 5.5) if own.retains else 0.6 * bad,
                    hypercapnia=between(rng, 4, 11) if own.retains else 0.0, temperature=0.0)  # fmt: skip
    since = first - between(rng, 1, 12) * 365 * DAY
    life.problem("copd", since)
    life.problem("tobacco" if own.smokes else "former-smoker", since)
    habit = f"smokes half a pack a day, {own.pack_years} pack-years" if own.smokes else f"smoked {own.pack_years} pack-years, stopped {rng.choice(('two', 'five', 'ten', 'twelve'))} years before"  # fmt: skip
    life.know(first, "social", "smoking", habit)
    life.know(first, "history", "copd", f"COPD with an FEV1 of {own.fev1} percent of predicted")
    if rng.random() < 0.4:
        life.know(first, "family", "lungs", rng.choice(("emphysema in her father" if life.person.gender == "female" else "emphysema in his father", "asthma in a sister", "lung cancer in the mother")))  # fmt: skip
    if own.oxygen:
        life.problem("chronic-respiratory-failure", first - 100 * DAY)
        life.problem("home-oxygen", first - 100 * DAY)
        life.know(first, "treatment", "oxygen", "oxygen at home, 2 liters by nasal cannula")
    for drug, share in (
        ("albuterol-inhaler", 0.95),
        ("tiotropium", 0.75),
        ("fluticasone-salmeterol", 0.75 if own.fev1 < 50 else 0.3),
    ):
        if rng.random() < share:
            life.at(first + between(rng, 1, 30) * DAY, lambda at, d=drug: life.start_home(d, at))


def visit(life: Life, clinic: Clinic) -> None:
    """Breath and cough asked for, spirometry about yearly, inhalers stepped up after a stay, smoking spoken of."""
    if clinic.purpose in _OTHER_PURPOSES:
        return
    own, rng = lungs(life.person), clinic.rng
    worse = own.fev1 < 45
    clinic.know("symptom", "dyspnea", rng.choice(
        ("breathless dressing", "stops for breath after 100 yards", "breathless on one flight") if worse
        else ("breathless on hills", "keeps up with others on the level", "breathless when hurrying")))  # fmt: skip
    if rng.random() < 0.5:
        clinic.know(
            "sign",
            "lungs",
            rng.choice(
                ("diminished breath sounds", "scattered wheezes", "prolonged expiration", "clear lungs")
            ),
        )
    if rng.random() < 0.14:
        clinic.image("spirometry", spirometry(own, rng, (clinic.at - life.timeline.first) / DAY / 365))
    _step(life, clinic)
    if own.smokes and rng.random() < 0.5:
        clinic.procedure("smoking-cessation", 8)
        clinic.know("plan", "smoking", rng.choice((
            "not ready to stop smoking", "will try nicotine patches", "a quit date next month", "cut down to five cigarettes")))  # fmt: skip
    _vaccinate(life, clinic)


def spirometry(own: Lungs, rng: Random, years: float) -> str:
    """A reader's words; the FEV1 falls by about one percent of predicted a year."""
    fev1 = max(16, round(own.fev1 - 0.9 * years + between(rng, -2, 2)))
    grade = "Mild" if fev1 >= 80 else "Moderate" if fev1 >= 50 else "Severe" if fev1 >= 30 else "Very severe"
    change = rng.choice(
        ("No significant response to bronchodilator.", "Small response to bronchodilator.", "")
    )
    return (
        f"{grade} obstruction. FEV1 {fev1} percent of predicted, FEV1/FVC {own.ratio:.2f}. {change}".strip()
    )


def _step(life: Life, clinic: Clinic) -> None:
    """After an exacerbation one inhaler more."""
    recent = any(
        a.reason == "copd" and 0 < clinic.at - a.until(life.last) < 60 * DAY for a in life.timeline.admissions
    )
    if not recent:
        return
    for drug in ("tiotropium", "fluticasone-salmeterol"):
        if not life.takes(drug):
            life.start_home(drug, clinic.at + 1200)
            clinic.know(
                "treatment",
                "inhaler",
                f"{'tiotropium' if drug == 'tiotropium' else 'an inhaled steroid'} added after the exacerbation",
            )
            return
    clinic.procedure("inhaler-teaching", 12)
    clinic.know("plan", "rehabilitation", "pulmonary rehabilitation offered")


def _vaccinate(life: Life, clinic: Clinic) -> None:
    given = any(f.name == "pneumococcal vaccine" for f in life.facts.rows)
    if not given and clinic.rng.random() < 0.3:
        life.chart.vaccine("pneumococcal-23", local(clinic.at + 1500))
        clinic.know("treatment", "pneumococcal vaccine", "pneumococcal vaccine given")


COPD = Lasting("copd", begin, visit)
