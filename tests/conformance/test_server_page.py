"""docs/server.md says what is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def test_generated_sections_are_up_to_date() -> None:
    """The tables of parameters and of differences are what the script makes of code and list."""
    command = [sys.executable, str(ROOT / "scripts" / "document_server.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_python_example_runs() -> None:
    """The example finds the patient and prints its changes, none."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 1
    done = subprocess.run([sys.executable, "-c", blocks[0]], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("200 b'")
    assert "p1" in done.stdout
    assert done.stdout.endswith("()\n")
