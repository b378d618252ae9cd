"""CREATE and DROP of tables and indexes in the other dialects: columns and constraints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from sqlglot import Dialect, exp

from checker.model.changes import (
    Change,
    Column,
    Constraint,
    CreateIndex,
    CreateObject,
    CreateTable,
    DropIndex,
    DropObject,
    DropTable,
    Name,
    Type,
)
from checker.sql.dialects.terms import Reading, is_sqlite, table_name, type_of


def read_definition(tree: exp.Expr, dialect: Dialect) -> Reading | None:
    """The reading of CREATE or DROP; None for anything else."""
    if isinstance(tree, exp.Create):
        kind = tree.args["kind"].upper()
        if kind == "TABLE":
            return "CREATE TABLE", tuple(_create_table(tree, dialect))
        if kind.endswith("INDEX"):
            return "CREATE INDEX", (_create_index(tree, dialect),)
        return f"CREATE {kind}", (_create_object(tree, kind),)
    if isinstance(tree, exp.Drop) and tree.args.get("kind"):
        kind = tree.args["kind"].upper()
        return f"DROP {kind}", tuple(_drop(tree, kind, table) for table in tree.args["tables"])
    return None


def _create_object(tree: exp.Create, kind: str) -> Change:
    name = table_name(tree.this)
    if not name.name and isinstance(tree.this, exp.Table):  # a schema is a table without a name
        name = Name(tree.this.db)
    replace = bool(tree.args.get("replace"))
    return CreateObject(kind, name, replace=replace, if_not_exists=bool(tree.args.get("exists")))


def _drop(tree: exp.Drop, kind: str, target: exp.Expr) -> Change:
    name = table_name(target)
    cascade, exists = bool(tree.args.get("cascade")), bool(tree.args.get("exists"))
    if kind == "TABLE":
        return DropTable(name, cascade, exists)
    if kind == "INDEX":
        on = tree.args.get("cluster")
        return DropIndex(name, table_name(on.this) if on is not None else None, if_exists=exists)
    return DropObject(kind, name, cascade=cascade, if_exists=exists)


# -- indexes --------------------------------------------------------------------------------


def _create_index(tree: exp.Create, dialect: Dialect) -> Change:
    index = tree.this
    params = index.args.get("params")
    where = params.args.get("where") if params is not None else None
    return CreateIndex(
        table_name(index.args.get("table")),
        index.name or None,
        keys_of(params.args.get("columns") or () if params is not None else (), dialect),
        unique=bool(tree.args.get("unique")),
        if_not_exists=bool(tree.args.get("exists")),
        include=tuple(i.name for i in (params.args.get("include") or ())) if params else (),
        where=where.this.sql(dialect) if where is not None else None,
    )


def keys_of(keys: Iterable[exp.Expr], dialect: Dialect) -> tuple[str, ...]:
    """The keys of an index or constraint: columns, and expressions in parentheses."""
    return tuple(_key(key, dialect) for key in keys)


def _key(key: exp.Expr, dialect: Dialect) -> str:
    """A column may have a direction, a collation or, in MySQL, a prefix length."""
    while isinstance(key, exp.Ordered | exp.Collate):
        key = key.this
    if isinstance(key, exp.Column | exp.Identifier):
        return key.name
    if isinstance(key, exp.Anonymous) and all(isinstance(e, exp.Literal) for e in key.expressions):
        return key.name
    text = key.sql(dialect)
    return text if isinstance(key, exp.Paren) else f"({text})"


# -- tables ---------------------------------------------------------------------------------


def _create_table(tree: exp.Create, dialect: Dialect) -> list[Change]:
    """The table, and the plain indexes that MySQL allows inside its definition."""
    table = table_name(tree.this)
    columns: list[Column] = []
    constraints: list[Constraint] = []
    indexes: list[Change] = []
    for item in tree.this.expressions if isinstance(tree.this, exp.Schema) else ():
        if isinstance(item, exp.ColumnDef):
            column, inline = column_of(item, dialect)
            columns.append(column)
            constraints += inline
        elif isinstance(item, exp.IndexColumnConstraint):
            indexes.append(index_of(table, item, dialect))
        else:
            constraints += constraints_of(item, dialect)
    required = {c for each in constraints if each.kind == "primary_key" for c in each.columns}
    properties = tree.args.get("properties")
    kinds = {type(item): item for item in properties.expressions} if properties else {}
    like = kinds.get(exp.LikeProperty)
    create = CreateTable(
        table,
        tuple(
            msgspec.structs.replace(c, not_null=True) if c.name in required else c for c in columns
        ),
        tuple(constraints),
        temporary=exp.TemporaryProperty in kinds,
        if_not_exists=bool(tree.args.get("exists")),
        like=table_name(like.this) if like is not None else None,
        from_query=tree.expression is not None,
    )
    return [create, *indexes]


def index_of(table: Name, node: exp.IndexColumnConstraint, dialect: Dialect) -> CreateIndex:
    """A plain, FULLTEXT or SPATIAL index inside a table's definition or behind ADD."""
    method = (node.args.get("kind") or "btree").lower()
    return CreateIndex(table, node.name or None, keys_of(node.expressions, dialect), method=method)


