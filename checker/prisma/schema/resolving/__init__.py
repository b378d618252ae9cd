"""Blocks to a ``Schema``: what the names, types, attributes and relations in them mean."""
