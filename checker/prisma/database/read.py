"""The parts of a database that Prisma's schema engine sees.

Source: prisma-engines, ``postgres.rs`` and its queries in the schema describer. It sees ordinary
and partitioned tables with columns, primary keys, indexes and foreign keys; enums; extensions. It
does not see indexes with an expression or a condition, CHECKs, views, triggers, policies …
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, LiteralString

import psycopg
from psycopg.rows import RowFactory, namedtuple_row

from checker.model.changes import quote
from checker.prisma.database.defaults import parse_default
from checker.prisma.database.model import (
    Action,
    ColumnArity,
    ColumnType,
    DatabaseColumn,
    DatabaseExtension,
    DatabaseForeignKey,
    DatabaseIndex,
    DatabaseSchema,
    DatabaseTable,
    EnumType,
    IndexColumn,
    PrimaryKey,
)

Connection = psycopg.Connection[Any]
Key = tuple[str, str]

# The ledger and PostGIS's tables: Prisma never touches these, whatever their schema.
_IGNORED = re.compile(
    "_prisma_migrations|(?i:spatial_ref_sys|geometry_columns|geography_columns"
    "|raster_columns|raster_overviews)"
)

_NAMESPACES: LiteralString = """
    SELECT nspname FROM pg_namespace WHERE nspname = ANY (%(schemas)s) ORDER BY nspname"""
_EXTENSIONS: LiteralString = """
    SELECT extname, extversion, nspname, extrelocatable
    FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace ORDER BY extname"""
_ENUMS: LiteralString = """
    SELECT n.nspname AS schema, t.typname AS name,
           array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
         JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = ANY (%(schemas)s) GROUP BY 1, 2 ORDER BY 1, 2"""
# A domain counts as the type below it (information_schema.columns says the same).
_COLUMNS: LiteralString = """
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS name,
           a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
           pg_get_expr(d.adbin, d.adrelid) AS default,
           a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS required,
           r.typelem <> 0 AND r.typlen = -1 AS is_list, e.typname AS type, e.typtype = 'e' AS enum,
           en.nspname AS type_schema, m.typmod, format_type(e.oid, m.typmod) AS text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        CROSS JOIN LATERAL (SELECT
            CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END AS oid,
            CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m
        JOIN pg_type r ON r.oid = m.oid
        JOIN pg_type e ON e.oid = CASE WHEN r.typelem <> 0 AND r.typlen = -1
                                  THEN r.typelem ELSE r.oid END
        JOIN pg_namespace en ON en.oid = e.typnamespace
    ) ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE n.nspname = ANY (%(schemas)s)
      AND (c.relkind = 'p' OR c.relkind = 'r' AND NOT c.relispartition)
    ORDER BY n.nspname, c.relname, a.attnum"""
# INCLUDEd columns count as columns, as they do for Prisma; an expression has no name.
_INDEXES: LiteralString = """
    SELECT n.nspname AS schema, t.relname AS table, c.relname AS name, i.indisunique AS unique,
           i.indisprimary AS primary, m.amname AS method,
           pg_get_expr(i.indpred, i.indrelid) AS where,
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype = 'u'
                   AND k.conrelid = i.indrelid) AS constraint,
           a.attname AS column, coalesce(u.option & 1 = 1, false) AS descending,
           o.opcname AS opclass, coalesce(o.opcdefault, false) AS is_default
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am m ON m.oid = c.relam
    CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[], i.indoption::int2[])
        WITH ORDINALITY AS u (key, opclass, option, place)
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.key
    LEFT JOIN pg_opclass o ON o.oid = u.opclass
    WHERE n.nspname = ANY (%(schemas)s) AND NOT i.indisexclusion
      AND (i.indpred IS NULL OR %(partial)s)
    ORDER BY n.nspname, t.relname, c.relname, u.place"""
_FOREIGN_KEYS: LiteralString = """
    SELECT n.nspname AS schema, t.relname AS table, k.conname AS name,
           fn.nspname AS other_schema, f.relname AS other,
           ARRAY(SELECT attname::text FROM unnest(k.conkey) WITH ORDINALITY u (n, i)
                 JOIN pg_attribute ON (attrelid, attnum) = (k.conrelid, u.n) ORDER BY i) AS columns,
           ARRAY(SELECT attname::text FROM unnest(k.confkey) WITH ORDINALITY u (n, i)
                 JOIN pg_attribute ON (attrelid, attnum) = (k.confrelid, u.n) ORDER BY i)
               AS referenced,
           k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
    WHERE n.nspname = ANY (%(schemas)s) AND k.contype = 'f'
    ORDER BY n.nspname, t.relname, k.conname"""

_ACTIONS: dict[str, Action] = {
    "a": "NO ACTION",
    "r": "RESTRICT",
    "c": "CASCADE",
    "n": "SET NULL",
    "d": "SET DEFAULT",
}
_METHODS = ("btree", "hash", "gist", "gin", "spgist", "brin")
_PLAIN = {
    "int2": "SmallInt",
    "int4": "Integer",
    "int8": "BigInt",
    "oid": "Oid",
    "float4": "Real",
    "float8": "DoublePrecision",
    "bool": "Boolean",
    "text": "Text",
    "citext": "Citext",
    "char": "Char",
    "date": "Date",
    "bytea": "ByteA",
    "json": "Json",
    "jsonb": "JsonB",
    "uuid": "Uuid",
    "xml": "Xml",
    "money": "Money",
    "inet": "Inet",
}
_SIZED = {"varchar": "VarChar", "bpchar": "Char", "bit": "Bit", "varbit": "VarBit"}
_MOMENTS = {
    "time": "Time",
    "timetz": "Timetz",
    "timestamp": "Timestamp",
    "timestamptz": "Timestamptz",
}


def read_catalog(
    connection: Connection,
    *,
    schemas: Sequence[str] = ("public",),
    multi: bool = False,
    partial_indexes: bool = False,
) -> DatabaseSchema:
    """The database as Prisma sees it.

    ``schemas`` are those of the project (of the schema that it is compared with); ``multi`` says
    that its datasource names them. ``partial_indexes`` is the preview feature. Nothing is changed.
    """
    rows: RowFactory[Any] = namedtuple_row
    arguments = {"schemas": list(schemas), "partial": partial_indexes}
    with (
        connection.transaction(force_rollback=True),
        connection.cursor(row_factory=rows) as cursor,
    ):
        # Names are written without their schema where the search path leads there.
        path = ", ".join(map(quote, schemas[:1]))
        cursor.execute("SELECT set_config('search_path', %s, true)", [path])
        namespaces = tuple(row.nspname for row in cursor.execute(_NAMESPACES, arguments))
        extensions = tuple(DatabaseExtension(*row) for row in cursor.execute(_EXTENSIONS))
        enums = cursor.execute(_ENUMS, arguments).fetchall()
        columns = cursor.execute(_COLUMNS, arguments).fetchall()
        indexes = cursor.execute(_INDEXES, arguments).fetchall()
        keys = cursor.execute(_FOREIGN_KEYS, arguments).fetchall()
    return DatabaseSchema(
        tables=_tables(columns, indexes, keys, schemas, multi=multi),
        enums=tuple(EnumType(row.name, tuple(row.labels), row.schema) for row in enums),
        schemas=namespaces,
        multi=multi,
        extensions=extensions,
    )


def is_ignored(table: str) -> bool:
    """Whether Prisma leaves a table of this name alone."""
    return _IGNORED.fullmatch(table) is not None


def _tables(
    columns: Iterable[Any],
    indexes: Iterable[Any],
    keys: Iterable[Any],
    schemas: Sequence[str],
    *,
    multi: bool,
) -> tuple[DatabaseTable, ...]:
    by_table: dict[Key, list[DatabaseColumn]] = {}
    for row in columns:
        if not is_ignored(row.table):
            known = by_table.setdefault((row.schema, row.table), [])
            if row.name is not None:
                known.append(_column(row, schemas, multi=multi))
    primary: dict[Key, PrimaryKey] = {}
    secondary: dict[Key, list[DatabaseIndex]] = defaultdict(list)
    for (schema, table, _), group in groupby(indexes, lambda r: (r.schema, r.table, r.name)):
        parts = list(group)
        if any(part.column is None for part in parts):
            continue
        if parts[0].primary:
            primary[schema, table] = PrimaryKey(parts[0].name, tuple(p.column for p in parts))
        else:
            secondary[schema, table].append(_index(parts))
    foreign: dict[Key, list[DatabaseForeignKey]] = defaultdict(list)
    for row in keys:
        if (row.other_schema, row.other) in by_table:
            foreign[row.schema, row.table].append(_foreign_key(row))
    return tuple(
        DatabaseTable(
            name=name,
            columns=tuple(found),
            primary_key=primary.get((schema, name)),
            indexes=tuple(secondary[schema, name]),
            foreign_keys=tuple(foreign[schema, name]),
            schema=schema,
            implicit={column.name for column in found} == {"A", "B"},
        )
        for (schema, name), found in by_table.items()
    )


def _column(row: Any, schemas: Sequence[str], *, multi: bool) -> DatabaseColumn:
    kind = _type(row, schemas, multi=multi)
    arity: ColumnArity = "list" if row.is_list else "required" if row.required else "nullable"
    default = row.default and parse_default(row.default, kind, is_list=row.is_list)
    return DatabaseColumn(
        name=row.name,
        type=kind,
        arity=arity,
        default=default,
        auto_increment=default is not None and default.kind == "sequence",
        identity=row.identity,
        generated=row.generated,
    )


def _type(row: Any, schemas: Sequence[str], *, multi: bool) -> ColumnType:
    figure = row.typmod if row.typmod >= 0 else None
    if row.enum and row.type_schema in schemas:
        return ColumnType(row.type, enum=True, schema=row.type_schema if multi else None)
    if row.type in _PLAIN:
        return ColumnType(_PLAIN[row.type])
    if row.type in _SIZED:
        header = 4 if row.type in ("varchar", "bpchar") else 0  # of the length word
        return ColumnType(_SIZED[row.type], () if figure is None else (figure - header,))
    if row.type == "numeric":
        numbers = () if figure is None else ((figure - 4) >> 16, (figure - 4) & 0x7FF)
        return ColumnType("Decimal", numbers)
    if row.type in _MOMENTS:
        finest = () if row.is_list else (6,)  # Prisma reads no default precision of arrays
        return ColumnType(_MOMENTS[row.type], finest if figure is None else (figure,))
    return ColumnType(row.text, unsupported=True)


def _index(parts: Sequence[Any]) -> DatabaseIndex:
    first = parts[0]
    method = first.method if first.method in _METHODS else "btree"  # as Prisma takes the others
    named = method not in ("btree", "hash")  # Prisma knows no operator classes of these
    return DatabaseIndex(
        name=first.name,
        columns=tuple(
            IndexColumn(
                part.column,
                descending=part.descending,
                operator_class=part.opclass if named and not part.is_default else None,
            )
            for part in parts
        ),
        unique=first.unique,
        method=method,
        constraint=first.constraint,
        where=first.where,
    )


def _foreign_key(row: Any) -> DatabaseForeignKey:
    return DatabaseForeignKey(
        name=row.name,
        columns=tuple(row.columns),
        table=row.other,
        referenced=tuple(row.referenced),
        on_delete=_ACTIONS[row.on_delete],
        on_update=_ACTIONS[row.on_update],
        schema=row.other_schema,
    )
