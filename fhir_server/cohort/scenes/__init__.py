"""Planted situations. A scene knows hospitals, not tasks: a low potassium with a hemolyzed repeat, a merged record.

A scene is a module of this folder with two functions and is listed in `registry.SCENES`:

- `place(plan, rng)` runs once for a seed and says who gets which kind (the deck is dealt so that no two
  placements of one topic meet in a chart);
- `write(placement, chart, rng)` runs while one chart is written, after its base course, and changes it.
"""
