"""Compares the cohort with published figures of real records: `make realism`. A tool for developers, not in the wheel."""
