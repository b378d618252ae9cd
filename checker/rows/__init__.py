"""Synthetic rows: what tables hold in production at its worst, as far as their schema permits.

    session     a session in which no code of the schema has a superuser's rights
    reading     the catalog as plain values (``catalog``)
    values      what to propose for each type; ``mining`` and ``matching`` for a condition
    planning    which values columns take: ``patterns`` several together, ``sources`` one
    filling     the rows of one table; ``references`` the keys they refer to
    tables      the job: all of them, their order, what is left to be put right

The server judges everything: which values a type has, which satisfy a condition, which rows a table
takes. The proposals depend only on the schema and the seed.
"""

from checker.rows.tables import Style, empty, fill

__all__ = ["Style", "empty", "fill"]
