"""The dev suite and its server, opened once."""

from __future__ import annotations

import pytest

from chartgym.fhir_server import Server
from chartgym.runner import Settings, open_server
from chartgym.tasks.base import Suite
from chartgym.tasks.suite import load_suite


@pytest.fixture(scope="session")
def dev() -> Suite:
    return load_suite("dev")


@pytest.fixture(scope="session")
def server(dev: Suite) -> Server:
    return open_server(dev)[0]


@pytest.fixture
def settings(dev: Suite) -> Settings:
    """The oracle over one task of each category."""
    first = {task.category: task for task in reversed(dev.tasks)}
    return Settings("oracle", dev, tuple(first.values()), cohort_hash=dev.cohort_hash)
