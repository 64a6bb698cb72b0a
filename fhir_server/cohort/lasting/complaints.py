"""Small complaints for which people come between their regular visits.

Source: commonest reasons of visits, National Ambulatory Medical Care Survey (CDC); treatment as usual in primary care.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..chance import between
from ..clock import DAY, local
from ..courses import specimens
from ..courses.clinic import Clinic
from ..courses.life import Life


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint: diagnosis, what is said, what is seen, what is done, and for how long the body shows it.

    `shift` moves signs and results while it lasts (see `Body.dose`).
    """

    condition: str
    symptoms: tuple[str, ...]
    signs: tuple[str, ...]
    plans: tuple[str, ...]
    days: float
    drug: str = ""
    tests: tuple[str, ...] = ()
    shift: Mapping[str, float] = field(default_factory=dict[str, float])


_COMPLAINTS = (
    Complaint("upper-respiratory-infection", ("sore throat and runny nose for four days", "cough and a blocked nose since the weekend", "hoarse with a dry cough for a week"),
              ("red throat without exudate", "clear lungs, nasal congestion"), ("fluids and rest, return if fever", "no antibiotic needed", "saline rinses, honey for the cough"), 9,
              shift={"temperature": 0.5, "wbc": 0.15, "crp": 1.4, "heart-rate": 5}),
    Complaint("low-back-pain", ("low back pain after lifting a box", "back pain down to the right buttock for two weeks"), ("tender lumbar muscles, straight leg raise negative",),
              ("heat, walking, ibuprofen for a week", "physical therapy exercises given"), 25, "ibuprofen", shift={"pain": 3.0}),
    Complaint("ankle-sprain", ("turned the right ankle on a step", "twisted ankle while running"), ("swelling in front of the right outer ankle, bears weight",), ("brace, ice and elevation", "no x-ray needed by the Ottawa rules"), 20, shift={"pain": 3.4}),
    Complaint("gastroenteritis", ("vomiting and loose stools for two days, children ill too", "watery diarrhea since a picnic"), ("soft belly, mildly tender, moist mouth",), ("sips of oral rehydration fluid", "return if blood or fever"), 5,
              tests=("basic-metabolic-panel",), shift={"bun": 0.2, "heart-rate": 8, "potassium": -0.15, "temperature": 0.3}),
    Complaint("uti", ("burning urination and urgency for two days", "frequent urination with a strong smell"), ("mild suprapubic tenderness",), ("urine culture sent, antibiotic for five days",), 6, "nitrofurantoin",
              tests=("urinalysis",), shift={"temperature": 0.2, "wbc": 0.1}),
    Complaint("insomnia", ("cannot fall asleep for a month", "wakes early with worries"), ("looks tired, normal examination",), ("sleep hygiene, no screens in bed", "cognitive therapy program for sleep"), 60, "melatonin"),
    Complaint("shoulder-impingement", ("right shoulder pain when reaching up", "shoulder pain at night for six weeks"), ("painful arc, full strength",), ("home exercises", "physical therapy for six weeks"), 45, shift={"pain": 2.4}),
    Complaint("fatigue", ("tired for two months", "no energy after work"), ("no pallor, thyroid not enlarged",), ("blood tests today, review by phone",), 60, tests=("cbc", "comprehensive-metabolic-panel", "tsh", "ferritin", "vitamin-b12")),
    Complaint("cerumen", ("blocked left ear for a week", "muffled hearing on both sides"), ("wax in both ear canals, removed by irrigation",), ("ear drops if it comes back",), 3),
    Complaint("dizziness", ("spinning when turning over in bed", "light-headed on standing for some days"), ("nystagmus on positional testing", "normal gait, no focal weakness"), ("Epley maneuver done", "slow standing, more water"), 14),
    Complaint("constipation", ("hard stools every third day",), ("soft belly without mass",), ("fiber, fluids, polyethylene glycol",), 40, "polyethylene-glycol"),
    Complaint("migraine", ("throbbing headache with nausea twice a week", "headaches since a change of shift work"), ("normal neurologic examination",), ("headache diary", "dark room and early naproxen"), 60, shift={"pain": 2.0}),
)  # fmt: skip


def complain(life: Life, clinic: Clinic) -> None:
    """One complaint with its diagnosis, tests and short treatment."""
    rng, chart = clinic.rng, life.chart
    complaint = rng.choice(_COMPLAINTS)
    if complaint.condition == "uti" and life.person.gender == "male":
        complaint = _COMPLAINTS[0]
    over = clinic.at + complaint.days * between(rng, 0.5, 1.4) * DAY
    clinic.know("symptom", complaint.condition, rng.choice(complaint.symptoms), until=over)
    clinic.know("sign", complaint.condition, rng.choice(complaint.signs))
    clinic.know("plan", complaint.condition, rng.choice(complaint.plans))
    clinic.know("symptom", "fever", "fever", polarity="absent")
    done = over < life.last
    chart.condition(
        complaint.condition,
        onset=local(clinic.at + 600),
        clinical="resolved" if done else "active",
        abated=local(over) if done else None,
        category="encounter-diagnosis",
    )
    for quantity, size in complaint.shift.items():
        life.body.dose(quantity, size, clinic.at - 5 * 3600, 2, complaint.days * 10)
    if complaint.condition == "uti":
        life.body.process("urinary-infection", {"wbc": 0.15, "temperature": 0.3})
        life.body.set_level("urinary-infection", 0.7, clinic.at)
        life.body.aim("urinary-infection", 0.0, 24, clinic.at + 2 * 3600)
        specimens.culture(
            life, "urine-culture", clinic.at + 720, "Escherichia coli, more than 100,000 CFU/mL"
        )
    if complaint.tests:
        clinic.want(*complaint.tests)
    if complaint.drug and _may(life, complaint.drug) and not life.takes(complaint.drug):
        life.start_home(complaint.drug, clinic.at + 1200)
        life.at(over, lambda at: life.stop_home(complaint.drug, at, status="completed"))


def _may(life: Life, drug: str) -> bool:
    """No ibuprofen for kidneys, hearts, thinned blood or unborn children; no nitrofurantoin for weak kidneys."""
    if drug == "ibuprofen":
        return (
            life.person.egfr > 60
            and not life.has(
                "heart-failure", "coronary-disease", "atrial-fibrillation", "cirrhosis", "pregnant", "stroke"
            )
            and not life.takes("naproxen")
        )
    return drug != "nitrofurantoin" or life.person.egfr > 45
