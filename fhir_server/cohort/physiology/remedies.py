"""What medicines do to the body: each dose, or as long as they are taken. Sizes are for the usual dose of `codes.DRUGS`.

Directions and rough sizes are those of the US labels (DailyMed) and of the sources named beside a row; they make
charts plausible and are no dosing advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Effect:
    """One dose moves `quantity` by `size` (see `Trend.logs`): it grows over `rise` hours and fades over `fade` hours."""

    quantity: str
    size: float
    rise: float
    fade: float


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a medicine does.

    Attributes:
        doses: what each dose does.
        lasting: what it does while it is taken regularly.
        hours: time constant with which the lasting effect comes and goes.
        hold: the reading under which a nurse holds a dose: (sign or analyte, limit).
    """

    doses: tuple[Effect, ...] = ()
    lasting: Mapping[str, float] = field(default_factory=dict[str, float])
    hours: float = 72
    hold: tuple[str, float] | None = None


def _pressure(systolic: float, **more: float) -> dict[str, float]:
    return {"systolic": systolic, "diastolic": systolic * 0.3} | {
        k.replace("_", "-"): v for k, v in more.items()
    }


_FEVER = (Effect("temperature", -0.6, 0.8, 3.5), Effect("pain", -0.8, 0.7, 3))
_OPIOID = (Effect("pain", -2.6, 0.4, 3.0), Effect("respiratory-rate", -1.5, 0.4, 3.0))

