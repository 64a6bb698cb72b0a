"""Times the oracle over the core suite, log on disk, and says where the time goes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import orjson

from chartgym.fhir_server import Params, Response, Server, Session
from chartgym.runner import Settings, open_server, read_log, run
from chartgym.tasks.suite import load_suite

from .bench_server import private_megabytes


class Timed:
    """A server whose sessions count the seconds that requests take."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seconds = 0.0
        self.requests = 0

    def open_session(self, key: str = "", seed: int = 0) -> Session:
        """Opens a session that is timed."""
        session = self.server.open_session(key, seed)
        plain = session.request

        def request(
            method: str,
            path: str,
            params: Params = (),
            body: bytes | None = None,
            headers: Mapping[str, str] | None = None,
        ) -> Response:
            started = time.perf_counter()
            try:
                return plain(method, path, params, body, headers)
            finally:
                self.seconds += time.perf_counter() - started
                self.requests += 1

        return _Session(session, request)


class _Session:
    """A session with another `request`."""

    def __init__(self, session: Session, request: Callable[..., Response]) -> None:
        self._session = session
        self.request = request
        self.changes = session.changes
        self.close = session.close

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main() -> None:
    """Prints the figures with their bounds."""
    suite = load_suite("core")
    server, cohort_hash = open_server(suite)
    timed = Timed(server)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings("oracle", suite, suite.tasks, cohort_hash=cohort_hash)
        started = time.perf_counter()
        summary = run(settings, timed, Path(folder) / "run")
        seconds = time.perf_counter() - started
        memory = private_megabytes()
        records = list(read_log(Path(folder) / "run"))
    began = time.perf_counter()
    texts = [step["result"] for record in records for step in record["steps"] if step["ok"]]
    parsed = [orjson.loads(text) for text in texts if text.startswith(("{", "["))]
    _ = [orjson.dumps(value) for value in parsed]
    json_seconds = time.perf_counter() - began
    parts = dict(summary.seconds_by_part)
    total = summary.total
    print(
        f"{'oracle, core suite, one process':<34} {seconds:9.2f} s    under 10 ({total.passed} of {total.tasks} passed)"
    )
    for name, value in (
        (f"server ({timed.requests} requests)", timed.seconds),
        ("JSON (results parsed and written)", json_seconds),
        ("checker", parts["checker"]),
        ("log (written and fsynced)", parts["log"]),
        (
            "tools, agent and the rest",
            seconds - timed.seconds - json_seconds - parts["checker"] - parts["log"],
        ),
    ):
        print(f"  {name:<32} {value:9.2f} s    {100 * value / seconds:4.0f} %")
    print(f"{'private memory after it':<34} {memory:9.1f} MB   under 250")
