"""The names under which Gymnasium makes environments. A changed environment gets a new `-vN`.

No `max_episode_steps`: calls are counted inside, so that a truncated episode is graded too.
"""

from __future__ import annotations

from collections.abc import Mapping

import gymnasium

IDS: Mapping[str, str] = {"chartgym/Core-v0": "core", "chartgym/Dev-v0": "dev"}
"""Id to suite."""


def register_all() -> None:
    """Registers every id with Gymnasium; doing it again changes nothing. Loads neither charts nor tasks."""
    for name, suite in IDS.items():
        if name not in gymnasium.registry:
            gymnasium.register(  # pyright: ignore[reportUnknownMemberType] - its kwargs are a bare dict
                name,
                entry_point="chartgym.env.core:ChartEnv",
                nondeterministic=False,
                kwargs={"suite": suite},
            )
