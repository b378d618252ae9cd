"""Recognises several statements that make up one change.

Prisma writes a removed enum value as up to six statements, a renamed field as a dropped and an
added column, and on SQLite nearly every change of a table as a new table. A rule that judged the
parts would raise several findings for one change, and none of them would name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from checker.model import Statement
from checker.model import changes as c
from checker.model.changes import Change, Column, Name
from checker.sql.catalog.catalog import Catalog
from checker.sql.catalog.table import KnownTable
from checker.sql.redefinition import expand_redefinitions
from checker.sql.resemblance import ALIKE, LIKE_NAME, LIKE_TABLE, resemblance


class CompoundStep(Struct, frozen=True):
    """One change on its way to the rules.

    ``change`` alters the schema; ``judged`` is what the rules see instead: the same, the compound
    change that it begins, or None where it is part of one that begins elsewhere. ``parts`` are the
    statements of a compound change that begins here.
    """

    statement: Statement
    change: Change
    judged: Change | None
    parts: tuple[Statement, ...] = ()


def recognise(statements: Sequence[Statement], before: Catalog) -> list[CompoundStep]:
    """The changes of one migration, with ``before`` as the schema before its first statement."""
    pairs = [(statement, change) for statement in statements for change in statement.changes]
    steps = [
        CompoundStep(statement, change, change)
        for statement, change in expand_redefinitions(pairs, before)
    ]
    for recogniser in (_enums, _recreated_columns, _replaced_columns, _replaced_tables):
        for parts, compound in recogniser(steps, before):
            first, *others = sorted(parts)
            whole = tuple(steps[part].statement for part in (first, *others))
            steps[first] = replace(steps[first], judged=compound, parts=whole)
            for part in others:
                steps[part] = replace(steps[part], judged=None)
    return steps


Found = Iterator[tuple[list[int], Change]]


def _enums(steps: list[CompoundStep], before: Catalog) -> Found:
    """An enum of the old history is dropped and one made here bears its name in the end."""
    identity: dict[c.Name, int | str] = {}  # current name -> step that created it, or old name
    parts: dict[int | str, list[int]] = {}
    dropped: set[str] = set()
    columns: dict[tuple[Name, str], int] = {}
    defaults: list[tuple[int, Name, str]] = []

    def owner(name: Name) -> int | str:
        return identity.setdefault(_plain(name), str(_plain(name)))

    for i, step in enumerate(steps):
        match step.change:
            case c.CreateEnum(enum):
                identity[_plain(enum)] = i
                parts.setdefault(i, []).append(i)
            case c.RenameType(kind, to):
                who = owner(kind)
                identity.pop(_plain(kind), None)
                identity[replace(_plain(kind), name=to)] = who
                parts.setdefault(who, []).append(i)
            case c.DropType(kind):
                who = owner(kind)
                identity.pop(_plain(kind), None)
                parts.setdefault(who, []).append(i)
                if isinstance(who, str):
                    dropped.add(who)
            case c.AlterColumnType(table, column, kind):
                who = owner(Name(kind.name, kind.schema))
                parts.setdefault(who, []).append(i)
                if isinstance(who, int):
                    columns[(_plain(table), column)] = who
            case c.DropDefault(table, column) | c.SetDefault(table, column):
                defaults.append((i, _plain(table), column))
    for name, who in identity.items():
        if not isinstance(who, int) or str(name) not in dropped:
            continue
        created = steps[who].change
        assert isinstance(created, c.CreateEnum)
        own = [i for i, table, column in defaults if columns.get((table, column)) == who]
        compound = c.RecreateEnum(name, before.enum(name) or (), created.values)
        yield [*parts[who], *parts[str(name)], *own], compound


def _recreated_columns(steps: list[CompoundStep], _: Catalog) -> Found:
    drops: dict[tuple[Name, str], int] = {}
    for i, step in enumerate(steps):
        match step.judged:
            case c.DropColumn(table, column):
                drops[(_plain(table), column)] = i
            case c.AddColumn(table, column) if (_plain(table), column.name) in drops:
                drop = drops.pop((_plain(table), column.name))
                yield [drop, i], c.RecreateColumn(table, column)


def _replaced_columns(steps: list[CompoundStep], before: Catalog) -> Found:
    """The most similar pairs among the dropped and added columns of a table."""
    candidates: list[tuple[float, int, int]] = []
    for i, dropped in enumerate(steps):
        if not isinstance(dropped.judged, c.DropColumn):
            continue
        table = before.table(dropped.judged.table)
        if table is None or before.is_new_column(table.name, dropped.judged.column):
            continue
        for j, added in enumerate(steps):
            if (
                isinstance(added.judged, c.AddColumn)
                and _plain(added.judged.table) == _plain(dropped.judged.table)
                and not _filled_by_hand(steps, j)
                and _same_target(steps, table, dropped.judged.column, added.judged)
            ):
                relation = _is_the_relation(steps, table, dropped.judged.column, added.judged)
                score = _likeness(
                    table, dropped.judged.column, added.judged.column, relation=relation
                )
                candidates.append((score, i, j))
    taken: set[int] = set()
    for score, i, j in sorted(candidates, key=lambda found: (-found[0], found[1:])):
        drop, add = steps[i].judged, steps[j].judged
        if score > 0 and not taken & {i, j}:
            taken |= {i, j}
            assert isinstance(drop, c.DropColumn)
            assert isinstance(add, c.AddColumn)
            yield [i, j], c.ReplaceColumn(drop.table, drop.column, add.column)


def _likeness(table: KnownTable, dropped: str, added: Column, *, relation: bool) -> float:
    """How much an added column looks like a renamed dropped one; 0 where it does not.

    ``relation``: it is the table's one foreign key to the table to which the dropped one pointed.
    """
    old = table.column(dropped)
    if old is None or old.type != added.type or old.generated != added.generated:
        return 0
    name = resemblance(dropped, added.name)
    same_nullability = old.not_null == added.not_null
    if name < LIKE_NAME and not (same_nullability and (relation or _only_of_type(table, old))):
        return 0
    return name + same_nullability


def _only_of_type(table: KnownTable, column: Column) -> bool:
    return sum(known.column.type == column.type for known in table.columns.values()) == 1


def _filled_by_hand(steps: list[CompoundStep], added: int) -> bool:
    """Whether the migration fills the new column: then nobody wrote it as a rename."""
    new = steps[added].judged
    assert isinstance(new, c.AddColumn)
    return any(
        isinstance(step.change, c.UpdateRows)
        and _plain(step.change.table) == _plain(new.table)
        and new.column.name in step.change.columns
        for step in steps[added:]
    )


def _same_target(
    steps: list[CompoundStep], table: KnownTable, dropped: str, added: c.AddColumn
) -> bool:
    """Whether the foreign keys of the two columns point at one table, if either has one.

    For very similar columns that does not matter: the table may be renamed too.
    """
    old = _targets_before(table, (dropped,))
    new = _targets_of(steps, added)
    if old & new or old == new:
        return True
    if resemblance(dropped, added.column.name) < ALIKE:
        return False
    renamed = {_plain(s.change.table) for s in steps if isinstance(s.change, c.RenameTable)}
    return (
        not (old and new)
        or bool(old & renamed)
        or any(resemblance(a.name, b.name) >= LIKE_NAME for a in old for b in new)
    )


def _is_the_relation(
    steps: list[CompoundStep], table: KnownTable, dropped: str, added: c.AddColumn
) -> bool:
    """Whether both columns are foreign keys to one table, and no other column of theirs is."""
    targets = _targets_before(table, (dropped,)) & _targets_of(steps, added)
    pointing = [
        key
        for key in table.constraints.values()
        if key.references is not None and _plain(key.references) in targets
    ]
    others = [
        step.change
        for step in steps
        if isinstance(step.change, c.AddConstraint)
        and _plain(step.change.table) == _plain(added.table)
        and step.change.constraint.references is not None
        and _plain(step.change.constraint.references) in targets
    ]
    return len(pointing) == 1 and len(others) == 1


def _targets_before(table: KnownTable, columns: tuple[str, ...]) -> set[Name]:
    """The tables to which foreign keys over just these columns point."""
    return {
        _plain(key.references)
        for key in table.constraints.values()
        if key.references is not None and key.columns == columns
    }


def _targets_of(steps: list[CompoundStep], added: c.AddColumn) -> set[Name]:
    """The tables to which the migration makes foreign keys over an added column point."""
    return {
        _plain(step.change.constraint.references)
        for step in steps
        if isinstance(step.change, c.AddConstraint)
        and step.change.constraint.references is not None
        and step.change.constraint.columns == (added.column.name,)
        and _plain(step.change.table) == _plain(added.table)
    }


def _replaced_tables(steps: list[CompoundStep], before: Catalog) -> Found:
    created = [s.judged for s in steps if isinstance(s.judged, c.CreateTable)]
    copied = {
        _plain(n) for s in steps if isinstance(s.change, c.InsertRows) for n in s.change.source
    }
    taken: set[Name] = set()
    for i, step in enumerate(steps):
        if not isinstance(step.judged, c.DropTable):
            continue
        table = before.table(step.judged.table)
        if table is None or before.is_new_table(table.name) or _plain(step.judged.table) in copied:
            continue
        likeness, best = max(
            ((_common(table, new), new) for new in created if new.table not in taken),
            key=lambda found: found[0],
            default=(0.0, None),
        )
        if best is not None and likeness >= LIKE_TABLE and best.table != step.judged.table:
            taken.add(best.table)
            yield [i], c.ReplaceTable(step.judged.table, best.table)


def _common(table: KnownTable, created: c.CreateTable) -> float:
    old = {(name, str(known.column.type)) for name, known in table.columns.items()}
    new = {(column.name, str(column.type)) for column in created.columns}
    return len(old & new) / len(old | new) if len(old) > 2 else 0


def _plain(name: Name) -> Name:
    """A name without the default schema, so that both spellings are equal."""
    return Name(name.name, None if name.schema == c.DEFAULT_SCHEMA else name.schema)
