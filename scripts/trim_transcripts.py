"""Trims recorded HAPI exchanges to what the conformance test compares.

Usage::

    python scripts/trim_transcripts.py OPEN.jsonl VALIDATE.jsonl OUT.jsonl

Both recordings hold the same requests in the same order, made of HAPI JPA 8.8.0 without and with request validation.
The embedded server validates, so its state follows the second. The first is read to make sure that both agree on every
read and search; where they do not (ties under `_sort`), the test compares within a tie.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]
HEADERS = ("ETag", "Location", "Content-Location", "Content-Type", "Last-Modified")
READS = {
    "token",
    "date",
    "string",
    "reference",
    "special",
    "quantity",
    "read",
    "error",
    "paging",
    "post-search",
}
OPEN = {341, 342, 343, 344}
"""Bundles whose entries have no fullUrl, and what follows from one of them: HAPI's validation asks for a fullUrl, FHIR
does not, so the answers without validation are taken."""
MAY_DIFFER = {182, 203, 204, 206, 353}
"""Exchanges of ties, and one that posts JSON to `_search`, which validation refuses."""


def main(arguments: list[str]) -> None:
    """Reads both recordings and writes the trimmed one."""
    opened, validated = (load(Path(name)) for name in arguments[:2])
    lines: list[str] = []
    for one, other in zip(opened, validated, strict=True):
        mine, theirs = trimmed(one), trimmed(other)
        same = comparable(mine["expect"]) == comparable(theirs["expect"])
        if mine["category"] in READS and mine["n"] not in MAY_DIFFER and not same:
            raise SystemExit(f"the recordings disagree on {mine['n']} {mine['name']}")
        chosen = mine if mine["n"] in OPEN else theirs
        lines.append(json.dumps(chosen, ensure_ascii=False, separators=(",", ":"), sort_keys=True))
    Path(arguments[2]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} exchanges, {Path(arguments[2]).stat().st_size:,} bytes")


def load(path: Path) -> list[Json]:
    """The exchanges of a recording."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def comparable(expected: Json) -> Json:
    """What two runs of HAPI must agree on: neither ids of its own, nor times."""
    ids = [i for i in expected.get("ids", ()) if not i.split("/")[-1].isdigit()]
    plain = {k: expected.get(k) for k in ("status", "type", "total")}
    issues = [issue[:2] for issue in expected.get("issues", ())]
    return plain | {"ids": ids, "issues": issues, "links": sorted(expected.get("links", ()))}


def trimmed(exchange: Json) -> Json:
    """The exchange with a short form of the response."""
    response = exchange["response"]
    expected: Json = {"status": response["status"]}
    expected["headers"] = {k: v for k, v in response["headers"].items() if k in HEADERS}
    body = response["body"]
    if isinstance(body, dict):
        expected |= short(cast("Json", body))
    elif isinstance(body, str):
        expected["type"] = "text"
    request = {k: exchange["request"][k] for k in ("method", "url", "headers", "body")}
    return {k: exchange[k] for k in ("n", "category", "name")} | {"request": request, "expect": expected}


def short(body: Json) -> Json:
    """What is compared of a JSON body."""
    kind = body.get("resourceType")
    if kind == "OperationOutcome":
        told = [[i["severity"], i["code"], i.get("diagnostics", "")[:120]] for i in body["issue"]]
        return {"type": kind, "issues": told}
    if kind == "Bundle":
        made: Json = {"type": kind, "bundle": body.get("type")}
        made["links"] = {link["relation"]: link["url"] for link in body.get("link", ())}
        if "total" in body:
            made["total"] = body["total"]
        entries = body.get("entry", [])
        made["ids"] = [
            identity(e["resource"]) for e in entries if "resource" in e and identity(e["resource"])
        ]
        made["modes"] = [e["search"]["mode"] for e in entries if "search" in e]
        made["answers"] = [e["response"]["status"] for e in entries if "response" in e]
        return made
    if kind in ("CapabilityStatement", "Parameters"):
        return {"type": kind}
    meta = {k: v for k, v in body.get("meta", {}).items() if k not in ("source", "lastUpdated")}
    return {"type": kind, "resource": {**body, "meta": meta}}


def identity(resource: Json) -> str:
    """Type and id of a resource, empty for an OperationOutcome."""
    return f"{resource['resourceType']}/{resource['id']}" if "id" in resource else ""


if __name__ == "__main__":
    main(sys.argv[1:])
