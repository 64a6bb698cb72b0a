"""The embedded server answers recorded requests as HAPI JPA 8.8.0 did, but for the listed differences.

The recording is one story: later exchanges see earlier writes. It is replayed once, in order; each exchange is then a
test of its own. What differs is sorted into aspects (status, total, ids, ...). `differences.json` says which aspects of
which exchanges may differ, and why; an aspect that is listed and does not differ fails as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from chartgym.fhir_server import Response
from chartgym.fhir_server.embedded.query import decode_pairs
from chartgym.fhir_server.embedded.server import EmbeddedServer
from chartgym.fhir_server.embedded.session import EmbeddedSession

Json: TypeAlias = dict[str, Any]

HERE = Path(__file__).parent
BASE = "http://localhost:8080/fhir"
RECORDED: list[Json] = [
    json.loads(line) for line in (HERE / "data" / "hapi-8.8.0.jsonl").read_text(encoding="utf-8").splitlines()
]
LISTED: Json = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
OUTSIDE = {252}
"""A path outside the base, which only the HTTP face can see."""


def low(when: str) -> str:
    """The lower end of a date, dateTime or instant, in UTC."""
    padded = when + "0001-01-01"[len(when) :] if len(when) < 10 else when
    moment = datetime.fromisoformat(padded)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).isoformat()


def date_key(resource: Json) -> str:
    """What `_sort=date` goes by."""
    when = resource.get("effectiveDateTime") or resource.get("effectivePeriod", {}).get("start")
    return low(when) if when else "none"


SORT_KEYS: dict[str, Callable[[Json], str]] = {
    "date": date_key,
    "code": lambda r: str(r["code"].get("coding", [{}])[0].get("code")),
    "_lastUpdated": lambda _: "",
}
"""Where resources tie under a sort, they are compared by these keys; other sorts here have no ties."""


def page_token(url: str) -> str:
    """The token of a search in a link to one of its pages; empty where there is none."""
    return parse_qs(urlsplit(url).query).get("_getpages", [""])[0]


class Replay:
    """Plays the recording on a session and notes how each answer differs.

    Attributes:
        found: for each exchange, the aspects that differ, with both values.
        specific: how often we give an issue type where HAPI says `processing`.
    """

    def __init__(self, session: EmbeddedSession) -> None:
        self.session = session
        self.found: dict[int, dict[str, tuple[object, object]]] = {}
        self.specific = 0
        self._ours: dict[str, str] = {}
        self._stored: dict[str, Json] = {}

    def play(self, exchange: Json) -> None:
        """Sends one request and compares the answer."""
        expected, request = exchange["expect"], exchange["request"]
        response = self._send(request)
        body: Json = json.loads(response.body, parse_float=Decimal) if response.body else {}
        self._learn(expected, response, body, request["body"])
        pairs = {"status": (expected["status"], response.status), **self._heads(expected, response)}
        pairs["type"] = (expected.get("type"), body.get("resourceType"))
        if pairs["type"][0] == pairs["type"][1] and pairs["status"][0] == pairs["status"][1]:
            pairs |= self._bodies(expected, body, request["url"])
        self.found[exchange["n"]] = {k: v for k, v in pairs.items() if v[0] != v[1]}

    def _send(self, request: Json) -> Response:
        url: str = request["url"]
        for theirs, ours in self._ours.items():
            url = url.replace(theirs, ours)
        parts = urlsplit(url)
        body = request["body"]
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        return self.session.request(
            request["method"],
            parts.path.removeprefix("/fhir").strip("/").replace("%20", " "),
            decode_pairs(parts.query),
            None if body is None else body.encode(),
            request["headers"],
        )

    def _learn(self, expected: Json, response: Response, body: Json, sent: object) -> None:
        """Notes which of our ids and page tokens stand for which of HAPI's."""
        links = {link["relation"]: link["url"] for link in body.get("link", ())}
        theirs, ours = (page_token(each.get("next", "")) for each in (expected.get("links", {}), links))
        if theirs and ours:
            self._ours[theirs] = ours
        if response.status == 201 and expected["status"] == 201:
            theirs = expected["headers"]["Content-Location"].split("/")[-3]
            self._ours[theirs] = response.headers["Content-Location"].split("/")[-3]
        bodies = [body, cast("Json", sent) if isinstance(sent, dict) else {}]
        held = (e["resource"] for each in bodies for e in each.get("entry", ()) if "resource" in e)
        for resource in [body, *held]:
            if "id" in resource:
                self._stored[f"{resource['resourceType']}/{resource['id']}"] = resource

    def _name(self, theirs: str) -> str:
        kind, _, name = theirs.partition("/")
        return f"{kind}/{self._ours.get(name, name)}"

    def _heads(self, expected: Json, response: Response) -> dict[str, tuple[object, object]]:
        theirs, ours = expected["headers"], response.headers
        made: dict[str, tuple[object, object]] = {}
        for name in ("ETag", "Content-Type"):
            made[name] = (theirs.get(name), ours.get(name))
        if expected.get("bundle") is None:
            made["Last-Modified"] = ("Last-Modified" in theirs, "Last-Modified" in ours)
            for name in ("Location", "Content-Location"):
                url = theirs.get(name, "")
                for there, here in self._ours.items():
                    url = url.replace(f"/{there}/", f"/{here}/")
                made[name] = (url, ours.get(name, ""))
        return made

    def _bodies(self, expected: Json, body: Json, url: str) -> dict[str, tuple[object, object]]:
        if expected.get("type") == "OperationOutcome":
            return self._issues(expected, body)
        if expected.get("type") == "Bundle":
            return self._bundle(expected, body, url)
        if "resource" not in expected:
            return {}
        theirs: Json = json.loads(json.dumps(expected["resource"]), parse_float=Decimal)
        theirs["id"] = self._name(f"{theirs['resourceType']}/{theirs['id']}").partition("/")[2]
        ours = {**body, "meta": {k: v for k, v in body["meta"].items() if k != "lastUpdated"}}
        return {"resource": (theirs, ours)}

    def _issues(self, expected: Json, body: Json) -> dict[str, tuple[object, object]]:
        """Errors and fatals are compared; HAPI's advice beside them is not."""
        grave = {"error", "fatal"}
        theirs = [i for i in expected["issues"] if i[0] in grave] or expected["issues"][:1]
        ours = [i for i in body["issue"] if i["severity"] in grave] or body["issue"][:1]
        return {
            "severity": ({i[0] for i in theirs}, {i["severity"] for i in ours}),
            "issue": self._codes({i[1] for i in theirs}, {i["code"] for i in ours}),
        }

    def _codes(self, theirs: set[str], ours: set[str]) -> tuple[set[str], set[str]]:
        """HAPI says `processing` for nearly everything; where we say what it is, that is one listed difference."""
        if theirs == {"processing"} and ours and ours != theirs:
            self.specific += 1
            return ours, ours
        return theirs, ours

    def _bundle(self, expected: Json, body: Json, url: str) -> dict[str, tuple[object, object]]:
        entries = body.get("entry", [])
        resources = [e["resource"] for e in entries if "id" in e.get("resource", {})]
        ours = [f"{r['resourceType']}/{r['id']}" for r in resources if r["resourceType"] != "Bundle"]
        theirs = [self._name(i) for i in expected["ids"] if not i.startswith("Bundle/")]
        made: dict[str, tuple[object, object]] = {"bundle": (expected["bundle"], body["type"])}
        if "total" in expected:
            made["total"] = (expected["total"], body.get("total"))
        relations = {link["relation"] for link in body.get("link", ())}
        made["links"] = (set(expected["links"]), relations)
        sort = dict(decode_pairs(urlsplit(url).query)).get("_sort", "").split(",")[0]
        if "next" not in relations:
            made["ids"] = (sorted(theirs), sorted(ours))
        if sort or "_getpages" in url:
            key = SORT_KEYS.get(sort.lstrip("-") or "date", lambda r: str(r.get("id")))
            made["order"] = ([self._key(i, key) for i in theirs], [self._key(i, key) for i in ours])
        elif "next" in relations:
            made["ids"] = (sorted(theirs), sorted(ours))
        answers = [e["response"]["status"].split()[0] for e in entries if "response" in e]
        modes = [e["search"]["mode"] for e in entries if "search" in e]
        made["answers"] = ([a.split()[0] for a in expected["answers"]], answers)
        made["modes"] = (sorted(expected["modes"]), sorted(modes))
        return made

    def _key(self, name: str, key: Callable[[Json], str]) -> str:
        return key(self._stored[name]) if name in self._stored else name


