"""The queries behind an outline: each gives kind, schema, table, name, aspect and value.

They run with an empty search path, and on PostgreSQL 12 and later.
"""

from __future__ import annotations

from typing import LiteralString

from checker.pg.names import OWN_SCHEMA

# The team's own objects: not the server's, an extension's or Prisma's ledger.
_OWN: LiteralString = (
    OWN_SCHEMA
    + """
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = {oid}
                    AND e.classid = 'pg_catalog.{catalog}'::regclass AND e.deptype = 'e')"""
)
_CATALOGS: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("pg_class", "c.oid"),
    ("pg_type", "t.oid"),
    ("pg_proc", "p.oid"),
    ("pg_namespace", "n.oid"),
)


def _own(query: LiteralString) -> LiteralString:
    """A query in which ``{own CATALOG OID}`` stands for the team's own objects."""
    for catalog, oid in _CATALOGS:
        own = _OWN.replace("{oid}", oid).replace("{catalog}", catalog)
        if catalog == "pg_class":
            own += " AND c.relname <> '_prisma_migrations'"
        query = query.replace("{own " + catalog + " " + oid + "}", own)
    return query


_RELATIONS = _own("""
    SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, n.nspname, '', c.relname,
           u.aspect, u.value
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES
        ('kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
                 WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' ELSE 'materialized view' END),
        ('persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END),
        ('row security', CASE WHEN c.relforcerowsecurity THEN 'forced'
                         WHEN c.relrowsecurity THEN 'on' ELSE 'off' END),
        ('partition bound', pg_get_expr(c.relpartbound, c.oid)),
        ('partition key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END),
        ('parents', (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                     FROM pg_inherits i WHERE i.inhrelid = c.oid)),
        ('storage', (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(c.reloptions) o)),
        ('replica identity', c.relreplident::text),
        ('privileges', (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(c.relacl) a)),
        ('definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
    ) u (aspect, value)
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {own pg_class c.oid}""")
_COLUMNS = _own("""
    SELECT 'column', n.nspname, c.relname, a.attname, u.aspect, u.value
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    CROSS JOIN LATERAL (VALUES
        ('type', format_type(a.atttypid, a.atttypmod)),
        ('NOT NULL', CASE WHEN a.attnotnull THEN 'yes' ELSE 'no' END),
        ('default', pg_get_expr(d.adbin, d.adrelid)),
        ('generated', a.attgenerated::text), ('identity', a.attidentity::text),
        ('collation', l.collname::text),
        ('privileges', (SELECT string_agg(x::text, ', ' ORDER BY x::text) FROM unnest(a.attacl) x))
    ) u (aspect, value)
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped
      AND {own pg_class c.oid}""")
_CONSTRAINTS = _own("""
    SELECT 'constraint', n.nspname, c.relname, k.conname, 'definition', pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype <> 't' AND k.contype <> 'n' AND {own pg_class c.oid}""")
_INDEXES = _own("""
    SELECT 'index', n.nspname, c.relname, x.relname, u.aspect, u.value
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES ('definition', pg_get_indexdef(x.oid)),
        ('valid', i.indisvalid::text), ('clustered', i.indisclustered::text)) u (aspect, value)
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.oid
                      AND k.contype IN ('p', 'u', 'x') AND k.conrelid = c.oid)
      AND {own pg_class c.oid}""")
_TRIGGERS = _own("""
    SELECT 'trigger', n.nspname, c.relname, t.tgname, u.aspect, u.value
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES ('definition', pg_get_triggerdef(t.oid)),
        ('state', CASE t.tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
                  WHEN 'R' THEN 'on replicas' ELSE 'always' END)) u (aspect, value)
    WHERE NOT t.tgisinternal AND {own pg_class c.oid}""")
_RULES = _own("""
    SELECT 'rule', n.nspname, c.relname, r.rulename, 'definition', pg_get_ruledef(r.oid)
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND {own pg_class c.oid}""")
_POLICIES = _own("""
    SELECT 'policy', n.nspname, c.relname, p.polname, 'definition', concat_ws(' ',
        CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
        (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE r::regrole::text END, ', ' ORDER BY 1)
         FROM unnest(p.polroles) r),
        'USING ' || pg_get_expr(p.polqual, p.polrelid),
        'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {own pg_class c.oid}""")
