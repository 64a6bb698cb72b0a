"""Finding the one right record of a person."""