def column_of(node: exp.ColumnDef, dialect: Dialect) -> tuple[Column, list[Constraint]]:
    """A column definition, and the constraints that are written inside it."""
    name = node.name
    kind = node.args.get("kind")
    default: str | None = None
    not_null = filled = False
    generated: Literal["stored", "virtual"] | None = None
    inline: list[Constraint] = []
    for item in node.args.get("constraints") or ():
        fact = item.args.get("kind")
        if isinstance(fact, exp.NotNullColumnConstraint):
            not_null = not fact.args.get("allow_null")
        elif isinstance(fact, exp.DefaultColumnConstraint):
            default = None if isinstance(fact.this, exp.Null) else fact.this.sql(dialect)
        elif isinstance(
            fact, exp.AutoIncrementColumnConstraint | exp.GeneratedAsIdentityColumnConstraint
        ):
            filled = not_null = True
        elif isinstance(fact, exp.ComputedColumnConstraint):
            filled = True
            generated = "stored" if fact.args.get("persisted") else "virtual"
        elif fact is not None:
            inline += constraints_of(fact, dialect, item.name or None, name)
    primary = any(constraint.kind == "primary_key" for constraint in inline)
    data_type = type_of(kind, dialect) if isinstance(kind, exp.DataType) else Type("")
    # SQLite numbers the rows of an INTEGER PRIMARY KEY (its documentation, Autoincrement).
    rowid = primary and data_type.name == "integer" and is_sqlite(dialect)
    column = Column(name, data_type, not_null or primary, default, generated, filled or rowid)
    return column, inline


# -- constraints ----------------------------------------------------------------------------


def constraints_of(
    node: exp.Expr, dialect: Dialect, name: str | None = None, column: str | None = None
) -> list[Constraint]:
    """The constraints in an element of a table, or in the definition of ``column``.

    SQL Server's ``PRIMARY KEY CLUSTERED (…)`` comes from sqlglot in two parts, of which the
    second has the columns.
    """
    if isinstance(node, exp.Constraint):
        parts = node.expressions
        constraints = [
            c for part in parts for c in constraints_of(part, dialect, node.name, column)
        ]
        clustered = (exp.ClusteredColumnConstraint, exp.NonClusteredColumnConstraint)
        keys = next((part.this for part in parts if isinstance(part, clustered)), None)
        if constraints and keys is not None:
            constraints[0] = msgspec.structs.replace(constraints[0], columns=keys_of(keys, dialect))
        return constraints
    own = (column,) if column is not None else ()
    if isinstance(node, exp.PrimaryKey | exp.PrimaryKeyColumnConstraint):
        return [Constraint("primary_key", keys_of(node.expressions, dialect) or own, name)]
    if isinstance(node, exp.UniqueColumnConstraint):
        return [_unique(node, dialect, name, own)]
    if isinstance(node, exp.CheckColumnConstraint):
        columns = tuple(dict.fromkeys(c.name for c in node.find_all(exp.Column)))
        return [Constraint("check", columns, name, node.this.sql(dialect))]
    if isinstance(node, exp.ForeignKey):
        columns = keys_of(node.expressions, dialect)
        return [_foreign(node.args.get("reference"), columns, name)]
    if isinstance(node, exp.Reference):
        return [_foreign(node, own, name)]
    return []


def _unique(
    node: exp.UniqueColumnConstraint, dialect: Dialect, name: str | None, own: tuple[str, ...]
) -> Constraint:
    keys = node.this
    if isinstance(keys, exp.Schema):  # MySQL's UNIQUE INDEX `name` (…)
        name = name or keys.name or None
        return Constraint("unique", keys_of(keys.expressions, dialect), name)
    if isinstance(keys, exp.Expr) and isinstance(keys.this, list):
        return Constraint("unique", keys_of(keys.this, dialect), name)
    return Constraint("unique", own, name)


def _foreign(reference: exp.Expr | None, columns: tuple[str, ...], name: str | None) -> Constraint:
    if reference is None:
        return Constraint("foreign_key", columns, name)
    target = reference.this
    actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
    for option in reference.args.get("options") or ():
        words = str(option).split(" ", 2)
        if len(words) == 3 and words[0] == "ON":
            actions[words[1]] = words[2]
    return Constraint(
        "foreign_key",
        columns,
        name,
        references=table_name(target),
        referenced_columns=tuple(item.name for item in target.expressions),
        on_delete=actions["DELETE"],
        on_update=actions["UPDATE"],
    )
