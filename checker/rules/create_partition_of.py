"""CREATE TABLE … PARTITION OF locks the partitioned table against everyone.

It waits for every running query on the partitioned table, and everyone who comes later waits behind
it. A default partition is read as well.

Lock: ACCESS EXCLUSIVE on the partitioned table, for a moment, once it has got it.

Instead: create the partition as a table of its own and attach it. Attaching takes SHARE UPDATE
EXCLUSIVE, which lets others read and write.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateTable
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL

_BOUNDS = re.compile(r"\b(FOR\s+VALUES\b.*?|DEFAULT)\s*(?:\bPARTITION\s+BY\b.*)?$", re.I | re.S)


@rule(CreateTable, severity="warning", providers=POSTGRESQL, claims=("lock",))
def check(change: CreateTable, at: Context) -> Iterator[Finding]:
    parent = change.partition_of
    if parent is None or at.before.is_new_table(parent):
        return
    text = at.statement.text if at.statement else ""
    bounds = _BOUNDS.search(text)
    plain = "PARTITION BY" not in text.upper() and text.upper().startswith("CREATE TABLE")
    yield at.finding(
        f"Creating `{change.table}` as a partition locks `{parent}` against reads and writes",
        why="ACCESS EXCLUSIVE lock: it waits for running queries, and later ones wait behind it.",
        advice="Create the table by itself, and attach it.",
        fix=f"CREATE TABLE {change.table.sql} (LIKE {parent.sql} INCLUDING DEFAULTS INCLUDING "
        "CONSTRAINTS);\n"
        f"ALTER TABLE {parent.sql} ATTACH PARTITION {change.table.sql} {bounds.group(1)};"
        if bounds and plain
        else None,
        table=parent,
    )
