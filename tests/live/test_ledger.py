"""The ledger in every state in which it was found or can be made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.engines.postgresql.ledger import _CREATE
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.live.deploy import deploy_steps
from checker.live.facts import LOCK_KEY, Ledger, LedgerRow, LiveDatabase, LockHolder
from checker.live.ledger import read_database, read_ledger, read_lock, read_tables
from checker.live.standing import diagnose_history, standings
from checker.model import Failure, PrismaVersion
from checker.model.checksums import matches
from checker.pg.connection import connect
from checker.pg.database import Database

OLD, NEW = PrismaVersion(7, 8), PrismaVersion(7, 9)
DATABASE = LiveDatabase("app", "public", "PostgreSQL 17.10", "me")
INSERT = (
    "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at) "
    "VALUES ('{0}', 'c', '{0}', '2026-01-0{0}', now());"
)


@pytest.fixture
def database(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as made:
        yield made


def read(database: Database, *statements: str, schema: str = "public") -> Ledger:
    with connect(database.owner) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        return read_ledger(connection, schema)


def test_there_is_none(database: Database) -> None:
    assert read(database) == Ledger("public", "missing")
    assert read(database, schema="shop") == Ledger("shop", "no_schema")


def test_it_is_elsewhere(database: Database) -> None:
    found = read(database, "CREATE SCHEMA shop", "SET search_path = shop", _CREATE, schema="public")
    assert (found.state, found.elsewhere) == ("missing", ("shop",))
    assert read(database, schema="shop").state == "empty"


def test_rows_are_in_the_order_in_which_they_began(database: Database) -> None:
    found = read(database, _CREATE, INSERT.format(2) + INSERT.format(1))
    assert found.state == "read"
    assert [row.name for row in found.rows] == ["1", "2"]
    assert found.oddities == found.problems == ()
    assert found.rows[0].state == "applied"


def test_prisma_keeps_a_column_of_its_own_type(database: Database) -> None:
    assert read(database, _CREATE).state == "empty"
    for change in ("id TYPE text", "logs TYPE varchar(9)", "started_at TYPE timestamp",
                   "applied_steps_count TYPE bigint"):  # fmt: skip
        assert read(database, f"ALTER TABLE _prisma_migrations ALTER {change}").state == "empty"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("DROP COLUMN checksum", "checksum is missing"),
        ("ALTER id DROP DEFAULT, DROP COLUMN logs, DROP COLUMN rolled_back_at", "logs is missing"),
        ("ALTER finished_at TYPE text", "finished_at has the type text"),
        ("ALTER id TYPE uuid USING id::uuid", "id has the type uuid"),
        ("ADD tenant int NOT NULL", "tenant is required"),
    ],
)
def test_it_is_damaged(database: Database, change: str, says: str) -> None:
    found = read(database, _CREATE, f"ALTER TABLE _prisma_migrations {change}")
    assert found.state == "damaged"
    assert says in "; ".join(found.problems)
    assert read(database, "ALTER TABLE _prisma_migrations ADD extra int DEFAULT 1").exists


def test_a_view_is_no_ledger(database: Database) -> None:
    found = read(database, "CREATE VIEW _prisma_migrations AS SELECT 1 AS id")
    assert (found.state, found.problems) == (
        "damaged",
        ("_prisma_migrations is a view, not a table",),
    )


def test_a_row_without_a_name_is_damage(database: Database) -> None:
    loose = "ALTER TABLE _prisma_migrations ALTER migration_name DROP NOT NULL"
    row = "INSERT INTO _prisma_migrations (id, checksum) VALUES ('1', 'c')"
    assert read(database, _CREATE, loose, row).state == "damaged"


def test_what_prisma_did_not_do(database: Database) -> None:
    loose = "ALTER TABLE _prisma_migrations DROP CONSTRAINT _prisma_migrations_pkey"
    found = read(database, _CREATE, loose, INSERT.format(1) * 2)
    assert found.state == "read"
    assert found.oddities == (
        "_prisma_migrations has no primary key",
        "1 id occurs more than once",
        "1 is recorded as applied 2 times",
    )


def test_endless_moments_are_read(database: Database) -> None:
    row = INSERT.format(1).replace("now()", "'infinity'").replace("'2026-01-01'", "'-infinity'")
    (found,) = read(database, _CREATE, row).rows
    assert found.state == "applied"


def test_values_of_rows_are_left_out_of_the_error(database: Database) -> None:
    logs = "ERROR: could not create\nDETAIL: Key (email)=(a@b.de) is duplicated.\nDbError { .. }"
    columns = "id, checksum, migration_name, logs"
    row = f"INSERT INTO _prisma_migrations ({columns}) VALUES ('1', 'c', 'm', '{logs}')"
    (found,) = read(database, _CREATE, row).rows
    assert (found.logs, found.state) == ("ERROR: could not create", "failed")


def test_it_may_not_be_read(database: Database) -> None:
    assert database.superuser is not None
    with connect(database.superuser) as boss:
        boss.execute(_CREATE.encode())
        assert read_ledger(boss, "public").state == "empty"
    found = read(database)
    assert found.state == "forbidden"
    assert "SELECT" in found.problems[0]
    assert diagnose_history(found, {"a": b""}, NEW, None).error == "unreadable"
    assert standings(found, {"a": b""}) == ()


def test_hidden_rows_are_not_taken_for_none(database: Database) -> None:
    found = read(
        database,
        _CREATE,
        "ALTER TABLE _prisma_migrations ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE _prisma_migrations FORCE ROW LEVEL SECURITY",
    )
    assert found.state == "forbidden"
    assert "row level security" in found.problems[0]


def test_the_lock_has_a_holder(database: Database) -> None:
    with connect({**database.owner, "application_name": "deployer"}) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        with connect(database.owner) as connection:
            found = read_lock(connection, LOCK_KEY)
            assert found is not None
            assert (found.pid, found.application) == (other.info.backend_pid, "deployer")
            assert read_lock(connection, LOCK_KEY + 1) is None
    with connect(database.owner) as connection:
        connection.execute("SELECT pg_advisory_lock(0, %s)", [LOCK_KEY])
        assert read_lock(connection, LOCK_KEY) is None


def test_only_ordinary_tables_make_a_database_not_empty(database: Database) -> None:
    with connect(database.owner) as connection:
        connection.execute(
            b"CREATE VIEW v AS SELECT 1; CREATE TYPE e AS ENUM ('a'); CREATE SEQUENCE s;"
            b"CREATE SCHEMA o; CREATE TABLE o.t (); CREATE MATERIALIZED VIEW m AS SELECT 1"
        )
        assert read_tables(connection, ("public",)) == ()
        assert read_tables(connection, ("public", "o")) == ("t",)
        found = read_database(connection, "public", pooled=False)
        assert (found.standby, found.read_only, found.may_create, found.pooled) == (
            False, False, True, False,
        )  # fmt: skip


# -- without a server ------------------------------------------------------------------------------


def sha(script: bytes) -> str:
    return hashlib.sha256(script).hexdigest()


def row(name: str, script: bytes = b"", state: str = "applied", steps: int = 1) -> LedgerRow:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return LedgerRow(
        name, name, sha(script), moment,
        moment if state == "applied" else None,
        moment if state == "rolled_back" else None,
        steps,
    )  # fmt: skip


def ledger(*rows: LedgerRow) -> Ledger:
    return Ledger("public", "read", rows)


@given(st.text(alphabet="a\r\n;é", max_size=12))
def test_a_script_matches_with_other_line_ends(text: str) -> None:
    script = text.encode()
    unix = script.replace(b"\r\n", b"\n")
    assert matches(script, sha(script))
    assert matches(script, sha(unix))
    assert matches(unix, sha(unix.replace(b"\n", b"\r\n")))
    assert not matches(script + b"x", sha(script))


def test_old_checksums_lack_zeros() -> None:
    script = next(s for n in range(99) if "0" in sha(s := str(n).encode())[::2])
    old = "".join(f"{byte:x}" for byte in hashlib.sha256(script).digest())
    assert len(old) < 64
    assert matches(script, old)
    assert not matches(b"other", old)
    assert not matches(b"", "")


def test_bytes_that_are_no_text_are_read_as_prisma_reads_them() -> None:
    assert matches(b"-- caf\xe9", sha("-- caf\ufffd".encode()))


def test_a_rolled_back_row_counts_by_version() -> None:
    back = ledger(row("a"), row("b", b"old", "rolled_back"))
    scripts = {"a": b"", "b": b"new"}
    assert diagnose_history(back, scripts, OLD, None).edited == ("b",)
    assert diagnose_history(back, scripts, OLD, None).history == "same"
    new = diagnose_history(back, scripts, NEW, None)
    assert (new.edited, new.history, new.unapplied) == ((), "behind", ("b",))
    gone = {"a": b""}
    assert diagnose_history(back, gone, OLD, None).unpersisted == ("b",)
    assert diagnose_history(back, gone, NEW, None).history == "same"
    (_, ours) = standings(back, scripts)
    assert (ours.state, ours.edited, ours.rolled_back) == ("rolled_back", False, 1)


def test_a_row_applied_after_one_rolled_back() -> None:
    again = ledger(row("a", b"old", "rolled_back"), row("a", b"new"))
    (found,) = standings(again, {"a": b"new"})
    assert (found.state, found.edited, found.rolled_back) == ("applied", False, 1)
    assert diagnose_history(again, {"a": b"new"}, OLD, None).edited == ("a",)
    assert diagnose_history(again, {"a": b"new"}, NEW, None).edited == ()


def test_histories_diverge() -> None:
    found = diagnose_history(ledger(row("a"), row("x")), {"a": b"", "b": b""}, NEW, None)
    assert (found.history, found.last_common) == ("diverged", "a")
    assert (found.unapplied, found.unpersisted) == (("b",), ("x",))
    none = diagnose_history(ledger(row("x")), {"b": b""}, NEW, None)
    assert (none.history, none.last_common) == ("diverged", None)


def test_a_failed_migration_may_be_edited_too() -> None:
    (found,) = standings(ledger(row("a", b"old", "failed")), {"a": b"new"})
    assert (found.state, found.edited) == ("failed", True)


def test_what_stands_where() -> None:
    scripts = {"a": b"", "early": b"", "b": b"", "empty": None, "c": b""}
    found = standings(
        ledger(row("b"), row("a", steps=0), row("x"), row("y", state="failed")), scripts
    )
    by = {each.name: each for each in found}
    assert [*by] == ["a", "early", "b", "empty", "c", "x", "y"]
    assert by["a"].resolved
    assert not by["b"].resolved
    assert (by["early"].state, by["early"].early) == ("pending", True)
    assert not by["c"].early
    assert by["empty"].no_script
    assert (by["x"].state, by["x"].in_directory) == ("missing", False)
    assert (by["y"].state, by["y"].in_directory) == ("failed", False)


@pytest.mark.parametrize(
    ("scripts", "lock", "error"),
    [
        ({"a": None}, None, "P3015"),
        ({"a": b"", "b": None}, None, None),
        ({"a": b""}, "mysql", "P3019"),
        ({"a": b""}, "", "P3019"),
        ({"a": b""}, "postgresql", None),
    ],
)
def test_what_prisma_refuses(
    scripts: dict[str, bytes | None], lock: str | None, error: str | None
) -> None:
    assert diagnose_history(ledger(row("a")), scripts, NEW, lock).error == error


def test_the_steps_of_a_deploy() -> None:
    scripts = {"a": b"", "early": b"", "b": b"", "c": b""}
    found = standings(ledger(row("a"), row("b"), row("c", state="rolled_back")), scripts)
    steps = deploy_steps(DATABASE, ledger(row("a")), found)
    assert [(s.action, s.migration, s.code) for s in steps] == [
        ("apply", "early", None),
        ("apply", "c", None),
    ]
    assert "sorts before" in steps[0].text
    assert "rolled back" in steps[1].text
    failing = deploy_steps(
        DATABASE, ledger(row("a")), found, failure=Failure("early", 1, "42P07", "it exists")
    )
    assert [(s.migration, s.code) for s in failing] == [("early", "P3018")]
    nothing = deploy_steps(DATABASE, ledger(row("a")), standings(ledger(row("a")), {"a": b""}))
    assert [s.action for s in nothing] == ["nothing"]


def test_a_deploy_into_an_empty_database() -> None:
    missing = Ledger("public", "missing")
    found = standings(missing, {"a": b"", "b": None, "c": b""})
    steps = deploy_steps(DATABASE, missing, found)
    assert [(s.action, s.migration, s.code) for s in steps] == [
        ("create_ledger", None, None),
        ("apply", "a", None),
        ("stop", "b", "P3015"),
    ]


LOCK = LockHolder(7)


@pytest.mark.parametrize(
    ("database", "found", "tables", "lock_provider", "lock", "code"),
    [
        (LiveDatabase("d", "public", "", "u", standby=True), ledger(), (), None, None, None),
        (LiveDatabase("d", "public", "", "u", read_only=True), ledger(), (), None, None, None),
        (DATABASE, ledger(), (), "mysql", LOCK, "P3019"),
        (DATABASE, ledger(), (), None, LOCK, "P1002"),
        (DATABASE, Ledger("public", "missing"), ("t",), None, None, "P3005"),
        (DATABASE, Ledger("public", "damaged", problems=("x",)), (), None, None, None),
        (LiveDatabase("d", "public", "", "u", may_create=False), Ledger("public", "missing"), (),
         None, None, None),
        (DATABASE, ledger(row("a", state="failed")), (), None, None, "P3009"),
    ],
)  # fmt: skip
def test_a_deploy_that_stops_at_once(
    database: LiveDatabase,
    found: Ledger,
    tables: tuple[str, ...],
    lock_provider: str | None,
    lock: LockHolder | None,
    code: str | None,
) -> None:
    steps = deploy_steps(
        database, found, standings(found, {"a": b"", "b": b""}),
        tables=tables, lock_provider=lock_provider, lock=lock,
    )  # fmt: skip
    assert [(s.action, s.code) for s in steps] == [("stop", code)]
