"""All acute illnesses by key; every key of `ailments.REASONS` has one."""

from __future__ import annotations

from collections.abc import Mapping

from .afib import AFIB
from .cellulitis import CELLULITIS
from .chest_pain import CHEST_PAIN
from .copd import COPD
from .elective import CHOLECYSTECTOMY, ELECTIVE_COLECTOMY, ELECTIVE_KNEE
from .gi_bleed import GI_BLEED
from .heart_failure import HEART_FAILURE
from .hip import HIP
from .ketoacidosis import KETOACIDOSIS
from .kidney import KIDNEY, MISSED_DIALYSIS
from .liver import LIVER
from .model import Illness
from .neutropenia import NEUTROPENIA
from .pancreatitis import PANCREATITIS
from .pneumonia import PNEUMONIA
from .pregnancy import DELIVERY, PRETERM
from .sepsis import SEPSIS
from .stroke import STROKE
from .sugar import HYPERGLYCEMIA, HYPOGLYCEMIA
from .uti import UTI

ILLNESSES: Mapping[str, Illness] = {
    illness.key: illness
    for illness in (
        PNEUMONIA,
        STROKE,
        HEART_FAILURE,
        COPD,
        CHEST_PAIN,
        AFIB,
        GI_BLEED,
        LIVER,
        PANCREATITIS,
        HIP,
        ELECTIVE_KNEE,
        ELECTIVE_COLECTOMY,
        CHOLECYSTECTOMY,
        DELIVERY,
        PRETERM,
        NEUTROPENIA,
        SEPSIS,
        UTI,
        CELLULITIS,
        KIDNEY,
        MISSED_DIALYSIS,
        KETOACIDOSIS,
        HYPERGLYCEMIA,
        HYPOGLYCEMIA,
    )
}
