"""The catalog of a real server in the words of the folded one, so that the two can be compared.

What is an expression (defaults, CHECKs, keys and conditions of indexes) is compared by having the
server write both: the folded one is put in place of the real one, in a transaction that is
rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, LiteralString

import psycopg

from checker.model.changes import DEFAULT_SCHEMA, Column, Constraint, Name, Type, quote
from checker.sql.catalog.catalog import Catalog
from checker.sql.catalog.table import KnownIndex, KnownTable

Connection = psycopg.Connection[Any]
Facts = dict[tuple[str, ...], Any]

_RELATIONS: LiteralString = """
    SELECT n.nspname, c.relname, c.relkind::text, c.relispartition, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^(pg_|information_schema$)' AND c.relkind IN ('r','p','f','v','m','S')
      AND c.relname <> '_prisma_migrations'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')"""
_OF_EXTENSIONS: LiteralString = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'"""
_COLUMNS: LiteralString = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           a.attgenerated::text, a.attidentity::text
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_CONSTRAINTS: LiteralString = """
    SELECT k.conname, k.contype::text, k.convalidated, k.condeferrable,
           ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, i)
                 LEFT JOIN pg_attribute ON (attrelid, attnum) = (k.conrelid, u.n) ORDER BY i),
           n.nspname, c.relname,
           ARRAY(SELECT attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, i)
                 JOIN pg_attribute ON (attrelid, attnum) = (k.confrelid, u.n) ORDER BY i),
           k.confdeltype::text, k.confupdtype::text,
           CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
    FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.confrelid
         LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_constraint p ON p.oid = k.conparentid
    WHERE k.conrelid = %s AND k.contype IN ('p','u','f','c','x')
      AND p.conrelid IS DISTINCT FROM k.conrelid"""
_INDEXES: LiteralString = """
    SELECT c.relname, i.indisunique, m.amname, pg_get_expr(i.indpred, i.indrelid),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true)
                 FROM generate_series(1, i.indnkeyatts) n ORDER BY n),
           ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true)
                 FROM generate_series(i.indnkeyatts + 1, i.indnatts) n ORDER BY n)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
    WHERE i.indrelid = %s"""
_ENUMS: LiteralString = """
    SELECT n.nspname, t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
         JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    GROUP BY 1, 2"""
_DOMAINS: LiteralString = """
    SELECT n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
           t.typdefault IS NOT NULL,
           ARRAY(SELECT conname::text || ' ' || convalidated FROM pg_constraint
                 WHERE contypid = t.oid AND contype = 'c' ORDER BY 1)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND n.nspname !~ '^(pg_|information_schema$)'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')"""
_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
}
_CONSTRAINT_KINDS = {
    "p": "primary_key",
    "u": "unique",
    "f": "foreign_key",
    "c": "check",
    "x": "exclude",
}
_ACTIONS = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}


def differences(connection: Connection, catalog: Catalog) -> list[str]:
    """What the server and the folded catalog tell differently; none where they agree."""
    connection.execute("SET search_path = ''")
    catalog.begin_migration()  # which drops temporary tables
    with connection.transaction(force_rollback=True):
        real = observed(connection, catalog)
        of_extensions = {tuple(row) for row in connection.execute(_OF_EXTENSIONS)}
        folded = {k: v for k, v in told(catalog) if tuple(k[1:3]) not in of_extensions}
        _adopt_unknown(real, folded)
        _write_alike(connection, catalog, real, folded)
    return [
        f"{' '.join(key)}: server {real.get(key)!r}, folded {folded.get(key)!r}"
        for key in sorted(real.keys() | folded.keys())
        if real.get(key) != folded.get(key)
    ]


def observed(connection: Connection, catalog: Catalog) -> Facts:
    """The server's catalog."""
    facts: Facts = {}
    for schema, name, kind, is_partition, oid in connection.execute(_RELATIONS).fetchall():
        facts[("relation", schema, name)] = (_KINDS[kind], is_partition)
        if kind in "rpfm":
            known = catalog.table(Name(name, schema))
            facts |= _table_observed(connection, (schema, name), oid, known)
    for schema, name, values in connection.execute(_ENUMS).fetchall():
        facts[("enum", schema, name)] = tuple(values)
    for schema, name, base, not_null, default, checks in connection.execute(_DOMAINS).fetchall():
        facts[("domain", schema, name)] = (base, not_null, default, tuple(checks))
    return facts


