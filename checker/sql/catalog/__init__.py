"""The schema before a statement, folded from all earlier ones or read from a server."""
