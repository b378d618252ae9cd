"""Code and database of different ages: which statements of a client fail on a database.

While a release rolls out, code built from the old schema lives with the migrated database, and with
"code first" the other way round. The statements of ``client`` run on a migrated database, in a
transaction that is rolled back. The migration breaks those that fail there but not on the database
that the code was made for. Foreign keys are set aside: without the rows that the code relies on,
all of them would fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, LiteralString

import psycopg
from msgspec.structs import replace
from psycopg import errors

from checker.model.changes import quote
from checker.pg.connection import able, message_of
from checker.pg.hanging import hang_up_after
from checker.prisma.client.answers import Broken, columns_of, unreadable
from checker.prisma.client.statements import ClientField, ClientStatement

__all__ = ["Broken", "broken_for_good", "newly_broken", "try_client"]

Connection = psycopg.Connection[Any]

SECONDS = 120.0
"""The time limit for all statements of a client."""
# A trigger may do anything, and take its time.
_LIMITS = "SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'"
_FOREIGN_KEYS: LiteralString = """
    SELECT conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND contype = 'f' AND conparentid = 0"""
_CHECKED: LiteralString = """
    SELECT a.attname FROM pg_constraint k JOIN pg_attribute a
      ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
    WHERE k.conname = %s AND k.conrelid = %s::regclass"""

# A line of an error's context: PL/pgSQL function touch() line 3 at assignment; SQL function "f" …
_FUNCTION = re.compile(r'^(?:PL/\w+|SQL) function (?:"([^"\n]+)"|([^\n(]+)\()', re.MULTILINE)


def try_client(connection: Connection, statements: Iterable[ClientStatement]) -> tuple[Broken, ...]:
    """Runs a client's statements on a replayed database, tells which fail and leaves nothing
    behind.

    The connection must be in autocommit, as the tables' owner. Raises CannotWorkError where the
    server is gone or the role may not do this.
    """
    broken: list[Broken] = []
    with (
        able("Old and new code could not be tried"),
        hang_up_after(connection, SECONDS),
        connection.transaction(force_rollback=True),
    ):
        connection.execute(_LIMITS)
        for _, group in groupby(statements, key=lambda s: (s.model, s.schema, s.table)):
            with connection.transaction(force_rollback=True):
                broken.extend(_Model(connection).tried(list(group)))
    return tuple(broken)


def newly_broken(before: Iterable[Broken], after: Iterable[Broken]) -> tuple[Broken, ...]:
    """The failures after and not before; for a field that always fails, only the first. Both are of
    one client: ``before`` on the database that it was made for.
    """
    known = set(before)
    fresh = [b for b in after if b not in known]
    useless = {(b.model, b.field) for b in fresh if b.always and b.field}
    kept: dict[tuple[str, str | None, str | None], Broken] = {}
    for b in fresh:
        if b.always or (b.model, b.field) not in useless:
            cause = b.message if b.field is None else None if b.always else b.value
            kept.setdefault((b.model, b.field, cause), b)
    return tuple(kept.values())


def broken_for_good(before: Iterable[Broken], after: Iterable[Broken]) -> tuple[Broken, ...]:
    """The new code's failures after, where nothing failed before, because a database function names
    missing objects: no release of the code mends that.
    """
    return tuple(b for b in newly_broken(before, after) if b.function and b.always)


class _Model:
    """Tries one table of a client, in its own transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._missing: set[str] = set()
        self._known: dict[str, ClientField] = {}  # by column
        self._unfilled: list[str] = []  # columns for which each new row must give a value

    def tried(self, statements: list[ClientStatement]) -> Iterator[Broken]:
        self._put_foreign_keys_aside(statements[0])
        self._known = {f.column: f for s in statements for f in s.fields}
        for operation, group in groupby(statements, key=lambda s: s.operation):
            several = list(self._usable(group))
            if operation in ("update", "upsert") and self._all_work(several):
                continue
            for statement in several:
                failures = list(self._try(statement))
                yield from failures
                if operation == "findMany" and any(b.field is None for b in failures):
                    return  # without the table nothing works

    def _usable(self, statements: Iterable[ClientStatement]) -> Iterator[ClientStatement]:
        for statement in statements:
            fields = tuple(f for f in statement.fields if f.name not in self._missing)
            if statement.operation == "upsert" and fields != statement.fields:
                continue  # each field of the criterion counts
            if fields or not statement.fields:
                yield replace(statement, fields=fields)

    def _all_work(self, statements: Iterable[ClientStatement]) -> bool:
        """Whether each statement works by itself, tried in one go."""
        back = "ROLLBACK TO SAVEPOINT each"
        script = "; ".join(f"{statement.sql}; {back}" for statement in statements)
        try:
            with self._connection.transaction(force_rollback=True):
                self._connection.execute(f"SAVEPOINT each; {script}".encode())
        except psycopg.Error:
            return False
        return True

    def _try(self, statement: ClientStatement) -> Iterator[Broken]:
        error = self._failure(statement, keep=statement.operation == "create")
        if statement.operation == "findMany":
            yield from self._read(statement, error)
        elif statement.operation == "upsert":
            if isinstance(error, errors.InvalidColumnReference):
                yield _not_unique(statement, error)
        elif isinstance(error, errors.NotNullViolation) and statement.operation == "create":
            yield from self._lacking(statement, error)
        elif error is not None and _says_something(error):
            yield self._written(statement, error)

    def _failure(self, statement: ClientStatement, *, keep: bool = False) -> psycopg.Error | None:
        try:
            with self._connection.transaction(force_rollback=not keep):
                self._connection.execute(statement.sql.encode())
        except psycopg.Error as error:
            return error
        return None

    def _read(self, statement: ClientStatement, error: psycopg.Error | None) -> Iterator[Broken]:
        model, fields = statement.model, statement.fields
        if isinstance(error, (errors.UndefinedColumn, errors.InsufficientPrivilege)):
            alone = ((f, self._failure(replace(statement, fields=(f,)))) for f in fields)
            failing = [(field, failure) for field, failure in alone if failure is not None]
            self._missing |= {field.name for field, _ in failing}
            for field, failure in failing:
                message = _message(failure, statement, field)
                yield Broken(model, "findMany", message, field.name, failure.sqlstate)
        elif error is not None:
            yield Broken(model, "findMany", _message(error, statement), None, error.sqlstate)
            return
        columns = columns_of(self._connection, statement.schema, statement.table)
        self._unfilled = [c.name for c in columns.values() if c.required and not c.filled]
        for field in fields:
            if field.name not in self._missing and field.column in columns:
                yield from unreadable(model, field, columns[field.column])

    def _lacking(
        self, statement: ClientStatement, error: errors.NotNullViolation
    ) -> Iterator[Broken]:
        """Every column without a value: PostgreSQL names only the first."""
        written = {field.column for field in statement.fields}
        lacking = [column for column in self._unfilled if column not in written]
        if error.diag.table_name != statement.table or error.diag.column_name not in lacking:
            yield self._written(statement, error)  # a trigger's
            return
        for column in lacking:
            field = self._known.get(column)
            give = "they may give none" if field else "they give none"
            yield Broken(
                model=statement.model,
                operation=statement.operation,
                message=f"column `{column}` of `{statement.table}` must have a value, and {give}",
                field=field.name if field else None,
                sqlstate=error.sqlstate,
                always=field is None,
            )

    def _written(self, statement: ClientStatement, error: psycopg.Error) -> Broken:
        field = self._culprit(statement, error)
        value = field.value if field and field.labels and statement.operation == "update" else None
        return Broken(
            model=statement.model,
            operation=statement.operation,
            message=_message(error, statement, field),
            field=field.name if field else statement.relation,
            sqlstate=error.sqlstate,
            always=self._always(statement, error, field),
            value=value,
            function=_function_of(error),
        )

    def _culprit(self, statement: ClientStatement, error: psycopg.Error) -> ClientField | None:
        """The field on which a write fails; None where it is not among those written."""
        if _function_of(error) or _is_row_security(error):
            return None
        if error.diag.column_name:
            of_table = error.diag.table_name == statement.table
            return self._known.get(error.diag.column_name) if of_table else None
        if statement.operation == "update":
            return statement.fields[0]
        of_value = (error.sqlstate or "").startswith("22") or _names_what_is_not_there(error)
        if not of_value or error.diag.context:
            return None  # of a constraint or within the database's code, not of a value
        for field in statement.fields:
            failure = self._failure(replace(statement, fields=(field,)))
            if failure is not None and failure.sqlstate == error.sqlstate:
                return field
        return None

    def _always(
        self, statement: ClientStatement, error: psycopg.Error, field: ClientField | None
    ) -> bool:
        """Whether every such call fails, and not only one with such a value."""
        if isinstance(error, errors.CheckViolation):
            constraint = [error.diag.constraint_name, statement.target]
            checked = {row[0] for row in self._connection.execute(_CHECKED, constraint)}
            return bool(checked) and checked.isdisjoint(self._known)
        if _function_of(error) and _names_what_is_not_there(error):
            return True
        if error.diag.context or isinstance(error, errors.QueryCanceled):
            return False  # a trigger's
        if _is_row_security(error):
            return False
        if isinstance(error, errors.NotNullViolation):
            return False
        if statement.operation == "update" and field is not None:
            of_enum = bool(field.labels) and error.sqlstate == "22P02"
            return not of_enum and not _of_value(field, error)
        return field is None or not _of_value(field, error)

    def _put_foreign_keys_aside(self, statement: ClientStatement) -> None:
        table = [statement.schema, statement.table]
        keys = [row[0] for row in self._connection.execute(_FOREIGN_KEYS, table)]
        if keys:
            drops = ", ".join(f"DROP CONSTRAINT {quote(name)}" for name in keys)
            self._connection.execute(f"ALTER TABLE {statement.target} {drops}".encode())


