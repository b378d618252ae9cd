"""The parts of the fixes that rules propose: shared by rules, no rule itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checker.model.changes import (
    AddColumn,
    Constraint,
    CreateIndex,
    DropConstraint,
    DropIndex,
    Name,
    quote,
)
from checker.rules import Context
from checker.sql.naming import constraint_words, make_name

_INDEX = re.compile(
    r"^(CREATE\s+(?:UNIQUE\s+)?INDEX)(?:\s+CONCURRENTLY)?(?:\s+IF\s+NOT\s+EXISTS)?", re.IGNORECASE
)

_NAME = r"""(?:"(?:[^"]|"")+"|[\w$]+)"""
_ON_TABLE = re.compile(
    rf"\bON\s+(?:ONLY\s+)?{_NAME}(?:\s*\.\s*{_NAME})?\s*\*?\s*((?:USING\b|\().*)",
    re.IGNORECASE | re.DOTALL,
)


def alone(at: Context) -> str:
    """The comment above a statement that PostgreSQL refuses inside of a transaction block."""
    if at.project.prisma.splits_scripts:
        return "-- in a migration of its own:\n"
    return (
        "-- in a migration of its own, alone in the file: up to Prisma 7.3 a file of several\n"
        "-- statements is one transaction, in which CONCURRENTLY fails:\n"
    )


def keys(columns: Iterable[str]) -> str:
    """The keys of an index or constraint for SQL; expressions stand there in parentheses."""
    return ", ".join(c if c.startswith("(") else quote(c) for c in columns)


def concurrent_index(change: CreateIndex, at: Context) -> str:
    """The same index, made CONCURRENTLY."""
    text = at.statement.text if at.statement else ""
    if _INDEX.match(text):
        return _INDEX.sub(r"\1 CONCURRENTLY", text) + ";"
    unique = "UNIQUE " if change.unique else ""
    name = f"{quote(change.name)} " if change.name else ""
    body = index_body(change, at)
    return f"CREATE {unique}INDEX CONCURRENTLY {name}ON {change.table.sql} {body};"


def index_body(change: CreateIndex, at: Context) -> str:
    """All of an index that comes after its table, as it is written: operator classes, INCLUDE …"""
    text = at.statement.text if at.statement else ""
    written = _ON_TABLE.search(text)
    if written is not None and _INDEX.match(text):
        return written[1]
    where = f" WHERE {change.where}" if change.where else ""
    return f"USING {change.method} ({keys(change.columns)}){where}"


def fill(table: Name, column: str, value: str, also: str = "") -> str:
    """The UPDATE that fills a new column in batches; ``also`` restricts it to rows with a value,
    without which it would find the same rows for ever.
    """
    name = quote(column)
    return (
        "-- outside of migrations, again and again until it changes no row:\n"
        f"UPDATE {table.sql} SET {name} = {value} WHERE ctid = ANY (ARRAY(\n"
        f"  SELECT ctid FROM {table.sql} WHERE {name} IS NULL{also} LIMIT 10000));\n"
    )


def require(table: Name, column: str) -> str:
    """SET NOT NULL that reads the rows under a weak lock first."""
    name, proof = quote(column), quote(f"{table.name}_{column}_not_null")
    return (
        f"ALTER TABLE {table.sql} ADD CONSTRAINT {proof} CHECK ({name} IS NOT NULL) NOT VALID;\n\n"
        "-- in a migration of its own:\n"
        f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {proof};\n\n"
        "-- in a migration after that:\n"
        f"ALTER TABLE {table.sql} ALTER COLUMN {name} SET NOT NULL;\n"
        f"ALTER TABLE {table.sql} DROP CONSTRAINT {proof};"
    )


def validated_later(table: Name, name: str, definition: str) -> str:
    """A constraint that is added NOT VALID, and validated in another migration."""
    return (
        f"ALTER TABLE {table.sql} ADD CONSTRAINT {quote(name)} {definition} NOT VALID;\n\n"
        "-- in a migration of its own:\n"
        f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {quote(name)};"
    )


def column_alone(change: AddColumn) -> str:
    """The new column without its constraints, in the same statement as its constant default."""
    column = change.column
    required = " NOT NULL" if column.not_null else ""
    default = f" DEFAULT {column.default}" if column.default else ""
    return (
        f"ALTER TABLE {change.table.sql} ADD COLUMN {quote(column.name)} "
        f"{column.type.sql}{required}{default};"
    )


