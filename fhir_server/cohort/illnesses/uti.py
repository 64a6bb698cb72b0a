"""Urinary tract infection: from a weak old man with a catheter to a young woman with pyelonephritis.

Sources: IDSA guideline 2010 and its 2025 revision for complicated infection (ceftriaxone first, seven days where it turns
quickly); fever of pyelonephritis lasts a median of about a day and a half (Behr et al., Rev Infect Dis 1996).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from . import critical, infection, organisms
from .model import Illness

_LOADS = {
    "temperature": 1.85, "heart-rate": 20, "respiratory-rate": 2.5, "systolic": -7, "wbc": 0.62, "crp": 3.2,
    "procalcitonin": 2.2, "lactate": 0.25, "co2": -1.2, "sodium": -2.2, "albumin": -0.35, "creatinine": 0.16, "bun": 0.2,
    "glucose": 0.08, "platelets": 0.05, "pain": 2.2, "urine": -8,
}  # fmt: skip


def admit(case: Case) -> None:
    """The kind depends on age and sex; a first dose in the first hours turns it in a day or two."""
    body, rng, start = case.body, case.rng, case.start
    old = body.age(start) > 68
    kind = _kind(case, old=old)
    loads = _LOADS if kind != "lower" else {**_LOADS, "temperature": 0.8, "pain": 0.8, "gcs": -0.8}
    infection.begin(case, "uti", loads, now=0.7 * case.severity, worst=case.severity, hours=10)
    body.process("urinary-infection", {})
    body.set_level("urinary-infection", 1.0, start)
    _treat(case)
    _cultures(case, kind)
    if kind == "pyelonephritis":
        case.principal = "pyelonephritis"
    span = critical.intensive_span(case, start + 2 * HOUR)
    if span is not None:
        hours = min(between(rng, 14, 40), 0.8 * (span[1] - span[0]) / HOUR)
        critical.shock(case, start + HOUR, level=between(rng, 0.6, 1.0) * case.severity, hours=hours)
        case.diagnose("septic-shock", start + 2 * HOUR)
    if kind == "retention":
        _retention(case)
    _tell(case, kind, old=old)
    critical.linger(case)


def _kind(case: Case, *, old: bool) -> str:
    rng = case.rng
    female = case.life.person.gender == "female"
    if not old and female:
        return "pyelonephritis" if rng.random() < 0.8 else "lower"
    if not female and rng.random() < 0.45:
        return "retention"
    return "lower" if old and rng.random() < 0.55 else "pyelonephritis"


def _treat(case: Case) -> None:
    body, rng, start = case.body, case.rng, case.start
    tau = min(34.0, max(12.0, 4.5 * case.days)) * between(rng, 0.8, 1.3)

    def turned(at: float) -> None:
        lag = between(rng, 5, 18) * case.severity
        case.at(at + lag * HOUR, lambda when: infection.turn(case, "uti", tau=tau, at=when))
        case.at(at + 1.6 * DAY, lambda when: body.set_level("urinary-infection", 0.0, when))

    case.order("ceftriaxone", start + between(rng, 0.8, 3) * HOUR, until=start + 7 * DAY, on_first=turned)
    if rng.random() < 0.6:
        critical.boluses(case, start + between(rng, 0.5, 1.5) * HOUR, 1)


def _cultures(case: Case, kind: str) -> None:
    rng, start = case.rng, case.start
    taken = start + between(rng, 0.4, 1.2) * HOUR
    case.service("urine-culture", taken - 600 if taken - 600 > start else taken, due=taken)
    if rng.random() < 0.18:
        case.draw(taken, "urine-culture", "blood-culture")
        case.at(start + 2.3 * DAY, lambda at: _to_oral(case, "cephalexin", at))
        return
    germ = organisms.grown(rng, "urine")
    known = organisms.grow(case, "urine-culture", taken, germ)
    bacteremic = kind == "pyelonephritis" and rng.random() < 0.22
    if bacteremic:
        organisms.grow(case, "blood-culture", taken + 300, germ)
    else:
        case.draw(taken + 300, "blood-culture")
    case.at(known, lambda at: _narrow(case, germ, at, bacteremic=bacteremic))


def _narrow(case: Case, germ: organisms.Organism, at: float, *, bacteremic: bool) -> None:
    case.know(
        "finding", "culture", f"{germ.short} grew from urine{' and blood' if bacteremic else ''}", at=at
    )
    if bacteremic:
        case.diagnose("bacteremia", at)
    if germ.narrow != "ceftriaxone":
        case.stop("ceftriaxone", at + 0.5 * HOUR)
        case.order(germ.narrow, at + 0.7 * HOUR, until=case.start + 8 * DAY)
        case.know(
            "treatment",
            "changed",
            f"changed to {germ.narrow.replace('-', ' ')} by susceptibility",
            at=at + HOUR,
        )
    if case.signs.get("temperature", 37.0) < 37.9:
        case.at(at + between(case.rng, 2, 22) * HOUR, lambda when: _to_oral(case, germ.oral, when))


def _to_oral(case: Case, drug: str, at: float) -> None:
    renal = case.life.person.egfr < 30
    if at > case.end - 3 * HOUR or case.in_icu(at) or case.active("linezolid"):
        return
    chosen = "cephalexin" if renal and drug in {"nitrofurantoin", "sulfamethoxazole-trimethoprim"} else drug
    for old in ("ceftriaxone", "cefepime", "vancomycin", "cefazolin"):
        case.stop(old, at)
    case.order(chosen, at + 0.4 * HOUR)
    case.know("treatment", "oral step-down", f"changed to {chosen.replace('-', ' ')} by mouth", at=at)


def _retention(case: Case) -> None:
    """A large prostate: a catheter, tamsulosin, and a few hundred mL at once."""
    rng, body, start = case.rng, case.body, case.start
    placed = start + between(rng, 0.7, 3) * HOUR
    body.process("retention", {"creatinine": 0.3, "bun": 0.25, "urine": -40, "pain": 1.5, "potassium": 0.2})
    body.set_level("retention", case.severity, start)
    case.at(placed, lambda at: body.aim("retention", 0.0, 20, at))
    case.procedure("urinary-catheter", placed, hours=0.2, fact="a urinary catheter was placed with relief")
    case.at(placed, lambda at: body.dose("urine", 260, at, 0.2, 1.5))
    case.order("tamsulosin", start + 5 * HOUR)
    case.diagnose("urinary-retention", start + HOUR)
    case.life.problem("bph", start + HOUR)
    critical.at_discharge(case, lambda at: case.life.start_home("tamsulosin", at))
    out = case.clock(max(1, int(0.6 * case.days)), between(rng, 7, 10))
    case.know(
        "event",
        "voiding trial",
        rng.choice(("catheter removed, voiding well", "passed the voiding trial")),
        at=out,
    )


def _tell(case: Case, kind: str, *, old: bool) -> None:
    rng, start = case.rng, case.start
    gone = start + min(0.5 * case.days, 3) * DAY
    side = rng.choice(("right", "left"))
    if kind == "pyelonephritis":
        case.know(
            "symptom",
            "flank pain",
            f"{side} flank pain for {rng.choice(('one day', 'two days', 'three days'))}",
            until=gone,
        )
        case.know(
            "symptom",
            "nausea",
            rng.choice(("nausea and vomiting", "unable to keep fluids down", "nausea")),
            until=start + 1.3 * DAY,
        )
        case.know("sign", "flank", f"{side} costovertebral angle tenderness", until=gone)
        case.image("us-renal" if rng.random() < 0.6 else "ct-abdomen", start + between(rng, 2, 9) * HOUR, rng.choice((
            f"Mildly enlarged {side} kidney, no hydronephrosis or abscess.", f"Perinephric stranding on the {side}. No stone.",
            "No hydronephrosis.", f"Striated nephrogram of the {side} kidney, in keeping with pyelonephritis.")),
            fact="no hydronephrosis or abscess on imaging")  # fmt: skip
    else:
        case.know(
            "symptom",
            "dysuria",
            rng.choice(("burning on urination", "urinary frequency and urgency", "foul-smelling urine")),
            until=gone,
        )
    if kind == "retention":
        case.know(
            "symptom",
            "retention",
            rng.choice(("could not pass urine since last night", "weak stream and lower abdominal fullness")),
            until=start + 4 * HOUR,
        )
        case.know("sign", "bladder", "distended tender bladder", until=start + 4 * HOUR)
    if old:
        case.know(
            "symptom",
            "confusion",
            rng.choice(
                (
                    "more confused than usual per family",
                    "sleepy and off the baseline",
                    "a fall at home without injury",
                )
            ),
            until=gone,
        )
        case.know("sign", "orientation", "oriented to person only", until=gone)
    case.know(
        "symptom",
        "fever",
        rng.choice(("fever and chills", "chills since the morning", "subjective fevers")),
        until=start + 1.6 * DAY,
    )
    case.know(
        "history",
        "urinary infections",
        rng.choice(
            (
                "no previous urinary infections",
                "two urinary infections in the past year",
                "one urinary infection years ago",
            )
        ),
    )
    case.denies(*rng.sample([("hematuria", "blood in the urine"), ("chest pain", "chest pain"), ("dyspnea", "shortness of breath"),
                             ("diarrhea", "diarrhea"), ("discharge", "vaginal or urethral discharge"), ("headache", "headache")], 3))  # fmt: skip
    case.know(
        "plan",
        "antibiotics",
        rng.choice(("seven days of antibiotics in all", "tablets once afebrile and the culture is known")),
    )


def morning(case: Case, day: int, at: float) -> None:
    """Still feverish on day three: an image for abscess or obstruction."""
    rng = case.rng
    fever = case.signs.get("temperature", 37.0) > 38.0
    if day in {1, 3}:
        case.draw(at + between(rng, 0.5, 2) * HOUR, "crp")
    if day == 1 and not fever:
        case.know(
            "event",
            "improving",
            rng.choice(("fever settled overnight", "flank pain easing", "eating breakfast again")),
            at=at,
        )
    if day == 3 and fever:
        case.image(
            "ct-abdomen", at + 3 * HOUR, "No renal abscess. No obstructing stone.", fact="no abscess on CT"
        )


UTI = Illness("uti", admit, morning)
