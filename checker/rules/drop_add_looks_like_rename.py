"""A field or model was renamed, and Prisma wrote it as a drop and an add: the data are lost.

Prisma cannot tell a rename from a removal next to an addition, and does not ask. The new column
has the same type as the dropped one, but none of its values.

Instead: write the rename into the migration. To rename only in the code, keep the column and map
the field to it with @map (a model with @@map): then there is nothing to migrate.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import Name, ReplaceColumn, ReplaceTable, quote
from checker.rules import Context, rule
from checker.sql.naming import make_name


@rule(ReplaceColumn, ReplaceTable, claims=("loss", "failure"))
def check(change: ReplaceColumn | ReplaceTable, at: Context) -> Iterator[Finding]:
    if isinstance(change, ReplaceTable):
        yield _table(change, at)
    else:
        yield _column(change, at)


def _table(change: ReplaceTable, at: Context) -> Finding:
    return at.finding(
        f"Table `{change.table}` is dropped with all its rows, "
        f"but `{change.by}` is created like it: this looks like a rename",
        why="Prisma writes a renamed model as a drop and a create; the rows do not move.",
        advice="Rename the table, or keep it and map the model with "
        f"@@map({quote(change.table.name)}).",
        fix="\n".join(_rename_table(change, at)),
    )


def _rename_table(change: ReplaceTable, at: Context) -> Iterator[str]:
    """The renames of the table and of what is named after it."""
    old, new = change.table, Name(change.by.name, change.table.schema)
    yield f"ALTER TABLE {old.sql} RENAME TO {quote(new.name)};"
    known = at.before.table(old)
    if known is None:
        return
    prefix, names = f"{old.name}_", (*known.constraints, *known.indexes)
    for name in (n for n in dict.fromkeys(names) if n.startswith(prefix)):
        fresh = quote(f"{new.name}_{name.removeprefix(prefix)}")
        if name in known.constraints:
            yield f"ALTER TABLE {new.sql} RENAME CONSTRAINT {quote(name)} TO {fresh};"
        else:
            yield f"ALTER INDEX {Name(name, old.schema).sql} RENAME TO {fresh};"
    for column in known.columns:
        sequence = Name(make_name(old.name, column, "seq"), old.schema)
        if at.before.key(sequence) in at.before.sequences():
            fresh = quote(make_name(new.name, column, "seq"))
            yield f"ALTER SEQUENCE {sequence.sql} RENAME TO {fresh};"


def _column(change: ReplaceColumn, at: Context) -> Finding:
    old, new = change.column, change.by
    required = new.not_null and new.default is None
    return at.finding(
        f"Column `{change.table}.{old}` is dropped with all its values, "
        f"but `{new.name}` is added with the same type: this looks like a rename",
        why="Prisma writes a renamed field as a drop and an add; the values do not move."
        + (" As the new column is required, it also fails on a table with rows." * required),
        advice=f"Rename the column, or keep it and map the field with @map({quote(old)}). "
        "If the old values are meant to go, drop the column in a migration of the next release.",
        fix="\n".join(_rename(change, at)),
        columns=(old, new.name),
    )


def _rename(change: ReplaceColumn, at: Context) -> Iterator[str]:
    """The renames of the column and of what Prisma names after it, and what else differs."""
    table, old, new = change.table, change.column, change.by
    yield f"ALTER TABLE {table.sql} RENAME COLUMN {quote(old)} TO {quote(new.name)};"
    known = at.before.table(table)
    if known is None:
        return
    for name, constraint in known.constraints.items():
        fresh = _renamed(name, table, old, new.name)
        if old in constraint.columns and fresh != name:
            yield (f"ALTER TABLE {table.sql} RENAME CONSTRAINT {quote(name)} TO {quote(fresh)};")
    for name, index in known.indexes.items():
        fresh = _renamed(name, table, old, new.name)
        if old in index.columns and name not in known.constraints and fresh != name:
            yield f"ALTER INDEX {Name(name, table.schema).sql} RENAME TO {quote(fresh)};"
    before = known.column(old)
    if before is None:
        return
    alter = f"ALTER TABLE {table.sql} ALTER COLUMN {quote(new.name)}"
    if before.not_null and not new.not_null:
        yield f"{alter} DROP NOT NULL;"
    if new.default is not None and new.default != before.default:
        yield f"{alter} SET DEFAULT {new.default};"
    if new.not_null and not before.not_null:
        yield f"-- when no row has NULL there:\n{alter} SET NOT NULL;"


def _renamed(name: str, table: Name, old: str, new: str) -> str:
    """A constraint's or index's name after the rename: Prisma's are Table_column_…_suffix."""
    prefix = f"{table.name}_"
    if not name.startswith(prefix):
        return name
    parts = name.removeprefix(prefix)
    for start in range(len(parts)):
        bounded = start == 0 or parts[start - 1] == "_"
        end = start + len(old)
        if bounded and parts.startswith(old, start) and parts[end : end + 1] in ("_", ""):
            return prefix + parts[:start] + new + parts[end:]
    return name
