"""A copy of the deployed database, with rows."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack, suppress

import psycopg

from checker.model import Fill
from checker.pg.connection import connect, connect_superuser, run
from checker.pg.database import Database, Server
from checker.pg.hanging import hang_up_after
from checker.rows import Style, fill

ANALYZE_SECONDS = 20.0


class Copy:
    """A copy of the database before the new migrations, until it is closed."""

    def __init__(self, stack: ExitStack, server: Server, base: Database) -> None:
        self._own = stack.enter_context(ExitStack())
        self._server = server
        self._base = base
        self.database = base

    def fill(
        self, tables: Collection[int], style: Style, rows: int, seed: int, seconds: float
    ) -> tuple[Fill, ...]:
        self.database = self._own.enter_context(self._server.copy(self._base))
        with connect_superuser(self.database.superuser) as superuser:
            fills = fill(superuser, tables, rows=rows, seed=seed, style=style, seconds=seconds)
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
