"""For all tests."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

# A chart is a hundred thousand small dicts without cycles; looking through them again and again for cycles takes most
# of the time of reading one (measured: 20 charts in 1.4 s instead of 3.6 s).
gc.set_threshold(200_000, 50, 100)

# `realism/` is a tool beside the package, not in it; its tests, and those that judge charts by its figures, import it.
sys.path.append(str(Path(__file__).parents[1]))
