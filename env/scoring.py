"""What an episode earns. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ..tasks.base import Verdict
from .episode import EndedBy

RewardKind: TypeAlias = Literal["outcome", "criteria"]
Outcome: TypeAlias = Literal["passed", "failed", "ungraded", "grader_error"]


def outcome(ended_by: EndedBy | None, verdict: Verdict | None) -> Outcome:
    """What an ended episode counts as.

    A limit, a crash of the agent and a missing finish are failures; what the server or a provider broke, or
    a person stopped, is ungraded.
    """
    if ended_by in (None, "infra_error", "cancelled") or verdict is None:
        return "ungraded"
    if verdict.error is not None:
        return "grader_error"
    return "passed" if verdict.passed else "failed"


def reward(verdict: Verdict, kind: RewardKind, idle: Verdict) -> float:
    """The reward at the end of an episode, 0 to 1.

    Args:
        verdict: of the episode.
        kind: `outcome` pays 1 or 0; `criteria` pays the share of the criteria that apply and hold, 1 only
        where the
            episode passed, and nothing unless an answer or state criterion holds that an agent that does
            nothing would not hold.
        idle: the verdict on an agent that does nothing.
    """
    if verdict.error is not None:
        return 0.0
    if kind == "outcome" or verdict.passed:
        return float(verdict.passed)
    free = {c.id for c in idle.criteria if c.passed and c.applies}
    counting = [c for c in verdict.criteria if c.applies]
    earned = [c for c in counting if c.passed and c.kind in ("answer", "state") and c.id not in free]
    if not earned:
        return 0.0
    return sum(c.passed for c in counting) / len(counting)
