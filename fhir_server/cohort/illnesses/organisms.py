"""What grows in cultures, what it is sensitive to, and which medicine it is then treated with.

Shares of organisms: urine after Flores-Mireles et al., Nat Rev Microbiol 2015; blood after Diekema et al., Antimicrob
Agents Chemother 2019 (SENTRY); skin after Moran et al., N Engl J Med 2006. Susceptibility is written as a laboratory
reports it: in words behind the organism.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..chance import between
from ..clock import DAY
from ..courses import specimens
from ..courses.case import Case


@dataclass(frozen=True, slots=True)
class Organism:
    """One germ.

    Attributes:
        text: its name as a report has it.
        short: how notes name it.
        sensitive: what it is usually sensitive to.
        resistant: what it is usually resistant to.
        doubtful: what it may be either to, with the share of sensitive strains.
        narrow: the medicine in the vein that suits it.
        oral: the medicine by mouth that suits it.
        diagnosis: short name of sepsis by it, where there is one.
    """

    text: str
    short: str
    sensitive: Sequence[str]
    resistant: Sequence[str]
    doubtful: Sequence[tuple[str, float]]
    narrow: str
    oral: str
    diagnosis: str = ""


ORGANISMS: Mapping[str, Organism] = {
    "e-coli": Organism(
        "Escherichia coli", "E. coli", ("ceftriaxone", "cefepime", "meropenem", "gentamicin"), (),
        (("ampicillin", 0.45), ("ciprofloxacin", 0.75), ("trimethoprim-sulfamethoxazole", 0.7), ("cefazolin", 0.85)),
        "ceftriaxone", "cephalexin", "sepsis-e-coli",
    ),
    "e-coli-esbl": Organism(
        "Escherichia coli, extended-spectrum beta-lactamase producer", "ESBL-producing E. coli",
        ("meropenem", "amikacin"), ("ceftriaxone", "cefepime", "ampicillin"), (("ciprofloxacin", 0.2), ("gentamicin", 0.6)),
        "meropenem", "nitrofurantoin", "sepsis-e-coli",
    ),
    "klebsiella": Organism(
        "Klebsiella pneumoniae", "Klebsiella pneumoniae", ("ceftriaxone", "cefepime", "meropenem"), ("ampicillin",),
        (("ciprofloxacin", 0.85), ("trimethoprim-sulfamethoxazole", 0.8)), "ceftriaxone", "ciprofloxacin",
    ),
    "proteus": Organism(
        "Proteus mirabilis", "Proteus mirabilis", ("ceftriaxone", "cefepime", "ampicillin"), ("nitrofurantoin",),
        (("ciprofloxacin", 0.7), ("trimethoprim-sulfamethoxazole", 0.7)), "ceftriaxone", "amoxicillin-clavulanate",
    ),
    "pseudomonas": Organism(
        "Pseudomonas aeruginosa", "Pseudomonas aeruginosa", ("cefepime", "piperacillin-tazobactam", "meropenem"),
        ("ceftriaxone",), (("ciprofloxacin", 0.75), ("gentamicin", 0.85)), "cefepime", "ciprofloxacin",
    ),
    "enterococcus": Organism(
        "Enterococcus faecalis", "Enterococcus faecalis", ("ampicillin", "vancomycin", "linezolid"), ("ceftriaxone",),
        (("nitrofurantoin", 0.97),), "vancomycin", "linezolid", "sepsis-enterococcus",
    ),
    "mssa": Organism(
        "Staphylococcus aureus", "methicillin-susceptible Staphylococcus aureus",
        ("oxacillin", "cefazolin", "vancomycin"), ("penicillin",), (("clindamycin", 0.8), ("doxycycline", 0.95)),
        "cefazolin", "cephalexin", "sepsis-mssa",
    ),
    "mrsa": Organism(
        "Staphylococcus aureus, methicillin resistant", "MRSA", ("vancomycin", "linezolid", "doxycycline"),
        ("oxacillin", "cefazolin"), (("clindamycin", 0.6), ("trimethoprim-sulfamethoxazole", 0.95)),
        "vancomycin", "doxycycline", "sepsis-mrsa",
    ),
    "pneumococcus": Organism(
        "Streptococcus pneumoniae", "Streptococcus pneumoniae", ("ceftriaxone", "vancomycin", "levofloxacin"), (),
        (("penicillin", 0.9), ("erythromycin", 0.55)), "ceftriaxone", "amoxicillin-clavulanate",
    ),
    "streptococcus": Organism(
        "Streptococcus pyogenes (group A)", "group A streptococcus", ("penicillin", "ceftriaxone", "vancomycin"), (),
        (("clindamycin", 0.8),), "cefazolin", "cephalexin",
    ),
    "bacteroides": Organism(
        "Bacteroides fragilis group", "Bacteroides fragilis", ("metronidazole", "piperacillin-tazobactam", "meropenem"),
        ("penicillin",), (("clindamycin", 0.6),), "piperacillin-tazobactam", "amoxicillin-clavulanate",
    ),
}  # fmt: skip

_BY_SOURCE: Mapping[str, Sequence[tuple[str, float]]] = {
    "urine": (("e-coli", 0.58), ("klebsiella", 0.12), ("proteus", 0.08), ("enterococcus", 0.09), ("pseudomonas", 0.06),
              ("e-coli-esbl", 0.07)),
    "lung": (("pneumococcus", 0.45), ("mssa", 0.18), ("mrsa", 0.14), ("klebsiella", 0.13), ("pseudomonas", 0.1)),
    "abdomen": (("e-coli", 0.48), ("klebsiella", 0.16), ("bacteroides", 0.2), ("enterococcus", 0.16)),
    "skin": (("mssa", 0.38), ("mrsa", 0.3), ("streptococcus", 0.32)),
    "line": (("mssa", 0.4), ("mrsa", 0.3), ("enterococcus", 0.15), ("klebsiella", 0.15)),
    "unknown": (("e-coli", 0.35), ("mssa", 0.25), ("klebsiella", 0.2), ("streptococcus", 0.2)),
}  # fmt: skip


def grown(rng: Random, source: str) -> Organism:
    """The germ behind an infection of urine, lung, abdomen, skin, line or unknown origin."""
    point = rng.random()
    rows = _BY_SOURCE[source]
    for name, share in rows:
        point -= share
        if point < 0:
            return ORGANISMS[name]
    return ORGANISMS[rows[0][0]]


def report(organism: Organism, rng: Random, specimen: str) -> str:
    """The final report of a culture: germ, amount, susceptibility."""
    amount = {
        "urine-culture": rng.choice((">100,000 CFU/mL ", ">100,000 CFU/mL ", "50,000-100,000 CFU/mL ")),
        "blood-culture": rng.choice(("", "", "2 of 2 bottles: ", "1 of 2 bottles: ")),
    }[specimen]
    sensitive, resistant = list(organism.sensitive), list(organism.resistant)
    for name, share in organism.doubtful:
        (sensitive if rng.random() < share else resistant).append(name)
    text = f"{amount}{organism.text}. Susceptible: {', '.join(sensitive)}."
    return text + (f" Resistant: {', '.join(resistant)}." if resistant else "")


def grow(case: Case, name: str, at: float, organism: Organism) -> float:
    """Takes a culture that will grow; returns when the clinicians learn of germ and susceptibility."""
    text = report(organism, case.rng, name)
    case.at(at, lambda when: specimens.culture(case.life, name, when, text))
    return at + 2 * DAY + between(case.rng, 2, 9) * 3600
