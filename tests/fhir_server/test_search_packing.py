"""Shards: what is packed is found again, and what would break a search is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson
import pytest

from chartgym.fhir_server.embedded import (
    HOSPITAL,
    EmbeddedServer,
    MemorySource,
    Shard,
    pack_shard,
    shard_name,
)
from chartgym.fhir_server.embedded.parameters import resource_types, type_info

from .embedded_help import NOW, hospital, ids, observation, patient

Resource = dict[str, Any]
STAMP = {"versionId": "1", "lastUpdated": NOW}


def stamped(resource: Resource) -> Resource:
    """A resource with meta."""
    return {"resourceType": resource["resourceType"], "id": resource["id"], "meta": STAMP, **resource}


def test_bodies_come_back_as_they_went_in() -> None:
    """Bytes are kept as they are, dicts are written compactly with decimals intact; in order of insertion."""
    raw = json.dumps(stamped(observation("o1", "p1", "A", "2020", 1)), indent=1).encode()
    exact = stamped(observation("o2", "p1", "B", "2020", 1))
    exact["valueQuantity"]["value"] = Decimal("1.850")
    packed = pack_shard("p1", [raw, exact, stamped(observation("o0", "p1", "A", "2020", 1))])
    table = Shard(packed.index, packed.chunks.__getitem__).tables["Observation"]
    assert table.ids == ["o1", "o2", "o0"]
    assert table.body(0) == raw
    assert b'"value":1.850,' in table.body(1)
    assert [table.row_of(i) for i in ("o1", "o2", "o0", "o9")] == [0, 1, 2, None]
    assert (packed.name, packed.count, packed.types) == ("p1", 3, {"Observation": 3})
    assert len(packed.digests) == 24


def test_packing_is_the_same_each_time() -> None:
    """The same resources give the same bytes."""
    chart = [stamped(r) for r in hospital() if shard_name(r) == "p1"]
    one, two = pack_shard("p1", chart), pack_shard("p1", iter([orjson.dumps(r) for r in chart]))
    assert (one.index, one.chunks, one.digests) == (two.index, two.chunks, two.digests)


def test_bodies_are_cut_into_chunks() -> None:
    """A body larger than a chunk has its own."""
    large = [
        stamped(observation(f"o{n}", "p1", "A", "2020", 1)) | {"note": [{"text": "x" * 7_000}]}
        for n in range(9)
    ]
    large[4]["note"] = [{"text": "y" * 200_000}]
    packed = pack_shard("p1", large)
    assert sorted(len(c) > 16_000 for c in packed.chunks) == [False] * 4 + [True]
    table = Shard(packed.index, packed.chunks.__getitem__).tables["Observation"]
    assert [json.loads(table.body(n))["id"] for n in range(9)] == [f"o{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("resources", "fault"),
    [
        ([observation("o", "p2", "A", "2020", 1)], "belongs"), ([observation("o", "p1", "A", "2020", 1)] * 2, "twice"),
        ([{"resourceType": "Observation"}], "'id'"), ([{"resourceType": "Basic", "id": 7}], "no text"),
        ([{"resourceType": "Foo", "id": "x"}], "Foo"),
        ([{"resourceType": "Basic", "id": "a_b"}], "a_b"), ([{"id": "x"}], "resourceType"),
    ],
)  # fmt: skip
def test_what_cannot_be_packed(resources: list[Resource], fault: str) -> None:
    """Faults of the author of a cohort, named."""
    with pytest.raises(ValueError, match=fault):
        pack_shard("p1", resources, last_updated=NOW)


def test_a_resource_without_meta_is_a_fault() -> None:
    """Unless a time is given for it."""
    bare = observation("o", "p1", "A", "2020", 1)
    with pytest.raises(ValueError, match="meta"):
        pack_shard("p1", [bare])
    packed = pack_shard("p1", [bare], last_updated=NOW)
    body = Shard(packed.index, packed.chunks.__getitem__).tables["Observation"].body(0)
    assert body.startswith(b'{"resourceType":"Observation","id":"o","meta":{"versionId":"1"')


def test_a_block_that_is_none_is_refused() -> None:
    """Not read as something else."""
    with pytest.raises(ValueError, match="index block"):
        Shard(b"garbage-garbage", lambda _: b"")


def test_resources_are_dealt_to_their_patients() -> None:
    """Patients and what has none are the hospital's."""
    assert shard_name(patient("p1", "A", "1")) == HOSPITAL
    assert shard_name({"resourceType": "Location", "id": "x"}) == HOSPITAL
    assert shard_name(observation("o", "p7", "A", "2020", 1)) == "p7"
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p8"}}
    assert shard_name(allergy) == "p8"


def test_searches_over_a_hundred_charts() -> None:
    """A search without a patient finds in every shard, pages and sorts over all, and counts right."""
    people = [patient(f"p{n:03d}", f"Name{n:03d}", f"M{n}") for n in range(100)]
    labs = [
        observation(
            f"o{n:03d}-{k}", f"p{n:03d}", "A" if k % 2 else "B", f"2020-01-{1 + (n * 7 + k) % 28:02d}", n
        )
        for n in range(100)
        for k in range(4)
    ]
    server = EmbeddedServer(MemorySource.of([*people, *labs], NOW))
    assert len(ids(server, "Observation?code=A&_count=500")) == 200
    oldest = ids(server, "Observation?code=A&_sort=date,-value-quantity&_count=3")
    expected = sorted(
        (r for r in labs if r["code"]["coding"][0]["code"] == "A"),
        key=lambda r: (r["effectiveDateTime"], -r["valueQuantity"]["value"]),
    )
    assert oldest == [r["id"] for r in expected[:3]]
    assert ids(server, "Observation?patient=p001,p050,p099&code=B&_count=50&_sort=patient,_id") == [
        f"o{n}-{k}" for n in ("001", "050", "099") for k in (0, 2)
    ]
    assert ids(server, "Observation?patient.family=name04&code=A&value-quantity=ge48&_sort=_id") == [
        "o048-1", "o048-3", "o049-1", "o049-3",
    ]  # fmt: skip


def test_the_table_covers_r4() -> None:
    """146 types; each has the parameters of every resource; the shapes that need care are there."""
    assert len(resource_types()) == 146
    for kind in resource_types():
        assert {"_id", "_lastUpdated", "_tag", "_profile", "_security"} <= type_info(kind).search.keys(), kind
    patient_search = type_info("Patient").search
    assert [p.steps for p in patient_search["phone"].paths] == ["telecom[system=phone]"]
    assert [p.steps for p in patient_search["deceased"].paths] == ["deceasedBoolean", "deceasedDateTime"]
    request = type_info("MedicationRequest").search
    assert [(p.steps, p.extra) for p in request["patient"].paths] == [("subject", "Patient")]
    assert [p.steps for p in request["code"].paths] == ["medicationCodeableConcept"]
    dates = [p.steps for p in type_info("Observation").search["date"].paths]
    assert dates == ["effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant"]
