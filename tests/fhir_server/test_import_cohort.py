"""Other people's charts as a cohort file: what is loaded, where it goes, what it is called, what is told."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from chartgym.errors import CohortError, UsageError
from chartgym.fhir_server.embedded import HOSPITAL, EmbeddedServer
from chartgym.fhir_server.imports import ImportedCohort, clock, import_cohort, open_file, packing
from chartgym.tasks.suite import load_suite, require_cohort

from .import_help import (
    NPI,
    Resource,
    bundle,
    encounter,
    load,
    ndjson,
    observation,
    patient,
    practitioner,
    write,
)


def opened(path: Path) -> ImportedCohort:
    """The cohort, known to be an imported one."""
    found = open_file(path)
    assert isinstance(found, ImportedCohort)
    return found


def keys(resources: list[Resource]) -> list[str]:
    """`Type/id` of each."""
    return [f"{r['resourceType']}/{r['id']}" for r in resources]


def search(server: EmbeddedServer, kind: str, *pairs: tuple[str, str]) -> list[str]:
    """Ids that a search finds."""
    answer = server.request("GET", kind, pairs)
    assert answer.status == 200, answer.body
    return [entry["resource"]["id"] for entry in orjson.loads(answer.body).get("entry", [])]


SYNTHEA: dict[str, Any] = {
    "fhir/Ann1_Able2_p1.json": bundle(
        [
            patient("p1"),
            encounter("e1", "urn:uuid:p1"),
            observation(
                "o1",
                "urn:uuid:p1",
                encounter={"reference": "urn:uuid:e1"},
                performer=[{"reference": f"Practitioner?identifier={NPI}|9999999999", "display": "Dr. Test"}],
            ),
        ]
    ),
    "fhir/hospitalInformation1.json": bundle(
        [{"resourceType": "Organization", "id": "h1", "name": "Test General"}], "batch"
    ),
    "fhir/practitionerInformation1.json": bundle([practitioner("d1", "9999999999")], "batch"),
}


def test_synthea(tmp_path: Path) -> None:
    """Bundles of patients and of the hospital: URNs and conditions become plain references, and can be searched."""
    told = load(tmp_path, SYNTHEA)
    assert (told.refused, told.dangling, told.elsewhere) == (0, 0, 0)
    assert dict(told.types) == {
        "Encounter": 1,
        "Observation": 1,
        "Organization": 1,
        "Patient": 1,
        "Practitioner": 1,
    }
    with opened(told.path) as cohort:
        assert cohort.patients() == ["p1"]
        chart = cohort.chart("p1")
        assert keys(chart) == ["Patient/p1", "Encounter/e1", "Observation/o1"]
        assert chart[2]["subject"] == {"reference": "Patient/p1"}
        assert chart[2]["encounter"] == {"reference": "Encounter/e1"}
        assert chart[2]["performer"] == [{"reference": "Practitioner/d1", "display": "Dr. Test"}]
        server = EmbeddedServer(cohort.file, now=clock(cohort))
        assert search(server, "Observation", ("patient", "p1"), ("code", "2823-3")) == ["o1"]
        assert search(server, "Observation", ("performer", "Practitioner/d1")) == ["o1"]
        cohort.file.verify()


def test_a_condition_that_nobody_meets_becomes_an_identifier(tmp_path: Path) -> None:
    """Without the hospital's files a reference by condition is kept as a logical one, which R4 allows anywhere."""
    told = load(tmp_path, {"p.json": SYNTHEA["fhir/Ann1_Able2_p1.json"]})
    with opened(told.path) as cohort:
        performer = cohort.chart("p1")[2]["performer"][0]
    assert performer["identifier"] == {"system": NPI, "value": "9999999999"}
    assert performer["type"] == "Practitioner"
    assert "reference" not in performer
    assert told.refused == 0


