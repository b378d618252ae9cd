from __future__ import annotations

import traceback
from collections.abc import Iterator

import psycopg
import pytest

from checker.engines.postgresql.replay import replay
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.given import GivenServer
from checker.errors import CannotWorkError, InputError
from checker.pg.connection import connect, names
from checker.pg.database import Database, SetupOptions
from tests.engines.postgresql.helpers import history, project


@pytest.fixture
def admin(server: EphemeralServer) -> Iterator[Database]:
    with server.database() as database:
        yield database


def url(parameters: object, **other: str) -> str:
    """A URL as a user would give it, with options that only Prisma knows."""
    known = {**dict(parameters), **other}  # type: ignore[call-overload]
    password = known.get("password", "")
    return (
        f"postgresql://{known['user']}:{password}@/{known['dbname']}?host={known['host']}"
        f"&port={known['port']}&schema=public&connection_limit=1"
    )


def everything(admin: Database) -> set[str]:
    assert admin.superuser
    with connect(admin.superuser) as connection:
        return names(
            connection, "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles"
        )


def test_a_superuser_lends_a_weaker_role(admin: Database) -> None:
    before = everything(admin)
    with GivenServer.open(url(admin.superuser)) as given:
        assert given.label.endswith("(given)")
        with given.database(SetupOptions(setup="CREATE TABLE public.before ()")) as database:
            with connect(database.owner) as connection:
                row = connection.execute(
                    "SELECT rolsuper OR rolcreaterole OR rolcreatedb, "
                    "pg_get_userbyid(datdba) = current_user FROM pg_roles, pg_database "
                    "WHERE rolname = current_user AND datname = current_database()"
                ).fetchone()
                assert row == (False, True)
                connection.execute("CREATE TABLE public.t ()")
                connection.execute("CREATE SCHEMA s")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("COPY (SELECT 1) TO PROGRAM 'id'")
            kept = connect(database.owner)  # an open connection must not keep the database
        kept.close()
        found = replay(given, history("CREATE TABLE t ()", "SELECT 1/0"), project())
        assert (found.status, found.applied) == ("failed", 1)
        assert found.server == given.label
    assert everything(admin) == before


def test_an_ordinary_role_runs_the_migrations_itself(admin: Database) -> None:
    before = everything(admin)
    with GivenServer.open(url(admin.owner)) as given:
        assert replay(given, history("CREATE TABLE t ()"), project()).status == "passed"
        with pytest.raises(InputError, match="nope"), given.database(SetupOptions(setup="nope")):
            pass
    assert everything(admin) == before


def test_nothing_stays_after_an_exception(admin: Database) -> None:
    before = everything(admin)
    with (
        pytest.raises(ZeroDivisionError),
        GivenServer.open(url(admin.superuser)) as given,
        given.database(),
    ):
        raise ZeroDivisionError
    assert everything(admin) == before


def test_a_preset_would_stay_on_the_server(admin: Database) -> None:
    setup = SetupOptions(preset="supabase")
    with (
        pytest.raises(InputError, match="preset"),
        GivenServer.open(url(admin.owner)) as given,
        given.database(setup),
    ):
        pass


def test_a_role_that_may_not_create_databases(admin: Database) -> None:
    with connect(admin.owner) as connection:
        connection.execute("CREATE ROLE weak LOGIN")
    with pytest.raises(CannotWorkError, match="CREATEDB"):
        GivenServer(url(admin.owner, user="weak"))


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "wrong",
    [
        f"postgresql://me:{SECRET}@127.0.0.1:1/x",
        f"postgresql://me:{SECRET}@{SECRET}.invalid/x",
        f"postgresql://me:{SECRET}@127.0.0.1:{SECRET}/x",
        f"postgresql://me:a@{SECRET}@127.0.0.1:1/x",
        f"postgresql://me:a/{SECRET}@127.0.0.1:1/x",
        f"postgresql://me:%{SECRET}@127.0.0.1:1/x",
        f"postgresql://me:{SECRET}@[127.0.0.1/x",
        f"postgresql:me {SECRET}",
        f"mysql://me:{SECRET}@127.0.0.1:1/x",
        f"host=127.0.0.1 port=1 password={SECRET}",
        f"password='{SECRET}",
        SECRET,
        "",
    ],
)
def test_no_password_is_shown(wrong: str) -> None:
    with pytest.raises((InputError, CannotWorkError)) as caught:
        GivenServer(wrong)
    told = "".join(traceback.format_exception(caught.value))
    assert "--server-url" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in told


def test_a_refused_password_is_not_shown(admin: Database) -> None:
    with pytest.raises(CannotWorkError, match="password is wrong") as caught:
        GivenServer(url(admin.superuser, password=SECRET))
    assert SECRET not in str(caught.value)


def test_parameters_are_not_shown(admin: Database) -> None:
    assert admin.superuser
    assert admin.superuser["password"] not in repr(admin)
