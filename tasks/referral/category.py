"""`referral`: a ServiceRequest to a specialty that carries the facts asked for, unless one is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from ...fhir_server.cohort.codes import ANALYTES, SERVICES
from ...fhir_server.cohort.plan import Person
from ...fhir_server.cohort.scenes.referrals import TOPIC, Card
from ..assembled import Assembled
from ..base import AnswerField, AnswerSchema, ChartSource, Json, Split, Task
from ..policies import Policy
from ..protocols import policies_of
from ..sampling import Dealt, by_level, deal_out
from . import gold, reference
from .protocol import standard, standard_text
from .wording import OPENINGS, prompt

SCHEMA = AnswerSchema(
    fields=(
        AnswerField(
            "value",
            "number",
            "The last value that counts of the first result asked for, in the unit of the request",
            tolerance=0.005,
            statuses=("ok", "no_action", "no_data"),
        ),
        AnswerField(
            "time", "instant", "When it was collected", tolerance=60, statuses=("ok", "no_action", "no_data")
        ),
        AnswerField(
            "referral_time",
            "instant",
            "When the referral on its way was authored",
            tolerance=60,
            statuses=("no_action",),
        ),
    ),
    statuses=("ok", "no_action", "no_data"),
)

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "tsh": ("TSH", "thyrotropin", "thyroid stimulating hormone"),
    "free-t4": ("free T4", "FT4", "free thyroxine"),
    "alt": ("ALT", "alanine aminotransferase", "SGPT"),
    "ast": ("AST", "aspartate aminotransferase", "SGOT"),
    "uric-acid": ("uric acid", "urate"),
    "esr": ("ESR", "erythrocyte sedimentation rate", "sed rate"),
    "crp": ("CRP", "C-reactive protein", "C reactive protein"),
    "vitamin-d": ("vitamin D", "25-hydroxyvitamin D", "25-OH vitamin D"),
    "vitamin-b12": ("vitamin B12", "B12", "cobalamin"),
    "ferritin": ("ferritin",),
    "nt-probnp": ("NT-proBNP", "NT pro-BNP", "NT proBNP"),
    "ldl": ("LDL", "LDL cholesterol", "LDL-C"),
    "albumin-creatinine-urine": (
        "albumin/creatinine ratio",
        "urine albumin-to-creatinine ratio",
        "UACR",
        "ACR",
    ),
    "lipase": ("lipase",),
}
"""Names by which a note may call a result; the first is the one in the prompt."""

_TEMPLATES = tuple(OPENINGS)


def _draw(source: ChartSource, split: Split, rng: Random) -> Sequence[Task]:
    """A task for each card of the deck."""
    del rng  # the deck is dealt by the cohort's seed
    dealt = deal_out(source, TOPIC, Card, split)
    return by_level([_task(source, one) for one in dealt], split)


CATEGORY = Assembled(
    name="referral",
    title="Refer to a specialty",
    kind="action",
    draw=_draw,
    solve=reference.solve,
    guess=reference.guess,
    faults={
        "any-status": partial(reference.solve, any_status=True),
        "ignore-orders": partial(reference.solve, ignore_orders=True),
    },
)


def policies() -> tuple[Policy, ...]:
    """The referral standard, superseded version first."""
    found = standard()
    return policies_of(found, lambda version: standard_text(found.title, version))


def _params(person: Person, card: Card, *, on_stay: bool) -> dict[str, Json]:
    service = SERVICES[f"referral-{card.specialty}"].codes[0]
    first, second = (ANALYTES[r.analyte] for r in card.results)
    names = [SYNONYMS[r.analyte][0] for r in card.results]
    params: dict[str, Json] = {
        "specialty": card.specialty,
        "priority": card.priority,
        "reason": card.reason,
        "code": service.code,
        "system": service.system,
        "first": f"{names[0]} (LOINC {first.code})",
        "second": f"{names[1]} (LOINC {second.code})",
        "unit": first.unit,
        "inpatient": on_stay,
        "standard": standard().title if card.level == 3 else "",
    }
    if on_stay and person.stay is not None:
        return params | {"who": f"{person.name.family} in bed {person.stay.bed}", "bed": person.stay.bed}
    born = person.birth_date.isoformat()
    name = f"{' '.join(person.name.given)} {person.name.family}"
    return params | {
        "who": f"{name} (born {born})",
        "family": person.name.family,
        "given": person.name.given[0],
        "birth_date": born,
    }


def _task(source: ChartSource, dealt: Dealt[Card]) -> Task:
    person, card, on_stay = dealt.person, dealt.card, dealt.inside
    template = _TEMPLATES[dealt.turn % len(_TEMPLATES)]
    analytes = [r.analyte for r in card.results]
    chart = list(source.chart(person.id))
    decision = gold.decide(chart, card.specialty, analytes, source.now, standard().current)
    params = _params(person, card, on_stay=on_stay)
    first = decision.results[0]
    answer: dict[str, Json] = {"value": first.value, "time": first.written}
    expected: dict[str, Json] = {"seen": [f"Observation/{first.id}"]}
    if decision.branch == "no_action":
        expected["answer"] = {"status": "no_action", "referral_time": decision.referral, **answer}
        expected["seen"].append(f"ServiceRequest/{decision.referral_id}")
        expected["why"] = "an active referral to the same specialty is on its way"
    elif decision.branch == "no_data":
        expected["answer"] = {"status": "no_data", **answer}
        expected["why"] = "the last result is too old"
    else:
        expected["answer"] = {"status": "ok", **answer}
        expected["writes"] = [_write(person, card, decision.results, on_stay=on_stay)]
        expected["why"] = "nothing stands in the way"
    return Task(
        id="",
        category=CATEGORY.name,
        level=card.level,
        branch=decision.branch,
        template=template,
        prompt=prompt(template, params),
        params=params,
        patients=(person.id,),
        answer=SCHEMA,
        expected=expected,
        twin=card.group,
    )


def _write(person: Person, card: Card, results: Sequence[gold.Result], *, on_stay: bool) -> dict[str, Json]:
    service = SERVICES[f"referral-{card.specialty}"]
    write: dict[str, Json] = {
        "kind": "service-request",
        "patient": person.id,
        "code": [{"system": c.system, "code": c.code} for c in service.codes],
        "texts": [service.text, card.specialty],
        "priority": card.priority,
        "reason": {"texts": [card.reason]},
        "facts": [
            {
                "key": planned.analyte,
                "name": SYNONYMS[planned.analyte][0],
                "synonyms": list(SYNONYMS[planned.analyte][1:]),
                "value": result.value,
                "unit": result.unit,
                "reference": f"Observation/{result.id}",
            }
            for planned, result in zip(card.results, results, strict=True)
        ],
    }
    if on_stay and person.stay is not None:
        write["encounter"] = person.stay.encounter_id
    return write
