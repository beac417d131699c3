"""Functional suites: authored cases that say what must be flagged and what must not."""
