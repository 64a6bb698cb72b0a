"""`chartgym play`: be the agent yourself."""

from __future__ import annotations