def _not_unique(statement: ClientStatement, error: psycopg.Error) -> Broken:
    columns = ", ".join(f"`{field.column}`" for field in statement.fields)
    message = f"no unique index of `{statement.table}` is on just {columns}"
    return Broken(statement.model, "upsert", message, sqlstate=error.sqlstate, always=False)


def _function_of(error: psycopg.Error) -> str | None:
    """The innermost function in which an error was raised; None where there was none or the server
    speaks another language.
    """
    match = _FUNCTION.search(error.diag.context or "")
    return match and (match[1] or match[2])


def _names_what_is_not_there(error: psycopg.Error) -> bool:
    """Class 42, "Syntax Error or Access Rule Violation", except for missing rights, which depend on
    the user.
    """
    denied = isinstance(error, errors.InsufficientPrivilege)
    return (error.sqlstate or "").startswith("42") and not denied


def _is_row_security(error: psycopg.Error) -> bool:
    """Its SQLSTATE is that of every missing right."""
    denied = isinstance(error, errors.InsufficientPrivilege)
    return denied and "row-level security" in message_of(error)


def _of_value(field: ClientField, error: psycopg.Error) -> bool:
    """Whether a text other than ours may be valid for the column's type."""
    return field.type == "String" and (error.sqlstate or "").startswith("22")


