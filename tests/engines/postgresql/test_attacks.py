"""Strangers' SQL through the whole check: what each attack comes to.

``python -m tests.engines.postgresql.test_attacks`` prints the table.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from msgspec import Struct, json

from checker.engines.engine import ReplayOptions
from checker.engines.postgresql.server.binaries import Binaries, find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.guarding import Bounds, size_of
from checker.engines.postgresql.server.launch import ServerSettings
from checker.errors import CannotWorkError
from checker.model import Report
from checker.pg.connection import connect, names
from checker.witness.observe import WitnessOptions
from checker.workspace import Request
from tests.engines.postgresql.helpers import run
from tests.projects import USER, make_repository, run_check

SECRET = secrets.token_hex(16)
CATCH = "EXCEPTION WHEN query_canceled THEN NULL;"


class Attack(Struct, frozen=True):
    """``new`` is the pull request's migration, ``merged`` what is there already. ``{d}`` is the
    database's name, ``{f}`` a file with a secret that everybody may read, ``{o}`` one to write.

    ``replay`` is what the replay comes to: ``not_verified`` where it needs a superuser's rights,
    the SQLSTATE with which it fails (None where none is told), or ``passed``; then ``witness`` is
    what observing comes to.
    """

    name: str
    new: str
    replay: str = "not_verified"
    witness: str = "observed"
    merged: str = ""


def _do(body: str) -> str:
    return f"DO $do$ BEGIN {body} END $do$;"


def _alter(what: str) -> str:
    return _do(f"EXECUTE format('ALTER DATABASE %I {what}', current_database());")


ATTACKS = (
    # files and programs of the host
    Attack("COPY to a program", "COPY (SELECT 1) TO PROGRAM 'touch {o}';"),
    Attack("COPY from a program", "CREATE TABLE x (t text); COPY x FROM PROGRAM 'cat {f}';"),
    Attack("COPY from a file", "CREATE TABLE x (t text); COPY x FROM '{f}';"),
    Attack("COPY to a file", "COPY (SELECT 1) TO '{o}';"),
    Attack("COPY from the client", "CREATE TABLE x (t text); COPY x FROM STDIN;", "None"),
    Attack("pg_read_file", "CREATE TABLE x AS SELECT pg_read_file('{f}');"),
    Attack("pg_ls_dir", "CREATE TABLE x AS SELECT pg_ls_dir('/proc/self');"),
    Attack("lo_import", "SELECT lo_import('{f}');"),
    Attack("lo_export", "SELECT lo_export(lo_from_bytea(0, 'x'), '{o}');"),
    Attack("a file as a table", "CREATE EXTENSION file_fdw;"),
    Attack("LOAD", "LOAD '/tmp/evil.so';"),
    Attack("C function", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '{f}', 'f';"),
    Attack("language without a sandbox", "CREATE EXTENSION plpython3u;", "not_verified"),
    Attack("archive_command", "ALTER SYSTEM SET archive_command = 'touch {o}';"),
    Attack("reload", "SELECT pg_reload_conf();"),
    Attack("tablespace", "CREATE TABLESPACE t LOCATION '/tmp';"),
    # other sessions and servers
    Attack("dblink", "CREATE EXTENSION dblink;"),
    Attack("postgres_fdw", "CREATE EXTENSION postgres_fdw;"),
    Attack("subscription", "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p;",
           ),
    Attack("ending other sessions",
           "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> 'postgres' "
           "AND backend_type = 'client backend';", "passed"),
    Attack("ending itself", "SELECT pg_terminate_backend(pg_backend_pid());", "57P01"),
    # other roles
    Attack("SET ROLE", "SET ROLE migration_checker;"),
    Attack("SET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION migration_checker;"),
    Attack("becoming superuser", "ALTER ROLE postgres SUPERUSER;"),
    Attack("the superuser's password", "ALTER ROLE migration_checker PASSWORD 'x';"),
    Attack("predefined role", "GRANT pg_execute_server_program TO postgres;"),
    Attack("event trigger", "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS "
           "'BEGIN END'; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f();"),
    Attack("catalog", "UPDATE pg_catalog.pg_authid SET rolsuper = true;"),
    Attack("replication role", "SET session_replication_role = replica;"),
    # what later connections meet
    Attack("database's search path", _alter("SET search_path = public, pg_catalog"), "passed"),
    Attack("database's role", _alter("SET role = ''pg_database_owner''"), "passed"),
    Attack("database's timeout", _alter("SET statement_timeout = 1"), "passed"),
    Attack("role's timeout", "ALTER ROLE postgres SET statement_timeout = 1;", "passed"),
    Attack("role's settings", "ALTER ROLE postgres SET default_transaction_read_only = on; "
           "ALTER ROLE postgres SET search_path = nowhere;", "passed"),
    Attack("libraries", "ALTER ROLE postgres SET session_preload_libraries = 'evil';"),
    Attack("local libraries", "ALTER ROLE postgres SET local_preload_libraries = 'evil';",
           "passed"),
    Attack("no connections", _alter("ALLOW_CONNECTIONS false"), "22023"),
    Attack("connection limit", _alter("CONNECTION LIMIT 0"), "passed"),
    Attack("no right to connect", _do("EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC, "
           "postgres', current_database());"), "passed"),
    Attack("template", _alter("IS_TEMPLATE true"), "passed"),
    Attack("connection limit, merged", "SELECT 1;", "passed", merged=_alter("CONNECTION LIMIT 0")),
    Attack("template, merged", "SELECT 1;", "passed", merged=_alter("IS_TEMPLATE true")),
    Attack("prepared transaction", "BEGIN; CREATE TABLE x (); PREPARE TRANSACTION 'p';", "55000"),
    # time
    Attack("sleep", "SELECT pg_sleep(1000);", "57014"),
    Attack("endless loop", _do("LOOP PERFORM 1; END LOOP;"), "57014"),
    Attack("loop that cannot be cancelled", _do(
        f"LOOP BEGIN PERFORM pg_sleep(1000); {CATCH} END; END LOOP;"), "57014"),
    Attack("no timeout", "SET statement_timeout = 0; SELECT pg_sleep(1000);", "57014"),
    Attack("loop on rows only", _do(
        f"IF EXISTS (SELECT FROM \"User\") THEN LOOP BEGIN PERFORM pg_sleep(1000); {CATCH} END; "
        "END LOOP; END IF;"), "passed"),
    Attack("loop in a constraint, merged", 'DELETE FROM "Slow";', "passed", "not_verified", merged=(
        "CREATE FUNCTION slow(x int) RETURNS bool LANGUAGE plpgsql AS $f$ BEGIN LOOP BEGIN PERFORM "
        f"pg_sleep(1000); {CATCH} END; END LOOP; END $f$; "
        'CREATE TABLE "Slow" (a int CHECK (slow(a)));')),
    Attack("loop in an index, merged", 'DELETE FROM "Slow";', "57014", merged=(
        "CREATE FUNCTION slow(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $f$ BEGIN "
        "IF current_query() NOT LIKE 'CREATE%' THEN LOOP BEGIN PERFORM pg_sleep(1000); "
        f"{CATCH} END; END LOOP; END IF; RETURN x; END $f$; "
        'CREATE TABLE "Slow" (a int); CREATE INDEX i ON "Slow" ((a + slow(1)));')),
    Attack("loop in a trigger, merged", 'ALTER TABLE "User" ADD COLUMN c TEXT;', "passed", merged=(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN LOOP BEGIN PERFORM "
        f"pg_sleep(1000); {CATCH} END; END LOOP; END $f$; CREATE TRIGGER t BEFORE INSERT OR UPDATE "
        'OR TRUNCATE ON "User" EXECUTE FUNCTION slow();')),
    Attack("deep recursion", "CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS "
           "'BEGIN RETURN f(n + 1); END'; SELECT f(1);", "54001"),
    Attack("deep expression", "SELECT " + "(" * 20000 + "1" + ")" * 20000 + ";", "42601"),
    Attack("lock without end", 'BEGIN; LOCK TABLE "User"; LOCK TABLE pg_catalog.pg_class IN SHARE '
           "MODE;"),
    Attack("advisory locks", "SELECT pg_advisory_lock(72707369); SELECT pg_advisory_lock(1);",
           "passed"),
    Attack("transaction left open", "BEGIN; CREATE TABLE x ();", "None"),
    # space
    Attack("flood of rows", "SELECT generate_series(1, 1000000000000);", "57014"),
    Attack("temporary files", "SELECT count(*) FROM (SELECT g FROM generate_series(1, 1000000000) "
           "g ORDER BY g % 7, g) s;", "53400"),
    Attack("flood of notices", _do("LOOP RAISE NOTICE '%', repeat('x', 9999); END LOOP;"),
           "57014"),
    Attack("flood of the log", _do("LOOP RAISE LOG '%', repeat('x', 9999); END LOOP;"), "57014"),
    Attack("huge message", _do("RAISE EXCEPTION '%', repeat('x', 50000000);"), "P0001"),
    Attack("huge value", "SELECT repeat('x', 100000000);", "passed"),
    Attack("huge statement", "SELECT '" + "x" * 5_000_000 + "';", "passed"),
    # texts
    Attack("NUL", "SELECT 1; \0 SELECT 2;", "None"),
    Attack("control bytes", "COMMENT ON TABLE \"User\" IS '\x1b[2J\x07\u202e';"
           "SELECT 1 AS \"\x1b]0;x\x07\";", "passed"),
    Attack("control bytes in an error", _do("RAISE EXCEPTION '\x1b[2J%', chr(27);"), "P0001"),
    # the check's own queries
    Attack("operator that fits better", "SELECT 1;", "passed", merged="CREATE FUNCTION public.same("
           "a oid, b bigint) RETURNS bool LANGUAGE plpgsql AS $f$ BEGIN EXECUTE "
           "'COPY (SELECT 1) TO ''{o}'''; RETURN true; END $f$; CREATE OPERATOR public.= (LEFTARG "
           "= oid, RIGHTARG = bigint, FUNCTION = public.same);"),
    Attack("the recording's schema", _do("EXECUTE (SELECT string_agg('DROP SCHEMA ' || "
           "quote_ident(nspname) || ' CASCADE', ';') FROM pg_namespace WHERE nspname LIKE "
           "'migration_checker%');"), "22004"),
    Attack("the recording's secrets", _do("EXECUTE (SELECT coalesce(string_agg('SELECT * FROM ' || "
           "quote_ident(nspname) || '.secret', ';'), 'SELECT 1') FROM pg_namespace WHERE nspname "
           "LIKE 'migration_checker%');"), "passed"),
    Attack("forged records", _do("EXECUTE (SELECT coalesce(string_agg('INSERT INTO ' || "
           "quote_ident(nspname) || '.record (what, body) VALUES (''d'', ''[]'')', ';'), "
           "'SELECT 1') FROM pg_namespace WHERE nspname LIKE 'migration_checker%');"), "passed"),
    Attack("the recording's savepoint", "BEGIN; CREATE TABLE x (); ROLLBACK TO SAVEPOINT "
           "migration_checker_before; COMMIT;", "3B001"),
    Attack("the cluster", "CREATE ROLE a CREATEDB; CREATE ROLE b IN ROLE a; GRANT a TO postgres; "
           "ALTER ROLE a RENAME TO c; ALTER ROLE c SET work_mem = '1MB'; DROP ROLE b; COMMENT ON "
           "ROLE c IS 'x'; CREATE PUBLICATION p FOR TABLE \"User\"; "
           + _alter("SET work_mem = ''2MB''")
           + " ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO c; "
           "ALTER ROLE postgres SET work_mem = '3MB';", "passed",
           merged="CREATE ROLE merged LOGIN; GRANT merged TO postgres; "
           "ALTER ROLE merged SET search_path = nowhere;"),
)  # fmt: skip


class Outcome(Struct, frozen=True):
    """What a check came to, in a few words, and all of its report."""

    replay: str
    witness: str
    drift: str
    text: str


def outcome(report: Report) -> Outcome:
    (project,) = report.projects
    failure = project.replay.failure
    witness = project.witness
    return Outcome(
        str(failure.sqlstate) if failure else project.replay.status,
        witness.status if witness else "None",
        project.drift.status if project.drift else "None",
        json.encode(report).decode(),
    )


def _binaries() -> Binaries:
    chosen = os.environ.get("SERVER_BIN")
    return find_binaries(Path(chosen) if chosen else None)


class Lab:
    """Checks repositories on two servers that stay, with little patience."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        settings = ServerSettings(temp_file_limit="64MB")
        starting = (EphemeralServer.start(_binaries(), settings=settings) for _ in range(2))
        self.servers = [stack.enter_context(each) for each in starting]
        directory.chmod(0o755)
        self.readable = directory / "readable"
        self.readable.write_text(SECRET)
        self.readable.chmod(0o644)
        self.written = directory / "writable" / "written"
        self.written.parent.mkdir()
        self.written.parent.chmod(0o777)
        self._directory = directory
        self._count = 0

    def check(self, attack: Attack) -> Outcome:
        self._count += 1
        texts = {"{f}": str(self.readable), "{o}": str(self.written)}

        def text(template: str) -> str:
            for name, value in texts.items():
                template = template.replace(name, value)
            return template

        merged = {"1_user": USER + text(attack.merged)}
        root = self._directory / f"repository_{self._count}"
        make_repository(root, merged, {**merged, "2_attack": text(attack.new)})
        return outcome(run_check(Request(root, base="main")))

    def state(self) -> list[set[str]]:
        """What of the servers must be the same after every check."""
        found = []
        for server in self.servers:
            with server.database() as database, connect(database.superuser or {}) as connection:
                query = (
                    "SELECT to_jsonb(t)::text FROM pg_authid t UNION "
                    "SELECT to_jsonb(t)::text FROM pg_auth_members t UNION "
                    "SELECT to_jsonb(t)::text FROM pg_db_role_setting t UNION "
                    "SELECT datname FROM pg_database WHERE datname <> current_database()"
                )
                found.append(names(connection, query))
        return found


