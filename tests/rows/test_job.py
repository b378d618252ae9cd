"""The job around the rows: what is left as it was, what goes on afterwards, whose code may run."""

from __future__ import annotations

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.errors import CannotWorkError, InputError
from checker.rows import Style, empty, fill
from tests.rows.conftest import Fills
from tests.rows.helpers import connect, content, fill_all, texts, verify

SHOP = """
CREATE TYPE state AS ENUM ('open', 'paid');
CREATE TABLE customer (id serial PRIMARY KEY, email text UNIQUE, referrer int REFERENCES customer);
CREATE TABLE purchase (id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5) PRIMARY KEY,
  customer int NOT NULL REFERENCES customer, state state, total numeric(8,2) CHECK (total >= 0));
CREATE TABLE line (purchase bigint REFERENCES purchase, n smallint, PRIMARY KEY (purchase, n));
CREATE TABLE other (id int);
"""


def test_two_fills_give_the_same_rows(style: Style, filled: Fills) -> None:
    first, second = filled(SHOP, style), filled(SHOP, style)
    assert content(first.connection) == content(second.connection)


def test_another_seed_gives_others(filled: Fills) -> None:
    first, second = filled("CREATE TABLE t (a text, b int)"), filled("CREATE TABLE t ()")
    second.connection.execute("ALTER TABLE t ADD a text, ADD b int; DELETE FROM t")
    fill(second.connection, [("public", "t")], seed=7)
    assert content(first.connection) != content(second.connection)
    assert sorted(content(first.connection)["t"]) != sorted(content(second.connection)["t"])


def test_what_is_referenced_is_filled_too(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.superuser or {}) as connection:
        connection.execute(SHOP)
        fills = fill(connection, [("public", "line")], rows=20)
        assert [(f.table, f.rows) for f in fills] == [
            ("customer", 20), ("line", 20), ("purchase", 20),
        ]  # fmt: skip
        assert content(connection)["other"] == []
        with pytest.raises(InputError, match="nothing_here"):
            fill(connection, [("public", "nothing_here")])


def test_later_inserts_go_on_behind(style: Style, filled: Fills) -> None:
    made = filled(SHOP, style)
    for _ in range(3):
        made.connection.execute("INSERT INTO customer (email) VALUES (NULL)")
        made.connection.execute("INSERT INTO purchase (customer) SELECT max(id) FROM customer")


def test_rows_of_before_are_kept(style: Style, filled: Fills) -> None:
    kept = (
        "INSERT INTO customer (email) VALUES ('first@example.com'), ('2'); "
        "INSERT INTO purchase (customer, total) VALUES (1, 5)"
    )
    made = filled(SHOP + kept, style)
    assert made.ask("SELECT email FROM customer WHERE id = 1") == "first@example.com"
    assert made.ask("SELECT count(*) FROM customer") > 50
    assert made.rows("customer") == made.ask("SELECT count(*) - 2 FROM customer")
    assert made.rows("line") >= 50


def test_a_table_that_is_full_is_no_problem(style: Style, filled: Fills) -> None:
    made = filled(
        "CREATE TYPE e AS ENUM ('a', 'b'); CREATE TABLE t (id e PRIMARY KEY); "
        "INSERT INTO t VALUES ('a'), ('b'); CREATE TABLE s (t e NOT NULL REFERENCES t)",
        style,
    )
    assert made.rows("t") == 0
    assert made.rows("s") == 60


def test_no_trigger_and_no_rule_runs(style: Style, filled: Fills) -> None:
    log = """
    CREATE TABLE log (x text);
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO log VALUES (TG_NAME); RETURN NULL; END';
    CREATE TRIGGER plain BEFORE INSERT OR UPDATE OR DELETE ON other EXECUTE FUNCTION tell();
    CREATE TRIGGER always BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION tell();
    CREATE TRIGGER replica AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION tell();
    CREATE TRIGGER cut BEFORE TRUNCATE ON other EXECUTE FUNCTION tell();
    ALTER TABLE other ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica,
      ENABLE ALWAYS TRIGGER cut;
    CREATE RULE away AS ON INSERT TO other DO INSTEAD INSERT INTO log VALUES ('rule');
    ALTER TABLE other ENABLE ALWAYS RULE away;
    ALTER TABLE log ADD CHECK (x NOT IN ('plain', 'always', 'replica', 'cut', 'rule'));
    """
    made = filled(SHOP + log, style)
    assert made.rows("other") == 60
    assert empty(made.connection, [("public", "other")]) == ("other",)
    assert made.ask("SELECT count(*) FROM other") == 0
    states = "SELECT string_agg(tgenabled::text, '' ORDER BY tgname) FROM pg_trigger "
    assert made.ask(states + "WHERE NOT tgisinternal") == "AAOR"
    assert made.ask("SELECT ev_enabled::text FROM pg_rewrite WHERE rulename = 'away'") == "A"


def test_constraints_stay_deferrable(filled: Fills) -> None:
    made = filled("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED, b int)")
    assert made.ask("SELECT indimmediate FROM pg_index WHERE indrelid = 't'::regclass") is False
    with made.connection.transaction():
        made.connection.execute("UPDATE t SET a = a + 1 WHERE a < 1000")


def test_emptying_takes_what_references_along(filled: Fills) -> None:
    made = filled(SHOP)
    assert empty(made.connection, [("public", "customer")]) == ("customer", "line", "purchase")
    assert {t: len(rows) for t, rows in content(made.connection).items()} == {
        "customer": 0, "line": 0, "other": 60, "purchase": 0,
    }  # fmt: skip


