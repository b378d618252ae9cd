"""A new column of a domain with a constraint rewrites the whole table.

Where the domain, or the one that it is made of, has a CHECK or is NOT NULL, PostgreSQL looks at
the new value of each row, even where that is NULL, and writes the table and its indexes anew.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: give the column the type that the domain is made of, with a CHECK of the table that is
added NOT VALID and validated in a migration of its own.
"""

from collections.abc import Iterator

from checker.changes import AddColumn, Name, quote
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL, column_work


@rule(AddColumn, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    column = change.column
    domain = at.before.domain(Name(column.type.name, column.type.schema))
    if column_work(change, at) != "domain" or domain is None:
        return
    default = f" DEFAULT {column.default}" if column.default else ""
    yield at.finding(
        f"`{change.table}.{column.name}` is of the domain `{column.type}`, which has constraints: "
        "the whole table is rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Use the base type, with a CHECK that is added NOT VALID and validated later.",
        fix=f"ALTER TABLE {change.table.sql} ADD COLUMN {quote(column.name)} "
        f"{domain.type.sql}{default};",
    )
