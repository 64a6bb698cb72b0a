"""The category `point-of-care-glucose`: the latest meter reading, its trend, and the checks that follow from it."""
