"""CREATE INDEX on a partitioned table stops writes to all of its partitions.

The index of every partition is built before the statement ends. CONCURRENTLY is no way out:
PostgreSQL refuses it on a partitioned table with SQLSTATE 0A000.

Lock: SHARE on the partitioned table and every partition, for a time that grows with their rows.

Instead: create the index ON ONLY the partitioned table, which is free and leaves it invalid; build
the index of each partition concurrently, and attach it. With the last one it becomes valid.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import CreateIndex, Name, quote
from checker.rules import Context, rule
from checker.rules._fixes import alone, index_body
from checker.rules._locks import POSTGRESQL
from checker.sql.naming import choose_name, joined


@rule(
    CreateIndex, severity="warning", scales=True, providers=POSTGRESQL, after=("unique-may-fail",)
)
def check(change: CreateIndex, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    if (
        table is None
        or table.kind != "partitioned table"
        or change.only
        or not at.before.may_have_rows(change.table)
        or (not change.concurrently and "unique-may-fail" in at.spoken)
    ):
        return
    words = joined((*change.columns, *change.include))
    name = change.name or _chosen(change.table, words, at)
    unique = "UNIQUE " if change.unique else ""
    rest = f"{index_body(change, at)};"
    whole = Name(name, change.table.schema).sql
    parts = ""
    for part in table.children:
        own = _chosen(part.name, words, at)
        parts += (
            f"\n\n{alone(at)}CREATE {unique}INDEX CONCURRENTLY {quote(own)} ON "
            f"{part.name.sql} {rest}\n\n-- in a migration after that:\n"
            f"ALTER INDEX {whole} ATTACH PARTITION {Name(own, part.name.schema).sql};"
        )
    yield at.finding(
        f"`CONCURRENTLY` fails on the partitioned table `{change.table}`"
        if change.concurrently
        else f"Writes to all partitions of `{change.table}` wait until their indexes are built",
        why="PostgreSQL refuses with SQLSTATE 0A000."
        if change.concurrently
        else "SHARE lock: INSERT, UPDATE and DELETE wait; reads go on.",
        advice="Create the index on the partitioned table only, and build that of each partition "
        "concurrently.",
        fix=f"CREATE {unique}INDEX {quote(name)} ON ONLY {change.table.sql} {rest}{parts}",
        severity="error" if change.concurrently else None,
    )


def _chosen(table: Name, words: str, at: Context) -> str:
    """The name that PostgreSQL would give the index."""
    return choose_name(
        table.name, words, "idx", lambda name: at.before.index(Name(name, table.schema)) is not None
    )
