"""`chartgym cohort info --mess`: each kind with its stated and measured rate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chartgym.cli import main
from chartgym.fhir_server.cohort.build import open_cohort
from chartgym.fhir_server.cohort.mess import KINDS, measure


def _call(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    return capfd.readouterr().out


def test_the_table_and_the_json_tell_every_kind(capfd: pytest.CaptureFixture[str]) -> None:
    """Both tell what the sealed part of the cohort file says, kind by kind."""
    with open_cohort() as cohort:
        measured = measure(cohort.mess)
    rows: list[dict[str, Any]] = json.loads(_call(capfd, "cohort", "info", "--mess", "--json"))["mess"]
    assert [row["kind"] for row in rows] == [kind.name for kind in KINDS]
    for row, found in zip(rows, measured, strict=True):
        assert (row["count"], row["total"], row["rate"]) == (found.count, found.total, found.rate)
        assert row["in_band"] == (row["band"][0] <= row["rate"] <= row["band"][1])
    table = _call(capfd, "cohort", "info", "--mess")
    for kind in KINDS:
        assert kind.name in table
    held = sum(row.holds for row in measured)
    assert f"{held} of {len(KINDS)} kinds are in their band." in table
    assert "mess" not in json.loads(_call(capfd, "cohort", "info", "--json"))
