"""The cohort file: what is written is read back, and nothing damaged is ever served."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chartgym.errors import CohortError
from chartgym.fhir_server.embedded.container import CohortFile, open_cohort
from chartgym.fhir_server.embedded.container_format import damage_marker
from chartgym.fhir_server.embedded.container_write import temporary_files, write_cohort
from chartgym.fhir_server.embedded.packing import digest, encode_resource, pack_shard
from chartgym.fhir_server.embedded.shard import PackedShard

NOW = "2031-05-06T08:00:00+00:00"
MANIFEST = {"name": "test", "seed": 7, "now": NOW}
SEALED = {"ledger": b'{"magnesium/1": "p1"}'}


def observation(patient: str, number: int) -> dict[str, Any]:
    """A stored Observation, long enough for several chunks in a shard."""
    return {
        "resourceType": "Observation",
        "id": f"{patient}-o{number}",
        "meta": {"versionId": "1", "lastUpdated": NOW},
        "status": "final",
        "code": {"text": f"test {number % 3}"},
        "subject": {"reference": f"Patient/{patient}"},
        "note": [{"text": hashlib.sha256(f"{patient}{number}".encode()).hexdigest() * 20}],
    }


def resources() -> dict[str, list[dict[str, Any]]]:
    """The resources of each shard, in order."""
    patients = [
        {"resourceType": "Patient", "id": p, "meta": {"versionId": "1", "lastUpdated": NOW}}
        for p in ("p1", "p2")
    ]
    charts = {p: [observation(p, n) for n in range(150)] for p in ("p1", "p2")}
    return {"hospital": patients, **charts}


def shards() -> Iterator[PackedShard]:
    """The shards of a small cohort."""
    for name, held in resources().items():
        yield pack_shard(name, held)


def write(path: Path) -> None:
    """Writes the small cohort."""
    write_cohort(path, MANIFEST, shards(), SEALED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small cohort file."""
    made = tmp_path / "small.cohort"
    write(made)
    return made


def test_what_is_written_is_read_back(path: Path) -> None:
    """Manifest, shards, chunks and sealed parts come back as they were; counts are added."""
    with open_cohort(path) as cohort:
        assert cohort.names() == ("hospital", "p1", "p2")
        assert cohort.manifest["seed"] == 7
        assert cohort.manifest["resources"] == 302
        assert cohort.manifest["types"] == {"Observation": 300, "Patient": 2}
        assert [entry.types for entry in cohort.shards][1] == {"Observation": 150}
        for packed in shards():
            index, read = cohort.shard(packed.name)
            assert index == packed.index
            assert tuple(read(n) for n in range(len(packed.chunks))) == packed.chunks
        assert cohort.sealed("ledger") == SEALED["ledger"]
        cohort.verify()


def test_the_hash_is_that_of_the_ndjson(path: Path) -> None:
    """The cohort's hash is the SHA-256 of all bodies, in order, joined by newlines."""
    lines = b"\n".join(encode_resource(r) for held in resources().values() for r in held)
    with open_cohort(path) as cohort:
        assert cohort.manifest["cohort_hash"] == hashlib.sha256(lines).hexdigest()
        assert b"\n".join(b for name in cohort.names() for b in cohort.ndjson(name)) == lines


def test_an_empty_shard_adds_no_line(tmp_path: Path) -> None:
    """A shard without resources may stand anywhere and changes nothing of the hash."""
    plain, padded = tmp_path / "plain", tmp_path / "padded"
    one = pack_shard("p1", [observation("p1", 0)])
    two = pack_shard("p2", [observation("p2", 0)])
    empty = [pack_shard(name, []) for name in ("a", "b", "c")]
    first = write_cohort(plain, {}, [one, two])
    second = write_cohort(padded, {}, [empty[0], one, empty[1], two, empty[2]])
    assert first["cohort_hash"] == second["cohort_hash"]
    with open_cohort(padded) as cohort:
        cohort.verify()


def test_the_same_cohort_is_the_same_file(path: Path, tmp_path: Path) -> None:
    """Writing the same shards twice gives the same bytes and the same root."""
    other = tmp_path / "other.cohort"
    write(other)
    assert other.read_bytes() == path.read_bytes()


def test_an_id_leads_to_its_shard(path: Path) -> None:
    """The directory finds each resource's shard, and nothing for an id that is not there."""
    with open_cohort(path) as cohort:
        for name, held in resources().items():
            for resource in held:
                assert cohort.find(digest(resource["resourceType"], resource["id"])) == (name,)
        assert cohort.find(digest("Observation", "nosuch")) == ()
        assert cohort.find(b"\xff" * 8) == ()
        assert cohort.find(b"\x00" * 8) == ()


def test_an_id_in_two_shards_names_both(tmp_path: Path) -> None:
    """Where two shards hold a digest, both are named."""
    path = tmp_path / "twice.cohort"
    write_cohort(path, {}, [pack_shard(n, [observation("p1", 0)]) for n in ("p1", "hospital")])
    with open_cohort(path) as cohort:
        assert cohort.find(digest("Observation", "p1-o0")) == ("p1", "hospital")


def test_unknown_names_are_key_errors(path: Path) -> None:
    """A shard or sealed part that is not there is a KeyError."""
    with open_cohort(path) as cohort:
        with pytest.raises(KeyError):
            cohort.shard("p9")
        with pytest.raises(KeyError):
            cohort.sealed("gold")


