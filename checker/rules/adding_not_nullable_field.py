"""SET NOT NULL fails as soon as one row has no value, and reads the whole table.

The statement fails with SQLSTATE 23502 where a row has NULL. Where none does, every row is read
while nobody else can use the table.

Lock: ACCESS EXCLUSIVE on the table, for a time that grows with its rows.

Not reported: a column that is required already, that this pull request itself adds, or that a valid
CHECK (column IS NOT NULL) already proves. Where an UPDATE of this pull request gives every row with
NULL a value that is never NULL, or a DELETE takes those rows, only the lock is reported. A subquery
and UPDATE … FROM may find nothing for a row, so they do not count.

Instead: fill the rows first. On a large table, prove the absence of NULL without a long lock: a
CHECK that is NOT VALID, then VALIDATE, then SET NOT NULL, which then reads nothing.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import SetNotNull, quote
from checker.rules import Context, rule
from checker.rules._filled import is_filled, not_filling
from checker.rules._fixes import require
from checker.rules._subjects import BECOMES, about
from checker.sql.queries import nulls

_LOCK = " And nobody reads or writes the table (ACCESS EXCLUSIVE lock) until every row is read."


@rule(SetNotNull, severity="warning", scales=True, claims=("failure",))
def check(change: SetNotNull, at: Context) -> Iterator[Finding]:
    table = at.before.table(change.table)
    known = table.column(change.column) if table else None
    if (
        not at.before.may_have_rows(change.table)
        or (known is not None and known.not_null)
        or (table is not None and table.proves_not_null(change.column))
        or at.before.is_new_column(change.table, change.column)
    ):
        return
    name, column = change.table.sql, quote(change.column)
    filled = is_filled(change.table, change.column, at)
    locks = at.dialect.postgresql_locks
    subject = ("", f"`{change.table}.{change.column}`")
    if filled and locks:
        yield at.finding(
            about(
                *subject,
                " ",
                BECOMES,
                f" required: every row of `{change.table}` is read to see that none is NULL",
            ),
            why="ACCESS EXCLUSIVE lock: nobody reads or writes the table until every row is read.",
            advice="Prove it with a CHECK that is validated in a migration of its own.",
            fix=require(change.table, change.column),
        )
    elif not filled:
        update = not_filling(change.table, change.column, at)
        left, first, missed = "has no value", "on production first", ""
        if update is not None:
            left, first = "is left without a value", "when that UPDATE has run"
            missed = f"The earlier UPDATE (line {update.line}) may miss a row or give it NULL. "
        yield at.finding(
            about(*subject, " ", BECOMES, f" required: the migration fails if a row {left}"),
            why=f"{missed}A row with NULL stops the migration; an empty test database does not "
            "show it." + _LOCK * locks,
            advice="Fill the rows first; then prove it without a long lock.",
            fix=f"-- {first}, it only reads:\n"
            f"{nulls(change.table, change.column)}\n\n"
            f"UPDATE {name} SET {column} = /* its value */ WHERE {column} IS NULL;\n"
            + require(change.table, change.column),
        )
