"""Opens a cohort file by its place, whoever made it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NoReturn

from chartgym.errors import UsageError

from ..cache import cache_dir
from ..cohort.build import Cohort
from ..embedded.container import open_cohort

_SUFFIX = ".cohort"


class ImportedCohort(Cohort):
    """A cohort of other people's charts, open for reading.

    Nobody planned it, so `seed`, `plan`, `ledger`, `mess` and `facts` raise UsageError. `manifest` holds name, now,
    zone, sources with their hashes, counts of what was refused, `cohort_hash`, `resources` and `types`.
    """

    def patients(self) -> list[str]:
        """Ids of all Patients, in order."""
        return [resource["id"] for resource in self.hospital() if resource["resourceType"] == "Patient"]

    def _lacks(self, what: str) -> NoReturn:
        raise UsageError(f"{self.path} holds imported charts, made from no seed: there is no {what}")

    @property
    def seed(self) -> int:
        """There is none."""
        self._lacks("seed")

    @property
    def plan(self) -> NoReturn:  # type: ignore[override]  # cached there, never there at all here
        """There is none."""
        self._lacks("plan")

    @property
    def ledger(self) -> NoReturn:  # type: ignore[override]
        """There is none."""
        self._lacks("ledger")

    @property
    def mess(self) -> NoReturn:  # type: ignore[override]
        """There is none."""
        self._lacks("tally of mess")

    def facts(self, person_id: str) -> NoReturn:
        """There are none."""
        self._lacks(f"table of facts of {person_id}")


def open_file(path: Path | str) -> Cohort:
    """Opens a cohort file.

    Args:
        path: the file, or the name of an imported cohort in the cache.

    Raises:
        UsageError: there is no such file or name.
        CohortError: it is no cohort file, or is damaged.
    """
    place = Path(path).expanduser()
    if not place.is_file():
        named = import_path(place.name) if len(place.parts) == 1 else place
        if not named.is_file():
            raise UsageError(
                f"there is no cohort file {place}" + (f", nor {named}" if named != place else "")
            )
        place = named
    file = open_cohort(place)
    return ImportedCohort(file) if file.manifest.get("kind") == "import" else Cohort(file)


def import_path(name: str) -> Path:
    """Where the cache keeps an imported cohort of a name."""
    return cache_dir() / "imports" / f"{name.removesuffix(_SUFFIX)}{_SUFFIX}"


def clock(cohort: Cohort) -> str:
    """The cohort's clock as an instant, as `EmbeddedServer(now=...)` wants it."""
    return datetime.fromisoformat(str(cohort.manifest["now"])).isoformat(timespec="milliseconds")
