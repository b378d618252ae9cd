"""The small parts of PostgreSQL's parse tree: names, roles, kinds of objects, expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from postgast import PgQueryError, deparse, walk
from postgast import pg_query_pb2 as pb

from checker.model.changes import Name, literal

# Foreign tables are tables here, and so are their columns and constraints.
TABLES = (pb.OBJECT_TABLE, pb.OBJECT_FOREIGN_TABLE)

_VERSION = 180000
_UNUSUAL_KINDS = {
    pb.OBJECT_FDW: "FOREIGN DATA WRAPPER",
    pb.OBJECT_FOREIGN_SERVER: "SERVER",
    pb.OBJECT_LARGEOBJECT: "LARGE OBJECT",
    pb.OBJECT_MATVIEW: "MATERIALIZED VIEW",
    pb.OBJECT_OPCLASS: "OPERATOR CLASS",
    pb.OBJECT_OPFAMILY: "OPERATOR FAMILY",
    pb.OBJECT_STATISTIC_EXT: "STATISTICS",
    pb.OBJECT_TABCONSTRAINT: "CONSTRAINT",
    pb.OBJECT_DOMCONSTRAINT: "CONSTRAINT",
    pb.OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
    pb.OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
    pb.OBJECT_TSPARSER: "TEXT SEARCH PARSER",
    pb.OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
}
_OF_A_RELATION = {
    pb.OBJECT_COLUMN,
    pb.OBJECT_POLICY,
    pb.OBJECT_RULE,
    pb.OBJECT_TABCONSTRAINT,
    pb.OBJECT_TRIGGER,
}
_SESSION_ROLES = {
    pb.ROLESPEC_CURRENT_ROLE: "CURRENT_ROLE",
    pb.ROLESPEC_CURRENT_USER: "CURRENT_USER",
    pb.ROLESPEC_SESSION_USER: "SESSION_USER",
    pb.ROLESPEC_PUBLIC: "PUBLIC",
}


def words(nodes: Iterable[pb.Node]) -> list[str]:
    """The text of each string node."""
    return [node.string.sval for node in nodes]


def qualified(parts: Sequence[str]) -> Name:
    """``[catalog.][schema.]name``; the catalog can only be the current database."""
    return Name(parts[-1], parts[-2] if len(parts) > 1 else None)


def named(nodes: Iterable[pb.Node]) -> Name:
    """A possibly qualified name written as a list of strings."""
    return qualified(words(nodes))


def relation(var: pb.RangeVar) -> Name:
    return Name(var.relname, var.schemaname or None)


def role(spec: pb.RoleSpec) -> str:
    return _SESSION_ROLES.get(spec.roletype) or spec.rolename


def roles(nodes: Iterable[pb.Node]) -> tuple[str, ...]:
    return tuple(role(node.role_spec) for node in nodes)


def options(nodes: Iterable[pb.Node]) -> dict[str, pb.DefElem]:
    """Options by their names in lower case."""
    return {node.def_elem.defname: node.def_elem for node in nodes}


def switched_on(nodes: Iterable[pb.Node], name: str) -> bool:
    """Whether a boolean option such as CONCURRENTLY or FULL is given and not turned off.

    The words are those that PostgreSQL's ``defGetBoolean`` takes.
    """
    option = options(nodes).get(name)
    if option is None:
        return False
    if not option.HasField("arg"):
        return True
    arg = option.arg
    if arg.WhichOneof("node") == "integer":
        return bool(arg.integer.ival)
    text: str = arg.string.sval
    return text.lower() in ("true", "on")


def cascades(behavior: int) -> bool:
    return bool(behavior == pb.DROP_CASCADE)


def object_kind(kind: int) -> str:
    """A kind of object as SQL names it: ``TABLE``, ``MATERIALIZED VIEW``."""
    name: str = pb.ObjectType.Name(kind)
    return _UNUSUAL_KINDS.get(kind) or name.removeprefix("OBJECT_").replace("_", " ")


def object_name(kind: int, node: pb.Node) -> tuple[Name, Name | None]:
    """The name of an object of any kind, and the relation that it belongs to, if any."""
    which = node.WhichOneof("node")
    inner: Any = getattr(node, which) if which else None
    if which == "string":
        return Name(inner.sval), None
    if which == "object_with_args":
        return named(inner.objname), None
    if which == "type_name":
        return named(inner.names), None
    if which == "list":
        return _listed_name(kind, inner.items)
    return Name(str(inner.ival) if which == "integer" else inner.fval if which else ""), None


def _listed_name(kind: int, items: Sequence[pb.Node]) -> tuple[Name, Name | None]:
    if kind in _OF_A_RELATION:
        return Name(items[-1].string.sval), named(items[:-1])
    if kind in (pb.OBJECT_OPCLASS, pb.OBJECT_OPFAMILY):  # the access method comes first
        return named(items[1:]), None
    if items[0].WhichOneof("node") != "type_name":
        return named(items), None
    of_type = named(items[0].type_name.names)
    if kind == pb.OBJECT_DOMCONSTRAINT:
        return Name(items[1].string.sval), of_type
    if kind == pb.OBJECT_CAST:
        return Name(f"{of_type} AS {named(items[1].type_name.names)}"), None
    return Name(f"{of_type} LANGUAGE {items[1].string.sval}"), None


def sql_of(expression: pb.Node) -> str:
    """The expression as SQL text, in the form that libpg_query gives it.

    Each expression has one form, however it was written: ``NOW()`` and ``now( )`` are both
    ``now()``.
    """
    which = expression.WhichOneof("node")
    if which == "a_const" and expression.a_const.WhichOneof("val") == "sval":
        text: str = expression.a_const.sval.sval
        if "\\" not in text:
            return literal(text)
    target = pb.Node(res_target=pb.ResTarget(val=expression))
    select = pb.SelectStmt(
        target_list=[target], limit_option=pb.LIMIT_OPTION_DEFAULT, op=pb.SETOP_NONE
    )
    statement = pb.RawStmt(stmt=pb.Node(select_stmt=select))
    try:
        sql: str = deparse(pb.ParseResult(version=_VERSION, stmts=[statement]))
    except PgQueryError:
        return "…"
    return sql.removeprefix("SELECT ")


def columns_named(expression: pb.Node) -> tuple[str, ...]:
    """The columns that an expression names, each once, in order."""
    columns: dict[str, None] = {}
    for _, node in walk(expression):
        if isinstance(node, pb.ColumnRef) and node.fields[-1].WhichOneof("node") == "string":
            columns[node.fields[-1].string.sval] = None
    return tuple(columns)


def tables_read(query: Any) -> tuple[Name, ...]:
    """The tables and views that a query reads, each once; not those of its own WITH."""
    own = {cte.ctename for cte in nodes_of(query, pb.CommonTableExpr)}
    read = (relation(var) for var in nodes_of(query, pb.RangeVar))
    return tuple(dict.fromkeys(name for name in read if name.schema or name.name not in own))


def columns_read(query: Any) -> tuple[str, ...]:
    """The columns that a query names, each once, with ``*`` where it takes all of a table."""
    fields = (node.fields[-1] for node in nodes_of(query, pb.ColumnRef))
    return tuple(dict.fromkeys("*" if f.HasField("a_star") else f.string.sval for f in fields))


def nodes_of(root: Any, *kinds: type) -> Iterator[Any]:
    """The nodes of these types in a tree, in the order in which they are written."""
    return (node for _, node in walk(root) if isinstance(node, kinds))
