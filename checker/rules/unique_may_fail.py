"""A unique index or constraint fails if existing rows are duplicates.

The statement fails with SQLSTATE 23505 on the first pair of rows that agree, which an empty test
database never shows. CREATE UNIQUE INDEX CONCURRENTLY leaves an invalid index behind when it fails.
Without CONCURRENTLY, PostgreSQL also keeps others off the table until every row has been read into
the index.

Lock: SHARE on the table (writes wait) for an index, ACCESS EXCLUSIVE (reads too) for a constraint,
for a time that grows with its rows.

Not reported: a table that this pull request itself creates, columns with a subset that is unique
already, columns added here without a default, which are NULL in every row, and rows whose
duplicates the same pull request deletes.

Instead: look for duplicates on production first, and settle them. Then build the index
concurrently, in a migration of its own, and make the constraint from it where one is needed.
"""

import re
from collections.abc import Iterator
from functools import partial

from checker.model import Finding
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    Column,
    CreateIndex,
    CreateTable,
    DeleteRows,
    Name,
    UpdateRows,
    quote,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same, word_of
from checker.rules._fixes import (
    alone,
    concurrent_index,
    constraint_on_index,
    constraints_later,
    require,
)
from checker.rules._locks import declared
from checker.rules._subjects import about
from checker.sql.queries import agreeing
from checker.sql.rewriting import volatile_call

# Functions whose purpose is another value at each call, evaluated once a row (ALTER TABLE, Notes).
_FRESH = re.compile(r"(uuid|ulid|cuid|nanoid|nextval|gen_random_bytes)\w*\(", re.IGNORECASE)

Unique = CreateIndex | AddConstraint | AddColumn


