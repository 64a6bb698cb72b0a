"""The words of the requests. Each opening is one template; where the rules are, how to order and answer follow it."""

from __future__ import annotations

from collections.abc import Mapping

from ...fhir_server.cohort.codes import LOINC, NOTES, SERVICES
from ...fhir_server.cohort.plan import LOCAL_CODES
from ..base import Json
from ..protocols import numbered
from .protocol import DRAW_HOUR, monitoring, rules

OPENINGS: Mapping[str, str] = {
    "attending": "What was the last HbA1c of {who}, and is another due by the {protocol}? If so, order it.",
    "resident": "{who}: please sort out the A1c. Last value, whether one is due under the {protocol}, order if needed.",
    "pharmacist": (
        "Medication review for {who}. I need the latest glycated hemoglobin that counts, and a new one ordered where "
        "the {protocol} asks for it."
    ),
    "nurse": (
        "Could you check whether we should be drawing an HbA1c on {who}? Go by the {protocol} and put the order in if "
        "it says so."
    ),
    "clinic": (
        "Quality list from the diabetes clinic: {who} is flagged for HbA1c. See if the flag is right according to the "
        "{protocol} and act accordingly."
    ),
    "student": (
        "My attending wants me to know when {who} last had an A1c and when the next is due, and to have it ordered if "
        "the {protocol} calls for it now. Can you do that?"
    ),
    "message": "HbA1c check, {who}. Apply the {protocol}, tell me what you found, and order only if it is time.",
    "handover": "To do from yesterday: HbA1c for {who}, if due ({protocol}). I never got round to looking.",
}

_NOW = "It is now 10:25 on 10 March 2026 in the hospital (America/New_York, offset -04:00)."

_ON_SERVER = (
    "The protocol is on the server, among the hospital's own documents: a DocumentReference of type {type} whose "
    'description starts with "{protocol}". The version in force has DocumentReference.status current; an older one is '
    "superseded."
)

_PLACING = (
    "To order: one ServiceRequest with status active, intent order, priority routine, code {code} of {system}, "
    "reasonReference the diabetes on the problem list (any such Condition), and subject the patient. If a stay is in "
    "progress (Encounter in-progress of class IMP), occurrenceDateTime is tomorrow's morning draw at 0{hour}:00 and "
    "encounter that stay. Otherwise occurrenceDateTime is the patient's next planned visit: the earliest occurrence "
    "that lies ahead of the ServiceRequests with code {visit} of {local}, status active and intent order; no encounter "
    "is needed. The time may be 15 minutes off. Write nothing else."
)

_ANSWER = (
    "Finish with ok once it is ordered, or no_action with the reason if nothing is to be ordered. Either way give "
    "value (in %, one decimal) and time of collection of the last counted result. With ok, and with no_action for "
    "not_due, also give due, the date on which the next one was or is due."
)


def prompt(template: str, params: Mapping[str, Json]) -> str:
    """The whole request; the rules are stated, or are in the document that the parameters name."""
    title = monitoring().title
    if params["source"] == "server":
        told = _ON_SERVER.format(type=NOTES["protocol"].code, protocol=title)
    else:
        told = f"{title}:\n{numbered(rules(monitoring().current))}"
    opening = OPENINGS[template].format(who=params["who"], protocol=title)
    placing = _PLACING.format(
        code=SERVICES["hba1c"].code,
        system=LOINC,
        hour=DRAW_HOUR,
        visit=SERVICES["follow-up-visit"].code,
        local=LOCAL_CODES,
    )
    return "\n\n".join((opening[0].upper() + opening[1:], _NOW, told, placing, _ANSWER))
