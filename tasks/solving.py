"""How reference solutions use the tools: `resources = yield from search(...)`.

The shapes are those of the environment's tools. `fhir_search` answers a searchset Bundle as JSON, its entries hold
`resource` (and `search` where the mode is not match), cut at 16 kB; `next` holds an opaque token where there is
more, and `fhir_next` takes it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Mapping
from typing import Any

from chartgym.errors import TaskError

from ..fhir_server.backend import Resource
from .base import Json, ToolCall, ToolResult

Asking = Generator[ToolCall, ToolResult, Any]


def attachment_text(attachment: Mapping[str, Json]) -> str:
    """The text of a text/plain Attachment, which the tools show decoded as `text` in the place of `data`."""
    if "text" in attachment:
        return str(attachment["text"])
    return base64.b64decode(attachment.get("data", "")).decode()


def _loads(result: ToolResult, call: str) -> Any:
    if not result.ok:
        raise TaskError(f"reference solution: {call} was refused: {result.text[:300]}")
    return json.loads(result.text)


def search(
    resource_type: str, params: Mapping[str, Json], *, pages: int | None = None
) -> Generator[ToolCall, ToolResult, list[Resource]]:
    """Searches and follows every page (or at most `pages`). A list value repeats the parameter.

    Returns:
        The resources of all pages in order, includes among them.

    Raises:
        TaskError: the server refused the search.
    """
    call = ToolCall("fhir_search", {"resource_type": resource_type, "params": dict(params)})
    found: list[Resource] = []
    page = 1
    while True:
        bundle = _loads((yield call), f"search {resource_type}")
        found += [e["resource"] for e in bundle.get("entry", [])]
        token = bundle.get("next")
        if token is None or (pages is not None and page >= pages):
            return found
        call = ToolCall("fhir_next", {"page": token})
        page += 1


def count(resource_type: str, params: Mapping[str, Json]) -> Generator[ToolCall, ToolResult, int]:
    """The number of matches (`_summary=count`)."""
    call = ToolCall(
        "fhir_search", {"resource_type": resource_type, "params": {**params, "_summary": "count"}}
    )
    return int(_loads((yield call), f"count {resource_type}")["total"])


def read(resource_type: str, id: str) -> Generator[ToolCall, ToolResult, Resource]:  # noqa: A002 FHIR's word
    """Reads one resource.

    Raises:
        TaskError: there is none.
    """
    result = yield ToolCall("fhir_read", {"resource_type": resource_type, "id": id})
    return _loads(result, f"read {resource_type}/{id}")


def create(resource: Resource) -> Generator[ToolCall, ToolResult, Resource]:
    """Creates a resource; returns it as stored.

    Raises:
        TaskError: the server refused it.
    """
    result = yield ToolCall("fhir_create", {"resource": resource})
    return _loads(result, f"create {resource.get('resourceType')}")


def finish(status: str, **fields: Json) -> Generator[ToolCall, ToolResult, None]:
    """Ends the episode with an answer."""
    yield ToolCall("finish", {"status": status, **fields})


def stay_in_progress(found: Mapping[str, Json]) -> Generator[ToolCall, ToolResult, tuple[str, str] | None]:
    """Patient id and Encounter id of the inpatient stay that goes on, None where there is none.

    A part of a stay (an Encounter with `partOf`) is passed over.

    Args:
        found: parameters that say whose it is: `patient`, `location`.
    """
    stays = yield from search("Encounter", {**found, "status": "in-progress", "class": "IMP"})
    for stay in stays:
        if "partOf" not in stay:
            return stay["subject"]["reference"].removeprefix("Patient/"), stay["id"]
    return None


def stay_in_bed(bed: str) -> Generator[ToolCall, ToolResult, tuple[str, str]]:
    """Patient id and Encounter id of who lies in a bed of that name.

    Raises:
        TaskError: nobody does.
    """
    places = yield from search("Location", {"name:exact": bed})
    found = yield from stay_in_progress({"location": ",".join(f"Location/{p['id']}" for p in places)})
    if found is None:
        raise TaskError(f"reference solution: nobody lies in bed {bed}")
    return found


def document_in_force(title: str) -> Generator[ToolCall, ToolResult, str]:
    """The text of the hospital's current document of that title.

    Raises:
        TaskError: there is none, or more than one.
    """
    documents = yield from search("DocumentReference", {"description": title, "status": "current"})
    if len(documents) != 1:
        raise TaskError(f"reference solution: {len(documents)} documents {title!r} are in force")
    return attachment_text(documents[0]["content"][0]["attachment"])
