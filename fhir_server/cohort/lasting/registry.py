"""All lasting conditions, in the order in which they begin and are seen to at a visit."""

from __future__ import annotations

from .asthma import ASTHMA
from .atrial_fibrillation import ATRIAL_FIBRILLATION
from .cancer import CANCER
from .cirrhosis import CIRRHOSIS
from .copd import COPD
from .coronary import CORONARY
from .depression import DEPRESSION
from .healthy import HEALTHY
from .heart_failure import HEART_FAILURE
from .hip_fracture import HIP_FRACTURE
from .hyperlipidemia import HYPERLIPIDEMIA
from .hypertension import HYPERTENSION
from .model import Lasting
from .osteoarthritis import OSTEOARTHRITIS
from .pregnancy import PAROUS, PREGNANT
from .stroke import STROKE

LASTING: tuple[Lasting, ...] = (
    HEART_FAILURE,
    CORONARY,
    ATRIAL_FIBRILLATION,
    STROKE,
    HYPERTENSION,
    HYPERLIPIDEMIA,
    COPD,
    ASTHMA,
    CIRRHOSIS,
    CANCER,
    PREGNANT,
    PAROUS,
    OSTEOARTHRITIS,
    HIP_FRACTURE,
    DEPRESSION,
    HEALTHY,
)
