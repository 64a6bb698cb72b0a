"""From paths to streams of text: which files, and the bytes inside them, decompressed, bounded and hashed.

Nothing that is read here is run or followed: a link inside a folder leads nowhere, an archive inside an archive stays
shut.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from chartgym.errors import UsageError

CHUNK_BYTES = 1 << 20
STDIN = "-"
_SUFFIXES = (".json", ".ndjson", ".jsonl")
_BOMB_BYTES = 64 << 20
_BOMB_RATIO = 300
"""Charts compress 10 to 60 times (measured); deflate reaches 1,032 times on a run of one byte."""
_FOREIGN = {
    b"BZh": "is compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "is compressed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "is compressed with zstd; unpack it first",
    b"7z\xbc\xaf": "is a 7z archive; unpack it first",
    b"SQLite format 3": "is a database, not FHIR; a cohort file is opened with `chartgym cohort info --cohort`",
    b"\xff\xfe": "is UTF-16; save it as UTF-8, as FHIR asks",
    b"\xfe\xff": "is UTF-16; save it as UTF-8, as FHIR asks",
    b"%PDF": "is a PDF",
    b"PAR1": "is Parquet; export it as NDJSON",
}


class SourceError(Exception):
    """A file, or the rest of one, that cannot be read. Told as a refusal.

    Attributes:
        reason: a word, as in `Refusal.reason`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        path: where it is; None for standard input.
        name: as it is told: as given, or below the folder that was given.
        size: in bytes as it lies on the disk; 0 for standard input.
        kept: its name in the manifest, which does not tell where a user keeps files.
    """

    path: Path | None
    name: str
    size: int
    kept: str


class Meter:
    """Counts and hashes the bytes of a source as they are taken from the disk."""

    def __init__(self, moved: Callable[[int], None]) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._moved = moved

    def take(self, data: bytes) -> None:
        """Notes bytes that were read."""
        self.size += len(data)
        self._hash.update(data)
        self._moved(len(data))

    @property
    def sha256(self) -> str:
        """Of all bytes so far, hex."""
        return self._hash.hexdigest()


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Metered:
    """A file whose bytes go past a meter; what was looked at in advance comes first."""

    def __init__(self, file: IO[bytes], meter: Meter) -> None:
        self._file = file
        self._meter = meter
        self._ahead = b""

    def peek(self) -> bytes:
        """The first bytes."""
        while len(self._ahead) < 512:
            more = self._file.read(4096)
            if not more:
                break
            self._ahead += more
        return self._ahead

    def read(self, size: int = -1, /) -> bytes:
        if self._ahead:
            size = len(self._ahead) if size < 0 else size
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._file.read(size)
        self._meter.take(data)
        return data


def find_sources(paths: Sequence[Path | str]) -> tuple[list[Source], list[str]]:
    """The files that some paths name, each once, folders entered; and notes on what was passed over.

    Raises:
        UsageError: a path leads nowhere, or there is nothing to read.
    """
    found: dict[str, Source] = {}
    passed: Counter[str] = Counter()
    for given in paths:
        if str(given) == STDIN:
            found.setdefault(STDIN, Source(None, "standard input", 0, "standard input"))
            continue
        path = Path(given).expanduser()
        if not path.exists():
            raise UsageError(f"there is no file or folder {path}")
        if not (path.is_file() or path.is_dir() or path.is_fifo()):
            raise UsageError(f"{path} is a device or socket; give files, folders, or - for standard input")
        for file, name in _files(path, passed):
            found.setdefault(
                str(file.resolve()),
                Source(file, name, file.stat().st_size, file.name if file == path else name),
            )
    notes = [f"{count} files {kind} were passed over" for kind, count in sorted(passed.items())]
    if not found:
        kinds = ", ".join(_SUFFIXES)
        raise UsageError(
            f"no file to import in {', '.join(map(str, paths))}: {kinds}, plain or .gz, and .zip are read"
            + (f"; {'; '.join(notes)}" if notes else "")
        )
    return list(found.values()), notes


def _files(path: Path, passed: Counter[str]) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, path.as_posix()
        return

    def refuse(error: OSError) -> None:
        raise UsageError(f"the folder {error.filename} cannot be read: {error.strerror}")

    for folder, inner, names in os.walk(path, onerror=refuse):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            file = Path(folder, name)
            if name.startswith("."):
                continue
            if not file.is_file():
                passed["that are broken links or pipes"] += 1
            elif _is_readable_kind(name):
                yield file, (Path(path.resolve().name) / file.relative_to(path)).as_posix()
            else:
                passed["of kind " + ("".join(Path(name).suffixes[-2:]) or "without suffix")] += 1


def _is_readable_kind(name: str) -> bool:
    lower = name.lower()
    return lower.removesuffix(".gz").endswith(_SUFFIXES) or lower.endswith(".zip")


def streams(source: Source, meter: Meter) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The texts of a source, each with its name: one, or those of an archive. Each must be read before the next.

    Raises:
        SourceError: the source cannot be read, here or while a stream is read.
    """
    try:
        if source.path is None:
            yield source.name, _text(_Metered(sys.stdin.buffer, meter), meter)
            return
        with source.path.open("rb") as file:
            metered = _Metered(file, meter)
            if metered.peek().startswith(b"PK\x03\x04"):
                yield from _members(source)
            else:
                yield source.name, _text(metered, meter)
            while metered.read(CHUNK_BYTES):  # the hash is of the whole file, whatever was understood
                pass
    except OSError as error:
        raise SourceError("unreadable", f"cannot be read: {error.strerror or error}") from None


