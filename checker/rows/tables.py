"""Fills tables and what they reference, and empties them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal

import psycopg

from checker.errors import CannotWorkError, InputError
from checker.model import Fill
from checker.pg.connection import Connection
from checker.pg.roles import plain
from checker.rows.catalog import FillCatalog, FillTable
from checker.rows.filling import TableFiller
from checker.rows.hints import Hints
from checker.rows.planning import Plan, Planner
from checker.rows.reading import read_catalog
from checker.rows.references import Keys
from checker.rows.repairing import advance_sequences, count_rows, mend_orphans, with_orphans
from checker.rows.session import FillSession, Refused

Style = Literal["awkward", "tame"]
"""``awkward`` rows are as production's worst; ``tame`` ones differ and satisfy what may be asked
of them: numbers from 1 up in each key, so that keys of one type refer to each other.
"""
_PATIENT = 500
"""Up to this many rows, ordinary rows that a table refuses are replaced one by one."""
TableName = int | tuple[str, str]
"""A table's oid, or its schema and name."""
# Catalog, its key, the column that is written, what is silent, and what is not.
_LOUD = (
    ("pg_trigger", "oid", "tgenabled", "D", "AR"),
    ("pg_rewrite", "oid", "ev_enabled", "D", "AR"),
    ("pg_index", "indexrelid", "indimmediate", "t", "f"),
)


def fill(
    connection: Connection,
    tables: Iterable[TableName],
    *,
    rows: int = 60,
    seed: int = 0,
    style: Style = "awkward",
    seconds: float = 120.0,
    hints: Hints | None = None,
) -> tuple[Fill, ...]:
    """Gives each of the tables, and of those that they reference, up to ``rows`` rows more.

    All rows satisfy all constraints; triggers and rules do not run, sequences go on behind the new
    numbers. The same schema, rows and seed give the same rows. A table that cannot be filled says
    why, and the others are filled nevertheless. The connection must be a superuser's, without a
    transaction. Raises InputError for an unknown table, and CannotWorkError where the role may not
    do this or it takes longer than ``seconds``: code of the schema may not end.
    """
    with _silenced(connection), FillSession.opened(connection, seconds) as session:
        catalog = read_catalog(session.connection)
        wanted = _with_referenced(catalog, _resolve(catalog, tables))
        try:
            return _Job(session, catalog, wanted, rows, seed, style, hints or Hints()).run()
        except Refused as refused:
            raise CannotWorkError(f"The rows could not be checked: {refused}") from None


def empty(connection: Connection, tables: Iterable[TableName]) -> tuple[str, ...]:
    """Empties the tables and all that reference them, including rows from before; no trigger runs.
    Returns the names of the tables that are now empty. Raises as ``fill`` does.
    """
    with _silenced(connection), FillSession.opened(connection) as session:
        catalog = read_catalog(session.connection)
        chosen = {t.oid for t in _resolve(catalog, tables)}
        size = -1
        while len(chosen) > size:
            size = len(chosen)
            chosen |= {t.oid for t in catalog.tables.values()
                       if any(r.table in chosen for r in t.references)}  # fmt: skip
            chosen |= {t.root for t in catalog.tables.values() if t.oid in chosen and t.root}
        gone = [t for t in catalog.tables.values() if t.oid in chosen and t.kind != "f"]
        if not gone:
            return ()
        names = ", ".join(t.sql for t in gone)
        try:
            session.do(f"TRUNCATE {names}")
        except Refused as refused:
            raise CannotWorkError(f"The tables could not be emptied: {refused}") from None
    return tuple(t.label for t in gone)


def _resolve(catalog: FillCatalog, tables: Iterable[TableName]) -> list[FillTable]:
    """The tables named; for a partition, its partitioned table."""
    names = {(t.schema, t.name): t.oid for t in catalog.tables.values()}
    chosen: dict[int, FillTable] = {}
    for name in tables:
        oid = name if isinstance(name, int) else names.get(name)
        table = catalog.tables.get(oid) if oid is not None else None
        if table is None:
            raise InputError(f"There is no table {name!r} to fill; give an oid or (schema, name)")
        chosen[table.oid] = table
    return list(chosen.values())


def _with_referenced(catalog: FillCatalog, tables: Sequence[FillTable]) -> list[FillTable]:
    """The tables with all that they reference, directly or not; with partitions their whole."""
    chosen: dict[int, FillTable] = {}
    left = list(tables)
    while left:
        table = left.pop()
        if table.oid in chosen:
            continue
        chosen[table.oid] = table
        further = [r.table for r in table.references] + ([table.root] if table.root else [])
        left += [catalog.tables[oid] for oid in further if oid in catalog.tables]
    return sorted(chosen.values(), key=lambda t: (t.schema, t.name))


@contextmanager
def _silenced(connection: Connection) -> Iterator[None]:
    """Turns off the triggers and rules that fire although the session says that none should, and
    has deferrable constraints checked with each row: later only a trigger would (PostgreSQL docs,
    CREATE TABLE, DEFERRABLE).

    Written into the catalogs, where a session that begins later reads it: ALTER TABLE would open
    the table, and with it run functions in a partition key as superuser.
    """
    changed: list[tuple[bytes, str, list[int]]] = []
    try:
        for table, key, column, silent, loud in _LOUD:
            for state in loud:
                with plain(connection):
                    update = f"UPDATE {table} SET {column} = %s WHERE {column} = %s"  # noqa: S608
                    if table == "pg_trigger":
                        update += " AND NOT tgisinternal"
                    query = f"{update} RETURNING {key}::bigint".encode()
                    oids = [oid for (oid,) in connection.execute(query, (silent, state))]
                again = f"UPDATE {table} SET {column} = %s WHERE {key} = ANY (%s::oid[])".encode()  # noqa: S608
                changed.append((again, state, oids))
        yield
    except psycopg.errors.InsufficientPrivilege:
        raise CannotWorkError("Only a superuser can fill tables with triggers off") from None
    finally:
        for again, state, oids in changed:
            if oids and not connection.closed:
                with plain(connection):
                    connection.execute(again, (state, oids))


