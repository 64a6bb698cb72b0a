"""Other people's charts: what is loaded, what is refused and why, and that nothing is left half written."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chartgym.errors import UsageError
from chartgym.fhir_server.embedded import EmbeddedServer
from chartgym.fhir_server.imports import ImportReport, Limits, clock, import_cohort, open_file

from .embedded_help import bundle as found_bundle

Json = dict[str, Any]
PATIENT = "11111111-1111-4111-8111-111111111111"
ENCOUNTER = "22222222-2222-4222-8222-222222222222"
NPI = "http://hl7.org/fhir/sid/us-npi"


def patient(own: str, **more: Any) -> Json:
    """A Patient."""
    return {"resourceType": "Patient", "id": own, "gender": "female", "birthDate": "1950-01-02", **more}


def weight(own: str, subject: str, value: float = 71.5, **more: Any) -> Json:
    """A body weight of somebody."""
    return {
        "resourceType": "Observation",
        "id": own,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": subject},
        "effectiveDateTime": "2020-05-04T09:12:00+00:00",
        "valueQuantity": {"value": value, "unit": "kg"},
        **more,
    }


def entry(resource: Json, own: str) -> Json:
    """An entry as Synthea writes them."""
    request = {"method": "POST", "url": resource["resourceType"]}
    return {"fullUrl": f"urn:uuid:{own}", "resource": resource, "request": request}


def bundle(*entries: Json, kind: str = "transaction") -> Json:
    """A Bundle."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def synthea(folder: Path) -> Path:
    """A folder as Synthea writes it: hospitals, practitioners and one patient whose stay refers to both."""
    hospital = {
        "resourceType": "Organization",
        "id": "org1",
        "identifier": [{"system": "https://github.com/synthetichealth/synthea", "value": "h|1"}],
        "name": "Town Hospital",
    }
    doctor = {
        "resourceType": "Practitioner",
        "id": "doc1",
        "identifier": [{"system": NPI, "value": "9999999999"}],
        "name": [{"family": "Okafor"}],
    }
    stay = {
        "resourceType": "Encounter",
        "id": ENCOUNTER,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"urn:uuid:{PATIENT}"},
        "participant": [{"individual": {"reference": f"Practitioner?identifier={NPI}|9999999999"}}],
        "serviceProvider": {
            "reference": "Organization?identifier=https://github.com/synthetichealth/synthea|h%7C1"
        },
        "period": {"start": "2020-05-04T09:00:00+00:00", "end": "2020-05-04T09:30:00+00:00"},
    }
    seen = weight(
        "obs1", f"urn:uuid:{PATIENT}", encounter={"reference": f"urn:uuid:{ENCOUNTER}"}, performer=[
            {"reference": f"Practitioner?identifier={NPI}|0000000000", "display": "gone"}
        ]
    )  # fmt: skip
    folder.mkdir()
    person = bundle(entry(seen, "obs1"), entry(stay, ENCOUNTER), entry(patient(PATIENT), PATIENT))
    for name, value in (
        ("Ada_Test.json", person),
        ("hospitalInformation1.json", bundle(entry(hospital, "org1"), kind="batch")),
        ("practitionerInformation1.json", bundle(entry(doctor, "doc1"), kind="batch")),
    ):
        (folder / name).write_text(json.dumps(value, indent=2))
    return folder


def lines(*resources: Json | str) -> bytes:
    """NDJSON; text stands as it is."""
    return b"".join((r if isinstance(r, str) else json.dumps(r)).encode() + b"\n" for r in resources)


def load(tmp_path: Path, *paths: Path, **more: Any) -> ImportReport:
    """Imports into `out.cohort`."""
    return import_cohort(paths, tmp_path / "out.cohort", **more)


def told(report: ImportReport) -> list[tuple[str, int, int | None, str, str]]:
    """What was refused."""
    return [
        (Path(r.place.file).name, r.place.line, r.place.entry, r.reason, f"{r.type}/{r.id}")
        for r in report.refusals
    ]


