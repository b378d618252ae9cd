"""That no extension which a migration may create runs what the migration has put in its way.

The script of a trusted extension runs as the superuser, in a schema of the database's owner. Each
is created amid traps: functions and operators by every name that its scripts use, which fit at
least as well as the real ones and note it when a superuser runs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from checker.engines.postgresql.server.binaries import Binaries, find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.extensions import (
    HARMLESS,
    STAND_INS,
    build_installation,
    created_beforehand,
)
from checker.pg.connection import Connection, connect, names
from checker.pg.database import Database, SetupOptions
from tests.engines.postgresql.helpers import history, run

# What fits a call depends on the types of its arguments; these fit nearly all.
_ARGUMENTS = (
    "", "text", "text, text", "anyelement", "anyelement, anyelement", "anynonarray, text",
    "VARIADIC text[]", "VARIADIC anyarray", "oid", "regclass, text", "name", "int", "bool",
)  # fmt: skip
_OPERANDS = ("text", "name", "oid", "int", "anyelement")
_OPERATORS = ("=", "<>", "<", ">", "<=", ">=", "||", "~", "!~", "+", "-", "~~")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_BODY = (
    "LANGUAGE plpgsql AS $trap$ BEGIN "
    "IF (SELECT rolsuper FROM pg_catalog.pg_roles "
    "WHERE rolname OPERATOR(pg_catalog.=) current_user) "
    "THEN INSERT INTO traps.sprung VALUES (%L); END IF; RETURN %s; END $trap$"
)


def _lay(connection: Connection, schema: str, called: set[str]) -> None:
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
    for name in sorted(called):
        for arguments in _ARGUMENTS:
            body = _BODY.replace("%L", f"'{schema}.{name}({arguments})'")
            returned = "$1" if arguments.startswith("any") else "'x'"
            kind = "anyelement" if arguments.startswith("anyelement") else "text"
            kind = "anynonarray" if arguments.startswith("anynonarray") else kind
            with suppress(psycopg.Error):
                connection.execute(
                    f'CREATE FUNCTION "{schema}"."{name}"({arguments}) RETURNS {kind} '
                    f"{body.replace('%s', returned)}".encode()
                )
    for operator in _OPERATORS:
        for operand in _OPERANDS:
            function = f'"{schema}"."trap_{_OPERATORS.index(operator)}"'
            body = _BODY.replace("%L", f"'{schema} {operator} {operand}'").replace("%s", "true")
            with suppress(psycopg.Error):
                connection.execute(
                    f"CREATE FUNCTION {function}({operand}, {operand}) RETURNS bool {body};"
                    f'CREATE OPERATOR "{schema}".{operator} '
                    f"(LEFTARG = {operand}, RIGHTARG = {operand}, FUNCTION = {function})".encode()
                )


def _sprung(database: Database, extension: str, scripts: list[str], control: str) -> set[str]:
    """The traps that a superuser ran into, or nothing where the extension is not to be had."""
    text = "\n".join(scripts)
    schemas = {"public", *re.findall(r"^schema\s*=\s*'?(\w+)", control, re.MULTILINE)}
    own = set(re.findall(r"CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+(?:\w+\.)?(\w+)", text, re.I))
    with connect(database.owner) as connection:
        connection.execute(
            "CREATE SCHEMA traps; CREATE TABLE traps.sprung (what text);"
            "GRANT ALL ON SCHEMA traps TO public; GRANT ALL ON traps.sprung TO public"
        )
        for schema in schemas - {"pg_catalog"}:
            _lay(connection, schema, {name.lower() for name in _CALL.findall(text)} | own)
        with suppress(psycopg.Error):  # such as a function that is there already
            connection.execute(f'CREATE EXTENSION "{extension}" CASCADE'.encode())
        for version in re.findall(r"--([\w.]+)\.sql", "\n".join(scripts[1:])):
            with suppress(psycopg.Error):
                connection.execute(f'ALTER EXTENSION "{extension}" UPDATE TO "{version}"'.encode())
        return names(connection, "SELECT what FROM traps.sprung")


def _extension_directory(installation: Path) -> Path:
    return next(installation.rglob("plpgsql.control")).parent


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Binaries]:
    """An installation of copies with one extension more, whose script calls what others define."""
    target = tmp_path_factory.mktemp("installation")
    target.chmod(0o755)
    original = find_binaries()
    built = build_installation(original, target, copy=True)
    assert built
    (built[0] / "pg_config").write_bytes((original.directory / "pg_config").read_bytes())
    (built[0] / "pg_config").chmod(0o755)
    directory = _extension_directory(target)
    (directory / "careless.control").write_text("default_version = '1'\ntrusted = true\n")
    (directory / "careless--1.sql").write_text("SELECT quote_it('a'); SELECT 1 WHERE 'a' ~~ 'b';")
    return directory, find_binaries(built[0])


@pytest.fixture(scope="module")
def own_server(installation: tuple[Path, Binaries]) -> Iterator[EphemeralServer]:
    for path in installation[0].parents:
        if path.name.startswith("pytest-"):
            path.chmod(0o755)
    with EphemeralServer.start(installation[1]) as server:
        yield server


def _files(directory: Path, extension: str) -> tuple[list[str], str]:
    scripts = [
        path.name + "\n" + path.read_text() for path in sorted(directory.glob(f"{extension}--*"))
    ]
    return scripts, (directory / f"{extension}.control").read_text()


@pytest.mark.server
def test_a_careless_script_springs_a_trap(
    own_server: EphemeralServer, installation: tuple[Path, Binaries]
) -> None:
    with own_server.database() as database:
        assert _sprung(database, "careless", *_files(installation[0], "careless"))


@pytest.mark.server
@pytest.mark.parametrize("extension", [*HARMLESS, *STAND_INS])
def test_no_trap_is_sprung(
    own_server: EphemeralServer, installation: tuple[Path, Binaries], extension: str
) -> None:
    if not (installation[0] / f"{extension}.control").exists():
        pytest.skip(f"this PostgreSQL has no {extension}")
    with own_server.database() as database:
        assert _sprung(database, extension, *_files(installation[0], extension)) == set()


@pytest.fixture
def beforehand(
    monkeypatch: pytest.MonkeyPatch, installation: tuple[Path, Binaries]
) -> Iterator[EphemeralServer]:
    """A server for whose superuser alone ``earthdistance`` is."""
    monkeypatch.setattr("checker.engines.postgresql.server.extensions.HARMLESS", ())
    monkeypatch.setattr(
        "checker.engines.postgresql.server.extensions.INSTALLED_BEFOREHAND", ("earthdistance",)
    )
    monkeypatch.setattr(
        "checker.engines.postgresql.lacking.INSTALLED_BEFOREHAND", ("earthdistance",)
    )
    monkeypatch.setattr(
        "checker.engines.postgresql.server.extensions._CREATED", re.compile(r"(earthdistance)(x)?")
    )
    with EphemeralServer.start(find_binaries()) as server:
        yield server


@pytest.mark.server
def test_what_only_the_superuser_creates_is_there_beforehand(beforehand: EphemeralServer) -> None:
    passed = run(
        beforehand,
        "CREATE EXTENSION IF NOT EXISTS cube; CREATE EXTENSION IF NOT EXISTS earthdistance;"
        "COMMENT ON EXTENSION earthdistance IS 'ours'; SELECT earth();",
        "DROP EXTENSION earthdistance",
    )
    assert passed.status == "passed", passed
    told = run(beforehand, "CREATE EXTENSION earthdistance")
    assert told.status == "not_verified"
    assert "IF NOT EXISTS" in told.missing[0]
    extensions = created_beforehand(history("earthdistance"))
    with (
        beforehand.database(SetupOptions(extensions=extensions)) as database,
        connect(database.owner) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("DROP EXTENSION earthdistance; CREATE EXTENSION earthdistance")


def test_where_it_goes() -> None:
    created = created_beforehand(
        history('CREATE EXTENSION "postgis" WITH SCHEMA "gis"; create extension postgis_topology;')
    )
    assert [(e.name, e.schema) for e in created] == [("postgis", "gis"), ("postgis_topology", None)]
