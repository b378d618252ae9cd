"""A new column that numbers the rows rewrites the whole table.

SERIAL, BIGSERIAL and GENERATED … AS IDENTITY take the next number of a sequence for every existing
row, and PostgreSQL rewrites the table and its indexes. This is what Prisma writes for a new field
with autoincrement().

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Instead: add the column without numbers, give it the sequence as its default, number the old rows
in batches, and make the column required afterwards.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AddColumn, Name, quote
from checker.rules import Context, rule
from checker.rules._fixes import filled_later
from checker.rules._locks import POSTGRESQL, column_work
from checker.sql.naming import make_name

_OPTIONS = r"AS\s+IDENTITY\s*\(([^()]*)\)"
_ALWAYS = r"GENERATED\s+ALWAYS\s+AS\s+IDENTITY"


@rule(
    AddColumn,
    severity="warning",
    scales=True,
    providers=POSTGRESQL,
    yields_to=("adding-required-field",),
)
def check(change: AddColumn, at: Context) -> Iterator[Finding]:
    if column_work(change, at) != "serial":
        return
    table, name = change.table.sql, quote(change.column.name)
    identity = change.column.default is None
    label = "fill" if identity else "seq"
    chosen = make_name(change.table.name, change.column.name, label)
    sequence = Name(chosen, change.table.schema).sql
    number = "nextval('" + sequence.replace("'", "''") + "')"
    kind = change.column.type
    options = f" AS {kind.sql}" if kind.name in ("integer", "smallint") else ""
    options += f" {_options(change, at)}".rstrip()
    if not identity:  # a column that owns two sequences has no one serial sequence
        options += f" OWNED BY {table}.{name}"
    yield at.finding(
        f"`{change.table}.{change.column.name}` numbers each row: the whole table is rewritten",
        why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until all rows and indexes "
        "are written.",
        advice="Add the column without numbers, and number the rows in batches.",
        fix=f"ALTER TABLE {table} ADD COLUMN {name} {change.column.type.sql};\n"
        f"CREATE SEQUENCE {sequence}{options};\n"
        f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {number};\n\n"
        + filled_later(change, number, at)
        + (_identity(change, sequence, number, at) if identity else ""),
    )


def _identity(change: AddColumn, sequence: str, number: str, at: Context) -> str:
    """The default exchanged for an identity, which goes on where the sequence stops."""
    table, name = change.table.sql, quote(change.column.name)
    always = at.statement is not None and re.search(_ALWAYS, at.statement.text, re.IGNORECASE)
    options = _options(change, at)
    own = f"{_literal(table)}, {_literal(change.column.name)}"
    return (
        f"\n\n-- in a migration after that:\n"
        f"ALTER TABLE {table} ALTER COLUMN {name} DROP DEFAULT, ALTER COLUMN {name} ADD "
        f"GENERATED {'ALWAYS' if always else 'BY DEFAULT'} AS IDENTITY"
        f"{f' ({options})' if options else ''};\n"
        f"SELECT setval(pg_get_serial_sequence({own}), {number}, false);\n"
        f"DROP SEQUENCE {sequence};"
    )


def _options(change: AddColumn, at: Context) -> str:
    """The options of the identity's sequence, as they are written."""
    name = re.escape(change.column.name)
    pattern = rf'(?<!\w){name}"?\s[^,()]*{_OPTIONS}'
    written = re.search(pattern, at.statement.text, re.IGNORECASE) if at.statement else None
    return " ".join(written[1].split()) if written else ""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
