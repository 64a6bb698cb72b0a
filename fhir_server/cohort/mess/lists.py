"""What goes wrong on lists: problems that are over, allergies twice or not on file, papers of other hospitals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from ...backend import Resource
from .. import parts
from ..chance import between
from ..clock import DAY, local
from ..codes import CONDITIONS, SNOMED
from ..plan import Json
from .draft import Draft
from .filing import is_problem

TRANSIENT = frozenset({
    "hypokalemia", "hyperkalemia", "hyponatremia", "hypernatremia", "hypomagnesemia", "hypophosphatemia", "dehydration",
    "acidosis", "acute-kidney-injury", "acute-blood-loss-anemia", "pneumonia", "aspiration-pneumonia",
    "pleural-effusion", "respiratory-failure", "covid-19", "sepsis", "severe-sepsis", "septic-shock", "c-difficile",
    "uti", "gi-bleed", "pancreatitis", "delirium", "cellulitis", "chest-pain", "altered-mental-status", "fever",
    "syncope", "orthostatic-hypotension", "copd-exacerbation", "neutropenia", "thrombocytopenia", "kidney-stone", "dvt",
})  # fmt: skip
"""Illnesses that end. What a task asks about (diabetes, stages of CKD, dialysis) is not among them."""
_KEPT = ("diabet", "ckd", "esrd", "dialysis")
"""Problems that tasks are about: neither doubled nor called an error."""
_EARLIER = {
    "ckd-3": ("ckd-3a",),
    "ckd-3a": ("ckd-3",),
    "ckd-3b": ("ckd-3a", "ckd-3"),
    "ckd-4": ("ckd-3b", "ckd-3"),
    "ckd-5": ("ckd-4", "ckd-3b"),
    "esrd": ("ckd-4", "ckd-5"),
}
"""Stages that somebody may have had before; who has a late one has the earlier one's consequences for tasks anyway."""
_MISTAKEN = (
    "gout",
    "asthma",
    "copd",
    "hypothyroidism",
    "epilepsy",
    "osteoporosis",
    "depression",
    "hepatitis-c",
    "sleep-apnea",
)
_CLINICS = (
    "Brookside Family Medicine", "St. Aldric Hospital", "Fenwick County Medical Center", "Larch Street Urgent Care",
    "Harrow Lake Regional", "Dr. Pellman, Cardiology", "Tamarack Health Partners", "Old Mill Internal Medicine",
)  # fmt: skip


def spoil_lists(draft: Draft) -> None:
    """Problems, allergies, scans."""
    problems = [r for r in draft.conditions if is_problem(r) and _is(r, "active")]
    draft.sizes["problems"] = sum(is_problem(r) for r in draft.conditions)
    _stale(draft)
    _stages(draft, problems)
    _pregnancy(draft)
    _in_error(draft)
    _doubled(draft, problems)
    _allergies(draft)
    _scans(draft)


def _is(condition: Resource, status: str) -> bool:
    codings: list[Json] = condition.get("clinicalStatus", {}).get("coding", [])
    return any(c["code"] == status for c in codings)


def _stale(draft: Draft) -> None:
    """What ended stands on the problem list as if it had not: once for each illness."""
    listed = {draft.name(r) for r in draft.conditions if is_problem(r) and _is(r, "active")}
    over = {
        draft.name(r): r
        for r in draft.conditions
        if _is(r, "resolved") and draft.name(r) in TRANSIENT - listed
    }
    for past in draft.deal("problem-stale", list(over.values())):
        kept = draft.chart.again(
            past,
            category=parts.condition_category("problem-list-item"),
            clinicalStatus=parts.clinical_status("active"),
            **{key: None for key in ("abatementDateTime", "encounter") if key in past},
        )
        draft.mark("problem-stale", kept)


def _stages(draft: Draft, problems: list[Resource]) -> None:
    today = next((r for r in problems if draft.name(r) in _EARLIER), None)
    if today is None:
        return
    draft.sizes["ckd-charts"] = 1
    if draft.quota("ckd-two-stages", 1) == 0:
        return
    born = draft.chart.person.birth_date
    earlier = draft.at(today).timestamp() - between(draft.rng, 200, 1100) * DAY
    if local(earlier).date() <= born:
        return
    name = draft.rng.choice(_EARLIER[draft.name(today)])
    draft.chart.mark("ckd-two-stages", draft.chart.condition(name, onset=local(earlier)))


def _pregnancy(draft: Draft) -> None:
    """A pregnancy that nobody ended on the list, of a woman who is not pregnant now."""
    person, now = draft.chart.person, draft.chart.now
    age = (now.date() - person.birth_date).days / 365.25
    if person.gender != "female" or not 18 <= age <= 50 or person.deceased:
        return
    draft.sizes["fertile"] = 1
    if "pregnant" in person.traits or draft.quota("pregnancy-stale", 1) == 0:
        return
    past = next((r for r in draft.conditions if draft.name(r) == "pregnancy" and _is(r, "resolved")), None)
    if past is not None:
        past["clinicalStatus"] = parts.clinical_status("active")
        past.pop("abatementDateTime", None)
        draft.mark("pregnancy-stale", past)
        return
    onset = local(now.timestamp() - between(draft.rng, 480, 1500) * DAY)
    draft.chart.mark("pregnancy-stale", draft.chart.condition("pregnancy", onset=onset))