def found(path: Path, search: str) -> list[Json]:
    """What the embedded server finds in a cohort file."""
    with open_file(path) as cohort:
        cohort.file.verify()
        answer = found_bundle(EmbeddedServer(cohort.file, now=clock(cohort)), search)
    return [e["resource"] for e in answer.get("entry", [])]


def leftovers(folder: Path) -> list[str]:
    """Whatever an import has put beside its input."""
    return sorted(p.name for p in folder.iterdir() if ".cohort" in p.name)


def test_synthea_is_loaded_and_its_references_resolved(tmp_path: Path) -> None:
    """URNs and conditions become `Type/id`, in any order of files; searches find the chart by them."""
    report = load(tmp_path, synthea(tmp_path / "fhir"))
    assert report.types == {
        "Encounter": 1,
        "Observation": 1,
        "Organization": 1,
        "Patient": 1,
        "Practitioner": 1,
    }
    assert (report.refused, report.dangling) == (0, 0)
    (stay,) = found(report.path, f"Encounter?patient={PATIENT}")
    assert stay["subject"]["reference"] == f"Patient/{PATIENT}"
    assert stay["participant"][0]["individual"]["reference"] == "Practitioner/doc1"
    assert stay["serviceProvider"]["reference"] == "Organization/org1"
    (seen,) = found(report.path, f"Observation?patient={PATIENT}&code=29463-7&date=2020-05-04")
    assert seen["encounter"]["reference"] == f"Encounter/{ENCOUNTER}"
    assert seen["performer"] == [
        {"type": "Practitioner", "identifier": {"system": NPI, "value": "0000000000"}, "display": "gone"}
    ], "a condition that nothing meets stays as a logical reference"
    assert seen["valueQuantity"]["value"] == 71.5


def test_mimic_is_loaded_from_packed_lines_by_type(tmp_path: Path) -> None:
    """Files of one type each, in an order in which observations come before their patients."""
    folder = tmp_path / "mimic"
    folder.mkdir()
    people = [patient(f"p{n}") for n in range(3)]
    labs = [weight(f"o{n}", f"Patient/p{n % 3}", 60 + n) for n in range(9)]
    (folder / "MimicObservationLabevents.ndjson.gz").write_bytes(gzip.compress(lines(*labs)))
    (folder / "MimicPatient.ndjson.gz").write_bytes(gzip.compress(lines(*people)))
    (folder / "README.md").write_text("not read")
    steps: list[tuple[str, int, int]] = []

    def progress(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))

    report = load(tmp_path, folder, progress=progress)
    assert report.types == {"Observation": 9, "Patient": 3}
    assert report.manifest["charts"] == 3
    assert report.notes == ("1 files of kind .md were passed over",)
    assert [o["id"] for o in found(report.path, "Observation?subject=Patient/p1&_sort=_id")] == [
        "o1",
        "o4",
        "o7",
    ]
    size = sum(f.stat().st_size for f in folder.glob("*.gz"))
    read = [(done, total) for step, done, total in steps if step == "reading"]
    assert read[0] == (0, size)
    assert read[-1] == (size, size), "progress counts the bytes on disk"


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    """It is told with file and line; what stands after it is loaded."""
    file = tmp_path / "a.ndjson"
    broken = '{"resourceType": "Observation", "id": "b", "status": '
    file.write_bytes(lines(patient("p"), weight("a", "Patient/p"), broken, "", weight("c", "Patient/p")))
    report = load(tmp_path, file)
    assert report.types == {"Observation": 2, "Patient": 1}
    assert told(report) == [("a.ndjson", 3, None, "not-json", "/")]
    assert report.reasons == {"not-json": 1}


