"""The category `hba1c-monitoring`: the last HbA1c, and whether the next one is to be ordered."""
