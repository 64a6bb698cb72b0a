"""Who plays: scripted baselines, agents of yours, a person.

An agent has `reset(view: AgentView)` and `act(observation: Observation) -> Action | Reply`; `play(agent,
episode)` is the loop.
"""

from ..env.episode import Action, Observation
from .base import Agent, AgentView, Insider, Reply, Usage
from .driver import Played, play
from .registry import AGENTS, make_agent, touches

__all__ = [
    "AGENTS",
    "Action",
    "Agent",
    "AgentView",
    "Insider",
    "Observation",
    "Played",
    "Reply",
    "Usage",
    "make_agent",
    "play",
    "touches",
]
