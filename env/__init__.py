"""The environment: tools, turns, limits, the frozen clock, and the Gymnasium face.

The core is `Episode`, a state machine that needs no Gymnasium::

    with server.open_session(key=task.id, seed=0) as session:
        episode = Episode(task, session)
        print(episode.observe())
        observation = episode.act('{"tool": "fhir_search", "arguments": {"resource_type": "Patient"}}')
        ...
        episode.verdict()
"""

from .episode import Action, Episode, Limits, Observation
from .prompt import first_observation, view_of
from .scoring import outcome, reward
from .spec import register_all
from .tools import Tool, tools_for

__all__ = [
    "Action",
    "Episode",
    "Limits",
    "Observation",
    "Tool",
    "first_observation",
    "outcome",
    "register_all",
    "reward",
    "tools_for",
    "view_of",
]