def test_the_session_is_left_as_it_was(filled: Fills) -> None:
    made = filled("CREATE SCHEMA s; CREATE TABLE s.t (a int)")
    connection = made.connection
    connection.execute("SET search_path = s; SET statement_timeout = '7s'; SET datestyle = 'SQL'")
    assert fill(connection, [("s", "t")])[0].table == "s.t"
    assert made.ask("SHOW search_path") == "s"
    assert made.ask("SHOW statement_timeout") == "7s"
    assert made.ask("SHOW datestyle") == "SQL, MDY"
    assert made.ask("SHOW session_replication_role") == "origin"
    assert (
        made.ask("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'migration_checker_role%'") == 0
    )
    assert (
        made.ask("SELECT count(*) FROM pg_proc WHERE proname LIKE 'migration_checker_role%'") == 0
    )


def test_only_a_superuser_can(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.owner) as connection:
        connection.execute("CREATE TABLE t (a int)")
        with pytest.raises(CannotWorkError, match="superuser"):
            fill_all(connection, style="tame")


def test_row_security_and_other_owners(style: Style, filled: Fills) -> None:
    made = filled(
        "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL "
        "SECURITY; CREATE POLICY p ON t USING (false); REVOKE ALL ON t FROM postgres, PUBLIC; "
        "CREATE ROLE someone; GRANT someone TO postgres; GRANT CREATE, USAGE ON SCHEMA public TO "
        "someone; CREATE TABLE u (a int); ALTER TABLE u OWNER TO someone",
        style,
    )
    assert (made.rows("t"), made.rows("u")) == (60, 60)


@pytest.mark.parametrize("volatility", ["VOLATILE", "IMMUTABLE"])
@pytest.mark.parametrize("attempt", [
    "PERFORM set_config('role', (SELECT rolname FROM pg_roles WHERE rolsuper LIMIT 1), false)",
    "SET ROLE migration_checker",
    "RESET ROLE; RESET SESSION AUTHORIZATION; COPY (SELECT 1) TO PROGRAM 'true'",
    "SET ROLE postgres",
    "GRANT pg_execute_server_program TO current_user",
    "SET session_replication_role = origin",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "PERFORM pg_read_file('postgresql.conf')",
    "UPDATE pg_authid SET rolsuper = true",
    "ALTER ROLE postgres SUPERUSER",
])  # fmt: skip
def test_code_of_the_schema_has_no_rights(
    attempt: str, volatility: str, server: EphemeralServer
) -> None:
    """A condition that is only true where the attempt succeeds."""
    with server.database() as database:
        with connect(database.owner) as owner:
            owner.execute(
                f"CREATE FUNCTION f(int) RETURNS boolean LANGUAGE plpgsql {volatility} AS $$ BEGIN "
                f"{attempt}; RETURN true; END $$; CREATE TABLE t (a int NOT NULL CHECK (f(a)))"
            )
        with connect(database.superuser or {}) as connection:
            assert fill_all(connection, style="awkward")["t"].rows == 0
            assert fill_all(connection, style="tame")["t"].rows == 0


TAMPER = """
CREATE FUNCTION f(int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE p record;
BEGIN
  SET search_path = evil, public;
  SET statement_timeout = 0;
  FOR p IN SELECT oid::regprocedure::text AS name FROM pg_catalog.pg_proc
    WHERE proname LIKE 'migration_checker_role%%' LOOP
    {}
  END LOOP;
  RETURN true;
END $$;
CREATE SCHEMA evil;
CREATE FUNCTION evil.same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
  IF pg_catalog.current_setting('is_superuser') = 'on' THEN
    INSERT INTO public.proof VALUES ('operator'); END IF;
  RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.same);
CREATE TABLE proof (x text);
CREATE TABLE t (a int NOT NULL CHECK (f(a)));
CREATE TABLE u (a int NOT NULL CHECK (f(a)));
"""


@pytest.mark.parametrize("deed", [
    "EXECUTE 'ALTER FUNCTION ' || p.name || ' SECURITY INVOKER IMMUTABLE'",
    "EXECUTE 'DROP FUNCTION ' || p.name",
    "NULL",
])  # fmt: skip
def test_code_of_the_schema_cannot_change_how_it_is_called(
    deed: str, server: EphemeralServer
) -> None:
    with server.database() as database:
        with connect(database.owner) as owner:
            owner.execute(TAMPER.format(f"{deed};").replace("%%", "%"))
        with connect(database.superuser or {}) as connection:
            before = connection.execute("SHOW search_path").fetchone()
            wanted = [("public", "t"), ("public", "u")]
            if deed == "NULL":
                assert {f.rows for f in fill(connection, wanted)} == {60}
                verify(connection)
            else:
                with pytest.raises(CannotWorkError, match="altered the function"):
                    fill(connection, wanted)
            assert connection.execute("SHOW search_path").fetchone() == before
            assert content(connection)["proof"] == []


def test_code_that_does_not_end(filled: Fills, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.rows.session.TIMEOUT", "300ms")
    made = filled(
        "CREATE FUNCTION f(int) RETURNS boolean LANGUAGE plpgsql AS "
        "'BEGIN IF current_user <> ''postgres'' THEN PERFORM pg_sleep(60); END IF; RETURN true; "
        "END'; CREATE TABLE t (a int NOT NULL CHECK (f(a))); CREATE TABLE u (a int)"
    )
    assert "statement timeout" in made.problem("t")
    assert made.rows("u") == 60
    assert None in texts(made, "u", "a")
