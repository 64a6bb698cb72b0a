"""Magnesium replacement: is it indicated, how much, by which route, and when to look again."""
