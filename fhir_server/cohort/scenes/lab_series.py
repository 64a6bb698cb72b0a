"""Situations about a series of laboratory values over a window: what does not count stands among what does.

Corrected results come as a pair (see `lab_plants`), outside laboratories' results in another unit. Extremes that
do not count lie beyond all that do, so that whoever counts them is seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..builder import ChartBuilder
from ..plan import Placement, Plan
from .lab_plants import deal, plant, read_deck

TOPIC = "lab-aggregate"

_DECK = read_deck("""
# mean sodium, last 48 h; what stands at the very start counts
na-mean 1 sodium 110
  a 44-8/5     3.2:final 48:final 48.6:final
  b 46-9/6     4.4:verified 13.1:cancelled 48:final 49.2:final
# highest lactate, last 24 h, in mg/dL; b: the highest of all is preliminary
lac-max 1 lactate 60
  a 23-5/3     2.7:final 24.7:final^
  b 23-9/3     1.2:preliminary^ 6.3:final 25.5:final^
# lowest hemoglobin, last 72 h, in g/L; a: the lowest of all is at the start, which does not count; b: an entered-in-error one is lower
hb-min 1 hemoglobin 120
  a 70-12/8    5.5:final 72:final_ 73.2:final
  b 70-12/8    6.2:final 29.5:error_ 74:final_
# leukocytes above 12.0, last 96 h
wbc-count 1 wbc 150
  a 94-6/9     9.2:final=12.0 31.3:final=12.1 50.2:final=11.9 98:final=14.2
  b 94-12/9    7.1:final=12.1 28.4:final=12.0 97.2:final=15.3
# platelets, last minus first, last 72 h; b: no result counts
plt-change 1 platelets 120
  a 62-14/10   4.4:final 72:final 73.6:final
  b -          12.6:cancelled 36.5:cancelled 75.5:final 90:final
  c 60-13/9    5.6:final 68.8:final 74.1:final
# median BUN, last 72 h, in mmol/L
bun-median 1 bun 120
  a 70-14/9    6.4:final 73.1:final
  b 70-12/8    5.1:final 33.7:error^ 72.8:final
# mean calcium, last 72 h, in mmol/L; some results come from elsewhere in that unit
ca-mean 2 calcium 130
  a 69-5/3     2.1:preliminary^ 9.4:si 31.2:diluted_ 40.3:si 71.5:final
  b 70-6/3     3.3:error^ 8.2:si 26.6:hemolyzed^ 52.3:si 73.7:final_
# median serum sodium, last 48 h, corrections among them
na-median 2 sodium+sodium-urine 110
  a 47-3/2     1.3:other 5.2:corrected 16.4:corrected 33.3:diluted_ 36:diluted_ 49.5:final
  b 47-4/2     2.2:other 9.6:corrected 20.5:error^ 27.4:corrected 30:hemolyzed^ 48.7:final
# highest bilirubin, last 5 days, in umol/L
bili-max 2 bilirubin 200
  a 116-10/9   6.5:error^ 30.2:hemolyzed^ 50.5:si 121.3:final^
  b 116-12/9   8.8:preliminary^ 44.3:si 61.6:hemolyzed^ 122:final^
# lowest platelets, last 72 h, clumped ones do not count
plt-min 2 platelets 130
  a 71-6/2.7   3.4:preliminary_ 20.3:clumped_ 73.5:final_
  b 71-8/2.7   5.6:final 33.1:clumped_ 44.4:error_ 74.2:final_
# plasma lactate above 2.0 mmol/L, last 48 h
lac-count 2 lactate+lactate-blood 110
  a 47-6/2     1.4:other=5.1 4.3:final=2.0 11.5:hemolyzed=4.4 19.4:error=5.2 22.2:si=1.4 30.5:final=2.1 48:final=3.3
  b 47-8/2     2.6:preliminary=4.6 7.7:final=2.1 14.3:other=4.2 20.3:si=1.3 25.1:hemolyzed=3.9 37.2:final=2.0 48:final=2.9
