"""Turns blocks into a ``Schema``: the meaning of their names, types, attributes and relations."""
