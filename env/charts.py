"""The cohort's server, opened once in a process and shared by every environment and episode."""

from __future__ import annotations

from functools import lru_cache

from ..fhir_server.backend import Server
from ..fhir_server.cohort.build import open_cohort
from ..fhir_server.embedded.server import EmbeddedServer


@lru_cache(maxsize=4)
def cohort_server(seed: int) -> tuple[Server, str]:
    """The embedded server over the cohort of a seed, and the hash of that cohort.

    Builds the cohort where it is missing, which takes about a minute.

    Raises:
        CohortError: it cannot be built or opened.
    """
    cohort = open_cohort(seed)
    return EmbeddedServer(cohort.file), cohort.hash