def patient(patch: Callable[[str, object], None], lab: Lab) -> None:
    """Makes checks use the lab's servers, and wait for nothing."""

    class Shared:
        several = True

        def __init__(self, *_: object, **__: object) -> None: ...

        def first(self) -> EphemeralServer:
            return lab.servers[0]

        def second(self) -> EphemeralServer:
            return lab.servers[1]

    patch("checker.engines.postgresql.engine.Servers", Shared)
    patch("checker.project.ReplayOptions", partial(ReplayOptions, timeout=2.0))
    options = partial(WitnessOptions, timeout=2.0, seconds=12.0, large=500)
    patch("checker.witness.observe.WitnessOptions", options)
    patch("checker.pg.session.GRACE_SECONDS", 1.0)
    patch("checker.witness.copying.ANALYZE_SECONDS", 2.0)


@pytest.fixture(scope="module")
def lab(server: EphemeralServer) -> Iterator[Lab]:
    """Where everybody may reach files; ``server`` skips where there is none to start."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        yield Lab(stack, Path(directory))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(attack: Attack, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch.setattr, lab)
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    before = lab.state()
    found = lab.check(attack)
    assert found.replay == attack.replay, found.text[:3000]
    assert found.witness == (attack.witness if found.replay == "passed" else "not_verified")
    assert SECRET not in found.text
    assert len(found.text) < 2_000_000
    assert not lab.written.exists()
    assert lab.state() == before


@pytest.mark.server
def test_a_table_that_fills_the_disk() -> None:
    bounds = Bounds(disk=256 * 2**20, seconds=600)
    with EphemeralServer.start(_binaries(), settings=ServerSettings(bounds=bounds)) as server:
        with server.database() as database, connect(database.superuser or {}) as connection:
            (directory,) = names(connection, "SHOW data_directory")
        found = run(
            server,
            "CREATE TABLE x (t text); ALTER TABLE x ALTER t SET STORAGE PLAIN; "
            "INSERT INTO x SELECT repeat('x', 7000 + generate_series(1, 1000000000) % 9);",
        )
        assert found.failure is not None
        assert found.failure.sqlstate == "57P01"
        assert "share of the disk" in found.failure.message
        assert size_of(Path(directory)) < bounds.disk


@pytest.mark.server
def test_a_run_that_does_not_end() -> None:
    settings = ServerSettings(bounds=Bounds(disk=2**40, seconds=3))
    with (
        pytest.raises(CannotWorkError, match=r"ended after 0\.05 minutes"),
        EphemeralServer.start(_binaries(), settings=settings) as server,
        server.database() as database,
        connect(database.superuser or {}) as connection,
    ):
        connection.execute("SELECT pg_sleep(600)")


def main() -> None:
    """Prints what each attack comes to; of those whose names hold an argument, if there is one."""
    patch = pytest.MonkeyPatch()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        lab = Lab(stack, Path(directory))
        patient(patch.setattr, lab)
        for attack in ATTACKS:
            if sys.argv[1:] and not any(word in attack.name for word in sys.argv[1:]):
                continue
            found = lab.check(attack)
            (project,) = json.decode(found.text)["projects"]
            said = (project["replay"]["failure"] or {}).get("message")
            said = said or project["replay"]["reason"] or (project["witness"] or {}).get("reason")
            words = f"{attack.name:32} {found.replay:13} {found.witness:13} {(said or '')[:90]!r}"
            print(words, flush=True)
    patch.undo()


if __name__ == "__main__":
    main()
