"""Reads the catalog: PostgreSQL docs, chapter 53 (System Catalogs)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from checker.model.changes import quote
from checker.pg.connection import Connection
from checker.pg.names import OWN_SCHEMA
from checker.rows.catalog import (
    Check,
    FillCatalog,
    FillColumn,
    FillForeignKey,
    FillTable,
    FillType,
    Generated,
    Unique,
)

_USER = f"{OWN_SCHEMA} AND c.relkind IN ('r', 'p', 'f')"
_TABLES = f"""
SELECT c.oid, n.nspname, c.relname, c.relkind::text, pg_get_userbyid(c.relowner),
  CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid END,
  CASE WHEN c.relkind = 'p' THEN
    (SELECT json_agg(pg_get_partition_constraintdef(p.relid) ORDER BY p.relid::oid)
       FROM pg_partition_tree(c.oid) p WHERE p.isleaf AND p.relid::oid <> c.oid)
    WHEN c.relispartition THEN json_build_array(pg_get_partition_constraintdef(c.oid)) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} ORDER BY n.nspname, c.relname"""  # noqa: S608
_COLUMNS = f"""
SELECT a.attrelid, a.attnum::int, a.attname, a.atttypid, a.atttypmod,
  format_type(a.atttypid, a.atttypmod), a.attnotnull,
  CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
  (SELECT array_agg(DISTINCT x.refobjsubid) FROM pg_depend x
    WHERE a.attgenerated <> '' AND x.refclassid = 'pg_class'::regclass AND x.refobjid = a.attrelid
      AND x.refobjsubid NOT IN (0, a.attnum)
      AND ((x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid)
        OR (x.classid = 'pg_class'::regclass AND x.objid = a.attrelid
          AND x.objsubid = a.attnum))),
  s.seqrelid::regclass::text, s.seqincrement
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n
  ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT q.seqrelid, q.seqincrement FROM pg_depend x JOIN pg_sequence q
    ON (x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid AND q.seqrelid = x.refobjid
      AND x.refclassid = 'pg_class'::regclass)
    OR (x.deptype = 'i' AND x.refclassid = 'pg_class'::regclass AND x.refobjid = a.attrelid
      AND x.refobjsubid = a.attnum AND x.classid = 'pg_class'::regclass AND q.seqrelid = x.objid)
  LIMIT 1) s ON true
WHERE a.attnum > 0 AND NOT a.attisdropped AND {_USER} ORDER BY a.attrelid, a.attnum"""  # noqa: S608
_CONSTRAINTS = """
SELECT k.conrelid, k.contype::text, k.conname, k.conkey::int[], pg_get_expr(k.conbin, k.conrelid),
  k.confrelid, k.confkey::int[], k.confmatchtype::text
FROM pg_constraint k LEFT JOIN pg_constraint p ON p.oid = k.conparentid
WHERE k.contype IN ('c', 'f') AND k.conrelid <> 0
  AND (k.contype = 'c' OR p.oid IS NULL OR p.conrelid <> k.conrelid)
ORDER BY k.conrelid, k.conname, k.oid"""
_UNIQUES = """
SELECT i.indrelid, r.relname, i.indkey::int2[]::int[],
  (SELECT array_agg(DISTINCT x.refobjsubid) FROM pg_depend x
    WHERE x.classid = 'pg_class'::regclass AND x.objid = i.indexrelid
      AND x.refclassid = 'pg_class'::regclass AND x.refobjid = i.indrelid AND x.refobjsubid > 0),
  i.indpred IS NULL AND i.indexprs IS NULL AND NOT i.indisexclusion, i.indisprimary
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid
WHERE (i.indisunique OR i.indisexclusion) AND i.indislive AND i.indrelid >= 16384
ORDER BY i.indrelid, r.relname"""
_TYPES = f"""
WITH RECURSIVE needed(oid) AS (
  SELECT a.atttypid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND {_USER}
  UNION
  SELECT u FROM needed JOIN pg_type t ON t.oid = needed.oid
    LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)
    CROSS JOIN LATERAL unnest(ARRAY[t.typelem, t.typbasetype, r.rngsubtype, r.rngtypid]
      || ARRAY(SELECT atttypid FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0
        AND NOT attisdropped)) u WHERE u <> 0)
