"""Lasting conditions, one file each."""