def _text(file: _Metered, meter: Meter) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is gzip, without a byte order mark."""
    head = file.peek()
    if head.startswith(b"\x1f\x8b"):
        yield from _plain(_gunzipped(file, meter))
    else:
        yield from _plain(_chunks(file))


def _chunks(file: _Readable) -> Iterator[bytes]:
    while data := file.read(CHUNK_BYTES):
        yield data


def _gunzipped(file: _Metered, meter: Meter) -> Iterator[bytes]:
    """What is in all members of a gzip file."""
    made = 0
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:  # type: ignore[arg-type]  # only read() is called
            while data := unpacked.read1(CHUNK_BYTES):  # what comes before a damage is not lost
                made += len(data)
                yield data
                if made > _BOMB_BYTES and made > _BOMB_RATIO * meter.size:
                    raise SourceError(
                        "gzip-bomb",
                        f"unpacks to more than {_BOMB_RATIO} times its size; what came after {made >> 20} MiB was "
                        "not read. If it is sound, unpack it first",
                    )
    except EOFError:
        raise SourceError("damaged-gzip", "the gzip data ends too early: the file was cut short") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError("damaged-gzip", f"the gzip data is damaged: {error}") from None


def _plain(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, once their beginning is text."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 512:
            break
    for magic, words in _FOREIGN.items():
        if head.startswith(magic):
            raise SourceError("not-fhir-json", words)
    if head[257:262] == b"ustar":
        raise SourceError("not-fhir-json", "is a tar archive; unpack it first")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in head[:4]:
        raise SourceError("not-fhir-json", "is UTF-16, UTF-32 or binary; save it as UTF-8, as FHIR asks")
    if head.lstrip()[:1] == b"<":
        raise SourceError("not-fhir-json", "is XML; only FHIR's JSON is read")
    if head:
        yield head
    yield from chunks


def _members(source: Source) -> Iterator[tuple[str, Iterator[bytes]]]:
    assert source.path is not None
    try:
        with zipfile.ZipFile(source.path) as archive:
            for info in archive.infolist():
                if info.is_dir() or not _is_readable_kind(info.filename) or "__MACOSX" in info.filename:
                    continue
                yield f"{source.name}!{info.filename}", _member(archive, info)
    except zipfile.BadZipFile as error:
        raise SourceError("damaged-zip", f"the zip archive is damaged: {error}") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise SourceError("not-fhir-json", "is encrypted; unpack it first")
    if info.file_size > _BOMB_BYTES and info.file_size > _BOMB_RATIO * info.compress_size:
        raise SourceError("zip-bomb", f"unpacks to more than {_BOMB_RATIO} times its size; unpack it first")
    try:
        with archive.open(info) as file:
            head = file.read(2)
            if head == b"\x1f\x8b" or info.filename.lower().endswith(".zip"):
                raise SourceError("not-fhir-json", "is compressed inside the archive; unpack it first")
            yield from _plain(_joined(head, _chunks(file)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError("damaged-zip", f"cannot be unpacked: {error}") from None


def _joined(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest
