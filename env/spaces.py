"""A space of texts: any Unicode up to a length. Gymnasium's `Text` refuses what is not in its list of characters."""

from __future__ import annotations

import json
from typing import Any

from gymnasium import Space

from .r4_types import R4_TYPES

_TYPES = sorted(R4_TYPES)
_GARBAGE = (
    "", "finish", "null", "[]", "{", '{"tool": null}', '{"tool": "fhir_read", "arguments": []}', "Müller 🩺 \u0000",
    '{"tool": "fhir_search", "arguments": {"resource_type": "../Patient"}}', "[[[[[[", '{"a": NaN}',
    "```json\n```",
)  # fmt: skip


class TextSpace(Space[str]):
    """All strings of at most `max_length` characters.

    `sample` mixes garbage with calls that can be made, so that a random agent meets both.
    """

    def __init__(self, max_length: int = 200_000, seed: int | None = None) -> None:
        if max_length < 0:
            raise ValueError(f"max_length must not be negative, got {max_length}")
        self.max_length = max_length
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> bool:
        """A text is no array."""
        return False

    def contains(self, x: Any) -> bool:
        """Whether `x` is a string that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:
        """A text: in half of the cases a call, else garbage.

        Raises:
            ValueError: a mask or probabilities were given; texts have none.
        """
        if mask is not None or probability is not None:
            raise ValueError("TextSpace samples without mask and probability")
        rng = self.np_random
        if rng.random() < 0.5:
            kind = _TYPES[int(rng.integers(len(_TYPES)))]
            arguments = {"resource_type": kind, "params": {"_count": int(rng.integers(30))}}
            text = json.dumps({"tool": "fhir_search", "arguments": arguments})
        else:
            text = _GARBAGE[int(rng.integers(len(_GARBAGE)))]
        return text[: self.max_length]

    def to_jsonable(self, sample_n: Any) -> list[str]:
        """Texts are JSON already."""
        return list(sample_n)

    def from_jsonable(self, sample_n: list[Any]) -> list[str]:
        """The texts again."""
        return [str(text) for text in sample_n]

    def __repr__(self) -> str:
        return f"TextSpace({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TextSpace) and self.max_length == other.max_length

    __hash__ = None  # type: ignore[assignment] - equal by value and mutable through its generator, as all spaces
