"""Repeatable chance: one generator for each (cohort seed, person, stream), and normal deviates from a table.

`Random.random()` and `getrandbits()` repeat on every Python; `gauss()` goes through the machine's logarithm, so normal
deviates come from a table of rounded quantiles instead. Adding a person or a stream does not move the others.
"""

from __future__ import annotations

import hashlib
from random import Random
from statistics import NormalDist

_BITS = 12
_QUANTILES = tuple(round(NormalDist().inv_cdf((i + 0.5) / (1 << _BITS)), 5) for i in range(1 << _BITS))


def child(seed: int, *names: object) -> Random:
    """The generator of a stream, such as `child(1, 17, "vitals")`: the same on any machine and Python."""
    key = "/".join(["chartgym", str(seed), *map(str, names)])
    return Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big"))


def opaque_id(seed: int, *names: object) -> str:
    """A logical id that tells nothing: 20 lower-case hexadecimal digits."""
    key = "/".join(["id", str(seed), *map(str, names)])
    return hashlib.blake2b(key.encode(), digest_size=10).hexdigest()


def normal(rng: Random) -> float:
    """A standard normal deviate, within about 3.7 of zero."""
    return _QUANTILES[rng.getrandbits(_BITS)]


def between(rng: Random, low: float, high: float) -> float:
    """A uniform number in [low, high)."""
    return low + (high - low) * rng.random()