def _table_observed(
    connection: Connection, key: tuple[str, str], oid: int, known: KnownTable | None
) -> Facts:
    facts: Facts = {}
    columns = connection.execute(_COLUMNS, [oid]).fetchall()
    if known is not None and not known.complete:  # the columns of a query are not known
        columns = [row for row in columns if row[0] in known.columns]
    facts[("columns", *key)] = [row[0] for row in columns]
    for name, kind, not_null, default, generated, identity in columns:
        facts[("column", *key, name)] = (kind, not_null, generated, identity != "")
        empty = default is None or re.fullmatch(r"NULL(::.*)?", default)
        facts[("default", *key, name)] = None if empty else default
    for row in connection.execute(_CONSTRAINTS, [oid]).fetchall():
        name, kind, valid, deferrable, columns, schema, target, theirs, deleted, updated, text = row
        references = (schema, target, tuple(theirs)) if kind == "f" else None
        actions = (_ACTIONS[deleted], _ACTIONS[updated]) if kind == "f" else None
        names = tuple(sorted(columns) if kind == "c" else columns)
        kind = _CONSTRAINT_KINDS[kind]
        if None in names:  # an expression is a key of the constraint's index, and compared there
            names = tuple(name for name in names if name is not None)
        facts[("constraint", *key, name)] = (kind, valid, deferrable, names, references, actions)
        if text is not None:
            facts[("check", *key, name)] = text
    for name, unique, method, condition, keys, include in connection.execute(_INDEXES, [oid]):
        parts = (tuple(map(_spelt, keys)), tuple(map(_spelt, include)))
        facts[("index", *key, name)] = (unique, method, condition, *parts)
    return facts