REFUSED = {
    "other type": ({"resourceType": "Potion", "id": "x"}, "unknown-type"),
    "type of R5": ({"resourceType": "NutritionIntake", "id": "x"}, "other-release"),
    "no type": ({"id": "x"}, "no-resource-type"),
    "no id": ({"resourceType": "Patient"}, "no-id"),
    "bad id": (patient("x y"), "bad-id"),
    "invalid": (weight("x", "Patient/p", status="done"), "invalid"),
    "STU3": ({**weight("x", "Patient/p"), "comment": "fasting"}, "other-release"),
    "no object": ('"words"', "not-an-object"),
    "key twice": ('{"resourceType":"Patient","id":"x","gender":"male","gender":"female"}', "not-json"),
    "no number": ('{"resourceType":"Patient","id":"x","multipleBirthInteger":NaN}', "not-json"),
    "too deep": ('{"resourceType":"Patient","id":"x","contact":' + "[" * 5000 + "]" * 5000 + "}", "too-deep"),
}


@pytest.mark.parametrize(("line", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_stored_is_refused_by_name(tmp_path: Path, line: Json | str, reason: str) -> None:
    """Each fault has its reason and line, and the lines around it are loaded."""
    file = tmp_path / "a.ndjson"
    file.write_bytes(lines(patient("p"), line, weight("o", "Patient/p")))
    report = load(tmp_path, file)
    assert [(place, why) for _, place, _, why, _ in told(report)] == [(2, reason)]
    assert report.types == {"Observation": 1, "Patient": 1}


def test_strict_stops_and_leaves_nothing(tmp_path: Path) -> None:
    """The first refusal is named; neither cohort nor spool is there; the report is."""
    file = tmp_path / "a.ndjson"
    file.write_bytes(lines(patient("p"), "{", patient("q")))
    with pytest.raises(UsageError, match=r"a\.ndjson:2"):
        load(tmp_path, file, strict=True, report=tmp_path / "refused.jsonl")
    assert leftovers(tmp_path) == []
    (row,) = [json.loads(line) for line in (tmp_path / "refused.jsonl").read_bytes().splitlines()]
    assert (row["line"], row["reason"]) == (2, "not-json")


def test_strict_keeps_what_was_there(tmp_path: Path) -> None:
    """A forced import that fails does not cost the older file."""
    good, bad = tmp_path / "good.ndjson", tmp_path / "bad.ndjson"
    good.write_bytes(lines(patient("p")))
    bad.write_bytes(lines(patient("q"), "{"))
    kept = load(tmp_path, good).path.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        load(tmp_path, bad)
    with pytest.raises(UsageError, match="strict"):
        load(tmp_path, bad, strict=True, force=True)
    assert (tmp_path / "out.cohort").read_bytes() == kept
    assert load(tmp_path, bad, force=True).types == {"Patient": 1}
    assert [p["id"] for p in found(tmp_path / "out.cohort", "Patient")] == ["q"]


def test_one_id_twice(tmp_path: Path) -> None:
    """Equal content counts once; of different content the younger stays and the other is refused, told where."""
    file = tmp_path / "a.ndjson"
    old, new = {"lastUpdated": "2020-01-01T00:00:00Z"}, {"lastUpdated": "2021-01-01T00:00:00Z"}
    same = weight("same", "Patient/p")
    file.write_bytes(
        lines(
            patient("p"),
            same,
            weight("two", "Patient/p", 70, meta=new),
            weight("two", "Patient/p", 60, meta=old),
            {**same, "meta": {"versionId": "7"}},
        )
    )
    report = load(tmp_path, file)
    assert report.types == {"Observation": 2, "Patient": 1}
    assert report.repeated == 1
    assert told(report) == [("a.ndjson", 4, None, "duplicate", "Observation/two")]
    assert "a.ndjson:3" in report.refusals[0].message
    (kept,) = found(report.path, "Observation?_id=two")
    assert kept["valueQuantity"]["value"] == 70


WRITTEN = {
    "byte order mark": b"\xef\xbb\xbf" + lines(patient("p"), patient("q")),
    "CRLF": lines(patient("p"), patient("q")).replace(b"\n", b"\r\n"),
    "no last newline": lines(patient("p"), patient("q"))[:-1],
    "gzip": gzip.compress(lines(patient("p"), patient("q"))),
    "two members of gzip": gzip.compress(lines(patient("p"))) + gzip.compress(lines(patient("q"))),
    "array": json.dumps([patient("p"), patient("q")]).encode(),
    "Bundle of type last": json.dumps(
        {"entry": [{"resource": patient("p")}, {"resource": patient("q")}], "type": "collection"}
        | {"resourceType": "Bundle"}
    ).encode(),
    "Bundles a line": lines(*(bundle({"resource": patient(p)}, kind="collection") for p in "pq")),
    "values over lines": b"\n".join(json.dumps(patient(p), indent=1).encode() for p in "pq"),
}


@pytest.mark.parametrize("name", ["a.json", "a.dat"])
@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_each_way_of_writing_is_read(tmp_path: Path, text: bytes, name: str) -> None:
    """Bundles, arrays, lines and single values, plain or packed: found by their content, not by their name."""
    file = tmp_path / name
    file.write_bytes(text)
    report = load(tmp_path, file)
    assert (report.types, told(report)) == ({"Patient": 2}, [])


def test_an_archive_is_read(tmp_path: Path) -> None:
    """Each file in it is named."""
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("a/p.ndjson", lines(patient("p"), "{"))
        archive.writestr("b.json", json.dumps(patient("q")))
    (tmp_path / "all.zip").write_bytes(place.getvalue())
    report = load(tmp_path, tmp_path / "all.zip")
    assert report.types == {"Patient": 2}
    assert report.refusals[0].place.file.endswith("all.zip!a/p.ndjson")
    assert report.refusals[0].place.line == 2


def test_an_entry_that_is_broken_costs_only_itself(tmp_path: Path) -> None:
    """Entries are told by number and line; a Bundle that is cut short keeps what came before."""
    text = json.dumps(bundle(*({"resource": patient(p)} for p in "abc"), kind="collection"), indent=1)
    (tmp_path / "broken.json").write_text(text.replace('"id": "b",', '"id": nothing,'))
    other = json.dumps(bundle(*({"resource": patient(p)} for p in "xyz"), kind="collection"))
    (tmp_path / "cut.json").write_text(other[: other.index('"id": "z"')])
    report = load(tmp_path, tmp_path / "broken.json", tmp_path / "cut.json")
    assert [p["id"] for p in found(report.path, "Patient?_sort=_id")] == ["a", "c", "x", "y"]
    (name, line, number, reason, _), cut = told(report)
    assert (name, number, reason) == ("broken.json", 1, "not-json")
    assert '"id": "b"' in "\n".join(text.splitlines()[line - 1 : line + 5])
    assert cut[:4] == ("cut.json", 1, 2, "cut-short")


DAMAGED = {
    "cut gzip": (gzip.compress(lines(*(patient(f"p{n}") for n in range(5000))))[:-900], "damaged-gzip"),
    "UTF-16": (json.dumps(patient("p")).encode("utf-16"), "not-fhir-json"),
    "XML": (b'<Patient xmlns="http://hl7.org/fhir"/>', "not-fhir-json"),
    "Latin-1": (json.dumps(patient("p", language="\xe9"), ensure_ascii=False).encode("latin-1"), "not-utf8"),
}


@pytest.mark.parametrize(("text", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path, text: bytes, reason: str) -> None:
    """It is refused by name, and the next file is loaded."""
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "b.json").write_text(json.dumps(patient("last")))
    report = load(tmp_path, tmp_path / "a.json", tmp_path / "b.json")
    assert report.reasons == {reason: 1}
    assert told(report)[0][0] == "a.json"
    assert [p["id"] for p in found(report.path, "Patient?_id=last")] == ["last"]


def test_a_huge_line_is_passed_over(tmp_path: Path) -> None:
    """A line beyond the limit is never held whole; one below it is loaded."""
    file = tmp_path / "a.ndjson"
    long, huge = (
        patient(p, name=[{"text": "x" * size}]) for p, size in (("long", 400_000), ("huge", 900_000))
    )
    file.write_bytes(lines(patient("p"), huge, long, patient("q")))
    report = load(tmp_path, file, limits=Limits(resource=500_000, line=600_000))
    assert told(report) == [("a.ndjson", 2, None, "too-large", "/")]
    assert report.types == {"Patient": 3}


def test_the_same_input_gives_the_same_hash(tmp_path: Path) -> None:
    """Whatever it is called, whatever order it is in; other content gives another."""
    people, labs = [patient("p"), patient("q")], [weight("a", "Patient/p"), weight("b", "Patient/q")]
    hashes: list[str] = []
    for number, content in enumerate(([*people, *labs], [*labs[::-1], *people[::-1]], [*people, labs[0]])):
        file = tmp_path / f"{number}.ndjson"
        file.write_bytes(lines(*content))
        report = import_cohort([file], tmp_path / f"{number}.cohort")
        hashes.append(report.manifest["cohort_hash"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_manifest_tells_where_the_charts_are_from(tmp_path: Path) -> None:
    """Kind, clock, zone, counts, and each source with size and SHA-256; never the folder it lay in."""
    file = tmp_path / "a.ndjson"
    file.write_bytes(lines(patient("p"), weight("o", "Patient/p"), weight("x", "Patient/nobody")))
    report = load(tmp_path, file, zone="America/New_York")
    with open_file(report.path) as cohort:
        manifest = cohort.manifest
    assert manifest["kind"] == "import"
    assert manifest["now"] == "2020-05-04T06:00:00.000-04:00", "the latest time found, up to the hour"
    assert (manifest["zone"], manifest["people"], manifest["refused"]) == ("America/New_York", 1, 0)
    (source,) = manifest["sources"]
    assert (source["name"], source["bytes"]) == ("a.ndjson", file.stat().st_size)
    assert (report.dangling, report.missing[0].target, report.missing[0].example) == (
        1,
        "Patient/nobody",
        "Observation/x",
    )


def test_nothing_to_load_is_an_error(tmp_path: Path) -> None:
    """No path, no file, no content: each is said, and nothing is left."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.json").touch()
    with pytest.raises(UsageError, match="no file or folder"):
        load(tmp_path, tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no file to import"):
        load(tmp_path, tmp_path / "empty")
    with pytest.raises(UsageError, match="nothing could be loaded"):
        load(tmp_path, tmp_path / "empty.json")
    assert leftovers(tmp_path) == []


def opened_for_reading(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """The writing end of a pipe, once a process has begun to read it."""
    while process.poll() is None:
        with contextlib.suppress(OSError):  # ENXIO as long as nobody reads
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.02)
    raise AssertionError(f"the importer ended with {process.returncode}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
def test_an_import_that_is_stopped_leaves_no_cohort(tmp_path: Path, number: signal.Signals) -> None:
    """Neither half a file at the target nor a spool; the next import clears away what a kill may leave."""
    pipe, out = tmp_path / "pipe.ndjson", tmp_path / "out.cohort"
    os.mkfifo(pipe)
    words = "import sys; from chartgym.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", words, "cohort", "import", str(pipe), "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    with os.fdopen(opened_for_reading(pipe, process), "wb") as file:
        file.write(lines(*(patient(f"p{n}") for n in range(200))))
        file.flush()
        time.sleep(0.1)  # the importer waits for more, since the pipe stays open
        process.send_signal(number)
        assert process.wait(60) != 0
    assert leftovers(tmp_path) == []
