"""Blocks to a ``Schema``: names, types, attributes and relations, each in its stage.

A stage runs only where those before it found nothing wrong, as in Prisma's engine: whoever reads
the problems sees causes, not what follows from them.
"""
