"""Reads the SQL of MySQL, SQLite and SQL Server, by sqlglot."""