def told(catalog: Catalog) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The folded catalog."""
    for table in catalog.tables():
        key = table.name.key
        yield ("relation", *key), (table.kind, table.is_partition)
        yield ("columns", *key), list(table.columns)
        for name, known in table.columns.items():
            yield ("column", *key, name), _column_told(known.column, catalog)
            yield ("default", *key, name), known.column.default
        for name, constraint in table.constraints.items():
            if constraint.kind != "not_null":
                yield ("constraint", *key, name), _constraint_told(constraint)
            if constraint.kind == "check":
                yield ("check", *key, name), constraint.expression
        for name, index in table.indexes.items():
            yield ("index", *key, name), index
    for view in catalog.views():
        yield ("relation", *view.name.key), (view.kind, False)
    for key in catalog.sequences():
        yield ("relation", *key), ("sequence", False)
    for key, values in catalog.enums():
        yield ("enum", *key), values
    for key, domain in catalog.domains():
        checks = sorted(
            f"{c.name} {'false' if c.not_valid else 'true'}" for c in domain.constraints
        )
        base = _type_told(domain.type, catalog)
        yield ("domain", *key), (base, domain.not_null, domain.default is not None, tuple(checks))


def _column_told(column: Column, catalog: Catalog) -> tuple[str, bool, str, bool]:
    generated = {None: "", "stored": "s", "virtual": "v"}[column.generated]
    identity = column.filled and column.default is None and column.generated is None
    return (_type_told(column.type, catalog), column.not_null, generated, identity)


def _type_told(kind: Type, catalog: Catalog) -> str:
    """The type as ``format_type`` gives it when the search path is empty."""
    key = (kind.schema or DEFAULT_SCHEMA, kind.name)
    if key in catalog._schema.types:
        own = ".".join(
            part if re.fullmatch(r"[a-z_][a-z0-9_]*", part) else quote(part) for part in key
        )
        return own + ("[]" if kind.array else "")
    if kind.name in ("character", "bit") and not kind.modifiers:
        kind = Type(kind.name, None, ("1",), kind.array)
    if kind.name == "numeric" and len(kind.modifiers) == 1:
        kind = Type(kind.name, None, (*kind.modifiers, "0"), kind.array)
    return str(kind)


def _constraint_told(constraint: Constraint) -> tuple[Any, ...]:
    references = actions = None
    if constraint.references is not None:
        references = (*constraint.references.key, constraint.referenced_columns)
        actions = (constraint.on_delete or "NO ACTION", constraint.on_update or "NO ACTION")
    columns = constraint.columns
    if constraint.kind == "check":
        columns = tuple(sorted(columns))
    if constraint.kind == "exclude":
        columns = tuple(key for key in columns if not key.startswith("("))
    valid = not constraint.not_valid
    return (constraint.kind, valid, constraint.deferrable, columns, references, actions)


def _adopt_unknown(real: Facts, folded: Facts) -> None:
    """A type of an extension is named as the server names it: which schema it is in is not read."""
    for key, value in folded.items():
        if key[0] == "column" and key in real:
            ours, theirs = value[0], real[key][0]
            if theirs.rpartition(".")[2].strip('"') == ours.rpartition(".")[2]:
                folded[key] = (theirs, *value[1:])


def _write_alike(connection: Connection, catalog: Catalog, real: Facts, folded: Facts) -> None:
    """Have the server write the folded expressions, each in its place."""
    connection.execute("SET search_path = public")
    written: list[tuple[str, ...]] = []
    for table in catalog.tables():
        for name, known in table.columns.items():
            default, key = known.column.default, ("default", *table.name.key, name)
            if default is not None and real.get(key) is not None:
                sql = f"ALTER TABLE {_sql(table)} ALTER {quote(name)} SET DEFAULT {default}"
                written += [key] if _try(connection, sql) else []
        for name, constraint in table.constraints.items():
            key = ("check", *table.name.key, name)
            if constraint.kind == "check" and key in real:
                folded[key] = _check_written(connection, table, constraint)
        for index in table.indexes.values():
            key = ("index", *table.name.key, index.name)
            if key in real:
                folded[key] = _index_written(connection, table, index, real[key])
    connection.execute("SET search_path = ''")
    again = observed(connection, catalog)
    for written_key in written:
        folded[written_key] = again.get(written_key)


def _check_written(connection: Connection, table: KnownTable, constraint: Constraint) -> Any:
    with connection.transaction(force_rollback=True):
        sql = f"ALTER TABLE {_sql(table)} ADD CONSTRAINT compared CHECK ({constraint.expression})"
        if not _try(connection, f"{sql} NOT VALID"):
            return constraint.expression
        connection.execute("SET LOCAL search_path = ''")
        row = connection.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint "
            "WHERE conname = 'compared'"
        ).fetchone()
        return row and row[0]


def _index_written(
    connection: Connection, table: KnownTable, index: KnownIndex, real: Any
) -> tuple[Any, ...]:
    """The index as the server writes it; operator classes are not compared."""
    keys, condition = index.columns, index.where
    if any(key.startswith("(") for key in keys) or condition is not None:
        where = f" WHERE {condition}" if condition else ""
        listed = ", ".join(k if k.startswith("(") else quote(k) for k in keys)
        sql = f"CREATE INDEX compared ON {_sql(table)} USING btree ({listed}){where}"
        with connection.transaction(force_rollback=True):
            if _try(connection, sql):
                connection.execute("SET LOCAL search_path = ''")
                row = connection.execute(
                    "SELECT pg_get_expr(indpred, indrelid), "
                    "ARRAY(SELECT pg_get_indexdef(indexrelid, n, true) "
                    "FROM generate_series(1, indnkeyatts) n ORDER BY n) FROM pg_catalog.pg_index "
                    "JOIN pg_catalog.pg_class c ON c.oid = indexrelid WHERE c.relname = 'compared'"
                ).fetchone()
                assert row is not None
                condition, keys = row[0], tuple(str(_spelt(key)) for key in row[1])
            elif index.method != "btree" and len(real[3]) == len(keys):  # the type has no order
                condition, keys = real[2], real[3]
    return (index.unique, index.method, condition, keys, index.include)


def _spelt(name: str) -> str:
    """A key without the quotes that the server puts where they are needed."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _sql(table: KnownTable) -> str:
    return ".".join(quote(part) for part in table.name.key)


def _try(connection: Connection, sql: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(sql.encode())
    except psycopg.Error:
        return False
    return True


def fold(catalog: Catalog, statements: Iterable[Any]) -> None:
    """Apply the changes of these statements as those of one migration."""
    catalog.begin_migration()
    for statement in statements:
        for change in statement.changes:
            catalog.apply(change)
