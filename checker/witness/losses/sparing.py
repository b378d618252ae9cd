"""Takes just those rows out of the tables on which a statement fails, and what refers to them.

All other rows stay, so that the statements that follow still meet some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from checker.pg.connection import Connection

Rows = dict[int, set[str]]
"""The places (ctid) of rows by the oid of the table or partition that holds them."""

TRIALS = 200
"""How often a statement is tried at most to find the rows on which it fails."""

_PLACES = "SELECT tableoid::pg_catalog.int8, ctid::pg_catalog.text FROM {table}"
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


class Deletable:
    """Which rows go together, and takes them out. All of it raises psycopg.Error."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keys = connection.execute(_FOREIGN_KEYS.encode()).fetchall()
        self._parents: dict[int, int] = dict(connection.execute(_PARENTS.encode()).fetchall())

    @property
    def deferred(self) -> bool:
        """Whether a foreign key is checked at the end of the transaction only, so that to delete
        would leave work behind until then.
        """
        return any(deferred for _, _, _, deferred, _ in self._keys)

    def offending(self, query: str) -> Rows:
        """The rows that a query of ``sql.queries`` counts; none where all would have to go."""
        finding = _finding(query)
        found: Rows = {}
        if finding is not None:
            _add(found, self._connection.execute(finding.encode()).fetchall())
        return found

    def all_of(self, tables: Iterable[str]) -> Rows:
        """The rows of tables, which are given as SQL."""
        found: Rows = {}
        for table in tables:
            _add(found, self._connection.execute(_PLACES.format(table=table).encode()).fetchall())
        return found

    def referring(self, rows: Rows) -> Rows:
        """Rows, and all that refer to them."""
        doomed: Rows = {table: set(places) for table, places in rows.items()}
        found = rows
        while found:
            referring: list[tuple[int, str]] = []
            for table, places in found.items():
                above = self._parents.get(table, table)
                own = {table, above, self._parents.get(above, above)}
                for parent_oid, child, parent, _, joined in self._keys:
                    if parent_oid in own:
                        query = _REFERRING.format(
                            child=child, parent=parent, joined=joined, table=table
                        )
                        answer = self._connection.execute(query.encode(), (list(places),))
                        referring += answer.fetchall()
            found = _add(doomed, referring)
        return doomed

    def delete(self, doomed: Rows) -> None:
        """In one statement, for only at its end are the foreign keys between tables checked."""
        rows = self._connection.execute(
            b"SELECT oid::pg_catalog.int8, oid::pg_catalog.regclass::pg_catalog.text "
            b"FROM pg_catalog.pg_class WHERE oid = ANY (%s::pg_catalog.oid[])",
            (list(doomed),),
        )
        names: dict[int, str] = dict(rows.fetchall())
        deletes = [_DELETE.format(n=n, table=names[table]) for n, table in enumerate(doomed)]
        if deletes:
            self._connection.execute(
                f"WITH {', '.join(deletes)} SELECT".encode(),
                [list(places) for places in doomed.values()],
            )


def smallest(rows: Rows, works: Callable[[Rows], bool], trials: int = TRIALS) -> Rows:
    """The rows without which a statement succeeds, as few of them as some trials find.

    ``works`` says whether it succeeds when the rows it is given are gone; without all of them it
    does. A half that may stay does; one that may not is halved again.
    """
    every = sorted((table, place) for table, places in rows.items() for place in places)
    kept: set[tuple[int, str]] = set()
    waiting = _halves(every)
    while waiting and trials:
        trials -= 1
        part = waiting.pop()
        if works(_rows(set(every) - kept - set(part))):
            kept.update(part)
        else:
            waiting += _halves(part)
    return _rows(set(every) - kept)


def _halves(part: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    middle = len(part) // 2
    return [part[:middle], part[middle:]] if middle else []


def _rows(places: Iterable[tuple[int, str]]) -> Rows:
    found: Rows = {}
    for table, place in places:
        found.setdefault(table, set()).add(place)
    return found


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


def _add(doomed: Rows, rows: Iterable[tuple[int, str]]) -> Rows:
    """Adds rows; those that were not there yet."""
    new: Rows = {}
    for table, place in rows:
        if place not in doomed.setdefault(table, set()):
            doomed[table].add(place)
            new.setdefault(table, set()).add(place)
    return new