# hemoglobin, last minus first, last 48 h, in g/L
hb-change 2 hemoglobin 110
  a 42-9/6     2.4:diluted_ 4.9:final 46.5:corrected 49.3:final
  b 40-11/6    1.7:preliminary^ 6.1:corrected 45.2:final 47.5:clotted_ 50:final
# mean troponin, last 48 h, "<6" counts as half of it; b: nothing counts
tnt-mean 2 troponin-hs 110
  a 38-11/6    3.5:preliminary^ 8.3:below 20.4:below 30.6:hemolyzed^ 41.3:final
  b -          5.3:error 17.5:hemolyzed 29.8:preliminary 50.4:final 57.2:below
  c 40-9/5     2.3:error^ 6.5:below 14.4:hemolyzed^ 27.3:below 44.2:final
# LB-08 in force beside its superseded version; more than two pages, the last one invalid
na-week 3 sodium 400 remark
  a 167-4/3    1.1:preliminary^ 30.3:corrected 55.2:diluted_ 90.4:corrected 130.6:hemolyzed^ 168.7:final
  b 166-5/3    0.8:hemolyzed^ 24.5:error^ 61.3:corrected 101.2:preliminary^ 140.3:corrected 167.6:final
lac-peak 3 lactate+lactate-blood 400 remark
  a 118-4/2.5  0.9:hemolyzed^ 9.3:final=7.1 40.2:other^ 66.3:error^ 80.5:corrected 120.5:final^
  b 118-5/2.5  1.3:preliminary^ 7.7:si=6.9 33.4:hemolyzed^ 70.2:error^ 77.1:below 120.8:final^
# hemoglobin in g/L, since admission to 72 elapsed hours across the change of clocks: 71.6 h ago counts
hb-dst 3 hemoglobin 400 remark
  a 70.5-3/1.5 0.9:diluted_ 13.2:error_ 40.4:corrected 71.55:final=7.1 72.5:final_
  b 70.5-4/1.5 1.4:preliminary_ 22.3:clotted_ 33.6:corrected 71.4:si=7.2 72.4:final_
ca-week 3 calcium 400 remark
  a 119-4/2.5  1.2:diluted_ 12.3:si 33.2:si 50.1:error^ 64.4:corrected 95.2:si 121.2:final
  b 118-5/2.5  0.7:preliminary^ 9.9:si 28.4:hemolyzed^ 57.3:si 77.7:corrected 99.1:si 122.4:final
ph-count 3 phosphate 400 remark
  a 118-5/2.5  1.5:hemolyzed=1.9 15.2:final=2.5 28.6:si=3.4 44.3:error=1.8 60.5:below 88.4:final=2.4 121:final=2.1
  b 118-6/2.5  0.9:preliminary=2.0 11.3:final=2.4 27.5:si=3.6 38.2:hemolyzed=2.2 65.6:final=2.5 93.3:below 122:final=2.2
plt-week 3 platelets 400 remark
  a 160-10/3.5 1.6:clumped_ 6.2:final 166.3:corrected 169:final
  b 160-9/3.5  1.1:preliminary^ 5.4:corrected 164.2:final 167.1:clumped_ 170:final
""")

_DEV_QUESTIONS = frozenset(
    {"lac-max", "na-mean", "bun-median", "ca-mean", "na-median", "bili-max", "lac-peak", "hb-dst", "plt-week"}
)
DECKS = {"core": _DECK, "dev": tuple(s for s in _DECK if s.question in _DEV_QUESTIONS)}
_BY_NAME = {(s.question, s.variant): s for s in _DECK}


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals the deck, one situation a person; nobody gets an analyte that another scene has planted already."""
    return deal(TOPIC, plan, rng, DECKS)


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes one situation into a chart."""
    plant(_BY_NAME[placement.details["question"], placement.details["variant"]], chart, rng)
