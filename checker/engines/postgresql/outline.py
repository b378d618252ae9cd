"""What a database holds, as values that can be compared with those of another database.

The catalog in PostgreSQL's own words (its functions ``pg_get_…def`` and ``format_type``, with an
empty search path, so that every name is written in full), and of the rows a count for each table
and a sum of hashes for each column. What the migrations cannot choose is left out: oids,
statistics, the present value of sequences, the physical order of columns; and what extensions
bring, and Prisma's ledger.

It is read as the migrations' own role: the text of a value may come from a function of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from psycopg import sql

from checker.engines.outline import Outline
from checker.engines.postgresql.outline_queries import QUERIES, TABLES_WITH_ROWS
from checker.model import Gap, Part
from checker.pg.connection import Connection, able, connect
from checker.pg.database import Database

ROWS_TIMEOUT = 20_000  # milliseconds for the rows of one table


def read_outline(database: Database) -> Outline:
    """What a database holds. Raises CannotWorkError where that cannot be read."""
    with able("What the migrations made cannot be read"), connect(database.owner) as connection:
        return _read(connection)


def _read(connection: Connection) -> Outline:
    outline: dict[Part, dict[str, str]] = {}
    connection.execute("SET search_path = ''")
    connection.execute(f"SET statement_timeout = {ROWS_TIMEOUT:d}".encode())
    for query in QUERIES:
        for kind, schema, table, name, aspect, value in connection.execute(query):
            part = Part(kind, schema, name, table)
            outline.setdefault(part, {})[aspect] = value or ""
    for part, aspect, value in _rows(connection):
        outline.setdefault(part, {})[aspect] = value
    return outline


def _rows(connection: Connection) -> Iterator[tuple[Part, str, str]]:
    """How many rows each table has, and for each of its columns a sum that stands for its values.

    Only migrations have written values, so there are few.
    """
    for schema, table, columns in connection.execute(TABLES_WITH_ROWS).fetchall():
        identifier = sql.Identifier(schema, table)
        any_row = sql.SQL("SELECT 1 FROM ONLY {} LIMIT 1").format(identifier)
        row = connection.execute(any_row).fetchone()
        if row is None:
            continue
        texts = [sql.SQL("{}::pg_catalog.text").format(sql.Identifier(c)) for c in columns]
        filled = [sql.SQL("coalesce({}, {})").format(text, sql.Literal("\x1e")) for text in texts]
        line = sql.SQL("concat_ws({}, {})").format(
            sql.Literal("\x1f"), sql.SQL(", ").join([sql.SQL("''"), *filled])
        )
        sums = [sql.SQL("sum(hashtextextended({}, 1))").format(text) for text in (line, *texts)]
        totals = connection.execute(
            sql.SQL("SELECT count(*), {} FROM ONLY {}").format(sql.SQL(", ").join(sums), identifier)
        ).fetchone()
        assert totals is not None
        of_table = Part("table", schema, table)
        yield of_table, "rows", f"{totals[0]:,}"
        yield of_table, "pairs", str(totals[1])
        for column, value in zip(columns, totals[2:], strict=False):
            yield Part("column", schema, column, table), "values", str(value)


def gaps(here: Outline, there: Outline) -> tuple[Gap, ...]:
    """The differences between two databases. If one lacks an object, its parts are not listed."""
    gaps: list[Gap] = []
    lacking = {
        (part.schema, part.name)
        for part in here.keys() ^ there.keys()
        if part.kind in ("table", "view")
    }
    for part in sorted(here.keys() | there.keys()):
        one, other = here.get(part), there.get(part)
        if part.table and (part.schema, part.table) in lacking:
            continue
        if one is None or other is None:
            said, told = (_said(each) for each in (one, other))
            gaps.append(Gap(part, here=said, there=told))
            continue
        gaps += [
            Gap(part, aspect, one.get(aspect), other.get(aspect))
            for aspect in sorted(one.keys() | other.keys())
            if one.get(aspect) != other.get(aspect)
        ]
    return tuple(_without_echoes(gaps))


def _said(aspects: Mapping[str, str] | None) -> str | None:
    return None if aspects is None else aspects.get("definition", "")


def _without_echoes(found: list[Gap]) -> Iterator[Gap]:
    """Without differences that follow from another number of rows or other values of a column."""
    counted = {(g.part.schema, g.part.name) for g in found if g.aspect == "rows"}
    columns = [g for g in found if g.part.kind == "column" and g.aspect in ("", "values")]
    changed = {(g.part.schema, g.part.table) for g in columns}
    for gap in found:
        table = (gap.part.schema, gap.part.table or gap.part.name)
        if gap.aspect == "values" and table in counted:
            continue
        if gap.aspect == "pairs" and table in counted | changed:
            continue
        yield gap
