"""Acute illnesses, one file each: the reasons for a stay."""