def _in_error(draft: Draft) -> None:
    """Somebody else's illness, recorded and struck out."""
    there = {draft.name(r) for r in draft.conditions}
    free = [name for name in _MISTAKEN if name not in there]
    for _ in range(draft.quota("condition-in-error", draft.sizes.get("conditions", 0)) if free else 0):
        at = local(draft.chart.now.timestamp() - between(draft.rng, 40, 1700) * DAY)
        if at.date() <= draft.chart.person.birth_date or _after_death(draft, at):
            continue
        key = draft.chart.condition(draft.rng.choice(free), onset=at, verification="entered-in-error")
        draft.chart.mark("condition-in-error", key)


def _after_death(draft: Draft, at: datetime) -> bool:
    died = draft.chart.person.deceased
    return died is not None and at > died


def _doubled(draft: Draft, problems: list[Resource]) -> None:
    """One problem under SNOMED CT alone beside the one under ICD-10-CM alone."""
    both = [
        r
        for r in problems
        if len(r["code"].get("coding", ())) > 1 and not draft.name(r).startswith(_KEPT)
        and any(c["system"] == SNOMED for c in r["code"]["coding"])
    ]  # fmt: skip
    for problem in draft.deal("problem-twice", both, draft.sizes["problems"]):
        codings: list[Json] = problem["code"]["coding"]
        snomed = [c for c in codings if c["system"] == SNOMED]
        problem["code"] = {**problem["code"], "coding": [c for c in codings if c["system"] != SNOMED]}
        code = {"coding": snomed, "text": snomed[0]["display"]}
        draft.mark("problem-twice", draft.chart.again(problem, code=code))


def _allergies(draft: Draft) -> None:
    chart, rng = draft.chart, draft.rng
    there = [r for r in chart.resources if r["resourceType"] == "AllergyIntolerance"]
    real = [r for r in there if draft.name(r) != "no-known-allergy" and _is(r, "active")]
    last = (chart.person.deceased or chart.now).timestamp()
    at = local(last - between(rng, 60, 1200) * DAY)
    if draft.quota("allergy-in-error", 1):
        free = [
            n
            for n in ("codeine", "shellfish", "latex", "sulfamethoxazole-trimethoprim")
            if n not in map(draft.name, real)
        ]
        chart.mark(
            "allergy-in-error", chart.allergy(rng.choice(free), recorded=at, status="entered-in-error")
        )
    if real:
        draft.sizes["allergy-charts"] = 1
        if draft.quota("allergy-twice", 1):
            first = rng.choice(real)
            text = {"text": str(first["code"]["text"]).upper()}
            stamp = max(at, draft.at(first)).isoformat(timespec="seconds")
            again = chart.again(
                first,
                code=text,
                recordedDate=stamp,
                meta={**first["meta"], "lastUpdated": stamp},
                reaction=None,
            )
            draft.mark("allergy-twice", again)
    if not there:
        draft.sizes["bare-charts"] = 1
        if draft.quota("allergy-not-on-file", 1):
            chart.mark("allergy-not-on-file", chart.add(_not_on_file(at)))


def _not_on_file(at: datetime) -> Resource:
    stamp = at.isoformat(timespec="seconds")
    return {
        "resourceType": "AllergyIntolerance",
        "meta": {"versionId": "1", "lastUpdated": stamp},
        "clinicalStatus": parts.allergy_status("active"),
        "verificationStatus": parts.allergy_verification("unconfirmed"),
        "code": {"text": "Not on File"},
        "recordedDate": stamp,
    }


def _scans(draft: Draft) -> None:
    """A paper from elsewhere, scanned, with what was read from it: numbers and dates, hardly a sentence."""
    chart, rng = draft.chart, draft.rng
    if draft.quota("outside-record", 1) == 0:
        return
    last = (chart.person.deceased or chart.now).timestamp()
    at = local(last - between(rng, 30, 1500) * DAY)
    if not draft.is_open(at) or at.date() <= chart.person.birth_date:
        return
    key = chart.note("outside-record", scan(chart.person.birth_date, chart.person.name.family, at, rng), at)
    scanned = chart.resources[-1]
    scanned["author"] = [{"display": "Health Information Management"}]
    scanned["description"] = "Scanned outside records"
    chart.mark("outside-record", key)


def scan(born: date, family: str, at: datetime, rng: Random) -> str:
    """What a machine read from a page: a head and a short table of old results, a letter misread here and there."""
    seen = at - timedelta(days=rng.randrange(5, 200))
    head = [
        rng.choice(_CLINICS).upper(),
        f"PT {family.upper()}  DOB {born:%m/%d/%Y}",
        f"FAXED {at:%m/%d/%y %H:%M}  PG 1 OF {rng.randrange(1, 9)}",
    ]
    rows = {
        "Na": str(rng.randrange(134, 146)),
        "K": f"{between(rng, 3.4, 5.1):.1f}",
        "Creat": f"{between(rng, 0.6, 2.1):.2f}",
        "Hgb": f"{between(rng, 9.5, 15.5):.1f}",
        "Chol": str(rng.randrange(120, 260)),
        "BP": f"{rng.randrange(104, 168)}/{rng.randrange(58, 98)}",
        "Wt": f"{rng.randrange(112, 260)} lb",
    }
    chosen = rng.sample(sorted(rows), 4)
    lines = [f"{name:<6} {_misread(rows[name], rng)}   {seen:%m/%d/%y}" for name in chosen]
    return "\n".join([*head, "", *lines])


def _misread(text: str, rng: Random) -> str:
    return text.replace("0", "O", 1) if rng.random() < 0.15 else text


assert CONDITIONS.keys() >= TRANSIENT
