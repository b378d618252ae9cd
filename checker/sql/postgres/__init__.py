"""Reads PostgreSQL's SQL, by PostgreSQL's own grammar."""
