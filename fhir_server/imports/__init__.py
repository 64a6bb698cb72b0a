"""Other people's charts: imported from FHIR R4 files into a cohort file, which the embedded server serves.

`import_cohort(paths, out)` writes the file and returns an `ImportReport`; `open_file(path)` opens it.
"""

from .items import Limits
from .load import import_cohort
from .opening import ImportedCohort, clock, import_path, open_file
from .report import ImportReport, Missing, Place, Refusal

__all__ = [
    "ImportReport",
    "ImportedCohort",
    "Limits",
    "Missing",
    "Place",
    "Refusal",
    "clock",
    "import_cohort",
    "import_path",
    "open_file",
]