def test_two_shards_of_one_name_are_refused(tmp_path: Path) -> None:
    """A name stands for one shard; nothing is left of the attempt."""
    with pytest.raises(ValueError, match="two shards are called 'p1'"):
        write_cohort(tmp_path / "x.cohort", {}, [pack_shard("p1", []), pack_shard("p1", [])])
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Opening what is not there says so."""
    with pytest.raises(CohortError, match="no cohort file at"):
        open_cohort(tmp_path / "none.cohort")


def test_another_format_is_named(tmp_path: Path) -> None:
    """A SQLite file that is no cohort, and a file that is no SQLite, are refused."""
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    text = tmp_path / "text"
    text.write_text("hello" * 1000)
    for path in (other, text):
        with pytest.raises(CohortError, match="damaged"):
            open_cohort(path)


@pytest.mark.parametrize("keep", [0, 100, 65536, 0.5, -65536, -1])
def test_a_truncated_file_is_never_opened(path: Path, keep: float) -> None:
    """A file cut short anywhere is refused when it is opened."""
    data = path.read_bytes()
    end = int(len(data) * keep) if isinstance(keep, float) else keep
    path.write_bytes(data[:end])
    with pytest.raises(CohortError, match="damaged"):
        open_cohort(path)


def test_a_longer_file_is_never_opened(path: Path) -> None:
    """Bytes after the end are noticed too."""
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(CohortError, match="damaged"):
        open_cohort(path)


def everything(cohort: CohortFile) -> tuple[object, ...]:
    """All that a cohort file can tell."""
    parts: list[object] = [dict(cohort.manifest), cohort.names(), cohort.sealed("ledger")]
    for entry in cohort.shards:
        index, read = cohort.shard(entry.name)
        parts.append((index, [read(n) for n in range(entry.chunks)]))
    parts.append([cohort.find(digest("Observation", f"p{p}-o{n}")) for p in (1, 2) for n in range(150)])
    return tuple(parts)


def test_a_flipped_byte_is_noticed_or_harmless(path: Path) -> None:
    """Wherever a byte is flipped, either reading fails with CohortError or all that is read is right."""
    data = path.read_bytes()
    with open_cohort(path) as cohort:
        whole = everything(cohort)
    chance = random.Random(3)
    noticed = 0
    for _ in range(120):
        place = chance.randrange(len(data))
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :])
        try:
            with open_cohort(path) as cohort:
                assert everything(cohort) == whole
        except CohortError:
            noticed += 1
    assert noticed > 30


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE chunk SET data = zeroblob(100) WHERE key = 1048577", "chunk 1 of p1 does not fit"),
        ("DELETE FROM chunk WHERE key = 1048577", "chunk 1 of p1 is missing"),
        ("UPDATE shard SET data = zeroblob(100) WHERE number = 1", "index of p1 does not fit"),
        ("UPDATE shard SET hashes = zeroblob(100) WHERE number = 1", "hashes of p1 does not fit"),
        ("UPDATE part SET data = x'00' WHERE name = 'directory'", "directory does not fit"),
        ("UPDATE part SET data = x'00' WHERE name = 'sealed/ledger'", "sealed part ledger does not fit"),
    ],
)
def test_verify_names_the_damaged_part(path: Path, sql: str, words: str) -> None:
    """A part that is not what its hash says is named, and a marker asks for a new build."""
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()
    with open_cohort(path) as cohort, pytest.raises(CohortError, match=words):
        cohort.verify()
    assert damage_marker(path).exists()


def test_the_manifest_cannot_be_changed(path: Path) -> None:
    """The root hash covers the manifest."""
    connection = sqlite3.connect(path)
    table = connection.execute("SELECT data FROM meta WHERE name = 'table'").fetchone()[0]
    connection.execute("UPDATE meta SET data = ? WHERE name = 'table'", (table.replace(b"test", b"best"),))
    connection.commit()
    connection.close()
    with pytest.raises(CohortError, match="root hash"):
        open_cohort(path)


def test_a_chunk_that_is_not_there_is_an_error(path: Path) -> None:
    """A wrong chunk number in an index is damage, not an IndexError."""
    with open_cohort(path) as cohort:
        _, read = cohort.shard("p1")
        with pytest.raises(CohortError, match="no chunk 99"):
            read(99)


def test_threads_share_a_file(path: Path) -> None:
    """Several threads read all parts at once and see the same."""
    with open_cohort(path) as cohort:
        whole = everything(cohort)
        seen: list[tuple[object, ...]] = []
        threads = [threading.Thread(target=lambda: seen.append(everything(cohort))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [whole] * 6


def test_a_forked_child_goes_on_reading(path: Path) -> None:
    """A file opened before a fork is read by parent and child."""
    with open_cohort(path) as cohort:
        whole = everything(cohort)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if everything(cohort) == whole else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert everything(cohort) == whole


def test_a_closed_file_says_so(path: Path) -> None:
    """After close, which may be repeated, reading is an error and no crash."""
    cohort = open_cohort(path)
    cohort.close()
    cohort.close()
    with pytest.raises(CohortError, match="was closed"):
        cohort.shard("p1")


_LIMITED = """
import resource, sys
from pathlib import Path
from chartgym.errors import CohortError
from chartgym.fhir_server.embedded.container_write import write_cohort
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_cohort(Path(sys.argv[1]), {}, [], {"big": b"x" * 1_000_000})
except CohortError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [1000, 200_000])
def test_a_full_disk_leaves_nothing_and_names_the_fix(tmp_path: Path, limit: int) -> None:
    """Where no more can be written, the error names the fix, and neither file nor rest is left."""
    command = [sys.executable, "-c", _LIMITED, str(tmp_path / "x.cohort"), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cannot write the cohort file" in done.stdout
    assert "make room" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_when_a_new_one_fails(path: Path) -> None:
    """A build that breaks half-way leaves the file that was there."""

    def broken() -> Iterator[PackedShard]:
        yield next(shards())
        raise RuntimeError("generator crashed")

    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="generator crashed"):
        write_cohort(path, MANIFEST, broken())
    assert path.read_bytes() == before
    assert temporary_files(path) == []
