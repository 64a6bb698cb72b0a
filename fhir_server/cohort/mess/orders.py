"""What goes wrong with orders: written twice, cancelled, never signed, ended before they began, doses as a range."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...backend import Resource
from ..chance import between
from ..clock import local
from ..codes import DRUGS, unit_text
from ..plan import Json
from .draft import Draft

_RANGED = 2
"""The upper end of a range is this many times the lower."""


def spoil_orders(draft: Draft) -> None:
    """Orders for medicines, then for tests and services."""
    spans = _spans(draft)
    drugs = [r for r in draft.drug_orders if r["status"] in {"active", "completed", "stopped"}]
    for order in draft.deal("drug-order-cancelled", drugs, share=True):
        _again(draft, spans, "drug-order-cancelled", order, -between(draft.rng, 3, 50), status="cancelled")
    for order in draft.deal("drug-order-draft", drugs, share=True):
        _again(draft, spans, "drug-order-draft", order, -between(draft.rng, 3, 90), status="draft")
    for number, order in enumerate(draft.deal("drug-order-twice", drugs)):
        status = "cancelled" if number % 2 else order["status"]
        _again(draft, spans, "drug-order-twice", order, between(draft.rng, 1, 9), status=status)
    for order in draft.deal("order-ends-first", [r for r in drugs if "dosageInstruction" in r]):
        _ends_first(draft, order)
    _ranges(draft, drugs)
    services = [r for r in draft.service_orders if r["status"] in {"active", "completed"}]
    for order in draft.deal("service-order-cancelled", services, share=True):
        _again(draft, spans, "service-order-cancelled", order, -between(draft.rng, 3, 90), status="revoked")
    for number, order in enumerate(draft.deal("service-order-twice", services)):
        status = "revoked" if number % 2 else order["status"]
        _again(draft, spans, "service-order-twice", order, between(draft.rng, 1, 9), status=status)


def _spans(draft: Draft) -> dict[str, tuple[datetime, datetime]]:
    """When each Encounter began and ended."""
    now = draft.chart.now
    return {
        f"Encounter/{r['id']}": (
            datetime.fromisoformat(r["period"]["start"]),
            datetime.fromisoformat(r["period"]["end"]) if "end" in r["period"] else now,
        )
        for r in draft.chart.resources
        if r["resourceType"] == "Encounter" and "start" in r.get("period", {})
    }


def _again(
    draft: Draft,
    spans: dict[str, tuple[datetime, datetime]],
    kind: str,
    order: Resource,
    minutes: float,
    *,
    status: str,
) -> None:
    """The order once more, some minutes earlier or later, but within its encounter."""
    first = draft.at(order).timestamp()
    at = local(first + minutes * 60)
    start, end = spans.get(order.get("encounter", {}).get("reference", ""), (None, None))
    if (start is not None and at < start) or (end is not None and at > end) or not draft.is_open(at):
        at = local(first)
    text = at.isoformat(timespec="seconds")
    meta = {**order["meta"], "lastUpdated": text}
    draft.mark(kind, draft.chart.again(order, at, status=status, authoredOn=text, meta=meta))


def _ends_first(draft: Draft, order: Resource) -> None:
    """A period that was over when the order was written. R4 does not allow an end before the period's own start."""
    instruction, *others = order["dosageInstruction"]
    timing: Json = instruction.get("timing", {})
    repeat = {k: v for k, v in timing.get("repeat", {}).items() if not k.startswith("bounds")}
    end = draft.at(order) - timedelta(hours=between(draft.rng, 1, 30))
    bounds = {"boundsPeriod": {"end": local(end.timestamp()).isoformat(timespec="seconds")}}
    changed = {**instruction, "timing": {**timing, "repeat": {**bounds, **repeat}}}
    order["dosageInstruction"] = [changed, *others]
    draft.mark("order-ends-first", order)


def _ranges(draft: Draft, drugs: list[Resource]) -> None:
    eligible = [r for r in drugs if _one_oral_dose(draft, r)]
    for order in draft.deal("dose-range", eligible):
        instruction, *others = order["dosageInstruction"]
        low = instruction["doseAndRate"][0]["doseQuantity"]
        high = {**low, "value": low["value"] * _RANGED}
        row = DRUGS[draft.name(order)]
        words = f"{low['value']} {unit_text(row.unit)}"
        said = instruction["text"].replace(words, f"{low['value']}-{high['value']} {unit_text(row.unit)}", 1)
        changed = {**instruction, "text": said, "doseAndRate": [{"doseRange": {"low": low, "high": high}}]}
        order["dosageInstruction"] = [changed, *others]
        draft.mark("dose-range", order)


def _one_oral_dose(draft: Draft, order: Resource) -> bool:
    """As needed, with one dose that its text tells as written by `dosing.sentence`."""
    instruction: Json = order.get("dosageInstruction", [{}])[0]
    doses: list[Json] = instruction.get("doseAndRate", [])
    row = DRUGS.get(draft.name(order))
    if (
        row is None
        or not instruction.get("asNeededBoolean")
        or len(doses) != 1
        or "doseQuantity" not in doses[0]
    ):
        return False
    words = f"{doses[0]['doseQuantity']['value']} {unit_text(row.unit)}"
    return str(instruction.get("text", "")).startswith(words)
