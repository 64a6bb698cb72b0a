"""Writes the generated sections of docs/server.md: search parameters of the charts' types, and differences from HAPI.

Usage::

    python scripts/document_server.py [--check]

With `--check` nothing is written, and the exit code is 1 where the page is not up to date.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from chartgym.fhir_server.embedded.parameters import type_info

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "server.md"
DIFFERENCES = ROOT / "tests" / "conformance" / "differences.json"
TYPES = (
    "Patient",
    "Encounter",
    "Observation",
    "Condition",
    "MedicationRequest",
    "MedicationAdministration",
    "Procedure",
    "ServiceRequest",
    "AllergyIntolerance",
    "Immunization",
    "DiagnosticReport",
    "DocumentReference",
    "Communication",
    "Practitioner",
    "Organization",
    "Location",
    "Medication",
    "ActivityDefinition",
)
KINDS = ("token", "date", "string", "reference", "quantity", "number", "uri", "composite")


def parameters() -> str:
    """A table of the search parameters, a row a type."""
    lines = ["| type | parameters, by kind |", "| --- | --- |"]
    for name in TYPES:
        search = type_info(name).search
        parts: list[str] = []
        for kind in KINDS:
            codes = sorted(c for c, p in search.items() if p.kind == kind and not c.startswith("_"))
            if codes:
                parts.append(f"{kind}: {', '.join(f'`{code}`' for code in codes)}")
        lines.append(f"| {name} | {'<br>'.join(parts)} |")
    return "\n".join(lines)


def differences() -> str:
    """A table of the differences, a row a reason."""
    listed: dict[str, Any] = json.loads(DIFFERENCES.read_text(encoding="utf-8"))
    lines = ["| what | here, and why | recorded exchanges |", "| --- | --- | --- |"]
    dates = {one["name"]: sum(map(len, one["searches"].values())) for one in listed["dates"]}
    for one in listed["exchanges"]:
        numbers = ", ".join(sorted(one["exchanges"], key=int))
        if one["name"] in dates:
            numbers += f", and {dates[one['name']]} date searches"
        lines.append(f"| {one['name']} | {cell(one['why'])} | {numbers} |")
    lines.append(f"| types of issues | {cell(listed['issue types']['why'])} | most refusals |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text as it may stand in a table."""
    return text.replace("|", "\\|")


def filled(page: str) -> str:
    """The page with its generated sections made anew."""
    for name, text in (("parameters", parameters()), ("differences", differences())):
        start = f"<!-- generated: {name} -->\n"
        section = re.compile(rf"{start}.*?(?=<!-- end -->)", re.DOTALL)
        page, count = section.subn(f"{start}{text}\n".replace("\\", r"\\"), page)
        if count != 1:
            raise SystemExit(f"{PAGE} has no section '{name}'")
    return page


def main(arguments: list[str]) -> None:
    """Writes or checks the page."""
    page = PAGE.read_text(encoding="utf-8")
    made = filled(page)
    if "--check" in arguments:
        if made != page:
            raise SystemExit("docs/server.md is not up to date: run python scripts/document_server.py")
    else:
        PAGE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
