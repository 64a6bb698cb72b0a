"""Stroke: where it struck, what it left behind (side and all, for life), tablets against the next one.

Source: AHA/ASA guideline for prevention in patients with stroke 2021 (a platelet drug, or an anticoagulant with atrial
fibrillation; high-intensity statin, LDL under 70 mg/dL; blood pressure under 130/80 in the long run).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .classes import ANTICOAGULANTS, STATINS, taken_of
from .model import Lasting


@dataclass(frozen=True, slots=True)
class Infarct:
    """One person's stroke.

    Attributes:
        side: of the brain.
        kind: which vessel, and whether a clot from the heart.
        grave: 0 to 1, how bad.
        residual: weakness that stays for life: "none", "mild", "marked".
        speech: what is wrong with speech: "aphasia" (left cortical only), "dysarthria", "".
        neglect: of the left side, after a right cortical stroke.
    """

    side: Literal["left", "right"]
    kind: Literal["embolic", "artery", "lacunar"]
    grave: float
    residual: Literal["none", "mild", "marked"]
    speech: Literal["aphasia", "dysarthria", ""]
    neglect: bool

    @property
    def weak_side(self) -> str:
        """The side of the body."""
        return "left" if self.side == "right" else "right"

    @property
    def diagnosis(self) -> str:
        """Row of `codes.CONDITIONS`."""
        if self.kind == "lacunar":
            return "stroke-lacunar"
        return f"stroke-{self.side}-mca" + ("-embolic" if self.kind == "embolic" else "")


def infarct(person: Person) -> Infarct:
    """The same whenever it is asked for."""
    rng = child(0, person.id, "stroke")
    side: Literal["left", "right"] = "left" if rng.random() < 0.5 else "right"
    luck = rng.random()
    embolic = "atrial-fibrillation" in person.traits
    kind: Literal["embolic", "artery", "lacunar"] = (
        "lacunar" if luck < 0.3 else "embolic" if embolic else "artery"
    )
    grave = between(rng, 0.1, 0.5) if kind == "lacunar" else between(rng, 0.25, 1.0)
    residual: Literal["none", "mild", "marked"] = (
        "none" if grave < 0.28 else "mild" if grave < 0.65 else "marked"
    )
    cortical = kind != "lacunar"
    speech: Literal["aphasia", "dysarthria", ""] = (
        "aphasia"
        if cortical and side == "left" and rng.random() < 0.75
        else "dysarthria"
        if rng.random() < 0.6
        else ""
    )
    return Infarct(side, kind, grave, residual, speech, cortical and side == "right" and rng.random() < 0.6)


def begin(life: Life) -> None:
    """A stroke before the chart began is history; one within it comes with its stay."""
    first, rng = life.timeline.first, life.stream("stroke")
    if any(a.reason == "stroke" for a in life.timeline.admissions):
        return
    since = first - between(rng, 0.3, 8) * 365 * DAY
    years = max(1, round((first - since) / DAY / 365))
    life.know(
        first, "history", "stroke", f"{infarct(life.person).side} hemisphere stroke about {years} years ago"
    )
    leave_behind(life, since, first)
    life.at(first + between(rng, 2, 30) * DAY, lambda at: protect(life, at))


def leave_behind(life: Life, since: float, told: float) -> None:
    """Deficits for life: on the problem list with their side, and told in notes."""
    struck = infarct(life.person)
    if struck.residual == "none" and not struck.speech:
        life.problem("stroke-history", since)
        return
    if struck.residual != "none":
        life.problem(f"stroke-sequela-hemiparesis-{struck.weak_side}", since)
        life.know(
            told,
            "history",
            "hemiparesis",
            f"{struck.residual} weakness of the {struck.weak_side} side since the stroke",
        )
        walks = ("wheelchair", "walker") if struck.residual == "marked" else ("cane", "cane", "walker")
        life.know(told, "social", "walking", f"walks with a {w}" if (w := life.stream("walking").choice(walks)) != "wheelchair"
                  else "uses a wheelchair outside")  # fmt: skip
    else:
        life.problem("stroke-history", since)
    if struck.speech:
        life.problem(f"stroke-sequela-{struck.speech}", since)
        words = "word-finding trouble" if struck.speech == "aphasia" else "slurred speech"
        life.know(told, "history", struck.speech, f"{words} since the stroke")


def protect(life: Life, at: float) -> None:
    """Tablets against the next stroke."""
    if not taken_of(life, STATINS):
        life.start_home("atorvastatin-80", at)
    if taken_of(life, ANTICOAGULANTS) or infarct(life.person).kind == "embolic":
        return
    if not life.takes("aspirin") and not life.takes("clopidogrel"):
        life.start_home(life.stream("platelets").choice(("aspirin", "clopidogrel", "aspirin")), at)


def visit(life: Life, clinic: Clinic) -> None:
    """New deficits asked for; the old ones examined; lipids yearly."""
    happened = any(f.name == "stroke" and f.topic == "history" for f in life.facts.rows)
    if not happened or clinic.purpose in {"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"}:
        return
    struck, rng = infarct(life.person), clinic.rng
    if rng.random() < 0.45:
        clinic.know("symptom", "new deficit", "new weakness, numbness or trouble speaking", polarity="absent")
    if struck.residual != "none" and rng.random() < 0.6:
        clinic.know("sign", "hemiparesis", f"{rng.choice(('4/5', '4+/5') if struck.residual == 'mild' else ('3/5', '2/5'))} "
                    f"strength of the {struck.weak_side} arm, unchanged")  # fmt: skip
    if clinic.due("ldl", 380):
        clinic.want("lipid-panel")
    if struck.kind == "artery" and rng.random() < 0.05:
        low = rng.choice((20, 40, 50))
        clinic.image("us-carotid", f"{low} to {low + 19} percent stenosis of the {struck.side} internal carotid artery. "
                     "Antegrade flow in both vertebral arteries.")  # fmt: skip


STROKE = Lasting("stroke", begin, visit)
