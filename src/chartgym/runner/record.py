"""One episode as a log record.

Fields: `schema`, `key` (manifest, task, agent, scaffold, trial), `suite`, `suite_version`, `category`, `level`,
`branch`, `template`, `seed`, `ended_by`, `outcome`, `answer`, `steps` (call, ok, result), `changes` (kind, type, id,
before, after), `replies` (a model's raw replies), `criteria` (id, kind, critical, applies, passed, expected, got),
`expected` (the gold), `error`, `usage`, `seconds`, `finished_at`. The gold is in the record for regrading; nothing
that an agent can read holds a record.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ..agents import Played
from ..env import Episode
from ..env.scoring import outcome
from ..tasks.base import Evidence, Suite, Task, Verdict
from .log import SCHEMA, Key, Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an episode: the episode itself, its verdict (None where it is ungraded) and how it was played."""

    seed: int
    episode: Episode
    verdict: Verdict | None
    played: Played
    seconds: float


def make_record(key: Key, suite: Suite, task: Task, came: Outcome) -> Record:
    """Puts all that is known of a finished episode into one record."""
    episode, verdict = came.episode, came.verdict
    return {
        "schema": SCHEMA,
        "key": asdict(key),
        "suite": suite.name,
        "suite_version": suite.version,
        "category": task.category,
        "level": task.level,
        "branch": task.branch,
        "template": task.template,
        "seed": came.seed,
        "ended_by": episode.ended_by,
        "outcome": outcome(episode.ended_by, verdict),
        **_played(episode.evidence()),
        "replies": [reply.raw for reply in came.played.replies if reply.raw is not None],
        "criteria": [asdict(criterion) for criterion in verdict.criteria] if verdict else [],
        "expected": dict(task.expected),
        "error": (verdict.error if verdict else None) or episode.error,
        "usage": asdict(came.played.usage),
        "seconds": round(came.seconds, 6),
        "finished_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _played(evidence: Evidence) -> dict[str, Any]:
    return {
        "answer": evidence.answer,
        "steps": [
            {
                "tool": step.call.tool,
                "arguments": dict(step.call.arguments),
                "ok": step.result.ok,
                "result": step.result.text,
            }
            for step in evidence.log
        ],
        "changes": [asdict(change) for change in evidence.changes],
    }
