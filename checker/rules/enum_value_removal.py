"""Removing a value from an enum fails if a row still has it.

PostgreSQL cannot drop a value from an enum, so Prisma recreates the enum, converts every column to
it, and drops the old one. The conversion fails with SQLSTATE 22P02 on the first row that still has
a removed value, and rewrites each table under an ACCESS EXCLUSIVE lock.

Where the pull request itself moves or deletes the rows of each removed value, by name, the
remaining risk is old code that names the value until the new one runs everywhere (a warning).

All statements of this pattern give this one finding; an enum that only gains values gives none.

Instead: move the rows to a value that stays first, in the same migration or one before it, after
deploying code that no longer writes the old value.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import DeleteRows, Name, RecreateEnum, UpdateRows, quote
from checker.rules import Context, rule
from checker.rules._around import changes_in, same, word_of


@rule(RecreateEnum, claims=("failure",))
def check(change: RecreateEnum, at: Context) -> Iterator[Finding]:
    removed = [value for value in change.before if value not in change.values]
    if at.before.is_new_type(change.enum) or not removed:
        return
    columns = at.before.columns_of_type(change.enum)
    if not columns and at.before.enum(change.enum) is not None:
        return  # they have become something else before, and nothing has a value of it
    if columns and all(
        _is_settled(table.name, column.name, removed, at) for table, column in columns
    ):
        yield _named_by_old_code(change, removed, at)
        return
    names = ", ".join(f"`{table.name}.{column.name}`" for table, column in columns)
    moved = all(at.before.is_updated(table.name, column.name) for table, column in columns)
    yield at.finding(
        f"Enum `{change.enum}` loses {_list(removed)}: the migration fails if a row still has "
        + ("it" if len(removed) == 1 else "one of them"),
        why=f"Columns of this type: {names}." if names else "",
        advice="Move such rows to a value that stays before the enum is replaced.",
        fix="\n".join(_moves(change, removed, at)) or None,
        severity="warning" if columns and moved else None,
    )


def _is_settled(table: Name, column: str, removed: list[str], at: Context) -> bool:
    """Whether this pull request moves or deletes the rows of each removed value, by its name.

    Also where nobody can have such rows yet: the table or the column is new.
    """
    if not at.before.may_have_rows(table):
        return True
    texts = [
        statement.text
        for statement in at.earlier
        for change in changes_in([statement], UpdateRows, DeleteRows)
        if same(at, change.table, table)
        and (isinstance(change, DeleteRows) or column in change.columns)
        and word_of(column).search(statement.text)
    ]
    return all(any(f"'{_escaped(value)}'" in text for text in texts) for value in removed)


def _named_by_old_code(change: RecreateEnum, removed: list[str], at: Context) -> Finding:
    return at.finding(
        f"Enum `{change.enum}` loses {_list(removed)}: code that still runs and names "
        + ("it" if len(removed) == 1 else "one of them")
        + " fails",
        why="Its rows are moved or deleted first; old code runs on until the release is "
        "everywhere.",
        advice="Deploy code that no longer names the value; replace the enum in a migration of the "
        "next release.",
        severity="warning",
        of_rows=False,
    )


def _moves(change: RecreateEnum, removed: list[str], at: Context) -> Iterator[str]:
    values = ", ".join(f"'{_escaped(value)}'" for value in removed)
    stays = next((value for value in change.values if value in change.before), None)
    target = f"'{_escaped(stays)}'" if stays else "NULL"
    for table, column in at.before.columns_of_type(change.enum):
        name = quote(column.name)
        if column.type.array:
            yield (
                f"-- before the enum is replaced; the value is yours to choose:\n"
                f"UPDATE {table.name.sql} SET {name} = ARRAY(SELECT value FROM unnest({name}) AS "
                f"value WHERE value NOT IN ({values})) WHERE {name} && ARRAY[{values}]::"
                f"{column.type.sql};"
            )
        else:
            yield (
                f"-- before the enum is replaced; the value is yours to choose:\n"
                f"UPDATE {table.name.sql} SET {name} = {target} WHERE {name} IN ({values});"
            )


def _escaped(value: str) -> str:
    return value.replace("'", "''")


def _list(values: list[str]) -> str:
    quoted = [f"`{value}`" for value in values]
    return ", ".join(quoted[:-1]) + (" and " if len(values) > 1 else "") + quoted[-1]