SELECT t.oid, t.typname, t.typtype::text, t.typnamespace = 'pg_catalog'::regnamespace,
  CASE t.typtype WHEN 'd' THEN t.typbasetype WHEN 'r' THEN r.rngsubtype WHEN 'm' THEN m.rngtypid
    ELSE t.typelem END,
  t.typtypmod, t.typinput = 'array_in'::regproc,
  ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder),
  coalesce((SELECT json_agg(json_build_array(atttypid, atttypmod) ORDER BY attnum)
    FROM pg_attribute WHERE t.typtype = 'c' AND attrelid = t.typrelid AND attnum > 0
      AND NOT attisdropped), '[]'),
  ARRAY(SELECT pg_get_expr(conbin, 0) FROM pg_constraint WHERE contypid = t.oid
    AND contype = 'c' ORDER BY conname), t.typnotnull
FROM pg_type t LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_range m ON (to_jsonb(m) ->> 'rngmultitypid')::oid = t.oid
WHERE t.oid IN (SELECT oid FROM needed)"""  # noqa: S608


def read_catalog(connection: Connection) -> FillCatalog:
    """All tables of the database that are not PostgreSQL's own. Runs no code of the schema; the
    search path must be pg_catalog alone, so that expressions are qualified.
    """
    types, strict = _types(connection)
    columns: dict[int, list[FillColumn]] = defaultdict(list)
    generated: dict[int, list[Generated]] = defaultdict(list)
    for row in _rows(connection, _COLUMNS):
        table, number, name, type_, modifier, text, not_null, formula, uses, sequence, step = row
        if formula is not None:
            generated[table].append(Generated(number, name, formula, frozenset(uses or ())))
            continue
        nullable = not not_null and type_ not in strict
        column = FillColumn(number, name, type_, modifier, text, nullable, sequence, step or 1)
        columns[table].append(column)
    checks, references = _constraints(connection, generated)
    uniques = _uniques(connection, generated)
    tables = {}
    for oid, schema, name, kind, owner, root, conditions in _rows(connection, _TABLES):
        fits = [f"({condition})" for condition in conditions or () if condition]
        if fits:
            text = " OR ".join(fits)
            used = frozenset(c.number for c in columns[oid] if _mentions(text, c.name))
            checks[oid].append(Check("", text, used))
        tables[oid] = FillTable(
            oid, schema, name, kind, owner, tuple(columns[oid]), tuple(generated[oid]),
            tuple(checks[oid]), tuple(uniques[oid]), tuple(references[oid]), root,
            len(conditions or ()),
        )  # fmt: skip
    return FillCatalog(tables, types)


def _mentions(expression: str, name: str) -> bool:
    """Whether a partition's condition may involve a column; a false positive does no harm."""
    return name in expression or quote(name)[1:-1] in expression


def _rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def _types(connection: Connection) -> tuple[dict[int, FillType], set[int]]:
    """The types, and those whose values cannot be NULL."""
    types, strict = {}, set()
    for row in _rows(connection, _TYPES):
        oid, name, kind, builtin, element, modifier, array, labels, fields, checks, firm = row
        types[oid] = FillType(
            oid, name, kind, builtin, element or 0, modifier, array, tuple(labels),
            tuple((int(t), m) for t, m in fields), tuple(checks),
        )  # fmt: skip
        if firm:
            strict.add(oid)
    grown = True
    while grown:  # a domain over such a domain
        more = {t.oid for t in types.values() if t.kind == "d" and t.element in strict}
        grown = not more <= strict
        strict |= more
    return types, strict


def _constraints(
    connection: Connection, generated: dict[int, list[Generated]]
) -> tuple[dict[int, list[Check]], dict[int, list[FillForeignKey]]]:
    checks: dict[int, list[Check]] = defaultdict(list)
    references: dict[int, list[FillForeignKey]] = defaultdict(list)
    for table, kind, name, key, condition, target, keys, match in _rows(connection, _CONSTRAINTS):
        if kind == "c":
            used = _sources(frozenset(key or ()), generated[table])
            checks[table].append(Check(name, condition, used))
        else:
            reference = FillForeignKey(name, tuple(key), target, tuple(keys), match == "f")
            references[table].append(reference)
    return checks, references


def _uniques(
    connection: Connection, generated: dict[int, list[Generated]]
) -> dict[int, list[Unique]]:
    uniques: dict[int, list[Unique]] = defaultdict(list)
    for table, name, key, uses, plain, primary in _rows(connection, _UNIQUES):
        columns = frozenset(key) | frozenset(uses or ())
        used = _sources(columns - {0}, generated[table])
        uniques[table].append(Unique(name, used, plain and used == columns, primary))
    return uniques


def _sources(columns: frozenset[int], generated: list[Generated]) -> frozenset[int]:
    """The insertable columns among these and among the sources of generated columns."""
    formulas = {g.number: g.columns for g in generated}
    return frozenset(c for n in columns for c in formulas.get(n, {n}) if c not in formulas)
