"""Where built cohorts live, and how one is had: found whole, or built once by whoever comes first."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Generator
from pathlib import Path

from chartgym.errors import CohortError

from .embedded.container import CohortFile, open_cohort
from .embedded.container_format import damage_marker
from .embedded.container_write import temporary_files

__all__ = ["build_lock", "cache_dir", "cohort_path", "ensure"]


def cache_dir() -> Path:
    """The folder of built cohorts: `$CHARTGYM_CACHE`, else `chartgym` in the user's cache folder."""
    own = os.environ.get("CHARTGYM_CACHE")
    if own:
        return Path(own).expanduser()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return root / "chartgym"


def cohort_path(name: str, seed: int, version: str, folder: Path | None = None) -> Path:
    """Where the cohort of a seed lies: the name, and a hash of seed and generator version.

    Args:
        name: kind of cohort, such as `core`; letters, digits and '-'.
        seed: the cohort's seed.
        version: the generator's version; another version is another file.
        folder: instead of `cache_dir()`.
    """
    key = hashlib.sha256(f"{name}\n{seed}\n{version}".encode()).hexdigest()[:16]
    return (folder or cache_dir()) / f"{name}-{seed}-{key}.cohort"


@contextlib.contextmanager
def build_lock(path: Path, notify: Callable[[str], None] | None = None) -> Generator[bool]:
    """Holds the lock for building `path`; yields whether another process had to be waited for.

    The operating system frees the lock when its holder dies, however it dies.

    Raises:
        CohortError: the folder cannot be made or written.
    """
    place = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        fix = "set CHARTGYM_CACHE to a folder that may be written"
        raise CohortError(f"cannot use the cache folder {path.parent}: {error.strerror}; {fix}") from error
    waited = False
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
            if notify is not None:
                notify(f"another process is building {path.name}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield waited
    finally:
        os.close(handle)


def ensure(
    path: Path, build: Callable[[Path], object], notify: Callable[[str], None] | None = None
) -> CohortFile:
    """Opens the cohort at `path`; builds it first where it is missing, damaged or of another format.

    Args:
        path: from `cohort_path`.
        build: called with `path`, at most once, under the lock; it calls `write_cohort`.
        notify: told in words when something is waited for, cleared away or built anew.

    Raises:
        CohortError: it cannot be built here, or what was built is not whole.
    """
    found = _whole(path)
    if found is not None:
        return found
    with build_lock(path, notify):
        found = _whole(path)
        if found is not None:
            return found
        tell = notify or _silent
        for leftover in temporary_files(path):  # nobody writes them: the lock is ours
            tell(f"removing {leftover.name}, left by a build that was stopped")
            leftover.unlink(missing_ok=True)
        if path.exists():
            tell(f"{path.name} is damaged or of another version; building it anew")
            path.unlink()
        build(path)
        damage_marker(path).unlink(missing_ok=True)
        return open_cohort(path)


def _silent(_: str) -> None:
    """Tells nobody."""


def _whole(path: Path) -> CohortFile | None:
    """The opened file, None where there is none that may be used."""
    if not path.exists():
        return None
    try:
        opened = open_cohort(path)
    except CohortError:
        return None
    try:
        marked = damage_marker(path).read_text(encoding="ascii")
    except FileNotFoundError:
        return opened
    # A marker may be about an older file that another process still had open.
    if marked not in ("", opened.root):
        damage_marker(path).unlink(missing_ok=True)
        return opened
    opened.close()
    return None
