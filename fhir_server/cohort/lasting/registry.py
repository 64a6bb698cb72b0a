"""All lasting conditions, in the order in which they begin and are seen to at a visit."""

from __future__ import annotations

from .anemia import ANEMIA
from .asthma import ASTHMA
from .atrial_fibrillation import ATRIAL_FIBRILLATION
from .cancer import CANCER
from .cirrhosis import CIRRHOSIS
from .copd import COPD
from .coronary import CORONARY
from .depression import DEPRESSION
from .diabetes_1 import DIABETES_1
from .diabetes_2 import DIABETES_2
from .dialysis import DIALYSIS
from .healthy import HEALTHY
from .heart_failure import HEART_FAILURE
from .hip_fracture import HIP_FRACTURE
from .hyperlipidemia import HYPERLIPIDEMIA
from .hypertension import HYPERTENSION
from .hypothyroidism import HYPOTHYROIDISM
from .kidney import CKD_3, CKD_4, CKD_5
from .model import Lasting
from .osteoarthritis import OSTEOARTHRITIS
from .pregnancy import PAROUS, PREGNANT
from .stroke import STROKE

LASTING: tuple[Lasting, ...] = (
    COPD,
    ASTHMA,
    HEALTHY,
    HEART_FAILURE,
    CORONARY,
    ATRIAL_FIBRILLATION,
    STROKE,
    HYPERTENSION,
    HYPERLIPIDEMIA,
    DIABETES_1,
    DIABETES_2,
    CKD_3,
    CKD_4,
    CKD_5,
    DIALYSIS,
    ANEMIA,
    HYPOTHYROIDISM,
    CIRRHOSIS,
    CANCER,
    PREGNANT,
    PAROUS,
    OSTEOARTHRITIS,
    HIP_FRACTURE,
    DEPRESSION,
)