REMEDIES: Mapping[str, Remedy] = {
    # 10 mEq of potassium raise serum potassium by about 0.1 mmol/L (common inpatient rule; Kruse and Carlson 1990)
    "potassium-chloride-oral": Remedy((Effect("potassium", 0.24, 1.5, 36),)),
    "potassium-chloride-iv": Remedy((Effect("potassium", 0.26, 1.0, 30),)),
    "magnesium-sulfate-iv": Remedy((Effect("magnesium", 0.35, 0.8, 40),)),
    "magnesium-oxide-oral": Remedy((Effect("magnesium", 0.1, 4, 40),)),
    "calcium-gluconate-iv": Remedy((Effect("calcium", 0.5, 0.5, 6),)),
    "sodium-bicarbonate-oral": Remedy(lasting={"co2": 2.0, "potassium": -0.1}, hours=72),
    "sodium-bicarbonate-iv": Remedy((Effect("co2", 1.8, 0.6, 14), Effect("potassium", -0.15, 0.8, 5))),
    "sodium-chloride-infusion": Remedy((Effect("systolic", 1.5, 0.6, 6), Effect("urine", 8, 1, 6))),
    "sodium-zirconium-cyclosilicate": Remedy((Effect("potassium", -0.3, 3, 40),)),
    "insulin-regular-iv": Remedy((Effect("glucose", -0.3, 0.6, 3), Effect("potassium", -0.85, 0.7, 5))),
    "vasopressin": Remedy((Effect("systolic", 8, 0.2, 3), Effect("diastolic", 4, 0.2, 3))),
    "haloperidol-iv": Remedy((Effect("gcs", -0.5, 0.4, 5), Effect("heart-rate", -4, 0.4, 5))),
    "iron-sucrose-iv": Remedy((Effect("ferritin", 0.5, 40, 24 * 60), Effect("iron", 12, 40, 24 * 30), Effect("hemoglobin", 0.3, 24 * 12, 24 * 60))),
    "calcitriol": Remedy(lasting={"pth": -0.4, "calcium": 0.12}, hours=24 * 20),
    "sodium-chloride-iv": Remedy((Effect("systolic", 3, 0.5, 6), Effect("bun", -0.03, 4, 36), Effect("hemoglobin", -0.1, 1, 24))),
    "insulin-lispro": Remedy((Effect("glucose", -0.55, 0.8, 3.5), Effect("potassium", -0.06, 0.8, 3))),
    "insulin-regular": Remedy((Effect("glucose", -0.26, 1.0, 4.5), Effect("potassium", -0.1, 1, 4))),
    "insulin-glargine": Remedy(lasting={"glucose": -0.22}, hours=24 * 7, hold=("glucose", 80)),  # a week: it bends A1c too
    "metformin": Remedy(lasting={"glucose": -0.15}, hours=24 * 10),
    "metformin-1000": Remedy(lasting={"glucose": -0.2}, hours=24 * 10),
    "glipizide": Remedy(lasting={"glucose": -0.14}, hours=24 * 7),
    "sitagliptin": Remedy(lasting={"glucose": -0.09}, hours=24 * 7),
    "empagliflozin": Remedy(lasting={"glucose": -0.1, "systolic": -3, "weight": -1.2}, hours=24 * 10),
    "semaglutide": Remedy(lasting={"glucose": -0.2, "weight": -4.0}, hours=24 * 40),
    "dextrose-iv": Remedy((Effect("glucose", 0.55, 0.15, 0.9),)),
    "glucagon": Remedy((Effect("glucose", 0.45, 0.3, 1.0),)),
    "furosemide": Remedy((Effect("urine", 55, 0.6, 3.5),), {"potassium": -0.18, "weight": -1.0, "bun": 0.06}, 60, ("systolic", 90)),
    "furosemide-iv": Remedy((
        Effect("urine", 150, 0.4, 2.8), Effect("weight", -0.2, 4, 60), Effect("potassium", -0.075, 3, 44),
        Effect("magnesium", -0.022, 4, 60), Effect("bun", 0.02, 10, 60), Effect("creatinine", 0.012, 10, 60), Effect("co2", 0.18, 8, 80),
    ), hold=("systolic", 88)),
    "torsemide": Remedy((Effect("urine", 60, 0.8, 5),), {"potassium": -0.18, "weight": -1.0, "bun": 0.06}, 60, ("systolic", 90)),
    "bumetanide": Remedy((Effect("urine", 60, 0.6, 3.5),), {"potassium": -0.18, "weight": -1.0, "bun": 0.06}, 60, ("systolic", 90)),
    "spironolactone": Remedy(lasting=_pressure(-4, potassium=0.22), hours=96, hold=("systolic", 90)),
    "hydrochlorothiazide": Remedy(lasting=_pressure(-7, potassium=-0.22, sodium=-1.0, uric_acid=0.5), hours=120, hold=("systolic", 95)),
    "lisinopril": Remedy(lasting=_pressure(-8, potassium=0.12, creatinine=0.04), hours=96, hold=("systolic", 95)),
    "lisinopril-20": Remedy(lasting=_pressure(-11, potassium=0.15, creatinine=0.05), hours=96, hold=("systolic", 95)),
    "losartan": Remedy(lasting=_pressure(-8, potassium=0.1, creatinine=0.04), hours=96, hold=("systolic", 95)),
    "amlodipine": Remedy(lasting=_pressure(-9), hours=120, hold=("systolic", 95)),
    "hydralazine": Remedy(lasting=_pressure(-7), hours=24, hold=("systolic", 100)),
    "carvedilol": Remedy(lasting=_pressure(-5, heart_rate=-7), hours=30, hold=("heart-rate", 52)),
    "metoprolol-tartrate": Remedy((Effect("heart-rate", -3, 1, 5),), _pressure(-4, heart_rate=-7), 24, ("heart-rate", 54)),
    "metoprolol-succinate": Remedy(lasting=_pressure(-4, heart_rate=-8), hours=36, hold=("heart-rate", 54)),
    "amiodarone": Remedy(lasting={"heart-rate": -8}, hours=120, hold=("heart-rate", 50)),
    "digoxin": Remedy(lasting={"heart-rate": -6}, hours=72, hold=("heart-rate", 55)),
    "metolazone": Remedy((Effect("urine", 40, 1.5, 9), Effect("potassium", -0.14, 5, 40), Effect("sodium", -0.5, 6, 40), Effect("co2", 0.4, 8, 60))),
    "sacubitril-valsartan": Remedy(lasting=_pressure(-7, potassium=0.1, creatinine=0.04, nt_probnp=-0.22), hours=120, hold=("systolic", 95)),
    "sacubitril-valsartan-49": Remedy(lasting=_pressure(-9, potassium=0.13, creatinine=0.05, nt_probnp=-0.32), hours=120, hold=("systolic", 95)),
    "sacubitril-valsartan-97": Remedy(lasting=_pressure(-11, potassium=0.15, creatinine=0.05, nt_probnp=-0.42), hours=120, hold=("systolic", 95)),
    "diltiazem-iv": Remedy(lasting=_pressure(-6, heart_rate=-14), hours=1.6, hold=("systolic", 90)),
    "diltiazem": Remedy(lasting=_pressure(-6, heart_rate=-9), hours=20, hold=("heart-rate", 54)),
    "metoprolol-iv": Remedy((Effect("heart-rate", -9, 0.2, 3.2), Effect("systolic", -5, 0.2, 3.2))),
    "labetalol-iv": Remedy((Effect("systolic", -15, 0.2, 3.5), Effect("heart-rate", -5, 0.2, 3.5))),
    "dobutamine": Remedy(lasting=_pressure(7, heart_rate=9, urine=25, lactate=-0.25), hours=1.5),
    # an infusion by nomogram brings aPTT to about twice the normal value (Raschke et al., Ann Intern Med 1993)
    "heparin-iv": Remedy(lasting={"aptt": 0.78, "inr": 0.06}, hours=2.4),
    "heparin-bolus": Remedy((Effect("aptt", 1.1, 0.1, 1.4),)),
    "rosuvastatin": Remedy(lasting={"cholesterol": -50}, hours=24 * 14),
    "ezetimibe": Remedy(lasting={"cholesterol": -24}, hours=24 * 14),
    "albuterol-inhaler": Remedy((Effect("heart-rate", 2.5, 0.2, 1.4), Effect("respiratory-rate", -1, 0.2, 3))),
    "nitroglycerin": Remedy((Effect("systolic", -9, 0.1, 0.6), Effect("pain", -1.5, 0.1, 0.8))),
    "atorvastatin": Remedy(lasting={"cholesterol": -42}, hours=24 * 14),
    "atorvastatin-80": Remedy(lasting={"cholesterol": -62, "alt": 0.06}, hours=24 * 14),
    "warfarin": Remedy(lasting={"inr": 0.86}, hours=62),
    "apixaban": Remedy(lasting={"inr": 0.12}, hours=10),
    "heparin-sc": Remedy(lasting={"aptt": 0.04}, hours=6),
    "norepinephrine": Remedy((Effect("systolic", 11, 0.1, 2.6), Effect("diastolic", 5, 0.1, 2.6), Effect("heart-rate", 2, 0.1, 2.6))),
    "propofol": Remedy((Effect("gcs", -3.2, 0.1, 2.2), Effect("systolic", -4, 0.1, 2), Effect("respiratory-rate", -1, 0.1, 2))),
    "fentanyl-iv": Remedy((*_OPIOID, Effect("gcs", -0.8, 0.1, 1.5))),
    "lorazepam-iv": Remedy((Effect("gcs", -1.0, 0.2, 4), Effect("heart-rate", -4, 0.3, 4))),
    "acetaminophen": Remedy(_FEVER),
    "oxycodone": Remedy(_OPIOID),
    "oxycodone-acetaminophen": Remedy((*_OPIOID, Effect("temperature", -0.4, 0.8, 3.5))),
    "hydromorphone-iv": Remedy(_OPIOID),
    "morphine-iv": Remedy(_OPIOID),
    "gabapentin": Remedy(lasting={"pain": -0.6}, hours=48),
    "prednisone": Remedy(lasting={"glucose": 0.2, "wbc": 0.28, "crp": -0.4}, hours=20),
    "methylprednisolone-iv": Remedy((Effect("glucose", 0.16, 4, 9), Effect("wbc", 0.14, 6, 20))),
    "albuterol-neb": Remedy((Effect("heart-rate", 5, 0.2, 1.6), Effect("potassium", -0.05, 0.5, 3), Effect("respiratory-rate", -1.5, 0.2, 3), Effect("spo2", 0.8, 0.2, 3))),
    "ipratropium-neb": Remedy((Effect("respiratory-rate", -0.8, 0.3, 3.5), Effect("spo2", 0.4, 0.3, 3.5))),
    "levothyroxine": Remedy(lasting={"tsh": -1.5}, hours=24 * 28),
    "levothyroxine-25": Remedy(lasting={"tsh": -0.5}, hours=24 * 28),
    "levothyroxine-50": Remedy(lasting={"tsh": -1.0}, hours=24 * 28),
    "levothyroxine-100": Remedy(lasting={"tsh": -2.0}, hours=24 * 28),
    "levothyroxine-125": Remedy(lasting={"tsh": -2.5}, hours=24 * 28),
    "allopurinol": Remedy(lasting={"uric-acid": -2.2}, hours=24 * 10),
    "ferrous-sulfate": Remedy(lasting={"hemoglobin": 0.9, "ferritin": 0.7, "iron": 22}, hours=24 * 40),
    "epoetin-alfa": Remedy(lasting={"hemoglobin": 1.1}, hours=24 * 30),
    "sevelamer": Remedy(lasting={"phosphate": -0.9}, hours=24 * 7),
    "lactulose": Remedy(lasting={"ammonia": -0.5, "potassium": -0.08}, hours=30),
    "rifaximin": Remedy(lasting={"ammonia": -0.25}, hours=72),
    "sulfamethoxazole-trimethoprim": Remedy(lasting={"potassium": 0.3, "creatinine": 0.08}, hours=48),
    "tacrolimus": Remedy(lasting={"creatinine": 0.08, "potassium": 0.15, "magnesium": -0.2}, hours=72),
    "albumin-iv": Remedy((Effect("albumin", 0.22, 0.8, 120), Effect("systolic", 4, 0.6, 12), Effect("creatinine", -0.03, 6, 60))),
    "midodrine": Remedy((Effect("systolic", 7, 0.8, 4),), {"creatinine": -0.12}, 60),
    "propranolol": Remedy(lasting=_pressure(-4, heart_rate=-11), hours=24, hold=("heart-rate", 55)),
    "phytonadione-iv": Remedy((Effect("inr", -0.45, 10, 200),)),
    "ibuprofen": Remedy((Effect("pain", -1.7, 0.8, 4), Effect("temperature", -0.4, 0.8, 4))),
    "ketorolac-iv": Remedy((Effect("pain", -2.2, 0.4, 4),)),
    "naproxen": Remedy(lasting={"pain": -0.9, "systolic": 2}, hours=36),
    "dexamethasone": Remedy((Effect("glucose", 0.28, 4, 16), Effect("wbc", 0.18, 6, 22))),
    "filgrastim": Remedy((Effect("wbc", 0.42, 14, 40),)),
    "cholecalciferol": Remedy(lasting={"vitamin-d": 0.4}, hours=24 * 40),
    "oxytocin-iv": Remedy((Effect("pain", 0.6, 0.5, 1.5),)),
}  # fmt: skip