MIMIC: dict[str, Any] = {
    "fhir/MimicPatient.ndjson.gz": ndjson([patient("0a8eebfd-a352"), patient("1b8eebfd-a352")]),
    "fhir/MimicMedication.ndjson.gz": ndjson([{"resourceType": "Medication", "id": "m1"}]),
    "fhir/MimicEncounter.ndjson.gz": ndjson([encounter("e1", "Patient/0a8eebfd-a352")]),
    "fhir/MimicObservationLabevents.ndjson.gz": ndjson(
        [
            observation("l1", "Patient/1b8eebfd-a352"),
            observation("l2", "Patient/0a8eebfd-a352", encounter={"reference": "Encounter/e1"}),
            observation("l3", "Patient/1b8eebfd-a352", effectiveDateTime="2026-02-01T05:00:00-05:00"),
        ]
    ),
    "fhir/MimicMedicationRequest.ndjson.gz": ndjson(
        [
            {
                "resourceType": "MedicationRequest",
                "id": "r1",
                "status": "completed",
                "intent": "order",
                "medicationReference": {"reference": "Medication/m1"},
                "subject": {"reference": "Patient/0a8eebfd-a352"},
            }
        ]
    ),
}


def test_mimic(tmp_path: Path) -> None:
    """Files sorted by type become charts sorted by patient, each ordered by type and time."""
    told = load(tmp_path, MIMIC)
    assert (told.refused, told.dangling) == (0, 0)
    assert told.manifest["charts"] == told.manifest["people"] == 2
    with opened(told.path) as cohort:
        assert keys(cohort.chart("1b8eebfd-a352"))[1:] == ["Observation/l3", "Observation/l1"]
        assert keys(cohort.chart("0a8eebfd-a352"))[1:] == [
            "Encounter/e1",
            "MedicationRequest/r1",
            "Observation/l2",
        ]
        assert "Medication/m1" in keys(list(cohort.hospital()))


def test_the_order_of_files_is_no_matter(tmp_path: Path) -> None:
    """The same resources give the same cohort, however they come: other files, other order, zipped."""
    first = load(tmp_path / "a", MIMIC)
    second = load(
        tmp_path / "b", {f"{9 - n}-{Path(name).name}": data for n, (name, data) in enumerate(MIMIC.items())}
    )
    lines = [line for data in MIMIC.values() for line in data.splitlines()]
    third = load(tmp_path / "c", {"all.ndjson": b"\n".join(reversed(lines))})
    place = tmp_path / "charts.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("some/all.ndjson", b"\n".join(lines))
        archive.writestr("some/readme.txt", "no chart")
    fourth = import_cohort([place], tmp_path / "d.cohort", name="out")
    hashes = {told.manifest["cohort_hash"] for told in (first, second, third, fourth)}
    assert len(hashes) == 1


def test_the_same_input_gives_the_same_file(tmp_path: Path) -> None:
    """Byte for byte, and a suite of another cohort is not played on it."""
    first, second = (load(tmp_path / name, SYNTHEA) for name in "ab")
    assert first.path.read_bytes() == second.path.read_bytes()
    with pytest.raises(UsageError, match="belongs to the cohort"):
        require_cohort(load_suite("dev"), first.manifest["cohort_hash"])