@pytest.fixture(scope="module")
def replay() -> Replay:
    """The whole recording, played on a server that starts empty."""
    server = EmbeddedServer.from_resources([], base_url=BASE, references=False)
    played = Replay(server.open_session("conformance"))
    for exchange in RECORDED:
        if exchange["n"] not in OUTSIDE:
            played.play(exchange)
    return played


def allowed(number: int) -> set[str]:
    """The aspects in which an exchange is listed to differ."""
    return {aspect for d in LISTED["exchanges"] for aspect in d["exchanges"].get(str(number), ())}


@pytest.mark.parametrize(
    "exchange", [e for e in RECORDED if e["n"] not in OUTSIDE], ids=lambda e: f"{e['n']}"
)
def test_exchange(replay: Replay, exchange: Json) -> None:
    """The answer is HAPI's in every aspect, but for exactly the aspects listed in differences.json."""
    found = replay.found[exchange["n"]]
    listed = allowed(exchange["n"])
    told = "\n".join(f"  {k}: HAPI {v[0]!r}\n     ours {v[1]!r}" for k, v in found.items())
    name = f"{exchange['n']} {exchange['name']}: {exchange['request']['method']} {exchange['request']['url']}"
    assert set(found) == listed, f"{name}\nlisted: {sorted(listed)}; found:\n{told}"


def test_every_listed_exchange_is_recorded() -> None:
    """The list of differences names only exchanges that exist, each with a reason."""
    known = {str(e["n"]) for e in RECORDED if e["n"] not in OUTSIDE}
    named = [number for difference in LISTED["exchanges"] for number in difference["exchanges"]]
    assert set(named) <= known
    assert len(named) == len(set(named))
    assert all(difference["why"] and difference["name"] for difference in LISTED["exchanges"])


def test_issue_types_are_more_telling_than_processing(replay: Replay) -> None:
    """The listed difference in issue types is there: we often say what HAPI calls `processing`."""
    assert LISTED["issue types"]["why"]
    assert replay.specific > 20
