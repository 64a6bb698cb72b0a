"""Potassium replacement: is it indicated, how much, by which route, and whether magnesium comes first."""
