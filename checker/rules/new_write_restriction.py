"""The database refuses or changes writes of code that still runs.

A new constraint, policy, rule or trigger holds from the moment the migration commits, for old code
too, which runs on until the release is everywhere: what it used to write may be refused. NOT VALID
spares only the rows that are there; each INSERT and UPDATE is tested.

Not reported: tables and columns that this pull request itself adds, and what replaces another of
its kind. A required column without a default has rules of its own.

Off by default: most constraints say what the code does already.

Instead: deploy code that keeps to the rule first, and add the constraint with the next release.
"""

from collections.abc import Iterable, Iterator

from checker.model import Finding
from checker.model.changes import (
    AddConstraint,
    AlterTable,
    Constraint,
    CreateIndex,
    CreateObject,
    DropConstraint,
    DropObject,
    Name,
    SetNotNull,
)
from checker.rules import Context, rule
from checker.rules._around import changes_in, same
from checker.rules._fixes import name_of
from checker.rules._locks import POSTGRESQL
from checker.rules._subjects import about

_WORDS = {
    "check": "values that do not pass it",
    "foreign_key": "values that no parent has",
    "unique": "values that another row has",
    "primary_key": "values that another row has",
    "exclude": "rows that conflict with another",
}
_OBJECTS = {
    "TRIGGER": "what it refuses or changes",
    "RULE": "what it replaces",
    "POLICY": "what no policy permits",
}

_UNIQUE = ("Unique index", "Unique indexes")
_POLICY = ("Policy", "Policies")
_NOT_NULL = ("NOT NULL constraint on", "NOT NULL constraints on")


@rule(
    AddConstraint, CreateIndex, SetNotNull, AlterTable, CreateObject,
    severity="warning", default=False, providers=POSTGRESQL,
)  # fmt: skip
def check(
    change: AddConstraint | CreateIndex | SetNotNull | AlterTable | CreateObject, at: Context
) -> Iterator[Finding]:
    restriction = _restriction(change, at)
    table = change.on if isinstance(change, CreateObject) else change.table
    if restriction is None or table is None or at.before.is_new_table(table):
        return
    noun, name, refused = restriction
    yield at.finding(
        about(
            noun,
            name,
            f" of `{table}` ",
            ("holds", "hold"),
            f" for code that still runs: {refused} cannot be written from now on",
        ),
        why="Old code runs on until the release is everywhere.",
        advice="Deploy code that keeps to it first, and add it with the next release.",
        table=table,
    )


def _restriction(
    change: AddConstraint | CreateIndex | SetNotNull | AlterTable | CreateObject, at: Context
) -> tuple[str | tuple[str, str], str, str] | None:
    """What restricts writes, its name, and which writes."""
    match change:
        case AddConstraint(table, constraint) if not (
            constraint.using_index or _is_replaced(table, constraint, at)
        ):
            refused = _WORDS.get(constraint.kind, "NULL")
            return "Constraint", f"`{name_of(table, constraint)}`", refused
        case CreateIndex(table, name, columns, unique=True) if not _any_new(table, columns, at):
            return _UNIQUE, f"`{name}`" if name else "without a name", _WORDS["unique"]
        case SetNotNull(table, column) if not _any_new(table, [column], at):
            known = at.before.column(table, column)
            return None if known and known.not_null else (_NOT_NULL, f"`{column}`", "NULL")
        case AlterTable(_, "ENABLE ROW LEVEL SECURITY" | "FORCE ROW LEVEL SECURITY"):
            return "", "Row level security", _OBJECTS["POLICY"]
        case CreateObject(kind, name, on) if kind in _OBJECTS and not any(
            same(at, drop.on, on) and drop.name == name
            for drop in changes_in(at.earlier, DropObject)
        ):
            noun = _POLICY if kind == "POLICY" else kind.capitalize()
            return noun, f"`{name}`", _OBJECTS[kind]
    return None


def _any_new(table: Name, columns: Iterable[str], at: Context) -> bool:
    return any(at.before.is_new_column(table, column) for column in columns)


def _is_replaced(table: Name, constraint: Constraint, at: Context) -> bool:
    """Whether it comes in the place of one of its name, or is all on new columns."""
    here = [at.statement] if at.statement else []
    return any(
        same(at, drop.table, table) and drop.name == name_of(table, constraint)
        for drop in changes_in((*at.earlier, *here), DropConstraint)
    ) or (
        bool(constraint.columns)
        and all(at.before.is_new_column(table, column) for column in constraint.columns)
    )
