"""The embedded server over HTTP, on loopback, so that any FHIR client can look around.

``/fhir`` is the cohort, read only. ``/e/{token}/fhir`` is a session of its own for each token: it is opened when first
asked for, its writes are seen under that token alone, and ``DELETE /e/{token}`` discards it.

It is a plain ASGI application. A request is answered in the event loop: nearly all take well under a millisecond, and
so no session is ever used by two requests at once.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping
from typing import Any, TypeAlias

import uvicorn

from chartgym.errors import UsageError

from ..backend import FHIR_JSON, Response
from .outcome import Problem, outcome
from .query import decode_pairs
from .server import EmbeddedServer
from .session import EmbeddedSession
from .validate_json import MAX_BYTES

__all__ = ["MAX_SESSIONS", "HttpFace", "running", "serve"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_SESSIONS = 256
"""Open sessions of tokens; each may hold writes, so none is dropped to make room for another."""
MAX_URL_BYTES = 16 * 1024
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PASSED = frozenset(
    {"content-type", "if-match", "if-none-match", "if-modified-since", "if-none-exist", "prefer", "accept"}
)
_TEXT = {"Content-Type": "text/plain;charset=UTF-8"}
_PAGE = """\
ChartGym: synthetic FHIR R4 charts. Nobody in them is real.

  {base}/fhir            the cohort, read only
  {base}/e/TOKEN/fhir    a session of your own: TOKEN is 1 to 64 of A-Z a-z 0-9 _ -

Writes under a token are seen there alone and are gone when the server stops, or with DELETE {base}/e/TOKEN

  curl '{base}/fhir/metadata'
  curl '{base}/fhir/Patient?_count=3'
  curl '{base}/e/mine/fhir/Observation?patient=ID&_sort=-date&_count=5'
