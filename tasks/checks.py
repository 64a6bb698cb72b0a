"""The checker: from a task's gold and the evidence to criteria. Pure; compares meaning, not spelling.

`Task.expected` has this form (all keys but `answer` optional)::

    {
      "answer": {"status": "ok", "value": 3.1, "time": "2026-03-10T05:40:00-04:00", ...},
      "writes": [                      # exactly these writes, in any order; any other write fails the task
        {"kind": "medication-order", "patient": "<id>", "encounter": "<id>" | null,
         "drug": [{"system": ..., "code": ...}, ...],         # any of these codings
         "dose": {"value": 40, "unit": "meq"},                 # UCUM; equal amounts in other units pass
         "route": [{"system": ..., "code": ...}], "rate": {...} | null, "priority": "routine" | null,
         "doses": 1, "times": {...}},
        {"kind": "service-request", "patient": ..., "encounter": ..., "code": [codings], "priority": "urgent",
         "occurrence": {"value": "...instant...", "tolerance_minutes": 15} | null,
         "reason": {...}, "facts": [{"name": "ejection fraction", "synonyms": [...], "value": 35, "unit": "%",
                                      "reference": "Observation/..."}]},
        {"kind": "observation", "patient": ..., "encounter": ..., "code": [codings],
         "value": {"value": 37.9, "unit": "Cel", "tolerance": 0.05} | null,
         "components": [{"code": [codings], "value": {...}}],
         "effective": {"value": "...instant...", "tolerance_minutes": 5}},
      ],
      "seen": ["Observation/abc"],      # process, not critical: the deciding resources were read
      "why": "one sentence for people"  # never graded
    }

A key that is absent or null in an expected write is not graded.
"""

from __future__ import annotations

from collections.abc import Sequence

from .base import Criterion, Evidence, Task, Verdict


def standard(task: Task, evidence: Evidence) -> Sequence[Criterion]:
    """Every criterion that follows from the gold alone: finished, answer's shape, each field, each write, no others."""
    raise NotImplementedError


def grade(task: Task, evidence: Evidence, criteria: Sequence[Criterion]) -> Verdict:
    """Passed means every critical criterion that applies holds; an empty list is a grader error."""
    raise NotImplementedError
