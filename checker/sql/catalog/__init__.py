"""The schema as it is before a statement, folded from all before it or asked of a server."""
