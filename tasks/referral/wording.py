"""The words of the requests. Each opening is one template; rules and instructions follow it."""

from __future__ import annotations

from collections.abc import Mapping

from ..base import Json
from .protocol import DAYS_RULE, rules, standard

OPENINGS: Mapping[str, str] = {
    "attending": "{who} needs {specialty}. Please put in a referral, priority {priority}, for {reason}.",
    "resident": "Can you refer {who} to {specialty}? Indication: {reason}. Make it {priority}.",
    "clerk": (
        "The on-call physician wants a {specialty} referral ({priority}) for {who} because of {reason}. Check that "
        "none is open."
    ),
    "handover": "From handover: {who}, {reason}. To do: {priority} referral to {specialty} with the numbers they want.",
    "phone": (
        "{specialty} says they will see {who} for {reason} if we send a proper request. Priority {priority}. "
        "Please sort it out."
    ),
    "message": "Referral request: {specialty}, {priority}. Patient: {who}. Question: {reason}. Thanks!",
    "rounds": "We agreed on rounds to send {who} to {specialty} ({reason}); write the request as {priority}.",
    "nurse": (
        "The team wants {specialty} to weigh in on {who}. Reason is {reason}, priority {priority}. Could you place it?"
    ),
}

_FACTS = (
    "The request must carry two facts: the last {first} and the last {second} that count. Carry each either as a "
    "reference to its Observation in supportingInfo or reasonReference, or in a note with name, number and unit."
)

_PLACING = (
    "To place: one ServiceRequest with status active, intent order, the priority above, code {code} of the system "
    "{system}, the reason as text in reasonCode, subject the patient{encounter}. Write nothing else."
)

_ANSWER = (
    "Today is 10 March 2026. Finish with ok once it is placed, no_action if one is on its way, no_data if there is "
    "nothing to rest it on. "
    "Always give value and time of collection of the last {first} that counts, in {unit}, whatever its age. With "
    "no_action also give referral_time, when the one on its way was authored (the newest if there are several)."
)


def prompt(template: str, params: Mapping[str, Json]) -> str:
    """The whole request; the rules are stated, or are in the document that the parameters name."""
    current = standard().current
    if params["standard"]:
        told = (
            "What counts as a result, how old it may be and which earlier referral stands in the way is laid down in "
            f"our {params['standard']}, a DocumentReference on the server; the version with status current is in force."
        )
    else:
        told = " ".join((*rules(current), DAYS_RULE.format(n=current.repeat_days)))
    encounter = " and encounter the hospital stay in progress (class IMP)" if params["inpatient"] else ""
    opening = OPENINGS[template].format(**params)
    return "\n\n".join(
        (
            opening[0].upper() + opening[1:],
            _FACTS.format(**params),
            told,
            _PLACING.format(encounter=encounter, **params),
            _ANSWER.format(**params),
        )
    )
