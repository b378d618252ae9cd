"""Takes just those rows out of the tables on which a statement fails, and what refers to them.

All other rows stay, so that the statements that follow still meet some.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.pg.connection import Connection

Rows = dict[int, set[str]]
"""The places (ctid) of rows by the oid of the table or partition that holds them."""

_COUNTED, _GROUPED = "SELECT count(*) FROM ", ", count(*) FROM "
_FOREIGN_KEYS = """
SELECT k.confrelid::pg_catalog.int8, k.conrelid::pg_catalog.regclass::pg_catalog.text,
  k.confrelid::pg_catalog.regclass::pg_catalog.text, k.condeferred,
  (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I = p.%I', c.attname, p.attname), ' AND ')
   FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS pair (own, other)
   JOIN pg_catalog.pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = pair.own
   JOIN pg_catalog.pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = pair.other)
FROM pg_catalog.pg_constraint k
WHERE k.contype = 'f' AND k.conparentid = 0
"""
_PARENTS = """
SELECT inhrelid::pg_catalog.int8, inhparent::pg_catalog.int8 FROM pg_catalog.pg_inherits
"""
# Names are regclass's and format's, which quote; what is in the query is the witness's own.
_REFERRING = """
SELECT c.tableoid::pg_catalog.int8, c.ctid::pg_catalog.text FROM {child} c JOIN {parent} p
ON {joined} WHERE p.tableoid = {table} AND p.ctid = ANY (%s::pg_catalog.tid[])
"""
_AGREEING = """
SELECT tableoid::pg_catalog.int8, ctid::pg_catalog.text FROM (SELECT tableoid, ctid,
pg_catalog.row_number() OVER (PARTITION BY {keys}) AS nth FROM {body}) agreeing WHERE nth > 1
"""
_DELETE = "d{n} AS (DELETE FROM ONLY {table} WHERE ctid = ANY (%s::pg_catalog.tid[]))"


def take_out(connection: Connection, query: str) -> bool:
    """Deletes the rows that a query of ``sql.queries`` counts, and those that refer to them.

    Whether there were any; nothing is deleted where all rows would have to go, or a foreign key is
    deferred, which would leave work behind until the transaction ends. Raises psycopg.Error.
    """
    finding = _finding(query)
    if finding is None:
        return False
    doomed: Rows = {}
    found = _added(doomed, connection.execute(finding.encode()).fetchall())
    keys = connection.execute(_FOREIGN_KEYS.encode()).fetchall()
    if not found or any(deferred for _, _, _, deferred, _ in keys):
        return False
    parents: dict[int, int] = dict(connection.execute(_PARENTS.encode()).fetchall())
    while found:
        referring: list[tuple[int, str]] = []
        for table, places in found.items():
            above = parents.get(table, table)
            own = {table, above, parents.get(above, above)}
            for parent_oid, child, parent, _, joined in keys:
                if parent_oid in own:
                    query = _REFERRING.format(
                        child=child, parent=parent, joined=joined, table=table
                    )
                    referring += connection.execute(query.encode(), (list(places),)).fetchall()
        found = _added(doomed, referring)
    _delete(connection, doomed)
    return True


def _finding(query: str) -> str | None:
    """The query, giving the places of the offending rows; of rows that agree one may stay."""
    if query.startswith(_COUNTED) and " WHERE " in query and not query.startswith(f"{_COUNTED}("):
        places = "SELECT tableoid::pg_catalog.int8, ctid::pg_catalog.text FROM "
        return places + query.removeprefix(_COUNTED)
    head, grouped, tail = query.partition(_GROUPED)
    if grouped and " GROUP BY " in tail:
        keys = head.removeprefix("SELECT ")
        return _AGREEING.format(keys=keys, body=tail.rpartition(" GROUP BY ")[0])
    return None


def _added(doomed: Rows, rows: Iterable[tuple[int, str]]) -> Rows:
    """Adds rows; those that were not there yet."""
    new: Rows = {}
    for table, place in rows:
        if place not in doomed.setdefault(table, set()):
            doomed[table].add(place)
            new.setdefault(table, set()).add(place)
    return new


def _delete(connection: Connection, doomed: Rows) -> None:
    """In one statement, for only at its end are the foreign keys between the tables checked."""
    rows = connection.execute(
        b"SELECT oid::pg_catalog.int8, oid::pg_catalog.regclass::pg_catalog.text "
        b"FROM pg_catalog.pg_class WHERE oid = ANY (%s::pg_catalog.oid[])",
        (list(doomed),),
    )
    names: dict[int, str] = dict(rows.fetchall())
    deletes = [_DELETE.format(n=n, table=names[table]) for n, table in enumerate(doomed)]
    connection.execute(
        f"WITH {', '.join(deletes)} SELECT".encode(), [list(places) for places in doomed.values()]
    )
