"""Runs agents over suites: one episode a record, nothing done twice, nothing lost."""