def constraints_later(change: AddColumn, at: Context) -> list[str]:
    """The constraints of a new column, each made so that nobody waits for it; indexes last."""
    tested, indexed = [], []
    for constraint in change.constraints:
        name = name_of(change.table, constraint)
        if constraint.kind == "check":
            tested.append(validated_later(change.table, name, f"CHECK ({constraint.expression})"))
        elif constraint.kind == "foreign_key":
            columns = keys(constraint.columns)
            target = f"FOREIGN KEY ({columns}) {references(constraint)}"
            tested.append(validated_later(change.table, name, target))
        elif constraint.kind in ("unique", "primary_key"):
            indexed.append(constraint_on_index(change.table, constraint, at))
    steps = tested + indexed
    return [
        step if step.startswith("--") or not i else f"-- in a migration after that:\n{step}"
        for i, step in enumerate(steps)
    ]


def filled_later(change: AddColumn, value: str, at: Context) -> str:
    """The rows filled in batches, and then what the column demands of them."""
    column = change.column
    steps = [require(change.table, column.name)] if column.not_null else []
    steps += constraints_later(change, at)
    text = fill(change.table, column.name, value)
    if steps and not steps[0].startswith("--"):
        text += "\n-- in a later migration:"
    return "\n".join((text, "\n\n".join(steps))).rstrip()


def references(constraint: Constraint) -> str:
    """What a foreign key refers to, and its actions."""
    assert constraint.references is not None
    columns = f"({keys(constraint.referenced_columns)})" if constraint.referenced_columns else ""
    text = (
        f"REFERENCES {constraint.references.sql}{columns}" + " MATCH FULL" * constraint.match_full
    )
    for event, action in (("DELETE", constraint.on_delete), ("UPDATE", constraint.on_update)):
        if action not in (None, "NO ACTION"):
            text += f" ON {event} {action}"
    return text + deferral(constraint)


def deferral(constraint: Constraint) -> str:
    """When the constraint is checked, where that is not at once."""
    if constraint.deferred:
        return " DEFERRABLE INITIALLY DEFERRED"
    return " DEFERRABLE" if constraint.deferrable else ""


def name_of(table: Name, constraint: Constraint) -> str:
    """The constraint's name, or the one that PostgreSQL would choose."""
    return constraint.name or make_name(table.name, *constraint_words(constraint))


def nullable(table: Name, columns: Iterable[str], at: Context) -> list[str]:
    """Those of these columns that may be NULL, as far as the history knows."""
    known = at.before.table(table)
    return [
        name
        for name in columns
        if known is not None
        and (column := known.column(name)) is not None
        and not column.not_null
        and not known.proves_not_null(name)
    ]


def constraint_on_index(table: Name, constraint: Constraint, at: Context) -> str:
    """A unique constraint or primary key made from an index: an existing one, or one that is built
    concurrently first.

    A constraint that the same statement drops is dropped when the new one takes its place.
    """
    name = name_of(table, constraint)
    kind = "PRIMARY KEY" if constraint.kind == "primary_key" else "UNIQUE"
    drops = _drops(name, table, at)
    later = deferral(constraint)
    alter = (
        f"ALTER TABLE {table.sql} {f'DROP CONSTRAINT {quote(name)}, ' * drops}"
        f"ADD CONSTRAINT {quote(name)} {kind} USING INDEX "
    )
    there = _index_there(table, constraint, at)
    if there is not None:
        dropped = any(
            quote(change.index.name) == there
            for statement in at.later
            for change in statement.changes
            if isinstance(change, DropIndex)
        )
        instead = ", instead of this statement and DROP INDEX" * dropped
        head = f"-- the index is there, and gets the constraint's name{instead}:"
        return f"{head}\n{alter}{there}{later};"
    known = at.before.table(table)
    taken = drops or (known is not None and name in known.indexes)
    index = quote(f"{name}_new" if taken else name)
    beside = f" INCLUDE ({keys(constraint.include)})" if constraint.include else ""
    nulls = " NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""
    return (
        f"{alone(at)}CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table.sql} "
        f"({keys(constraint.columns)}){beside}{nulls};\n\n"
        f"-- in a migration after that:\n{alter}{index}{later};"
    )


def _index_there(table: Name, constraint: Constraint, at: Context) -> str | None:
    """A unique index over just these columns, in their order, that no constraint has."""
    known = at.before.table(table)
    for name, index in known.indexes.items() if known else ():
        if (
            known is not None
            and index.unique
            and index.columns == constraint.columns
            and index.plain
            and index.include == constraint.include
            and not (index.partial or index.uses or name in known.constraints)
            and index.nulls_not_distinct == constraint.nulls_not_distinct
        ):
            return quote(name)
    return None


def _drops(name: str, table: Name, at: Context) -> bool:
    """Whether the statement itself drops a constraint of this name."""
    return at.statement is not None and any(
        isinstance(change, DropConstraint)
        and change.name == name
        and at.before.key(change.table) == at.before.key(table)
        for change in at.statement.changes
    )
