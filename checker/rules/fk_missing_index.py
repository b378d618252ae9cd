"""A new foreign key has no index: each DELETE of a parent reads the whole table.

PostgreSQL has an index on the column that a foreign key references, and makes none on the
referencing column (docs 5.5.5, Foreign Keys). Whenever a row of the parent is deleted, or its key
changes, it looks for rows that refer to it; so does each query for the children of a row.

Off by default: Prisma makes no such index unless the schema has an @@index, and for small tables
none is needed. An index that the same pull request makes later counts.

Instead: add an @@index over the fields of the relation.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, AddConstraint, Constraint, CreateTable
from checker.rules import Context, rule
from checker.rules._fixes import keys, name_of
from checker.rules._indexes import finds, indexes_in_the_end
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import IS, ITS, about
from checker.sql.catalog.table import INDEXED


@rule(
    AddConstraint, AddColumn, CreateTable, severity="warning", default=False, providers=POSTGRESQL
)
def check(change: AddConstraint | AddColumn | CreateTable, at: Context) -> Iterator[Finding]:
    own: tuple[Constraint, ...] = (
        (change.constraint,) if isinstance(change, AddConstraint) else change.constraints
    )
    for key in own:
        if key.kind != "foreign_key" or not key.columns:
            continue
        if any(finds(index, key.columns) for index in indexes_in_the_end(change.table, at)):
            continue
        if any(
            c.kind in INDEXED and set(c.columns[: len(key.columns)]) == set(key.columns)
            for c in own
        ):
            continue
        yield at.finding(
            about(
                "Foreign key",
                f"`{name_of(change.table, key)}` (to `{key.references}`)",
                " ",
                IS,
                " without an index on ",
                ITS,
                f" own side, `{change.table}`",
            ),
            why="Each DELETE of a parent, and each change of its key, reads the whole table.",
            advice="Add an @@index over the fields of the relation.",
            fix=f"CREATE INDEX ON {change.table.sql} ({keys(key.columns)});",
            columns=key.columns,
        )
