"""Why a statement fails on rows: which kind of row it is, and how to look for it in production.

The query is one for production as it is before the pull request. So there is none where it would
name a table or column that is new, and none that could not be exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checker.model import DataFailure, Statement
from checker.model.changes import (
    AddColumn,
    AlterColumnType,
    AlterDomain,
    Constraint,
    CreateIndex,
    InsertRows,
    Name,
    RowStatement,
    UpdateRows,
    quote,
)
from checker.pg.session import ServerError
from checker.sql import queries
from checker.sql.catalog.catalog import Catalog
from checker.sql.postgres.parts import exclusion_operators, row_statement
from checker.witness.failures.case import FailureCase, keys_of, plain, words
from checker.witness.failures.casting import unfit_values

Told = tuple[str, str | None]

_ON_TABLE = re.compile(r' on table "(.+)"$')


def explain(error: ServerError, statement: Statement, before: Catalog, major: int) -> DataFailure:
    """What kind of row makes the statement fail, for an error that empty tables did not give.

    ``before`` is the schema as the history leaves it before the statement, ``major`` the version of
    the server.
    """
    case = FailureCase(error, statement, before, major)
    told = _BY_SQLSTATE.get(error.sqlstate or "", _unknown)(case) or _unknown(case)
    rows, query = told
    if query and "…" in query:  # an expression that could not be written out
        query = None
    return DataFailure(error.sqlstate or "", error.message, rows, query, error.detail)


def _not_null(case: FailureCase) -> Told | None:
    table, column = case.table, case.error.column
    for change in case.changes:
        if isinstance(change, AlterDomain) and table and column:
            query = queries.nulls(table, column) if case.there(table, column) else None
            return f"a row whose `{column}`, of the domain `{change.domain}`, is NULL", query
    if not table or not column:
        return None
    new = any(
        isinstance(c, AddColumn) and (c.table.name, c.column.name) == (table.name, column)
        for c in case.changes
    )
    if new or case.before.is_new_column(table, column):
        what = "any row, for" if new else "any row in which nothing has filled"
        rows = f"{what} the new column `{column}` is required and has no default"
        if not new:
            rows = f"a row for which the new column `{column}` has been left NULL"
        return rows, queries.counted(table) if new and case.there(table) else None
    if any(isinstance(change, InsertRows) for change in case.changes):
        return f"a row that is inserted into `{table}` without a value for `{column}`", None
    if any(isinstance(change, UpdateRows) for change in case.changes):
        return _updated_to_null(case, table, column)
    query = queries.nulls(table, column) if case.there(table, column) else None
    return f"a row whose `{column}` is NULL", query


def _updated_to_null(case: FailureCase, table: Name, column: str) -> Told:
    rows = f"a row whose new `{column}` is NULL"
    update = row_statement(case.statement.text)
    if update is None or column not in update.values:
        return rows, None
    value, query = update.values[column], None
    if value.upper() == "NULL":
        rows = f"every row that it changes, for `{column}` is NOT NULL"
        query = queries.counted(table, update.condition)
    else:
        terms = [f"({update.condition})"] if update.condition else []
        query = queries.counted(table, " AND ".join([*terms, f"({value}) IS NULL"]))
    return rows, query if case.there(table) else None


def _unique(case: FailureCase) -> Told | None:
    table = case.table
    if table is None:
        return None
    for change in case.changes:
        if isinstance(change, CreateIndex) and change.unique:
            equal = change.nulls_not_distinct
            return _agreeing(case, change.table, change.columns, change.where, equal=equal)
    for owner, constraint in case.constraints():
        if constraint.kind in ("unique", "primary_key") and not constraint.using_index:
            equal = constraint.nulls_not_distinct or constraint.kind == "primary_key"
            return _agreeing(case, owner, constraint.columns, None, equal=equal)
    keys = keys_of(case)
    for change in case.changes:
        if isinstance(change, AlterColumnType) and change.column in keys:
            return _becoming_equal(case, change, keys)
    update = row_statement(case.statement.text)
    if update is None or not update.values:
        return (f"rows with the same {words(keys)}", None) if keys else None
    if not keys or not case.there(table, *keys):
        return f"two rows that get the same {words(keys)}", None
    become = [_becomes(key, update) if key in update.values else key for key in keys]
    query = queries.duplicates(table, become, nullable=become)
    return f"two rows that get the same {words(keys)} by the update", query


def _becoming_equal(case: FailureCase, change: AlterColumnType, keys: tuple[str, ...]) -> Told:
    """Unique values of which the new type, or the expression after USING, makes the same."""
    name, kind = f"`{change.column}`", Name(change.type.name, change.type.schema)
    others = tuple(key for key in keys if key != change.column)
    same = f"with the same {words(others)} " if others else ""
    if change.type.name == "citext" and not change.type.array:  # which production may not have yet
        rows, value = f"whose {name} differ in case only", f"(lower({quote(change.column)}))"
        before = _TO_CITEXT.sub("", change.using or "")
        if before.strip('"') not in ("", change.column):
            rows = f"whose {name} are then the same but for their case"
            value = f"(lower(({before})::text))"
    else:
        rows = f"whose {name} are the same as {change.type}"
        before = f"({change.using})" if change.using else quote(change.column)
        value = f"({before}::{change.type.sql})"
    keys = tuple(value if key == change.column else key for key in keys)
    made = case.before.enum(kind) is not None or case.before.domain(kind) is not None
    there = case.there(change.table, change.column, *others) and not made
    query = queries.duplicates(change.table, keys, nullable=keys) if there else None
    return f"two rows {same}{rows}", query


def _becomes(key: str, update: RowStatement) -> str:
    """What an UPDATE makes of a column; in rows that it does not concern it stays."""
    if update.condition is None:
        return f"({update.values[key]})"
    return f"(CASE WHEN {update.condition} THEN {update.values[key]} ELSE {quote(key)} END)"


def _agreeing(
    case: FailureCase, table: Name, keys: tuple[str, ...], where: str | None, *, equal: bool
) -> Told:
    known = case.before.table(table)
    plain = [key for key in keys if not key.startswith("(")]
    nullable = [
        key
        for key in keys
        if not equal and not ((column := known.column(key)) and column.not_null if known else False)
    ]
    there = case.there(table, *plain)
    query = queries.duplicates(table, keys, where, nullable) if there else None
    return f"two rows with the same {words(keys)}", query


def _foreign_key(case: FailureCase) -> Told | None:
    child = case.table
    if child is None:
        return None
    by = _ON_TABLE.search(case.error.message) and row_statement(case.statement.text)
    found = case.existing(child)
    if by and found and found.references:
        to = _referenced(case, found)
        there = case.there(child, *found.columns) and case.there(by.table, *to)
        # An UPDATE fails only where it changes the key: that would take its values to tell.
        exact = there and not by.values and len(to) == len(found.columns)
        query = (
            queries.referring(child, found.columns, by.table, to, by.condition) if exact else None
        )
        verb = "changed" if by.values else "deleted"
        return f"a row of `{by.table}` that is {verb} while a `{child}` refers to it", query
    added = [c for _, c in case.constraints() if c.kind == "foreign_key"]
    key = next((c for c in added if c.name == case.error.constraint), added[0] if added else None)
    if key is None or key.references is None:
        return _refers_to_nothing(case, child, found)
    to = _referenced(case, key)
    parent = plain(key.references)
    there = case.there(child, *key.columns) and case.there(parent, *to)
    exact = there and len(to) == len(key.columns)
    query = queries.orphans(child, key.columns, parent, to) if exact else None
    return _orphan_words(child, key, to), query


def _refers_to_nothing(case: FailureCase, child: Name, found: Constraint | None) -> Told | None:
    if found is None or found.references is None:
        return None
    to = _referenced(case, found)
    return _orphan_words(child, found, to).replace("a row", "a new or changed row", 1), None


def _orphan_words(child: Name, key: Constraint, to: tuple[str, ...]) -> str:
    assert key.references is not None
    parent = plain(key.references)
    return f"a row of `{child}` whose {words(key.columns)} is no {words(to)} of `{parent}`"


def _referenced(case: FailureCase, key: Constraint) -> tuple[str, ...]:
    """The columns that a foreign key refers to; the primary key where it names none."""
    known = case.before.table(key.references) if key.references else None
    return key.referenced_columns or (known.primary_key if known else ())


def _check(case: FailureCase) -> Told | None:
    table, message = case.table, case.error.message
    for change in case.changes:
        if isinstance(change, AlterDomain) and change.constraint and table and case.error.column:
            return _domain_check(case, change.constraint, table, case.error.column)
    if "partition" in message and not case.error.constraint:
        if message.startswith("no partition"):
            return f"a row of `{table}` for which there is no partition", None
        return f"a row of `{table}` outside of the bounds of its partition", None
    checks = [(t, c) for t, c in case.constraints() if c.kind == "check"]
    named = [pair for pair in checks if pair[1].name == case.error.constraint]
    for owner, constraint in named or checks[:1]:
        text = constraint.expression or ""
        new = [c.column for c in case.changes if isinstance(c, AddColumn)]
        if new and any(column.name in constraint.columns for column in new):
            there = case.there(owner)
            rows = f"any row: the default of the new column does not meet `{text}`"
            return rows, queries.counted(owner) if there else None
        there = case.there(owner, *constraint.columns)
        return _unmet(text), queries.violating(owner, text) if text and there else None
    found = case.existing(table) if table else None
    if found is not None and found.expression:
        return f"a new or changed row of `{table}` that does not meet `{found.expression}`", None
    if case.error.type:
        return f"a value that the domain `{case.error.type}` does not admit", None
    return None


def _domain_check(case: FailureCase, check: Constraint, table: Name, column: str) -> Told:
    text = check.expression or ""
    rows = f"a row whose `{column}` does not meet `{text}`"
    return rows, queries.of_domain(table, column, text) if case.there(table, column) else None


def _unmet(expression: str) -> str:
    return f"a row that does not meet `{expression}`"


def _exclusion(case: FailureCase) -> Told | None:
    for table, constraint in case.constraints():
        if constraint.kind != "exclude":
            continue
        signs = exclusion_operators(case.statement.text)
        plain = [key for key in constraint.columns if not key.startswith("(")]
        query = None
        if len(signs) == len(constraint.columns) and case.there(table, *plain):
            elements = list(zip(constraint.columns, signs, strict=True))
            query = queries.conflicting(table, elements, constraint.expression)
        return f"two rows whose {words(constraint.columns)} conflict", query
    return None


_TO_CITEXT = re.compile(r'::("?\w+"?\.)?"?citext"?$', re.IGNORECASE)
_NO_VALUE = re.compile(r"invalid input syntax for type ([^:]+): ")


def _cast(case: FailureCase) -> Told | None:
    changes = [change for change in case.changes if isinstance(change, AlterColumnType)]
    found = unfit_values(changes, case.error, case.before, case.major)
    if found is None:
        return None
    change, rows, condition = found
    there = condition is not None and case.there(change.table, change.column)
    return rows, queries.counted(change.table, condition) if there else None


def _pending(case: FailureCase) -> Told | None:
    """55006: a deferred check of rows that this transaction changed is still to come."""
    if "pending trigger events" not in case.error.message:
        return None
    return (
        "any row that an earlier statement of the same transaction has changed: its deferred "
        "check is still to come",
        None,
    )


def _too_long_for_index(case: FailureCase) -> Told | None:
    for change in case.changes:
        if isinstance(change, CreateIndex):
            return f"a value of {words(change.columns)} that is too long for an index", None
    return "a value that is too long for an index", None


def _unknown(case: FailureCase) -> Told:
    if kind := _NO_VALUE.match(case.error.message):  # which goes on with a synthetic value
        return f"a row with text that is no {kind[1]}", None
    return _PLAIN.get(case.error.sqlstate or "", f"a row for which {case.error.message}"), None


_PLAIN = {
    "21000": "rows for which a subquery gives more than one row",
    "22012": "a row for which something is divided by zero",
    "22004": "a row with a NULL where none is admitted",
    "P0001": "rows that the migration itself refuses",
    "P0002": "rows that the migration itself looks for",
    "P0003": "more rows than the migration itself expects",
    "P0004": "rows that the migration itself refuses",
}

_BY_SQLSTATE: dict[str, Callable[[FailureCase], Told | None]] = {
    "23502": _not_null,
    "23505": _unique,
    "23503": _foreign_key,
    "23514": _check,
    "23P01": _exclusion,
    "22001": _cast,
    "22003": _cast,
    "22007": _cast,
    "22008": _cast,
    "22P02": _cast,
    "22P03": _cast,
    "22032": _cast,
    "54000": _too_long_for_index,
    "55006": _pending,
}
