"""Refusals: what FHIR answers instead of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from ..backend import FHIR_JSON, Response

MAX_TEXT = 8_000
"""Longest diagnostics: what a client sent is quoted back, but not by the megabyte."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One issue of an OperationOutcome.

    Attributes:
        code: FHIR's issue type.
        text: what is wrong and what to do instead.
        expression: FHIRPath of the element at fault, or the search parameter.
        severity: `error`, `warning` or `information`.
    """

    code: str
    text: str
    expression: str = ""
    severity: str = "error"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, told to the client
    """Stops a request; the session turns it into a response."""

    def __init__(
        self,
        status: int,
        code: str,
        text: str,
        *,
        expression: str = "",
        headers: Mapping[str, str] | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(text)
        self.status = status
        self.headers = dict(headers or {})
        self.problems = tuple(problems) or (Problem(code, text, expression),)

    def response(self) -> Response:
        """The refusal as an HTTP answer."""
        return Response(self.status, {"Content-Type": FHIR_JSON, **self.headers}, outcome(self.problems))


def outcome(problems: Sequence[Problem]) -> bytes:
    """An OperationOutcome."""
    issues: list[dict[str, object]] = []
    for problem in problems:
        issue: dict[str, object] = {
            "severity": problem.severity,
            "code": problem.code,
            "diagnostics": problem.text[:MAX_TEXT],
        }
        if problem.expression:
            issue["expression"] = [problem.expression[:200]]
        issues.append(issue)
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": issues})


def bad_request(text: str, parameter: str = "") -> Refusal:
    """A 400 for a request that is not understood."""
    return Refusal(400, "invalid", text, expression=parameter)


def unsupported(text: str, parameter: str = "") -> Refusal:
    """A 400 for what FHIR has and this server has not."""
    return Refusal(400, "not-supported", text, expression=parameter)
