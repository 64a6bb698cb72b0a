"""The low potassiums and magnesiums of the cohort as a table: one row is the situation of one inpatient.

A row is plain data and goes into the ledger as it is. `k` and `m` are the two electrolytes, each with:

- `value`: what the last valid specimen shows (magnesium in `unit`), `before`: the valid one before it;
- `late`, `late_value`: a later result that is `hemolyzed`, `preliminary`, in `error` or `cancelled`;
- `when`: `edge` (24 hours ago to the minute) or `old` (a little longer ago); else this morning;
- `order`: a replacement order, `active` or one that does not stand in the way (`prn`, `maintenance`,
  `stopped`, `draft`, `earlier`); `recheck`: a repeat test on order, `active` or `revoked`;
- `level`: how hard the row is as a question about that electrolyte, 0 where it is not one.

What both share: `npo` (`active`, `revoked`), `egfr` (planted where not None), `egfr_error` (a later one
entered in error), `dialysis` (`problem`, `procedure`, `past`), `intolerance` to potassium chloride, `note`
(says otherwise than the results do), `blood` (a whole-blood potassium beside the serum).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plan import Json

Row = Mapping[str, Json]


def _side(level: int, value: float, **more: Json) -> dict[str, Json]:
    return {"level": level, "value": value, **more}


def _row(name: str, k: dict[str, Json], m: dict[str, Json], **shared: Any) -> Row:
    return {"name": name, "k": k, "m": m, **shared}


def _k(level: int, value: float, before: float = 3.9, **more: Json) -> dict[str, Json]:
    return _side(level, value, before=before, **more)


def _m(level: int, value: float, before: float = 1.9, **more: Json) -> dict[str, Json]:
    return _side(level, value, before=before, **more)


def _mmol(level: int, value: float, before: float = 0.8, **more: Json) -> dict[str, Json]:
    return _side(level, value, before=before, unit="mmol/L", **more)


def _late(kind: str, value: float) -> dict[str, Json]:
    return {"late": kind, "late_value": value}


CORE: tuple[Row, ...] = (
    # potassium low, magnesium not: plain
    _row("k-mild", _k(1, 3.3), _mmol(1, 0.78)),
    _row("k-moderate", _k(1, 3.1), _m(0, 2.0)),
    _row("k-npo-mild", _k(1, 3.4), _m(0, 1.8), npo="active"),
    _row("k-renal-edge", _k(1, 3.0), _m(0, 2.1), egfr=24),
    _row("k-severe", _k(1, 2.8, 3.3), _m(1, 1.6, 1.8), egfr=26),
    _row("k-on-order-oral", _k(1, 3.2, order="active"), _m(0, 1.9)),
    _row("k-on-order-iv", _k(1, 3.3, order="active", order_iv=True), _m(0, 2.2)),
    _row("k-npo-moderate", _k(1, 3.2), _m(0, 1.9), npo="active"),
    # potassium low: one or two complications
    _row("k-renal-hemolyzed", _k(2, 3.2, **_late("hemolyzed", 4.3)),
         _mmol(2, 0.70, **_late("error", 0.45)), egfr=22),
    _row("k-npo-prn", _k(2, 3.1, order="prn", **_late("error", 2.4)), _m(0, 1.9), npo="active"),
    _row("k-on-order-late", _k(2, 3.4, order="active", **_late("preliminary", 3.7)), _m(0, 2.0)),
    _row("k-renal-recheck", _k(2, 3.1, recheck="active"), _m(0, 2.3), egfr=28),
    _row("k-npo-renal", _k(2, 3.3), _m(0, 2.2), npo="active", egfr=19),
    _row("k-severe-renal", _k(2, 2.9, 3.4, order="maintenance"), _m(0, 2.0), egfr=29),
    _row("k-intolerance", _k(2, 3.2, recheck="active", **_late("cancelled", 0)), _m(0, 1.8), intolerance=True),
    # potassium low: the whole mess
    _row("k-npo-note", _k(3, 3.2, **_late("hemolyzed", 4.4)), _mmol(3, 0.70, **_late("preliminary", 0.57)),
         npo="active", note=True, blood=3.6, egfr=27),
    _row("k-severe-recheck", _k(3, 2.5, 3.2, recheck="active", **_late("error", 3.6)), _m(0, 2.1),
         egfr=26, note=True),
    _row("k-edge-recheck", _k(3, 3.0, when="edge", recheck="active", **_late("preliminary", 2.8)), _m(0, 1.9),
         npo="active", note=True, dialysis="past", egfr=25),
    _row("k-critical", _k(3, 2.4, 3.1, order="prn", recheck="active", **_late("hemolyzed", 3.5)),
         _m(3, 1.6, 1.8, **_late("error", 1.2)),
         note=True, egfr=24, egfr_error=58),
    _row("k-on-order-note", _k(3, 3.3, order="active", **_late("cancelled", 0)),
         _m(0, 2.0), note=True, egfr=27),
    _row("k-egfr-edge", _k(3, 3.4, order="stopped", **_late("hemolyzed", 3.8)), _m(0, 1.8),
         npo="active", egfr=30, note=True),
    # both low, or dialysis, or nothing to go by
    _row("both-dialysis", _k(1, 3.2), _m(1, 1.4), dialysis="problem", egfr=8),
    _row("both-dialysis-late", _k(2, 3.3, **_late("error", 4.1)), _m(2, 1.2, **_late("preliminary", 1.7)),
         dialysis="procedure", egfr=11),
    _row("both-dialysis-note", _k(3, 3.1, **_late("hemolyzed", 3.9)), _mmol(3, 0.45, **_late("error", 0.8)),
         dialysis="problem", egfr=9, note=True),
    _row("both-mild", _k(2, 3.2), _m(2, 1.4)),
    _row("both-severe", _k(2, 2.8, 3.2), _mmol(2, 0.49, recheck="active")),
    _row("both-renal", _k(3, 3.1, **_late("hemolyzed", 3.8)), _mmol(3, 0.62, recheck="active", **_late("preliminary", 0.82)),
         egfr=23, note=True),
    _row("both-npo", _k(3, 2.7, 3.1, **_late("error", 3.5)), _m(3, 1.4, recheck="active", **_late("hemolyzed", 1.8)),
         npo="active", note=True),
    _row("both-on-order", _k(3, 3.2, **_late("preliminary", 3.6)),
         _m(3, 1.4, order="active", **_late("error", 1.9)),
         egfr=25, note=True),
    _row("none-hemolyzed", _k(2, 3.3, when="old", **_late("hemolyzed", 3.9)),
         _m(2, 1.4, when="old", **_late("cancelled", 0))),
    _row("none-note", _k(3, 3.4, when="old", **_late("preliminary", 3.2)),
         _mmol(3, 0.58, when="old", **_late("error", 0.49)), egfr=27, note=True),
    # magnesium low, potassium not: plain
    _row("m-mild", _k(1, 3.5, 3.8), _m(1, 1.5)),
    _row("m-edge-npo", _k(0, 4.0), _m(1, 1.3), npo="active"),
    _row("m-npo-mmol", _k(0, 3.9), _mmol(1, 0.57), npo="active"),
    _row("m-moderate", _k(1, 3.6, 4.1), _m(1, 1.2, recheck="active")),
    _row("m-renal", _k(0, 4.4), _m(1, 1.5), egfr=25),
    _row("m-on-order", _k(0, 4.1), _mmol(1, 0.58, order="active")),
    _row("m-on-order-iv", _k(0, 3.8), _m(1, 1.2, order="active", order_iv=True)),
    _row("m-severe", _k(0, 3.9), _m(1, 0.9, 1.3), egfr=28),
    # magnesium low: one or two complications
    _row("m-npo-renal", _k(0, 4.2), _mmol(2, 0.58, recheck="active"), npo="active", egfr=21),
    _row("m-renal-late", _k(2, 3.7, 4.0, **_late("hemolyzed", 3.2)),
         _m(2, 1.0, **_late("error", 1.9)), egfr=27),
    _row("m-on-order-late", _k(0, 4.0), _m(2, 1.3, order="active", **_late("preliminary", 1.8))),
    _row("m-recheck", _k(0, 4.3), _mmol(2, 0.49, recheck="active", **_late("cancelled", 0)), egfr=23),
    _row("m-severe-renal", _k(0, 4.5), _mmol(2, 0.33, 0.5, recheck="active"), egfr=18),
    # magnesium low: the whole mess
    _row("m-renal-recheck", _k(0, 4.1), _mmol(3, 0.49, recheck="active", **_late("preliminary", 0.74)),
         egfr=26, note=True),
    _row("m-npo-note", _k(3, 3.6, 4.0, **_late("error", 3.0)), _mmol(3, 0.62, recheck="active", **_late("error", 0.45)),
         npo="active", egfr=28, note=True),
    _row("m-late-recheck", _k(0, 4.2),
         _m(3, 1.4, recheck="active", **_late("hemolyzed", 1.9)), egfr=29, note=True),
    _row("m-severe-prn", _k(3, 3.5, 3.8, **_late("preliminary", 3.3)),
         _mmol(3, 0.37, 0.49, order="prn", **_late("error", 0.74)), egfr=17, note=True),
    _row("m-on-order-note", _k(0, 3.9),
         _mmol(3, 0.45, order="active", **_late("cancelled", 0)), note=True, egfr=26),
    _row("m-egfr-edge", _k(0, 4.0), _m(3, 1.3, order="maintenance", **_late("preliminary", 1.7)),
         npo="active", egfr=30, note=True, dialysis="past"),
    _row("m-npo-draft", _k(0, 3.8), _m(2, 1.5, order="draft"), npo="active"),
)  # fmt: skip

DEV: tuple[Row, ...] = (
    _row("k-moderate", _k(1, 3.0), _m(1, 1.7)),
    _row("k-npo-mild", _k(1, 3.3), _m(0, 2.0), npo="active"),
    _row("k-on-order-oral", _k(1, 3.1, order="active"), _m(0, 1.9)),
    _row("k-renal-hemolyzed", _k(2, 3.4, **_late("hemolyzed", 4.5)), _m(0, 2.2), egfr=24),
    _row("k-on-order-late", _k(2, 3.2, order="active", **_late("preliminary", 3.9)), _m(0, 1.8)),
    _row("k-npo-note", _k(3, 3.1, **_late("hemolyzed", 4.0)), _m(0, 1.9), npo="active", note=True, blood=3.7),
    _row("k-severe-recheck", _k(3, 2.6, 3.1, recheck="active", **_late("error", 3.8)), _m(0, 2.0),
         egfr=22, note=True),
    _row("k-on-order-note", _k(3, 3.4, order="active", **_late("cancelled", 0)),
         _mmol(3, 0.74, **_late("error", 0.5)),
         note=True, egfr=28),
    _row("both-dialysis-note", _k(3, 3.3, **_late("hemolyzed", 4.2)), _mmol(3, 0.49, **_late("error", 0.9)),
         dialysis="problem", egfr=10, note=True),
    _row("both-mild", _k(2, 3.1), _m(2, 1.5)),
    _row("both-severe", _k(2, 2.9, 3.3), _mmol(2, 0.45)),
    _row("none-hemolyzed", _k(2, 3.1, when="old", **_late("hemolyzed", 4.1)),
         _m(2, 1.2, when="old", **_late("cancelled", 0))),
    _row("m-mild", _k(1, 3.6, 3.9), _m(1, 1.3)),
    _row("m-npo-mmol", _k(0, 4.1), _mmol(1, 0.58), npo="active"),
    _row("m-on-order", _k(1, 3.5, 4.0), _mmol(1, 0.45, order="active")),
    _row("m-renal-late", _k(0, 4.0), _m(2, 1.2, **_late("error", 2.0)), egfr=23),
    _row("m-on-order-late", _k(0, 4.2), _m(2, 1.4, order="active", **_late("preliminary", 1.9))),
    _row("m-npo-note", _k(0, 3.9), _mmol(3, 0.57, **_late("error", 0.41)), npo="active", egfr=27, note=True),
    _row("m-late-recheck", _k(0, 4.3),
         _m(3, 1.5, recheck="active", **_late("hemolyzed", 2.0)), egfr=25, note=True),
    _row("m-on-order-note", _k(0, 4.0),
         _mmol(3, 0.37, order="active", **_late("cancelled", 0)), note=True, egfr=22),
    _row("k-critical", _k(3, 2.3, 3.0, **_late("preliminary", 3.4)),
         _m(0, 1.8), npo="active", note=True, egfr=29),
)  # fmt: skip
