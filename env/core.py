"""The Gymnasium face of an episode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import gymnasium

from chartgym.errors import ServerError, UnknownNameError, UsageError

from ..fhir_server.backend import Server
from ..fhir_server.cohort.plan import NOW
from ..tasks import checks
from ..tasks.base import Evidence, Suite, Task, Verdict
from ..tasks.suite import load_suite, require_cohort
from .charts import cohort_server
from .episode import Episode, Limits
from .prompt import DEFAULT_STEPS
from .scoring import RewardKind, outcome, reward
from .spaces import TextSpace

ServerChoice: TypeAlias = str | Server | Callable[[], Server]
_RENDERED = 600


class ChartEnv(gymnasium.Env[str, str]):
    """One task an episode; an action and an observation are texts.

    The first observation is the whole request: task, tools, shape of the answer, limits, clock. An action is
    a tool call as JSON; whatever else it is, the observation says so. The episode is terminated by an
    accepted `finish` and truncated when the calls are used up; both are graded. The reward comes at the end.

    `info` holds `task_id`, `steps`, `max_steps`, `ended_by` and `outcome` (empty strings while the episode
    is open), and never the expected result.

    Args:
        suite: `core`, `dev`, or a `Suite`.
        cohort: seed of a cohort other than the suite's own.
        max_steps: calls in an episode; None takes the suite's limit.
        reward: `outcome` pays 1 or 0; `criteria` pays the share of criteria that hold.
        server: `embedded`, an open `Server`, or a function that opens one (which a spec can be copied with).
        tasks: only these: ids, categories or patterns such as `referral/*`.
        render_mode: `ansi` or None.

    Raises:
        UnknownNameError: an unknown suite or task.
        UsageError: an option that cannot be.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 Gymnasium's name and type

    def __init__(
        self,
        suite: str | Suite = "core",
        *,
        cohort: int | None = None,
        max_steps: int | None = None,
        reward: RewardKind = "outcome",
        server: ServerChoice = "embedded",
        tasks: str | Sequence[str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        if reward not in ("outcome", "criteria"):
            raise UsageError(f"reward must be 'outcome' or 'criteria', got {reward!r}")
        if render_mode not in (None, "ansi"):
            raise UsageError(f"render_mode must be 'ansi' or None, got {render_mode!r}")
        self.suite = load_suite(suite) if isinstance(suite, str) else suite
        self.tasks = _chosen(self.suite, tasks)
        self.render_mode = render_mode
        self.action_space = TextSpace()
        self.observation_space = TextSpace()
        self.episode: Episode | None = None
        self._limits = Limits(steps=_steps(max_steps, self.suite))
        self._reward: RewardKind = reward
        self._server = _open(server, self.suite, cohort)
        self._exchanges: list[tuple[str, str]] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Starts an episode on a task: `options={"task_id": ...}`, else one drawn from the seed.

        Raises:
            UnknownNameError: no such task in this environment.
            UsageError: an unknown option.
        """
        super().reset(seed=seed)
        unknown = sorted((options or {}).keys() - {"task_id"})
        if unknown:
            raise UsageError(f"unknown option {unknown[0]!r}; there is only 'task_id'")
        drawn = int(self.np_random.integers(len(self.tasks)))
        episode_seed = int(self.np_random.integers(2**31))
        wanted = (options or {}).get("task_id")
        task = self.tasks[drawn] if wanted is None else self._named(wanted)
        self._end_session()
        session = self._server.open_session(task.id, episode_seed)
        self.episode = Episode(task, session, self._limits, seed=episode_seed, now=NOW)
        self._exchanges = []
        return str(self.episode.observe()), self._info(self.episode)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Performs an action.

        Raises:
            ServerError: the FHIR server failed; the episode is not the agent's failure and has no reward.
            UsageError: there is no open episode.
        """
        episode = self.episode
        if episode is None or episode.done:
            raise UsageError("there is no open episode: call reset first")
        observation = episode.act(action)  # whatever it is: what is no text is explained too
        if episode.fault is not None:
            raise ServerError(f"the episode was lost, not failed: {episode.error}") from episode.fault
        self._exchanges.append((_text(action), str(observation)))
        earned = 0.0
        if episode.done:
            earned = reward(episode.verdict(), self._reward, self._idle(episode.task))
        terminated, truncated = episode.ended_by == "finish", episode.ended_by == "limit"
        return str(observation), earned, terminated, truncated, self._info(episode)

    def render(self) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride] - ansi is a str
        """The episode so far as text, results cut short; None without a render mode."""
        if self.render_mode is None:
            return None
        if self.episode is None:
            return "(no episode: call reset)"
        lines = [f"== {self.episode.task.id} ==", self.episode.view.prompt.strip()]
        for action, observation in self._exchanges:
            lines += [f"> {_short(action)}", _short(observation)]
        if self.episode.done:
            lines.append(f"== ended by {self.episode.ended_by}: {self._info(self.episode)['outcome']} ==")
        return "\n".join(lines)

    def close(self) -> None:
        """Discards the episode; may be called twice. The shared cohort stays open."""
        self._end_session()
        self.episode = None

    def _info(self, episode: Episode) -> dict[str, Any]:
        return {
            "task_id": episode.task.id,
            "steps": episode.steps,
            "max_steps": episode.limits.steps,
            "ended_by": episode.ended_by or "",
            "outcome": outcome(episode.ended_by, episode.verdict()) if episode.done else "",
        }

    def _idle(self, task: Task) -> Verdict:
        return checks.judge(None, task, Evidence(None, (), ()))

    def _named(self, task_id: object) -> Task:
        for task in self.tasks:
            if task.id == task_id:
                return task
        if not isinstance(task_id, str):
            raise UsageError(f"task_id must be a string, got {type(task_id).__name__}")
        raise UnknownNameError("task", task_id, (task.id for task in self.tasks))

    def _end_session(self) -> None:
        if self.episode is not None:
            self.episode.session.close()


def _chosen(suite: Suite, wanted: str | Sequence[str] | None) -> tuple[Task, ...]:
    if wanted is None:
        found = suite.tasks
    else:
        patterns = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        for pattern in patterns:
            if not any(_matches(task, pattern) for task in suite.tasks):
                known = {t.category for t in suite.tasks} | {t.id for t in suite.tasks}
                raise UnknownNameError("task or category", pattern, known)
        found = tuple(task for task in suite.tasks if any(_matches(task, p) for p in patterns))
    if not found:
        raise UsageError(f"suite {suite.name} has no task that was asked for")
    return found


def _matches(task: Task, pattern: str) -> bool:
    return task.category == pattern or fnmatchcase(task.id, pattern)


def _steps(max_steps: int | None, suite: Suite) -> int:
    steps = suite.limits.get("max_steps", DEFAULT_STEPS) if max_steps is None else max_steps
    if steps < 1:
        raise UsageError(f"max_steps must be at least 1, got {steps}")
    return steps


def _open(server: ServerChoice, suite: Suite, cohort: int | None) -> Server:
    if isinstance(server, str):
        if server != "embedded":
            raise UsageError(
                f"server must be 'embedded', a Server or a function that opens one, got {server!r}"
            )
        opened, cohort_hash = cohort_server(suite.cohort_seed if cohort is None else cohort)
        if cohort is None:
            require_cohort(suite, cohort_hash)
        return opened
    return server() if callable(server) else server


def _text(action: object) -> str:
    return action if isinstance(action, str) else f"<{type(action).__name__}>"


def _short(text: str) -> str:
    return text if len(text) <= _RENDERED else f"{text[:_RENDERED]} ... ({len(text)} characters)"
