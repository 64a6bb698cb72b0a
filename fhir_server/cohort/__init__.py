"""The synthetic cohort: a plan for all, then a chart from (plan, person) alone.

`build_plan(seed)` deals people and situations; `write_chart(plan, person)` writes one chart.
"""

from .charts import write_chart
from .dealing import build_plan

__all__ = ["build_plan", "write_chart"]
