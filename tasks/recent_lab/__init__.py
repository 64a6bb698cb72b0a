"""The latest laboratory value that counts, in the unit asked for."""
