"""Rows and values before a statement and after it, compared."""
