"""A new column type rebuilds the column's indexes.

The rows stay as they are, but an index compares values by operators of its type, by a collation, or
by an expression: where these change, PostgreSQL rebuilds the index before it lets anyone back to
the table.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: drop the index concurrently, change the type, and make the index again concurrently. Where
the index keeps rows unique, or queries need it meanwhile, add a column of the new type, keep it in
sync with a trigger, and let it take the name.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterColumnType, Name, quote
from checker.rules import Context, rule
from checker.rules._fixes import alone, keys
from checker.rules._locks import POSTGRESQL
from checker.rules._switch import ADVICE, switch
from checker.sql.catalog.table import KnownIndex, KnownTable
from checker.sql.rewriting import type_change_cost


@rule(
    AlterColumnType,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("no-data-loss-type-narrowing",),
)
def check(change: AlterColumnType, at: Context) -> Iterator[Finding]:
    cost = type_change_cost(change, at.before)
    table = at.before.table(change.table)
    if (
        cost is None
        or cost.work != "index"
        or table is None
        or not at.before.may_have_rows(change.table)
    ):
        return
    names = ", ".join(f"`{name}`" for name in cost.names)
    kept = any(table.indexes[name].unique or name in table.constraints for name in cost.names)
    yield at.finding(
        f"The new type of `{change.table}.{change.column}` rebuilds {names}",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until the index is built."
        + " Were it dropped first, nothing would keep rows unique, and ON CONFLICT would fail."
        * kept,
        advice=ADVICE
        if kept
        else "Drop the index concurrently first, and create it again concurrently afterwards.",
        fix=switch(change, at) if kept else _apart(change, cost.names, table, at),
    )


def _apart(change: AlterColumnType, names: tuple[str, ...], table: KnownTable, at: Context) -> str:
    """The change without the indexes, which only make queries fast."""
    dropped = "".join(
        f"{alone(at)}DROP INDEX CONCURRENTLY {Name(name, change.table.schema).sql};\n\n"
        for name in names
    )
    collation = f" COLLATE {quote(change.collation)}" if change.collation else ""
    made = "".join(f"\n{alone(at)}{_again(table.indexes[name], change.table)}\n" for name in names)
    return (
        f"{dropped}-- in a migration after that:\n"
        f"ALTER TABLE {change.table.sql} ALTER COLUMN {quote(change.column)} "
        f"TYPE {change.type.sql}{collation};\n{made}"
    )


def _again(index: KnownIndex, table: Name) -> str:
    """The index as it was; operator classes are not known."""
    method = f"USING {index.method} " if index.method != "btree" else ""
    include = f" INCLUDE ({keys(index.include)})" if index.include else ""
    where = f" WHERE {index.where or '/* its condition */'}" if index.partial else ""
    return (
        f"CREATE INDEX CONCURRENTLY {quote(index.name)} ON {table.sql} "
        f"{method}({keys(index.columns)}){include}{where};"
    )