class _Job:
    """One fill."""

    def __init__(
        self, session: FillSession, catalog: FillCatalog, tables: Sequence[FillTable],
        rows: int, seed: int, style: Style, hints: Hints,
    ) -> None:  # fmt: skip
        self._session = session
        self._catalog = catalog
        self._rows = rows
        self._seed = seed
        self._style = style
        planner = Planner(session, catalog, tables, rows, seed, hints, tame=style == "tame")
        self._plans = {t.oid: self._plan(planner, t) for t in tables}
        self._keys = Keys(session, self._plans)
        self._problems: dict[int, str] = {}
        self._sound: set[tuple[int, str]] = set()

    def run(self) -> tuple[Fill, ...]:
        """Fills all tables, then mends what shows only afterwards."""
        tables = [plan.table for plan in self._plans.values()]
        for table in _ordered(tables):
            self._fill(table)
        self._mend_orphans(tables)
        advance_sequences(self._session, tables)
        counts = count_rows(self._session, tables)
        return tuple(self._result(t, *counts.get(t.oid, (0, False))) for t in tables)

    def _plan(self, planner: Planner, table: FillTable) -> Plan:
        try:
            return planner.plan(table)
        except Refused as refused:
            return Plan(table, {}, {}, problem=f"its constraints could not be read: {refused}")

    def _fill(self, table: FillTable) -> None:
        problem = self._unfit(table)
        if problem is None:
            try:
                problem = self._insert(table)
            except Refused as refused:
                problem = f"it refuses rows: {refused}"
        if problem is not None:
            self._problems[table.oid] = problem
        self._keys.learn(table)

    def _unfit(self, table: FillTable) -> str | None:
        if table.kind == "f":
            return "it is a foreign table"
        if table.kind == "p" and not table.partitions:
            return "it has no partition"
        lacking = self._keys.lacking(table)
        if lacking is not None:
            other = self._catalog.tables.get(lacking.table)
            name = other.label if other else "a table of PostgreSQL itself"
            return f'it must reference "{name}", which could not be filled'
        return self._plans[table.oid].problem

    def _insert(self, table: FillTable) -> str | None:
        """Fills the table; returns why it stays empty, if it does."""
        if table.root is not None and count_rows(self._session, [table])[table.oid][0]:
            return None  # filled with its partitioned table
        plan = self._plans[table.oid]
        filler = TableFiller(self._session, plan, self._keys, self._rows, self._seed)
        if self._style == "awkward":
            made = filler.fill(awkward=True)
        else:
            made = self._insert_at_once(filler, table) or filler.fill(awkward=False)
        return None if made else filler.refusal

    def _insert_at_once(self, filler: TableFiller, table: FillTable) -> int:
        """The number of rows; 0 where there are too few or they reference missing rows."""
        known = [r for r in table.references if self._keys.filled(r.table)]
        with suppress(Refused), self._session.attempt():
            made = filler.fill_at_once()
            orphans = with_orphans(self._session, self._catalog, table, known)
            enough = self._rows if self._rows <= _PATIENT else self._rows // 2
            if made >= enough and not orphans:
                self._sound |= {(table.oid, r.name) for r in known}
                return made
            raise Refused
        return 0

    def _mend_orphans(self, tables: Sequence[FillTable]) -> None:
        """Repeats until no row references a removed one."""
        thinned = {t.oid for t in tables}
        while thinned:
            again = set()
            for table in tables:
                unsure = [
                    r
                    for r in table.references
                    if r.table in thinned and (table.oid, r.name) not in self._sound
                ]
                for reference in with_orphans(self._session, self._catalog, table, unsure):
                    if mend_orphans(self._session, self._catalog, table, reference):
                        again.add(table.oid)
            thinned, self._sound = again, set()

    def _result(self, table: FillTable, rows: int, holds: bool) -> Fill:
        if holds:  # where there were rows before, the table may be full
            return Fill(table.label, rows)
        without = "every row would have referenced one that does not exist"
        return Fill(table.label, 0, self._problems.get(table.oid, without))


def _ordered(tables: Sequence[FillTable]) -> list[FillTable]:
    """Each after those that it references and after its whole; of a cycle, first what must
    reference least that is not filled yet.
    """
    left, order = {t.oid: t for t in tables}, []

    def open_references(table: FillTable) -> tuple[int, int, str]:
        waits = {r.table for r in table.references} | ({table.root} if table.root else set())
        ahead = [r for r in table.references if r.table in waits & left.keys() - {table.oid}]
        firm = [r for r in ahead if not any(table.column(n).nullable for n in r.columns)]
        whole = table.root in left
        return (len(firm) + whole, len(ahead) + whole, table.label)

    while left:
        ready = [t for t in left.values() if open_references(t)[1] == 0]
        batch = ready or [min(left.values(), key=open_references)]
        for table in batch:
            order.append(table)
            del left[table.oid]
    return order
