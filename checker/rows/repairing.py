"""Mends what shows only once tables are filled: references to missing rows, lagging sequences.

Only rows of this transaction are ever removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from checker.model.changes import literal
from checker.rows.catalog import FillCatalog, FillForeignKey, FillTable
from checker.rows.session import FillSession, Refused

# PostgreSQL docs 9.27.9; the rows of a subtransaction are younger than the transaction.
_NEW = "pg_catalog.age({}.xmin) <= 0"


def count_rows(session: FillSession, tables: Sequence[FillTable]) -> dict[int, tuple[int, bool]]:
    """For each table by oid: how many rows were added, and whether it has any."""
    parts = [
        f"SELECT {t.oid} AS t, count(*) FILTER (WHERE {_NEW.format('a')}) AS n, "  # noqa: S608
        f"count(*) > 0 AS any FROM {t.rows} a"
        for t in tables
        if t.kind != "f"
    ]
    if not parts:
        return {}
    counts = session.ask(
        f'SELECT json_agg(json_build_array(t, n, "any")) FROM ({" UNION ALL ".join(parts)}) s'  # noqa: S608
    )
    return {oid: (new, filled) for oid, new, filled in counts}


def with_orphans(
    session: FillSession,
    catalog: FillCatalog,
    table: FillTable,
    references: Sequence[FillForeignKey],
) -> list[FillForeignKey]:
    """The foreign keys of a table by which new rows reference missing rows."""
    conditions = [(r, _orphans(catalog, table, r)) for r in references]
    testable = [(r, c) for r, c in conditions if c is not None]
    if not testable:
        return []
    exists = ", ".join(
        f"EXISTS (SELECT FROM {table.rows} a WHERE {_NEW.format('a')} AND {c})" for _, c in testable
    )
    answers = session.ask(f"SELECT to_json(ARRAY[{exists}])")
    return [r for (r, _), found in zip(testable, answers, strict=True) if found]


def mend_orphans(
    session: FillSession, catalog: FillCatalog, table: FillTable, reference: FillForeignKey
) -> int:
    """Makes new rows that reference nothing reference NULL, or removes them; gives how many were
    removed.
    """
    orphan = _orphans(catalog, table, reference)
    if orphan is None:
        return 0
    empty = [c for c in (table.column(n) for n in reference.columns) if c.nullable]
    if empty and (not reference.full or len(empty) == len(reference.columns)):
        settings = ", ".join(f"{c.sql} = NULL" for c in empty)
        update = f"UPDATE {table.rows} a SET {settings} WHERE {_NEW.format('a')} AND {orphan}"  # noqa: S608
        with suppress(Refused):
            session.do(update)
    return _delete(session, table, orphan)


def _orphans(catalog: FillCatalog, table: FillTable, reference: FillForeignKey) -> str | None:
    """The condition for rows ``a`` whose references point at nothing."""
    target = catalog.tables.get(reference.table)
    if target is None or "f" in (target.kind, table.kind):
        return None
    own = [f"a.{table.column(n).sql}" for n in reference.columns]
    pairs = " AND ".join(
        f"b.{target.column(k).sql} = {o}" for k, o in zip(reference.keys, own, strict=True)
    )
    present = " AND ".join(f"{o} IS NOT NULL" for o in own)
    orphan = f"({present} AND NOT EXISTS (SELECT FROM {target.rows} b WHERE {pairs}))"
    if reference.full:
        orphan += f" OR num_nulls({', '.join(own)}) BETWEEN 1 AND {len(own) - 1}"
    return f"({orphan})"


def _delete(session: FillSession, table: FillTable, condition: str) -> int:
    count: int = session.ask(
        f"WITH gone AS (DELETE FROM {table.rows} a WHERE {_NEW.format('a')} "  # noqa: S608
        f"AND {condition} RETURNING 1) SELECT to_json(count(*)) FROM gone"
    )
    return count


def advance_sequences(session: FillSession, tables: Sequence[FillTable]) -> None:
    """Moves sequences past the greatest number in their columns."""
    calls = []
    for table in tables:
        for column in table.columns:
            if column.sequence is None or table.kind == "f":
                continue
            most, beyond = ("max", ">") if column.step > 0 else ("min", "<")
            calls.append(
                f"SELECT setval({literal(column.sequence)}::regclass, m) "  # noqa: S608
                f"FROM (SELECT {most}({column.sql})::bigint AS m FROM {table.sql}) a, "
                f"{column.sequence} s WHERE m {beyond} s.last_value "
                f"OR (m = s.last_value AND NOT s.is_called)"
            )
    try:
        if calls:
            session.ask(f"SELECT json_agg(s) FROM ({' UNION ALL '.join(calls)}) s")  # noqa: S608
    except Refused:
        for call in calls:
            try:
                session.ask(f"SELECT json_agg(s) FROM ({call}) s")  # noqa: S608
            except Refused:
                continue  # a bound of the sequence, which then stays unchanged
