"""One tree of errors; the branch says who is to blame.

::

    ChartGymError
    ├── AgentError        the agent: told to it as an observation, the episode goes on
    ├── ServerError       the FHIR server: it broke or cannot be reached (never the agent's failure)
    │   └── CohortError       the cohort file is damaged, locked or half built
    ├── TaskError         the author of a task or category: bad folder, no gold, grader crash
    ├── ProviderError     the model's provider: rate limit, outage, expired key
    └── UsageError        the user of the library or command line: unknown name, bad option
        └── UnknownNameError  carries the nearest names

A refusal that FHIR defines (404, 422, ...) is not an exception: it is a `Response` with an OperationOutcome.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ChartGymError(Exception):
    """Base of every error that ChartGym raises on purpose."""


class AgentError(ChartGymError):
    """The agent's mistake: malformed action, unknown tool, bad arguments. Told to the agent."""


class ServerError(ChartGymError):
    """The FHIR server broke, cannot be reached or gave an answer that is not FHIR."""


class CohortError(ServerError):
    """The cohort file is damaged, half built, or locked by another build for too long."""


class TaskError(ChartGymError):
    """The task author's mistake: invalid folder, missing gold, a checker that crashes."""


class ProviderError(ChartGymError):
    """The model provider's fault: never scored as the agent's failure."""


class UsageError(ChartGymError):
    """The caller's mistake: an unknown name, a bad option, files that do not fit together."""


class UnknownNameError(UsageError):
    """A name that is not known; the message offers the nearest ones."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        self.nearest: tuple[str, ...] = tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.4))
        hint = (
            f"did you mean {' or '.join(self.nearest)}?"
            if self.nearest
            else f"known: {', '.join(names[:12])}{' ...' if len(names) > 12 else ''}"
        )
        super().__init__(f"unknown {what} {name!r}: {hint}")
