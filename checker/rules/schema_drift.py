"""schema.prisma and the migrations do not say the same.

The replayed history was compared with schema.prisma as Prisma compares them. What differs will come
up as surprising SQL in somebody's next `migrate dev`, production lacks what the code expects, and
who runs `migrate dev` on a database that `db push` has changed is offered a reset.

Not reported: what Prisma does not model (views, CHECKs, triggers, indexes with an expression or a
condition …), and as a notice only what already differs at the base.

Instead: add the migration that closes the gap, or take back the change of schema.prisma. `migrate
dev` writes migrations; `db push` changes a database and writes none. What a new migration makes
belongs into schema.prisma; a table that Prisma shall leave alone into `tables.external` of
prisma.config.ts.
"""

from collections.abc import Iterator

from checker.model import Difference, Drift, Finding, Script, Thing
from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    Change,
    CreateEnum,
    CreateIndex,
    CreateObject,
    CreateTable,
    Name,
)
from checker.model.sentences import difference_words
from checker.rules import Context, rule
from checker.rules._fixes import name_of
from checker.rules._history import listed
from checker.sql.naming import joined, make_name

_SHOWN = 20
_WHY = {
    "schema": "Somebody ran `db push`, or forgot `migrate dev`: production will lack it.",
    "history": "The schema lost it without a migration: the next `migrate dev` wants to drop it.",
    "both": "The next `migrate dev` will change it.",
}

Made = tuple[Thing | None, str, str, str]
"""What a difference is about: kind, PostgreSQL schema, the table or enum around it, name."""


@rule(Drift, severity="error", providers=("postgresql",))
def check(drift: Drift, at: Context) -> Iterator[Finding]:
    if drift.status != "drift":
        return
    if drift.fresh:
        yield _finding(drift, drift.fresh, at)
    else:
        yield at.finding(
            f"schema.prisma and the migrations differed before this change: {_told(drift.changes)}",
            why=_why(drift.changes),
            advice="Close the gap in a pull request of its own.",
            fix=_fix(drift, at),
            severity="notice",
            evidence="observed",
            path=at.project.schema,
        )


def _finding(drift: Drift, fresh: tuple[Difference, ...], at: Context) -> Finding:
    """What a new migration makes is not proposed for dropping: somebody has just written that."""
    made = _made_by_new(fresh, at)
    others = tuple(difference for difference in fresh if difference not in made)
    advice = (
        _declare(made, others=bool(others))
        if made
        else "Add the migration that closes the gap "
        f"(`npx prisma migrate dev --name {drift.name}`), or take back the change of the schema."
    )
    older = len(drift.changes) - len(fresh)
    also = f" ({older} more differed before this change)" if older else ""
    return at.finding(
        f"schema.prisma and the migrations differ: {_told(fresh)}{also}",
        why=" ".join(filter(None, (_by(made, others=bool(others)), _why(others)))),
        advice=advice,
        fix=None if made else _fix(drift, at),
        evidence="observed",
        path=at.project.schema,
    )


def _made_by_new(fresh: tuple[Difference, ...], at: Context) -> dict[Difference, str]:
    """Of the differences those that a new migration makes, and its name."""
    makers: dict[Made, str] = {}
    for migration in at.history.new:
        for statement in at.scripts.get(migration.name, Script()).statements:
            for change in statement.changes:
                makers.update(dict.fromkeys(_made(change), migration.name))
    return {
        difference: makers[made]
        for difference in fresh
        if difference.ahead == "history"
        and (made := (difference.kind, difference.schema, difference.table, difference.name))
        in makers
    }


def _made(change: Change) -> Iterator[Made]:
    """What a change makes, as a difference calls it."""
    match change:
        case CreateTable(table):
            yield _whole("table", table)
        case AddColumn(table, column, constraints):
            yield ("column", *table.key, column.name)
            for constraint in constraints:
                yield from _made(AddConstraint(table, constraint))
        case CreateIndex(table, name, columns, unique):
            name = name or make_name(table.name, joined(columns), "idx")
            yield ("unique_index" if unique else "index", *table.key, name)
        case AddConstraint(table, constraint) if constraint.kind == "foreign_key":
            yield ("foreign_key", *table.key, name_of(table, constraint))
        case AddConstraint(table, constraint) if constraint.kind == "unique":
            yield ("unique_index", *table.key, name_of(table, constraint))
        case CreateEnum(enum):
            yield _whole("enum", enum)
        case AddEnumValue(enum, value):
            yield ("enum_value", *enum.key, value)
        case CreateObject("EXTENSION", extension):
            yield ("extension", "", "", extension.name)


def _whole(kind: Thing, name: Name) -> Made:
    schema, bare = name.key
    return (kind, schema, "", bare)


def _by(made: dict[Difference, str], *, others: bool) -> str:
    """Which migration makes what schema.prisma lacks."""
    if not made:
        return ""
    names = listed(dict.fromkeys(made.values()))
    it = "it" if len(made) == 1 else "them"
    which = f"{len(made):,} of these" if others else it
    makes = "makes" if len(set(made.values())) == 1 else "make"
    return (
        f"{names} {makes} {which}, and schema.prisma says nothing of {it}: the next `migrate dev` "
        f"wants to drop {it}."
    )


def _declare(made: dict[Difference, str], *, others: bool) -> str:
    it = "it" if len(made) == 1 else "them"
    advice = f"Add {it} to schema.prisma"
    tables = [f"{d.schema}.{d.name}" for d in made if d.kind == "table"]
    if tables:
        listing = listed(tables)
        advice += (
            f", or, where Prisma shall leave the table alone, list {listing} in `tables.external` "
            "of prisma.config.ts"
        )
    advice += f"; else take what makes {it} out of the migration."
    return advice + " Then `npx prisma migrate dev` writes what else is missing." * others


def _told(changes: tuple[Difference, ...]) -> str:
    shown = "; ".join(map(difference_words, changes[:_SHOWN]))
    more = len(changes) - _SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown


def _why(changes: tuple[Difference, ...]) -> str:
    return " ".join(_WHY[side] for side in dict.fromkeys(change.ahead for change in changes))


def _fix(drift: Drift, at: Context) -> str:
    place = f"{at.project.migrations}/<time>_{drift.name}/migration.sql"
    text = f"-- {place}\n{drift.script.strip()}"
    if drift.renames:
        text += (
            f"\n\n-- or, where this is a rename and the values must stay:\n{drift.renames.strip()}"
        )
    return text
