"""All lasting conditions, in the order in which they begin and are seen to at a visit."""

from __future__ import annotations

from .asthma import ASTHMA
from .atrial_fibrillation import ATRIAL_FIBRILLATION
from .copd import COPD
from .coronary import CORONARY
from .heart_failure import HEART_FAILURE
from .hyperlipidemia import HYPERLIPIDEMIA
from .hypertension import HYPERTENSION
from .model import Lasting
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
)
