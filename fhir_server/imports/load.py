"""Imports other people's charts: Synthea's Bundles, MIMIC-IV on FHIR, Bulk Data exports, any R4 JSON.

Three steps, each with bounded memory: everything is read, checked and written into a spool; what has one id twice is
settled and each resource dealt to its patient; then charts are packed one by one into a cohort file.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chartgym.errors import UsageError

from ..embedded.container_write import temporary_files, write_cohort
from ..embedded.server import DEFAULT_NOW
from ..embedded.shard import PackedShard
from .checking import RefusedError, check
from .dealing import deal, drop_duplicates
from .documents import read_text
from .items import Fault, Item, Limits
from .packing import Packed, shards
from .report import LISTED, ImportReport
from .resolving import Resolver
from .sources import CHUNK_BYTES, Meter, Source, SourceError, find_sources, streams
from .spool import Spool, Where

IMPORTER = "1"
"""Raised when the same input gives another cohort."""
_HOUR = 3_600
_SUFFIX = ".cohort"

Progress = Callable[[str, int, int], None]
"""Told what is being done (`reading` in bytes, `packing` in resources), how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The arguments of `import_cohort` that shape what is written."""

    name: str
    now: datetime | None
    zone: ZoneInfo
    strict: bool
    lenient: bool
    bases: tuple[str, ...]
    limits: Limits


@dataclass(slots=True)
class _Reading:
    """What is known while and after everything is read."""

    sources: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    latest: int | None = None
    latest_of: str = ""
    bundles: int = 0
    files: int = 0


def import_cohort(
    paths: Sequence[Path | str],
    out: Path,
    *,
    name: str = "",
    now: datetime | None = None,
    zone: str = "UTC",
    strict: bool = False,
    lenient: bool = False,
    force: bool = False,
    bases: Sequence[str] = (),
    report: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    notify: Callable[[str], None] | None = None,
) -> ImportReport:
    """Imports files and folders into a cohort file. Nothing is left half written.

    Args:
        paths: files, folders (entered), or `-` for standard input.
        out: the cohort file to write.
        name: what the cohort is called; by default what `out` is called.
        now: the cohort's clock, which stands still; by default the latest clinical time found, up to the full hour.
        zone: the IANA name of the time zone that the cohort's clock is told in.
        strict: stop at the first thing that would be refused, and write nothing.
        lenient: load also what R4 forbids, as long as it has a type and an id.
        force: replace `out`.
        bases: URLs of servers whose resources these are, so that references by absolute URL are understood.
        report: a file for all refusals, one JSON object a line; written also when the import fails for them.
        limits: what may be held in memory.
        progress: told how far it is.
        notify: told in words what is cleared away.

    Raises:
        UsageError: a path leads nowhere, `out` exists, an unknown zone; with `strict` the first refusal; or there is
            nothing that could be loaded.
        CohortError: the file cannot be written, above all for want of room.
    """
    _check_out(out, force=force)
    called = name or out.name.removesuffix(_SUFFIX)
    wishes = _Wishes(called, now, _zone(zone), strict, lenient, tuple(bases), limits or Limits())
    _check_wishes(wishes)
    found, notes = find_sources(paths)
    _check_apart(found, [out, *([report] if report else [])])
    _clear_leftovers(out, notify or (lambda _: None))
    with Spool(out) as spool:
        work = _Import(spool, wishes, progress or (lambda _what, _done, _all: None))
        try:
            work.read(found)
            return work.write(out, tuple(notes))
        finally:
            if report is not None:
                _write_report(report, spool)


def _check_out(out: Path, *, force: bool) -> None:
    if out.is_dir():
        raise UsageError(f"{out} is a folder; give the name of a file")
    if out.exists() and not force:
        raise UsageError(f"{out} exists already; give another name or place, or force it to be replaced")


def _check_apart(sources: Sequence[Source], written: Sequence[Path]) -> None:
    """Nothing that is read is written over."""
    read = {source.path.resolve() for source in sources if source.path is not None}
    for place in written:
        if place.resolve() in read:
            raise UsageError(f"{place} is among the files to be read; write to another place")


def _check_wishes(wishes: _Wishes) -> None:
    if not re.fullmatch(r"[\w.\- ]{1,80}", wishes.name):
        allowed = "1 to 80 letters, digits, '-', '_', '.' or spaces"
        raise UsageError(f"a cohort cannot be called {wishes.name!r}: {allowed}")
    if wishes.now is not None and wishes.now.tzinfo is None:
        raise UsageError(f"now must have a zone, such as {wishes.now.isoformat()}+00:00")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"{name!r} is no time zone; give an IANA name such as America/New_York") from None


def _clear_leftovers(out: Path, notify: Callable[[str], None]) -> None:
    """Removes what imports to this place have left that were killed."""
    for leftover in temporary_files(out):
        found = re.search(r"\.(\d+)-[0-9a-f]{8}(?:\.spool)?\.tmp$", leftover.name)
        if found is None:
            continue
        try:
            os.kill(int(found[1]), 0)
        except ProcessLookupError:
            notify(f"removing {leftover.name}, left by an import that was stopped")
            leftover.unlink(missing_ok=True)
        except (OSError, OverflowError):
            continue


class _Import:
    """One import."""

    def __init__(self, spool: Spool, wishes: _Wishes, progress: Progress) -> None:
        self._spool = spool
        self._wishes = wishes
        self._progress = progress
        self._reading = _Reading()

    def read(self, sources: Sequence[Source]) -> None:
        """Reads and checks everything."""
        total = sum(source.size for source in sources)
        done = 0

        def moved(size: int) -> None:
            nonlocal done
            done += size
            self._progress("reading", done, total)

        self._progress("reading", 0, total)
        for source in sources:
            meter = Meter(moved)
            number = self._new_file(source.name)
            try:
                for name, chunks in streams(source, meter):
                    inner = number if name == source.name else self._new_file(name)
                    self._read_stream(name, inner, chunks)
            except SourceError as error:
                self._refuse(Where(number), error.reason, str(error))
            told = {"name": source.kept, "bytes": meter.size, "sha256": meter.sha256}
            self._reading.sources.append(told)
        self._spool.flush()

    def _new_file(self, name: str) -> int:
        self._reading.files += 1
        self._spool.add_file(self._reading.files, name)
        return self._reading.files

    def _read_stream(self, name: str, file: int, chunks: Iterator[bytes]) -> None:
        last = 0
        before = self._reading.bundles
        lower = name.lower().removesuffix(".gz")
        damage: list[tuple[str, str]] = []
        whole = _up_to_damage(chunks, damage)
        for found in read_text(whole, self._wishes.limits, lines=lower.endswith((".ndjson", ".jsonl"))):
            last = found.line
            if isinstance(found, Fault):
                where = Where(file, found.line, found.entry)
                self._refuse(where, found.reason, found.message)
            else:
                self._take(found, file, before)
        for reason, message in damage:
            self._refuse(Where(file, last), reason, message)

    def _take(self, item: Item, file: int, before: int) -> None:
        where = Where(file, item.line, item.entry)
        try:
            found = check(item, lenient=self._wishes.lenient)
        except RefusedError as error:
            self._refuse(where, error.reason, str(error), error.kind, error.name)
            return
        if found is None:
            return
        bundle = before + item.bundle if item.bundle else 0
        self._reading.bundles = max(self._reading.bundles, bundle)
        self._spool.add(found, where, bundle, item.url)
        last = found.times.last
        if last is not None and (self._reading.latest is None or last > self._reading.latest):
            self._reading.latest, self._reading.latest_of = last, f"{found.kind}/{found.id}"

    def _refuse(self, where: Where, reason: str, message: str, kind: str = "", own: str = "") -> None:
        self._spool.refuse(where, reason, message, kind, own)
        self._stop_if_strict()

    def _stop_if_strict(self) -> None:
        if self._wishes.strict:
            first = next(self._spool.refusals())
            raise UsageError(f"refused, and so nothing is imported (--strict): {first}")

    def write(self, out: Path, notes: tuple[str, ...]) -> ImportReport:
        """Deals and packs what was read, and writes the file."""
        spool = self._spool
        if not spool.count:
            raise UsageError(f"nothing could be loaded{self._first_refusal()}")
        spool.index()
        self._progress("sorting", 0, spool.count)
        repeated = drop_duplicates(spool)
        if spool.refused:
            self._stop_if_strict()
        resolver = Resolver(spool, self._wishes.bases)
        deal(spool, resolver)
        clock, origin = self._clock()
        packed = Packed()
        people = next(spool.rows("SELECT COUNT(*) FROM resource WHERE kind = 'Patient'"))[0]
        manifest: dict[str, Any] = {
            "kind": "import",
            "name": self._wishes.name,
            "importer": f"{IMPORTER} (chartgym {version('chartgym')})",
            "now": clock.isoformat(timespec="milliseconds"),
            "now_from": origin,
            "zone": self._wishes.zone.key,
            "people": people,
            "lenient": self._wishes.lenient,
            "sources": self._reading.sources,
        }
        stored = write_cohort(out, manifest, self._filling(resolver, packed, manifest, repeated))
        return self._report(out, stored, packed, repeated, notes)

    def _first_refusal(self) -> str:
        first = next(self._spool.refusals(), None)
        if first is None:
            return ": the files are empty"
        return f": {self._spool.refused} refused, the first being {first}"

    def _clock(self) -> tuple[datetime, str]:
        """The cohort's clock, and where it is from."""
        area = self._wishes.zone
        if self._wishes.now is not None:
            return self._wishes.now.astimezone(area), "given"
        latest = self._reading.latest
        if latest is None:
            return datetime.fromisoformat(DEFAULT_NOW).astimezone(area), "default: no clinical time was found"
        hours = math.ceil(latest / 1000 / _HOUR)
        moment = datetime.fromtimestamp(hours * _HOUR, UTC).astimezone(area)
        return moment, f"the latest clinical time, of {self._reading.latest_of}, up to the full hour"

    def _filling(
        self, resolver: Resolver, packed: Packed, manifest: dict[str, Any], repeated: int
    ) -> Iterator[PackedShard]:
        """The shards; when all are taken, the manifest is complete."""
        total = self._spool.count

        def progress(done: int) -> None:
            self._progress("packing", done, total)

        yield from shards(
            self._spool,
            resolver,
            packed,
            str(manifest["now"]),
            lenient=self._wishes.lenient,
            refused=self._stop_if_strict,
            progress=progress,
        )
        if not packed.types:
            raise UsageError(f"nothing could be loaded{self._first_refusal()}")
        self._progress("packing", total, total)
        manifest |= {
            "charts": packed.charts,
            "refused": self._spool.refused,
            "repeated": repeated,
            "dangling": packed.dangling,
        }

    def _report(
        self, out: Path, manifest: Mapping[str, Any], packed: Packed, repeated: int, notes: tuple[str, ...]
    ) -> ImportReport:
        spool = self._spool
        reasons = dict(spool.rows("SELECT reason, COUNT(*) FROM refusal GROUP BY reason ORDER BY 2 DESC, 1"))
        return ImportReport(
            out,
            manifest,
            dict(sorted(packed.types.items(), key=lambda item: (-item[1], item[0]))),
            refused=spool.refused,
            reasons=reasons,
            refusals=tuple(islice(spool.refusals(), LISTED)),
            repeated=repeated,
            dangling=packed.dangling,
            missing=packed.missing(),
            elsewhere=packed.elsewhere,
            notes=notes,
        )


def _up_to_damage(chunks: Iterator[bytes], damage: list[tuple[str, str]]) -> Iterator[bytes]:
    """The chunks up to where the rest cannot be read, which is noted: what came before must not be lost for it.

    A line that the damage cuts in two is not told besides, unless it is a long one.
    """
    held = b""
    try:
        for chunk in chunks:
            lines, end, rest = (held + chunk).rpartition(b"\n")
            held = rest if len(rest) < CHUNK_BYTES else b""
            yield lines + end + (b"" if held else rest)
        yield held
    except SourceError as error:
        damage.append((error.reason, str(error)))
    except OSError as error:
        damage.append(("unreadable", f"cannot be read further: {error.strerror or error}"))


def _write_report(place: Path, spool: Spool) -> None:
    """All refusals, one a line; the file is there whole or not at all."""
    temporary = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            for refusal in spool.refusals():
                file.write(refusal.line())
        temporary.replace(place)
    except OSError as error:
        raise UsageError(f"cannot write the report {place}: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