_STATISTICS = _own("""
    SELECT 'statistics', n.nspname, c.relname, s.stxname, 'definition',
           pg_get_statisticsobjdef(s.oid)
    FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {own pg_class c.oid}""")
_SEQUENCES = _own("""
    SELECT 'sequence', n.nspname, '', c.relname, u.aspect, u.value
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES
        ('type', format_type(s.seqtypid, NULL)), ('start', s.seqstart::text),
        ('increment', s.seqincrement::text), ('minimum', s.seqmin::text),
        ('maximum', s.seqmax::text), ('cache', s.seqcache::text), ('cycle', s.seqcycle::text),
        ('owning column', (SELECT d.refobjid::regclass::text || '.' || a.attname
                           FROM pg_depend d JOIN pg_attribute a
                                ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
                           WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                             AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
    ) u (aspect, value)
    WHERE {own pg_class c.oid}""")
_ENUMS = _own("""
    SELECT 'enum', n.nspname, '', t.typname, 'labels',
           string_agg(e.enumlabel::text, ', ' ORDER BY e.enumsortorder)
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE {own pg_type t.oid} GROUP BY n.nspname, t.typname""")
_DOMAINS = _own("""
    SELECT 'domain', n.nspname, '', t.typname, 'definition', concat_ws(' ',
        format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
        'DEFAULT ' || t.typdefault,
        (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
         FROM pg_constraint k WHERE k.contypid = t.oid))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND {own pg_type t.oid}""")
_COMPOSITES = _own("""
    SELECT 'type', n.nspname, '', t.typname, 'definition',
           (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                              ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped)
    FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE c.relkind = 'c' AND {own pg_type t.oid}""")
_RANGES = _own("""
    SELECT 'type', n.nspname, '', t.typname, 'definition',
           'range of ' || format_type(r.rngsubtype, -1)
    FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE {own pg_type t.oid}""")
_FUNCTIONS = _own("""
    SELECT 'function', n.nspname, '',
           p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', u.aspect, u.value
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL (VALUES
        ('definition', CASE WHEN p.prokind = 'a' THEN pg_get_function_result(p.oid)
                       ELSE pg_get_functiondef(p.oid) END),
        ('privileges', (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(p.proacl) a))
    ) u (aspect, value)
    WHERE {own pg_proc p.oid}""")
_SCHEMAS = _own("""
    SELECT 'schema', '', '', n.nspname, 'privileges',
           (SELECT string_agg(a::text, ', ' ORDER BY a::text) FROM unnest(n.nspacl) a)
    FROM pg_namespace n WHERE {own pg_namespace n.oid}""")
_EXTENSIONS: LiteralString = """
    SELECT 'extension', '', '', e.extname, u.aspect, u.value
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    CROSS JOIN LATERAL (VALUES ('version', e.extversion), ('schema', n.nspname::text)
    ) u (aspect, value)"""
_PUBLICATIONS: LiteralString = """
    SELECT 'publication', '', '', p.pubname, 'definition', concat_ws(' ', p.puballtables,
        (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text)
         FROM pg_publication_rel r WHERE r.prpubid = p.oid))
    FROM pg_publication p"""

QUERIES: tuple[LiteralString, ...] = (
    _SCHEMAS,
    _EXTENSIONS,
    _RELATIONS,
    _COLUMNS,
    _CONSTRAINTS,
    _INDEXES,
    _TRIGGERS,
    _RULES,
    _POLICIES,
    _STATISTICS,
    _SEQUENCES,
    _ENUMS,
    _DOMAINS,
    _COMPOSITES,
    _RANGES,
    _FUNCTIONS,
    _PUBLICATIONS,
)

TABLES_WITH_ROWS = _own("""
    SELECT n.nspname, c.relname,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND {own pg_class c.oid} ORDER BY 1, 2""")
