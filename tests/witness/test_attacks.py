"""Code of a merged schema that waits for the checker's own sessions, which have more rights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Migration, PrismaVersion, Project, Witness
from checker.pg.connection import connect, run
from checker.sql import read
from checker.sql.catalog.catalog import Catalog
from checker.witness.observe import WitnessOptions, observe

# Writes a file beside the database where it runs as superuser, also where it could be one again.
EVIL = r"""
CREATE FUNCTION public.evil() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN RESET SESSION AUTHORIZATION; EXCEPTION WHEN OTHERS THEN NULL; END;
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    EXECUTE pg_catalog.format('COPY (SELECT %L) TO %L', pg_catalog.current_query(),
      pg_catalog.current_setting('data_directory') || '/owned');
  END IF;
  RETURN 1;
EXCEPTION WHEN OTHERS THEN
  RETURN 1;
END $$;
CREATE FUNCTION public.quiet(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
'BEGIN PERFORM public.evil(); RETURN x; END';
CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN PERFORM public.evil(); RETURN NULL; END';
"""
UNCANCELLED = (
    "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100); EXCEPTION WHEN query_canceled THEN NULL; END; "
    "END LOOP; END $$;"
)
HOP = """
FOR r IN SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper LOOP
  BEGIN
    CREATE OR REPLACE FUNCTION public.hop() RETURNS int SECURITY DEFINER LANGUAGE sql
      AS 'SELECT public.evil()';
    EXECUTE pg_catalog.format('ALTER FUNCTION public.hop() OWNER TO %I', r);
    PERFORM public.hop();
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
END LOOP;
"""


def _checked(body: str) -> str:
    """A table whose constraint runs code."""
    return (
        "CREATE FUNCTION public.run(x int) RETURNS bool LANGUAGE plpgsql AS $f$ DECLARE r name; "
        f"BEGIN {body} RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END $f$; "
        "CREATE TABLE t (id int, v text, CHECK (public.run(id)));"
    )


def _operator(name: str, sign: str, left: str, right: str) -> str:
    return (
        f"CREATE FUNCTION public.{name}_{left}_{right}(a {left}, b {right}) RETURNS bool LANGUAGE "
        "plpgsql AS $$ BEGIN PERFORM public.evil(); RETURN true; END $$; CREATE OPERATOR "
        f"public.{sign} (LEFTARG = {left}, RIGHTARG = {right}, "
        f"FUNCTION = public.{name}_{left}_{right});"
    )


class Attack(Struct, frozen=True):
    """``merged`` makes a table ``t``, from which ``new`` deletes by default."""

    name: str
    merged: str
    new: str = "DELETE FROM t;"


PLAIN = "CREATE TABLE t (id int, v text);"
SEARCH_PATH = (
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', "
    "current_database()); END $$;"
)
FITTING = "".join(
    _operator(name, sign, left, right)
    for name, sign in (("ge", ">="), ("eq", "="), ("ne", "<>"))
    for left, right in (("oid", "int2"), ("oid", "int8"), ("name", "text"))
)
ATTACKS = (
    Attack("expression of an index", PLAIN + "CREATE INDEX ON t ((quiet(1) + id));"),
    Attack("condition of an index", PLAIN + "CREATE INDEX ON t (id) WHERE quiet(1) > 0;"),
    Attack("partition key", "CREATE TABLE t (id int, v text) PARTITION BY RANGE ((quiet(1) + id)); "
           "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (MINVALUE) TO (MAXVALUE);"),
    Attack("CHECK", "CREATE TABLE t (id int, v text, CHECK (quiet(1) > 0));"),
    Attack("CHECK that excludes", "CREATE TABLE t (id int, v text, CHECK (quiet(1) > 0));",
           "SET constraint_exclusion = on; DELETE FROM t;"),
    Attack("generated column", "CREATE TABLE t (id int, v int GENERATED ALWAYS AS (quiet(id)) "
           "STORED);"),
    Attack("default", "CREATE TABLE t (id int DEFAULT quiet(1), v text);"),
    Attack("domain", "CREATE DOMAIN d AS int CHECK (quiet(VALUE) IS NOT NULL); "
           "CREATE TABLE t (id d, v text);"),
    Attack("policy", PLAIN + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW "
           "LEVEL SECURITY; CREATE POLICY p ON t USING (quiet(id) > 0);"),
    Attack("rule", PLAIN + "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT evil(); ALTER TABLE t "
           "ENABLE ALWAYS RULE r;"),
    Attack("trigger", PLAIN + "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION fired(); "
           "CREATE TRIGGER h AFTER TRUNCATE ON t EXECUTE FUNCTION fired(); "
           "ALTER TABLE t ENABLE ALWAYS TRIGGER g, ENABLE ALWAYS TRIGGER h;",
           "ALTER TABLE t ADD UNIQUE (v);"),
    Attack("cursor that outlives the transaction", _checked(
        "EXECUTE 'DECLARE c CURSOR WITH HOLD FOR SELECT public.evil()';")),
    Attack("deferred trigger", "CREATE TABLE u (id int); CREATE CONSTRAINT TRIGGER g AFTER INSERT "
           "ON u DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fired(); " + _checked(
               "ALTER TABLE public.u ENABLE ALWAYS TRIGGER g; INSERT INTO public.u VALUES (1);")),
    Attack("deferred trigger by the owner", "CREATE TABLE u (id int); CREATE CONSTRAINT TRIGGER g "
           "AFTER INSERT ON u DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fired(); "
           + _checked("ALTER TABLE public.u ENABLE ALWAYS TRIGGER g; INSERT INTO public.u VALUES "
                      "(1);") + "ALTER FUNCTION run(int) SECURITY DEFINER;"),
    Attack("function given to another role", _checked(HOP)),
    Attack("operators that fit better", PLAIN + FITTING + "CREATE FUNCTION public.format(text, "
           "name, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.evil(); "
           "RETURN 'x'; END $$;"),
    Attack("functions that fit better", PLAIN + "".join(
        f"CREATE FUNCTION public.pg_terminate_backend({kind}) RETURNS bool LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM public.evil(); RETURN true; END $$;" for kind in ("int2", "int8")
    ), UNCANCELLED),
    Attack("search path of the database",
           PLAIN + _operator("eq", "=", "oid", "oid") + SEARCH_PATH),
    Attack("search path of the copy", PLAIN + _operator("eq", "=", "oid", "oid"),
           SEARCH_PATH + UNCANCELLED),
    Attack("index built apart", PLAIN + _operator("eq", "=", "oid", "int4"),
           "CREATE INDEX CONCURRENTLY i ON t ((quiet(1) + id));"),
)  # fmt: skip


@pytest.fixture
def owned(server: EphemeralServer) -> Iterator[Path]:
    """The file that is there where an attack has succeeded."""
    with server.database() as database, connect(database.superuser or {}) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row
    path = Path(row[0]) / "owned"
    yield path
    path.unlink(missing_ok=True)


def watched(server: EphemeralServer, attack: Attack) -> Witness:
    with server.database() as base:
        with connect(base.owner) as owner:
            run(owner, EVIL)
            run(owner, attack.merged)
        return observe(
            server,
            base,
            Project("schema.prisma", "migrations", "postgresql", PrismaVersion(6, 19)),
            [Migration("m", "m/migration.sql", attack.new)],
            {"m": read(attack.new, "postgresql")},
            Catalog(),
            WitnessOptions(timeout=1.0, seconds=20.0),
        )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_code_of_the_schema_is_no_superuser(
    attack: Attack, server: EphemeralServer, owned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checker.pg.session.GRACE_SECONDS", 0.5)
    found = watched(server, attack)
    assert not owned.exists(), owned.read_text()
    assert found.status == "observed"


def test_the_attacks_would_be_seen(server: EphemeralServer, owned: Path) -> None:
    with server.database() as database:
        with connect(database.owner) as owner:
            run(owner, EVIL)
        with connect(database.superuser or {}) as superuser:
            run(superuser, "SELECT public.quiet(1)")
    assert owned.exists()
