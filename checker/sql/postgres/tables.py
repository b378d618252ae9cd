"""CREATE TABLE and CREATE INDEX: columns, constraints and what they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    AlterObject,
    Change,
    Column,
    Constraint,
    ConstraintKind,
    CreateDomain,
    CreateIndex,
    CreateObject,
    CreateTable,
    Name,
    quote,
)
from checker.sql.postgres.registry import Reading, reads
from checker.sql.postgres.terms import (
    columns_named,
    columns_read,
    named,
    options,
    qualified,
    relation,
    sql_of,
    tables_read,
    words,
)
from checker.sql.postgres.types import sequence_default, serial_of, type_of

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
# The bits of INCLUDING in PostgreSQL's parsenodes.h that concern columns and their constraints.
_LIKE_OPTIONS = (
    (2, "CONSTRAINTS"),
    (3, "DEFAULTS"),
    (4, "GENERATED"),
    (5, "IDENTITY"),
    (6, "INDEXES"),
)


@reads("create_stmt")
def create_table(node: pb.CreateStmt) -> Reading:
    return "CREATE TABLE", (table_of(node),)


@reads("create_foreign_table_stmt")
def create_foreign_table(node: pb.CreateForeignTableStmt) -> Reading:
    table = msgspec.structs.replace(table_of(node.base_stmt), foreign=True)
    return "CREATE FOREIGN TABLE", (table,)


def table_of(node: pb.CreateStmt) -> CreateTable:
    """The table that a CREATE TABLE makes, with inline constraints among its constraints."""
    table = relation(node.relation)
    columns: list[Column] = []
    constraints: list[Constraint] = []
    like: pb.TableLikeClause | None = None
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
            like = element.table_like_clause
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
        like=relation(like.relation) if like is not None else None,
        like_options=_like_options(like) if like is not None else (),
        partitioned=node.HasField("partspec"),
    )


def _like_options(node: pb.TableLikeClause) -> tuple[str, ...]:
    return tuple(word for bit, word in _LIKE_OPTIONS if node.options >> bit & 1)


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
    """DEFERRABLE and NOT ENFORCED follow the column constraint to which they belong."""
    if kind in (pb.CONSTR_ATTR_DEFERRABLE, pb.CONSTR_ATTR_DEFERRED):
        constraint.deferrable = True
        constraint.initdeferred = constraint.initdeferred or kind == pb.CONSTR_ATTR_DEFERRED
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
        on_delete=_on_delete(node) if foreign else None,
        on_update=_ACTIONS.get(node.fk_upd_action) if foreign else None,
        not_valid=node.skip_validation,
        deferrable=node.deferrable,
        using_index=node.indexname or None,
        nulls_not_distinct=node.nulls_not_distinct,
        method=(node.access_method or "btree") if kind == "exclude" else None,
        deferred=node.initdeferred,
        match_full=foreign and node.fk_matchtype == "f",
        include=tuple(words(node.including)),
    )


def _on_delete(node: pb.Constraint) -> str | None:
    action = _ACTIONS.get(node.fk_del_action)
    columns = ", ".join(quote(name) for name in words(node.fk_del_set_cols))
    return f"{action} ({columns})" if columns else action


def _excluded(exclusions: Iterable[pb.Node]) -> tuple[str, ...]:
    """The elements of ``(element WITH operator, …)``."""
    return index_columns(item.list.items[0] for item in exclusions)


def index_columns(elements: Iterable[pb.Node]) -> tuple[str, ...]:
    """The keys of an index: column names, and the text of expressions in parentheses.

    A column in parentheses is a column (PostgreSQL's ``ComputeIndexAttrs``).
    """
    return tuple(_index_column(element.index_elem) for element in elements)


def _index_column(element: pb.IndexElem) -> str:
    if element.expr.WhichOneof("node") == "column_ref":
        return words(element.expr.column_ref.fields)[-1]
    return element.name or f"({sql_of(element.expr)})"


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
        uses=_columns_used(node),
        plain=not any(_has_order(item.index_elem) for item in node.index_params),
    )
    return "CREATE INDEX", (index,)


def _has_order(key: pb.IndexElem) -> bool:
    """Whether a key is not ordered as its type is by default."""
    unordered = (pb.SORTBY_DEFAULT, pb.SORTBY_ASC)
    return (
        bool(key.opclass or key.collation)
        or key.ordering not in unordered
        or key.nulls_ordering not in (pb.SORTBY_NULLS_DEFAULT, pb.SORTBY_NULLS_LAST)
    )


def _columns_used(node: pb.IndexStmt) -> tuple[str, ...]:
    """The columns in the expressions and in the condition of an index."""
    keys = (item.index_elem.expr for item in node.index_params)
    expressions = [key for key in keys if key.WhichOneof("node") not in (None, "column_ref")]
    if node.HasField("where_clause"):
        expressions.append(node.where_clause)
    return tuple(dict.fromkeys(name for each in expressions for name in columns_named(each)))


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
    """A constraint of a domain, which has no columns: ``value`` is not one."""
    return msgspec.structs.replace(constraint_of(node), columns=())


@reads("view_stmt")
def create_view(node: pb.ViewStmt) -> Reading:
    view = CreateObject(
        "VIEW",
        relation(node.view),
        replace=node.replace,
        source=tables_read(node.query),
        columns=columns_read(node.query),
    )
    return "CREATE VIEW", (view,)


@reads("create_seq_stmt")
def create_sequence(node: pb.CreateSeqStmt) -> Reading:
    name = relation(node.sequence)
    create = CreateObject("SEQUENCE", name, if_not_exists=node.if_not_exists)
    owner = owned_by(name, node.options)
    changes: tuple[Change, ...] = (create,) if owner is None else (create, owner)
    return "CREATE SEQUENCE", changes


def owned_by(sequence: Name, given: Iterable[pb.Node]) -> AlterObject | None:
    """OWNED BY among a sequence's options; the column may be NONE."""
    option = options(given).get("owned_by")
    if option is None:
        return None
    *table, column = words(option.arg.list.items)
    on = qualified(table) if table else None
    return AlterObject("SEQUENCE", sequence, "OWNED BY", on, column if table else None)
