"""The words of the requests. Each opening is one template; rules and filing instructions follow it."""

from __future__ import annotations

from collections.abc import Mapping

from ..base import Json

OPENINGS: Mapping[str, str] = {
    "chart": "Please chart this {vital} for {who}: {reading}, taken at {time} today.",
    "flowsheet": "{who}: {vital} {reading} at {time} this morning. Can you get that onto the flowsheet?",
    "logged-out": (
        "I measured {vital} {reading} at {time} today, then the workstation logged me out. It is for {who}. Enter it "
        "for me if it may be entered."
    ),
    "round": "Vitals round of {time} today, {who}: {vital} {reading}. Enter it as our rules allow.",
    "backfill": (
        "The monitor did not send the {vital} of {time} today ({reading}) for {who}. Backfill it if the entry rules "
        "let you."
    ),
    "student": (
        "My preceptor wants the {vital} from {time} today recorded for {who}; I read {reading}. Check the rules before "
        "it goes in."
    ),
    "rounds": (
        "On rounds we measured {vital} {reading} on {who} at {time} today. It should stand in the chart once, and "
        "only if it passes the entry check."
    ),
    "slip": 'Paper slip on my desk: "{who}, {time} today, {vital} {reading}". Transcribe it, rules permitting.',
}

_STATED = (
    "Entry rules. Only entries with status final, amended or corrected are valid; preliminary ones, entries made in "
    "error and numbers in notes do not count. {rule}"
)

_BY_POLICY = (
    "The entry rules (what is already charted, how far a reading may jump, what counts) are in our {policy}, a "
    "DocumentReference on the server; the version with status current is in force. Its reasons are called charted "
    "and jump here."
)

_FILING = (
    "To file: create one Observation with status final, category vital-signs, code LOINC {code}, {value}, "
    "effectiveDateTime the time of the reading (10 March 2026, offset -04:00), subject the patient and encounter the "
    "hospital stay in progress (class IMP). Write nothing else."
)

_ANSWER = (
    "Finish with ok once it is filed, or no_action with the reason if the rules forbid it. Either way give, in "
    "{unit}, the entry that decided: for charted the one that is nearest in time, otherwise the last valid one before "
    "the reading{systolic}, rounded to one decimal, and its time. After a jump the nurse measures again "
    "and has been told; you file nothing. If the patient has no stay in progress, file nothing and "
    "finish with no_data and the end of the last finished stay."
)


def prompt(template: str, params: Mapping[str, Json], rule: str) -> str:
    """The whole request. `rule` is used where the parameters name no policy."""
    pressure = params["vital"] == "blood pressure"
    rules = _BY_POLICY.format(policy=params["policy"]) if params["policy"] else _STATED.format(rule=rule)
    value = (
        "the two values as components LOINC 8480-6 (systolic) and 8462-4 (diastolic) in mm[Hg]"
        if pressure
        else f"the value in {params['unit']} (UCUM)"
    )
    opening = OPENINGS[template].format(**params)
    return "\n\n".join(
        (
            opening[0].upper() + opening[1:],
            rules,
            _FILING.format(code=params["code"], value=value),
            _ANSWER.format(unit=params["answer_unit"], systolic=" (systolic)" if pressure else ""),
        )
    )
