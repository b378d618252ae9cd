"""A new column that numbers the rows rewrites the whole table.

SERIAL, BIGSERIAL and GENERATED … AS IDENTITY take the next number of a sequence for every row that
is there, and PostgreSQL writes the table and its indexes anew. This is what Prisma writes for a
new field with autoincrement().

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: add the column without numbers, give it the sequence as its default, number the old rows
in batches, and make the column required afterwards.
"""

from collections.abc import Iterator

from checker.changes import AddColumn, Name, quote
from checker.model import Finding
from checker.rules import Context, rule
from checker.rules._locks import POSTGRESQL, column_work, fill, require


@rule(AddColumn, severity="warning", scales=True, providers=POSTGRESQL)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    if column_work(change, at) != "serial":
        return
    table, name = change.table.sql, quote(change.column.name)
    sequence = Name(f"{change.table.name}_{change.column.name}_seq", change.table.schema).sql
    number = "nextval('" + sequence.replace("'", "''") + "')"
    yield at.finding(
        f"`{change.table}.{change.column.name}` numbers each row: the whole table is rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Add the column without numbers, and number the rows in batches.",
        fix=f"ALTER TABLE {table} ADD COLUMN {name} {change.column.type.sql};\n"
        f"CREATE SEQUENCE {sequence} OWNED BY {table}.{name};\n"
        f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {number};\n\n"
        + fill(change.table, change.column.name, number)
        + "\n-- in a later migration:\n"
        + require(change.table, change.column.name),
    )
