"""Packs charts in parallel processes and hands them back in order, with what is kept beside them.

Each worker is this module run by the same Python, so that no program needs a `__main__` guard and nothing is forked
while threads run. A worker writes its shards, framed, to its standard output.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

import msgspec

from chartgym.errors import CohortError

from ..embedded.packing import pack_shard
from ..embedded.shard import PackedShard
from .charts import write_record
from .dealing import build_plan
from .keeping import pack_facts
from .plan import Plan

_AHEAD = 3
"""Shards that a worker may be ahead of the writer."""
_IN_PROCESS = 6
"""So few charts are not worth a process."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One person as a cohort file stores them.

    Attributes:
        shard: the chart without the Patient, who is in the hospital's; None where there is nothing else.
        tally: how much of each kind of mess the chart holds.
        facts: the person's facts, packed; empty where there are none.
    """

    shard: PackedShard | None
    tally: Mapping[str, int]
    facts: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Packed)


def default_jobs() -> int:
    """As many as there are cores to use, at most eight."""
    return max(
        1, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    )


def pack_person(plan: Plan, index: int) -> Packed:
    """One person's chart, tally and facts."""
    person = plan.people[index]
    record = write_record(plan, person)
    resources = record.resources[1:]
    shard = pack_shard(person.id, resources) if resources else None
    return Packed(shard, record.tally, pack_facts(record.facts))


def packed(plan: Plan, indexes: Sequence[int], jobs: int) -> Iterator[Packed]:
    """Some people, in the order asked for, whichever process is ready first."""
    if jobs <= 1 or len(indexes) <= _IN_PROCESS:
        yield from (pack_person(plan, index) for index in indexes)
        return
    shares = _shares(plan, indexes, jobs)
    workers = [_Worker(plan.seed, share) for share in shares]
    mine = {index: worker for worker, share in zip(workers, shares, strict=True) for index in share}
    try:
        for index in indexes:
            yield mine[index].take()
    finally:
        for worker in workers:
            worker.stop()


def _shares(plan: Plan, indexes: Sequence[int], jobs: int) -> list[list[int]]:
    """Deals the charts so that each worker has about as many hospital days, each share in the order asked for."""
    loads = [0.0] * jobs
    owner: dict[int, int] = {}
    heavy = sorted(indexes, key=lambda i: -float(plan.people[i].details.get("days", 0)))
    for index in heavy:
        worker = loads.index(min(loads))
        owner[index] = worker
        loads[worker] += 8 + float(plan.people[index].details.get("days", 0))
    return [[i for i in indexes if owner[i] == worker] for worker in range(jobs)]


class _Worker:
    """One process, and the thread that reads what it writes."""

    def __init__(self, seed: int, indexes: Sequence[int]) -> None:
        command = [sys.executable, "-P", "-m", __name__, str(seed), ",".join(map(str, indexes))]
        source = str(Path(sys.modules["chartgym"].__path__[0]).parent)
        path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module, numbers as arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._ready: Queue[Packed | EOFError] = Queue(_AHEAD)
        self._stopping = False
        self._reader = Thread(target=self._read, args=(len(indexes),), daemon=True)
        self._reader.start()

    def _read(self, count: int) -> None:
        stream = self._process.stdout
        assert stream is not None
        for _ in range(count):
            frame = _read_frame(stream)
            if self._stopping:
                return
            if frame is None:
                self._ready.put(EOFError())
                return
            self._ready.put(_decoder.decode(frame))

    def take(self) -> Packed:
        """The next person.

        Raises:
            CohortError: the process died; says what it wrote to standard error.
        """
        got = self._ready.get()
        if isinstance(got, EOFError):
            stream = self._process.stderr
            words = stream.read().decode(errors="replace").strip() if stream else ""
            last = words.splitlines()[-1] if words else "killed, perhaps for want of memory"
            raise CohortError(f"a process that builds the cohort died: {last}")
        return got

    def stop(self) -> None:
        """Ends the process, whether it is done or not."""
        self._stopping = True
        self._process.kill()
        self._process.wait()
        while self._reader.is_alive():  # it may be waiting for room in the queue
            while not self._ready.empty():
                self._ready.get_nowait()
            self._reader.join(0.02)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _read_frame(stream: IO[bytes]) -> bytes | None:
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "little")
    frame = stream.read(size)
    return frame if len(frame) == size else None


def _main(arguments: Sequence[str]) -> None:
    gc.disable()  # what a chart is made of has no cycles
    plan = build_plan(int(arguments[0]))
    out = sys.stdout.buffer
    for index in arguments[1].split(","):
        frame = _encoder.encode(pack_person(plan, int(index)))
        out.write(len(frame).to_bytes(8, "little"))
        out.write(frame)
        out.flush()


if __name__ == "__main__":
    _main(sys.argv[1:])
