"""Situations about one latest laboratory value: what looks like it and is not.

Windows as the questions of `recent-lab` put them; a line says what stands in the way. The clock moved to daylight
saving time on 8 March at 02:00, 56 hours before now, so that 72 elapsed hours reach back to 09:25 standard time.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..builder import ChartBuilder
from ..plan import Placement, Plan
from .lab_plants import deal, plant, read_deck

TOPIC = "recent-lab"

_DECK = read_deck("""
# sodium, last 24 h; a: at its very start, which counts; b: the last one is older
na-day 1 sodium 72
  a 64-32/8    24:final
  b 66-34/8    26.5:final
  c 60-20/9    3.4:final 13:verified
# calcium, last 24 h, in mmol/L
ca-si 1 calcium 96
  a 90-14/9    6.1:final
  b 92-12/9    4.3:verified
# hemoglobin, last 12 h, in g/L; a: amended report; b: at the window's start, which does not count
hb-si 1 hemoglobin 60
  a 58-18/8    4.8:amended 10.5:final
  b 58-18/8    2.2:cancelled 12:final
# phosphate, last 48 h, in mmol/L; b: only an older one
ph-si 1 phosphate 120
  a 118-22/12  9.5:final
  b 118-60/12  51.4:final
# albumin of an outpatient, last 180 days, in g/L; b: a cancelled test comes after it
alb-home 1 albumin 9600 home
  a -          1010:final 2606:final 3902:final 7013:final
  b -          314:cancelled 1634:final 3302:final 6013:final
  c -          410:final 2234:final 3902:final 6613:final
# BUN, last 36 h, in mmol/L; b: a preliminary one is newer
bun-si 1 bun 96
  a 94-20/9    8.2:final
  b 94-20/9    3.1:preliminary 9.4:final
# serum sodium, last 12 h, no other specimen
na-serum 2 sodium+sodium-urine 72
  a 70-16/6    0.8:preliminary 1.9:other 4.2:final 9.1:final
  b 70-16/6    1.2:error 2.6:other 6.3:corrected 10.4:final
# phosphate in mmol/L, last 24 h, a hemolyzed one does not count
ph-hem 2 phosphate 72
  a 70-20/8    1.3:hemolyzed 5.2:final 13:final
  b 70-22/8    1.1:preliminary 2.4:hemolyzed 8.6:final 15:final
  c 70-34/8    0.9:error 3.2:hemolyzed 26.1:final
# troponin, last 24 h, "<6" is answered as it stands
tnt-limit 2 troponin-hs 72
  a -          0.7:error 2.2:below 5.4:final 8.5:final
  b -          0.9:preliminary 3.1:final 6.2:below 9.4:below
# lactate in plasma, not in whole blood, last 24 h, in mg/dL
lac-plasma 2 lactate+lactate-blood 72
  a 70-20/8    1.1:other 2.4:hemolyzed 6.2:final 12:final
  b 70-22/8    2.3:other 5.1:final 7:other 14:final
# hemoglobin by time of release, last 8 h
hb-released 2 hemoglobin 72
  a 70-16/7    1.4+0.8:preliminary 4.1+0.8:final 9.2+7.1:final
  b 70-18/7    0.9+0.5:error 3.3+0.6:final 12.2+9.4:amended
# bilirubin between 8 March 06:00 (in) and 10 March 06:00 (out), in umol/L
bili-between 2 bilirubin 168
  a 160-60/20  2.1:final 4.4167:final 7.3:error 15.2:final 30:final
  b 160-70/20  3.2:final 21:clotted 52.4167:final 53.4:final
# potassium in whole blood beside the other specimens, last 24 h
k-blood 2 potassium-blood+potassium-urine 96
  a 90-28/11   0.6:other 2.5:clotted 6.4:final 16:final
  b 90-28/11   1.7:preliminary 3.9:other 11.3:final
# LB-07 in force beside its superseded version
na-week 3 sodium 400 remark
  a 166-8/3    0.9:preliminary 2.2:hemolyzed 4.6:final
  b 166-10/3   1.4:error 2.9:preliminary 5.3:clotted 7.1:corrected
# calcium in mmol/L; the last that counts came from elsewhere in mmol/L (a), or looks like an old one (b)
ca-units 3 calcium 400 remark
  a 115-7/2.5  0.8:diluted 2.3:preliminary 4.7:si
  b 115-9/2.5  1.2:hemolyzed 3.6:final 6:si
# lactate in mg/dL, other specimen beside; "<0.3" counts by the version in force only
lac-icu 3 lactate+lactate-blood 400 remark
  a 92-8/2     0.7:hemolyzed 1.6:other 2.8:below 5.5:final
  b 92-8/2     0.9:other 2.1:preliminary 3.4:final 5.1:error
# phosphate, 72 elapsed hours across the change of clocks: just inside (a), just outside (b)
ph-dst 3 phosphate 400 remark
  a 300-80/5   1.5:hemolyzed 20:preliminary 44:error 71.55:final
  b 300-80/5   2.3:hemolyzed 18:error 47:preliminary 72.6:final
  c 300-80/5   1.8:preliminary 25:hemolyzed 50:hemolyzed 71.35:final
# hemoglobin in g/L, long series
hb-week 3 hemoglobin 400 remark
  a 166-9/3.5  1.1:diluted 3.2:preliminary 5.8:final
  b 166-8/3.5  0.8:clotted 2.7:error 4.4:si
# platelets, clumped ones do not count
plt-clump 3 platelets 400 remark
  a 166-10/3.5 1.3:clumped 3.7:preliminary 6.6:final
  b 166-9/3.5  0.9:preliminary 2.6:clumped 5.7:corrected
""")

_DEV_QUESTIONS = frozenset(
    {"ca-si", "bun-si", "ph-hem", "lac-plasma", "k-blood", "ph-dst", "na-week", "hb-week"}
)
DECKS = {"core": _DECK, "dev": tuple(s for s in _DECK if s.question in _DEV_QUESTIONS)}
_BY_NAME = {(s.question, s.variant): s for s in _DECK}


def place(plan: Plan, rng: Random) -> Iterable[Placement]:
    """Deals the deck, one situation a person."""
    return deal(TOPIC, plan, rng, DECKS)


def write(placement: Placement, chart: ChartBuilder, rng: Random) -> None:
    """Writes one situation into a chart."""
    plant(_BY_NAME[placement.details["question"], placement.details["variant"]], chart, rng)
