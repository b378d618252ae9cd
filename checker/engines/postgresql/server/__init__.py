"""Servers of PostgreSQL: our own, started for one run, and those that a caller names."""
