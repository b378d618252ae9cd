"""A new enum value is used in the transaction that adds it.

PostgreSQL refuses that with SQLSTATE 55P04: a value that ALTER TYPE … ADD VALUE adds can be used
only after its transaction has committed. Up to Prisma 7.3 a file is one transaction; from 7.4 on so
is one that holds BEGIN, or a statement that Prisma cannot split.

Where the history does not know the table, the value may be one of another type: then it is a
warning. Not reported: a value that is only added, and a type that the same pull request creates.

Instead: add the value in a migration of its own, and use it in the next.
"""

import re
from collections.abc import Iterator

from checker.model import Finding, Statement
from checker.model.changes import (
    AddColumn,
    AddEnumValue,
    CreateTable,
    DeleteRows,
    InsertRows,
    Name,
    RenameTable,
    SetDefault,
    Type,
    UpdateRows,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

# They keep text and read it later, or name the value without using it.
_ONLY_NAMES = ("CREATE FUNCTION", "CREATE PROCEDURE", "COMMENT", "ALTER TYPE", "DO")


@rule(AddEnumValue, providers=("postgresql",))
def check(change: AddEnumValue, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or at.before.is_new_type(change.enum):
        return
    for uses in (_uses, _may_use):
        if not any(uses(later, change, at) for later in at.after_in_file):
            continue  # before a process is started for the transactions
        for later in at.transaction.after(statement):
            if uses(later, change, at):
                yield _finding(change, statement, later, at, sure=uses is _uses)
                return


def _finding(
    change: AddEnumValue, statement: Statement, later: Statement, at: Context, *, sure: bool
) -> Finding:
    severity = None if at.transaction.is_begun_before(statement) else at.by_version
    place = f"in the transaction that adds it (line {statement.line})"
    return at.on(later).finding(
        f"The value `{change.value}` of `{change.enum}` is used {place}: the migration fails with "
        "SQLSTATE 55P04"
        if sure
        else f"The value `{change.value}` of `{change.enum}` seems to be used {place}: the "
        "migration then fails with SQLSTATE 55P04",
        why="PostgreSQL lets a new enum value be used only after a commit."
        + " Neither the table nor its column's type is in this history." * (not sure),
        advice="Add the value in a migration of its own, and use it in the next.",
        fix=f"{statement.text};\n\n-- in a migration after that:\n{later.text};",
        severity=severity if sure else "warning",
    )


def _may_use(statement: Statement, added: AddEnumValue, at: Context) -> bool:
    """Whether the value is given to a table that the history does not know, or sought in it."""
    literal = re.escape(_literal(added))
    if not re.search(rf"{literal}(?!\s*::)", statement.text):
        return False
    made = [*changes_in(at.after_in_file, CreateTable)]
    renamed = {change.to for change in changes_in(at.after_in_file, RenameTable)}
    return any(
        at.before.table(change.table) is None
        and change.table.name not in renamed
        and not any(same(at, change.table, created.table) for created in made)
        and (not isinstance(change, SetDefault) or bool(re.match(literal, change.default)))
        for change in changes_in((statement,), InsertRows, UpdateRows, DeleteRows, SetDefault)
    )


def _literal(added: AddEnumValue) -> str:
    return "'" + added.value.replace("'", "''") + "'"


def _uses(statement: Statement, added: AddEnumValue, at: Context) -> bool:
    literal = _literal(added)
    if literal not in statement.text or statement.kind in _ONLY_NAMES:
        return False
    enum = re.escape(added.enum.name)
    if re.search(rf'{re.escape(literal)}\s*::\s*(?:"?\w+"?\.)?"?{enum}\b', statement.text):
        return True
    return _as_default(statement, added, literal, at) or _beside_column(statement, added, at)


def _as_default(statement: Statement, added: AddEnumValue, literal: str, at: Context) -> bool:
    for change in changes_in((statement,), AddColumn, CreateTable, SetDefault):
        match change:
            case SetDefault(table, name, default):
                known = at.before.column(table, name)
                if known and literal in default and _is_of(known.type, added.enum, at):
                    return True
            case AddColumn(_, column):
                if literal in (column.default or "") and _is_of(column.type, added.enum, at):
                    return True
            case CreateTable(_, columns):
                for column in columns:
                    if literal in (column.default or "") and _is_of(column.type, added.enum, at):
                        return True
    return False


def _is_of(kind: Type, enum: Name, at: Context) -> bool:
    return at.before.key(Name(kind.name, kind.schema)) == at.before.key(enum)


def _beside_column(statement: Statement, added: AddEnumValue, at: Context) -> bool:
    """Whether INSERT, UPDATE, DELETE or SELECT names a column of the enum and its table."""
    if statement.kind not in ("INSERT", "UPDATE", "DELETE", "SELECT", "MERGE"):
        return False
    words = set(re.findall(r"\w+", statement.text))
    return any(
        {table.name.name, column.name} <= words
        for table, column in at.before.columns_of_type(added.enum)
    )