def _says_something(error: psycopg.Error) -> bool:
    """Whether the error concerns more than our values; a missing partition or a duplicate row does
    not.
    """
    if isinstance(error, errors.CheckViolation):
        return bool(error.diag.constraint_name)
    return not isinstance(error, (errors.UniqueViolation, errors.ExclusionViolation))


def _message(
    error: psycopg.Error, statement: ClientStatement, field: ClientField | None = None
) -> str:
    text = message_of(error, str(error))
    if function := _function_of(error):
        return f"function `{function}()`: {text}"
    if _is_row_security(error):
        return f"row-level security of `{statement.table}` refuses the row"
    if isinstance(error, (errors.UndefinedTable, errors.InvalidSchemaName)):
        return f"table `{statement.table}` does not exist"
    if isinstance(error, errors.UndefinedColumn) and field is not None:
        return f"column `{field.column}` does not exist"
    if isinstance(error, errors.NotNullViolation) and error.diag.column_name:
        column = error.diag.column_name
        return (
            f"column `{column}` of `{error.diag.table_name}` must have a value, and they may write "
            "NULL"
        )
    if isinstance(error, errors.CheckViolation):
        return f"the row violates the constraint `{error.diag.constraint_name}`"
    return f"field `{field.name}`: {text}" if field else text
