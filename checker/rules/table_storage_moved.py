"""SET LOGGED, UNLOGGED, ACCESS METHOD and TABLESPACE copy the whole table.

PostgreSQL writes every row, and usually every index, to new files. An unlogged table is also empty
after a crash, and missing on replicas.

Lock: ACCESS EXCLUSIVE on the table or index, for a time that grows with its rows.

Instead: create a new table as it should be, copy the rows over in batches while the application
writes both, and switch over. Rebuild an index concurrently, in the other tablespace.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterObject, AlterTable, Name
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL

_TO = re.compile(r'\bSET\s+TABLESPACE\s+(?:"((?:[^"]|"")+)"|([\w$]+))', re.IGNORECASE)
_COPYING = frozenset({"SET LOGGED", "SET UNLOGGED", "SET ACCESS METHOD", "SET TABLESPACE"})


@rule(AlterTable, AlterObject, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: AlterTable | AlterObject, at: Context) -> Iterator[Finding]:
    if isinstance(change, AlterObject):
        what, table = _of_object(change, at)
    else:
        what, table = f"`{change.table}`", change.table
        if change.what not in _COPYING or not at.before.may_have_rows(change.table):
            return
        if change.what == "SET ACCESS METHOD" and change.argument == Name("heap"):
            return  # what a table has unless it was given another: nothing happens
    if what is None:
        return
    yield at.finding(
        f"`{change.what}` copies {what} to new files",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes it until everything is copied.",
        advice="Create a new one as it should be, fill it beside the old one, and switch over.",
        table=table,
    )


def _of_object(change: AlterObject, at: Context) -> tuple[str | None, Name | None]:
    """What an ALTER INDEX or ALTER TABLE ALL copies, and the table that it belongs to."""
    if change.kind == "TABLESPACE" and change.what == "MOVE ALL":
        to = _TO.search(at.statement.text) if at.statement else None
        if to and (to[1].replace('""', '"') if to[1] else to[2].lower()) == change.name.name:
            return None, None  # nothing moves
        return f"everything in the tablespace `{change.name}`", None
    moved = ("INDEX", "MATERIALIZED VIEW")
    if change.kind not in moved or change.what != "SET TABLESPACE":
        return None, None
    known = at.before.index(change.name) if change.kind == "INDEX" else None
    if known and not at.before.may_have_rows(known[0].name):
        return None, None
    return f"`{change.name}`", known[0].name if known else None