"""


class HttpFace:
    """The ASGI application.

    Args:
        server: what is served.
        max_sessions: how many tokens may have a session at a time.
    """

    def __init__(self, server: EmbeddedServer, max_sessions: int = MAX_SESSIONS) -> None:
        self._server = server
        self._max_sessions = max_sessions
        self._reader = server.open_session("http", read_only=True)
        self._sessions: dict[str, EmbeddedSession] = {}

    def session(self, token: str) -> EmbeddedSession | None:
        """The session of a token, opened where there is none yet; None where no more may be opened."""
        known = self._sessions.get(token)
        if known is None and len(self._sessions) < self._max_sessions:
            known = self._sessions[token] = self._server.open_session(f"http/{token}")
        return known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        if scope["type"] != "http":
            return
        response = await self._answer(scope, receive)
        headers = [(k.lower().encode("ascii"), v.encode("latin-1")) for k, v in response.headers.items()]
        headers += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        body = b"" if scope["method"] == "HEAD" or response.status in (204, 304) else response.body
        if scope["method"] != "HEAD" and response.status not in (204, 304):
            headers.append((b"content-length", str(len(body)).encode("ascii")))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        headers: dict[str, str] = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        refused = _refused(scope, headers)
        if refused is not None:
            return refused
        host = headers["host"]
        path: str = scope["path"]
        if path == "/":
            return Response(200, _TEXT, _PAGE.format(base=f"http://{host}").encode())
        match path.split("/")[1:]:
            case ["fhir", *rest]:
                session, base = self._reader, f"http://{host}/fhir"
            case ["e", token] if _TOKEN.fullmatch(token) and scope["method"] == "DELETE":
                return self._discard(token)
            case ["e", token, "fhir", *rest] if _TOKEN.fullmatch(token):
                found = self.session(token)
                if found is None:
                    text = f"{self._max_sessions} sessions are open; discard one with DELETE /e/TOKEN"
                    return _problem(503, "throttled", text)
                session, base = found, f"http://{host}/e/{token}/fhir"
            case _:
                return Response(404, _TEXT, b"Nothing is here; see /\n")
        body = await _read_body(headers, receive)
        if isinstance(body, Response):
            return body
        session.rebase(base)
        query: bytes = scope["query_string"]
        passed = {k: v for k, v in headers.items() if k in _PASSED}
        pairs = decode_pairs(query.decode("utf-8", "replace"))
        return session.request(scope["method"], "/".join(rest), pairs, body or None, passed)

    def _discard(self, token: str) -> Response:
        session = self._sessions.pop(token, None)
        if session is None:
            return Response(404, _TEXT, b"There is no session of that token\n")
        session.close()
        return Response(204)


def _problem(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, {"Content-Type": FHIR_JSON, **(headers or {})}, outcome([Problem(code, text)]))


def _refused(scope: Scope, headers: Mapping[str, str]) -> Response | None:
    """The answer to a request that must not reach a session."""
    # A name that merely resolves to this machine may be a web page's trick (DNS rebinding), and an Origin other
    # than our own is a web page's request: neither is a FHIR client of this user.
    if not _is_loopback(_hostname(headers.get("host", ""))):
        text = "Only requests to localhost or 127.0.0.1 are answered"
        return _problem(421, "forbidden", text)
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{headers['host']}":
        return _problem(403, "forbidden", "Requests from web pages of other origins are not answered")
    if scope["method"] not in _METHODS:
        allow = {"Allow": ", ".join(_METHODS)}
        return _problem(405, "not-supported", f"{scope['method'][:20]} is not supported", allow)
    if len(scope["raw_path"] or b"") + len(scope["query_string"]) > MAX_URL_BYTES:
        return _problem(414, "too-long", f"The URL is longer than {MAX_URL_BYTES} bytes; use POST _search")
    if headers.get("content-encoding", "identity").lower() != "identity":
        return _problem(415, "not-supported", "Compressed bodies are not taken: send the body as it is")
    return None


async def _read_body(headers: Mapping[str, str], receive: Receive) -> bytes | Response:
    too_long = _problem(413, "too-long", f"At most {MAX_BYTES} bytes are taken", {"Connection": "close"})
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > MAX_BYTES:
        return too_long
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return _problem(400, "structure", "The request ended before its body")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BYTES:
            return too_long
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _hostname(host: str) -> str:
    """The host of a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    if not _is_loopback(host):
        raise UsageError(
            f"{host!r} is not a loopback address: the server has no log-in; use 127.0.0.1 or ::1"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said to be TCP, or asyncio leaves Nagle's delay on: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host} port {port}: {error.strerror}; choose another port"
        ) from error
    return listener


def _uvicorn(server: EmbeddedServer) -> uvicorn.Server:
    config = uvicorn.Config(
        HttpFace(server),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=64 * 1024,
    )
    return uvicorn.Server(config)


def serve(
    server: EmbeddedServer,
    host: str = "127.0.0.1",
    port: int = 8080,
    ready: Callable[[], None] | None = None,
) -> None:
    """Serves until interrupted (Ctrl-C).

    Args:
        server: what is served.
        host: a loopback address.
        port: to listen on.
        ready: told once the port is held, before the first request is answered.

    Raises:
        UsageError: the host is not loopback, or the port is taken.
    """
    with contextlib.closing(_listen(host, port)) as listener, contextlib.suppress(KeyboardInterrupt):
        if ready is not None:
            ready()
        _uvicorn(server).run(sockets=[listener])


@contextlib.contextmanager
def running(server: EmbeddedServer, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
    """Serves in a thread while the context lasts; yields the root URL.

    Args:
        server: what is served.
        host: a loopback address.
        port: 0 for any free one.

    Raises:
        UsageError: the host is not loopback, or the port is taken.
    """
    with contextlib.closing(_listen(host, port)) as listener:
        shown = f"[{host}]" if ":" in host else host
        url = f"http://{shown}:{listener.getsockname()[1]}"
        face = _uvicorn(server)
        thread = threading.Thread(target=lambda: face.run(sockets=[listener]), daemon=True)
        thread.start()
        try:
            yield url
        finally:
            face.should_exit = True
            thread.join()
