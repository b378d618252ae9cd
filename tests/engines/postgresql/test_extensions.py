from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.engines.postgresql.server import extensions
from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.extensions import build_installation
from checker.engines.postgresql.server.launch import ServerSettings
from checker.errors import CannotWorkError
from checker.pg.connection import Connection, connect, names
from tests.engines.postgresql.helpers import run

STAND_INS = Path(extensions.__file__).parent / "stand_ins"


def test_a_stand_in_is_named_when_it_was_used(server: EphemeralServer) -> None:
    with server.database() as database:
        used = database.stand_ins
    found = run(server, "CREATE EXTENSION pg_cron")
    assert found.stand_ins == (("pg_cron",) if "pg_cron" in used else ())
    assert run(server, "SELECT 1").stand_ins == ()


@pytest.fixture(scope="module")
def uuids(server: EphemeralServer) -> object:
    """A database with the stand-in's functions, whatever the server itself has."""
    with server.database() as database, connect(database.owner) as connection:
        connection.execute((STAND_INS / "uuid-ossp--1.1.sql").read_bytes())
        yield connection


def test_uuids_of_names(uuids: Connection) -> None:
    spaces = {
        "dns": uuid.NAMESPACE_DNS, "url": uuid.NAMESPACE_URL,
        "oid": uuid.NAMESPACE_OID, "x500": uuid.NAMESPACE_X500,
    }  # fmt: skip
    for name, value in spaces.items():
        row = uuids.execute(f"SELECT uuid_ns_{name}(), uuid_nil()".encode()).fetchone()
        assert row == (value, uuid.UUID(int=0))

    @settings(max_examples=40, deadline=None)
    @given(st.uuids(), st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=150))
    def same(space: uuid.UUID, name: str) -> None:
        row = uuids.execute(
            "SELECT uuid_generate_v3(%(space)s, %(name)s), uuid_generate_v5(%(space)s, %(name)s)",
            {"space": space, "name": name},
        ).fetchone()
        assert row == (uuid.uuid3(space, name), uuid.uuid5(space, name))

    same()


def test_random_and_timed_uuids(uuids: Connection) -> None:
    row = uuids.execute(
        "SELECT uuid_generate_v4(), uuid_generate_v1(), uuid_generate_v1mc(), "
        "extract(epoch FROM now())::float"
    ).fetchone()
    assert row
    four, one, multicast, now = row
    assert [four.version, one.version, multicast.version] == [4, 1, 1]
    assert {four.variant, one.variant, multicast.variant} == {uuid.RFC_4122}
    assert abs((one.time - 0x01B21DD213814000) / 1e7 - now) < 60
    assert multicast.node >> 40 & 1


def test_jobs_are_recorded_and_not_run(server: EphemeralServer) -> None:
    with server.database() as database, connect(database.owner) as connection:
        if "pg_cron" not in database.stand_ins:
            pytest.skip("this server has pg_cron itself")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_cron")
        connection.execute(
            "SELECT cron.schedule('nightly', '0 3 * * *', 'DELETE FROM x');"
            "SELECT cron.schedule('nightly', '0 4 * * *', 'DELETE FROM y');"
            "SELECT cron.schedule('*/5 1-3 * * mon,tue', 'VACUUM');"
            "SELECT cron.schedule('@daily', 'VACUUM'), cron.schedule('30 seconds', 'VACUUM');"
            "SELECT cron.alter_job(1, active := false)"
        )
        assert connection.execute(
            "SELECT jobname, schedule, command, active FROM cron.job WHERE jobid = 1"
        ).fetchone() == ("nightly", "0 4 * * *", "DELETE FROM y", False)
        assert connection.execute("SELECT cron.unschedule('nightly')").fetchone() == (True,)
        for wrong in (
            "SELECT cron.unschedule('nightly')",
            "SELECT cron.unschedule(99)",
            "SELECT cron.alter_job(99)",
            "SELECT cron.schedule('every day', 'VACUUM')",
        ):
            with pytest.raises(
                Exception, match=r"find valid entry|does not exist|invalid schedule"
            ):
                connection.execute(wrong.encode())


def test_an_installation_of_copies_needs_no_original(tmp_path: Path) -> None:
    try:
        binaries = find_binaries()
    except CannotWorkError as error:
        pytest.skip(str(error))
    built = build_installation(binaries, tmp_path, trusted=["dblink", "absent"], copy=True)
    assert built
    programs, _ = built
    assert (programs / "postgres").is_file()
    outside = [
        path
        for path in tmp_path.rglob("*")
        if path.is_symlink() and not path.resolve().is_relative_to(tmp_path)
    ]
    assert [path for path in outside if path.is_dir()] == []
    (control,) = tmp_path.rglob("dblink.control")
    assert "trusted = true" in control.read_text()
    (control,) = tmp_path.rglob("postgres_fdw.control")
    assert "trusted = true" not in control.read_text()


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to a user who may be locked out")
def test_programs_that_the_servers_user_cannot_reach(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    original = find_binaries()
    built = build_installation(original, closed, copy=True)
    assert built
    shutil.copy(original.directory / "pg_config", built[0])
    binaries = find_binaries(built[0])
    with EphemeralServer.start(
        binaries, settings=ServerSettings(trusted_extensions=("dblink",))
    ) as server:
        assert server.label == f"PostgreSQL {binaries.version} (given)"
        with server.database() as database, connect(database.owner) as connection:
            connection.execute("CREATE EXTENSION dblink")
            assert "dblink" in names(connection, "SELECT extname FROM pg_extension")