@rule(CreateIndex, AddConstraint, AddColumn, severity="warning", scales=True, claims=("failure",))
def check(change: Unique, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    if not at.before.may_have_rows(change.table):
        return
    for columns, nulls_equal, condition in _unique(change):
        if table is not None and table.is_unique(columns):
            continue
        if _cannot_agree(change, columns, at, nulls_equal=nulls_equal):
            continue
        if _are_settled(change.table, columns, at):
            continue
        if condition is None and _is_same(change, columns, at):
            yield _certain(change, columns[0], at)
        else:
            yield _possible(change, columns, condition, at, nulls_equal=nulls_equal)


def _possible(
    change: Unique,
    columns: tuple[str, ...],
    condition: str | None,
    at: Context,
    *,
    nulls_equal: bool,
) -> Finding:
    names = ", ".join(columns)
    if isinstance(change, AddColumn):
        fix = _filled(change, change.column, at)
    else:
        query = _query(change.table, columns, condition, at, nulls_equal=nulls_equal)
        fix = query + _concurrently(change, at)
    return at.finding(
        about(
            "",
            f"`({names})`",
            ": the migration fails if two agree there",
            before=f"Rows of `{change.table}` must be unique in ",
        ),
        why="Duplicates stop the migration; an empty test database does not show them."
        + _lock(change, at),
        advice="Look for duplicates on production first, and settle them before the migration.",
        fix=fix,
        columns=columns,
    )


def _certain(change: Unique, name: str, at: Context) -> Finding:
    column = (
        change.column if isinstance(change, AddColumn) else at.before.column(change.table, name)
    )
    assert column is not None
    instead = "" if isinstance(change, AddColumn) else "-- instead of adding it with its default:\n"
    return at.finding(
        about(
            "",
            f"`{change.table}.{name}`",
            " must be unique and has the same default in every row: the migration fails as soon as "
            f"`{change.table}` has two rows",
            before="New column ",
        ),
        why="An empty test database does not show it." + _lock(change, at),
        advice="Add the column as nullable, give each row a value of its own, then make it unique, "
        "and required last.",
        fix=instead + _filled(change, column, at),
        severity="error",
        columns=(name,),
    )


def _unique(change: Unique) -> Iterator[tuple[tuple[str, ...], bool, str | None]]:
    """The columns made unique, whether NULLs are equal, and the index's condition."""
    match change:
        case CreateIndex(unique=True):
            yield change.columns, change.nulls_not_distinct, change.where
        case AddConstraint(constraint=constraint):
            if constraint.kind in ("unique", "primary_key") and constraint.using_index is None:
                key = constraint.kind == "primary_key"
                yield constraint.columns, key or constraint.nulls_not_distinct, None
        case AddColumn():
            for constraint in change.constraints:
                if constraint.kind == "unique":
                    yield constraint.columns, constraint.nulls_not_distinct, None


def _cannot_agree(
    change: Unique,
    columns: tuple[str, ...],
    at: Context,
    *,
    nulls_equal: bool,
) -> bool:
    """Whether one of the columns is new and NULL, or another value, in every row.

    Where NULLs are equal, too, only values of its own in every row tell the rows apart.
    """
    if isinstance(change, AddColumn):
        default = change.column.default or at.before.domain_default(change.column.type)
        return _no_duplicates(change.column, default, nulls_equal=nulls_equal)
    for name in columns:
        known = at.before.column(change.table, name)
        if known is None or not at.before.is_new_column(change.table, name):
            continue
        default = at.before.given(change.table, name)
        if at.before.is_updated(change.table, name):
            if not _is_fresh(change.table, name, at):
                continue
            if default is None and known.not_null:
                return True
        if _no_duplicates(known, default, nulls_equal=nulls_equal):
            return True
    return False


def _is_same(change: Unique, columns: tuple[str, ...], at: Context) -> bool:
    """Whether the one column is new and its default is evaluated once for all rows."""
    if len(columns) != 1:
        return False
    (name,) = columns
    if isinstance(change, AddColumn):
        if change.if_not_exists and at.before.column(change.table, name) is not None:
            return False
        default = change.column.default or at.before.domain_default(change.column.type)
    elif at.before.is_new_column(change.table, name):
        default = at.before.given(change.table, name)
    else:
        return False
    return (
        default is not None
        and not re.match(r"\(*NULL\b", default, re.IGNORECASE)
        and not at.before.is_updated(change.table, name)
        and volatile_call(default, partial(declared, at)) is None
    )


def _is_fresh(table: Name, column: str, at: Context) -> bool:
    """Whether each UPDATE of the column gives every row an id of its own."""
    assigned = re.compile(
        rf'(?<!\w){re.escape(column)}"?\s*=\s*[^,;]*?{_FRESH.pattern}', re.IGNORECASE
    )
    assignments = [
        assigned.search(statement.text)
        for statement in at.earlier
        for update in changes_in([statement], UpdateRows)
        if same(at, update.table, table) and column in update.columns
    ]
    return bool(assignments) and all(assignments)


def _no_duplicates(column: Column, default: str | None, *, nulls_equal: bool) -> bool:
    """Whether rows with this default never agree: NULL, a number or a fresh id each."""
    if default is None and not column.filled:
        return not nulls_equal
    return column.filled or _FRESH.search(default or "") is not None


def _are_settled(table: Name, columns: tuple[str, ...], at: Context) -> bool:
    """Whether a DELETE before this compares the rows with one another in all of these columns.

    The comparison may stand in a table that a query of this pull request has made for it.
    """
    words = [table.name, table.name, *columns]
    made = {
        change.table.name: statement.text
        for statement in at.earlier
        for change in changes_in([statement], CreateTable)
        if change.from_query
    }
    for statement in at.earlier:
        if not any(same(at, d.table, table) for d in changes_in([statement], DeleteRows)):
            continue
        used = [text for name, text in made.items() if word_of(name).search(statement.text)]
        text = "\n".join([*used, statement.text])
        if all(len(word_of(w).findall(text)) >= words.count(w) for w in words):
            return True
    return False


def _filled(change: Unique, column: Column, at: Context) -> str:
    """The column with values of its own for each row before it becomes unique, and required."""
    table, name = change.table.sql, quote(column.name)
    steps = [f"ALTER TABLE {table} ADD COLUMN {name} {column.type.sql};"]
    if column.default is not None:
        steps.append(f"ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {column.default};")
    steps.append(f"UPDATE {table} SET {name} = /* its own value for each row */;")
    match change:
        case CreateIndex():
            made = [alone(at) + concurrent_index(change, at)]
        case AddConstraint(constraint=constraint):
            made = [constraint_on_index(change.table, constraint, at)]
        case AddColumn():
            made = constraints_later(change, at)
    if column.not_null:
        required = "-- in a migration after that:\n" + require(change.table, column.name)
        key = isinstance(change, AddConstraint) and change.constraint.kind == "primary_key"
        made.insert(0 if key else len(made), required)
    return "\n".join(steps) + "\n\n" + "\n\n".join(made)


def _query(
    table: Name,
    columns: tuple[str, ...],
    condition: str | None,
    at: Context,
    *,
    nulls_equal: bool,
) -> str:
    new = any(at.before.is_new_column(table, name) for name in columns)
    when = "when the column is there" if new else "on production first, it only reads"
    equal = nulls_equal or at.dialect.unique_nulls
    query = agreeing(table, at.before.table(table), columns, condition, nulls_equal=equal)
    return f"-- {when}; each row is a group of duplicates:\n{query}"


def _lock(change: Unique, at: Context) -> str:
    if not at.dialect.postgresql_locks or getattr(change, "concurrently", False):
        return ""
    if isinstance(change, CreateIndex):
        return " And writes wait (SHARE lock) until the index is built."
    return " And nobody reads or writes the table (ACCESS EXCLUSIVE lock) until its index is built."


def _concurrently(change: Unique, at: Context) -> str:
    """The index or constraint made without keeping others off the table."""
    table = at.before.table(change.table)
    if not at.dialect.postgresql_locks or (table and table.kind == "partitioned table"):
        return ""
    match change:
        case CreateIndex(concurrently=False):
            return f"\n\n{alone(at)}{concurrent_index(change, at)}"
        case AddConstraint():
            return f"\n\n{constraint_on_index(change.table, change.constraint, at)}"
    return ""
