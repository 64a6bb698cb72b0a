"""Agents by name, from a log, and from a module of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chartgym.agents import AGENTS, make_agent, play
from chartgym.agents.registry import read_replay
from chartgym.errors import UnknownNameError, UsageError
from chartgym.tasks.base import ToolCall

from .conftest import NewGame

OWN = '''
from dataclasses import dataclass

@dataclass
class Lazy:
    """Finishes with the right answer, known from outside."""
    name: str = "lazy"
    def reset(self, view): self.view = view
    def act(self, observation): return '{"tool": "finish", "arguments": {"status": "ok", "value": 5.6, "high": true}}'

class Halfway:
    def reset(self, view): ...

class Waiting(Halfway):
    async def act(self, observation): ...

class Modelless:
    def __init__(self): raise RuntimeError("no weights")

class Needy:
    def __init__(self, model): ...

word = "not an agent"
'''


@pytest.mark.parametrize("name", AGENTS)
def test_every_name_makes_an_agent(name: str) -> None:
    """Each listed agent can be made, and says in a few words what it is."""
    agent = make_agent(name)
    assert callable(agent.act)
    assert AGENTS[name][1]


@pytest.mark.parametrize(
    ("name", "near"), [("orcale", "oracle"), ("no-op", "noop"), ("first_page", "first-page")]
)
def test_unknown_name_offers_the_nearest(name: str, near: str) -> None:
    """A misspelt agent is answered with what may have been meant."""
    with pytest.raises(UnknownNameError) as caught:
        make_agent(name)
    assert near in caught.value.nearest


def test_agent_of_ones_own(new_game: NewGame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class in a file of the working directory plays like any other, without being installed."""
    (tmp_path / "my_own_agent.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    episode = new_game()
    play(make_agent("py:my_own_agent:Lazy"), episode)
    assert episode.verdict().passed


@pytest.mark.parametrize(("name", "words"), [
    ("py:", "py:module:Name"),
    ("py:my_agent", "py:module:Name"),
    ("py:no_such_module_here:X", "cannot import"),
    ("py:my_agent:Lasy", "Lazy"),
    ("py:my_agent:Halfway", "no act"),
    ("py:my_agent:Waiting", "act.* is async"),
    ("py:my_agent:Modelless", "Modelless cannot be made: RuntimeError: no weights .*my_agent.py:"),
    ("py:my_agent:Needy", "Needy cannot be made: TypeError"),
    ("py:my_broken:Lazy", "cannot import my_broken.py: SyntaxError"),
    ("py:my_leaving:Lazy", "cannot import my_leaving.py: SystemExit: 3 .*my_leaving.py:1"),
    ("py:my_lacking:Lazy", "cannot import my_lacking.py: ModuleNotFoundError: .*no_such_package"),
])  # fmt: skip
def test_bad_agent_of_ones_own(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with a module, a name or a class is said."""
    (tmp_path / "my_agent.py").write_text(OWN)
    (tmp_path / "my_broken.py").write_text("def x(:")
    (tmp_path / "my_leaving.py").write_text("raise SystemExit(3)")
    (tmp_path / "my_lacking.py").write_text("import no_such_package")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=words):
        make_agent(name)


def test_replay_of_a_log(tmp_path: Path) -> None:
    """A run's log is read by task; a step that was no call is played as the text it was."""
    steps = [{"tool": "", "arguments": {"action": "garbage"}, "ok": False, "result": ""},
             {"tool": "finish", "arguments": {"status": "ok"}, "ok": True, "result": ""}]  # fmt: skip
    (tmp_path / "episodes.jsonl").write_text(json.dumps({"key": {"task": "a/001"}, "steps": steps}) + "\n")
    expected = {"a/001": ["garbage", ToolCall("finish", {"status": "ok"})]}
    assert read_replay(tmp_path) == expected
    assert read_replay(tmp_path / "episodes.jsonl") == expected
    assert make_agent(f"replay:{tmp_path}")


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1]", '[{"arguments": {}}]'])
def test_replay_of_something_else(content: str, tmp_path: Path) -> None:
    """A file that is neither is named, with what it should be."""
    path = tmp_path / "calls.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="neither"):
        read_replay(path)
    with pytest.raises(UsageError, match="cannot read"):
        make_agent(f"replay:{tmp_path / 'none.json'}")
