"""The tools, each told once: name, description and JSON Schema of its arguments.

Every rendering (the text protocol, OpenAI, Anthropic, MCP) is made from here. What the calls do is in
`requests.py` (call to FHIR request) and `results.py` (answer to text).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..tasks.answers import answer_json_schema
from ..tasks.base import AnswerSchema, Json

RESULT_BYTES = 16_000
PAGE_SIZE = 20
MAX_COUNT = 1_000

_TYPE: Json = {
    "type": "string",
    "description": "An R4 type: Patient, Encounter, Observation, Condition, MedicationRequest, "
    "MedicationAdministration, "
    "Procedure, ServiceRequest, AllergyIntolerance, Immunization, DiagnosticReport, DocumentReference, "
    "Communication, "
    "Practitioner, Organization, Location, Medication, ActivityDefinition, PlanDefinition, ...",
}
_VALUE: Json = {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as an agent is told of it. `parameters` is a JSON Schema (2020-12) of an object."""

    name: str
    description: str
    parameters: Mapping[str, Json]


def _parameters(required: Sequence[str] = (), **properties: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required) or list(properties),
        "additionalProperties": False,
    }


_RESOURCE: Json = {"type": "object", "description": "A whole FHIR R4 resource, resourceType included."}

SEARCH = Tool(
    "fhir_search",
    "Searches resources of one type. Answers a searchset Bundle: `total` (all matches), `entry`, and `next` where "
    f"there is more: pass it to fhir_next. A page has {PAGE_SIZE} entries unless `_count` says otherwise, and a result "
    "is cut at 16 kB, so the first page is often not all. The order is undefined without `_sort` (`-date` is newest "
    "first). Search parameters are those of FHIR R4, for example patient, subject, code (`system|code` or `code`; a "
    "comma means or), category, status, date, authoredon, encounter, identifier, name, family, given, birthdate, "
    'address. A time window is a list: {"date": ["ge2026-03-09T00:00:00-04:00", "lt2026-03-10T00:00:00-04:00"]}; '
    "prefixes are eq, ne, gt, ge, lt, le. `_summary=count` gives the number alone. An unknown parameter is refused and "
    "named. The text of a document is shown decoded: its attachment has `text` in the place of `data`.",
    _parameters(
        required=["resource_type"],
        resource_type=_TYPE,
        params={
            "type": "object",
            "description": "Search parameters by name, modifiers included (`family:exact`). A list repeats "
            "the parameter "
            "(and).",
            "additionalProperties": {"anyOf": [_VALUE, {"type": "array", "items": _VALUE}]},
        },
    ),
)
NEXT = Tool(
    "fhir_next",
    "Goes on where a result ended. Takes the token that the result gave.",
    _parameters(
        page={"type": "string", "description": "The token: `next` of a Bundle, or the one a cut text names."}
    ),
)
READ = Tool(
    "fhir_read",
    "Reads one resource by type and id. A text beyond 16 kB is cut and ends with a token for fhir_next.",
    _parameters(
        resource_type=_TYPE, id={"type": "string", "description": "The logical id, without the type."}
    ),
)
CREATE = Tool(
    "fhir_create",
    "Creates a resource in the record and answers it as stored. It is validated against FHIR R4; a refusal "
    "names the "
    "element at fault and nothing is stored. What is stored counts: there is no undo, and a second create "
    "is a second "
    'resource. Refer to others as {"reference": "Patient/ID"}; the server gives the id.',
    _parameters(resource=_RESOURCE),
)
UPDATE = Tool(
    "fhir_update",
    "Replaces a resource that exists by the one given (whole, with its id), validated as in fhir_create.",
    _parameters(resource=_RESOURCE),
)
CALCULATE = Tool(
    "calculate",
    "Computes an expression exactly: + - * / % ** and parentheses, min, max, round(x, decimals), abs, sqrt, "
    "log "
    "(base 10), ln, exp, floor, ceil; days_between('2026-03-01', '2026-03-10') is 9, age_on('1950-02-28', "
    "'2026-03-10') "
    "whole years.",
    _parameters(expression={"type": "string", "maxLength": 500}),
)
_FINISH = (
    "Gives the answer and ends the episode. `status` says how it ended; the fields follow the schema. An "
    "answer of another "
    "shape is explained and does not end the episode."
)

ALWAYS: tuple[Tool, ...] = (SEARCH, NEXT, READ, CREATE)
GRANTABLE: Mapping[str, Tool] = {UPDATE.name: UPDATE}


def finish_tool(answer: AnswerSchema) -> Tool:
    """The `finish` tool of one task: its arguments are the answer."""
    return Tool("finish", _FINISH, answer_json_schema(answer))


def tools_for(answer: AnswerSchema, grants: Sequence[str] = ()) -> tuple[Tool, ...]:
    """All tools of a task, in the order in which an agent is told of them."""
    granted = [GRANTABLE[name] for name in grants if name in GRANTABLE]
    return (*ALWAYS, *granted, CALCULATE, finish_tool(answer))
