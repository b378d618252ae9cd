"""The last index that serves a foreign key is dropped.

From then on each DELETE of a row of the referenced table, and each query for the children of a row,
reads the whole table. Nothing fails: the database is slow under load, which no test shows.

Not reported: an index that another one replaces, even one that the same pull request makes, and a
foreign key or column that is dropped as well.

Instead: check in pg_stat_user_indexes whether the index is used, and keep an index whose first
columns are those of the foreign key. It belongs in schema.prisma too, as `@@index`; otherwise the
next `migrate dev` drops it again.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Constraint, DropConstraint, DropIndex
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_gone, same
from checker.rules._fixes import keys
from checker.rules._indexes import finds, indexes_in_the_end
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, about
from checker.sql.catalog.table import KnownIndex, KnownTable


@rule(DropIndex, severity="warning", providers=POSTGRESQL)
def check(change: DropIndex, at: Context) -> Iterator[Finding]:
    known = at.before.index(change.index)
    if known is None or at.before.is_new_index(change.index):
        return
    table, dropped = known
    if table.is_partition or dropped.name in table.constraints:
        return
    key = next((key for key in _keys_that_stay(table, at) if _needs(key, dropped, table, at)), None)
    if key is None:
        return
    yield at.finding(
        about(
            "",
            f"`{change.index}`",
            " ",
            IS,
            f" dropped, and no index is left that serves the foreign key `{key.name}`: each DELETE "
            f"of `{key.references}` reads all of `{table.name}`",
        ),
        why="Nothing fails; it is slow under load, which no test shows.",
        advice="Keep an index whose first columns are those of the foreign key, and its `@@index` "
        "in schema.prisma; otherwise the next `migrate dev` drops it again.",
        fix="-- in a migration before this one, alone in the file:\n"
        f"CREATE INDEX CONCURRENTLY ON {table.name.sql} ({keys(key.columns)});",
        table=table.name,
        columns=key.columns,
    )


def _keys_that_stay(table: KnownTable, at: Context) -> Iterator[Constraint]:
    drops = [d for d in changes_in(at.later, DropConstraint) if same(at, d.table, table.name)]
    removed = {drop.name for drop in drops}
    for name, constraint in table.constraints.items():
        if constraint.kind == "foreign_key" and name not in removed:
            yield constraint


def _needs(key: Constraint, dropped: KnownIndex, table: KnownTable, at: Context) -> bool:
    return (
        finds(dropped, key.columns)
        and not any(finds(index, key.columns) for index in indexes_in_the_end(table.name, at))
        and not is_gone(at, table.name, key.columns)
    )
