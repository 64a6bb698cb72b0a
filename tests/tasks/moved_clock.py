"""Run as a script: plays every core task with the machine's clock moved to a year; prints verdicts as JSON.

    TZ=Asia/Kolkata python moved_clock.py 2035

The year 0 leaves the clock alone. Every way for Python code to ask for the time is replaced before anything of
ChartGym is imported.
"""

# ruff: noqa: DTZ005, ICN001, PLC0415, T201 what is moved must be moved before the imports; the script asks and prints

from __future__ import annotations

import datetime as datetime_module
import json
import os
import sys
import time
from typing import Any

import msgspec


class _Meta(type):
    """The moved class passes for the real one."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)


_REAL = datetime_module.datetime


def move(year: int) -> None:
    """Replaces `time.time` and its kin, `datetime.now`, `utcnow` and `today`, and `date.today`."""
    start = _REAL(year, 6, 15, 3, 4, 5, tzinfo=datetime_module.UTC).timestamp()
    real_localtime, real_gmtime = time.localtime, time.gmtime
    time.time = lambda: start
    time.time_ns = lambda: int(start * 1e9)
    time.localtime = lambda seconds=None: real_localtime(start if seconds is None else seconds)
    time.gmtime = lambda seconds=None: real_gmtime(start if seconds is None else seconds)

    class Moved(_REAL, metaclass=_Meta):
        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> datetime_module.datetime:
            return _REAL.fromtimestamp(start, tz)

        @classmethod
        def utcnow(cls) -> datetime_module.datetime:
            return _REAL.fromtimestamp(start, datetime_module.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> datetime_module.datetime:
            return _REAL.fromtimestamp(start)

    # msgspec knows the real class only; where it is to make a moved one, it asks here.
    convert = msgspec.convert

    def moved_too(found: object, kind: Any, **more: Any) -> Any:
        return convert(found, kind, dec_hook=lambda _kind, text: _REAL.fromisoformat(text), **more)

    msgspec.convert = moved_too
    datetime_module.datetime = Moved  # type: ignore[misc] - the whole point of the script


def main() -> None:
    """Plays and prints."""
    year = int(sys.argv[1])
    if year:
        move(year)
    from chartgym.agents.driver import play
    from chartgym.agents.scripted import NoopAgent, oracle
    from chartgym.env.episode import Episode
    from chartgym.fhir_server.cohort.build import open_cohort
    from chartgym.fhir_server.embedded.server import EmbeddedServer
    from chartgym.tasks.suite import load_suite

    verdicts: dict[str, str] = {}
    with open_cohort() as cohort:
        server = EmbeddedServer(cohort.file)
        for task in load_suite("core").tasks:
            for agent in (oracle(), NoopAgent()):
                with server.open_session(task.id, 0) as session:
                    episode = Episode(task, session)
                    play(agent, episode)
                    verdicts[f"{task.id} {type(agent).__name__}"] = repr(episode.verdict())
    found = {
        "year": datetime_module.datetime.now().year,
        "zone": os.environ["TZ"],
        "suite": load_suite("core").hash,
        "verdicts": verdicts,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
