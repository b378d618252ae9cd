"""ALTER TABLE in the other dialects: the changes of every action."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import Dialect, exp

from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumnType,
    AlterTable,
    Change,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    Name,
    Opaque,
    RenameColumn,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetNotNull,
)
from checker.sql.dialects.tables import column_of, constraints_of, index_of, keys_of
from checker.sql.dialects.terms import SqlSource, is_server, table_name, type_of

_CONSTRAINTS = {"CONSTRAINT", "FOREIGN KEY", "CHECK", "PRIMARY KEY"}
# Actions that only set an attribute of the table, by their first word.
_ATTRIBUTES = {
    "ALGORITHM", "AUTO_INCREMENT", "AVG_ROW_LENGTH", "CHARACTER", "CHARSET", "CHECK", "CHECKSUM",
    "COLLATE", "COMMENT", "CONVERT", "DEFAULT", "DISABLE", "ENABLE", "ENCRYPTION", "ENGINE",
    "FORCE", "KEY_BLOCK_SIZE", "LOCK", "NOCHECK", "ORDER", "PACK_KEYS", "REBUILD", "ROW_FORMAT",
    "SET", "STATS_PERSISTENT",
}  # fmt: skip
_VERBS = {"ADD", "ALTER", "CHANGE", "DROP", "MODIFY", "RENAME"}


def alter_table(tree: exp.Alter, dialect: Dialect) -> tuple[Change, ...]:
    """The changes of an ALTER TABLE that sqlglot understands."""
    table = table_name(tree.this)
    changes: list[Change] = []
    for action in tree.args.get("actions") or ():
        changes += _action(table, action, dialect)
    for option in tree.args.get("options") or ():
        what = option.sql(dialect).split("=")[0].strip().upper()
        changes.append(AlterTable(table, what) if what else Opaque("ALTER TABLE"))
    return tuple(changes) or (Opaque("ALTER TABLE"),)


def _action(table: Name, action: exp.Expr, dialect: Dialect) -> Iterator[Change]:
    if isinstance(action, exp.ColumnDef):
        column, constraints = column_of(action, dialect)
        exists = bool(action.args.get("exists"))
        yield AddColumn(table, column, tuple(constraints), if_not_exists=exists)
    elif isinstance(action, exp.AddConstraint):
        for item in action.expressions:
            yield from _addition(table, item, dialect)
    elif isinstance(action, exp.Drop):
        yield from _removal(table, action)
    elif isinstance(action, exp.DropPrimaryKey):
        yield DropConstraint(table, "PRIMARY")
    elif isinstance(action, exp.ModifyColumn):
        yield from _modification(table, action, dialect)
    elif isinstance(action, exp.AlterColumn):
        yield from _alteration(table, action, dialect)
    elif isinstance(action, exp.RenameColumn):
        yield RenameColumn(table, action.this.name, action.args["to"].name)
    elif isinstance(action, exp.RenameIndex):
        yield RenameIndex(Name(action.this.name), action.args["to"].name)
    elif isinstance(action, exp.AlterRename):
        yield RenameTable(table, table_name(action.this).name)
    elif isinstance(action, exp.AlterIndex):
        yield AlterTable(table, "ALTER INDEX", Name(action.this.name))
    else:
        yield Opaque("ALTER TABLE")


def _addition(table: Name, item: exp.Expr, dialect: Dialect) -> Iterator[Change]:
    """ADD of a constraint or, in MySQL, of an index."""
    if isinstance(item, exp.IndexColumnConstraint):
        yield index_of(table, item, dialect)
    elif isinstance(item, exp.UniqueColumnConstraint) and isinstance(item.this, exp.Schema):
        keys = keys_of(item.this.expressions, dialect)
        yield CreateIndex(table, item.this.name or None, keys, unique=True)
    else:
        constraints = constraints_of(item, dialect)
        yield from (AddConstraint(table, constraint) for constraint in constraints)
        if not constraints:
            yield Opaque("ALTER TABLE")


def _removal(table: Name, action: exp.Drop) -> Iterator[Change]:
    kind = str(action.args.get("kind") or "COLUMN").upper()
    exists = bool(action.args.get("exists"))
    for target in action.args["tables"]:
        if kind == "COLUMN":
            yield DropColumn(table, target.name, if_exists=exists)
        elif kind in _CONSTRAINTS:
            yield DropConstraint(table, target.name, if_exists=exists)
        elif kind in ("INDEX", "KEY"):
            yield DropIndex(Name(target.name), table, if_exists=exists)
        else:
            yield Opaque("ALTER TABLE")


def _modification(table: Name, action: exp.ModifyColumn, dialect: Dialect) -> Iterator[Change]:
    """MODIFY and CHANGE write the whole column anew, so that no NOT NULL means NULL."""
    column, constraints = column_of(action.this, dialect)
    previous = action.args.get("rename_from")
    if previous is not None and previous.name != column.name:
        yield RenameColumn(table, previous.name, column.name)
    yield AlterColumnType(table, column.name, column.type)
    yield (SetNotNull if column.not_null else DropNotNull)(table, column.name)
    if column.default is not None:
        yield SetDefault(table, column.name, column.default)
    yield from (AddConstraint(table, constraint) for constraint in constraints)


def _alteration(table: Name, action: exp.AlterColumn, dialect: Dialect) -> Iterator[Change]:
    """ALTER COLUMN; in SQL Server a type without NOT NULL makes the column nullable."""
    name, data_type = action.name, action.args.get("dtype")
    default, allow_null = action.args.get("default"), action.args.get("allow_null")
    if data_type is not None:
        yield AlterColumnType(table, name, type_of(data_type, dialect))
        yield (SetNotNull if allow_null is False else DropNotNull)(table, name)
    elif default is not None:
        yield SetDefault(table, name, default.sql(dialect))
    elif action.args.get("drop"):
        yield DropDefault(table, name)
    else:
        yield AlterTable(table, "ALTER COLUMN", Name(name))


# -- what sqlglot does not understand -------------------------------------------------------


def alter_by_pieces(source: SqlSource) -> tuple[Change, ...]:
    """The changes of an ALTER TABLE of which sqlglot does not understand every action.

    Each action is read by itself, so that an unknown one hides no other.
    """
    start = source.skip(2, "IF", "EXISTS")
    table, start = source.name(start)
    pieces = list(_pieces(source, start))
    if len(pieces) == 1:
        return _single(source, table, *pieces[0])
    head = source.text(0, start)
    server = is_server(source.dialect)
    verb = ""
    changes: list[Change] = []
    for first, end in pieces:
        if source.word(first) in _VERBS:
            constraint = source.word(first) == "DROP" and source.word(first + 1) == "CONSTRAINT"
            verb = source.text(first, first + 1 + constraint)
            changes += source.read(f"{head} {source.text(first, end)}")
        else:  # SQL Server writes ADD or DROP CONSTRAINT once for all that follow
            changes += source.read(f"{head} {verb if server else ''} {source.text(first, end)}")
    return tuple(changes) or (Opaque("ALTER TABLE"),)


def _pieces(source: SqlSource, start: int) -> Iterator[tuple[int, int]]:
    """The actions between the commas outside parentheses, as ranges of tokens."""
    depth, first = 0, start
    for index in range(start, len(source.tokens)):
        depth += {"(": 1, ")": -1}.get(source.word(index), 0)
        if source.word(index) == "," and depth == 0:
            if first < index:
                yield first, index
            first = index + 1
    if first < len(source.tokens):
        yield first, len(source.tokens)


def _single(source: SqlSource, table: Name, first: int, end: int) -> tuple[Change, ...]:
    words = [source.word(index) for index in range(first, end)]
    if words[0] in _ATTRIBUTES:
        return (AlterTable(table, " ".join(words[:2]).strip(" =")),)
    if words[0] == "ADD" and words[-2:-1] == ["FOR"] and "DEFAULT" in words:
        start = first + words.index("DEFAULT") + 1  # SQL Server: ADD CONSTRAINT … DEFAULT … FOR …
        return (SetDefault(table, source.tokens[end - 1].text, source.text(start, end - 2)),)
    after = first + 1 + (words[1:2] == ["COLUMN"])
    if words[0] == "ADD" and source.word(after) == "(" and words[-1] == ")":
        head = source.text(0, first)
        inner = SqlSource(source.tokens[: end - 1], *source[1:])
        pieces = list(_pieces(inner, after + 1))
        return tuple(c for a, b in pieces for c in source.read(f"{head} ADD {source.text(a, b)}"))
    return (Opaque("ALTER TABLE"),)
