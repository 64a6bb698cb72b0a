"""Opens a cohort file by its place, whoever made it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NoReturn

from chartgym.errors import UsageError

from ..cache import cache_dir
from ..cohort.build import Cohort
from ..embedded.container import CohortFile, open_cohort

_SUFFIX = ".cohort"


class ImportedCohort(Cohort):
    """A cohort of other people's charts, open for reading; nothing in it was planned, so it has no seed, plan or ledger.

    `manifest` holds name, now, zone, sources with their hashes, counts of what was refused, `cohort_hash`,
    `resources` and `types`.
    """

    def _not_made(self, what: str) -> NoReturn:
        raise UsageError(
            f"{self.path} holds imported charts: they were not made from a seed and have no {what}"
        )

    @property
    def seed(self) -> int:
        """There is none."""
        self._not_made("seed")

    @property
    def plan(self) -> NoReturn:  # type: ignore[override]  # read only here, cached there
        """There is none."""
        self._not_made("plan")

    @property
    def ledger(self) -> NoReturn:  # type: ignore[override]
        """There is none."""
        self._not_made("ledger")


def open_file(path: Path | str) -> Cohort:
    """Opens a cohort file.

    Args:
        path: the file, or the name of an imported cohort in the cache.

    Raises:
        UsageError: there is no such file or name.
        CohortError: it is no cohort file, or is damaged.
    """
    file = open_container(Path(path))
    return ImportedCohort(file) if file.manifest.get("kind") == "import" else Cohort(file)


def open_container(path: Path) -> CohortFile:
    """The file under a path, or under the name of an imported cohort in the cache."""
    place = path.expanduser()
    if not place.is_file():
        named = import_path(path.name) if len(path.parts) == 1 else place
        if not named.is_file():
            raise UsageError(
                f"there is no cohort file {place}" + (f", nor {named}" if named != place else "")
            )
        place = named
    return open_cohort(place)


def import_path(name: str) -> Path:
    """Where the cache keeps an imported cohort of a name."""
    return cache_dir() / "imports" / f"{name.removesuffix(_SUFFIX)}{_SUFFIX}"


def clock(cohort: Cohort) -> str:
    """The cohort's clock as an instant, as `EmbeddedServer(now=...)` wants it."""
    return datetime.fromisoformat(str(cohort.manifest["now"])).isoformat(timespec="milliseconds")
