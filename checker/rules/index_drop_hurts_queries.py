"""The only index that serves a foreign key is dropped.

From then on each DELETE of a row of the referenced table, and each query for the children of a row,
reads the whole table. Nothing fails: the database is slow under load, which no test shows.

Not reported: an index whose work another one does, also one that the same pull request makes, and a
foreign key or column that is dropped as well.

Instead: look in pg_stat_user_indexes whether the index is used, and keep an index whose first
columns are those of the foreign key.
"""

from collections.abc import Iterator

from checker.changes import DropConstraint, DropIndex
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._around import changes_in, is_gone, same
from checker.rules._indexes import finds, indexes_in_the_end
from checker.rules._locks import POSTGRESQL, keys


@rule(DropIndex, severity="warning", providers=POSTGRESQL)
def check(change: DropIndex, at: Context) -> Iterator[Finding]:
    found = at.before.index(change.index)
    if found is None or at.before.is_new_index(change.index):
        return
    table, dropped = found
    if table.is_partition or dropped.name in table.constraints:
        return
    left = list(indexes_in_the_end(table.name, at))
    removed = {
        drop.name
        for drop in changes_in(at.later, DropConstraint)
        if same(at, drop.table, table.name)
    }
    for name, key in table.constraints.items():
        if (
            key.kind == "foreign_key"
            and name not in removed
            and finds(dropped, key.columns)
            and not any(finds(index, key.columns) for index in left)
            and not is_gone(at, table.name, key.columns)
        ):
            yield at.finding(
                f"`{change.index}` is dropped, the only index that serves the foreign key `{name}`: "
                f"each DELETE of `{key.references}` then reads all of `{table.name}`",
                why="Nothing fails; it is slow under load, which no test shows.",
                advice="Keep an index whose first columns are those of the foreign key.",
                fix=f"-- in a migration before this one:\n"
                f"CREATE INDEX CONCURRENTLY ON {table.name.sql} ({keys(key.columns)});",
                table=table.name,
            )
            return
