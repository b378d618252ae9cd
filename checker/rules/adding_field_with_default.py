"""A new column with a volatile default rewrites the whole table.

A default that gives a new value at each call (gen_random_uuid(), random(), clock_timestamp(),
nextval()) is evaluated for every row, and PostgreSQL rewrites the table and its indexes. A function
is volatile unless it is declared STABLE or IMMUTABLE, so it counts as volatile where no migration
shows its declaration.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Not reported: constants, and functions that give one value for the whole statement: now(),
CURRENT_TIMESTAMP and whatever is declared STABLE or IMMUTABLE. From PostgreSQL 11 on, these are
stored once, in the catalog.

Instead: add the column without the default, set the default for new rows, fill the old rows in
batches, and make the column required afterwards.
"""

from collections.abc import Iterator
from functools import partial

from checker.model import Finding
from checker.model.changes import AddColumn, quote
from checker.rules import Context, rule
from checker.rules._fixes import filled_later
from checker.rules._locks import POSTGRESQL, column_work, declared
from checker.sql.rewriting import is_surely_volatile, volatile_call


@rule(
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("adding-required-field",),
)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    column = change.column
    if column_work(change, at) != "default" or column.default is None:
        return
    table, name = change.table.sql, quote(column.name)
    function = volatile_call(column.default, partial(declared, at)) or ""
    sure = is_surely_volatile(function) or declared(at, function) is not None
    yield at.finding(
        f"`{change.table}.{column.name}` gets `{column.default}` for each row: the whole table is "
        "rewritten"
        if sure
        else f"`{change.table}.{column.name}` gets `{column.default}`: unless `{function}`, which "
        "no migration creates, is declared STABLE or IMMUTABLE, the whole table is rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Add the column without the default, and fill it in batches.",
        fix=f"ALTER TABLE {table} ADD COLUMN {name} {column.type.sql};\n"
        f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {column.default};\n\n"
        + filled_later(change, column.default, at),
    )
