"""A column of another type in the place of one that is in use: the steps of a fix. No rule."""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.changes import AlterColumnType, Constraint, Name, quote
from checker.rules import Context
from checker.rules._fixes import alone, fill, keys, require
from checker.sql.catalog.table import KnownTable
from checker.sql.naming import make_name, sequence_of

ADVICE = (
    "Fill a second column in batches while a trigger keeps it in sync, then switch over to it; "
    "until then mark it `@ignore` in schema.prisma, so that no query names it."
)


def switch(change: AlterColumnType, at: Context) -> str:
    """A second column, kept in sync by a trigger, filled, and then put in the place of the first.

    No code that runs has to know of it: whatever is written to the first column is in the second
    at once, and at the switch the second takes the name. In every version of Prisma the steps of
    the switch take effect together.
    """
    table, name, new = change.table, change.column, f"{change.column}_new"
    alter = f"ALTER TABLE {table.sql}"
    old, key = at.before.column(table, name), _primary_key(change, at)
    value = change.using or f"{quote(name)}::{change.type.sql}"
    collation = f" COLLATE {quote(change.collation)}" if change.collation else ""
    text = f"{alter} ADD COLUMN {quote(new)} {change.type.sql}{collation};\n{_alike(change)}\n\n"
    text += fill(table, new, value, f" AND ({value}) IS NOT NULL") + "\n"
    if key is not None:
        columns = (new if column == name else column for column in key.columns)
        text += f"{alone(at)}CREATE UNIQUE INDEX CONCURRENTLY {quote(f'{key.name}_new')} "
        text += f"ON {table.sql} ({keys(columns)});\n\n"
    bound = _bound(change, at)
    if bound:
        text += f"-- before the switch, made for {quote(new)} as well: {bound}\n\n"
    after = "-- in a migration after that:\n"
    if key is not None or (old is not None and old.not_null):
        text += f"-- in a later migration:\n{require(table, new)}\n"
    else:
        text += after
    steps = "\n".join(_steps(change, key, at))
    text += f"BEGIN;\n{steps}\nCOMMIT;\n\n"
    return text + (
        f"-- in a migration of the next release:\n{alter} DROP COLUMN {quote(f'{name}_old')};"
    )


def _trigger(change: AlterColumnType) -> Name:
    """The name of the trigger and of its function."""
    return Name(make_name(change.table.name, change.column, "alike"), change.table.schema)


def _alike(change: AlterColumnType) -> str:
    """The trigger that writes to the second column what is written to the first."""
    name, new, trigger = quote(change.column), quote(f"{change.column}_new"), _trigger(change)
    value = f"NEW.{name}::{change.type.sql}"
    if change.using is not None:  # which names its columns as those of the table
        value = f"(SELECT {change.using} FROM (SELECT NEW.*) AS {quote(change.table.name)})"
    return (
        f"CREATE FUNCTION {trigger.sql}() RETURNS trigger LANGUAGE plpgsql AS\n"
        f"  $$ BEGIN NEW.{new} := {value}; RETURN NEW; END $$;\n"
        f"CREATE TRIGGER {quote(trigger.name)} BEFORE INSERT OR UPDATE ON {change.table.sql}\n"
        f"  FOR EACH ROW EXECUTE FUNCTION {trigger.sql}();"
    )


def _steps(change: AlterColumnType, key: Constraint | None, at: Context) -> Iterator[str]:
    """The switch: the second column gets the name, and the first demands nothing any more."""
    table, name, trigger = change.table.sql, quote(change.column), _trigger(change)
    alter, aside = f"ALTER TABLE {table}", quote(f"{change.column}_old")
    old = at.before.column(change.table, change.column)
    yield f"DROP TRIGGER {quote(trigger.name)} ON {table};"
    yield f"DROP FUNCTION {trigger.sql}();"
    yield f"{alter} RENAME COLUMN {name} TO {aside};"
    yield f"{alter} RENAME COLUMN {quote(f'{change.column}_new')} TO {name};"
    for child, foreign in _references(change, at):
        yield f"ALTER TABLE {child.name.sql} DROP CONSTRAINT {quote(foreign.name or '')};"
    if key is not None:
        own = quote(key.name or "")
        index = quote(f"{key.name}_new")
        yield (
            f"{alter} DROP CONSTRAINT {own}, ADD CONSTRAINT {own} PRIMARY KEY USING INDEX {index};"
        )
    if old is not None and old.default is not None:
        yield f"{alter} ALTER COLUMN {aside} DROP DEFAULT;"
        yield f"{alter} ALTER COLUMN {name} SET DEFAULT {old.default};"
        sequence = sequence_of(old.default)
        if sequence is not None and old.filled:
            yield f"ALTER SEQUENCE {sequence.sql} OWNED BY {table}.{name};"
    if old is None or old.not_null:
        yield f"{alter} ALTER COLUMN {aside} DROP NOT NULL;"


def _primary_key(change: AlterColumnType, at: Context) -> Constraint | None:
    """The primary key, where the column is in it."""
    table = at.before.table(change.table)
    for constraint in table.constraints.values() if table else ():
        if constraint.kind == "primary_key" and change.column in constraint.columns:
            return constraint
    return None


def _references(change: AlterColumnType, at: Context) -> list[tuple[KnownTable, Constraint]]:
    """The foreign keys that refer to the column, with their tables."""
    table = at.before.table(change.table)
    return [
        (child, key)
        for child, key in at.before.referencing(change.table)
        if change.column in (key.referenced_columns or (table.primary_key if table else ()))
    ]


def _bound(change: AlterColumnType, at: Context) -> str:
    """What else is on the column, and what refers to it: the new column does not have it."""
    known = at.before.table(change.table)
    if known is None:
        return ""
    own = {name for name, c in known.constraints.items() if c.kind == "primary_key"}
    named = [name for name, index in known.indexes.items() if index.involves(change.column)]
    named += [
        name
        for name, c in known.constraints.items()
        if change.column in c.columns and c.kind != "not_null"
    ]
    words = [quote(name) for name in dict.fromkeys(named) if name not in own]
    words += [
        f"{quote(key.name or '')} of {child.name.sql}" for child, key in _references(change, at)
    ]
    old = known.column(change.column)
    identity = old is not None and old.filled and old.default is None
    return ", ".join(words + ["its identity"] * identity)
