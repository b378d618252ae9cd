"""REINDEX without CONCURRENTLY stops all writes until the indexes are built.

Reads wait as well where the planner looks at the index that is being built.

Lock: SHARE on the table, for a time that grows with its rows; ACCESS EXCLUSIVE on each index.

Instead: REINDEX … CONCURRENTLY (PostgreSQL 12 and later), outside of migrations: it is
maintenance, and must not run inside of a transaction block.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Maintain, Name
from checker.rules import Context, rule
from checker.rules._fixes import alone
from checker.rules._locks import POSTGRESQL

_TARGET = re.compile(r"\b(INDEX|TABLE|SCHEMA|DATABASE)\b", re.IGNORECASE)


@rule(Maintain, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: Maintain, at: Context) -> Iterator[Finding]:
    kind = change.what.removeprefix("REINDEX ")
    if not change.what.startswith("REINDEX ") or change.concurrently or kind == "SYSTEM":
        return
    table = _table(kind, change.name, at)
    if table is not None and not at.before.may_have_rows(table):
        return
    text = at.statement.text if at.statement else ""
    yield at.finding(
        f"Writes to {f'`{table}`' if table else 'the tables'} wait until "
        f"{f'`{change.name}`' if change.name else 'every index'} is built again",
        why="SHARE lock on the table and ACCESS EXCLUSIVE on the index: writes wait, and so do "
        "queries that could use the index.",
        advice="Reindex concurrently, outside of migrations.",
        fix=alone(at) + _TARGET.sub(r"\1 CONCURRENTLY", text, count=1) + ";"
        if text.upper().startswith("REINDEX")
        else None,
        table=table,
    )


def _table(kind: str, name: Name | None, at: Context) -> Name | None:
    """The table concerned, where it is one and known."""
    if name is None or kind not in ("INDEX", "TABLE"):
        return None
    if kind == "TABLE":
        return name
    known = at.before.index(name)
    return known[0].name if known else None
