"""What a player's line could become: commands, types, search parameters, and ids seen so far. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..env.r4_types import R4_TYPES
from ..fhir_server.embedded.parameters import type_info
from .chart_view import leaves
from .random_agent import resources_of

COMMANDS = ("search", "read", "next", "create", "calc", "finish", "request", "schema", "json", "help", "quit")
USUAL_TYPES = (
    "Patient", "Encounter", "Observation", "Condition", "MedicationRequest", "MedicationAdministration",
    "Procedure",
    "ServiceRequest", "AllergyIntolerance", "Immunization", "DiagnosticReport", "DocumentReference",
    "Communication",
    "Practitioner", "Organization", "Location", "Medication", "ActivityDefinition", "PlanDefinition",
)  # fmt: skip
_CONTROLS = ("_count", "_id", "_include", "_lastUpdated", "_revinclude", "_sort", "_summary")
_REFERRING = {"patient": "Patient", "subject": "Patient", "encounter": "Encounter", "location": "Location"}
MAX_IDS = 500


class Known:
    """What the player has seen: tools at hand, and ids by type, newest first."""

    def __init__(self, tools: frozenset[str] = frozenset()) -> None:
        self.tools = tools
        self._ids: dict[str, dict[str, None]] = {}

    def learn(self, text: str) -> None:
        """Takes the ids of a result, and those that it refers to: an encounter tells its patient."""
        for resource in resources_of(text):
            for path, value in leaves(resource):
                kind, slash, name = value.partition("/")
                if path.endswith("reference") and slash and kind in R4_TYPES:
                    self._add(kind, name)
            if isinstance(resource.get("id"), str):
                self._add(resource["resourceType"], resource["id"])

    def _add(self, kind: str, name: str) -> None:
        mine = self._ids.setdefault(kind, {})
        mine.pop(name, None)
        mine[name] = None
        while len(mine) > MAX_IDS:
            del mine[next(iter(mine))]

    def ids(self, resource_type: str) -> list[str]:
        """The ids of a type."""
        return list(reversed(self._ids.get(resource_type, {})))

    def types(self) -> list[str]:
        """The types of which ids are known."""
        return list(self._ids)


def complete(line: str, known: Known) -> Sequence[str]:
    """What the last word of a beginning of a line could be, whole words, best first."""
    words = line.split(" ")
    last = words[-1]
    if len(words) == 1:
        commands = (*COMMANDS, "update") if "fhir_update" in known.tools else COMMANDS
        return _matching(commands, last)
    command = words[0].lower()
    if command in ("search", "s", "fhir_search"):
        return _types(last) if len(words) == 2 else _parameters(words[1], last, known)
    if command in ("read", "r", "fhir_read"):
        if len(words) == 2:
            kind, slash, start = last.partition("/")
            if slash:
                return [f"{kind}/{name}" for name in known.ids(kind) if name.startswith(start)]
            return _matching([*known.types(), *USUAL_TYPES], last)
        return [name for name in known.ids(words[1]) if name.startswith(last)]
    return ()


def _types(start: str) -> list[str]:
    return _matching(USUAL_TYPES, start) or _matching(sorted(R4_TYPES), start)


def _parameters(resource_type: str, last: str, known: Known) -> list[str]:
    if resource_type not in R4_TYPES:
        return []
    names = sorted(type_info(resource_type).search) if resource_type in R4_TYPES else []
    name, sign, value = last.partition("=")
    if not sign:
        return [f"{n}=" for n in _matching([*(n for n in names if not n.startswith("_")), *_CONTROLS], name)]
    if name == "_sort":
        minus = "-" if value.startswith("-") else ""
        return [f"_sort={minus}{n}" for n in _matching(names, value.removeprefix("-"))]
    if name == "_summary":
        return [f"_summary={v}" for v in _matching(("count", "true"), value)]
    target = _REFERRING.get(name.partition(":")[0])
    if target is None and name == "_id":
        target = resource_type
    return [f"{name}={i}" for i in known.ids(target) if i.startswith(value)] if target else []


def _matching(words: Iterable[str], start: str) -> list[str]:
    low = start.lower()
    return list(dict.fromkeys(word for word in words if word.lower().startswith(low)))
