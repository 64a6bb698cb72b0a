"""Compiles HL7's own R4 definitions into the table that the embedded server searches by.

    python scripts/compile_search_parameters.py hl7.fhir.r4.examples-4.0.1.tgz

The archive is the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0-1.0; `npm pack hl7.fhir.r4.examples@4.0.1`).
Written is `fhir_server/data/search-parameters.json`:

    {"types": {TYPE: {"search": {CODE: [KIND, PATHS, TARGETS?]}, "summary": [NAME, ...], "required": [NAME, ...]}}}

A path is `[STEPS, DATATYPE, EXTRA]`: steps are JSON keys with dots between, `key[name=value]` takes the items where an
element has that value, `key[0]` one item; a choice element is spelt out (`valueQuantity`). EXTRA is the code system
of a bound `code`, or the only target type of a Reference. Composite parameters are
`["composite", [[CONTEXT, PATHS of part 1, PATHS of part 2], ...], [KIND of each part]]`.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

Json = Any
OUT = Path(__file__).parents[1] / "fhir_server" / "data" / "search-parameters.json"
COMMON = ("_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
NOT_HL7 = ("example", "extensions-")  # examples and extension searches; HL7's own bundle leaves them out


class Definitions:
    """HL7's structure definitions, asked for the elements under a path."""

    def __init__(self, archive: Path) -> None:
        self.parameters: list[Json] = []
        self.resources: list[str] = []
        self._elements: dict[str, Json] = {}
        self._systems: dict[str, str] = {}
        with tarfile.open(archive) as tar:
            for member in tar:
                self._read(member.name.removeprefix("package/"), tar, member)

    def _read(self, name: str, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        if not name.startswith(("SearchParameter-", "StructureDefinition-", "ValueSet-")):
            return
        stream = tar.extractfile(member)
        assert stream is not None
        item = json.load(stream)
        if name.startswith("SearchParameter-"):
            if "base" in item and not any(part in name for part in NOT_HL7):
                self.parameters.append(item)
        elif name.startswith("ValueSet-"):
            includes = item.get("compose", {}).get("include", [])
            if len(includes) == 1 and "system" in includes[0]:
                self._systems[item["url"]] = includes[0]["system"]
        elif item.get("derivation") != "constraint" and "snapshot" in item:
            if item["kind"] == "resource" and not item["abstract"]:
                self.resources.append(item["type"])
            for element in item["snapshot"]["element"]:
                self._elements[element["path"]] = element

    def children(self, path: str, name: str) -> list[tuple[str, str, Json]]:
        """JSON keys, datatypes and definitions of the element `name` under `path`; a choice gives several."""
        parent = self._elements.get(path)
        if parent is not None and "contentReference" in parent:
            path = parent["contentReference"].lstrip("#")
        exact = self._elements.get(f"{path}.{name}")
        if exact is not None:
            if "contentReference" in exact:
                return [(name, exact["contentReference"].lstrip("#"), exact)]
            code = exact["type"][0]["code"].rsplit("/", 1)[-1]
            kind = "id" if code.startswith(("System", "http")) else code
            nested = kind in {"BackboneElement", "Element"}
            return [(name, f"{path}.{name}" if nested else kind, exact)]
        choice = self._elements.get(f"{path}.{name}[x]")
        if choice is None:
            return []
        codes = dict.fromkeys(t["code"] for t in choice["type"])
        return [(name + code[0].upper() + code[1:], code, choice) for code in codes]

    def system(self, element: Json) -> str:
        """The one code system that a required binding takes its codes from, else an empty string."""
        binding = element.get("binding", {})
        url = binding.get("valueSet", "").split("|")[0]
        return self._systems.get(url, "") if binding.get("strength") == "required" else ""

    def elements_of(self, resource: str) -> list[tuple[str, Json]]:
        """All elements of a resource with their dotted paths below it."""
        return [
            (p[len(resource) + 1 :], e) for p, e in self._elements.items() if p.startswith(f"{resource}.")
        ]


class Compiler:
    """Turns search expressions into paths; R4 needs ten shapes, and anything else stops the run."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions

    def paths(self, expression: str, root: str) -> list[list[str]]:
        """Compiles the branches of an expression that start at the resource or datatype `root`."""
        found: list[list[str]] = []
        for branch in (b.strip() for b in expression.split(" | ")):
            found += [p for p in self._branch(branch, root) if p not in found]
        return found

    def _branch(self, branch: str, root: str) -> list[list[str]]:
        branch = re.sub(r"^\((\S+) as (\w+)\)", r"\1.as(\2)", branch)
        branch = re.sub(r" as (\w+)$", r".as(\1)", branch)
        odd = re.fullmatch(r"Patient\.deceased\.exists\(\) and Patient\.deceased != false", branch)
        if odd:
            return [["deceasedBoolean", "boolean", ""], ["deceasedDateTime", "exists", ""]]
        parts = re.findall(r"(?:[^.()]|\([^()]*(?:\([^()]*\)[^()]*)*\))+", branch)
        if parts[0] in {root, "Resource", "DomainResource"}:
            parts = parts[1:]
        elif parts[0][0].isupper():
            return []
        if "xtension(" in branch:
            return []  # nine searches by the genetics extensions
        return [[path, kind, extra] for path, kind, extra in self._walk(parts, root)]

    def _walk(self, parts: list[str], root: str) -> list[tuple[str, str, str]]:
        at: list[tuple[str, str, str]] = [("", root, "")]
        for part in parts:
            if cast := re.fullmatch(r"(?:as|ofType)\((\w+)\)", part):
                at = [a for a in at if a[1].lower() == cast[1].lower()]
            elif target := re.fullmatch(r"where\(resolve\(\) is (\w+)\)", part):
                at = [(path, kind, target[1]) for path, kind, _ in at if kind == "Reference"]
            elif test := re.fullmatch(r"where\((\w+)='([^']*)'\)", part):
                at = [(f"{path}[{test[1]}={test[2]}]", kind, extra) for path, kind, extra in at]
            elif step := re.fullmatch(r"(\w+)(\[\d\])?", part):
                at = [
                    ((f"{path}.{key}" if path else key) + (step[2] or ""), kind, self.definitions.system(e))
                    for path, parent, _ in at
                    for key, kind, e in self.definitions.children(parent, step[1])
                ]
            else:
                raise SystemExit(f"unknown shape {part!r} under {root}")
        return at


def composite(definitions: Definitions, compiler: Compiler, item: Json, resource: str) -> Json:
    """`["composite", [[CONTEXT, [PATHS of part 1], [PATHS of part 2]], ...], [[KIND], ...]]`."""
    kinds = {p["url"]: p["type"] for p in definitions.parameters}
    rows: list[Json] = []
    for branch in (b.strip() for b in item["expression"].split(" | ")):
        if branch.split(".")[0] != resource or "%resource" in str(item["component"]):
            continue
        context = branch.removeprefix(resource).lstrip(".")
        root = resource
        for step in context.split(".") if context else ():
            root = definitions.children(root, step)[0][1]
        parts = [compiler.paths(c["expression"], root) for c in item["component"]]
        if all(parts):
            rows.append([context, *parts])
    return ["composite", rows, [kinds[c["definition"]] for c in item["component"]]] if rows else None


def compile_type(definitions: Definitions, compiler: Compiler, resource: str) -> Json:
    """One resource type's part of the table."""
    search: dict[str, Json] = {}
    for item in sorted(definitions.parameters, key=lambda p: p["code"]):
        own = resource in item["base"]
        if not own and not (item["base"] == ["Resource"] and item["code"] in COMMON):
            continue
        if item["type"] == "composite":
            entry = composite(definitions, compiler, item, resource)
        elif item["type"] == "special" or "expression" not in item:
            entry = None
        else:
            entry = [item["type"], compiler.paths(item["expression"], resource)]
            if item["type"] == "reference":
                only = {extra for _, kind, extra in entry[1] if kind == "Reference"}
                targets = item.get("target", [])
                entry.append(
                    sorted(only if "" not in only and only else targets if len(targets) < 100 else [])
                )
        if entry and entry[1]:
            search[item["code"]] = entry
        else:
            print(f"left out: {resource}.{item['code']} ({item['type']})", file=sys.stderr)
    top = [(p, e) for p, e in definitions.elements_of(resource) if "." not in p]
    return {
        "search": search,
        "summary": sorted(p for p, e in top if e.get("isSummary")),
        "required": sorted(p for p, e in top if e.get("min", 0) > 0),
    }


def main() -> None:
    """Writes the table."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    definitions = Definitions(Path(sys.argv[1]))
    compiler = Compiler(definitions)
    table: Json = {
        "about": "From HL7 FHIR R4 4.0.1 (CC0-1.0), by scripts/compile_search_parameters.py",
        "types": {r: compile_type(definitions, compiler, r) for r in sorted(definitions.resources)},
    }
    OUT.write_text(json.dumps(table, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    count = sum(len(t["search"]) for t in table["types"].values())
    print(f"{len(definitions.parameters)} parameters, {len(table['types'])} types, {count} entries: {OUT}")


if __name__ == "__main__":
    main()
