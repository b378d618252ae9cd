"""A copy of the deployed database, with rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
from msgspec.structs import replace

from checker.model import Fill
from checker.pg.connection import connect, connect_superuser, run
from checker.pg.database import Database, Server
from checker.pg.hanging import hang_up_after
from checker.rows import Style, fill
from checker.rows.hints import Hints, Link

ANALYZE_SECONDS = 20.0
_UNPROVEN = b"""
SELECT k.conrelid::pg_catalog.regclass::pg_catalog.text, pg_catalog.quote_ident(k.conname),
  pg_catalog.pg_get_constraintdef(k.oid), CASE k.contype WHEN 'f' THEN n.nspname END, c.relname,
  ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY i),
  rn.nspname, r.relname,
  ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u(n, i)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY i)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE NOT k.convalidated AND k.contype IN ('c', 'f') AND k.coninhcount = 0 AND k.conparentid = 0
ORDER BY k.oid
"""


class Copy:
    """A copy of the database before the new migrations, until it is closed."""

    def __init__(self, stack: ExitStack, server: Server, base: Database) -> None:
        self._own = stack.enter_context(ExitStack())
        self._server = server
        self._base = base
        self.database = base

    def copy(self) -> None:
        """Makes the copy, without rows of ours."""
        self.database = self._own.enter_context(self._server.copy(self._base))

    def fill(
        self,
        tables: Collection[int],
        style: Style,
        rows: int,
        seed: int,
        seconds: float,
        hints: Hints,
    ) -> tuple[Fill, ...]:
        """Makes the copy and fills tables of it. Awkward rows are older than what is NOT VALID."""
        self.copy()
        with ExitStack() as stack:
            if style == "awkward":
                links = stack.enter_context(_without_unproven(self.database))
                hints = replace(hints, links=(*hints.links, *links))
            superuser = stack.enter_context(connect_superuser(self.database.superuser))
            fills = fill(
                superuser, tables, rows=rows, seed=seed, style=style, seconds=seconds, hints=hints
            )
        # An expression of the schema's may fail, or not end.
        with (
            suppress(psycopg.Error),
            connect(self.database.owner) as owner,
            hang_up_after(owner, ANALYZE_SECONDS),
        ):
            run(owner, "ANALYZE")
        return fills

    def close(self) -> None:
        self._own.close()


@contextmanager
def _without_unproven(database: Database) -> Iterator[tuple[Link, ...]]:
    """Takes away what constraints never said of older rows, until there are such rows; gives what
    foreign keys among them join. As the owner, since to alter a table may run code of the schema.
    """
    with connect(database.owner) as owner:
        found = []
        for row in owner.execute(_UNPROVEN).fetchall():
            with suppress(psycopg.Error):  # a table of another role
                run(owner, f"ALTER TABLE {row[0]} DROP CONSTRAINT {row[1]}")
                found.append(row)
    keys = [row for row in found if row[3] is not None]
    yield tuple(Link((s, t), tuple(c), (rs, rt), tuple(k)) for *_, s, t, c, rs, rt, k in keys)
    with connect(database.owner) as owner:
        for table, name, definition, *_ in found:
            run(owner, f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
