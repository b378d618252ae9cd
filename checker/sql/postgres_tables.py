"""CREATE TABLE and CREATE INDEX: columns, constraints and what they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from postgast import pg_query_pb2 as pb

from checker.changes import (
    Column,
    Constraint,
    ConstraintKind,
    CreateDomain,
    CreateIndex,
    CreateObject,
    CreateTable,
    Name,
)
from checker.sql.postgres_reading import Reading, reads
from checker.sql.postgres_terms import columns_named, named, relation, sql_of, words
from checker.sql.postgres_types import sequence_default, serial_of, type_of

_KINDS: dict[int, ConstraintKind] = {
    pb.CONSTR_PRIMARY: "primary_key",
    pb.CONSTR_UNIQUE: "unique",
    pb.CONSTR_FOREIGN: "foreign_key",
    pb.CONSTR_CHECK: "check",
    pb.CONSTR_EXCLUSION: "exclude",
    pb.CONSTR_NOTNULL: "not_null",
}
# What PostgreSQL's parsenodes.h calls FKCONSTR_ACTION_*.
_ACTIONS = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}


@reads("create_stmt")
def create_table(node: pb.CreateStmt) -> Reading:
    return "CREATE TABLE", (table_of(node),)


@reads("create_foreign_table_stmt")
def create_foreign_table(node: pb.CreateForeignTableStmt) -> Reading:
    return "CREATE FOREIGN TABLE", (table_of(node.base_stmt),)


def table_of(node: pb.CreateStmt) -> CreateTable:
    """The table that a CREATE TABLE makes, with inline constraints among its constraints."""
    table = relation(node.relation)
    columns: list[Column] = []
    constraints: list[Constraint] = []
    like: Name | None = None
    for element in node.table_elts:
        which = element.WhichOneof("node")
        if which == "column_def":
            column, inline = column_of(table, element.column_def)
            if element.column_def.HasField("type_name"):  # else it only adds to one that exists
                columns.append(column)
            constraints += inline
        elif which == "constraint":
            constraints.append(constraint_of(element.constraint))
        elif which == "table_like_clause" and like is None:
            like = relation(element.table_like_clause.relation)
    parents = tuple(relation(parent.range_var) for parent in node.inh_relations)
    partition = node.HasField("partbound")
    return CreateTable(
        table,
        _with_required(columns, constraints),
        tuple(constraints),
        temporary=node.relation.relpersistence == "t",
        if_not_exists=node.if_not_exists,
        partition_of=parents[0] if partition else None,
        inherits=() if partition else parents,
        like=like,
        unlogged=node.relation.relpersistence == "u",
    )


def _with_required(columns: list[Column], constraints: list[Constraint]) -> tuple[Column, ...]:
    """The columns, NOT NULL where a constraint of the table says so."""
    kinds = ("primary_key", "not_null")
    required = {column for c in constraints if c.kind in kinds for column in c.columns}
    return tuple(
        msgspec.structs.replace(column, not_null=True) if column.name in required else column
        for column in columns
    )


def column_of(table: Name, node: pb.ColumnDef) -> tuple[Column, list[Constraint]]:
    """A column definition, and the constraints of the table that are written inside it."""
    name = node.colname
    serial = serial_of(node.type_name)
    default = None if serial is None else sequence_default(table, name)
    not_null = serial is not None
    filled = serial is not None
    generated: Literal["stored", "virtual"] | None = None
    inline: list[pb.Constraint] = []
    for item in node.constraints:
        constraint = item.constraint
        kind = constraint.contype
        if kind == pb.CONSTR_NOTNULL:
            not_null = True
        elif kind == pb.CONSTR_DEFAULT:
            default = default_of(constraint.raw_expr)
        elif kind == pb.CONSTR_IDENTITY:
            not_null = filled = True
        elif kind == pb.CONSTR_GENERATED:
            filled = True
            generated = "virtual" if constraint.generated_kind == "v" else "stored"
        elif kind in _KINDS:
            inline.append(constraint)
            not_null = not_null or kind == pb.CONSTR_PRIMARY
        elif inline:
            _apply_attribute(kind, inline[-1])
    column = Column(
        name,
        serial or type_of(node.type_name),
        not_null,
        default,
        generated,
        filled,
    )
    return column, [constraint_of(constraint, name) for constraint in inline]


def _apply_attribute(kind: int, constraint: pb.Constraint) -> None:
    """DEFERRABLE and NOT ENFORCED stand behind the column constraint that they belong to."""
    if kind in (pb.CONSTR_ATTR_DEFERRABLE, pb.CONSTR_ATTR_DEFERRED):
        constraint.deferrable = True
    elif kind == pb.CONSTR_ATTR_NOT_ENFORCED:
        constraint.skip_validation = True


def default_of(expression: pb.Node) -> str | None:
    """The text of a default; None for NULL, which PostgreSQL does not store as a default."""
    inner = expression
    while inner.WhichOneof("node") == "type_cast":
        inner = inner.type_cast.arg
    if inner.WhichOneof("node") == "a_const" and inner.a_const.isnull:
        return None
    return sql_of(expression)


def constraint_of(node: pb.Constraint, column: str | None = None) -> Constraint:
    """A constraint; ``column`` is the one in whose definition it is written."""
    kind = _KINDS[node.contype]
    expression = None
    columns: tuple[str, ...] = (column,) if column is not None else tuple(words(node.keys))
    if kind == "check":
        expression = sql_of(node.raw_expr)
        columns = columns_named(node.raw_expr)
    elif kind == "foreign_key" and column is None:
        columns = tuple(words(node.fk_attrs))
    elif kind == "exclude":
        columns = _excluded(node.exclusions)
        expression = sql_of(node.where_clause) if node.HasField("where_clause") else None
    foreign = kind == "foreign_key"
    return Constraint(
        kind,
        columns,
        node.conname or None,
        expression,
        references=relation(node.pktable) if foreign else None,
        referenced_columns=tuple(words(node.pk_attrs)),
        on_delete=_ACTIONS.get(node.fk_del_action) if foreign else None,
        on_update=_ACTIONS.get(node.fk_upd_action) if foreign else None,
        not_valid=node.skip_validation,
        deferrable=node.deferrable,
        using_index=node.indexname or None,
        nulls_not_distinct=node.nulls_not_distinct,
    )


def _excluded(exclusions: Iterable[pb.Node]) -> tuple[str, ...]:
    """Of ``(element WITH operator, …)`` the elements."""
    return index_columns(item.list.items[0] for item in exclusions)


def index_columns(elements: Iterable[pb.Node]) -> tuple[str, ...]:
    """The keys of an index: column names, and the text of expressions in parentheses."""
    return tuple(
        element.index_elem.name or f"({sql_of(element.index_elem.expr)})" for element in elements
    )


@reads("index_stmt")
def create_index(node: pb.IndexStmt) -> Reading:
    index = CreateIndex(
        relation(node.relation),
        node.idxname or None,
        index_columns(node.index_params),
        unique=node.unique,
        concurrently=node.concurrent,
        if_not_exists=node.if_not_exists,
        method=node.access_method or "btree",
        include=index_columns(node.index_including_params),
        where=sql_of(node.where_clause) if node.HasField("where_clause") else None,
        nulls_not_distinct=node.nulls_not_distinct,
        only=not node.relation.inh,
    )
    return "CREATE INDEX", (index,)


@reads("create_domain_stmt")
def create_domain(node: pb.CreateDomainStmt) -> Reading:
    not_null = False
    default = None
    constraints: list[Constraint] = []
    for item in node.constraints:
        kind = item.constraint.contype
        if kind == pb.CONSTR_NOTNULL:
            not_null = True
        elif kind == pb.CONSTR_DEFAULT:
            default = default_of(item.constraint.raw_expr)
        elif kind == pb.CONSTR_CHECK:
            constraints.append(domain_constraint(item.constraint))
    domain = CreateDomain(
        named(node.domainname), type_of(node.type_name), not_null, default, tuple(constraints)
    )
    return "CREATE DOMAIN", (domain,)


def domain_constraint(node: pb.Constraint) -> Constraint:
    """A constraint of a domain: it has no columns, ``value`` is not one."""
    return msgspec.structs.replace(constraint_of(node), columns=())


@reads("view_stmt")
def create_view(node: pb.ViewStmt) -> Reading:
    return "CREATE VIEW", (CreateObject("VIEW", relation(node.view), replace=node.replace),)


@reads("create_seq_stmt")
def create_sequence(node: pb.CreateSeqStmt) -> Reading:
    name = relation(node.sequence)
    change = CreateObject("SEQUENCE", name, if_not_exists=node.if_not_exists)
    return "CREATE SEQUENCE", (change,)
