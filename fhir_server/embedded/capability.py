"""The CapabilityStatement: what this server can, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from .parameters import SearchParameter, resource_types, type_info

_INTERACTIONS = ("read", "vread", "update", "delete", "history-instance", "create", "search-type")


def _parameter(parameter: SearchParameter) -> dict[str, str]:
    return {"name": parameter.code, "type": parameter.kind}


def _resource(name: str) -> dict[str, Any]:
    search = type_info(name).search.values()
    references = [f"{name}:{p.code}" for p in search if p.kind == "reference"]
    return {
        "type": name,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{name}",
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalUpdate": True,
        "conditionalRead": "not-match",
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "enforced"],
        "searchInclude": ["*", *references],
        "searchParam": [_parameter(p) for p in search],
    }


@lru_cache(maxsize=4)
def capability_statement(base_url: str, now: str) -> bytes:
    """The answer to `metadata`."""
    rest = {
        "mode": "server",
        "documentation": (
            "Search modifiers: :not, :text, :missing (token); :exact, :contains, :missing (string); a type, :missing "
            "(reference); :missing (others). Prefixes eq ne gt lt ge le, sa eb on dates, ap on numbers. "
            "Chains, _has, _include and _revinclude without :iterate. No operations and no PATCH."
        ),
        "resource": [_resource(name) for name in sorted(resource_types())],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
    }
    return orjson.dumps(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": now,
            "kind": "instance",
            "software": {"name": "ChartGym embedded server"},
            "implementation": {"description": "Synthetic records in memory", "url": base_url},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "json"],
            "rest": [rest],
        }
    )
