"""The words of the requests. Each opening is one template; where the rules are, how to order and answer follow it."""

from __future__ import annotations

from collections.abc import Mapping

from ...fhir_server.cohort.codes import NOTES
from ..base import Json
from ..protocols import numbered
from .protocol import followup, rules

OPENINGS: Mapping[str, str] = {
    "nurse": "Where does the fingerstick of {who} stand, and do we owe a check by the {policy}? Order what is missing.",
    "resident": "{who}: last meter glucose and trend please, then place whatever the {policy} wants next.",
    "attending": (
        "Before rounds I want the latest capillary glucose of {who} followed up as the {policy} says. Place only what "
        "is not on order yet."
    ),
    "night": (
        "Signed out from nights: meter glucose on {who} to be followed up. See what the last valid reading was, which "
        "way it goes, and order by the {policy}."
    ),
    "pharmacist": (
        "I am reviewing insulin for {who}. Tell me the newest bedside glucose that counts and how it moved, and put in "
        "the follow-up that the {policy} lists, if any."
    ),
    "clerk": (
        "The charge nurse asks me to make sure that glucose follow-up for {who} is in order under the {policy}. Can "
        "you look and enter what has to be entered?"
    ),
    "diabetes-team": (
        "Diabetes consult list, {who}: check the last point of care glucose against the {policy} and act on it."
    ),
    "handover": "Handover item for {who}: point of care glucose. Result, trend, and orders per the {policy}, please.",
}

_NOW = "It is now 10:25 on 10 March 2026 in the hospital (America/New_York, offset -04:00)."

_ON_SERVER = (
    "The policy is on the server, among the hospital's own documents: a DocumentReference of type {type} whose "
    'description starts with "{policy}". The version in force has DocumentReference.status current; an older one is '
    "superseded."
)

_PLACING = (
    "Each item to place is one ServiceRequest with status active, intent order, the priority and the LOINC code "
    "(http://loinc.org) that the policy names, occurrenceDateTime the time it is to be done (5 minutes either way), "
    "subject the patient and encounter the hospital stay in progress (Encounter in-progress of class IMP; an intensive "
    "care stay that is part of it is not meant). Place only what the policy lists, each once, and write nothing "
    "else; notifying people and treating are not your task."
)

_ANSWER = (
    "Finish with ok once everything is placed; no_action if nothing is to be placed, with reason in_range if the "
    "reading calls for nothing or on_order if all that it calls for is on order; no_data if no reading is recent "
    "enough. Always give reading (number, HI or LO) and time of collection of the deciding reading, and value in mg/dL "
    "if it is a number (whole number, leave it out for HI and LO); with ok and no_action also trend. With no_data give "
    "the last reading there is, whatever its age."
)


def prompt(template: str, params: Mapping[str, Json]) -> str:
    """The whole request; the rules are stated, or are in the document that the parameters name."""
    title = followup().title
    if params["source"] == "server":
        told = _ON_SERVER.format(type=NOTES["protocol"].code, policy=title)
    else:
        told = f"{title}:\n{numbered(rules(followup().current))}"
    opening = OPENINGS[template].format(who=params["who"], policy=title)
    return "\n\n".join((opening[0].upper() + opening[1:], _NOW, told, _PLACING, _ANSWER))