def test_decimals_and_order_of_elements_are_kept(tmp_path: Path) -> None:
    """`4.10` stays `4.10`; identifiers that look like URNs stay what they are; versions start anew."""
    row = json.dumps(
        observation("o1", "urn:uuid:p1", identifier=[{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:p1"}])
        | {"meta": {"versionId": "MTY3", "lastUpdated": "2026-03-01T08:00:00Z", "source": "#x"}}
    ).replace("4.1,", "4.10,")
    entries = [
        '{"fullUrl":"urn:uuid:p1","resource":' + json.dumps(patient("p1")) + "}",
        '{"resource":' + row + "}",
    ]
    body = '{"resourceType":"Bundle","type":"collection","entry":[' + ",".join(entries) + "]}"
    told = load(tmp_path, {"x.json": body.encode()})
    with opened(told.path) as cohort:
        lines = list(cohort.file.ndjson("p1"))
        found = orjson.loads(lines[0])
        head = [resource for resource in cohort.hospital() if resource["id"] == "p1"]
    assert b'"value":4.10,' in lines[0]
    assert found["identifier"][0]["value"] == "urn:uuid:p1"
    assert found["meta"] == {"versionId": "1", "lastUpdated": "2026-03-01T08:00:00Z", "source": "#x"}
    assert list(found)[3:] == [
        "status",
        "code",
        "subject",
        "effectiveDateTime",
        "valueQuantity",
        "identifier",
    ]
    assert head[0]["meta"]["lastUpdated"] == told.manifest["now"]


OWNERS: list[tuple[str, Resource, str]] = [
    ("subject", observation("x", "Patient/p1"), "p1"),
    ("a version", observation("x", "Patient/p1/_history/3"), "p1"),
    ("an absolute URL", observation("x", "http://ehr.example/fhir/Patient/p1"), "p1"),
    ("another server", observation("x", "http://other.example/fhir/Patient/p1"), HOSPITAL),
    ("a group", observation("x", "Group/g1"), HOSPITAL),
    ("patient", {"resourceType": "Coverage", "id": "x", "status": "active", "beneficiary": {"reference": "Patient/p1"},
                 "payor": [{"reference": "Organization/h1"}]}, "p1"),
    ("two patients", {"resourceType": "Provenance", "id": "x", "recorded": "2026-01-01T00:00:00Z",
                      "target": [{"reference": "Patient/p1"}, {"reference": "Patient/p2"}],
                      "agent": [{"who": {"reference": "Organization/h1"}}]}, HOSPITAL),
    ("an encounter", {k: v for k, v in observation("x", "", encounter={"reference": "Encounter/e1"}).items()
                      if k != "subject"}, "p1"),
    ("a patient called hospital", observation("x", "Patient/hospital"), HOSPITAL),
    ("nobody", {"resourceType": "Location", "id": "x"}, HOSPITAL),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "shard"), [row[1:] for row in OWNERS], ids=[row[0] for row in OWNERS])
def test_whose_chart_it_is(tmp_path: Path, resource: Resource, shard: str) -> None:
    """By patient or subject, else by the encounter; what has no or several patients belongs to nobody."""
    others = [patient("p1"), patient("p2"), patient("hospital"), encounter("e1", "Patient/p1")]
    entries = [
        {"fullUrl": f"http://ehr.example/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in others
    ]
    told = load(
        tmp_path,
        {
            "a.ndjson": ndjson([resource]),
            "b.json": {"resourceType": "Bundle", "type": "searchset", "entry": entries},
        },
    )
    assert told.refused == 0
    with opened(told.path) as cohort:
        key = f"{resource['resourceType']}/x"
        homes = [
            name
            for name in cohort.file.names()
            if key in keys(list(map(orjson.loads, cohort.file.ndjson(name))))
        ]
        assert homes == [shard]
        if shard == "p1":
            server = EmbeddedServer(cohort.file)
            expected = ["x"] if "encounter" not in resource else []
            assert [
                i for i in search(server, resource["resourceType"], ("patient", "p1")) if i == "x"
            ] == expected


def test_urns_are_of_their_own_bundle(tmp_path: Path) -> None:
    """Two Bundles may call different Patients by one URN; elsewhere such a name is of no use."""

    def made(own: str) -> Resource:
        return {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": "urn:uuid:1",
                    "resource": patient(f"p{own}"),
                    "request": {"method": "POST", "url": "Patient"},
                },
                {
                    "resource": observation(f"o{own}", "urn:uuid:1"),
                    "request": {"method": "POST", "url": "Observation"},
                },
            ],
        }

    told = load(
        tmp_path, {"a.json": made("1"), "b.ndjson": ndjson([made("2"), observation("o3", "urn:uuid:1")])}
    )
    with opened(told.path) as cohort:
        assert keys(cohort.chart("p1")) == ["Patient/p1", "Observation/o1"]
        assert keys(cohort.chart("p2")) == ["Patient/p2", "Observation/o2"]
    assert [(m.target, m.count, m.example) for m in told.missing] == [("urn:uuid:1", 1, "Observation/o3")]


def test_ids_come_from_full_urls(tmp_path: Path) -> None:
    """Resources without an id are called what their entry calls them; where nothing does, they are refused."""
    nameless = {"resourceType": "Basic", "code": {"text": "x"}}
    entries = [
        {"fullUrl": "urn:uuid:3f0c", "resource": nameless},
        {"fullUrl": "http://ehr.example/fhir/Basic/b2", "resource": nameless},
        {"fullUrl": "http://ehr.example/fhir/Patient/b3", "resource": nameless},
        {"request": {"method": "PUT", "url": "Basic/b4"}, "resource": nameless},
        {"resource": nameless},
    ]
    told = load(tmp_path, {"x.json": {"resourceType": "Bundle", "type": "collection", "entry": entries}})
    with opened(told.path) as cohort:
        assert {r["id"] for r in cohort.hospital()} == {"3f0c", "b2", "b4"}
    assert [(r.place.entry, r.reason) for r in told.refusals] == [(2, "no-id"), (4, "no-id")]


def stamped(own: str, when: str, **more: Any) -> Resource:
    """A Patient with a time of its last update."""
    return patient(own, meta={"lastUpdated": when}, **more)


def test_what_is_there_twice(tmp_path: Path) -> None:
    """Equal content counts once; of different content the youngest is kept, else the first."""
    told = load(
        tmp_path,
        {
            "a.ndjson": ndjson([stamped("p1", "2026-01-01T00:00:00Z"), patient("p2", gender="male"), patient("p3")]),
            "b.ndjson": ndjson([stamped("p1", "2026-02-01T00:00:00Z", gender="female"), patient("p2", gender="other")]),
            "c.ndjson": ndjson([stamped("p3", "2025-01-01T00:00:00Z"), stamped("p1", "2025-06-01T00:00:00Z")]),
        },
    )  # fmt: skip
    with opened(told.path) as cohort:
        found = {r["id"]: r.get("gender") for r in cohort.hospital()}
    assert found == {"p1": "female", "p2": "male", "p3": None}
    assert told.repeated == 1
    assert [(r.place.file, r.place.line, r.reason) for r in told.refusals] == [
        ("in/a.ndjson", 1, "duplicate"),
        ("in/b.ndjson", 2, "duplicate"),
        ("in/c.ndjson", 2, "duplicate"),
    ]
    assert "in/b.ndjson:1, which is younger" in told.refusals[0].message
    assert "in/a.ndjson:2, which was read first" in told.refusals[1].message


def test_references_that_lead_nowhere_are_kept_and_counted(tmp_path: Path) -> None:
    """The most wanted target first; what leads to another server, or into the resource itself, is not among them."""
    rows = [
        observation(f"o{n}", "Patient/gone", encounter={"reference": f"Encounter/e{n % 2}"}) for n in range(4)
    ]
    rows[0] |= {"performer": [{"reference": "https://other.example/Practitioner/1"}, {"reference": "#in"}]}
    rows[0]["contained"] = [{"resourceType": "Practitioner", "id": "in"}]
    told = load(tmp_path, {"x.ndjson": ndjson(rows)})
    assert (told.dangling, told.elsewhere, told.refused) == (8, 1, 0)
    assert [(m.target, m.count) for m in told.missing] == [
        ("Patient/gone", 4),
        ("Encounter/e0", 2),
        ("Encounter/e1", 2),
    ]
    with opened(told.path) as cohort:
        assert cohort.patients() == []
        assert len(list(cohort.file.ndjson("gone"))) == 4


CLOCKS: list[tuple[str, list[Resource], str, str]] = [
    ("up to the hour", [observation("o", "Patient/p")], "America/New_York", "2026-03-01T07:00:00.000-05:00"),
    ("a full hour stays", [observation("o", "Patient/p", effectiveDateTime="2026-03-01T06:00:00Z")], "UTC",
     "2026-03-01T06:00:00.000+00:00"),
    ("a day is over", [observation("o", "Patient/p", effectiveDateTime="2026-03-01")], "UTC",
     "2026-03-02T00:00:00.000+00:00"),
    ("a year has begun", [observation("o", "Patient/p", effectiveDateTime="2026")], "UTC",
     "2026-01-01T00:00:00.000+00:00"),
    ("an end", [encounter("e", "Patient/p")], "UTC", "2026-03-02T16:00:00.000+00:00"),
    ("what lies ahead", [observation("o", "Patient/p"), {"resourceType": "Appointment", "id": "a", "status": "booked",
     "start": "2031-01-01T00:00:00Z", "participant": [{"status": "accepted"}]},
     encounter("e", "Patient/p") | {"status": "planned", "period": {"start": "2030-01-01T00:00:00Z"}}], "UTC",
     "2026-03-01T12:00:00.000+00:00"),
    ("a placeholder", [observation("o", "Patient/p"), observation("z", "Patient/p", issued="9999-12-31T00:00:00Z")],
     "UTC", "2026-03-01T12:00:00.000+00:00"),
    ("shifted by centuries", [observation("o", "Patient/p", effectiveDateTime="2174-12-16T15:20:00-05:00")], "UTC",
     "2174-12-16T21:00:00.000+00:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resources", "zone", "now"), [row[1:] for row in CLOCKS], ids=[row[0] for row in CLOCKS]
)
def test_the_clock_stands_at_the_latest_clinical_time(
    tmp_path: Path, resources: list[Resource], zone: str, now: str
) -> None:
    """Of what surely is past, up to the full hour, told in the zone asked for."""
    told = load(tmp_path, {"x.ndjson": ndjson(resources)}, zone=zone)
    assert told.manifest["now"] == now
    with opened(told.path) as cohort:
        assert EmbeddedServer(cohort.file, now=clock(cohort)).now == now


def test_the_manifest_tells_where_everything_is_from(tmp_path: Path) -> None:
    """Each file with size and hash, how many things were refused, and whether R4 was asked; no folder of the user's."""
    told = load(
        tmp_path,
        MIMIC | {"fhir/bad.ndjson": b"{oops\n"},
        now=datetime(2026, 4, 1, 12, tzinfo=UTC),
        name="demo",
    )
    manifest = told.manifest
    assert (manifest["kind"], manifest["name"], manifest["now_from"]) == ("import", "demo", "given")
    assert (manifest["now"], manifest["zone"], manifest["lenient"]) == (
        "2026-04-01T12:00:00.000+00:00",
        "UTC",
        False,
    )
    assert (manifest["refused"], manifest["repeated"], manifest["dangling"]) == (1, 0, 0)
    files = {
        path.relative_to(tmp_path / "in").as_posix(): path for path in (tmp_path / "in").rglob("*.*json*")
    }
    expected = [
        {
            "name": f"in/{name}",
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for name, path in sorted(files.items())
    ]
    assert manifest["sources"] == expected
    direct = import_cohort(
        [path for _, path in sorted(files.items())], tmp_path / "direct.cohort", name="demo"
    )
    assert [source["name"] for source in direct.manifest["sources"]] == [
        Path(name).name for name in sorted(files)
    ]


def test_an_imported_cohort_has_no_plan(tmp_path: Path) -> None:
    """What only a generated cohort has is refused by name."""
    with opened(load(tmp_path, SYNTHEA).path) as cohort:
        wants: list[Callable[[], object]] = [
            lambda: cohort.seed, lambda: cohort.plan, lambda: cohort.ledger, lambda: cohort.mess,
            lambda: cohort.facts("p1"),
        ]  # fmt: skip
        for want in wants:
            with pytest.raises(UsageError, match="holds imported charts"):
                want()
    with pytest.raises(UsageError, match="there is no cohort file"):
        open_file(tmp_path / "none.cohort")


def test_standard_input(tmp_path: Path) -> None:
    """NDJSON can be piped in; a name in the cache is a place too."""
    code = (
        "from chartgym.fhir_server.imports import import_cohort, import_path, open_file\n"
        "told = import_cohort(['-'], import_path('piped'))\n"
        "assert told.path == import_path('piped'), told.path\n"
        "print(open_file('piped').manifest['sources'][0]['name'], told.resources)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=write(tmp_path, MIMIC) and ndjson([patient("p1"), observation("o1", "Patient/p1")]),
        env={"CHARTGYM_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"standard input 2\n"), done.stderr


@pytest.mark.parametrize("lenient", [False, True])
def test_what_a_urn_stands_for_must_fit(tmp_path: Path, lenient: bool) -> None:
    """An Observation about a Practitioner is no R4, which is known once the URN is; `lenient` takes it all the same."""
    wrong = observation("o1", "urn:uuid:d1")
    told = load(tmp_path, {"x.json": bundle([practitioner("d1", "1"), wrong])}, lenient=lenient)
    assert [(r.reason, r.place.entry, r.type, r.id) for r in told.refusals] == (
        [] if lenient else [("invalid", 1, "Observation", "o1")]
    )
    assert told.types.get("Observation", 0) == lenient
    assert told.manifest["refused"] == (not lenient)
    assert told.manifest["lenient"] is lenient


def test_lenient_loads_what_r4_forbids(tmp_path: Path) -> None:
    """As long as it has a type and an id, also where elements are of another kind than R4 says."""
    odd: list[Resource] = [
        {
            "resourceType": "Observation",
            "id": "o1",
            "subject": {"reference": "Patient/p1"},
            "code": 5,
            "meta": "x",
        },
        {
            "resourceType": "Observation",
            "id": "o2",
            "subject": [{"reference": ["Patient/p1"]}],
            "valueQuantity": [{}],
        },
        {"resourceType": "Patient", "id": "p1", "name": "Ann", "birthDate": {"year": 1950}},
        {
            "resourceType": "Encounter",
            "id": "e1",
            "period": {"start": 7, "end": ["x"]},
            "identifier": {"value": 1},
        },
    ]
    assert load(tmp_path / "strictly", {"x.ndjson": ndjson([*odd, patient("p2")])}).reasons == {"invalid": 4}
    told = load(tmp_path, {"x.ndjson": ndjson(odd)}, lenient=True)
    assert told.resources == 4
    with opened(told.path) as cohort:
        assert keys(cohort.chart("p1")) == ["Patient/p1", "Observation/o1"]
        server = EmbeddedServer(cohort.file)
        assert search(server, "Observation", ("patient", "p1")) == ["o1"]


def test_lines_before_a_damage_are_kept(tmp_path: Path) -> None:
    """A gzip file that was cut short, or whose end is not what was packed, costs what comes after only."""
    rng = random.Random(7)
    data = gzip.compress(ndjson(patient(f"p{n}-{rng.getrandbits(100)}") for n in range(2_000)))
    for name, damaged in (("cut", data[: len(data) // 2]), ("changed", data[:-8] + bytes(8))):
        place = tmp_path / f"{name}.ndjson.gz"
        place.write_bytes(damaged)
        told = import_cohort([place], tmp_path / f"{name}.cohort")
        assert "damaged-gzip" in told.reasons
        assert told.resources > (900 if name == "cut" else 1_990)


def test_nothing_that_is_read_is_written_over(tmp_path: Path) -> None:
    """The report and the cohort file have places of their own; a device is no file."""
    place = write(tmp_path, {"x.ndjson": ndjson([patient("p1")])}) / "x.ndjson"
    before = place.read_bytes()
    with pytest.raises(UsageError, match="among the files to be read"):
        import_cohort([place], tmp_path / "out.cohort", report=place)
    with pytest.raises(UsageError, match="among the files to be read"):
        import_cohort([place], place, force=True)
    with pytest.raises(UsageError, match="device"):
        import_cohort(["/dev/zero"], tmp_path / "out.cohort")
    assert place.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.ndjson"]


def test_a_cohort_has_room_for_so_many_patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the container can number is refused with both figures; nothing is left."""
    monkeypatch.setattr(packing, "MAX_SHARDS", 3)
    charts = [observation(f"o{n}", f"Patient/p{n}") for n in range(3)]
    assert load(tmp_path / "a", {"x.ndjson": ndjson(charts[:2])}).manifest["charts"] == 2
    with pytest.raises(CohortError, match="3 patients: a cohort file holds at most 2"):
        load(tmp_path / "b", {"x.ndjson": ndjson([*charts, patient("p1")])})
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["in"]
