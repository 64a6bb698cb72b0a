"""Compiles HL7's R4 StructureDefinitions into the JSON Schema that the embedded server validates with.

Usage::

    python scripts/compile_schema.py DEFINITIONS.tgz EXPANSIONS.tgz [OUT]

The two archives are the npm packages `hl7.fhir.r4.examples` and `hl7.fhir.r4.expansions`, 4.0.1 (both CC0).
The output, `fhir_server/data/r4-schema.json.gz` by default, is the same bytes for the same input.

What the official JSON Schema of R4 leaves out is put in, so that one pass in Rust finds it: at most one of
the types of a `value[x]`, required choices, required primitives (or their `_sibling`), required bindings of
CodeableConcepts, the allowed targets of references, empty arrays and objects, days that no month has.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

OUT = Path(__file__).resolve().parent.parent / "fhir_server" / "data" / "r4-schema.json.gz"
CORE = "http://hl7.org/fhir/StructureDefinition/"
LARGEST_SET = 400
"""Value sets beyond this size (units, languages) are not enumerated; neither does the official schema."""

# The release's own pattern for a date lets 30 February through; these know the months and the leap years.
_YEAR = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_LEAP = r"([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DAY = (
    rf"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    rf"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PARTIAL = rf"{_YEAR}(-(0[1-9]|1[0-2]))?"
# `\S` of the release's pattern means ASCII there; here it is spelt out: no control characters, not blank.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*[^\x00-\x20][^\x00-\x08\x0b\x0c\x0e-\x1f]*$"

PRIMITIVES: dict[str, Json] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": 2147483647},
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    "decimal": {"type": "number"},
    "string": {"type": "string", "maxLength": 1048576, "pattern": _TEXT},
    "markdown": {"type": "string", "maxLength": 1048576, "pattern": _TEXT},
    "xhtml": {"type": "string", "maxLength": 1048576, "pattern": r"^\s*<div[\s>]"},
    "code": {"type": "string", "pattern": r"^\S+(\s\S+)*$"},
    "id": {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"},
    "uri": {"type": "string", "pattern": r"^\S+$"},
    "url": {"type": "string", "pattern": r"^\S+$"},
    "canonical": {"type": "string", "pattern": r"^\S+$"},
    "oid": {"type": "string", "pattern": r"^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$"},
    "uuid": {
        "type": "string",
        "pattern": r"^urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    },
    "base64Binary": {"type": "string", "pattern": r"^[0-9A-Za-z+/\s]+={0,2}\s*$"},
    "date": {"type": "string", "pattern": rf"^({_PARTIAL}|{_DAY})$"},
    "dateTime": {"type": "string", "pattern": rf"^({_PARTIAL}|{_DAY}(T{_CLOCK}{_ZONE})?)$"},
    "instant": {"type": "string", "pattern": rf"^{_DAY}T{_CLOCK}{_ZONE}$"},
    "time": {"type": "string", "pattern": rf"^{_CLOCK}$"},
}


def read_package(path: Path, prefix: str) -> Iterator[Json]:
    """Yields the resources of an npm package whose file name starts with `prefix`, in order of name."""
    found: list[tuple[str, Json]] = []
    with tarfile.open(path) as archive:  # in the archive's own order: seeking back would unpack it anew
        for member in archive:
            file = archive.extractfile(member) if member.name.startswith(f"package/{prefix}") else None
            if file is not None:
                found.append((member.name, json.load(file)))
    yield from (resource for _, resource in sorted(found, key=lambda pair: pair[0]))


def expansion(value_set: Json) -> list[tuple[str, str]]:
    """Every (system, code) that an expanded value set offers for use."""
    found: list[tuple[str, str]] = []

    def walk(items: list[Json]) -> None:
        for item in items:
            if "code" in item and not item.get("abstract"):
                found.append((item.get("system", ""), item["code"]))
            walk(item.get("contains", []))

    walk(value_set.get("expansion", {}).get("contains", []))
    return found


class Compiler:
    """Turns StructureDefinitions into schema definitions.

    Attributes:
        sets: codes of each value set by URL.
        types: names of the concrete resource types.
        definitions: what was made so far.
    """

    def __init__(self, structures: Mapping[str, Json], sets: Mapping[str, list[tuple[str, str]]]) -> None:
        self.sets = sets
        self.types = sorted(n for n, s in structures.items() if s["kind"] == "resource" and not s["abstract"])
        self.definitions: dict[str, Json] = dict(PRIMITIVES)
        # A resource in a resource is checked by its own type's validator: one for all would be huge.
        self.definitions["Resource"] = {"type": "object", "required": ["resourceType"]}
        for name, structure in sorted(structures.items()):
            if structure["kind"] != "primitive-type" and name not in ("Resource", "DomainResource"):
                self.structure(name, structure["snapshot"]["element"])

    def structure(self, name: str, elements: list[Json]) -> None:
        """Adds the definition of a type and one for each of its backbone elements."""
        parents = {e["path"].rsplit(".", 1)[0] for e in elements[1:]} | {name}
        for parent in sorted(parents):
            depth = parent.count(".") + 1
            own = [
                e for e in elements if e["path"].startswith(parent + ".") and e["path"].count(".") == depth
            ]
            self.definitions[title(parent)] = self.object(name, parent, own, parents)

    def object(self, root: str, parent: str, own: list[Json], parents: set[str]) -> Json:
        """The schema of one object: its properties, what is required, and its choices."""
        resource = parent == root and root in self.types
        properties: Json = {"resourceType": {"const": root}} if resource else {}
        required: list[str] = ["resourceType"] if resource else []
        either: list[Json] = []
        excluding: Json = {}
        for element in own:
            if element["max"] == "0":
                continue
            stem = element["path"].rsplit(".", 1)[1]
            names = self.element(root, stem, element, parents, properties)
            if stem.endswith("[x]"):
                if parent == "Extension":  # ext-1: a value or further extensions, never both, never neither
                    names.append("extension")
                for position, one in enumerate(names[:-1]):
                    excluding[one] = {"properties": dict.fromkeys(names[position + 1 :], False)}
            needed = element["min"] or "extension" in names[1:]
            keys = names + [f"_{n}" for n in names if f"_{n}" in properties]
            if needed and len(keys) == 1:
                required.append(keys[0])
            elif needed:
                either.append({"anyOf": [{"required": [key]} for key in keys]})
        made: Json = {"type": "object", "minProperties": 1, "additionalProperties": False}
        made |= {"properties": properties}
        made |= {
            k: v for k, v in (("required", required), ("allOf", either), ("dependentSchemas", excluding)) if v
        }
        if root == "Quantity" or {"code", "system", "unit"} <= properties.keys():
            made["dependentRequired"] = {"code": ["system"]}  # qty-3
        return made

    def element(self, root: str, stem: str, element: Json, parents: set[str], into: Json) -> list[str]:
        """Adds the properties of one element, all types of a choice, and returns their names."""
        if "contentReference" in element:
            kinds: list[tuple[str, Json]] = [
                ("", {"$ref": ref(title(element["contentReference"].lstrip("#")))})
            ]
        elif element["path"] in parents:
            kinds = [("", {"$ref": ref(title(element["path"]))})]
        else:
            kinds = [self.kind(root, stem, element, t) for t in element["type"]]
        names: list[str] = []
        for code, schema in kinds:
            name = stem.replace("[x]", code[:1].upper() + code[1:])
            names.append(name)
            many = element["max"] != "1"
            into[name] = {"type": "array", "minItems": 1, "items": schema} if many else schema
            if code in PRIMITIVES and code != "xhtml":
                sibling: Json = {"$ref": ref("Element")}
                nullable = {"anyOf": [sibling, {"type": "null"}]}
                into[f"_{name}"] = {"type": "array", "minItems": 1, "items": nullable} if many else sibling
        return names

    def kind(self, root: str, stem: str, element: Json, declared: Json) -> tuple[str, Json]:
        """The type's code and the schema of one of an element's types."""
        code: str = declared["code"].rsplit("/", 1)[-1]
        if code == "System.String":  # no FHIR primitive: it takes no extension, so there is no `_sibling`
            own = "id" if root in self.types and element["path"] == f"{root}.id" else "string"
            return "", {"$ref": ref("uri" if stem == "url" else own)}
        binding = element.get("binding", {})
        url = binding.get("valueSet", "").split("|")[0]
        members = self.sets.get(url, []) if binding.get("strength") == "required" else []
        if not 0 < len(members) <= LARGEST_SET:
            members = []
        if code == "code" and members:
            return code, {"$ref": self.value_set(url, sorted({m[1] for m in members}))}
        if code == "CodeableConcept" and members:
            return code, {"$ref": self.coded(url, members)}
        targets = sorted({t.removeprefix(CORE) for t in declared.get("targetProfile", ())})
        if code == "Reference" and targets and "Resource" not in targets:
            return code, {"$ref": self.reference(targets)}
        return code, {"$ref": ref(code)}

    def value_set(self, url: str, codes: list[str]) -> str:
        """A definition for the codes of a value set; returns its reference."""
        name = "vs-" + url.rsplit("/", 1)[-1]
        self.definitions[name] = {"enum": codes}
        return ref(name)

    def coded(self, url: str, members: list[tuple[str, str]]) -> str:
        """A CodeableConcept with a required binding: one coding at least is in the value set."""
        name = "cc-" + url.rsplit("/", 1)[-1]
        systems = sorted({m[0] for m in members})
        one = {"properties": {"system": {"enum": systems}, "code": {"enum": sorted({m[1] for m in members})}}}
        one |= {"required": ["system", "code"]}
        coding = {"required": ["coding"], "properties": {"coding": {"contains": one}}}
        self.definitions[name] = {"allOf": [{"$ref": ref("CodeableConcept")}, coding]}
        return ref(name)

    def reference(self, targets: list[str]) -> str:
        """A Reference that, where it is relative, names one of the allowed types."""
        name = "to-" + "-".join(targets)
        absolute, id_ = r"#|[a-z][a-z0-9+.\-]*:", r"[A-Za-z0-9\-.]{1,64}"
        pattern = rf"^({absolute}|({'|'.join(targets)})(/{id_}(/_history/{id_})?$|\?))"
        narrowed = {"properties": {"reference": {"pattern": pattern}}}
        self.definitions[name] = {"allOf": [{"$ref": ref("Reference")}, narrowed]}
        return ref(name)


def ref(name: str) -> str:
    """A pointer to a definition."""
    return f"#/$defs/{name}"


def title(path: str) -> str:
    """The definition's name for an element's path."""
    return re.sub(r"\.", "_", path)


def main(arguments: list[str]) -> None:
    """Reads the two packages and writes the schema."""
    definitions, expansions = Path(arguments[0]), Path(arguments[1])
    out = Path(arguments[2]) if len(arguments) > 2 else OUT
    structures = {
        s["type"]: s
        for s in read_package(definitions, "StructureDefinition-")
        if s["kind"] != "logical" and s.get("derivation") != "constraint" and s["url"] == CORE + s["type"]
    }
    sets = {v["url"]: expansion(v) for v in read_package(expansions, "ValueSet-")}
    compiler = Compiler(structures, sets)
    source = "HL7 FHIR 4.0.1 StructureDefinitions (CC0-1.0), compiled by scripts/compile_schema.py"
    document = {"source": source, "types": compiler.types, "$defs": compiler.definitions}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    out.write_bytes(gzip.compress(text, 9, mtime=0))
    print(
        f"{len(compiler.types)} types, {len(compiler.definitions)} definitions, "
        f"{len(text):,} bytes, {out.stat().st_size:,} compressed"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
