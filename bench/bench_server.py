"""Times the embedded server and prints medians and 95th percentiles beside the figures to reach.

    python bench/bench_server.py [--cohort FILE] [--charts 12] [--resources 7000]

Without a cohort file a synthetic one is made in memory: charts of laboratory and vital Observations.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import orjson

from chartgym.fhir_server import Resource
from chartgym.fhir_server.embedded import (
    HOSPITAL,
    EmbeddedServer,
    EmbeddedSession,
    MemorySource,
    PackedShard,
    ShardSource,
    pack_shard,
)
from chartgym.fhir_server.embedded.container import open_cohort

_CODES = 60
_START = "2025-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:00-05:00"


def _patient(patient: str) -> Resource:
    mrn = {"system": "http://chartgym.example/identifier/mrn", "value": f"MRN{patient}"}
    meta = {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"}
    return {"resourceType": "Patient", "id": patient, "meta": meta, "identifier": [mrn], "gender": "female"}


def _observations(patient: str, count: int, rng: Random) -> Iterator[Resource]:
    for number in range(count):
        code = rng.randrange(_CODES)
        at = _START.format(
            month=1 + number * 12 // count,
            day=rng.randrange(1, 28),
            hour=rng.randrange(24),
            minute=rng.randrange(60),
        )
        yield {
            "resourceType": "Observation",
            "id": str(uuid.UUID(int=rng.getrandbits(128))),
            "meta": {"versionId": "1", "lastUpdated": at},
            "status": "final" if rng.random() < 0.97 else "corrected",
            "category": [
                {"coding": [{"system": "urn:category", "code": "laboratory" if code < 40 else "vital-signs"}]}
            ],
            "code": {
                "coding": [
                    {"system": "http://loinc.org", "code": f"{1000 + code}-1", "display": f"Test {code}"},
                    {"system": "urn:local", "code": f"T{code}"},
                ],
                "text": f"Test {code}",
            },
            "subject": {"reference": f"Patient/{patient}"},
            "encounter": {"reference": f"Encounter/{patient}-{number // 100}"},
            "effectiveDateTime": at,
            "issued": at,
            "performer": [{"reference": f"Practitioner/p{rng.randrange(20)}"}],
            "valueQuantity": {
                "value": round(rng.random() * 100, 1),
                "unit": "mg/dL",
                "system": "http://unitsofmeasure.org",
                "code": "mg/dL",
            },
            "referenceRange": [
                {"low": {"value": 3.5, "unit": "mg/dL"}, "high": {"value": 5.1, "unit": "mg/dL"}}
            ],
        }


def synthetic(charts: int, resources: int) -> MemorySource:
    """A cohort in memory; prints what packing costs."""
    patients = [f"pat{number:03d}" for number in range(charts)]
    shards: list[PackedShard] = [pack_shard(HOSPITAL, (_patient(p) for p in patients))]
    spent = 0.0
    for number, patient in enumerate(patients):
        chart = list(_observations(patient, resources, Random(number)))
        started = time.process_time()
        shards.append(pack_shard(patient, chart))
        spent += time.process_time() - started
    index = sum(len(s.index) for s in shards) / sum(s.count for s in shards)
    print(
        f"packing {spent / charts / resources * 1e6:31.1f} us a resource, index {index:.0f} bytes a resource"
    )
    return MemorySource(shards)


class Bench:
    """Questions about a cohort, drawn at random but the same each time."""

    def __init__(self, source: ShardSource) -> None:
        self.server = EmbeddedServer(source)
        self.rng = Random(7)
        self.patients = [
            i.name for i in source.shards if i.name != HOSPITAL and i.types.get("Observation", 0) > 200
        ]
        self.session = self.server.open_session("bench", 1)
        self.drawn = 0
        self.ids: dict[str, list[str]] = {}
        self.codes = {p: self._codes(p) for p in self.patients}
        self.patient = self.patients[0]

    def _codes(self, patient: str) -> list[str]:
        entries = self._search("Observation", ("patient", patient), ("_count", "300"))
        self.ids[patient] = [r["id"] for r in entries]
        return sorted({c["code"] for r in entries for c in r["code"].get("coding", ())[:1] if "code" in c})

    def _search(self, kind: str, *params: tuple[str, str]) -> list[Resource]:
        answer = orjson.loads(self.session.request("GET", kind, params).body)
        return [e["resource"] for e in answer["entry"]]

    def draw(self) -> tuple[str, str]:
        """A patient and a code in the chart. Twenty questions go to one patient, as an episode asks them."""
        if self.drawn % 20 == 0:
            self.patient = self.rng.choice(self.patients)
        self.drawn += 1
        return self.patient, self.rng.choice(self.codes[self.patient])

    def read(self) -> Callable[[], object]:
        """Read by id."""
        patient, _ = self.draw()
        path = f"Observation/{self.rng.choice(self.ids[patient])}"
        return lambda: self.session.request("GET", path)

    def latest(self) -> Callable[[], object]:
        """The latest value of a code since a date."""
        patient, code = self.draw()
        params = [
            ("patient", patient),
            ("code", code),
            ("date", "ge2025-02-01"),
            ("_sort", "-date"),
            ("_count", "1"),
        ]
        return lambda: self.session.request("GET", "Observation", params)

    def page(self) -> Callable[[], object]:
        """A page of 100."""
        patient, _ = self.draw()
        params = [("patient", patient), ("_sort", "-date"), ("_count", "100")]
        return lambda: self.session.request("GET", "Observation", params)

    def page_of_code(self) -> Callable[[], object]:
        """A page of up to 100 of one code."""
        patient, code = self.draw()
        params = [("patient", patient), ("code", code), ("_count", "100")]
        return lambda: self.session.request("GET", "Observation", params)

    def everyone(self) -> Callable[[], object]:
        """A count over all charts."""
        _, code = self.draw()
        return lambda: self.session.request("GET", "Observation", [("code", code), ("_summary", "count")])

    def by_identifier(self) -> Callable[[], object]:
        """A chain over the patient's identifier."""
        patient, code = self.draw()
        number = self._search("Patient", ("_id", patient))[0]["identifier"][0]["value"]
        params = [("patient.identifier", number), ("code", code), ("_count", "1")]
        return lambda: self.session.request("GET", "Observation", params)

    def open(self) -> Callable[[], object]:
        """A session opened and closed."""
        return lambda: self.server.open_session("bench", 2).close()

    def create(self) -> Callable[[], object]:
        """A create, validated and indexed."""
        session = self.server.open_session("bench", 3)
        body = self.vital()
        return lambda: session.request("POST", "Observation", (), body)

    def vital(self) -> bytes:
        """A vital sign to file."""
        patient = self.rng.choice(self.patients)
        return orjson.dumps({
            "resourceType": "Observation",
            "status": "final",
            "category": [{"coding": [{"system": "urn:category", "code": "vital-signs"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4", "display": "Heart rate"}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": "2026-03-10T10:15:00-04:00",
            "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        })  # fmt: skip


def microseconds(make: Callable[[], Callable[[], object]], rounds: int) -> tuple[float, float]:
    """Median and 95th percentile of one call; every round asks something else."""
    calls = [make() for _ in range(rounds)]
    for call in calls[: rounds // 5]:
        call()
    times: list[float] = []
    for call in calls:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1e6)
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.95)]


def line(name: str, measured: tuple[float, float], target: str) -> None:
    """Prints one figure."""
    print(f"{name:<34} p50 {measured[0]:9.1f} us   p95 {measured[1]:9.1f} us   {target}")


def parse_cost(bench: Bench, rounds: int) -> tuple[float, float]:
    """What joining the bodies of a page of 100 and parsing the answer costs by itself."""
    patient = bench.patients[0]
    answer = bench.session.request("GET", "Observation", [("patient", patient), ("_count", "100")]).body
    bodies = [orjson.dumps(e["resource"]) for e in orjson.loads(answer)["entry"]]
    return microseconds(lambda: lambda: orjson.loads(b"[" + b",".join(bodies) + b"]"), rounds)


def session_memory(bench: Bench) -> float:
    """Kilobytes of an open session with three writes."""
    sessions: list[EmbeddedSession] = []
    body = bench.vital()
    gc.collect()
    tracemalloc.start()
    for number in range(20):
        session = bench.server.open_session("memory", number)
        for _ in range(3):
            session.request("POST", "Observation", (), body)
        session.request(
            "GET", "Observation", [("patient", bench.patients[0]), ("_count", "1"), ("_sort", "-date")]
        )
        sessions.append(session)
    used = tracemalloc.get_traced_memory()[0] / len(sessions) / 1024
    tracemalloc.stop()
    return used


def private_megabytes() -> float:
    """Memory that is this process's own and not the kernel's cache of the cohort file (Linux)."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8")
    return sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Private_Dirty")) / 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--charts", type=int, default=12)
    parser.add_argument("--resources", type=int, default=7000)
    options = parser.parse_args(arguments)
    source = open_cohort(options.cohort) if options.cohort else synthetic(options.charts, options.resources)
    started = time.perf_counter()
    server = EmbeddedServer(source)
    name = next(i.name for i in source.shards if i.name != HOSPITAL)
    server.request("GET", "Observation", [("patient", name), ("_sort", "-date"), ("_count", "1")])
    first = (time.perf_counter() - started) * 1e3
    print(f"{'open, first search':<34} {first:9.1f} ms   under 50 ms (imports not counted)")
    bench = Bench(source)
    line("read by id", microseconds(bench.read, 3000), "under 20")
    line("latest: patient, code, date, sort", microseconds(bench.latest, 2000), "under 100")
    page = microseconds(bench.page, 600)
    line("page of 100", page, "under 500")
    line("page of one code, up to 100", microseconds(bench.page_of_code, 600), "")
    floor = parse_cost(bench, 300)
    line(
        "  its bodies joined and parsed", floor, f"the page is {page[0] / floor[0]:.1f} times that; at most 4"
    )
    line("code over all charts, count", microseconds(bench.everyone, 100), "")
    line("chain patient.identifier", microseconds(bench.by_identifier, 500), "")
    line("open and close a session", microseconds(bench.open, 3000), "under 100")
    line("create, validated, indexed", microseconds(bench.create, 1000), "under 140")
    print(f"{'session with three writes':<34} {session_memory(bench):9.1f} KB   under 50")
    if sys.platform == "linux":
        print(
            f"{'private memory now':<34} {private_megabytes():9.1f} MB   (with a synthetic cohort it holds all bodies)"
        )


if __name__ == "__main__":
    main()
