"""A person's view of FHIR: tables of labs, orders, notes and people. Pure.

Everything from a chart becomes `Text` with control characters replaced, so that neither markup nor escape
sequences in a chart mean anything to the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..fhir_server.backend import Resource
from ..tasks.base import ToolResult
from .chart_table import ChartTable

Cell = Callable[[Resource], str]
Columns: TypeAlias = Sequence[tuple[str, Cell]]
_FAINT = frozenset(
    {"entered-in-error", "cancelled", "revoked", "stopped", "completed", "finished", "inactive", "resolved"}
)
_STYLES: Mapping[str, str] = {
    "preliminary": "yellow", "registered": "yellow", "corrected": "cyan", "amended": "cyan",
    "active": "green",
    "in-progress": "green", "draft": "yellow", "on-hold": "yellow", "stat": "bold red", "urgent": "red",
    "asap": "red",
}  # fmt: skip
_FLAG_STYLES: Mapping[str, str] = {
    "H": "red",
    "L": "blue",
    "HH": "bold red",
    "LL": "bold blue",
    "A": "magenta",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Something to print, the references (`Type/id`) of its numbered rows, and the token for more."""

    view: RenderableType
    rows: tuple[str, ...] = ()
    more: str | None = None


def view_result(result: ToolResult) -> Shown:
    """The view of one tool's result."""
    if not result.ok:
        return Shown(Panel(plain(result.text), title="refused", border_style="red", title_align="left"))
    try:
        value: Any = json.loads(result.text)
    except ValueError:
        return Shown(plain(result.text))
    if not isinstance(value, dict) or "resourceType" not in value:
        return Shown(plain(result.text))
    resource = cast(Resource, value)
    return view_bundle(resource) if resource["resourceType"] == "Bundle" else Shown(view_resource(resource))


def view_bundle(bundle: Resource) -> Shown:
    """A table for each type of resource; rows are numbered through."""
    entries: list[Resource] = [e["resource"] for e in bundle.get("entry", [])]
    kinds = list(dict.fromkeys(r["resourceType"] for r in entries))
    parts: list[RenderableType] = []
    rows: list[str] = []
    for kind in kinds:
        mine = [r for r in entries if r["resourceType"] == kind]
        parts.append(_table(kind, mine, len(rows) + 1))
        rows += [f"{kind}/{r.get('id', '')}" for r in mine]
    parts.append(_footer(bundle, len(entries)))
    return Shown(Group(*parts), tuple(rows), bundle.get("next"))


def _footer(bundle: Resource, shown: int) -> Text:
    total = bundle.get("total")
    told = f"{shown} shown" if total is None else f"{shown} of {total}"
    if bundle.get("note"):
        told += f" - {bundle['note']}"
    if bundle.get("next"):
        told += " - Enter shows more"
    return plain(told, "dim")


def _table(kind: str, resources: Sequence[Resource], first: int) -> ChartTable:
    columns = COLUMNS.get(kind, _OTHER)
    patients = {_reference(r) for r in resources} - {""}
    if len(patients) > 1 and kind != "Patient":
        columns = [("patient", _reference), *columns]
    cells = [[_clean(cell(r)) for _, cell in columns] for r in resources]
    kept = [i for i in range(len(columns)) if any(row[i] for row in cells)]
    headers = [columns[i][0] for i in kept]
    rows = [[_styled(columns[i][0], row[i]) for i in kept] for row in cells]
    return ChartTable(kind, headers, rows, first, _NARROW)


def _styled(header: str, text: str) -> Text:
    if header == "flag":
        return Text(text, _FLAG_STYLES.get(text, ""))
    if header in ("status", "priority", "clinical"):
        return Text(
            text,
            "dim strike"
            if text == "entered-in-error"
            else "dim"
            if text in _FAINT
            else _STYLES.get(text, ""),
        )
    return Text(text)


def view_resource(resource: Resource) -> RenderableType:
    """One resource: its elements one a line, the text of a note whole."""
    kind, name = resource["resourceType"], resource.get("id", "")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    texts: list[str] = []
    for path, value in leaves(resource):
        if path.endswith("attachment.text"):
            texts.append(value)
        elif path not in ("resourceType", "id"):
            table.add_row(plain(path), plain(value))
    notes = [Panel(plain(text), title="text", title_align="left", border_style="cyan") for text in texts]
    return Panel(Group(table, *notes), title=plain(f"{kind}/{name}"), title_align="left")


def leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every value of a resource with its path: `code.coding[0].code`."""
    if isinstance(value, dict):
        members = cast(Mapping[str, Any], value)
        return [
            leaf
            for key, member in members.items()
            for leaf in leaves(member, f"{path}.{key}" if path else key)
        ]
    if isinstance(value, list):
        items = cast(list[Any], value)
        if len(items) == 1:
            return leaves(items[0], path)
        return [leaf for i, item in enumerate(items) for leaf in leaves(item, f"{path}[{i}]")]
    return [(path, value if isinstance(value, str) else json.dumps(value))]


def plain(text: str, style: str = "") -> Text:
    """Text that means nothing to the terminal: control characters but newline and tab are replaced."""
    return Text(_clean(text), style)


def _clean(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


# -- cells -----------------------------------------------------------------------------------------------------


def _first(resource: Resource, *keys: str) -> Any:
    return next((resource[k] for k in keys if k in resource), None)


def _when(*keys: str) -> Cell:
    def cell(resource: Resource) -> str:
        value = _first(resource, *keys)
        if isinstance(value, dict):
            value = cast(Mapping[str, Any], value).get("start")
        return moment(value) if isinstance(value, str) else ""

    return cell


def moment(text: str) -> str:
    """An instant to the minute with its offset: `2026-03-10 05:40-04:00`; a date as it is."""
    day, _, clock = text.partition("T")
    if not clock:
        return day
    offset = clock[8:].lstrip("0123456789.")
    return f"{day} {clock[:5]}{offset}"


def _concept(*keys: str) -> Cell:
    def cell(resource: Resource) -> str:
        return concept(_first(resource, *keys))

    return cell


def concept(value: Any) -> str:
    """The text of a CodeableConcept, else a display, else a code."""
    if isinstance(value, list):
        return ", ".join(filter(None, (concept(v) for v in cast(list[Any], value))))
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return ""
    members = cast(Mapping[str, Any], value)
    coding = _coding(members)
    return str(
        members.get("text") or members.get("display") or coding.get("display") or coding.get("code") or ""
    )


def _coding(members: Mapping[str, Any]) -> Mapping[str, Any]:
    codings: list[Mapping[str, Any]] = members.get("coding") or []
    return codings[0] if codings else {}


def _code(*keys: str) -> Cell:
    def cell(resource: Resource) -> str:
        value = _first(resource, *keys)
        if isinstance(value, list):
            value = cast(list[Any], value)[0] if value else None
        if not isinstance(value, dict):
            return value if isinstance(value, str) else ""
        return str(_coding(cast(Mapping[str, Any], value)).get("code") or concept(cast(Any, value)))

    return cell


def _word(*keys: str) -> Cell:
    def cell(resource: Resource) -> str:
        value = _first(resource, *keys)
        return (
            value
            if isinstance(value, str)
            else ""
            if value is None
            else json.dumps(value, ensure_ascii=False)
        )

    return cell


def _reference(resource: Resource) -> str:
    value = _first(resource, "subject", "patient")
    return str(cast("dict[str, Any]", value).get("reference", "")) if isinstance(value, dict) else ""


def quantity(value: Any) -> str:
    """`<0.1 mmol/L`."""
    if not isinstance(value, dict):
        return ""
    members = cast(Mapping[str, Any], value)
    number = members.get("value", "")
    return (
        f"{members.get('comparator', '')}{number} {members.get('unit') or members.get('code') or ''}".strip()
    )


def _value(resource: Resource) -> str:
    if "valueQuantity" in resource:
        return quantity(resource["valueQuantity"])
    for key in ("valueString", "valueDateTime", "valueInteger", "valueBoolean"):
        if key in resource:
            return str(resource[key])
    if "valueCodeableConcept" in resource:
        return concept(resource["valueCodeableConcept"])
    parts = [f"{concept(c.get('code'))} {_value(c)}".strip() for c in resource.get("component", [])]
    return "; ".join(parts) or concept(resource.get("dataAbsentReason"))


def _note(resource: Resource) -> str:
    return "; ".join(str(n.get("text", "")) for n in resource.get("note", []))


def _person(resource: Resource) -> str:
    names: list[Mapping[str, Any]] = resource.get("name", [])
    current = [n for n in names if n.get("use") not in ("old", "maiden")] or names
    return "; ".join(
        str(n.get("text") or " ".join([*n.get("given", []), n.get("family", "")])) for n in current[:1]
    )


def _mrn(resource: Resource) -> str:
    identifiers: list[Mapping[str, Any]] = resource.get("identifier", [])
    return ", ".join(str(i.get("value", "")) for i in identifiers if str(i.get("system", "")).endswith("mrn"))


def _state(resource: Resource) -> str:
    if resource.get("deceasedDateTime") or resource.get("deceasedBoolean"):
        return f"died {moment(str(resource.get('deceasedDateTime', '')))}".strip()
    return "inactive" if resource.get("active") is False else ""


def _dosage(resource: Resource) -> str:
    return "; ".join(str(d.get("text") or _dose(d)) for d in resource.get("dosageInstruction", []))


def _dose(dosage: Mapping[str, Any]) -> str:
    doses = [quantity(d.get("doseQuantity")) for d in dosage.get("doseAndRate", [])]
    return " ".join(filter(None, [*doses, concept(dosage.get("route"))]))


def _given(resource: Resource) -> str:
    dosage: Mapping[str, Any] = resource.get("dosage", {})
    return " ".join(filter(None, [quantity(dosage.get("dose")), concept(dosage.get("route"))]))


def _place(resource: Resource) -> str:
    return ", ".join(str(p.get("location", {}).get("display", "")) for p in resource.get("location", []))


def _until(resource: Resource) -> str:
    return moment(str(resource.get("period", {}).get("end", "")))


def _reaction(resource: Resource) -> str:
    return "; ".join(concept(r.get("manifestation")) for r in resource.get("reaction", []))


def _message(resource: Resource) -> str:
    return "; ".join(str(p.get("contentString", "")) for p in resource.get("payload", []))


def _excerpt(resource: Resource) -> str:
    attachments = [c.get("attachment", {}) for c in resource.get("content", [])]
    text = " ".join(" ".join(str(a.get("text", a.get("title", ""))).split()) for a in attachments)
    return text if len(text) <= 120 else f"{text[:117]}..."


_ID: tuple[str, Cell] = ("id", _word("id"))
_STATUS: tuple[str, Cell] = ("status", _word("status"))
_NARROW = frozenset({"id", "time", "issued", "status", "flag", "code", "mrn", "born", "sex"})
_OTHER: Columns = (
    ("time", _when("effectiveDateTime", "authoredOn", "date", "recordedDate", "period")),
    ("what", _concept("code", "title", "name", "description", "type")), _STATUS, _ID,
)  # fmt: skip
COLUMNS: Mapping[str, Columns] = {
    "Patient": (
        ("mrn", _mrn), ("name", _person), ("born", _word("birthDate")), ("sex", _word("gender")), ("state",
        _state), _ID,
    ),
    "Observation": (
        ("time", _when("effectiveDateTime", "effectivePeriod")), ("what", _concept("code")), ("code",
        _code("code")), ("value", _value), ("flag", _code("interpretation")), _STATUS, ("issued",
        _when("issued")), ("specimen", _concept("specimen")), ("note", _note), _ID,
    ),
    "MedicationRequest": (
        ("time", _when("authoredOn")), ("drug", _concept("medicationCodeableConcept", "medicationReference")),
        ("dosage", _dosage), _STATUS, ("intent", _word("intent")), ("priority", _word("priority")), ("note",
        _note), _ID,
    ),
    "MedicationAdministration": (
        ("time", _when("effectiveDateTime", "effectivePeriod")),
        ("drug", _concept("medicationCodeableConcept", "medicationReference")), ("given", _given), _STATUS,
        _ID,
    ),
    "Encounter": (
        ("time", _when("period")), ("until", _until), ("class", _concept("class")), ("type",
        _concept("type")), _STATUS, ("place", _place), ("reason", _concept("reasonCode")), _ID,
    ),
    "Condition": (
        ("time", _when("onsetDateTime", "onsetPeriod", "recordedDate")), ("what", _concept("code")), ("code",
        _code("code")), ("clinical", _code("clinicalStatus")), ("verification", _code("verificationStatus")),
        _ID,
    ),
    "Procedure": (("time", _when("performedDateTime", "performedPeriod")), ("what", _concept("code")),
    _STATUS, _ID), "ServiceRequest": (
        ("time", _when("authoredOn")), ("what", _concept("code")), ("priority", _word("priority")), _STATUS,
        ("intent", _word("intent")), ("due", _when("occurrenceDateTime", "occurrencePeriod")), ("note",
        _note), _ID,
    ),
    "AllergyIntolerance": (
        ("substance", _concept("code")), ("reaction", _reaction), ("clinical", _code("clinicalStatus")),
        ("verification", _code("verificationStatus")), ("time", _when("recordedDate")), _ID,
    ),
    "Immunization": (("time", _when("occurrenceDateTime")), ("vaccine", _concept("vaccineCode")), _STATUS,
    _ID), "DiagnosticReport": (
        ("time", _when("effectiveDateTime")), ("what", _concept("code")), _STATUS, ("issued",
        _when("issued")), _ID,
    ),
    "DocumentReference": (
        ("time", _when("date")), ("type", _concept("type")), ("title", _word("description")), _STATUS,
        ("text", _excerpt), _ID,
    ),
    "Communication": (
        ("time", _when("sent")), ("topic", _concept("topic")), ("message", _message), _STATUS, _ID,
    ),
    "Practitioner": (("name", _person), ("qualification", _concept("qualification")), _ID),
    "Location": (("name", _word("name")), _STATUS, ("type", _concept("type")), _ID),
    "Organization": (("name", _word("name")), ("type", _concept("type")), _ID),
}  # fmt: skip
