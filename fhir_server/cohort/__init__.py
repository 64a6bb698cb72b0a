"""The synthetic cohort: a plan for all, then a chart from (plan, person) alone."""
