"""Objects that Prisma ignores, listed so that nobody believes they were compared."""

from __future__ import annotations

from collections.abc import Sequence

from checker.pg.connection import Connection

# Objects that belong to an extension came with it, not from the history.
_QUERY = """
WITH own AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = ANY (%(schemas)s)),
foreign_objects AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT kind, name FROM (
  SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
           WHEN 'f' THEN 'foreign table' ELSE 'partition' END AS kind,
         c.relname::text AS name, 'pg_class'::regclass::oid AS classid, c.oid
  FROM pg_class c JOIN own n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm', 'f') OR c.relispartition AND c.relkind IN ('r', 'p')
  UNION ALL
  SELECT CASE WHEN i.indexprs IS NOT NULL THEN 'index with an expression'
           ELSE 'index with a condition' END,
         format('%%s of %%s', c.relname, t.relname), 'pg_class'::regclass, t.oid
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN own n ON n.oid = t.relnamespace
  WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND NOT i.indisexclusion
  UNION ALL
  SELECT CASE k.contype WHEN 'c' THEN 'CHECK' ELSE 'EXCLUDE' END,
         format('%%s of %%s', k.conname, t.relname), 'pg_class'::regclass, t.oid
  FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN own n ON n.oid = t.relnamespace
  WHERE k.contype IN ('c', 'x') AND NOT t.relispartition
  UNION ALL
  SELECT 'trigger', format('%%s of %%s', g.tgname, t.relname), 'pg_class'::regclass, t.oid
  FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN own n ON n.oid = t.relnamespace
  WHERE NOT g.tgisinternal
  UNION ALL
  SELECT 'policy', format('%%s of %%s', p.polname, t.relname), 'pg_class'::regclass, t.oid
  FROM pg_policy p JOIN pg_class t ON t.oid = p.polrelid JOIN own n ON n.oid = t.relnamespace
  UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
         p.proname, 'pg_proc'::regclass, p.oid
  FROM pg_proc p JOIN own n ON n.oid = p.pronamespace
  UNION ALL
  SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END,
         t.typname, 'pg_type'::regclass, t.oid
  FROM pg_type t JOIN own n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('d', 'r') OR t.typtype = 'c' AND c.relkind = 'c'
) found
WHERE NOT EXISTS (
  SELECT FROM foreign_objects f WHERE f.classid = found.classid AND f.objid = found.oid)
ORDER BY kind, name
"""


def unmodelled(connection: Connection, schemas: Sequence[str]) -> tuple[str, ...]:
    """The objects in some schemas that Prisma does not model: ``CHECK positive of Order``."""
    rows = connection.execute(_QUERY.encode(), {"schemas": list(schemas)})
    return tuple(f"{kind} {name}" for kind, name in rows)
